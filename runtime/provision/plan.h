/* SPDX-License-Identifier: Apache-2.0 */
/* What has to change in PostgreSQL so that it is as ordered: a pure function of the orders, what
 * PostgreSQL has, and the clock. */
#ifndef PROVISION_PLAN_H
#define PROVISION_PLAN_H

#include "orders/orders.h"
#include "provision/catalog.h"

/* Statements that are sent together, in one transaction unless alone. */
struct change {
	struct change *next;
	struct str subject;  /* "system", the name of a database, or "login/" and that of a login */
	struct str database; /* to be connected to */
	struct str text;     /* statements, each ended by ';'; no secret is among them */
	struct str why;      /* for the log */
	size_t n;            /* statements */
	bool alone;          /* one statement that must not run in a transaction */
};

/* Why a subject is not, or not wholly, as ordered: nothing of it is changed, or all but what the
 * text names. */
struct trouble {
	struct trouble *next;
	struct str subject, text;
	bool waits; /* it is only a matter of time */
};

struct plan {
	struct change *changes;
	struct trouble *troubles;
};

/* What a plan rests on. */
struct plan_input {
	const struct orders *orders;
	const struct catalog *catalog;
	int64_t now;             /* seconds since 1970 */
	int64_t backup;          /* when the newest verified base backup ended; 0: none is known */
	bool closed;             /* nobody may log in */
	const struct str *named; /* roles that the Secrets of logins name */
	size_t n_named;
	bool unread; /* it is not known whom they name */
};

/* The plan, in a. A subject whose orders contradict each other or PostgreSQL has a trouble and no
 * change. Everything that one subject needs comes in order; what only a re-read can show comes with
 * the next plan. */
struct plan plan_make(struct arena *a, const struct plan_input *in);

/* The first trouble of subject, or NULL. */
const struct trouble *plan_trouble(const struct plan *p, struct str subject);

/* The subject has changes. */
bool plan_changes(const struct plan *p, struct str subject);

/* The subject of a login of the orders, in a. */
struct str plan_login_subject(struct arena *a, const struct node *login);

/* The name under which a database or schema that is wanted no more is kept, in a. */
struct str plan_hidden(struct arena *a, struct str name);

#endif
