/* SPDX-License-Identifier: Apache-2.0 */
/* All intents of a repository at a glance: what they are called and which others they need, before
 * any is compiled. */
#ifndef UNIT_INTENT_H
#define UNIT_INTENT_H

#include "base/diag.h"
#include "base/err.h"
#include "unit/place.h"
#include "world/repository.h"
#include "world/source.h"

enum intent_kind { INTENT_CLUSTER, INTENT_DATABASE, INTENT_UNKNOWN };

struct intent;

/* Growing list of intents. */
struct intent_list {
	const struct intent **list;
	size_t n, cap;
};

struct intent {
	const struct file *file;
	struct str environment, namespace, name; /* from its path */
	enum intent_kind kind;
	const struct intent *source;  /* the cluster that restore or standby names, or NULL */
	bool follows;                 /* source is that of a standby */
	bool promoted;                /* it followed its source, and is a primary now */
	const struct intent *host;    /* of a database: its cluster, or NULL when there is none */
	struct intent_list guests;    /* databases of a cluster, by path */
	struct intent_list followers; /* standbys of a cluster, by path */
	bool unusable;                /* the file was not read: a link, a device, too large */
	const struct intent
	    *doubt; /* one that takes part in no cluster and may need this one, or NULL */
};

/* A namespace that access entries name. */
struct app_namespace {
	struct str name;
	size_t entries; /* how many entries name it */
};

/* Intents sorted by environment, namespace, name. */
struct intents {
	struct intent *list;
	size_t n;
	struct app_namespace *apps; /* sorted by name */
	size_t n_apps;
	size_t
	    unresolved; /* clusters that stanzas and databases need and that are not among these */
};

/* Where intents are read from. */
struct intents_from {
	const struct source *source;
	const struct paths *folders; /* below intents/, or NULL: all of it */
};

/*
 * Reads the intents of from into a: names, kinds, and who needs whom. Misplaced and unusable files
 * are reported to d; what is wrong inside a file is left to its compile. 0, or -1 with err when the
 * source cannot be read.
 */
int intents_read(struct arena *a, struct diags *d, const struct intents_from *from,
		 struct intents *out, struct err *err);

/* "prod/team-orders/orders": the cluster, or the database, as locks, waivers and verdicts say it.
 * In a. */
struct str intent_owner(struct arena *a, const struct intent *i);

/* For a namespace that only one access entry names: one that others name and that is nearly the
 * same, or an empty slice. */
struct str intents_near_namespace(const struct intents *all, struct str name);

/* The intent at environment, namespace and name, or NULL. */
const struct intent *intents_find(const struct intents *all, struct str environment,
				  struct str namespace, struct str name);

#endif
