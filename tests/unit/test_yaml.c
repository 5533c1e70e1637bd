/* SPDX-License-Identifier: Apache-2.0 */
/* test_yaml.c: the strict reader: each thing it refuses with its place and words, then what it
 * reads. */
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "tree/path.h"
#include "tree/print.h"
#include "tree/yaml.h"
#include "unit/check.h"

static struct arena *arena;

/* Reads text; findings go to *d. */
static const struct node *read_as(struct str text, const struct yaml_limits *limits,
				  struct diags **d)
{
	struct file *file = NEW(arena, struct file);

	*file = (struct file){ .name = str_of("t.yaml"), .text = text };
	*d = diags_new(arena);
	return yaml_read(arena, *d, file, limits);
}

static const struct node *read_z(const char *text, struct diags **d)
{
	return read_as(arena_str(arena, str_of(text)), &YAML_INTENT, d);
}

/* Finding number i of d is at line:col, has this id, and says part. */
static bool finding_is(const struct diags *d, int i, const char *place, const char *part)
{
	const struct diag *g = diags_first(d);

	while (g && i--)
		g = g->next;
	if (!g)
		return false;

	struct str got =
	    arena_fmt(arena, "%u:%u %s", g->pos.line, g->pos.col, message_row(g->id)->name);
	bool good = str_is(got, place) && strstr(g->text.p, part);

	if (!good)
		(void)printf("# got '%s' '%s'\n", got.p, g->text.p);
	return good;
}

/* Reading text gives one finding. */
static bool refuses(const char *text, const char *place, const char *part)
{
	struct diags *d;

	(void)read_z(text, &d);
	return diags_errors(d) == 1 && finding_is(d, 0, place, part);
}

/* A head, filled up to n bytes. */
static struct str filled(size_t n, const char *head)
{
	struct buf b = { 0 };

	buf_text(&b, head);
	while (b.n < n)
		buf_char(&b, 'x');

	struct str s = arena_str(arena, buf_view(&b));

	buf_release(&b);
	return s;
}

/* The unit repeated to n bytes. */
static struct str repeated(size_t n, const char *unit)
{
	struct buf b = { 0 };

	while (b.n + strlen(unit) <= n)
		buf_text(&b, unit);

	struct str s = arena_str(arena, buf_view(&b));

	buf_release(&b);
	return s;
}

static void test_bytes(void)
{
	/* `a: b` as other encodings write it, with and without a mark */
	static const struct {
		struct str bytes;
		const char *name;
	} wide[] = {
		{ { "\xff\xfe\0\0a\0\0\0:\0\0\0", 12 }, "UTF-32" },
		{ { "\0\0\xfe\xff\0\0\0a\0\0\0:", 12 }, "UTF-32" },
		{ { "a\0\0\0:\0\0\0", 8 }, "UTF-32" },
		{ { "\0\0\0a\0\0\0:", 8 }, "UTF-32" },
		{ { "a\0:\0 \0", 6 }, "UTF-16" },
		{ { "\0a\0:\0 ", 6 }, "UTF-16" },
	};

	CHECK(refuses("\xef\xbb\xbf"
		      "a: b\n",
		      "1:1 yaml-encoding", "byte order mark"));
	CHECK(refuses("\xff\xfe"
		      "a",
		      "1:1 yaml-encoding", "UTF-16"));
	CHECK(refuses("\xfe\xff"
		      "a",
		      "1:1 yaml-encoding", "UTF-16"));
	for (size_t i = 0; i < sizeof(wide) / sizeof(wide[0]); i++) {
		struct diags *d = NULL;

		CHECK(!read_as(wide[i].bytes, &YAML_INTENT, &d) && diags_errors(d) == 1);
		CHECK(finding_is(d, 0, "1:1 yaml-encoding", wide[i].name));
	}
	CHECK(refuses("a: b\nc: \xff\n", "2:4 yaml-encoding", "byte 8 of the file (0xff)"));
	CHECK(refuses("a: \x1b[31m\n", "1:4 yaml-control", "U+001B"));
	CHECK(refuses("a: \x7f\n", "1:4 yaml-control", "U+007F"));
	CHECK(refuses("a: \xc2\x80\n", "1:4 yaml-control", "U+0080"));
	CHECK(refuses("# \xc2\x85"
		      "a: b\n",
		      "1:3 yaml-control", "U+0085"));
	CHECK(refuses("# \xe2\x80\xa8"
		      "a: b\n",
		      "1:3 yaml-control", "U+2028"));
	CHECK(refuses("a: b\rc: d\n", "1:5 yaml-control", "carriage return"));
	CHECK(refuses("a: \xef\xbf\xbf\n", "1:4 yaml-control", "U+FFFF"));
}

