/* SPDX-License-Identifier: Apache-2.0 */
/* What a change does to a running cluster: its class, its causes, what it costs and when it
 * happens.
 */
#ifndef GUARD_VERDICT_H
#define GUARD_VERDICT_H

#include "base/diag.h"
#include "tree/node.h"

/* How bad it is, best first. docs/verdict.md says what each means. */
enum verdict_class {
	VERDICT_NONE,
	VERDICT_METADATA,
	VERDICT_EXPOSURE,
	VERDICT_RELOAD,
	VERDICT_POOLER,
	VERDICT_ROLLING_RESTART,
	VERDICT_FAILOVER,
	VERDICT_MULTI_STEP,
	VERDICT_REFUSED,
	VERDICT_CLASSES
};

/* "none" ... "refused". */
const char *verdict_name(enum verdict_class c);

/* The class called name, or VERDICT_CLASSES. */
enum verdict_class verdict_find(struct str name);

/* Where the line stands that changed something, and what it says. */
struct verdict_line {
	struct pos pos;   /* of the input; file NULL: not known */
	struct str field; /* "memory" of the spec, when it is one, or empty */
	struct str was;   /* the field before and now, for a message; empty: not set */
	struct str is;
	struct pos old; /* where the old value stood, when that line is gone; file NULL: it is not,
			   or the old input is not at hand */
	bool likely; /* taken from what the value was computed from: the old input is not at hand */
};

/* One difference of one object. */
struct verdict_cause {
	enum verdict_class class;
	struct str object;  /* "StatefulSet orders" */
	struct str file;    /* "prod/team-orders/orders/statefulset-orders.yaml" */
	struct str path;    /* of the field; empty: the whole object, which is */
	bool appears, goes; /* new, or gone */
	struct str was, is; /* printed for a message; empty: not there */
	struct str why;     /* what it does to what runs */
	struct str basis;   /* what that rests on */
	bool quiet;         /* follows from something else that is told: shown only alone */
	struct verdict_line line;
	struct verdict_cause *next;
};

/* A reason not to let the change through. */
struct verdict_refusal {
	enum message message; /* its row; MSG_rule_broken: a rule of the schema */
	struct str id;        /* of the message or the schema's rule */
	struct str text;
	struct pos pos;
	struct str was, is; /* for the plan */
	struct str *plan;   /* the safe way, one text for each commit */
	size_t n_plan;
	struct verdict_refusal *next;
};

/* A network path or login that opens or closes. */
struct verdict_exposure {
	bool opens;
	struct str text; /* "6432 from namespace orders-api" */
	struct verdict_exposure *next;
};

/* Seconds without writes that end by no time known beforehand. */
#define VERDICT_UNBOUNDED (-1)

/* What happens to a cluster. */
struct verdict {
	struct str owner; /* "prod/team-orders/orders" */
	struct str team;
	struct str team_was;       /* before; empty: it was not there */
	int64_t cost_was, cost_is; /* a month, in millionths; 0 without rates */
	enum verdict_class class;
	bool is_new, is_gone;
	struct str twin; /* new and gone clusters that are much the same: the other one, or empty */
	bool is_place;   /* a destination: owner is "destinations/frankfurt" */
	struct verdict_cause *causes; /* worst first, then by object and path */
	size_t n_causes;
	struct verdict_refusal *refusals;
	struct verdict_exposure *exposure;
	int64_t outage;          /* seconds without writes, or VERDICT_UNBOUNDED */
	struct str outage_basis; /* empty when there is none */
	struct str window;   /* whether the maintenance window covers it; empty: nothing waits */
	bool covered;        /* it does */
	struct str order;    /* in which members restart; empty: none does */
	struct str unjudged; /* what could not be judged, and why; or empty */
};

/* A whole copy of v in a. */
struct verdict *verdict_copy(struct arena *a, const struct verdict *v);

#endif
