/* SPDX-License-Identifier: Apache-2.0 */
/* walg.c: environment, child, and the last words of wal-g. */
#include "walg/walg.h"

#include <assert.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/die.h"
#include "ground/log.h"
#include "ground/mounted.h"
#include "ground/paths.h"

enum { ARGS_MOST = 12, ENV_MOST = 100, VALUE_MOST = 65536, WORDS = 2048, WHY_MOST = 300 };

struct walg {
	struct loop *loop;
	struct walg_call call; /* args do not outlive walg_start */
	struct arena *arena;
	const char *command; /* the first of them */
	struct child *child;
	struct timer *soon; /* it could not be started */
	struct buf out;
	char words[WORDS]; /* the end of its messages */
	size_t n_words;
	bool cut;
};

/* How to reach this member's PostgreSQL, and what every program wants. */
static const char *const base_env[] = {
	"PATH=/usr/local/bin:/usr/bin:/bin",
	"HOME=/tmp",
	"TMPDIR=/tmp",
	"PGUSER=postgres",
	"PGDATABASE=postgres",
	"LC_ALL=C",
};

enum { BASE = sizeof(base_env) / sizeof(*base_env) };

/* NAME=value of the file of an envdir: its first line, without blanks at the end; "" for an empty
 * file, which unsets the variable. */
static struct str variable(struct arena *a, const char *name)
{
	struct str path = arena_fmt(a, PATH_ENVDIR "/%s", name), text = str_of("");
	struct err err = { 0 };

	if (mounted_read(a, path.p, VALUE_MOST, &text, &err) != 1 || text.n == 0)
		return str_of("");
	text = str_cut(text, 0, str_find(text, '\n'));
	while (text.n > 0 && (text.p[text.n - 1] == ' ' || text.p[text.n - 1] == '\t'))
		text.n--;
	return arena_fmt(a, "%s=%.*s", name, (int)text.n, text.p);
}

