/* SPDX-License-Identifier: Apache-2.0 */
/* number_cron.c: five cron fields (robfig/cron v3, the parser of Kubernetes' CronJob). */
#include "tree/number.h"

enum { FIELDS = 5, DAY_FIELD = 2, MONTH_FIELD = 3, WEEKDAY_FIELD = 4, NAME_LENGTH = 3 };

struct field {
	int from, to;
	const char *names;  /* three letters each, for from, from + 1, ...; or NULL */
	const char *refuse; /* what is said of a value that does not fit */
};

static const struct field fields[FIELDS] = {
	{ 0, 59, NULL, "has a bad minute (1st field): 0-59, *, lists, ranges, */steps" },
	{ 0, 23, NULL, "has a bad hour (2nd field): 0-23, *, lists, ranges, */steps" },
	{ 1, 31, NULL, "has a bad day of month (3rd field): 1-31, *, lists, ranges, */steps" },
	{ 1, 12, "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC",
	  "has a bad month (4th field): 1-12, JAN-DEC, *, lists, ranges, */steps" },
	{ 0, 6, "SUNMONTUEWEDTHUFRISAT",
	  "has a bad day of week (5th field): 0-6 (0 is Sunday), SUN-SAT, *, lists, ranges" },
};

static char upper(char c)
{
	return (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
}

/* The value named by s, or -1. */
static int named(const struct field *f, struct str s)
{
	struct str names = str_of(f->names ? f->names : "");
	int v = f->from;

	if (s.n != NAME_LENGTH)
		return -1;
	for (; names.n; names = str_cut(names, NAME_LENGTH, names.n), v++)
		if (upper(s.p[0]) == names.p[0] && upper(s.p[1]) == names.p[1] &&
		    upper(s.p[2]) == names.p[2])
			return v;
	return -1;
}

/* The value s, or -1. */
static int value(const struct field *f, struct str s)
{
	int v = 0;

	if (!s.n || s.n > 2)
		return named(f, s);
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return -1;
		v = v * 10 + (s.p[i] - '0');
	}
	return v >= f->from && v <= f->to ? v : -1;
}

/* 1 without a slash in s, which is cut off; -1 for a bad step. */
static int take_step(const struct field *f, struct str *s)
{
	size_t slash = str_find(*s, '/');
	struct str text = str_cut(*s, slash + 1, s->n);
	int64_t step;

	if (slash == s->n)
		return 1;
	*s = str_cut(*s, 0, slash);
	if (!str_int(text, &step) || step < 1 || step > f->to - f->from + 1)
		return -1;
	return (int)step;
}

/* Adds one item of a list to the set of values; false when it is none. */
static bool add_item(const struct field *f, struct str s, uint64_t *set)
{
	bool stepped = str_find(s, '/') < s.n;
	int step = take_step(f, &s), from = f->from, to = f->to;
	size_t dash = str_find(s, '-');

	if (step < 0)
		return false;
	if (!str_is(s, "*")) {
		from = value(f, str_cut(s, 0, dash));
		to = dash < s.n ? value(f, str_cut(s, dash + 1, s.n)) : from;
		if (from < 0 || to < from || (stepped && dash == s.n))
			return false;
	}
	for (int v = from; v <= to; v += step)
		*set |= (uint64_t)1 << v;
	return true;
}

static bool read_field(const struct field *f, struct str s, uint64_t *set)
{
	bool more = true;

	*set = 0;
	while (more) {
		size_t end = str_find(s, ',');

		if (!add_item(f, str_cut(s, 0, end), set))
			return false;
		more = end < s.n;
		s = str_cut(s, end + 1, s.n);
	}
	return true;
}

/* Some month of the set has a day of the other set. */
static bool has_day(uint64_t days, uint64_t months)
{
	static const int longest[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	for (int month = 1; month <= 12; month++)
		for (int day = 1; day <= longest[month - 1]; day++)
			if ((months >> month & 1) && (days >> day & 1))
				return true;
	return false;
}

/* Cuts text at blanks; the number of fields, counted on beyond FIELDS. */
static size_t split(struct str text, struct str *out)
{
	size_t n = 0;

	while (text.n) {
		size_t end = str_find(text, ' ');

		if (end && n++ < FIELDS)
			out[n - 1] = str_cut(text, 0, end);
		text = str_cut(text, end + 1, text.n);
	}
	return n;
}

/* Some item of a list is every value there is. */
static bool has_star(struct str s)
{
	while (s.n) {
		size_t end = str_find(s, ',');
		struct str item = str_cut(s, 0, end);

		if (str_is(item, "*") || str_is(item, "*/1"))
			return true;
		s = str_cut(s, end + 1, s.n);
	}
	return false;
}

const char *cron_read(struct str text, struct cron *out)
{
	struct str parts[FIELDS] = { { 0 } };
	uint64_t sets[FIELDS];
	const uint64_t week = 0x7f;

	if (text.n && text.p[0] == '@')
		return "is no schedule of five fields: write '0 3 * * *' for every day at 3:00";
	if (split(text, parts) != FIELDS)
		return "must have five fields: minute hour day-of-month month day-of-week, like "
		       "'0 3 * * *'";
	for (size_t i = 0; i < FIELDS; i++)
		if (!read_field(&fields[i], parts[i], &sets[i]))
			return fields[i].refuse;
	if (sets[WEEKDAY_FIELD] == week && !has_day(sets[DAY_FIELD], sets[MONTH_FIELD]))
		return "names a day that none of its months has";
	*out = (struct cron){ sets[0],
			      sets[1],
			      sets[DAY_FIELD],
			      sets[MONTH_FIELD],
			      sets[WEEKDAY_FIELD],
			      has_star(parts[DAY_FIELD]) || has_star(parts[WEEKDAY_FIELD]) };
	return NULL;
}

const char *cron_check(struct str text)
{
	struct cron cron;

	return cron_read(text, &cron);
}
