/* SPDX-License-Identifier: Apache-2.0 */
/* What YAML readers other than ours take plain text for. */
#ifndef TREE_YAML_TYPE_H
#define TREE_YAML_TYPE_H

#include "base/arena.h"

/* The plain text as YAML 1.1 resolves it, so that two keys that are one to some reader compare
 * equal: words become "true", "false" or "null", integers decimal, all else stays. In a. */
struct str yaml_resolved(struct arena *a, struct str text);

#endif
