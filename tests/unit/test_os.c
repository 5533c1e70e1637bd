/* SPDX-License-Identifier: Apache-2.0 */
/* test_os.c: what the file calls refuse, and that swapping, locking and removing do what they say.
 */
#include "unit/check.h"

#include "base/digest.h"
#include "base/os.h"
#include "unit/temp.h"

/* What os_read answers for path, as text for comparison. */
static int read_of(int at, const char *path, size_t limit, struct err *err)
{
	struct buf b = { 0 };

	*err = (struct err){ 0 };

	int rc = os_read(at, path, limit, &b, err);

	CHECK((rc < 0) == (err->set != ERR_NONE));
	CHECK(rc > 0 || b.n == 0);
	buf_release(&b);
	return rc;
}

static void wrong_input(int at, const char *path)
{
	struct err err;

	CHECK(read_of(at, path, 1000, &err) == -1);
	CHECK(err.set == ERR_INPUT && err_exit(&err) == 1);
	if (err.set != ERR_INPUT)
		(void)printf("# %s: %s\n", path, err.text);
}

static void test_refused(int at)
{
	struct err err = { 0 };

	CHECK(sh("mkdir -p in/sub && echo hi >in/sub/f && ln -s sub in/link && ln -s sub/f "
		 "in/flink && "
		 "mkfifo in/fifo && ln -s /dev/zero in/zero && ln -s nowhere in/dangling && "
		 "echo secret >outside && ln -s ../outside in/escape && head -c 1001 /dev/zero "
		 ">in/big && "
		 "head -c 1000 /dev/zero >in/fits && ln in/sub/f in/hard") == 0);
	wrong_input(at, "in/link/f");
	wrong_input(at, "in/flink");
	wrong_input(at, "in/fifo");
	wrong_input(at, "in/zero");
	wrong_input(at, "in/dangling");
	wrong_input(at, "in/escape");
	wrong_input(at, "in/sub");
	wrong_input(at, "in/big");
	wrong_input(at, "../etc/passwd");
	wrong_input(at, "in/../../etc/passwd");
	wrong_input(at, "/etc/passwd");
	CHECK(read_of(at, "in/fits", 1000, &err) == 1);
	CHECK(read_of(at, "in/hard", 3, &err) == 1);
	CHECK(read_of(at, "in/hard", 2, &err) == -1);
	CHECK(read_of(at, "in/none", 1000, &err) == 0);
	CHECK(read_of(at, "none/none", 1000, &err) == 0);
	CHECK(read_of(at, "in/sub/f/g", 1000, &err) == 0);
}

/* A device of our own, where we may make one: read without a wait, not to its end. */
static void test_device(int at)
{
	struct err err;

	if (sh("mknod in/device c 1 5 2>/dev/null")) { /* /dev/zero */
		(void)printf("# no device can be made here: skipped\n");
		return;
	}
	CHECK(read_of(at, "in/device", 1000, &err) == -1 && err.set != ERR_NONE);
}

static void test_look(int at, struct arena *a)
{
	struct err err = { 0 };
	struct os_facts f;
	struct os_list l;
	int fd;

	CHECK(os_look(at, "in/sub", &f, &err) == 1 && f.type == OS_DIR);
	CHECK(os_look(at, "in/sub/f", &f, &err) == 1 && f.type == OS_FILE && !f.exec);
	CHECK(os_look(at, "in/fifo", &f, &err) == 1 && f.type == OS_OTHER);
	CHECK(os_look(at, "in/dangling", &f, &err) == 1 && f.type == OS_LINK);
	CHECK(os_look(at, "in/absent", &f, &err) == 0);
	CHECK(os_dir(at, "in/sub/f", &fd, &err) == -1 && err.set == ERR_INPUT);
	CHECK(os_dir(at, "in/link", &fd, &err) == -1 && err.set == ERR_INPUT);
	CHECK(os_dir(at, "in/absent", &fd, &err) == 0);
	CHECK(os_list(at, "in/absent", a, &l, &err) == 0);
	CHECK(os_list(at, "in", a, &l, &err) == 1 && l.n >= 9);
	for (size_t i = 1; i < l.n; i++)
		CHECK(str_cmp(l.entries[i - 1].name, l.entries[i].name) < 0);
	CHECK(str_is(l.entries[0].name, "big") && l.entries[0].type == OS_FILE);
}

