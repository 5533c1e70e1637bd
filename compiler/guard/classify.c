/* SPDX-License-Identifier: Apache-2.0 */
/* classify.c: what knows more than a row of the table. */
#include "guard/classify.h"

#include "guard/settings.h"
#include "tree/number.h"

#define TEMPLATE_HASH "howdah.dev/template-hash"

/* A difference under work. */
struct work {
	struct classify *c;
	const struct difference *d;
	struct verdict_cause *cause;
};

static void say(struct work *w, enum verdict_class class, const char *why)
{
	w->cause->class = class;
	if (why)
		w->cause->why = str_of(why);
}

static const struct node *annotations_of(const struct node *set)
{
	const struct node *pod = node_at(node_at(set, "spec"), "template");

	return node_at(node_at(pod, "metadata"), "annotations");
}

/* The template is the same but for what the hash leaves out. */
static bool same_hash(const struct guard_pair *p)
{
	struct str was = node_text(annotations_of(p->was), TEMPLATE_HASH);

	return was.n && str_eq(was, node_text(annotations_of(p->is), TEMPLATE_HASH));
}

static bool ends(struct str path, const char *key)
{
	return str_ends(path, key);
}

/* The key of the label that path names, if it is one of the owner's: those of the intent, the team
 * and its cost centre (templates/model/cluster/labels.yaml). */
static bool is_owner_label(const struct work *w)
{
	const struct guard_input *in = w->c->in;
	const struct node *label = w->d->is ? w->d->is : w->d->was;

	return str_is(label->key, "howdah.dev/team") ||
	       str_is(label->key, "howdah.dev/cost-centre") ||
	       node_get(node_at(in->was.spec, "labels"), label->key) ||
	       node_get(node_at(in->is.spec, "labels"), label->key);
}

/* A set that had no pods and has none: an earlier incarnation, or one that is asleep. */
static bool is_empty(const struct guard_pair *p)
{
	const struct node *was = node_at(node_at(p->was, "spec"), "replicas");
	const struct node *is = node_at(node_at(p->is, "spec"), "replicas");

	return was && is && was->num == 0 && is->num == 0;
}

static void by_template(struct work *w)
{
	struct str path = w->d->path;

	if (is_empty(w->c->pair)) {
		say(w, VERDICT_METADATA, "the set has no pods");
		w->cause->quiet = true;
		return;
	}
	if (ends(path, "[\"" TEMPLATE_HASH "\"]")) {
		say(w, same_hash(w->c->pair) ? VERDICT_NONE : VERDICT_ROLLING_RESTART,
		    "the hash of the pod template: each member is replaced once");
		w->cause->quiet = true;
	} else if (str_starts(path, "spec.template.spec.initContainers[") &&
		   ends(path, "].image")) {
		say(w, VERDICT_METADATA,
		    "the image of a sidecar: changed in the running pods, one member after the "
		    "other; PostgreSQL is not restarted");
		w->cause->basis = str_of("sidecar images are outside the template hash");
	} else if (str_starts(path, "spec.template.metadata.labels[") && is_owner_label(w)) {
		say(w, VERDICT_METADATA,
		    "a label for cost and people: outside the template hash, pods take it at the "
		    "next roll");
		w->cause->basis = str_of("labels of the owner are outside the template hash");
	} else if (same_hash(w->c->pair)) {
		say(w, VERDICT_METADATA,
		    "outside the template hash: pods take it at the next roll");
		w->cause->basis = str_of("the template hash is the same");
	}
	if (w->cause->class == VERDICT_ROLLING_RESTART)
		w->c->effects |= EFFECT_ROLL;
}

static int64_t number(const struct node *n)
{
	return n && n->kind == NODE_INT ? n->num : 0;
}

static bool same_incarnation(const struct work *w)
{
	return node_num(w->c->in->was.spec, "incarnation", 1) ==
	       node_num(w->c->in->is.spec, "incarnation", 1);
}

/* The set is that of the running incarnation. */
static bool is_current(const struct work *w)
{
	return same_incarnation(w) && w->c->pair->was && w->c->pair->is;
}

