/* SPDX-License-Identifier: Apache-2.0 */
/* close_backup.c: what came of an attempt; the oldest ones are forgotten. */
#include "act/act.h"

enum { ASK_MS = 10000 };

static const char update[] =
    "with gone as (delete from howdah.backup_attempts where ended is not null and id < $1::bigint"
    " - 100) update howdah.backup_attempts set ended = now(), backup = nullif($2, ''),"
    " error = nullif($3, '') where id = $1::bigint and ended is null";

void act_close_backup(struct deed *deed)
{
	const struct node *body = deed->action.body;

	sql_send(deed->hands->sql,
		 &(struct sql_call){ update,
				     ASK_MS,
				     { deed->action.target.p, node_text(body, "backup").p,
				       node_text(body, "error").p, NULL } },
		 act_on_rows, deed);
}
