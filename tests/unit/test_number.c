/* SPDX-License-Identifier: Apache-2.0 */
/* test_number.c: quantities, durations, times, dates, cron: what is refused first. */
#include <string.h>

#include "tree/number.h"
#include "unit/check.h"

/* out is the text z; out is emptied. */
static bool says(struct buf *out, const char *z)
{
	bool same = str_is(buf_view(out), z);

	if (!same)
		(void)printf("# got '%s', not '%s'\n", buf_z(out), z);
	buf_release(out);
	return same;
}

static bool quantity_is(const char *text, int64_t milli, const char *canonical)
{
	struct quantity q = { 0 };
	struct buf out = { 0 };

	if (quantity_parse(str_of(text), &q) || q.milli != milli)
		return false;
	quantity_print(&out, q);
	return says(&out, canonical);
}

static bool quantity_fails(const char *text, const char *part)
{
	struct quantity q;
	const char *why = quantity_parse(str_of(text), &q);

	return why && strstr(why, part);
}

static void test_quantity(void)
{
	CHECK(quantity_fails("", "empty"));
	CHECK(quantity_fails("-1", "sign"));
	CHECK(quantity_fails("+1", "sign"));
	CHECK(quantity_fails("Gi", "begin with a digit"));
	CHECK(quantity_fails(".5", "begin with a digit"));
	CHECK(quantity_fails("5.", "behind its dot"));
	CHECK(quantity_fails("5.Gi", "behind its dot"));
	CHECK(quantity_fails("007", "zero too many"));
	CHECK(quantity_fails("1e3", "exponent"));
	CHECK(quantity_fails("1E3", "exponent"));
	CHECK(quantity_fails("100n", "thousandth"));
	CHECK(quantity_fails("100u", "thousandth"));
	CHECK(quantity_fails("10GB", "no unit"));
	CHECK(quantity_fails("10gi", "no unit"));
	CHECK(quantity_fails("10K", "no unit"));
	CHECK(quantity_fails("10 Gi", "space"));
	CHECK(quantity_fails("1_000", "no unit"));
	CHECK(quantity_fails("0.5m", "finer"));
	CHECK(quantity_fails("0.0001", "finer"));
	CHECK(quantity_fails("0.00001Ki", "finer"));
	CHECK(quantity_fails("12345678901234567890", "digits"));
	CHECK(quantity_fails("4644422222222222222444444.4488830m", "digits"));
	CHECK(quantity_fails("8Ei", "large"));
	CHECK(quantity_fails("9223372036854776", "large"));
	CHECK(quantity_is("9223372036854775", 9223372036854775000, "9223372036854775"));
	CHECK(quantity_is("4444444444.4444415M", 4444444444444441500, "4444444444444441500m"));
	CHECK(quantity_is("4444444444444441500m", 4444444444444441500, "4444444444444441500m"));
	CHECK(quantity_is("0", 0, "0"));
	CHECK(quantity_is("0Gi", 0, "0"));
	CHECK(quantity_is("0.000", 0, "0"));
	CHECK(quantity_is("500m", 500, "500m"));
	CHECK(quantity_is("1000m", 1000, "1"));
	CHECK(quantity_is("1.5", 1500, "1500m"));
	CHECK(quantity_is("0.5", 500, "500m"));
	CHECK(quantity_is("2", 2000, "2"));
	CHECK(quantity_is("2000", 2000000, "2k"));
	CHECK(quantity_is("1500k", 1500000000, "1500k"));
	CHECK(quantity_is("1.5Gi", 1610612736000, "1536Mi"));
	CHECK(quantity_is("1024Mi", 1073741824000, "1Gi"));
	CHECK(quantity_is("0.5Ki", 512000, "512"));
	CHECK(quantity_is("0.25Gi", 268435456000, "256Mi"));
	CHECK(quantity_is("1Pi", 1125899906842624000, "1Pi"));
	CHECK(quantity_cmp((struct quantity){ 1, true }, (struct quantity){ 2, false }) < 0);
	CHECK(quantity_cmp((struct quantity){ 2, true }, (struct quantity){ 2, false }) == 0);
}

static bool bytes_is(const char *text, int64_t bytes, const char *canonical)
{
	int64_t v = -1;
	struct buf out = { 0 };

	if (bytes_parse(str_of(text), &v) || v != bytes)
		return false;
	bytes_print(&out, v);
	return says(&out, canonical);
}

static bool bytes_fails(const char *text, const char *part)
{
	int64_t v;
	const char *why = bytes_parse(str_of(text), &v);

	return why && strstr(why, part);
}

static void test_bytes(void)
{
	CHECK(bytes_fails("50", "needs a unit"));
	CHECK(bytes_fails("50m", "thousandths"));
	CHECK(bytes_fails("8Ei", "large"));
	CHECK(bytes_fails("0.1Ki", "finer"));
	CHECK(bytes_is("7Ei", 8070450532247928832, "7Ei"));
	CHECK(bytes_is("50Gi", 53687091200, "50Gi"));
	CHECK(bytes_is("1.5Gi", 1610612736, "1536Mi"));
	CHECK(bytes_is("1G", 1000000000, "1000000000"));
	CHECK(bytes_is("1M", 1000000, "1000000"));
	CHECK(bytes_is("0.5k", 500, "500"));
}

