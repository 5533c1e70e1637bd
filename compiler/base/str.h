/* SPDX-License-Identifier: Apache-2.0 */
/* Text as a slice. What we make is also NUL-terminated, so .p prints with %s. */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
	const char *p;
	size_t n;
};

/* The slice of a NUL-terminated string, which must outlive it. */
static inline struct str str_of(const char *z)
{
	return (struct str){ z, strlen(z) };
}

/* Same bytes. */
static inline bool str_eq(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* Same bytes as the NUL-terminated z. */
static inline bool str_is(struct str a, const char *z)
{
	return str_eq(a, str_of(z));
}

/* Order by bytes, as memcmp, shorter first on a tie: <0, 0, >0. */
int str_cmp(struct str a, struct str b);

/* s begins with prefix. */
bool str_starts(struct str s, const char *prefix);

/* s ends with suffix. */
bool str_ends(struct str s, const char *suffix);

/* part stands somewhere in s; an empty one does in any. */
bool str_holds(struct str s, struct str part);

/* word is one of the words in s, which commas separate. */
bool str_lists(struct str s, struct str word);

/* Index of the first c in s, or s.n. */
size_t str_find(struct str s, char c);

/* The bytes [from, to) of s; both are clamped to s.n. The slice is not NUL-terminated. */
struct str str_cut(struct str s, size_t from, size_t to);

/* s without blanks and tabs at its ends. */
struct str str_trim(struct str s);

/* s is a decimal int64 without sign tricks (0 or -?[1-9][0-9]*): true and *v, else false. */
bool str_int(struct str s, int64_t *v);

/* 64-bit FNV-1a of s: for hash tables only; no output may depend on it. */
uint64_t str_hash(struct str s);

/* Edit distance (insert, delete, replace, swap) of a and b, given up above most: then most + 1. */
int str_distance(struct str a, struct str b, int most);

#endif
