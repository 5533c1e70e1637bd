/* SPDX-License-Identifier: Apache-2.0 */
/* test_out_dir.c: output into a directory: what is refused, what stays, and that no death of the
 * process leaves a unit half old and half new. */
#include "unit/check.h"

#include <signal.h>
#include <sys/ptrace.h>

#include "base/os.h"
#include "unit/out_fixture.h"
#include "unit/temp.h"

static const struct out_target target = { .dir = "out" };

static int emit_one(struct arena *a, const char *path, int version, struct out_result *r,
		    struct err *err)
{
	struct fixture_plan p = { .units = { fixture(a, path, 5, version) }, .n = 1 };

	*err = (struct err){ 0 };
	return fixture_emit(&target, &p, r, err);
}

/* The findings of prev_check on the unit at path in out. */
static struct prev_findings findings(struct arena *a, const char *path)
{
	struct err err = { 0 };
	struct source *s;
	struct prev_unit unit;
	struct prev_findings found = { 0 };

	CHECK(source_open_dir(a, "out", &s, &err) == 0);
	CHECK(prev_read(s, str_of(path), a, &unit, &err) >= 0);
	CHECK(prev_check(s, &unit, &(struct prev_room){ a, NULL }, &found, &err) == 0);
	source_close(s);
	return found;
}

static void finds(struct arena *a, const char *setup, enum prev_trouble trouble, const char *path)
{
	CHECK(sh("rm -rf out && cp -r good out") == 0);
	CHECK(sh(setup) == 0);

	struct prev_findings f = findings(a, "prod/team/orders");

	CHECK(f.n == 1 && f.findings[0].trouble == trouble && str_is(f.findings[0].path, path));
	if (f.n != 1)
		(void)printf("# %s: %zu findings\n", setup, f.n);
}

static void test_findings(struct arena *a)
{
	struct out_result r;
	struct err err;

	CHECK(emit_one(a, "prod/team/orders", 1, &r, &err) == 0 && sh("cp -r out good") == 0);
	CHECK(findings(a, "prod/team/orders").n == 0);
	finds(a, "echo x >>out/prod/team/orders/configmap-1.yaml", PREV_EDITED,
	      "prod/team/orders/configmap-1.yaml");
	finds(a, "ln -sf configmap-2.yaml out/prod/team/orders/configmap-1.yaml", PREV_EDITED,
	      "prod/team/orders/configmap-1.yaml");
	finds(
	    a,
	    "rm out/prod/team/orders/configmap-3.yaml; mkdir out/prod/team/orders/configmap-3.yaml",
	    PREV_EDITED, "prod/team/orders/configmap-3.yaml");
	finds(a, "rm out/prod/team/orders/configmap-3.yaml", PREV_MISSING,
	      "prod/team/orders/configmap-3.yaml");
	finds(a, "touch out/prod/team/orders/notes.txt", PREV_FOREIGN,
	      "prod/team/orders/notes.txt");
	finds(a, "mkdir out/prod/team/orders/sub", PREV_FOREIGN, "prod/team/orders/sub");
	finds(a, "truncate -s 100 out/prod/team/orders/howdah.lock", PREV_LOCK,
	      "prod/team/orders/howdah.lock");
	finds(a, "cd out/prod/team/orders; mv howdah.lock ..; ln -s ../howdah.lock .", PREV_LOCK,
	      "prod/team/orders/howdah.lock");
	finds(a, "cd out/prod/team/orders; rm howdah.lock; mkfifo howdah.lock", PREV_LOCK,
	      "prod/team/orders/howdah.lock");
	CHECK(sh("rm -rf out && cp -r good out && rm out/prod/team/orders/howdah.lock") == 0);
	CHECK(findings(a, "prod/team/orders").n == 5); /* without a lock nothing is ours */
	CHECK(sh("rm -rf out good") == 0);
}

