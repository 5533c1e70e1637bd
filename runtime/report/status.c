/* SPDX-License-Identifier: Apache-2.0 */
/* status.c: conditions, members and sizes as the record has them. */
#include "report/status.h"

#include "facts/disk.h"
#include "facts/orders.h"
#include "facts/patroni.h"
#include "facts/pods.h"
#include "facts/postgres.h"
#include "facts/record.h"
#include "facts/served.h"
#include "report/backups.h"
#include "report/databases.h"
#include "report/fields.h"
#include "tree/number.h"

enum { LAG_STEP = 1024 * 1024, MESSAGE_MOST = 900 };

static const char *const truths[] = { "Unknown", "True", "False" };

struct str status_message(struct arena *a, const struct orders *o, enum reason reason,
			  struct str detail)
{
	const struct reason_row *row = reason_row(reason);
	struct str books = orders_text(o, "runbooks");
	struct str text =
	    detail.n > 0
		? arena_fmt(a, "%s: %.*s", row->text,
			    (int)(detail.n > MESSAGE_MOST ? MESSAGE_MOST : detail.n), detail.p)
		: str_of(row->text);

	return books.n > 0 ? arena_fmt(a, "%s (%s#%s)", text.p, books.p, row->name) : text;
}

bool status_silent(const struct round *r, const struct node *status)
{
	int64_t beat = orders_ms(r->orders, "thresholds.heartbeat", 60000) / 1000, age;
	struct instant at;

	if (time_parse(node_text(status, "heartbeat"), &at))
		return true;
	age = r->now.wall - at.seconds;
	return age >= beat || age < -beat;
}

/* The condition that the record has, or NULL. */
static const struct node *told(const struct round *r, enum condition_id id)
{
	const struct node *list = node_at(facts_record(r->facts)->status, "conditions");

	if (list)
		node_each(n, list) if (str_is(node_text(n, "type"), condition_name(id))) return n;
	return NULL;
}

static struct node *condition(struct round *r, enum condition_id id)
{
	const struct condition *c = &r->conditions[id];
	const struct reason_row *row = reason_row(c->reason);
	const struct node *old = told(r, id);
	struct fields f = { r->arena, { 0 } };

	fields_text(&f, "type", str_of(condition_name(id)));
	fields_text(&f, "status", str_of(truths[row->truth]));
	fields_text(&f, "reason", str_of(row->name));
	fields_text(&f, "message", status_message(r->arena, r->orders, c->reason, c->detail));
	fields_int(&f, "observedGeneration", facts_record(r->facts)->generation);
	if (old && str_is(node_text(old, "status"), truths[row->truth]))
		fields_text(&f, "lastTransitionTime", node_text(old, "lastTransitionTime"));
	else
		fields_time(&f, "lastTransitionTime", r->now.wall);
	return fields_map(&f);
}

static struct node *conditions(struct round *r)
{
	struct fields list = { r->arena, { 0 } };

	for (int id = 0; id < CONDITION_count; id++)
		if (r->conditions[id].reason != REASON_none)
			fields_item(&list, condition(r, (enum condition_id)id));
	return fields_list(&list);
}

static struct str hash_of(const struct fact_pods *pods, struct str name)
{
	for (size_t i = 0; i < pods->n; i++)
		if (str_eq(pods->pods[i].name, name))
			return pods->pods[i].hash;
	return str_of("");
}

/* Lag in whole steps: small lag comes and goes and is no news. */
static struct node *member(struct round *r, const struct member *m)
{
	struct fields f = { r->arena, { 0 } };

	fields_text(&f, "name", m->name);
	fields_text(&f, "role", str_of(role_name(m->role)));
	fields_text(&f, "state", m->state);
	if (m->lag >= 0)
		fields_int(&f, "lag", m->lag / LAG_STEP * LAG_STEP);
	fields_text(&f, "templateHash", hash_of(facts_pods(r->facts), m->name));
	fields_flag(&f, "pendingRestart", m->pending_restart);
	return fields_map(&f);
}

static struct node *members(struct round *r, struct str *ready)
{
	const struct fact_patroni *p = facts_patroni(r->facts);
	struct fields list = { r->arena, { 0 } };
	size_t healthy = 0;

	for (size_t i = 0; i < p->n_members; i++) {
		fields_item(&list, member(r, &p->members[i]));
		healthy += p->members[i].role != ROLE_READER && member_healthy(&p->members[i]);
	}
	*ready = arena_fmt(r->arena, "%zu/%lld", healthy,
			   (long long)orders_int(r->orders, "template.replicas", 1));
	return fields_list(&list);
}

static struct str host_port(struct arena *a, struct str host, int64_t port)
{
	return host.n > 0 ? arena_fmt(a, "%s:%lld", host.p, (long long)port) : str_of("");
}

/* Where clients connect: what the first login's Secret says. */
static struct node *endpoints(struct round *r)
{
	const struct node *logins = orders_at(r->orders, "logins");
	const struct node *e = logins && logins->kids ? node_at(logins->kids, "endpoints") : NULL;
	struct fields f = { r->arena, { 0 } };

