/* SPDX-License-Identifier: Apache-2.0 */
/* refuse.c: rules of the schema that compare with before, and those that no schema can say. */
#include "guard/refuse.h"

#include "schema/check.h"
#include "schema/rule.h"
#include "tree/number.h"
#include "tree/path.h"
#include "tree/print.h"

/* A cluster under judgement. */
struct refuse {
	const struct guard_input *in;
	struct verdict *v;
	const struct node *was, *is; /* specs */
};

static struct str shown(const struct refuse *r, const struct node *n)
{
	return n ? print_node_inline(r->in->arena, n) : str_of("nothing");
}

static struct pos place_of(const struct refuse *r, const struct node *n)
{
	if (n && n->pos.file)
		return n->pos;
	return r->in->intent ? (struct pos){ r->in->intent, 1, 1 } : (struct pos){ 0 };
}

/* Refuses because of a field that was and is such. */
static void refuse(const struct refuse *r, enum message id, const struct node *was,
		   const struct node *is, struct str text)
{
	guard_refuse(r->in, r->v,
		     (struct verdict_refusal){ .message = id,
					       .text = text,
					       .pos = place_of(r, is),
					       .was = shown(r, was),
					       .is = shown(r, is) });
}

static const struct node *follow(const struct refuse *r, struct str path, const struct node *spec)
{
	struct path p = { 0 };

	return path_parse(r->in->arena, path, &p) ? NULL : path_find(spec, &p);
}

/* immutable and growsOnly of the schema; a finding of another form was reported before. */
static void by_schema(const struct refuse *r)
{
	struct arena *a = r->in->arena;
	struct diags *found = diags_new(a);

	schema_rules_check(a, found, r->in->world->cluster->spec, r->is, r->was);
	for (const struct diag *d = diags_first(found); d; d = d->next) {
		const struct schema_rule *rule = rule_find(r->in->world->schemas, d->rule).rule;
		struct str field = rule->n_paths ? rule->paths[0].text : str_of("");
		const struct node *was = follow(r, field, r->was), *is = follow(r, field, r->is);

		if (str_is(d->rule, "version-fixed") && was && is && is->num < was->num)
			continue; /* version-rises says it better */
		guard_refuse(r->in, r->v,
			     (struct verdict_refusal){
				 .message = MSG_rule_broken,
				 .id = d->rule,
				 .text = arena_fmt(a, "%s (%s: %s before, %s now)", d->text.p,
						   field.p, shown(r, was).p, shown(r, is).p),
				 .pos = place_of(r, is),
				 .was = shown(r, was),
				 .is = shown(r, is) });
	}
}

static void incarnation(const struct refuse *r)
{
	const struct node *is = node_at(r->is, "incarnation");
	int64_t before = node_num(r->was, "incarnation", 1);

	if (is && is->num > before + 1)
		refuse(r, MSG_incarnation_skipped, node_at(r->was, "incarnation"), is,
		       arena_fmt(r->in->arena,
				 "incarnation jumps from %lld to %lld: the next one is %lld",
				 (long long)before, (long long)is->num, (long long)before + 1));
	else if (is && is->num > before && !node_at(r->is, "restore") && !node_at(r->is, "standby"))
		refuse(r, MSG_incarnation_empty, node_at(r->was, "incarnation"), is,
		       arena_fmt(r->in->arena,
				 "incarnation %lld has neither restore nor standby: it would begin "
				 "empty, and the applications would be led to it",
				 (long long)is->num));
}

/* The disks of what still runs cannot be given free in the commit that replaces it. */
static void purged(const struct refuse *r)
{
	const struct node *list = node_at(r->is, "purged");
	int64_t running = node_num(r->was, "incarnation", 1);

	for (const struct node *p = list ? list->kids : NULL; p; p = p->next)
		if (p->kind == NODE_INT && p->num == running)
			refuse(
			    r, MSG_purged_too_early, p, p,
			    arena_fmt(r->in->arena,
				      "incarnation %lld still runs: its disks are given free only "
				      "when the next one is proven",
				      (long long)running));
}

