/* SPDX-License-Identifier: Apache-2.0 */
/* test_print.c: the canonical writers and the self-check, which must notice every kind of damage.
 */
#include <stdlib.h>
#include <string.h>

#include "tree/print.h"
#include "tree/print_read.h"
#include "tree/yaml.h"
#include "unit/check.h"

static const struct pos nowhere;

static struct node *str(struct arena *a, const char *text)
{
	return node_str(a, nowhere, str_of(text));
}

/* A map of pairs of texts, ended by NULL. */
static struct node *map_of(struct arena *a, const char *const *pairs)
{
	struct node *map = node_new(a, NODE_MAP, nowhere);
	struct node_list kids = { 0 };

	for (; *pairs; pairs += 2)
		node_put(&kids, str_of(pairs[0]), str(a, pairs[1]));
	map->kids = kids.first;
	return map;
}

static struct node *list_of(struct arena *a, struct node *one, struct node *two)
{
	struct node *list = node_new(a, NODE_LIST, nowhere);
	struct node_list kids = { 0 };

	node_add(&kids, one);
	if (two)
		node_add(&kids, two);
	list->kids = kids.first;
	return list;
}

static struct node *under(struct arena *a, const char *key, struct node *value)
{
	struct node *map = node_new(a, NODE_MAP, nowhere);
	struct node_list kids = { 0 };

	node_put(&kids, str_of(key), value);
	map->kids = kids.first;
	return map;
}

static bool same_pos(struct pos x, struct pos y)
{
	return x.file == y.file && x.line == y.line && x.col == y.col;
}

/* The same values at the same places. */
static bool same(const struct node *x, const struct node *y)
{
	if (!same_pos(x->pos, y->pos) || !same_pos(x->key_pos, y->key_pos) ||
	    !str_eq(x->key, y->key) || !node_eq(x, y))
		return false;
	if (x->kind != NODE_MAP && x->kind != NODE_LIST)
		return true;
	x = x->kids;
	y = y->kids;
	while (x && y && same(x, y)) {
		x = x->next;
		y = y->next;
	}
	return !x && !y;
}

/* Both readers see the same in what was written; null and what is no nest is not for the quick one.
 */
static bool reads_back(struct buf *out, const struct node *n)
{
	struct arena *a = arena_new();
	struct diags *d = diags_new(a);
	struct file file = { .name = str_of("out.yaml"), .text = buf_view(out) };
	const struct node *quick = print_read(a, &file);
	const struct node *full = yaml_read(a, d, &file, &YAML_SCHEMA);
	bool nest = (n->kind == NODE_MAP || n->kind == NODE_LIST) && n->kids;
	bool good = full && !diags_errors(d);

	if (good)
		full = yaml_resolve(a, d, full, true);
	if (good && (quick || nest) && !strstr(buf_z(out), "null"))
		good = quick && same(quick, full) && node_eq(quick, n);
	arena_free(a);
	return good;
}

static bool yaml_is(const struct node *n, const char *want)
{
	struct buf out = { 0 };
	struct err err = { 0 };

	print_yaml(&out, n);

	bool good = str_is(buf_view(&out), want) && print_check(buf_view(&out), n, &err) == 0 &&
		    print_check_quick(buf_view(&out), n, &err) == 0 && reads_back(&out, n);

	if (!good)
		(void)printf("# %s got:\n%s", err.text, buf_z(&out));
	buf_release(&out);
	return good;
}

