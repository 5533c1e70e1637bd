/* SPDX-License-Identifier: Apache-2.0 */
/* number_time.c: durations, dates and points in time, in the proleptic Gregorian calendar. */
#include "tree/number.h"

enum { DAY = 86400, HOUR = 3600, MINUTE = 60, FIRST_YEAR = 1970, FRACTION_MOST = 6 };

enum { LAST_DAY = 2932896 }; /* 9999-12-31 */

struct unit {
	char sign;
	int64_t seconds;
};

static const struct unit units[] = {
	{ 'd', DAY },
	{ 'h', HOUR },
	{ 'm', MINUTE },
	{ 's', 1 },
};

const char *duration_parse(struct str text, int64_t *seconds)
{
	int64_t number;

	if (!text.n)
		return "is empty: a number and a unit are needed, like 15m";
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (text.p[text.n - 1] != units[i].sign)
			continue;
		if (!str_int(str_cut(text, 0, text.n - 1), &number) || number < 0)
			return "is no duration: one whole number and one of s m h d, like 90s or "
			       "15m";
		return __builtin_mul_overflow(number, units[i].seconds, seconds) ? "is too long"
										 : NULL;
	}
	if (str_int(text, &number))
		return "needs a unit: s, m, h or d, like 30s";
	return "is no duration: one whole number and one of s m h d, like 90s or 15m";
}

void duration_print(struct buf *out, int64_t seconds)
{
	size_t i = 0;

	if (!seconds)
		i = sizeof(units) / sizeof(units[0]) - 1;
	while (seconds % units[i].seconds)
		i++;
	buf_int(out, seconds / units[i].seconds);
	buf_char(out, units[i].sign);
}

/* n digits at place at of text, or -1. */
static int digits(struct str text, size_t at, size_t n)
{
	int v = 0;

	if (at + n > text.n)
		return -1;
	for (size_t i = at; i < at + n; i++) {
		if (text.p[i] < '0' || text.p[i] > '9')
			return -1;
		v = v * 10 + (text.p[i] - '0');
	}
	return v;
}

static bool is_at(struct str text, size_t at, char c)
{
	return at < text.n && text.p[at] == c;
}

static int days_in(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

/* Days from 1970-01-01 to the first of a month: years run from March, so that leap days end them.
 */
static int64_t month_start(int year, int month)
{
	int64_t y = year - (month <= 2);
	int64_t m = month + (month <= 2 ? 9 : -3);

	return y * 365 + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 - 719468;
}

/* The date at the start of text. */
static const char *read_date(struct str text, int64_t *days)
{
	int year = digits(text, 0, 4), month = digits(text, 5, 2), day = digits(text, 8, 2);

	if (year < 0 || month < 0 || day < 0 || !is_at(text, 4, '-') || !is_at(text, 7, '-'))
		return "is no date: year-month-day, like 2026-01-31";
	if (year < FIRST_YEAR)
		return "is before 1970";
	if (month < 1 || month > 12)
		return "has no such month: 01 to 12";
	if (day < 1 || day > days_in(year, month))
		return "is a day that this month does not have";
	*days = month_start(year, month) + day - 1;
	return NULL;
}

const char *date_parse(struct str text, int64_t *days)
{
	const char *why = read_date(text, days);

	if (!why && text.n > 10)
		return "has something behind its day: a date is like 2026-01-31";
	return why;
}

void date_print(struct buf *out, int64_t days)
{
	int year, month = 1;

	days = days < 0 ? 0 : days > LAST_DAY ? LAST_DAY : days;
	year = (int)(FIRST_YEAR + days / 366);
	while (month_start(year + 1, 1) <= days)
		year++;
	while (month < 12 && month_start(year, month + 1) <= days)
		month++;
	buf_fmt(out, "%04d-%02d-%02d", year, month, (int)(days - month_start(year, month)) + 1);
}

/* hh:mm at a place of text in minutes, or -1. */
static int hours_minutes(struct str text, size_t at)
{
	int hour = digits(text, at, 2), minute = digits(text, at + 3, 2);

	if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || !is_at(text, at + 2, ':'))
		return -1;
	return hour * MINUTE + minute;
}

/* The fraction at *at, which moves behind it. */
static const char *read_fraction(struct str text, size_t *at, int32_t *micros)
{
	size_t n = 0;

	*micros = 0;
	if (!is_at(text, *at, '.'))
		return NULL;
	while (digits(text, *at + 1 + n, 1) >= 0)
		n++;
	if (n < 1 || n > FRACTION_MOST)
		return "has a fraction that is not of one to six digits";
	*micros = digits(text, *at + 1, n);
	*at += 1 + n;
	for (; n < FRACTION_MOST; n++)
		*micros *= 10;
	return NULL;
}

/* The offset from a place to the end of text, in seconds east. */
static const char *read_offset(struct str text, size_t at, int64_t *seconds)
{
	int minutes = hours_minutes(text, at + 1);

	*seconds = 0;
	if (at == text.n)
		return "needs an offset: Z for UTC, or like +02:00";
	if (is_at(text, at, 'Z') && at + 1 == text.n)
		return NULL;
	if ((!is_at(text, at, '+') && !is_at(text, at, '-')) || minutes < 0 || text.n != at + 6)
		return "has no valid offset: Z for UTC, or like +02:00";
	*seconds = (is_at(text, at, '-') ? -1 : 1) * (int64_t)minutes * MINUTE;
	return NULL;
}

const char *time_parse(struct str text, struct instant *at)
{
	int64_t days, offset;
	const char *why = read_date(text, &days);
	int minutes = hours_minutes(text, 11), second = digits(text, 17, 2);
	size_t place = 19;

	if (why)
		return str_starts(str_of(why), "is no") ? "is no time: like 2026-01-31T12:00:00Z"
							: why;
	if (!is_at(text, 10, 'T'))
		return "needs a T behind its date: like 2026-01-31T12:00:00Z";
	if (minutes < 0 || second < 0 || second > 59 || !is_at(text, 16, ':'))
		return "has no valid time of day: hours, minutes and seconds, like T12:00:00Z";
	why = read_fraction(text, &place, &at->micros);
	if (!why)
		why = read_offset(text, place, &offset);
	if (!why)
		at->seconds = days * DAY + (int64_t)minutes * MINUTE + second - offset;
	return why;
}

int instant_cmp(struct instant a, struct instant b)
{
	if (a.seconds != b.seconds)
		return a.seconds < b.seconds ? -1 : 1;
	return (a.micros > b.micros) - (a.micros < b.micros);
}

void time_print(struct buf *out, struct instant at)
{
	int64_t last = (int64_t)LAST_DAY * DAY + DAY - 1;
	int64_t seconds = at.seconds < 0 ? 0 : at.seconds > last ? last : at.seconds;
	int rest = (int)(seconds % DAY);

	date_print(out, seconds / DAY);
	buf_fmt(out, "T%02d:%02d:%02d", rest / HOUR, rest / MINUTE % MINUTE, rest % MINUTE);
	if (at.micros)
		buf_fmt(out, ".%06d", (int)at.micros);
	buf_char(out, 'Z');
}
