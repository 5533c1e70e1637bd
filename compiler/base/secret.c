/* SPDX-License-Identifier: Apache-2.0 */
/* secret.c: telling what looks like a secret from names, paths and words: by known forms, and by
 * how it looks (secret_look.c). */
#include "base/secret.h"

#include "base/buf.h"
#include "base/secret_look.h"

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

enum { ALONE_LEAST = 4 };

/* Words that a value follows. */
static const char *const labels[] = { "password=", "passwd=", "pwd=",       "secret=",
				      "token=",    "apikey=", "api_key=",   "password:",
				      "passwd:",   "pwd:",    "passphrase:" };

static bool is_word(char c)
{
	enum letter k = secret_letter(c);

	return (k != LETTER_NONE && k != LETTER_SIGN) || c == '-' || c == '_';
}

static bool stands_at(struct str text, size_t at, const char *part)
{
	if (text.p[at] != *part) /* as at nearly every place */
		return false;

	size_t n = strlen(part);

	return at + n <= text.n && memcmp(text.p + at, part, n) == 0;
}

static const char *known_form(struct str text, size_t at)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		if (!stands_at(text, at, forms[i].start) || (at && is_word(text.p[at - 1])))
			continue;

		size_t n = strlen(forms[i].start), more = 0;

		while (at + n + more < text.n && is_word(text.p[at + n + more]))
			more++;
		if (more >= forms[i].more)
			return forms[i].what;
	}
	return NULL;
}

/* Behind "password:" stands a word alone, as in YAML, not a sentence. */
static bool is_alone(struct str rest)
{
	size_t from = 0, to;

	while (from < rest.n &&
	       (rest.p[from] == ' ' || rest.p[from] == '"' || rest.p[from] == '\''))
		from++;
	to = from;
	while (to < rest.n && !strchr(" \t\n\"',{}[]", rest.p[to]))
		to++;
	if (to - from < ALONE_LEAST)
		return false;
	while (to < rest.n && (rest.p[to] == ' ' || rest.p[to] == '"' || rest.p[to] == '\''))
		to++;
	return to == rest.n || strchr(",}\n#", rest.p[to]) != NULL;
}

static char small(char c)
{
	if (secret_letter(c) == LETTER_UPPER)
		return (char)(c | 0x20);
	return c;
}

/* "password=x" or "password: x", whatever the case of its letters. */
static const char *labelled(struct str text, size_t at)
{
	char first = small(text.p[at]);

	for (size_t i = 0; i < sizeof(labels) / sizeof(*labels); i++) {
		if (labels[i][0] != first)
			continue;

		size_t n = strlen(labels[i]), k = 1;

		while (k < n && at + k < text.n && small(text.p[at + k]) == labels[i][k])
			k++;
		if (k == n && at + n < text.n &&
		    (labels[i][n - 1] == ':' ? is_alone(str_cut(text, at + n, text.n))
					     : secret_letter(text.p[at + n]) != LETTER_NONE))
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

/* What parts words: a value stands in quotes, brackets or lists. */
static bool is_between(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\'' || c == '"' || c == ',' ||
	       c == ';' || c == '{' || c == '}' || c == '[' || c == ']' || c == '<' || c == '>';
}

/* How much of word is the host and path of an address, which may hold ids of pages. Who knows the
 * address of a webhook may call it: that is all a secret. */
static size_t address(struct str word)
{
	size_t n = 0;

	if (!str_holds(word, str_of("://")) || str_holds(word, str_of("hook")))
		return 0;
	n = str_find(word, '?');
	return n < str_find(word, '#') ? n : str_find(word, '#');
}

/* What the word without spaces looks like, or NULL. */
static const char *by_look(struct str word)
{
	struct str rest = str_cut(word, address(word), word.n);

	if (secret_is_random(rest))
		return "random letters and digits";
	return secret_is_phrase(rest) ? "a password" : NULL;
}

const char *secret_like(struct str text)
{
	const char *what = by_form(text);

	for (size_t i = 0, end; i < text.n && !what; i = end + 1) {
		for (end = i; end < text.n && !is_between(text.p[end]);)
			end++;
		what = by_look(str_cut(text, i, end));
	}
	return what;
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
