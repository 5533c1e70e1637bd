/* SPDX-License-Identifier: Apache-2.0 */
/* test_agent_place.c: what bootstrap leaves where Spilo looks when it starts. */
#include <stdlib.h>
#include <string.h>

#include "bootstrap/boot.h"
#include "check.h"
#include "ground/mounted.h"
#include "temp.h"

/* The file at path below the folder of root, "-" where there is none. */
static const char *placed(struct arena *a, struct str root, const char *path)
{
	struct str text = str_of("");
	struct err err = { 0 };
	const char *whole = arena_fmt(a, "%s/run/etc/wal-e.d/%s", root.p, path).p;

	return mounted_read(a, whole, 1000, &text, &err) == 1 ? text.p : "-";
}

/* Orders with text where those of tests/schema/good-agentconfig.yaml begin to say what was
 * restored. */
static struct orders *orders_with(struct orders_reader *reader, struct arena *a, const char *text)
{
	static const char old[] = "restore: {";
	struct err err = { 0 };
	struct str file = str_of("");
	struct orders *o;
	const char *at;

	(void)mounted_read(a, "tests/schema/good-agentconfig.yaml", 65536, &file, &err);
	at = strstr(file.p, old);
	if (!at)
		exit(1);
	o = orders_read(
	    reader, "orders.yaml",
	    arena_fmt(a, "%.*s%s%s", (int)(at - file.p), file.p, text, at + sizeof(old) - 1), NULL,
	    &err);
	if (!o)
		exit(1);
	return o;
}

/* Spilo reads the archive that the data come from by a folder of its own, whose files bootstrap
 * makes first, too. */
static void test_environment(void)
{
	static const char restore[] = "restore: {envdir: {AWS_ACCESS_KEY_ID: \"\"}, "
				      "inherited: [HOWDAH_TEST_TOKEN, HOWDAH_TEST_NONE], ",
			  standby[] = "standby: {promoted: false, envdir: {A: b}}\n    restore: {";
	struct arena *a = arena_new();
	struct orders_reader *reader = orders_reader_new();
	struct orders *o[2];
	struct str root;

	o[0] = orders_with(reader, a, restore);
	o[1] = orders_with(reader, a, standby);
	root = temp_enter(a);
	(void)setenv("HOWDAH_TEST_TOKEN", "/var/run/token", 1);
	for (size_t i = 0; i < 2; i++) {
		struct boot b = {
			.orders = o[i], .root = root.p, .arena = a, .bundle = { "x", 1 }
		};

		boot_place(&b, false);
		CHECK(b.facts.placed && b.facts.failed == BOOT_none);
		orders_free(o[i]);
	}
	CHECK(str_is(str_of(placed(a, root, "env-clone/AWS_ACCESS_KEY_ID")), ""));
	CHECK(str_is(str_of(placed(a, root, "env-clone/HOWDAH_TEST_TOKEN")), "/var/run/token"));
	CHECK(str_is(str_of(placed(a, root, "env-clone/HOWDAH_TEST_NONE")), "-"));
	CHECK(str_is(str_of(placed(a, root, "env/HOWDAH_TEST_TOKEN")), "-"));
	CHECK(str_is(str_of(placed(a, root, "env-standby/A")), "b"));
	temp_leave(a, root);
	orders_reader_free(reader);
	arena_free(a);
}

int main(void)
{
	test_environment();
	return check_done("place");
}