static void test_cpu(void)
{
	int64_t v;
	struct buf out = { 0 };

	CHECK(cpu_parse(str_of("1Gi"), &v) != NULL);
	CHECK(cpu_parse(str_of("1k"), &v) != NULL);
	CHECK(cpu_parse(str_of("0.0005"), &v) != NULL);
	CHECK(cpu_parse(str_of("two"), &v) != NULL);
	CHECK(cpu_parse(str_of("0.25"), &v) == NULL && v == 250);
	CHECK(cpu_parse(str_of("1500m"), &v) == NULL && v == 1500);
	CHECK(cpu_parse(str_of("4"), &v) == NULL && v == 4000);
	cpu_print(&out, 4000);
	CHECK(says(&out, "4"));
	cpu_print(&out, 250);
	CHECK(says(&out, "250m"));
}

static bool duration_is(const char *text, int64_t seconds, const char *canonical)
{
	int64_t v = -1;
	struct buf out = { 0 };

	if (duration_parse(str_of(text), &v) || v != seconds)
		return false;
	duration_print(&out, v);
	return says(&out, canonical);
}

static bool duration_fails(const char *text, const char *part)
{
	int64_t v;
	const char *why = duration_parse(str_of(text), &v);

	return why && strstr(why, part);
}

static void test_duration(void)
{
	CHECK(duration_fails("", "empty"));
	CHECK(duration_fails("30", "needs a unit"));
	CHECK(duration_fails("1h30m", "no duration"));
	CHECK(duration_fails("1.5h", "no duration"));
	CHECK(duration_fails("-5s", "no duration"));
	CHECK(duration_fails("010s", "no duration"));
	CHECK(duration_fails("5w", "no duration"));
	CHECK(duration_fails("s", "no duration"));
	CHECK(duration_fails("5 m", "no duration"));
	CHECK(duration_fails("9223372036854775807d", "too long"));
	CHECK(duration_is("30s", 30, "30s"));
	CHECK(duration_is("90s", 90, "90s"));
	CHECK(duration_is("60m", 3600, "1h"));
	CHECK(duration_is("7d", 604800, "7d"));
	CHECK(duration_is("0h", 0, "0s"));
}

static bool date_is(const char *text, int64_t days)
{
	int64_t v = -1;
	struct buf out = { 0 };

	if (date_parse(str_of(text), &v) || v != days)
		return false;
	date_print(&out, v);
	return says(&out, text);
}

static bool date_fails(const char *text, const char *part)
{
	int64_t v;
	const char *why = date_parse(str_of(text), &v);

	return why && strstr(why, part);
}

static void test_date(void)
{
	CHECK(date_fails("", "no date"));
	CHECK(date_fails("2026-1-31", "no date"));
	CHECK(date_fails("26-01-31", "no date"));
	CHECK(date_fails("2026/01/31", "no date"));
	CHECK(date_fails("1969-12-31", "1970"));
	CHECK(date_fails("2026-13-01", "month"));
	CHECK(date_fails("2026-00-01", "month"));
	CHECK(date_fails("2026-02-29", "does not have"));
	CHECK(date_fails("2100-02-29", "does not have"));
	CHECK(date_fails("2026-04-31", "does not have"));
	CHECK(date_fails("2026-01-00", "does not have"));
	CHECK(date_fails("2026-01-31T", "behind its day"));
	CHECK(date_is("1970-01-01", 0));
	CHECK(date_is("2000-02-29", 11016));
	CHECK(date_is("2024-02-29", 19782));
	CHECK(date_is("2026-12-31", 20818));
	CHECK(date_is("9999-12-31", 2932896));
}

/* Every day prints and reads back, and is the successor of the one before. */
static void test_all_days(void)
{
	struct buf out = { 0 }, before = { 0 };
	bool good = true;

	for (int64_t day = 0; day < 2932897 && good; day += 1 + day % 37) {
		int64_t v = -1;

		out.n = 0;
		date_print(&out, day);
		good = !date_parse(buf_view(&out), &v) && v == day &&
		       str_cmp(buf_view(&before), buf_view(&out)) < 0;
		before.n = 0;
		buf_str(&before, buf_view(&out));
	}
	CHECK(good);
	buf_release(&out);
	buf_release(&before);
}

static bool time_is(const char *text, int64_t seconds, int32_t micros, const char *canonical)
{
	struct instant at = { 0, 0 };
	struct buf out = { 0 };

	if (time_parse(str_of(text), &at) || at.seconds != seconds || at.micros != micros)
		return false;
	time_print(&out, at);
	return says(&out, canonical);
}

/* Commits and backups may tell any time: what is no year of four digits becomes the nearest. */
static bool time_nearest(int64_t seconds, const char *canonical)
{
	struct buf out = { 0 };

	time_print(&out, (struct instant){ seconds, 0 });
	return says(&out, canonical);
}

static bool time_fails(const char *text, const char *part)
{
	struct instant at;
	const char *why = time_parse(str_of(text), &at);

	return why && strstr(why, part);
}