static void test_refused(struct arena *a)
{
	struct out_result r;
	struct err err;
	struct fixture_plan p = { .units = { fixture(a, "prod/team/orders", 3, 2) }, .n = 1 };

	CHECK(emit_one(a, "prod/team/orders", 1, &r, &err) == 0);
	CHECK(sh("echo mine >out/prod/team/orders/notes.txt") == 0);
	CHECK(emit_one(a, "prod/team/orders", 2, &r, &err) == -1 && err.set == ERR_REFUSED);
	CHECK(strstr(err.text, "prod/team/orders/notes.txt") && err_exit(&err) == 3);
	p.units[0]->state = OUT_REMOVED;
	err = (struct err){ 0 };
	CHECK(fixture_emit(&target, &p, &r, &err) == -1 && err.set == ERR_REFUSED);
	CHECK(sh("grep -q mine out/prod/team/orders/notes.txt && grep -q 'version: 1' "
		 "out/prod/team/orders/howdah.lock && test ! -e out/.howdah-work") == 0);
	CHECK(sh("mkdir -p out/prod/team/alien && touch out/prod/team/alien/f") == 0);
	CHECK(emit_one(a, "prod/team/alien", 1, &r, &err) == -1 && err.set == ERR_REFUSED);
	CHECK(sh("touch out/prod/file") == 0);
	CHECK(emit_one(a, "prod/file", 1, &r, &err) == -1 && err.set == ERR_REFUSED);
	CHECK(emit_one(a, "prod/file/x", 1, &r, &err) == -1 && err_exit(&err) != 0);
	CHECK(sh("mkdir elsewhere && ln -s ../elsewhere out/dev") == 0);
	CHECK(emit_one(a, "dev/team/x", 1, &r, &err) == -1);
	CHECK(sh("test -z \"$(ls elsewhere)\"") == 0);
	CHECK(emit_one(a, "prod/../x", 1, &r, &err) == -1 && err.set == ERR_INPUT);
	CHECK(emit_one(a, ".git/x", 1, &r, &err) == -1 && err.set == ERR_INPUT);
	p.units[0] = fixture(a, "prod/team/x", 2, 1);
	p.units[0]->files[0].name = p.units[0]->files[1].name;
	CHECK(fixture_emit(&target, &p, &r, &err) == -1 && strstr(err.text, "twice"));
	p.units[0]->files[0].name = str_of("howdah.lock");
	CHECK(fixture_emit(&target, &p, &r, &err) == -1 && err.set == ERR_INPUT);
	p.units[0]->files[0].name = str_of("sub/x.yaml");
	CHECK(fixture_emit(&target, &p, &r, &err) == -1 && err.set == ERR_INPUT);
	CHECK(sh("test ! -e out/.howdah-work && rm -rf out elsewhere") == 0);
}

static void test_held(struct arena *a)
{
	struct out_result r;
	struct err err = { 0 };
	struct out *o;

	CHECK(out_open(&o, &target, &err) == 0);
	CHECK(emit_one(a, "prod/team/orders", 1, &r, &err) == -1);
	CHECK(strstr(err.text, "another howdah") && err_exit(&err) == 4);
	out_close(o);
	CHECK(emit_one(a, "prod/team/orders", 1, &r, &err) == 0);
	CHECK(sh("test ! -e out/.howdah-work && rm -rf out") == 0);
}

