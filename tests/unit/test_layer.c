/* SPDX-License-Identifier: Apache-2.0 */
/* test_layer.c: layers, locks and bounds by table; the laws of layering on generated layers. */
#include "unit/check.h"

#include <string.h>

#include "schema/check.h"
#include "schema/layer.h"
#include "tree/path.h"
#include "tree/print.h"
#include "tree/yaml.h"

static const char shape[] =
    "kind: Shape\n"
    "description: D.\n"
    "schema:\n"
    "  type: object\n"
    "  description: D.\n"
    "  properties:\n"
    "    spec:\n"
    "      type: object\n"
    "      description: D.\n"
    "      properties:\n"
    "        team: {type: string, x-howdah-source: intent, example: a, description: D.}\n"
    "        num: {type: integer, example: 1, description: D.}\n"
    "        size: {type: string, x-howdah-format: bytes, example: 1Gi, description: D.}\n"
    "        class: {type: string, example: gp, description: D.}\n"
    "        tags: {type: array, description: D., items: {type: string, example: a, description: "
    "D.}}\n"
    "        map:\n"
    "          type: object\n"
    "          description: D.\n"
    "          properties:\n"
    "            x: {type: integer, example: 1, description: D.}\n"
    "            z: {type: integer, example: 1, description: D.}\n"
    "            deep: {type: object, description: D., additionalProperties: {type: integer,\n"
    "              example: 1, description: D.}}\n"
    "        items:\n"
    "          type: array\n"
    "          x-howdah-merge: name\n"
    "          description: D.\n"
    "          items:\n"
    "            type: object\n"
    "            required: [name]\n"
    "            description: D.\n"
    "            properties:\n"
    "              name: {type: string, example: a, description: D.}\n"
    "              x: {type: integer, example: 1, description: D.}\n"
    "              z: {type: integer, example: 1, description: D.}\n"
    "              owner: {type: string, x-howdah-source: intent, example: a, description: D.}\n";

enum { LAYERS_MOST = 4 };

struct fixture {
	struct arena *arena;
	struct diags *diags;
	struct schema_set *set;
	const struct schema *spec;
};

static struct file *file_of(struct arena *a, const char *name, const char *text)
{
	struct file *f = NEW(a, struct file);

	f->name = str_of(name);
	f->text = str_of(text);
	return f;
}

static struct fixture setup(void)
{
	struct fixture f = { .arena = arena_new() };
	const struct file *file;

	f.diags = diags_new(f.arena);
	file = file_of(f.arena, "schema/Shape.yaml", shape);
	f.set = schema_set_load(f.arena, f.diags, &file, 1);
	for (const struct diag *g = diags_first(f.diags); g; g = g->next)
		(void)printf("# %u: %s\n", g->pos.line, g->text.p);

	const struct schema_kind *k = schema_find(f.set, str_of("Shape"));

	f.spec = k ? k->spec : NULL;
	return f;
}

static void teardown(struct fixture *f)
{
	schema_set_release(f->set);
	arena_free(f->arena);
}

static const struct node *untyped(struct fixture *f, const char *name, const char *text)
{
	return yaml_read(f->arena, f->diags, file_of(f->arena, name, text), &YAML_WORLD);
}

static const struct node *typed(struct fixture *f, const char *name, const char *text)
{
	return schema_check(f->arena, f->diags, f->spec, untyped(f, name, text), SCHEMA_PARTIAL);
}

static const char *shown(struct fixture *f, const struct node *n)
{
	return print_node_inline(f->arena, n).p;
}

static void expect(const char *what, const char *got, const char *want)
{
	if (!CHECK(strcmp(got, want) == 0))
		(void)printf("#   %s\n#   got:  %s\n#   want: %s\n", what, got, want);
}

/* ---- by table ------------------------------------------------------------------------------ */

static const char *const names[] = { "platform", "tier small", "environment prod", "intent" };

