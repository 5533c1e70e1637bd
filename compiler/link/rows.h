/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of contracts that are expanded over facts: flows, logins, calls. */
#ifndef LINK_ROWS_H
#define LINK_ROWS_H

#include "link/slots.h"

/* What is done with each row whose conditions hold, in the scope of its loop. */
typedef void rows_each(void *with, const struct slot_scope *scope, const struct node *row);

/* Calls what for each row of rows (a map of {when, each, as, ...}), once for each fact of `each`.
 */
void rows_expand(const struct slot_scope *scope, const struct node *rows, rows_each *what,
		 void *with);

/* The text that row has under key, with its slots filled in; empty when it or one of its facts is
 * unset. */
struct str row_text(const struct slot_scope *scope, const struct node *row, const char *key);

/* The text of a list's item with its slots filled in; integers too. */
struct str item_text(const struct slot_scope *scope, const struct node *item);

#endif
