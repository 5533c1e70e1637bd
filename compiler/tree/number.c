/* SPDX-License-Identifier: Apache-2.0 */
/* number.c: Kubernetes quantities (apimachinery, pkg/api/resource/quantity.go), exactly. */
#include "tree/number.h"

enum { MILLI = 1000 };

/* A suffix and how many units it stands for. */
struct suffix {
	char text[3];
	bool binary;
	int64_t units; /* 0: a thousandth of one */
};

static const struct suffix suffixes[] = {
	{ "", false, 1 },
	{ "m", false, 0 },
	{ "k", false, 1000 },
	{ "M", false, 1000000 },
	{ "G", false, 1000000000 },
	{ "T", false, 1000000000000 },
	{ "P", false, 1000000000000000 },
	{ "E", false, 1000000000000000000 },
	{ "Ki", true, (int64_t)1 << 10 },
	{ "Mi", true, (int64_t)1 << 20 },
	{ "Gi", true, (int64_t)1 << 30 },
	{ "Ti", true, (int64_t)1 << 40 },
	{ "Pi", true, (int64_t)1 << 50 },
	{ "Ei", true, (int64_t)1 << 60 },
};

static const char too_fine[] = "is finer than what can be given exactly: use a smaller unit";
static const char too_large[] = "is too large";

/* Digits and a fraction: all digits as one number, and how many of them are behind the dot. */
struct decimal {
	int64_t digits;
	bool large; /* digits do not fit */
	unsigned behind;
	const struct suffix *suffix;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Appends the run of digits at s to d; its length. */
static size_t take_digits(struct decimal *d, struct str s)
{
	size_t n = 0;

	while (n < s.n && is_digit(s.p[n])) {
		if (__builtin_mul_overflow(d->digits, 10, &d->digits) ||
		    __builtin_add_overflow(d->digits, s.p[n] - '0', &d->digits))
			d->large = true;
		n++;
	}
	return n;
}

static const struct suffix *find_suffix(struct str s)
{
	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++)
		if (str_is(s, suffixes[i].text))
			return &suffixes[i];
	return NULL;
}

/* Why s, what stands behind the digits, is no suffix. */
static const char *refuse_suffix(struct str s)
{
	if (s.p[0] == ' ')
		return "has a space in it: write number and unit together";
	if (s.p[0] == 'e' || (s.p[0] == 'E' && s.n > 1))
		return "has an exponent: write it with a suffix (k M G T Ki Mi Gi Ti)";
	if (s.p[0] == 'n' || s.p[0] == 'u')
		return "is finer than a thousandth: use m or no suffix";
	return "has no unit that Kubernetes knows: Ki Mi Gi Ti (powers of 1024) or k M G T";
}

static const char *read_decimal(struct str text, struct decimal *d)
{
	*d = (struct decimal){ 0 };
	if (!text.n)
		return "is empty: a number with a unit is needed, like 10Gi";
	if (text.p[0] == '-' || text.p[0] == '+')
		return "has a sign, which no amount here may have";

	size_t whole = take_digits(d, text), fraction = 0;

	if (!whole)
		return "is no amount: it must begin with a digit, like 10Gi or 0.5";
	if (whole > 1 && text.p[0] == '0')
		return "begins with a zero too many";

	struct str rest = str_cut(text, whole, text.n);

	if (rest.n && rest.p[0] == '.') {
		rest = str_cut(rest, 1, rest.n);
		fraction = take_digits(d, rest);
		if (!fraction)
			return "has no digit behind its dot";
		rest = str_cut(rest, fraction, rest.n);
	}
	if (d->large)
		return "has too many digits";
	d->behind = (unsigned)fraction;
	d->suffix = find_suffix(rest);
	return d->suffix ? NULL : refuse_suffix(rest);
}

/* digits * times / 10^behind, when it is whole and fits. */
static const char *scale(struct decimal d, int64_t times, int64_t *v)
{
	for (; d.behind; d.behind--) {
		if (d.digits % 5 == 0)
			d.digits /= 5;
		else if (times % 5 == 0)
			times /= 5;
		else
			return too_fine;
		if (d.digits % 2 == 0)
			d.digits /= 2;
		else if (times % 2 == 0)
			times /= 2;
		else
			return too_fine;
	}
	return __builtin_mul_overflow(d.digits, times, v) ? too_large : NULL;
}

const char *quantity_parse(struct str text, struct quantity *q)
{
	struct decimal d;
	const char *why = read_decimal(text, &d);
	int64_t times = 1;

	if (why)
		return why;
	if (d.suffix->units && __builtin_mul_overflow(d.suffix->units, MILLI, &times))
		return too_large;
	q->binary = d.suffix->binary;
	return scale(d, times, &q->milli);
}

int quantity_cmp(struct quantity a, struct quantity b)
{
	return (a.milli > b.milli) - (a.milli < b.milli);
}

/* Appends v units of 1000^-1 (power 0), 1, 1000, ... with the largest suffix that is exact. */
static void put_decimal(struct buf *out, int64_t v, size_t power)
{
	static const char *const names[] = { "m", "", "k", "M", "G", "T", "P", "E" };

	while (v && v % 1000 == 0 && power + 1 < sizeof(names) / sizeof(names[0])) {
		v /= 1000;
		power++;
	}
	buf_int(out, v);
	buf_text(out, v ? names[power] : "");
}

static void put_binary(struct buf *out, int64_t v)
{
	static const char *const names[] = { "", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei" };
	size_t power = 0;

	while (v && v % 1024 == 0 && power + 1 < sizeof(names) / sizeof(names[0])) {
		v /= 1024;
		power++;
	}
	buf_int(out, v);
	buf_text(out, names[power]);
}

/* As the API server: below 1024 and for fractions the decimal form. */
void quantity_print(struct buf *out, struct quantity q)
{
	if (q.binary && q.milli % MILLI == 0 && q.milli / MILLI >= 1024)
		put_binary(out, q.milli / MILLI);
	else
		put_decimal(out, q.milli, 0);
}

const char *bytes_parse(struct str text, int64_t *bytes)
{
	struct decimal d;
	const char *why = read_decimal(text, &d);

	if (why)
		return why;
	if (!d.suffix->text[0])
		return "needs a unit: Mi, Gi or Ti, like 10Gi";
	if (!d.suffix->units)
		return "is in thousandths of a byte: use Mi, Gi or Ti";
	return scale(d, d.suffix->units, bytes);
}

void bytes_print(struct buf *out, int64_t bytes)
{
	if (bytes >= 1024)
		put_binary(out, bytes);
	else
		put_decimal(out, bytes, 1);
}

const char *cpu_parse(struct str text, int64_t *milli)
{
	struct decimal d;
	const char *why = read_decimal(text, &d);

	if (why)
		return why;
	if (d.suffix->units > 1)
		return "is no amount of processors: use thousandths (500m) or cores (2)";
	return scale(d, d.suffix->units ? MILLI : 1, milli);
}

void cpu_print(struct buf *out, int64_t milli)
{
	put_decimal(out, milli, 0);
}
