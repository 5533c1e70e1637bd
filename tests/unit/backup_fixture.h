/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of base backups: what differs from a cluster with three good ones, what is said, and what
 * is done. */
#ifndef TESTS_UNIT_BACKUP_FIXTURE_H
#define TESTS_UNIT_BACKUP_FIXTURE_H

#include "agent_fixture.h"
#include "backup/plan.h"
#include "decide/decide.h"
#include "report/backups.h"

enum { DAY = 86400, HOUR = 3600 };

/* done: "order:TARGET", "close:MADE|ERROR", "make", "check:NAME", "prune:KEPT:N" as said by told().
 */
struct backup_row {
	const char *name;
	void (*change)(struct world *w);
	enum reason reason;
	const char *done;
};

static inline void nothing(struct world *w)
{
	(void)w;
}

static inline void due(struct world *w)
{
	w->now.wall = WALL + HOUR; /* past 00:45 and any jitter */
}

static inline void none_yet(struct world *w)
{
	w->backups.n = 0;
}

static inline void replicas_stuck(struct world *w)
{
	due(w);
	w->members[1].state = w->members[2].state = str_of("starting");
}

static inline void asked(struct world *w, const char *member, const char *agent)
{
	due(w);
	w->attempt[0] = (struct fact_attempt){
		.id = 7,
		.member = str_of(member),
		.agent = str_of(agent),
		.why = str_of("its time has come"),
		.asked = w->now.wall - 300,
		.backup = str_of(""),
		.error = str_of(""),
	};
	w->attempts.n = 1;
	w->backups.at = w->now.wall - 10;
}

static inline void ended(struct world *w, int n, const char *error)
{
	asked(w, "shared-i2-1", "t1");
	for (int i = 0; i < n; i++) {
		w->attempt[i] = w->attempt[0];
		w->attempt[i].id = 7 - i;
		w->attempt[i].ended = w->now.wall - 60 - i * HOUR;
		w->attempt[i].error = str_of(error);
	}
	w->attempts.n = (size_t)n;
}

static inline void failed_just_now(struct world *w)
{
	ended(w, 1, "503");
}

static inline void runs_elsewhere(struct world *w)
{
	asked(w, "shared-i2-1", "t1");
	w->attempts.peer = (struct fact_peer){
		.agent = str_of("t1"), .known = true, .running = true, .error = str_of("")
	};
}

static inline void gap(struct world *w, const char *from, const char *to, bool lost)
{
	w->gap[0] = (struct fact_gap){ str_of(from), str_of(to), 4, lost };
	w->wal.n = 1;
}

/* What the round does, in words. */
static inline const char *told(struct arena *a, const struct round *r)
{
	struct str text = str_of("");

	for (const struct action *x = r->actions; x; x = x->next) {
		struct str one = str_of("");

		if (x->kind == ACTION_order_backup)
			one = arena_fmt(a, "order:%s", x->target.p);
		else if (x->kind == ACTION_close_backup)
			one = arena_fmt(a, "close:%s|%s", node_text(x->body, "backup").p,
					node_text(x->body, "error").p);
		else if (x->kind == ACTION_backup)
			one = str_of(str_is(x->target, "7") ? "make" : "make what?");
		else if (x->kind == ACTION_check_backup)
			one = arena_fmt(a, "check:%s", x->target.p);
		else if (x->kind == ACTION_prune_backups)
			one = arena_fmt(a, "prune:%s:%zu", x->target.p,
					node_count(node_at(x->body, "gone")));
		text = arena_fmt(a, "%s%s%s", text.p, text.n && one.n ? " " : "", one.p);
	}
	return text.p;
}

static inline void decide(struct round *r)
{
	decide_archive(r);
	decide_backup(r);
}

/* Each row against the orders. */
static inline void check_backups(struct orders *orders, const struct backup_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct world w;
		struct round r;
		enum reason reason;
		const char *done;

		world_begin(&w, orders);
		rows[i].change(&w);
		r = world_decide(&w, decide);
		reason = r.conditions[CONDITION_BackupHealthy].reason;
		done = told(w.arena, &r);
		if (!CHECK(reason == rows[i].reason) | !CHECK(strcmp(done, rows[i].done) == 0))
			(void)printf("#   %s: %s, does '%s'\n", rows[i].name,
				     reason_row(reason)->name, done);
		world_end(&w);
	}
}

#endif
