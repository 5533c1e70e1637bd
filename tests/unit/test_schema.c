/* SPDX-License-Identifier: Apache-2.0 */
/* test_schema.c: schema files and what they refuse, documents and what is said about them. */
#include "unit/schema_fixture.h"

/* ---- schema files -------------------------------------------------------------------------- */

/* A field definition, or a whole field list, that must not load, and why. */
static const struct {
	const char *field, *want;
} bad_schemas[] = {
	{ "{type: text, description: D., example: x}",
	  "'type' must be object, array, string, integer or boolean" },
	{ "{type: string, example: x}", "'f' has no description" },
	{ "{type: string, description: D.}", "'f' has no example" },
	{ "{type: string, description: D., example: x, minimun: 3}",
	  "'minimun' is not a keyword of the schema language" },
	{ "{type: string, description: D., example: x, minimum: 3}",
	  "'minimum' cannot stand on type string" },
	{ "{type: integer, maximum: 3, default: 4, description: D., example: 1}",
	  "'default' breaks the rules of its own field: 'default' must be at most 3, not 4" },
	{ "{type: integer, description: D., example: one}",
	  "'example' breaks the rules of its own field: 'example' must be a whole number, not "
	  "one" },
	{ "{type: integer, minimum: 3, maximum: 2, description: D., example: 3}",
	  "'maximum' is below the least that is allowed" },
	{ "{type: string, x-howdah-format: dnslabel, description: D., example: x}",
	  "'dnslabel' is not a format" },
	{ "{type: string, pattern: '[', description: D., example: x}",
	  "'pattern' is not a POSIX extended regular expression" },
	{ "{type: string, enum: [], description: D., example: x}",
	  "'enum' must be a list of values" },
	{ "{type: integer, enum: [a], description: D., example: 1}",
	  "this value of 'enum' is not of type integer" },
	{ "{type: string, enum: [a, b], x-howdah-values: {a: A.}, description: D., example: a}",
	  "'x-howdah-values' says nothing about 'b'" },
	{ "{type: string, x-howdah-source: layer, description: D., example: x}",
	  "'x-howdah-source' can only be intent" },
	{ "{type: string, x-howdah-pending: soon, default: a, description: D., example: x}",
	  "a pending field cannot have a default" },
	{ "{type: string, x-howdah-min: 1Gi, description: D., example: x}",
	  "'x-howdah-min' needs a format whose values have an order" },
	{ "{type: object, description: D.}", "an object needs properties or additionalProperties" },
	{ "{type: object, required: [b], description: D., properties: {a: {type: boolean, example: "
	  "true,"
	  " description: D.}}}",
	  "'required' names 'b', which is no property" },
	{ "{type: object, x-howdah-shorthand: b, description: D., properties: {a: {type: boolean,"
	  " example: true, description: D.}}}",
	  "'x-howdah-shorthand' must name a scalar property" },
	{ "{type: array, description: D.}", "an array needs items" },
	{ "{type: array, x-howdah-merge: a, description: D., items: {type: object, description: D.,"
	  " properties: {a: {type: string, example: x, description: D.}}}}",
	  "'x-howdah-merge' must name a required text or integer property of the items" },
	{ "{$ref: nothing}", "'nothing' names no definition" },
	{ "{$ref: Other.yaml#x}", "'Other.yaml#x' names no definition" },
	{ "{$ref: loop}", "this $ref leads to itself" },
	{ "{$ref: tree}", "this $ref leads to itself" },
	{ "{type: object, description: D., properties: {a: {type: integer, example: 1, "
	  "description: D.},"
	  " b: {type: string, example: x, description: D.}}, x-howdah-rules: [{id: r, message: m,"
	  " lessOrEqual: [a, c]}]}",
	  "a rule names 'c', which is no field here" },
	{ "{type: object, description: D., properties: {a: {type: integer, example: 1, "
	  "description: D.},"
	  " b: {type: string, example: x, description: D.}}, x-howdah-rules: [{id: r, message: m,"
	  " lessOrEqual: [a, b]}]}",
	  "rule 'r' compares a field whose values have no order" },
	{ "{type: object, description: D., properties: {a: {type: integer, example: 1, "
	  "description: D.}},"
	  " x-howdah-rules: [{id: r, message: m, forbids: {when: {path: a, equals: x}, then: "
	  "{path: a,"
	  " set: true}}}]}",
	  "this value does not fit 'a'" },
	{ "{type: object, description: D., properties: {a: {type: integer, example: 1, "
	  "description: D.}},"
	  " x-howdah-rules: [{id: r, message: m, forbid: 1}]}",
	  "a rule has an id, a message and one of requires, forbids, oneOf, lessOrEqual, less,"
	  " differ, immutable, growsOnly" },
};

