/* SPDX-License-Identifier: Apache-2.0 */
/* images.c: image sets by environment and ring, pins and mirrors. */
#include "unit/images.h"

static const char *const images[] = { "postgres", "pooler", "exporter", "agent" };

/* The ring by the layers that may set it without knowing the tier: highest wins. */
static struct str ring_of(const struct job *j, const struct node *spec, const struct resolved *r)
{
	const struct node *layers[] = { spec,
					node_at(r->place.ns, "defaults"),
					node_at(r->team, "defaults"),
					node_at(r->place.env, "defaults"),
					r->place.env,
					node_at(j->world->platform, "defaults") };

	for (size_t i = 0; i < sizeof(layers) / sizeof(*layers); i++)
		if (node_text(layers[i], "ring").n)
			return node_text(layers[i], "ring");
	return str_of("stable");
}

bool images_choose(const struct job *j, const struct node *spec, struct resolved *out)
{
	const struct node *platform = j->world->platform;
	const struct node *name = node_at(out->place.env, "images"), *ring = NULL;

	out->ring = ring_of(j, spec, out);
	ring = node_get(node_at(platform, "rings"), out->ring);
	if (!name)
		name = node_at(ring, "images");
	if (!name)
		name = node_at(node_at(platform, "images"), "set");
	out->images = name ? world_images(j->world, name->text) : NULL;
	if (!out->images) {
		diag_error(
		    j->diags, MSG_images_none, out->doc->pos,
		    "no image set is chosen for this cluster: platform.yaml needs images.set");
		return false;
	}
	out->images_name = name->text;
	out->revision = world_revision(j->world, (uint32_t)node_num(out->images, "podRevision", 0));
	if (!out->revision)
		diag_error(j->diags, MSG_images_none, node_at(out->images, "podRevision")->pos,
			   "image set '%s' names a pod revision that this howdah does not carry",
			   name->text.p);
	return out->revision != NULL;
}

/* repository with the platform's mirror in place of its registry host. */
static struct str mirrored(const struct job *j, struct str repository)
{
	struct str mirror = node_text(node_at(j->world->platform, "images"), "registry");
	size_t slash = str_find(repository, '/');

	if (!mirror.n || slash == repository.n)
		return repository;
	return arena_fmt(j->arena, "%s%s", mirror.p, repository.p + slash);
}

/* Warned once per image at the line of the set, or refused where the platform says so. */
static void unpinned(const struct job *j, const struct resolved *r, const struct node *image,
		     struct str name)
{
	struct str rule = node_text(node_at(j->world->platform, "guardrails"), "unpinnedImages");

	if (str_is(rule, "deny"))
		diag_error(
		    j->diags, MSG_image_unpinned, image->pos,
		    "image '%s' of set '%s' has no digest: pin it in images.pins of platform.yaml",
		    name.p, r->images_name.p);
	else
		diag_warn(
		    j->diags, MSG_image_unpinned, image->pos,
		    "image '%s' of set '%s' has no digest: pin it in images.pins of platform.yaml",
		    name.p, r->images_name.p);
}

static struct node *text_at(struct arena *a, const struct node *like, struct str text)
{
	return node_str(a, like->pos, text);
}

static struct node *image_record(const struct job *j, const struct resolved *r,
				 const struct node *image)
{
	const struct node *pins = node_at(node_at(j->world->platform, "images"), "pins");
	struct str repository = node_text(image, "repository"), tag = node_text(image, "tag");
	struct str name = arena_fmt(j->arena, "%s:%s", repository.p, tag.p);
	const struct node *digest = node_get(pins, name);
	struct str written = arena_fmt(j->arena, "%s:%s", mirrored(j, repository).p, tag.p);
	struct node *record = node_new(j->arena, NODE_MAP, image->pos);
	struct node_list list = { 0 };

	if (!digest)
		digest = node_at(image, "digest");
	if (!digest)
		unpinned(j, r, image, name);
	else
		written = arena_fmt(j->arena, "%s@%s", written.p, digest->text.p);
	node_put(&list, str_of("group"),
		 node_int(j->arena, image->pos, node_num(image, "group", 0)));
	node_put(&list, str_of("reference"), text_at(j->arena, digest ? digest : image, written));
	node_put(&list, str_of("tag"), text_at(j->arena, image, tag));
	node_put(&list, str_of("user"), node_int(j->arena, image->pos, node_num(image, "user", 0)));
	record->kids = list.first;
	return record;
}

const struct node *images_record(const struct job *j, const struct resolved *r)
{
	struct node *record = node_new(j->arena, NODE_MAP, r->images->pos);
	struct node_list list = { 0 };

	for (size_t i = 0; i < sizeof(images) / sizeof(*images); i++)
		node_put(&list, str_of(images[i]),
			 image_record(j, r, node_at(r->images, images[i])));
	node_put(&list, str_of("podRevision"),
		 node_int(j->arena, node_at(r->images, "podRevision")->pos,
			  (int64_t)r->revision->number));
	node_put(&list, str_of("set"), text_at(j->arena, r->images, r->images_name));
	record->kids = list.first;
	return record;
}