static const struct node *by_id(const struct node *list, struct str id)
{
	for (const struct node *o = list ? list->kids : NULL; o; o = o->next)
		if (str_eq(node_text(o, "id"), id))
			return o;
	return NULL;
}

static void operations(const struct refuse *r)
{
	const struct node *list = node_at(r->is, "operations");

	for (const struct node *o = list ? list->kids : NULL; o; o = o->next) {
		const struct node *id = node_at(o, "id");
		const struct node *old = id ? by_id(node_at(r->was, "operations"), id->text) : NULL;

		if (old && !node_eq(old, o))
			refuse(r, MSG_operation_reused, id, id,
			       arena_fmt(r->in->arena,
					 "operation '%s' was %s and would be %s: each id is done "
					 "once, ever",
					 id->text.p, shown(r, old).p, shown(r, o).p));
	}
}

static void promotion_undone(const struct refuse *r)
{
	const struct node *old = node_at(r->was, "standby"), *now = node_at(r->is, "standby");

	if (node_num(r->was, "incarnation", 1) != node_num(r->is, "incarnation", 1) ||
	    !node_flag(old, "promoted", false) || node_flag(now, "promoted", false) || !now)
		return;
	refuse(
	    r, MSG_promotion_undone, node_at(old, "promoted"), now,
	    str_of(
		"this cluster was promoted and is a primary: it cannot follow its source again"));
}

/* A new incarnation of the source begins where a restore ended, or as somebody's copy: what its
 * standby has may be ahead of that. */
static void source_renewed(const struct refuse *r)
{
	const struct node *was = node_at(r->in->was.exports, "follows");
	const struct node *is = node_at(r->in->is.exports, "follows");
	const struct node *now = node_at(r->is, "standby");

	if (!was || !is || was->num == is->num || node_flag(now, "promoted", false) ||
	    node_num(r->was, "incarnation", 1) != node_num(r->is, "incarnation", 1))
		return;
	guard_refuse(
	    r->in, r->v,
	    (struct verdict_refusal){
		.message = MSG_source_renewed,
		.text = arena_fmt(r->in->arena,
				  "this standby has data of incarnation %lld of its source, which "
				  "would be incarnation %lld: what it has may be ahead of where "
				  "that begins, and PostgreSQL follows no other history",
				  (long long)was->num, (long long)is->num),
		.pos = place_of(r, now),
		.was = shown(r, was),
		.is = shown(r, is) });
}

/* The leader waits for a replica until it has taken up `synchronous: off`. */
static void last_replica(const struct refuse *r)
{
	const struct node *is = node_at(r->is, "instances"), *was = node_at(r->was, "instances");
	struct str mode = node_text(r->was, "synchronous");

	if (!is || !was || is->num > 1 || was->num < 2 || !mode.n || str_is(mode, "off"))
		return;
	refuse(r, MSG_replica_last, was, is,
	       arena_fmt(r->in->arena,
			 "the last replica would go while replication is still synchronous (%s): "
			 "the leader may wait for it and take no writes",
			 mode.p));
}

/* Digits of text between from and to as a number, or -1. */
static int64_t digits(struct str text, size_t from, size_t to)
{
	int64_t n = 0;

	if (text.n < to)
		return -1;
	for (size_t i = from; i < to; i++) {
		if (text.p[i] < '0' || text.p[i] > '9')
			return -1;
		n = 10 * n + text.p[i] - '0';
	}
	return n;
}

/* Days from 0000-03-01 to a date "YYYY-MM-DD...", or -1. */
static int64_t days(struct str date)
{
	int64_t y = digits(date, 0, 4), m = digits(date, 5, 7), d = digits(date, 8, 10);

	if (y < 0 || m < 0 || d < 0)
		return -1;
	y -= m < 3;
	return 365 * y + y / 4 - y / 100 + y / 400 + (153 * (m + (m < 3 ? 9 : -3)) + 2) / 5 + d;
}