static void test_bad_schemas(void)
{
	for (size_t i = 0; i < sizeof(bad_schemas) / sizeof(bad_schemas[0]); i++) {
		struct arena *a = arena_new();
		struct diags *d = diags_new(a);
		struct str text = arena_fmt(
		    a,
		    "kind: T\ndescription: D.\ndefinitions:\n  loop: {$ref: loop}\n"
		    "  tree: {type: object, description: D., properties: {t: {$ref: tree}}}\n"
		    "schema:\n  type: object\n  description: D.\n  properties:\n    f: %s\n",
		    bad_schemas[i].field);
		const struct file *f = file_of(a, "schema/T.yaml", text.p);
		struct schema_set *set = schema_set_load(a, d, &f, 1);

		expect(bad_schemas[i].field, finding(d, 0), bad_schemas[i].want);
		CHECK(diags_first(d)->pos.file == f && diags_first(d)->pos.line);
		CHECK(!schema_find(set, str_of("T")));
		schema_set_release(set);
		arena_free(a);
	}
}

/* ---- documents ----------------------------------------------------------------------------- */

/* What stands below spec (or the whole document when it begins with "kind:"), and the first line of
 * the first finding. */
static const struct {
	const char *text, *want;
} bad_documents[] = {
	{ "  instance: 3\n", "'instance' is not a field of spec; did you mean 'instances'?" },
	{ "  replicas: 3\n", "'replicas' is not a field of spec; it is called 'instances' here" },
	{ "  size: 20Gi\n", "'size' is not a field of spec; it is a field of 'storage': write it "
			    "below 'storage:', indented" },
	{ "  pool:\n  low: 2\n", "'pool' has no value: write one, or take the line away" },
	{ "  storage:\n    size: 20Gi\n    instances: 2\n",
	  "'instances' is not a field of spec.storage; it belongs to spec: take away indentation" },
	{ "  zzzzzzzz: 1\n", "'zzzzzzzz' is not a field of spec; its fields are team, version, "
			     "instances, sync, sleep, limit,"
			     " storage, pool, parts, tags, labels, settings, ..." },
	{ "  instances: 8\n", "'instances' must be from 1 to 7, not 8" },
	{ "  instances: 3.0\n", "'instances' must be a whole number, not 3.0; 3 would be right" },
	{ "  instances: 03\n", "'instances' must be a whole number, not 03; 3 would be right" },
	{ "  instances: 0x3\n", "'instances' must be a whole number, not 0x3; 3 would be right" },
	{ "  instances: \"3\"\n", "'instances' must be a whole number without quotes: 3" },
	{ "  instances: [3]\n",
	  "'instances' must be a whole number, not a list; 3 would be right" },
	{ "  instances: null\n", "'instances' has no value: write one, or take the line away" },
	{ "  instances: ~\n", "'instances' has no value: write one, or take the line away" },
	{ "  sleep: yes\n", "'sleep' must be true or false, not yes; true would be right" },
	{ "  sleep: True\n", "'sleep' must be true or false, not True; true would be right" },
	{ "  sleep: \"true\"\n", "'sleep' must be true without quotes" },
	{ "  sync: strikt\n",
	  "'sync' cannot be strikt; did you mean 'strict'? allowed: off, on, strict" },
	{ "  storage: 20\n",
	  "'storage' needs a unit: Mi, Gi or Ti, like 10Gi: 20 is refused; 20Gi would be right" },
	{ "  storage: 2Ti\n", "'storage' must be from 1Gi to 1Ti, not 2Ti" },
	{ "  storage: [20Gi]\n", "'storage' must be a map of fields (size, class), not a list: "
				 "write {name: value} in place of []" },
	{ "  storage: {class: GP3}\n",
	  "'class' does not have the right form: GP3 is refused; gp would be right" },
	{ "  pool: 3\n", "'pool' must be a map of fields (low, high), not 3" },
	{ "  tags: a\n", "'tags' must be a list: write [a]" },
	{ "  parts: {name: a}\n", "'parts' must be a list, not a map: begin each item with '- '" },
	{ "  parts: [a, b, {name: a}]\n", "a stands twice in 'parts': each name only once" },
	{ "  parts: [a, b, c, d]\n", "'parts' may have at most 3 items, it has 4" },
	{ "  parts: [{count: 2}]\n", "spec.parts[0] needs 'name': add the line name: wheel" },
	{ "  parts: [{name: Wheel}]\n", "'name' may hold only lower-case letters, digits and '_': "
					"Wheel is refused; wheel would be right" },
	{ "  tags: [a, b, a]\n", "a stands twice in 'tags': each item only once" },
	{ "  labels: {-a: x}\n",
	  "'-a' cannot be a key of spec.labels: it must begin and end with a letter or"
	  " digit; app.kubernetes.io/name would be right" },
	{ "  labels: {a: 1, b: x}\n", "'a' looks like a number here: write it in quotes, \"1\"" },
	{ "  labels: {a: on}\n", "'a' looks like a boolean here: write it in quotes, \"on\"" },
	{ "  labels: {a: x, b: x, c: x}\n", "'labels' may have at most 2 fields, it has 3" },
	{ "  later: x\n", "'later' cannot be used yet: comes with spring" },
	{ "kind: Shop\nmetadata: {name: a}\nspec: {version: 17}\n",
	  "spec needs 'team': add the line team: orders" },
	{ "kind: Shop\nmetadata: {name: a}\nteam: orders\n",
	  "'team' is not a field of the file; it is a field of 'spec': write it below 'spec:', "
	  "indented" },
	{ "kind: Shop\nmetadata: {name: a, team: orders}\nspec: {team: a, version: 17}\n",
	  "'team' is not a field of metadata; it belongs to 'spec'" },
	{ "kind: Shop\nmetadata: {name: a}\nspec: {team: orders-api, version: 17}\n",
	  "'team' must have at most 8 characters, orders-api has 10" },
	{ "kind: Shop\nmetadata: {name: a}\nspec: {team: a, version: 17.2}\n",
	  "'version' cannot be 17.2; allowed: 15, 16, 17" },
	{ "kind: Shop\nmetadata: {name: a}\n", "the file needs 'spec' (map)" },
	{ "- kind: Shop\n", "'the file' must be a map of fields (kind, metadata, spec), not a "
			    "list: take away the '-'" },
};

