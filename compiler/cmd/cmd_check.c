/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_check.c: howdah check: compile everything, write nothing. */
#include "cmd/command.h"
#include "cmd/fleet.h"

static void put_text(struct buf *out, struct str s, size_t width)
{
	buf_str(out, s);
	buf_pad(out, s.n < width ? width - s.n + 2 : 2);
}

/* Columns: state, last day, rule, object with field, owner, ticket. */
static void put_table(struct buf *out, const struct fleet_result *r)
{
	size_t rule = strlen("rule"), object = strlen("object"), owner = strlen("owner");
	struct buf name = { 0 };

	for (size_t i = 0; i < r->n_waivers; i++) {
		const struct fleet_waiver *w = &r->waivers[i];
		size_t n = w->object.n + (w->field.n ? w->field.n + 1 : 0);

		rule = w->rule.n > rule ? w->rule.n : rule;
		object = n > object ? n : object;
		owner = w->owner.n > owner ? w->owner.n : owner;
	}
	put_text(out, str_of("state"), strlen("undated"));
	put_text(out, str_of("expires"), strlen("2026-01-01"));
	put_text(out, str_of("rule"), rule);
	put_text(out, str_of("object"), object);
	put_text(out, str_of("owner"), owner);
	buf_text(out, "ticket\n");
	for (size_t i = 0; i < r->n_waivers; i++) {
		const struct fleet_waiver *w = &r->waivers[i];

		put_text(out, str_of(w->state), strlen("undated"));
		put_text(out, w->expires, strlen("2026-01-01"));
		put_text(out, w->rule, rule);
		name.n = 0;
		buf_fmt(&name, "%s%s%s", w->object.p, w->field.n ? ":" : "", w->field.p);
		put_text(out, buf_view(&name), object);
		put_text(out, w->owner, owner);
		buf_fmt(out, "%s\n", w->ticket.n ? w->ticket.p : "-");
	}
	buf_release(&name);
}

static void put_json(struct buf *out, const struct fleet_result *r)
{
	for (size_t i = 0; i < r->n_waivers; i++) {
		const struct fleet_waiver *w = &r->waivers[i];
		const struct {
			const char *name;
			struct str text;
		} fields[] = { { "state", str_of(w->state) }, { "expires", w->expires },
			       { "rule", w->rule },           { "object", w->object },
			       { "field", w->field },         { "owner", w->owner },
			       { "ticket", w->ticket },       { "reason", w->reason } };

		for (size_t f = 0; f < sizeof(fields) / sizeof(*fields); f++) {
			buf_fmt(out, "%s\"%s\":", f ? "," : "{", fields[f].name);
			diag_json_string(out, fields[f].text);
		}
		buf_text(out, "}\n");
	}
}

/* Lists the waivers; findings go to stderr as in any check. */
static int waivers(struct cli *c, struct fleet_options *o)
{
	struct arena *a = arena_new();
	struct diags *d = diags_new(a);
	struct fleet_result result;
	struct err err = { 0 };
	struct buf out = { 0 };
	int code;

	o->hits = true;
	code = fleet_run(a, d, o, &result, &err);
	cli_print(c, d);
	if (err.set)
		code = cli_fail(code, "%s", err.text);
	else if (c->format == DIAG_JSON)
		put_json(&out, &result);
	else if (result.n_rules)
		put_table(&out, &result);
	if (out.n && cli_write(buf_view(&out)) != CODE_FINE)
		code = CODE_OUTSIDE;
	buf_release(&out);
	arena_free(a);
	return code;
}

static int run(struct cli *c)
{
	struct fleet_options o;
	int code = cli_fleet_options(c, &o);

	if (code >= 0)
		return code;
	if (c->n_args)
		return cli_fail(
		    CODE_USAGE,
		    "check takes options only: -C names the repository, --only one cluster");
	if (c->value[OPT_waivers])
		return waivers(c, &o);
	return cli_fleet_run(c, &o);
}

const struct command command_check = {
	.name = "check",
	.usage = "[-C REPO] [--only ENV/NS/NAME] [--waivers] [--objects DIR]",
	.summary = "report everything that is wrong, write nothing",
	.help =
	    "Compiles every intent and reports every finding with file, line and column. "
	    "Writes nothing.\n\n"
	    "With --objects, the objects in a directory of output are proved as they are, by the "
	    "proofs that\n`howdah explain --list link` lists: what is edited or rendered by hand "
	    "is "
	    "held against the\ncluster's own record beside it and the platform repository. Digests "
	    "are not looked at.\n\n"
	    "  howdah check\n"
	    "  howdah check --only prod/team-orders/orders --format github\n"
	    "  howdah check --waivers\n"
	    "  howdah check --objects out --only prod/team-orders/orders\n"
	    "  howdah check --objects out --only destinations/frankfurt",
	.options = BIT_repository | BIT_source | BIT_only | BIT_objects | BIT_as_of | BIT_format |
		   BIT_jobs | BIT_dump_after | BIT_waivers,
	.run = run,
};
