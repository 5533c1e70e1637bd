/* SPDX-License-Identifier: Apache-2.0 */
/* hba.c: pg_hba.conf against the logins that flows carry (contract flows), both ways. */
#include "link/checks.h"
#include "link/objects.h"
#include "link/rows.h"

enum { COLUMNS = 6 };

/* One line: type, database, user, address, method, options. Without an address: local. */
struct hba_line {
	struct str column[COLUMNS];
	size_t n;
	size_t number;          /* in the file, from 1 */
	const struct node *row; /* why it is needed */
	bool used;
};

struct hba_walk {
	const struct link_input *in;
	const struct link_check *self;
	const struct node *object, *text;
	struct hba_line *lines; /* of the file */
	size_t n;
	struct hba_line *needed;
	size_t n_needed, cap;
};

static bool same(const struct hba_line *a, const struct hba_line *b)
{
	bool equal = a->n == b->n;

	for (size_t i = 0; equal && i < a->n; i++)
		equal = str_eq(a->column[i], b->column[i]);
	return equal;
}

static struct str line_text(const struct hba_walk *w, const struct hba_line *l)
{
	struct buf out = { 0 };

	for (size_t i = 0; i < l->n; i++) {
		buf_text(&out, i ? " " : "");
		buf_str(&out, l->column[i]);
	}
	return buf_take(&out, w->in->arena);
}

/* Words of a line; what is more than a line may have makes it one that nothing needs. */
static void split(const struct hba_walk *w, struct str s, struct hba_line *l)
{
	while (s.n) {
		size_t end = str_find(s, ' ');

		if (end && l->n < COLUMNS)
			l->column[l->n++] = arena_str(w->in->arena, str_cut(s, 0, end));
		else if (end)
			l->column[COLUMNS - 1] = s;
		s = str_cut(s, end + 1, s.n);
	}
}

static void read_file(struct hba_walk *w)
{
	struct str rest = w->text->text;
	size_t lines = 1, number = 0;

	for (size_t i = 0; i < rest.n; i++)
		lines += rest.p[i] == '\n';
	w->lines = NEW_ARRAY(w->in->arena, lines, struct hba_line);
	while (rest.n) {
		size_t end = str_find(rest, '\n');
		struct str one = str_cut(rest, 0, end);
		struct hba_line *l = &w->lines[w->n];

		number++;
		if (one.n && *one.p != '#') {
			l->number = number;
			split(w, one, l);
			w->n += l->n > 0;
		}
		rest = str_cut(rest, end + 1, rest.n);
	}
}

static void need(void *with, const struct slot_scope *s, const struct node *row)
{
	static const char *const keys[] = { "type",    "database", "user",
					    "address", "method",   "options" };
	struct hba_walk *w = with;
	struct hba_line l = { .row = row };

	for (size_t i = 0; i < COLUMNS; i++) {
		struct str text = row_text(s, row, keys[i]);

		if (text.n)
			l.column[l.n++] = text;
	}
	if (w->n_needed == w->cap) {
		struct hba_line *grown = NULL;

		w->cap = w->cap ? w->cap * 2 : 32;
		grown = NEW_ARRAY(w->in->arena, w->cap, struct hba_line);
		if (w->n_needed)
			memcpy(grown, w->needed, w->n_needed * sizeof(*grown));
		w->needed = grown;
	}
	w->needed[w->n_needed++] = l;
}

static bool refuses(const struct hba_line *l)
{
	return l->n && str_is(l->column[l->n - 1], "reject");
}

/* Refusals stand behind all other lines, in the contract's own order: the first line that fits is
 * the one that counts. */
static void check_end(struct hba_walk *w, size_t first)
{
	size_t n = w->n_needed - first;

	for (size_t i = 0; i < n; i++) {
		const struct hba_line *want = &w->needed[first + i];

		if (w->n < n || !same(&w->lines[w->n - n + i], want))
			link_report(w->in, w->self, w->text,
				    "%s does not end with '%s': a login that no line takes must "
				    "be refused",
				    link_name(w->in, w->object).p, line_text(w, want).p);
		else
			w->lines[w->n - n + i].used = true;
	}
	for (size_t i = 0; i + n < w->n; i++)
		if (refuses(&w->lines[i]))
			link_report(w->in, w->self, w->text,
				    "line %zu of %s refuses before all who are needed are let in",
				    w->lines[i].number, link_name(w->in, w->object).p);
}

static void check_file(struct hba_walk *w, size_t logins)
{
	for (size_t k = 0; k < logins; k++) {
		bool there = false;

		for (size_t i = 0; i < w->n; i++)
			if (same(&w->lines[i], &w->needed[k]))
				there = w->lines[i].used = true;
		if (!there)
			link_report(w->in, w->self, w->text, "%s has no line '%s': %s",
				    link_name(w->in, w->object).p, line_text(w, &w->needed[k]).p,
				    node_text(w->needed[k].row, "why").p);
	}
	check_end(w, logins);
	for (size_t i = 0; i < w->n; i++)
		if (!w->lines[i].used && !refuses(&w->lines[i]))
			link_report(w->in, w->self, w->text,
				    "line %zu of %s, '%s', lets in what no flow needs",
				    w->lines[i].number, link_name(w->in, w->object).p,
				    line_text(w, &w->lines[i]).p);
}

void check_hba(const struct link_input *in, const struct link_check *self)
{
	const struct node *contract = node_get(in->world->contracts, str_of("flows"));
	const struct node *facts = in->facts, *meta = node_at(facts, "meta");
	struct slot_scope s = { .in = in };
	struct hba_walk w = { .in = in, .self = self };
	size_t logins = 0;

	w.object = link_find(in, "ConfigMap", node_text(meta, "namespace"),
			     arena_fmt(in->arena, "%s-hba", node_text(meta, "name").p));
	w.text = node_at(node_at(w.object, "data"), "pg_hba.conf");
	if (!w.object)
		return;
	if (!w.text || w.text->kind != NODE_STR) {
		link_report(in, self, w.object, "%s has no key 'pg_hba.conf', which Patroni reads",
			    link_name(in, w.object).p);
		return;
	}
	read_file(&w);
	rows_expand(&s, node_at(contract, "logins"), need, &w);
	logins = w.n_needed;
	rows_expand(&s, node_at(contract, "refusals"), need, &w);
	check_file(&w, logins);
}
