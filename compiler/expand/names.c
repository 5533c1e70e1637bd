/* SPDX-License-Identifier: Apache-2.0 */
/* names.c: what a name in a template means, found when the template is loaded. */
#include "expand/program.h"
#include "lua/scan.h"

enum { TYPO_MOST = 2 };

static bool in_scope(const struct compile *c, size_t number)
{
	return number < c->visible || (c->sees_pods && number + 1 == c->scope->n_names);
}

/* The number of the local name, or -1. The last one is the innermost; there are no two alike. */
static int find_local(const struct compile *c, struct str name)
{
	for (size_t i = c->n_locals; i-- > 0;)
		if (str_eq(c->locals[i].name, name))
			return (int)i;
	return -1;
}

static int find_name(const struct compile *c, struct str name)
{
	int number = scope_find(c->scope, name);

	return number >= 0 && in_scope(c, (size_t)number) ? number : -1;
}

/* The nearest of all names offered. */
struct nearest {
	struct str name, best;
	int distance;
};

static void offer(void *arg, struct str name)
{
	struct nearest *n = arg;
	int d = str_distance(name, n->name, TYPO_MOST);

	if (d < n->distance || (d == n->distance && (!n->best.n || str_cmp(name, n->best) < 0))) {
		n->distance = d;
		n->best = name;
	}
}

static void say_nearest(struct compile *c, const struct nearest *n)
{
	if (n->best.n && n->distance <= TYPO_MOST)
		diag_note(c->d, (struct pos){ 0 }, "did you mean '%.*s'?", (int)n->best.n,
			  n->best.p);
}

static void report_root(struct compile *c, struct pos pos, struct str name)
{
	struct nearest n = { name, { "", 0 }, TYPO_MOST + 1 };
	int later = scope_find(c->scope, name);

	diag_error(c->d, MSG_template_name, pos, "undeclared name '%.*s'", (int)name.n, name.p);
	if (later >= 0) {
		diag_note(c->d, (struct pos){ 0 }, "'%.*s' is computed after this file",
			  (int)name.n, name.p);
		return;
	}
	for (size_t i = 0; i < c->n_locals; i++)
		offer(&n, c->locals[i].name);
	for (size_t i = 0; i < c->scope->n_names; i++)
		if (in_scope(c, i))
			offer(&n, c->scope->names[i].name);
	if (!n.best.n)
		lua_library_names(c->scope->lib, offer, &n);
	say_nearest(c, &n);
}

static void report_field(struct compile *c, struct pos pos, const struct schema *s, struct str path)
{
	struct str dot = path, field = path;
	struct nearest n;

	while (str_find(field, '.') < field.n)
		field = str_cut(field, str_find(field, '.') + 1, field.n);
	dot.n = path.n > field.n ? path.n - field.n - 1 : 0;
	n = (struct nearest){ field, { "", 0 }, TYPO_MOST + 1 };
	if (s->type != SCHEMA_OBJECT) {
		diag_error(c->d, MSG_template_name, pos, "'%.*s' is a %s and has no field '%.*s'",
			   (int)dot.n, dot.p, schema_type_name(s), (int)field.n, field.p);
		return;
	}
	diag_error(c->d, MSG_template_name, pos, "'%.*s' is not declared", (int)path.n, path.p);
	for (size_t i = 0; i < s->n_props; i++)
		offer(&n, s->props[i].key);
	say_nearest(c, &n);
}

struct str chain_text(struct arena *a, const struct chain *chain, size_t n)
{
	struct str text = arena_str(a, chain->root);

	for (size_t i = 0; i < n; i++)
		text = arena_fmt(a, "%s.%.*s", text.p, (int)chain->keys[i].n, chain->keys[i].p);
	return text;
}

/* Follows the chain below type (NULL: not known, all is allowed). False after reporting. */
static bool follow(struct compile *c, struct pos pos, const struct chain *chain,
		   const struct schema **type)
{
	for (size_t i = 0; i < chain->n && *type && (*type)->type != SCHEMA_ANY; i++) {
		const struct schema *next =
		    (*type)->type == SCHEMA_OBJECT ? schema_step(*type, chain->keys[i]) : NULL;

		if (!next) {
			report_field(c, pos, *type, chain_text(c->arena, chain, i + 1));
			return false;
		}
		*type = next;
	}
	if (*type && (*type)->type == SCHEMA_ANY)
		*type = NULL;
	return true;
}

/* self.x: facts that the record declares later are not there yet. */
static bool self_ready(struct compile *c, struct pos pos, int local, const struct chain *chain)
{
	const struct schema_prop *prop;

	if (local != 0 || !c->self || !chain->n)
		return true;
	prop = schema_prop(c->self, chain->keys[0]);
	if (!prop || prop->place < c->self_place)
		return true;
	diag_error(c->d, MSG_template_name, pos,
		   "'self.%.*s' is not computed yet: facts are computed in the order in which the "
		   "record declares them",
		   (int)chain->keys[0].n, chain->keys[0].p);
	diag_note(c->d, prop->schema->pos, "declared here");
	return false;
}

static bool local_path(struct compile *c, int local, const struct chain *chain, struct step *out)
{
	const struct schema *type = c->locals[local].type;

	if (!self_ready(c, out->pos, local, chain) || !follow(c, out->pos, chain, &type))
		return false;
	out->op = OP_LOCAL;
	out->local.number = (size_t)local;
	out->local.path = *chain;
	out->type = type;
	return true;
}

