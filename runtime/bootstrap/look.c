/* SPDX-License-Identifier: Apache-2.0 */
/* look.c: the pod's volumes and the API's objects become facts. */
#include "bootstrap/boot.h"
#include "ground/mounted.h"
#include "ground/paths.h"

const struct node *boot_shell_at(const struct boot *b, size_t i)
{
	const struct node *shells = orders_at(b->orders, "shells");
	const struct node *n = shells ? shells->kids : NULL;

	while (n && i--)
		n = n->next;
	return n;
}

static size_t count(const struct boot *b)
{
	return node_count(orders_at(b->orders, "shells"));
}

void boot_look_local(struct boot *b)
{
	struct boot_facts *f = &b->facts;

	f->data = !mounted_none(mounted_mark(boot_path(b, PATH_PGDATA "/PG_VERSION")));
	f->mounted = true;
	for (size_t i = 0; i < count(b); i++) {
		struct shell_fact s = boot_shell(b, i, true);

		if (s.needed && (s.lacks_key || s.lacks_text || s.wrong.n > 0))
			f->mounted = false;
	}
}

static enum asked asked_of(enum api_outcome outcome)
{
	switch (outcome) {
	case API_FINE:
		return ASKED_FINE;
	case API_MISSING:
		return ASKED_MISSING;
	case API_DENIED:
	case API_WRONG:
		return ASKED_DENIED;
	default:
		return ASKED_AWAY;
	}
}

/* Asks for an object. Whether it is there; when not, the facts say what is the matter. */
static bool get(struct boot *b, struct str path, const struct node **out)
{
	struct boot_answer w = boot_ask(b, "GET", path, NULL);

	*out = w.body;
	b->facts.api = asked_of(w.outcome);
	if (b->facts.api != ASKED_FINE)
		b->facts.detail = arena_fmt(b->arena, "GET %s: %s", path.p, w.message.p);
	return b->facts.api == ASKED_FINE;
}

/* Patroni's initialize key: an annotation of its ConfigMap, which it makes itself. */
static bool look_initialized(struct boot *b)
{
	struct str name = arena_fmt(b->arena, "%s-config", b->scope.p);
	const struct node *config;

	if (!get(b, boot_object(b, "configmaps", name), &config) && b->facts.api != ASKED_MISSING)
		return false;
	b->facts.api = ASKED_FINE;
	b->facts.initialized =
	    node_text(node_at(node_at(config, "metadata"), "annotations"), "initialize").n > 0;
	return true;
}

static bool look_secrets(struct boot *b)
{
	size_t n = count(b);

	b->secrets = NEW_ARRAY(b->arena, n, const struct node *);
	b->shells = NEW_ARRAY(b->arena, n, struct shell_fact);
	for (size_t i = 0; i < n; i++) {
		struct str name = node_text(boot_shell_at(b, i), "secret");

		if (!get(b, boot_object(b, "secrets", name), &b->secrets[i]))
			return false;
		b->shells[i] = boot_shell(b, i, false);
	}
	b->facts.shells = b->shells;
	b->facts.n_shells = n;
	return true;
}

static bool look_trust(struct boot *b)
{
	struct str name = orders_text(b->orders, "objects.trust"), have;

	if (!get(b, boot_object(b, "configmaps", name), &b->trust))
		return false;
	have = node_text(node_at(b->trust, "data"), "ca.crt");
	b->bundle = boot_bundle(b, have);
	b->facts.authority = b->bundle.n > 0;
	b->facts.trusted = str_eq(b->bundle, have);
	return true;
}

void boot_look(struct boot *b)
{
	if (get(b, boot_record(b), &b->record) && look_secrets(b) && look_trust(b) &&
	    look_initialized(b) && !b->facts.initialized)
		boot_look_earlier(b);
}

void boot_look_again(struct boot *b)
{
	b->facts.again = true;
	(void)look_initialized(b);
}

static bool has_pods(struct boot *b, struct str scope)
{
	struct str path = arena_fmt(
	    b->arena, "/api/v1/namespaces/%s/pods?labelSelector=howdah.dev%%2Fscope%%3D%s&limit=1",
	    b->orders->namespace.p, scope.p);
	const struct node *list;

	return get(b, path, &list) && node_count(node_at(list, "items")) > 0;
}

/* What the leader key of a scope says of its last renewal; "none" without one. */
static struct str renewal(struct boot *b, struct str scope)
{
	struct str name = arena_fmt(b->arena, "%s-leader", scope.p), text;
	const struct node *lock;

	if (!get(b, boot_object(b, "configmaps", name), &lock)) {
		if (b->facts.api == ASKED_MISSING)
			b->facts.api = ASKED_FINE;
		return str_of("none");
	}
	text = node_text(node_at(node_at(lock, "metadata"), "annotations"), "renewTime");
	return text.n > 0 ? text : str_of("none");
}

/* Alive: it has pods, and its leader key changed within 2 x ttl by our own clock. */
static bool is_alive(struct boot *b, struct str scope, struct earlier *e)
{
	int64_t most = 2000 * orders_int(b->orders, "patroni.dynamic.ttl", 30);
	int64_t now = clock_now().ms;
	struct str renewed;

	if (!has_pods(b, scope))
		return false;
	renewed = renewal(b, scope);
	if (!e->since_ms || !str_eq(renewed, e->renewed)) {
		e->renewed = arena_str(b->lasting, renewed);
		e->since_ms = now;
	}
	return now - e->since_ms <= most;
}

void boot_look_earlier(struct boot *b)
{
	const struct node *list = orders_at(b->orders, "life.earlier");
	size_t i = 0;

	if (!list)
		return;
	node_each(n, list)
	{
		struct str scope = arena_str(b->arena, node_text(n, "scope"));

		if (i == BOOT_EARLIER_MOST)
			break;
		if (is_alive(b, scope, &b->earlier[i++]))
			b->facts.earlier = true;
		if (b->facts.api != ASKED_FINE)
			return;
	}
}