/* Layers lowest first, the last an intent; their limits; what comes out; the first finding. */
static const struct {
	const char *specs[LAYERS_MOST], *limits[LAYERS_MOST];
	const char *merged, *finding;
} cases[] = {
	{ { "{team: a}", "{num: 1}" },
	  { 0 },
	  "{num: 1}",
	  "'team' can only be set in an intent, not in platform" },
	{ { "{items: [{name: a, owner: b}]}", "{num: 1}" },
	  { 0 },
	  "{items: [{name: a}], num: 1}",
	  "'owner' can only be set in an intent, not in platform" },
	{ { "{num: 1}", "{num: 2}" },
	  { "{num: {locked: true}}" },
	  "{num: 1}",
	  "'num' is locked to 1 by platform; intent cannot change it" },
	{ { "{num: 1}", "{num: 2}", "{num: 3}" },
	  { 0, "{num: {locked: true}}" },
	  "{num: 2}",
	  "'num' is locked to 2 by tier small; intent cannot change it" },
	{ { "{num: 1}", "{num: 1}" }, { "{num: {locked: true}}" }, "{num: 1}", "" },
	{ { "{class: gp}", "{num: 2}" },
	  { "{num: {locked: true}}" },
	  "{class: gp}",
	  "'num' is locked by platform; intent cannot set it" },
	{ { "{map: {x: 1}}", "{map: {x: 1, deep: {a: 1}}}" },
	  { "{map: {locked: true}}" },
	  "{map: {x: 1}}",
	  "'map.deep' is locked by platform; intent cannot set it" },
	{ { "{map: {x: 1, z: 1}}", "{map: {x: 2, z: 2}}" },
	  { "{map.x: {locked: true}}" },
	  "{map: {x: 1, z: 2}}",
	  "'map.x' is locked to 1 by platform; intent cannot change it" },
	{ { "{tags: [a, b]}", "{tags: [c]}" },
	  { "{\"tags[1]\": {locked: true}}" },
	  "{tags: [c, b]}",
	  "'tags[1]' is locked to b by platform; intent cannot change it" },
	{ { "{items: [{name: a, x: 1}]}", "{items: [{name: a, x: 2, z: 2}]}" },
	  { "{\"items[name=a].x\": {locked: true}}" },
	  "{items: [{name: a, x: 1, z: 2}]}",
	  "'items[name=a].x' is locked to 1 by platform; intent cannot change it" },
	{ { "{num: 1}", "{num: 9}" },
	  { "{num: {min: 2, max: 5}}" },
	  "{num: 9}",
	  "'num' is 9, but platform allows at most 5" },
	{ { "{num: 1}" },
	  { "{num: {min: 2, max: 5}}" },
	  "{num: 1}",
	  "'num' is 1, but platform allows at least 2" },
	{ { "{num: 1}", "{num: 4}", "{num: 4}" },
	  { "{num: {max: 5}}", "{num: {max: 3}}" },
	  "{num: 4}",
	  "'num' is 4, but tier small allows at most 3" },
	{ { "{size: 10Gi}", "{size: 1Ti}" },
	  { "{size: {max: 1000Gi}}" },
	  "{size: 1Ti}",
	  "'size' is 1Ti, but platform allows at most 1000Gi" },
	{ { "{size: 10Gi}", "{size: 1024Gi}" }, { "{size: {max: 1Ti}}" }, "{size: 1024Gi}", "" },
	{ { "{class: gp}", "{class: io}" },
	  { "{class: {allowed: [gp, st]}}" },
	  "{class: io}",
	  "'class' is io, but platform allows only [gp, st]" },
	{ { "{tags: [a]}", "{tags: [a, z]}" },
	  { "{tags: {allowed: [a, b]}}" },
	  "{tags: [a, z]}",
	  "'tags' is z, but platform allows only [a, b]" },
	{ { "{map: {deep: {a: 1}}}", "{map: {deep: {z: 1}}}" },
	  { "{map.deep: {allowed: [a]}}" },
	  "{map: {deep: {a: 1, z: 1}}}",
	  "'map.deep' is z, but platform allows only [a]" },
	{ { "{items: [{name: a}]}", "{items: [{name: z}]}" },
	  { "{items: {allowed: [a]}}" },
	  "{items: [{name: a}, {name: z}]}",
	  "'items' is z, but platform allows only [a]" },
	{ { "{class: gp}" },
	  { "{num: {min: 4}}", "{num: {max: 3}}" },
	  "{class: gp}",
	  "no value of 'num' is left: platform asks for at least 4, tier small allows at most 3" },
	{ { "{num: 1}" },
	  { "{siz: {max: 1Gi}}" },
	  "{num: 1}",
	  "'siz' is not a field of spec; did you mean 'size'?" },
	{ { "{num: 1}" }, { "{map.q: {max: 1}}" }, "{num: 1}", "'map.q' is not a field of spec" },
	{ { "{num: 1}" },
	  { "{num: {max: many}}" },
	  "{num: 1}",
	  "this bound does not fit its field: 'max' must be a whole number, not many; 1 would be "
	  "right" },
	{ { "{num: 1}" },
	  { "{class: {max: z}}" },
	  "{num: 1}",
	  "'class' cannot have 'max': its values are not more or less; use `allowed`" },
	{ { "{map: {x: 1, deep: {a: 1}}}", "{map: {z: 2, deep: {b: 2}}}", "{map: {x: 3}}" },
	  { 0 },
	  "{map: {deep: {a: 1, b: 2}, x: 3, z: 2}}",
	  "" },
	{ { "{tags: [c, a]}", "{tags: [b]}" }, { 0 }, "{tags: [b]}", "" },
	{ { "{items: [{name: c, x: 1}, {name: a, x: 1}]}",
	    "{items: [{name: b}, {name: c, z: 2}]}" },
	  { 0 },
	  "{items: [{name: a, x: 1}, {name: b}, {name: c, x: 1, z: 2}]}",
	  "" },
	{ { "{items: [{name: c}, {name: a}]}" }, { 0 }, "{items: [{name: a}, {name: c}]}", "" },
	{ { "{num: 1}", NULL, "{num: 2}" }, { 0 }, "{num: 2}", "" },
	{ { "{}", "{}" }, { 0 }, "{}", "" },
};

