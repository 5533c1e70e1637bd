/* SPDX-License-Identifier: Apache-2.0 */
/* test_link_values.c: what PostgreSQL, the images and JSON readers refuse, first; then what they
 * take. */
#include "link/guc.h"
#include "link/texts.h"
#include "tree/json_in.h"
#include "unit/check.h"

static struct arena *arena;

/* A row {type, and pairs of key and text}; "enum" takes words joined by blanks. */
static const struct node *row(const char *const *pairs)
{
	struct node *map = node_new(arena, NODE_MAP, (struct pos){ 0 });
	struct node_list list = { 0 };

	for (; *pairs; pairs += 2) {
		struct str rest = str_of(pairs[1]);
		struct node *words = node_new(arena, NODE_LIST, map->pos);
		struct node_list items = { 0 };

		if (strcmp(pairs[0], "enum") != 0) {
			node_put(&list, str_of(pairs[0]), node_str(arena, map->pos, rest));
			continue;
		}
		for (size_t n = 0; rest.n; rest = str_cut(rest, n + 1, rest.n)) {
			n = str_find(rest, ' ');
			node_add(&items,
				 node_str(arena, map->pos, arena_str(arena, str_cut(rest, 0, n))));
		}
		words->kids = items.first;
		node_put(&list, str_of("enum"), words);
	}
	map->kids = list.first;
	return map;
}

#define ROW(...) row((const char *const[]){ __VA_ARGS__, NULL })

static bool takes(const struct node *r, const char *text)
{
	return guc_value_error(arena, r, str_of(text)) == NULL;
}

static void gucs(void)
{
	const struct node *memory =
	    ROW("type", "integer", "unit", "kB", "min", "64", "max", "2147483647");
	const struct node *time =
	    ROW("type", "integer", "unit", "ms", "min", "0", "max", "2147483647");
	const struct node *count = ROW("type", "integer", "min", "1", "max", "262143");
	const struct node *real = ROW("type", "real", "min", "0", "max", "1.79769e+308");
	const struct node *blocks =
	    ROW("type", "integer", "unit", "8kB", "min", "16", "max", "1073741823");
	const struct node *choice = ROW("type", "enum", "enum", "off on remote_apply");
	const struct node *words = ROW("type", "enum", "enum", "debug1 error");

	CHECK(!takes(memory, "64 megabytes"));
	CHECK(!takes(memory, "64mb"));
	CHECK(!takes(memory, "64ms"));
	CHECK(!takes(memory, "63"));
	CHECK(!takes(memory, "2TB1"));
	CHECK(!takes(memory, "3TB"));
	CHECK(!takes(memory, ""));
	CHECK(!takes(memory, "MB"));
	CHECK(!takes(memory, "-64MB"));
	CHECK(takes(memory, "64"));
	CHECK(takes(memory, "64MB"));
	CHECK(takes(memory, "64 MB"));
	CHECK(!takes(memory, "1.5GB"));
	CHECK(!takes(memory, "0x1000"));
	CHECK(takes(memory, "65536B"));
	CHECK(!takes(time, "30kB"));
	CHECK(!takes(time, "25d"));
	CHECK(takes(time, "24d"));
	CHECK(!takes(time, "1e3"));
	CHECK(takes(time, "2min"));
	CHECK(!takes(count, "0"));
	CHECK(!takes(count, "262144"));
	CHECK(!takes(count, "10s"));
	CHECK(!takes(count, "ten"));
	CHECK(!takes(count, "0x3"));
	CHECK(!takes(count, "010"));
	CHECK(!takes(count, "+10"));
	CHECK(!takes(count, "3.0"));
	CHECK(!takes(count, " 3"));
	CHECK(takes(count, "100"));
	CHECK(!takes(real, "-0.1"));
	CHECK(!takes(real, "1,5"));
	CHECK(!takes(real, "."));
	CHECK(takes(real, "0.9"));
	CHECK(takes(real, "1e10"));
	CHECK(!takes(blocks, "100kB"));
	CHECK(takes(blocks, "128kB"));
	CHECK(!takes(choice, "maybe"));
	CHECK(takes(choice, "Remote_Apply"));
	CHECK(takes(choice, "true"));
	CHECK(!takes(words, "on"));
	CHECK(!takes(ROW("type", "bool"), "o"));
	CHECK(!takes(ROW("type", "bool"), "enabled"));
	CHECK(takes(ROW("type", "bool"), "Yes"));
	CHECK(takes(ROW("type", "bool"), "0"));
}

