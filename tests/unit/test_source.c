/* SPDX-License-Identifier: Apache-2.0 */
/* test_source.c: a directory and a Git commit give the same files, lists and ids, and refuse the
 * same. */
#include "unit/check.h"

#include "unit/temp.h"
#include "world/source.h"

static void refused(const struct source *s, const char *path, const char *why, struct arena *a)
{
	struct err err = { 0 };

	CHECK(source_read(s, str_of(path), 1000, a, &err) == NULL);
	CHECK(err.set == ERR_INPUT && strstr(err.text, why));
	if (err.set != ERR_INPUT || !strstr(err.text, why))
		(void)printf("# %s: %s\n", path, err.text);
}

static void wrong(const struct source *s, struct arena *a)
{
	refused(s, "link", "symbolic link", a);
	refused(s, "lfs", "LFS", a);
	refused(s, "dirlink/f", "symbolic link", a);
	refused(s, "dir", "is a directory", a);
	refused(s, "big", "bigger than 1000 bytes", a);
	refused(s, "../x", "not a path", a);
	refused(s, "dir//f", "not a path", a);
	refused(s, "/etc/passwd", "not a path", a);
	refused(s, "dir/./f", "not a path", a);
	refused(s, "dir/\x1b[2J", "not a path", a);
}

static void right(const struct source *s, struct arena *a)
{
	struct err err = { 0 };
	struct source_list l;
	const struct file *f = source_read(s, str_of("dir/f.yaml"), 1000, a, &err);

	CHECK(f && str_is(f->text, "hello\n") && str_is(f->name, "dir/f.yaml") && !err.set);
	CHECK(!source_read(s, str_of("dir/none"), 1000, a, &err) && !err.set);
	CHECK(!source_read(s, str_of("dir/f.yaml/x"), 1000, a, &err) && !err.set);
	CHECK(!source_read(s, str_of("none/none"), 1000, a, &err) && !err.set);
	/* Git sorts a directory as "a/", so "a" behind "a-b"; here bytes of names count */
	CHECK(source_list(s, str_of("order"), a, &l, &err) == 1 && l.n == 3);
	CHECK(str_is(l.entries[0].name, "a") && l.entries[0].type == SOURCE_DIR);
	CHECK(str_is(l.entries[1].name, "a-b") && l.entries[1].type == SOURCE_FILE);
	CHECK(str_is(l.entries[2].name, "a.b"));
	CHECK(source_list(s, str_of("none"), a, &l, &err) == 0 && l.n == 0);
	CHECK(source_list(s, str_of("dir/f.yaml"), a, &l, &err) == -1 && err.set == ERR_INPUT);
	err = (struct err){ 0 };
	CHECK(source_list(s, str_of(""), a, &l, &err) == 1 && l.n >= 6);
}

static void same_ids(const struct source *d, const struct source *g)
{
	static const char *const paths[] = { "dir/f.yaml", "dir/run", "dir", "order" };
	struct err err = { 0 };
	struct git_id x, y;

	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		CHECK(source_id(d, str_of(paths[i]), &x, &err) == 1);
		CHECK(source_id(g, str_of(paths[i]), &y, &err) == 1 && git_id_eq(&x, &y));
	}
	CHECK(source_id(d, str_of("none"), &x, &err) == 0 &&
	      source_id(g, str_of("none"), &x, &err) == 0);
	CHECK(source_id(d, str_of("hollow"), &x, &err) == 0);
	CHECK(!err.set);
	CHECK(source_id(d, str_of(""), &x, &err) == -1 && err.set == ERR_INPUT); /* it has links */
}

static void test_commit(const struct git_commit_facts *c, struct arena *a)
{
	CHECK(c && str_is(c->author.name, "A U Thor") &&
	      str_is(c->author.email, "author@example.com"));
	CHECK(c && c->author.time == 1700000000 && c->author.zone == 90);
	CHECK(c && c->committer.time == 1700000060 && c->committer.zone == -120);
	CHECK(c && str_is(c->message, "First\n\nWhy.\n") && git_id_hex(a, &c->id).n == 40);
}

static void not_opened(const char *spec, const char *why, enum err_kind kind, struct arena *a)
{
	struct err err = { 0 };
	struct source *s;

	CHECK(source_open_git(a, str_of(spec), &s, &err) == -1);
	CHECK(err.set == kind && strstr(err.text, why));
	if (!strstr(err.text, why))
		(void)printf("# %s: %s\n", spec, err.text);
}

static void test_open(struct arena *a)
{
	struct err err = { 0 };
	struct source *s;

	not_opened("repo", "not of the form", ERR_USAGE, a);
	not_opened("repo@", "not of the form", ERR_USAGE, a);
	not_opened("repo@nope", "no revision 'nope'", ERR_USAGE, a);
	not_opened("repo@HEAD:none", "no folder 'none'", ERR_USAGE, a);
	not_opened("repo@HEAD:dir/f.yaml", "not a directory", ERR_INPUT, a);
	not_opened("repo@HEAD:dir/f.yaml/x", "no folder", ERR_USAGE, a);
	not_opened("repo/dir@HEAD", "parents are not searched", ERR_OUTSIDE, a);
	not_opened("elsewhere@HEAD", "not a Git repository", ERR_OUTSIDE, a);
	CHECK(source_open_dir(a, "elsewhere", &s, &err) == -1 && err_exit(&err) == 4);
	CHECK(source_open_git(a, str_of("bare.git@main:dir"), &s, &err) == 0);
	CHECK(source_read(s, str_of("f.yaml"), 1000, a, &err) != NULL);
	source_close(s);
	CHECK(source_open_git(a, str_of("repo@HEAD@{0}"), &s, &err) == 0);
	source_close(s);
	if (getuid() == 0 && sh("chown -R 12345 foreign") == 0)
		not_opened("foreign@HEAD", "safe.directory", ERR_OUTSIDE, a);
}

int main(void)
{
	struct arena *a = arena_new();
	struct str top = temp_enter(a);
	struct err err = { 0 };
	struct source *d, *g;

	CHECK(sh("git init -qb main repo && cd repo && mkdir -p dir order/a hollow && echo hello "
		 ">dir/f.yaml && "
		 "touch order/a/x order/a-b order/a.b && ln -s dir/f.yaml link && ln -s dir "
		 "dirlink && "
		 "printf '#!/bin/sh\\n' >dir/run && chmod +x dir/run && head -c 1001 /dev/zero "
		 ">big && "
		 "printf 'version https://git-lfs.github.com/spec/v1\\noid sha256:0\\nsize 1\\n' "
		 ">lfs && "
		 "git add -A && git commit -qm First -m Why. && "
		 "git clone -q --bare . ../bare.git && git clone -q . ../foreign") == 0);
	CHECK(source_open_dir(a, "repo", &d, &err) == 0);
	CHECK(source_open_git(a, str_of("repo@main"), &g, &err) == 0);
	wrong(d, a);
	wrong(g, a);
	right(d, a);
	right(g, a);
	same_ids(d, g);
	CHECK(source_commit(d) == NULL);
	test_commit(source_commit(g), a);
	/* a submodule is known by its mode alone */
	CHECK(
	    sh("cd repo && git update-index --add --cacheinfo 160000,$(git rev-parse HEAD),sub && "
	       "git commit -qm sub") == 0);
	source_close(g);
	CHECK(source_open_git(a, str_of("repo@main"), &g, &err) == 0);
	refused(g, "sub", "submodule", a);
	test_open(a);
	source_close(d);
	source_close(g);
	temp_leave(a, top);
	arena_free(a);
	return check_done("source");
}