static void test_life(struct arena *a)
{
	struct out_result r;
	struct err err = { 0 };
	struct fixture_plan p = {
		.units = { fixture(a, "prod/a/x", 5, 1), fixture(a, "prod/a/y", 5, 1),
			   fixture(a, "dev/b/z", 5, 1) },
		.n = 3,
		.loose = { { .path = str_of("prod/a/howdah.index"), .bytes = str_of("i\n") } },
		.n_loose = 1,
	};

	CHECK(sh("mkdir -p out/prod/a && echo mine >out/prod/a/README.md") == 0);
	CHECK(fixture_emit(&target, &p, &r, &err) == 0 && r.added == 3 && !r.nothing);
	CHECK(sh("test $(find out -type f | wc -l) = 20 && test ! -e out/.howdah-work") == 0);
	CHECK(fixture_emit(&target, &p, &r, &err) == 0 && r.added == 0 && r.nothing);
	CHECK(p.units[0]->state == OUT_KEPT);
	/* a file that is gone is written again although the lock stands */
	CHECK(sh("rm out/prod/a/x/configmap-2.yaml && ls -i out/prod/a/y >before") == 0);
	CHECK(fixture_emit(&target, &p, &r, &err) == 0 && r.changed == 1 && !r.nothing);
	CHECK(sh("test -f out/prod/a/x/configmap-2.yaml && ls -i out/prod/a/y | cmp - before") ==
	      0);
	/* fewer files, one unit gone, its empty parents too, the index replaced */
	p.units[0] = fixture(a, "prod/a/x", 3, 2);
	p.units[2]->state = OUT_REMOVED;
	p.loose[0].bytes = str_of("j\n");
	CHECK(fixture_emit(&target, &p, &r, &err) == 0 && r.changed == 1 && r.removed == 1);
	CHECK(sh("test ! -e out/dev && test $(ls out/prod/a/x | wc -l) = 4 && grep -q j "
		 "out/prod/a/howdah.index") == 0);
	CHECK(sh("grep -q mine out/prod/a/README.md && ! test -e out/.howdah-work") == 0);
	p.units[0]->state = p.units[1]->state = OUT_REMOVED;
	p.n = 2;
	p.loose[0].gone = true;
	CHECK(fixture_emit(&target, &p, &r, &err) == 0 && r.removed == 2);
	CHECK(sh("test \"$(find out -type f)\" = out/prod/a/README.md && rm -rf out") == 0);
}

static void test_walk(struct arena *a)
{
	struct out_result r;
	struct err err = { 0 };
	struct source *s;
	struct prev_units units;
	struct fixture_plan p = {
		.units = { fixture(a, "prod/a/x", 2, 1), fixture(a, "prod/a-b/x", 2, 1),
			   fixture(a, "destinations/eu/sync", 2, 1) },
		.n = 3,
	};

	CHECK(fixture_emit(&target, &p, &r, &err) == 0);
	CHECK(sh("mkdir -p out/.git/x && cp -r out/prod/a/x out/.git/x && "
		 "mkdir \"out/prod/odd name\" \"out/prod/$(printf 'a\\033b')\"") == 0);
	CHECK(source_open_dir(a, "out", &s, &err) == 0);
	CHECK(prev_walk(s, str_of(""), a, &units, &err) == 0 && units.n == 3);
	CHECK(units.n == 3 && str_is(units.units[1].path, "prod/a-b/x"));
	CHECK(prev_find(&units, str_of("prod/a/x")) == &units.units[2]);
	CHECK(prev_find(&units, str_of("prod/a/y")) == NULL);
	CHECK(units.n == 3 && digest_eq(&units.units[2].lock.input, &p.units[0]->input));
	CHECK(prev_walk(s, str_of("none"), a, &units, &err) == 0 && units.n == 0);
	source_close(s);
	CHECK(sh("rm -rf out") == 0);
}

/* What a run that was killed between moving aside and moving in leaves (no exchange on its file
 * system), and half-written trees. */
static void test_stale(struct arena *a)
{
	struct out_result r;
	struct err err = { 0 };

	CHECK(emit_one(a, "prod/team/orders", 1, &r, &err) == 0);
	CHECK(
	    sh("mkdir -p out/.howdah-work/old/prod/team out/.howdah-work/new/prod/team/other && "
	       "mv out/prod/team/orders out/.howdah-work/old/prod/team/ && rmdir out/prod/team && "
	       "touch out/.howdah-work/lock out/.howdah-work/new/prod/team/other/half") == 0);
	CHECK(emit_one(a, "prod/team/orders", 1, &r, &err) == 0 && r.nothing);
	CHECK(sh("test -f out/prod/team/orders/howdah.lock && test ! -e out/.howdah-work && rm -rf "
		 "out") == 0);
}

