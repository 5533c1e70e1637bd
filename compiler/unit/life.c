/* SPDX-License-Identifier: Apache-2.0 */
/* life.c: incarnations, sources and operations against what the cluster is. */
#include "unit/life.h"

static const struct node *first(const struct node *list)
{
	return list ? list->kids : NULL;
}

/* n must name an incarnation before the running one. */
static void earlier(const struct job *j, const struct node *n, int64_t running, const char *what)
{
	if (n && n->num >= running)
		diag_error(j->diags, MSG_incarnation_order, n->pos,
			   "%s speaks of earlier incarnations, but %lld is not before the running "
			   "one, incarnation: %lld",
			   what, (long long)n->num, (long long)running);
}

/* What is restored in place goes into a new incarnation. */
static void restored(const struct job *j, const struct node *n, int64_t running)
{
	if (n && n->num >= running)
		diag_error(
		    j->diags, MSG_incarnation_order, n->pos,
		    "a restore in place reads an earlier incarnation into a new one, but this "
		    "cluster is still incarnation %lld: write incarnation: %lld in the same commit",
		    (long long)running, (long long)n->num + 1);
}

static void incarnations(const struct job *j, const struct resolved *r)
{
	const struct node *restore = node_at(r->spec, "restore");
	int64_t running = node_num(r->spec, "incarnation", 1);

	for (const struct node *p = first(node_at(r->spec, "purged")); p; p = p->next)
		earlier(j, p, running, "purged");
	for (const struct node *i = first(node_at(r->spec, "incarnations")); i; i = i->next)
		earlier(j, node_at(i, "number"), running, "incarnations");
	if (restore && r->intent->source == r->intent)
		restored(j, node_at(restore, "incarnation"), running);
}

/* A standby follows its source, which may follow another; the chain must end, at a primary: one
 * that follows nobody, or was promoted. */
static void circle(const struct job *j, const struct resolved *r)
{
	const struct node *standby = node_at(r->spec, "standby");
	const struct intent *self = r->intent, *at = standby ? self->source : NULL;
	size_t steps = 0;

	while (at && at != self && at->follows && !at->promoted && steps++ < j->intents->n)
		at = at->source;
	if (!at || at != self)
		return;
	if (at == self->source)
		diag_error(j->diags, MSG_source_mismatch, standby->pos,
			   "a cluster cannot be the standby of itself");
	else if (!self->promoted)
		diag_error(j->diags, MSG_source_mismatch, standby->pos,
			   "these standbys follow each other in a circle: nowhere is a primary");
}

static void operation(const struct job *j, const struct resolved *r, const struct node *o)
{
	int64_t instances = node_num(r->spec, "instances", 1);
	const struct node *action = node_at(o, "action"), *member = node_at(o, "member");
	const char *why = NULL;

	if (member && member->num >= instances)
		diag_error(j->diags, MSG_operation_impossible, member->pos,
			   "there is no member %lld: instances are %lld, numbered from 0",
			   (long long)member->num, (long long)instances);
	if (instances < 2 && str_is(action->text, "switchover"))
		why = "a single instance has no other member to switch over to";
	else if (instances < 2 && str_is(action->text, "reinit"))
		why = "a single instance has no replica to rebuild";
	else if (!node_at(r->spec, "restore") && str_is(action->text, "accept-restore"))
		why = "there is no restore to accept";
	if (why)
		diag_error(j->diags, MSG_operation_impossible, action->pos, "%s", why);
}

void life_check(const struct job *j, const struct resolved *r)
{
	incarnations(j, r);
	circle(j, r);
	for (const struct node *o = first(node_at(r->spec, "operations")); o; o = o->next)
		operation(j, r, o);
}

/* r was promoted once, and source, promoted from r in its turn, is the primary now. */
static bool gave_over(const struct resolved *r, const struct resolved *source)
{
	return source->intent->source == r->intent &&
	       (node_at(r->spec, "closed") ||
		node_flag(node_at(source->spec, "standby"), "sourceLost", false));
}

bool life_leaves_open(const struct resolved *r, const struct resolved *source)
{
	const struct node *standby = node_at(r->spec, "standby");
	const struct node *theirs = node_at(source->spec, "standby");

	if (!node_flag(standby, "promoted", false) || node_flag(standby, "sourceLost", false) ||
	    source->intent == r->intent || node_at(source->spec, "closed"))
		return false;
	if (!theirs)
		return true;
	return node_flag(theirs, "promoted", false) && !gave_over(r, source);
}

/* A source that was restored from may have been upgraded since; one that is followed may not. */
static void other_version(const struct job *j, const struct resolved *r,
			  const struct resolved *source)
{
	static const char text[] = "the data come from cluster '%s/%s', which has PostgreSQL %lld: "
				   "version must be the same";
	const struct node *version = node_at(r->spec, "version");
	long long theirs = node_num(source->spec, "version", 0);
	const char *ns = source->place.namespace.p, *name = source->place.name.p;

	if (node_at(r->spec, "standby"))
		diag_error(j->diags, MSG_source_mismatch, version->pos, text, ns, name, theirs);
	else
		diag_warn(j->diags, MSG_source_mismatch, version->pos, text, ns, name, theirs);
}

void life_check_source(const struct job *j, const struct resolved *r, const struct resolved *source)
{
	const struct node *standby = node_at(r->spec, "standby");
	const struct node *stanza = standby ? standby : node_at(r->spec, "restore");
	const struct node *wanted = node_at(stanza, "incarnation");
	int64_t theirs = node_num(source->spec, "version", 0);
	int64_t running = node_num(source->spec, "incarnation", 1);

	if (source->intent == r->intent)
		return;
	if (node_num(r->spec, "version", 0) != theirs)
		other_version(j, r, source);
	if (wanted && wanted->num > running)
		diag_error(j->diags, MSG_source_mismatch, wanted->pos,
			   "cluster '%s/%s' has no incarnation %lld yet; it runs %lld",
			   source->place.namespace.p, source->place.name.p, (long long)wanted->num,
			   (long long)running);
}
