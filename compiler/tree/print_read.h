/* SPDX-License-Identifier: Apache-2.0 */
/* Canonical YAML in: what print_yaml wrote, read back many times faster than YAML in general. */
#ifndef TREE_PRINT_READ_H
#define TREE_PRINT_READ_H

#include "tree/node.h"

/* The typed tree (integers, booleans, strings) of file when print_check_quick takes its text for
 * that tree's, with the places that yaml_read gives; else NULL: the text may still be good YAML, so
 * the caller then asks yaml_read. The tree lives in a and points to file. */
const struct node *print_read(struct arena *a, const struct file *file);

#endif
