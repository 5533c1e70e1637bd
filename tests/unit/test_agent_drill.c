/* SPDX-License-Identifier: Apache-2.0 */
/* test_agent_drill.c: what a restore drill says, and what the record then tells. */
#include "agent_fixture.h"
#include "drill/report.h"
#include "drill/scripts.h"

static struct arena *a;

#define HEAD "started 1767225600\nbackup base_000000030000000A000000F0\nfetched 1767225660\n"
#define READY                                                                                      \
	"ready 1767226200\ntarget 1767225540 yes\nnewest 1767225530\nsystem 7461234567890123456\n"
#define TAIL "finished 1767226300\n"
#define GOOD HEAD READY "amcheck right\nquery a right\nquery b right\n" TAIL "result passed\n"

/* {started, ...} as the record has it. */
#define RESULT(rest) "{\"results\":[{\"backup\":\"base_000000030000000A000000F0\"," rest "}]}"

static const struct {
	const char *text, *status;
} rows[] = {
	{ GOOD, "{\"last\":\"2026-01-01T00:11:40Z\",\"results\":[{\"backup\":"
		"\"base_000000030000000A000000F0\",\"dataLoss\":60,\"finished\":"
		"\"2026-01-01T00:11:40Z\",\"queries\":\"2/2\",\"recoveryTime\":600,\"result\":"
		"\"Passed\",\"started\":\"2026-01-01T00:00:00Z\",\"target\":"
		"\"2025-12-31T23:59:00Z\"}]}" },
	/* nothing was committed behind the target: the newest change counts */
	{ HEAD "ready 1767226200\ntarget 1767225540 no\nnewest 1767225000\namcheck right\n" TAIL
	       "result passed\n",
	  "{\"last\":\"2026-01-01T00:11:40Z\",\"results\":[{\"backup\":"
	  "\"base_000000030000000A000000F0\",\"dataLoss\":600,\"finished\":"
	  "\"2026-01-01T00:11:40Z\",\"recoveryTime\":600,\"result\":\"Passed\",\"started\":"
	  "\"2026-01-01T00:00:00Z\",\"target\":\"2025-12-31T23:59:00Z\"}]}" },
	{ HEAD TAIL "result failed base_000000030000000A000000F0 cannot be fetched: 404\n",
	  RESULT("\"finished\":\"2026-01-01T00:11:40Z\",\"message\":"
		 "\"base_000000030000000A000000F0 cannot be fetched: 404\",\"result\":\"Failed\","
		 "\"started\":\"2026-01-01T00:00:00Z\"") },
	{ HEAD READY "amcheck right\nquery a right\nquery b failed it answers 0\n" TAIL
		     "result failed query b: it answers 0\n",
	  RESULT("\"dataLoss\":60,\"finished\":\"2026-01-01T00:11:40Z\",\"message\":"
		 "\"query b: it answers 0\",\"queries\":\"1/2\",\"recoveryTime\":600,\"result\":"
		 "\"Failed\",\"started\":\"2026-01-01T00:00:00Z\",\"target\":"
		 "\"2025-12-31T23:59:00Z\"") },
};

static void told(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct drill d;
		const char *is;

		drill_read(a, str_of(rows[i].text), &d);
		is = world_text(a, drill_status(a, NULL, &d));
		if (!CHECK(strcmp(is, rows[i].status) == 0))
			(void)printf("#   row %zu: %s\n", i, is);
	}
}

/* Nothing of these has passed, whatever they say. */
static const char *const wrong[] = {
	"",
	"result passed\n",
	GOOD "more\n",
	"x" GOOD,
	HEAD READY "amcheck right\nresult passed\n",
	HEAD READY TAIL "result passed\n",
	HEAD READY "amcheck failed x\n" TAIL "result passed\n",
	HEAD READY "amcheck right\nquery a failed\n" TAIL "result passed\n",
	HEAD READY "amcheck right\nquery a\n" TAIL "result passed\n",
	HEAD "target 1767225540 yes\namcheck right\n" TAIL "result passed\n",
	HEAD "ready 1767226200\ntarget 1767225540 maybe\namcheck right\n" TAIL "result passed\n",
	HEAD "ready soon\ntarget 1767225540 yes\namcheck right\n" TAIL "result passed\n",
	HEAD "ready -1\ntarget 1767225540 yes\namcheck right\n" TAIL "result passed\n",
	"started 1767225600\nbackup ../../x\n" READY "amcheck right\n" TAIL "result passed\n",
	"started 1767225600\n" READY "amcheck right\n" TAIL "result passed\n",
	HEAD READY "amcheck right\n" TAIL "result\n",
	HEAD READY "amcheck right\n" TAIL "result passedby\n",
};

static void refused(void)
{
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		struct drill d;

		drill_read(a, str_of(wrong[i]), &d);
		if (!CHECK(!d.passed))
			(void)printf("#   row %zu passed\n", i);
	}
}

/* The newest comes first, ten stay, and the last one that passed stays told when one fails. */
static void history(void)
{
	const struct node *status = NULL, *drills = NULL;
	struct drill d;
	struct fields f = { a, { 0 } };

	drill_read(a, str_of(GOOD), &d);
	for (int i = 0; i < 12; i++) {
		struct fields one = { a, { 0 } };

		d.started = WALL + i;
		drills = drill_status(a, status, &d);
		fields_node(&one, "drills", drills);
		status = fields_map(&one);
	}
	CHECK(node_count(node_at(drills, "results")) == 10);
	CHECK(
	    str_is(node_text(node_at(drills, "results")->kids, "started"), "2026-01-01T00:00:11Z"));
	drill_fail(&d, WALL + 100, "gone");
	drills = drill_status(a, status, &d);
	CHECK(!node_at(drills, "last")); /* a merge: what stands there stays */
	CHECK(str_is(node_text(node_at(drills, "results")->kids, "message"), "gone"));
	fields_text(&f, "drills", str_of("nonsense"));
	drills = drill_status(a, fields_map(&f), &d);
	CHECK(node_count(node_at(drills, "results")) == 1);
	/* it never began */
	d = (struct drill){ .backup = { "", 0 } };
	drill_fail(&d, WALL, "gone");
	CHECK(strcmp(world_text(a, drill_status(a, NULL, &d)),
		     "{\"results\":[{\"finished\":\"2026-01-01T00:00:00Z\",\"message\":\"gone\","
		     "\"result\":\"Failed\",\"started\":\"2026-01-01T00:00:00Z\"}]}") == 0);
}

/* What other programs print may hold keys. */
static void secrets(void)
{
	struct drill d;

	drill_read(a, str_of(HEAD TAIL "result failed 403 for AKIAIOSFODNN7EXAMPLE of the store\n"),
		   &d);
	CHECK(str_is(d.message, "403 for (withheld) of the store"));
	CHECK(strncmp(drill_script, "#!/bin/sh\n", 10) == 0 &&
	      strncmp(drill_fetch, "#!/bin/sh\n", 10) == 0);
}

int main(void)
{
	a = arena_new();
	told();
	refused();
	history();
	secrets();
	arena_free(a);
	return check_done("agent_drill");
}
