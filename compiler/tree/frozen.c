/* SPDX-License-Identifier: Apache-2.0 */
/* frozen.c: trees to words and back. */
#include "tree/frozen.h"

#include <assert.h>

/* Bit of FROZEN_KIND beside the kind. */
enum { PLAIN = 0x100 };

/* What is being written. */
struct freezer {
	struct buf words, texts;
	uint32_t n;
};

static uint32_t add_text(struct freezer *f, struct str s)
{
	size_t at = f->texts.n;

	buf_str(&f->texts, s);
	buf_char(&f->texts, '\0');
	return (uint32_t)at;
}

static void write_node(struct freezer *f, const struct node *n)
{
	uint32_t w[FROZEN_SIZE] = { 0 };

	assert(n->kind == NODE_STR || n->kind == NODE_LIST || n->kind == NODE_MAP);
	w[FROZEN_KIND] = (uint32_t)n->kind | (n->plain ? PLAIN : 0);
	w[FROZEN_LINE] = n->pos.line;
	w[FROZEN_COL] = n->pos.col;
	w[FROZEN_KEY_LINE] = n->key_pos.line;
	w[FROZEN_KEY_COL] = n->key_pos.col;
	w[FROZEN_KEY_LEN] = (uint32_t)n->key.n;
	if (n->key.p)
		w[FROZEN_KEY] = add_text(f, n->key);
	if (n->kind == NODE_STR)
		w[FROZEN_TEXT] = add_text(f, n->text);
	w[FROZEN_COUNT] = (uint32_t)(n->kind == NODE_STR ? n->text.n : node_count(n));
	buf_put(&f->words, (const char *)w, sizeof(w));
	f->n++;
	if (n->kind != NODE_STR)
		node_each(kid, n) write_node(f, kid);
}

void frozen_write(struct buf *out, const struct node *root)
{
	struct freezer f = { 0 };

	write_node(&f, root);

	const uint32_t head[FROZEN_HEAD] = { FROZEN_MAGIC, f.n };

	buf_put(out, (const char *)head, sizeof(head));
	buf_str(out, buf_view(&f.words));
	buf_str(out, buf_view(&f.texts));
	buf_release(&f.words);
	buf_release(&f.texts);
}

/* What is being read: the next node's words, the next free node. */
struct thaw {
	const struct file *file;
	const uint32_t *word;
	const char *texts;
	struct node *node;
};

static struct pos pos_of(const struct thaw *t, uint32_t line, uint32_t col)
{
	return line ? (struct pos){ t->file, line, col } : (struct pos){ 0 };
}

static struct node *read_node(struct thaw *t)
{
	const uint32_t *w = t->word;
	struct node *n = t->node++;
	const struct node **link = &n->kids;
	uint32_t count = w[FROZEN_COUNT];

	t->word += FROZEN_SIZE;
	n->kind = (enum kind)(w[FROZEN_KIND] & ~(uint32_t)PLAIN);
	n->plain = (w[FROZEN_KIND] & PLAIN) != 0;
	n->pos = pos_of(t, w[FROZEN_LINE], w[FROZEN_COL]);
	n->key_pos = pos_of(t, w[FROZEN_KEY_LINE], w[FROZEN_KEY_COL]);
	if (n->key_pos.line)
		n->key = (struct str){ t->texts + w[FROZEN_KEY], w[FROZEN_KEY_LEN] };
	if (n->kind == NODE_STR) {
		n->text = (struct str){ t->texts + w[FROZEN_TEXT], count };
		return n;
	}
	for (uint32_t i = 0; i < count; i++) {
		struct node *kid = read_node(t);

		*link = kid;
		link = &kid->next;
	}
	return n;
}

const struct node *frozen_read(struct arena *a, const struct file *file, const uint32_t *frozen)
{
	uint32_t n = frozen[1];
	const uint32_t *first = frozen + FROZEN_HEAD;
	struct thaw t = { file, first, (const char *)(first + (size_t)n * FROZEN_SIZE),
			  NEW_ARRAY(a, n, struct node) };

	assert(frozen[0] == FROZEN_MAGIC);
	return read_node(&t);
}
