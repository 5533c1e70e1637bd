/* SPDX-License-Identifier: Apache-2.0 */
/* seal.c: hashing pod templates. */
#include "unit/seal.h"

#include "base/digest.h"
#include "tree/print.h"

/* A copy of map without the keys that drop has, or without the one key. */
static struct node *without(struct arena *a, const struct node *map, const struct node *drop,
			    const char *key)
{
	struct node *copy = node_loose(a, map);
	struct node_list kids = { 0 };

	node_each(kid, map) if (!node_get(drop, kid->key) && !(key && str_is(kid->key, key)))
	    node_add(&kids, node_loose(a, kid));
	copy->kids = kids.first;
	return copy;
}

/* A copy of map in which key's value is value: a fresh node, put before the first key behind it. */
static struct node *with(struct arena *a, const struct node *map, const char *key,
			 struct node *value)
{
	struct node *copy = node_loose(a, map);
	struct node_list kids = { 0 };
	bool put = false;

	node_each(kid, map)
	{
		if (!put && str_cmp(kid->key, str_of(key)) >= 0) {
			node_put(&kids, str_of(key), value);
			put = true;
		}
		if (!str_is(kid->key, key))
			node_add(&kids, node_loose(a, kid));
	}
	if (!put)
		node_put(&kids, str_of(key), value);
	copy->kids = kids.first;
	return copy;
}

static struct node *bare_metadata(struct arena *a, const struct node *metadata,
				  const struct node *owner)
{
	const struct node *labels = node_at(metadata, "labels");
	const struct node *annotations = node_at(metadata, "annotations");
	struct node *bare = node_loose(a, metadata);

	if (labels)
		bare = with(a, bare, "labels", without(a, labels, owner, NULL));
	if (annotations)
		bare = with(a, bare, "annotations", without(a, annotations, NULL, SEAL_ANNOTATION));
	return bare;
}

static struct node *bare_spec(struct arena *a, const struct node *spec)
{
	const struct node *init = node_at(spec, "initContainers");
	struct node_list items = { 0 };
	struct node *list = NULL;

	if (!init)
		return node_loose(a, spec);
	list = node_loose(a, init);
	node_each(container, init) node_add(&items, without(a, container, NULL, "image"));
	list->kids = items.first;
	return with(a, spec, "initContainers", list);
}

static struct node *bare_pod(struct arena *a, const struct node *pod, const struct node *owner)
{
	const struct node *metadata = node_at(pod, "metadata"), *spec = node_at(pod, "spec");
	struct node *bare = node_loose(a, pod);

	if (metadata)
		bare = with(a, bare, "metadata", bare_metadata(a, metadata, owner));
	if (spec)
		bare = with(a, bare, "spec", bare_spec(a, spec));
	return bare;
}

const struct node *seal_pod(struct arena *a, const struct node *pod, const struct node *owner,
			    struct err *err)
{
	const struct node *metadata = node_at(pod, "metadata");
	const struct node *annotations = node_at(metadata, "annotations");
	struct buf json = { 0 };
	int failed = print_json(&json, bare_pod(a, pod, owner), err);
	struct digest hash = digest_of(buf_view(&json));

	buf_release(&json);
	if (failed)
		return NULL;

	struct node *value = node_str(a, pod->pos, digest_hex(a, &hash));
	struct node empty = { .kind = NODE_MAP, .pos = pod->pos };
	struct node *sealed = with(a, annotations ? annotations : &empty, SEAL_ANNOTATION, value);

	return with(a, pod, "metadata",
		    with(a, metadata ? metadata : &empty, "annotations", sealed));
}
