/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_agent_walg.c: whatever wal-g or a drill prints is understood as it is meant, or refused. */
#include <stdio.h>
#include <stdlib.h>

#include "drill/report.h"
#include "walg/read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool good, const char *what)
{
	if (good)
		return;
	(void)fprintf(stderr, "fuzz_agent_walg: %s\n", what);
	abort();
}

static void lists(struct arena *a, struct str text)
{
	struct fact_backups b;
	struct fact_wal w;

	if (!walg_read_backups(a, text, &b))
		for (size_t i = 0; i < b.n; i++) {
			expect(walg_is_backup(b.items[i].name), "the name of a backup");
			expect(walg_is_segment(b.items[i].segment), "the segment of a backup");
			expect(b.items[i].last.n == 16 && b.items[i].began > 0 &&
				   b.items[i].ended > 0 && b.items[i].size >= 0,
			       "a backup");
			expect(i == 0 || b.items[i - 1].began <= b.items[i].began, "order");
		}
	if (!walg_read_wal(a, text, &w))
		for (size_t i = 0; i < w.n; i++)
			expect(walg_is_segment(w.gaps[i].from) && walg_is_segment(w.gaps[i].to),
			       "a gap");
}

/* In pieces it is the same as whole. */
static void pieces(struct arena *a, struct str text)
{
	struct walg_pages one = { 0 }, many = { 0 };
	struct walg_doomed all = { .keep = str_of("000000030000000A00000040"), .arena = a },
			   few = all;

	walg_pages_take(&one, text);
	walg_doomed_take(&all, text);
	for (size_t i = 0; i < text.n; i += 3) {
		walg_pages_take(&many, str_cut(text, i, i + 3));
		walg_doomed_take(&few, str_cut(text, i, i + 3));
	}
	expect(one.corrupt == many.corrupt && walg_pages_whole(&one) == walg_pages_whole(&many),
	       "pages in pieces");
	expect(one.corrupt >= 0, "fewer corrupt pages than none");
	expect(all.n_backups == few.n_backups && all.segments == few.segments &&
		   (all.wrong.n > 0) == (few.wrong.n > 0),
	       "a deletion in pieces");
	for (size_t i = 0; i < all.n_backups; i++)
		expect(walg_is_backup(all.backups[i]), "the name of what is deleted");
}

static void drills(struct arena *a, struct str text)
{
	struct drill d;

	drill_read(a, text, &d);
	expect(!d.passed || (d.over && d.checked && d.backup.n > 0 && d.right == d.asked &&
			     d.started > 0 && d.ready > 0),
	       "a drill that passed without proof");
	(void)drill_status(a, NULL, &d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	/* a copy, so that reading behind its end shows */
	struct str text = arena_copy(a, (const char *)data, size);

	lists(a, text);
	pieces(a, text);
	drills(a, text);
	arena_free(a);
	return 0;
}
