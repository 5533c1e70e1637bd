/* SPDX-License-Identifier: Apache-2.0 */
/* test_agent_walg.c: what wal-g prints, and what it never should: half of it, other types, numbers
 * that are too large, names that lead elsewhere. */
#include "check.h"
#include "tree/number.h"
#include "walg/read.h"

static struct arena *a;

#define BASE "base_000000030000000A000000F0"
#define WAL "000000030000000A000000F0"
#define DETAIL                                                                                     \
	"\"time\":\"2026-01-01T00:52:40Z\",\"start_time\":\"2026-01-01T00:45:12.123456789Z\","     \
	"\"finish_time\":\"2026-01-01T00:52:39.5Z\",\"hostname\":\"shared-i2-1\","                 \
	"\"data_dir\":\"/d\",\"pg_version\":170006,\"start_lsn\":47244640296,"                     \
	"\"finish_lsn\":18446744069414584320,\"is_permanent\":false,"                              \
	"\"system_identifier\":7461234567890123456,\"uncompressed_size\":3000000000,"              \
	"\"compressed_size\":1000000000"
#define ONE "{\"backup_name\":\"" BASE "\",\"wal_file_name\":\"" WAL "\"," DETAIL "}"

static const struct {
	const char *text;
	int n; /* backups, -1: refused */
} lists[] = {
	{ "", 0 },
	{ "\n", 0 },
	{ "[]", 0 },
	{ "[" ONE "]", 1 },
	{ "[" ONE "," ONE "]", 2 },
	/* without metadata the time of the sentinel is all there is */
	{ "[{\"backup_name\":\"" BASE "\",\"wal_file_name\":\"" WAL
	  "\",\"time\":\"2026-01-01T00:52:40Z\",\"start_time\":\"0001-01-01T00:00:00Z\","
	  "\"finish_time\":\"0001-01-01T00:00:00Z\"}]",
	  1 },
	{ "[{\"backup_name\":\"" BASE "_D_" WAL "\",\"wal_file_name\":\"" WAL "\"," DETAIL "}]",
	  1 },
	{ "[" ONE, -1 },
	{ "[" ONE ",", -1 },
	{ "{}", -1 },
	{ "null", -1 },
	{ "[null]", -1 },
	{ "[[]]", -1 },
	{ "[1]", -1 },
	{ "INFO: No backups found", -1 },
	{ "[{\"backup_name\":7,\"wal_file_name\":\"" WAL "\"," DETAIL "}]", -1 },
	{ "[{\"backup_name\":\"../" BASE "\",\"wal_file_name\":\"" WAL "\"," DETAIL "}]", -1 },
	{ "[{\"backup_name\":\"" BASE "/x\",\"wal_file_name\":\"" WAL "\"," DETAIL "}]", -1 },
	{ "[{\"backup_name\":\"" BASE " --confirm\",\"wal_file_name\":\"" WAL "\"," DETAIL "}]",
	  -1 },
	{ "[{\"backup_name\":\"" BASE "\",\"wal_file_name\":\"0\"," DETAIL "}]", -1 },
	{ "[{\"backup_name\":\"" BASE "\",\"wal_file_name\":\"" WAL "\"}]", -1 },
	{ "[{\"backup_name\":\"" BASE "\",\"wal_file_name\":\"" WAL "\",\"time\":\"now\"}]", -1 },
	{ "[{\"backup_name\":\"" BASE "\",\"wal_file_name\":\"" WAL
	  "\",\"time\":\"2026-01-01T00:52:40Z\",\"compressed_size\":-1}]",
	  -1 },
	{ "[{\"backup_name\":\"" BASE "\",\"wal_file_name\":\"" WAL
	  "\",\"time\":\"2026-01-01T00:52:40Z\",\"compressed_size\":\"large\"}]",
	  -1 },
	{ "[{\"backup_name\":\"" BASE "\",\"wal_file_name\":\"" WAL
	  "\",\"time\":\"2026-01-01T00:52:40Z\",\"compressed_size\":1e99}]",
	  -1 },
};

static void backups(void)
{
	struct fact_backups b;

	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++) {
		const char *why = walg_read_backups(a, str_of(lists[i].text), &b);

		if (!CHECK(lists[i].n < 0 ? why != NULL : !why && (int)b.n == lists[i].n))
			(void)printf("#   %s: %s\n", lists[i].text, why ? why : "taken");
	}
	if (!CHECK(!walg_read_backups(a, str_of("[" ONE "]"), &b) && b.n == 1))
		return;
	CHECK(str_is(b.items[0].name, BASE) && str_is(b.items[0].host, "shared-i2-1"));
	CHECK(b.items[0].began == 1767228312 && b.items[0].ended == 1767228759);
	CHECK(b.items[0].size == 1000000000 && b.items[0].full && !b.items[0].permanent);
	/* an LSN has 64 bits, and no double holds it */
	CHECK(str_is(b.items[0].last, "FFFFFFFF00000000"));
}

