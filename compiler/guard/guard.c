/* SPDX-License-Identifier: Apache-2.0 */
/* guard.c: from pairs of objects to the verdict. */
#include "guard/guard.h"

#include <assert.h>
#include <stdlib.h>

#include "base/secret.h"
#include "guard/classify.h"
#include "guard/effect.h"
#include "guard/exposure.h"
#include "guard/origin.h"
#include "guard/plans.h"
#include "guard/refuse.h"
#include "judge/cost.h"
#include "tree/print.h"

/* A judgement under work. */
struct judge {
	const struct guard_input *in;
	struct verdict *v;
	struct classify classify;
	struct origins *origins;
	struct verdict_cause **end;
};

static struct str object_name(const struct guard_input *in, const struct node *object)
{
	const struct node *meta = node_at(object, "metadata");
	struct str space = in->place ? node_text(meta, "namespace") : str_of("");

	return arena_fmt(in->arena, "%s %s%s%s", node_text(object, "kind").p, space.p,
			 space.n ? "/" : "", node_text(meta, "name").p);
}

/* A value of d: hashes look as random as secrets do. */
static struct str shown(struct arena *a, const struct difference *d, const struct node *n)
{
	struct str text = n ? print_node_inline(a, n) : (struct str){ "", 0 };

	return str_ends(d->path, "hash") || str_ends(d->path, "hash\"]") ? text
									 : secret_veiled(a, text);
}

static void add_cause(struct judge *j, const struct difference *d, struct verdict_cause *cause)
{
	struct arena *a = j->in->arena;
	const struct guard_pair *pair = j->classify.pair;

	cause->object = object_name(j->in, pair->is ? pair->is : pair->was);
	cause->file = pair->file;
	cause->path = d->path;
	cause->appears = !d->path.n && !d->was;
	cause->goes = !d->path.n && !d->is;
	if (d->path.n) {
		cause->was = shown(a, d, d->was);
		cause->is = shown(a, d, d->is);
	}
	if (!j->origins)
		j->origins = origins_new(j->in);
	cause->line = origin_of(j->origins, d);
	*j->end = cause;
	j->end = &cause->next;
	j->v->n_causes++;
}

/* Where the platform says where secrets come from. */
static struct pos key_place(const struct guard_input *in)
{
	const struct node *platform = in->world->platform;
	struct str environment = str_cut(in->owner, 0, str_find(in->owner, '/'));
	const struct node *env = node_get(node_at(platform, "environments"), environment);
	const struct node *destination =
	    node_get(node_at(platform, "destinations"), node_text(env, "destination"));
	const struct node *secrets = node_at(destination, "secrets");

	return secrets ? secrets->pos : (struct pos){ 0 };
}

static struct str refusal_text(const struct judge *j, const struct node *object,
			       const struct difference *d, const struct verdict_cause *cause)
{
	struct arena *a = j->in->arena;
	struct str name = object_name(j->in, object);

	if (!d->path.n)
		return arena_fmt(a, "%s would %s: %s", name.p, d->is ? "be new" : "go",
				 cause->why.p);
	return arena_fmt(a, "%s: %s would go from %s to %s: %s", name.p, d->path.p,
			 d->was ? shown(a, d, d->was).p : "nothing",
			 d->is ? shown(a, d, d->is).p : "nothing", cause->why.p);
}

static bool has_refusal(const struct verdict *v, enum message id)
{
	for (const struct verdict_refusal *r = v->refusals; r; r = r->next)
		if (r->message == id)
			return true;
	return false;
}

/* A field that Kubernetes keeps, or a key that must stay: no plan but to take it back. */
static void refuse_object(struct judge *j, const struct difference *d,
			  const struct verdict_cause *cause)
{
	struct arena *a = j->in->arena;
	const struct guard_pair *pair = j->classify.pair;
	const struct node *object = pair->is ? pair->is : pair->was;
	struct verdict_refusal r = j->classify.refusal;
	struct pos line = { 0 };

	if (j->v->refusals && r.message == MSG_object_fixed)
		return; /* it follows from what the intent was refused for */
	if (r.message == MSG_key_changed && has_refusal(j->v, MSG_key_changed))
		return; /* a Secret goes where an ExternalSecret comes */
	if (!j->origins)
		j->origins = origins_new(j->in);
	line = r.message == MSG_key_changed ? key_place(j->in) : origin_of(j->origins, d).pos;
	r.pos = line.file ? line : d->at ? d->at->pos : line;
	r.text = r.text.n ? r.text : refusal_text(j, object, d, cause);
	r.was = r.was.n ? r.was : shown(a, d, d->was);
	r.is = r.is.n ? r.is : shown(a, d, d->is);
	guard_refuse(j->in, j->v, r);
}

static void judge_difference(struct judge *j, const struct difference *d)
{
	const struct guard_pair *pair = j->classify.pair;
	const struct node *one = d->is ? d->is : d->was;
	struct verdict_cause *cause = NULL;

	assert(one);
	if ((!d->was || !d->is) && (one->kind == NODE_MAP || one->kind == NODE_LIST) &&
	    node_count(one) &&
	    change_is_deeper(j->in->table, pair->is ? pair->is : pair->was, d->path)) {
		for (struct difference *b = differ_below(j->in->arena, d); b; b = b->next)
			judge_difference(j, b);
		return;
	}
	cause = NEW(j->in->arena, struct verdict_cause);
	classify(&j->classify, d, cause);
	if (cause->class == VERDICT_REFUSED)
		refuse_object(j, d, cause);
	if (!j->in->refusals_only && (cause->class != VERDICT_NONE || !cause->quiet))
		add_cause(j, d, cause);
}

