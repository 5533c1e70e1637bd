/* SPDX-License-Identifier: Apache-2.0 */
/* test_out_git.c: output as a commit: what is refused, what stays, that the commit's id is
 * reproducible, and that the repository is sound after every step and every death. */
#include "unit/check.h"

#include <pthread.h>
#include <signal.h>
#include <sys/ptrace.h>

#include "unit/out_fixture.h"
#include "unit/temp.h"

static const struct out_target target = { .repo = "o.git", .branch = "main" };
static const struct out_target folder = { .repo = "o.git",
					  .branch = "main",
					  .prefix = "fleet/out/" };

static int emit(const struct out_target *t, struct fixture_plan *p, struct out_result *r,
		struct err *err)
{
	*err = (struct err){ 0 };
	return fixture_emit(t, p, r, err);
}

static int emit_one(const struct out_target *t, struct arena *a, const char *path, int version,
		    struct out_result *r, struct err *err)
{
	struct fixture_plan p = { .units = { fixture(a, path, 5, version) }, .n = 1 };

	return emit(t, &p, r, err);
}

static int sound(void)
{
	return sh("git -C o.git fsck --strict --full --no-dangling >fsck.txt 2>&1 && "
		  "! grep -v '^notice:' fsck.txt") == 0;
}

static struct str head(struct arena *a)
{
	char line[64] = { 0 };
	FILE *f;

	if (sh("git -C o.git rev-parse -q --verify main >tip.txt || true"))
		return str_of("");
	f = fopen("tip.txt", "r");
	if (!f)
		return str_of("");
	if (!fgets(line, sizeof(line), f))
		line[0] = 0;
	(void)fclose(f);
	return arena_copy(a, line, strcspn(line, "\n"));
}

static void test_refused(struct arena *a)
{
	static const char *const bad_names[] = { "a..b", "-x", "HEAD", "@", "refs/heads/x" };
	struct out_target t = { .repo = "tree", .branch = "main" };
	struct out_result r;
	struct err err;

	CHECK(sh("git init -qb main tree && git init -qb main --bare o.git") == 0);
	/* a branch that is shown somewhere, even before its first commit */
	CHECK(emit_one(&t, a, "prod/a/x", 1, &r, &err) == -1 && strstr(err.text, "checked out"));
	CHECK(err_exit(&err) == 4);
	CHECK(sh("cd tree && git commit -q --allow-empty -m x && git worktree add -q ../side -b "
		 "side 2>/dev/null") == 0);
	CHECK(emit_one(&t, a, "prod/a/x", 1, &r, &err) == -1 && strstr(err.text, "checked out"));
	t.branch = "side";
	CHECK(emit_one(&t, a, "prod/a/x", 1, &r, &err) == -1 && strstr(err.text, "work tree side"));
	t.repo = "side";
	t.branch = "main";
	CHECK(emit_one(&t, a, "prod/a/x", 1, &r, &err) == -1 && strstr(err.text, "checked out"));
	t.branch = "out";
	CHECK(emit_one(&t, a, "prod/a/x", 1, &r, &err) == 0);
	CHECK(sh("cd tree && test -z \"$(git status --porcelain)\" && git rev-parse -q --verify "
		 "out >/dev/null") == 0);
	for (size_t i = 0; i < sizeof(bad_names) / sizeof(bad_names[0]); i++) {
		t.branch = bad_names[i];
		CHECK(emit_one(&t, a, "prod/a/x", 1, &r, &err) == -1 && err_exit(&err) == 2);
	}
	t.branch = "out";
	t.prefix = "../x";
	CHECK(emit_one(&t, a, "prod/a/x", 1, &r, &err) == -1 && err_exit(&err) == 2);
	t.prefix = ".git/x";
	CHECK(emit_one(&t, a, "prod/a/x", 1, &r, &err) == -1 && err_exit(&err) == 2);
	t = (struct out_target){ .repo = "none", .branch = "main" };
	CHECK(emit_one(&t, a, "prod/a/x", 1, &r, &err) == -1 && err_exit(&err) == 4);
	t.repo = "o.git/objects";
	CHECK(emit_one(&t, a, "prod/a/x", 1, &r, &err) == -1 &&
	      strstr(err.text, "not a Git repository"));
	CHECK(emit_one(&target, a, "prod/a/.gitmodules", 1, &r, &err) == -1 &&
	      err.set == ERR_INPUT);
	CHECK(head(a).n == 0 && sound());
	CHECK(sh("rm -rf tree side o.git") == 0);
}

