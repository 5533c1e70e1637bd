/* SPDX-License-Identifier: Apache-2.0 */
/* test_json_in.c: what is JSON to us, strictly and as other programs write it. */
#include "check.h"
#include "tree/json_in.h"
#include "tree/print.h"

/* What comes back as compact JSON; NULL: it is refused. */
static const struct {
	const char *text, *strict, *loose;
} rows[] = {
	{ "{\"a\":1}", "{\"a\":1}", "{\"a\":1}" },
	{ " [ -12 , 0 ] ", "[-12,0]", "[-12,0]" },
	{ "[999999999999999]", "[999999999999999]", "[999999999999999]" },
	/* numbers that a double does not hold, or that are not whole */
	{ "[9007199254740993]", NULL, "[\"9007199254740993\"]" },
	{ "[18446744073709551615]", NULL, "[\"18446744073709551615\"]" },
	{ "{\"x\":0.9}", NULL, "{\"x\":\"0.9\"}" },
	{ "[-1.5e-3,2E9]", NULL, "[\"-1.5e-3\",\"2E9\"]" },
	/* what is no number stays none */
	{ "[01]", NULL, NULL },
	{ "[1.]", NULL, NULL },
	{ "[.5]", NULL, NULL },
	{ "[1e]", NULL, NULL },
	{ "[1e+]", NULL, NULL },
	{ "[-]", NULL, NULL },
	{ "[1.5.5]", NULL, NULL },
	{ "[NaN]", NULL, NULL },
	{ "[1]x", NULL, NULL },
	{ "{\"a\":1,\"a\":2}", NULL, NULL },
	{ "[\"a\\u0000b\"]", NULL, NULL },
	{ "[\"0.9\",\"e5\"]", "[\"0.9\",\"e5\"]", "[\"0.9\",\"e5\"]" },
	{ "", NULL, NULL },
	{ "{\"A\":1}{", NULL, NULL },
};

static int same(struct arena *a, const struct node *n, const char *want)
{
	struct buf out = { 0 };
	struct err err = { 0 };
	struct str text;

	if (!n || !want)
		return !n == !want;
	(void)print_json(&out, n, &err);
	text = buf_take(&out, a);
	return str_is(text, want);
}

int main(void)
{
	struct arena *a = arena_new();
	struct pos nowhere = { 0 };

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct str text = str_of(rows[i].text);
		const char *why = NULL;

		if (!CHECK(same(a, json_read(a, text, nowhere, &why), rows[i].strict)) ||
		    !CHECK(same(a, json_read_loose(a, text, nowhere, &why), rows[i].loose)))
			(void)printf("#  row %zu: %s\n", i, rows[i].text);
	}
	arena_free(a);
	return check_done("json_in");
}
