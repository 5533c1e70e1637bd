/* SPDX-License-Identifier: Apache-2.0 */
/* slots.c: facts in texts and conditions of contracts. */
#include "link/slots.h"

#include "link/objects.h"
#include "tree/number.h"

static const struct node *item_at(const struct node *list, struct str part)
{
	const struct node *n = list->kids;
	int64_t at = 0;

	if (!str_int(part, &at))
		return NULL;
	while (n && at-- > 0)
		n = n->next;
	return n;
}

/* The fact at path below n, whose own name path begins with. */
static const struct node *walk_down(const struct node *n, struct str path)
{
	size_t dot = str_find(path, '.');

	for (path = str_cut(path, dot + 1, path.n); n && path.n;
	     path = str_cut(path, dot + 1, path.n)) {
		dot = str_find(path, '.');
		n = n->kind == NODE_LIST ? item_at(n, str_cut(path, 0, dot))
					 : node_get(n, str_cut(path, 0, dot));
	}
	return n;
}

/* Facts of the record that were found before: contracts ask for the same few again and again. */
static const struct node *find_fact(const struct link_input *in, struct str path)
{
	struct slot_memo *memo =
	    &in->index->memo[(path.n * 7 + (size_t)path.p[path.n - 1] * 31 + (size_t)path.p[0]) %
			     LINK_MEMO];

	if (!str_eq(memo->path, path)) {
		memo->path = path;
		memo->fact =
		    walk_down(node_get(in->facts, str_cut(path, 0, str_find(path, '.'))), path);
	}
	return memo->fact;
}

const struct node *slot_find(const struct slot_scope *s, struct str path)
{
	struct str first = str_cut(path, 0, str_find(path, '.'));

	for (size_t i = 0; i < s->n; i++)
		if (s->names[i].value && str_eq(s->names[i].name, first))
			return walk_down(s->names[i].value, path);
	return path.n ? find_fact(s->in, path) : NULL;
}

static struct str scalar_text(struct arena *a, const struct node *n)
{
	if (n->kind == NODE_INT)
		return arena_fmt(a, "%lld", (long long)n->num);
	if (n->kind == NODE_BOOL)
		return str_of(n->flag ? "true" : "false");
	return n->kind == NODE_STR ? n->text : (struct str){ "", 0 };
}

/* A name of an application in pg_hba.conf: quotes take the meaning from words that it knows. */
static struct str hba_name(struct arena *a, struct str name)
{
	static const char *const words[] = { "all", "replication", "samegroup", "samerole",
					     "sameuser" };

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (str_is(name, words[i]))
			return arena_fmt(a, "\"%s\"", name.p);
	return name;
}

/* FNV-1a of 32 bits. */
static struct str checksum(struct arena *a, struct str text)
{
	uint32_t h = 2166136261U;

	for (size_t i = 0; i < text.n; i++)
		h = (h ^ (unsigned char)text.p[i]) * 16777619U;
	return arena_fmt(a, "%08x", h);
}

/* text as filter wants it; unchanged where it cannot be read so. */
static struct str filtered(struct arena *a, struct str filter, struct str text)
{
	int64_t v = 0;

	if (str_is(filter, "hours") && !duration_parse(text, &v))
		return arena_fmt(a, "%lldh", (long long)(v / 3600));
	if (str_is(filter, "seconds") && !duration_parse(text, &v))
		return arena_fmt(a, "%lld", (long long)v);
	if (str_is(filter, "bytes") && !bytes_parse(text, &v))
		return arena_fmt(a, "%lld", (long long)v);
	if (str_is(filter, "checksum"))
		return checksum(a, text);
	return str_is(filter, "hba") ? hba_name(a, text) : text;
}

/* A slot without its braces. */
static struct filled slot(const struct slot_scope *s, struct str inner)
{
	size_t bar = str_find(inner, '|');
	const struct node *n = slot_find(s, str_cut(inner, 0, bar));
	struct filled f = { n != NULL, n, { "", 0 }, n };

	if (bar == inner.n)
		return f;
	f.node = NULL;
	f.text = n ? scalar_text(s->in->arena, n) : f.text;
	for (inner = str_cut(inner, bar + 1, inner.n); inner.n;
	     inner = str_cut(inner, bar + 1, inner.n)) {
		bar = str_find(inner, '|');

		struct str filter = str_cut(inner, 0, bar);

		if (str_starts(filter, "or:") && !n) {
			n = slot_find(s, str_cut(filter, strlen("or:"), filter.n));
			f = (struct filled){ n != NULL, NULL, { "", 0 }, n };
			f.text = n ? scalar_text(s->in->arena, n) : f.text;
		} else if (n)
			f.text = filtered(s->in->arena, filter, f.text);
		else if (str_starts(filter, "else:"))
			f = (struct filled){ true, NULL,
					     arena_str(s->in->arena,
						       str_cut(filter, strlen("else:"), filter.n)),
					     NULL };
	}
	return f;
}

