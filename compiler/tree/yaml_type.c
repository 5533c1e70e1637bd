/* SPDX-License-Identifier: Apache-2.0 */
/* yaml_type.c: plain text that some reader does not take for a string; typing of what no schema
 * types.
 *
 * The classes are those in which PyYAML, go-yaml v2 and v3, sigs.k8s.io/yaml, ruamel, Psych and
 * js-yaml were seen to disagree; each test accepts a little more than any of them does. */
#include "tree/yaml_type.h"

#include "base/buf.h"
#include "tree/print.h"
#include "tree/yaml.h"

enum { WORD_LONGEST = 5, NUMBER_LONGEST = 256 };

/* A word in lower case and what it resolves to. */
struct word {
	const char *text, *means;
};

static const struct word words[] = {
	{ "y", "true" },  { "yes", "true" },  { "on", "true" },   { "true", "true" },
	{ "n", "false" }, { "no", "false" },  { "off", "false" }, { "false", "false" },
	{ "~", "null" },  { "null", "null" }, { "", "null" },
};

static const char *word_means(struct str s)
{
	char low[WORD_LONGEST];

	if (s.n > WORD_LONGEST)
		return NULL;
	for (size_t i = 0; i < s.n; i++)
		low[i] = (char)(s.p[i] >= 'A' && s.p[i] <= 'Z' ? s.p[i] | 0x20 : s.p[i]);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (str_eq((struct str){ low, s.n }, str_of(words[i].text)))
			return words[i].means;
	return NULL;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The length of the run at the start of s whose bytes are all in set. */
static size_t run_of(struct str s, const char *set)
{
	size_t n = 0;

	while (n < s.n && s.p[n] && strchr(set, s.p[n]))
		n++;
	return n;
}

static struct str behind(struct str s, size_t n)
{
	return str_cut(s, n, s.n);
}

/* 0x1F 0b101 0o17, with anything that could be a digit or a separator. */
static bool is_based(struct str s)
{
	if (s.n < 2 || s.p[0] != '0' || !strchr("xXbBoO", s.p[1]))
		return false;
	s = behind(s, 2);
	return run_of(s, "0123456789abcdefABCDEF") == s.n;
}

/* 1e3 1.5e-3: what stands behind the digits. */
static bool is_exponent(struct str s)
{
	if (!s.n || (s.p[0] != 'e' && s.p[0] != 'E'))
		return false;
	s = behind(s, 1);
	s = behind(s, s.n && (s.p[0] == '-' || s.p[0] == '+'));
	return s.n && run_of(s, "0123456789") == s.n;
}

/* 12 012 1_000 1,000 .5 5. 1.5 1e3 */
static bool is_decimal(struct str s)
{
	size_t n = run_of(s, "0123456789.");
	size_t dots = 0, digits = 0;

	for (size_t i = 0; i < n; i++) {
		dots += s.p[i] == '.';
		digits += is_digit(s.p[i]);
	}
	return digits && dots <= 1 && (n == s.n || is_exponent(behind(s, n)));
}

/* 12:30 1:2:3 190:20:30.5: base 60 to YAML 1.1. */
static bool is_sexagesimal(struct str s)
{
	size_t parts = 0;
	size_t n = s.n && is_digit(s.p[0]) ? run_of(s, "0123456789") : 0;

	while (n && n < s.n && s.p[n] == ':') {
		s = behind(s, n + 1);
		n = run_of(s, "0123456789");
		parts++;
	}
	if (!parts || !n)
		return false;
	s = behind(s, n);
	return !s.n || (s.p[0] == '.' && run_of(behind(s, 1), "0123456789") == s.n - 1);
}

/* 2001-12-14 and what may stand behind it in a timestamp. */
static bool is_date(struct str s)
{
	size_t year = run_of(s, "0123456789");

	if (year != 4 || year == s.n || s.p[year] != '-')
		return false;
	s = behind(s, year + 1);

	size_t month = run_of(s, "0123456789");

	if (month < 1 || month > 2 || month == s.n || s.p[month] != '-')
		return false;
	s = behind(s, month + 1);

	size_t day = run_of(s, "0123456789");

	return day >= 1 && day <= 2 && (day == s.n || strchr("Tt \t", s.p[day]));
}

/* .inf .nan in any case. */
static bool is_endless(struct str s)
{
	return s.n == 4 && s.p[0] == '.' &&
	       (((s.p[1] | 0x20) == 'i' && (s.p[2] | 0x20) == 'n' && (s.p[3] | 0x20) == 'f') ||
		((s.p[1] | 0x20) == 'n' && (s.p[2] | 0x20) == 'a' && (s.p[3] | 0x20) == 'n'));
}

/* What s, a text without sign and separators, is to some reader. */
static const char *number_class(struct str s)
{
	if (is_date(s))
		return "a date";
	if (is_sexagesimal(s))
		return "a number in base 60";
	if (is_based(s))
		return "a number in another base";
	if (is_decimal(s) && s.n > 1 && s.p[0] == '0' && run_of(s, "01234567") == s.n)
		return "an octal number";
	return is_decimal(s) || is_endless(s) ? "a number" : NULL;
}

/* The class of a text that may be a number. Readers drop separators first: go-yaml reads -_1, 0_o2
 * and 9e_-1, Psych 1,000. */
static const char *squeezed_class(struct str s)
{
	char squeezed[NUMBER_LONGEST];
	size_t n = 0;

	if (s.n > NUMBER_LONGEST)
		return run_of(s, "0123456789abcdefABCDEFxXoO_,.:+-") == s.n ? "a number" : NULL;
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != '_' && s.p[i] != ',')
			squeezed[n++] = s.p[i];
	return number_class((struct str){ squeezed, n });
}

