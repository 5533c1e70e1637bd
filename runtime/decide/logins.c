/* SPDX-License-Identifier: Apache-2.0 */
/* logins.c: credentials. One role of a pair is in the Secret; whatever is to be made goes to the
 * other one, so that the one in use goes on to be right until the Secret tells the new one. */
#include "decide/logins.h"

#include "decide/restore.h"
#include "facts/catalog.h"
#include "facts/files.h"
#include "facts/keys.h"
#include "facts/record.h"
#include "facts/secrets.h"
#include "report/fields.h"

enum { GONE_LOOK_MS = 15000 };

/* One login that is looked at. */
struct login {
	struct round *r;
	const struct node *orders;
	const struct catalog_role *pair[2];
	const struct fact_secret *secret;
};

static const struct node *first(const struct node *list)
{
	return list ? list->kids : NULL;
}

/* ---- rotations ---- */

/* A rotation that the ledger says was begun. */
static bool is_rotation(const struct round *r, const struct node *operation)
{
	return str_is(node_text(operation, "action"), "rotate") &&
	       record_runs(facts_record(r->facts), node_text(operation, "id"));
}

/* A rotation that the role has not seen. Roles remember them in the database, so one that was begun
 * goes on after a crash, and each role does each once. */
static bool rotates(const struct round *r, const struct catalog_role *role)
{
	for (const struct node *o = first(orders_at(r->orders, "operations")); o; o = o->next)
		if (is_rotation(r, o) && !mark_has(role->mark.done, node_text(o, "id")))
			return true;
	return false;
}

/* All rotations that are asked for: a new password is the answer to each. */
static const struct node *rotations(struct round *r)
{
	struct fields list = { r->arena, { 0 } };

	for (const struct node *o = first(orders_at(r->orders, "operations")); o; o = o->next)
		if (is_rotation(r, o))
			fields_item(&list,
				    node_str(r->arena, (struct pos){ 0 }, node_text(o, "id")));
	return list.kids.first ? fields_list(&list) : NULL;
}

/* ---- deliveries ---- */

static struct action *deliver(struct login *l, const struct catalog_role *role, bool keep,
			      const char *why)
{
	struct round *r = l->r;
	struct fields f = { r->arena, { 0 } };
	struct mark mark = role->mark;
	struct action *action =
	    round_do(r, ACTION_deliver, node_text(l->orders, "name"), "%s", why);

	mark.since = r->now.wall;
	mark.done = rotations(r);
	fields_text(&f, "comment", mark_print(r->arena, &mark));
	fields_flag(&f, "keep", keep);
	fields_node(&f, "login", l->orders);
	fields_text(&f, "trust", facts_files(r->facts)->bundle);
	fields_text(&f, "user", role->name);
	action->body = fields_map(&f);
	return action;
}

/* The role of the pair that the Secret names, or NULL. */
static const struct catalog_role *current(const struct login *l)
{
	for (int i = 0; i < 2; i++)
		if (str_eq(l->pair[i]->name, l->secret->user))
			return l->pair[i];
	return NULL;
}

/* Whom to give a new password when the Secret has none that fits: nobody's who works, if that is
 * possible, and else the older one. */
static const struct catalog_role *spare(const struct login *l)
{
	bool second = l->pair[1]->mark.since < l->pair[0]->mark.since;

	if ((l->pair[0]->sessions == 0) != (l->pair[1]->sessions == 0))
		second = l->pair[1]->sessions == 0;
	return l->pair[second];
}

static void put_word(struct round *r, struct str *word, struct str name, const char *text)
{
	if (word->n == 0)
		*word = arena_fmt(r->arena, "%s: %s", name.p, text);
}

/* Schemas and extensions of the database are still to come: who never had credentials gets them
 * behind those. Where PostgreSQL refuses one, an application is not kept out for it. */
static bool is_early(const struct login *l, const struct plan *plan)
{
	struct str database = node_text(l->orders, "database");
	const struct past *past = facts_past(l->r->facts, ACTION_provision, database);

	return l->secret->user.n == 0 && plan_changes(plan, database) &&
	       (!past || past->failures == 0);
}

static void decide_login(struct login *l, struct logins_word *word)
{
	struct round *r = l->r;
	struct str name = node_text(l->orders, "name");
	const struct catalog_role *has, *next;

	if (l->secret->problem.n > 0) {
		put_word(r, &word->undelivered, name, l->secret->problem.p);
		return;
	}
	if (facts_files(r->facts)->bundle.n == 0) {
		put_word(r, &word->undelivered, name,
			 arena_fmt(r->arena, "no authority is trusted: ConfigMap %s has none",
				   orders_text(r->orders, "objects.trust").p)
			     .p);
		return;
	}
	has = current(l);
	if (has && !str_eq(l->secret->against, has->verifier)) {
		/* it was held against a password that has changed since */
		round_look(r, FACT_secrets, 0);
		return;
	}
	if (!has || !l->secret->fits || !has->login) {
		put_word(r, &word->undelivered, name, "its Secret has no password that fits");
		(void)deliver(l, spare(l), false, "its Secret has no password that fits");
		return;
	}
	next = l->pair[has == l->pair[0]];
	if (rotates(r, has) && next->sessions > 0)
		put_word(r, &word->waits, name,
			 arena_fmt(r->arena, "rotation waits for %lld sessions of %s to end",
				   (long long)next->sessions, next->name.p)
			     .p);
	else if (rotates(r, has))
		(void)deliver(l, next, false, "rotation");
	else if (!l->secret->whole)
		(void)deliver(l, has, true, "its Secret is not whole");
}

