/* SPDX-License-Identifier: Apache-2.0 */
/* yaml.c: the composer: libyaml's events into one tree, with limits, places and strictness. */
#include "tree/yaml.h"

#include <stdlib.h>
#include <yaml.h>

#include "base/die.h"
#include "base/utf8.h"
#include "tree/frozen.h"
#include "tree/print.h"
#include "tree/yaml_syntax.h"
#include "tree/yaml_text.h"
#include "tree/yaml_type.h"

enum { DEPTH_MOST = 32, KEY_LONGEST = 500, ERRORS_MOST = 50, FEW_KEYS = 8, RETRIES_MOST = 10 };

const struct yaml_limits YAML_INTENT = { 64 << 10, 16 << 10, 50000 };
const struct yaml_limits YAML_WORLD = { 1 << 20, 256 << 10, 50000 };
const struct yaml_limits YAML_SCHEMA = { 2 << 20, 256 << 10, 250000 };

/* A key that some reader takes for something else, by what it is then. */
struct odd_key {
	struct odd_key *next;
	struct str resolved;
	struct pos pos;
};

/* A map or list that is being filled. */
struct frame {
	struct node *node;
	struct node_list kids;
	struct str key; /* of the value to come */
	struct pos key_pos;
	bool has_key, plain; /* plain: the key has no quotes */
	bool drop;           /* the key was no key: its value is read and forgotten */
	struct odd_key *odd;
};

struct reader {
	struct arena *arena;
	struct diags *diags;
	const struct yaml_limits *limits;
	struct yaml_text text;
	yaml_parser_t parser;
	struct frame frames[DEPTH_MOST];
	size_t depth, events;
	size_t documents;
	struct node *root;
	bool stop; /* nothing more can or should be read */
};

static size_t offset_of(struct reader *r, const yaml_mark_t *mark)
{
	return yaml_text_offset(&r->text, mark->index);
}

static struct pos pos_of(struct reader *r, const yaml_mark_t *mark)
{
	if (r->text.ascii)
		return (struct pos){ r->text.file, (uint32_t)(mark->line + 1),
				     (uint32_t)(mark->column + 1) };
	return yaml_text_pos(&r->text, offset_of(r, mark));
}

static struct frame *top(struct reader *r)
{
	return r->depth ? &r->frames[r->depth - 1] : NULL;
}

static struct odd_key *find_odd(const struct frame *f, struct str resolved)
{
	for (struct odd_key *o = f->odd; o; o = o->next)
		if (str_eq(o->resolved, resolved))
			return o;
	return NULL;
}

/* A plain key that is no string to every reader. */
static void refuse_key(struct reader *r, struct frame *f, struct str key, const char *class)
{
	struct odd_key *odd = NEW(r->arena, struct odd_key);
	struct str text = print_text_inline(r->arena, key);

	odd->resolved = yaml_resolved(r->arena, key);
	odd->pos = f->key_pos;
	if (str_is(key, "<<"))
		diag_error(r->diags, MSG_yaml_alias, f->key_pos,
			   "'<<' merges maps, which is not allowed: write the keys out");
	else if (!key.n)
		diag_error(r->diags, MSG_yaml_key, f->key_pos, "a key is missing before ':'");
	else
		diag_error(r->diags, MSG_yaml_key, f->key_pos,
			   "key '%s' is %s to some YAML readers: write it as \"%s\"", text.p, class,
			   text.p);

	const struct odd_key *twin = find_odd(f, odd->resolved);

	if (twin)
		diag_note(r->diags, twin->pos, "these readers take both for the same key '%s'",
			  odd->resolved.p);
	odd->next = f->odd;
	f->odd = odd;
}

static bool has_control(struct str s)
{
	for (size_t i = 0; i < s.n;) {
		uint32_t c;

		i += utf8_read(s.p + i, s.n - i, &c);
		if (utf8_is_control(c))
			return true;
	}
	return false;
}

/* A key that no reader could find again: libyaml's are on one line and have 1024 characters at
 * most, quotes and escapes counted. */
static void judge_key(struct reader *r, const struct node *n)
{
	if (n->text.n > KEY_LONGEST)
		diag_error(r->diags, MSG_yaml_limit, n->pos,
			   "a key of %zu bytes is more than the %d that are allowed", n->text.n,
			   KEY_LONGEST);
	else if (has_control(n->text))
		diag_error(r->diags, MSG_yaml_key, n->pos,
			   "key '%s' holds a control character, which no key may",
			   print_text_inline(r->arena, n->text).p);
}

