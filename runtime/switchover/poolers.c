/* SPDX-License-Identifier: Apache-2.0 */
/* poolers.c: a console per pooler pod, opened when it is first needed. */
#include "switchover/poolers.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/die.h"
#include "ground/mounted.h"
#include "ground/paths.h"
#include "ground/plain.h"
#include "net/resolve.h"
#include "sql/sql.h"

enum { POOLERS_MOST = 9, ANSWER_MS = 2000, LET_GO_MS = 3000, PASSWORD_MOST = 1024 };

enum task {
	TASK_LOOK,    /* which databases are paused */
	TASK_COMMAND, /* the same for every database */
	TASK_LET_GO,
};

enum state {
	STATE_NEW,     /* its address is not known */
	STATE_ASKED,   /* whether it answers */
	STATE_AT_WORK, /* at what is to be done */
	STATE_DONE,
	STATE_SKIPPED,
	STATE_STUCK,
};

/* A server connection on which somebody waits in vain. */
struct hang {
	struct str server, client; /* as the console names their objects */
	struct str database;
};

struct pooler {
	struct poolers *all;
	struct str pod, host; /* host: what its certificate is checked for */
	struct sql *console;
	enum state state;
	const struct str *todo; /* commands, one after the other */
	size_t n_todo, at;
	const struct hang *hangs;
	size_t n_hangs, let_go;
	struct str why, paused;
};

struct poolers {
	struct loop *loop;
	struct arena *arena;
	struct str user, port, password;
	const struct str *databases;
	size_t n_databases;
	struct pooler poolers[POOLERS_MOST];
	size_t n;
	struct child *resolver;
	struct timer *timer; /* when there is nobody to ask */
	enum task task;
	const char *command; /* of TASK_COMMAND */
	const int64_t *pids; /* of TASK_LET_GO: processes that are here */
	size_t n_pids;
	int64_t until_ms;
	void (*done)(void *owner, const struct poolers_answer *answer);
	void *owner;
};

static void put_text(struct buf *out, struct str text)
{
	if (out->n > 0 && text.n > 0)
		buf_text(out, ", ");
	buf_str(out, text);
}

static void put_name(struct buf *out, const struct pooler *p)
{
	put_text(out, p->pod);
	if (p->state == STATE_STUCK)
		buf_fmt(out, ": %s", p->why.p);
}

/* Tells the owner once every pooler has come to an end. */
static void finish(struct poolers *p)
{
	struct poolers_answer answer = { 0 };
	struct buf skipped = { 0 }, stuck = { 0 }, paused = { 0 };

	for (size_t i = 0; i < p->n; i++) {
		const struct pooler *q = &p->poolers[i];

		if (q->state < STATE_DONE)
			return;
		answer.fine += q->state == STATE_DONE;
		answer.let_go += q->state == STATE_DONE ? q->let_go : 0;
		if (q->state == STATE_SKIPPED)
			put_name(&skipped, q);
		if (q->state == STATE_STUCK)
			put_name(&stuck, q);
		put_text(&paused, q->paused);
	}
	answer.skipped = str_of(buf_z(&skipped));
	answer.stuck = str_of(buf_z(&stuck));
	answer.paused = str_of(buf_z(&paused));
	p->done(p->owner, &answer);
	buf_release(&skipped);
	buf_release(&stuck);
	buf_release(&paused);
}

static void send_next(struct pooler *q);

static void on_command(void *owner, const struct sql_answer *answer)
{
	struct pooler *q = owner;

	/* RESUME of what is not paused is what was wanted, and so is a client that went by itself;
	 * in a database of new orders that its files do not have yet nobody works */
	if (answer->fine || strstr(answer->error, "not paused") ||
	    strstr(answer->error, "no such database") ||
	    strstr(answer->error, "client not found")) {
		q->at++;
		send_next(q);
		return;
	}
	q->state = STATE_STUCK;
	q->why = arena_fmt(q->all->arena, "%.200s", answer->error);
	finish(q->all);
}

static void send_next(struct pooler *q)
{
	struct poolers *p = q->all;
	int64_t left = p->until_ms - clock_now().ms;

	if (q->at == q->n_todo) {
		q->state = STATE_DONE;
		finish(p);
		return;
	}
	q->state = STATE_AT_WORK;
	sql_send(q->console, &(struct sql_call){ q->todo[q->at].p, left > 0 ? left : 0, { NULL } },
		 on_command, q);
}

/* ---- one command for every database ---- */

/* One for each database: a pause of all at once would not show in SHOW DATABASES, and nobody would
 * know to end it. */
static void fill_todo(struct pooler *q)
{
	const struct poolers *p = q->all;
	struct str *todo = NEW_ARRAY(p->arena, p->n_databases + 1, struct str);

	for (size_t i = 0; i < p->n_databases; i++)
		todo[i] = arena_fmt(p->arena, "%s %s", p->command, p->databases[i].p);
	q->todo = todo;
	q->n_todo = p->n_databases;
}

