/* SPDX-License-Identifier: Apache-2.0 */
/* test_agent_cert.c: which certificates may be served, and what a bundle holds. */
#include <time.h>

#include "check.h"
#include "ground/mounted.h"
#include "temp.h"
#include "tls/cert.h"

static struct str file(struct arena *a, const char *path)
{
	struct err err = { 0 };
	struct str text = str_of("");

	CHECK(mounted_read(a, path, 1 << 20, &text, &err) == 1);
	return text;
}

/* Two authorities, a leaf of the first for 30 days, another leaf, and one of nobody. */
static int make(void)
{
	return sh(
	    "ca() { openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes "
	    "-days 3650 -subj /CN=$1 -keyout $1.key -out $1.crt 2>/dev/null; }; "
	    "leaf() { openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes "
	    "-subj /CN=$1 -keyout $1.key -out $1.csr 2>/dev/null; "
	    "openssl x509 -req -in $1.csr -CA $2.crt -CAkey $2.key -days 30 "
	    "-set_serial $3 -out $1.crt 2>/dev/null; }; "
	    "ca one; ca two; leaf server one 0x0a0B0c; leaf other two 77; "
	    "cat one.crt two.crt one.crt server.crt >all.pem");
}

static void judge(struct arena *a)
{
	struct str chain = file(a, "server.crt"), key = file(a, "server.key");
	struct str one = file(a, "one.crt"), two = file(a, "two.crt");
	struct str both = arena_fmt(a, "%s%s", two.p, one.p);
	int64_t now = time(NULL), day = 86400;
	struct cert c = { 0 };
	const struct {
		struct str chain, key, trust;
		int64_t wall;
		const char *says; /* NULL: it may be served */
	} rows[] = {
		{ chain, key, one, now + 1, NULL },
		{ chain, key, both, now + 1, NULL },
		{ chain, key, str_of(""), now + 1, NULL },
		{ chain, key, two, now + 1, "no trusted authority signed it" },
		{ chain, key, str_of("garbage"), now + 1, "no trusted authority signed it" },
		{ chain, file(a, "other.key"), one, now + 1,
		  "its key belongs to another certificate" },
		{ chain, str_of(""), one, now + 1, "its key cannot be read" },
		{ chain, chain, one, now + 1, "its key cannot be read" },
		{ str_of(""), key, one, now + 1, "it holds no certificate" },
		{ key, key, one, now + 1, "it holds no certificate" },
		{ str_cut(chain, 0, chain.n / 2), key, one, now + 1, "it holds no certificate" },
		{ chain, key, one, now - day, "it is not valid yet" },
		{ chain, key, one, now + 31 * day, "it has expired" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct cert_files files = { rows[i].chain, rows[i].key, rows[i].trust };
		const char *why = cert_judge(a, &files, rows[i].wall, &c);

		if (!CHECK(rows[i].says ? why && str_is(str_of(why), rows[i].says) : !why))
			(void)printf("#  row %zu: %s\n", i, why ? why : "fine");
	}
	CHECK(str_is(c.serial, "a0b0c"));
	CHECK(c.to - c.from == 30 * day);
	CHECK(cert_read(a, str_of("x"), &c) != NULL);
}

static void bundle(struct arena *a)
{
	struct str texts[2] = { file(a, "all.pem"), file(a, "two.crt") };
	struct buf out = { 0 };
	int64_t now = time(NULL);

	/* leaves are no authorities, and each counts once */
	CHECK(cert_bundle(&out, texts, 2, now) == 2);
	CHECK(str_eq(buf_view(&out),
		     arena_fmt(a, "%s%s", file(a, "one.crt").p, file(a, "two.crt").p)));
	out.n = 0;
	CHECK(cert_bundle(&out, texts, 2, now + (int64_t)3651 * 86400) == 0 && out.n == 0);
	buf_release(&out);
}

int main(void)
{
	struct arena *a = arena_new();
	struct str folder = temp_enter(a);

	if (CHECK(make() == 0)) {
		judge(a);
		bundle(a);
	}
	temp_leave(a, folder);
	arena_free(a);
	return check_done("agent_cert");
}
