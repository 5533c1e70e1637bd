/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_drill_report.c: howdah-agent drill-report: waits for what a restore drill finds, beside it,
 * and tells it to the record, whatever became of the drill. */
#include <stdlib.h>

#include "agent/command.h"
#include "api/api.h"
#include "drill/report.h"
#include "ground/log.h"
#include "ground/mounted.h"
#include "ground/paths.h"
#include "orders/orders.h"
#include "report/fields.h"
#include "walg/read.h"

enum {
	LOOK_MS = 1000,
	SILENT_MS = 120000, /* a drill that lives tells so every 5 s */
	ASK_MS = 10000,
	TELL_MS = 40000, /* what is left of the pod's life after it was told to end */
	LINES_MOST = 256 * 1024,
	LIST_MOST = 1024 * 1024,
};

struct reporter {
	struct loop *loop;
	struct http *http;
	struct api *api;
	struct orders *orders;
	struct arena *arena;
	struct str path; /* of the record */
	struct drill drill;
	bool told;
	struct str why; /* the last write failed */
};

static int64_t changed_ms(const char *path)
{
	return mounted_mark(path).changed_ns / 1000000;
}

/* The time of the newest change where nothing was committed since the backup: its end. */
static void take_backup_time(struct reporter *r)
{
	struct fact_backups list = { 0 };
	const struct fact_backup *b = NULL;
	struct str text = str_of("");
	struct err err = { 0 };

	if (mounted_read(r->arena, PATH_DRILL "/backups.json", LIST_MOST, &text, &err) == 1 &&
	    !walg_read_backups(r->arena, text, &list))
		b = backups_find(&list, r->drill.backup);
	if (b && !r->drill.newest)
		r->drill.newest = b->ended;
}

/* Reads the lines at path; false when there are none. */
static bool read_lines(struct reporter *r, const char *path)
{
	struct str text = str_of("");
	struct err err = { 0 };

	if (mounted_read(r->arena, path, LINES_MOST, &text, &err) != 1)
		return false;
	drill_read(r->arena, text, &r->drill);
	take_backup_time(r);
	return true;
}

/* Waits for the drill's own word; without one says why there is none. */
static void wait_for_drill(struct reporter *r)
{
	const bool never = false;
	struct moment began = clock_now(), now = began;
	const char *why = NULL;
	int64_t alive;

	while (!why) {
		if (read_lines(r, PATH_DRILL "/report") && r->drill.over)
			return;
		(void)loop_until(r->loop, &never, LOOK_MS);
		now = clock_now();
		alive = changed_ms(PATH_DRILL "/alive");
		if (loop_stopped(r->loop))
			why = "it took longer than maxDuration, or its pod was ended";
		else if (now.ms - began.ms > SILENT_MS && now.wall * 1000 - alive > SILENT_MS)
			why = "its container ended without a word: too little memory or disk?";
	}
	if (!read_lines(r, PATH_DRILL "/progress"))
		r->drill = (struct drill){ .backup = { "", 0 } };
	drill_fail(&r->drill, now.wall, why);
}

static void on_patched(void *owner, const struct api_answer *answer)
{
	struct reporter *r = owner;

	r->told = answer->outcome == API_FINE;
	r->why = arena_fmt(r->arena, "%s", answer->message);
}

static void on_record(void *owner, const struct api_answer *answer)
{
	struct reporter *r = owner;
	struct fields status = { r->arena, { 0 } }, patch = { r->arena, { 0 } };
	struct str path = arena_fmt(r->arena, "%s/status", r->path.p);

	if (answer->outcome != API_FINE) {
		on_patched(r, answer);
		return;
	}
	fields_node(&status, "drills",
		    drill_status(r->arena, node_at(answer->body, "status"), &r->drill));
	fields_seen(&patch, answer->body);
	fields_node(&patch, "status", fields_map(&status));
	api_send(
	    r->api,
	    &(struct api_call){ "PATCH", path.p, API_MERGE, fields_map(&patch), ASK_MS, false },
	    on_patched, r);
}

/* Tells the record until it has it, from its newest state each time; hurried: for as long as the
 * pod has. */
static void tell(struct reporter *r, bool hurried)
{
	int64_t end = hurried ? clock_now().ms + TELL_MS : INT64_MAX;

	while (!r->told && !loop_stopped(r->loop) && clock_now().ms < end) {
		r->why = str_of("");
		api_send(r->api,
			 &(struct api_call){ "GET", r->path.p, API_JSON, NULL, ASK_MS, false },
			 on_record, r);
		while (!r->told && !r->why.n && !loop_stopped(r->loop) && clock_now().ms < end)
			(void)loop_until(r->loop, &r->told, LOOK_MS);
		api_forget(r->api, r);
		if (!r->told)
			(void)loop_until(r->loop, &r->told, LOOK_MS);
	}
}

static const char *variable(const char *name)
{
	const char *v = getenv(name);

	return v ? v : "";
}

static int serve(struct reporter *r)
{
	struct err err = { 0 };
	bool hurried;

	wait_for_drill(r);
	hurried = loop_stopped(r->loop);
	/* one that was told to end runs no more */
	loop_free(r->loop);
	r->loop = loop_new();
	r->http = http_new(r->loop, &err);
	if (!r->http)
		return agent_fail(AGENT_OUTSIDE, "%s", err.text);
	r->api = api_new(r->loop, r->http,
			 &(struct api_place){ api_url(r->arena, variable("KUBERNETES_SERVICE_HOST"),
						      variable("KUBERNETES_SERVICE_PORT"))
						  .p,
					      PATH_TOKEN });
	r->path = arena_fmt(r->arena, "/apis/howdah.dev/v1alpha1/namespaces/%s/postgresclusters/%s",
			    r->orders->namespace.p, r->orders->name.p);
	tell(r, hurried);
	log_event(r->drill.passed ? LOG_INFO : LOG_ERROR, "drill", "result",
		  r->drill.passed ? "passed" : "failed", "backup", r->drill.backup.p, "why",
		  r->drill.message.p, "told", r->told ? "yes" : r->why.p, NULL);
	return r->told ? AGENT_FINE : AGENT_OUTSIDE;
}

static int run(int argc, char **argv)
{
	struct orders_reader *reader;
	struct reporter r = { 0 };
	struct err err = { 0 };
	int code;

	(void)argv;
	if (argc > 0)
		return agent_fail(AGENT_USAGE, "drill-report takes no arguments");
	reader = orders_reader_new();
	r.orders = orders_open(reader, PATH_ORDERS, NULL, &err);
	orders_reader_free(reader);
	if (!r.orders)
		return agent_fail(AGENT_OUTSIDE, "%s", err.text);
	r.arena = arena_new();
	r.loop = loop_new();
	code = serve(&r);
	api_free(r.api);
	http_free(r.http);
	loop_free(r.loop);
	arena_free(r.arena);
	orders_free(r.orders);
	return code;
}

const struct agent_command agent_drill_report = {
	.name = "drill-report",
	.summary = "tells the record what the restore drill beside it found",
	.arguments = "",
	.run = run,
};
