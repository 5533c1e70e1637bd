/* SPDX-License-Identifier: Apache-2.0 */
/* source.c: walking origins, and what in them a reader should see first. */
#include "tree/source.h"

#include <inttypes.h>
#include <stdio.h>

static void add(struct sources *s, const struct node *n)
{
	const size_t room = sizeof(s->seen) / sizeof(*s->seen);
	size_t at = ((uintptr_t)n >> 4) % room;

	while (s->seen[at] && s->seen[at] != n)
		at = (at + 1) % room;
	if (s->seen[at] || s->n == SOURCES_MOST)
		return;
	s->seen[at] = n;
	s->list[s->n++] = n;
}

/* What is written below n belongs to it. */
static void add_below(struct sources *s, const struct node *n)
{
	add(s, n);
	if (n->kind == NODE_MAP || n->kind == NODE_LIST)
		node_each(kid, n) add_below(s, kid);
}

/* What everything in s was made from. */
static void follow(struct sources *s)
{
	for (size_t i = 0; i < s->n; i++)
		for (size_t k = 0; s->list[i]->from && k < s->list[i]->from->n; k++)
			add(s, s->list[i]->from->nodes[k]);
}

const struct sources *sources_of(struct arena *a, const struct node *n)
{
	struct sources *s = NEW(a, struct sources);

	add_below(s, n);
	follow(s);
	return s;
}

static bool is_scalar(const struct node *n)
{
	return n->kind != NODE_MAP && n->kind != NODE_LIST;
}

/* The text of a scalar; room holds that of a number. */
static struct str scalar(const struct node *n, char room[24])
{
	if (n->kind == NODE_STR)
		return n->text;
	if (n->kind == NODE_INT) {
		(void)snprintf(room, 24, "%" PRId64, n->num);
		return str_of(room);
	}
	return str_of(n->kind == NODE_NULL ? "" : n->flag ? "true" : "false");
}

bool source_same(const struct node *x, const struct node *y)
{
	char a[24], b[24];

	if (!is_scalar(x) || !is_scalar(y))
		return x->kind == y->kind;
	return str_eq(scalar(x, a), scalar(y, b));
}

/* The value in or below source that the last steps of rest name; *score is how many steps. */
static const struct node *match(const struct node *source, const struct path *rest,
				const struct node *value, size_t *score)
{
	for (size_t skip = 0; skip < rest->n; skip++) {
		struct path tail = { rest->n - skip, rest->steps + skip };
		const struct node *n = path_find(source, &tail);

		*score = tail.n;
		if (n && source_same(n, value))
			return n;
	}
	*score = 1;
	if (rest->steps[rest->n - 1].kind == PATH_INDEX
		? source->kind == NODE_STR
		: source->key.n && str_eq(source->key, rest->steps[rest->n - 1].key))
		return source_same(source, value) ? source : NULL;
	return NULL;
}

const struct node *sources_match(const struct sources *s, const struct path *rest,
				 const struct node *value)
{
	const struct node *best = NULL;
	size_t most = 0;

	for (size_t i = 1; i < s->n && rest->n; i++) {
		size_t score = 0;
		const struct node *n = match(s->list[i], rest, value, &score);

		if (n && n->pos.file && score > most) {
			best = n;
			most = score;
		}
	}
	return best ? best : s->list[0];
}

/* true, false, 0 and 1 say little: many lines hold them by chance. */
static bool is_common(struct str value)
{
	return value.n < 2 || str_is(value, "true") || str_is(value, "false");
}

static bool is_lines(const struct node *n)
{
	return n->kind == NODE_STR && str_find(n->text, '\n') < n->text.n;
}

enum source_shows source_shows(const struct node *n, const struct node *source)
{
	char a[24], b[24];
	struct str value, part;

	if (!is_scalar(n))
		return node_eq(n, source) ? SHOWS_ALL : SHOWS_NOT;
	if (!is_scalar(source))
		return SHOWS_NOT;
	value = scalar(n, a);
	part = scalar(source, b);
	if (str_eq(value, part))
		return is_common(value) && source->key.n && n->key.n &&
			       !str_eq(source->key, n->key) && !source->from
			   ? SHOWS_PART
			   : SHOWS_ALL;
	return !is_common(part) && n->kind == NODE_STR && !is_lines(n) && str_holds(value, part)
		   ? SHOWS_PART
		   : SHOWS_NOT;
}

