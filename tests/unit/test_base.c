/* SPDX-License-Identifier: Apache-2.0 */
/* test_base.c: arenas, slices, buffers, errors, findings. */
#include "unit/check.h"

#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/diag.h"
#include "base/err.h"

static void test_arena(struct arena *a)
{
	for (size_t i = 1; i < 3000; i++) {
		char *p = arena_alloc(a, i, 16);

		CHECK(((uintptr_t)p & 15) == 0);
		for (size_t j = 0; j < i; j++)
			if (p[j])
				CHECK(!"zeroed");
		memset(p, 0xff, i);
	}
	arena_reset(a);
	CHECK(arena_used(a) == 0);
	CHECK(((char *)arena_alloc(a, 4000, 1))[3999] == 0);
	CHECK(str_is(arena_fmt(a, "%d-%s", 7, "x"), "7-x"));
}

static void test_str(void)
{
	int64_t v = 0;

	CHECK(str_int(str_of("0"), &v) && v == 0);
	CHECK(str_int(str_of("-9223372036854775808"), &v) && v == INT64_MIN);
	CHECK(str_int(str_of("9223372036854775807"), &v) && v == INT64_MAX);
	CHECK(!str_int(str_of("9223372036854775808"), &v));
	CHECK(!str_int(str_of("01"), &v) && !str_int(str_of("-0"), &v) &&
	      !str_int(str_of("-"), &v));
	CHECK(!str_int(str_of(""), &v) && !str_int(str_of("+1"), &v) &&
	      !str_int(str_of("1e3"), &v));
	CHECK(str_distance(str_of("replcas"), str_of("replicas"), 2) == 1);
	CHECK(str_distance(str_of("teir"), str_of("tier"), 2) == 1);
	CHECK(str_distance(str_of("abc"), str_of("xyz"), 2) == 3);
	CHECK(str_cmp(str_of("a"), str_of("ab")) < 0 && str_cmp(str_of("b"), str_of("ab")) > 0);
	CHECK(str_ends(str_of("x.yaml"), ".yaml") && !str_ends(str_of("l"), ".yaml"));
}

static void test_buf(void)
{
	struct buf b = { 0 };

	buf_int(&b, INT64_MIN);
	buf_char(&b, ' ');
	buf_fmt(&b, "%s", "text");
	buf_pad(&b, 2);
	CHECK(strcmp(buf_z(&b), "-9223372036854775808 text  ") == 0);
	buf_release(&b);
}

static void test_err(void)
{
	struct err e = { 0 };
	char big[2000];

	CHECK(err_set(&e, "no such file") == -1 && e.set);
	CHECK(err_wrap(&e, "open %s", "x") == -1);
	CHECK(strcmp(e.text, "open x: no such file") == 0);
	memset(big, 'y', sizeof(big));
	big[sizeof(big) - 1] = 0;
	CHECK(err_wrap(&e, "%s", big) == -1 && strlen(e.text) == sizeof(e.text) - 1);
}

static void test_diag(struct arena *a)
{
	struct file f = { .name = str_of("b.yaml"), .text = str_of("one\n  two: \033[31m\n") };
	struct diags *d = diags_new(a);
	struct buf out = { 0 };

	diag_warn(d, MSG_yaml_syntax, (struct pos){ &f, 1, 1 }, "'two' is odd\n::error::x");
	diag_note(d, (struct pos){ &f, 2, 3 }, "second here");
	diag_error(d, MSG_yaml_syntax, (struct pos){ &f, 2, 3 }, "'one' is wrong");
	diags_print(d, &out, DIAG_TEXT, false);
	CHECK(strcmp(buf_z(&out), "b.yaml:2:3: error: 'one' is wrong [yaml-syntax]\n"
				  "     2 |   two: \\x1b[31m\n"
				  "       |   ^\n"
				  "b.yaml:1:1: warning: 'two' is odd\\x0a::error::x [yaml-syntax]\n"
				  "     1 | one\n"
				  "       | ^\n"
				  "b.yaml:2:3: note: second here\n") == 0);
	CHECK(diags_errors(d) == 1 && diags_warnings(d) == 1);
	out.n = 0;
	diags_print(d, &out, DIAG_JSON, false); /* by place alone */
	CHECK(strstr(buf_z(&out), "\"warning\"") < strstr(buf_z(&out), "\"error\""));
	out.n = 0;
	diags_print(d, &out, DIAG_GITHUB, false);
	CHECK(strstr(
	    buf_z(&out),
	    "::warning file=b.yaml,line=1,col=1,title=yaml-syntax::'two' is odd%0A::error::x"));
	buf_release(&out);
}

int main(void)
{
	struct arena *a = arena_new();

	test_arena(a);
	test_str();
	test_buf();
	test_err();
	test_diag(a);
	arena_free(a);
	return check_done("base");
}