/* What people commit beside or into the output. */
static void test_foreign(struct arena *a)
{
	struct out_result r;
	struct err err;

	CHECK(sh("git init -qb main w && cd w && echo hi >README.md && mkdir -p "
		 "fleet/out/prod/Team fleet/x && "
		 "echo y >fleet/x/y && echo z >fleet/out/prod/Team/z && echo f "
		 ">fleet/out/prod/file && "
		 "ln -s x fleet/link && git add -A && git commit -qm mine && git clone -q --bare . "
		 "../o.git") == 0);
	CHECK(emit_one(&folder, a, "prod/a/x", 1, &r, &err) == 0);
	CHECK(sh("test \"$(git -C o.git ls-tree -r --name-only main | grep -v "
		 "fleet/out/prod/a/x)\" = \"$(git -C w "
		 "ls-files)\"") == 0);
	CHECK(emit_one(&folder, a, "prod/file", 1, &r, &err) == -1 && err.set == ERR_REFUSED);
	CHECK(emit_one(&folder, a, "prod/file/x", 1, &r, &err) == -1 && err.set == ERR_REFUSED);
	CHECK(emit_one(&folder, a, "prod/team/x", 1, &r, &err) == -1 &&
	      strstr(err.text, "'Team' is in the way"));
	CHECK(err_exit(&err) == 3);
	CHECK(sh("git clone -q o.git c && cd c && echo >fleet/out/prod/a/x/notes.txt && git add -A "
		 "&& "
		 "git commit -qm note && git push -q origin main") == 0);
	CHECK(emit_one(&folder, a, "prod/a/x", 2, &r, &err) == -1 && strstr(err.text, "notes.txt"));
	CHECK(sh("cd c && git rm -q fleet/out/prod/a/x/notes.txt && echo x "
		 ">>fleet/out/prod/a/x/configmap-1.yaml && "
		 "git commit -qam edit && git push -q origin main") == 0);

	struct out *o;
	struct prev_unit unit;
	struct prev_findings found = { 0 };

	CHECK(out_open(&o, &folder, &err) == 0);
	CHECK(prev_read(out_previous(o), str_of("prod/a/x"), a, &unit, &err) == 1);
	CHECK(prev_check(out_previous(o), &unit, &(struct prev_room){ a, NULL }, &found, &err) ==
		  0 &&
	      found.n == 1);
	CHECK(found.n == 1 && found.findings[0].trouble == PREV_EDITED);
	out_close(o);
	CHECK(sound() && sh("rm -rf w o.git c") == 0);
}

static void test_life(struct arena *a)
{
	struct out_result r;
	struct err err;
	struct fixture_plan p = {
		.units = { fixture(a, "prod/a/x", 5, 1), fixture(a, "prod/a/y", 5, 1),
			   fixture(a, "prod/a-b/z", 5, 1) },
		.n = 3,
		.loose = { { .path = str_of("prod/a/howdah.index"), .bytes = str_of("i\n") } },
		.n_loose = 1,
	};

	CHECK(sh("git init -qb main --bare o.git") == 0);
	CHECK(emit(&target, &p, &r, &err) == 0 && r.added == 3 && !r.nothing && sound());

	struct str first = head(a);

	CHECK(str_eq(git_id_hex(a, &r.commit), first));
	CHECK(sh("git -C o.git log -1 --format='%an <%ae> %ad|%cn %cd|%B' --date=raw main >log.txt "
		 "&& "
		 "printf 'howdah <howdah@howdah.dev> 0 +0000|howdah 0 +0000|Compile the platform "
		 "repository\\n\\n' | "
		 "cmp - log.txt") == 0);
	CHECK(sh("test $(git -C o.git ls-tree -r main | wc -l) = 19 && test $(ls "
		 "o.git/objects/pack/*.pack | wc -l) = 1") == 0);
	CHECK(emit(&target, &p, &r, &err) == 0 && r.nothing && str_eq(head(a), first));
	CHECK(sh("test $(ls o.git/objects/pack/*.pack | wc -l) = 1") == 0);
	p.units[0] = fixture(a, "prod/a/x", 4, 2);
	p.units[2]->state = OUT_REMOVED;
	p.loose[0].bytes = str_of("j\n");
	CHECK(emit(&target, &p, &r, &err) == 0 && r.changed == 1 && r.removed == 1 && sound());
	CHECK(sh("test \"$(git -C o.git ls-tree -d -r --name-only main | tr '\\n' ' ')\" = 'prod "
		 "prod/a prod/a/x "
		 "prod/a/y ' && test \"$(git -C o.git show main:prod/a/howdah.index)\" = j") == 0);
	/* only what the parent lacks: commit, 3 trees above, x's tree, lock, 2 files and the index
	 */
	CHECK(sh("test $(git -C o.git rev-list --objects main ^main~1 | wc -l) = 9 && "
		 "test $(git -C o.git count-objects -v | sed -n 's/in-pack: //p') = $(git -C o.git "
		 "rev-list --objects "
		 "main | wc -l)") == 0);
	CHECK(emit(&target, &p, &r, &err) == 0 && r.nothing);
	p.units[0]->state = p.units[1]->state = OUT_REMOVED;
	p.n = 2;
	p.loose[0].gone = true;
	CHECK(emit(&target, &p, &r, &err) == 0 && r.removed == 2 && sound());
	CHECK(sh("test -z \"$(git -C o.git ls-tree main)\" && rm -rf o.git") == 0);
}

