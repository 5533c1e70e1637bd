/* SPDX-License-Identifier: Apache-2.0 */
/* bill.c: adding up what is paid for, from finished objects. */
#include "unit/bill.h"

#include <stdlib.h>

#include "tree/map.h"
#include "tree/number.h"
#include "unit/totals.h"

enum { CLASSES_MOST = 16, EXPOSED_SHOWN = 16 };

/* Bytes of disks of one storage class. */
struct disks {
	struct str class;
	int64_t bytes;
};

struct bill {
	const struct compiled *made;
	int64_t cpu, memory, balancers, snapshots;
	struct disks disks[CLASSES_MOST];
	size_t n_disks;
};

static struct str name_of(const struct node *object)
{
	return node_text(node_at(object, "metadata"), "name");
}

static void add_disk(struct bill *b, struct str class, int64_t bytes)
{
	size_t i = 0;

	while (i < b->n_disks && !str_eq(b->disks[i].class, class))
		i++;
	if (i == CLASSES_MOST)
		return;
	b->disks[i].class = class;
	b->disks[i].bytes += bytes;
	b->n_disks += i == b->n_disks;
}

static int64_t claim_bytes(const struct node *spec)
{
	return totals_milli(node_at(node_at(spec, "resources"), "requests"), "storage") / 1000;
}

/* A claim of set's pods is an object of its own, which is counted as such. */
static bool has_own_claims(const struct bill *b, const struct node *template,
			   const struct node *set)
{
	struct buf prefix = { 0 };
	bool found = false;

	buf_fmt(&prefix, "%s-%s-", name_of(template).p, name_of(set).p);
	for (size_t i = 0; i < b->made->n && !found; i++)
		found =
		    str_is(node_text(b->made->objects[i].node, "kind"), "PersistentVolumeClaim") &&
		    str_starts(name_of(b->made->objects[i].node), buf_z(&prefix));
	buf_release(&prefix);
	return found;
}

/* Pods that run: as the set says, else the fewest that its scaler leaves. */
static int64_t pods_of(const struct bill *b, const struct node *set)
{
	const struct node *replicas = node_at(node_at(set, "spec"), "replicas");

	if (replicas)
		return replicas->num;
	for (size_t i = 0; i < b->made->n; i++) {
		const struct node *o = b->made->objects[i].node, *spec = node_at(o, "spec");

		if (str_is(node_text(o, "kind"), "ScaledObject") &&
		    str_eq(node_text(node_at(spec, "scaleTargetRef"), "name"), name_of(set)))
			return node_num(spec, "minReplicaCount", 0);
	}
	return 1;
}

static void add_containers(struct bill *b, const struct node *list, bool sidecars, int64_t pods)
{
	for (const struct node *c = list ? list->kids : NULL; c; c = c->next) {
		const struct node *asked = node_at(node_at(c, "resources"), "requests");

		if (sidecars && !str_is(node_text(c, "restartPolicy"), "Always"))
			continue;
		b->cpu += pods * totals_milli(asked, "cpu");
		b->memory += pods * (totals_milli(asked, "memory") / 1000);
	}
}

static void add_set(struct bill *b, const struct node *set)
{
	const struct node *spec = node_at(set, "spec");
	const struct node *pod = node_at(node_at(spec, "template"), "spec");
	const struct node *claims = node_at(spec, "volumeClaimTemplates");
	int64_t pods = pods_of(b, set);

	add_containers(b, node_at(pod, "containers"), false, pods);
	add_containers(b, node_at(pod, "initContainers"), true, pods);
	for (const struct node *c = claims ? claims->kids : NULL; c; c = c->next)
		if (!has_own_claims(b, c, set))
			add_disk(b, node_text(node_at(c, "spec"), "storageClassName"),
				 pods * claim_bytes(node_at(c, "spec")));
}

static void add(struct bill *b, const struct node *o)
{
	const struct node *spec = node_at(o, "spec");
	const struct node *storage = node_at(b->made->resolved.spec, "storage");
	struct str kind = node_text(o, "kind");
	int64_t bytes = 0;

	if (str_is(kind, "StatefulSet") || str_is(kind, "Deployment"))
		add_set(b, o);
	else if (str_is(kind, "PersistentVolumeClaim"))
		add_disk(b, node_text(spec, "storageClassName"), claim_bytes(spec));
	else if (str_is(kind, "Service"))
		b->balancers += str_is(node_text(spec, "type"), "LoadBalancer");
	else if (str_is(kind, "VolumeSnapshot") && !bytes_parse(node_text(storage, "size"), &bytes))
		b->snapshots += bytes;
}

/* Members in other zones than the primary's, when they are spread evenly. */
static int64_t remote(const struct compiled *made)
{
	const struct node *spec = made->resolved.spec;
	int64_t zones = (int64_t)node_count(node_at(made->resolved.place.dest, "zones"));
	int64_t members = node_num(spec, "instances", 1);

	if (zones < 2 || str_is(node_text(node_at(spec, "scheduling"), "zones"), "off") ||
	    str_is(node_text(node_at(spec, "retire"), "step"), "stopped"))
		return 0;
	return members - (members + zones - 1) / zones;
}

static int by_class(const void *a, const void *b)
{
	return str_cmp(((const struct disks *)a)->class, ((const struct disks *)b)->class);
}

struct node *bill_of(struct arena *a, const struct compiled *made)
{
	struct bill b = { .made = made };
	struct map m = { .arena = a }, disks = m;

	for (size_t i = 0; i < made->n; i++)
		add(&b, made->objects[i].node);
	qsort(b.disks, b.n_disks, sizeof(*b.disks), by_class);
	for (size_t i = 0; i < b.n_disks; i++)
		node_put(&disks.list, b.disks[i].class, node_int(a, disks.pos, b.disks[i].bytes));
	map_int(&m, "balancers", b.balancers);
	map_int(&m, "cpu", b.cpu);
	if (b.n_disks)
		map_node(&m, "disks", map_done(&disks));
	map_int(&m, "memory", b.memory);
	map_int(&m, "remote", remote(made));
	map_int(&m, "snapshots", b.snapshots);
	return map_done(&m);
}

static int by_text(const void *a, const void *b)
{
	return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

struct node *bill_exposure(struct arena *a, const struct compiled *made, size_t *n)
{
	const struct node *entries = node_at(node_at(made->facts, "access"), "entries");
	struct str *all = NEW_ARRAY(a, node_count(entries) + 1, struct str);
	struct node *list = node_new(a, NODE_LIST, (struct pos){ 0 });
	struct node_list items = { 0 };
	size_t count = 0;

	for (const struct node *e = entries ? entries->kids : NULL; e; e = e->next)
		all[count++] = node_text(e, "namespace");
	if (count)
		qsort(all, count, sizeof(*all), by_text);
	*n = 0;
	for (size_t i = 0; i < count; i++) {
		if (i && str_eq(all[i - 1], all[i]))
			continue;
		if (++*n <= EXPOSED_SHOWN)
			node_add(&items, node_str(a, list->pos, all[i]));
	}
	list->kids = items.first;
	return list;
}
