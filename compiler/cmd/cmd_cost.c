/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_cost.c: howdah cost: what clusters cost per month, as a table, CSV or JSON. */
#include "cmd/command.h"
#include "cmd/fleet.h"
#include "unit/prices.h"

enum { FORM_TABLE, FORM_CSV, FORM_JSON, FORMS, AMOUNT_WIDTH = 12 };

static const char *const forms[FORMS] = { "table", "csv", "json" };

static void put_amount(struct buf *out, int64_t micros)
{
	struct buf text = { 0 };

	cost_print(&text, micros, true);
	buf_pad(out, text.n < AMOUNT_WIDTH ? AMOUNT_WIDTH - text.n : 1);
	buf_str(out, buf_view(&text));
	buf_release(&text);
}

static void table_line(struct buf *out, const struct price *p, size_t width)
{
	struct str name = p->name.n ? p->name : str_of("all");

	buf_str(out, name);
	buf_pad(out, width - name.n);
	buf_fmt(out, "%9zu", p->clusters);
	for (int part = 0; part < COST_PARTS; part++)
		put_amount(out, p->cost.part[part]);
	put_amount(out, p->cost.total);
	buf_char(out, '\n');
}

static void put_table(struct buf *out, const struct prices *t)
{
	size_t width = strlen("environment");

	for (size_t i = 0; i < t->n; i++)
		width = t->list[i].name.n > width ? t->list[i].name.n : width;
	buf_text(out, price_by_name(t->by));
	buf_pad(out, width - strlen(price_by_name(t->by)));
	buf_text(out, " clusters");
	for (int part = 0; part < COST_PARTS; part++)
		buf_fmt(out, "%*s", AMOUNT_WIDTH, cost_part_name((enum cost_part)part));
	buf_fmt(out, "%*s\n", AMOUNT_WIDTH, t->currency.n ? t->currency.p : "total");
	for (size_t i = 0; i < t->n; i++)
		table_line(out, &t->list[i], width);
	table_line(out, &t->all, width);
}

/* Names are those of intents and the platform, which hold neither commas nor quotes. */
static void put_csv(struct buf *out, const struct prices *t)
{
	buf_fmt(out, "%s,clusters", price_by_name(t->by));
	for (int part = 0; part < COST_PARTS; part++)
		buf_fmt(out, ",%s", cost_part_name((enum cost_part)part));
	buf_text(out, ",total,currency\n");
	for (size_t i = 0; i < t->n; i++) {
		const struct price *p = &t->list[i];

		buf_fmt(out, "%s,%zu", p->name.p, p->clusters);
		for (int part = 0; part < COST_PARTS; part++) {
			buf_char(out, ',');
			cost_print(out, p->cost.part[part], false);
		}
		buf_char(out, ',');
		cost_print(out, p->cost.total, false);
		buf_fmt(out, ",%s\n", t->currency.n ? t->currency.p : "");
	}
}

/* Amounts are texts: a reader that takes numbers for floats would change them. */
static void json_line(struct buf *out, const struct price *p)
{
	buf_fmt(out, "\"clusters\":%zu", p->clusters);
	for (int part = 0; part < COST_PARTS; part++) {
		buf_fmt(out, ",\"%s\":\"", cost_part_name((enum cost_part)part));
		cost_print(out, p->cost.part[part], false);
		buf_char(out, '"');
	}
	buf_text(out, ",\"total\":\"");
	cost_print(out, p->cost.total, false);
	buf_text(out, "\"}");
}

static void put_json(struct buf *out, const struct prices *t)
{
	buf_fmt(out, "{\"by\":\"%s\",\"currency\":\"%s\",\"lines\":[", price_by_name(t->by),
		t->currency.n ? t->currency.p : "");
	for (size_t i = 0; i < t->n; i++) {
		buf_fmt(out, "%s\n{\"name\":\"%s\",", i ? "," : "", t->list[i].name.p);
		json_line(out, &t->list[i]);
	}
	buf_text(out, "],\n\"all\":{");
	json_line(out, &t->all);
	buf_text(out, "}\n");
}

/* The option's place among names, first without it, or -1 after a message. */
static int choice(const char *value, const char *option, const char *const *names, int n)
{
	struct buf all = { 0 };

	for (int i = 0; i < n; i++)
		if (!value || strcmp(value, names[i]) == 0)
			return i;
	for (int i = 0; i < n; i++)
		buf_fmt(&all, "%s%s", i ? ", " : "", names[i]);
	(void)cli_fail(CODE_USAGE, "--%s is one of %s, not '%s'", option, buf_z(&all), value);
	buf_release(&all);
	return -1;
}

static int answer(struct cli *c, const struct fleet_options *o, int form, enum price_by by)
{
	struct arena *a = arena_new();
	struct diags *d = diags_new(a);
	struct prices t = { .by = by };
	struct err err = { 0 };
	struct buf out = { 0 };
	int code = prices_run(a, d, o, &t, &err);

	if (diags_errors(d)) /* what check warns of is not what was asked */
		cli_print(c, d);
	if (err.set)
		code = cli_fail(code, "%s", err.text);
	if (t.list && form == FORM_TABLE)
		put_table(&out, &t);
	else if (t.list && form == FORM_CSV)
		put_csv(&out, &t);
	else if (t.list)
		put_json(&out, &t);
	if (out.n && cli_write(buf_view(&out)) != CODE_FINE)
		code = CODE_OUTSIDE;
	if (t.left_out)
		(void)cli_fail(code, "%zu of the clusters have errors and are left out",
			       t.left_out);
	buf_release(&out);
	arena_free(a);
	return code;
}

static int run(struct cli *c)
{
	const char *bys[PRICE_BYS];
	struct fleet_options o;
	int code = cli_fleet_options(c, &o), form = 0, by = 0;

	for (int i = 0; i < PRICE_BYS; i++)
		bys[i] = price_by_name((enum price_by)i);
	if (code >= 0)
		return code;
	if (c->n_args)
		return cli_fail(CODE_USAGE, "cost takes options only: -C names the repository");
	form = choice(c->value[OPT_format], "format", forms, FORMS);
	by = form < 0 ? -1 : choice(c->value[OPT_by], "by", bys, PRICE_BYS);
	return by < 0 ? CODE_USAGE : answer(c, &o, form, (enum price_by)by);
}

const struct command command_cost = {
	.name = "cost",
	.usage = "[-C REPO] [--by team|tier|environment] [--format table|csv|json]",
	.summary = "what the clusters cost per month, by the platform's rates",
	.help =
	    "Adds up what the pods of each cluster ask for, its disks, its backups (as large as "
	    "the\n"
	    "platform's report says, or as `rates` assume), load balancers and traffic between "
	    "zones, at\n"
	    "the prices of `rates` in platform.yaml. Amounts are exact in CSV and JSON.\n\n"
	    "  howdah cost\n"
	    "  howdah cost --by team --format csv",
	.own_format = "what to print: table (default), csv or json",
	.options = BIT_repository | BIT_source | BIT_as_of | BIT_jobs | BIT_by | BIT_format,
	.run = run,
};