static void test_shapes(struct arena *a)
{
	static const char *const unsorted[] = {
		"kind", "Pod", "b", "2x", "apiVersion", "v1", NULL
	};
	static const char *const pair[] = { "name", "x", "value", "y", NULL };

	CHECK(yaml_is(map_of(a, unsorted), "apiVersion: v1\nb: \"2x\"\nkind: Pod\n"));
	CHECK(yaml_is(node_new(a, NODE_MAP, nowhere), "{}\n"));
	CHECK(yaml_is(node_new(a, NODE_LIST, nowhere), "[]\n"));
	CHECK(yaml_is(under(a, "a", node_new(a, NODE_MAP, nowhere)), "a: {}\n"));
	CHECK(yaml_is(under(a, "", str(a, "")), "\"\": \"\"\n"));
	CHECK(yaml_is(under(a, "a", node_new(a, NODE_LIST, nowhere)), "a: []\n"));
	CHECK(yaml_is(under(a, "env", list_of(a, map_of(a, pair), map_of(a, pair))),
		      "env:\n- name: x\n  value: \"y\"\n- name: x\n  value: \"y\"\n"));
	CHECK(yaml_is(list_of(a, list_of(a, str(a, "x"), str(a, "z")), map_of(a, pair)),
		      "- - x\n  - z\n- name: x\n  value: \"y\"\n"));
	CHECK(yaml_is(list_of(a, under(a, "a", under(a, "b", list_of(a, str(a, "c"), NULL))), NULL),
		      "- a:\n    b:\n    - c\n"));
	CHECK(yaml_is(node_int(a, nowhere, -5), "-5\n"));
	CHECK(yaml_is(node_bool(a, nowhere, true), "true\n"));
	CHECK(yaml_is(under(a, "num", node_new(a, NODE_NULL, nowhere)), "num: null\n"));
	CHECK(yaml_is(under(a, "num", node_int(a, nowhere, 9007199254740991)),
		      "num: 9007199254740991\n"));
	CHECK(yaml_is(str(a, "x"), "x\n"));
	CHECK(yaml_is(str(a, "x\ny\n"), "\"x\\ny\\n\"\n"));
}

/* More keys than fit the sorter's small array, in reverse. */
static void test_many_keys(struct arena *a)
{
	struct node *map = node_new(a, NODE_MAP, nowhere);
	struct node_list kids = { 0 };
	struct buf out = { 0 }, want = { 0 };

	for (int i = 999; i >= 100; i--)
		node_put(&kids, arena_fmt(a, "k%d", i), node_int(a, nowhere, i));
	map->kids = kids.first;
	for (int i = 100; i <= 999; i++)
		buf_fmt(&want, "k%d: %d\n", i, i);
	print_yaml(&out, map);
	CHECK(str_eq(buf_view(&out), buf_view(&want)));
	CHECK(print_check(buf_view(&out), map, &(struct err){ 0 }) == 0);
	buf_release(&out);
	buf_release(&want);
}

static void test_plain(void)
{
	static const char *const plain[] = { "a",      "/etc/x", "team-orders",
					     "a:b",    "x=1,2",  "quay.io/a/b:v1@sha256",
					     "truely", "nope",   "A",
					     "e3" };
	static const char *const quoted[] = {
		"",     "y",    "N",     "yes", "No",   "oN",         "OFF",      "true", "False",
		"null", "None", "nil",   "~",   "1",    "012",        "0x1F",     "1e3",  ".5",
		"-1",   "+1",   "12:30", "=",   "<<",   "a:",         "a b",      "#a",   "a#",
		"*a",   "&a",   "!a",    "%a",  "@a",   "`a",         "-",        "- a",  "?",
		":x",   "[a",   "{a",    "a'",  "a\tb", "2001-12-14", "\xc3\xa9", " a",   "a ",
		"a\nb", "Nil",  "NULL",  "0",   "_a",
	};

	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		if (!CHECK(print_is_plain(str_of(plain[i]))))
			(void)printf("# %s\n", plain[i]);
	for (size_t i = 0; i < sizeof(quoted) / sizeof(quoted[0]); i++)
		if (!CHECK(!print_is_plain(str_of(quoted[i]))))
			(void)printf("# %s\n", quoted[i]);
}

static bool value_is(struct arena *a, const char *text, const char *want)
{
	return yaml_is(under(a, "k", str(a, text)), arena_fmt(a, "k: %s\n", want).p);
}

