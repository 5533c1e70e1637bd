/* SPDX-License-Identifier: Apache-2.0 */
/* test_guard.c: the guard by itself: classes and effects of single differences, refusals with their
 * plans, what a change costs. Objects are written here; contracts are howdah's own. */
#include <string.h>

#include "guard/guard.h"
#include "guard/inside.h"
#include "guard/plans.h"
#include "guard/report.h"
#include "unit/check.h"
#include "world/embed.h"

#define SET                                                                                        \
	"apiVersion: apps/v1\n"                                                                    \
	"kind: StatefulSet\n"                                                                      \
	"metadata: {name: orders, labels: {app.kubernetes.io/component: database}}\n"

/* What all tests share. */
struct bench {
	struct arena *arena;
	struct world *world;
	struct change_table table;
};

static const struct node *yaml(struct bench *b, const char *text)
{
	struct file *file = NEW(b->arena, struct file);

	*file = (struct file){ .name = str_of("t.yaml"), .text = str_of(text) };
	return inside_object(b->arena, file);
}

static struct guard_input input(struct bench *b, const char *was, const char *is)
{
	struct guard_input in = { .arena = b->arena,
				  .world = b->world,
				  .table = &b->table,
				  .owner = str_of("prod/team-orders/orders"),
				  .exact = true };

	in.was.spec = was ? yaml(b, was) : NULL;
	in.is.spec = is ? yaml(b, is) : NULL;
	return in;
}

/* The verdict of one object that was and is such, in a cluster of this spec. */
static struct verdict *judge(struct bench *b, const char *spec, const char *was, const char *is)
{
	struct guard_pair *pair = NEW(b->arena, struct guard_pair);
	struct guard_input in = input(b, spec, spec);

	*pair = (struct guard_pair){ str_of("orders/statefulset-orders.yaml"),
				     was ? yaml(b, was) : NULL, is ? yaml(b, is) : NULL };
	in.pairs = pair;
	in.n = 1;
	return guard_judge(&in);
}

static bool says(struct str text, const char *part)
{
	if (!strstr(text.p ? text.p : "", part))
		(void)printf("# '%s' is not in: %s\n", part, text.p ? text.p : "");
	return strstr(text.p ? text.p : "", part) != NULL;
}

static bool refuses(const struct verdict *v, const char *id)
{
	for (const struct verdict_refusal *r = v->refusals; r; r = r->next)
		if (str_is(r->id, id))
			return v->class == VERDICT_REFUSED && r->n_plan > 0;
	return false;
}

static void test_members(struct bench *b)
{
	static const char three[] = "{version: 17, instances: 3}", one[] = "{version: 17}";
	static const char was[] =
	    SET "spec: {serviceName: a, replicas: 3, template: {spec: {x: 1}}}";
	static const char other[] =
	    SET "spec: {serviceName: a, replicas: 3, template: {spec: {x: 2}}}";
	static const char fewer[] =
	    SET "spec: {serviceName: a, replicas: 2, template: {spec: {x: 1}}}";
	static const char none[] =
	    SET "spec: {serviceName: a, replicas: 0, template: {spec: {x: 1}}}";
	static const char moved[] =
	    SET "spec: {serviceName: b, replicas: 3, template: {spec: {x: 1}}}";
	struct verdict *v = judge(b, three, was, other);

	CHECK(v->class == VERDICT_ROLLING_RESTART && v->outage == 2);
	CHECK(says(v->order, "the 2 replicas one by one"));
	CHECK(says(v->window, "no window is set"));
	v = judge(b, one, was, other);
	CHECK(v->outage == 30 && says(v->order, "the only member's pod"));
	v = judge(b, three, was, fewer);
	CHECK(v->class == VERDICT_FAILOVER && v->outage == 2 && says(v->window, "at once"));
	v = judge(b, three, was, none);
	CHECK(v->class == VERDICT_FAILOVER && v->outage == VERDICT_UNBOUNDED);
	v = judge(b, three, was, moved);
	CHECK(refuses(v, "object-fixed") && says(v->refusals->text, "serviceName"));
	v = judge(b, three, was, was);
	CHECK(v->class == VERDICT_NONE && !v->n_causes && !v->order.n);
}

