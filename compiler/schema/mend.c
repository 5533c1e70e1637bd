/* SPDX-License-Identifier: Apache-2.0 */
/* mend.c: one way of mending per syntax, believed only when what comes out is right. */
#include "schema/mend.h"

#include "schema/format.h"

/* No name that a person meant is longer. */
enum { MEND_LONGEST = 256, WEEKS_MOST = 1000 };

static char lower(char ch)
{
	if (ch >= 'A' && ch <= 'Z')
		return "abcdefghijklmnopqrstuvwxyz"[ch - 'A'];
	return ch;
}

static bool is_name_char(char ch)
{
	return (ch >= 'a' && ch <= 'z') || (ch >= '0' && ch <= '9');
}

/* Without the quotes that word processors make of straight ones. */
static struct str unquoted(struct str value)
{
	const char *both = "\xe2\x80"; /* U+2018 to U+201F */
	size_t end = value.n - (value.n > 3 ? 3 : 0);

	if (value.n > 6 && str_starts(value, both) &&
	    str_starts(str_cut(value, end, value.n), both))
		return str_cut(value, 3, end);
	return value;
}

/* Lower case, with one sign in place of each run of others; dots stay where names have them. */
static struct str as_name(struct arena *a, struct str value, char sign, bool dots)
{
	char *text = NEW_ARRAY(a, value.n + 1, char);
	size_t n = 0;

	for (size_t i = 0; i < value.n; i++) {
		char ch = lower(value.p[i]);

		if ((unsigned char)ch >= 0x80)
			return (struct str){ "", 0 };
		if (is_name_char(ch) || (dots && ch == '.'))
			text[n++] = ch;
		else if (n && text[n - 1] != sign)
			text[n++] = sign;
	}
	while (n && text[n - 1] == sign)
		n--;
	text[n] = '\0';
	return (struct str){ text, n };
}

/* Where the number at the start of value ends; *unit is what stands behind it, without blanks. */
static size_t number_end(struct str value, struct str *unit)
{
	size_t n = 0, at = 0;

	while (n < value.n && ((value.p[n] >= '0' && value.p[n] <= '9') || value.p[n] == '.'))
		n++;
	at = n;
	while (at < value.n && value.p[at] == ' ')
		at++;
	*unit = str_cut(value, at, value.n);
	return n;
}

static struct str with_unit(struct arena *a, struct str number, const char *unit)
{
	return arena_fmt(a, "%.*s%s", (int)number.n, number.p, unit);
}

/* Units of time as people write them; the first that the word begins with. */
static const struct {
	const char *word, *unit;
} times[] = { { "ms", "ms" }, { "milli", "ms" }, { "s", "s" },
	      { "m", "m" },   { "h", "h" },      { "d", "d" } };

static struct str as_duration(struct arena *a, struct str value)
{
	struct str unit;
	struct str number = str_cut(value, 0, number_end(value, &unit));
	int64_t weeks = 0;

	if (str_starts(unit, "mon"))
		return (struct str){ "", 0 };
	if (str_starts(unit, "w") && str_int(number, &weeks) && weeks > 0 && weeks < WEEKS_MOST)
		return arena_fmt(a, "%dd", (int)weeks * 7);
	for (size_t i = 0; i < sizeof(times) / sizeof(*times); i++)
		if (str_starts(unit, times[i].word))
			return with_unit(a, number, times[i].unit);
	return (struct str){ "", 0 };
}

/* The number and its unit without what stands between or behind them. */
static struct str as_amount(struct arena *a, struct str value, bool cpu)
{
	struct str unit;
	struct str number = str_cut(value, 0, number_end(value, &unit));

	if (str_starts(unit, "core") || str_starts(unit, "cpu") || str_starts(unit, "CPU"))
		unit.n = 0;
	if (cpu && unit.n && !str_is(unit, "m"))
		return (struct str){ "", 0 };
	return arena_fmt(a, "%.*s%.*s", (int)number.n, number.p, (int)unit.n, unit.p);
}

static struct str candidate(struct arena *a, enum format f, struct str value)
{
	switch (f) {
	case FORMAT_dns_label:
		return as_name(a, value, '-', false);
	case FORMAT_dns_name:
		return as_name(a, value, '-', true);
	case FORMAT_pg_identifier:
		return as_name(a, value, '_', false);
	case FORMAT_guc:
		return as_name(a, value, '_', true);
	case FORMAT_duration:
		return as_duration(a, value);
	case FORMAT_bytes:
	case FORMAT_quantity:
		return as_amount(a, value, false);
	case FORMAT_cpu:
		return as_amount(a, value, true);
	default:
		return (struct str){ "", 0 };
	}
}

struct str mend_form(struct arena *a, enum format f, struct str value)
{
	struct str made = { "", 0 };

	if (value.n && value.n <= MEND_LONGEST)
		made = candidate(a, f, unquoted(value));
	if (str_eq(made, value) || format_check(f, made))
		made.n = 0;
	return made;
}

struct str mend(struct arena *a, const struct schema *s, struct str value)
{
	struct str made = mend_form(a, s->format, value);

	if (made.n && s->form && !ere_matches(s->form, made.p))
		made.n = 0;
	return made;
}
