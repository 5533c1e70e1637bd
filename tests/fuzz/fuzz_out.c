/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_out.c: any bytes as lock, index, tree object or path: refused, or read to the same values
 * again after they were written. The sum of a record is put right first, else nothing would get
 * past it. */
#include <stdio.h>
#include <stdlib.h>

#include "git/tree.h"
#include "out/index.h"
#include "out/lock.h"
#include "out/path.h"
#include "out/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void broken(const char *what)
{
	(void)fprintf(stderr, "fuzz_out: %s\n", what);
	abort();
}

static void a_lock(struct arena *a, struct str text)
{
	struct lock one, two;
	struct err err = { 0 };
	struct buf b = { 0 };

	if (lock_read(a, a, text, &one, &err) == 0 && one.exports.n == 0) {
		lock_print(&one, &b);
		if (lock_read(a, a, buf_view(&b), &two, &err) || two.n != one.n ||
		    !str_eq(one.owner, two.owner) || !digest_eq(&one.input, &two.input))
			broken("a lock does not come back");
	} else if (err.set == ERR_NONE && one.owner.n == 0)
		broken("a lock without an owner");
	buf_release(&b);
}

static void indexes(struct arena *a, struct str text)
{
	struct index_group group, group_back;
	struct index_environment environment, environment_back;
	struct index_root root, root_back;
	struct err err = { 0 };
	struct buf b = { 0 };

	if (index_group_read(a, text, &group, &err) == 0) {
		for (size_t i = 0; i < group.n; i++)
			group.units[i].exports.n = 0;
		index_group_print(&group, &b);
		if (index_group_read(a, buf_view(&b), &group_back, &err) || group_back.n != group.n)
			broken("a group's index does not come back");
	}
	b.n = 0;
	if (index_environment_read(a, text, &environment, &err) == 0) {
		index_environment_print(&environment, &b);
		if (index_environment_read(a, buf_view(&b), &environment_back, &err) ||
		    environment_back.n != environment.n)
			broken("an environment's index does not come back");
	}
	b.n = 0;
	if (index_root_read(a, text, &root, &err) == 0) {
		index_root_print(&root, &b);
		if (index_root_read(a, buf_view(&b), &root_back, &err) || root_back.n != root.n ||
		    root_back.n_edges != root.n_edges)
			broken("a root index does not come back");
	}
	buf_release(&b);
}

static void a_tree(struct arena *a, struct str text)
{
	struct git_tree one, two;
	struct err err = { 0 };
	struct buf b = { 0 };

	if (git_tree_read(a, text, &one, &err) == 0) {
		git_tree_write(&one, &b);
		if (git_tree_read(a, buf_view(&b), &two, &err) || one.n != two.n)
			broken("a tree does not come back");
	}
	buf_release(&b);
}

static void a_path(struct str text)
{
	struct err err = { 0 };

	for (int file = 0; file < 2; file++)
		if (out_path(text, file != 0, &err) == 0)
			for (size_t i = 0; i + 1 < text.n; i++)
				if (text.p[0] == '/' || text.p[0] == '.' || text.p[i] < '-' ||
				    (text.p[i] == '/' && text.p[i + 1] == '.'))
					broken("a path that leads elsewhere");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	struct str text = { (const char *)data, size };
	struct buf b = { 0 };

	a_path(text);
	a_tree(a, text);
	buf_str(&b, text);
	if (size && text.p[size - 1] != '\n')
		buf_char(&b, '\n');
	record_put_sum(&b);
	record_seal(&b, 0);
	a_lock(a, buf_view(&b));
	indexes(a, buf_view(&b));
	buf_release(&b);
	arena_free(a);
	return 0;
}
