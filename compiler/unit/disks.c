/* SPDX-License-Identifier: Apache-2.0 */
/* disks.c: disks compared with those of the previous output. */
#include "tree/number.h"
#include "tree/yaml.h"
#include "unit/exports.h"
#include "unit/fleetwide.h"

/* A cluster whose disks were there before. */
struct disks {
	struct run *run;
	struct unit_result *u;
	const struct node *was, *is; /* exported {class, size} */
};

/* The line of the intent that says something about storage. */
static struct pos line_of(const struct disks *d)
{
	const struct node *doc =
	    yaml_read(d->run->arena, diags_new(d->run->arena), d->u->intent->file, &YAML_INTENT);
	const struct node *spec = node_at(doc, "spec"), *storage = node_at(spec, "storage");
	const struct node *size = node_at(storage, "size");

	if (size || storage)
		return (size ? size : storage)->pos;
	return node_at(spec, "tier") ? node_at(spec, "tier")->pos
				     : (struct pos){ d->u->intent->file, 1, 1 };
}

static struct str size_text(const struct disks *d, const struct node *disk)
{
	struct buf out = { 0 };
	struct str text = { "", 0 };

	bytes_print(&out, node_num(disk, "size", 0));
	text = arena_str(d->run->arena, buf_view(&out));
	buf_release(&out);
	return text;
}

static bool can_expand(const struct disks *d)
{
	const struct node *platform = d->run->world->platform;
	const struct node *env =
	    node_get(node_at(platform, "environments"), d->u->intent->environment);
	const struct node *destination =
	    node_get(node_at(platform, "destinations"), node_text(env, "destination"));

	return node_flag(
	    node_get(node_at(destination, "storageClasses"), node_text(d->is, "class")),
	    "expansion", false);
}

static void judge(const struct disks *d)
{
	int64_t was = node_num(d->was, "size", 0), is = node_num(d->is, "size", 0);
	struct str before = node_text(d->was, "class"), now = node_text(d->is, "class");

	if (!str_eq(before, now))
		diag_error(d->u->diags, MSG_disk_change, line_of(d),
			   "the disks are of storage class '%s' and cannot become '%s'", before.p,
			   now.p);
	else if (is < was)
		diag_error(d->u->diags, MSG_disk_change, line_of(d),
			   "the disks have %s and cannot shrink to %s", size_text(d, d->was).p,
			   size_text(d, d->is).p);
	else if (is > was && !can_expand(d))
		diag_error(d->u->diags, MSG_disk_change, line_of(d),
			   "the disks have %s and cannot grow to %s: storage class '%s' is "
			   "declared without expansion",
			   size_text(d, d->was).p, size_text(d, d->is).p, now.p);
	else
		return;
	fleetwide_fail(d->run, d->u);
}

static const struct node *kept_disk(const struct node *facts, int64_t incarnation)
{
	const struct node *n = node_at(facts, "kept");

	for (n = n ? n->kids : NULL; n; n = n->next)
		if (node_num(n, "incarnation", 0) == incarnation)
			return n;
	return NULL;
}

/* Disks of an earlier incarnation stay as they were, whatever the running one's become. */
static void judge_kept(const struct disks *d, const struct node *facts, int64_t incarnation)
{
	struct disks old = { d->run, d->u, d->was, kept_disk(facts, incarnation) };
	struct str class = node_text(d->was, "class"), size = size_text(d, d->was);

	if (!old.is || (str_eq(class, node_text(old.is, "class")) &&
			node_num(d->was, "size", 0) == node_num(old.is, "size", 0)))
		return;
	diag_error(d->u->diags, MSG_disk_kept, line_of(d),
		   "the disks of incarnation %lld have %s of storage class '%s' and are kept so: "
		   "write incarnations: [{number: %lld, storage: {class: %s, size: %s}}]",
		   (long long)incarnation, size.p, class.p, (long long)incarnation, class.p,
		   size.p);
	fleetwide_fail(d->run, d->u);
}

static void judge_earlier(const struct disks *d, const struct node *before,
			  const struct node *facts)
{
	const struct node *n = node_at(before, "kept");
	struct disks one = *d;

	if (d->was)
		judge_kept(d, facts, node_num(before, "incarnation", 1));
	for (n = n ? n->kids : NULL; n; n = n->next) {
		one.was = n;
		judge_kept(&one, facts, node_num(n, "incarnation", 0));
	}
}

void fleetwide_disks(struct run *r)
{
	for (size_t i = 0; i < r->n; i++) {
		struct unit_result *u = &r->results[i];
		const struct prev_unit *old = prev_find(&r->prev, u->owner);
		const struct node *was = NULL, *is = NULL;

		if (!u->made.n || !old || old->damaged.n)
			continue;
		is = unit_facts(r, u);
		was = exports_read(r->brief, old->lock.exports);
		if (node_at(was, "disk") &&
		    node_num(was, "incarnation", 1) == node_num(is, "incarnation", 1))
			judge(&(struct disks){ r, u, node_at(was, "disk"), node_at(is, "disk") });
		judge_earlier(&(struct disks){ r, u, node_at(was, "disk"), NULL }, was, is);
	}
}
