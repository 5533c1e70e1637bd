/* SPDX-License-Identifier: Apache-2.0 */
/* summary.c: conditions, ages of facts, actions: as one JSON map. */
#include "report/summary.h"
#include "report/reloads.h"

#include "facts/files.h"
#include "facts/patroni.h"
#include "facts/pods.h"
#include "facts/postgres.h"
#include "facts/served.h"
#include "report/fields.h"
#include "report/reloads.h"
#include "report/status.h"

static const char *const fact_names[] = {
#define FACT(name) #name,
#include "facts/facts.def"
#undef FACT
};

static const char *const truths[] = { "Unknown", "True", "False" };

static struct node *conditions(struct round *r)
{
	struct fields list = { r->arena, { 0 } };

	for (int id = 0; id < CONDITION_count; id++) {
		const struct condition *c = &r->conditions[id];
		struct fields f = { r->arena, { 0 } };

		if (c->reason == REASON_none)
			continue;
		fields_text(&f, "type", str_of(condition_name((enum condition_id)id)));
		fields_text(&f, "status", str_of(truths[reason_row(c->reason)->truth]));
		fields_text(&f, "reason", str_of(reason_row(c->reason)->name));
		fields_text(&f, "message",
			    status_message(r->arena, r->orders, c->reason, c->detail));
		fields_item(&list, fields_map(&f));
	}
	return fields_list(&list);
}

/* Moments of the machine's clock as ages: they mean nothing to others. */
static void put_age(struct fields *f, const char *key, const struct round *r, int64_t ms)
{
	if (ms)
		fields_int(f, key, (r->now.ms - ms) / 1000);
}

static struct node *sights(struct round *r)
{
	struct fields map = { r->arena, { 0 } };

	for (int i = 0; i < FACT_count; i++) {
		const struct sight *s = &r->facts->sight[i];
		struct fields f = { r->arena, { 0 } };

		put_age(&f, "seenSecondsAgo", r, s->at_ms);
		put_age(&f, "failingForSeconds", r, s->failing_since_ms);
		fields_text(&f, "error", s->error);
		fields_node(&map, fact_names[i], fields_map(&f));
	}
	return fields_map(&map);
}

static struct node *actions(struct round *r)
{
	struct fields list = { r->arena, { 0 } };

	for (const struct past *p = r->facts->past; p; p = p->next) {
		struct fields f = { r->arena, { 0 } };

		fields_text(&f, "action", str_of(action_row((enum action_kind)p->kind)->name));
		fields_text(&f, "target", p->target);
		fields_flag(&f, "running", p->running);
		put_age(&f, "begunSecondsAgo", r, p->started_ms);
		put_age(&f, "endedSecondsAgo", r, p->ended_ms);
		fields_int(&f, "done", (int64_t)p->done);
		fields_int(&f, "failed", (int64_t)p->failed);
		fields_text(&f, "error", p->result);
		fields_item(&list, fields_map(&f));
	}
	return fields_list(&list);
}

static struct node *wanted(struct round *r)
{
	struct fields list = { r->arena, { 0 } };

	for (const struct action *a = r->actions; a; a = a->next) {
		struct fields f = { r->arena, { 0 } };

		fields_text(&f, "action", str_of(action_row(a->kind)->name));
		fields_text(&f, "target", a->target);
		fields_text(&f, "why", a->why);
		fields_item(&list, fields_map(&f));
	}
	return fields_list(&list);
}

/* Since when what is served is valid: the oldest of the folders that endpoints serve; 0 while one
 * is served otherwise, or unseen. */
static int64_t served_since(const struct round *r)
{
	const struct fact_files *f = facts_files(r->facts);
	const struct fact_served *s = facts_served(r->facts);
	int64_t since = s->n > 0 ? INT64_MAX : 0;

	for (size_t i = 0; i < s->n; i++)
		for (size_t k = 0; k < f->n_certs; k++) {
			if (!str_eq(f->certs[k].folder, s->endpoints[i].folder))
				continue;
			if (!str_eq(f->certs[k].cert.serial, s->endpoints[i].serial))
				return 0;
			if (f->certs[k].cert.from < since)
				since = f->certs[k].cert.from;
		}
	return since == INT64_MAX ? 0 : since;
}

/* Since when all that lie here are valid. */
static int64_t shown_since(const struct round *r)
{
	const struct fact_files *f = facts_files(r->facts);
	int64_t since = f->n_certs > 0 ? INT64_MAX : 0;

	for (size_t i = 0; i < f->n_certs; i++)
		if (f->certs[i].cert.from < since)
			since = f->certs[i].cert.from;
	return since;
}

/* Whom this member trusts, once PostgreSQL and Patroni have read it; and what it serves. */
static struct node *certificates(struct round *r)
{
	const struct fact_files *f = facts_files(r->facts);
	struct fields map = { r->arena, { 0 } };

	if (!f->trust_stale && reload_settled(r))
		fields_text(&map, "trust", f->trust_digest);
	fields_int(&map, "clients", shown_since(r));
	fields_int(&map, "since", served_since(r));
	return fields_map(&map);
}

const struct node *summary_of(struct round *r)
{
	const struct self *self = &r->facts->self;
	struct fields f = { r->arena, { 0 } };

	fields_text(&f, "pod", self->pod);
	fields_text(&f, "version", self->version);
	fields_text(&f, "agent", self->token);
	fields_text(&f, "orders", r->orders->digest);
	fields_text(&f, "leader", facts_patroni(r->facts)->leader);
	fields_flag(&f, "leads", r->leads);
	fields_flag(&f, "speaks", r->speaks);
	fields_node(&f, "certificates", certificates(r));
	fields_node(&f, "conditions", conditions(r));
	fields_node(&f, "facts", sights(r));
	fields_node(&f, "wanted", wanted(r));
	fields_node(&f, "actions", actions(r));
	return fields_map(&f);
}
