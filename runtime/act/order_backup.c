/* SPDX-License-Identifier: Apache-2.0 */
/* order_backup.c: a member is named, after its agent has answered: by its token, so that another
 * process of that member does not go on with what this one began. */
#include "act/act.h"
#include "peer/peer.h"

enum { ASK_MS = 10000 };

static const char insert[] =
    "insert into howdah.backup_attempts (member, agent, why) select $1, $2, $3"
    " where not exists (select from howdah.backup_attempts where ended is null)";

static void name(struct deed *deed, const char *token)
{
	sql_send(deed->hands->sql,
		 &(struct sql_call){
		     insert, ASK_MS, { deed->action.target.p, token, deed->action.why.p, NULL } },
		 act_on_rows, deed);
}

static void stop(struct deed *deed)
{
	peer_stop(deed->work);
	deed->work = NULL;
}

static void on_peer(void *owner, const struct peer_answer *answer)
{
	struct deed *deed = owner;
	struct str token = answer->status ? node_text(answer->status, "agent") : str_of("");

	deed->work = NULL;
	if (token.n > 0)
		name(deed, token.p);
	else
		deed_failed(deed, arena_fmt(deed->arena, "its agent does not answer: %s",
					    answer->status ? "it has no token" : answer->why)
				      .p);
}

static void ask(struct deed *deed)
{
	if (str_eq(deed->action.target, deed->self->pod)) {
		name(deed, deed->self->token.p);
		return;
	}
	deed->stop = stop;
	deed->work = peer_ask(&(struct peer_place){ deed->hands->http, deed->hands->orders,
						    deed->action.target, false },
			      on_peer, deed);
}

void act_order_backup(struct deed *deed)
{
	act_backup_tables(deed, ask);
}
