/* SPDX-License-Identifier: Apache-2.0 */
/* asked.c: settings and extensions of intents. */
#include "link/asked.h"

#include "link/guc.h"
#include "schema/near.h"

#define PARAMETERS "parameters-allowed"
#define EXTENSIONS "extensions-allowed"

/* Local parameters of Spilo that the templates take from `parameters` all the same. */
static const char *const local_ours[] = { "shared_buffers" };

static const struct node *list_of(const struct node *parent, const char *key)
{
	const struct node *list = node_at(parent, key);

	return list && (list->kind == NODE_LIST || list->kind == NODE_MAP) ? list->kids : NULL;
}

static void note_nearest(const struct asked *q, struct str near)
{
	if (near.n)
		diag_note(q->diags, (struct pos){ 0 }, "did you mean '%s'?", near.p);
}

/* A row that nobody has seen at work or read may be wrong: what stands at pos rests on it. */
static void warn_assumed(const struct asked *q, const struct node *row, struct pos pos,
			 const char *what, struct str name)
{
	if (!str_is(node_text(row, "status"), "assumed"))
		return;
	diag_warn(q->diags, MSG_contract_assumed, pos,
		  "%s '%s' is assumed to be in the image; nobody has checked it", what, name.p);
	diag_note(q->diags, row->pos, "the contract of the image says so%s%s",
		  node_at(row, "note") ? ": " : "", node_text(row, "note").p);
}

/* "15, 16, 17" */
static struct str majors_text(const struct asked *q, const struct node *row)
{
	struct buf b = { 0 };
	struct str out = { "", 0 };

	for (const struct node *m = list_of(row, "majors"); m; m = m->next)
		buf_fmt(&b, "%s%s", b.n ? ", " : "", m->text.p);
	out = buf_take(&b, q->arena);
	return out;
}

static void unknown_setting(const struct asked *q, const struct node *setting, const struct guc *g)
{
	struct str near = guc_nearest(q->world, q->major, setting->key);

	if (g->elsewhere) {
		diag_error(q->diags, MSG_guc_unknown, setting->key_pos,
			   "'%s' is no setting of PostgreSQL %lld; versions %s have it",
			   setting->key.p, (long long)q->major, majors_text(q, g->elsewhere).p);
		return;
	}
	diag_error(q->diags, MSG_guc_unknown, setting->key_pos,
		   near.n ? "'%s' is no setting of PostgreSQL %lld; did you mean '%s'?"
			  : "'%s' is no setting of PostgreSQL %lld%s",
		   setting->key.p, (long long)q->major, near.n ? near.p : "");
}

/* Patroni or howdah keeps the parameter: what stands here would be ignored or break the cluster. */
static bool is_managed(const struct asked *q, const struct node *setting)
{
	const struct node *rows = node_at(node_at(q->world->contracts, "patroni"), "parameters");
	const struct node *row = node_get(rows, setting->key);
	struct str where = node_text(row, "where"), note = node_text(row, "note");
	bool ours = false;

	for (size_t i = 0; i < sizeof(local_ours) / sizeof(*local_ours); i++)
		ours = ours || str_is(setting->key, local_ours[i]);
	if (ours || !(str_is(where, "never") || str_is(where, "local")))
		return false;
	diag_error(q->diags, MSG_guc_managed, setting->key_pos,
		   "'%s' is managed by howdah and cannot be set%s%s", setting->key.p,
		   note.n ? ": " : "", note.p);
	return true;
}

/* A waiver for the cluster speaks of the rule: whether it covers this is the rule's to say. */
static bool is_waived(const struct asked *q, const char *rule)
{
	const struct node *list = q->world->waivers;

	for (const struct node *w = list ? list->kids : NULL; w; w = w->next)
		if (str_is(node_text(w, "rule"), rule) && str_eq(node_text(w, "object"), q->owner))
			return true;
	return false;
}

/* Only the intent is bound; an environment or tier may set what it likes. */
static bool is_allowed(const struct asked *q, const struct node *setting)
{
	const struct node *guardrails = node_at(q->world->platform, "guardrails");
	const struct node *list = node_at(guardrails, "parameters");
	struct near near = near_to(setting->key);

	if (!list || setting->key_pos.file != q->intent || is_waived(q, PARAMETERS))
		return true;
	node_each(one, list)
	{
		if (guc_same(one->text, setting->key))
			return true;
		near_try(&near, one->text);
	}
	diag_error(
	    q->diags, MSG_policy, setting->key_pos,
	    "'%s' is not among the settings that the platform lets an intent change: take it "
	    "away (the tier computes most), or ask the platform team",
	    setting->key.p);
	diag_rule(q->diags, str_of(PARAMETERS));
	diag_note(q->diags, list->pos, "they are listed in guardrails.parameters of the platform");
	note_nearest(q, near.best);
	return false;
}

static void check_value(const struct asked *q, const struct node *setting, const struct node *row)
{
	const char *wrong =
	    setting->kind == NODE_STR ? guc_value_error(q->arena, row, setting->text) : NULL;

	if (wrong)
		diag_error(q->diags, MSG_guc_value, setting->pos, "'%s' is '%s'; it %s",
			   setting->key.p, setting->text.p, wrong);
}