/* The next node is the key of f. */
static void take_key(struct reader *r, struct frame *f, const struct node *n)
{
	const char *class;

	f->has_key = true;
	f->drop = n->kind != NODE_STR;
	f->key_pos = n->pos;
	if (f->drop) {
		diag_error(r->diags, MSG_yaml_key, n->pos,
			   "a %s stands where a key is expected: a key is text", node_kind(n));
		return;
	}
	f->key = n->text;
	f->plain = n->plain;
	judge_key(r, n);
	class = n->plain ? yaml_ambiguous(n->text) : NULL;
	if (class)
		refuse_key(r, f, n->text, class);
}

/* "{namespace:orders}": a key with a colon and no value was meant as both. */
static void part_key(struct reader *r, struct frame *f, struct node *n)
{
	size_t colon = str_find(f->key, ':');

	if (!f->plain || !n->plain || n->text.n || colon == 0 || colon + 1 >= f->key.n)
		return;
	diag_error(r->diags, MSG_yaml_syntax, f->key_pos, "'%s' needs a space behind its ':'",
		   print_text_inline(r->arena, f->key).p);
	n->text = arena_str(r->arena, str_cut(f->key, colon + 1, f->key.n));
	n->pos.col = f->key_pos.col + (uint32_t)colon + 1;
	f->key = arena_str(r->arena, str_cut(f->key, 0, colon));
}

/* Hangs a new node into what is open. */
static void place(struct reader *r, struct node *n)
{
	struct frame *f = top(r);

	if (!f) {
		r->root = n;
		return;
	}
	if (f->node->kind == NODE_LIST) {
		node_add(&f->kids, n);
		return;
	}
	if (!f->has_key) {
		take_key(r, f, n);
		return;
	}
	f->has_key = false;
	if (f->drop)
		return;
	if (n->kind == NODE_STR)
		part_key(r, f, n);
	n->key_pos = f->key_pos;
	node_put(&f->kids, f->key, n);
}

static void refuse_decoration(struct reader *r, const yaml_event_t *e, const yaml_char_t *anchor,
			      const yaml_char_t *tag)
{
	struct pos pos = pos_of(r, &e->start_mark);

	if (anchor)
		diag_error(r->diags, MSG_yaml_alias, pos,
			   "anchor '&%s' is not allowed: write the value where it is needed",
			   print_text_inline(r->arena, str_of((const char *)anchor)).p);
	if (tag)
		diag_error(
		    r->diags, MSG_yaml_tag, pos,
		    "a tag ('!...') is not allowed: put text that begins with '!' in quotes");
}

static void on_scalar(struct reader *r, const yaml_event_t *e)
{
	struct str text = { (const char *)e->data.scalar.value, e->data.scalar.length };
	struct node *n = node_new(r->arena, NODE_STR, pos_of(r, &e->start_mark));

	refuse_decoration(r, e, e->data.scalar.anchor, e->data.scalar.tag);
	n->plain = e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	if (r->text.odd && (text.n || !n->plain))
		yaml_text_check(&r->text, offset_of(r, &e->start_mark), offset_of(r, &e->end_mark),
				n->plain);
	if (text.n > r->limits->scalar)
		diag_error(r->diags, MSG_yaml_limit, n->pos,
			   "a text of %zu bytes is more than the %zu that are allowed", text.n,
			   r->limits->scalar);
	if (text.n && memchr(text.p, 0, text.n))
		diag_error(r->diags, MSG_yaml_control, n->pos, "text must not hold a NUL (\\0)");
	n->text = arena_str(r->arena, text);
	place(r, n);
}

static void on_start(struct reader *r, const yaml_event_t *e, enum kind kind)
{
	struct node *n = node_new(r->arena, kind, pos_of(r, &e->start_mark));

	if (kind == NODE_MAP)
		refuse_decoration(r, e, e->data.mapping_start.anchor, e->data.mapping_start.tag);
	else
		refuse_decoration(r, e, e->data.sequence_start.anchor, e->data.sequence_start.tag);
	if (r->depth == DEPTH_MOST) {
		diag_error(r->diags, MSG_yaml_limit, n->pos,
			   "maps and lists are nested deeper than %d levels", DEPTH_MOST);
		r->stop = true;
		return;
	}
	place(r, n);
	r->frames[r->depth++] = (struct frame){ .node = n };
}

static int by_key(const void *a, const void *b)
{
	const struct node *x = *(const struct node *const *)a;
	const struct node *y = *(const struct node *const *)b;
	int c = str_cmp(x->key, y->key);

	if (c)
		return c;
	if (x->key_pos.line != y->key_pos.line)
		return x->key_pos.line < y->key_pos.line ? -1 : 1;
	return (x->key_pos.col > y->key_pos.col) - (x->key_pos.col < y->key_pos.col);
}

