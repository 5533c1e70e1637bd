/* SPDX-License-Identifier: Apache-2.0 */
/* secret_look.c: how random letters and digits are, and what people make of words for a password.
 */
#include "base/secret_look.h"

enum {
	RUN_MIXED = 16,  /* shortest run of capitals, small letters and digits */
	RUN_PAIR = 20,   /* shortest run of letters of one case and digits */
	SWAPS_MIXED = 5, /* changes between the classes that words and numbers do not have */
	SWAPS_PAIR = 8,
	BITS_LEAST = 3277, /* 3.2 bits for each character, times 1024 */
	RUN_MOST = 512,
	COMMIT = 40,       /* hex digits of a commit of Git */
	NAME_LEAST = 3,    /* letters of a word in a path */
	PHRASE_LEAST = 10, /* shortest password that is told by its look */
	BREAKS_LEAST = 5,  /* places where letters, digits and signs meet */
	LEET_LEAST = 2,    /* digits in place of letters */
};

enum letter secret_letter(char c)
{
	if (c >= 'a' && c <= 'z')
		return LETTER_LOWER;
	if (c >= 'A' && c <= 'Z')
		return LETTER_UPPER;
	if (c >= '0' && c <= '9')
		return LETTER_DIGIT;
	return c == '+' || c == '/' ? LETTER_SIGN : LETTER_NONE;
}

/* 1024 times the binary logarithm of n, rounded down, by squaring: exact in integers. */
static uint32_t log2_1024(uint32_t n)
{
	uint32_t whole = 0, out = 0;
	uint64_t x = 0;

	while (n >> (whole + 1))
		whole++;
	x = ((uint64_t)n << 31) >> whole; /* 1 <= x < 2, with 31 binary places */
	for (int i = 0; i < 10; i++) {
		x = (x * x) >> 31;
		out <<= 1;
		if (x >> 32) {
			x >>= 1;
			out |= 1;
		}
	}
	return whole * 1024 + out;
}

/* Bits for each character of s, times 1024, by how often each one stands in it. */
static uint32_t entropy(struct str s)
{
	uint32_t count[256] = { 0 };
	uint64_t sum = 0;

	for (size_t i = 0; i < s.n; i++)
		count[(unsigned char)s.p[i]]++;
	for (size_t c = 0; c < 256; c++)
		if (count[c])
			sum += (uint64_t)count[c] * log2_1024(count[c]);
	return log2_1024((uint32_t)s.n) - (uint32_t)(sum / s.n);
}

/* A run of letters and digits (and the two signs of base64) that no words and numbers make. */
static bool is_random(struct str run)
{
	bool seen[LETTER_SIGN + 1] = { false };
	size_t swaps = 0;

	for (size_t i = 0; i < run.n; i++) {
		enum letter k = secret_letter(run.p[i]);

		seen[k] = true;
		swaps += i > 0 && k != secret_letter(run.p[i - 1]);
	}
	if (!seen[LETTER_DIGIT] || !(seen[LETTER_LOWER] || seen[LETTER_UPPER]))
		return false;
	if (seen[LETTER_LOWER] && seen[LETTER_UPPER])
		return run.n >= RUN_MIXED && swaps >= SWAPS_MIXED && entropy(run) >= BITS_LEAST;
	return run.n >= RUN_PAIR && swaps >= SWAPS_PAIR && entropy(run) >= BITS_LEAST;
}

static bool is_letter(enum letter k)
{
	return k == LETTER_LOWER || k == LETTER_UPPER;
}

/* "com", "Databases". */
static bool is_word(struct str s, size_t least)
{
	for (size_t i = 0; i < s.n; i++)
		if (secret_letter(s.p[i]) != LETTER_LOWER &&
		    (i || secret_letter(s.p[i]) != LETTER_UPPER))
			return false;
	return s.n >= least;
}

/* Base64 has no words between two slashes. */
static bool is_path(struct str run)
{
	bool named = false;
	size_t parts = 0;

	for (struct str rest = run; rest.n; parts++) {
		struct str part = str_cut(rest, 0, str_find(rest, '/'));

		named = named || is_word(part, NAME_LEAST);
		rest = str_cut(rest, part.n + 1, rest.n);
	}
	return named && parts > 1;
}

/* The id of a commit, as Git prints it. */
static bool is_commit(struct str run)
{
	for (size_t i = 0; i < run.n; i++)
		if (secret_letter(run.p[i]) != LETTER_DIGIT && (run.p[i] < 'a' || run.p[i] > 'f'))
			return false;
	return run.n == COMMIT;
}

