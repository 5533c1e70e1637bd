/* SPDX-License-Identifier: Apache-2.0 */
/* tree.c: "MODE NAME\0ID" again and again, which is all there is to a tree object. */
#include "git/tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The shortest entry: the digits of a mode, a blank, one letter, NUL, the id. */
enum { MODE_LEAST = 5, SHORTEST = MODE_LEAST + 1 + 1 + 1 + 20 };

/* Reads one entry at *at. 0, or -1. */
static int entry_read(struct str content, size_t *at, struct git_entry *e)
{
	size_t i = *at;

	for (e->mode = 0; i < content.n && content.p[i] >= '0' && content.p[i] <= '7'; i++) {
		if (e->mode > 0777777)
			return -1;
		e->mode = e->mode * 8 + (unsigned)(content.p[i] - '0');
	}
	/* a file's type makes it five digits at least, so that entries have a least length */
	if (e->mode < 010000 || i >= content.n || content.p[i] != ' ')
		return -1;

	const char *name = content.p + i + 1;
	const char *end = memchr(name, 0, content.n - i - 1);

	if (!end || end == name || (size_t)(content.p + content.n - end) < 1 + sizeof(e->id.b))
		return -1;
	e->name = (struct str){ name, (size_t)(end - name) };
	memcpy(e->id.b, end + 1, sizeof(e->id.b));
	*at = (size_t)(end + 1 - content.p) + sizeof(e->id.b);
	return 0;
}

int git_tree_read(struct arena *a, struct str content, struct git_tree *out, struct err *err)
{
	*out = (struct git_tree){ NEW_ARRAY(a, content.n / SHORTEST + 1, struct git_entry), 0 };
	for (size_t at = 0; at < content.n; out->n++)
		if (entry_read(content, &at, &out->entries[out->n]))
			return err_set(err, "a Git tree is damaged at byte %zu", at);
	return 0;
}

/* Git compares a directory's name as if it ended in '/'. */
static int in_git_order(const void *a, const void *b)
{
	const struct git_entry *x = a, *y = b;
	size_t n = x->name.n < y->name.n ? x->name.n : y->name.n;
	int c = memcmp(x->name.p, y->name.p, n);

	if (c)
		return c;

	unsigned char cx = x->name.n > n        ? (unsigned char)x->name.p[n]
			   : x->mode == GIT_DIR ? '/'
						: 0;
	unsigned char cy = y->name.n > n        ? (unsigned char)y->name.p[n]
			   : y->mode == GIT_DIR ? '/'
						: 0;

	return cx - cy;
}

/* Moves for each entry beyond which a tree does not count as nearly in order. */
enum { MOVES = 4 };

/* Trees come in order, or by bytes of their names, which is nearly the same: an entry that stands
 * wrong has not far to go. */
static void put_in_order(struct git_tree *t)
{
	size_t left = MOVES * t->n;

	for (size_t i = 1; i < t->n; i++) {
		struct git_entry e = t->entries[i];
		size_t at = i;

		if (in_git_order(&t->entries[i - 1], &e) <= 0)
			continue;
		for (; at && left && in_git_order(&t->entries[at - 1], &e) > 0; at--, left--)
			t->entries[at] = t->entries[at - 1];
		t->entries[at] = e;
	}
	if (t->n && !left)
		qsort(t->entries, t->n, sizeof(*t->entries), in_git_order);
}

static char *put(char *to, const void *bytes, size_t n)
{
	memcpy(to, bytes, n);
	return to + n;
}

/* Bytes of a mode and the blank behind it, at the most. */
enum { MODE_MOST = 16 };

static char *put_mode(char *to, unsigned mode)
{
	if (mode == GIT_DIR)
		return put(to, "40000 ", 6);
	if (mode == GIT_FILE)
		return put(to, "100644 ", 7);
	return to + snprintf(to, MODE_MOST, "%o ", mode);
}

void git_tree_write(struct git_tree *t, struct buf *out)
{
	size_t most = 0;

	put_in_order(t);
	for (size_t i = 0; i < t->n; i++)
		most += MODE_MOST + t->entries[i].name.n + 1 + sizeof(struct git_id);

	char *to = buf_room(out, most);

	for (size_t i = 0; i < t->n; i++) {
		const struct git_entry *e = &t->entries[i];

		to = put_mode(to, e->mode);
		to = put(to, e->name.p, e->name.n);
		*to++ = 0;
		to = put(to, e->id.b, sizeof(e->id.b));
	}
	out->n = (size_t)(to - out->p);
}

struct git_id git_tree_hash(struct git_tree *t)
{
	struct buf b = { 0 };

	git_tree_write(t, &b);

	struct git_id id = git_id_of("tree", buf_view(&b));

	buf_release(&b);
	return id;
}

struct git_entry *git_tree_find(const struct git_tree *t, struct str name)
{
	for (size_t i = 0; i < t->n; i++)
		if (str_eq(t->entries[i].name, name))
			return &t->entries[i];
	return NULL;
}