static void report_twin(struct reader *r, const struct node *first, const struct node *second)
{
	diag_error(r->diags, MSG_yaml_duplicate, second->key_pos,
		   "key '%s' is already set in line %u", print_text_inline(r->arena, second->key).p,
		   first->key_pos.line);
	diag_note(r->diags, first->key_pos, "it is set here first");
}

static void find_twins_sorted(struct reader *r, const struct frame *f)
{
	const struct node **kids = calloc(f->kids.n, sizeof(kids[0]));
	size_t n = 0;

	if (!kids)
		die_memory();
	for (const struct node *kid = f->kids.first; kid; kid = kid->next)
		kids[n++] = kid;
	qsort(kids, n, sizeof(kids[0]), by_key);
	for (size_t i = 1; i < n && diags_errors(r->diags) < ERRORS_MOST; i++)
		if (str_eq(kids[i - 1]->key, kids[i]->key))
			report_twin(r, kids[i - 1], kids[i]);
	free(kids);
}

/* Keys with the same bytes; of many, by sorting. */
static void find_twins(struct reader *r, const struct frame *f)
{
	if (f->kids.n > FEW_KEYS) {
		find_twins_sorted(r, f);
		return;
	}
	for (const struct node *one = f->kids.first; one; one = one->next)
		for (const struct node *two = one->next; two; two = two->next)
			if (str_eq(one->key, two->key))
				report_twin(r, one, two);
}

/* Plain keys that some reader takes for what another key says in text: yes beside "true". */
static void find_odd_twins(struct reader *r, const struct frame *f)
{
	for (const struct node *kid = f->kids.first; f->odd && kid; kid = kid->next) {
		const struct odd_key *odd = find_odd(f, kid->key);

		if (!odd || odd->pos.line == kid->key_pos.line)
			continue;
		diag_error(r->diags, MSG_yaml_duplicate, odd->pos,
			   "to some YAML readers this key is '%s', which line %u sets too",
			   odd->resolved.p, kid->key_pos.line);
	}
}

static void on_end(struct reader *r)
{
	struct frame *f = &r->frames[--r->depth];

	if (f->node->kind == NODE_MAP) {
		find_twins(r, f);
		find_odd_twins(r, f);
	}
	f->node->kids = f->kids.first;
}

static void on_alias(struct reader *r, const yaml_event_t *e)
{
	struct pos pos = pos_of(r, &e->start_mark);

	diag_error(r->diags, MSG_yaml_alias, pos,
		   "alias '*%s' is not allowed: write the value out, or put text that begins with "
		   "'*' in quotes",
		   print_text_inline(r->arena, str_of((const char *)e->data.alias.anchor)).p);
	place(r, node_str(r->arena, pos, str_of("")));
}

static void on_document(struct reader *r, const yaml_event_t *e)
{
	struct pos pos = pos_of(r, &e->start_mark);

	if (r->documents++) {
		diag_error(r->diags, MSG_yaml_documents, pos,
			   "a second document begins here: a file holds one");
		r->stop = true;
		return;
	}
	if (e->data.document_start.version_directive ||
	    e->data.document_start.tag_directives.start !=
		e->data.document_start.tag_directives.end)
		diag_error(r->diags, MSG_yaml_tag, pos,
			   "a directive ('%%...') is not allowed: remove it");
}

static void on_event(struct reader *r, const yaml_event_t *e)
{
	switch (e->type) {
	case YAML_DOCUMENT_START_EVENT:
		on_document(r, e);
		break;
	case YAML_ALIAS_EVENT:
		on_alias(r, e);
		break;
	case YAML_SCALAR_EVENT:
		on_scalar(r, e);
		break;
	case YAML_SEQUENCE_START_EVENT:
		on_start(r, e, NODE_LIST);
		break;
	case YAML_MAPPING_START_EVENT:
		on_start(r, e, NODE_MAP);
		break;
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		on_end(r);
		break;
	case YAML_STREAM_END_EVENT:
		r->stop = true;
		break;
	default:
		break;
	}
}

/* Libyaml has given up; the line to blame. */
static size_t on_broken(struct reader *r, struct diags *syntax)
{
	const yaml_parser_t *p = &r->parser;
	struct yaml_text t = r->text;
	struct yaml_problem problem = { .problem = p->problem ? p->problem : "",
					.context = p->context };

	if (p->error == YAML_MEMORY_ERROR)
		die_memory();
	t.diags = syntax;
	problem.at = offset_of(r, &p->problem_mark);
	problem.context_at = p->context ? offset_of(r, &p->context_mark) : problem.at;
	return yaml_syntax_error(&t, &problem);
}

