/* SPDX-License-Identifier: Apache-2.0 */
/* export_cel.c: cross-field rules as CEL for the API server (Kubernetes, "CRD validation rules").
 */
#include <inttypes.h>

#include "schema/export_in.h"

/* Names that CEL keeps for itself are written __name__ (apiserver: cel/escaping.go). */
static const char *const reserved[] = { "true",     "false",     "null",     "in",   "as",
					"break",    "const",     "continue", "else", "for",
					"function", "if",        "import",   "let",  "loop",
					"package",  "namespace", "return",   "var",  "void",
					"while" };

static void put_name(struct buf *out, struct str name)
{
	for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++) {
		if (str_is(name, reserved[i])) {
			buf_fmt(out, "__%s__", reserved[i]);
			return;
		}
	}
	for (size_t i = 0; i < name.n; i++) {
		if (str_starts(str_cut(name, i, name.n), "__")) {
			buf_text(out, "__underscores__");
			i++;
		} else if (name.p[i] == '-') {
			buf_text(out, "__dash__");
		} else if (name.p[i] == '.') {
			buf_text(out, "__dot__");
		} else if (name.p[i] == '/') {
			buf_text(out, "__slash__");
		} else {
			buf_char(out, name.p[i]);
		}
	}
}

static void put_field(struct buf *out, const char *self, const struct rule_path *path, size_t n)
{
	buf_text(out, self);
	for (size_t i = 0; i < n; i++) {
		buf_char(out, '.');
		put_name(out, path->keys[i]);
	}
}

/* Each step of the path is there: has() may not look behind a missing one. */
static void put_has(struct buf *out, const char *self, const struct rule_path *path)
{
	buf_char(out, '(');
	for (size_t i = 1; i <= path->n; i++) {
		buf_text(out, i > 1 ? " && has(" : "has(");
		put_field(out, self, path, i);
		buf_char(out, ')');
	}
	buf_char(out, ')');
}

static void put_literal(struct buf *out, const struct node *n)
{
	if (n->kind == NODE_INT) {
		buf_int(out, n->num);
		return;
	}
	if (n->kind == NODE_BOOL) {
		buf_text(out, n->flag ? "true" : "false");
		return;
	}
	buf_char(out, '\'');
	for (size_t i = 0; i < n->text.n; i++) {
		if (n->text.p[i] == '\'' || n->text.p[i] == '\\')
			buf_char(out, '\\');
		buf_char(out, n->text.p[i]);
	}
	buf_char(out, '\'');
}

static bool is_quantity(const struct schema *s)
{
	enum format_order order = format_row(s->format)->order;

	return s->type == SCHEMA_STRING && (order == ORDER_QUANTITY || order == ORDER_BYTES);
}

/* CEL knows no days in durations: those rules are judged by the compiler alone. */
static bool can_compare(const struct schema *s)
{
	return s->type == SCHEMA_INTEGER || is_quantity(s);
}

/* `left OP right`, both texts of CEL for values of schema s. */
static void put_compare(struct buf *out, const struct schema *s, const char *op, struct str left,
			struct str right)
{
	if (is_quantity(s))
		buf_fmt(out, "quantity(%.*s).compareTo(quantity(%.*s)) %s 0", (int)left.n, left.p,
			(int)right.n, right.p, op);
	else
		buf_fmt(out, "%.*s %s %.*s", (int)left.n, left.p, op, (int)right.n, right.p);
}

static void put_order(struct buf *out, const struct rule_condition *c)
{
	static const char *const ops[] = { "", "", "", ">=", ">", "<=", "<" };
	struct buf left = { 0 }, right = { 0 };

	put_field(&left, "self", &c->path, c->path.n);
	put_literal(&right, c->value);
	put_compare(out, c->path.schema, ops[c->test], buf_view(&left), buf_view(&right));
	buf_release(&left);
	buf_release(&right);
}