static void test_escapes(struct arena *a)
{
	CHECK(value_is(a, "a\"b\\c/d", "\"a\\\"b\\\\c/d\""));
	CHECK(value_is(a, "a\x01\x1b\x7f", "\"a\\u0001\\u001b\\u007f\""));
	CHECK(value_is(a, "\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\""));
	CHECK(value_is(a, "caf\xc3\xa9 \xf0\x9f\x90\x98", "\"caf\xc3\xa9 \xf0\x9f\x90\x98\""));
	CHECK(value_is(a, "\xc2\x85\xe2\x80\xa8\xe2\x80\xa9\xef\xbb\xbf\xef\xbf\xbe",
		       "\"\\u0085\\u2028\\u2029\\ufeff\\ufffe\""));
	CHECK(value_is(a, "\xe2\x80\xae\xe2\x80\x8b", "\"\\u202e\\u200b\""));
}

static void test_blocks(struct arena *a)
{
	static const char *const nested[] = { "x", "a\n\n  b\n", NULL };

	CHECK(value_is(a, "a\nb\n", "|\n  a\n  b"));
	CHECK(value_is(a, "a\n\n  b\n", "|\n  a\n\n    b"));
	CHECK(value_is(a, "# a: b\n--- x\tz\n", "|\n  # a: b\n  --- x\tz"));
	CHECK(yaml_is(list_of(a, map_of(a, nested), str(a, "p\nq\n")),
		      "- x: |\n    a\n\n      b\n- |\n  p\n  q\n"));
	CHECK(value_is(a, "a\nb", "\"a\\nb\""));
	CHECK(value_is(a, "a\n\n", "\"a\\n\\n\""));
	CHECK(value_is(a, "\n", "\"\\n\""));
	CHECK(value_is(a, "\na\n", "\"\\na\\n\""));
	CHECK(value_is(a, " a\nb\n", "\" a\\nb\\n\""));
	CHECK(value_is(a, "a \nb\n", "\"a \\nb\\n\""));
	CHECK(value_is(a, "a\t\nb\n", "\"a\\t\\nb\\n\""));
	CHECK(value_is(a, "a\n\tb\n", "\"a\\n\\tb\\n\""));
	CHECK(value_is(a, "a\r\nb\n", "\"a\\r\\nb\\n\""));
	CHECK(value_is(a, "a\n \nb\n", "\"a\\n \\nb\\n\""));
	CHECK(value_is(a, "a\x1b\nb\n", "\"a\\u001b\\nb\\n\""));
}

/* print_check refuses text as the written form of n, and says part. */
static bool refuses(const struct node *n, const char *text, const char *part)
{
	struct err err = { 0 };
	int rc = print_check(str_of(text), n, &err);

	if (!CHECK(print_check_quick(str_of(text), n, &(struct err){ 0 }) == -1))
		(void)printf("# quick: %s\n", text);

	if (rc == 0 || !strstr(err.text, part))
		(void)printf("# %s: %s\n", text, err.text);
	return rc == -1 && strstr(err.text, part);
}

