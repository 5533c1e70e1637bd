/* SPDX-License-Identifier: Apache-2.0 */
/* test_ere.c: what is matched by hand is held against the C library's regular expressions. */
#include "unit/check.h"

#include <string.h>

#include "base/ere.h"

/* The frequent ones that POSIX understands. */
static const char *const texts[] = {
	"^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?"
	"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$",
	"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$",
	"^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$",
	"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$",
	"^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|"
	"([eE](\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))))?$",
	"^[-._a-zA-Z0-9]+$",
	"^[ -<>-~]+$",
	"^[^:]+$",
	"^[^ ].*$",
	"^(cpu|memory|ephemeral-storage|hugepages-[0-9]+[KMGT]i|[^/]+/[^/]+)$",
};

/* Letters that decide, among them the pieces that random letters seldom make. */
static const char *const pieces[] = { "a",  "z", "Z", "0", "9",   "-", ".",    "_",         "/",
				      " ",  ":", "=", "+", "e",   "E", "Ki",   "M",         "m",
				      "\n", "~", "é", "x", "cpu", ",", "12Gi", "hugepages-" };

enum { PIECES = sizeof(pieces) / sizeof(*pieces), LONGEST = 3, RANDOM = 20000 };

/* As many as differ. */
static size_t differing;

static void both(struct ere *e, const regex_t *real, const char *s)
{
	bool want = regexec(real, s, 0, NULL, 0) == 0;

	if (ere_matches(e, s) == want)
		return;
	if (!differing++)
		(void)printf("# %s: '%s' should%s match\n", e->text, s, want ? "" : " not");
}

/* All of up to LONGEST pieces. */
static void exhaust(struct ere *e, const regex_t *real, char *s, size_t n, int depth)
{
	both(e, real, s);
	for (size_t i = 0; depth < LONGEST && i < PIECES; i++) {
		strcpy(s + n, pieces[i]);
		exhaust(e, real, s, n + strlen(pieces[i]), depth + 1);
		s[n] = 0;
	}
}

/* Longer ones, where counted repetitions end. */
static void random_ones(struct ere *e, const regex_t *real)
{
	static const char letters[] = "aaaaaaaaaaZ0-._/:";
	unsigned seed = 20261127;

	for (int i = 0; i < RANDOM; i++) {
		char s[140];
		size_t n = 0, most = 50 + (size_t)i % 80;

		for (; n < most; n++) {
			seed = seed * 1103515245u + 12345u;
			s[n] = letters[(seed >> 16) % (i % 2 ? 10 + (unsigned)i % 8 : 11)];
		}
		s[n] = 0;
		both(e, real, s);
	}
}

int main(void)
{
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		char s[64] = "";
		regex_t real;
		struct ere e;

		ere_init(&e, texts[i]);
		differing = 0;
		if (CHECK(e.match && !regcomp(&real, texts[i], REG_EXTENDED | REG_NOSUB))) {
			exhaust(&e, &real, s, 0, 0);
			random_ones(&e, &real);
			regfree(&real);
		}
		CHECK(differing == 0);
		ere_release(&e);
	}

	struct ere other;

	ere_init(&other, "^x+$");
	CHECK(!other.match && ere_matches(&other, "xx") && !ere_matches(&other, "xy"));
	ere_release(&other);
	return check_done("ere");
}
