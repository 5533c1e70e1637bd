/* SPDX-License-Identifier: Apache-2.0 */
/* texts.c: the types of contracts. */
#include "link/texts.h"

#include "kube/pattern.h"
#include "tree/json_in.h"
#include "tree/number.h"

static const char *enum_error(struct arena *a, const struct node *row, struct str text)
{
	const struct node *list = node_at(row, "enum");
	struct buf names = { 0 };
	const char *out = NULL;

	if (!list || list->kind != NODE_LIST || node_lists(list, text))
		return NULL;
	node_each(v, list) buf_fmt(&names, "%s%s", names.n ? ", " : "", v->text.p);
	out = arena_fmt(a, "one of: %s", buf_z(&names)).p;
	buf_release(&names);
	return out;
}

static bool is_octal(const struct node *row)
{
	return str_is(node_text(row, "note"), "octal");
}

static const char *integer_error(struct arena *a, const struct node *row, struct str text)
{
	int64_t v = 0, bound = 0;

	if (is_octal(row) && text.n > 1 && *text.p == '0')
		text = str_cut(text, 1, text.n);
	if (!str_int(text, &v))
		return "a whole number";
	if (str_int(node_text(row, "min"), &bound) && v < bound)
		return arena_fmt(a, "%lld or more", (long long)bound).p;
	if (str_int(node_text(row, "max"), &bound) && v > bound)
		return arena_fmt(a, "%lld or less", (long long)bound).p;
	return NULL;
}

/* Digits with at most one point. */
static const char *real_error(const struct node *row, struct str text)
{
	size_t point = str_find(text, '.');
	int64_t v = 0, bound = 0;
	struct str whole = str_cut(text, 0, point), rest = str_cut(text, point + 1, text.n);

	for (size_t i = 0; i < rest.n; i++)
		if (rest.p[i] < '0' || rest.p[i] > '9')
			return "a number";
	if (!str_int(whole, &v) || (point < text.n && !rest.n))
		return "a number";
	if (str_int(node_text(row, "min"), &bound) && v < bound)
		return "a number in its range";
	return NULL;
}

static const char *object_error(struct arena *a, struct str text)
{
	const char *why = NULL;
	const struct node *n = json_read(a, text, (struct pos){ 0 }, &why);

	return n && n->kind == NODE_MAP ? NULL : "a JSON object";
}

/* 2026-01-31 12:00:00+00:00, with a blank or T between. Z is an abbreviation, and PostgreSQL reads
 * its configuration before those. */
static const char *time_error(struct arena *a, struct str text)
{
	struct instant at;
	struct str s = arena_str(a, text);
	char *blank = arena_alloc(a, s.n + 1, 1);

	memcpy(blank, s.p, s.n);
	if (s.n > 10 && blank[10] == ' ')
		blank[10] = 'T';
	if (text.n && time_parse((struct str){ blank, s.n }, &at))
		return "a time with its offset from UTC";
	return str_ends(text, "Z") || str_ends(text, "z")
		   ? "a time with its offset in digits, +00:00"
		   : NULL;
}

static const char *url_error(struct str text)
{
	size_t colon = str_find(text, ':');

	return colon && str_starts(str_cut(text, colon, text.n), "://") ? NULL : "a URL";
}

static bool is_one_of(struct str text, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_is(text, words[i]))
			return true;
	return false;
}

/* Any text is true there, "false" too: what means no is left out. */
static const char *nonempty_error(struct str text)
{
	static const char *const noes[] = { "", "false", "0", "no", "off" };

	return is_one_of(text, noes, 5) ? "any text as true, this one too: leave it out to say no"
					: NULL;
}

static const char *boolean_error(struct str text)
{
	static const char *const words[] = { "true", "false", "1", "0" };

	return is_one_of(text, words, 4) ? NULL : "true or false";
}

/* Five fields, as crond reads them: a day that never comes (0 0 31 2 *) is a way to say never. */
static const char *cron_error(struct str text)
{
	size_t fields = 0;

	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] != ' ' && !strchr("0123456789*,/-", text.p[i]))
			return "a cron schedule";
		fields += text.p[i] != ' ' && (i == 0 || text.p[i - 1] == ' ');
	}
	return fields == 5 ? NULL : "a cron schedule of five fields";
}

static const char *pattern_error(struct arena *a, const struct node *row, struct str text)
{
	struct str written = node_text(row, "pattern");
	struct pattern p;
	bool fits = true;

	if (!written.n)
		return NULL;
	pattern_init(&p, written.p);
	fits = !pattern_good(&p) || pattern_matches(&p, arena_str(a, text));
	pattern_release(&p);
	return fits ? NULL : arena_fmt(a, "what fits %s", written.p).p;
}

static const char *shape_error(struct arena *a, struct str type, struct str text)
{
	int64_t seconds = 0;

	if (str_is(type, "path") && !(text.n && *text.p == '/'))
		return "an absolute path";
	if (str_is(type, "url"))
		return url_error(text);
	if (str_is(type, "cron"))
		return cron_error(text);
	if (str_is(type, "duration") && duration_parse(text, &seconds))
		return "a duration such as 30s or 5m";
	if (str_is(type, "json-object"))
		return object_error(a, text);
	return str_is(type, "time-offset") ? time_error(a, text) : NULL;
}

const char *text_error(struct arena *a, const struct node *row, struct str text)
{
	struct str type = node_text(row, "type");
	const char *wrong = NULL;

	if (str_is(type, "enum"))
		wrong = enum_error(a, row, text);
	else if (str_is(type, "integer"))
		wrong = integer_error(a, row, text);
	else if (str_is(type, "real"))
		wrong = real_error(row, text);
	else if (str_is(type, "boolean-nonempty"))
		wrong = nonempty_error(text);
	else if (str_is(type, "boolean-true"))
		wrong = str_is(text, "true") || str_is(text, "false") ? NULL : "true or false";
	else if (str_is(type, "boolean"))
		wrong = boolean_error(text);
	else if (str_is(type, "bool"))
		wrong = str_is(text, "0") || str_is(text, "1") ? NULL : "0 or 1";
	else
		wrong = shape_error(a, type, text);
	return wrong ? wrong : pattern_error(a, row, text);
}