/* What is not UTF-8 is told byte by byte; nothing is read. */
static void test_not_utf8(void)
{
	static const char *const bad[] = { "a: \xc0\xaf\n", "a: \xed\xa0\x80\n",
					   "a: \xf4\x90\x80\x80\n", "a: \xe2\x80", "a: \x80\n" };
	struct diags *d;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CHECK(!read_z(bad[i], &d));
		CHECK(finding_is(d, 0, "1:4 yaml-encoding", "byte 3 of the file"));
	}
}

/* A map as key in a map as key: told, and ended at the depth cap. */
static void test_nested_keys(void)
{
	struct diags *d;
	const struct diag *last = NULL;

	CHECK(!read_as(repeated(1 << 20, "? "), &YAML_WORLD, &d));
	for (const struct diag *g = diags_first(d); g; g = g->next)
		last = g;
	CHECK(last && last->id == MSG_yaml_limit && diags_errors(d) == 32);
}

static void test_nul(void)
{
	struct diags *d;

	CHECK(!read_as((struct str){ "a: b\0c\n", 7 }, &YAML_INTENT, &d));
	CHECK(finding_is(d, 0, "1:5 yaml-control", "U+0000"));
	CHECK(refuses("a: \"b\\0c\"\n", "1:4 yaml-control", "NUL"));
}

static void test_hidden(void)
{
	struct diags *d;

	CHECK(refuses("a: \"x\xe2\x80\xaey\"\n", "1:6 yaml-control", "U+202E"));
	CHECK(refuses("a: x\xe2\x80\x8by\n", "1:5 yaml-control", "U+200B"));
	CHECK(refuses("a\xe2\x80\x8d: y\n", "1:2 yaml-control", "U+200D"));
	CHECK(refuses("a: |\n  x\xef\xbb\xbfy\n", "2:4 yaml-control", "U+FEFF"));
	CHECK(refuses("a:\n\xc2\xa0\xc2\xa0"
		      "b\n",
		      "2:1 yaml-control", "looks like a space"));
	CHECK(read_z("# \xe2\x80\xae\na: b # \xe2\x80\x8b\n# \xc2\xa0\n", &d) && !diags_errors(d));
	CHECK(read_z("a: \"\\u202e\"\nb: \"\xc2\xa0\"\n", &d) && !diags_errors(d));
}

static void test_tabs(void)
{
	struct diags *d;

	CHECK(refuses("a:\n\tb: c\n", "2:1 yaml-tab", "cannot indent"));
	CHECK(refuses("a:\n  b: c\n \td: e\n", "3:2 yaml-tab", "cannot indent"));
	CHECK(refuses("a: x\n\ty: z\n", "2:1 yaml-tab", "cannot indent"));
	CHECK(refuses("a:\n  - b\n\t- c\n", "3:1 yaml-tab", "cannot indent"));
	CHECK(refuses("a: b\tc\n", "1:5 yaml-tab", "between words"));
	CHECK(refuses("a:\tb\n", "1:3 yaml-tab", "between words"));
	CHECK(refuses("a: b\t\n", "1:5 yaml-tab", "between words"));
	CHECK(refuses("a: b\t# c\n", "1:5 yaml-tab", "between words"));
	CHECK(refuses("-\tb\n", "1:2 yaml-tab", "cannot indent"));
	CHECK(read_z("# a\tb\na: \"x\ty\" #\tz\nb: |\n  x\ty\n", &d) && !diags_errors(d));
}

