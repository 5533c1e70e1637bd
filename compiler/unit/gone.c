/* SPDX-License-Identifier: Apache-2.0 */
/* gone.c: what becomes of a cluster without an intent. */
#include "unit/gone.h"

#include "unit/before.h"
#include "unit/exports.h"

bool gone_in_order(const struct prev_unit *old)
{
	return str_is(exports_field(old->lock.exports, "retire"), "stopped");
}

/* Volumes, backups and their key, as a person who deletes a file must know them. */
static struct str what_stays(struct run *r, struct str owner, const struct node *exports)
{
	const struct node *archives = node_at(exports, "archives");
	struct buf out = { 0 };

	buf_fmt(&out, "intents/%s.yaml is gone, but its cluster was not retired: its %lld volume%s",
		owner.p,
		(long long)node_num(node_at(node_at(exports, "takes"), "most"), "claims", 0),
		node_num(node_at(node_at(exports, "takes"), "most"), "claims", 0) == 1 ? "" : "s");
	for (const struct node *a = archives ? archives->kids : NULL; a; a = a->next)
		buf_fmt(&out, "%s%s", a == archives->kids ? " and its backups in " : ", ",
			a->text.p);
	buf_text(&out, " stay, and so does its output");
	return buf_take(&out, r->arena);
}

static struct str last_part(struct str owner)
{
	size_t at = owner.n;

	while (at && owner.p[at - 1] != '/')
		at--;
	return str_cut(owner, at, owner.n);
}

/* A new cluster of the same name elsewhere, or of the same team, tier and disk: moved or renamed?
 */
static const struct unit_result *moved_to(struct run *r, struct str owner, const struct node *was)
{
	for (size_t i = 0; i < r->n; i++) {
		struct unit_result *u = &r->results[i];
		const struct node *is = u->made.n ? unit_facts(r, u) : NULL;
		bool stood = prev_find(&r->prev, u->owner) ||
			     (r->before && before_find(r->before, u->owner));

		if (!is || stood || !str_eq(node_text(is, "team"), node_text(was, "team")))
			continue;
		if (str_eq(last_part(u->owner), last_part(owner)) ||
		    node_eq(node_at(is, "takes"), node_at(was, "takes")))
			return u;
	}
	return NULL;
}

static const struct node *old_exports(struct run *r, struct str owner, const struct prev_unit *old)
{
	const struct unit_result *before = r->before ? before_find(r->before, owner) : NULL;
	struct before_worker *w = NULL;
	const struct node *exports = NULL;
	struct compiled was;

	if (old)
		return exports_read(r->arena, old->lock.exports);
	w = before_worker_new(r->before, r->arena);
	if (before && before_compile(w, before, r->arena, &was, NULL))
		exports = exports_read(r->arena, exports_text(r->arena, diags_new(r->arena), &was));
	before_worker_free(w);
	return exports;
}

struct verdict *gone_verdict(struct run *r, struct str owner, const struct prev_unit *old)
{
	const struct node *exports = old_exports(r, owner, old);
	struct guard_input in = { .arena = r->arena, .world = r->world, .owner = owner };
	const struct unit_result *moved = NULL;
	struct verdict *v = NULL;

	in.was.exports = exports;
	in.old_world = r->before ? r->before->run.world : NULL;
	v = guard_new(&in);
	v->is_new = false;
	v->is_gone = true;
	v->team = node_text(exports, "team");
	if (str_is(node_text(exports, "retire"), "stopped")) {
		v->class = VERDICT_METADATA;
		v->order =
		    arena_fmt(r->arena,
			      "retired in order: its output goes, what is retained stays; a "
			      "new cluster of this name writes incarnation: %lld, because the "
			      "archive is this one's",
			      (long long)node_num(exports, "incarnation", 1) + 1);
		return v;
	}
	moved = moved_to(r, owner, exports);
	v->twin = moved ? moved->owner : str_of("");
	guard_refuse(&in, v,
		     (struct verdict_refusal){
			 .message = MSG_intent_gone,
			 .text = moved
				     ? arena_fmt(r->arena,
						 "%s; %s is new and much the same: a database is "
						 "neither renamed nor moved by its file, a new one "
						 "is empty",
						 what_stays(r, owner, exports).p, moved->owner.p)
				     : what_stays(r, owner, exports) });
	return v;
}
