/* SPDX-License-Identifier: Apache-2.0 */
/* names.c: names, labels and sizes within the limits of the Kubernetes contract, in the longest
 * form that is derived from them. */
#include "link/checks.h"
#include "link/objects.h"

enum { POD_NAME_MOST = 63 };

static const struct node *limits(const struct link_input *in)
{
	return node_at(node_at(in->world->contracts, "kubernetes"), "rows");
}

/* The most that row `name` of the contract allows, or fallback. */
static int64_t most_of(const struct link_input *in, const char *name, int64_t fallback)
{
	int64_t most = 0;

	return str_int(node_text(node_at(limits(in), name), "max"), &most) ? most : fallback;
}

static bool is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool is_plain(char c)
{
	return is_lower(c) || (c >= '0' && c <= '9');
}

/* One part of a DNS name: letters, digits, '-' inside. */
static bool is_label(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_plain(s.p[i]) && (s.p[i] != '-' || i == 0 || i + 1 == s.n))
			return false;
	return s.n > 0;
}

static bool is_subdomain(struct str s)
{
	while (s.n) {
		size_t dot = str_find(s, '.');

		if (!is_label(str_cut(s, 0, dot)) || dot + 1 == s.n)
			return false;
		s = str_cut(s, dot + 1, s.n);
	}
	return true;
}

/* NULL, or why name breaks the syntax of a contract's row. */
static const char *syntax_error(struct str syntax, struct str name)
{
	if (str_is(syntax, "dns-label-1035") && !(is_label(name) && is_lower(name.p[0])))
		return "begins with a letter and has letters, digits and '-' only";
	if (str_is(syntax, "dns-label") && !is_label(name))
		return "has letters, digits and '-' only, and no '-' at its ends";
	if (str_is(syntax, "dns-subdomain") && !is_subdomain(name))
		return "has letters, digits, '-' and '.' only";
	return NULL;
}

static void check_limit(const struct link_input *in, const struct link_check *self,
			const struct node *object)
{
	const struct node *name = node_at(node_at(object, "metadata"), "name");
	char key[80] = "name.";
	struct str kind = node_text(object, "kind");
	const char *wrong = NULL;
	const struct node *row = NULL;
	int64_t most = 0;

	if (!name || name->kind != NODE_STR || kind.n + 6 > sizeof(key))
		return;
	memcpy(key + 5, kind.p, kind.n);
	row = node_at(limits(in), key);
	wrong = syntax_error(node_text(row, "syntax"), name->text);
	if (str_int(node_text(row, "max"), &most) && (int64_t)name->text.n > most)
		link_report(in, self, name,
			    "the name of %s has %zu characters; the longest that works is %lld",
			    link_name(in, object).p, name->text.n, (long long)most);
	else if (wrong)
		link_report(in, self, name, "'%s' is no name of a %s: such a name %s", name->text.p,
			    kind.p, wrong);
}

/* Pods of a StatefulSet are host names: <name>-<ordinal>. */
static void check_pods(const struct link_input *in, const struct link_check *self,
		       const struct node *object)
{
	const struct node *name = node_at(node_at(object, "metadata"), "name");
	int64_t n = link_most_pods(in, object);
	struct str last = arena_fmt(in->arena, "%s-%lld", name ? name->text.p : "",
				    (long long)(n > 0 ? n - 1 : 0));

	if (name && last.n > POD_NAME_MOST)
		link_report(in, self, name,
			    "the pods of %s would be called '%s': more than %d characters",
			    link_name(in, object).p, last.p, POD_NAME_MOST);
}