/* What PostgreSQL only finds out when it starts. */
static void forms(void)
{
	const struct node *zero =
	    ROW("type", "integer", "unit", "kB", "min", "128", "max", "16777216", "orZero", "true");
	const struct node *zone = ROW("type", "string", "format", "timezone");
	const struct node *dates = ROW("type", "string", "format", "datestyle");

	CHECK(!takes(zero, "64kB"));
	CHECK(!takes(zero, "-1"));
	CHECK(takes(zero, "0"));
	CHECK(takes(zero, "128kB"));
	CHECK(!takes(zone, "Mars/Phobos"));
	CHECK(!takes(zone, ""));
	CHECK(takes(zone, "Europe/Berlin"));
	CHECK(takes(zone, "UTC"));
	CHECK(!takes(dates, "foo"));
	CHECK(!takes(dates, "ISO, SQL"));
	CHECK(!takes(dates, "US, European"));
	CHECK(!takes(dates, "ISO,"));
	CHECK(!takes(dates, "ISO DMY"));
	CHECK(takes(dates, "ISO, DMY"));
	CHECK(takes(dates, "german"));
	CHECK(takes(dates, "MDY, us"));
	CHECK(takes(dates, ""));
	CHECK(takes(ROW("type", "string"), "anything"));
}

static bool reads(const struct node *r, const char *text)
{
	return text_error(arena, r, str_of(text)) == NULL;
}

static void texts(void)
{
	const struct node *port = ROW("type", "integer", "min", "1", "max", "65535");

	CHECK(!reads(port, "0"));
	CHECK(!reads(port, "65536"));
	CHECK(!reads(port, "http"));
	CHECK(reads(port, "6432"));
	CHECK(!reads(ROW("type", "boolean-nonempty"), "false"));
	CHECK(!reads(ROW("type", "boolean-nonempty"), ""));
	CHECK(reads(ROW("type", "boolean-nonempty"), "1"));
	CHECK(!reads(ROW("type", "boolean-true"), "yes"));
	CHECK(!reads(ROW("type", "path"), "relative"));
	CHECK(!reads(ROW("type", "url"), "example.com"));
	CHECK(reads(ROW("type", "url"), "https://example.com"));
	CHECK(!reads(ROW("type", "json-object"), "[1]"));
	CHECK(!reads(ROW("type", "json-object"), "{a: b}"));
	CHECK(reads(ROW("type", "json-object"), "{\"a\":\"b\"}"));
	CHECK(!reads(ROW("type", "cron"), "@daily"));
	CHECK(!reads(ROW("type", "cron"), "0 0 * *"));
	CHECK(reads(ROW("type", "cron"), "0 0 31 2 *"));
	CHECK(!reads(ROW("type", "time-offset"), "2026-01-31 12:00:00"));
	CHECK(reads(ROW("type", "time-offset"), "2026-01-31 12:00:00+00:00"));
	CHECK(!reads(ROW("type", "time-offset"), "2026-01-31T12:00:00Z"));
	CHECK(!reads(ROW("type", "string", "pattern", "^s3://"), "gs://bucket"));
	CHECK(!reads(ROW("type", "real"), "1.x"));
	CHECK(reads(ROW("type", "real"), "0.5"));
}

static const struct node *json(const char *text, size_t n)
{
	const char *why = NULL;
	const struct node *root =
	    json_read(arena, (struct str){ text, n }, (struct pos){ 0 }, &why);

	CHECK((root == NULL) == (why != NULL));
	return root;
}

static void jsons(void)
{
	static const char *const wrong[] = {
		"",
		"{",
		"{\"a\":1}x",
		"{\"a\":1,\"a\":2}",
		"{\"a\":01}",
		"1.5",
		"1e3",
		"[1,]",
		"{\"a\":\"\\u0000\"}",
		"nullx",
		"\"\t\"",
		"\xef\xbb\xbf"
		"1",
		"{\"a\":\"\xff"
		"\"}",
		"1234567890123456",
		"{a:1}",
		"\"no end",
		"//\n1",
		"'a'",
		"[\x01]",
		"-",
	};
	char deep[140] = { 0 };
	const struct node *n = NULL;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		CHECK(json(wrong[i], strlen(wrong[i])) == NULL);
	memset(deep, '[', 65);
	memset(deep + 65, ']', 65);
	CHECK(json(deep, 130) == NULL);
	CHECK(json(deep + 1, 128) != NULL);
	n = json("{\"b\":[1,true,null],\"a\":\"x\\n\"} ", 30);
	CHECK(str_is(node_text(n, "a"), "x\n"));
	CHECK(node_count(node_at(n, "b")) == 3);
}

int main(void)
{
	arena = arena_new();
	gucs();
	forms();
	texts();
	jsons();
	arena_free(arena);
	return check_done("link values");
}
