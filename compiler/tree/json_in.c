/* SPDX-License-Identifier: Apache-2.0 */
/* json_in.c: a strict look at the text, then cJSON. The one user of cJSON.h in the compiler. */
#include "tree/json_in.h"

#include <cjson/cJSON.h>

#include "base/buf.h"
#include "base/utf8.h"

enum { SIZE_MOST = 4 * 1024 * 1024, DEPTH_MOST = 64, DIGITS_MOST = 15 };

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Behind the string that begins at i, or 0. */
static size_t scan_string(struct str s, size_t i)
{
	for (i++; i < s.n; i++) {
		if (s.p[i] == '"')
			return i + 1;
		if ((unsigned char)s.p[i] < 0x20)
			return 0;
		if (s.p[i] != '\\')
			continue;
		if (str_starts(str_cut(s, i + 1, s.n), "u0000"))
			return 0;
		i++;
	}
	return 0;
}

static size_t scan_digits(struct str s, size_t i)
{
	while (i < s.n && is_digit(s.p[i]))
		i++;
	return i;
}

static bool at_any(struct str s, size_t i, const char *signs)
{
	return i < s.n && s.p[i] != 0 && strchr(signs, s.p[i]) != NULL;
}

/* Behind the number that begins at i, or 0 for what is none; *exact: it is whole, and exact in a
 * double. */
static size_t scan_number(struct str s, size_t i, bool *exact)
{
	size_t first = i + (s.p[i] == '-'), end = scan_digits(s, first), part = end;

	if (end == first || (s.p[first] == '0' && end - first > 1))
		return 0;
	*exact = end - first <= DIGITS_MOST;
	if (at_any(s, end, ".")) {
		part = scan_digits(s, end + 1);
		if (part == end + 1)
			return 0;
	}
	if (at_any(s, part, "eE")) {
		size_t power = part + 1 + at_any(s, part + 1, "+-");

		part = scan_digits(s, power);
		if (part == power)
			return 0;
	}
	*exact = *exact && part == end;
	return part;
}

/* Where what begins at i ends: a text, a number, or a single sign. 0 with *why for none of them.
 * *exact is false for a number that JSON's other readers may take for another one. */
static size_t scan_token(struct str s, size_t i, bool *exact, const char **why)
{
	unsigned char c = (unsigned char)s.p[i];
	bool is_number = c == '-' || is_digit(s.p[i]);

	*why = "it has signs outside of its texts that are no JSON";
	if (c == '"') {
		*why = "a text in it does not end, or holds a control character";
		return scan_string(s, i);
	}
	if (is_number) {
		*why = "a number in it is not whole, or has more than 15 digits";
		return scan_number(s, i, exact);
	}
	return c >= 0x7f || (c < 0x20 && !is_blank(s.p[i])) ? 0 : i + 1;
}

static void put_token(struct buf *out, struct str token, bool exact)
{
	if (!exact)
		buf_char(out, '"');
	buf_str(out, token);
	if (!exact)
		buf_char(out, '"');
}

/* NULL, or why text is not taken: what cJSON would let pass. With loose, the text goes there, and
 * numbers that are not exact in quotes. */
static const char *scan(struct str s, struct buf *loose)
{
	const char *why = NULL;
	int depth = 0;

	if (s.n > SIZE_MOST || !utf8_valid(s))
		return "it is too large, or not UTF-8";
	for (size_t i = 0, end = 0; i < s.n; i = end) {
		char c = s.p[i];
		bool exact = true;

		end = scan_token(s, i, &exact, &why);
		if (!end || (!exact && !loose))
			return why;
		if (loose)
			put_token(loose, str_cut(s, i, end), exact);
		depth += (c == '{' || c == '[') - (c == '}' || c == ']');
		if (depth > DEPTH_MOST)
			return "it is nested more than 64 deep";
	}
	return NULL;
}

static bool has_twins(const struct node *map)
{
	node_each(kid, map) for (const struct node *k = kid->next; k; k = k->next)
	{
		if (str_eq(k->key, kid->key))
			return true;
	}
	return false;
}

/* A scalar of j, or an empty list or map. */
static struct node *one(struct arena *a, const cJSON *j, struct pos pos)
{
	if (cJSON_IsBool(j))
		return node_bool(a, pos, cJSON_IsTrue(j));
	if (cJSON_IsNumber(j))
		return node_int(a, pos, (int64_t)cJSON_GetNumberValue(j));
	if (cJSON_IsString(j))
		return node_str(a, pos, arena_str(a, str_of(cJSON_GetStringValue(j))));
	if (cJSON_IsArray(j))
		return node_new(a, NODE_LIST, pos);
	return node_new(a, cJSON_IsObject(j) ? NODE_MAP : NODE_NULL, pos);
}

/* The tree of j; at most 64 levels, as scan has seen to. NULL when a key stands twice. */
static struct node *build(struct arena *a, const cJSON *j, struct pos pos)
{
	struct node *n = one(a, j, pos);
	struct node_list kids = { 0 };

	if (n->kind != NODE_LIST && n->kind != NODE_MAP)
		return n;
	for (const cJSON *kid = j->child; kid; kid = kid->next) {
		struct node *made = build(a, kid, pos);

		if (!made)
			return NULL;
		if (n->kind == NODE_MAP)
			node_put(&kids, arena_str(a, str_of(kid->string)), made);
		else
			node_add(&kids, made);
	}
	n->kids = kids.first;
	return n->kind == NODE_MAP && has_twins(n) ? NULL : n;
}

static bool all_blank(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_blank(s.p[i]))
			return false;
	return true;
}

/* The tree of text, which scan has passed. */
static const struct node *parse(struct arena *a, struct str text, struct pos pos, const char **why)
{
	const char *end = NULL;
	const struct node *n = NULL;
	cJSON *root = cJSON_ParseWithLengthOpts(text.p, text.n, &end, false);

	if (!root || !all_blank(str_cut(text, (size_t)(end - text.p), text.n)))
		*why = "it is no JSON, or something stands behind it";
	else
		n = build(a, root, pos);
	if (!*why && !n)
		*why = "a key stands twice";
	cJSON_Delete(root);
	return n;
}

const struct node *json_read(struct arena *a, struct str text, struct pos pos, const char **why)
{
	*why = scan(text, NULL);
	return *why ? NULL : parse(a, text, pos, why);
}

const struct node *json_read_loose(struct arena *a, struct str text, struct pos pos,
				   const char **why)
{
	struct buf loose = { 0 };
	const struct node *n = NULL;

	*why = scan(text, &loose);
	if (!*why)
		n = parse(a, buf_view(&loose), pos, why);
	buf_release(&loose);
	return n;
}
