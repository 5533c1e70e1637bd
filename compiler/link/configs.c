/* SPDX-License-Identifier: Apache-2.0 */
/* configs.c: Patroni's configuration, taken out of the texts that carry it. */
#include "link/objects.h"
#include "tree/yaml.h"

bool link_is_spilo(const struct link_input *in, const struct link_container *c)
{
	const struct node *image = node_at(node_at(in->facts, "images"), "postgres");

	return !node_at(c->node, "command") && node_at(c->node, "image") &&
	       str_eq(node_text(c->node, "image"), node_text(image, "reference"));
}

const struct node *link_variable(const struct node *container, const char *name)
{
	for (const struct node *e = link_first(node_at(container, "env")); e; e = e->next)
		if (str_is(node_text(e, "name"), name))
			return node_at(e, "value");
	return NULL;
}

/* The tree of a text, or NULL when some reader could see another one than the next. */
static const struct node *read_text(const struct link_input *in, struct str text)
{
	struct diags *quiet = diags_new(in->arena);
	struct file *file = NEW(in->arena, struct file);
	const struct node *root = NULL;

	*file = (struct file){ .name = str_of("text"), .text = text };
	root = yaml_read(in->arena, quiet, file, &YAML_WORLD);
	if (root)
		root = yaml_resolve(in->arena, quiet, root, false);
	return diags_errors(quiet) ? NULL : root;
}

/*
 * The dynamic configuration of the agent's orders: the fact itself where the text is what our
 * printer makes of the facts; of another text in its layout only the lines of spec.patroni are
 * read; any other is read whole.
 */
static const struct node *dynamic_of(const struct link_input *in, struct link_index *x,
				     struct str orders)
{
	struct link_input with = *in;
	static const char head[] = "\n  patroni:\n";
	const char *from = strstr(orders.p, head);
	size_t begin = from ? (size_t)(from - orders.p) + 1 : orders.n, end = begin;
	const struct node *root = NULL;

	with.index = x;
	x->printed = link_orders_printed(&with, orders);
	if (x->printed)
		return node_at(node_at(in->facts, "patroni"), "dynamic");
	while (from && end < orders.n &&
	       (end == begin || str_starts(str_cut(orders, end, orders.n), "    ")))
		end += str_find(str_cut(orders, end, orders.n), '\n') + 1;
	if (from)
		root = read_text(in, arena_str(in->arena, str_cut(orders, begin, end)));
	else
		root = node_at(read_text(in, orders), "spec");
	return node_at(node_at(root, "patroni"), "dynamic");
}

static void add(struct link_index *x, struct link_config c)
{
	x->configs[x->n_configs++] = c;
}

/* Members of all sets carry nearly the same text: each is read once. */
static bool is_known(const struct link_index *x, const struct node *text)
{
	for (size_t i = 0; i < x->n_configs; i++)
		if (node_eq(x->configs[i].at, text))
			return true;
	return false;
}

void link_configs(const struct link_input *in, struct link_index *x)
{
	struct str orders = node_text(node_at(in->facts, "names"), "agentConfig");

	x->configs = NEW_ARRAY(in->arena, x->n_containers + in->n + 1, struct link_config);
	for (size_t i = 0; i < x->n_containers; i++) {
		const struct node *text =
		    link_variable(x->containers[i].node, "SPILO_CONFIGURATION");

		if (text && link_is_spilo(in, &x->containers[i]) && !is_known(x, text))
			add(x, (struct link_config){ read_text(in, text->text), text,
						     x->containers[i].pod->owner, false });
	}
	for (size_t i = 0; i < in->n; i++) {
		const struct node *o = in->objects[i], *data = node_at(o, "data");

		if (!orders.n || !str_is(node_text(o, "kind"), "ConfigMap") ||
		    !str_eq(link_own_name(o), orders) || !link_first(data) ||
		    data->kids->kind != NODE_STR)
			continue;
		add(x, (struct link_config){ dynamic_of(in, x, data->kids->text), data->kids, o,
					     true });
	}
}