static void test_syntax(void)
{
	CHECK(refuses("spec:\n  team: orders\n    tier: medium\n", "3:5 yaml-indent",
		      "'tier' is indented deeper than 'team'"));
	CHECK(refuses("spec:\n    team: orders\n  tier: medium\n", "3:3 yaml-indent",
		      "'tier' begins in column 3, but 'team' above it in 5 and 'spec' in 1"));
	CHECK(refuses("  a: x\nb: y\n", "2:1 yaml-indent", "'b' begins in column 1, but 'a'"));
	CHECK(refuses("a:\n  - b: 1\n   - c: 2\n", "3:4 yaml-indent",
		      "'-' begins in column 4, but the list's items above in 3"));
	CHECK(refuses("- a\nb: c\n", "2:1 yaml-indent", "begin it with '- ', or in column 3"));
	CHECK(refuses("a: b\n- c\n", "2:1 yaml-indent", "a list item stands among keys"));
	CHECK(refuses("spec:\n  team:orders\n  tier: x\n", "2:3 yaml-syntax",
		      "'team:orders' needs a space behind its ':'"));
	CHECK(refuses("metadata:\n  name orders\n  namespace: x\n", "2:3 yaml-syntax",
		      "'name orders' needs a ':'"));
	CHECK(refuses("a\nb: c\n", "1:1 yaml-syntax", "'a' needs a ':'"));
	CHECK(refuses("a: b: c\n", "1:5 yaml-syntax", "a second ': '"));
	CHECK(refuses("a: 'it's'\n", "1:8 yaml-syntax", "'s'' stands behind a finished value"));
	CHECK(refuses("a: \"x\nb: c\n", "1:4 yaml-syntax", "never closed"));
	CHECK(refuses("a: \"x\n---\n", "1:4 yaml-syntax", "never closed"));
	CHECK(refuses("a: [b\nc: d\n", "1:4 yaml-syntax", "the list that begins here has no"));
	CHECK(refuses("a: {b: c\nd: e\n", "1:4 yaml-syntax", "the map that begins here has no"));
	CHECK(refuses("a: [b}\n", "1:6 yaml-syntax", "',' or ']' is missing here"));
	CHECK(refuses("a: @b\n", "1:4 yaml-syntax", "'@' cannot stand here"));
	CHECK(refuses("a: ]\n", "1:4 yaml-syntax", "']' cannot stand here"));
	CHECK(refuses("a: [\n", "2:1 yaml-syntax", "ends where a value is expected"));
	CHECK(refuses("a: \"\\d\"\n", "1:5 yaml-syntax", "no such escape"));
	CHECK(refuses("a: \"\\ud800\"\n", "1:7 yaml-syntax", "no such escape"));
	CHECK(refuses("a: - b\n", "1:4 yaml-syntax", "a list begins on the line below"));
	CHECK(refuses("a: |b\n  c\n", "1:5 yaml-syntax", "begins on the line below"));
	CHECK(refuses("a: b\n: c\n", "2:1 yaml-key", "a key is missing here"));
	CHECK(refuses("a: {b: c}}\n", "1:10 yaml-syntax", "'}' stands behind"));
}

static void test_features(void)
{
	CHECK(refuses("a: &x b\n", "1:4 yaml-alias", "anchor '&x'"));
	CHECK(refuses("a: &x {b: c}\n", "1:4 yaml-alias", "anchor '&x'"));
	CHECK(refuses("a: &x [b]\n", "1:4 yaml-alias", "anchor '&x'"));
	CHECK(refuses("a: *x\n", "1:4 yaml-alias", "alias '*x'"));
	CHECK(refuses("a: *.example.com\n", "1:4 yaml-alias", "put the value in quotes"));
	CHECK(refuses("<<: {a: b}\n", "1:1 yaml-alias", "merges maps"));
	CHECK(refuses("a: !!str 1\n", "1:4 yaml-tag", "tag"));
	CHECK(refuses("a: ! 1\n", "1:4 yaml-tag", "tag"));
	CHECK(refuses("a: !x {}\n", "1:4 yaml-tag", "tag"));
	CHECK(refuses("a: !<x\n", "1:4 yaml-tag", "tag"));
	CHECK(refuses("%YAML 1.1\n---\na: b\n", "1:1 yaml-tag", "directive"));
	CHECK(refuses("%TAG ! !x\n---\na: b\n", "1:1 yaml-tag", "directive"));
	CHECK(refuses("%FOO x\n---\na: b\n", "1:1 yaml-tag", "directive"));
	CHECK(refuses("a: b\n---\nc: d\n", "2:1 yaml-documents", "second document"));
	CHECK(refuses("---\n---\na: b\n", "2:1 yaml-documents", "second document"));
	CHECK(refuses("a: b\n...\nc: d\n", "3:1 yaml-syntax", "ended before"));
	CHECK(refuses("", "1:1 yaml-empty", "empty"));
	CHECK(refuses("\n\n", "1:1 yaml-empty", "empty"));
	CHECK(refuses("# comment\n", "1:1 yaml-empty", "empty"));
	CHECK(refuses("---\n", "1:1 yaml-empty", "empty"));
	CHECK(refuses("---\n...\n", "1:1 yaml-empty", "empty"));
}

