/* SPDX-License-Identifier: Apache-2.0 */
/* scan.c: documents of wal-g that are too long to be kept: corrupt pages of a backup, and what a
 * deletion would delete. */
#include "walg/read.h"

/* The key behind which a file's number of corrupt pages stands. */
static const char pages_key[] = "\"CorruptBlocksCount\":";

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* A number ended, or there was none. */
static void end_number(struct walg_pages *p)
{
	/* something else than a number is no good sign */
	p->corrupt += p->number < 0 ? 1 : p->number;
	p->value = false;
}

static void take_number(struct walg_pages *p, char c)
{
	if (is_digit(c) && p->number < INT64_MAX / 100)
		p->number = (p->number < 0 ? 0 : p->number * 10) + (c - '0');
	else if (!is_digit(c))
		end_number(p);
}

void walg_pages_take(struct walg_pages *p, struct str bytes)
{
	p->bytes += (int64_t)bytes.n;
	for (size_t i = 0; i < bytes.n; i++) {
		char c = bytes.p[i];

		if (c == ' ' || c == '\n' || c == '\t' || c == '\r')
			continue;
		if (!p->first)
			p->first = c;
		p->last = c;
		if (p->value)
			take_number(p, c);
		/* the key begins with a sign that is nowhere else in it but at its end */
		p->matched = c == pages_key[p->matched] ? p->matched + 1 : c == '"';
		if (pages_key[p->matched] == '\0') {
			p->value = true;
			p->number = -1;
			p->matched = 0;
		}
	}
}

bool walg_pages_whole(const struct walg_pages *p)
{
	return p->first == '{' && p->last == '}' && !p->value;
}

/* A part of a path, up to the next '/' or '.'. */
static struct str head_of(struct str path)
{
	size_t slash = str_find(path, '/'), point = str_find(path, '.');

	return str_cut(path, 0, slash < point ? slash : point);
}

static void doom_backup(struct walg_doomed *d, struct str path)
{
	struct str name = head_of(path);

	if (str_ends(name, "_backup_stop_sentinel"))
		name = str_cut(name, 0, name.n - strlen("_backup_stop_sentinel"));
	for (size_t i = 0; i < d->n_backups; i++)
		if (str_eq(d->backups[i], name))
			return;
	if (!walg_is_backup(name) || d->n_backups == DOOMED_MOST)
		d->wrong = arena_str(d->arena, path);
	else
		d->backups[d->n_backups++] = arena_str(d->arena, name);
}

/* Segments, their deltas and labels of backups begin with the name of a segment. */
static void doom_wal(struct walg_doomed *d, struct str path)
{
	struct str name = str_cut(path, 0, SEGMENT_LENGTH);
	struct str tail = str_cut(d->keep, SEGMENT_TIMELINE, SEGMENT_LENGTH);

	d->segments++;
	if (!walg_is_segment(name) ||
	    str_cmp(str_cut(name, SEGMENT_TIMELINE, SEGMENT_LENGTH), tail) >= 0)
		d->wrong = arena_str(d->arena, path);
}

/* "INFO: 2026/01/01 00:00:00.000000 \twill be deleted: PATH, from storage: default" */
static void doom_line(struct walg_doomed *d, struct str line)
{
	static const char mark[] = "will be deleted: ";
	struct str path = line;

	while (path.n > 0 && !str_starts(path, mark))
		path = str_cut(path, 1, path.n);
	if (path.n == 0 || d->wrong.n > 0)
		return;
	path = str_cut(path, sizeof(mark) - 1, path.n);
	path = str_trim(str_cut(path, 0, str_find(path, ',')));
	if (str_starts(path, "basebackups_005/"))
		doom_backup(d, str_cut(path, 16, path.n));
	else if (str_starts(path, "wal_005/"))
		doom_wal(d, str_cut(path, 8, path.n));
	else
		d->wrong = arena_str(d->arena, path);
}

void walg_doomed_take(struct walg_doomed *d, struct str bytes)
{
	for (size_t i = 0; i < bytes.n; i++) {
		if (bytes.p[i] == '\n') {
			doom_line(d, (struct str){ d->line, d->n_line });
			d->n_line = 0;
		} else if (d->n_line < DOOMED_LINE) {
			d->line[d->n_line++] = bytes.p[i];
		} else {
			d->wrong = str_of("a line that is too long");
		}
	}
}
