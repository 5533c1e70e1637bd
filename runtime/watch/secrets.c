/* SPDX-License-Identifier: Apache-2.0 */
/* secrets.c: one Secret after the other, each held against what PostgreSQL has and then forgotten.
 */
#include "facts/secrets.h"

#include "crypto/scram.h"
#include "facts/catalog.h"
#include "facts/files.h"
#include "provision/credentials.h"
#include "provision/secret_copy.h"
#include "provision/shell.h"
#include "watch/watch.h"

enum { ASK_MS = 10000 };

/* A Secret that is asked for: of a login, or (the other is NULL) a shell of the cluster. */
struct place {
	struct str namespace, secret;
	const struct node *login, *shell;
};

struct work {
	struct place *places;
	struct fact_secret *items;
	struct fact_shell *shells;
	size_t n, n_items, n_shells, at;
	struct str orders;
};

static const struct node *first(const struct node *list)
{
	return list ? list->kids : NULL;
}

/* Copied: other orders may come into force during the look. */
static void put_places(struct look *look, struct work *w)
{
	const struct orders *o = look->hands->orders;
	const struct node *logins = orders_at(o, "logins"), *shells = orders_at(o, "shells");
	struct arena *a = look->arena;
	size_t passwords = node_count(logins);

	for (const struct node *s = first(shells); s; s = s->next)
		passwords += node_count(node_at(s, "keys"));
	w->places = NEW_ARRAY(a, node_count(logins) + node_count(shells) + 1, struct place);
	w->items = NEW_ARRAY(a, passwords + 1, struct fact_secret);
	w->shells = NEW_ARRAY(a, node_count(shells) + 1, struct fact_shell);
	for (const struct node *l = first(logins); l; l = l->next) {
		const struct node *s = node_at(l, "secret");

		w->places[w->n++] =
		    (struct place){ arena_str(a, node_text(s, "namespace")),
				    arena_str(a, node_text(s, "name")), node_deep(a, l), NULL };
	}
	for (const struct node *s = first(shells); s; s = s->next)
		w->places[w->n++] =
		    (struct place){ arena_str(a, o->namespace),
				    arena_str(a, node_text(s, "secret")), NULL, node_deep(a, s) };
}

static void ask(struct look *look);

static struct fact_secret *next_item(struct look *look, struct str name)
{
	struct work *w = look->work;
	struct fact_secret *item = &w->items[w->n_items++];

	item->name = arena_str(look->arena, name);
	item->user = item->against = item->problem = str_of("");
	return item;
}

/* Holds the password of user against what PostgreSQL has. */
static void hold(struct look *look, struct fact_secret *item, const struct credentials *has)
{
	const struct catalog *c = facts_catalog(look->facts)->have;
	const struct catalog_role *role = c ? catalog_role(c, has->user) : NULL;

	if (has->password.n == 0)
		return;
	item->user = arena_str(look->arena, has->user);
	item->against = arena_str(look->arena, role ? role->verifier : str_of(""));
	item->fits = scram_matches(has->password, item->against);
}

static void judge_login(struct look *look, const struct node *login, struct fact_secret *item,
			const struct node *data)
{
	struct arena *a = arena_new();
	struct credentials has = { credentials_value(a, data, "username"),
				   credentials_value(a, data, "password"),
				   facts_files(look->facts)->bundle };

	hold(look, item, &has);
	item->whole = has.password.n > 0;
	if (item->whole)
		for (const struct node *n = credentials_data(a, login, &has)->kids; n; n = n->next)
			item->whole = item->whole && str_eq(node_text(data, n->key.p), n->text);
	arena_wipe(a);
}

/* Adds a name to a list of names. */
static void add(struct arena *a, struct str *list, struct str name)
{
	*list = arena_fmt(a, "%s%s%s", list->p, list->n ? ", " : "", name.p);
}

/* What the Secret of a shell lacks. Of one that others fill, keys.c tells. */
static void judge_shell(struct look *look, const struct node *orders, struct fact_shell *fact,
			const struct node *data)
{
	struct arena *a = arena_new();
	const struct shell s = { orders, data, false, secret_copy };
	const struct node *fill = shell_fill(a, &s);

	node_each(k, node_at(orders, "keys"))
	{
		if (node_get(fill, node_text(k, "name")))
			add(look->arena, &fact->lacks, node_text(k, "name"));
		else if (credentials_value(a, data, node_text(k, "name").p).n == 0)
			add(look->arena, &fact->lost, node_text(k, "name"));
	}
	arena_wipe(a);
}

/* System roles whose password stands in a Secret of the cluster; Patroni's own two are Patroni's to
 * set. */
static void judge_roles(struct look *look, const struct node *orders, struct str problem,
			const struct node *data)
{
	node_each(k, node_at(orders, "keys"))
	{
		struct str role = node_text(k, "role");
		struct arena *a = arena_new();

		if (str_starts(role, "howdah_")) {
			struct fact_secret *item = next_item(look, role);
			struct credentials has = {
				role, credentials_value(a, data, node_text(k, "name").p), str_of("")
			};

			item->problem = problem;
			item->whole = true;
			hold(look, item, &has);
		}
		arena_wipe(a);
	}
}

/* With a Secret all is lost that is not made here. */
static void judge_gone(struct look *look, const struct node *orders, struct fact_shell *fact)
{
	node_each(k, node_at(orders, "keys")) if (!shell_may_make(k))
	    add(look->arena, &fact->lost, node_text(k, "name"));
}

static void take_shell(struct look *look, const struct place *p, struct str problem,
		       const struct api_answer *answer)
{
	struct work *w = look->work;
	const struct node *data = node_at(answer->body, "data");
	struct fact_shell *fact;

	judge_roles(look, p->shell, problem, data);
	if (!str_is(node_text(p->shell, "fill"), "bootstrap"))
		return;
	fact = &w->shells[w->n_shells++];
	*fact = (struct fact_shell){ p->secret, problem,
				     str_is(node_text(p->shell, "purpose"), "backup-key"),
				     str_of(""), str_of("") };
	if (answer->outcome == API_FINE)
		judge_shell(look, p->shell, fact, data);
	else if (answer->outcome == API_MISSING)
		judge_gone(look, p->shell, fact);
}

static void on_secret(void *owner, const struct api_answer *answer)
{
	struct look *look = owner;
	struct work *w = look->work;
	const struct place *p = &w->places[w->at];
	struct str problem = str_of("");

	if (answer->outcome == API_AWAY) {
		look_failed(look, answer->message);
		return;
	}
	if (answer->outcome != API_FINE)
		problem =
		    arena_fmt(look->arena, "Secret %s/%s: %s", p->namespace.p, p->secret.p,
			      answer->outcome == API_MISSING ? "is not there" : answer->message);
	if (p->shell) {
		take_shell(look, p, problem, answer);
	} else {
		struct fact_secret *item = next_item(look, node_text(p->login, "name"));

		item->problem = problem;
		if (problem.n == 0)
			judge_login(look, p->login, item, node_at(answer->body, "data"));
	}
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
	*fact = (struct fact_secrets){ w->items, w->n_items, w->shells, w->n_shells, w->orders };
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
