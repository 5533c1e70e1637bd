/* SPDX-License-Identifier: Apache-2.0 */
/* Trees that were read when howdah was built: the files it carries need no parsing at run time. */
#ifndef TREE_FROZEN_H
#define TREE_FROZEN_H

#include "base/buf.h"
#include "tree/node.h"

/*
 * The form: 32-bit words of this machine. Words 0 and 1 are FROZEN_MAGIC and the number of nodes;
 * then the nodes in order of the text, each FROZEN_SIZE words; then the texts, each followed by a
 * NUL. Places of texts count bytes from the first of them.
 */
enum { FROZEN_MAGIC = 0x68774631, FROZEN_HEAD = 2 };

/* The words of a node: kind and `plain`, places, texts, and how many children follow it. */
enum {
	FROZEN_KIND,
	FROZEN_LINE,
	FROZEN_COL,
	FROZEN_KEY_LINE,
	FROZEN_KEY_COL,
	FROZEN_KEY,
	FROZEN_KEY_LEN,
	FROZEN_TEXT,
	FROZEN_COUNT, /* bytes of text, or children */
	FROZEN_SIZE,
};

/* Appends the frozen form of root, a tree as yaml_read makes it: strings, lists and maps only. */
void frozen_write(struct buf *out, const struct node *root);

/* The tree that was frozen, with places in file; its texts stay where they are. */
const struct node *frozen_read(struct arena *a, const struct file *file, const uint32_t *frozen);

#endif
