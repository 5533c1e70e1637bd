/* SPDX-License-Identifier: Apache-2.0 */
/* compact.c: build tool: compact DIR >FILE turns the JSON schemas of DIR/index.json into their
 * compact form. */
#include "kube/compact.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

struct words {
	uint32_t *w;
	uint32_t n, cap;
};

struct ref {
	const char *name; /* of a definition of the file under work */
	uint32_t schema;
};

struct tool {
	struct words words;
	struct buf pool;
	uint32_t patterns[256], n_patterns; /* pairs (place, length) */
	const cJSON *definitions;
	struct ref refs[2048];
	size_t n_refs;
};

static _Noreturn void stop(const char *what, const char *which)
{
	(void)fprintf(stderr, "compact: %s: %s\n", which, what);
	exit(1);
}

static uint32_t room(struct tool *t, uint32_t n)
{
	struct words *ws = &t->words;
	uint32_t at = ws->n;

	while (ws->cap - ws->n < n) {
		ws->cap = ws->cap ? ws->cap * 2 : 65536;
		ws->w = realloc(ws->w, ws->cap * sizeof(*ws->w));
		if (!ws->w)
			stop("out of memory", "words");
	}
	memset(ws->w + at, 0, n * sizeof(*ws->w));
	ws->n += n;
	return at;
}

static void text_row(struct tool *t, uint32_t at, const char *z)
{
	t->words.w[at] = (uint32_t)t->pool.n;
	t->words.w[at + 1] = (uint32_t)strlen(z);
	buf_text(&t->pool, z);
	buf_char(&t->pool, 0);
}

/* A list of strings (integers as decimal text), 0 when there is none. */
static uint32_t text_list(struct tool *t, const cJSON *list)
{
	const cJSON *item = NULL;
	char digits[32];

	if (!list)
		return 0;

	uint32_t n = (uint32_t)cJSON_GetArraySize(list);
	uint32_t at = room(t, 1 + 2 * n), row = at + 1;

	t->words.w[at] = n;
	cJSON_ArrayForEach(item, list)
	{
		(void)snprintf(digits, sizeof(digits), "%.0f", item->valuedouble);
		text_row(t, row, cJSON_IsString(item) ? item->valuestring : digits);
		row += 2;
	}
	return at;
}

static uint32_t schema(struct tool *t, const cJSON *s);

static int by_name(const void *a, const void *b)
{
	return strcmp((*(const cJSON *const *)a)->string, (*(const cJSON *const *)b)->string);
}

static uint32_t properties(struct tool *t, const cJSON *map)
{
	const cJSON **rows = NULL, *item = NULL;
	uint32_t n = 0;

	if (!map)
		return 0;
	rows = calloc((size_t)cJSON_GetArraySize(map) + 1, sizeof(const cJSON *));
	if (!rows)
		stop("out of memory", "properties");
	cJSON_ArrayForEach(item, map) rows[n++] = item;
	qsort(rows, n, sizeof(const cJSON *), by_name);

	uint32_t at = room(t, 1 + 3 * n);

	t->words.w[at] = n;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t kid = schema(t, rows[i]);

		text_row(t, at + 1 + 3 * i, rows[i]->string);
		t->words.w[at + 3 + 3 * i] = kid;
	}
	free(rows);
	return at;
}

static uint32_t schema_list(struct tool *t, const cJSON *list)
{
	const cJSON *item = NULL;
	uint32_t row = 1;

	if (!list)
		return 0;

	uint32_t n = (uint32_t)cJSON_GetArraySize(list);
	uint32_t at = room(t, 1 + n);

	t->words.w[at] = n;
	cJSON_ArrayForEach(item, list)
	{
		uint32_t kid = schema(t, item);

		t->words.w[at + row++] = kid;
	}
	return at;
}

static uint32_t type_bits(const cJSON *type)
{
	static const struct {
		const char *name;
		uint32_t bit;
	} names[] = { { "object", TYPE_OBJECT },  { "array", TYPE_ARRAY },
		      { "string", TYPE_STRING },  { "integer", TYPE_INTEGER },
		      { "number", TYPE_INTEGER }, { "boolean", TYPE_BOOLEAN } };
	const cJSON *item = NULL;
	uint32_t bits = 0;

	if (cJSON_IsArray(type)) {
		cJSON_ArrayForEach(item, type) bits |= type_bits(item);
		return bits;
	}
	for (size_t i = 0; type && i < sizeof(names) / sizeof(*names); i++)
		if (strcmp(type->valuestring, names[i].name) == 0)
			bits |= names[i].bit;
	return bits;
}

