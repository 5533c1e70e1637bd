/* SPDX-License-Identifier: Apache-2.0 */
/* test_agent_orders.c: a file of orders is taken whole, or refused with its place. */
#include "check.h"
#include "ground/mounted.h"
#include "orders/orders.h"

static struct orders_reader *reader;
static struct str good;

/* good with one text in the place of another, in a. */
static struct str with(struct arena *a, const char *old, const char *new)
{
	const char *at = strstr(good.p, old);

	if (!CHECK(at != NULL))
		return good;
	return arena_fmt(a, "%.*s%s%s", (int)(at - good.p), good.p, new, at + strlen(old));
}

static const struct {
	const char *old, *new, *says; /* says "": it is right */
} rows[] = {
	{ "orders: 1", "orders: 1", "" },
	{ "orders: 1", "orders: 2", "'orders' is 2, this agent knows 1" },
	{ "kind: AgentConfig", "kind: Deployment", "kind" },
	{ "ttl: 30", "ttl: thirty", "ttl" },
	{ "ttl: 30", "ttl: 19", "ttl" },
	{ "ttl: 30", "tll: 30", "tll" },
	{ "ttl: 30", "", "ttl" },
	{ "incarnation: 2", "incarnation: 0", "incarnation" },
	{ "name: shared, namespace", "name: [shared], namespace", "name" },
	{ "spec:", "spec: [", "orders.yaml:" },
};

static void judge(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct arena *a = arena_new();
		struct err err = { 0 };
		struct buf findings = { 0 };
		struct orders *o = orders_read(reader, "orders.yaml",
					       with(a, rows[i].old, rows[i].new), &findings, &err);

		if (rows[i].says[0] == 0) {
			CHECK(o != NULL && findings.n == 0);
		} else if (!CHECK(!o && err.set == ERR_INPUT && strstr(err.text, rows[i].says) &&
				  strstr(err.text, "orders.yaml:"))) {
			(void)printf("#  row %zu: %s\n", i, err.text);
		}
		orders_free(o);
		buf_release(&findings);
		arena_free(a);
	}
}

static void hostile(void)
{
	struct err err = { 0 };
	struct buf large = { 0 };

	CHECK(!orders_read(reader, "o", str_of(""), NULL, &err) && err.set);
	err = (struct err){ 0 };
	CHECK(!orders_read(reader, "o", (struct str){ "\0\0\0", 3 }, NULL, &err) && err.set);
	err = (struct err){ 0 };
	CHECK(!orders_read(reader, "o", str_of("- a\n- b\n"), NULL, &err) && err.set);
	err = (struct err){ 0 };
	for (int i = 0; i < 100000; i++)
		buf_text(&large, "[");
	CHECK(!orders_read(reader, "o", buf_view(&large), NULL, &err) && err.set);
	buf_release(&large);
	err = (struct err){ 0 };
	CHECK(!orders_open(reader, "/nowhere/orders.yaml", NULL, &err) &&
	      strstr(err.text, "not there"));
}

static void questions(void)
{
	struct err err = { 0 };
	struct orders *o = orders_read(reader, "orders.yaml", good, NULL, &err);

	if (!CHECK(o != NULL))
		return;
	CHECK(str_is(o->name, "shared") && str_is(o->namespace, "team-shared"));
	CHECK(o->digest.n == 64);
	CHECK(str_is(orders_text(o, "cluster.scope"), "shared-i2"));
	CHECK(orders_text(o, "cluster.nothing").n == 0 && orders_text(o, "cluster").n == 0);
	CHECK(orders_int(o, "patroni.dynamic.ttl", 0) == 30);
	CHECK(orders_int(o, "patroni.dynamic.ttx", 5) == 5);
	CHECK(orders_ms(o, "thresholds.heartbeat", 1) == 60000);
	CHECK(orders_ms(o, "thresholds.nothing", 1) == 1);
	CHECK(orders_bytes(o, "thresholds.nothing", 7) == 7);
	CHECK(orders_at(o, "cluster.name.deeper") == NULL);
	/* defaults are filled in */
	CHECK(orders_int(o, "thresholds.diskUsed", 0) == 85);
	orders_free(o);
}

/* A member of one incarnation does not obey the orders of another, which lie in the same place. */
static void scoped(void)
{
	struct arena *a = arena_new();
	struct err err = { 0 };
	struct orders *o;

	orders_reader_scope(reader, str_of("shared"));
	CHECK(!orders_read(reader, "orders.yaml", good, NULL, &err) &&
	      strstr(err.text, "orders.yaml:8: 'shared-i2' is another incarnation than this "
			       "pod's, 'shared'"));
	orders_reader_scope(reader, str_of("shared-i2"));
	o = orders_read(reader, "orders.yaml", good, NULL, &err);
	CHECK(o != NULL);
	orders_free(o);
	arena_free(a);
}

int main(void)
{
	struct arena *a = arena_new();
	struct err err = { 0 };

	reader = orders_reader_new();
	CHECK(mounted_read(a, "tests/schema/good-agentconfig.yaml", 1 << 20, &good, &err) == 1);
	judge();
	hostile();
	questions();
	scoped();
	orders_reader_free(reader);
	arena_free(a);
	return check_done("agent_orders");
}
