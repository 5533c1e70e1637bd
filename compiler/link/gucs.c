/* SPDX-License-Identifier: Apache-2.0 */
/* gucs.c: PostgreSQL parameters in Patroni's configurations: known, of their type, where Patroni
 * honours them. */
#include "link/checks.h"
#include "link/guc.h"
#include "link/objects.h"

/* The lists of parameters that reach a cluster. */
struct lists {
	const struct link_input *in;
	const struct link_check *self;
	int64_t major;
	const struct node *local;             /* in the pod's file */
	const struct node *first;             /* dynamic, as initdb starts with them */
	const struct node *dynamic;           /* dynamic, as the agent keeps them */
	const struct link_config *at;         /* the list under check stands in it */
	const struct link_config *dynamic_at; /* the dynamic one */
};

static const struct node *parameters(const struct node *tree)
{
	return node_at(node_at(tree, "postgresql"), "parameters");
}

/* A scalar of a configuration as Patroni writes it into postgresql.conf. */
static struct str text_of(const struct link_input *in, const struct node *value)
{
	if (value->kind == NODE_INT)
		return arena_fmt(in->arena, "%lld", (long long)value->num);
	if (value->kind == NODE_BOOL)
		return str_of(value->flag ? "on" : "off");
	return value->kind == NODE_STR ? value->text : (struct str){ "", 0 };
}

/* Where a reader should look: the intent's own line, the fact it was computed as, or the text. */
static const struct node *place_of(const struct lists *l, const struct link_config *at,
				   const struct node *parameter)
{
	static const char *const facts[] = { "localParameters", "dynamicParameters",
					     "restartParameters" };
	const struct node *asked =
	    node_get(node_at(node_at(l->in->facts, "spec"), "parameters"), parameter->key);

	if (asked)
		return asked;
	for (size_t i = 0; i < 3; i++) {
		const struct node *n =
		    node_get(node_at(node_at(l->in->facts, "patroni"), facts[i]), parameter->key);

		if (n && str_eq(text_of(l->in, n), text_of(l->in, parameter)))
			return n;
	}
	return link_parameter_written(l->in, at, parameter);
}

/* Spilo's own list has it whether or not its library is loaded. */
static bool is_spilos(const struct lists *l, struct str name)
{
	const struct node *rules =
	    node_at(node_at(l->in->world->contracts, "patroni"), "parameters");

	return str_is(node_text(node_get(rules, name), "where"), "local");
}

/* Known to the major version, allowed in a file, of its type, its library loaded. */
static void check_value(const struct lists *l, const struct node *p)
{
	const struct node *row = guc_find(l->in->world, l->major, p->key).row;
	struct str value = text_of(l->in, p), context = node_text(row, "context"),
		   library = node_text(row, "library");
	const char *wrong = row ? guc_value_error(l->in->arena, row, value) : NULL;

	if (!row)
		link_report(l->in, l->self, place_of(l, l->at, p),
			    "parameter '%s' is unknown to PostgreSQL %lld", p->key.p,
			    (long long)l->major);
	else if (str_is(node_text(row, "file"), "false") || str_is(context, "internal"))
		link_report(l->in, l->self, place_of(l, l->at, p),
			    "parameter '%s' is not accepted in a configuration file", p->key.p);
	else if (wrong)
		link_report(l->in, l->self, place_of(l, l->at, p), "parameter '%s' is '%s'; it %s",
			    p->key.p, value.p, wrong);
	else if (library.n && !str_is(context, "user") && !str_is(context, "superuser") &&
		 !str_lists(node_text(l->local, "shared_preload_libraries"), library) &&
		 !is_spilos(l, p->key))
		link_report(l->in, l->self, place_of(l, l->at, p),
			    "parameter '%s' belongs to library '%s', which is not in "
			    "shared_preload_libraries",
			    p->key.p, library.p);
}

/* Patroni refuses what is below its own least value, and goes on with the default. */
static void check_least(const struct lists *l, const struct node *p, const struct node *rule)
{
	int64_t least = 0, value = 0;

	if (str_is(node_text(rule, "type"), "integer") && str_int(node_text(rule, "min"), &least) &&
	    str_int(text_of(l->in, p), &value) && value < least)
		link_report(l->in, l->self, place_of(l, l->at, p),
			    "parameter '%s' is %lld; Patroni ignores less than %lld", p->key.p,
			    (long long)value, (long long)least);
}