static void judge_pair(struct judge *j, const struct guard_pair *pair)
{
	j->classify.pair = pair;
	if (!j->in->refusals_only)
		exposure_of(j->in->arena, pair, j->v);
	for (struct difference *d = differ(j->in->arena, pair->was, pair->is); d; d = d->next)
		judge_difference(j, d);
}

/* Worst first; then told before quiet; then by file and path. */
static int by_weight(const void *x, const void *y)
{
	const struct verdict_cause *a = *(const struct verdict_cause *const *)x,
				   *b = *(const struct verdict_cause *const *)y;
	int c = (int)b->class - (int)a->class;

	c = c ? c : a->quiet - b->quiet;
	c = c ? c : str_cmp(a->file, b->file);
	return c ? c : str_cmp(a->path, b->path);
}

static void sort_causes(struct judge *j)
{
	struct verdict *v = j->v;
	struct verdict_cause **list =
	    NEW_ARRAY(j->in->arena, v->n_causes + 1, struct verdict_cause *);
	struct verdict_cause *c = v->causes;

	for (size_t i = 0; i < v->n_causes; i++, c = c->next)
		list[i] = c;
	qsort(list, v->n_causes, sizeof(*list), by_weight);
	for (size_t i = 0; i < v->n_causes; i++)
		list[i]->next = list[i + 1];
	v->causes = list[0];
}

/* What it costs before and now: each side by its own rates, or by the other's when it has none. */
static void price(const struct guard_input *in, struct verdict *v)
{
	const struct world *is = in->world, *was = in->old_world ? in->old_world : is;

	if (!cost_known(was))
		was = is;
	if (!cost_known(is))
		is = was;
	v->cost_was = cost_of(was, in->owner, in->was.exports).total;
	v->cost_is = cost_of(is, in->owner, in->is.exports).total;
}

static struct verdict *begin(const struct guard_input *in)
{
	struct verdict *v = NEW(in->arena, struct verdict);
	const struct node *spec = in->is.spec ? in->is.spec : in->was.spec;

	v->owner = arena_str(in->arena, in->owner);
	v->is_place = in->place;
	v->team = arena_str(in->arena, node_text(spec, "team"));
	v->team_was = arena_str(in->arena, node_text(in->was.exports, "team"));
	price(in, v);
	v->outage_basis = v->window = v->order = v->unjudged = (struct str){ "", 0 };
	return v;
}

struct verdict *guard_judge(const struct guard_input *in)
{
	struct judge j = { .in = in, .v = begin(in) };
	const struct node *spec = in->is.spec ? in->is.spec : in->was.spec;

	j.end = &j.v->causes;
	j.classify = (struct classify){ .in = in, .major = node_num(spec, "version", 0) };
	refuse_specs(in, j.v);
	for (size_t i = 0; i < in->n; i++)
		judge_pair(&j, &in->pairs[i]);
	sort_causes(&j);
	if (j.v->causes)
		j.v->class = j.v->causes->class;
	if (j.v->refusals)
		j.v->class = VERDICT_REFUSED;
	if (!j.v->refusals) /* what is refused does not happen */
		effect_tell(&j.classify, j.v);
	return j.v;
}

struct verdict *guard_new(const struct guard_input *in)
{
	struct verdict *v = begin(in);

	v->is_new = true;
	refuse_tree(in, v);
	for (size_t i = 0; i < in->n; i++)
		exposure_of(in->arena, &in->pairs[i], v);
	return v;
}

/* "orders" of "prod/team-orders/orders". */
static struct str last_part(struct str owner)
{
	size_t at = owner.n;

	while (at && owner.p[at - 1] != '/')
		at--;
	return str_cut(owner, at, owner.n);
}

void guard_refuse(const struct guard_input *in, struct verdict *v, struct verdict_refusal refusal)
{
	struct verdict_refusal *r = NEW(in->arena, struct verdict_refusal), **end = &v->refusals;
	const struct node *side = in->was.spec ? in->was.spec : in->was.exports;
	struct plan_words words = { .name = last_part(in->owner),
				    .was = refusal.was,
				    .is = refusal.is };

	while (*end)
		end = &(*end)->next;
	*r = refusal;
	if (!r->id.n)
		r->id = str_of(message_row(r->message)->name);
	words.intent = in->intent  ? in->intent->name
		       : in->place ? str_of("platform.yaml")
				   : arena_fmt(in->arena, "intents/%s.yaml", in->owner.p);
	words.incarnation = node_num(side, "incarnation", 1);
	plan_fill(in->arena, &words, r);
	*end = r;
	v->class = VERDICT_REFUSED;
}

void guard_report(struct diags *d, const struct verdict *v)
{
	for (const struct verdict_refusal *r = v->refusals; r; r = r->next) {
		diag_error(d, r->message, r->pos, "%s", r->text.p);
		if (r->message == MSG_rule_broken)
			diag_rule(d, r->id);
		for (size_t i = 0; i < r->n_plan; i++)
			diag_note(d, (struct pos){ 0 }, "the safe way, commit %zu: %s", i + 1,
				  r->plan[i].p);
	}
}