static void cut(const struct refuse *r, const struct node *was, const struct node *is,
		const struct guard_restore *restore)
{
	int64_t keep = 0, now = days(r->in->as_of), at = days(restore->time);

	if (!restore->time.n || duration_parse(is->text, &keep))
		return;
	if (now >= 0 && at >= 0 && (now - at) * 86400 <= keep)
		return;
	refuse(
	    r, MSG_retention_cut, was, is,
	    arena_fmt(r->in->arena,
		      "retention goes from %s to %s, but %s restores from these backups as of %s",
		      was->text.p, is->text.p, restore->intent.p, restore->time.p));
}

static void retention(const struct refuse *r)
{
	const struct node *was = node_at(node_at(r->was, "backup"), "retention");
	const struct node *is = node_at(node_at(r->is, "backup"), "retention");
	int64_t before = 0, after = 0;

	if (!was || !is || duration_parse(was->text, &before) || duration_parse(is->text, &after) ||
	    after >= before)
		return;
	for (size_t i = 0; i < r->in->n_restores; i++)
		cut(r, was, is, &r->in->restores[i]);
}

/* Both servers are one, as far as is known; a lock of before does not tell. */
static bool same_server(const struct refuse *r, struct str was, struct str is)
{
	const struct node *stores = node_at(r->in->world->platform, "objectStores");
	struct str name = node_text(node_at(r->is, "backup"), "store");

	return !was.n || !is.n || str_eq(was, is) ||
	       node_lists(node_at(node_get(stores, name), "formerEndpoints"), was);
}

/* " at SERVER" behind a place, where it is another one than before. */
static const char *at_server(const struct refuse *r, struct str server, struct str other)
{
	return server.n && other.n && !str_eq(server, other)
		   ? arena_fmt(r->in->arena, " at %s", server.p).p
		   : "";
}

/* An archive that was written is written no more, although its incarnation stands. */
static void archives(const struct refuse *r)
{
	const struct node *was = node_at(r->in->was.exports, "archives");
	const struct node *is = node_at(r->in->is.exports, "archives");
	const struct node *store = node_at(node_at(r->is, "backup"), "store");
	const struct node *old = node_at(node_at(r->was, "backup"), "store");
	struct str from = node_text(r->in->was.exports, "server");
	struct str to = node_text(r->in->is.exports, "server");

	if (node_num(r->in->was.exports, "incarnation", 1) !=
		node_num(r->in->is.exports, "incarnation", 1) ||
	    !node_count(was) || !node_count(is))
		return;
	if (node_lists(is, was->kids->text) && same_server(r, from, to))
		return;
	guard_refuse(r->in, r->v,
		     (struct verdict_refusal){
			 .message = MSG_archive_moved,
			 .text = arena_fmt(r->in->arena,
					   "the archive would move from %s%s to %s%s: the backups "
					   "made until now could not be restored into this cluster",
					   was->kids->text.p, at_server(r, from, to),
					   is->kids->text.p, at_server(r, to, from)),
			 .pos = place_of(r, store),
			 .was = shown(r, old),
			 .is = shown(r, store) });
}

/* A retirement goes closing, stopped, gone: each step only after the one before. */
static void retirement(const struct refuse *r)
{
	struct str before = node_text(r->in->was.exports, "retire");
	struct str now = node_text(r->in->is.exports, "retire");
	const struct node *step = node_at(node_at(r->is, "retire"), "step");

	if (before.n || !str_is(now, "stopped"))
		return;
	guard_refuse(r->in, r->v,
		     (struct verdict_refusal){
			 .message = MSG_retire_skipped,
			 .text = str_of("retire.step is 'stopped', but the cluster was never "
					"'closing': nobody made a last backup"),
			 .pos = place_of(r, step) });
}

