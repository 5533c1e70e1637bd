/* SPDX-License-Identifier: Apache-2.0 */
/* print_quick.c: a reader of the canonical form alone, many times faster than one of all YAML.
 *
 * It walks text and tree together and accepts exactly what print_yaml may write; that libyaml reads
 * such text the same way is what print_check, the fuzz target and the property tests hold. */
#include <assert.h>

#include "base/arena.h"
#include "base/utf8.h"
#include "tree/path.h"
#include "tree/print.h"
#include "tree/print_text.h"
#include "tree/sorted.h"

/* libyaml gives up on a key of more than 1024 characters. */
enum { INDENT = 2, KEY_LONGEST = 1000 };

struct quick {
	struct str text;
	size_t at;
	struct err *err;
};

/* Records what is wrong at the place of t. */
static int differs(struct quick *q, const struct trail *t, const char *what)
{
	struct arena *a = arena_new();
	struct str path = path_of_trail(a, t);
	size_t line = 1;

	for (size_t i = 0; i < q->at; i++)
		line += q->text.p[i] == '\n';
	(void)err_set(q->err, "%s: %s (line %zu of the written text)", path.n ? path.p : "root",
		      what, line);
	arena_free(a);
	return -1;
}

static bool eat(struct quick *q, const char *p, size_t n)
{
	if (q->text.n - q->at < n || memcmp(q->text.p + q->at, p, n) != 0)
		return false;
	q->at += n;
	return true;
}

static bool eat_char(struct quick *q, char c)
{
	return eat(q, &c, 1);
}