static void by_replicas(struct work *w)
{
	int64_t was = number(w->d->was), is = number(w->d->is);

	if (!is_current(w)) {
		say(w, VERDICT_MULTI_STEP, "another incarnation takes over");
		w->c->effects |= EFFECT_REBUILD;
	} else if (is == 0) {
		say(w, VERDICT_FAILOVER, "every member goes; the disks stay");
		w->c->effects |= EFFECT_GONE;
	} else if (is < was) {
		say(w, VERDICT_FAILOVER,
		    "the members with the highest numbers go; if one of them leads, it hands over "
		    "before its pod ends");
		w->c->effects |= EFFECT_SWITCH | EFFECT_NOW;
	} else {
		say(w, VERDICT_METADATA,
		    was ? "a member is added: it copies itself from a backup or the leader"
			: "the cluster wakes up");
	}
}

static void by_poolers(struct work *w)
{
	if (number(w->d->is) >= number(w->d->was))
		return;
	if (!number(w->d->is)) {
		say(w, VERDICT_POOLER,
		    "every pooler pod ends: nobody connects through them any more");
		return;
	}
	say(w, VERDICT_POOLER, "pooler pods end: their clients reconnect to the others");
	w->c->effects |= EFFECT_POOLER;
}

static void by_quantity(struct work *w)
{
	int64_t was = 0, is = 0;

	if (w->d->was && w->d->is && w->d->was->kind == NODE_STR && w->d->is->kind == NODE_STR &&
	    !bytes_parse(w->d->was->text, &was) && !bytes_parse(w->d->is->text, &is) && is >= was)
		return;
	say(w, VERDICT_REFUSED, "a volume cannot shrink");
}

static void by_standby(struct work *w)
{
	const struct node *is = w->d->is;
	bool promoted = str_find(w->d->path, '[') && ends(w->d->path, ".promoted") && is &&
			is->kind == NODE_BOOL && is->flag;

	if (promoted || (!is && ends(w->d->path, ".standby_cluster"))) {
		say(w, VERDICT_FAILOVER, "the standby becomes the primary, at once");
		w->cause->quiet = !promoted;
		w->c->effects |= EFFECT_PROMOTE;
		return;
	}
	say(w, VERDICT_MULTI_STEP,
	    "who is followed: only another incarnation follows another source");
	w->c->effects |= EFFECT_REBUILD;
}

static void by_closing(struct work *w)
{
	if (w->cause->class >= VERDICT_FAILOVER)
		w->c->effects |= EFFECT_GONE;
}

static void by_operation(struct work *w)
{
	static const struct {
		const char *action, *why;
		enum verdict_class class;
		unsigned effects;
	} rows[] = {
		{ "backup", "a base backup is made", VERDICT_METADATA, 0 },
		{ "restart", "the members restart one by one, now", VERDICT_ROLLING_RESTART,
		  EFFECT_ROLL | EFFECT_NOW },
		{ "switchover", "another member leads", VERDICT_FAILOVER,
		  EFFECT_SWITCH | EFFECT_NOW },
		{ "rotate", "passwords change: the other login of each pair comes into use",
		  VERDICT_RELOAD, 0 },
		{ "reload", "the configuration is read again", VERDICT_RELOAD, 0 },
		{ "rotate-ca", "a new CA is trusted everywhere, then the leaves are reissued",
		  VERDICT_MULTI_STEP, 0 },
		{ "accept-restore", "access opens although the restore was not exact",
		  VERDICT_EXPOSURE, 0 },
		{ "reinit", "one replica is made anew", VERDICT_METADATA, 0 },
	};
	struct str action = node_text(w->d->is, "action");

	if (!w->d->is)
		say(w, VERDICT_METADATA, "the answer of an operation is no longer asked for");
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (!str_is(action, rows[i].action))
			continue;
		say(w, rows[i].class, rows[i].why);
		w->c->effects |= rows[i].effects;
	}
}

/* What becomes of something in the server. */
enum fate { FATE_STAYS, FATE_PUT_AWAY, FATE_DROPPED };

/* Of a database, schema, extension or role: a right has no name, and no data. */
static enum fate fate_of(const struct node *item)
{
	if (!node_at(item, "name") || !str_is(node_text(item, "ensure"), "absent"))
		return FATE_STAYS;
	return str_is(node_text(item, "reclaim"), "delete") ? FATE_DROPPED : FATE_PUT_AWAY;
}

