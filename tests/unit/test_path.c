/* SPDX-License-Identifier: Apache-2.0 */
/* test_path.c: the field-path grammar: wrong paths, then finding and printing. */
#include <string.h>

#include "tree/path.h"
#include "tree/yaml.h"
#include "unit/check.h"

static const char text[] = "spec:\n"
			   "  env:\n"
			   "  - name: SCOPE\n"
			   "    value: a\n"
			   "  - name: PORT\n"
			   "    value: b\n"
			   "  twins:\n"
			   "  - name: x\n"
			   "  - name: x\n"
			   "  labels:\n"
			   "    app.kubernetes.io/name: postgres\n"
			   "    \"17\": old\n"
			   "  list: [one, two]\n"
			   "  odd:\n"
			   "  - name: \"a]b \\\"c\\\"\"\n";

static const struct node *read_text(struct arena *a)
{
	struct file *file = NEW(a, struct file);

	*file = (struct file){ .name = str_of("t.yaml"), .text = str_of(text) };
	return yaml_read(a, diags_new(a), file, &YAML_INTENT);
}

static bool fails(struct arena *a, const char *path, const char *part)
{
	struct path p;
	const char *why = path_parse(a, str_of(path), &p);

	if (why && !strstr(why, part))
		(void)printf("# %s: %s\n", path, why);
	return why && strstr(why, part);
}

static void test_wrong(struct arena *a)
{
	CHECK(fails(a, ".a", "key is missing at '.a'"));
	CHECK(fails(a, "a.", "key is missing at its end"));
	CHECK(fails(a, "a..b", "key is missing"));
	CHECK(fails(a, "a.0.b", "an item of a list [0] at '0.b'"));
	CHECK(fails(a, "a b", "'.' or '['"));
	CHECK(fails(a, "a/b", "'.' or '['"));
	CHECK(fails(a, "17", "[\"key\"]"));
	CHECK(fails(a, "a.-b", "[\"key\"]"));
	CHECK(fails(a, "a[", "key is missing"));
	CHECK(fails(a, "a[]", "key is missing"));
	CHECK(fails(a, "a[1", "']' is missing"));
	CHECK(fails(a, "a[01]", "index"));
	CHECK(fails(a, "a[-1]", "[\"key\"]"));
	CHECK(fails(a, "a[99999999999999999999]", "index"));
	CHECK(fails(a, "a[name]", "'='"));
	CHECK(fails(a, "a[name=]", "value is missing"));
	CHECK(fails(a, "a[name=x", "']' is missing"));
	CHECK(fails(a, "a[\"x]", "closing '\"'"));
	CHECK(fails(a, "a[\"x\\q\"]", "backslash"));
	CHECK(fails(a, "a[\"x\\x0\"]", "backslash"));
	CHECK(fails(a, "a[\"\\x00\"]", "backslash"));
	CHECK(fails(a, "a[0]b", "'.' or '['"));
	CHECK(fails(a, "a\x1b[2J", "at '\\x1b"));
}

static void test_deep(struct arena *a)
{
	struct buf out = { 0 };

	for (int i = 0; i < 65; i++)
		buf_text(&out, i ? ".a" : "a");
	CHECK(fails(a, buf_z(&out), "64 steps"));
	buf_release(&out);
}

static const struct node *find(struct arena *a, const struct node *root, const char *path)
{
	struct path p;

	return path_parse(a, str_of(path), &p) ? NULL : path_find(root, &p);
}

static bool finds(struct arena *a, const struct node *root, const char *path, const char *value)
{
	const struct node *n = find(a, root, path);

	return n && n->kind == NODE_STR && str_is(n->text, value);
}

