/* SPDX-License-Identifier: Apache-2.0 */
/* Short ways to make maps and lists of JSON. */
#ifndef REPORT_FIELDS_H
#define REPORT_FIELDS_H

#include "tree/node.h"

/* A map or a list that grows in an arena. */
struct fields {
	struct arena *arena;
	struct node_list kids;
};

/* Appends a copy of text under key; an empty one is left out. */
void fields_text(struct fields *f, const char *key, struct str text);

/* Appends an integer under key. */
void fields_int(struct fields *f, const char *key, int64_t v);

/* Appends true or false under key. */
void fields_flag(struct fields *f, const char *key, bool flag);

/* Appends a copy of n under key; NULL is left out. */
void fields_node(struct fields *f, const char *key, const struct node *n);

/* Seconds since 1970 as RFC 3339; 0 is left out. */
void fields_time(struct fields *f, const char *key, int64_t wall);

/* As fields_time, but 0 becomes null: in a patch, what is not so any more goes. */
void fields_time_or_none(struct fields *f, const char *key, int64_t wall);

/* Appends metadata with this resourceVersion: the patch counts for what was seen alone. */
void fields_version(struct fields *f, struct str version);

/* The same with the version of object, as the API server showed it. */
void fields_seen(struct fields *f, const struct node *object);

/* Appends null under key. */
void fields_none(struct fields *f, const char *key);

/* Appends an item to a list. */
void fields_item(struct fields *f, const struct node *n);

/* The finished map. */
struct node *fields_map(struct fields *f);

/* The finished list. */
struct node *fields_list(struct fields *f);

#endif