static void test_check(struct arena *a)
{
	static const char *const one[] = { "a", "x", "b", "y", NULL };
	static const char *const same[] = { "a", "x", "a", "x", NULL };
	const struct node *map = map_of(a, one);

	CHECK(refuses(map, "a: x\nb: \"z\"\n", "b: another text"));
	CHECK(refuses(map, "a: x\nb: y\n", "b: text is written without quotes"));
	CHECK(refuses(map, "a: x\n", "another structure"));
	CHECK(refuses(map, "a: x\nb: \"y\"\nc: z\n", "root: another structure"));
	CHECK(refuses(map, "b: \"y\"\na: x\n", "a: another text"));
	CHECK(refuses(map, "a: [x]\nb: \"y\"\n", "a: another structure"));
	CHECK(refuses(map, "a: &k x\nb: \"y\"\n", "anchor"));
	CHECK(refuses(map, "a: !k x\nb: \"y\"\n", "tag"));
	CHECK(refuses(map, "---\na: x\nb: \"y\"\n", "marker"));
	CHECK(refuses(map, "a: x\nb: \"y\"\n---\n", "another structure"));
	CHECK(refuses(map, "a: x\nb: \"y\n", "end of stream"));
	CHECK(refuses(map, "", "root"));
	CHECK(refuses(map_of(a, same), "a: x\na: x\n", "a: the key is there twice"));
	CHECK(refuses(under(a, "num", node_int(a, nowhere, 5)), "num: \"5\"\n", "num: a string"));
	CHECK(refuses(under(a, "num", node_bool(a, nowhere, true)), "num: \"true\"\n",
		      "num: a string"));
	CHECK(refuses(under(a, "num", node_int(a, nowhere, 9007199254740992)),
		      "num: 9007199254740992\n", "beyond"));
}

/* Good YAML or not: what has another form than print_yaml writes is not read. */
static void test_read(struct arena *a)
{
	static const char *const others[] = {
		"",
		"\n",
		"a",
		"a: x",
		"a:  x\n",
		"a: x \n",
		"a: x\n\n",
		"\na: x\n",
		"# a\na: x\n",
		"a: x # y\n",
		"b: x\na: x\n",
		"a: x\na: x\n",
		"a: yes\n",
		"a: 'x'\n",
		"a: \"\\ux\"\n",
		"a: \"\\u00\n",
		"a: \"\\",
		"a: \"x\n",
		"a: \"1\" \n",
		"a: 007\n",
		"a: +1\n",
		"a: -0\n",
		"a: 99999999999999999999\n",
		"a: 9007199254740993\n",
		"a: null\n",
		"a: ~\n",
		"a:\n",
		"a:\nb: \"1\"\n",
		"a: |\n  x\n y\n",
		"a: |\n",
		"a: |\n  x",
		"a: |\n  x\n\n",
		"a: |-\n  x\n",
		"a: [x]\n",
		"a: {b: x}\n",
		"a: &x y\n",
		"a: !x y\n",
		"a: *x\n",
		"---\na: x\n",
		"a: x\n---\n",
		"a: x\n...\n",
		"a:\n  - x\n",
		"a:\n   b: x\n",
		"a:\n b: x\n",
		"a:\n- x\n - y\n",
		"a:\n- x\n  b: y\n",
		"- a: x\n   b: y\n",
		"- \n",
		"-\n",
		"- - - -\n",
		"a: x\r\n",
		"a: \xff\n",
		"\xef\xbb\xbf"
		"a: x\n",
	};

	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		const struct file file = { .name = str_of("x"), .text = str_of(others[i]) };

		if (!CHECK(!print_read(a, &file)))
			(void)printf("# read: %s\n", others[i]);
	}
}

/* Nesting deeper than any reader takes ends with an answer. */
static void test_read_deep(struct arena *a)
{
	struct buf text = { 0 };

	for (size_t i = 0; i < 100000; i++)
		buf_text(&text, "- ");
	buf_text(&text, "x\n");

	const struct file file = { .name = str_of("x"), .text = buf_view(&text) };

	CHECK(!print_read(a, &file));
	buf_release(&text);
}