/* The same input gives the same commit id, whatever was there, and carries the source's people. */
static void test_source(struct arena *a)
{
	struct out_result r, again;
	struct err err = { 0 };
	struct source *s;
	struct fixture_plan p = { .units = { fixture(a, "prod/a/x", 5, 1) }, .n = 1 };

	CHECK(
	    sh("git init -qb main src && cd src && git commit -q --allow-empty -m 'Add orders' -m "
	       "'Long story.' -m "
	       "'Signed-off-by: A <a@x>\nReviewed-by: B <b@x>' && git rev-parse HEAD >../id.txt") ==
	    0);
	CHECK(source_open_git(a, str_of("src@main"), &s, &err) == 0);
	p.source = source_commit(s);
	CHECK(sh("git init -qb main --bare o.git") == 0 && emit(&target, &p, &r, &err) == 0 &&
	      sound());
	CHECK(sh("git -C o.git log -1 --format='%an <%ae> %ad|%cn <%ce> %cd|%B' --date=raw main "
		 ">log.txt && "
		 "printf 'A U Thor <author@example.com> 1700000000 +0130|C O Mitter "
		 "<committer@example.com> 1700000060 "
		 "-0200|Add orders\\n\\nSigned-off-by: A <a@x>\\nReviewed-by: B "
		 "<b@x>\\nSource-commit: %s\\n\\n' "
		 "\"$(cat id.txt)\" | cmp - log.txt") == 0);
	CHECK(sh("rm -rf o.git && git init -qb main --bare o.git && git -C o.git config "
		 "core.compression 9 && "
		 "git -C o.git config core.autocrlf true && git -C o.git config user.name Other && "
		 "mkdir -p o.git/hooks && "
		 "for h in pre-commit post-commit reference-transaction update; do printf "
		 "'#!/bin/sh\\ntouch ../hooked\\n' "
		 ">o.git/hooks/$h; chmod +x o.git/hooks/$h; done") == 0);
	CHECK(emit(&target, &p, &again, &err) == 0 && git_id_eq(&r.commit, &again.commit));
	CHECK(sh("test ! -e hooked && rm -rf o.git src") == 0);
	source_close(s);
}

/* Someone moves the branch, creates it, or holds its lock while we write. */
static void test_race(struct arena *a)
{
	struct out_result r;
	struct err err = { 0 };
	struct out *o;
	struct out_unit *u[2] = { fixture(a, "prod/a/x", 3, 1), fixture(a, "prod/a/y", 3, 1) };
	struct out_plan plan = { &u[0], 1, NULL, 0, NULL };

	CHECK(sh("git init -qb main --bare o.git") == 0);
	for (int round = 0; round < 2; round++, plan.units++) {
		/* first the branch appears, then it moves */
		CHECK(out_open(&o, &target, &err) == 0);
		CHECK(out_put(out_worker_new(o), u[round], NULL, &err) == 0);
		CHECK(sh("cd o.git && t=$(git mktree </dev/null) && c=$(git commit-tree -m other "
			 "$t) && "
			 "git update-ref refs/heads/main $(git commit-tree -m other2 -p $c $t) && "
			 "git rev-parse main >../theirs.txt") == 0);
		CHECK(out_publish(o, &plan, &r, &err) == -1 && err.set == ERR_RACE &&
		      err_exit(&err) == 4);
		out_close(o);
		CHECK(sh("git -C o.git rev-parse main | cmp - theirs.txt") == 0 && sound());
		err = (struct err){ 0 };
		CHECK(emit_one(&target, a, "prod/a/z", round + 1, &r, &err) == 0 && sound());
	}
	CHECK(sh("touch o.git/refs/heads/main.lock && git -C o.git rev-parse main >theirs.txt") ==
	      0);
	CHECK(emit_one(&target, a, "prod/a/z", 9, &r, &err) == -1 && err.set == ERR_OUTSIDE);
	CHECK(strstr(err.text, "refs/heads/main.lock"));
	CHECK(sh("test -e o.git/refs/heads/main.lock && git -C o.git rev-parse main | cmp - "
		 "theirs.txt") == 0);
	/* a lock that goes away within a second is waited for */
	CHECK(sh("(sleep 0.3; rm o.git/refs/heads/main.lock) >/dev/null 2>&1 &") == 0);
	CHECK(emit_one(&target, a, "prod/a/z", 9, &r, &err) == 0 && sound());
	/* refs that were packed */
	CHECK(sh("git -C o.git pack-refs --all") == 0);
	CHECK(emit_one(&target, a, "prod/a/z", 10, &r, &err) == 0 && r.changed == 1 && sound());
	CHECK(sh("rm -rf o.git") == 0);
}

