/* SPDX-License-Identifier: Apache-2.0 */
/* secret.c: telling what looks like a secret from names, paths and words: by known forms, and by
 * how random a run of letters and digits is. */
#include "base/secret.h"

#include <stdbool.h>

#include "base/buf.h"

/* A form that tokens and keys of well-known systems have. */
struct form {
	const char *start; /* what it begins with, anywhere in the text */
	size_t more;       /* letters, digits, - and _ that follow at least */
	const char *what;
};

static const struct form forms[] = {
	{ "AKIA", 16, "an AWS access key id" },
	{ "ASIA", 16, "an AWS access key id" },
	{ "ghp_", 30, "a GitHub token" },
	{ "gho_", 30, "a GitHub token" },
	{ "ghs_", 30, "a GitHub token" },
	{ "github_pat_", 30, "a GitHub token" },
	{ "glpat-", 16, "a GitLab token" },
	{ "xoxb-", 20, "a Slack token" },
	{ "xoxp-", 20, "a Slack token" },
	{ "sk_live_", 16, "a payment key" },
	{ "AIza", 30, "a Google API key" },
	{ "hvs.", 20, "a Vault token" },
	{ "eyJ", 20, "a signed token" },
	{ "AGE-SECRET-KEY-", 20, "an age key" },
	{ "SCRAM-SHA-256$", 4, "a password verifier" },
};

/* Words that a value follows. */
static const char *const labels[] = { "password=", "passwd=", "pwd=",    "secret=",
				      "token=",    "apikey=", "api_key=" };

enum {
	RUN_MIXED = 16,  /* shortest run of capitals, small letters and digits */
	RUN_PAIR = 20,   /* shortest run of letters of one case and digits */
	SWAPS_MIXED = 5, /* changes between the classes that words and numbers do not have */
	SWAPS_PAIR = 8,
	BITS_LEAST = 3277, /* 3.2 bits for each character, times 1024 */
	RUN_MOST = 512,
};

enum letter { LETTER_NONE, LETTER_LOWER, LETTER_UPPER, LETTER_DIGIT, LETTER_SIGN };

static enum letter letter_of(char c)
{
	if (c >= 'a' && c <= 'z')
		return LETTER_LOWER;
	if (c >= 'A' && c <= 'Z')
		return LETTER_UPPER;
	if (c >= '0' && c <= '9')
		return LETTER_DIGIT;
	return c == '+' || c == '/' ? LETTER_SIGN : LETTER_NONE;
}

static bool is_word(char c)
{
	enum letter k = letter_of(c);

	return (k != LETTER_NONE && k != LETTER_SIGN) || c == '-' || c == '_';
}

static bool stands_at(struct str text, size_t at, const char *part)
{
	size_t n = strlen(part);

	return at + n <= text.n && memcmp(text.p + at, part, n) == 0;
}

static const char *known_form(struct str text, size_t at)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		size_t n = strlen(forms[i].start), more = 0;

		if (forms[i].start[0] != text.p[at] || !stands_at(text, at, forms[i].start) ||
		    (at && is_word(text.p[at - 1])))
			continue;
		while (at + n + more < text.n && is_word(text.p[at + n + more]))
			more++;
		if (more >= forms[i].more)
			return forms[i].what;
	}
	return NULL;
}

/* "password=x", whatever the case of its letters. */
static const char *labelled(struct str text, size_t at)
{
	for (size_t i = 0; i < sizeof(labels) / sizeof(*labels); i++) {
		size_t n = strlen(labels[i]), k = 0;

		while (k < n && at + k < text.n &&
		       (text.p[at + k] | (letter_of(text.p[at + k]) == LETTER_UPPER ? 0x20 : 0)) ==
			   labels[i][k])
			k++;
		if (k == n && at + n < text.n && letter_of(text.p[at + n]) != LETTER_NONE)
			return "a password";
	}
	return NULL;
}

/* "://user:password@" from the colon on. */
static const char *login(struct str text, size_t at)
{
	bool colon = false;

	if (!stands_at(text, at, "://"))
		return NULL;
	for (size_t i = at + 3; i < text.n && text.p[i] != '/' && text.p[i] != ' '; i++) {
		if (text.p[i] == '@')
			return colon && text.p[i - 1] != ':' ? "an address with a password" : NULL;
		colon = colon || text.p[i] == ':';
	}
	return NULL;
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
		enum letter k = letter_of(run.p[i]);

		seen[k] = true;
		swaps += i > 0 && k != letter_of(run.p[i - 1]);
	}
	if (!seen[LETTER_DIGIT] || !(seen[LETTER_LOWER] || seen[LETTER_UPPER]))
		return false;
	if (seen[LETTER_LOWER] && seen[LETTER_UPPER])
		return run.n >= RUN_MIXED && swaps >= SWAPS_MIXED && entropy(run) >= BITS_LEAST;
	return run.n >= RUN_PAIR && swaps >= SWAPS_PAIR && entropy(run) >= BITS_LEAST;
}

/* A key, token or password of a known form that begins at a place of text, or NULL. */
static const char *by_form(struct str text)
{
	const char *what = NULL;

	for (size_t i = 0; i < text.n && !what; i++) {
		if (stands_at(text, i, "PRIVATE KEY-----"))
			return "a private key";
		what = known_form(text, i);
		if (!what)
			what = text.p[i] == ':' ? login(text, i) : labelled(text, i);
	}
	return what;
}

const char *secret_like(struct str text)
{
	const char *what = by_form(text);
	size_t start = 0;

	for (size_t i = 0; i <= text.n && !what; i++) {
		if (i < text.n && letter_of(text.p[i]) != LETTER_NONE && i - start < RUN_MOST)
			continue;
		if (is_random(str_cut(text, start, i)))
			what = "random letters and digits";
		start = i + 1;
	}
	return what;
}

/* What parts words: a value stands in quotes, brackets or lists. */
static bool is_between(char c)
{
	return c == ' ' || c == '\'' || c == '"' || c == ',' || c == ';' || c == '{' || c == '}' ||
	       c == '[' || c == ']' || c == '\n';
}

static bool is_digest(struct str word)
{
	size_t at = str_find(word, '@');

	return str_starts(word, "sha256:") || str_starts(str_cut(word, at + 1, word.n), "sha256:");
}

struct str secret_veiled(struct arena *a, struct str text)
{
	struct buf out = { 0 };
	bool digests = false;

	if (!secret_like(text))
		return text;
	for (size_t i = 0, end; i < text.n; i = end) {
		struct str word;

		for (end = i; end < text.n && !is_between(text.p[end]);)
			end++;
		word = str_cut(text, i, end);
		digests = digests || is_digest(word);
		if (!is_digest(word) && secret_like(word))
			buf_text(&out, "(not shown)");
		else
			buf_str(&out, word);
		if (end < text.n)
			buf_char(&out, text.p[end++]);
	}
	if (!digests && secret_like(buf_view(&out)))
		out.n = 0;
	if (!out.n)
		buf_text(&out, "(not shown)");
	return buf_take(&out, a);
}
