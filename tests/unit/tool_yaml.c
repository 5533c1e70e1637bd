/* SPDX-License-Identifier: Apache-2.0 */
/* tool_yaml.c: the reader and writer as filters, for property tests and measurements.
 *
 *   tool_yaml list          NUL-terminated texts from stdin -> a YAML list of them
 *   tool_yaml map           the same -> a YAML map from each text to itself
 *   tool_yaml plain         for each of the texts, what it is to the reader when it stands without
 *                           quotes: a letter as value and one as key (s: this very string,
 *                           i: integer, b: boolean, n: null, o: another string, x: refused)
 *   tool_yaml read FILE     findings of FILE, then its typed tree in canonical YAML
 *   tool_yaml json FILE     its typed tree as JSON
 *   tool_yaml time FILE N   reads, prints and checks FILE N times: MB/s of each
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "tree/print.h"
#include "tree/print_read.h"
#include "tree/yaml.h"

enum { CHUNK = 1 << 16 };

static int slurp(FILE *f, struct buf *b)
{
	size_t n;

	do {
		n = fread(buf_room(b, CHUNK), 1, CHUNK, f);
		b->n += n;
	} while (n);
	return ferror(f) ? -1 : 0;
}

static int fail(const char *what)
{
	(void)fprintf(stderr, "tool_yaml: %s\n", what);
	return 1;
}

/* The reader of the canonical form gives n back. */
static int check_read(struct str text, const struct node *n, struct err *err)
{
	struct arena *a = arena_new();
	const struct file file = { .name = str_of("out.yaml"), .text = text };
	const struct node *again = print_read(a, &file);
	int rc = again && node_eq(again, n) ? 0 : err_set(err, "print_read reads something else");

	arena_free(a);
	return rc;
}

/* Writes the document of n to stdout after its self-check. */
static int put_checked(const struct node *n)
{
	struct buf out = { 0 };
	struct err err = { 0 };

	print_yaml(&out, n);

	int rc = print_check(buf_view(&out), n, &err);

	if (rc == 0 && n->kids)
		rc = check_read(buf_view(&out), n, &err);

	if (rc < 0)
		(void)fail(err.text);
	else
		(void)fwrite(out.p, 1, out.n, stdout);
	buf_release(&out);
	return rc < 0;
}

static int tokens(struct arena *a, bool map)
{
	struct node *root = node_new(a, map ? NODE_MAP : NODE_LIST, (struct pos){ 0 });
	struct node_list kids = { 0 };
	struct buf in = { 0 };

	if (slurp(stdin, &in) < 0)
		return fail("cannot read stdin");
	for (struct str rest = buf_view(&in); rest.n;) {
		size_t end = str_find(rest, 0);
		struct str text = arena_str(a, str_cut(rest, 0, end));

		node_put(&kids, text, node_str(a, (struct pos){ 0 }, text));
		rest = str_cut(rest, end + 1, rest.n);
	}
	root->kids = kids.first;
	buf_release(&in);
	return put_checked(root);
}

/* The letter for the only child of root's text as a value (in a list) or as a key. */
static char judged(const struct node *root, struct str text, bool key)
{
	static const char letters[] = "nbis";
	const struct node *kid = root && root->kind >= NODE_LIST ? root->kids : NULL;

	if (!kid || kid->next || kid->kind > NODE_STR)
		return kid ? 'o' : 'x';
	if (key)
		return str_eq(kid->key, text) ? 's' : 'o';

	int64_t num = 0;

	if (kid->kind == NODE_STR && !str_eq(kid->text, text))
		return 'o';
	if (kid->kind == NODE_INT && (!str_int(text, &num) || num != kid->num))
		return 'o';
	return letters[kid->kind];
}

/* Reads text without quotes as the one value or key of a document. */
static char judge(struct arena *a, struct str text, bool key)
{
	struct diags *d = diags_new(a);
	struct file file = { str_of("plain.yaml"),
			     arena_fmt(a, key ? "%s: value\n" : "- %s\n", text.p), NULL };
	const struct node *root = yaml_read(a, d, &file, &YAML_INTENT);

	if (root)
		root = yaml_resolve(a, d, root, true);
	return diags_errors(d) ? 'x' : judged(root, text, key);
}

