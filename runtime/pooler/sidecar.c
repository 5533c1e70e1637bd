/* SPDX-License-Identifier: Apache-2.0 */
/* sidecar.c: files, console and served certificate of the PgBouncer in this pod. */
#include "pooler/sidecar.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/die.h"
#include "base/digest.h"
#include "ground/log.h"
#include "ground/mounted.h"
#include "ground/paths.h"
#include "ground/plain.h"
#include "sql/sql.h"
#include "tls/probe.h"

enum { EVERY_MS = 2000, ASK_MS = 3000, FILE_MOST = 1024 * 1024, LEAVING_S = 120 };

static const char *const words[] = {
	[POOLER_RELOAD] = "reload",
	[POOLER_RESUME] = "resume",
	[POOLER_LEAVE] = "leave",
};

struct sidecar {
	struct loop *loop;
	struct sql *console;
	struct probe *probe;
	struct arena *arena, *older; /* of the view, and of the one before */
	struct pooler_view view;
	int64_t limit_ms, alive_ms;
	int64_t before_ms; /* when the look before this one began */
	struct timer *timer;
	uint64_t reloads, resumes;
	struct pooler_plan plan; /* what is being done */
};

static void look(void *arg);

static void again(struct sidecar *s, int64_t ms)
{
	s->timer = loop_after(s->loop, ms, look, s);
}

/* ---- what is done ---- */

static void on_done(void *owner, const struct sql_answer *answer)
{
	struct sidecar *s = owner;
	bool reload = s->plan.step == POOLER_RELOAD;

	log_event(answer->fine ? LOG_INFO : LOG_WARN, answer->fine ? "done" : "failed", "action",
		  words[s->plan.step], "target", s->plan.database.n ? s->plan.database.p : NULL,
		  "why", answer->fine ? s->plan.why : answer->error, NULL);
	s->view.reloaded_ms = reload ? clock_now().ms : s->view.reloaded_ms;
	if (answer->fine && reload) {
		s->view.has = s->view.want;
		s->reloads++;
	} else if (answer->fine && s->plan.step == POOLER_RESUME) {
		s->resumes++;
		/* people wait at the other databases, too */
		again(s, 0);
		return;
	}
	again(s, EVERY_MS);
}

static void act(struct sidecar *s)
{
	struct str text = str_of("RELOAD");

	s->plan = pooler_decide(&s->view, clock_now(), s->limit_ms);
	if (s->plan.step == POOLER_NOTHING) {
		again(s, EVERY_MS);
		return;
	}
	/* names of databases are the orders': [a-z_][a-z0-9_]* */
	if (s->plan.step == POOLER_RESUME)
		text = arena_fmt(s->arena, "RESUME %s", s->plan.database.p);
	/* its janitor closes who has no statement under way; a RELOAD would take it back */
	if (s->plan.step == POOLER_LEAVE)
		text = str_of("SET client_idle_timeout = '0.001'");
	sql_send(s->console, &(struct sql_call){ text.p, ASK_MS, { NULL } }, on_done, s);
}

/* ---- what is seen ---- */

static void on_probe(void *owner, const struct probe_answer *answer)
{
	struct sidecar *s = owner;

	s->probe = NULL;
	s->view.served_serial = arena_str(s->arena, answer->cert.serial);
	s->view.served_from = answer->cert.from;
	act(s);
}

/* The earliest moment at which the pause of name can have begun: it was not seen the last time. */
static int64_t paused_since(const struct sidecar *s, struct str name)
{
	const struct pooler_view *old = &s->view;

	for (size_t i = 0; i < old->n; i++)
		if (str_eq(old->databases[i].name, name) && old->databases[i].paused_ms)
			return old->databases[i].paused_ms;
	return s->before_ms;
}

static void on_databases(void *owner, const struct sql_answer *answer)
{
	struct sidecar *s = owner;
	size_t n = sql_count(answer->rows);
	struct pooler_database *d;

	s->view.answers = answer->fine;
	s->view.error = arena_fmt(s->arena, "%s", answer->error);
	if (n > POOLER_DATABASES_MOST)
		n = POOLER_DATABASES_MOST;
	d = NEW_ARRAY(s->arena, n + 1, struct pooler_database);
	for (size_t i = 0; i < n; i++) {
		d[i].name = arena_fmt(s->arena, "%s", sql_text(answer->rows, i, "name"));
		if (sql_int(answer->rows, i, "paused", 0))
			d[i].paused_ms = paused_since(s, d[i].name);
	}
	s->view.databases = d;
	s->view.n = n;
	s->probe = probe_new(s->loop, "127.0.0.1", PORT_POOLER, PROBE_POSTGRES, ASK_MS);
	probe_tell(s->probe, on_probe, s);
}