/* The oldest comes first, whatever their names say: after a new timeline names lie. */
static void order(void)
{
	struct fact_backups b;
	const char *text = "[{\"backup_name\":\"base_000000020000000000000002\",\"wal_file_name\":"
			   "\"000000020000000000000002\",\"time\":\"2026-01-01T00:00:00Z\"},"
			   "{\"backup_name\":\"base_000000010000000000000009\",\"wal_file_name\":"
			   "\"000000010000000000000009\",\"time\":\"2026-01-02T00:00:00Z\"},"
			   "{\"backup_name\":\"base_000000010000000000000001\",\"wal_file_name\":"
			   "\"000000010000000000000001\",\"time\":\"2025-12-31T00:00:00Z\"}]";

	CHECK(!walg_read_backups(a, str_of(text), &b) && b.n == 3);
	CHECK(b.n == 3 && str_is(b.items[0].name, "base_000000010000000000000001") &&
	      str_is(b.items[2].name, "base_000000010000000000000009"));
}

#define RUN(status)                                                                                \
	"{\"timeline_id\":3,\"start_segment\":\"" WAL "\",\"end_segment\":\"" WAL                  \
	"\",\"segments_count\":1,\"status\":\"" status "\"}"
#define LINES(status)                                                                              \
	"\"timeline\":{\"status\":\"" status                                                       \
	"\",\"details\":{\"current_timeline_id\":3,\"highest_storage_timeline_id\":3}}"
#define WHOLE(status, runs)                                                                        \
	"{\"integrity\":{\"status\":\"" status "\",\"details\":" runs "}," LINES("OK") "}"

static const struct {
	const char *text;
	int n; /* gaps, -1: refused */
	bool lost, foreign;
} verified[] = {
	{ WHOLE("OK", "[" RUN("FOUND") "]"), 0, false, false },
	{ WHOLE("OK", "null"), 0, false, false },
	{ WHOLE("OK", "[]"), 0, false, false },
	{ WHOLE("WARNING", "[" RUN("FOUND") "," RUN("MISSING_DELAYED") "]"), 1, false, false },
	{ WHOLE("WARNING", "[" RUN("MISSING_UPLOADING") "]"), 1, false, false },
	{ WHOLE("FAILURE", "[" RUN("MISSING_LOST") "," RUN("FOUND") "]"), 1, true, false },
	{ WHOLE("FAILURE", "[" RUN("FOUND") "]"), 1, true, false },
	{ WHOLE("FAILURE", "null"), 1, true, false },
	/* a kind of missing that is new is not taken for a harmless one */
	{ WHOLE("WARNING", "[" RUN("MISSING_OTHERWISE") "]"), 1, true, false },
	{ "{\"integrity\":{\"status\":\"OK\"}," LINES("FAILURE") "}", 0, false, true },
	{ "{\"integrity\":{\"status\":\"OK\"}," LINES("WARNING") "}", 0, false, true },
	{ WHOLE("OK", "[" RUN("STRANGE") "]"), -1, false, false },
	{ WHOLE("GOOD", "[]"), -1, false, false },
	{ WHOLE("OK", "{}"), -1, false, false },
	{ WHOLE("OK", "[null]"), -1, false, false },
	{ WHOLE("OK", "[{\"status\":\"FOUND\"}]"), -1, false, false },
	{ "{\"integrity\":{\"status\":\"OK\"}}", -1, false, false },
	{ "{" LINES("OK") "}", -1, false, false },
	{ "{\"integrity\":{\"status\":\"O", -1, false, false },
	{ "", -1, false, false },
	{ "[]", -1, false, false },
};

static void wal(void)
{
	for (size_t i = 0; i < sizeof(verified) / sizeof(*verified); i++) {
		struct fact_wal w;
		const char *why = walg_read_wal(a, str_of(verified[i].text), &w);
		bool lost = false;

		for (size_t k = 0; !why && k < w.n; k++)
			lost = lost || w.gaps[k].lost;
		if (!CHECK(verified[i].n < 0
			       ? why != NULL
			       : !why && (int)w.n == verified[i].n && lost == verified[i].lost &&
				     w.foreign == verified[i].foreign && w.newest == 3))
			(void)printf("#   %s: %s\n", verified[i].text, why ? why : "taken");
	}
}

static const struct {
	const char *text;
	int64_t corrupt;
	bool whole;
} files[] = {
	{ "{\"Files\":{\"/base/1/2\":{\"IsSkipped\":false}},\"TarFileSets\":{}}", 0, true },
	{ "{\"Files\":{\"/base/1/2\":{\"CorruptBlocks\":{\"CorruptBlocksCount\":3,"
	  "\"SomeCorruptBlocks\":[1,2,3]}}}}",
	  3, true },
	{ "{\"Files\":{\"a\":{\"CorruptBlocks\":{\"CorruptBlocksCount\" : 3}},\n"
	  "\"b\":{\"CorruptBlocks\":{\"CorruptBlocksCount\":40}}}}",
	  43, true },
	{ "{\"CorruptBlocksCount\":null}", 1, true },
	{ "{\"CorruptBlocksCount\":0}", 0, true },
	{ "{\"\"CorruptBlocksCount\":2}", 2, true },
	{ "{\"CorruptBlocksCountX\":9}", 0, true },
	{ "{\"Files\":{\"/base/1/2\":{\"CorruptBlocks\":{\"CorruptBlocksCount\":3", 0, false },
	{ "{\"Files\":{", 0, false },
	{ "", 0, false },
	{ "ERROR: 404", 0, false },
};

