/* SPDX-License-Identifier: Apache-2.0 */
/* How each action of actions.def is done: act_id stands in act/id.c. Each ends in deed_done or
 * deed_failed, and is safe to be done twice. */
#ifndef ACT_ACT_H
#define ACT_ACT_H

#include "frame/engine.h"

#define ACTION(id, name, does, ms, apart, ages) void act_##id(struct deed *deed);
#include "frame/actions.def"
#undef ACTION

/* Ends the deed that is owner as the API server answered: what is gone is as good as done, since
 * what is then there is looked at anew. */
void act_on_answer(void *owner, const struct api_answer *answer);

/* Ends the deed that is owner: done when why is "", else failed. */
void act_on_end(void *owner, const char *why);

/* Makes the tables of base backups where they are not there, then calls then(deed); else the deed
 * fails. */
void act_backup_tables(struct deed *deed, void (*then)(struct deed *deed));

/* Ends the deed that is owner as PostgreSQL answered. */
void act_on_rows(void *owner, const struct sql_answer *answer);

/* A client of the Patroni of another member, to be given back by the deed; never NULL. */
struct patroni *act_patroni_of(const struct deed *deed, struct str member);

#endif
