/* SPDX-License-Identifier: Apache-2.0 */
/* A kind that has all of the schema language, and documents of it. */
#ifndef TESTS_UNIT_SCHEMA_FIXTURE_H
#define TESTS_UNIT_SCHEMA_FIXTURE_H

#include "unit/check.h"

#include <string.h>

#include "schema/check.h"
#include "schema/export.h"
#include "tree/print.h"
#include "tree/yaml.h"

/* Everything the language has, once. */
static const char shop[] =
    "kind: Shop\n"
    "group: howdah.dev\n"
    "version: v1alpha1\n"
    "scope: Namespaced\n"
    "plural: shops\n"
    "short: [sh]\n"
    "description: A shop.\n"
    "definitions:\n"
    "  size: {type: string, x-howdah-format: bytes, x-howdah-min: 1Gi, x-howdah-max: 1Ti,\n"
    "    example: 20Gi, description: Size.}\n"
    "  part:\n"
    "    type: object\n"
    "    required: [name]\n"
    "    description: A part.\n"
    "    x-howdah-shorthand: name\n"
    "    properties:\n"
    "      name: {type: string, x-howdah-format: pg-identifier, example: wheel, description: "
    "Name.}\n"
    "      count: {type: integer, minimum: 1, default: 1, example: 2, description: How many.}\n"
    "  spec:\n"
    "    type: object\n"
    "    required: [team, version]\n"
    "    x-howdah-complete: [instances]\n"
    "    description: The shop.\n"
    "    x-howdah-rules:\n"
    "      - {id: sync-two, requires: {when: {path: sync, in: [\"on\", strict]}, then: {path: "
    "instances,\n"
    "         atLeast: 2}}, message: sync needs two}\n"
    "      - {id: sleep-one, forbids: {when: {path: sleep, equals: true}, then: {path: instances, "
    "above: 1}},\n"
    "         message: sleep needs one}\n"
    "      - {id: low-high, lessOrEqual: [pool.low, pool.high], message: low above high}\n"
    "      - {id: size-order, lessOrEqual: [storage.size, limit], message: size above limit}\n"
    "      - {id: low-less, less: [pool.low, instances], message: low}\n"
    "      - {id: names-differ, differ: [storage.class, team], message: one}\n"
    "      - {id: team-fixed, immutable: team, message: team is fixed}\n"
    "      - {id: grows, growsOnly: storage.size, within: version, message: storage only grows}\n"
    "      - {id: version-fixed, immutable: version, unless: sleep, message: version is fixed}\n"
    "    properties:\n"
    "      team: {type: string, x-howdah-format: dns-label, maxLength: 8, example: orders,\n"
    "        x-howdah-source: intent, description: Team.}\n"
    "      version: {type: integer, enum: [15, 16, 17], example: 17, description: Version.}\n"
    "      instances: {type: integer, minimum: 1, maximum: 7, example: 3, description: Members.,\n"
    "        x-howdah-known-as: [replicas]}\n"
    "      sync: {type: string, enum: [\"off\", \"on\", strict], default: \"off\", example: "
    "strict,\n"
    "        x-howdah-values: {\"off\": No., \"on\": Yes., strict: Always.}, description: Waits.}\n"
    "      sleep: {type: boolean, default: false, example: true, description: Sleeps.}\n"
    "      limit: {$ref: size, description: Limit.}\n"
    "      storage:\n"
    "        type: object\n"
    "        x-howdah-shorthand: size\n"
    "        description: Disk.\n"
    "        properties:\n"
    "          size: {$ref: size}\n"
    "          class: {type: string, pattern: '^[a-z]+$', example: gp, description: Class.}\n"
    "      pool:\n"
    "        type: object\n"
    "        description: Pool.\n"
    "        default: {}\n"
    "        x-howdah-audience: platform\n"
    "        properties:\n"
    "          low: {type: integer, default: 2, example: 1, description: Least.}\n"
    "          high: {type: integer, default: 4, example: 5, description: Most.}\n"
    "      parts: {type: array, x-howdah-merge: name, maxItems: 3, description: Parts., items: "
    "{$ref: part}}\n"
    "      tags: {type: array, uniqueItems: true, description: Tags., items: {type: string, "
    "example: a,\n"
    "        description: Tag.}}\n"
    "      labels: {type: object, x-howdah-key-format: label-key, maxProperties: 2, description: "
    "Labels.,\n"
    "        additionalProperties: {type: string, x-howdah-format: label-value, example: v, "
    "description: V.}}\n"
    "      settings: {type: object, x-howdah-key-format: guc, description: Settings.,\n"
    "        additionalProperties: {type: string, example: 1MB, description: Value.}}\n"
    "      later: {type: string, x-howdah-pending: comes with spring, example: x, description: "
    "Later.}\n"
    "      extra: {x-kubernetes-preserve-unknown-fields: true, description: Anything.}\n"
    "schema:\n"
    "  type: object\n"
    "  required: [kind, metadata, spec]\n"
    "  description: A shop.\n"
    "  properties:\n"
    "    kind: {type: string, enum: [Shop], example: Shop, description: Kind.}\n"
    "    metadata:\n"
    "      type: object\n"
    "      required: [name]\n"
    "      description: Name.\n"
    "      properties:\n"
    "        name: {type: string, x-howdah-format: dns-label, example: a, description: Name.}\n"
    "    spec: {$ref: spec}\n"
    "status:\n"
    "  type: object\n"
    "  description: Status.\n"
    "  properties:\n"
    "    phase: {type: string, example: Ready, description: Phase.}\n"
    "printer:\n"
    "  - {name: Team, type: string, path: .spec.team, description: Team.}\n";