const char *yaml_ambiguous(struct str text)
{
	const char *means = word_means(text);

	if (means)
		return str_is(str_of(means), "null") ? "null" : "a boolean";
	if (str_is(text, "="))
		return "YAML's value key";
	if (str_is(text, "<<"))
		return "YAML's merge key";
	if (text.p[0] == ':')
		return "a symbol";
	if (text.p[0] == '-' || text.p[0] == '+')
		return squeezed_class(behind(text, 1));
	return is_digit(text.p[0]) || text.p[0] == '.' ? squeezed_class(text) : NULL;
}

/* The value of a run of digits in base, or false when it is none or too large. */
static bool read_base(struct str s, unsigned base, uint64_t *v)
{
	*v = 0;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		unsigned digit =
		    is_digit(c) ? (unsigned)(c - '0') : ((unsigned)c | 0x20) - 'a' + 10;

		if (c == '_' || c == ',')
			continue;
		if (digit >= base || *v > (UINT64_MAX - digit) / base)
			return false;
		*v = *v * base + digit;
	}
	return s.n != 0;
}

/* An integer in any of YAML 1.1's notations but base 60. */
static bool read_int(struct str s, uint64_t *v)
{
	if (is_based(s) && (s.p[1] | 0x20) == 'x')
		return read_base(behind(s, 2), 16, v);
	if (is_based(s) && (s.p[1] | 0x20) == 'b')
		return read_base(behind(s, 2), 2, v);
	if (is_based(s))
		return read_base(behind(s, 2), 8, v);
	if (s.n > 1 && s.p[0] == '0' && read_base(s, 8, v))
		return true;
	return s.n && is_digit(s.p[0]) && read_base(s, 10, v);
}

struct str yaml_resolved(struct arena *a, struct str text)
{
	const char *means = word_means(text);
	bool minus = text.n && text.p[0] == '-';
	uint64_t v;

	if (means)
		return str_of(means);
	if (!text.n || !read_int(behind(text, minus || text.p[0] == '+'), &v))
		return text;
	return arena_fmt(a, "%s%llu", minus && v ? "-" : "", (unsigned long long)v);
}

struct typing {
	struct arena *arena;
	struct diags *diags;
	bool nulls;
};

static void refuse_null(const struct typing *t, const struct node *n)
{
	if (!n->text.n)
		diag_error(t->diags, MSG_yaml_null, n->pos,
			   "%s%s%s has no value: write one, or \"\" for empty text",
			   n->key.n ? "'" : "",
			   n->key.n ? print_text_inline(t->arena, n->key).p : "the item",
			   n->key.n ? "'" : "");
	else
		diag_error(t->diags, MSG_yaml_null, n->pos,
			   "'%s' is null, which nothing may be: leave the key out, or write \"%s\" "
			   "for the text",
			   n->text.p, n->text.p);
}

static void refuse_ambiguous(const struct typing *t, const struct node *n, const char *class)
{
	struct str text = print_text_inline(t->arena, n->text);

	diag_error(
	    t->diags, MSG_yaml_ambiguous, n->pos,
	    "'%s' is %s to some YAML readers: write \"%s\" for text, or the value in its plain "
	    "form (true, false, 12)",
	    text.p, class, text.p);
}

static struct node *type_plain(const struct typing *t, struct node *n)
{
	const char *class = yaml_ambiguous(n->text);
	int64_t num;

	n->plain = false;
	if (str_is(n->text, "true") || str_is(n->text, "false")) {
		n->kind = NODE_BOOL;
		n->flag = n->text.p[0] == 't';
	} else if (str_int(n->text, &num)) {
		n->kind = NODE_INT;
		n->num = num;
	} else if (class && str_is(str_of(class), "null")) {
		if (t->nulls)
			n->kind = NODE_NULL;
		else
			refuse_null(t, n);
	} else if (class)
		refuse_ambiguous(t, n, class);
	return n;
}

static struct node *type_node(const struct typing *t, const struct node *n)
{
	struct node *copy = node_loose(t->arena, n);
	struct node_list kids = { 0 };

	if (n->kind == NODE_STR && n->plain)
		return type_plain(t, copy);
	if (n->kind != NODE_MAP && n->kind != NODE_LIST)
		return copy;
	node_each(kid, n) node_add(&kids, type_node(t, kid));
	copy->kids = kids.first;
	return copy;
}

const struct node *yaml_resolve(struct arena *a, struct diags *d, const struct node *root,
				bool nulls)
{
	struct typing t = { a, d, nulls };

	return type_node(&t, root);
}