/* The worst in n. */
static enum fate fate_in(const struct node *n)
{
	enum fate worst = fate_of(n), f = FATE_STAYS;

	if (n->kind != NODE_LIST && n->kind != NODE_MAP)
		return FATE_STAYS;
	node_each(kid, n)
	{
		f = fate_in(kid);
		worst = f > worst ? f : worst;
	}
	return worst;
}

/* What the difference does to it: a line that brings something along, or one of the two that
 * together say what becomes of the item around them. */
static enum fate fate_by(const struct difference *d)
{
	const struct node *is = d->is;

	if (!is)
		return FATE_STAYS;
	if (is->kind == NODE_STR && ((str_is(is->key, "ensure") && str_is(is->text, "absent")) ||
				     (str_is(is->key, "reclaim") && str_is(is->text, "delete"))))
		return fate_of(d->around);
	return d->was ? FATE_STAYS : fate_in(is);
}

/* Databases that are dropped take their data with them. */
static void by_databases(struct work *w)
{
	enum fate fate = fate_by(w->d);
	bool item = !w->d->is && (str_ends(w->d->path, "]") || w->d->was->kind == NODE_LIST);

	if (item)
		say(w, VERDICT_METADATA,
		    "nobody keeps it any more: what the server has of it stays, data included; "
		    "`ensure: absent` takes it away");
	if (fate == FATE_PUT_AWAY) {
		say(w, VERDICT_MULTI_STEP,
		    "taken out of the server; its data stay: a database or schema is renamed out "
		    "of the way");
		w->cause->basis = str_of("the intent says ensure: absent");
	} else if (fate == FATE_DROPPED) {
		say(w, VERDICT_MULTI_STEP,
		    "taken out of the server, and dropped with its data when the grace is over and "
		    "a newer base backup is verified: they are in the backups alone then");
		w->cause->basis = str_of("the intent says ensure: absent and reclaim: delete");
	}
}

/* A time in seconds, or a number of backups. */
static int64_t kept(const struct node *n)
{
	int64_t v = number(n);

	if (n && n->kind == NODE_STR)
		(void)duration_parse(n->text, &v);
	return v;
}

/* Backups that are kept no longer cannot be had back. */
static void by_retention(struct work *w)
{
	if (w->d->is && kept(w->d->is) < kept(w->d->was))
		say(w, w->cause->class,
		    "fewer backups are kept: the others are deleted for good, and nothing can be "
		    "restored to their time any more");
}

/* A guest goes when its database was taken away, or with its host. */
static void by_guest(struct work *w)
{
	const struct guard_input *in = w->c->in;
	struct arena *a = in->arena;
	const struct node *was = w->c->pair->was, *meta = node_at(was, "metadata");
	const struct node *database = node_at(node_at(was, "spec"), "database");
	struct str file = { "", 0 }, name = node_text(database, "name");
	bool leaves =
	    w->d->was && (w->d->path.n ? str_is(w->d->path, "spec.database.name") : !w->d->is);

	if (!leaves || str_is(node_text(database, "ensure"), "absent") ||
	    node_at(in->is.spec, "retire"))
		return;
	file = arena_fmt(a, "intents/%.*s/%s/%s.yaml", (int)str_find(in->owner, '/'), in->owner.p,
			 node_text(meta, "namespace").p, node_text(meta, "name").p);
	say(w, VERDICT_REFUSED, "the guest's logins end, and nobody keeps its database any more");
	w->c->refusal = (struct verdict_refusal){
		.message = MSG_guest_gone,
		.text = arena_fmt(a,
				  "the guest database '%s' (%s) would leave %s without having been "
				  "taken away: its data would stay there without an owner, and its "
				  "applications lose their logins at once",
				  name.p, file.p, in->owner.p),
		.was = file,
		.is = name
	};
}

/* What the old PushSecret of this name put outside, or NULL. */
static const struct node *pushed(const struct guard_input *in, struct str name)
{
	for (size_t i = 0; i < in->n; i++) {
		const struct node *was = in->pairs[i].was;

		if (str_is(node_text(was, "kind"), "PushSecret") &&
		    str_eq(node_text(node_at(was, "metadata"), "name"), name))
			return node_at(was, "spec");
	}
	return NULL;
}