static void on_version(void *owner, const struct sql_answer *answer)
{
	struct pooler *q = owner;

	if (!answer->fine) {
		q->state = STATE_SKIPPED;
		finish(q->all);
		return;
	}
	fill_todo(q);
	send_next(q);
}

static bool is_ours(const struct poolers *p, const char *database)
{
	for (size_t i = 0; i < p->n_databases; i++)
		if (str_is(p->databases[i], database))
			return true;
	return false;
}

static void on_databases(void *owner, const struct sql_answer *answer)
{
	struct pooler *q = owner;
	struct buf paused = { 0 };

	q->state = answer->fine ? STATE_DONE : STATE_SKIPPED;
	for (size_t i = 0; i < sql_count(answer->rows); i++) {
		const char *name = sql_text(answer->rows, i, "name");

		if (sql_int(answer->rows, i, "paused", 0) && is_ours(q->all, name))
			put_text(&paused, arena_fmt(q->all->arena, "%s/%s", q->pod.p, name));
	}
	q->paused = arena_fmt(q->all->arena, "%s", buf_z(&paused));
	buf_release(&paused);
	finish(q->all);
}

/* ---- who waits in vain ---- */

static bool is_here(const struct poolers *p, int64_t pid)
{
	for (size_t i = 0; i < p->n_pids; i++)
		if (p->pids[i] == pid)
			return true;
	return false;
}

/* Row of the client that waits on h, or rows' end. */
static size_t client_row(const struct sql_rows *rows, const struct hang *h)
{
	size_t i = 0;

	while (i < sql_count(rows) && !(str_is(h->client, sql_text(rows, i, "ptr")) &&
					str_is(h->server, sql_text(rows, i, "link"))))
		i++;
	return i;
}

static bool has_active(const struct sql_rows *rows, struct str database)
{
	for (size_t i = 0; i < sql_count(rows); i++)
		if (str_is(database, sql_text(rows, i, "database")) &&
		    strcmp(sql_text(rows, i, "state"), "active") == 0)
			return true;
	return false;
}

/* A client is ended by its id. Who logs in is not listed while its password is looked up; nobody
 * else works in the database of the look-ups, which is emptied. */
static void on_clients(void *owner, const struct sql_answer *answer)
{
	struct pooler *q = owner;
	struct arena *a = q->all->arena;
	struct str *todo = NEW_ARRAY(a, 2 * q->n_hangs + 1, struct str);

	for (size_t i = 0; i < q->n_hangs; i++) {
		const struct hang *h = &q->hangs[i];
		size_t row = client_row(answer->rows, h);

		if (row < sql_count(answer->rows)) {
			todo[q->n_todo++] = arena_fmt(
			    a, "KILL_CLIENT %lld", (long long)sql_int(answer->rows, row, "id", 0));
		} else if (answer->fine && !has_active(answer->rows, h->database)) {
			todo[q->n_todo++] = arena_fmt(a, "KILL %s", h->database.p);
			todo[q->n_todo++] = arena_fmt(a, "RESUME %s", h->database.p);
		} else {
			continue;
		}
		q->let_go++;
	}
	q->todo = todo;
	send_next(q);
}

static void on_servers(void *owner, const struct sql_answer *answer)
{
	struct pooler *q = owner;
	const struct poolers *p = q->all;
	size_t n = sql_count(answer->rows);
	struct hang *hangs = NEW_ARRAY(p->arena, n + 1, struct hang);

	for (size_t i = 0; i < n; i++) {
		const char *database = sql_text(answer->rows, i, "database");

		if (!*sql_text(answer->rows, i, "link") || !is_ours(p, database) ||
		    !sql_int(answer->rows, i, "close_needed", 0) ||
		    is_here(p, sql_int(answer->rows, i, "remote_pid", 0)))
			continue;
		hangs[q->n_hangs++] = (struct hang){
			arena_fmt(p->arena, "%s", sql_text(answer->rows, i, "ptr")),
			arena_fmt(p->arena, "%s", sql_text(answer->rows, i, "link")),
			arena_fmt(p->arena, "%s", database),
		};
	}
	q->hangs = hangs;
	q->state = answer->fine ? STATE_DONE : STATE_SKIPPED;
	if (q->n_hangs > 0) {
		q->state = STATE_AT_WORK;
		sql_send(q->console, &(struct sql_call){ "SHOW CLIENTS", ANSWER_MS, { NULL } },
			 on_clients, q);
		return;
	}
	finish(q->all);
}

/* ---- all of them ---- */

static const struct {
	const char *text;
	void (*done)(void *owner, const struct sql_answer *answer);
} first[] = {
	[TASK_LOOK] = { "SHOW DATABASES", on_databases },
	[TASK_COMMAND] = { "SHOW VERSION", on_version },
	[TASK_LET_GO] = { "SHOW SERVERS", on_servers },
};

static void ask(struct pooler *q)
{
	q->state = STATE_ASKED;
	q->at = q->n_todo = q->n_hangs = q->let_go = 0;
	sql_send(q->console, &(struct sql_call){ first[q->all->task].text, ANSWER_MS, { NULL } },
		 first[q->all->task].done, q);
}