/* Where the platform says in which Kubernetes cluster the environment is. */
static struct pos home_place(const struct guard_input *in)
{
	const struct node *all = node_at(in->world->platform, "environments");
	struct str name = str_cut(in->owner, 0, str_find(in->owner, '/'));
	const struct node *home = node_at(node_get(all, name), "destination");

	return home ? home->pos : (struct pos){ 0 };
}

/* Files move between Kubernetes clusters, databases do not: there it would begin empty. */
static void home(const struct refuse *r)
{
	struct str was = node_text(r->in->was.exports, "home");
	struct str is = node_text(r->in->is.exports, "home");

	if (!was.n || !is.n || str_eq(was, is))
		return;
	guard_refuse(
	    r->in, r->v,
	    (struct verdict_refusal){
		.message = MSG_destination_moved,
		.text = arena_fmt(r->in->arena,
				  "the cluster would go from destination %s to %s: it would "
				  "begin empty there, beside the one that runs here",
				  was.p, is.p),
		.pos = home_place(r->in),
		.was = was,
		.is = is });
}

/* Another key in the archive of the same incarnation: what stands in it has the old one. */
static void key_epoch(const struct refuse *r)
{
	const struct node *was = node_at(node_at(r->in->was.exports, "keys"), "epoch");
	const struct node *is = node_at(node_at(r->in->is.exports, "keys"), "epoch");

	if (was && is && was->num != is->num &&
	    node_num(r->in->was.exports, "incarnation", 1) ==
		node_num(r->in->is.exports, "incarnation", 1))
		refuse(
		    r, MSG_key_changed, was, is,
		    arena_fmt(r->in->arena,
			      "the key of the backups would be number %lld, it was %lld: what is "
			      "archived could not be read any more",
			      (long long)is->num, (long long)was->num));
}

/* Where the platform says who gets the backup keys. */
static struct pos escrow_place(const struct guard_input *in)
{
	const struct node *escrow = node_at(node_at(in->world->platform, "backup"), "escrow");
	const struct node *list = node_at(escrow, "recipients");

	return list ? list->pos : (struct pos){ 0 };
}

/* All recipients would be others: nobody has opened an envelope of theirs yet. */
static void escrow(const struct refuse *r)
{
	const struct node *was = node_at(node_at(r->in->was.exports, "keys"), "escrow");
	const struct node *is = node_at(node_at(r->in->is.exports, "keys"), "escrow");

	if (!node_count(was) || !node_count(is))
		return;
	node_each(n, is) if (node_lists(was, n->text)) return;
	guard_refuse(
	    r->in, r->v,
	    (struct verdict_refusal){
		.message = MSG_escrow_changed,
		.text = str_of("every recipient of the backup key would be another one: if "
			       "the new certificate is not the one you hold the private key "
			       "of, the backups are lost with this Kubernetes cluster"),
		.pos = escrow_place(r->in) });
}

void refuse_tree(const struct guard_input *in, struct verdict *v)
{
	const struct node *promoted = node_at(node_at(in->is.spec, "standby"), "promoted");
	struct pos other = in->rival ? in->rival->pos : (struct pos){ 0 };
	struct str file = other.file ? other.file->name : str_of("");

	if (!in->rival)
		return;
	guard_refuse(
	    in, v,
	    (struct verdict_refusal){
		.message = MSG_promotion_open,
		.text = arena_fmt(in->arena,
				  "two primaries would take writes: %s, which this cluster "
				  "followed, is not `closed`",
				  file.p),
		.pos = promoted->pos,
		.was = file });
}

void refuse_specs(const struct guard_input *in, struct verdict *v)
{
	struct refuse r = { in, v, in->was.spec, in->is.spec };

	if (r.was && r.is) {
		by_schema(&r);
		incarnation(&r);
		purged(&r);
		operations(&r);
		promotion_undone(&r);
		source_renewed(&r);
		last_replica(&r);
		retention(&r);
	}
	archives(&r);
	home(&r);
	key_epoch(&r);
	escrow(&r);
	refuse_disks(in, v);
	retirement(&r);
	refuse_tree(in, v);
}