static void test_time(void)
{
	CHECK(time_nearest(253402300799, "9999-12-31T23:59:59Z"));
	CHECK(time_nearest(253402300800, "9999-12-31T23:59:59Z"));
	CHECK(time_nearest(INT64_MAX, "9999-12-31T23:59:59Z"));
	CHECK(time_nearest(-1, "1970-01-01T00:00:00Z"));
	CHECK(time_nearest(INT64_MIN, "1970-01-01T00:00:00Z"));
	CHECK(time_fails("", "no time"));
	CHECK(time_fails("yesterday", "no time"));
	CHECK(time_fails("2026-01-31", "needs a T"));
	CHECK(time_fails("2026-01-31 12:00:00Z", "needs a T"));
	CHECK(time_fails("2026-02-30T12:00:00Z", "does not have"));
	CHECK(time_fails("2026-01-31T12:00:00", "needs an offset"));
	CHECK(time_fails("2026-01-31T12:00Z", "time of day"));
	CHECK(time_fails("2026-01-31T24:00:00Z", "time of day"));
	CHECK(time_fails("2026-01-31T23:59:60Z", "time of day"));
	CHECK(time_fails("2026-01-31T12:00:00+0200", "valid offset"));
	CHECK(time_fails("2026-01-31T12:00:00+02", "valid offset"));
	CHECK(time_fails("2026-01-31T12:00:00 UTC", "valid offset"));
	CHECK(time_fails("2026-01-31T12:00:00Zx", "valid offset"));
	CHECK(time_fails("2026-01-31T12:00:00+24:00", "valid offset"));
	CHECK(time_fails("2026-01-31T12:00:00.Z", "fraction"));
	CHECK(time_fails("2026-01-31T12:00:00.1234567Z", "fraction"));
	CHECK(time_is("1970-01-01T00:00:00Z", 0, 0, "1970-01-01T00:00:00Z"));
	CHECK(time_is("2026-01-31T12:00:00+02:00", 1769853600, 0, "2026-01-31T10:00:00Z"));
	CHECK(time_is("2026-01-31T12:00:00.5-01:30", 1769866200, 500000,
		      "2026-01-31T13:30:00.500000Z"));
	CHECK(time_is("2026-01-01T00:30:00+01:00", 1767223800, 0, "2025-12-31T23:30:00Z"));
	CHECK(instant_cmp((struct instant){ 1, 5 }, (struct instant){ 1, 6 }) < 0);
	CHECK(instant_cmp((struct instant){ 2, 0 }, (struct instant){ 1, 6 }) > 0);
	CHECK(instant_cmp((struct instant){ 2, 0 }, (struct instant){ 2, 0 }) == 0);
}

static bool cron_fails(const char *text, const char *part)
{
	const char *why = cron_check(str_of(text));

	return why && strstr(why, part);
}

static bool cron_fits(const char *text)
{
	return !cron_check(str_of(text));
}

static void test_cron(void)
{
	CHECK(cron_fails("", "five fields"));
	CHECK(cron_fails("0 3 * *", "five fields"));
	CHECK(cron_fails("0 3 * * * *", "five fields"));
	CHECK(cron_fails("@daily", "five fields"));
	CHECK(cron_fails("TZ=UTC 0 3 * * *", "five fields"));
	CHECK(cron_fails("60 3 * * *", "1st"));
	CHECK(cron_fails("-1 3 * * *", "1st"));
	CHECK(cron_fails("0 24 * * *", "2nd"));
	CHECK(cron_fails("0 3 0 * *", "3rd"));
	CHECK(cron_fails("0 3 32 * *", "3rd"));
	CHECK(cron_fails("0 3 ? * *", "3rd"));
	CHECK(cron_fails("0 3 * 13 *", "4th"));
	CHECK(cron_fails("0 3 * FOO *", "4th"));
	CHECK(cron_fails("0 3 * * 7", "5th"));
	CHECK(cron_fails("0 3 * * MONDAY", "5th"));
	CHECK(cron_fails("*/0 * * * *", "1st"));
	CHECK(cron_fails("*/61 * * * *", "1st"));
	CHECK(cron_fails("5/10 * * * *", "1st"));
	CHECK(cron_fails("10-5 * * * *", "1st"));
	CHECK(cron_fails("1,,2 * * * *", "1st"));
	CHECK(cron_fails("1, * * * *", "1st"));
	CHECK(cron_fails("0 3 31 2 *", "none of its months"));
	CHECK(cron_fails("0 3 31 APR,JUN *", "none of its months"));
	CHECK(cron_fits("0 3 31 2 MON"));
	CHECK(cron_fits("0 3 29 FEB *"));
	CHECK(cron_fits("0 3 * * *"));
	CHECK(cron_fits("*/15 0-6,20-23/2 1,15 jan-dec mon-FRI"));
	CHECK(cron_fits("  0   3 * * 0 "));
}

int main(void)
{
	test_quantity();
	test_bytes();
	test_cpu();
	test_duration();
	test_date();
	test_all_days();
	test_time();
	test_cron();
	return check_done("number");
}
