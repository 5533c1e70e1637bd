/* SPDX-License-Identifier: Apache-2.0 */
/* reconnect.c: after a promotion the poolers leave their connections to the old leader. RECONNECT
 * closes those that are free. One on which somebody waits for an answer would stay open as long as
 * the old leader is silent without being gone: its client is let go, since no answer that came
 * after the promotion could count. */
#include "act/act.h"
#include "ground/log.h"
#include "switchover/poolers.h"

enum { ASK_MS = 3000 };

static void stop(struct deed *deed)
{
	poolers_free(deed->work);
}

static void tell_skipped(const struct poolers_answer *answer)
{
	if (answer->skipped.n > 0)
		log_event(LOG_WARN, "poolers-skipped", "poolers", answer->skipped.p, NULL);
}

static void on_let_go(void *owner, const struct poolers_answer *answer)
{
	struct deed *deed = owner;

	if (answer->stuck.n > 0)
		deed_failed(deed, answer->stuck.p);
	else if (answer->let_go > 0)
		deed_done(deed, arena_fmt(deed->arena, "%zu clients waited for the old leader",
					  answer->let_go)
				    .p);
	else
		deed_done(deed, "");
}

static void on_processes(void *owner, const struct sql_answer *answer)
{
	struct deed *deed = owner;
	size_t n = sql_count(answer->rows);
	int64_t *pids = NEW_ARRAY(deed->arena, n + 1, int64_t);

	if (!answer->fine) {
		deed_failed(deed, answer->error);
		return;
	}
	for (size_t i = 0; i < n; i++)
		pids[i] = sql_int(answer->rows, i, "pid", 0);
	poolers_let_go(deed->work, pids, n, on_let_go, deed);
}

/* Every connection that was told to end is older than the list of processes: what is not on it is
 * not here. */
static void on_reconnect(void *owner, const struct poolers_answer *answer)
{
	struct deed *deed = owner;

	tell_skipped(answer);
	if (answer->stuck.n > 0)
		deed_failed(deed, answer->stuck.p);
	else
		sql_send(deed->hands->sql,
			 &(struct sql_call){ "select pid from pg_stat_activity", ASK_MS, { NULL } },
			 on_processes, deed);
}

void act_reconnect(struct deed *deed)
{
	deed->work = poolers_new(deed->hands->loop, deed->hands->orders);
	deed->stop = stop;
	poolers_tell(deed->work, "RECONNECT", ASK_MS, on_reconnect, deed);
}
