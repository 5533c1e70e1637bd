/* SPDX-License-Identifier: Apache-2.0 */
/* print_inline.c: text and values from the input, made fit for one line of a message. */
#include <stdio.h>

#include "base/utf8.h"
#include "tree/print.h"
#include "tree/sorted.h"

enum { INLINE_MOST = 60, ESCAPE_LONGEST = 12 };

/* Text that stops growing: full tells that something did not fit. */
struct line {
	char p[INLINE_MOST];
	size_t n;
	size_t safe; /* where "..." still fits behind */
	bool full;
};

static void put(struct line *l, const char *p, size_t n)
{
	if (l->full || l->n + n > INLINE_MOST) {
		l->full = true;
		return;
	}
	memcpy(l->p + l->n, p, n);
	l->n += n;
	if (l->n <= INLINE_MOST - 3)
		l->safe = l->n;
}

static void put_z(struct line *l, const char *z)
{
	put(l, z, strlen(z));
}

/* One character, length bytes at p; length 0 is a byte that is not UTF-8. */
static void put_char(struct line *l, const char *p, size_t length, uint32_t c)
{
	char escape[ESCAPE_LONGEST];

	if (length && !utf8_is_control(c) && !utf8_is_hidden(c)) {
		put(l, p, length);
		return;
	}
	if (c == '\n' || c == '\t' || c == '\r')
		(void)snprintf(escape, sizeof(escape), "\\%c",
			       c == '\n' ? 'n' : (c == '\t' ? 't' : 'r'));
	else if (!length || c < 0x80)
		(void)snprintf(escape, sizeof(escape), "\\x%02x", (unsigned char)*p);
	else
		(void)snprintf(escape, sizeof(escape), "\\u%04x", c);
	put_z(l, escape);
}

static void put_text(struct line *l, struct str s)
{
	for (size_t i = 0; i < s.n && !l->full;) {
		uint32_t c;
		size_t length = utf8_read(s.p + i, s.n - i, &c);

		put_char(l, s.p + i, length, c);
		i += length ? length : 1;
	}
}

static void put_node(struct line *l, const struct node *n);

static void put_kids(struct line *l, const struct node *n)
{
	struct sorted s;
	const char *between = "";

	put_z(l, n->kind == NODE_MAP ? "{" : "[");
	for (const struct node *kid = n->kind == NODE_MAP ? sorted_first(&s, n) : n->kids;
	     kid && !l->full; kid = n->kind == NODE_MAP ? sorted_next(&s, kid) : kid->next) {
		put_z(l, between);
		between = ", ";
		if (n->kind == NODE_MAP) {
			put_text(l, kid->key);
			put_z(l, ": ");
		}
		put_node(l, kid);
	}
	if (n->kind == NODE_MAP)
		sorted_end(&s);
	put_z(l, n->kind == NODE_MAP ? "}" : "]");
}

static void put_node(struct line *l, const struct node *n)
{
	char digits[24];

	switch (n->kind) {
	case NODE_NULL:
		put_z(l, "null");
		break;
	case NODE_BOOL:
		put_z(l, n->flag ? "true" : "false");
		break;
	case NODE_INT:
		(void)snprintf(digits, sizeof(digits), "%lld", (long long)n->num);
		put_z(l, digits);
		break;
	case NODE_STR:
		put_text(l, n->text);
		break;
	case NODE_LIST:
	case NODE_MAP:
		put_kids(l, n);
		break;
	}
}

static struct str finish(struct arena *a, const struct line *l)
{
	if (l->full)
		return arena_fmt(a, "%.*s...", (int)l->safe, l->p);
	return arena_copy(a, l->p, l->n);
}

struct str print_text_inline(struct arena *a, struct str s)
{
	struct line l = { .n = 0 };

	put_text(&l, s);
	return finish(a, &l);
}

struct str print_node_inline(struct arena *a, const struct node *n)
{
	struct line l = { .n = 0 };

	put_node(&l, n);
	return finish(a, &l);
}