static void put_condition(struct buf *out, const struct rule_condition *c)
{
	if (c->test == TEST_SET) {
		buf_text(out, c->set ? "" : "!");
		put_has(out, "self", &c->path);
		return;
	}
	buf_char(out, '(');
	put_has(out, "self", &c->path);
	buf_text(out, " && ");
	if (c->test >= TEST_AT_LEAST) {
		put_order(out, c);
	} else {
		put_field(out, "self", &c->path, c->path.n);
		buf_text(out, c->test == TEST_IN ? " in [" : " == ");
		for (const struct node *v = c->value; v; v = v->next) {
			put_literal(out, v);
			buf_text(out, v->next ? ", " : "");
		}
		buf_text(out, c->test == TEST_IN ? "]" : "");
	}
	buf_char(out, ')');
}

static void put_one_of(struct buf *out, const struct schema_rule *rule)
{
	for (size_t i = 0; i < rule->n_paths; i++) {
		buf_text(out, i ? " + (" : "(");
		put_has(out, "self", &rule->paths[i]);
		buf_text(out, " ? 1 : 0)");
	}
	buf_text(out, " == 1");
}

/* `low OP high` where both are set, by the rule's form; self_low is self or oldSelf. */
static void put_ordered(struct buf *out, const struct schema_rule *rule, const char *self_low)
{
	const struct rule_path *low = &rule->paths[0], *high = &rule->paths[rule->n_paths - 1];
	const char *op = rule->form == RULE_LESS ? "<" : rule->form == RULE_DIFFER ? "!=" : "<=";
	struct buf left = { 0 }, right = { 0 };

	buf_char(out, '!');
	put_has(out, self_low, low);
	buf_text(out, " || !");
	put_has(out, "self", high);
	buf_text(out, " || ");
	put_field(&left, self_low, low, low->n);
	put_field(&right, "self", high, high->n);
	put_compare(out, low->schema, op, buf_view(&left), buf_view(&right));
	buf_release(&left);
	buf_release(&right);
}

static void put_same(struct buf *out, const struct rule_path *path)
{
	buf_char(out, '(');
	put_has(out, "self", path);
	buf_text(out, " ? (");
	put_has(out, "oldSelf", path);
	buf_text(out, " && ");
	put_field(out, "self", path, path->n);
	buf_text(out, " == ");
	put_field(out, "oldSelf", path, path->n);
	buf_text(out, ") : !");
	put_has(out, "oldSelf", path);
	buf_char(out, ')');
}

static void put_change(struct buf *out, const struct schema_rule *rule)
{
	if (rule->within.n) {
		buf_char(out, '!');
		put_same(out, &rule->within);
		buf_text(out, " || ");
	}
	if (rule->form == RULE_IMMUTABLE)
		put_same(out, &rule->paths[0]);
	else
		put_ordered(out, rule, "oldSelf");
}

/* A pending field is not in the CRD, so nothing may name it. */
static bool is_there(const struct schema *s)
{
	for (; s; s = s->parent)
		if (s->pending.n)
			return false;
	return true;
}

static void put_rule(struct buf *out, const struct schema_rule *rule)
{
	/* A pending field is never set. */
	if (rule->unless.n && is_there(rule->unless.schema)) {
		put_has(out, "self", &rule->unless);
		buf_text(out, " || ");
	}
	switch (rule->form) {
	case RULE_REQUIRES:
		buf_char(out, '!');
		put_condition(out, &rule->when);
		buf_text(out, " || ");
		put_condition(out, &rule->then);
		return;
	case RULE_FORBIDS:
		buf_text(out, "!(");
		put_condition(out, &rule->when);
		buf_text(out, " && ");
		put_condition(out, &rule->then);
		buf_char(out, ')');
		return;
	case RULE_ONE_OF:
		put_one_of(out, rule);
		return;
	case RULE_LESS_OR_EQUAL:
	case RULE_LESS:
	case RULE_DIFFER:
		put_ordered(out, rule, "self");
		return;
	case RULE_IMMUTABLE:
	case RULE_GROWS_ONLY:
		put_change(out, rule);
		return;
	}
}

/* ---- which rules CEL can say --------------------------------------------------------------- */

static bool can_say_condition(const struct rule_condition *c)
{
	return is_there(c->path.schema) && (c->test < TEST_AT_LEAST || can_compare(c->path.schema));
}

