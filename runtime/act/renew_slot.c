/* SPDX-License-Identifier: Apache-2.0 */
/* renew_slot.c: a slot whose WAL was given up is dropped and made again, under its name. */
#include "act/act.h"

enum { ASK_MS = 10000 };

/* In one statement: Patroni takes the slot for one that is there until it starts anew. It holds WAL
 * from now on; what came before its replica fetches from the archive. */
static const char text[] =
    "with gone as materialized (select pg_catalog.pg_drop_replication_slot(slot_name)"
    " from pg_catalog.pg_replication_slots where slot_name = $1 and slot_type = 'physical'"
    " and wal_status = 'lost' and not active)"
    " select pg_catalog.pg_create_physical_replication_slot($1, true) from gone";

void act_renew_slot(struct deed *deed)
{
	sql_send(deed->hands->sql,
		 &(struct sql_call){ text, ASK_MS, { deed->action.target.p, NULL } }, act_on_rows,
		 deed);
}