/* The row of a setting that may stand here, or NULL after reporting. */
static const struct node *known(const struct asked *q, const struct node *setting)
{
	struct guc g = guc_find(q->world, q->major, setting->key);

	if (!g.row) {
		unknown_setting(q, setting, &g);
		return NULL;
	}
	if (is_managed(q, setting) || !is_allowed(q, setting))
		return NULL;
	if (str_is(node_text(g.row, "file"), "false") ||
	    str_is(node_text(g.row, "context"), "internal")) {
		diag_error(q->diags, MSG_guc_managed, setting->key_pos,
			   "'%s' can only be read: PostgreSQL computes it", setting->key.p);
		return NULL;
	}
	warn_assumed(q, g.row, setting->key_pos, "setting", setting->key);
	return g.row;
}

/* Settings of sessions: those of a database or a role. */
static void sessions(const struct asked *q, const struct node *owner)
{
	for (const struct node *s = list_of(owner, "settings"); s; s = s->next) {
		const struct node *row = known(q, s);
		struct str context = node_text(row, "context");

		if (row && !str_is(context, "user") && !str_is(context, "superuser"))
			diag_error(q->diags, MSG_guc_session, s->key_pos,
				   "'%s' holds for the whole server, not for sessions: set it in "
				   "spec.parameters of the cluster",
				   s->key.p);
		else if (row)
			check_value(q, s, row);
	}
}

static const struct node *extension_rows(const struct asked *q)
{
	struct str image = node_text(node_at(q->images, "postgres"), "contract");

	return node_at(node_get(q->world->contracts, arena_fmt(q->arena, "extensions-%s", image.p)),
		       "rows");
}

static void unknown_extension(const struct asked *q, const struct node *rows,
			      const struct node *name)
{
	struct near near = near_to(name->text);

	node_each(row, rows) if (str_is(node_text(row, "kind"), "extension"))
	    near_try(&near, row->key);
	diag_error(q->diags, MSG_extension_unknown, name->pos,
		   near.best.n ? "the image has no extension '%s'; did you mean '%s'?"
			       : "the image has no extension '%s'%s",
		   name->text.p, near.best.n ? near.best.p : "");
}

static void not_allowed(const struct asked *q, const struct node *name, const struct node *row)
{
	const struct node *list = node_at(node_at(q->world->platform, "guardrails"), "extensions");

	for (const struct node *one = list ? list->kids : NULL; one; one = one->next)
		if (str_eq(one->text, name->text))
			return;
	if (name->pos.file != q->intent || (!list && str_is(node_text(row, "trusted"), "true")) ||
	    is_waived(q, EXTENSIONS))
		return;
	diag_error(
	    q->diags, MSG_policy, name->pos,
	    "the platform does not allow extension '%s': take it away, or ask the platform team",
	    name->text.p);
	diag_rule(q->diags, str_of(EXTENSIONS));
	if (list)
		diag_note(q->diags, list->pos,
			  "guardrails.extensions of the platform lists those that it allows");
	else
		diag_note(q->diags, (struct pos){ 0 },
			  "without guardrails.extensions in platform.yaml only trusted extensions "
			  "are allowed");
}

static void extension(const struct asked *q, const struct node *rows, const struct node *e)
{
	const struct node *name = node_at(e, "name"), *row = NULL, *majors = NULL;
	int64_t one = 0;
	bool here = false;

	if (!name || !rows)
		return;
	row = node_get(rows, name->text);
	majors = list_of(row, "majors");
	here = row && !majors;
	for (const struct node *m = majors; m; m = m->next)
		here = here || (str_int(m->text, &one) && one == q->major);
	if (!row || !str_is(node_text(row, "kind"), "extension"))
		unknown_extension(q, rows, name);
	else if (!here && !str_is(node_text(e, "ensure"), "absent"))
		diag_error(q->diags, MSG_extension_major, name->pos,
			   "extension '%s' is not there for PostgreSQL %lld; versions %s have it",
			   name->text.p, (long long)q->major, majors_text(q, row).p);
	else if (!str_is(node_text(e, "ensure"), "absent")) {
		not_allowed(q, name, row);
		warn_assumed(q, row, name->pos, "extension", name->text);
	}
}

void asked_database(const struct asked *q, const struct node *database)
{
	const struct node *rows = list_of(database, "extensions") ? extension_rows(q) : NULL;

	for (const struct node *e = list_of(database, "extensions"); e; e = e->next)
		extension(q, rows, e);
	sessions(q, database);
	for (const struct node *r = list_of(database, "roles"); r; r = r->next)
		sessions(q, r);
}

void asked_cluster(const struct asked *q, const struct node *spec)
{
	for (const struct node *s = list_of(spec, "parameters"); s; s = s->next) {
		const struct node *row = known(q, s);

		if (row)
			check_value(q, s, row);
	}
	for (const struct node *d = list_of(spec, "databases"); d; d = d->next)
		asked_database(q, d);
}
