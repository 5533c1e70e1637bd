/* SPDX-License-Identifier: Apache-2.0 */
/* guc.c: parameters of PostgreSQL and their values, read as src/backend/utils/misc/guc.c does. */
#include "link/guc.h"

#include "schema/format.h"
#include "schema/near.h"

static char lower(char c)
{
	return (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

bool guc_same(struct str a, struct str b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (lower(a.p[i]) != lower(b.p[i]))
			return false;
	return true;
}

static const struct node *rows_of(const struct world *w, const char *contract)
{
	const struct node *rows = node_at(node_at(w->contracts, contract), "rows");

	return rows && rows->kind == NODE_MAP ? rows->kids : NULL;
}

/* "gucs/17". */
static const struct node *core_rows(const struct world *w, int64_t major)
{
	char name[] = "gucs/00";

	if (major < 10 || major > 99)
		return NULL;
	name[5] = (char)('0' + major / 10);
	name[6] = (char)('0' + major % 10);
	return rows_of(w, name);
}

static const struct node *find_in(const struct node *rows, struct str name)
{
	while (rows && !guc_same(rows->key, name))
		rows = rows->next;
	return rows;
}

/* Without a list of majors: all of them. */
static bool has_major(const struct node *row, int64_t major)
{
	const struct node *majors = node_at(row, "majors");
	int64_t one = 0;

	if (!majors || majors->kind != NODE_LIST)
		return true;
	node_each(m, majors) if (str_int(m->text, &one) && one == major) return true;
	return false;
}

struct guc guc_find(const struct world *w, int64_t major, struct str name)
{
	struct guc g = { find_in(core_rows(w, major), name), NULL };
	const struct node *row = NULL;

	if (g.row)
		return g;
	row = find_in(rows_of(w, "extension-gucs"), name);
	if (row && has_major(row, major))
		g.row = row;
	else
		g.elsewhere = row;
	return g;
}

struct str guc_nearest(const struct world *w, int64_t major, struct str name)
{
	struct near near = near_to(name);

	for (const struct node *r = core_rows(w, major); r; r = r->next)
		near_try(&near, r->key);
	for (const struct node *r = rows_of(w, "extension-gucs"); r; r = r->next)
		if (has_major(r, major))
			near_try(&near, r->key);
	return near.best;
}

/* Units of memory in bytes and of time in microseconds. */
static const struct unit {
	const char *name;
	double size;
	bool time;
} units[] = {
	{ "B", 1, false },          { "kB", 1024.0, false },       { "8kB", 8192.0, false },
	{ "MB", 1048576.0, false }, { "GB", 1073741824.0, false }, { "TB", 1099511627776.0, false },
	{ "us", 1, true },          { "ms", 1e3, true },           { "s", 1e6, true },
	{ "min", 60e6, true },      { "h", 3600e6, true },         { "d", 86400e6, true },
};

static const struct unit *unit_named(struct str name)
{
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (str_is(name, units[i].name))
			return &units[i];
	return NULL;
}

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return lower(c) >= 'a' && lower(c) <= 'f' ? lower(c) - 'a' + 10 : 16;
}

/* Digits in base at *s, which moves behind them; false when there are none. */
static bool take_digits(struct str *s, int base, double *v)
{
	size_t n = 0;

	while (n < s->n && digit_of(s->p[n]) < base)
		*v = *v * base + digit_of(s->p[n++]);
	*s = str_cut(*s, n, s->n);
	return n > 0;
}

static bool take_fraction(struct str *s, double *v)
{
	double scale = 1;
	size_t n = 1;

	for (; n < s->n && s->p[n] >= '0' && s->p[n] <= '9'; n++) {
		scale /= 10;
		*v += scale * (s->p[n] - '0');
	}
	*s = str_cut(*s, n, s->n);
	return n > 1;
}

/* e+308 behind a number; what follows 'e' otherwise is no unit that we know. */
static bool take_exponent(struct str *s, double *v)
{
	struct str rest = str_cut(*s, 1, s->n);
	bool minus = rest.n && *rest.p == '-';
	double power = 0;

	if (rest.n && (*rest.p == '-' || *rest.p == '+'))
		rest = str_cut(rest, 1, rest.n);
	if (!take_digits(&rest, 10, &power) || power > 400)
		return false;
	for (int n = (int)power; n > 0; n--)
		*v = minus ? *v / 10 : *v * 10;
	*s = rest;
	return true;
}

/* A number at the start of *s, in C's bases where whole: strtol(..., 0), else strtod. */
static bool take_number(struct str *s, double *v)
{
	bool minus = s->n && *s->p == '-';
	int base = 10;

	*v = 0;
	if (s->n && (*s->p == '-' || *s->p == '+'))
		*s = str_cut(*s, 1, s->n);
	if (s->n > 2 && s->p[0] == '0' && lower(s->p[1]) == 'x') {
		base = 16;
		*s = str_cut(*s, 2, s->n);
	} else if (s->n > 1 && s->p[0] == '0' && digit_of(s->p[1]) < 8 &&
		   str_find(*s, '.') == s->n) {
		base = 8;
	}
	if (!take_digits(s, base, v) && !(s->n && *s->p == '.'))
		return false;
	if (base == 10 && s->n && *s->p == '.' && !take_fraction(s, v))
		return false;
	if (base == 10 && s->n && lower(*s->p) == 'e' && !take_exponent(s, v))
		return false;
	if (minus)
		*v = -*v;
	return true;
}

/* text in the row's unit; false when it is no number, or has a unit that the row has not. */
static bool number_of(const struct node *row, struct str text, double *v)
{
	const struct unit *own = unit_named(node_text(row, "unit")), *given = NULL;
	struct str s = str_trim(text);

	if (!take_number(&s, v))
		return false;
	s = str_trim(s);
	if (!s.n)
		return true;
	given = unit_named(s);
	if (!own || !given || own->time != given->time || str_is(s, "8kB"))
		return false;
	*v = *v * given->size / own->size;
	return true;
}

/* Decimal digits and perhaps a unit: what sizing and rules read, too, and read alike. */
static bool is_decimal(struct str text)
{
	struct str s = str_cut(text, str_starts(text, "-") ? 1 : 0, text.n);
	size_t n = 0;

	while (n < s.n && digit_of(s.p[n]) < 10)
		n++;
	if (!n || (n > 1 && s.p[0] == '0'))
		return false;
	return n == s.n || unit_named(str_trim(str_cut(s, n, s.n)));
}

static const char *form_of(struct arena *a, const struct node *row, const char *kind)
{
	const struct unit *own = unit_named(node_text(row, "unit"));

	if (!own)
		return arena_fmt(a, "takes %s", kind).p;
	if (own->time)
		return arena_fmt(a, "takes %s with us, ms, s, min, h or d (alone it counts in %s)",
				 kind, own->name)
		    .p;
	return arena_fmt(a, "takes %s with B, kB, MB, GB or TB (alone it counts in %s)", kind,
			 own->name)
	    .p;
}

/* In the row's range; orZero: or 0, which turns off. */
static bool is_inside(const struct node *row, double v)
{
	struct str min = node_text(row, "min"), max = node_text(row, "max");
	double low = 0, high = 0;

	if (v == 0 && str_is(node_text(row, "orZero"), "true"))
		return true;
	return !(min.n && take_number(&min, &low) && v < low) &&
	       !(max.n && take_number(&max, &high) && v > high);
}

static const char *number_error(struct arena *a, const struct node *row, struct str text)
{
	bool whole = str_is(node_text(row, "type"), "integer");
	struct str unit = node_text(row, "unit");
	double v = 0;

	if (!number_of(row, text, &v))
		return form_of(a, row, whole ? "a whole number" : "a number");
	if (whole && !is_decimal(text))
		return form_of(a, row, "a whole number in decimal digits");
	if (whole)
		v = (double)(int64_t)(v < 0 ? v - 0.5 : v + 0.5);
	if (is_inside(row, v))
		return NULL;
	return arena_fmt(a, "lies outside of %s to %s%s%s%s", node_text(row, "min").p,
			 node_text(row, "max").p, unit.n ? " in units of " : "", unit.p,
			 str_is(node_text(row, "orZero"), "true") ? ", and is not 0" : "")
	    .p;
}

/* As parse_bool: on, off, and any clear beginning of true, false, yes, no; 1 and 0. */
static bool is_bool(struct str s)
{
	static const char *const words[] = { "true", "false", "yes", "no" };

	if (guc_same(s, str_of("on")) || guc_same(s, str_of("off")) || guc_same(s, str_of("of")))
		return true;
	for (size_t i = 0; i < 4 && s.n; i++)
		if (s.n <= strlen(words[i]) && guc_same(s, (struct str){ words[i], s.n }))
			return true;
	return str_is(s, "1") || str_is(s, "0");
}

static const char *enum_error(struct arena *a, const struct node *row, struct str text)
{
	const struct node *values = node_at(row, "enum");
	struct buf names = { 0 };
	bool flags = false, known = false;

	if (!values || values->kind != NODE_LIST)
		return NULL;
	node_each(v, values)
	{
		flags = flags || str_is(v->text, "on");
		known = known || guc_same(v->text, text);
		buf_fmt(&names, "%s%s", names.n ? ", " : "", v->text.p);
	}

	struct str all = buf_take(&names, a);

	if (known ||
	    (flags && is_bool(text))) /* spellings of on and off that PostgreSQL does not list */
		return NULL;
	return arena_fmt(a, "takes one of: %s", all.p).p;
}

/* Words of DateStyle; each of its two sides is said once (check_datestyle in variable.c). */
static const struct {
	const char *word, *means;
	bool order; /* of day and month, else how dates are written */
} date_words[] = {
	{ "iso", "ISO", false },        { "sql", "SQL", false }, { "postgres", "Postgres", false },
	{ "german", "German", false },  { "ymd", "YMD", true },  { "dmy", "DMY", true },
	{ "european", "DMY", true },    { "mdy", "MDY", true },  { "us", "MDY", true },
	{ "noneuropean", "MDY", true },
};

/* The place of word among them, or behind them. */
static size_t date_word(struct str word)
{
	size_t i = 0;

	while (i < sizeof(date_words) / sizeof(*date_words) &&
	       !guc_same(word, str_of(date_words[i].word)))
		i++;
	return i;
}

static const char *datestyle_error(struct str text)
{
	const char *said[2] = { NULL, NULL };

	for (struct str rest = text; text.n;) {
		size_t comma = str_find(rest, ','),
		       i = date_word(str_trim(str_cut(rest, 0, comma)));

		if (i == sizeof(date_words) / sizeof(*date_words))
			return "takes one of ISO, SQL, Postgres, German, one of DMY, MDY, YMD, or "
			       "both with a comma";

		const char **side = &said[date_words[i].order];

		if (*side && strcmp(*side, date_words[i].means) != 0)
			return "says two things that exclude each other";
		*side = date_words[i].means;
		if (comma == rest.n)
			break;
		rest = str_cut(rest, comma + 1, rest.n);
	}
	return NULL;
}

/* Text whose row names a form: PostgreSQL does not start with another. */
static const char *string_error(const struct node *row, struct str text)
{
	struct str format = node_text(row, "format");

	return str_is(format, "datestyle") ? datestyle_error(text)
					   : format_check(format_find(format), text);
}

const char *guc_value_error(struct arena *a, const struct node *row, struct str text)
{
	struct str type = node_text(row, "type");

	if (str_is(type, "bool"))
		return is_bool(text) ? NULL : "takes on or off";
	if (str_is(type, "enum"))
		return enum_error(a, row, text);
	if (str_is(type, "integer") || str_is(type, "real"))
		return number_error(a, row, text);
	return string_error(row, text);
}