/* Names inside of a pod: containers, volumes, ports. */
static void check_inside(const struct link_input *in, const struct link_check *self)
{
	int64_t most = most_of(in, "port.name", 15);

	for (size_t i = 0; i < in->index->n_containers; i++) {
		const struct node *c = in->index->containers[i].node, *name = node_at(c, "name");

		if (name && (!is_label(name->text) || name->text.n > POD_NAME_MOST))
			link_report(in, self, name, "'%s' is no name of a container", name->text.p);
		for (const struct node *p = link_first(node_at(c, "ports")); p; p = p->next) {
			const struct node *port = node_at(p, "name");

			if (port && (!is_label(port->text) || (int64_t)port->text.n > most))
				link_report(in, self, port,
					    "'%s' is no name of a port: at most %lld characters",
					    port->text.p, (long long)most);
		}
	}
}

void check_names(const struct link_input *in, const struct link_check *self)
{
	for (size_t i = 0; i < in->n; i++) {
		check_limit(in, self, in->objects[i]);
		if (str_is(node_text(in->objects[i], "kind"), "StatefulSet"))
			check_pods(in, self, in->objects[i]);
	}
	check_inside(in, self);
}

/* Labels are copied into other objects and queries; one that is too long stops a pod at its
 * creation. */
static void check_map(const struct link_input *in, const struct link_check *self,
		      const struct node *object, const struct node *labels)
{
	int64_t most = most_of(in, "label.value", 63);

	for (const struct node *l = link_first(labels); l; l = l->next)
		if (l->kind == NODE_STR && (int64_t)l->text.n > most)
			link_report(in, self, l,
				    "label '%s' of %s has %zu characters; a label has at most %lld",
				    l->key.p, link_name(in, object).p, l->text.n, (long long)most);
}

void check_labels(const struct link_input *in, const struct link_check *self)
{
	for (size_t i = 0; i < in->n; i++) {
		const struct node *o = in->objects[i];
		const struct node *selector = node_at(node_at(o, "spec"), "selector");

		check_map(in, self, o, node_at(node_at(o, "metadata"), "labels"));
		if (node_at(selector, "matchLabels"))
			check_map(in, self, o, node_at(selector, "matchLabels"));
		else if (selector && selector->kind == NODE_MAP)
			check_map(in, self, o, selector);
	}
	for (size_t i = 0; i < in->index->n_pods; i++)
		check_map(in, self, in->index->pods[i].owner, in->index->pods[i].labels);
}

static int64_t bytes_of(const struct node *map)
{
	int64_t n = 0;

	for (const struct node *e = link_first(map); e; e = e->next)
		n += (int64_t)e->key.n + (e->kind == NODE_STR ? (int64_t)e->text.n : 0);
	return n;
}

/* Sizes of what an object holds and of its annotations. */
static void check_object(const struct link_input *in, const struct link_check *self,
			 const struct node *o)
{
	int64_t data = most_of(in, "configmap.total", 1048576);
	int64_t notes = most_of(in, "annotations.total", 262144);
	const struct node *map = node_at(node_at(o, "metadata"), "annotations");
	int64_t held = bytes_of(node_at(o, "data")) + bytes_of(node_at(o, "binaryData"));

	if (held > data)
		link_report(in, self, o, "%s holds %lld bytes; the API server takes %lld",
			    link_name(in, o).p, (long long)held, (long long)data);
	if (bytes_of(map) > notes)
		link_report(in, self, map,
			    "the annotations of %s have %lld bytes; the API server takes %lld",
			    link_name(in, o).p, (long long)bytes_of(map), (long long)notes);
}

void check_sizes(const struct link_input *in, const struct link_check *self)
{
	int64_t most = most_of(in, "env.value", 131072);

	for (size_t i = 0; i < in->n; i++)
		check_object(in, self, in->objects[i]);
	for (size_t i = 0; i < in->index->n_containers; i++) {
		const struct node *env = node_at(in->index->containers[i].node, "env");

		for (const struct node *e = link_first(env); e; e = e->next) {
			struct str name = node_text(e, "name"), text = node_text(e, "value");

			if ((int64_t)(name.n + 1 + text.n) > most)
				link_report(
				    in, self, e,
				    "variable %s has %zu bytes; a process takes %lld of one",
				    name.p, name.n + 1 + text.n, (long long)most);
		}
	}
}