/* The window is judged by how long the roll takes. */
static void test_window(struct bench *b)
{
	static const char was[] = SET "spec: {template: {spec: {x: 1}}}";
	static const char is[] = SET "spec: {template: {spec: {x: 2}}}";
	struct verdict *v =
	    judge(b,
		  "{version: 17, instances: 3, maintenance: {days: [sun], start: \"02:00\", "
		  "duration: 4h, timezone: UTC}}",
		  was, is);

	CHECK(v->covered && says(v->window, "in the window sun 02:00 UTC for 4h"));
	v = judge(b,
		  "{version: 17, instances: 3, maintenance: {days: [sun], start: \"02:00\", "
		  "duration: 10m, timezone: UTC}}",
		  was, is);
	CHECK(!v->covered && says(v->window, "is short: reckon with 15 min"));
}

#define ORDERS(parameters)                                                                         \
	"apiVersion: v1\nkind: ConfigMap\n"                                                        \
	"metadata: {name: orders-agent, labels: {app.kubernetes.io/component: cluster}}\n"         \
	"data:\n  orders.yaml: |\n    spec:\n      patroni:\n        dynamic:\n"                   \
	"          postgresql:\n            parameters:\n              " parameters "\n"

/* A parameter that goes from one value to another, in a cluster of three. */
static struct verdict *parameter(struct bench *b, const char *was, const char *is)
{
	return judge(b, "{version: 17, instances: 3}", was, is);
}

static void test_settings(struct bench *b)
{
	struct verdict *v = parameter(b, ORDERS("work_mem: 4MB"), ORDERS("work_mem: 8MB"));

	CHECK(v->class == VERDICT_RELOAD && !v->outage);
	CHECK(says(v->causes->basis, "context 'user' in PostgreSQL 17"));
	v = parameter(b, ORDERS("max_connections: '100'"), ORDERS("max_connections: '200'"));
	CHECK(v->class == VERDICT_ROLLING_RESTART && v->outage == 2);
	v = parameter(b, ORDERS("max_connections: '200'"), ORDERS("max_connections: '100'"));
	CHECK(v->class == VERDICT_MULTI_STEP && v->outage == 4);
	CHECK(says(v->order, "the leader restarts with the lower values"));
	v = parameter(b, ORDERS("no_such_thing: 1"), ORDERS("no_such_thing: 2"));
	CHECK(v->class == VERDICT_ROLLING_RESTART && says(v->causes->basis, "no contract knows"));
}

#define QUOTA(cpu)                                                                                 \
	"apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: howdah, namespace: team-orders}\n"  \
	"spec: {hard: {limits.cpu: \"" cpu "\", pods: \"20\"}}\n"

static void test_quota(struct bench *b)
{
	static const struct {
		const char *was, *is, *text;
	} cases[] = {
		{ QUOTA("64"), QUOTA("21"), NULL },
		{ QUOTA("64"), QUOTA("20800m"), NULL },
		{ QUOTA("64"), QUOTA("20"), "from 64 cores to 20 cores" },
		{ QUOTA("64"), QUOTA("20700m"), "take up to 20.8 cores" },
		{ NULL, QUOTA("20"), "from none to 20 cores" },
		{ QUOTA("64"), NULL, NULL },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct guard_pair pair = { str_of("q.yaml"),
					   cases[i].was ? yaml(b, cases[i].was) : NULL,
					   cases[i].is ? yaml(b, cases[i].is) : NULL };
		struct guard_input in = input(b, NULL, NULL);
		struct verdict *v = NULL;

		in.owner = str_of("destinations/main");
		in.place = true;
		in.pairs = &pair;
		in.n = 1;
		in.runs = yaml(b, "team-orders: {cpu: 20800, memory: 1, storage: 1, claims: 3, "
				  "pods: 8}");
		v = guard_judge(&in);
		CHECK(v->is_place && (v->refusals != NULL) == (cases[i].text != NULL));
		if (cases[i].text && CHECK(refuses(v, "quota-below-running")))
			CHECK(says(v->refusals->text, cases[i].text) &&
			      says(v->refusals->plan[1], "in platform.yaml"));
	}
}