static void test_keys(void)
{
	static const char *const odd[] = { "on",         "Y",   "no",    "1",     "null",
					   "~",          "1.5", "0x1",   "012",   "12:30",
					   ".inf",       "1e3", "=",     ":x",    "TRUE",
					   "2001-01-01", "+1",  "1_000", "-.NaN", "0o17" };
	struct diags *d;

	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
		CHECK(refuses(arena_fmt(arena, "%s: a\n", odd[i]).p, "1:1 yaml-key",
			      arena_fmt(arena, "write it as \"%s\"", odd[i]).p));
	CHECK(refuses("? {a: b}\n: c\n", "1:3 yaml-key", "a map stands where a key"));
	CHECK(refuses("? [a]\n: c\n", "1:3 yaml-key", "a list stands where a key"));
	CHECK(refuses("{a: b, : c}\n", "1:8 yaml-key", "a key is missing"));
	CHECK(refuses("\"a\\nb\": c\n", "1:1 yaml-key", "control character"));
	CHECK(refuses("\"a\\u0085\": c\n", "1:1 yaml-key", "control character"));
	CHECK(read_z("\"on\": a\n'1': b\nx-y: c\na.b/c: d\n? e\n: f\n$if: g\n", &d) &&
	      !diags_errors(d));
}

static void test_twins(void)
{
	struct buf many = { 0 };
	struct diags *d;

	CHECK(refuses("a: 1\nb: 2\na: 3\n", "3:1 yaml-duplicate", "line 1"));
	CHECK(refuses("a: {x: 1, \"x\": 2}\n", "1:11 yaml-duplicate", "line 1"));
	CHECK(str_is(diags_first(d = (read_z("a: 1\na: 2\n", &d), d))->notes->text,
		     "it is set here first"));
	(void)read_z("y: 1\nyes: 2\n", &d);
	CHECK(diags_errors(d) == 2 && finding_is(d, 1, "2:1 yaml-key", "'yes'"));
	CHECK(diags_first(d)->next->notes && diags_first(d)->next->notes->pos.line == 1);
	(void)read_z("1: a\n0x1: b\n", &d);
	CHECK(diags_first(d)->next->notes && diags_first(d)->next->notes->pos.line == 1);
	(void)read_z("\"true\": a\non: b\n", &d);
	CHECK(finding_is(d, 1, "2:1 yaml-duplicate", "line 1 sets too"));
	for (int i = 0; i < 100; i++)
		buf_fmt(&many, "k%d: x\n", i * 37 % 99);
	(void)read_z(buf_z(&many), &d);
	CHECK(diags_errors(d) == 1 && finding_is(d, 0, "100:1 yaml-duplicate", "line 1"));
	CHECK(read_z("a: {b: 1}\nc: {b: 1}\n", &d) && !diags_errors(d));
	buf_release(&many);
}

static bool too_big(struct str text, const struct yaml_limits *limits, const char *part)
{
	struct diags *d;

	(void)read_as(text, limits, &d);

	const struct diag *g = diags_first(d);

	return diags_errors(d) == 1 && g->id == MSG_yaml_limit && strstr(g->text.p, part);
}