/* A unit that was put and then taken back leaves no object; equal files are packed once. */
static void test_taken_back(struct arena *a)
{
	struct out_result r;
	struct err err = { 0 };
	struct out *o;
	struct out_unit *u[3] = { fixture(a, "prod/a/x", 3, 1), fixture(a, "prod/a/y", 3, 1),
				  fixture(a, "prod/b/x", 3, 1) };
	struct out_plan plan = { u, 3, NULL, 0, NULL };

	CHECK(sh("git init -qb main --bare o.git") == 0);
	for (size_t i = 0; i < 3; i++)
		u[2]->files[i].bytes = u[0]->files[i].bytes;
	CHECK(out_open(&o, &target, &err) == 0);

	struct out_worker *w[2] = { out_worker_new(o), out_worker_new(o) };

	for (size_t i = 0; i < 3; i++)
		CHECK(out_put(w[i % 2], u[i], NULL, &err) == 0);
	u[1]->state = OUT_KEPT;
	CHECK(out_publish(o, &plan, &r, &err) == 0 && r.added == 2);
	out_close(o);
	/* 3 files once, 2 locks, 2 unit trees, a, b, prod, root, commit */
	CHECK(sound() &&
	      sh("test $(git -C o.git count-objects -v | sed -n 's/in-pack: //p') = 12") == 0);
	CHECK(sh("rm -rf o.git") == 0);
}

struct thread {
	struct out *out;
	struct out_worker *worker;
	struct out_unit **units;
	size_t n, first, step;
	int failed;
	pthread_t id;
};

static void *put_some(void *p)
{
	struct thread *t = p;
	struct arena *a = arena_new();

	for (size_t i = t->first; i < t->n; i += t->step) {
		struct err err = { 0 };
		struct prev_unit prev;
		struct prev_findings found;
		int there = prev_read(out_previous(t->out), t->units[i]->path, a, &prev, &err);

		t->failed |= there < 0 ||
			     prev_check(out_previous(t->out), &prev, &(struct prev_room){ a, NULL },
					&found, &err) ||
			     found.n || out_put(t->worker, t->units[i], there ? &prev : NULL, &err);
	}
	arena_free(a);
	return NULL;
}

/* Puts version v of 40 units with n threads and publishes; the commit. */
static struct git_id emit_threads(struct arena *a, const struct out_target *to, size_t n, int v)
{
	struct thread t[4];
	struct out_unit *units[40];
	struct out_plan plan = { units, 40, NULL, 0, NULL };
	struct out_result r = { 0 };
	struct err err = { 0 };
	struct out *o;

	for (size_t i = 0; i < plan.n; i++)
		units[i] = fixture(a, arena_fmt(a, "prod/a/c%zu", i).p, 9, v);
	CHECK(out_open(&o, to, &err) == 0);
	for (size_t i = 0; i < n; i++) {
		t[i] = (struct thread){ o, out_worker_new(o), units, plan.n, i, n, 0, 0 };
		CHECK(pthread_create(&t[i].id, NULL, put_some, &t[i]) == 0);
	}
	for (size_t i = 0; i < n; i++)
		CHECK(pthread_join(t[i].id, NULL) == 0 && !t[i].failed);
	CHECK(out_publish(o, &plan, &r, &err) == 0);
	out_close(o);
	return r.commit;
}