/* What cannot be written comes out as U+FFFD, which the check then sees. */
static void test_bad_text(struct arena *a)
{
	static const char *const bad[] = { "\xff", "a\xc3", "\xed\xa0\x80", "\xc0\x80", "x\xf5y" };
	struct err err = { 0 };
	struct buf out = { 0 };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const struct node *n = under(a, "k", str(a, bad[i]));

		out.n = 0;
		print_yaml(&out, n);
		CHECK(print_check(buf_view(&out), n, &err) == -1 && strstr(err.text, "k: "));
		CHECK(print_check_quick(buf_view(&out), n, &err) == -1 && strstr(err.text, "k: "));
		CHECK(print_json(&out, n, &(struct err){ 0 }) == -1);
	}

	const struct node *nul = under(a, "k", node_str(a, nowhere, (struct str){ "a\0b", 3 }));

	out.n = 0;
	print_yaml(&out, nul);
	CHECK(print_check(buf_view(&out), nul, &err) == -1 && strstr(err.text, "NUL"));
	CHECK(print_check_quick(buf_view(&out), nul, &err) == -1);
	CHECK(print_json(&out, nul, &(struct err){ 0 }) == -1);
	buf_release(&out);
}

/* A key that libyaml cannot read back. */
static void test_long_key(struct arena *a)
{
	struct buf key = { 0 }, out = { 0 };
	struct err err = { 0 };

	buf_pad(&key, 1100);

	const struct node *n = under(a, buf_z(&key), str(a, "x"));

	print_yaml(&out, n);
	CHECK(print_check(buf_view(&out), n, &err) == -1);
	CHECK(print_check_quick(buf_view(&out), n, &err) == -1);
	buf_release(&key);
	buf_release(&out);
}

static bool json_is(const struct node *n, const char *want)
{
	struct buf out = { 0 };
	struct err err = { 0 };
	bool good = print_json(&out, n, &err) == 0 && str_is(buf_view(&out), want);

	if (!good)
		(void)printf("# got %s\n", buf_z(&out));
	buf_release(&out);
	return good;
}

static void test_json(struct arena *a)
{
	static const char *const pairs[] = { "b", "x/\"\\\n\x01", "a", "\xf0\x9f\x90\x98", NULL };
	struct buf out = { 0 };

	CHECK(json_is(map_of(a, pairs),
		      "{\"a\":\"\xf0\x9f\x90\x98\",\"b\":\"x/\\\"\\\\\\n\\u0001\"}"));
	CHECK(json_is(list_of(a, node_int(a, nowhere, -1), node_bool(a, nowhere, false)),
		      "[-1,false]"));
	CHECK(json_is(node_new(a, NODE_MAP, nowhere), "{}"));
	CHECK(json_is(list_of(a, node_new(a, NODE_LIST, nowhere), node_new(a, NODE_NULL, nowhere)),
		      "[[],null]"));
	CHECK(print_json(&out, node_int(a, nowhere, -9007199254740992), &(struct err){ 0 }) == -1);
	buf_release(&out);
}

static void test_inline(struct arena *a)
{
	static const char *const pairs[] = { "b", "x", "a", "\x1b[31m", NULL };
	struct buf longer = { 0 };

	CHECK(str_is(print_text_inline(a, str_of("::error::\r\x1b\n\xff\xe2\x80\xae")),
		     "::error::\\r\\x1b\\n\\xff\\u202e"));
	CHECK(str_is(print_node_inline(a, map_of(a, pairs)), "{a: \\x1b[31m, b: x}"));
	CHECK(str_is(print_node_inline(a, node_int(a, nowhere, 17)), "17"));
	for (int i = 0; i < 100; i++)
		buf_text(&longer, "\xc3\xa9");

	struct str cut = print_text_inline(a, buf_view(&longer));

	CHECK(cut.n <= 60 && cut.n >= 55 && str_ends(cut, "\xc3\xa9..."));
	cut = print_text_inline(a, str_cut(buf_view(&longer), 0, 60));
	CHECK(cut.n == 60 && str_ends(cut, "\xc3\xa9"));
	buf_release(&longer);
}

int main(void)
{
	struct arena *a = arena_new();

	test_shapes(a);
	test_many_keys(a);
	test_plain();
	test_escapes(a);
	test_blocks(a);
	test_check(a);
	test_read(a);
	test_read_deep(a);
	test_bad_text(a);
	test_long_key(a);
	test_json(a);
	test_inline(a);
	arena_free(a);
	return check_done("print");
}
