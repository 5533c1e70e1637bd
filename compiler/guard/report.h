/* SPDX-License-Identifier: Apache-2.0 */
/* Verdicts of a fleet for people and programs. */
#ifndef GUARD_REPORT_H
#define GUARD_REPORT_H

#include "base/buf.h"
#include "base/diag.h"
#include "guard/verdict.h"

enum report_format { REPORT_TEXT, REPORT_MARKDOWN, REPORT_JSON, REPORT_SARIF, REPORT_GITHUB };

/* A limit that the caller set. */
struct report_limit {
	struct str text; /* "failover=1" */
	enum verdict_class class;
	bool blind; /* no class: clusters that could not be judged, or in part only */
	size_t most, found;
};

/* All there is to tell. */
struct report {
	struct arena *arena;
	const struct verdict *const
	    *list; /* changed clusters, new and gone ones; report_sort sorts */
	size_t n;
	bool broken;              /* the platform itself cannot be used: nothing was compared */
	size_t unchanged, failed; /* clusters; failed ones cannot be compiled: see the findings */
	const struct diags *findings;      /* of the compile, the refusals among them */
	struct str was, is;                /* what was compared: "HEAD", "the output in out" */
	struct str note;                   /* what could not be looked at, or empty */
	const struct report_limit *limits; /* that were exceeded */
	size_t n_limits;
	const struct report_costs *costs; /* NULL: no side has rates */
};

/* What the clusters that change cost before and now, for each team whose sum does. */
struct report_costs {
	struct str currency;
	const struct report_cost *list;
	size_t n;
};

/* Monthly amounts in millionths of the currency. */
struct report_cost {
	struct str team;
	int64_t was, is;
};

/* Worst first, then by owner. */
void report_sort(const struct verdict **list, size_t n);

/* Appends r in the format; colour only matters for text. */
void report_print(const struct report *r, struct buf *out, enum report_format format, bool colour);

/* One line of input and what it causes in one cluster. */
struct report_group {
	const struct verdict_cause *first; /* the worst; its line is the group's */
	size_t told;                       /* causes that are not quiet; all when none is */
	size_t n;
};

/* The causes of v by the lines that caused them, worst first, in a; *n counts them. */
const struct report_group *report_groups(struct arena *a, const struct verdict *v, size_t *n);

/* The next cause of g behind c (NULL: the first) that is told. */
const struct verdict_cause *report_next(const struct report_group *g,
					const struct verdict_cause *c);

/* "intents/prod/x.yaml:9"; "" when the line is not known. */
struct str report_place(struct arena *a, const struct verdict_line *line);

/* "intents/prod/x.yaml:9"; "" when the old line is still there, or not known. */
struct str report_old_place(struct arena *a, const struct verdict_line *line);

/* " (new)" or " (gone)" behind the name of an object that is one as a whole, else "". */
const char *report_come(const struct verdict_cause *c);

/* "memory: 16Gi -> 24Gi", "instances: 3 (was not set)"; "" when no field is known. */
struct str report_change(struct arena *a, struct str field, struct str was, struct str is);

/* Nothing is known of v but that something could not be looked at: that is not "none". */
bool report_blind(const struct verdict *v);

/* The class of v as people read it: "reload", "new", "not judged". */
const char *report_class(const struct verdict *v);

/* What is told of a cluster or destination without a single change: it is there as a whole ("a new
 * cluster"), or not at all; "" when it was there before and is. */
const char *report_whole(const struct verdict *v);

/* What is over the limit, as people read it: "failover", "not judged". */
const char *report_over(const struct report_limit *l);

/* r's findings of a severity, by place: without refusals, which are told with their plans. In the
 * arena of the findings; *n counts them. */
const struct diag **report_findings(const struct report *r, enum severity severity, size_t *n);

/* "2 s", "no end known beforehand"; "" for none. */
struct str report_outage(struct arena *a, const struct verdict *v);

/* Appends an amount, rounded to two places; sign: with a plus where it is one. */
void report_amount(struct buf *out, int64_t micros, bool sign);

/* Sums n rows of single clusters by teams, in place; NULL when no team's sum changes. In a. */
const struct report_costs *report_costs_of(struct arena *a, struct report_cost *rows, size_t n,
					   struct str currency);

/* "1 refused, 2 rolling-restart": how many of each class, worst first. */
struct str report_counts(const struct report *r);

/* "3 clusters restart, 197 unchanged". */
struct str report_radius(const struct report *r);

/* Appends r for a terminal. */
void report_text(const struct report *r, struct buf *out, bool colour);

/* Appends r as a comment on a pull request. */
void report_markdown(const struct report *r, struct buf *out);

/* Appends r as schema/verdict.json describes it. */
void report_json(const struct report *r, struct buf *out);

/* The items as a list of JSON, in a. */
struct node *report_list(struct arena *a, const struct node_list *items);

/* Appends n as a line of JSON. */
void report_put(const struct node *n, struct buf *out);

/* Costs as schema/verdict.json describes them; r has some. */
struct node *report_costs_node(const struct report *r);

/* Appends r as SARIF 2.1.0. */
void report_sarif(const struct report *r, struct buf *out);

/* Appends r as workflow commands of GitHub. */
void report_github(const struct report *r, struct buf *out);

#endif