static void on_addresses(void *arg, const struct child_end *end)
{
	struct poolers *p = arg;

	p->resolver = NULL;
	for (size_t i = 0; i < p->n; i++) {
		struct pooler *q = &p->poolers[i];
		struct str address = resolve_find(p->arena, end->out, q->host);
		struct sql_target target = { .host = q->host.p,
					     .port = p->port.p,
					     .database = "pgbouncer",
					     .user = p->user.p,
					     .console = true,
					     .address = address.p,
					     .trust = PATH_TRUST,
					     .password = p->password.p };

		if (q->console)
			continue;
		q->state = STATE_SKIPPED;
		if (address.n == 0)
			continue;
		q->console = sql_new(p->loop, &target);
		ask(q);
	}
	finish(p);
}

static void on_nobody(void *arg)
{
	struct poolers *p = arg;

	p->timer = NULL;
	finish(p);
}

/* Whom to ask for an address: those without a console. */
static void resolve(struct poolers *p)
{
	const char *names[POOLERS_MOST];
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++)
		if (!p->poolers[i].console)
			names[n++] = p->poolers[i].host.p;
	if (n > 0)
		p->resolver = resolve_start(p->loop, names, n, on_addresses, p);
	for (size_t i = 0; i < p->n && n > 0 && !p->resolver; i++)
		if (!p->poolers[i].console)
			p->poolers[i].state = STATE_SKIPPED;
}

/* Begins p->task at each of them. */
static void begin(struct poolers *p, int64_t ms,
		  void (*done)(void *owner, const struct poolers_answer *answer), void *owner)
{
	p->until_ms = clock_now().ms + ANSWER_MS + ms;
	p->done = done;
	p->owner = owner;
	for (size_t i = 0; i < p->n; i++) {
		p->poolers[i].state = STATE_NEW;
		p->poolers[i].let_go = 0;
		p->poolers[i].paused = str_of("");
		if (p->poolers[i].console)
			ask(&p->poolers[i]);
	}
	resolve(p);
	if (!p->resolver)
		p->timer = loop_after(p->loop, 0, on_nobody, p);
}

void poolers_tell(struct poolers *p, const char *command, int64_t ms,
		  void (*done)(void *owner, const struct poolers_answer *answer), void *owner)
{
	p->task = TASK_COMMAND;
	p->command = command;
	begin(p, ms, done, owner);
}

void poolers_look(struct poolers *p, void (*done)(void *owner, const struct poolers_answer *answer),
		  void *owner)
{
	p->task = TASK_LOOK;
	begin(p, 0, done, owner);
}

void poolers_let_go(struct poolers *p, const int64_t *pids, size_t n,
		    void (*done)(void *owner, const struct poolers_answer *answer), void *owner)
{
	p->task = TASK_LET_GO;
	p->pids = pids;
	p->n_pids = n;
	begin(p, LET_GO_MS, done, owner);
}

static void read_databases(struct poolers *p, const struct node *list)
{
	struct str *names = NEW_ARRAY(p->arena, node_count(list) + 1, struct str);

	p->databases = names;
	if (list)
		node_each(n, list) names[p->n_databases++] = arena_str(p->arena, n->text);
}

static struct str read_password(struct arena *a)
{
	struct err err = { 0 };
	struct str text = str_of("");

	if (mounted_read(a, PATH_CONSOLE_PASSWORD, PASSWORD_MOST, &text, &err) != 1)
		return str_of("");
	return text;
}

struct poolers *poolers_new(struct loop *l, const struct orders *o)
{
	struct poolers *p = calloc(1, sizeof(*p));
	int64_t pods = orders_int(o, "pooler.pods", 0);

	if (!p)
		die_memory();
	p->loop = l;
	p->arena = arena_new();
	p->user = arena_str(p->arena, orders_text(o, "pooler.console"));
	p->port = arena_fmt(p->arena, "%lld", (long long)orders_int(o, "pooler.port", PORT_POOLER));
	p->password = read_password(p->arena);
	read_databases(p, orders_at(o, "pooler.databases"));
	for (; p->n < (size_t)pods && p->n < POOLERS_MOST; p->n++) {
		struct pooler *q = &p->poolers[p->n];

		q->all = p;
		q->pod = arena_fmt(p->arena, "%s-%zu", orders_text(o, "objects.pooler").p, p->n);
		q->host =
		    arena_fmt(p->arena, "%s.%s", q->pod.p, orders_text(o, "pooler.headless").p);
		q->why = str_of("");
	}
	return p;
}

void poolers_free(struct poolers *p)
{
	if (!p)
		return;
	child_drop(p->resolver);
	loop_cancel(p->loop, p->timer);
	for (size_t i = 0; i < p->n; i++)
		sql_free(p->poolers[i].console);
	plain_wipe(p->password);
	arena_free(p->arena);
	free(p);
}
