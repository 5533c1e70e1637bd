/* SPDX-License-Identifier: Apache-2.0 */
/* read.c: lists of backups and verified WAL. */
#include "walg/read.h"

#include <stdlib.h>

#include "tree/json_in.h"
#include "tree/number.h"

enum { NAME_HEAD = 5, HALF = 8, SEGMENT_SHIFT = 24, FRACTION = 6 };

static const struct fact_gap everything = { { "000000000000000000000000", SEGMENT_LENGTH },
					    { "FFFFFFFFFFFFFFFFFFFFFFFF", SEGMENT_LENGTH },
					    0,
					    true };

static bool is_hex(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!((s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] >= 'A' && s.p[i] <= 'F')))
			return false;
	return true;
}

bool walg_is_segment(struct str text)
{
	return text.n == SEGMENT_LENGTH && is_hex(text);
}

bool walg_is_backup(struct str name)
{
	struct str rest = str_cut(name, NAME_HEAD + SEGMENT_LENGTH, name.n);

	if (!str_starts(name, "base_") ||
	    !walg_is_segment(str_cut(name, NAME_HEAD, NAME_HEAD + SEGMENT_LENGTH)))
		return false;
	/* a delta names its parent, too */
	return rest.n == 0 ||
	       (str_starts(rest, "_D_") && walg_is_segment(str_cut(rest, 3, rest.n)));
}

/* A time of Go's: more digits behind the point than we keep. 0 when it is none. */
static int64_t time_of(struct arena *a, struct str text)
{
	size_t point = str_find(text, '.'), end = point + 1;
	struct instant at;

	while (end < text.n && text.p[end] >= '0' && text.p[end] <= '9')
		end++;
	if (point < text.n && end > point + 1 + FRACTION)
		text = arena_fmt(a, "%.*s%.*s", (int)(point + 1 + FRACTION), text.p,
				 (int)(text.n - end), text.p + end);
	return time_parse(text, &at) ? 0 : at.seconds;
}

/* The segment that holds an LSN, without its timeline; LSNs are whole numbers of up to 20 digits.
 * Segments have 16 MiB, as Spilo makes them. */
static struct str segment_of(struct arena *a, const struct node *lsn)
{
	unsigned long long v = 0;

	if (lsn && lsn->kind == NODE_INT && lsn->num > 0)
		v = (unsigned long long)lsn->num;
	else if (lsn && lsn->kind == NODE_STR && lsn->text.n <= 20)
		v = strtoull(arena_str(a, lsn->text).p, NULL, 10);
	return arena_fmt(a, "%08llX%08llX", v >> 32, (v & 0xffffffffU) >> SEGMENT_SHIFT);
}

/* An integer that may be missing, but not be something else. */
static bool take_size(const struct node *n, const char *key, int64_t *out)
{
	const struct node *v = node_at(n, key);

	*out = v && v->kind == NODE_INT ? v->num : 0;
	return !v || (v->kind == NODE_INT && v->num >= 0);
}

static bool take_text(const struct node *n, const char *key, struct str *out)
{
	const struct node *v = node_at(n, key);

	*out = v && v->kind == NODE_STR ? v->text : str_of("");
	return v && v->kind == NODE_STR;
}

static const char *take_backup(struct arena *a, const struct node *n, struct fact_backup *b)
{
	struct str time;

	if (n->kind != NODE_MAP || !take_text(n, "backup_name", &b->name) ||
	    !take_text(n, "wal_file_name", &b->segment) || !take_text(n, "time", &time))
		return "it lacks a name, a segment or a time";
	if (!walg_is_backup(b->name) || !walg_is_segment(b->segment))
		return "its name or segment is none of wal-g's";
	if (!take_size(n, "compressed_size", &b->size) ||
	    !take_size(n, "uncompressed_size", &b->unpacked))
		return "a size is no size";
	(void)take_text(n, "hostname", &b->host);
	b->began = time_of(a, node_text(n, "start_time"));
	b->ended = time_of(a, node_text(n, "finish_time"));
	/* backups without metadata have but the time of their sentinel */
	if (!b->began || !b->ended)
		b->began = b->ended = time_of(a, time);
	if (!b->ended)
		return "it has no time";
	b->last = segment_of(a, node_at(n, "finish_lsn"));
	b->permanent = node_flag(n, "is_permanent", false);
	b->full = b->name.n == NAME_HEAD + SEGMENT_LENGTH;
	return NULL;
}