/* before ends with "sha256:" or another name of a sum. */
static bool is_sum(struct str before)
{
	static const char *const names[] = { "sha1:", "sha256:", "sha384:", "sha512:", "SHA256:" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (str_ends(before, names[i]))
			return true;
	return false;
}

/* A path is random when one of its parts is. */
static bool run_is_random(struct str run)
{
	bool path = is_path(run);

	for (struct str rest = run; rest.n;) {
		struct str part = str_cut(rest, 0, path ? str_find(rest, '/') : rest.n);

		if (is_random(part) && !is_commit(part))
			return true;
		rest = str_cut(rest, part.n + 1, rest.n);
	}
	return false;
}

bool secret_is_random(struct str word)
{
	size_t start = 0;

	for (size_t i = 0; i <= word.n; i++) {
		if (i < word.n && secret_letter(word.p[i]) != LETTER_NONE && i - start < RUN_MOST)
			continue;
		if (run_is_random(str_cut(word, start, i)) && !is_sum(str_cut(word, 0, start)))
			return true;
		start = i + 1;
	}
	return false;
}

/* The sort of a character of a phrase: signs are those that forms ask for; dots and dashes are in
 * names, too. What is not ASCII is a letter. */
static enum letter phrase_letter(char c)
{
	enum letter k = secret_letter(c);

	if (k == LETTER_SIGN)
		return LETTER_NONE;
	if (k == LETTER_NONE && (unsigned char)c >= 0x80)
		return LETTER_LOWER;
	return c && strchr("!@#$&^*?~", c) ? LETTER_SIGN : k;
}

/* A word without the signs around it, which sentences put there. */
static struct str core_of(struct str s)
{
	while (s.n &&
	       (phrase_letter(s.p[0]) == LETTER_SIGN || secret_letter(s.p[0]) == LETTER_NONE))
		s = str_cut(s, 1, s.n);
	while (s.n && (phrase_letter(s.p[s.n - 1]) == LETTER_SIGN))
		s = str_cut(s, 0, s.n - 1);
	return s;
}

/* What stands beside what in a phrase. */
struct mix {
	bool seen[LETTER_SIGN + 1];
	size_t breaks; /* places where two sorts meet; capitals are letters */
	size_t leet;   /* digits that look like letters, between letters or signs */
	size_t inside; /* those between letters */
};

static void mix_digit(struct mix *m, enum letter before, enum letter after)
{
	if (before == LETTER_NONE || after == LETTER_NONE || before == LETTER_DIGIT ||
	    after == LETTER_DIGIT)
		return;
	m->leet++;
	m->inside += is_letter(before) && is_letter(after);
}

static struct mix mix_of(struct str s)
{
	struct mix m = { 0 };

	for (size_t i = 0; i < s.n; i++) {
		enum letter k = phrase_letter(s.p[i]),
			    before = i ? phrase_letter(s.p[i - 1]) : LETTER_NONE,
			    after = i + 1 < s.n ? phrase_letter(s.p[i + 1]) : LETTER_NONE;

		m.seen[k] = true;
		m.breaks += k != LETTER_NONE && before != LETTER_NONE && k != before &&
			    !(is_letter(k) && is_letter(before));
		if (strchr("013457", s.p[i]))
			mix_digit(&m, before, after);
	}
	return m;
}

/* "ada@example.com", or the tag of an image before "@sha256". */
static bool is_address(struct str s)
{
	size_t at = str_find(s, '@'), dot = s.n;

	if (str_starts(str_cut(s, at + (at < s.n), s.n), "sha256"))
		return true;

	for (size_t i = 0; i < s.n; i++) {
		if (i != at && phrase_letter(s.p[i]) == LETTER_SIGN)
			return false;
		if (s.p[i] == '.')
			dot = i;
	}
	return dot > at + 1 && is_word(str_cut(s, dot + 1, s.n), 2);
}

static bool is_phrase(struct str s)
{
	struct str core = core_of(s);
	struct mix m = mix_of(core);
	bool both = m.seen[LETTER_LOWER] && m.seen[LETTER_UPPER];

	if (s.n < PHRASE_LEAST || !m.seen[LETTER_SIGN] || !m.seen[LETTER_DIGIT] ||
	    m.breaks * 3 < core.n || is_address(core))
		return false;
	return (both && m.breaks >= BREAKS_LEAST) || (m.inside && m.leet >= LEET_LEAST);
}

bool secret_is_phrase(struct str word)
{
	size_t start = 0;

	for (size_t i = 0; i <= word.n; i++) {
		if (i < word.n && word.p[i] && !strchr("/\\()|=:%`", word.p[i]))
			continue;
		if (is_phrase(str_cut(word, start, i)))
			return true;
		start = i + (i < word.n && word.p[i] == '%' ? 3 : 1); /* "%3A" is one sign */
	}
	return false;
}