static void test_bad_documents(void)
{
	struct fixture f = setup();

	for (size_t i = 0; i < sizeof(bad_documents) / sizeof(bad_documents[0]); i++) {
		(void)checked(&f, bad_documents[i].text);
		expect(bad_documents[i].text, finding(f.diags, 0), bad_documents[i].want);
		CHECK(findings(f.diags) == 1 || strstr(bad_documents[i].text, "pool:\n") ||
		      strstr(bad_documents[i].text, "\nteam") ||
		      strstr(bad_documents[i].text, ", d]"));
	}
	teardown(&f);
}

/* All mistakes of a file at once, each once. */
static void test_all_at_once(void)
{
	struct fixture f = setup();

	(void)checked(&f,
		      "  instances: 9\n  sync: maybe\n  storage: 20\n  foo: 1\n  parts: [A, b, b]\n"
		      "  labels: {x: yes}\n  later: now\n");
	CHECK(diags_errors(f.diags) == 8);
	teardown(&f);
}

/* The text of the file decides, not its looks. */
static void test_typing(void)
{
	struct fixture f = setup();
	const struct node *doc = checked(
	    &f, "  sync: on\n  tags: [1.10, 0x1, yes, 2001-01-01, 1_000]\n"
		"  settings: {max_connections: 100, jit: off, random_page_cost: 1.10}\n"
		"  storage: 20Gi\n  parts: [b, {name: a, count: 2}]\n  extra: {any: [thing]}\n");
	const struct node *spec = node_at(doc, "spec");
	struct buf out = { 0 };

	CHECK(findings(f.diags) == 0);
	print_yaml(&out, spec);
	expect(
	    "typed", buf_z(&out),
	    "extra:\n  any:\n  - thing\nparts:\n- name: b\n- count: 2\n  name: a\n"
	    "settings:\n  jit: \"off\"\n  max_connections: \"100\"\n  random_page_cost: \"1.10\"\n"
	    "storage:\n  size: \"20Gi\"\nsync: \"on\"\n"
	    "tags:\n- \"1.10\"\n- \"0x1\"\n- \"yes\"\n- \"2001-01-01\"\n- \"1_000\"\n"
	    "team: a\nversion: 17\n");
	CHECK(node_at(spec, "version")->kind == NODE_INT);
	CHECK(node_at(node_at(spec, "storage"), "size")->pos.line == 9);
	/* What is typed already passes unchanged. */
	CHECK(node_eq(doc, schema_check(f.arena, f.diags, schema_find(f.set, str_of("Shop"))->root,
					doc, SCHEMA_WHOLE)));
	CHECK(findings(f.diags) == 0);
	buf_release(&out);
	teardown(&f);
}