/* A partial spec of the other kind. */
static const char layer[] =
    "kind: Layer\n"
    "group: howdah.dev\n"
    "version: v1alpha1\n"
    "scope: File\n"
    "plural: layers\n"
    "description: A layer.\n"
    "schema:\n"
    "  type: object\n"
    "  description: A layer.\n"
    "  properties:\n"
    "    spec: {$ref: Shop.yaml#spec, x-howdah-layer: true, description: Part.}\n";

static inline struct file *file_of(struct arena *a, const char *name, const char *text)
{
	struct file *f = NEW(a, struct file);

	f->name = str_of(name);
	f->text = str_of(text);
	return f;
}

/* The text of the n-th finding, or "". */
static const char *finding(const struct diags *d, size_t n)
{
	const struct diag *g = diags_first(d);

	while (g && n--)
		g = g->next;
	return g ? g->text.p : "";
}

static inline void expect(const char *what, const char *got, const char *want)
{
	if (!CHECK(strcmp(got, want) == 0))
		(void)printf("#   %s\n#   got:  %s\n#   want: %s\n", what, got, want);
}

/* The line of text on which part begins. */
static inline uint32_t line_of(const char *text, const char *part)
{
	uint32_t line = 1;

	for (const char *end = strstr(text, part); text < end; text++)
		line += *text == '\n';
	return line;
}

static inline size_t findings(const struct diags *d)
{
	return diags_errors(d) + diags_warnings(d);
}

struct fixture {
	struct arena *arena;
	struct diags *diags;
	struct schema_set *set;
};

static inline struct fixture setup(void)
{
	struct fixture f = { .arena = arena_new() };
	const struct file *files[] = { file_of(f.arena, "schema/Shop.yaml", shop),
				       file_of(f.arena, "built-in:schema/Layer.yaml", layer) };

	f.diags = diags_new(f.arena);
	f.set = schema_set_load(f.arena, f.diags, files, 2);
	expect("the schema of the tests", finding(f.diags, 0), "");
	return f;
}

static inline void teardown(struct fixture *f)
{
	schema_set_release(f->set);
	arena_free(f->arena);
}

static const struct node *read(struct fixture *f, const char *text)
{
	bool whole = strncmp(text, "  ", 2) != 0;
	struct str doc = arena_fmt(f->arena, "%s%s",
				   whole ? ""
					 : "kind: Shop\nmetadata: {name: a}\nspec:\n  team: a\n"
					   "  version: 17\n",
				   text);

	return yaml_read(f->arena, f->diags, file_of(f->arena, "a.yaml", doc.p), &YAML_INTENT);
}

static const struct node *checked(struct fixture *f, const char *text)
{
	const struct schema_kind *k = schema_find(f->set, str_of("Shop"));

	f->diags = diags_new(f->arena);
	return schema_check(f->arena, f->diags, k->root, read(f, text), SCHEMA_WHOLE);
}

#endif
