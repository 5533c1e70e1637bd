/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_schema.c: any document is judged by the shipped schemas, any bytes are a schema file or
 * refused; what passes the check is typed, and checks again without a word. */
#include <stdio.h>
#include <stdlib.h>

#include "schema/check.h"
#include "schema/export.h"
#include "schema/layer.h"
#include "tree/print.h"
#include "tree/yaml.h"
#include "world/embed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FILES_MOST = 64 };

static void broken(const char *what, struct str text)
{
	(void)fprintf(stderr, "fuzz_schema: %s:\n%.*s\n", what, (int)text.n, text.p);
	abort();
}

static size_t shipped(struct arena *a, const struct file **files)
{
	const struct embedded *e;
	size_t n = 0;

	for (size_t i = 0; (e = embed_nth(i)) && n < FILES_MOST; i++) {
		struct file *f = NEW(a, struct file);

		f->name = str_of(e->name);
		f->text = (struct str){ e->data, e->size };
		if (str_starts(f->name, "schema/") && str_ends(f->name, ".yaml") &&
		    !str_starts(f->name, "schema/contracts/") &&
		    !str_starts(f->name, "schema/model/"))
			files[n++] = f;
	}
	return n;
}

/* Loaded once: what a run reads from it is const. */
static const struct schema_set *schemas(void)
{
	static struct schema_set *set;

	if (!set) {
		struct arena *a = arena_new();
		const struct file *files[FILES_MOST];
		size_t n = shipped(a, files);

		set = schema_set_load(a, diags_new(a), files, n);
	}
	return set;
}

static void print_all(struct arena *a, const struct diags *d)
{
	struct buf out = { 0 };

	(void)a;
	diags_print(d, &out, DIAG_TEXT, false);
	buf_release(&out);
}

static void run_document(struct arena *a, const struct file *file, const struct schema *s)
{
	struct diags *d = diags_new(a);
	const struct node *in = yaml_read(a, d, file, &YAML_WORLD);
	const struct node *typed = schema_check(a, d, s, in, SCHEMA_WHOLE);
	bool fine = !diags_errors(d);

	print_all(a, d);
	if (!typed)
		return;

	const struct node *full = schema_defaults(a, s, typed);
	struct diags *again = diags_new(a);

	if (fine && !node_eq(full, schema_defaults(a, s, full)))
		broken("defaults are not filled in at once", file->text);
	if (fine && !node_eq(typed, schema_check(a, again, s, typed, SCHEMA_WHOLE)))
		broken("a checked tree checks differently", file->text);
	if (fine && diags_errors(again))
		broken("a checked tree is wrong", file->text);
	schema_complete(again, s, full);
	schema_rules_check(a, again, s, full, typed);
	print_all(a, again);
}

/* The document's spec over and under itself, its own keys as limits. */
static void run_layers(struct arena *a, const struct file *file, const struct schema *s)
{
	struct diags *d = diags_new(a);
	const struct node *in = yaml_read(a, d, file, &YAML_WORLD);
	const struct node *spec = schema_check(a, d, s, node_at(in, "spec"), SCHEMA_PARTIAL);
	const struct node *limits = node_at(in, "limits");
	struct layer layers[] = {
		{ .name = str_of("low"), .spec = spec, .limits = NULL, .intent = true },
		{ .name = str_of("top"), .spec = spec, .limits = NULL, .intent = true },
	};
	struct layered once = layers_merge(a, d, s, layers, 1),
		       twice = layers_merge(a, d, s, layers, 2);

	if (!diags_errors(d) && !node_eq(once.spec, twice.spec))
		broken("a layer over itself changes", file->text);
	if (limits && limits->kind == NODE_MAP) {
		layers[0].limits = limits;
		twice = layers_merge(a, d, s, layers, 2);
		limits_judge(a, d, twice.limits, twice.spec);
	}
	print_all(a, d);
}

static void run_schema(struct arena *a, const struct file *file)
{
	struct diags *d = diags_new(a);
	struct schema_set *set = schema_set_load(a, d, &file, 1);
	const struct schema_kind *k = schema_nth(set, 0);
	struct buf out = { 0 };

	if (!k && !diags_errors(d) && str_find(file->text, ':') == file->text.n)
		broken("no schema and no finding", file->text);
	if (k) {
		schema_export(&out, k, SCHEMA_JSON);
		schema_export(&out, k, SCHEMA_MARKDOWN);
	}
	if (k && schema_has_crd(k))
		schema_export(&out, k, SCHEMA_CRD);
	print_all(a, d);
	buf_release(&out);
	schema_set_release(set);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	struct file file = { .name = str_of("schema/Fuzz.yaml"), .text = { "", 0 } };
	const struct schema_kind *k = schema_find(schemas(), str_of("PostgresCluster"));
	uint8_t pick = size ? data[0] : 0;

	if (size)
		file.text = arena_copy(a, (const char *)data + 1, size - 1);
	/* 's' in front of a seed: a schema file; 'l': layers; else a document. */
	if (pick == 's')
		run_schema(a, &file);
	else if (pick == 'l')
		run_layers(a, &file, k->spec);
	else
		run_document(a, &file, k->root);
	arena_free(a);
	return 0;
}
