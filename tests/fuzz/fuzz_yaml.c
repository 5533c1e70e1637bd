/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_yaml.c: any bytes are read or refused; what is read prints, checks, and reads back the same.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tree/path.h"
#include "tree/print.h"
#include "tree/print_read.h"
#include "tree/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void broken(const char *what, struct str text)
{
	(void)fprintf(stderr, "fuzz_yaml: %s:\n%.*s\n", what, (int)text.n, text.p);
	abort();
}

/* The typed tree, or NULL when there are findings; these must be printable. */
static const struct node *read_typed(struct arena *a, const struct file *file)
{
	struct diags *d = diags_new(a);
	struct buf out = { 0 };
	const struct node *root = yaml_read(a, d, file, &YAML_WORLD);

	if (!root && !diags_errors(d))
		broken("refused without a finding", file->text);
	if (root)
		root = yaml_resolve(a, d, root, true);
	diags_print(d, &out, DIAG_JSON, false);
	buf_release(&out);
	return diags_errors(d) ? NULL : root;
}

/* Every node is found again by its path. */
static void check_paths(struct arena *a, const struct node *root, const struct node *n)
{
	struct str text = path_of(a, root, n);
	struct path path;

	if (path_parse(a, text, &path))
		broken("the path is not read back", text);
	if (path_find(root, &path) != n)
		broken("the path leads elsewhere", text);
}

/* A text that the quick check takes for root, libyaml must read as root: the written form with one
 * byte changed, dropped or doubled, at places that data decides. */
static void damage(struct arena *a, const struct node *root, struct str good, struct str data)
{
	struct err quick = { 0 }, full = { 0 };
	size_t at = str_hash(data) % good.n;
	char *bad = arena_alloc(a, good.n + 2, 1);
	size_t n = good.n;

	memcpy(bad, good.p, n);
	switch (data.n % 4) {
	case 0:
		bad[at] = data.p[data.n / 2];
		break;
	case 1:
		memmove(bad + at, bad + at + 1, n-- - at - 1);
		break;
	case 2:
		memmove(bad + at + 1, bad + at, n++ - at);
		break;
	default:
		bad[at] = " \n\"'-:#{[|\\\t0"[str_hash(good) % 13];
		break;
	}
	if (print_check_quick((struct str){ bad, n }, root, &quick) == 0 &&
	    print_check((struct str){ bad, n }, root, &full) < 0)
		broken(full.text, (struct str){ bad, n });
}

/* What the reader of the canonical form takes, the reader of all YAML reads as the same. */
static void check_quick(struct arena *a, const struct file *file, const struct node *root)
{
	const struct node *quick = print_read(a, file);

	if (quick && (!root || !node_eq(root, quick)))
		broken("read quickly it is something else", file->text);
}

static void round_trip(struct arena *a, const struct node *root, struct str data)
{
	struct buf out = { 0 };
	struct err err = { 0 };

	print_yaml(&out, root);
	if (print_check(buf_view(&out), root, &err) < 0 && !strstr(err.text, "beyond +-"))
		broken(err.text, buf_view(&out));
	if (err.set) {
		buf_release(&out);
		return;
	}
	if (print_check_quick(buf_view(&out), root, &err) < 0)
		broken(err.text, buf_view(&out));
	damage(a, root, buf_view(&out), data);

	struct file again = { .name = str_of("again.yaml"), .text = arena_str(a, buf_view(&out)) };
	const struct node *back = read_typed(a, &again);

	if (!back || !node_eq(root, back))
		broken("does not read back the same", again.text);
	check_quick(a, &again, root);
	out.n = 0;
	if (print_json(&out, root, &err) < 0)
		broken(err.text, again.text);
	buf_release(&out);
	(void)print_node_inline(a, root);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	struct file file = { .name = str_of("fuzz.yaml"),
			     .text = arena_copy(a, (const char *)data, size) };
	const struct node *root = read_typed(a, &file);

	check_quick(a, &file, root);
	if (root) {
		round_trip(a, root, file.text);
		if (root->kind == NODE_MAP || root->kind == NODE_LIST)
			node_each(kid, root) check_paths(a, root, kid);
	}
	arena_free(a);
	return 0;
}
