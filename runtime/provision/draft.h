/* SPDX-License-Identifier: Apache-2.0 */
/* How a plan is written: statements with their reasons, names and texts quoted in one place. */
#ifndef PROVISION_DRAFT_H
#define PROVISION_DRAFT_H

#include "base/buf.h"
#include "provision/plan.h"

/* A plan that is being made. */
struct planner {
	struct arena *arena;
	const struct plan_input *in;
	const struct catalog *have;
	struct plan *plan;
	struct change **last_change;
	struct trouble **last_trouble;
};

/* Statements for one subject in one database. */
struct draft {
	struct planner *planner;
	struct str subject, database;
	struct buf text, why;
	size_t n;
};

/* An empty draft. */
struct draft draft_begin(struct planner *p, struct str subject, struct str database);

/* Appends one statement and its reason. In form %I stands for a name, %L for a literal, %S for
 * text as it is; each takes a struct str. The reason is made from why in the same way, without
 * quotes. */
void draft_put(struct draft *d, const char *form, ...);

/* Why the statements that follow are needed, in the form of draft_put. */
void draft_why(struct draft *d, const char *form, ...);

/* Puts the draft behind the plan's changes, if it has statements. */
void draft_end(struct draft *d, bool alone);

/* As a draft that is given up. */
void draft_drop(struct draft *d);

/* Text that a statement is made of, in the form of draft_put; in a. */
struct str draft_text(struct arena *a, const char *form, ...);

/* Says why subject is not as ordered, in the form of draft_put. */
void planner_say(struct planner *p, bool waits, struct str subject, const char *form, ...);

/* What is wanted no more since a moment may be dropped with its data: a verified base backup that
 * is newer has them. If there is none, says that it (text) waits for one. */
bool planner_may_drop(struct planner *p, struct str subject, struct str it, int64_t since);

/* Things that plan.c, of one subject each, is made of. */

/* System database, roles, functions. */
void plan_system(struct planner *p);

/* Roles of one database, and the database itself as others see it. */
void plan_database(struct planner *p, const struct node *database);

/* Schemas, extensions, rights inside of it. */
void plan_inside(struct planner *p, const struct node *database, const struct catalog_inside *in);

/* The rights inside of it. */
void plan_rights(struct draft *d, const struct node *database, const struct catalog_inside *in);

/* A database that is wanted no more. */
void plan_goodbye(struct planner *p, const struct node *database);

/* Both roles of a login pair. */
void plan_login(struct planner *p, const struct node *login);

/* Logins that the orders know no more. */
void plan_strangers(struct planner *p);

/* Extra roles of a database that are wanted no more. */
void plan_leavers(struct planner *p, const struct node *database);

/* Says what of the orders contradicts itself or PostgreSQL, for each subject. */
void plan_check(struct planner *p);

/* A role of which everything is ordered. */
struct wish {
	struct str name;
	struct str of; /* database or pair that it is for */
	bool login;
	int64_t limit;
	const struct str *roles; /* that it is a member of */
	size_t n_roles;
	struct mark mark; /* as it is to be */
};

/* Makes, or mends, a role. */
void draft_role(struct draft *d, const struct wish *w);

/* Writes the comment of name, which is a kind ("role", "database"), when it is not the wanted one.
 */
void draft_mark(struct draft *d, const char *kind, struct str name, const struct mark *has,
		const struct mark *want);

/* Sets what wanted (a map, or NULL) says for role, database, or role in database (the other is ""),
 * and takes back what kept, the list of the mark, has beyond it. The new list for the mark, NULL
 * when it is empty. */
struct node *draft_settings(struct draft *d, struct str role, struct str database,
			    const struct node *wanted, const struct node *kept);

/* Walks the list under key of the orders' map parent, which may be missing. */
#define list_each(item, parent, key)                                                               \
	for (const struct node *item = list_first(node_at((parent), (key))); item;                 \
	     item = item->next)

/* The first item of a list that may be NULL. */
static inline const struct node *list_first(const struct node *list)
{
	return list ? list->kids : NULL;
}

/* Rights on database name: nobody connects but its owner and grantees (n names). */
void draft_connect(struct draft *d, struct str name, const struct str *grantees, size_t n);

/* Whether a node of the orders shall exist. */
bool is_wanted(const struct node *n);

#endif