static bool fits(struct str text, const struct yaml_limits *limits)
{
	struct diags *d;

	return read_as(text, limits, &d) && !diags_errors(d);
}

static void test_limits(void)
{
	static const char *const units[] = { "[", "{a: ", "- ", "[{a: " };
	static const struct yaml_limits few = { 1000, 10, 9 };

	CHECK(fits(filled(65536, "a: b #"), &YAML_INTENT));
	CHECK(too_big(filled(65537, "a: b #"), &YAML_INTENT, "65537 bytes"));
	CHECK(fits(filled(1 << 20, "a: b #"), &YAML_WORLD));
	CHECK(too_big(filled((1 << 20) + 1, "a: b #"), &YAML_WORLD, "bytes"));
	CHECK(too_big(filled((2 << 20) + 1, "a: b #"), &YAML_SCHEMA, "bytes"));
	CHECK(fits(filled(16384 + 3, "a: "), &YAML_INTENT));
	CHECK(too_big(filled(16384 + 4, "a: "), &YAML_INTENT, "16385 bytes"));
	CHECK(fits(arena_fmt(arena, "%s: x", filled(500, "k").p), &YAML_INTENT));
	CHECK(too_big(arena_fmt(arena, "%s: x", filled(501, "k").p), &YAML_INTENT, "a key of 501"));
	CHECK(fits(str_of("[a, b, c]"), &few));
	CHECK(too_big(str_of("[a, b, c, d]"), &few, "9 values"));
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		CHECK(too_big(repeated(1 << 20, units[i]), &YAML_WORLD, "deeper than 32"));
	CHECK(fits(str_of("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"),
		   &YAML_INTENT));
	CHECK(too_big(str_of("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"),
		      &YAML_INTENT, "deeper"));
}

/* All that is wrong is told at once, in order of the places. */
static void test_many(void)
{
	struct diags *d;

	CHECK(!read_z("a: &x 1\na: 2\nb: @c\nd:\n\te: f\ng: \"h\" i\nj: 'k\n", &d));
	CHECK(diags_errors(d) == 6);
	CHECK(read_z("a: &x 1\na: 2\non: !t 3\n", &d) && diags_errors(d) == 4);
	(void)read_as(repeated(60000, "a:\n"), &YAML_INTENT, &d);
	CHECK(diags_errors(d) <= 60);
}

static void test_places(void)
{
	struct diags *d;
	const struct node *root = read_z("# caf\xc3\xa9\nspec: {caf\xc3\xa9: \"\xc3\xa9\", b: x}\n"
					 "list:\n- one\n- {k: v}\n",
					 &d);

	if (!CHECK(root && !diags_errors(d)))
		return;

	const struct node *spec = node_at(root, "spec"), *b = node_at(spec, "b");
	const struct node *item = node_at(root, "list")->kids->next;

	CHECK(root->pos.line == 2 && root->pos.col == 1);
	CHECK(spec->pos.line == 2 && spec->pos.col == 7 && spec->key_pos.col == 1);
	CHECK(b->pos.line == 2 && b->pos.col == 24 && b->key_pos.col == 21 && b->plain);
	CHECK(!spec->kids->plain && spec->kids->pos.col == 15);
	CHECK(item->pos.line == 5 && item->pos.col == 3 && item->kids->pos.col == 7);
	CHECK(str_is(item->pos.file->name, "t.yaml"));
}

static void test_scalars(void)
{
	struct diags *d;
	const struct node *root = read_z("a: 1.10\nb: \"q\"\nc:\nd: |\n  x\n   y\ne: >-\n  x\n  y\n"
					 "f: 'it''s'\r\ng: two\n  lines\n",
					 &d);

	if (!CHECK(root && !diags_errors(d)))
		return;
	CHECK(str_is(node_text(root, "a"), "1.10") && node_at(root, "a")->plain);
	CHECK(str_is(node_text(root, "b"), "q") && !node_at(root, "b")->plain);
	CHECK(str_is(node_text(root, "c"), "") && node_at(root, "c")->plain);
	CHECK(str_is(node_text(root, "d"), "x\n y\n") && !node_at(root, "d")->plain);
	CHECK(str_is(node_text(root, "e"), "x y"));
	CHECK(str_is(node_text(root, "f"), "it's"));
	CHECK(str_is(node_text(root, "g"), "two lines"));
}

