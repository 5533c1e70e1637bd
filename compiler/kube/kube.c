/* SPDX-License-Identifier: Apache-2.0 */
/* kube.c: the compact schemas in memory and the walk of an object through them. */
#include "kube/kube.h"

#include <assert.h>

#include "base/buf.h"
#include "kube/compact.h"
#include "kube/pattern.h"
#include "tree/source.h"

/* Made by tool/compact.c, put into the binary by the build. */
extern const uint32_t kube_schemas[];

enum { PATH_DEEPEST = 64 };

struct kube {
	const uint32_t *w;
	const char *pool;
	struct pattern *patterns;
	uint32_t n_patterns;
};

/* One walk: where it stands, for messages. */
struct walk {
	const struct kube *kube;
	struct arena *arena;
	struct diags *diags;
	const struct node *object;
	const struct node *path[PATH_DEEPEST];
	size_t index[PATH_DEEPEST]; /* of list items, from 1; 0 for map values */
	size_t depth, problems, misshapen;
};

struct kube *kube_open(struct arena *a)
{
	struct kube *k = NEW(a, struct kube);
	const uint32_t *list = kube_schemas + kube_schemas[HEAD_PATTERNS];

	assert(kube_schemas[HEAD_MAGIC] == COMPACT_MAGIC);
	k->w = kube_schemas;
	k->pool = (const char *)(k->w + k->w[HEAD_WORDS]);
	k->n_patterns = list[0];
	k->patterns = NEW_ARRAY(a, k->n_patterns + 1, struct pattern);
	for (uint32_t i = 0; i < k->n_patterns; i++)
		pattern_init(&k->patterns[i], k->pool + list[1 + 2 * i]);
	return k;
}

bool kube_sound(struct kube *k)
{
	bool sound = true;

	for (uint32_t i = 0; i < k->n_patterns; i++)
		sound = pattern_good(&k->patterns[i]) && sound;
	return sound;
}

void kube_close(struct kube *k)
{
	for (uint32_t i = 0; k && i < k->n_patterns; i++)
		pattern_release(&k->patterns[i]);
}

static struct str pool_text(const struct kube *k, const uint32_t *row)
{
	return (struct str){ k->pool + row[0], row[1] };
}

/* The row named name among rows of size words sorted by name, or NULL. */
static const uint32_t *row_find(const struct kube *k, const uint32_t *list, size_t size,
				struct str name)
{
	size_t low = 0, high = list[0];