static void test_defaults(void)
{
	struct fixture f = setup();
	const struct schema *root = schema_find(f.set, str_of("Shop"))->root;
	const struct node *doc = checked(&f, "  parts: [a]\n  pool: {high: 9}\n");
	const struct node *full = schema_defaults(f.arena, root, doc);
	const struct node *spec = node_at(full, "spec"), *sync = node_at(spec, "sync");

	CHECK(str_is(sync->text, "off") && str_is(sync->pos.file->name, "schema/Shop.yaml"));
	CHECK(sync->pos.line == line_of(shop, "      sync:"));
	CHECK(node_num(node_at(spec, "pool"), "low", 0) == 2);
	CHECK(node_num(node_at(spec, "pool"), "high", 0) == 9);
	CHECK(node_num(node_at(spec, "parts")->kids, "count", 0) == 1);
	CHECK(!node_at(spec, "storage") && !node_at(spec, "labels"));
	CHECK(node_eq(full, schema_defaults(f.arena, root, full)));
	spec = node_at(schema_defaults(f.arena, root, checked(&f, "  sleep: true\n")), "spec");
	CHECK(node_num(node_at(spec, "pool"), "low", 0) == 2);

	f.diags = diags_new(f.arena);
	schema_complete(f.diags, root, full);
	expect("complete", finding(f.diags, 0),
	       "'spec.instances' is set by no layer: no tier, no platform default and no intent "
	       "says it");
	CHECK(findings(f.diags) == 1);
	teardown(&f);
}

/* A layer may leave out what is required, but not say what only an intent can. */
static void test_partial(void)
{
	struct fixture f = setup();
	const struct schema_kind *k = schema_find(f.set, str_of("Layer"));
	const struct node *in;

	f.diags = diags_new(f.arena);
	in = read(&f, "spec: {instances: 3, parts: [{name: a}, {count: 1}], sync: strict}\n");
	(void)schema_check(f.arena, f.diags, k->root, in, SCHEMA_WHOLE);
	expect("list keys", finding(f.diags, 0),
	       "spec.parts[1] needs 'name': add the line name: wheel");
	CHECK(findings(f.diags) == 1);
	f.diags = diags_new(f.arena);
	in = schema_check(f.arena, f.diags, k->root, read(&f, "spec: {sync: strict}\n"),
			  SCHEMA_WHOLE);
	CHECK(node_eq(in, schema_defaults(f.arena, k->root, in)));
	schema_rules_check(f.arena, f.diags, k->root, in, NULL);
	CHECK(findings(f.diags) == 0);
	in = read(&f, "spec: {team: a}\n");
	(void)schema_check(f.arena, f.diags, k->root, in, SCHEMA_WHOLE);
	expect("intent only", finding(f.diags, 0),
	       "'team' can only be set in an intent, not in a layer");
	teardown(&f);
}

/* ---- finding and exporting ----------------------------------------------------------------- */