static void test_keys(struct bench *b)
{
	struct guard_input in = input(b, "{version: 17}", "{version: 17}");

	in.was.exports = yaml(b, "{incarnation: 1, keys: {epoch: 1, escrow: [aa, bb]}}");
	in.is.exports = yaml(b, "{incarnation: 1, keys: {epoch: 2, escrow: [bb, cc]}}");
	CHECK(refuses(guard_judge(&in), "key-changed"));
	CHECK(!refuses(guard_judge(&in), "escrow-changed"));
	in.is.exports = yaml(b, "{incarnation: 2, keys: {epoch: 2, escrow: [cc]}}");
	CHECK(!refuses(guard_judge(&in), "key-changed")); /* another archive */
	CHECK(refuses(guard_judge(&in), "escrow-changed"));
	in.is.exports = yaml(b, "{incarnation: 1, keys: {epoch: 1}}");
	CHECK(!guard_judge(&in)->refusals);
	in.was.exports = yaml(b, "{incarnation: 1}"); /* of a lock that did not know */
	in.is.exports = yaml(b, "{incarnation: 1, keys: {epoch: 2, escrow: [cc]}}");
	CHECK(!guard_judge(&in)->refusals);
}

/* The same bucket and path, but of another account or server: another archive, unless the platform
 * says that the server is the same one. */