/* Limits as the Platform schema types them: texts and flags. */
static const struct node *limits_of(struct fixture *f, const char *name, const char *text)
{
	const struct node *in = untyped(f, name, text);
	struct node *map = node_loose(f->arena, in);
	struct node_list kids = { 0 };

	node_each(kid, in)
	{
		struct node *bound = node_loose(f->arena, kid);
		struct node_list fields = { 0 };

		node_each(field, kid)
		{
			struct node *copy = node_loose(f->arena, field);

			if (str_is(field->key, "locked")) {
				copy->kind = NODE_BOOL;
				copy->flag = true;
			}
			node_add(&fields, copy);
		}
		bound->kids = fields.first;
		node_add(&kids, bound);
	}
	map->kids = kids.first;
	return map;
}

static void test_cases(void)
{
	struct fixture f = setup();

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct layer layers[LAYERS_MOST] = { 0 };
		size_t n = 0;

		f.diags = diags_new(f.arena);
		for (size_t j = 0; j < LAYERS_MOST; j++) {
			const char *spec = cases[i].specs[j], *limits = cases[i].limits[j];

			layers[j].name = str_of(names[j]);
			layers[j].spec = spec ? typed(&f, names[j], spec) : NULL;
			layers[j].limits = limits ? limits_of(&f, names[j], limits) : NULL;
			n = spec || limits ? j + 1 : n;
		}
		if (n > 1 && cases[i].specs[n - 1]) {
			layers[n - 1].intent = true;
			layers[n - 1].name = str_of("intent");
		}
		expect("reading", diags_first(f.diags) ? diags_first(f.diags)->text.p : "", "");

		struct layered out = layers_merge(f.arena, f.diags, f.spec, layers, n);

		limits_judge(f.arena, f.diags, out.limits, out.spec);
		expect(cases[i].specs[0], shown(&f, node_sorted(f.arena, out.spec)),
		       cases[i].merged);
		expect(cases[i].merged, diags_first(f.diags) ? diags_first(f.diags)->text.p : "",
		       cases[i].finding);
		CHECK(diags_errors(f.diags) <= 1);
	}
	teardown(&f);
}

/* Every value keeps what it hid, newest first; a lock names both lines. */
static void test_chain(void)
{
	struct fixture f = setup();
	struct layer layers[] = {
		{ .name = str_of("platform"), .spec = typed(&f, "p", "{map: {x: 1}, num: 1}\n") },
		{ .name = str_of("tier"),
		  .spec = typed(&f, "t", "{map: {x: 2}}\n"),
		  .limits = limits_of(&f, "l", "{num: {locked: true}}\n") },
		{ .name = str_of("intent"),
		  .spec = typed(&f, "i", "{map: {x: 3}, num: 5}\n"),
		  .intent = true },
	};
	const struct node *spec = layers_merge(f.arena, f.diags, f.spec, layers, 3).spec;
	const struct node *x = node_at(node_at(spec, "map"), "x");
	const struct diag *g = diags_first(f.diags);

	CHECK(x->num == 3 && str_is(x->pos.file->name, "i"));
	CHECK(x->hid && x->hid->num == 2 && str_is(x->hid->pos.file->name, "t"));
	CHECK(x->hid->hid && x->hid->hid->num == 1 && !x->hid->hid->hid);
	CHECK(node_at(spec, "map")->hid && node_num(spec, "num", 0) == 1);
	CHECK(g && str_is(g->pos.file->name, "i") && str_is(g->notes->pos.file->name, "l"));
	CHECK(g && str_is(g->notes->next->pos.file->name, "p"));
	teardown(&f);
}

/* ---- laws ---------------------------------------------------------------------------------- */

