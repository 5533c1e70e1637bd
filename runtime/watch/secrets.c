/* SPDX-License-Identifier: Apache-2.0 */
/* secrets.c: one Secret after the other, each held against what PostgreSQL has and then forgotten.
 */
#include "facts/secrets.h"

#include "crypto/scram.h"
#include "facts/catalog.h"
#include "facts/files.h"
#include "provision/credentials.h"
#include "watch/watch.h"

enum { ASK_MS = 10000 };

/* Whose password lies where. */
struct place {
	struct str name, namespace, secret, key; /* key: of a system role's password */
	const struct node *login;                /* NULL for a system role */
};

struct work {
	struct place *places;
	struct fact_secret *items;
	size_t n, at;
	struct str orders;
};

/* Copied: other orders may come into force during the look. */
static void put_place(struct look *look, const struct place *p)
{
	struct work *w = look->work;
	struct arena *a = look->arena;

	w->places[w->n++] = (struct place){ arena_str(a, p->name), arena_str(a, p->namespace),
					    arena_str(a, p->secret), arena_str(a, p->key),
					    p->login ? node_deep(a, p->login) : NULL };
}

/* Logins, and system roles whose password stands in a Secret of the cluster. Patroni's own two are
 * Patroni's to set. */
static void put_places(struct look *look, struct work *w)
{
	const struct orders *o = look->hands->orders;
	const struct node *logins = orders_at(o, "logins"), *shells = orders_at(o, "shells");
	size_t most = node_count(logins);

	for (const struct node *s = shells ? shells->kids : NULL; s; s = s->next)
		most += node_count(node_at(s, "keys"));
	w->places = NEW_ARRAY(look->arena, most + 1, struct place);
	w->items = NEW_ARRAY(look->arena, most + 1, struct fact_secret);
	for (const struct node *l = logins ? logins->kids : NULL; l; l = l->next) {
		const struct node *s = node_at(l, "secret");

		put_place(look, &(struct place){ node_text(l, "name"), node_text(s, "namespace"),
						 node_text(s, "name"), str_of(""), l });
	}
	for (const struct node *s = shells ? shells->kids : NULL; s; s = s->next)
		for (const struct node *k = node_at(s, "keys")->kids; k; k = k->next)
			if (str_starts(node_text(k, "role"), "howdah_"))
				put_place(look, &(struct place){ node_text(k, "role"), o->namespace,
								 node_text(s, "secret"),
								 node_text(k, "name"), NULL });
}

static void ask(struct look *look);

/* Keeps what is to be known of a Secret's data. */
static void judge(struct look *look, const struct place *p, struct fact_secret *item,
		  const struct node *data)
{
	const struct catalog *c = facts_catalog(look->facts)->have;
	const struct catalog_role *role;
	struct arena *a = arena_new();
	struct credentials has = { .trust = facts_files(look->facts)->trust };

	has.user = p->login ? credentials_value(a, data, "username") : p->name;
	has.password = credentials_value(a, data, p->login ? "password" : p->key.p);
	role = c ? catalog_role(c, has.user) : NULL;
	if (has.password.n > 0) {
		item->user = arena_str(look->arena, has.user);
		item->against = arena_str(look->arena, role ? role->verifier : str_of(""));
		item->fits = scram_matches(has.password, item->against);
	}
	item->whole = !p->login;
	if (p->login && has.password.n > 0) {
		item->whole = true;
		for (const struct node *n = credentials_data(a, p->login, &has)->kids; n;
		     n = n->next)
			item->whole = item->whole && str_eq(node_text(data, n->key.p), n->text);
	}
	arena_wipe(a);
}

static void on_secret(void *owner, const struct api_answer *answer)
{
	struct look *look = owner;
	struct work *w = look->work;
	struct fact_secret *item = &w->items[w->at];

	if (answer->outcome == API_AWAY) {
		look_failed(look, answer->message);
		return;
	}
	item->name = arena_str(look->arena, w->places[w->at].name);
	item->user = item->against = item->problem = str_of("");
	if (answer->outcome == API_FINE)
		judge(look, &w->places[w->at], item, node_at(answer->body, "data"));
	else
		item->problem =
		    arena_fmt(look->arena, "Secret %s/%s: %s", w->places[w->at].namespace.p,
			      w->places[w->at].secret.p,
			      answer->outcome == API_MISSING ? "is not there" : answer->message);
	w->at++;
	ask(look);
}

static void ask(struct look *look)
{
	struct work *w = look->work;
	struct fact_secrets *fact;
	struct str path;

	if (w->at < w->n) {
		path = arena_fmt(look->arena, "/api/v1/namespaces/%s/secrets/%s",
				 w->places[w->at].namespace.p, w->places[w->at].secret.p);
		api_send(look->hands->api,
			 &(struct api_call){ "GET", path.p, API_JSON, NULL, ASK_MS, false },
			 on_secret, look);
		return;
	}
	fact = NEW(look->arena, struct fact_secrets);
	fact->items = w->items;
	fact->n = w->n;
	fact->orders = w->orders;
	look_done(look, fact);
}

static void start(struct look *look)
{
	struct work *w = NEW(look->arena, struct work);

	look->work = w;
	w->orders = arena_str(look->arena, look->hands->orders->digest);
	put_places(look, w);
	ask(look);
}

const struct observer watch_secrets = {
	.fact = FACT_secrets,
	.size = sizeof(struct fact_secrets),
	.every_ms = 120000,
	.ms = 300000,
	.leader = true,
	.start = start,
};
