/* SPDX-License-Identifier: Apache-2.0 */
/* test_lock.c: locks and indexes come back as they were, and never when they were cut or edited. */
#include "unit/check.h"

#include "git/tree.h"
#include "out/lock.h"
#include "out/path.h"
#include "out/record.h"

static struct lock sample(struct lock_file files[3])
{
	files[0] =
	    (struct lock_file){ str_of("configmap-orders.yaml"), git_id_of("blob", str_of("1")) };
	files[1] =
	    (struct lock_file){ str_of("kustomization.yaml"), git_id_of("blob", str_of("2")) };
	files[2] = (struct lock_file){ str_of("on.yaml"), git_id_of("blob", str_of("3")) };
	return (struct lock){
		.input = digest_of(str_of("input")),
		.owner = str_of("0/team-orders/orders"),
		.exports = str_of(
		    "connections: 100\nnames:\n- a\n- \"b: c\"\ntext: |\n  one\n\n    two\n"),
		.files = files,
		.n = 3,
	};
}

static void test_round(struct arena *a)
{
	struct lock_file files[3];
	struct lock l = sample(files), back;
	struct buf b = { 0 };
	struct err err = { 0 };

	lock_print(&l, &b);
	CHECK(lock_read(a, a, buf_view(&b), &back, &err) == 0);
	CHECK(digest_eq(&back.input, &l.input) && str_eq(back.owner, l.owner));
	CHECK(str_eq(back.exports, l.exports) && back.n == 3);
	for (size_t i = 0; i < 3 && i < back.n; i++)
		CHECK(str_eq(back.files[i].name, files[i].name) &&
		      git_id_eq(&back.files[i].id, &files[i].id));
	CHECK(lock_find(&back, str_of("kustomization.yaml")) == &back.files[1]);
	CHECK(lock_find(&back, str_of("zzz")) == NULL && lock_find(&back, str_of("")) == NULL);
	/* what some YAML reader takes for a number is quoted */
	CHECK(strstr(buf_z(&b), "\nowner: \"0/team-orders/orders\"\n") != NULL);
	CHECK(strncmp(b.p, "exports:\n  connections: 100\n  names:\n  - a\n", 43) == 0);
	b.n = 0;
	l.exports = str_of("");
	l.n = 0;
	lock_print(&l, &b);
	CHECK(lock_read(a, a, buf_view(&b), &back, &err) == 0 && back.n == 0 &&
	      back.exports.n == 0);
	CHECK(strncmp(buf_z(&b), "exports: {}\nfiles: {}\nformat: v1\n", 33) == 0);
	buf_release(&b);
}

/* The lock of a destination with ten thousand clusters can be read again: readers stop at
 * LOCK_SIZE. */
static void test_fleet(struct arena *a)
{
	enum { FILES = 24000 };
	struct lock_file *files = NEW_ARRAY(a, FILES, struct lock_file);
	struct lock l = { .owner = str_of("destinations/frankfurt"), .files = files, .n = FILES };
	struct lock back;
	struct buf b = { 0 };
	struct err err = { 0 };

	for (int i = 0; i < FILES; i++)
		files[i] = (struct lock_file){ arena_fmt(a, "application-prod-team-%05d.yaml", i),
					       git_id_of("blob", str_of("1")) };
	lock_print(&l, &b);
	CHECK(b.n > 1024 * 1024 && b.n < LOCK_SIZE);
	CHECK(lock_read(a, a, buf_view(&b), &back, &err) == 0 && back.n == FILES);
	buf_release(&b);
}

/* Every prefix of a lock, and the lock with any one byte changed or taken out, is refused. */
static void test_damage(struct arena *a)
{
	struct lock_file files[3];
	struct lock l = sample(files), back;
	struct buf b = { 0 }, cut = { 0 };
	int accepted = 0;

	lock_print(&l, &b);
	for (size_t i = 0; i < b.n; i++) {
		struct err err = { 0 };

		accepted += lock_read(a, a, (struct str){ b.p, i }, &back, &err) == 0;
		CHECK(err.set == ERR_INPUT);
		b.p[i] ^= 1;
		accepted += lock_read(a, a, buf_view(&b), &back, &err) == 0;
		b.p[i] ^= 1;
		cut.n = 0;
		buf_put(&cut, b.p, i);
		buf_put(&cut, b.p + i + 1, b.n - i - 1);
		accepted += lock_read(a, a, buf_view(&cut), &back, &err) == 0;
	}
	CHECK(accepted == 0);
	buf_put(&b, "\n", 1);

	struct err err = { 0 };

	CHECK(lock_read(a, a, buf_view(&b), &back, &err) == -1);
	buf_release(&b);
	buf_release(&cut);
}

/* A lock that someone made up, sum included, cannot name what is not ours. */
static void test_forged(struct arena *a)
{
	static const char *const twice[] = {
		"exports: {}\nexports: {}\nfiles: {}\nformat: v1\n",
		"files: {}\nexports: {}\nformat: v1\n",
		"exports: {}\nfiles: {}\nfiles: {}\nformat: v1\n",
		"exports: {}\nformat: v1\n",
		"exports: {}\nfiles: {}\nformat: v2\n",
		"exports: {}\nfiles: {}\nformat: v1\nfuture: x\n",
	};
	static const char *const names[] = { "../x.yaml", "a/../../x.yaml", ".git",
					     "x",         "x\x1b.yaml",     "X.yaml" };
	struct lock back;

	for (size_t i = 0; i < sizeof(twice) / sizeof(*twice); i++) {
		struct err err = { 0 };
		struct buf b = { 0 };

		buf_fmt(&b, "%sinput: sha256:%064d\nowner: a/b/c\n", twice[i], 0);
		record_put_sum(&b);
		record_seal(&b, 0);
		CHECK(lock_read(a, a, buf_view(&b), &back, &err) == -1 && err.set == ERR_INPUT);
		buf_release(&b);
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct err err = { 0 };
		struct buf b = { 0 };

		buf_fmt(&b,
			"exports: {}\nfiles:\n  \"%s\": "
			"blob:ce013625030ba8dba906f756967f9e9ca394464a\n",
			names[i]);
		buf_fmt(&b, "format: v1\ninput: sha256:%064d\nowner: a/b/c\n", 0);
		record_put_sum(&b);
		record_seal(&b, 0);
		CHECK(record_sealed(buf_view(&b)));
		CHECK(lock_read(a, a, buf_view(&b), &back, &err) == -1 && err.set == ERR_INPUT);
		buf_release(&b);
	}
}

