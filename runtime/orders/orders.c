/* SPDX-License-Identifier: Apache-2.0 */
/* orders.c: a file becomes orders, or findings. */
#include "orders/orders.h"

#include <assert.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/die.h"
#include "base/digest.h"
#include "ground/mounted.h"
#include "schema/check.h"
#include "tree/number.h"
#include "tree/yaml.h"
#include "world/embed.h"

enum { FILE_MOST = 1024 * 1024, LABEL = 12 };

struct orders_reader {
	struct arena *arena;
	struct schema_set *set;
	const struct schema_kind *kind;
	struct str scope; /* of whose orders are taken, "" for any */
};

/* The schema and what it refers to. */
static const char *const schemas[] = { "schema/AgentConfig.yaml", "schema/PostgresCluster.yaml" };

enum { SCHEMAS = sizeof(schemas) / sizeof(*schemas) };

struct orders_reader *orders_reader_new(void)
{
	struct orders_reader *r = calloc(1, sizeof(*r));
	const struct file *files[SCHEMAS];
	struct diags *d;

	if (!r)
		die_memory();
	r->arena = arena_new();
	d = diags_new(r->arena);
	for (size_t i = 0; i < SCHEMAS; i++) {
		const struct embedded *e = embed_find(str_of(schemas[i]));

		assert(e);
		files[i] = embed_file(r->arena, e);
	}
	r->set = schema_set_load(r->arena, d, files, SCHEMAS);
	r->kind = schema_find(r->set, str_of("AgentConfig"));
	assert(r->kind);
	r->scope = str_of("");
	return r;
}

void orders_reader_scope(struct orders_reader *r, struct str scope)
{
	r->scope = scope;
}

void orders_reader_free(struct orders_reader *r)
{
	if (!r)
		return;
	schema_set_release(r->set);
	arena_free(r->arena);
	free(r);
}

static int report(const struct diags *d, struct buf *findings, struct err *err)
{
	const struct diag *first = diags_first(d);

	while (first && first->severity != SEV_ERROR)
		first = first->next;
	if (findings)
		diags_print(d, findings, DIAG_TEXT, false);
	if (!first)
		return err_kind_set(err, ERR_INPUT, "it is no file of orders");
	return err_kind_set(err, ERR_INPUT, "%s:%u: %s (%zu findings)",
			    first->pos.file ? first->pos.file->name.p : "orders", first->pos.line,
			    first->text.p, diags_errors(d));
}

/* What is right in itself, and not for this agent. */
static void check_fit(const struct orders_reader *r, struct diags *d, const struct node *spec)
{
	const struct node *scope = node_at(node_at(spec, "cluster"), "scope");

	if (node_num(spec, "orders", 0) > ORDERS_KNOWN)
		diag_error(d, MSG_out_of_range, node_at(spec, "orders")->pos,
			   "'orders' is %lld, this agent knows %d",
			   (long long)node_num(spec, "orders", 0), ORDERS_KNOWN);
	if (r->scope.n > 0 && scope && !str_eq(scope->text, r->scope))
		diag_error(d, MSG_not_allowed, scope->pos,
			   "'%s' is another incarnation than this pod's, '%s'", scope->text.p,
			   r->scope.p);
}

/* The tree of file, whole and right, in a; NULL with findings in d. */
static const struct node *check(struct orders_reader *r, struct arena *a, struct diags *d,
				const struct file *file)
{
	const struct node *tree = yaml_read(a, d, file, &YAML_WORLD);

	if (!tree || diags_errors(d))
		return NULL;
	tree = schema_check(a, d, r->kind->root, tree, SCHEMA_WHOLE);
	if (!tree || diags_errors(d))
		return NULL;
	tree = schema_defaults(a, r->kind->root, tree);
	schema_complete(d, r->kind->root, tree);
	schema_rules_check(a, d, r->kind->root, tree, NULL);
	check_fit(r, d, node_at(tree, "spec"));
	return diags_errors(d) ? NULL : tree;
}

struct orders *orders_read(struct orders_reader *r, const char *name, struct str text,
			   struct buf *findings, struct err *err)
{
	struct arena *a = arena_new();
	struct file *file = NEW(a, struct file);
	struct diags *d = diags_new(a);
	struct digest digest = digest_of(text);
	const struct node *tree;
	struct orders *o;

	file->name = arena_fmt(a, "%s", name);
	file->text = arena_str(a, text);
	tree = check(r, a, d, file);
	if (!tree) {
		(void)report(d, findings, err);
		arena_free(a);
		return NULL;
	}
	o = NEW(a, struct orders);
	o->arena = a;
	o->spec = node_at(tree, "spec");
	o->digest = digest_hex(a, &digest);
	o->label = arena_str(a, str_cut(o->digest, 0, LABEL));
	o->name = node_text(node_at(tree, "metadata"), "name");
	o->namespace = node_text(node_at(tree, "metadata"), "namespace");
	return o;
}

struct orders *orders_open(struct orders_reader *r, const char *path, struct buf *findings,
			   struct err *err)
{
	struct arena *a = arena_new();
	struct str text;
	struct orders *o = NULL;
	int got = mounted_read(a, path, FILE_MOST, &text, err);

	if (got == 0)
		(void)err_set(err, "%s: is not there", path);
	if (got == 1)
		o = orders_read(r, path, text, findings, err);
	arena_free(a);
	return o;
}

void orders_free(struct orders *o)
{
	if (o)
		arena_free(o->arena);
}

const struct node *orders_at(const struct orders *o, const char *path)
{
	const struct node *n = o->spec;
	struct str rest = str_of(path);

	while (n && rest.n > 0) {
		size_t dot = str_find(rest, '.');

		n = node_get(n, str_cut(rest, 0, dot));
		rest = str_cut(rest, dot + 1, rest.n);
	}
	return n;
}

struct str orders_text(const struct orders *o, const char *path)
{
	const struct node *n = orders_at(o, path);

	return n && n->kind == NODE_STR ? n->text : str_of("");
}

int64_t orders_int(const struct orders *o, const char *path, int64_t fallback)
{
	const struct node *n = orders_at(o, path);

	return n && n->kind == NODE_INT ? n->num : fallback;
}

int64_t orders_ms(const struct orders *o, const char *path, int64_t fallback)
{
	int64_t seconds;

	return duration_parse(orders_text(o, path), &seconds) ? fallback : seconds * 1000;
}

int64_t orders_bytes(const struct orders *o, const char *path, int64_t fallback)
{
	int64_t bytes;

	return bytes_parse(orders_text(o, path), &bytes) ? fallback : bytes;
}

struct str orders_host(const struct orders *o)
{
	const struct node *endpoints = orders_at(o, "endpoints");

	if (endpoints)
		node_each(e, endpoints) if (node_text(e, "directory").n >
					    0) return node_text(e, "host");
	return str_of("localhost");
}
