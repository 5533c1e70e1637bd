/* SPDX-License-Identifier: Apache-2.0 */
/* defaults.c: running defaults blocks in their order, and holding that the order does not matter.
 */
#include "unit/defaults.h"

#include "schema/check.h"
#include "tree/path.h"
#include "tree/print.h"

enum { LAYERS_FIRST = 16 };

void stack_push(struct stack *s, const struct layer *l)
{
	if (s->n == s->cap) {
		struct layer *grown = NULL;

		s->cap = s->cap ? s->cap * 2 : LAYERS_FIRST;
		grown = NEW_ARRAY(s->arena, s->cap, struct layer);
		if (s->n)
			memcpy(grown, s->layers, s->n * sizeof(*grown));
		s->layers = grown;
	}
	s->layers[s->n++] = *l;
}

static struct layered merge(const struct job *j, struct stack *s, const struct node *intent,
			    struct diags *found)
{
	struct layered merged;

	stack_push(s, &(struct layer){ .name = str_of("intent"), .spec = intent, .intent = true });
	merged = layers_merge(j->arena, found, j->world->cluster->spec, s->layers, s->n);
	s->n--;
	return merged;
}

static const struct lua_entry *block(const struct job *j, size_t i)
{
	return lua_library_entry(j->world->lua, LUA_DEFAULTS, i);
}

static void note_intent(const struct job *j, const struct node *intent)
{
	if (intent)
		diag_note(j->diags, intent->pos, "while compiling this intent");
}

/* A block that ends with an empty table sets nothing: to Lua it is a list as much as a map. */
static bool is_nothing(const struct node *out)
{
	return !out || (out->kind == NODE_LIST && !out->kids);
}

/* What every block makes of spec; NULL for nothing. */
static const struct node **run_all(const struct job *j, const struct node *intent,
				   const struct node *spec, size_t n)
{
	const struct node **made = NEW_ARRAY(j->arena, n, const struct node *);

	for (size_t i = 0; i < n; i++) {
		struct reads reads = { .arena = j->arena };
		struct node *out = NULL;
		size_t errors = diags_errors(j->diags);

		if (lua_worker_call(j->lua, block(j, i), spec, &reads, &out) || is_nothing(out))
			continue;
		out->key = str_of("spec");
		made[i] =
		    schema_check(j->arena, j->diags, j->world->cluster->spec, out, SCHEMA_PARTIAL);
		if (diags_errors(j->diags) == errors)
			continue;
		diag_note(j->diags, block(j, i)->pos, "defaults '%s' returned this",
			  block(j, i)->id.p);
		note_intent(j, intent);
	}
	return made;
}

/* Two values for one place. */
struct clash {
	const struct node *a, *b;
	struct buf path;
};

/* Finds the first place that both set to different values. Lists that merge by a key may both have
 * items. */
static bool find_clash(struct clash *c, const struct schema *type, const struct node *a,
		       const struct node *b)
{
	bool merges = type && type->merge.n;

	if (a->kind != NODE_MAP || b->kind != NODE_MAP) {
		c->a = a;
		c->b = b;
		return !node_eq(a, b) && !(merges && a->kind == NODE_LIST && b->kind == NODE_LIST);
	}
	node_each(kid, a)
	{
		const struct node *other = node_get(b, kid->key);
		size_t length = c->path.n;

		if (!other)
			continue;
		path_put_key(&c->path, 0, kid->key);
		if (find_clash(c, type ? schema_step(type, kid->key) : NULL, kid, other))
			return true;
		c->path.n = length;
	}
	return false;
}

/* Whether blocks i and k contradict each other, which is then reported. */
static bool check_clash(const struct job *j, const struct node *const *made, size_t i, size_t k)
{
	struct clash c = { 0 };
	bool found =
	    made[i] && made[k] && find_clash(&c, j->world->cluster->spec, made[i], made[k]);

	if (found) {
		diag_error(j->diags, MSG_defaults_conflict, block(j, k)->pos,
			   "defaults '%s' and '%s' set %s to different values: %s and %s",
			   block(j, i)->id.p, block(j, k)->id.p, buf_z(&c.path),
			   print_node_inline(j->arena, c.a).p, print_node_inline(j->arena, c.b).p);
		diag_note(j->diags, block(j, i)->pos, "the other one is here");
	}
	buf_release(&c.path);
	return found;
}

static void push_all(const struct job *j, struct stack *s, const struct node *const *made, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (made[i])
			stack_push(s, &(struct layer){ .name = arena_fmt(j->arena, "policy %s",
									 block(j, i)->id.p),
						       .spec = made[i] });
}

/* A block whose second result, laid over the first ones, is another spec. */
static void check_stable(const struct job *j, struct stack *s, const struct node *intent,
			 const struct node *spec, size_t n)
{
	const struct node **again = run_all(j, intent, spec, n);

	for (size_t i = 0; i < n; i++) {
		struct diags *unheard = diags_new(j->arena);
		struct clash c = { 0 };
		struct layered changed;

		if (!again[i])
			continue;
		stack_push(s, &(struct layer){ .name = block(j, i)->id, .spec = again[i] });
		changed = merge(j, s, intent, unheard);
		s->n--;
		if (find_clash(&c, NULL, spec, changed.spec))
			diag_error(j->diags, MSG_defaults_unstable, block(j, i)->pos,
				   "defaults '%s', run a second time, changes %s from %s to %s",
				   block(j, i)->id.p, buf_z(&c.path),
				   print_node_inline(j->arena, c.a).p,
				   print_node_inline(j->arena, c.b).p);
		else if (!node_eq(spec, changed.spec))
			diag_error(
			    j->diags, MSG_defaults_unstable, block(j, i)->pos,
			    "defaults '%s', run a second time, adds what it did not the first",
			    block(j, i)->id.p);
		if (!node_eq(spec, changed.spec))
			note_intent(j, intent);
		buf_release(&c.path);
	}
}

struct layered defaults_lay(const struct job *j, struct stack *s, const struct node *intent)
{
	size_t n = lua_library_count(j->world->lua, LUA_DEFAULTS);
	struct diags *found = diags_new(j->arena);
	struct layered merged = merge(j, s, intent, found);

	if (n) {
		size_t errors = diags_errors(j->diags);
		const struct node **made = run_all(j, intent, merged.spec, n);

		for (size_t k = 1; k < n; k++)
			for (size_t i = 0; i < k; i++)
				if (check_clash(j, made, i, k))
					note_intent(j, intent);
		push_all(j, s, made, n);
		found = diags_new(j->arena);
		merged = merge(j, s, intent, found);
		if (diags_errors(j->diags) == errors)
			check_stable(j, s, intent, merged.spec, n);
	}
	diags_take(j->diags, found);
	return merged;
}