/* The place that is no use for parameters that only count in another: "dcs" or "local". */
static void check_list(struct lists *l, const struct node *list, const char *useless)
{
	const struct node *rules =
	    node_at(node_at(l->in->world->contracts, "patroni"), "parameters");

	for (const struct node *p = link_first(list); p; p = p->next) {
		const struct node *rule = node_get(rules, p->key);
		struct str where = node_text(rule, "where");

		check_value(l, p);
		if (str_is(where, "never"))
			link_report(l->in, l->self, place_of(l, l->at, p),
				    "parameter '%s' is Patroni's own: nothing else may set it",
				    p->key.p);
		else if (str_is(where, useless))
			link_report(l->in, l->self, place_of(l, l->at, p),
				    strcmp(useless, "dcs") == 0
					? "parameter '%s' stands in the local configuration; only "
					  "the dynamic one counts"
					: "parameter '%s' stands in the dynamic configuration; "
					  "Spilo's local one always wins",
				    p->key.p);
		else
			check_least(l, p, rule);
	}
}

/* No parameter stands in two places, and what initdb starts with stays as it is. */
static void check_twice(const struct lists *l)
{
	for (const struct node *p = link_first(l->dynamic); p; p = p->next) {
		const struct node *local = node_get(l->local, p->key);
		const struct node *begun = node_get(l->first, p->key);

		if (local) {
			link_report(l->in, l->self, place_of(l, l->dynamic_at, p),
				    "parameter '%s' stands in the local and the dynamic "
				    "configuration; the local one wins",
				    p->key.p);
			source_other(l->in->diags, place_of(l, l->at, local),
				     "the local one comes from here");
		}
		if (begun && !str_eq(text_of(l->in, begun), text_of(l->in, p))) {
			link_report(l->in, l->self, place_of(l, l->dynamic_at, p),
				    "parameter '%s' is '%s' when the cluster is made and '%s' "
				    "right after",
				    p->key.p, text_of(l->in, begun).p, text_of(l->in, p).p);
			source_other(l->in->diags, place_of(l, l->at, begun),
				     "the first one comes from here");
		}
	}
}

/* Places for processes that PostgreSQL can have at most (MAX_BACKENDS), less its own two. */
enum { PROCESSES_MOST = 0x3ffff - 2 };

/* The places that a parameter asks for, as it stands or by itself. */
static int64_t places(const struct lists *l, const char *name)
{
	const struct node *p = node_at(l->dynamic, name);
	const struct node *row = guc_find(l->in->world, l->major, str_of(name)).row;
	int64_t n = 0;

	return str_int(p ? text_of(l->in, p) : node_text(row, "default"), &n) ? n : 0;
}

/* Each is in its range; together they may be too many, and PostgreSQL does not start. */
static void check_processes(const struct lists *l)
{
	const char *const names[] = { "max_connections", "max_wal_senders", "max_worker_processes",
				      l->major < 18 ? "autovacuum_max_workers"
						    : "autovacuum_worker_slots" };
	const char *most = names[0];
	int64_t sum = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		sum += places(l, names[i]);
		most = places(l, names[i]) > places(l, most) ? names[i] : most;
	}
	if (sum > PROCESSES_MOST && node_at(l->dynamic, most))
		link_report(l->in, l->self, place_of(l, l->dynamic_at, node_at(l->dynamic, most)),
			    "parameters %s, %s, %s and %s make %lld processes; PostgreSQL starts "
			    "with at most %d",
			    names[0], names[1], names[2], names[3], (long long)sum, PROCESSES_MOST);
}

/* Everything that the intent sets arrives. */
static void check_arrives(const struct lists *l)
{
	const struct node *asked = node_at(node_at(l->in->facts, "spec"), "parameters");

	for (const struct node *p = link_first(asked); p; p = p->next)
		if (!node_get(l->local, p->key) && !node_get(l->dynamic, p->key))
			link_report(l->in, l->self, p,
				    "parameter '%s' is set, but reaches no configuration",
				    p->key.p);
}

void check_gucs(const struct link_input *in, const struct link_check *self)
{
	struct lists l = { .in = in,
			   .self = self,
			   .major = node_num(node_at(in->facts, "spec"), "version", 0) };
	const struct link_index *x = in->index;

	for (size_t i = 0; i < x->n_configs; i++)
		if (x->configs[i].dynamic) {
			l.dynamic = parameters(x->configs[i].tree);
			l.dynamic_at = &x->configs[i];
		}
	for (size_t i = 0; i < x->n_configs; i++) {
		const struct node *tree = x->configs[i].tree;

		l.at = &x->configs[i];
		if (x->configs[i].dynamic) {
			check_list(&l, l.dynamic, "local");
			continue;
		}
		l.local = parameters(tree);
		l.first = parameters(node_at(node_at(tree, "bootstrap"), "dcs"));
		check_list(&l, l.local, "dcs");
		check_list(&l, l.first, "local");
		check_twice(&l);
	}
	check_processes(&l);
	if (l.local && l.dynamic)
		check_arrives(&l);
}