/* ---- system roles ---- */

static void decide_system(struct round *r, const struct fact_secret *s, const struct node *shell,
			  const struct node *key, struct logins_word *word)
{
	const struct catalog_role *role = catalog_role(facts_catalog(r->facts)->have, s->name);
	struct fields f = { r->arena, { 0 } };

	if (s->problem.n > 0) {
		put_word(r, &word->undelivered, s->name, s->problem.p);
	} else if (!s->user.n) {
		put_word(r, &word->undelivered, s->name, "its Secret has no password yet");
	} else if (role && !str_eq(s->against, role->verifier)) {
		round_look(r, FACT_secrets, 0);
	} else if (role && !s->fits) {
		fields_text(&f, "key", node_text(key, "name"));
		fields_text(&f, "secret", node_text(shell, "secret"));
		round_do(r, ACTION_set_password, s->name, "its Secret has another password")->body =
		    fields_map(&f);
	}
}

/* A Secret that was filled once and lacks something. */
static void decide_shell(struct round *r, const struct node *shell, struct logins_word *word)
{
	const struct fact_shell *fact =
	    secrets_shell(facts_secrets(r->facts), node_text(shell, "secret"));

	if (!fact || fact->lacks.n == 0)
		return;
	put_word(r, &word->undelivered, fact->secret,
		 arena_fmt(r->arena, "it lacks %s", fact->lacks.p).p);
	round_do(r, ACTION_fill_shell, fact->secret, "it lacks %s", fact->lacks.p)->body = shell;
}

static void decide_shells(struct round *r, struct logins_word *word)
{
	for (const struct node *s = first(orders_at(r->orders, "shells")); s; s = s->next)
		decide_shell(r, s, word);
	for (const struct node *s = first(orders_at(r->orders, "shells")); s; s = s->next)
		for (const struct node *k = first(node_at(s, "keys")); k; k = k->next) {
			const struct fact_secret *secret =
			    secrets_find(facts_secrets(r->facts), node_text(k, "role"));

			if (secret && node_text(k, "role").n > 0)
				decide_system(r, secret, s, k, word);
		}
}

/* Its database, or NULL. */
static const struct node *database_of(const struct round *r, const struct node *login)
{
	const struct node *d = first(orders_at(r->orders, "databases"));

	while (d && !str_eq(node_text(d, "name"), node_text(login, "database")))
		d = d->next;
	return d;
}

static bool is_gone(const struct node *database)
{
	return str_is(node_text(database, "ensure"), "absent");
}

static bool is_open(const struct round *r, const struct node *login)
{
	const struct node *d = database_of(r, login);

	return d && !is_gone(d) && !restore_closed(r) &&
	       catalog_role(facts_catalog(r->facts)->have, node_at(login, "pair")->kids->text);
}

/* The Secrets were read since this member leads: a password that the leader before has put there
 * must not be made anew. For a moment after a hand-over that is nothing to tell. */
static bool are_read(struct round *r, struct logins_word *word)
{
	const struct sight *s = &r->facts->sight[FACT_secrets];

	if (s->at_ms > 0 && round_seen(r, FACT_secrets))
		return true;
	if (s->at_ms == 0 || s->failures > 0)
		word->undelivered = arena_fmt(r->arena, "Secrets are not read yet%s%s",
					      s->error.n ? ": " : "", s->error.p);
	return false;
}

struct logins_word decide_logins(struct round *r, const struct plan *plan)
{
	const struct catalog *c = facts_catalog(r->facts)->have;
	struct logins_word word = { str_of(""), str_of("") };

	if (!are_read(r, &word))
		return word;
	if (!str_eq(facts_secrets(r->facts)->orders, r->orders->digest)) {
		round_look(r, FACT_secrets, 0);
		word.undelivered = str_of("orders are new");
		return word;
	}
	/* the kubelet saw it first */
	if (facts_keys(r->facts)->gone)
		round_look(r, FACT_secrets, GONE_LOOK_MS);
	decide_shells(r, &word);
	for (const struct node *n = first(orders_at(r->orders, "logins")); n; n = n->next) {
		const struct node *pair = node_at(n, "pair");
		struct str subject = plan_login_subject(r->arena, n);
		struct login l = { r, n, { NULL }, NULL };

		if (!is_open(r, n) || plan_trouble(plan, subject) || plan_changes(plan, subject))
			continue;
		l.pair[0] = catalog_role(c, pair->kids->text);
		l.pair[1] = catalog_role(c, pair->kids->next->text);
		l.secret = secrets_find(facts_secrets(r->facts), node_text(n, "name"));
		if (!l.secret)
			round_look(r, FACT_secrets, 0);
		else if (l.pair[0] && l.pair[1] && !is_early(&l, plan))
			decide_login(&l, &word);
	}
	return word;
}

void logins_rotated(const struct round *r, struct str operation, size_t *done, size_t *all)
{
	const struct catalog *c = facts_catalog(r->facts)->have;

	*done = *all = 0;
	for (const struct node *n = first(orders_at(r->orders, "logins")); c && n; n = n->next) {
		const struct fact_secret *s =
		    secrets_find(facts_secrets(r->facts), node_text(n, "name"));
		const struct catalog_role *role = s ? catalog_role(c, s->user) : NULL;

		if (is_gone(database_of(r, n)))
			continue;
		(*all)++;
		*done += role && s->fits && mark_has(role->mark.done, operation);
	}
}
