/* SPDX-License-Identifier: Apache-2.0 */
/* test_schema_values.c: rules between fields, and the syntaxes of values. */
#include "unit/schema_fixture.h"

/* ---- rules between fields ------------------------------------------------------------------ */

/* New spec, old spec (or NULL), and the rule that is broken ("" for none). */
static const struct {
	const char *now, *old, *rule;
} rule_cases[] = {
	{ "  sync: strict\n  instances: 1\n", NULL, "sync-two" },
	{ "  sync: \"on\"\n", NULL, "sync-two" },
	{ "  sync: strict\n  instances: 2\n", NULL, "" },
	{ "  sync: \"off\"\n  instances: 1\n", NULL, "" },
	{ "  sleep: true\n  instances: 2\n", NULL, "sleep-one" },
	{ "  sleep: true\n", NULL, "" },
	{ "  pool: {low: 5, high: 4}\n", NULL, "low-high" },
	{ "  pool: {low: 4, high: 4}\n", NULL, "" },
	{ "  pool: {low: 5}\n", NULL, "" },
	{ "  storage: 1Ti\n  limit: 1000Gi\n", NULL, "size-order" },
	{ "  storage: 1024Gi\n  limit: 1Ti\n", NULL, "" },
	{ "  pool: {low: 3}\n  instances: 3\n", NULL, "low-less" },
	{ "  pool: {low: 2}\n  instances: 3\n", NULL, "" },
	{ "  pool: {low: 2}\n", NULL, "" },
	{ "kind: Shop\nspec: {team: gp, version: 17, storage: {class: gp}}\n", NULL,
	  "names-differ" },
	{ "kind: Shop\nspec: {team: io, version: 17, storage: {class: gp}}\n", NULL, "" },
	{ "kind: Shop\nspec: {version: 17, storage: {class: gp}}\n", NULL, "" },
	{ "  storage: 9Gi\n", "  storage: 10Gi\n", "grows" },
	{ "  storage: 10240Mi\n", "  storage: 10Gi\n", "" },
	{ "  storage: 11Gi\n", "  storage: 10Gi\n", "" },
	{ "  instances: 1\n", "  storage: 10Gi\n", "" },
	{ "kind: Shop\nspec: {team: b, version: 17}\n", "  sleep: true\n", "team-fixed" },
	{ "kind: Shop\nspec: {version: 17}\n", "  sleep: true\n", "team-fixed" },
	{ "kind: Shop\nspec: {team: a, version: 16}\n", "  sleep: true\n", "version-fixed" },
	{ "kind: Shop\nspec: {team: a, version: 16, sleep: true}\n", "  sleep: true\n", "" },
	{ "kind: Shop\nspec: {team: a, version: 16, sleep: true, storage: 1Gi}\n",
	  "  storage: 2Gi\n", "" },
};

static void test_rules(void)
{
	struct fixture f = setup();
	const struct schema *root = schema_find(f.set, str_of("Shop"))->root;

	for (size_t i = 0; i < sizeof(rule_cases) / sizeof(rule_cases[0]); i++) {
		const struct node *old = rule_cases[i].old ? checked(&f, rule_cases[i].old) : NULL;
		const struct node *now = checked(&f, rule_cases[i].now);

		f.diags = diags_new(f.arena);
		schema_rules_check(f.arena, f.diags, root, now, old);

		const struct diag *g = diags_first(f.diags);

		expect(rule_cases[i].now, g ? g->rule.p : "", rule_cases[i].rule);
		CHECK(!g || (!g->next && g->notes && g->pos.line));
	}
	teardown(&f);
}

/* ---- formats ------------------------------------------------------------------------------- */