static bool is_name(const char *z)
{
	for (const char *p = z; *p; p++)
		if (!(*p == '_' || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9' && p > z)))
			return false;
	return *z;
}

static const char not_yet[] = "Spilo has not written wal-g's settings yet (" PATH_ENVDIR ")";

/* The settings of the envdir behind those of base_env, which it may not change. Some are
 * there before Spilo starts (bootstrap writes them); where the archive is Spilo alone says. */
static const char *const *environment(struct arena *a, struct err *err)
{
	const char **env = NEW_ARRAY(a, BASE + ENV_MOST + 2, const char *);
	size_t n = 0;
	bool where = false;
	DIR *d = opendir(PATH_ENVDIR);

	if (!d) {
		(void)err_set(err, "%s", not_yet);
		return NULL;
	}
	while (n < BASE) {
		env[n] = base_env[n];
		n++;
	}
	env[n++] = arena_fmt(a, "PGHOST=%s", PATH_SOCKETS).p;
	for (const struct dirent *e = readdir(d); e && n <= BASE + ENV_MOST; e = readdir(d)) {
		struct str pair = str_of("");

		if (is_name(e->d_name) && !str_starts(str_of(e->d_name), "PG"))
			pair = variable(a, e->d_name);
		if (pair.n > 0)
			env[n++] = pair.p;
		where = where || (pair.n > 0 && str_ends(str_of(e->d_name), "_PREFIX"));
	}
	(void)closedir(d);
	if (!where)
		(void)err_set(err, "%s", not_yet);
	return where ? env : NULL;
}

/* Keeps the end of what was said. */
static void listen(struct walg *w, struct str bytes)
{
	if (bytes.n >= WORDS)
		bytes = str_cut(bytes, bytes.n - WORDS, bytes.n);
	if (w->n_words + bytes.n > WORDS) {
		size_t gone = w->n_words + bytes.n - WORDS;

		memmove(w->words, w->words + gone, w->n_words - gone);
		w->n_words -= gone;
	}
	memcpy(w->words + w->n_words, bytes.p, bytes.n);
	w->n_words += bytes.n;
}

static void on_take(void *arg, bool errors, struct str bytes)
{
	struct walg *w = arg;

	if (errors)
		listen(w, bytes);
	if (w->call.take)
		w->call.take(w->call.owner, errors, bytes);
	else if (!errors && w->out.n + bytes.n <= CHILD_OUTPUT_MOST)
		buf_str(&w->out, bytes);
	else if (!errors)
		w->cut = true;
}

/* "ERROR: 2026/01/01 00:00:00.000000 text" without its head. */
static struct str bare(struct str line)
{
	if (str_starts(line, "ERROR: "))
		line = str_cut(line, 7, line.n);
	if (line.n > 27 && line.p[4] == '/' && line.p[7] == '/' && line.p[13] == ':')
		line = str_cut(line, str_find(str_cut(line, 11, line.n), ' ') + 12, line.n);
	return str_trim(line);
}

/* The last line that says ERROR, else the last one that says anything. */
static struct str last_words(const struct walg *w)
{
	struct str rest = { w->words, w->n_words }, last = str_of(""), error = str_of("");

	while (rest.n > 0) {
		size_t end = str_find(rest, '\n');
		struct str line = str_trim(str_cut(rest, 0, end));

		if (line.n > 0)
			last = line;
		if (str_starts(line, "ERROR: "))
			error = line;
		rest = str_cut(rest, end + 1, rest.n);
	}
	return bare(error.n > 0 ? error : last);
}

static struct str judge(const struct walg *w, const struct child_end *end)
{
	struct str words = log_clean(w->arena, last_words(w));

	if (words.n > WHY_MOST)
		words = str_cut(words, 0, WHY_MOST);
	if (end->overdue)
		return arena_fmt(w->arena, "wal-g %s took too long", w->command);
	if (end->code)
		return arena_fmt(w->arena, "wal-g %s ended with %d: %.*s", w->command, end->code,
				 (int)words.n, words.p);
	if (w->cut)
		return arena_fmt(w->arena, "wal-g %s said more than can be read", w->command);
	return str_of("");
}

static void release(struct walg *w)
{
	loop_cancel(w->loop, w->soon);
	buf_release(&w->out);
	arena_wipe(w->arena); /* the environment holds keys of the store */
	free(w);
}

static void finish(struct walg *w, struct str why)
{
	w->call.ended(w->call.owner, &(struct walg_end){ why.p, buf_view(&w->out) });
	release(w);
}

static void on_end(void *arg, const struct child_end *end)
{
	struct walg *w = arg;

	finish(w, judge(w, end));
}

static void on_soon(void *arg)
{
	struct walg *w = arg;

	w->soon = NULL;
	finish(w, (struct str){ w->words, w->n_words });
}

struct walg *walg_start(struct loop *l, const struct walg_call *call)
{
	struct walg *w = calloc(1, sizeof(*w));
	const char *argv[ARGS_MOST + 2] = { PATH_WALG };
	const char *const *env;
	struct err err = { 0 };

	if (!w)
		die_memory();
	assert(call->args[0]);
	w->loop = l;
	w->call = *call;
	w->arena = arena_new();
	for (size_t i = 0; i < ARGS_MOST && call->args[i]; i++)
		argv[i + 1] = call->args[i];
	w->command = arena_str(w->arena, str_of(call->args[0])).p;
	env = environment(w->arena, &err);
	if (env)
		w->child = child_start(
		    l, &(struct child_plan){ argv, env, call->ms, on_end, w, on_take }, &err);
	if (!w->child) {
		listen(w, (struct str){ err.text, strlen(err.text) + 1 });
		w->soon = loop_after(l, 0, on_soon, w);
	}
	return w;
}

void walg_stop(struct walg *w)
{
	if (!w)
		return;
	child_drop(w->child);
	release(w);
}

void walg_ask_end(struct walg *w)
{
	if (w->child)
		child_ask_end(w->child);
}