static int plain(struct arena *a)
{
	struct buf in = { 0 };

	if (slurp(stdin, &in) < 0)
		return fail("cannot read stdin");
	for (struct str rest = buf_view(&in); rest.n; arena_reset(a)) {
		size_t end = str_find(rest, 0);
		struct str text = arena_str(a, str_cut(rest, 0, end));

		(void)printf("%c%c\n", judge(a, text, false), judge(a, text, true));
		rest = str_cut(rest, end + 1, rest.n);
	}
	buf_release(&in);
	return 0;
}

static const struct node *read_file(struct arena *a, const char *name, struct file *file,
				    struct diags *d)
{
	struct buf in = { 0 };
	FILE *f = fopen(name, "rb");

	if (!f || slurp(f, &in) < 0)
		exit(fail("cannot read the file"));
	(void)fclose(f);
	*file = (struct file){ .name = str_of(name), .text = arena_str(a, buf_view(&in)) };
	buf_release(&in);

	const struct node *root = yaml_read(a, d, file, &YAML_SCHEMA);

	return root ? yaml_resolve(a, d, root, true) : NULL;
}

static int show(struct arena *a, const char *name, bool json)
{
	struct diags *d = diags_new(a);
	struct file file;
	const struct node *root = read_file(a, name, &file, d);
	struct buf out = { 0 };
	struct err err = { 0 };

	diags_print(d, &out, DIAG_TEXT, false);
	if (diags_errors(d)) {
		(void)fwrite(out.p, 1, out.n, stdout);
		buf_release(&out);
		return 1;
	}
	if (!json)
		return put_checked(root);
	if (print_json(&out, root, &err) < 0)
		return fail(err.text);
	buf_char(&out, '\n');
	(void)fwrite(out.p, 1, out.n, stdout);
	buf_release(&out);
	return 0;
}

static double seconds(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void rate(const char *what, double from, size_t bytes, long times)
{
	double took = seconds() - from;

	(void)printf("%-6s %8.1f MB/s\n", what, (double)bytes * (double)times / 1e6 / took);
}

static int measure(struct arena *a, const char *name, long times)
{
	struct diags *d = diags_new(a);
	struct file file;
	const struct node *root = read_file(a, name, &file, d);
	struct arena *scratch = arena_new();
	struct buf out = { 0 };
	struct err err = { 0 };

	if (!root || diags_errors(d))
		return fail("the file has errors");

	double from = seconds();

	for (long i = 0; i < times; i++, arena_reset(scratch))
		(void)yaml_read(scratch, diags_new(scratch), &file, &YAML_SCHEMA);
	rate("read", from, file.text.n, times);
	from = seconds();
	for (long i = 0; i < times; i++) {
		out.n = 0;
		print_yaml(&out, root);
	}
	rate("print", from, out.n, times);
	from = seconds();
	for (long i = 0; i < times; i++)
		if (print_check(buf_view(&out), root, &err) < 0)
			return fail(err.text);
	rate("check", from, out.n, times);
	from = seconds();
	for (long i = 0; i < times; i++)
		if (print_check_quick(buf_view(&out), root, &err) < 0)
			return fail(err.text);
	rate("quick", from, out.n, times);

	const struct file written = { .name = str_of("out.yaml"), .text = buf_view(&out) };

	from = seconds();
	for (long i = 0; i < times; i++, arena_reset(scratch))
		(void)print_read(scratch, &written);
	rate("reread", from, out.n, times);
	out.n = 0;
	from = seconds();
	for (long i = 0; i < times; i++) {
		out.n = 0;
		(void)print_json(&out, root, &err);
	}
	rate("json", from, out.n, times);
	buf_release(&out);
	arena_free(scratch);
	return 0;
}

int main(int argc, char **argv)
{
	struct arena *a = arena_new();
	struct str mode = str_of(argc > 1 ? argv[1] : "");
	int rc = 2;

	if (str_is(mode, "list") || str_is(mode, "map"))
		rc = tokens(a, str_is(mode, "map"));
	else if (str_is(mode, "plain"))
		rc = plain(a);
	else if (argc > 2 && (str_is(mode, "read") || str_is(mode, "json")))
		rc = show(a, argv[2], str_is(mode, "json"));
	else if (argc > 3 && str_is(mode, "time"))
		rc = measure(a, argv[2], strtol(argv[3], NULL, 10));
	arena_free(a);
	return rc;
}
