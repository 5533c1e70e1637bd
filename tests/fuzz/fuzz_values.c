/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_values.c: any text is a value or refused with a reason; a value prints and reads back. */
#include <stdio.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "tree/number.h"
#include "tree/path.h"
#include "tree/print.h"
#include "tree/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool good, const char *what)
{
	if (good)
		return;
	(void)fprintf(stderr, "fuzz_values: %s\n", what);
	abort();
}

static void amounts(struct str text, struct buf *out)
{
	struct quantity q, again;
	int64_t v, back;

	if (!quantity_parse(text, &q)) {
		out->n = 0;
		quantity_print(out, q);
		expect(!quantity_parse(buf_view(out), &again) && q.milli == again.milli,
		       "quantity");
	}
	if (!bytes_parse(text, &v)) {
		expect(v >= 0, "bytes");
		out->n = 0;
		bytes_print(out, v);
		expect(v < 1024 || v % 1024 || (!bytes_parse(buf_view(out), &back) && v == back),
		       "bytes");
	}
	if (!cpu_parse(text, &v)) {
		out->n = 0;
		cpu_print(out, v);
		expect(!quantity_parse(buf_view(out), &again) && v == again.milli, "cpu");
	}
}

static void times(struct str text, struct buf *out)
{
	struct instant at, again;
	int64_t v, back;

	if (!duration_parse(text, &v)) {
		out->n = 0;
		duration_print(out, v);
		expect(!duration_parse(buf_view(out), &back) && v == back, "duration");
	}
	if (!date_parse(text, &v)) {
		out->n = 0;
		date_print(out, v);
		expect(str_eq(buf_view(out), text), "date");
	}
	if (!time_parse(text, &at) && at.seconds >= 0) {
		out->n = 0;
		time_print(out, at);
		if (!str_starts(buf_view(out), "10000"))
			expect(!time_parse(buf_view(out), &again) && instant_cmp(at, again) == 0,
			       "time");
	}
}

static void paths(struct arena *a, struct str text, struct buf *out)
{
	struct path p, again;

	if (path_parse(a, text, &p))
		return;
	out->n = 0;
	path_print(out, &p);
	expect(!path_parse(a, buf_view(out), &again) && path_eq(&p, &again), "path");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	struct str text = arena_copy(a, (const char *)data, size);
	struct buf out = { 0 };
	struct str line = print_text_inline(a, text);

	expect(line.n <= 60 && utf8_valid(line) && str_find(line, '\n') == line.n, "inline");
	amounts(text, &out);
	times(text, &out);
	paths(a, text, &out);
	(void)cron_check(text);
	(void)yaml_ambiguous(text);
	buf_release(&out);
	arena_free(a);
	return 0;
}