static void test_find(struct arena *a, const struct node *root)
{
	struct path p;
	size_t depth = 9;

	CHECK(find(a, root, "") == root);
	CHECK(finds(a, root, "spec.env[name=SCOPE].value", "a"));
	CHECK(finds(a, root, "spec.env[\"name\"=\"PORT\"].value", "b"));
	CHECK(finds(a, root, "spec.env[1].value", "b"));
	CHECK(finds(a, root, "spec[\"env\"][0].value", "a"));
	CHECK(finds(a, root, "spec.labels[\"app.kubernetes.io/name\"]", "postgres"));
	CHECK(finds(a, root, "spec.labels[\"17\"]", "old"));
	CHECK(finds(a, root, "spec.list[1]", "two"));
	CHECK(find(a, root, "spec.list[2]") == NULL);
	CHECK(find(a, root, "spec.env[name=NONE]") == NULL);
	CHECK(find(a, root, "spec.env.name") == NULL);
	CHECK(find(a, root, "spec.list[name=one]") == NULL);
	CHECK(find(a, root, "spec.labels[0]") == NULL);
	CHECK(path_parse(a, str_of("spec.env[name=NONE].value"), &p) == NULL);
	CHECK(path_follow(root, &p, &depth) == NULL && depth == 2);
}

/* The path leads to a node whose own path is want. */
static bool prints(struct arena *a, const struct node *root, const char *path, const char *want)
{
	const struct node *n = find(a, root, path);
	struct str got = n ? path_of(a, root, n) : str_of("nothing");

	if (!str_is(got, want))
		(void)printf("# %s: got %s\n", path, got.p);
	return str_is(got, want);
}

static void test_print(struct arena *a, const struct node *root)
{
	struct node *other = node_str(a, (struct pos){ 0 }, str_of("x"));

	CHECK(prints(a, root, "", ""));
	CHECK(prints(a, root, "spec.env[1].value", "spec.env[name=PORT].value"));
	CHECK(prints(a, root, "spec.twins[1].name", "spec.twins[1].name"));
	CHECK(prints(a, root, "spec.list[0]", "spec.list[0]"));
	CHECK(prints(a, root, "spec.labels[\"17\"]", "spec.labels[\"17\"]"));
	CHECK(prints(a, root, "spec.odd[0]", "spec.odd[name=\"a]b \\\"c\\\"\"]"));
	CHECK(prints(a, root, "spec.odd[name=\"a]b \\\"c\\\"\"]",
		     "spec.odd[name=\"a]b \\\"c\\\"\"]"));
	CHECK(path_of(a, root, other).p == NULL);
}

/* path_print gives want, which parses to the same steps. */
static bool canonical(struct arena *a, const char *path, const char *want)
{
	struct path p, again;
	struct buf out = { 0 };

	if (path_parse(a, str_of(path), &p))
		return false;
	path_print(&out, &p);

	bool good = str_is(buf_view(&out), want) && !path_parse(a, buf_view(&out), &again) &&
		    path_eq(&p, &again);

	buf_release(&out);
	return good;
}

static void test_canonical(struct arena *a)
{
	struct path p, below;

	CHECK(path_parse(a, (struct str){ "a[\"\0\"]", 6 }, &p) != NULL);

	CHECK(canonical(a, "", ""));
	CHECK(canonical(a, "[\"a\"][\"b.c\"].d[3]", "a[\"b.c\"].d[3]"));
	CHECK(canonical(a, "[\"x\\x01\\\\\"]", "[\"x\\x01\\\\\"]"));
	CHECK(canonical(a, "[0][\"a\"]", "[0].a"));
	CHECK(canonical(a, "a[\"b c\"=\"d e\"]", "a[\"b c\"=\"d e\"]"));
	CHECK(path_parse(a, str_of("a.b"), &p) == NULL);
	CHECK(path_parse(a, str_of("a.b[2].c"), &below) == NULL);
	CHECK(path_covers(&p, &below));
	CHECK(!path_covers(&below, &p));
	CHECK(!path_eq(&p, &below));
}

int main(void)
{
	struct arena *a = arena_new();
	const struct node *root = read_text(a);

	test_wrong(a);
	test_deep(a);
	if (CHECK(root)) {
		test_find(a, root);
		test_print(a, root);
	}
	test_canonical(a);
	arena_free(a);
	return check_done("path");
}
