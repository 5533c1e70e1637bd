/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_schema.c: howdah schema: what may be written, for editors, API servers and people. */
#include "cmd/command.h"
#include "schema/export.h"
#include "world/schemas.h"

static const char *line_of(const struct schema_kind *k)
{
	return schema_has_crd(k) ? "in the API server" : "in files";
}

/* A record that only the compiler sees has no group. */
static void list_kinds(struct buf *out, const struct schema_set *set)
{
	const struct schema_kind *k;

	for (size_t i = 0; (k = schema_nth(set, i)); i++)
		if (k->group.n)
			buf_fmt(out, "%-18s %-18s %s\n", k->name.p, line_of(k), k->description.p);
}

static bool find_form(const char *name, enum schema_form *form)
{
	static const char *const names[] = { "jsonschema", "crd", "markdown" };

	for (int i = 0; i < 3; i++) {
		if (strcmp(name, names[i]) == 0) {
			*form = (enum schema_form)i;
			return true;
		}
	}
	return false;
}

static int no_kind(const struct schema_set *set, const char *name)
{
	const struct schema_kind *k;

	for (size_t i = 0; (k = schema_nth(set, i)); i++)
		if (k->group.n && str_distance(str_of(name), k->name, 2) <= 2)
			return cli_fail(CODE_USAGE, "'%s' is no kind; did you mean '%s'?", name,
					k->name.p);
	return cli_fail(CODE_USAGE, "'%s' is no kind; howdah schema lists them", name);
}

static int export(struct buf *out, const struct schema_set *set, const char *name,
		  const char *format)
{
	const struct schema_kind *k = schema_find(set, str_of(name));
	enum schema_form form = SCHEMA_MARKDOWN;

	if (!k || !k->group.n)
		return no_kind(set, name);
	if (format && !find_form(format, &form))
		return cli_fail(CODE_USAGE,
				"--format of schema is jsonschema, crd or markdown, not '%s'",
				format);
	if (form == SCHEMA_CRD && !schema_has_crd(k))
		return cli_fail(CODE_USAGE, "%s is written in files only: it has no CRD", name);
	schema_export(out, k, form);
	return CODE_FINE;
}

static int answer(const struct cli *c, struct arena *a, struct buf *out)
{
	struct diags *d = diags_new(a);
	struct schema_set *set = schemas_embedded(a, d);
	int code = CODE_FINDING;

	if (diags_errors(d))
		cli_print(c, d);
	else if (c->n_args)
		code = export(out, set, c->args[0], c->value[OPT_format]);
	else {
		list_kinds(out, set);
		code = CODE_FINE;
	}
	schema_set_release(set);
	return code;
}

static int run(struct cli *c)
{
	struct arena *a = arena_new();
	struct buf out = { 0 };
	int code = CODE_USAGE;

	if (c->n_args > 1)
		(void)cli_fail(code, "schema takes one kind");
	else if (!c->n_args && c->value[OPT_format])
		(void)cli_fail(code, "--format needs a kind: howdah schema KIND --format %s",
			       c->value[OPT_format]);
	else
		code = answer(c, a, &out);
	if (code == CODE_FINE)
		code = cli_write(buf_view(&out));
	buf_release(&out);
	arena_free(a);
	return code;
}

const struct command command_schema = {
	.name = "schema",
	.usage = "[KIND] [--format jsonschema|crd|markdown]",
	.summary = "print what may be written: for editors, for the API server, to read",
	.help = "Without KIND, lists the kinds. With KIND, prints its reference, every field with "
		"type, "
		"range, default\n"
		"and example (markdown), a JSON Schema for editors (jsonschema), or the definition "
		"that "
		"an API server\n"
		"needs for its records (crd).\n\n"
		"  howdah schema\n"
		"  howdah schema PostgresCluster | less\n"
		"  howdah schema PostgresCluster --format jsonschema "
		">.howdah/schema/PostgresCluster.json\n\n"
		"howdah init writes the JSON Schemas to .howdah/schema/. An editor with a YAML "
		"language "
		"server completes\n"
		"and checks an intent, intents/ENV/NS/NAME.yaml, whose first line is\n"
		"  # yaml-language-server: $schema=../../../.howdah/schema/PostgresCluster.json",
	.own_format = "what to print: markdown (default), jsonschema or crd",
	.options = BIT_format,
	.run = run,
};