/* Reads events until the end, a stop, or broken syntax: the line to blame for that, else 0. */
static size_t read_events(struct reader *r, struct diags *syntax)
{
	while (!r->stop) {
		yaml_event_t e;

		if (!yaml_parser_parse(&r->parser, &e))
			return on_broken(r, syntax);
		if (++r->events > r->limits->events) {
			diag_error(r->diags, MSG_yaml_limit, pos_of(r, &e.start_mark),
				   "the file holds more than %zu values", r->limits->events);
			r->stop = true;
		} else
			on_event(r, &e);
		yaml_event_delete(&e);
		r->stop = r->stop || diags_errors(r->diags) >= ERRORS_MOST;
	}
	return 0;
}

/* One pass over the bytes of r->text: the line to blame for broken syntax, or 0. */
static size_t read_once(struct reader *r, struct diags *syntax)
{
	struct str s = r->text.bytes;

	if (!yaml_parser_initialize(&r->parser))
		die_memory();
	yaml_parser_set_encoding(&r->parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&r->parser, (const unsigned char *)s.p, s.n);

	size_t blame = read_events(r, syntax);

	if (!blame)
		yaml_text_check(&r->text, s.n, s.n, false);
	yaml_parser_delete(&r->parser);
	return blame;
}

/* The blanks a line begins with; a tab, or nothing behind them, counts as deeper than any. */
static size_t depth_of(struct str line)
{
	size_t n = 0;

	while (n < line.n && line.p[n] == ' ')
		n++;
	return n == line.n || line.p[n] == '\t' ? SIZE_MAX : n;
}

static bool is_blank(struct str line)
{
	for (size_t i = 0; i < line.n; i++)
		if (line.p[i] != ' ')
			return false;
	return true;
}

/* Blanks a broken line and what hangs below it, so that the rest can be read; false when the line
 * is blank already. */
static bool blank_line(struct yaml_text *t, size_t line)
{
	struct str s = yaml_text_line(t, line);
	size_t depth = depth_of(s);
	char *copy = arena_alloc(t->arena, t->bytes.n + 1, 1);

	if (is_blank(s))
		return false;
	memcpy(copy, t->bytes.p, t->bytes.n);
	do {
		memset(copy + (s.p - t->bytes.p), ' ', s.n);
		s = yaml_text_line(t, ++line);
	} while (line <= t->nlines && (depth_of(s) > depth || depth_of(s) == SIZE_MAX));
	t->bytes.p = copy;
	t->byte = t->chars = t->checked = 0;
	return true;
}

static bool is_empty(const struct node *root)
{
	return !root || (root->kind == NODE_STR && root->plain && !root->text.n);
}

/* Once the syntax holds: the tree, when the reader came to its end. */
static const struct node *judge(struct reader *r)
{
	struct pos start = { r->text.file, 1, 1 };

	if (r->depth)
		return NULL;
	if (!is_empty(r->root))
		return r->root;
	if (!diags_errors(r->diags))
		diag_error(r->diags, MSG_yaml_empty, start, "the file is empty");
	return NULL;
}

/* After broken syntax the rest is read too, for its findings: what is broken goes, until the rest
 * can be read or no progress is made. */
static const struct node *read_text(struct yaml_text *text, struct diags *d,
				    const struct yaml_limits *limits)
{
	struct diags *syntax = diags_new(text->arena);
	struct reader r;
	size_t tries = 0, blame;

	do {
		r = (struct reader){ .arena = text->arena, .limits = limits };
		r.diags = text->diags = diags_new(text->arena);
		r.text = *text;
		blame = read_once(&r, syntax);
	} while (blame && ++tries < RETRIES_MOST && blank_line(text, blame));

	const struct node *root = diags_errors(syntax) ? NULL : judge(&r);

	diags_take(d, r.diags);
	diags_take(d, syntax);
	return root;
}

const struct node *yaml_read(struct arena *a, struct diags *d, const struct file *file,
			     const struct yaml_limits *limits)
{
	struct yaml_text text;
	struct pos whole = { file, 0, 0 };

	if (file->frozen)
		return frozen_read(a, file, file->frozen);
	if (file->text.n > limits->bytes) {
		diag_error(d, MSG_yaml_limit, whole,
			   "the file has %zu bytes, more than the %zu that are allowed",
			   file->text.n, limits->bytes);
		return NULL;
	}
	return yaml_text_open(&text, a, d, file) ? read_text(&text, d, limits) : NULL;
}
