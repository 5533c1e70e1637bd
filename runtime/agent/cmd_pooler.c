/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_pooler.c: howdah-agent pooler: the native sidecar of PgBouncer. */
#include "agent/command.h"
#include "agent/pages.h"
#include "ground/log.h"
#include "ground/paths.h"
#include "pooler/sidecar.h"
#include "report/fields.h"
#include "tree/print.h"

enum { PAUSE_MS = 40000, STUCK_MS = 30000 };

static int healthz(void *arg, struct buf *out)
{
	bool alive = clock_now().ms - sidecar_alive_ms(arg) < STUCK_MS;

	buf_text(out, alive ? "ok\n" : "the loop is stuck\n");
	return alive ? 200 : 503;
}

static int64_t count_paused(const struct pooler_view *v)
{
	int64_t n = 0;

	for (size_t i = 0; i < v->n; i++)
		n += v->databases[i].paused_ms != 0;
	return n;
}

/* A metric with its one sample. */
static void put(struct buf *out, const char *name, const char *help, int64_t v)
{
	bool counter = str_ends(str_of(name), "_total");
	struct str family = str_cut(str_of(name), 0, strlen(name) - (counter ? 6 : 0));

	buf_fmt(out, "# TYPE %.*s %s\n# HELP %.*s %s\n%s %lld\n", (int)family.n, family.p,
		counter ? "counter" : "gauge", (int)family.n, family.p, help, name, (long long)v);
}

static int metrics(void *arg, struct buf *out)
{
	const struct pooler_view *v = sidecar_view(arg);
	uint64_t reloads, resumes;

	sidecar_counts(arg, &reloads, &resumes);
	put(out, "howdah_pooler_up", "Whether PgBouncer's console answers.", v->answers);
	put(out, "howdah_pooler_current",
	    "Whether PgBouncer runs with the files as they are now and serves their certificate.",
	    pooler_is_current(v));
	put(out, "howdah_pooler_paused", "Databases that are paused.", count_paused(v));
	put(out, "howdah_pooler_reloads_total", "RELOADs that PgBouncer took.", (int64_t)reloads);
	put(out, "howdah_pooler_resumes_total", "Pauses that were ended because of their age.",
	    (int64_t)resumes);
	buf_text(out, "# EOF\n");
	return 200;
}

/* As a member tells it: whom it trusts, once it has read that, and what it serves. */
static struct node *certificates(struct arena *a, const struct pooler_view *v)
{
	struct fields f = { a, { 0 } };

	if (pooler_is_current(v))
		fields_text(&f, "trust", v->trust);
	fields_int(&f, "clients", v->served_from);
	fields_int(&f, "since", str_eq(v->file_serial, v->served_serial) ? v->served_from : 0);
	return fields_map(&f);
}

static int status(void *arg, struct buf *out)
{
	const struct pooler_view *v = sidecar_view(arg);
	struct arena *a = arena_new();
	struct fields f = { a, { 0 } };
	struct err err = { 0 };
	int code;

	fields_flag(&f, "answers", v->answers);
	fields_flag(&f, "current", pooler_is_current(v));
	fields_node(&f, "certificates", certificates(a, v));
	fields_text(&f, "error", v->error);
	fields_text(&f, "problem", v->problem);
	fields_text(&f, "fileSerial", v->file_serial);
	fields_text(&f, "servedSerial", v->served_serial);
	fields_int(&f, "paused", count_paused(v));
	code = print_json(out, fields_map(&f), &err) ? 500 : 200;
	buf_char(out, '\n');
	arena_free(a);
	return code;
}

static const struct page list[] = {
	{ "/healthz", "text/plain", healthz },
	{ "/metrics", "application/openmetrics-text; version=1.0.0; charset=utf-8", metrics },
	{ "/status", "application/json", status },
};

static int run(int argc, char **argv)
{
	struct loop *l;
	struct sidecar *s;
	struct pages *pages;

	(void)argv;
	if (argc > 0)
		return agent_fail(AGENT_USAGE, "pooler takes no arguments");
	l = loop_new();
	s = sidecar_new(l, PAUSE_MS);
	pages = pages_new(l, &(struct pages_plan){ PATH_POOLER_TLS, PATH_TRUST_BUNDLE, list,
						   sizeof(list) / sizeof(*list), s });
	log_event(LOG_INFO, "started", "version", HOWDAH_VERSION, NULL);
	loop_run(l);
	log_event(LOG_INFO, "stopped", NULL);
	pages_free(pages);
	sidecar_free(s);
	loop_free(l);
	return AGENT_FINE;
}

const struct agent_command agent_pooler = {
	.name = "pooler",
	.summary = "reloads the PgBouncer of its pod when its files change, and ends old pauses",
	.arguments = "",
	.run = run,
};
