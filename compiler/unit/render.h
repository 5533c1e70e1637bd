/* SPDX-License-Identifier: Apache-2.0 */
/* From objects to the files of directories: canonical YAML, and the kustomization that lists them.
 */
#ifndef UNIT_RENDER_H
#define UNIT_RENDER_H

#include "out/out.h"
#include "unit/cluster.h"

/* Directories that a unit's objects fill. */
struct rendered {
	struct out_unit *units;
	size_t n;
};

/* Files as they are printed. */
struct render {
	struct arena *arena; /* of the files */
	struct diags *diags;
	struct render_file *files;
	size_t n, cap;
};

/* Prints an object; the file is read back and compared. The object may go afterwards. */
void render_add(struct render *r, const struct object *o);

/*
 * Groups the files by the directories their unit paths name, each with a kustomization.yaml. Two
 * objects with one file name are an error. The units' input, owner and exports are left to the
 * caller; the files have their ids.
 */
void render_group(struct render *r, struct rendered *out);

/* The same for n objects at once, all in a. False after reporting to d. */
bool render_objects(struct arena *a, struct diags *d, const struct object *objects, size_t n,
		    struct rendered *out);

/*
 * The kustomization of directory unit, as render_objects writes it, of those of the n objects that
 * lie there; each entry has the place of its object. NULL when none lies there.
 */
const struct node *render_kustomization(struct arena *a, const struct object *objects, size_t n,
					struct str unit);

#endif
