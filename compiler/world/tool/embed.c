/* SPDX-License-Identifier: Apache-2.0 */
/* embed.c: build tool: embed TREES FILE... >SOURCE writes assembler source that puts the files and
 * a table of them into the binary (world/embed.h), and TREES, the frozen trees of those in YAML and
 * the compiled chunks of those in Lua. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/diag.h"
#include "base/digest.h"
#include "lua/chunk.h"
#include "tree/frozen.h"
#include "tree/yaml.h"
#include "world/embed.h"

static _Noreturn void stop(const char *what, const char *which)
{
	(void)fprintf(stderr, "embed: %s: %s\n", which, what);
	exit(1);
}

static void read_whole(const char *path, struct buf *out)
{
	FILE *f = fopen(path, "rb");
	size_t n = 1;

	if (!f)
		stop(strerror(errno), path);
	while (n) {
		n = fread(buf_room(out, 65536), 1, 65536, f);
		out->n += n;
	}
	if (ferror(f))
		stop("cannot be read", path);
	(void)fclose(f);
}

/* What init writes out is text for people; it takes no part in compiling. */
static bool is_example(const char *path)
{
	return str_starts(str_of(path), "examples/");
}

static void freeze_tree(const char *path, struct str text, struct buf *trees)
{
	struct arena *a = arena_new();
	struct diags *d = diags_new(a);
	struct file file = { .name = arena_str(a, str_of(path)), .text = text };
	const struct node *root = yaml_read(a, d, &file, &YAML_SCHEMA);

	if (!root || diags_errors(d))
		stop("is not YAML", path);
	frozen_write(trees, root);
	arena_free(a);
}

static void freeze_chunk(const char *path, struct str text, struct buf *trees)
{
	struct buf name = { 0 };

	buf_fmt(&name, EMBED_NAME "%s", path);
	if (!chunk_write(trees, buf_view(&name), text))
		stop(buf_z(trees), path);
	buf_release(&name);
}

/* What is made of a file beforehand is appended to trees; false when that is nothing. */
static bool freeze(const char *path, struct str text, struct buf *trees)
{
	static const char zeros[8];
	struct str name = str_of(path);

	if (is_example(path))
		return false;
	if (str_ends(name, ".yaml"))
		freeze_tree(path, text, trees);
	else if (str_ends(name, ".lua"))
		freeze_chunk(path, text, trees);
	else
		return false;
	buf_put(trees, zeros, (8 - trees->n % 8) % 8);
	return true;
}

/* One file: its lines of the source, its part of the digest and of the trees. Whether it has one of
 * those. */
static bool add(int number, const char *path, struct hasher *h, struct buf *trees)
{
	struct buf text = { 0 };
	size_t at = trees->n;
	bool tree = false;

	read_whole(path, &text);
	(void)printf(
	    ".Lname%d:	.asciz \"%s\"\n.Ldata%d:	.incbin \"%s\"\n.Lend%d:	.byte 0\n",
	    number, path, number, path, number);
	if (!is_example(path)) {
		hasher_field(h, str_of(path));
		hasher_field(h, buf_view(&text));
	}
	tree = freeze(path, (struct str){ buf_z(&text), text.n }, trees);
	if (tree)
		(void)printf(".set .Ltree%d, .Ltrees + %zu\n", number, at);
	buf_release(&text);
	return tree;
}

static void table_row(int number, bool tree)
{
	(void)printf("	.quad .Lname%d, .Ldata%d, .Lend%d - .Ldata%d, ", number, number, number,
		     number);
	if (tree)
		(void)printf(".Ltree%d\n", number);
	else
		(void)printf("0\n");
}

static void write_trees(const char *path, struct buf *trees)
{
	FILE *f = fopen(path, "wb");

	if (!f || fwrite(trees->p, 1, trees->n, f) != trees->n || fclose(f))
		stop("cannot be written", path);
}

int main(int argc, char **argv)
{
	struct arena *a = arena_new();
	struct buf trees = { 0 };
	struct hasher h;
	bool *has_tree = NEW_ARRAY(a, (size_t)argc, bool);

	if (argc < 2)
		stop("usage: embed TREES FILE...", "arguments");
	hasher_start(&h);
	(void)printf("	.section .rodata\n");
	for (int i = 2; i < argc; i++)
		has_tree[i] = add(i, argv[i], &h, &trees);

	struct digest all = hasher_end(&h);

	(void)printf("	.globl embedded_digest\nembedded_digest:	.asciz \"%s\"\n",
		     digest_hex(a, &all).p);
	(void)printf("	.balign 8\n.Ltrees:	.incbin \"%s\"\n", argv[1]);
	(void)printf("	.section .data.rel.ro, \"aw\"\n	.balign 8\n	.globl embedded_files\n"
		     "	.type embedded_files, @object\nembedded_files:\n");
	for (int i = 2; i < argc; i++)
		table_row(i, has_tree[i]);
	(void)printf("	.quad 0, 0, 0, 0\n	.size embedded_files, . - embedded_files\n"
		     "	.section .note.GNU-stack, \"\", @progbits\n");
	write_trees(argv[1], &trees);
	buf_release(&trees);
	arena_free(a);
	return fflush(stdout) != 0;
}
