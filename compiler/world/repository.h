/* SPDX-License-Identifier: Apache-2.0 */
/* The platform repository: which of its files make the world, and which are intents. */
#ifndef WORLD_REPOSITORY_H
#define WORLD_REPOSITORY_H

#include "base/diag.h"
#include "base/err.h"
#include "world/files.h"
#include "world/source.h"

/* Paths in bytewise order. */
struct paths {
	struct str *list;
	size_t n, cap;
};

/*
 * Adds platform.yaml, waivers.yaml, and the files of presets, policies, reports and templates to
 * fs. Files that look like these and are not read are noted in fs->unread, others are none of ours.
 * 0, or -1 with err when s cannot be read.
 */
int repository_files(struct arena *a, const struct source *s, struct files *fs, struct err *err);

/*
 * The digest of the world that s and the embedded files make, in hex: over this version of howdah,
 * and the ids that Git gives to what repository_files reads. Files of a Git source are not opened,
 * but for those that may name a day on which something ends: of each day it tells whether it is
 * past, or near, on as_of (YYYY-MM-DD, or empty). 0, or -1 with err.
 */
int repository_digest(struct arena *a, const struct source *s, struct str as_of, struct str *digest,
		      struct err *err);

/* All files below folder ("intents"), whatever their names. 0, or -1. */
int repository_intents(struct arena *a, const struct source *s, struct str folder,
		       struct paths *out, struct err *err);

#endif