static bool slot_path(struct compile *c, int name, const struct chain *chain, struct step *out)
{
	const struct schema *type = c->scope->names[name].type;

	if (!follow(c, out->pos, chain, &type))
		return false;
	out->op = OP_SLOT;
	out->slot = scope_slot(c->scope, (size_t)name, chain->keys, chain->n);
	out->type = type;
	return true;
}

bool names_path(struct compile *c, struct str text, struct pos pos, struct step *out, bool *bad)
{
	const struct str *steps;
	size_t n = scan_path(c->arena, text, &steps);
	struct chain chain;
	int local, name;

	*bad = false;
	if (!n)
		return false;
	chain = (struct chain){ steps[0], steps + 1, n - 1 };
	local = find_local(c, chain.root);
	name = find_name(c, chain.root);
	out->pos = pos;
	if (local < 0 && name < 0)
		return false; /* a library's, or reported with the other expressions */
	*bad = !(local >= 0 ? local_path(c, local, &chain, out) : slot_path(c, name, &chain, out));
	return !*bad;
}

static struct pos behind(struct pos pos, struct str text, size_t offset)
{
	for (size_t i = 0; i < offset && i < text.n; i++)
		if (text.p[i] == '\n')
			return pos; /* only the first line's columns are those of the file */
	pos.col += (uint32_t)offset;
	return pos;
}

/* A name that the expression's functions bind may not hide one of the template's. */
static bool check_bound(struct compile *c, const struct scan_names *names, struct pos pos)
{
	bool ok = true;

	for (size_t i = 0; i < names->n_bound; i++) {
		struct str name = names->bound[i];

		if (find_local(c, name) < 0 && find_name(c, name) < 0 &&
		    !lua_library_has(c->scope->lib, name))
			continue;
		diag_error(c->d, MSG_template_shadow, pos,
			   "'%.*s' has a meaning already; take another name", (int)name.n, name.p);
		ok = false;
	}
	return ok;
}

/* Arguments of one expression while they are collected. */
struct collecting {
	struct argument args[ARGUMENTS_MOST];
	struct str names[ARGUMENTS_MOST];
	size_t n;
};

static bool collect(struct compile *c, struct collecting *k, struct argument arg, struct pos pos,
		    struct str name)
{
	for (size_t i = 0; i < k->n; i++)
		if (k->args[i].local == arg.local && k->args[i].number == arg.number)
			return true;
	if (k->n == ARGUMENTS_MOST) {
		diag_error(c->d, MSG_template_syntax, pos, "more than %d names in one expression",
			   ARGUMENTS_MOST);
		return false;
	}
	k->names[k->n] = name;
	k->args[k->n++] = arg;
	return true;
}

static bool take_use(struct compile *c, const struct scan_use *use, struct pos pos,
		     struct collecting *k)
{
	int local = find_local(c, use->name), name = find_name(c, use->name);
	struct argument arg = { local >= 0, (size_t)(local >= 0 ? local : name) };
	const struct chain chain = { use->name, use->fields, use->n_fields };
	const struct schema *type;

	if (local < 0 && name < 0) {
		if (lua_library_has(c->scope->lib, use->name))
			return true;
		report_root(c, pos, use->name);
		return false;
	}
	type = local >= 0 ? c->locals[local].type : c->scope->names[name].type;
	return self_ready(c, pos, local, &chain) && follow(c, pos, &chain, &type) &&
	       collect(c, k, arg, pos, use->name);
}

const struct argument *names_expression(struct compile *c, struct str text, struct pos pos,
					struct lua_expression *e)
{
	struct collecting k = { .n = 0 };
	struct scan_names names;
	struct argument *args;
	struct str *list;
	bool ok;

	scan_names(c->arena, text, &names);
	ok = check_bound(c, &names, pos);
	for (size_t i = 0; i < names.n_uses; i++)
		ok = take_use(c, &names.uses[i], behind(pos, text, names.uses[i].at), &k) && ok;
	if (!ok)
		return NULL;
	args = NEW_ARRAY(c->arena, k.n + 1, struct argument);
	list = NEW_ARRAY(c->arena, k.n + 1, struct str);
	memcpy(args, k.args, k.n * sizeof(*args));
	memcpy(list, k.names, k.n * sizeof(*list));
	*e = (struct lua_expression){ text, pos, list, k.n };
	return args;
}

static bool is_identifier(struct str name)
{
	size_t at = 0;
	struct scan_token t = scan_next(name, &at);

	return t.kind == SCAN_NAME && t.text.n == name.n;
}

size_t names_add_local(struct compile *c, struct str name, struct pos pos,
		       const struct schema *type)
{
	if (!is_identifier(name)) {
		diag_error(c->d, MSG_template_syntax, pos,
			   "'%.*s' is no name: letters, digits and _, no word of Lua", (int)name.n,
			   name.p);
		return LOCALS_MOST;
	}
	if (find_local(c, name) >= 0 || scope_find(c->scope, name) >= 0 ||
	    lua_library_has(c->scope->lib, name)) {
		diag_error(c->d, MSG_template_shadow, pos,
			   "'%.*s' has a meaning already; take another name", (int)name.n, name.p);
		return LOCALS_MOST;
	}
	if (c->n_locals == LOCALS_MOST) {
		diag_error(c->d, MSG_template_syntax, pos, "more than %d names in scope",
			   LOCALS_MOST);
		return LOCALS_MOST;
	}
	c->locals[c->n_locals] = (struct local_name){ name, type };
	return c->n_locals++;
}
