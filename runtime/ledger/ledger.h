/* SPDX-License-Identifier: Apache-2.0 */
/* The ledger of operations, `status.operations` of the record: what an operation waits for, and
 * what it takes to bring one that was begun to its end. Pure. */
#ifndef LEDGER_LEDGER_H
#define LEDGER_LEDGER_H

#include "frame/round.h"

/* One operation of the orders. */
struct op {
	struct round *r;
	const struct node *order; /* {id, action, member, now} */
	struct str id;
	struct str by;    /* once begun: the member whose agent began it */
	int64_t since;    /* once begun: when; seconds since 1970 */
	bool mine;        /* this process began it, so what it remembers is all that was done */
	int64_t begun_ms; /* mine: the moment after which everything was done for it */
};

enum op_state { OP_WAITING, OP_RUNNING, OP_DONE, OP_FAILED, OP_UNKNOWN, OP_SKIPPED };

/* What is said of it. */
struct op_word {
	enum op_state state;
	struct str text; /* "" for nothing to tell */
};

/* How the operations of one action are done. */
struct op_kind {
	const char *action;
	/* why it cannot begin yet, "" when it can */
	struct str (*wait)(const struct op *op);
	/* of one that was begun, by whomever: how far it is; wants the next action, if any. Never
	 * what has been done may be done again */
	struct op_word (*step)(struct op *op);
	bool at_once; /* it is done in a moment, and waits for no other operation */
};

/* The kind of an action; never NULL for those of the schema. */
const struct op_kind *op_kind(struct str action);

/* The name of a state, as the record has it. */
const char *op_state_name(enum op_state state);

#endif
