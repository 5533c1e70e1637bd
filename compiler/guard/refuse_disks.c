/* SPDX-License-Identifier: Apache-2.0 */
/* refuse_disks.c: disks keep their class and only grow; those of earlier incarnations stay. */
#include "guard/refuse.h"
#include "tree/number.h"

/* A disk before and now: {class, size} of two locks. */
struct disk {
	const struct guard_input *in;
	struct verdict *v;
	const struct node *was, *is;
};

static bool has_refusal(const struct verdict *v, const char *id)
{
	for (const struct verdict_refusal *f = v->refusals; f; f = f->next)
		if (str_is(f->id, id))
			return true;
	return false;
}

static struct str size_text(const struct disk *d, const struct node *disk)
{
	struct buf out = { 0 };

	bytes_print(&out, node_num(disk, "size", 0));
	return buf_take(&out, d->in->arena);
}

static struct pos place_of(const struct disk *d)
{
	const struct node *storage = node_at(d->in->is.spec, "storage");
	const struct node *size = node_at(storage, "size");

	if (size && size->pos.file)
		return size->pos;
	return d->in->intent ? (struct pos){ d->in->intent, 1, 1 } : (struct pos){ 0 };
}

static void refuse(const struct disk *d, enum message id, struct str text)
{
	guard_refuse(d->in, d->v,
		     (struct verdict_refusal){ .message = id,
					       .text = text,
					       .pos = place_of(d),
					       .was = size_text(d, d->was),
					       .is = size_text(d, d->is) });
}

/* The running incarnation's disk, as far as no rule of the schema spoke of it. */
static void running(const struct disk *d)
{
	struct arena *a = d->in->arena;
	int64_t was = node_num(d->was, "size", 0), is = node_num(d->is, "size", 0);
	struct str before = node_text(d->was, "class"), class = node_text(d->is, "class");

	if (!str_eq(before, class) && !has_refusal(d->v, "storage-class-fixed"))
		refuse(d, MSG_disk_change,
		       arena_fmt(a, "the disks are of storage class '%s' and cannot become '%s'",
				 before.p, class.p));
	else if (is < was && !has_refusal(d->v, "storage-grows"))
		refuse(d, MSG_disk_change,
		       arena_fmt(a, "the disks have %s and cannot shrink to %s",
				 size_text(d, d->was).p, size_text(d, d->is).p));
	else if (is > was && !d->in->expands)
		refuse(d, MSG_disk_change,
		       arena_fmt(a,
				 "the disks have %s and cannot grow to %s: storage class '%s' is "
				 "declared without expansion",
				 size_text(d, d->was).p, size_text(d, d->is).p, class.p));
}

static const struct node *kept_disk(const struct node *exports, int64_t incarnation)
{
	const struct node *n = node_at(exports, "kept");

	for (n = n ? n->kids : NULL; n; n = n->next)
		if (node_num(n, "incarnation", 0) == incarnation)
			return n;
	return NULL;
}

/* Disks of an earlier incarnation stay as they were, whatever the running one's become. */
static void kept(const struct disk *d, int64_t incarnation)
{
	struct disk old = { d->in, d->v, d->was, kept_disk(d->in->is.exports, incarnation) };
	struct str class = node_text(d->was, "class"), size = size_text(d, d->was);

	if (!old.is || (str_eq(class, node_text(old.is, "class")) &&
			node_num(d->was, "size", 0) == node_num(old.is, "size", 0)))
		return;
	refuse(&old, MSG_disk_kept,
	       arena_fmt(d->in->arena,
			 "the disks of incarnation %lld have %s of storage class '%s' and are kept "
			 "so: write incarnations: [{number: %lld, storage: {class: %s, size: %s}}]",
			 (long long)incarnation, size.p, class.p, (long long)incarnation, class.p,
			 size.p));
}

void refuse_disks(const struct guard_input *in, struct verdict *v)
{
	struct disk d = { in, v, node_at(in->was.exports, "disk"),
			  node_at(in->is.exports, "disk") };
	const struct node *earlier = node_at(in->was.exports, "kept");
	int64_t before = node_num(in->was.exports, "incarnation", 1);

	if (d.was && d.is && before == node_num(in->is.exports, "incarnation", 1))
		running(&d);
	if (d.was)
		kept(&d, before);
	for (const struct node *n = earlier ? earlier->kids : NULL; n; n = n->next) {
		d.was = n;
		kept(&d, node_num(n, "incarnation", 0));
	}
}
