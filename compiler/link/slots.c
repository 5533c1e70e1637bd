/* SPDX-License-Identifier: Apache-2.0 */
/* slots.c: facts in texts and conditions of contracts. */
#include "link/slots.h"

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

const struct node *slot_find(const struct slot_scope *s, struct str path)
{
	size_t dot = str_find(path, '.');
	struct str first = str_cut(path, 0, dot);
	const struct node *n = NULL;

	for (size_t i = 0; i < s->n && !n; i++)
		if (str_eq(s->names[i].name, first))
			n = s->names[i].value;
	if (!n)
		n = node_get(s->in->facts, first);
	for (path = str_cut(path, dot + 1, path.n); n && path.n;
	     path = str_cut(path, dot + 1, path.n)) {
		dot = str_find(path, '.');
		n = n->kind == NODE_LIST ? item_at(n, str_cut(path, 0, dot))
					 : node_get(n, str_cut(path, 0, dot));
	}
	return n;
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

static bool in_slot(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       strchr("._-|:", c);
}

/* Behind the brace at text.p[at] a slot begins; *end is its closing brace. */
static bool is_slot(struct str text, size_t at, size_t *end)
{
	if (text.p[at] != '{' || at + 1 >= text.n || text.p[at + 1] < 'a' || text.p[at + 1] > 'z')
		return false;
	*end = at + 1;
	while (*end < text.n && text.p[*end] && in_slot(text.p[*end]))
		(*end)++;
	return *end < text.n && text.p[*end] == '}';
}

struct filled slots_fill(const struct slot_scope *s, struct str text)
{
	struct filled all = { true, NULL, text, NULL };
	struct buf out = { 0 };
	size_t end = 0;

	if (str_find(text, '{') == text.n)
		return all;
	if (is_slot(text, 0, &end) && end + 1 == text.n)
		return slot(s, str_cut(text, 1, end));
	for (size_t i = 0; i < text.n; i++) {
		if (!is_slot(text, i, &end)) {
			buf_char(&out, text.p[i]);
			continue;
		}

		struct filled one = slot(s, str_cut(text, i + 1, end));

		all.set = all.set && one.set;
		all.from = one.from ? one.from : all.from;
		buf_str(&out, one.node ? scalar_text(s->in->arena, one.node) : one.text);
		i = end;
	}
	all.text = buf_take(&out, s->in->arena);
	return all;
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

	const struct node *n = slot_find(s, str_cut(text, 0, at));
	struct str has = n ? scalar_text(s->in->arena, n) : (struct str){ "", 0 };

	if (text.p[at] == '>')
		return str_int(str_cut(text, at + 1, text.n), &bound) && n && n->kind == NODE_INT &&
		       n->num > bound;
	if (text.p[at] == '!')
		return !str_eq(has, str_cut(text, at + 2, text.n));
	return str_eq(has, str_cut(text, at + 1, text.n));
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