static const struct {
	const char *format, *right, *wrong; /* values apart by one blank-free '|' */
} format_cases[] = {
	{ "bytes", "1Gi|500M|1.5Gi", "1|Gi|1gb|-1Gi|1e3" },
	{ "cpu", "1|500m|1.5", "1Gi|m|-1|0.0001" },
	{ "duration", "1s|15m|7d|250ms", "1|5 m|1.5h|m|-1s|1y" },
	{ "cron", "0 2 * * *|*/5 * * * 1-5", "@daily|0 2 * *|60 * * * *|0 0 31 2 *" },
	{ "timezone", "UTC|Europe/Berlin|America/Argentina/Ushuaia",
	  "CET|Europe/|/Berlin|Europe Berlin|Europe/Berln|europe/berlin" },
	{ "time", "2026-01-31T14:00:00Z|2026-01-31T14:00:00+01:00",
	  "2026-01-31|2026-01-31T14:00:00|2026-02-30T14:00:00Z" },
	{ "date", "2026-01-31|2024-02-29", "2026-02-29|26-1-1|2026/01/31" },
	{ "dns-label", "a|a-b|0a", "A|-a|a-|a.b||a_b" },
	{ "dns-name", "a|a.b|a-b.c0", "A|a..b|.a|a.|-a.b" },
	{ "pg-identifier", "a|_a|a_1", "A|1a|pg_a|a-b" },
	{ "guc", "work_mem|pg_stat_statements.max|timezone", "work mem|.a|a.|1a|a.b.c|TimeZone" },
	{ "cidr", "10.0.0.0/8|0.0.0.0/0|::/0|2001:db8::/32|10.1.2.3/32",
	  "10.0.0.0|10.0.0.1/8|10.0.0.0/33|10.0.0/8|::/129|10.0.0.0/08|x/8" },
	{ "ip", "10.0.0.1|::1", "10.0.0.256|10.0.0|:::|1.2.3.4.5" },
	{ "label-value", "a|A.b_c-1||1", "-a|a b|a/b" },
	{ "label-key", "a|app.kubernetes.io/name|A_b", "/a|a/|A.b/c|a b|" },
	{ "image",
	  "spilo:1|ghcr.io/a/b:4.0-p3|localhost:5000/a|a@sha256:0123456789abcdef0123456789abcdef"
	  "0123456789abcdef0123456789abcdef",
	  "|Spilo:1|a b|a:|a@sha256:0|/a|a/" },
	{ "digest", "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
	  "sha256:0|md5:0|sha256:"
	  "0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef" },
	{ "url", "https://a|ssh://git@a/b",
	  "a|https:/a|https://|https:///a|HTTPS://a|https://a b" },
	{ "email", "a@b", "a|@b|a@|a@b@c|a b@c" },
	{ "decimal", "1|0.5|22.50|1.123456", "|.5|5.|1.1234567|-1|1e3|1,5" },
	{ "name-pattern", "a|team-*|*|prod/team-*", "A|-a|a/b/c|/a|a b" },
	{ "file-path", "a|tests/one.yaml|prod/team-a/b_c", "/a|a/|a//b|../a|a/.git/b|a b" },
	{ "path", "a|a.b[2].c|a[name=x].b|labels[\"a/b\"]", "|a.|.a|a[|a..b" },
	{ "regex", "^a$|a|.*", "[|(" },
};

static void check_values(const char *format, const char *values, bool right)
{
	enum format f = format_find(str_of(format));

	for (struct str left = str_of(values);;) {
		size_t bar = str_find(left, '|');
		const char *why = format_check(f, str_cut(left, 0, bar));

		if (!CHECK((why == NULL) == right))
			(void)printf("#   %s: '%.*s': %s\n", format, (int)bar, left.p,
				     why ? why : "passed");
		if (bar == left.n)
			return;
		left = str_cut(left, bar + 1, left.n);
	}
}

static void test_formats(void)
{
	int sign = 9;

	for (size_t i = 0; i < sizeof(format_cases) / sizeof(format_cases[0]); i++) {
		CHECK(format_find(str_of(format_cases[i].format)) != FORMAT_none);
		check_values(format_cases[i].format, format_cases[i].wrong, false);
		check_values(format_cases[i].format, format_cases[i].right, true);
	}
	for (int i = 1; i < FORMAT_count; i++)
		CHECK(!format_check((enum format)i, str_of(format_row((enum format)i)->example)));
	CHECK(format_compare(FORMAT_bytes, str_of("1Gi"), str_of("1024Mi"), &sign) && sign == 0);
	CHECK(format_compare(FORMAT_cpu, str_of("500m"), str_of("1"), &sign) && sign < 0);
	CHECK(format_compare(FORMAT_duration, str_of("1d"), str_of("23h"), &sign) && sign > 0);
	CHECK(format_compare(FORMAT_duration, str_of("999ms"), str_of("1s"), &sign) && sign < 0);
	CHECK(format_compare(FORMAT_decimal, str_of("10"), str_of("9.5"), &sign) && sign > 0);
	CHECK(!format_compare(FORMAT_cron, str_of("a"), str_of("b"), &sign));
}

int main(void)
{
	test_rules();
	test_formats();
	return check_done("schema_values");
}
