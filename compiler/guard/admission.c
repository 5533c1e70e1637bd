/* SPDX-License-Identifier: Apache-2.0 */
/* admission.c: refusals as CEL. */
#include "guard/admission.h"

#include "schema/export.h"
#include "tree/map.h"
#include "tree/path.h"

/* Where the objects of a kind are in the API. */
struct place {
	const char *kind, *group, *version, *resource;
};

static const struct place places[] = {
	{ "PersistentVolumeClaim", "", "v1", "persistentvolumeclaims" },
	{ "RoleBinding", "rbac.authorization.k8s.io", "v1", "rolebindings" },
	{ "Secret", "", "v1", "secrets" },
	{ "Service", "", "v1", "services" },
	{ "StatefulSet", "apps", "v1", "statefulsets" },
};

static void put_field(struct buf *out, const char *root, const struct path *p, size_t n)
{
	buf_text(out, root);
	for (size_t i = 0; i < n; i++)
		buf_fmt(out, ".%s", p->steps[i].key.p);
}

/* Every step of the path is there. */
static void put_has(struct buf *out, const char *root, const struct path *p)
{
	for (size_t i = 1; i <= p->n; i++) {
		buf_text(out, i > 1 ? " && has(" : "(has(");
		put_field(out, root, p, i);
		buf_char(out, ')');
	}
	buf_char(out, ')');
}

/* Both have it: they must agree, or the new one be no less; else neither may have it. */
static void put_rule(struct buf *out, const struct path *p, bool grows)
{
	put_has(out, "object", p);
	buf_text(out, " && ");
	put_has(out, "oldObject", p);
	buf_text(out, grows ? " ? quantity(string(" : " ? ");
	put_field(out, "object", p, p->n);
	buf_text(out, grows ? ")).compareTo(quantity(string(" : " == ");
	put_field(out, "oldObject", p, p->n);
	buf_text(out, grows ? "))) >= 0 : " : " : ");
	put_has(out, "object", p);
	buf_text(out, " == ");
	put_has(out, "oldObject", p);
}

static struct node *validation(struct arena *a, struct str expression, struct str message)
{
	struct map m = { .arena = a };

	map_text(&m, "expression", expression);
	map_text(&m, "message", message);
	return map_done(&m);
}

/* A row of the table about one field that never changes, or only grows. */
static bool is_plain(const struct change_row *row, struct path *p)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->steps[i].kind != PATH_KEY)
			return false;
	return p->n > 0 && !(p->n == 1 && str_is(row->path, "spec")) &&
	       (row->by == BY_QUANTITY || (row->class == VERDICT_REFUSED && row->by == BY_NONE));
}

static void add_row(struct arena *a, struct node_list *list, const struct change_row *row)
{
	struct buf text = { 0 };
	struct path p = { 0 };
	bool grows = row->by == BY_QUANTITY;

	if (path_parse(a, row->path, &p) || !is_plain(row, &p))
		return;
	put_rule(&text, &p, grows);
	node_add(list,
		 validation(a, buf_take(&text, a),
			    arena_fmt(a, "[%s] %s: %s", grows ? "storage-grows" : "object-fixed",
				      row->path.p, grows ? "a volume cannot shrink" : row->why.p)));
}

/* What is seen on one object alone, and refused in C. */
static const struct seen {
	enum message message;
	const char *kind, *expression;
} seen[] = {
#define SEEN(message, kind, expression) { MSG_##message, kind, expression },
#define UNSEEN(message, why)
#include "guard/admission.def"
#undef SEEN
#undef UNSEEN
};

static void add_seen(struct arena *a, struct node_list *list, const char *kind)
{
	for (size_t i = 0; i < sizeof(seen) / sizeof(*seen); i++) {
		const struct message_row *row = message_row(seen[i].message);

		if (strcmp(seen[i].kind, kind) == 0)
			node_add(list, validation(a, str_of(seen[i].expression),
						  arena_fmt(a, "[%s] %s", row->name, row->means)));
	}
}

static struct node *list_of(struct arena *a, const struct node_list *items)
{
	struct node *list = node_new(a, NODE_LIST, (struct pos){ 0 });

	list->kids = items->first;
	return list;
}

static struct node *policy(struct arena *a, const struct place *at, const struct node *validations)
{
	struct map m = { .arena = a };

	map_node(&m, "group",
		 node_str(a, m.pos, str_of(at->group))); /* the core group has no name */
	map_text(&m, "kind", str_of(at->kind));
	map_text(&m, "resource", str_of(at->resource));
	map_node(&m, "validations", validations);
	map_text(&m, "version", str_of(at->version));
	return map_done(&m);
}

const struct node *guard_admission(struct arena *a, const struct world *w)
{
	static const struct place record = { "PostgresCluster", "howdah.dev", "v1alpha1",
					     "postgresclusters" };
	struct change_table t = change_table_read(a, node_at(w->contracts, "changes"));
	struct node_list list = { 0 }, of_record = { 0 };

	node_add_copies(&of_record, a, schema_change_rules(a, w->cluster)->kids, NULL);
	add_seen(a, &of_record, record.kind);
	node_add(&list, policy(a, &record, list_of(a, &of_record)));
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		struct node_list rules = { 0 };

		for (size_t k = 0; k < t.n; k++)
			if (str_is(t.rows[k].kind, places[i].kind))
				add_row(a, &rules, &t.rows[k]);
		add_seen(a, &rules, places[i].kind);
		node_add(&list, policy(a, &places[i], list_of(a, &rules)));
	}
	return list_of(a, &list);
}
