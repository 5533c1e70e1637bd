/* SPDX-License-Identifier: Apache-2.0 */
/* Which archive a member of Spilo writes, read from its variables. */
#ifndef LINK_ARCHIVE_H
#define LINK_ARCHIVE_H

#include "tree/node.h"

/*
 * Where the container with these variables (a list of {name, value}) archives, as a URL in a,
 * without the part of the major version: s3://bucket/spilo/<prefix><scope><suffix> as
 * configure_spilo.py derives it, or the prefix that is given whole. Empty without an archive.
 * family is "" for its own archive, "CLONE_" or "STANDBY_" for the one that it reads.
 */
struct str archive_of(struct arena *a, const struct node *env, const char *family);

#endif
