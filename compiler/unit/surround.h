/* SPDX-License-Identifier: Apache-2.0 */
/* What stands around the clusters of a destination: definitions, namespaces, quotas, and the
 * objects that sync it all. */
#ifndef UNIT_SURROUND_H
#define UNIT_SURROUND_H

#include "link/link.h"
#include "unit/run.h"

/* Directories of all destinations, spooled. */
struct surroundings {
	struct out_unit *units;
	size_t n;
};

/* Objects of one destination, in the order of templates. */
struct around {
	struct object *objects;
	size_t n, cap;
};

/*
 * Makes the objects of a destination (its entry in platform.yaml) from the results of its clusters,
 * in r's arena. False after reporting to r->diags.
 */
bool surround_objects(struct run *r, const struct node *destination, struct around *out);

/* A destination with some of its clusters left out. */
struct surround_frame {
	struct arena *arena; /* of the objects */
	struct unit_result **standing;
	size_t n;
	struct str sample; /* the cluster whose objects of sync are made; no other's are */
};

/* As surround_objects, of the clusters of frame. */
bool surround_framed(struct run *r, const struct node *destination,
		     const struct surround_frame *frame, struct around *out);

/*
 * Compiles every destination of the platform from the results of its clusters (those that failed
 * take part with their previous output). Findings go to r->diags. 0, or -1 with err when spooling
 * failed.
 */
int surround(struct run *r, struct surroundings *out, struct err *err);

/* Objects of a destination that were read from files. */
struct surround_objects {
	const struct node **objects;
	size_t n;
	const struct link_folder *folders;
	size_t n_folders;
	struct arena *arena;
	struct diags *diags;
	struct lua_worker *lua;
};

/*
 * Proves the given objects of a destination (an entry of platform.destinations) against the
 * clusters in r->results. Findings go to given->diags. 0, or -1 when its facts cannot be computed.
 */
int surround_given(struct run *r, const struct node *destination, struct surround_objects *given);

#endif