static void test_archive(struct bench *b)
{
	static const struct {
		const char *was, *is, *former;
		bool refused;
	} cases[] = {
		{ "server: one", "server: one", "[]", false },
		{ "server: one", "server: two", "[]", true },
		{ "server: one", "server: two", "[three]", true },
		{ "server: one", "server: two", "[three, one]", false },
		{ "team: orders", "server: two", "[]", false }, /* of a lock that did not know */
		{ "server: one", "incarnation: 2, server: two", "[]", false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		static const char spec[] = "{version: 17, backup: {store: main}}";
		struct guard_input in = input(b, spec, spec);
		struct world w = *b->world;

		w.platform =
		    yaml(b, arena_fmt(b->arena, "{objectStores: {main: {formerEndpoints: %s}}}",
				      cases[i].former)
				.p);
		in.world = &w;
		in.was.exports =
		    yaml(b, arena_fmt(b->arena, "{archives: [\"s3://a/b\"], %s}", cases[i].was).p);
		in.is.exports =
		    yaml(b, arena_fmt(b->arena, "{archives: [\"s3://a/b\"], %s}", cases[i].is).p);
		if (!CHECK(refuses(guard_judge(&in), "archive-moved") == cases[i].refused))
			(void)printf("# case %zu\n", i);
	}
}

#define KEY_MADE                                                                                   \
	"apiVersion: external-secrets.io/v1\nkind: ExternalSecret\n"                               \
	"metadata: {name: orders-backup-key}\n"                                                    \
	"spec: {dataFrom: [{sourceRef: {generatorRef: {name: orders-key}}}]}\n"
#define KEY_FETCHED(store, path, property)                                                         \
	"apiVersion: external-secrets.io/v1\nkind: ExternalSecret\n"                               \
	"metadata: {name: orders-backup-key}\n"                                                    \
	"spec: {data: [{secretKey: key, remoteRef: {key: " path ", property: " property "}}], "    \
	"secretStoreRef: {kind: ClusterSecretStore, name: " store "}}\n"
#define KEY_PUSHED                                                                                 \
	"apiVersion: external-secrets.io/v1alpha1\nkind: PushSecret\n"                             \
	"metadata: {name: orders-backup-key}\n"                                                    \
	"spec: {data: [{match: {secretKey: key, remoteRef: {remoteKey: db/orders, property: "      \
	"key}}}], secretStoreRefs: [{kind: ClusterSecretStore, name: vault}], "                    \
	"selector: {secret: {name: orders-backup-key}}}\n"

/* The next incarnation reads the key from where the one before put it, and from nowhere else. */
static void test_key_source(struct bench *b)
{
	static const char one[] = "{version: 17, incarnation: 1}";
	static const char two[] = "{version: 17, incarnation: 2, restore: {incarnation: 1}}";
	static const char there[] = KEY_FETCHED("vault", "db/orders", "key");
	static const struct {
		const char *spec, *was, *pushed, *is;
		bool refused;
	} cases[] = {
		{ two, KEY_MADE, KEY_PUSHED, there, false },
		{ one, KEY_MADE, KEY_PUSHED, there, true },
		{ two, KEY_MADE, NULL, there, true },
		{ two, KEY_MADE, KEY_PUSHED, KEY_FETCHED("vault", "db/other", "key"), true },
		{ two, KEY_MADE, KEY_PUSHED, KEY_FETCHED("vault", "db/orders", "old"), true },
		{ two, KEY_MADE, KEY_PUSHED, KEY_FETCHED("other", "db/orders", "key"), true },
		{ two, there, NULL, KEY_MADE, true },
		{ two, KEY_MADE, KEY_PUSHED, NULL, true },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct guard_pair pairs[] = {
			{ str_of("externalsecret.yaml"), yaml(b, cases[i].was),
			  cases[i].is ? yaml(b, cases[i].is) : NULL },
			{ str_of("pushsecret.yaml"),
			  cases[i].pushed ? yaml(b, cases[i].pushed) : NULL, NULL },
		};
		struct guard_input in = input(b, one, cases[i].spec);

		in.pairs = pairs;
		in.n = cases[i].pushed ? 2 : 1;
		if (!CHECK(refuses(guard_judge(&in), "key-changed") == cases[i].refused))
			(void)printf("# case %zu\n", i);
	}
}

static void test_specs(struct bench *b)
{
	static const struct {
		const char *was, *is, *id;
	} cases[] = {
		{ "{incarnation: 1}", "{incarnation: 3}", "incarnation-skipped" },
		{ "{incarnation: 1}", "{incarnation: 2}", "incarnation-empty" },
		{ "{incarnation: 2}", "{incarnation: 1}", "incarnation-rises" },
		{ "{incarnation: 1}", "{incarnation: 2, purged: [1]}", "purged-too-early" },
		{ "{operations: [{id: a, action: backup}]}",
		  "{operations: [{id: a, action: restart}]}", "operation-reused" },
		{ "{instances: 2, synchronous: \"on\"}", "{instances: 1, synchronous: \"off\"}",
		  "replica-last" },
		{ "{version: 17}", "{version: 16}", "version-rises" },
		{ "{version: 16}", "{version: 17}", "version-fixed" },
		{ "{standby: {cluster: a, promoted: true}}", "{standby: {cluster: a}}",
		  "promotion-undone" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct guard_input in = input(b, cases[i].was, cases[i].is);

		if (!CHECK(refuses(guard_judge(&in), cases[i].id)))
			(void)printf("# %s\n", cases[i].id);
		in.is.spec = in.was.spec;
		CHECK(!guard_judge(&in)->refusals);
	}
}

/* What a standby has is that of one incarnation of its source. */
static void test_renewed(struct bench *b)
{
	static const struct {
		const char *is, *exports;
		bool refused;
	} cases[] = {
		{ "{standby: {cluster: a}}", "{follows: 2}", true },
		{ "{standby: {cluster: a}}", "{follows: 1}", false },
		{ "{standby: {cluster: a}, incarnation: 2}", "{follows: 2}", false },
		{ "{standby: {cluster: a, promoted: true}}", "{follows: 2}", false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct guard_input in = input(b, "{standby: {cluster: a}}", cases[i].is);

		in.was.exports = yaml(b, "{follows: 1}");
		in.is.exports = yaml(b, cases[i].exports);
		CHECK(refuses(guard_judge(&in), "source-renewed") == cases[i].refused);
	}
}

static void test_rival(struct bench *b)
{
	struct guard_input in = input(b, NULL, "{standby: {cluster: a, promoted: true}}");

	CHECK(!guard_new(&in)->refusals);
	in.rival = yaml(b, "kind: PostgresCluster\n");
	CHECK(refuses(guard_new(&in), "promotion-open"));
	CHECK(says(guard_new(&in)->refusals->plan[0], "in t.yaml"));
}

/* Each refusal has a way out, with the words of the case; braces of YAML stay. */
static void test_plans(struct bench *b)
{
	const struct plan_words words = { str_of("intents/x.yaml"), str_of("x"), str_of("200Gi"),
					  str_of("20Gi"), 4 };
	struct verdict_refusal r = { .id = str_of("storage-grows") };

	plan_fill(b->arena, &words, &r);
	CHECK(r.n_plan == 3 && says(r.plan[0], "leave storage.size at 200Gi"));
	CHECK(says(r.plan[1], "write `incarnation: 5`, `restore: {incarnation: 4}`, "
			      "`storage: {size: 20Gi}`"));
	r.id = str_of("no-such-refusal");
	plan_fill(b->arena, &words, &r);
	CHECK(r.n_plan == 0);
}

static void test_costs(struct bench *b)
{
	struct report_cost rows[] = { { str_of("b"), 5000000, 0 },
				      { str_of("a"), 1000000, 0 },
				      { str_of("b"), 0, 4000000 },
				      { str_of("a"), 0, 1000000 },
				      { str_of("c"), 0, 2505000 } };
	const struct report_costs *c = report_costs_of(b->arena, rows, 5, str_of("EUR"));
	struct buf out = { 0 };

	CHECK(c && c->n == 2 && str_is(c->list[0].team, "b") && str_is(c->list[1].team, "c"));
	report_amount(&out, c->list[0].is - c->list[0].was, true);
	report_amount(&out, c->list[1].is, true);
	report_amount(&out, 0, true);
	CHECK(str_is(buf_view(&out), "-1.00+2.510.00"));
	CHECK(!report_costs_of(b->arena, rows, 0, str_of("EUR")));
	buf_release(&out);
}

#define DATABASES(list)                                                                            \
	"apiVersion: v1\nkind: ConfigMap\n"                                                        \
	"metadata: {name: orders-agent, labels: {app.kubernetes.io/component: cluster}}\n"         \
	"data:\n  orders.yaml: |\n    spec:\n      databases: [{name: a}, " list "]\n"

/* What is taken out of the server, and when its data go with it. */
static void test_databases(struct bench *b)
{
	static const char away[] = "renamed out of the way", gone[] = "dropped with its data";
	static const struct {
		const char *was, *is;
		enum verdict_class class;
		const char *why;
	} rows[] = {
		{ DATABASES("{name: b}"), DATABASES("{name: b, ensure: absent}"),
		  VERDICT_MULTI_STEP, away },
		{ DATABASES("{name: b}"), DATABASES("{name: b, ensure: absent, reclaim: delete}"),
		  VERDICT_MULTI_STEP, gone },
		{ DATABASES("{name: b, ensure: absent}"),
		  DATABASES("{name: b, ensure: absent, reclaim: delete}"), VERDICT_MULTI_STEP,
		  gone },
		{ DATABASES("{name: b, ensure: absent, reclaim: retain}"),
		  DATABASES("{name: b, ensure: absent, reclaim: delete}"), VERDICT_MULTI_STEP,
		  gone },
		{ DATABASES("{name: b, schemas: [{name: s, ensure: absent}]}"),
		  DATABASES("{name: b, schemas: [{name: s, ensure: absent, reclaim: delete}]}"),
		  VERDICT_MULTI_STEP, gone },
		{ DATABASES("{name: b, guest: {namespace: team, name: guest}, ensure: absent}"),
		  DATABASES("{name: b, guest: {namespace: team, name: guest}, ensure: absent,"
			    " reclaim: delete}"),
		  VERDICT_MULTI_STEP, gone },
		/* the server may have what the orders did not name */
		{ DATABASES("{name: b}"), DATABASES("{name: b}, {name: c, ensure: absent}"),
		  VERDICT_MULTI_STEP, away },
		{ DATABASES("{name: b}"),
		  DATABASES("{name: b, roles: [{name: r, ensure: absent, reclaim: delete}]}"),
		  VERDICT_MULTI_STEP, gone },
		/* nothing goes yet, or no more */
		{ DATABASES("{name: b}"), DATABASES("{name: b, reclaim: delete}"), VERDICT_METADATA,
		  "the agent runs SQL" },
		{ DATABASES("{name: b}"), DATABASES("{name: b}, {name: c, reclaim: delete}"),
		  VERDICT_METADATA, "the agent runs SQL" },
		{ DATABASES("{name: b, ensure: absent, reclaim: delete}"),
		  DATABASES("{name: b, ensure: absent, reclaim: retain}"), VERDICT_METADATA,
		  "the agent runs SQL" },
		{ DATABASES("{name: b, ensure: absent}"), DATABASES("{name: b, reclaim: delete}"),
		  VERDICT_METADATA, "the agent runs SQL" },
		/* a right has no data */
		{ DATABASES("{name: b}"),
		  DATABASES("{name: b, grants: [{role: r, privileges: [select],"
			    " ensure: absent}]}"),
		  VERDICT_METADATA, "the agent runs SQL" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct verdict *v = judge(b, "{version: 17}", rows[i].was, rows[i].is);

		if (!CHECK(v->class == rows[i].class && says(v->causes->why, rows[i].why)))
			(void)printf("# row %zu\n", i);
	}
}

#define BACKUP(fields)                                                                             \
	"apiVersion: v1\nkind: ConfigMap\n"                                                        \
	"metadata: {name: orders-agent, labels: {app.kubernetes.io/component: cluster}}\n"         \
	"data:\n  orders.yaml: |\n    spec:\n      backup: {schedule: daily, " fields "}\n"

/* Backups that are kept no longer cannot be had back. */
static void test_retention(struct bench *b)
{
	static const struct {
		const char *was, *is, *why;
	} rows[] = {
		{ BACKUP("retention: 14d"), BACKUP("retention: 7d"), "deleted for good" },
		{ BACKUP("retention: 14d"), BACKUP("retention: 168h"), "deleted for good" },
		{ BACKUP("retention: 7d"), BACKUP("retention: 14d"), "how long" },
		{ BACKUP("minimum: 3"), BACKUP("minimum: 2"), "deleted for good" },
		{ BACKUP("minimum: 2"), BACKUP("minimum: 3"), "how many" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct verdict *v = judge(b, "{version: 17}", rows[i].was, rows[i].is);

		if (!CHECK(v->class == VERDICT_METADATA && says(v->causes->why, rows[i].why)))
			(void)printf("# row %zu\n", i);
	}
}

static struct world *world(struct arena *a)
{
	struct files files = { 0 };
	const struct embedded *e = NULL;

	for (size_t i = 0; (e = embed_nth(i)); i++) {
		struct str path = str_of(e->name);

		if (str_is(path, "examples/demo/platform.yaml"))
			path = str_of("platform.yaml");
		if (!str_starts(path, "examples/"))
			files_add(a, &files, path, embed_file(a, e));
	}
	for (size_t i = 0; i < files.n; i++)
		files.list[i].builtin = true;
	return world_load(a, diags_new(a), &files,
			  &(struct world_wish){ .digest = str_of("test"), .extent = WORLD_WHOLE });
}

int main(void)
{
	struct bench b = { .arena = arena_new() };

	b.world = world(b.arena);
	b.table = change_table_read(b.arena, node_at(b.world->contracts, "changes"));
	test_members(&b);
	test_window(&b);
	test_settings(&b);
	test_databases(&b);
	test_retention(&b);
	test_quota(&b);
	test_keys(&b);
	test_key_source(&b);
	test_archive(&b);
	test_specs(&b);
	test_renewed(&b);
	test_rival(&b);
	test_plans(&b);
	test_costs(&b);
	world_close(b.world);
	arena_free(b.arena);
	return check_done("guard");
}