	if (!e)
		return NULL;
	fields_text(
	    &f, "pooler",
	    host_port(r->arena, node_text(e, "poolerHost"), node_num(e, "poolerPort", 6432)));
	fields_text(
	    &f, "primary",
	    host_port(r->arena, node_text(e, "directHost"), node_num(e, "directPort", 5432)));
	fields_text(&f, "replicas",
		    host_port(r->arena, node_text(e, "readHost"), node_num(e, "directPort", 5432)));
	return fields_map(&f);
}

static void put_steady(struct round *r, struct fields *f)
{
	const struct fact_patroni *p = facts_patroni(r->facts);
	struct str ready;
	struct node *all = members(r, &ready);

	fields_int(f, "observedGeneration", facts_record(r->facts)->generation);
	if (r->conditions[CONDITION_ConfigApplied].reason == REASON_Applied)
		fields_text(f, "observedOrders", r->orders->digest);
	fields_text(f, "agent", r->facts->self.version);
	fields_node(f, "conditions", conditions(r));
	fields_text(f, "primary", p->leader);
	if (p->timeline > 0)
		fields_int(f, "timeline", p->timeline);
	fields_text(f, "version", facts_postgres(r->facts)->version);
	fields_text(f, "membersReady", ready);
	fields_node(f, "members", all);
	fields_node(f, "endpoints", endpoints(r));
	fields_node(f, "databases", databases_status(r));
	fields_node(f, "operations", r->ledger);
	fields_int(f, "incarnation", orders_int(r->orders, "cluster.incarnation", 1));
}

static struct node *storage(struct round *r)
{
	const struct fact_disk *d = facts_disk(r->facts);
	struct fields f = { r->arena, { 0 } };

	fields_int(&f, "size", d->size);
	fields_int(&f, "used", d->used);
	fields_time_or_none(&f, "fullAt", disk_full_at(d, r->now.wall));
	return d->size > 0 ? fields_map(&f) : NULL;
}

/* Conditions that the record tells otherwise, or not at all. */
static void put_flips(struct round *r, struct status *s)
{
	struct flip *flips = NEW_ARRAY(r->arena, CONDITION_count, struct flip);

	for (int id = 0; id < CONDITION_count; id++) {
		const struct condition *c = &r->conditions[id];
		const struct node *old = told(r, (enum condition_id)id);

		if (c->reason == REASON_none ||
		    (old && str_is(node_text(old, "reason"), reason_row(c->reason)->name)))
			continue;
		flips[s->n_flips++] = (struct flip){ c->reason, c->detail };
	}
	s->flips = flips;
}

struct status status_of(struct round *r)
{
	struct status s = { 0 };
	struct fields steady = { r->arena, { 0 } }, whole = { r->arena, { 0 } };

	put_steady(r, &steady);
	s.steady = fields_map(&steady);
	put_steady(r, &whole);
	fields_time(&whole, "heartbeat", r->now.wall);
	fields_node(&whole, "storage", storage(r));
	fields_node(&whole, "backups", backups_status(r));
	fields_node(&whole, "drills", drills_status(r));
	s.whole = fields_map(&whole);
	put_flips(r, &s);
	return s;
}

const struct node *status_event(struct round *r, const struct flip *flip)
{
	const struct reason_row *row = reason_row(flip->reason);
	const char *name = condition_name(row->condition);
	enum truth good = condition_good(row->condition);
	struct fields meta = { r->arena, { 0 } }, about = { r->arena, { 0 } },
		      f = { r->arena, { 0 } };
	struct buf time = { 0 };

	fields_text(&meta, "generateName", arena_fmt(r->arena, "%s-", r->orders->name.p));
	fields_text(&meta, "namespace", r->orders->namespace);
	fields_text(&about, "apiVersion", str_of("howdah.dev/v1alpha1"));
	fields_text(&about, "kind", str_of("PostgresCluster"));
	fields_text(&about, "name", r->orders->name);
	fields_text(&about, "namespace", r->orders->namespace);
	fields_text(&about, "uid", facts_record(r->facts)->uid);
	clock_print(&time, r->now.wall);
	fields_text(&f, "apiVersion", str_of("events.k8s.io/v1"));
	fields_text(&f, "kind", str_of("Event"));
	fields_node(&f, "metadata", fields_map(&meta));
	/* a MicroTime: the API server wants six digits */
	fields_text(&f, "eventTime", arena_fmt(r->arena, "%.*s.000000Z", (int)time.n - 1, time.p));
	fields_text(&f, "reportingController", str_of("howdah.dev/agent"));
	fields_text(&f, "reportingInstance", r->facts->self.pod);
	fields_text(&f, "action", str_of(name));
	fields_text(&f, "reason", str_of(row->name));
	fields_text(&f, "note", status_message(r->arena, r->orders, flip->reason, flip->detail));
	fields_text(&f, "type",
		    str_of(good == TRUTH_Unknown || row->truth == good ? "Normal" : "Warning"));
	fields_node(&f, "regarding", fields_map(&about));
	buf_release(&time);
	return fields_map(&f);
}