static void test_tree(struct arena *a)
{
	struct lock_file f = { str_of("a.yaml"), git_id_of("blob", str_of("a\n")) };
	struct lock l = { digest_of(str_of("")), str_of("x/y/z"), str_of(""), &f, 1 };
	struct git_id own = git_id_of("blob", str_of("lock\n"));
	struct git_id one = lock_tree(a, &l, &own), two;

	f.id = git_id_of("blob", str_of("b\n"));
	two = lock_tree(a, &l, &own);
	CHECK(!git_id_eq(&one, &two) && !git_id_none(&one));
	own = f.id;
	one = lock_tree(a, &l, &own);
	CHECK(!git_id_eq(&one, &two));
	CHECK(str_is(lock_names(a, &l), "a.yaml\n"));
}

/* Tree objects that no Git writes. */
static void test_git_tree(struct arena *a)
{
	static const char id[] = "abcdefghijklmnopqrst";
	static const char *const heads[] = { "1 a",     "100644",       "100644 ", " a",
					     "99999 a", "1006444444 a", "100644a" };
	struct git_tree t;
	struct buf b = { 0 };

	for (size_t i = 0; i < sizeof(heads) / sizeof(*heads); i++) {
		struct err err = { 0 };

		b.n = 0;
		for (int k = 0; k < 3; k++) {
			buf_put(&b, heads[i], strlen(heads[i]) + 1);
			buf_put(&b, id, 20);
		}
		CHECK(git_tree_read(a, buf_view(&b), &t, &err) == -1);
	}
	b.n = 0;
	buf_put(&b, "40000 b", 8);
	buf_put(&b, id, 20);
	buf_put(&b, "100644 b-a", 11);
	buf_put(&b, id, 20);
	for (size_t i = 0; i <= b.n; i++) {
		struct err err = { 0 };

		CHECK((git_tree_read(a, str_cut(buf_view(&b), 0, i), &t, &err) == 0) ==
		      (i == 0 || i == 28 || i == b.n));
	}
	CHECK(t.n == 2 && git_tree_find(&t, str_of("b")) == &t.entries[0]);
	b.n = 0;
	git_tree_write(&t, &b);
	/* Git compares "b" as "b/", which is behind "b-a" */
	CHECK(b.n == 59 && memcmp(b.p, "100644 b-a", 11) == 0);
	buf_release(&b);
}

static void path_is(const char *path, bool file, bool good)
{
	struct err err = { 0 };

	CHECK((out_path(str_of(path), file, &err) == 0) == good);
	if ((err.set == ERR_NONE) != good)
		(void)printf("# %s: %s\n", path, err.text);
}

static void test_paths(struct arena *a)
{
	static const char *const bad[] = {
		"",
		".",
		"..",
		"/",
		"a/",
		"/a",
		"a//b",
		"a/../b",
		".git",
		"a/.git/b",
		".gitmodules",
		"git~1",
		"GIT~2",
		"gitmod~1",
		".g\xe2\x80\x8cit",
		"a\\b",
		"con",
		"a/nul.yaml",
		"com1",
		"lpt9.txt",
		"a:b",
		"a\nb",
		"-rf",
		"\xff",
		"CaseA",
		"a b",
		"a..b",
		"a.",
		"a-",
		"_a",
		"a/b/c/d/e/f/g/h/i",
		"aux.tar.gz",
		"a\tb",
		"~",
		"a*",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		path_is(bad[i], false, false);
	path_is("prod/team-orders/orders.access", false, true);
	path_is("a/b/c/d/e/f/g/h", false, true);
	path_is("com0/console/lpt10", false, true);
	path_is("prod/a/statefulset-orders.yaml", true, true);
	path_is("prod/a/statefulset-orders.exe", true, false);
	path_is("prod/a/.yaml", true, false);
	path_is("prod/a/howdah.lock", true, true);
	path_is("prod/a/other.lock", true, false);
	path_is(arena_fmt(a, "%063d", 1).p, false, true);
	path_is(arena_fmt(a, "%064d", 1).p, false, false);
	path_is(arena_fmt(a, "%0123d.yaml", 1).p, true, true);
	path_is(arena_fmt(a, "%0124d.yaml", 1).p, true, false);
	path_is(arena_fmt(a, "%060d/%060d/%060d/%057d", 1, 1, 1, 1).p, false, true);
	path_is(arena_fmt(a, "%060d/%060d/%060d/%058d", 1, 1, 1, 1).p, false, false);
}

int main(void)
{
	struct arena *a = arena_new();

	test_round(a);
	test_fleet(a);
	test_damage(a);
	test_forged(a);
	test_tree(a);
	test_git_tree(a);
	test_paths(a);
	arena_free(a);
	return check_done("lock");
}