/* The row of a pattern, one for equal patterns. */
static uint32_t pattern(struct tool *t, const cJSON *p)
{
	size_t n = p ? strlen(p->valuestring) : 0;

	if (!p)
		return 0;
	for (uint32_t i = 0; i < t->n_patterns; i++)
		if (t->patterns[2 * i + 1] == n &&
		    memcmp(t->pool.p + t->patterns[2 * i], p->valuestring, n) == 0)
			return i + 1;
	if (t->n_patterns >= 128)
		stop("too many patterns", p->valuestring);
	t->patterns[2 * t->n_patterns] = (uint32_t)t->pool.n;
	t->patterns[2 * t->n_patterns + 1] = (uint32_t)n;
	buf_put(&t->pool, p->valuestring, n + 1);
	return ++t->n_patterns;
}

static uint32_t limits(struct tool *t, const cJSON *s)
{
	static const struct {
		const char *key;
		uint32_t which;
	} keys[] = { { "minLength", LIMIT_MIN_LENGTH },    { "maxLength", LIMIT_MAX_LENGTH },
		     { "minItems", LIMIT_MIN_ITEMS },      { "maxItems", LIMIT_MAX_ITEMS },
		     { "minProperties", LIMIT_MIN_PROPS }, { "maxProperties", LIMIT_MAX_PROPS },
		     { "minimum", LIMIT_MINIMUM },         { "maximum", LIMIT_MAXIMUM },
		     { "exclusiveMinimum", LIMIT_MINIMUM } };
	uint32_t n = 0, rows[27];

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		const cJSON *v = cJSON_GetObjectItemCaseSensitive(s, keys[i].key);

		if (!cJSON_IsNumber(v) || fabs(v->valuedouble) > 9e18)
			continue;

		int64_t value = (int64_t)v->valuedouble + (strncmp(keys[i].key, "excl", 4) == 0);

		rows[3 * n] = keys[i].which;
		rows[3 * n + 1] = (uint32_t)value;
		rows[3 * n++ + 2] = (uint32_t)((uint64_t)value >> 32);
	}
	if (!n)
		return 0;

	uint32_t at = room(t, 1 + 3 * n);

	t->words.w[at] = n;
	memcpy(t->words.w + at + 1, rows, (size_t)3 * n * sizeof(*rows));
	return at;
}

static const cJSON *at(const cJSON *s, const char *key)
{
	return cJSON_GetObjectItemCaseSensitive(s, key);
}

/* A definition is made once per file; its place is known before its body, so it may be recursive.
 */
static uint32_t reference(struct tool *t, const char *ref)
{
	const char *name = strrchr(ref, '/') + 1;

	for (size_t i = 0; i < t->n_refs; i++)
		if (strcmp(t->refs[i].name, name) == 0)
			return t->refs[i].schema;

	const cJSON *body = at(t->definitions, name);

	if (!body || t->n_refs == sizeof(t->refs) / sizeof(*t->refs))
		stop("cannot be resolved", ref);

	if (at(body, "$ref"))
		return reference(t, at(body, "$ref")->valuestring);

	uint32_t place = room(t, SLOT_SIZE);

	t->refs[t->n_refs++] = (struct ref){ name, place };

	uint32_t made = schema(t, body);

	memcpy(t->words.w + place, t->words.w + made, SLOT_SIZE * sizeof(uint32_t));
	return place;
}

/* additionalProperties: absent or true is open, false closed, else a schema. */
static uint32_t additional(struct tool *t, const cJSON *s)
{
	const cJSON *a = at(s, "additionalProperties");

	if (cJSON_IsObject(a))
		return schema(t, a);
	return !cJSON_IsFalse(a);
}

static uint32_t one_schema(struct tool *t, const cJSON *s)
{
	return s ? schema(t, s) : 0;
}

static uint32_t enumeration(struct tool *t, const cJSON *s)
{
	const cJSON *only = at(s, "const");

	if (!only)
		return text_list(t, at(s, "enum"));

	uint32_t list = room(t, 3);

	t->words.w[list] = 1;
	text_row(t, list + 1, only->valuestring);
	return list;
}

