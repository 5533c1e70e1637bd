/* SPDX-License-Identifier: Apache-2.0 */
/* report.c: lines to facts, facts to the record. */
#include "drill/report.h"

#include "ground/log.h"
#include "report/fields.h"
#include "walg/read.h"

enum { RESULTS_MOST = 10, MESSAGE_MOST = 480 };

/* Cuts the first word off line. */
static struct str take_word(struct str *line)
{
	size_t end = str_find(*line, ' ');
	struct str word = str_cut(*line, 0, end);

	*line = str_cut(*line, end + 1, line->n);
	return word;
}

static bool take_time(struct str *line, int64_t *out)
{
	return str_int(take_word(line), out) && *out >= 0;
}

static bool read_target(struct str *line, struct drill *d)
{
	struct str reached;

	if (!take_time(line, &d->target))
		return false;
	reached = take_word(line);
	d->reached = str_is(reached, "yes");
	return d->reached || str_is(reached, "no");
}

static bool read_query(struct str *line, struct drill *d)
{
	struct str verdict;

	(void)take_word(line);
	verdict = take_word(line);
	d->asked++;
	d->right += str_is(verdict, "right");
	return str_is(verdict, "right") || str_is(verdict, "failed");
}

static bool read_result(struct arena *a, struct str line, struct drill *d)
{
	struct str verdict = take_word(&line);

	d->over = true;
	d->passed = str_is(verdict, "passed");
	d->message = log_clean(a, str_cut(line, 0, MESSAGE_MOST));
	return d->passed || str_is(verdict, "failed");
}

static bool read_backup(struct arena *a, struct str line, struct drill *d)
{
	d->backup = arena_str(a, line);
	return walg_is_backup(line);
}

/* false: it is no line of ours. */
static bool read_line(struct arena *a, struct str line, struct drill *d)
{
	struct str word = take_word(&line);

	if (str_is(word, "started"))
		return take_time(&line, &d->started);
	if (str_is(word, "finished"))
		return take_time(&line, &d->finished);
	if (str_is(word, "ready"))
		return take_time(&line, &d->ready);
	if (str_is(word, "newest"))
		return take_time(&line, &d->newest);
	if (str_is(word, "target"))
		return read_target(&line, d);
	if (str_is(word, "query"))
		return read_query(&line, d);
	if (str_is(word, "result"))
		return read_result(a, line, d);
	if (str_is(word, "backup"))
		return read_backup(a, line, d);
	if (str_is(word, "amcheck"))
		d->checked = str_is(line, "right");
	return str_is(word, "amcheck") || str_is(word, "fetched") || str_is(word, "system");
}

/* What a drill that says that it passed has to have shown. */
static const char *lacks(const struct drill *d)
{
	if (!d->started || !d->ready || !d->finished || !d->target)
		return "it does not say how long it took";
	if (!d->backup.n)
		return "it does not say what it restored";
	if (!d->checked || d->right != d->asked)
		return "a check did not pass";
	return NULL;
}

void drill_read(struct arena *a, struct str text, struct drill *out)
{
	const char *wrong = NULL;

	*out = (struct drill){ .backup = { "", 0 }, .message = { "", 0 } };
	while (text.n > 0) {
		size_t end = str_find(text, '\n');

		if (!read_line(a, str_cut(text, 0, end), out))
			wrong = "its report cannot be understood";
		text = str_cut(text, end + 1, text.n);
	}
	if (out->passed && !wrong)
		wrong = lacks(out);
	if (wrong && out->over) {
		out->passed = false;
		out->message = str_of(wrong);
	}
}

void drill_fail(struct drill *d, int64_t now, const char *why)
{
	d->over = true;
	d->passed = false;
	d->finished = now;
	if (!d->started)
		d->started = now;
	d->message = str_of(why);
}

/* Seconds between the beginning of the drill and the newest change that it has. */
static int64_t loss(const struct drill *d)
{
	int64_t at = d->reached ? d->target : d->newest;

	return at > 0 && at < d->started ? d->started - at : 0;
}

static struct node *result(struct arena *a, const struct drill *d)
{
	struct fields f = { a, { 0 } };

	fields_time(&f, "started", d->started);
	fields_time(&f, "finished", d->finished);
	fields_text(&f, "result", str_of(d->passed ? "Passed" : "Failed"));
	fields_text(&f, "backup", d->backup);
	fields_time(&f, "target", d->target);
	if (d->ready)
		fields_int(&f, "recoveryTime", d->ready - d->started);
	if (d->ready && (d->reached || d->newest))
		fields_int(&f, "dataLoss", loss(d));
	if (d->asked)
		fields_text(&f, "queries",
			    arena_fmt(a, "%lld/%lld", (long long)d->right, (long long)d->asked));
	fields_text(&f, "message", d->message);
	return fields_map(&f);
}

const struct node *drill_status(struct arena *a, const struct node *status, const struct drill *d)
{
	const struct node *old = node_at(node_at(status, "drills"), "results");
	struct fields f = { a, { 0 } }, list = { a, { 0 } };
	int n = 1;

	fields_item(&list, result(a, d));
	for (const struct node *r = old && old->kind == NODE_LIST ? old->kids : NULL;
	     r && n < RESULTS_MOST; r = r->next, n++)
		fields_item(&list, r);
	if (d->passed)
		fields_time(&f, "last", d->finished);
	fields_node(&f, "results", fields_list(&list));
	return fields_map(&f);
}
