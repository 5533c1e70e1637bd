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

static void test_root(struct arena *a)
{
	struct index_row rows[] = {
		{ str_of("destinations/eu"),
		  { { 0 } },
		  git_id_of("tree", str_of("1")),
		  str_of(""),
		  false },
		{ str_of("prod/a"), git_id_of("tree", str_of("2")), git_id_of("tree", str_of("3")),
		  str_of("cpu: 1\nmemory: 2Gi\n"), false },
	};
	struct index_edge edges[] = {
		{ str_of("prod/a/x"), str_of("dev/b/z") },
		{ str_of("prod/a/x"), str_of("prod/b/z") },
		{ str_of("prod/a/y"), str_of("prod/b/z") },
	};
	struct index_root r = { digest_of(str_of("w")), rows, 2, edges, 3 }, back;
	struct buf b = { 0 };
	struct err err = { 0 };

	index_root_print(&r, &b);
	CHECK(index_root_read(a, buf_view(&b), &back, &err) == 0 && back.n == 2 &&
	      back.n_edges == 3);
	CHECK(digest_eq(&back.world, &r.world));
	for (size_t i = 0; i < back.n; i++)
		CHECK(str_eq(back.rows[i].path, rows[i].path) &&
		      git_id_eq(&back.rows[i].tree, &rows[i].tree) &&
		      git_id_eq(&back.rows[i].intents, &rows[i].intents) &&
		      str_eq(back.rows[i].totals, rows[i].totals));
	for (size_t i = 0; i < back.n_edges; i++)
		CHECK(str_eq(back.edges[i].from, edges[i].from) &&
		      str_eq(back.edges[i].to, edges[i].to));
	for (size_t i = 0; i < b.n; i++)
		CHECK(index_root_read(a, (struct str){ b.p, i }, &back, &err) == -1);
	b.n = 0;
	r.n = r.n_edges = 0;
	index_root_print(&r, &b);
	CHECK(index_root_read(a, buf_view(&b), &back, &err) == 0 && back.n == 0 &&
	      back.n_edges == 0);
	buf_release(&b);
}

enum { GROUPS = 3 };

static const char *const group_paths[GROUPS] = { "dev/b", "prod/a", "prod/a-b" };

/* Emits one unit per group with both kinds of index into o.git. 0, or -1. */
static int emit_fleet(struct arena *a, struct index_row rows[GROUPS])
{
	static const struct out_target target = { .repo = "o.git", .branch = "main" };
	struct fixture_plan p = { .n = GROUPS, .n_loose = GROUPS + 1 };
	struct out_result result;
	struct err err = { 0 };
	struct buf b = { 0 };

	/* ids of trees are known once units were put: a first round finds them */
	for (size_t i = 0; i < GROUPS; i++)
		p.units[i] = fixture(a, arena_fmt(a, "%s/x", group_paths[i]).p, 3, 1);

	struct fixture_plan first = p;

	first.n_loose = 0;
	if (fixture_emit(&target, &first, &result, &err))
		return -1;
	for (size_t i = 0; i < GROUPS; i++) {
		struct index_unit u = { .name = str_of("x"),
					.input = p.units[i]->input,
					.tree = p.units[i]->tree };
		struct index_group g = { &u, 1 };

		b.n = 0;
		index_group_print(&g, &b);
		p.loose[i].path = arena_fmt(a, "%s/howdah.index", group_paths[i]);
		p.loose[i].bytes = arena_str(a, buf_view(&b));
		rows[i] = (struct index_row){ .path = str_of(group_paths[i]) };
		rows[i].tree = index_group_tree(a, &g, p.loose[i].bytes);
	}

	struct index_root r = { .rows = rows, .n = GROUPS };

	b.n = 0;
	index_root_print(&r, &b);
	p.loose[GROUPS] =
	    (struct out_loose){ str_of("howdah.index"), arena_str(a, buf_view(&b)), false };
	buf_release(&b);
	return fixture_emit(&target, &p, &result, &err);
}

/* The groups of main that its root index is believed about, as bits, and how many it does not know.
 */
static unsigned believed(struct arena *a, size_t *unknown)
{
	struct err err = { 0 };
	struct source *s;
	struct index_root r;
	struct prev_paths extra;
	unsigned bits = 0;

	CHECK(source_open_git(a, str_of("o.git@main"), &s, &err) == 0);

	const struct file *f = source_read(s, str_of(INDEX_NAME), INDEX_SIZE, a, &err);

	CHECK(f && index_root_read(a, f->text, &r, &err) == 0 && r.n == GROUPS);
	CHECK(index_compare(&r, s, a, &extra, &err) == 0);
	for (size_t i = 0; i < r.n; i++)
		bits |= (unsigned)r.rows[i].believed << i;
	*unknown = extra.n;
	source_close(s);
	return bits;
}

static void test_compare(struct arena *a)
{
	struct index_row rows[GROUPS];
	size_t unknown;

	CHECK(sh("git init -qb main --bare o.git") == 0 && emit_fleet(a, rows) == 0);
	CHECK(believed(a, &unknown) == 7 && unknown == 0);
	CHECK(sh("git clone -q o.git c && cd c && echo x >>prod/a/x/configmap-1.yaml && git commit "
		 "-qam e && "
		 "git push -q origin main") == 0);
	CHECK(believed(a, &unknown) == 5 && unknown == 0);
	CHECK(
	    sh("cd c && mkdir -p prod/new/x && touch prod/new/x/f dev/b/README.md && git add -A && "
	       "git commit -qam e && git push -q origin main") == 0);
	CHECK(believed(a, &unknown) == 4 && unknown == 1);
	CHECK(sh("cd c && git rm -qr prod/a-b && git commit -qm e && git push -q origin main") ==
	      0);
	CHECK(believed(a, &unknown) == 0);
}

int main(void)
{
	struct arena *a = arena_new();
	struct str top = temp_enter(a);

	test_group(a);
	test_root(a);
	test_compare(a);
	temp_leave(a, top);
	arena_free(a);
	return check_done("index");
}