static uint32_t schema(struct tool *t, const cJSON *s)
{
	uint32_t w[SLOT_SIZE] = { 0 };

	if (cJSON_IsBool(s)) {
		w[SLOT_ADDITIONAL] = 1;
	} else if (at(s, "$ref")) {
		return reference(t, at(s, "$ref")->valuestring);
	} else {
		w[SLOT_TYPES] = type_bits(at(s, "type"));
		w[SLOT_PROPS] = properties(t, at(s, "properties"));
		w[SLOT_ADDITIONAL] = additional(t, s);
		w[SLOT_REQUIRED] = text_list(t, at(s, "required"));
		w[SLOT_ITEMS] = one_schema(t, at(s, "items"));
		w[SLOT_ENUM] = enumeration(t, s);
		w[SLOT_PATTERN] = pattern(t, at(s, "pattern"));
		w[SLOT_LIMITS] = limits(t, s);
		w[SLOT_NAMES] = one_schema(t, at(s, "propertyNames"));
		w[SLOT_MAP_KEYS] = text_list(t, at(s, "x-kubernetes-list-map-keys"));
		w[SLOT_ANY] = schema_list(t, at(s, "anyOf"));
		w[SLOT_ONE] = schema_list(t, at(s, "oneOf"));
		w[SLOT_NOT] = one_schema(t, at(s, "not"));
	}

	uint32_t place = room(t, SLOT_SIZE);

	memcpy(t->words.w + place, w, sizeof(w));
	return place;
}

static cJSON *read_json(const char *dir, const char *name)
{
	char path[4096], chunk[65536];
	struct buf text = { 0 };

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);

	FILE *f = fopen(path, "rb");

	if (!f)
		stop(strerror(errno), path);
	for (size_t n; (n = fread(chunk, 1, sizeof(chunk), f)) > 0;)
		buf_put(&text, chunk, n);
	(void)fclose(f);

	cJSON *json = cJSON_Parse(buf_z(&text));

	if (!json)
		stop("is not JSON", path);
	buf_release(&text);
	return json;
}

static void add_kind(struct tool *t, const char *dir, const cJSON *kind, uint32_t row)
{
	cJSON *file = read_json(dir, at(kind, "file")->valuestring);

	t->definitions = at(file, "definitions");
	t->n_refs = 0;

	uint32_t made = schema(t, file);

	text_row(t, row + KIND_NAME, kind->string);
	t->words.w[row + KIND_CLUSTER] = strcmp(at(kind, "scope")->valuestring, "Cluster") == 0;
	t->words.w[row + KIND_SCHEMA] = made;
	cJSON_Delete(file);
}

int main(int argc, char **argv)
{
	static struct tool t;
	const cJSON *kind = NULL;

	if (argc != 2)
		stop("usage: compact DIR", "arguments");

	cJSON *index = read_json(argv[1], "index.json");
	const cJSON *kinds = at(index, "kinds");
	uint32_t n = (uint32_t)cJSON_GetArraySize(kinds);

	(void)room(&t, HEAD_SIZE);

	uint32_t list = room(&t, 1 + n * KIND_SIZE), row = list + 1;

	t.words.w[list] = n;
	cJSON_ArrayForEach(kind, kinds)
	{
		add_kind(&t, argv[1], kind, row);
		row += KIND_SIZE;
	}

	uint32_t patterns = room(&t, 1 + 2 * t.n_patterns);

	t.words.w[patterns] = t.n_patterns;
	memcpy(t.words.w + patterns + 1, t.patterns, (size_t)2 * t.n_patterns * sizeof(uint32_t));
	t.words.w[HEAD_MAGIC] = COMPACT_MAGIC;
	t.words.w[HEAD_WORDS] = t.words.n;
	t.words.w[HEAD_KINDS] = list;
	t.words.w[HEAD_PATTERNS] = patterns;
	(void)fwrite(t.words.w, sizeof(uint32_t), t.words.n, stdout);
	(void)fwrite(t.pool.p, 1, t.pool.n, stdout);
	cJSON_Delete(index);
	free(t.words.w);
	buf_release(&t.pool);
	return fflush(stdout) != 0;
}