/* Letters, digits and . _ - | : make up a slot. */
static bool in_slot(char c)
{
	static const bool fits[128] = {
		['.'] = true, ['_'] = true, ['-'] = true, ['|'] = true, [':'] = true,
		['0'] = true, ['1'] = true, ['2'] = true, ['3'] = true, ['4'] = true,
		['5'] = true, ['6'] = true, ['7'] = true, ['8'] = true, ['9'] = true,
	};

	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c > 0 && fits[(int)c]);
}

/* The length of the slot that text begins with, braces included, or 0. */
static size_t slot_length(struct str text)
{
	size_t n = 1;

	if (text.n < 3 || *text.p != '{' || text.p[1] < 'a' || text.p[1] > 'z')
		return 0;
	while (n < text.n && in_slot(text.p[n]))
		n++;
	return n < text.n && text.p[n] == '}' ? n + 1 : 0;
}

/* A piece of a text: a slot, or what stands in front of the next one. */
struct piece {
	struct str text; /* its value */
	const struct node *from;
	bool set;
};

/* Takes the next piece off rest. */
static struct piece next_piece(const struct slot_scope *s, struct str *rest)
{
	size_t n = slot_length(*rest), end = n ? 0 : 1;
	struct piece p = { { "", 0 }, NULL, true };

	if (n) {
		struct filled f = slot(s, str_cut(*rest, 1, n - 1));

		p.set = f.set;
		p.from = f.from;
		p.text = f.node ? scalar_text(s->in->arena, f.node) : f.text;
		*rest = str_cut(*rest, n, rest->n);
		return p;
	}
	do
		end += str_find(str_cut(*rest, end, rest->n), '{');
	while (end < rest->n && !slot_length(str_cut(*rest, end, rest->n)) && ++end < rest->n);
	p.text = str_cut(*rest, 0, end);
	*rest = str_cut(*rest, end, rest->n);
	return p;
}

enum { PIECES_MOST = 16 };

struct filled slots_fill(const struct slot_scope *s, struct str text)
{
	struct filled all = { true, NULL, text, NULL };
	struct piece pieces[PIECES_MOST];
	struct str rest = text;
	size_t n = 0, length = 0;
	char *out = NULL;

	if (str_find(text, '{') == text.n)
		return all;
	if (slot_length(text) == text.n)
		return slot(s, str_cut(text, 1, text.n - 1));
	for (; rest.n && n < PIECES_MOST; n++) {
		pieces[n] = next_piece(s, &rest);
		all.set = all.set && pieces[n].set;
		all.from = pieces[n].from ? pieces[n].from : all.from;
		length += pieces[n].text.n;
	}
	out = arena_alloc(s->in->arena, length + 1, 1);
	all.text = (struct str){ out, length };
	for (size_t i = 0; i < n; out += pieces[i++].text.n)
		if (pieces[i].text.n)
			memcpy(out, pieces[i].text.p, pieces[i].text.n);
	return all;
}

bool slots_equal(const struct slot_scope *s, struct str text, struct str has)
{
	if (str_find(text, '{') == text.n)
		return str_eq(text, has);
	while (text.n) {
		struct piece p = next_piece(s, &text);

		if (!p.set || has.n < p.text.n || memcmp(has.p, p.text.p, p.text.n) != 0)
			return false;
		has = str_cut(has, p.text.n, has.n);
	}
	return has.n == 0;
}

static bool is_on(const struct node *n)
{
	if (!n || (n->kind == NODE_BOOL && !n->flag))
		return false;
	if (n->kind == NODE_LIST || n->kind == NODE_MAP)
		return n->kids != NULL;
	return true;
}

static bool one_holds(const struct slot_scope *s, struct str text)
{
	bool negated = text.n && *text.p == '!';
	size_t at = 0;
	int64_t bound = 0;

	while (at < text.n && text.p[at] != '=' && text.p[at] != '>' &&
	       (at == 0 || text.p[at] != '!'))
		at++;
	if (at == text.n)
		return is_on(slot_find(s, str_cut(text, negated, text.n))) != negated;

	struct filled right =
	    slots_fill(s, str_cut(text, at + (text.p[at] == '!' ? 2 : 1), text.n));
	struct str other = right.node ? scalar_text(s->in->arena, right.node) : right.text;
	const struct node *n = slot_find(s, str_cut(text, 0, at));
	struct str has = n ? scalar_text(s->in->arena, n) : (struct str){ "", 0 };

	if (text.p[at] == '>')
		return str_int(other, &bound) && n && n->kind == NODE_INT && n->num > bound;
	if (text.p[at] == '!')
		return !str_eq(has, other);
	return str_eq(has, other);
}

bool slots_hold(const struct slot_scope *s, const struct node *when)
{
	if (!when)
		return true;
	if (when->kind == NODE_STR)
		return one_holds(s, when->text);
	node_each(one, when) if (!one_holds(s, one->text)) return false;
	return true;
}
