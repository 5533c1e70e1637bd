/* SPDX-License-Identifier: Apache-2.0 */
/* fact.c: a computed fact has the type that the record declares for it. */
#include "expand/run.h"

/* Kinds of nodes by schema type. */
static const enum kind kinds[] = {
	[SCHEMA_OBJECT] = NODE_MAP,  [SCHEMA_ARRAY] = NODE_LIST,   [SCHEMA_STRING] = NODE_STR,
	[SCHEMA_INTEGER] = NODE_INT, [SCHEMA_BOOLEAN] = NODE_BOOL,
};

static int check_required(struct expand *x, const struct schema *type, const struct node *n)
{
	int result = 0;

	for (size_t i = 0; i < type->n_props; i++)
		if (type->props[i].required && !node_get(n, type->props[i].key))
			result = run_fail(x, MSG_template_type, n->pos, "'%s.%.*s' is not set",
					  schema_path(x->job->arena, type).p,
					  (int)type->props[i].key.n, type->props[i].key.p);
	return result;
}

static int check_fields(struct expand *x, const struct schema *type, const struct node *n)
{
	int result = check_required(x, type, n);

	node_each(kid, n)
	{
		const struct schema *field = schema_step(type, kid->key);

		if (!field)
			result = run_fail(
			    x, MSG_template_type, kid->pos, "'%s' declares no field '%.*s'",
			    schema_path(x->job->arena, type).p, (int)kid->key.n, kid->key.p);
		else if (fact_check(x, field, kid))
			result = -1;
	}
	return result;
}

static int check_value(struct expand *x, const struct schema *type, const struct node *n)
{
	for (size_t i = 0; i < type->n_values; i++)
		if (node_eq(type->values[i].node, n))
			return 0;
	if (!type->n_values)
		return 0;
	return run_fail(x, MSG_template_type, n->pos,
			"'%s' has a value that its enum does not list",
			schema_path(x->job->arena, type).p);
}

int fact_check(struct expand *x, const struct schema *type, const struct node *n)
{
	int result = 0;

	if (type->type == SCHEMA_ANY)
		return 0;
	if (n->kind != kinds[type->type])
		return run_fail(
		    x, MSG_template_type, n->pos, "'%s' is declared as %s, but this is %s",
		    schema_path(x->job->arena, type).p, schema_type_name(type), run_kind(n));
	if (type->type == SCHEMA_OBJECT)
		return check_fields(x, type, n);
	if (type->type != SCHEMA_ARRAY)
		return check_value(x, type, n);
	node_each(kid, n) if (fact_check(x, type->items, kid)) result = -1;
	return result;
}