static void test_find(void)
{
	struct fixture f = setup();
	const struct schema_kind *k = schema_find(f.set, str_of("Shop"));

	CHECK(!schema_find(f.set, str_of("Nothing")));
	CHECK(str_is(schema_nth(f.set, 0)->name, "Layer") && schema_nth(f.set, 1) == k);
	CHECK(!schema_nth(f.set, 2));
	CHECK(schema_at(k->spec, str_of("storage.size"))->format == FORMAT_bytes);
	CHECK(schema_at(k->spec, str_of("parts[name=a].count"))->type == SCHEMA_INTEGER);
	CHECK(schema_at(k->spec, str_of("parts[0].name"))->type == SCHEMA_STRING);
	CHECK(schema_at(k->spec, str_of("labels[\"a/b\"]"))->format == FORMAT_label_value);
	CHECK(schema_at(k->spec, str_of("extra.any.thing"))->type == SCHEMA_ANY);
	CHECK(!schema_at(k->spec, str_of("storage.siz")) && !schema_at(k->spec, str_of("team.a")));
	CHECK(!schema_at(k->spec, str_of("parts[colour=a]")) &&
	      !schema_at(k->spec, str_of("a..b")));
	CHECK(str_is(schema_path(f.arena, schema_at(k->root, str_of("spec.parts[0].name"))),
		     "spec.parts[].name"));
	teardown(&f);
}

static bool has(struct buf *out, const char *text)
{
	return strstr(buf_z(out), text) != NULL;
}

static void test_export(void)
{
	struct fixture f = setup();
	const struct schema_kind *k = schema_find(f.set, str_of("Shop"));
	struct buf out = { 0 };

	CHECK(schema_has_crd(k) && !schema_has_crd(schema_find(f.set, str_of("Layer"))));
	schema_export(&out, k, SCHEMA_CRD);
	CHECK(has(&out, "name: shops.howdah.dev\n") && has(&out, "x-kubernetes-list-map-keys:"));
	CHECK(has(&out, "rule: \"!((has(self.sync)) && self.sync in ['on', 'strict']) || ") ||
	      has(&out, "self.sync in ['on', 'strict']"));
	CHECK(has(&out,
		  "quantity(oldSelf.storage.size).compareTo(quantity(self.storage.size)) <= 0"));
	CHECK(!has(&out, "later") && !has(&out, "x-howdah") && !has(&out, "uniqueItems"));
	CHECK(has(&out, "- instances\n") && has(&out, "subresources:\n"));
	out.n = 0;
	schema_export(&out, k, SCHEMA_JSON);
	CHECK(has(&out, "\"$schema\":\"http://json-schema.org/draft-07/schema#\""));
	CHECK(has(&out, "\"anyOf\":[") && has(&out, "\"patternProperties\":{\"^pool$\":"));
	CHECK(has(&out, "\"examples\":[\"orders\"]") && !has(&out, "\"later\""));
	out.n = 0;
	schema_export(&out, schema_find(f.set, str_of("Layer")), SCHEMA_JSON);
	CHECK(has(&out, "#/definitions/Shop") && !has(&out, "\"team\""));
	out.n = 0;
	schema_export(&out, k, SCHEMA_MARKDOWN);
	CHECK(has(&out, "\n## `spec.storage`\n") && has(&out, "- sync needs two (`sync-two`)\n"));
	CHECK(has(&out,
		  "| `version` | one of these values | **must be set** | Version.<br>`15`<br>`16`"
		  "<br>`17` | `17` |\n"));
	CHECK(has(&out, "| `storage` | [map](#specstorage) |"));
	buf_release(&out);
	teardown(&f);
}

/* The hint search stays cheap for hostile files (YI-11). */
static void test_bounded(void)
{
	struct fixture f = setup();
	const struct schema_kind *k = schema_find(f.set, str_of("Shop"));
	struct node *map = node_new(f.arena, NODE_MAP, (struct pos){ 0 });
	struct node_list kids = { 0 };
	char *big = arena_alloc(f.arena, 16384, 1);

	memset(big, 'x', 16384);
	for (int i = 0; i < 1000; i++)
		node_put(&kids, (struct str){ big, 16384 - (size_t)i },
			 node_int(f.arena, (struct pos){ 0 }, i));
	map->kids = kids.first;
	f.diags = diags_new(f.arena);
	(void)schema_check(f.arena, f.diags, k->spec, map, SCHEMA_PARTIAL);
	CHECK(diags_errors(f.diags) == 1000);
	for (const struct diag *g = diags_first(f.diags); g; g = g->next)
		if (g->text.n > 300)
			CHECK(!"messages quote at most 60 bytes of input");
	teardown(&f);
}

int main(void)
{
	test_bad_schemas();
	test_bad_documents();
	test_all_at_once();
	test_typing();
	test_defaults();
	test_partial();
	test_find();
	test_export();
	test_bounded();
	return check_done("schema");
}