static bool eat_pad(struct quick *q, size_t n)
{
	if (q->text.n - q->at < n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (q->text.p[q->at + i] != ' ')
			return false;
	q->at += n;
	return true;
}

/* The character that a one-letter escape stands for, or -1. */
static int short_escape(char c)
{
	static const char letters[] = "\"\\bfnrt", means[] = "\"\\\b\f\n\r\t";

	for (size_t i = 0; i < sizeof(letters) - 1; i++)
		if (letters[i] == c)
			return means[i];
	return -1;
}

/* The value of four hex digits, or -1. */
static int hex4(const char *p)
{
	int v = 0;

	for (size_t i = 0; i < 4; i++) {
		char c = p[i];
		bool digit = c >= '0' && c <= '9';

		if (!digit && !(c >= 'a' && c <= 'f'))
			return -1;
		v = v * 16 + (digit ? c - '0' : c - 'a' + 10);
	}
	return v;
}

/* An escape, whose backslash is eaten: the character, or -1. */
static int64_t read_escape(struct quick *q)
{
	size_t left = q->text.n - q->at;
	const char *p = q->text.p + q->at;

	if (left >= 5 && p[0] == 'u') {
		q->at += 5;
		return hex4(p + 1);
	}
	if (!left)
		return -1;
	q->at++;
	return short_escape(p[0]);
}

/* One character of s at *i, written as an escape or as it is. */
static bool eat_special(struct quick *q, struct str s, size_t *i)
{
	uint32_t c;
	size_t length = utf8_read(s.p + *i, s.n - *i, &c);

	if (!length || !c)
		return false;
	*i += length;
	if (eat_char(q, '\\'))
		return read_escape(q) == (int64_t)c;
	if (utf8_is_control(c) || c == '"' || (c < 0x10000 && utf8_is_hidden(c)))
		return false;
	return eat(q, s.p + *i - length, length);
}

static bool is_clean(char c)
{
	return c >= ' ' && c < 0x7f && c != '"' && c != '\\';
}

/* s in double quotes, the first of which is eaten. */
static bool eat_quoted(struct quick *q, struct str s)
{
	for (size_t i = 0; i < s.n;) {
		size_t left = q->text.n - q->at, from = i;
		const char *p = q->text.p + q->at;

		while (i < s.n && i - from < left && p[i - from] == s.p[i] && is_clean(s.p[i]))
			i++;
		q->at += i - from;
		if (i < s.n && !eat_special(q, s, &i))
			return false;
	}
	return eat_char(q, '"');
}

/* s on one line, quoted when it must be. */
static bool eat_scalar(struct quick *q, struct str s)
{
	if (eat_char(q, '"'))
		return eat_quoted(q, s);
	return print_is_plain(s) && eat(q, s.p, s.n);
}

/* The lines of s behind "|", indented. */
static bool eat_block(struct quick *q, struct str s, size_t indent)
{
	if (!print_is_block(s) || !eat_char(q, '\n'))
		return false;
	while (s.n) {
		size_t end = str_find(s, '\n');

		if ((end && !eat_pad(q, indent)) || !eat(q, s.p, end + 1))
			return false;
		s = str_cut(s, end + 1, s.n);
	}
	return true;
}

static bool eat_int(struct quick *q, int64_t num)
{
	struct buf digits = { 0 };

	buf_int(&digits, num);

	bool good = eat(q, digits.p, digits.n);

	buf_release(&digits);
	return good;
}

static bool eat_word(struct quick *q, const char *word)
{
	return eat(q, word, strlen(word));
}

/* A scalar and the end of its line. */
static int check_leaf(struct quick *q, const struct trail *t, size_t indent)
{
	const struct node *n = t->node;
	bool good = false;

	if (n->kind == NODE_STR && t->up && eat_char(q, '|'))
		return eat_block(q, n->text, indent) ? 0 : differs(q, t, "another text is written");
	if (n->kind == NODE_INT && !print_is_safe_int(n->num))
		return differs(q, t, "the integer is beyond +-(2^53-1)");
	if (n->kind == NODE_STR)
		good = eat_scalar(q, n->text);
	else if (n->kind == NODE_INT)
		good = eat_int(q, n->num);
	else if (n->kind == NODE_BOOL)
		good = eat_word(q, n->flag ? "true" : "false");
	else
		good = eat_word(q, "null");
	return good && eat_char(q, '\n') ? 0 : differs(q, t, "another value is written");
}

static int check_value(struct quick *q, const struct trail *t, size_t indent);
static int check_item(struct quick *q, const struct trail *t, size_t indent);

static bool eat_key(struct quick *q, struct str key)
{
	size_t from = q->at;

	return eat_scalar(q, key) && q->at - from <= KEY_LONGEST && eat_char(q, ':');
}

/* A map whose first key is next in the text. */
static int check_map(struct quick *q, const struct trail *t, size_t indent)
{
	struct sorted s;
	const struct node *before = NULL;
	int rc = 0;

	for (const struct node *kid = sorted_first(&s, t->node); rc == 0 && kid;
	     kid = sorted_next(&s, kid)) {
		struct trail below = { t, kid };

		if (before && str_eq(before->key, kid->key))
			rc = differs(q, &below, "the key is there twice");
		else if ((before && !eat_pad(q, indent)) || !eat_key(q, kid->key))
			rc = differs(q, &below, "another key is written");
		else
			rc = check_value(q, &below, indent);
		before = kid;
	}
	sorted_end(&s);
	return rc;
}

/* A list whose first dash is next in the text. */
static int check_list(struct quick *q, const struct trail *t, size_t indent)
{
	bool first = true;

	node_each(item, t->node)
	{
		struct trail below = { t, item };

		if ((!first && !eat_pad(q, indent)) || !eat_char(q, '-') || !eat_char(q, ' '))
			return differs(q, &below, "another structure is written");
		if (check_item(q, &below, indent) < 0)
			return -1;
		first = false;
	}
	return 0;
}

static bool is_nest(const struct node *n)
{
	return n->kind == NODE_MAP || n->kind == NODE_LIST;
}

static int check_empty(struct quick *q, const struct trail *t)
{
	if (eat(q, t->node->kind == NODE_MAP ? "{}\n" : "[]\n", 3))
		return 0;
	return differs(q, t, "another structure is written");
}

/* What stands behind "- " at indent. */
static int check_item(struct quick *q, const struct trail *t, size_t indent)
{
	if (!is_nest(t->node))
		return check_leaf(q, t, indent + INDENT);
	if (!t->node->kids)
		return check_empty(q, t);
	if (t->node->kind == NODE_MAP)
		return check_map(q, t, indent + INDENT);
	return check_list(q, t, indent + INDENT);
}

/* What stands behind "key:" at indent. */
static int check_value(struct quick *q, const struct trail *t, size_t indent)
{
	bool nest = is_nest(t->node) && t->node->kids;
	size_t in = indent + (t->node->kind == NODE_LIST ? 0 : INDENT);

	if (!eat_char(q, nest ? '\n' : ' '))
		return differs(q, t, "another structure is written");
	if (!nest)
		return is_nest(t->node) ? check_empty(q, t) : check_leaf(q, t, indent + INDENT);
	if (!eat_pad(q, in))
		return differs(q, t, "another structure is written");
	return t->node->kind == NODE_MAP ? check_map(q, t, in) : check_list(q, t, in);
}

static int check_root(struct quick *q, const struct trail *root)
{
	if (!is_nest(root->node))
		return check_leaf(q, root, 0);
	if (!root->node->kids)
		return check_empty(q, root);
	return root->node->kind == NODE_MAP ? check_map(q, root, 0) : check_list(q, root, 0);
}

int print_check_quick(struct str text, const struct node *n, struct err *err)
{
	struct quick q = { text, 0, err };
	struct trail root = { NULL, n };
	int rc = check_root(&q, &root);

	if (rc == 0 && q.at != text.n)
		rc = differs(&q, &root, "something is written behind the end");
	assert((rc < 0) == (err->set != 0));
	return rc;
}