static void test_write(int at)
{
	struct err err = { 0 };
	int dir;

	CHECK(os_mkdirs(at, "out/a/b", &err) == 0 && os_mkdirs(at, "out/a/b", &err) == 0);
	CHECK(os_mkdirs(at, "in/link/x", &err) == -1 && err.set == ERR_INPUT);
	CHECK(os_mkdirs(at, "../x", &err) == -1);
	CHECK(os_dir(at, "out/a/b", &dir, &err) == 1);
	CHECK(os_write(dir, "f", str_of("one"), &err) == 0);
	CHECK(os_write(dir, "f", str_of("two"), &err) == -1);
	CHECK(os_link(dir, "f", dir, "g", &err) == 1 && os_link(dir, "gone", dir, "h", &err) == 0);
	os_close(dir);
	CHECK(os_mkdirs(at, "out/c", &err) == 0);
	CHECK(os_swap(at, "out/a/b", "out/c", &err) == 1);
	CHECK(sh("test \"$(cat out/c/f)\" = one && test -z \"$(ls out/a/b)\"") == 0);
	CHECK(os_rename(at, "out/c/f", "out/c/g", &err) == 0);
	CHECK(os_remove_empty(at, "out/c", &err) == 0 && os_remove_empty(at, "out/a/b", &err) == 1);
	CHECK(os_remove_empty(at, "out/a/b", &err) == 0);
	CHECK(os_remove(at, "out/c/none", &err) == 0);
	/* removing a tree takes links away, never what they lead to */
	CHECK(
	    sh("mkdir -p out/d/e && ln -s ../../in out/d/in && ln -s ../../../in/sub out/d/e/s") ==
	    0);
	CHECK(os_remove_tree(at, "out/d", &err) == 0);
	CHECK(sh("test ! -e out/d && test -f in/sub/f") == 0);
	CHECK(os_remove_tree(at, "out/d", &err) == 0);
	CHECK(os_remove_tree(at, "in/link", &err) == -1 && sh("test -f in/sub/f") == 0);
	CHECK(os_sync(at, &err) == 0);
}

static void test_lock(int at)
{
	struct err err = { 0 };
	int mine, second;

	CHECK(os_lock(at, "lock", &mine, &err) == 1);
	CHECK(os_lock(at, "lock", &second, &err) == 0 && second == -1);
	/* a holder that removes the file must not leave two holders */
	CHECK(os_remove(at, "lock", &err) == 0);
	CHECK(os_lock(at, "lock", &second, &err) == 1);
	os_close(mine);
	os_close(second);
	CHECK(os_lock(at, "lock", &mine, &err) == 1);
	os_close(mine);
	CHECK(sh("ln -sf elsewhere lock") == 0 && os_lock(at, "lock", &mine, &err) == -1);
}

static void test_scratch(void)
{
	struct err err = { 0 };
	int fd = os_scratch(".", &err);
	char b[5] = { 0 };

	CHECK(fd >= 0 && sh("test -z \"$(ls -A | grep howdah-)\"") == 0);
	CHECK(os_put_at(fd, "hello", 5, 0, &err) == 0 && os_put_at(fd, "J", 1, 0, &err) == 0);
	CHECK(os_get_at(fd, b, 5, 0, &err) == 0 && memcmp(b, "Jello", 5) == 0);
	CHECK(os_get_at(fd, b, 5, 1, &err) == -1);
	os_close(fd);
}

static void test_sync(struct arena *a)
{
	struct err err = { 0 };
	const char *folder = NULL, *paths[] = { ".", "synced", "no-such" };

	CHECK(sh("echo x >synced") == 0 && os_sync_files(paths, 2, &err) == 0);
	CHECK(os_sync_files(paths, 3, &err) == -1 && strstr(err.text, "'no-such'"));
	err = (struct err){ 0 };
	CHECK(os_folder_new("./made-", a, &folder, &err) == 0 &&
	      str_starts(str_of(folder), "./made-"));
	CHECK(sh("test \"$(stat -c %a made-*)\" = 700 && rmdir made-* && rm synced") == 0);
	CHECK(os_folder_new("no/such/", a, &folder, &err) == -1 &&
	      strstr(err.text, "'no/such/...'"));
}

static void test_digest(struct arena *a)
{
	struct digest d = digest_of(str_of("abc"));
	struct git_id id = git_id_of("blob", str_of("hello\n")), back;
	struct git_id tree = git_id_of("tree", str_of(""));

	CHECK(str_is(digest_hex(a, &d),
		     "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
	CHECK(str_is(git_id_hex(a, &id), "ce013625030ba8dba906f756967f9e9ca394464a"));
	CHECK(str_is(git_id_hex(a, &tree), "4b825dc642cb6eb9a060e54bf8d69288fbee4904"));
	CHECK(git_id_read(git_id_hex(a, &id), &back) && git_id_eq(&id, &back) && !git_id_none(&id));
	CHECK(!git_id_read(str_of("CE013625030ba8dba906f756967f9e9ca394464a"), &back));
	CHECK(!git_id_read(str_of("ce013625030ba8dba906f756967f9e9ca394464"), &back));
	CHECK(!digest_read(str_of("x"), &d));
}

int main(void)
{
	struct arena *a = arena_new();
	struct str top = temp_enter(a);
	struct err err = { 0 };
	int at = os_root(top.p, &err);

	CHECK(at >= 0);
	CHECK(os_root("no/such", &err) == -1 && err_exit(&err) == 4);
	test_refused(at);
	test_device(at);
	test_look(at, a);
	test_write(at);
	test_lock(at);
	test_scratch();
	test_sync(a);
	test_digest(a);
	CHECK(os_cpus() >= 1);
	os_close(at);
	temp_leave(a, top);
	arena_free(a);
	return check_done("os");
}