/* xorshift64: the same layers on every machine. */
static uint64_t draw(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static bool coin(uint64_t *state)
{
	return draw(state) >> 40 & 1;
}

static void put_item(struct buf *out, uint64_t *state, char name)
{
	buf_fmt(out, "%s{name: %c", out->p[out->n - 1] == '[' ? "" : ", ", name);
	if (coin(state))
		buf_fmt(out, ", x: %d", (int)(draw(state) % 3));
	if (coin(state))
		buf_fmt(out, ", z: %d", (int)(draw(state) % 3));
	buf_char(out, '}');
}

static void put_items(struct buf *out, uint64_t *state)
{
	buf_text(out, "items: [");
	for (char name = 'd'; name >= 'a'; name--)
		if (coin(state))
			put_item(out, state, name);
	buf_text(out, "]\n");
}

/* A layer as text: each field there or not, values from a small range so that they meet. */
static const struct node *generate(struct fixture *f, uint64_t *state)
{
	struct buf out = { 0 };

	buf_fmt(&out, "class: c%d\n", (int)(draw(state) % 3));
	if (coin(state))
		buf_fmt(&out, "num: %d\n", (int)(draw(state) % 3));
	if (coin(state))
		buf_fmt(&out, "tags: [t%d, t%d]\n", (int)(draw(state) % 3), (int)(draw(state) % 3));
	if (coin(state))
		put_items(&out, state);
	if (coin(state))
		buf_fmt(&out, "map: {%c: %d, deep: {k%d: %d}}\n", 'x', (int)(draw(state) % 3),
			(int)(draw(state) % 3), (int)(draw(state) % 3));

	const char *text = arena_str(f->arena, buf_view(&out)).p;

	buf_release(&out);
	return typed(f, "generated", text);
}

static const struct node *merge(struct fixture *f, const struct node *a, const struct node *b)
{
	struct layer layers[] = { { .name = str_of("low"), .spec = a },
				  { .name = str_of("top"), .spec = b } };

	return layers_merge(f->arena, f->diags, f->spec, layers, 2).spec;
}

static const char *const paths[] = { "num",         "class",         "tags",
				     "map",         "map.x",         "items",
				     "map.deep.k1", "items[name=b]", "items[name=c].x" };

enum { PATHS = sizeof(paths) / sizeof(paths[0]), ROUNDS = 3000 };

static const struct node *find(struct fixture *f, const struct node *spec, const char *text)
{
	struct path path;

	return path_parse(f->arena, str_of(text), &path) ? NULL : path_find(spec, &path);
}

static bool same(const struct node *a, const struct node *b)
{
	return (!a && !b) || (a && b && node_eq(a, b));
}

/* A locked field comes out as it was in its layer, whatever lies above. */
static void check_lock(struct fixture *f, uint64_t *state, const struct node *specs[3])
{
	const char *path = paths[draw(state) % PATHS];
	struct layer layers[3] = { { .name = str_of("low"), .spec = specs[0] },
				   { .name = str_of("mid"), .spec = specs[1] },
				   { .name = str_of("top"), .spec = specs[2], .intent = true } };
	size_t at = draw(state) % 2;
	const struct node *below;
	struct layered out;

	layers[at].limits =
	    limits_of(f, "lock", arena_fmt(f->arena, "{\"%s\": {locked: true}}\n", path).p);
	below = layers_merge(f->arena, f->diags, f->spec, layers, at + 1).spec;
	out = layers_merge(f->arena, f->diags, f->spec, layers, 3);
	if (!CHECK(same(find(f, below, path), find(f, out.spec, path))))
		(void)printf("#   lock of %s in layer %zu: %s\n", path, at, shown(f, out.spec));
}

static void test_laws(void)
{
	struct fixture f = setup();
	uint64_t state = 88172645463325252U;

	for (int i = 0; i < ROUNDS; i++) {
		const struct node *specs[3];

		f.diags = diags_new(f.arena);
		for (int j = 0; j < 3; j++)
			specs[j] = generate(&f, &state);

		const struct node *low = merge(&f, specs[0], specs[1]);
		const struct node *high = merge(&f, specs[1], specs[2]);

		/* (a < b) < c is a < (b < c), and a over itself is a, in order too. */
		CHECK(node_eq(merge(&f, low, specs[2]), merge(&f, specs[0], high)));
		CHECK(node_eq(merge(&f, low, low), low));
		CHECK(node_eq(merge(&f, specs[0], typed(&f, "none", "{}")),
			      merge(&f, typed(&f, "none", "{}"), specs[0])));
		CHECK(diags_errors(f.diags) == 0);
		check_lock(&f, &state, specs);
		if (i % 100 == 99) {
			teardown(&f);
			f = setup();
		}
	}
	teardown(&f);
}

int main(void)
{
	test_cases();
	test_chain();
	test_laws();
	return check_done("layer");
}
