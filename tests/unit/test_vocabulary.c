/* SPDX-License-Identifier: Apache-2.0 */
/* test_vocabulary.c: the shipped schemas load without a finding; each document of tests/schema is
 * judged as its name says, and where it expects a rule, that rule speaks. */
#include "unit/check.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "schema/check.h"
#include "schema/rule.h"
#include "tree/yaml.h"
#include "world/schemas.h"

static const char folder[] = "tests/schema";

enum { FILE_MOST = 1 << 16 };

static const struct file *slurp(struct arena *a, const char *name)
{
	struct file *f = NEW(a, struct file);
	char *text = arena_alloc(a, FILE_MOST, 1);
	FILE *in;

	f->name = arena_fmt(a, "%s/%s", folder, name);
	in = fopen(f->name.p, "rb");
	if (!CHECK(in != NULL))
		return f;
	f->text = (struct str){ text, fread(text, 1, FILE_MOST, in) };
	(void)fclose(in);
	return f;
}

/* The whole judgement of one document that stands for itself. */
static struct diags *judge(struct arena *a, const struct schema_set *set, const struct file *f)
{
	struct diags *d = diags_new(a);
	const struct node *doc = yaml_read(a, d, f, &YAML_WORLD);
	const struct schema_kind *k = schema_find(set, node_text(doc, "kind"));
	const struct node *typed = k ? schema_check(a, d, k->root, doc, SCHEMA_WHOLE) : NULL;

	CHECK(k != NULL);
	if (typed)
		schema_rules_check(a, d, k->root, schema_defaults(a, k->root, typed), NULL);
	return d;
}

/* The id of a rule behind "# expect: ", or "": other texts are for other readers. */
static struct str expected(const struct schema_set *set, struct str text)
{
	static const char mark[] = "# expect: ";
	struct str word;

	if (!str_starts(text, mark))
		return (struct str){ "", 0 };
	word = str_cut(text, sizeof(mark) - 1, str_find(text, '\n'));
	return rule_find(set, word).rule ? word : (struct str){ "", 0 };
}

static void check_document(const struct schema_set *set, const char *name)
{
	struct arena *a = arena_new();
	const struct file *f = slurp(a, name);
	struct diags *d = judge(a, set, f);
	struct str rule = expected(set, f->text);
	bool spoke = !rule.n;

	for (const struct diag *g = diags_first(d); g; g = g->next)
		spoke = spoke || str_eq(g->rule, rule);
	if (!CHECK((diags_errors(d) > 0) == (strncmp(name, "bad-", 4) == 0)))
		(void)printf("#   %s: %s\n", name, diags_first(d) ? diags_first(d)->text.p : "");
	if (!CHECK(spoke))
		(void)printf("#   %s: nothing said about %.*s\n", name, (int)rule.n, rule.p);
	arena_free(a);
}

/* Two rules of one name could not be told apart in a message. */
static void check_rule_names(const struct schema_set *set, const struct schema *s)
{
	for (size_t i = 0; i < s->n_rules; i++)
		CHECK(rule_find(set, s->rules[i].id).rule->message.p == s->rules[i].message.p);
	for (size_t i = 0; i < s->n_props; i++)
		check_rule_names(set, s->props[i].schema);
	if (s->items)
		check_rule_names(set, s->items);
	if (s->extra)
		check_rule_names(set, s->extra);
}

int main(void)
{
	struct arena *a = arena_new();
	struct diags *d = diags_new(a);
	struct schema_set *set = schemas_embedded(a, d);
	const struct schema_kind *k;
	DIR *dir = opendir(folder);
	int documents = 0;

	for (const struct diag *g = diags_first(d); g; g = g->next)
		(void)printf("# %s: %s\n", pos_text(a, g->pos).p, g->text.p);
	CHECK(!diags_errors(d));
	for (size_t i = 0; (k = schema_nth(set, i)); i++)
		check_rule_names(set, k->root);
	CHECK(dir != NULL);
	for (struct dirent *e = dir ? readdir(dir) : NULL; e; e = readdir(dir)) {
		if (!str_ends(str_of(e->d_name), ".yaml"))
			continue;
		check_document(set, e->d_name);
		documents++;
	}
	CHECK(documents > 20);
	if (dir)
		(void)closedir(dir);
	schema_set_release(set);
	arena_free(a);
	return check_done("vocabulary");
}
