/* SPDX-License-Identifier: Apache-2.0 */
/* trial.c: reading tests/, laying their files over the repository, comparing what comes out. */
#include "unit/trial.h"

#include <stdarg.h>
#include <stdio.h>

#include "schema/check.h"
#include "tree/path.h"
#include "tree/yaml.h"
#include "unit/chain.h"
#include "unit/compare.h"
#include "unit/run.h"
#include "world/schemas.h"

enum { FILE_MOST = 1024 * 1024, TRIALS_MOST = 10000, FAULT_MOST = 2048 };

/* One test under work. */
struct bench {
	struct arena *arena;
	const struct fleet_options *options;
	struct source *source; /* the repository as it is */
	const struct schema_kind *kind;
	struct trial *trial;
	const struct node *spec; /* of the test */
	struct source_layer *layers;
	size_t n_layers;
	struct buf why;
};

static void fault(struct bench *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void fault(struct bench *b, const char *fmt, ...)
{
	char text[FAULT_MOST];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	buf_fmt(&b->why, "%s\n", text);
}

/* The findings themselves as the reason. */
static void fault_findings(struct bench *b, const struct diags *d)
{
	diags_print(d, &b->why, DIAG_TEXT, false);
}

static const struct node *first(const struct node *map, const char *key)
{
	const struct node *list = node_at(map, key);

	return list ? list->kids : NULL;
}

static void lay(struct bench *b, struct str path, struct str text)
{
	b->layers[b->n_layers++] = (struct source_layer){ path, text };
}

/* The text of a file as the test has it so far; p NULL when it is not there. */
static struct str current(struct bench *b, struct str path)
{
	struct source *s = source_over(b->arena, b->source, b->layers, b->n_layers);
	struct err err = { 0 };
	const struct file *f = source_read(s, path, FILE_MOST, b->arena, &err);

	return f ? f->text : (struct str){ NULL, 0 };
}

/* Where part begins in text, or text.n; *times counts how often it stands there. */
static size_t place_of(struct str text, struct str part, size_t *times)
{
	size_t at = text.n;

	*times = 0;
	for (size_t i = 0; i + part.n <= text.n; i++) {
		if (memcmp(text.p + i, part.p, part.n) != 0)
			continue;
		if (!(*times)++)
			at = i;
	}
	return at;
}

static void edit(struct bench *b, const struct node *e)
{
	struct str path = node_text(e, "file"), old = node_text(e, "replace");
	struct str text = current(b, path), with = node_text(e, "with");
	size_t times = 0, at = 0;

	if (!text.p) {
		fault(b, "edits: there is no file '%s'", path.p);
		return;
	}
	at = place_of(text, old, &times);
	if (times != 1) {
		fault(b, "edits: '%s' stands %zu times in %s, must be once", old.p, times, path.p);
		return;
	}
	lay(b, path,
	    arena_fmt(b->arena, "%.*s%s%.*s", (int)at, text.p, with.p, (int)(text.n - at - old.n),
		      text.p + at + old.n));
}

static struct source *given(struct bench *b)
{
	const struct node *files = node_at(b->spec, "files");
	size_t n = node_count(files) + node_count(node_at(b->spec, "edits")) +
		   node_count(node_at(b->spec, "removed"));

	b->layers = NEW_ARRAY(b->arena, n + 1, struct source_layer);
	for (const struct node *f = files ? files->kids : NULL; f; f = f->next)
		lay(b, f->key, f->text);
	for (const struct node *e = first(b->spec, "edits"); e; e = e->next)
		edit(b, e);
	for (const struct node *r = first(b->spec, "removed"); r; r = r->next)
		lay(b, r->text, (struct str){ NULL, 0 });
	return source_over(b->arena, b->source, b->layers, b->n_layers);
}

static const char *id_of(const struct diag *g)
{
	return g->rule.n ? g->rule.p : message_row(g->id)->name;
}

static bool fits(const struct node *wanted, const struct diag *g)
{
	return str_is(node_text(wanted, "id"), id_of(g)) &&
	       strstr(g->text.p, node_text(wanted, "message").p);
}

static bool is_found(const struct node *wanted, const struct diags *d, enum severity severity)
{
	for (const struct diag *g = diags_first(d); g; g = g->next)
		if (g->severity == severity && fits(wanted, g))
			return true;
	return false;
}

static bool is_wanted(const struct node *list, const struct diag *g)
{
	for (const struct node *w = list; w; w = w->next)
		if (fits(w, g))
			return true;
	return false;
}

static void compare_findings(struct bench *b, const struct diags *d)
{
	const struct node *expect = node_at(b->spec, "expect");
	const struct node *denials = first(expect, "denials");

	for (const struct node *w = denials; w; w = w->next)
		if (!is_found(w, d, SEV_ERROR))
			fault(b, "no denial %s '%s' came up", node_text(w, "id").p,
			      node_text(w, "message").p);
	for (const struct node *w = first(expect, "warnings"); w; w = w->next)
		if (!is_found(w, d, SEV_WARNING))
			fault(b, "no warning %s '%s' came up", node_text(w, "id").p,
			      node_text(w, "message").p);
	for (const struct diag *g = diags_first(d); g; g = g->next)
		if (g->severity == SEV_ERROR && !is_wanted(denials, g))
			fault(b, "%s: %s [%s]", pos_text(b->arena, g->pos).p, g->text.p, id_of(g));
}

/* w is {path, is}: the value at path below root. */
static void compare_value(struct bench *b, const struct node *root, const struct node *w,
			  struct str where)
{
	struct str text = node_text(w, "path"), want = node_text(w, "is"), got = str_of("unset");
	struct path path = { 0 };
	const char *why = path_parse(b->arena, text, &path);
	const struct node *n = why ? NULL : path_find(root, &path);

	if (n && (n->kind == NODE_MAP || n->kind == NODE_LIST))
		got = arena_fmt(b->arena, "a %s", node_kind(n));
	else if (n)
		got = explain_chain_text(b->arena, n);
	if (why)
		fault(b, "'%s' is no field path: %s", text.p, why);
	else if (!str_eq(got, want))
		fault(b, "%s%s is %s, expected %s", where.p, text.p, got.p, want.p);
}

static void compare_objects(struct bench *b, const struct compiled *made)
{
	for (const struct node *w = first(node_at(b->spec, "expect"), "objects"); w; w = w->next) {
		const struct node *object = NULL;
		struct str file = node_text(w, "file");

		for (size_t i = 0; i < made->n && !object; i++)
			if (str_eq(made->objects[i].file, file))
				object = made->objects[i].node;
		if (object)
			compare_value(b, object, w, arena_fmt(b->arena, "%s: ", file.p));
		else
			fault(b, "%s is not made", file.p);
	}
}

static void compare_file(struct bench *b, const struct out_file *f, struct str folder)
{
	struct err err = { 0 };
	struct str path = arena_fmt(b->arena, "%s/%s", folder.p, f->name.p);
	const struct file *want = source_read(b->source, path, FILE_MOST, b->arena, &err);

	if (!want)
		fault(b, "%s is made, but not there", path.p);
	else if (!str_eq(want->text, f->bytes))
		fault(b, "%s differs from what is made", path.p);
}

/* Files of the folder that are no longer made. */
static void compare_rest(struct bench *b, const struct out_unit *u, struct str folder)
{
	struct source_list list = { 0 };
	struct err err = { 0 };

	(void)source_list(b->source, folder, b->arena, &list, &err);
	for (size_t i = 0; i < list.n; i++) {
		bool made = false;

		for (size_t k = 0; k < u->n && !made; k++)
			made = str_eq(u->files[k].name, list.entries[i].name);
		if (!made)
			fault(b, "%s/%s is there, but not made", folder.p, list.entries[i].name.p);
	}
}

static void compare_golden(struct bench *b, const struct compiled *made, struct diags *d)
{
	struct str folder = node_text(node_at(b->spec, "expect"), "golden");
	struct str own = node_text(b->spec, "cluster");
	struct rendered all = { 0 };

	if (!folder.n || !render_objects(b->arena, d, made->objects, made->n, &all))
		return;
	for (size_t i = 0; i < all.n; i++) {
		if (!str_eq(all.units[i].path, own))
			continue;
		b->trial->golden = folder;
		b->trial->made = &all.units[i];
		for (size_t k = 0; k < all.units[i].n; k++)
			compare_file(b, &all.units[i].files[k], folder);
		compare_rest(b, &all.units[i], folder);
	}
}

static void compare(struct bench *b, const struct compiled *made, struct diags *d)
{
	for (const struct node *w = first(node_at(b->spec, "expect"), "fields"); w; w = w->next)
		compare_value(b, made->resolved.spec, w, str_of(""));
	compare_objects(b, made);
	compare_golden(b, made, d);
}

/* Whether the cluster came far enough to have fields to compare. */
static void compile(struct bench *b, struct run *r)
{
	struct lua_worker *lua = lua_worker_new(r->world->lua);
	struct job job = { .world = r->world,
			   .intents = &r->intents,
			   .arena = r->arena,
			   .diags = r->diags,
			   .lua = lua,
			   .as_of = r->as_of };
	struct cluster_worker worker;
	struct compiled made;

	cluster_worker_init(&worker, r->arena, r->world, lua);
	(void)cluster_compile(&job, &worker, r->results[0].intent, &made);
	lua_worker_free(lua);
	if (made.resolved.spec)
		compare(b, &made, r->diags);
}

/* The verdict on the cluster of the test, made from over instead of the repository as it is, in *v
 * (NULL: nothing changes); false after telling why there is none. */
static bool judged(struct bench *b, struct source *over, const struct verdict **v)
{
	struct compare_options o = { .now = *b->options };
	struct fleet_options before;
	struct report report = { .arena = b->arena };
	struct err err = { 0 };
	int code = 0;

	o.now.only = node_text(b->spec, "cluster");
	if (node_at(b->spec, "asOf"))
		o.now.as_of = node_text(b->spec, "asOf");
	before = o.now;
	before.opened = b->source;
	o.now.opened = over;
	o.before = &before;
	code = compare_run(b->arena, diags_new(b->arena), &o, &report, &err);
	*v = report.n ? report.list[0] : NULL;
	if (err.set)
		fault(b, "no verdict: %s", err.text);
	else if (code && !*v)
		fault(b, "no verdict: it cannot be compiled");
	return !err.set && (!code || *v);
}

static void compare_verdict(struct bench *b, const struct verdict *v)
{
	struct str want = node_text(node_at(b->spec, "expect"), "verdict");
	const struct verdict_cause *c = v ? v->causes : NULL;
	struct str got = str_of(v ? verdict_name(v->class) : "none");

	if (str_eq(want, got))
		return;
	if (v && v->refusals)
		fault(b, "the verdict is refused [%s]: %s; expected %s", v->refusals->id.p,
		      v->refusals->text.p, want.p);
	else
		fault(b, "the verdict is %s%s%s%s%s, expected %s", got.p, c ? " by " : "",
		      c ? c->object.p : "", c && c->path.n ? " " : "", c ? c->path.p : "", want.p);
}

/* The file of the cluster is among those that the test takes away. */
static bool is_removed(const struct bench *b)
{
	struct str own = arena_fmt(b->arena, "intents/%s.yaml", node_text(b->spec, "cluster").p);

	for (const struct node *r = first(b->spec, "removed"); r; r = r->next)
		if (str_eq(r->text, own))
			return true;
	return false;
}

/* Refusals count as denials where these are listed. */
static void report_wanted(struct bench *b, struct diags *d, const struct verdict *v)
{
	const struct node *denials = first(node_at(b->spec, "expect"), "denials");

	for (const struct verdict_refusal *r = v ? v->refusals : NULL; r; r = r->next)
		for (const struct node *w = denials; w; w = w->next)
			if (str_eq(node_text(w, "id"), r->id)) {
				diag_error(d, r->message, r->pos, "%s", r->text.p);
				if (r->message == MSG_rule_broken)
					diag_rule(d, r->id);
			}
}

static void run(struct bench *b, struct source *over)
{
	struct fleet_options o = *b->options;
	bool asked = node_at(node_at(b->spec, "expect"), "verdict") != NULL;
	const struct verdict *v = NULL;
	struct run r = { .arena = b->arena, .diags = diags_new(b->arena), .options = &o };
	struct err err = { 0 };

	o.opened = over;
	o.only = node_text(b->spec, "cluster");
	if (node_at(b->spec, "asOf"))
		o.as_of = node_text(b->spec, "asOf");
	if (run_open(&r, &err) == 0)
		compile(b, &r);
	if (err.set && !(asked && is_removed(b)))
		fault(b, "%s", err.text);
	if (asked && judged(b, over, &v))
		compare_verdict(b, v);
	report_wanted(b, r.diags, v);
	compare_findings(b, r.diags);
	run_close(&r);
}

/* The test's own document; NULL after telling what is wrong with it. */
static const struct node *read_test(struct bench *b, const struct file *f)
{
	struct diags *d = diags_new(b->arena);
	const struct node *root = yaml_read(b->arena, d, f, &YAML_WORLD);
	const struct node *doc =
	    root ? schema_check(b->arena, d, b->kind->root, root, SCHEMA_WHOLE) : NULL;

	if (!diags_errors(d))
		return doc;
	fault_findings(b, d);
	return NULL;
}

static void one(struct bench *b, const struct file *f)
{
	const struct node *doc = read_test(b, f);
	struct source *over = NULL;

	b->trial->file = b->trial->name = f->name;
	b->n_layers = 0;
	if (doc) {
		b->trial->name = node_text(node_at(doc, "metadata"), "name");
		b->spec = node_at(doc, "spec");
		over = given(b);
		if (!b->why.n)
			run(b, over);
	}
	b->trial->passed = b->why.n == 0;
	b->trial->why = arena_str(b->arena, buf_view(&b->why));
	b->why.n = 0;
}

/* A file that somebody wrote as a test, and that is none. */
static bool is_stray(struct str path)
{
	return str_ends(path, ".yml") || str_ends(path, ".lua") || str_ends(path, ".json");
}

static struct trial stray(struct bench *b, struct str path)
{
	bool lua = str_ends(path, ".lua");

	return (struct trial){ .file = path,
			       .name = path,
			       .why = arena_fmt(b->arena, "this file is not read: %s\n",
						lua ? "tests of rules stand in policies/, of "
						      "modules in lua/"
						    : "files of tests/ end in .yaml") };
}

static int all(struct bench *b, struct trials *out, struct err *err)
{
	struct source_list list = { 0 };

	if (source_list(b->source, str_of("tests"), b->arena, &list, err) < 0)
		return -1;
	out->list = NEW_ARRAY(b->arena, list.n + 1, struct trial);
	for (size_t i = 0; i < list.n && i < TRIALS_MOST; i++) {
		struct str path = arena_fmt(b->arena, "tests/%s", list.entries[i].name.p);
		const struct file *f = NULL;

		if (list.entries[i].type == SOURCE_FILE && is_stray(path))
			out->list[out->n++] = stray(b, path);
		if (list.entries[i].type != SOURCE_FILE || !str_ends(path, ".yaml"))
			continue;
		f = source_read(b->source, path, FILE_MOST, b->arena, err);
		if (!f)
			return -1;
		b->trial = &out->list[out->n++];
		one(b, f);
	}
	return 0;
}

int trials_run(struct arena *a, const struct fleet_options *o, struct trials *out, struct err *err)
{
	struct run r = { .options = o, .arena = a, .diags = diags_new(a) };
	struct schema_set *set = schemas_embedded(a, diags_new(a));
	struct bench b = { .arena = a,
			   .options = o,
			   .kind = schema_find(set, str_of("IntentTest")) };
	int failed = run_source(&r, err);

	b.source = r.source;
	if (!failed)
		failed = all(&b, out, err);
	buf_release(&b.why);
	schema_set_release(set);
	source_close(r.source);
	return failed;
}
