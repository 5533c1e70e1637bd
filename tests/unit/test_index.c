/* SPDX-License-Identifier: Apache-2.0 */
/* test_index.c: indexes come back as they were, never damaged, and are believed only where the
 * output still is what they say. */
#include "unit/check.h"

#include "out/index.h"
#include "unit/out_fixture.h"
#include "unit/temp.h"

static struct str needs[] = { { "dev/b/z", 7 }, { "prod/a/x", 8 } };

static struct index_group sample_group(struct index_unit units[2])
{
	units[0] = (struct index_unit){
		str_of("0orders"),
		digest_of(str_of("0")),
		git_id_of("tree", str_of("")),
		str_of("list:\n- 1\nname: x\n"),
		needs,
		2,
	};
	units[1] = (struct index_unit){
		.name = str_of("y"),
		.input = digest_of(str_of("1")),
		.tree = git_id_of("tree", str_of("y")),
	};
	return (struct index_group){ units, 2 };
}

static void test_group(struct arena *a)
{
	struct index_unit units[2];
	struct index_group g = sample_group(units), back;
	struct buf b = { 0 };
	struct err err = { 0 };

	index_group_print(&g, &b);
	CHECK(index_group_read(a, buf_view(&b), &back, &err) == 0 && back.n == 2);
	for (size_t i = 0; i < back.n; i++)
		CHECK(str_eq(back.units[i].name, units[i].name) &&
		      digest_eq(&back.units[i].input, &units[i].input) &&
		      git_id_eq(&back.units[i].tree, &units[i].tree) &&
		      str_eq(back.units[i].exports, units[i].exports) &&
		      back.units[i].n_needs == units[i].n_needs);
	CHECK(back.n == 2 && str_is(back.units[0].needs[1], "prod/a/x"));
	CHECK(strstr(buf_z(&b),
		     "\nunits:\n  \"0orders\":\n    exports:\n      list:\n      - 1\n") != NULL);
	for (size_t i = 0; i < b.n; i++) {
		CHECK(index_group_read(a, (struct str){ b.p, i }, &back, &err) == -1);
		b.p[i] ^= 2;
		CHECK(index_group_read(a, buf_view(&b), &back, &err) == -1);
		b.p[i] ^= 2;
	}
	b.n = 0;
	g.n = 0;
	index_group_print(&g, &b);
	CHECK(index_group_read(a, buf_view(&b), &back, &err) == 0 && back.n == 0);
	CHECK(index_root_read(a, buf_view(&b), &(struct index_root){ 0 }, &err) == -1);
	buf_release(&b);
}

static void test_environment(struct arena *a)
{
	struct index_namespace rows[] = {
		{ str_of("1"), git_id_of("tree", str_of("1")) }, /* quoted */
		{ str_of("team-a"), git_id_of("tree", str_of("2")) },
	};
	struct index_environment e = { .rows = rows, .n = 2 }, back;
	struct buf b = { 0 }, printed = { 0 }, renewed = { 0 };
	struct err err = { 0 };

	index_environment_print(&e, &b);
	CHECK(index_environment_read(a, buf_view(&b), &back, &err) == 0 && back.n == 2);
	for (size_t i = 0; i < back.n; i++) {
		const struct index_namespace *found = index_namespace_of(&back, rows[i].name);

		CHECK(found && git_id_eq(&found->intents, &rows[i].intents));
	}
	CHECK(!index_namespace_of(&back, str_of("team-c")));
	for (size_t i = 0; i < b.n; i++) {
		CHECK(index_environment_read(a, (struct str){ b.p, i }, &back, &err) == -1);
		b.p[i] ^= 2;
		CHECK(index_environment_read(a, buf_view(&b), &back, &err) == -1);
		b.p[i] ^= 2;
	}
	CHECK(index_environment_read(a, buf_view(&b), &back, &err) == 0);
	back.rows[1].intents = rows[1].intents = git_id_of("tree", str_of("3"));
	index_environment_print(&e, &printed);
	index_environment_renew(&back, &renewed);
	CHECK(str_eq(buf_view(&renewed), buf_view(&printed)));
	CHECK(!str_eq(buf_view(&renewed), buf_view(&b)));
	b.n = 0;
	e.n = 0;
	index_environment_print(&e, &b);
	CHECK(index_environment_read(a, buf_view(&b), &back, &err) == 0 && back.n == 0);
	buf_release(&b);
	buf_release(&printed);
	buf_release(&renewed);
}

static void test_root(struct arena *a)
{
	struct index_row rows[] = {
		{ str_of("destinations"), { { 0 } }, git_id_of("tree", str_of("1")), 0 },
		{ str_of("prod"), git_id_of("tree", str_of("2")), git_id_of("tree", str_of("3")),
		  12 },
	};
	struct index_edge edges[] = {
		{ str_of("prod/a"), str_of("dev/b") },
		{ str_of("prod/a"), str_of("prod/b") },
		{ str_of("prod/c"), str_of("prod/b") },
	};
	struct index_root r = { digest_of(str_of("w")), rows, 2, edges, 3 }, back;
	struct buf b = { 0 };
	struct err err = { 0 };

	index_root_print(&r, &b);
	CHECK(index_root_read(a, buf_view(&b), &back, &err) == 0 && back.n == 2 &&
	      back.n_edges == 3);
	CHECK(digest_eq(&back.world, &r.world));
	for (size_t i = 0; i < back.n; i++)
		CHECK(str_eq(back.rows[i].name, rows[i].name) &&
		      git_id_eq(&back.rows[i].tree, &rows[i].tree) &&
		      git_id_eq(&back.rows[i].intents, &rows[i].intents) &&
		      back.rows[i].clusters == rows[i].clusters);
	for (size_t i = 0; i < back.n_edges; i++)
		CHECK(str_eq(back.edges[i].from, edges[i].from) &&
		      str_eq(back.edges[i].to, edges[i].to));
	for (size_t i = 0; i < b.n; i++)
		CHECK(index_root_read(a, (struct str){ b.p, i }, &back, &err) == -1);
	b.n = 0;
	edges[2].to = str_of("prod/b/z"); /* an edge is between groups */
	index_root_print(&r, &b);
	CHECK(index_root_read(a, buf_view(&b), &back, &err) == -1);
	b.n = 0;
	r.n = r.n_edges = 0;
	index_root_print(&r, &b);
	CHECK(index_root_read(a, buf_view(&b), &back, &err) == 0 && back.n == 0 &&
	      back.n_edges == 0);
	buf_release(&b);
}