/* Every key that is fetched is one that was put there. */
static bool is_fetched_back(const struct node *put, const struct node *fetched)
{
	const struct node *stores = node_at(put, "secretStoreRefs");
	const struct node *there = node_at(put, "data"), *data = node_at(fetched, "data");

	if (!node_count(data) || node_count(data) != node_count(there) || node_count(stores) != 1 ||
	    !node_eq(stores->kids, node_at(fetched, "secretStoreRef")))
		return false;
	there = there->kids;
	for (const struct node *n = data->kids; n; n = n->next, there = there->next) {
		const struct node *from = node_at(n, "remoteRef"), *match = node_at(there, "match");
		const struct node *to = node_at(match, "remoteRef");

		if (!str_eq(node_text(n, "secretKey"), node_text(match, "secretKey")) ||
		    !str_eq(node_text(from, "key"), node_text(to, "remoteKey")) ||
		    !str_eq(node_text(from, "property"), node_text(to, "property")))
			return false;
	}
	return true;
}

/* Where the key of the backups comes from. */
static void by_key(struct work *w)
{
	const struct guard_pair *p = w->c->pair;
	struct str name = node_text(node_at(p->is ? p->is : p->was, "metadata"), "name");

	bool shell = str_is(node_text(p->is ? p->is : p->was, "kind"), "Secret");

	if (!str_ends(name, "-backup-key") || (shell && p->is))
		return;
	if (!same_incarnation(w) &&
	    is_fetched_back(pushed(w->c->in, name), node_at(p->is, "spec"))) {
		say(w, VERDICT_METADATA,
		    "the key stays: it is read from where the incarnation before put it");
		return;
	}
	say(w, VERDICT_REFUSED,
	    "the key of the backups would be another one: what is archived could not be read any "
	    "more");
	w->c->refusal.message = MSG_key_changed;
}

/* Parts of a quota, and how the numbers of what runs are counted. */
static const struct quota_part {
	const char *key, *runs, *unit;
} quota_parts[] = {
	{ "limits.cpu", "cpu", "cores" },
	{ "limits.memory", "memory", "of memory" },
	{ "requests.storage", "storage", "of storage" },
	{ "count/persistentvolumeclaims", "claims", "disks" },
	{ "pods", "pods", "pods" },
};

/* What a value of a quota allows, in the unit of what runs; -1 when it is unreadable. */
static int64_t quota_value(const struct quota_part *p, const struct node *n)
{
	int64_t v = -1;

	if (n->kind == NODE_INT)
		return str_is(str_of(p->runs), "cpu") ? n->num * 1000 : n->num;
	if (n->kind != NODE_STR)
		return -1;
	if (str_is(str_of(p->runs), "cpu"))
		return cpu_parse(n->text, &v) ? -1 : v;
	if (str_is(str_of(p->runs), "memory") || str_is(str_of(p->runs), "storage"))
		return bytes_parse(n->text, &v) ? -1 : v;
	return str_int(n->text, &v) ? v : -1;
}

static struct str quota_text(struct arena *a, const struct quota_part *p, int64_t v)
{
	struct buf out = { 0 };

	if (str_is(str_of(p->runs), "cpu") && v % 1000)
		buf_fmt(&out, "%lld.%lld", (long long)(v / 1000), (long long)(v % 1000 + 99) / 100);
	else if (str_is(str_of(p->runs), "cpu"))
		buf_int(&out, v / 1000);
	else if (str_is(str_of(p->runs), "memory") || str_is(str_of(p->runs), "storage"))
		bytes_print(&out, v);
	else
		buf_int(&out, v);
	buf_fmt(&out, " %s", p->unit);
	return buf_take(&out, a);
}

/* A part of the quota that is less than what runs now may take: pods above a quota are not made
 * again when they end. */