static int by_beginning(const void *x, const void *y)
{
	const struct fact_backup *a = x, *b = y;

	return a->began != b->began ? (a->began > b->began ? 1 : -1) : str_cmp(a->name, b->name);
}

/* The text as a tree, or NULL with *why. */
static const struct node *tree_of(struct arena *a, struct str text, const char **why)
{
	const char *wrong = NULL;
	const struct node *n = json_read_loose(a, text, (struct pos){ 0 }, &wrong);

	if (!n)
		*why = arena_fmt(a, "no JSON: %s", wrong).p;
	return n;
}

const char *walg_read_backups(struct arena *a, struct str text, struct fact_backups *out)
{
	const char *why = NULL;
	const struct node *list = NULL;
	struct fact_backup *items;

	*out = (struct fact_backups){ 0 };
	while (text.n > 0 && (text.p[text.n - 1] == '\n' || text.p[text.n - 1] == ' '))
		text.n--;
	if (text.n == 0)
		return NULL;
	list = tree_of(a, text, &why);
	if (!list || list->kind != NODE_LIST)
		return arena_fmt(a, "wal-g's list of backups is %s", why ? why : "no list").p;
	items = NEW_ARRAY(a, node_count(list) + 1, struct fact_backup);
	node_each(n, list)
	{
		why = take_backup(a, n, &items[out->n]);
		if (why)
			return arena_fmt(a, "backup %zu of wal-g's list: %s", out->n + 1, why).p;
		out->n++;
	}
	qsort(items, out->n, sizeof(*items), by_beginning);
	out->items = items;
	return NULL;
}

/* One run of segments with the same fate. */
static const char *take_run(const struct node *n, struct fact_wal *out, struct fact_gap *gaps)
{
	struct str status, from, to;
	int64_t count;

	if (n->kind != NODE_MAP || !take_text(n, "status", &status) ||
	    !take_text(n, "start_segment", &from) || !take_text(n, "end_segment", &to) ||
	    !walg_is_segment(from) || !walg_is_segment(to) ||
	    !take_size(n, "segments_count", &count))
		return "a run of segments is none";
	if (str_is(status, "FOUND"))
		return NULL;
	if (!str_starts(status, "MISSING_"))
		return "segments have a status that nobody knows";
	gaps[out->n++] = (struct fact_gap){ from, to, count,
					    !str_is(status, "MISSING_DELAYED") &&
						!str_is(status, "MISSING_UPLOADING") };
	return NULL;
}

/* The status of a check: OK, WARNING, FAILURE. */
static bool take_status(const struct node *check, struct str *status)
{
	return take_text(check, "status", status) &&
	       (str_is(*status, "OK") || str_is(*status, "WARNING") || str_is(*status, "FAILURE"));
}

/* All runs; NULL, or why they were refused. */
static const char *take_runs(struct arena *a, const struct node *runs, struct fact_wal *out)
{
	struct fact_gap *gaps;
	const char *why = NULL;

	if (!runs || runs->kind == NODE_NULL)
		return NULL;
	if (runs->kind != NODE_LIST)
		return "what wal-g verified is no list";
	gaps = NEW_ARRAY(a, node_count(runs) + 1, struct fact_gap);
	out->gaps = gaps;
	for (const struct node *n = runs->kids; n && !why; n = n->next)
		why = take_run(n, out, gaps);
	return why;
}

static bool has_lost(const struct fact_wal *w)
{
	for (size_t i = 0; i < w->n; i++)
		if (w->gaps[i].lost)
			return true;
	return false;
}

const char *walg_read_wal(struct arena *a, struct str text, struct fact_wal *out)
{
	const char *why = NULL;
	const struct node *root = tree_of(a, text, &why), *integrity = node_at(root, "integrity");
	struct str status, lines;

	*out = (struct fact_wal){ 0 };
	if (!take_status(integrity, &status) || !take_status(node_at(root, "timeline"), &lines))
		return arena_fmt(a, "what wal-g verified is %s", why ? why : "not told").p;
	why = take_runs(a, node_at(integrity, "details"), out);
	/* what it calls a failure without saying where is one everywhere */
	if (!why && str_is(status, "FAILURE") && !has_lost(out)) {
		out->gaps = &everything;
		out->n = 1;
	}
	out->foreign = !str_is(lines, "OK");
	out->newest = node_num(node_at(node_at(root, "timeline"), "details"),
			       "highest_storage_timeline_id", 0);
	return why;
}