/* The same in one piece and letter by letter. */
static void pages(void)
{
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		struct walg_pages one = { 0 }, many = { 0 };
		struct str text = str_of(files[i].text);

		walg_pages_take(&one, text);
		for (size_t k = 0; k < text.n; k++)
			walg_pages_take(&many, str_cut(text, k, k + 1));
		if (!CHECK(one.corrupt == files[i].corrupt) ||
		    !CHECK(walg_pages_whole(&one) == files[i].whole))
			(void)printf("#   %s: %lld\n", files[i].text, (long long)one.corrupt);
		CHECK(many.corrupt == one.corrupt &&
		      walg_pages_whole(&many) == walg_pages_whole(&one));
	}
}

#define HEAD "INFO: 2024/03/05 10:51:42.835741 "
#define DOOM(path) HEAD "\twill be deleted: " path ", from storage: default\n"

static const struct {
	const char *text;
	int backups, segments;
	bool wrong;
} doomed[] = {
	{ HEAD "Start delete\n" HEAD "Objects in folder:\n" HEAD "Dry run, nothing were deleted\n",
	  0, 0, false },
	{ DOOM("basebackups_005/base_000000030000000A00000010_backup_stop_sentinel.json")
	      DOOM("basebackups_005/base_000000030000000A00000010/metadata.json") DOOM(
		  "basebackups_005/base_000000030000000A00000010/tar_partitions/part_1.tar.lz4")
		  DOOM("wal_005/000000030000000A0000000F.lz4")
		      DOOM("wal_005/000000020000000A0000003F.00000028.backup.lz4"),
	  1, 2, false },
	/* older releases name no storage */
	{ HEAD "\twill be deleted: wal_005/000000030000000A0000000F.lz4\n", 0, 1, false },
	{ DOOM("wal_005/000000030000000A00000040.lz4"), 0, 1, true },
	{ DOOM("wal_005/000000010000000A00000041.lz4"), 0, 1, true },
	{ DOOM("wal_005/00000003.history.lz4"), 0, 1, true },
	{ DOOM("howdah-claim.json"), 0, 0, true },
	{ DOOM("../other/wal_005/000000030000000A0000000F.lz4"), 0, 0, true },
	{ DOOM("basebackups_005/other.json"), 0, 0, true },
	{ HEAD "\tskipped: wal_005/000000030000000A000000FF.lz4\n", 0, 0, false },
};

static void deletions(void)
{
	for (size_t i = 0; i < sizeof(doomed) / sizeof(*doomed); i++) {
		struct walg_doomed d = { .keep = str_of("000000030000000A00000040"), .arena = a };
		struct str text = str_of(doomed[i].text);

		for (size_t k = 0; k < text.n; k += 7)
			walg_doomed_take(&d, str_cut(text, k, k + 7));
		if (!CHECK((int)d.n_backups == doomed[i].backups &&
			   d.segments == doomed[i].segments && (d.wrong.n > 0) == doomed[i].wrong))
			(void)printf("#   %s: %zu, %lld, %.*s\n", doomed[i].text, d.n_backups,
				     (long long)d.segments, (int)d.wrong.n,
				     d.wrong.n ? d.wrong.p : "");
	}
}

/* More than anybody would print. */
static void much(void)
{
	struct walg_doomed d = { .keep = str_of("000000030000000A00000040"), .arena = a };
	struct fact_backups b;
	struct buf text = { 0 };

	for (int i = 0; i <= DOOMED_MOST; i++)
		buf_fmt(&text,
			DOOM("basebackups_005/base_0000000300000000000000%02X/metadata.json"), i);
	walg_doomed_take(&d, buf_view(&text));
	CHECK(d.n_backups == DOOMED_MOST && d.wrong.n > 0);
	text.n = 0;
	for (int i = 0; i < 600; i++)
		buf_text(&text, "wal_005/");
	buf_char(&text, '\n');
	d.wrong = str_of("");
	walg_doomed_take(&d, buf_view(&text));
	CHECK(d.wrong.n > 0);
	text.n = 0;
	for (int i = 0; i < 100; i++)
		buf_text(&text, "[");
	CHECK(walg_read_backups(a, buf_view(&text), &b) != NULL);
	text.n = 0;
	buf_text(&text, "[" ONE);
	while (text.n < 5 * 1024 * 1024)
		buf_text(&text, "," ONE);
	buf_text(&text, "]");
	CHECK(walg_read_backups(a, buf_view(&text), &b) != NULL);
	buf_release(&text);
}

int main(void)
{
	a = arena_new();
	backups();
	order();
	wal();
	pages();
	deletions();
	much();
	arena_free(a);
	return check_done("agent_walg");
}