enum { GROUPS = 3, FOLDERS = 2 };

static const char *const group_paths[GROUPS] = { "dev/b", "prod/a", "prod/a-b" };
static const char *const folder_names[FOLDERS] = { "dev", "prod" };

/* The index of a group of one unit into its loose file; its tree id. */
static struct git_id group_index(struct arena *a, const char *path, const struct out_unit *unit,
				 struct out_loose *file)
{
	struct index_unit u = { .name = str_of("x"), .input = unit->input, .tree = unit->tree };
	struct index_group g = { &u, 1 };
	struct buf b = { 0 };

	index_group_print(&g, &b);
	*file = (struct out_loose){ arena_fmt(a, "%s/howdah.index", path), buf_take(&b, a), false };
	return index_group_tree(a, &g, file->bytes);
}

/* Emits one unit per group with all kinds of index into o.git. 0, or -1. */
static int emit_fleet(struct arena *a)
{
	static const struct out_target target = { .repo = "o.git", .branch = "main" };
	struct fixture_plan p = { .n = GROUPS, .n_loose = GROUPS + 1 }, first;
	struct git_entry entries[FOLDERS][GROUPS];
	struct git_tree trees[FOLDERS] = { { entries[0], 0 }, { entries[1], 0 } };
	struct index_row rows[FOLDERS] = { 0 };
	struct index_root r = { .rows = rows, .n = FOLDERS };
	struct out_result result;
	struct err err = { 0 };
	struct buf b = { 0 };

	/* ids of trees are known once units were put: a first round finds them */
	for (size_t i = 0; i < GROUPS; i++)
		p.units[i] = fixture(a, arena_fmt(a, "%s/x", group_paths[i]).p, 3, 1);
	first = p;
	first.n_loose = 0;
	if (fixture_emit(&target, &first, &result, &err))
		return -1;
	for (size_t i = 0; i < GROUPS; i++) {
		struct git_tree *t = &trees[i ? 1 : 0];
		const char *name = strchr(group_paths[i], '/') + 1;

		t->entries[t->n++] =
		    (struct git_entry){ str_of(name), GIT_DIR,
					group_index(a, group_paths[i], p.units[i], &p.loose[i]) };
	}
	for (size_t i = 0; i < FOLDERS; i++) {
		rows[i].name = str_of(folder_names[i]);
		rows[i].tree = git_tree_hash(&trees[i]);
	}
	index_root_print(&r, &b);
	p.loose[GROUPS] = (struct out_loose){ str_of("howdah.index"), buf_take(&b, a), false };
	return fixture_emit(&target, &p, &result, &err);
}

/* The root index of main is believed: 1, 0, -1. */
static int believed(struct arena *a)
{
	struct err err = { 0 };
	struct source *s;
	struct index_root r;
	int rc;

	CHECK(source_open_git(a, str_of("o.git@main"), &s, &err) == 0);

	const struct file *f = source_read(s, str_of(INDEX_NAME), INDEX_SIZE, a, &err);

	CHECK(f && index_root_read(a, f->text, &r, &err) == 0 && r.n == FOLDERS);
	rc = index_believe(&r, s, a, &err);
	source_close(s);
	return rc;
}

/* A commit made by this command in a clone of o.git. */
static int by_hand(struct arena *a, const char *command)
{
	return sh(arena_fmt(a,
			    "rm -rf c && git clone -q o.git c && cd c && %s && git add -A && git "
			    "commit -qm e && git push -qf origin HEAD:main",
			    command)
		      .p);
}

static void test_believe(struct arena *a)
{
	CHECK(sh("git init -qb main --bare o.git") == 0 && emit_fleet(a) == 0);
	CHECK(believed(a) == 1);
	CHECK(by_hand(a, "touch README.md dev/b.md prod/README.md && mkdir .x && touch .x/y") == 0);
	CHECK(believed(a) == 1);
	CHECK(by_hand(a, "echo x >>prod/a/x/configmap-1.yaml") == 0 && believed(a) == 0);
	CHECK(by_hand(a, "git checkout -q HEAD~1 prod") == 0 && believed(a) == 1);
	CHECK(by_hand(a, "touch dev/b/foreign") == 0 && believed(a) == 0);
	CHECK(by_hand(a, "rm dev/b/foreign; mkdir -p prod/new/x; touch prod/new/x/f") == 0);
	CHECK(believed(a) == 0);
	CHECK(by_hand(a, "rm -r prod/new; mkdir -p other/x; touch other/x/f") == 0);
	CHECK(believed(a) == 0);
	CHECK(by_hand(a, "rm -r other") == 0 && believed(a) == 1);
	CHECK(by_hand(a, "git rm -qr dev") == 0 && believed(a) == 0);
}

int main(void)
{
	struct arena *a = arena_new();
	struct str top = temp_enter(a);

	test_group(a);
	test_environment(a);
	test_root(a);
	test_believe(a);
	temp_leave(a, top);
	arena_free(a);
	return check_done("index");
}