static bool can_say(const struct schema_rule *rule, bool steady)
{
	bool ordered = rule_is_ordered(rule->form);
	bool change = rule->form == RULE_IMMUTABLE || rule->form == RULE_GROWS_ONLY;

	if (rule->form == RULE_REQUIRES || rule->form == RULE_FORBIDS)
		return can_say_condition(&rule->when) && can_say_condition(&rule->then);
	for (size_t i = 0; i < rule->n_paths; i++)
		if (!is_there(rule->paths[i].schema) ||
		    (ordered && !can_compare(rule->paths[i].schema)))
			return false;
	return !change || steady;
}

struct node *export_cel(struct arena *a, const struct schema *s, bool steady)
{
	struct map list = { .arena = a, .pos = s->pos };

	for (size_t i = 0; i < s->n_rules; i++) {
		const struct schema_rule *rule = &s->rules[i];
		struct map one = { .arena = a, .pos = rule->pos };
		struct buf text = { 0 };

		if (!can_say(rule, steady))
			continue;
		put_rule(&text, rule);
		map_text(&one, "rule", arena_str(a, buf_view(&text)));
		map_text(&one, "message", arena_fmt(a, "[%s] %s", rule->id.p, rule->message.p));
		node_add(&list.list, map_done(&one));
		buf_release(&text);
	}
	return list.list.n ? build_list(&list) : NULL;
}

static void put_bound(struct buf *out, const char *op, struct str bound)
{
	if (out->n)
		buf_text(out, " && ");
	buf_fmt(out, "quantity(self).compareTo(quantity('%s')) %s 0", bound.p, op);
}

struct node *export_range(struct arena *a, const struct schema *s)
{
	struct map list = { .arena = a, .pos = s->pos }, one = list;
	struct buf rule = { 0 }, message = { 0 };

	if (!is_quantity(s) || (!s->lowest.n && !s->highest.n))
		return NULL;
	if (s->lowest.n) {
		put_bound(&rule, ">=", s->lowest);
		buf_fmt(&message, "at least %s", s->lowest.p);
	}
	if (s->highest.n) {
		put_bound(&rule, "<=", s->highest);
		buf_fmt(&message, "%sat most %s", message.n ? ", " : "", s->highest.p);
	}
	map_text(&one, "rule", buf_take(&rule, a));
	map_text(&one, "message", arena_fmt(a, "[bad-value] %s", buf_take(&message, a).p));
	node_add(&list.list, map_done(&one));
	return build_list(&list);
}

static bool is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '.';
}

/* The rule of a record's spec, whose `self` and `oldSelf` an admission policy calls otherwise. */
static struct str for_policy(struct arena *a, struct str rule)
{
	struct buf out = { 0 };
	bool quoted = false, inside = false;

	for (size_t i = 0; i < rule.n; i++) {
		struct str rest = str_cut(rule, i, rule.n);
		bool begins = !quoted && !inside;
		size_t n = 0;

		if (begins && str_starts(rest, "oldSelf."))
			n = strlen("oldSelf");
		else if (begins && str_starts(rest, "self."))
			n = strlen("self");
		if (n)
			buf_text(&out, n > 4 ? "oldObject.spec" : "object.spec");
		else
			buf_char(&out, rule.p[i]);
		i += n ? n - 1 : 0;
		quoted = quoted != (rule.p[i] == '\'');
		inside = is_name(rule.p[i]);
	}
	return buf_take(&out, a);
}

const struct node *schema_change_rules(struct arena *a, const struct schema_kind *kind)
{
	struct map list = { .arena = a, .pos = kind->spec->pos };

	for (size_t i = 0; i < kind->spec->n_rules; i++) {
		const struct schema_rule *rule = &kind->spec->rules[i];
		bool change = rule->form == RULE_IMMUTABLE || rule->form == RULE_GROWS_ONLY;
		struct map one = { .arena = a, .pos = rule->pos };
		struct buf text = { 0 };

		if (!change || !can_say(rule, true))
			continue;
		put_rule(&text, rule);
		map_text(&one, "expression", for_policy(a, buf_view(&text)));
		map_text(&one, "message", arena_fmt(a, "[%s] %s", rule->id.p, rule->message.p));
		node_add(&list.list, map_done(&one));
		buf_release(&text);
	}
	return build_list(&list);
}