static bool resolves(const char *text, enum kind kind, bool nulls)
{
	struct diags *d;
	const struct node *root = read_z(arena_fmt(arena, "k: %s\n", text).p, &d);
	const struct node *typed = root ? yaml_resolve(arena, d, root, nulls) : NULL;

	return typed && !diags_errors(d) && node_at(typed, "k")->kind == kind;
}

static void test_resolve(void)
{
	static const char *const texts[] = {
		"a",   "17.2.1",     "10.0.0.1", "10.0.0.0/8", "2Gi",  "-c",    "None",
		"nil", "1.2.3.4:80", "a b",      "$x",         "12ab", "\"1\"", "\"yes\"",
		"'~'", "v1",         "--flag",   ".spec",      "1-2",  "e3",    "2024-01-15x",
		"1e",  "+",          "x:y",      "30s"
	};
	static const char *const odd[] = { "yes",
					   "True",
					   "ON",
					   "n",
					   "012",
					   "08",
					   "1_000",
					   "0x1F",
					   "1e3",
					   "1.5",
					   ".5",
					   "5.",
					   "12:30",
					   "1:2:3",
					   "+1",
					   "-0",
					   "1,000",
					   "0b1",
					   "0o7",
					   ".inf",
					   "-.INF",
					   ".NaN",
					   "00",
					   "2001-12-14",
					   "2001-1-1 10:00:00",
					   "=",
					   "::1",
					   "9223372036854775808",
					   "1.",
					   "1e-3",
					   "190:20:30.5",
					   "-_1",
					   "+__0x1",
					   "0_o2",
					   "93e_-13" };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (!CHECK(resolves(texts[i], NODE_STR, false)))
			(void)printf("# %s\n", texts[i]);
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
		if (!CHECK(yaml_ambiguous(str_of(odd[i])) && !resolves(odd[i], NODE_STR, true) &&
			   !resolves(odd[i], NODE_INT, true)))
			(void)printf("# %s\n", odd[i]);
	CHECK(resolves("true", NODE_BOOL, false) && resolves("false", NODE_BOOL, false));
	CHECK(resolves("0", NODE_INT, false) && resolves("-7", NODE_INT, false));
	CHECK(resolves("9223372036854775807", NODE_INT, false));
	CHECK(resolves("null", NODE_NULL, true) && !resolves("null", NODE_NULL, false));
	CHECK(resolves("~", NODE_NULL, true) && resolves("", NODE_NULL, true));
	CHECK(!resolves("", NODE_STR, false) && !resolves("~", NODE_STR, false));
}

static void test_resolve_words(void)
{
	struct diags *d;
	const struct node *root = read_z("a: {b: 1.5, c: [yes, null]}\nd:\n", &d);

	(void)yaml_resolve(arena, d, root, false);
	CHECK(diags_errors(d) == 4);
	CHECK(finding_is(d, 0, "1:8 yaml-ambiguous", "'1.5' is a number to some YAML readers"));
	CHECK(finding_is(d, 1, "1:17 yaml-ambiguous", "'yes' is a boolean"));
	CHECK(finding_is(d, 2, "1:22 yaml-null", "null"));
	CHECK(finding_is(d, 3, "2:3 yaml-null", "'d' has no value"));
}

/* Older versions have known holes. */
static void test_version(void)
{
	int major, minor, patch;

	yaml_get_version(&major, &minor, &patch);
	CHECK(major > 0 || minor > 2 || (minor == 2 && patch >= 5));
}

int main(void)
{
	arena = arena_new();
	test_version();
	test_bytes();
	test_not_utf8();
	test_nested_keys();
	test_nul();
	test_hidden();
	test_tabs();
	test_syntax();
	test_features();
	test_keys();
	test_twins();
	test_limits();
	test_many();
	test_places();
	test_scalars();
	test_resolve();
	test_resolve_words();
	arena_free(arena);
	return check_done("yaml");
}