enum { UNITS = 6 };

static struct fixture_plan fleet(struct arena *a, int version)
{
	struct fixture_plan p = { .n = UNITS };

	for (size_t i = 0; i < UNITS; i++)
		p.units[i] =
		    fixture(a, arena_fmt(a, "prod/team/c%zu", i).p, version == 1 ? 3 : 4, version);
	return p;
}

/* Every unit of out is wholly version 1 or 2; counts those of version 2, or -1. */
static int newer(struct arena *a)
{
	struct fixture_plan one = fleet(a, 1), two = fleet(a, 2);
	struct err err = { 0 };
	struct source *s;
	int count = 0;

	if (source_open_dir(a, "out", &s, &err))
		return -1;
	for (size_t i = 0; i < UNITS && count >= 0; i++) {
		struct prev_unit unit;
		struct prev_findings found = { 0 };
		int rc = prev_read(s, one.units[i]->path, a, &unit, &err);

		if (rc <= 0 || unit.damaged.n ||
		    prev_check(s, &unit, &(struct prev_room){ a, NULL }, &found, &err) || found.n)
			count = -1;
		else if (digest_eq(&unit.lock.input, &two.units[i]->input))
			count++;
		else if (!digest_eq(&unit.lock.input, &one.units[i]->input))
			count = -1;
	}
	source_close(s);
	return count;
}

/* Runs the step from version 1 to 2 in a child and kills it at its k-th entry to or return from the
 * kernel. 1 when it died there, 0 when it was done before, -1. */
static int killed_at(struct arena *a, long k)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		struct fixture_plan p = fleet(a, 2);
		struct out_result r;
		struct err err = { 0 };

		(void)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		(void)raise(SIGSTOP);
		_exit(fixture_emit(&target, &p, &r, &err) ? 1 : 0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
		return -1;
	for (long i = 0; i < k; i++) {
		if (ptrace(PTRACE_SYSCALL, pid, NULL, NULL) || waitpid(pid, &status, 0) != pid)
			return -1;
		if (WIFEXITED(status))
			return WEXITSTATUS(status) ? -1 : 0;
	}
	(void)kill(pid, SIGKILL);
	return waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) ? 1 : -1;
}

static void test_killed(struct arena *a)
{
	struct fixture_plan one = fleet(a, 1);
	struct out_result r;
	struct err err = { 0 };
	int died = 1, deaths = 0, between = 0;

	CHECK(fixture_emit(&target, &one, &r, &err) == 0 && sh("cp -r out old") == 0);
	for (long k = 1; died > 0; k += 5) {
		struct fixture_plan two = fleet(a, 2);

		died = killed_at(a, k);
		CHECK(died >= 0);
		deaths += died > 0;

		int count = newer(a);

		CHECK(count >= 0);
		between += count > 0 && count < UNITS;
		/* the next run completes what was begun, and leaves no trace of the first */
		CHECK(fixture_emit(&target, &two, &r, &err) == 0 && newer(a) == UNITS);
		CHECK(sh("test ! -e out/.howdah-work && rm -rf out && cp -r old out") == 0);
	}
	(void)printf("# killed at %d points, %d of them between two units\n", deaths, between);
	CHECK(deaths >= 100 && between > 0);
	CHECK(sh("rm -rf out old") == 0);
}

int main(void)
{
	struct arena *a = arena_new();
	struct str top = temp_enter(a);

	test_findings(a);
	test_refused(a);
	test_held(a);
	test_life(a);
	test_walk(a);
	test_stale(a);
	test_killed(a);
	temp_leave(a, top);
	arena_free(a);
	return check_done("out_dir");
}