static bool is_below(struct work *w, const struct node *value, const struct node *was)
{
	struct arena *a = w->c->in->arena;
	struct str space = node_text(node_at(w->c->pair->is, "metadata"), "namespace");
	const struct quota_part *p = NULL;
	int64_t now = 0, most = 0;

	for (size_t i = 0; i < sizeof(quota_parts) / sizeof(*quota_parts); i++)
		if (str_is(value->key, quota_parts[i].key))
			p = &quota_parts[i];
	if (!p)
		return false; /* requests are bounded by the same numbers as limits */
	now = quota_value(p, value);
	most = node_num(node_get(w->c->in->runs, space), p->runs, 0);
	if (now < 0 || now >= most)
		return false;
	say(w, VERDICT_REFUSED,
	    "less than what runs there: a pod that ends would not be made again");
	w->c->refusal.message = MSG_quota_below_running;
	w->c->refusal.text = arena_fmt(
	    a,
	    "the quota of namespace %s would go from %s to %s, but its clusters, as they were "
	    "compiled last, take up to %s: a pod that ends would not be made again",
	    space.p, was ? quota_text(a, p, quota_value(p, was)).p : "none",
	    quota_text(a, p, now).p, quota_text(a, p, most).p);
	return true;
}

static void by_quota(struct work *w)
{
	const struct node *hard = node_at(node_at(w->d->is, "spec"), "hard");

	if (w->d->is && w->d->path.n)
		(void)is_below(w, w->d->is, w->d->was);
	for (const struct node *n = w->d->path.n || !hard ? NULL : hard->kids; n; n = n->next)
		if (is_below(w, n, NULL))
			return;
}

/* A set of members comes with a new incarnation, and goes, empty, when one is purged. */
static void by_set(struct work *w)
{
	if (!w->d->is && node_num(node_at(w->d->was, "spec"), "replicas", 1) == 0)
		say(w, VERDICT_METADATA, "an earlier incarnation, which has no pods");
	else
		w->c->effects |= w->d->is ? EFFECT_REBUILD : EFFECT_GONE;
}

static void by_readers(struct work *w)
{
	if (w->cause->class == VERDICT_ROLLING_RESTART)
		w->c->effects |= EFFECT_READERS;
}

static void by_guc(struct work *w)
{
	w->c->effects |= settings_guc(w->c, w->d, w->cause);
}

static void by_patroni(struct work *w)
{
	w->c->effects |= settings_patroni(w->c, w->d, w->cause);
}

static void by_pgbouncer(struct work *w)
{
	w->c->effects |= settings_pgbouncer(w->c, w->d, w->cause);
}

static void by_nothing(struct work *w)
{
	if (w->cause->class == VERDICT_POOLER)
		w->c->effects |= EFFECT_POOLER;
}

static void (*const handlers[BY_COUNT])(struct work *w) = {
	[BY_NONE] = by_nothing,
	[BY_TEMPLATE] = by_template,
	[BY_READERS] = by_readers,
	[BY_REPLICAS] = by_replicas,
	[BY_POOLERS] = by_poolers,
	[BY_GUC] = by_guc,
	[BY_PATRONI] = by_patroni,
	[BY_PGBOUNCER] = by_pgbouncer,
	[BY_QUANTITY] = by_quantity,
	[BY_STANDBY] = by_standby,
	[BY_CLOSING] = by_closing,
	[BY_OPERATION] = by_operation,
	[BY_DATABASES] = by_databases,
	[BY_KEY] = by_key,
	[BY_SET] = by_set,
	[BY_QUOTA] = by_quota,
	[BY_GUEST] = by_guest,
	[BY_RETENTION] = by_retention,
};

void classify(struct classify *c, const struct difference *d, struct verdict_cause *cause)
{
	const struct node *object = c->pair->is ? c->pair->is : c->pair->was;
	const struct change_row *row = change_find(c->in->table, object, d->path);
	struct work w = { c, d, cause };

	cause->class = !d->was ? row->added : !d->is ? row->removed : row->class;
	cause->why = row->why;
	cause->basis = row->source;
	cause->quiet = row->quiet;
	c->refusal = (struct verdict_refusal){ .message = MSG_object_fixed };
	handlers[row->by](&w);
	cause->quiet = cause->quiet || ends(d->path, "[\"" TEMPLATE_HASH "\"]");
	if (row->now && cause->class >= VERDICT_POOLER)
		c->effects |= EFFECT_NOW;
}
