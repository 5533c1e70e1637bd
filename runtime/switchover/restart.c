/* SPDX-License-Identifier: Apache-2.0 */
/* restart.c: PostgreSQL of one member restarts, by that member's Patroni: if settings still wait
 * for it, or (the body has "since") if it has not been started anew since. The primary's in a lull.
 */
#include "act/act.h"
#include "report/fields.h"
#include "switchover/lull.h"
#include "tree/number.h"

/* Patroni answers when PostgreSQL is up again: that is a shutdown and as long as
 * primary_start_timeout (300 s), within what the action may take. */
enum { ASK_MS = 400000, LOOK_MS = 5000 };

static void on_answer(void *owner, const struct patroni_answer *answer)
{
	struct deed *deed = owner;

	if (answer->status == 200 || answer->status == 202)
		deed_done(deed, answer->message);
	else
		deed_failed(deed, answer->message);
}

static void on_own_answer(void *owner, const struct patroni_answer *answer)
{
	lull_over(owner, answer->status == 200 || answer->status == 202, answer->message);
}

static bool is_own(const struct deed *deed)
{
	return str_eq(deed->action.target, deed->self->pod);
}

/* Patroni of the target: this pod's, or one of its own that the deed gives back. */
static void go(struct deed *deed)
{
	struct fields f = { deed->arena, { 0 } };

	/* Patroni asks whether the key is there, not what it says */
	if (!deed->action.body)
		fields_flag(&f, "restart_pending", true);
	patroni_send(is_own(deed) ? deed->hands->patroni : deed->work,
		     &(struct patroni_call){ "POST", "/restart", fields_map(&f), ASK_MS },
		     is_own(deed) ? on_own_answer : on_answer, deed);
}

static void begin(struct deed *deed)
{
	if (is_own(deed))
		lull_begin(deed, &(struct lull_plan){ go, false, true });
	else
		go(deed);
}

/* Patroni writes "2026-03-01 02:00:04.123456+00:00". */
static int64_t started_at(struct arena *a, const struct node *member)
{
	struct str text = node_text(member, "postmaster_start_time");
	size_t blank = str_find(text, ' ');
	struct instant at;

	if (blank >= text.n)
		return 0;
	text = arena_fmt(a, "%.*sT%s", (int)blank, text.p, text.p + blank + 1);
	return time_parse(text, &at) ? 0 : at.seconds;
}

static void on_looked(void *owner, const struct patroni_answer *answer)
{
	struct deed *deed = owner;
	int64_t since = node_num(deed->action.body, "since", 0);

	if (!answer->body)
		deed_failed(deed, answer->status ? "Patroni answers no JSON" : answer->message);
	else if (started_at(deed->arena, answer->body) > since)
		deed_done(deed, "it has been started anew already");
	else
		begin(deed);
}

static void stop(struct deed *deed)
{
	patroni_free(deed->work);
	deed->work = NULL;
}

void act_restart(struct deed *deed)
{
	struct patroni *p = deed->hands->patroni;

	if (!is_own(deed)) {
		p = deed->work = act_patroni_of(deed, deed->action.target);
		deed->stop = stop;
	}
	if (!deed->action.body)
		begin(deed);
	else
		patroni_send(p, &(struct patroni_call){ "GET", "/patroni", NULL, LOOK_MS },
			     on_looked, deed);
}