	while (low < high) {
		size_t middle = (low + high) / 2;
		const uint32_t *row = list + 1 + middle * size;
		int c = str_cmp(name, pool_text(k, row));

		if (!c)
			return row;
		if (c < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

static const uint32_t *kind_find(const struct kube *k, struct str api_version, struct str kind)
{
	char name[256];

	if (api_version.n + kind.n + 1 > sizeof(name))
		return NULL;
	memcpy(name, api_version.p, api_version.n);
	name[api_version.n] = ' ';
	memcpy(name + api_version.n + 1, kind.p, kind.n);
	return row_find(k, k->w + k->w[HEAD_KINDS], KIND_SIZE,
			(struct str){ name, api_version.n + kind.n + 1 });
}

bool kube_knows(const struct kube *k, struct str api_version, struct str kind, bool *cluster)
{
	const uint32_t *row = kind_find(k, api_version, kind);

	if (row)
		*cluster = row[KIND_CLUSTER] != 0;
	return row != NULL;
}

/* "spec.template.spec.containers[name=postgres].image" of where the walk stands. */
static struct str path_text(const struct walk *v)
{
	struct buf out = { 0 };

	for (size_t i = 0; i < v->depth; i++) {
		struct str name = node_text(v->path[i], "name");

		if (!v->index[i])
			buf_fmt(&out, "%s%s", out.n ? "." : "", v->path[i]->key.p);
		else if (name.n)
			buf_fmt(&out, "[name=%s]", name.p);
		else
			buf_fmt(&out, "[%zu]", v->index[i] - 1);
	}

	return buf_take(&out, v->arena);
}

static void problem(struct walk *v, const struct node *at, const char *what, struct str detail)
{
	struct str kind = node_text(v->object, "kind");
	struct str name = node_text(node_at(v->object, "metadata"), "name");
	struct str path = path_text(v);

	v->problems++;
	if (!name.n)
		name = node_text(v->object, "apiVersion");
	if (path.n)
		diag_error(v->diags, MSG_object_invalid, at->pos, "'%s' of %s %s %s%s", path.p,
			   kind.p, name.p, what, detail.p);
	else
		diag_error(v->diags, MSG_object_invalid, at->pos, "%s %s %s%s", kind.p, name.p,
			   what, detail.p);
	source_notes(v->diags, at, "the value comes from here");
}

static void misshapen(struct walk *v, const struct node *at, const char *what, struct str detail)
{
	v->misshapen++;
	problem(v, at, what, detail);
}

static void check(struct walk *v, uint32_t schema, const struct node *n);

static void step(struct walk *v, uint32_t schema, const struct node *kid, size_t index)
{
	if (v->depth == PATH_DEEPEST) {
		misshapen(v, kid, "is nested too deep", str_of(""));
		return;
	}
	v->path[v->depth] = kid;
	v->index[v->depth++] = index;
	check(v, schema, kid);
	v->depth--;
}

static uint32_t type_of(const struct node *n)
{
	static const uint32_t bits[] = { 0,           TYPE_BOOLEAN, TYPE_INTEGER,
					 TYPE_STRING, TYPE_ARRAY,   TYPE_OBJECT };

	return bits[n->kind];
}

static struct str type_names(const struct walk *v, uint32_t bits)
{
	static const char *const names[] = { "a map", "a list", "a string", "an integer",
					     "true or false" };
	struct buf out = { 0 };

	for (uint32_t i = 0; i < 5; i++)
		if (bits & (1u << i))
			buf_fmt(&out, "%s%s", out.n ? " or " : "", names[i]);

	return buf_take(&out, v->arena);
}

static int64_t measure(const struct node *n)
{
	if (n->kind == NODE_STR)
		return (int64_t)n->text.n;
	return n->kind == NODE_INT ? n->num : (int64_t)node_count(n);
}

/* Whether limit which speaks of nodes of n's kind, and whether it is a least. */
static bool limit_applies(const struct node *n, uint32_t which)
{
	static const enum kind kinds[] = { NODE_STR, NODE_STR, NODE_LIST, NODE_LIST,
					   NODE_MAP, NODE_MAP, NODE_INT,  NODE_INT };

	return which < LIMIT_UNIQUE && kinds[which] == n->kind;
}

static void check_limits(struct walk *v, const uint32_t *list, const struct node *n)
{
	for (uint32_t i = 0; i < list[0]; i++) {
		const uint32_t *row = list + 1 + (size_t)3 * i;
		int64_t bound = (int64_t)(row[1] | (uint64_t)row[2] << 32);
		bool least = row[0] % 2 == 0;

		if (!limit_applies(n, row[0]))
			continue;
		if (least && measure(n) < bound)
			problem(v, n, "is below the least allowed, ",
				arena_fmt(v->arena, "%lld", (long long)bound));
		else if (!least && measure(n) > bound)
			problem(v, n, "is above the most allowed, ",
				arena_fmt(v->arena, "%lld", (long long)bound));
	}
}

static void check_enum(struct walk *v, const uint32_t *list, const struct node *n)
{
	struct buf allowed = { 0 };
	struct str text =
	    n->kind == NODE_STR
		? n->text
		: arena_fmt(v->arena, "%lld", (long long)(n->kind == NODE_INT ? n->num : 0));

	for (uint32_t i = 0; i < list[0]; i++) {
		struct str one = pool_text(v->kube, list + 1 + (size_t)2 * i);

		if (str_eq(one, text)) {
			buf_release(&allowed);
			return;
		}
		buf_fmt(&allowed, "%s%s", i ? ", " : "", one.p);
	}
	problem(v, n, "is none of ", arena_str(v->arena, buf_view(&allowed)));
	buf_release(&allowed);
}

static void check_keys(struct walk *v, uint32_t schema, const struct node *kid)
{
	struct node key = { .kind = NODE_STR, .pos = kid->pos, .text = kid->key };

	check(v, schema, &key);
}

static void check_map(struct walk *v, const uint32_t *s, const struct node *n)
{
	const uint32_t *props = s[SLOT_PROPS] ? v->kube->w + s[SLOT_PROPS] : NULL;
	const uint32_t *required = v->kube->w + s[SLOT_REQUIRED];

	node_each(kid, n)
	{
		const uint32_t *row = props ? row_find(v->kube, props, 3, kid->key) : NULL;

		if (s[SLOT_NAMES])
			check_keys(v, s[SLOT_NAMES], kid);
		if (row)
			step(v, row[2], kid, 0);
		else if (s[SLOT_ADDITIONAL] > 1)
			step(v, s[SLOT_ADDITIONAL], kid, 0);
		else if (!s[SLOT_ADDITIONAL])
			problem(v, kid, "has no field ", kid->key);
	}
	for (uint32_t i = 0; s[SLOT_REQUIRED] && i < required[0]; i++)
		if (!node_get(n, pool_text(v->kube, required + 1 + (size_t)2 * i)))
			misshapen(v, n, "lacks the field ",
				  pool_text(v->kube, required + 1 + (size_t)2 * i));
}

/* Two items of a keyed list with the same keys: the API server refuses them. */
static bool same_keys(const struct walk *v, const uint32_t *keys, const struct node *x,
		      const struct node *y)
{
	for (uint32_t i = 0; i < keys[0]; i++) {
		struct str key = pool_text(v->kube, keys + 1 + (size_t)2 * i);
		const struct node *a = node_get(x, key), *b = node_get(y, key);

		if (!a != !b || (a && !node_eq(a, b)))
			return false;
	}
	return true;
}

static void check_list(struct walk *v, const uint32_t *s, const struct node *n)
{
	const uint32_t *keys = v->kube->w + s[SLOT_MAP_KEYS];
	size_t i = 0;

	node_each(kid, n)
	{
		if (s[SLOT_ITEMS])
			step(v, s[SLOT_ITEMS], kid, ++i);
		for (const struct node *y = n->kids; s[SLOT_MAP_KEYS] && y != kid; y = y->next)
			if (same_keys(v, keys, kid, y))
				problem(v, kid, "has two items with the same ",
					pool_text(v->kube, keys + 1));
	}
}

/* Whether n passes schema, without reporting. */
static bool passes(struct walk *v, uint32_t schema, const struct node *n)
{
	struct walk quiet = *v;

	quiet.diags = diags_new(v->arena);
	quiet.problems = 0;
	check(&quiet, schema, n);
	return quiet.problems == 0;
}

static void check_combined(struct walk *v, const uint32_t *s, const struct node *n)
{
	const uint32_t *any = v->kube->w + s[SLOT_ANY], *one = v->kube->w + s[SLOT_ONE];
	uint32_t hits = 0;

	for (uint32_t i = 0; s[SLOT_ANY] && i < any[0]; i++)
		hits += passes(v, any[1 + i], n);
	if (s[SLOT_ANY] && !hits)
		problem(v, n, "fits none of the allowed forms", str_of(""));
	hits = 0;
	for (uint32_t i = 0; s[SLOT_ONE] && i < one[0]; i++)
		hits += passes(v, one[1 + i], n);
	if (s[SLOT_ONE] && hits != 1)
		problem(v, n, "must fit exactly one of the allowed forms", str_of(""));
	if (s[SLOT_NOT] && passes(v, s[SLOT_NOT], n))
		problem(v, n, "has a form that is not allowed", str_of(""));
}

static void check(struct walk *v, uint32_t schema, const struct node *n)
{
	const uint32_t *s = v->kube->w + schema;
	struct pattern *p = v->kube->patterns + s[SLOT_PATTERN] - 1;

	if (n->kind == NODE_NULL) {
		misshapen(v, n, "is null", str_of(""));
		return;
	}
	if (s[SLOT_TYPES] && !(s[SLOT_TYPES] & type_of(n))) {
		misshapen(v, n, "must be ", type_names(v, s[SLOT_TYPES]));
		return;
	}
	if (s[SLOT_LIMITS])
		check_limits(v, v->kube->w + s[SLOT_LIMITS], n);
	if (s[SLOT_ENUM])
		check_enum(v, v->kube->w + s[SLOT_ENUM], n);
	if (s[SLOT_PATTERN] && n->kind == NODE_STR && !pattern_matches(p, n->text))
		problem(v, n, "does not match ", str_of(p->text));
	if (s[SLOT_ANY] || s[SLOT_ONE] || s[SLOT_NOT])
		check_combined(v, s, n);
	if (n->kind == NODE_MAP)
		check_map(v, s, n);
	else if (n->kind == NODE_LIST)
		check_list(v, s, n);
}

size_t kube_validate(const struct kube *k, const struct node *object, struct arena *a,
		     struct diags *d)
{
	struct walk v = { .kube = k, .arena = a, .diags = d, .object = object };
	const uint32_t *kind =
	    kind_find(k, node_text(object, "apiVersion"), node_text(object, "kind"));

	if (!kind)
		misshapen(&v, object,
			  "is of a kind without a schema: ", node_text(object, "apiVersion"));
	else
		check(&v, kind[KIND_SCHEMA], object);
	return v.misshapen;
}