/* The commit does not depend on the number of threads, and a directory gets the same files. */
static void test_threads(struct arena *a)
{
	static const struct out_target dir = { .dir = "out" };
	struct git_id first[2] = { 0 };

	for (size_t n = 1; n <= 4; n++) {
		CHECK(sh("rm -rf o.git out && git init -qb main --bare o.git") == 0);
		for (int v = 1; v <= 2; v++) {
			struct git_id id = emit_threads(a, &target, n, v);

			if (n == 1)
				first[v - 1] = id;
			CHECK(git_id_eq(&id, &first[v - 1]));
			(void)emit_threads(a, &dir, n, v);
		}
		CHECK(sound());
	}
	CHECK(sh("git -C out init -q && git -C out add -A && test $(git -C out write-tree) = "
		 "$(git -C o.git rev-parse 'main^{tree}') && rm -rf out o.git") == 0);
}

/* More than a spool keeps in memory. */
static void test_large(struct arena *a)
{
	struct out_result r;
	struct err err = { 0 };
	struct fixture_plan p = { .n = 40 };

	CHECK(sh("git init -qb main --bare o.git") == 0);
	for (size_t i = 0; i < p.n; i++) {
		size_t size = 300000;
		char *bytes = arena_alloc(a, size, 1);
		uint32_t x = (uint32_t)i + 1;

		for (size_t k = 0; k < size; k++) {
			x = x * 1664525 + 1013904223;
			bytes[k] = (char)(x >> 24);
		}
		p.units[i] = fixture(a, arena_fmt(a, "prod/a/c%zu", i).p, 2, 1);
		p.units[i]->files[0].bytes = (struct str){ bytes, size };
	}
	CHECK(emit(&target, &p, &r, &err) == 0 && sound());
	CHECK(sh("test $(git -C o.git ls-tree -r main | wc -l) = 120 && rm -rf o.git") == 0);
}

/* More objects than go into one pack: all are there, whichever pack has them. */
static void test_many(struct arena *a)
{
	struct out_result r;
	struct err err = { 0 };
	struct fixture_plan p = { .n = 64 };

	CHECK(sh("git init -qb main --bare o.git") == 0);
	for (size_t i = 0; i < p.n; i++)
		p.units[i] = fixture(a, arena_fmt(a, "prod/a/c%zu", i).p, 1600, 1);
	CHECK(emit(&target, &p, &r, &err) == 0 && sound());
	CHECK(sh("test $(ls o.git/objects/pack/*.pack | wc -l) = 2 && "
		 "test $(git -C o.git ls-tree -r main | wc -l) = $((64 * 1601)) && rm -rf o.git") ==
	      0);
}

enum { UNITS = 4 };

static struct fixture_plan fleet(struct arena *a, int version)
{
	struct fixture_plan p = { .n = UNITS };

	for (size_t i = 0; i < UNITS; i++)
		p.units[i] = fixture(a, arena_fmt(a, "prod/team/c%zu", i).p, 3, version);
	return p;
}

/* Commits version 2 in a child that is killed at its k-th entry to or return from the kernel. 1
 * when it died there, 0 when it was done before, -1. */
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
	struct fixture_plan p = fleet(a, 1);
	struct out_result r;
	struct err err = { 0 };
	int died = 1, deaths = 0;
	struct str old, new;

	CHECK(sh("git init -qb main --bare o.git") == 0 && emit(&target, &p, &r, &err) == 0);
	old = head(a);
	CHECK(sh("cp -r o.git first.git") == 0);
	p = fleet(a, 2);
	CHECK(emit(&target, &p, &r, &err) == 0);
	new = head(a);
	for (long k = 1; died > 0; k += 3) {
		CHECK(sh("rm -rf o.git && cp -r first.git o.git") == 0);
		died = killed_at(a, k);
		CHECK(died >= 0);
		deaths += died > 0;

		struct str now = head(a);

		CHECK((str_eq(now, old) || str_eq(now, new)) && sound());
		/* a lock of the branch that a killed run left is named, never removed by us */
		CHECK(sh("rm -f o.git/refs/heads/main.lock") == 0);
		p = fleet(a, 2);
		CHECK(emit(&target, &p, &r, &err) == 0 && str_eq(head(a), new));
	}
	(void)printf("# killed at %d points\n", deaths);
	CHECK(deaths >= 80);
	CHECK(sh("rm -rf o.git first.git") == 0);
}

int main(void)
{
	struct arena *a = arena_new();
	struct str top = temp_enter(a);

	test_refused(a);
	test_foreign(a);
	test_life(a);
	test_source(a);
	test_race(a);
	test_taken_back(a);
	test_threads(a);
	test_large(a);
	test_many(a);
	test_killed(a);
	temp_leave(a, top);
	arena_free(a);
	return check_done("out_git");
}