static struct str text_of(struct arena *a, const char *path)
{
	struct err err = { 0 };
	struct str text = str_of("");

	return mounted_read(a, path, FILE_MOST, &text, &err) == 1 ? text : str_of("");
}

/* The files that a RELOAD reads: configuration, certificate, who is trusted, who may log in. */
static void read_files(struct sidecar *s)
{
	struct arena *own = arena_new();
	struct str chain = text_of(own, PATH_POOLER_TLS "/tls.crt");
	struct str key = text_of(own, PATH_POOLER_TLS "/tls.key");
	struct str trust = text_of(own, PATH_TRUST_BUNDLE);
	struct str list = text_of(own, PATH_POOLER_LIST);
	struct cert cert = { { "", 0 }, 0, 0 };
	struct hasher h;
	struct digest digest;
	const char *why = cert_judge(s->arena, &(struct cert_files){ chain, key, trust },
				     clock_now().wall, &cert);

	hasher_start(&h);
	hasher_field(&h, text_of(own, PATH_POOLER_CONFIG "/pgbouncer.ini"));
	hasher_field(&h, chain);
	hasher_field(&h, trust);
	hasher_field(&h, list);
	digest = hasher_end(&h);
	s->view.want = digest_hex(s->arena, &digest);
	digest = digest_of(trust);
	s->view.trust = digest_hex(s->arena, &digest);
	s->view.problem = str_of(why ? why : "");
	s->view.file_serial = cert.serial;
	plain_wipe(key);
	plain_wipe(list);
	arena_free(own);
}

/* The file of an end long ago is that of a container that was started again. */
static bool is_leaving(void)
{
	struct stat st;

	return stat(PATH_POOLER_LEAVING, &st) == 0 &&
	       clock_now().wall - (int64_t)st.st_mtime < LEAVING_S;
}

/* A view of its own arena for each look; what goes on from the one before is copied. */
static void look(void *arg)
{
	struct sidecar *s = arg;
	struct arena *oldest = s->older;

	s->timer = NULL;
	s->before_ms = s->alive_ms;
	s->alive_ms = clock_now().ms;
	/* as if there had been a look before the first one */
	if (s->before_ms == 0)
		s->before_ms = s->alive_ms - EVERY_MS;
	s->older = s->arena;
	s->arena = oldest;
	arena_reset(s->arena);
	s->view.has = arena_str(s->arena, s->view.has);
	read_files(s);
	s->view.leaves = is_leaving();
	sql_send(s->console, &(struct sql_call){ "SHOW DATABASES", ASK_MS, { NULL } }, on_databases,
		 s);
}

struct sidecar *sidecar_new(struct loop *l, int64_t limit_ms)
{
	struct sidecar *s = calloc(1, sizeof(*s));

	if (!s)
		die_memory();
	s->loop = l;
	/* what is not over at this look is too old before the next one is through */
	s->limit_ms = limit_ms - EVERY_MS;
	s->arena = arena_new();
	s->older = arena_new();
	s->view.error = s->view.want = s->view.has = s->view.problem = str_of("");
	s->view.file_serial = s->view.served_serial = s->view.trust = str_of("");
	s->console = sql_new(l, &(struct sql_target){ .host = PATH_POOLER_SOCKETS,
						      .port = "6432",
						      .database = "pgbouncer",
						      .user = "pgbouncer",
						      .console = true });
	look(s);
	return s;
}

void sidecar_free(struct sidecar *s)
{
	if (!s)
		return;
	sql_free(s->console);
	probe_drop(s->probe);
	loop_cancel(s->loop, s->timer);
	arena_free(s->arena);
	arena_free(s->older);
	free(s);
}

const struct pooler_view *sidecar_view(const struct sidecar *s)
{
	return &s->view;
}

int64_t sidecar_alive_ms(const struct sidecar *s)
{
	return s->alive_ms;
}

void sidecar_counts(const struct sidecar *s, uint64_t *reloads, uint64_t *resumes)
{
	*reloads = s->reloads;
	*resumes = s->resumes;
}