bool source_is_size(struct str key)
{
	static const char *const sizes[] = { "memory",    "workload", "cpu",
					     "instances", "size",     "synchronous" };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		if (str_is(key, sizes[i]))
			return true;
	return false;
}

/* How well source explains n: by its value, its name, as a part, as a size, or not to be seen. */
static int telling(const struct node *n, const struct node *source)
{
	enum source_shows shows = source_shows(n, source);

	if (shows == SHOWS_ALL)
		return 5;
	if (n->key.n && str_eq(n->key, source->key))
		return 4;
	if (shows == SHOWS_PART)
		return 3;
	return source_is_size(source->key) ? 2 : 1;
}

const struct node *source_in(const struct node *n, const struct file *file)
{
	struct arena *scratch = arena_new();
	struct sources *s = NEW(scratch, struct sources);
	const struct node *best = NULL;
	int most = 0;

	add(s, n);
	follow(s);
	for (size_t i = 0; i < s->n; i++) {
		int t = s->list[i]->pos.file == file ? telling(n, s->list[i]) : 0;

		if (t > most) {
			best = s->list[i];
			most = t;
		}
	}
	arena_free(scratch);
	return best;
}

enum { NOTES_MOST = 3 };

/* The lines that explain most, best first. */
struct lines {
	const struct node *list[NOTES_MOST];
	int score[NOTES_MOST];
	size_t n;
};

/* How near the writer of a line is to the reader of a message. */
static int nearness(struct pos pos)
{
	struct str name = pos.file->name;

	if (str_starts(name, "intents/"))
		return 3;
	if (str_starts(name, "templates/") || str_starts(name, "built-in:templates/"))
		return 0;
	return str_starts(name, "built-in:") ? 1 : 2;
}

static bool same_line(struct pos a, struct pos b)
{
	return a.file == b.file && a.line == b.line;
}

static bool has_line(const struct lines *l, struct pos pos)
{
	for (size_t i = 0; i < l->n; i++)
		if (same_line(l->list[i]->pos, pos))
			return true;
	return false;
}

static void keep(struct lines *l, const struct node *source, int score)
{
	size_t at = l->n;

	if (has_line(l, source->pos) || (at == NOTES_MOST && l->score[at - 1] >= score))
		return;
	if (at < NOTES_MOST)
		l->n++;
	else
		at--;
	for (; at > 0 && l->score[at - 1] < score; at--) {
		l->list[at] = l->list[at - 1];
		l->score[at] = l->score[at - 1];
	}
	l->list[at] = source;
	l->score[at] = score;
}

/* The best lines of all that n was made from. */
static struct lines lines_of(const struct node *n)
{
	struct arena *scratch = arena_new();
	struct sources *s = NEW(scratch, struct sources);
	struct lines lines = { 0 };

	add(s, n);
	follow(s);
	for (size_t i = 1; i < s->n; i++) {
		const struct node *source = s->list[i];

		if (!source->from && source->pos.file && !same_line(source->pos, n->pos))
			keep(&lines, source, 4 * telling(n, source) + nearness(source->pos));
	}
	arena_free(scratch);
	return lines;
}

/* Those that tell as much as the first. */
static void note(struct diags *d, const struct lines *lines, const char *text)
{
	for (size_t i = 0; i < lines->n && lines->score[i] / 4 == lines->score[0] / 4; i++)
		diag_note(d, lines->list[i]->pos, "%s", text);
}

void source_notes(struct diags *d, const struct node *n, const char *text)
{
	struct lines lines = lines_of(n);

	note(d, &lines, text);
}

void source_other(struct diags *d, const struct node *n, const char *text)
{
	struct lines lines = lines_of(n);

	if (lines.n && nearness(lines.list[0]->pos))
		note(d, &lines, text);
	else if (n->pos.file)
		diag_note(d, n->pos, "%s", text);
}
