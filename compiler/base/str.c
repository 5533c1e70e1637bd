/* SPDX-License-Identifier: Apache-2.0 */
/* str.c: comparing, cutting and measuring slices. */
#include "base/str.h"

enum { DISTANCE_LONGEST = 64 };

int str_cmp(struct str a, struct str b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int c = n ? memcmp(a.p, b.p, n) : 0;

	if (c)
		return c;
	return (a.n > b.n) - (a.n < b.n);
}

bool str_starts(struct str s, const char *prefix)
{
	size_t n = strlen(prefix);

	return s.n >= n && memcmp(s.p, prefix, n) == 0;
}

bool str_ends(struct str s, const char *suffix)
{
	size_t n = strlen(suffix);

	return s.n >= n && memcmp(s.p + s.n - n, suffix, n) == 0;
}

bool str_holds(struct str s, struct str part)
{
	for (size_t at = 0; at + part.n <= s.n; at++)
		if (memcmp(s.p + at, part.p, part.n) == 0)
			return true;
	return false;
}

bool str_lists(struct str s, struct str word)
{
	while (s.n) {
		size_t comma = str_find(s, ',');

		if (str_eq(str_cut(s, 0, comma), word))
			return true;
		s = str_cut(s, comma + 1, s.n);
	}
	return false;
}

size_t str_find(struct str s, char c)
{
	const char *at = s.n ? memchr(s.p, c, s.n) : NULL;

	return at ? (size_t)(at - s.p) : s.n;
}

struct str str_cut(struct str s, size_t from, size_t to)
{
	if (to > s.n)
		to = s.n;
	if (from > to)
		from = to;
	return (struct str){ s.p + from, to - from };
}

bool str_int(struct str s, int64_t *v)
{
	bool minus = s.n && s.p[0] == '-';
	size_t i = minus;
	uint64_t most = (uint64_t)INT64_MAX + minus;
	uint64_t sum = 0;

	if (i == s.n || (s.p[i] == '0' && s.n > 1))
		return false;
	for (; i < s.n; i++) {
		unsigned digit = (unsigned)(s.p[i] - '0');

		if (digit > 9 || sum > (most - digit) / 10)
			return false;
		sum = sum * 10 + digit;
	}
	*v = minus ? (int64_t)(0 - sum) : (int64_t)sum;
	return true;
}

uint64_t str_hash(struct str s)
{
	uint64_t h = 14695981039346656037u;

	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * 1099511628211u;
	return h;
}

static int least(int a, int b)
{
	return a < b ? a : b;
}

/* Three rows of the usual matrix are enough for swaps of neighbours. */
/* Takes away what both begin and end with: it does not change the distance. */
static void strip_common(struct str *a, struct str *b)
{
	while (a->n && b->n && a->p[0] == b->p[0]) {
		*a = str_cut(*a, 1, a->n);
		*b = str_cut(*b, 1, b->n);
	}
	while (a->n && b->n && a->p[a->n - 1] == b->p[b->n - 1]) {
		a->n--;
		b->n--;
	}
}

/* Strings that differ at both ends and are this long are further apart than most. */
static bool is_far(struct str a, struct str b, int most)
{
	size_t longer = a.n > b.n ? a.n : b.n, shorter = a.n > b.n ? b.n : a.n;

	return most >= 0 && (longer - shorter > (size_t)most || (most < 2 && longer > 2));
}

int str_distance(struct str a, struct str b, int most)
{
	int row[3][DISTANCE_LONGEST + 1];

	strip_common(&a, &b);
	if (is_far(a, b, most))
		return most + 1;
	if (a.n > DISTANCE_LONGEST || b.n > DISTANCE_LONGEST)
		return most + 1;
	for (size_t j = 0; j <= b.n; j++)
		row[0][j] = (int)j;
	for (size_t i = 1; i <= a.n; i++) {
		int *now = row[i % 3];
		const int *up = row[(i - 1) % 3];
		const int *up2 = row[(i + 1) % 3];

		now[0] = (int)i;
		for (size_t j = 1; j <= b.n; j++) {
			int change = a.p[i - 1] != b.p[j - 1];

			now[j] = least(least(up[j], now[j - 1]) + 1, up[j - 1] + change);
			if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] && a.p[i - 2] == b.p[j - 1])
				now[j] = least(now[j], up2[j - 2] + 1);
		}
	}

	int d = row[a.n % 3][b.n];

	return d > most ? most + 1 : d;
}

struct str str_trim(struct str s)
{
	while (s.n && (*s.p == ' ' || *s.p == '\t'))
		s = str_cut(s, 1, s.n);
	while (s.n && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
		s.n--;
	return s;
}
