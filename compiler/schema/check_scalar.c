/* SPDX-License-Identifier: Apache-2.0 */
/* check_scalar.c: strings, integers and booleans, typed by the schema and never by their looks. */
#include <inttypes.h>

#include "schema/mend.h"
#include "schema/near.h"
#include "schema/spot.h"
#include "tree/print.h"
#include "tree/yaml.h"

enum { VALUES_NAMED = 20 };

const struct node *check_example(const struct schema *s)
{
	if (s->n_values)
		return s->example ? s->example : s->values[0].node;
	return s->example;
}

static const char *show(const struct check *c, const struct node *n)
{
	return print_node_inline(c->arena, n).p;
}

/* "; 3 would be right", or nothing. */
static const char *right(const struct check *c, const struct schema *s)
{
	const struct node *example = check_example(s);

	if (example && example->kind == NODE_STR)
		return arena_fmt(c->arena, "; %s would be right",
				 print_text_inline(c->arena, example->text).p)
		    .p;
	if (example)
		return arena_fmt(c->arena, "; %s would be right", show(c, example)).p;
	if (s->format)
		return arena_fmt(c->arena, "; %s would be right", format_row(s->format)->example).p;
	return "";
}

static struct node *wrong_kind(const struct check *c, const struct spot *spot, const char *want)
{
	const struct node *n = spot_node(spot);
	bool nested = n->kind == NODE_MAP || n->kind == NODE_LIST;

	diag_error(c->diags, MSG_wrong_type, n->pos, "'%s' must be %s, not %s%s",
		   spot_name(c, spot), want,
		   nested ? arena_fmt(c->arena, "a %s", node_kind(n)).p : show(c, n),
		   right(c, spot->schema));
	return NULL;
}

/* ---- enums --------------------------------------------------------------------------------- */

static struct node *not_allowed(const struct check *c, const struct spot *spot)
{
	const struct schema *s = spot->schema;
	const struct node *n = spot_node(spot);
	struct near near = near_to(n->kind == NODE_STR ? n->text : (struct str){ "", 0 });
	struct buf list = { 0 };

	for (size_t i = 0; i < s->n_values; i++) {
		if (i < VALUES_NAMED)
			buf_fmt(&list, "%s%s", i ? ", " : "", s->values[i].text.p);
		near_try(&near, s->values[i].text);
	}
	if (s->n_values > VALUES_NAMED)
		buf_text(&list, ", ...");
	if (near.best.n && s->type == SCHEMA_STRING)
		diag_error(c->diags, MSG_not_allowed, n->pos,
			   "'%s' cannot be %s; did you mean '%s'? allowed: %s", spot_name(c, spot),
			   show(c, n), near.best.p, buf_z(&list));
	else
		diag_error(c->diags, MSG_not_allowed, n->pos, "'%s' cannot be %s; allowed: %s",
			   spot_name(c, spot), show(c, n), buf_z(&list));
	buf_release(&list);
	return NULL;
}

static bool is_value(const struct schema *s, const struct node *typed)
{
	for (size_t i = 0; i < s->n_values; i++)
		if (node_eq(s->values[i].node, typed))
			return true;
	return !s->n_values;
}

/* ---- booleans and integers ----------------------------------------------------------------- */

static struct node *check_boolean(const struct check *c, const struct spot *spot)
{
	const struct node *n = spot_node(spot);
	bool yes = n->kind == NODE_STR && str_is(n->text, "true");
	bool no = n->kind == NODE_STR && str_is(n->text, "false");

	if (n->kind == NODE_BOOL)
		return node_loose(c->arena, n);
	if ((yes || no) && !n->plain) {
		diag_error(c->diags, MSG_wrong_type, n->pos, "'%s' must be %s without quotes",
			   spot_name(c, spot), n->text.p);
		return NULL;
	}
	if (!yes && !no)
		return wrong_kind(c, spot, "true or false");

	struct node *typed = node_loose(c->arena, n);

	typed->kind = NODE_BOOL;
	typed->plain = false;
	typed->flag = yes;
	return typed;
}

static void out_of_range(const struct check *c, const struct spot *spot)
{
	const struct schema *s = spot->schema;
	const char *name = spot_name(c, spot), *v = show(c, spot_node(spot));
	struct pos pos = spot_node(spot)->pos;

	if (s->least.set && s->most.set)
		diag_error(c->diags, MSG_out_of_range, pos,
			   "'%s' must be from %" PRId64 " to %" PRId64 ", not %s", name, s->least.v,
			   s->most.v, v);
	else if (s->least.set)
		diag_error(c->diags, MSG_out_of_range, pos,
			   "'%s' must be at least %" PRId64 ", not %s", name, s->least.v, v);
	else
		diag_error(c->diags, MSG_out_of_range, pos,
			   "'%s' must be at most %" PRId64 ", not %s", name, s->most.v, v);
}

/* A whole number that no integer here holds. */
static bool is_huge(const struct schema *s, const struct node *n)
{
	size_t i = n->kind == NODE_STR && str_starts(n->text, "-"), first = i;

	if (n->kind != NODE_STR || !n->plain || (!s->least.set && !s->most.set))
		return false;
	while (i < n->text.n && n->text.p[i] >= '0' && n->text.p[i] <= '9')
		i++;
	return i == n->text.n && i - first >= sizeof("9223372036854775807") - 1 &&
	       n->text.p[first] != '0';
}

static struct node *not_whole(const struct check *c, const struct spot *spot)
{
	const struct node *n = spot_node(spot);
	int64_t num;

	if (n->kind == NODE_STR && !n->plain && str_int(n->text, &num)) {
		diag_error(c->diags, MSG_wrong_type, n->pos,
			   "'%s' must be a whole number without quotes: %s", spot_name(c, spot),
			   n->text.p);
		return NULL;
	}
	if (spot->schema->n_values && n->kind == NODE_STR)
		return not_allowed(c, spot);
	if (is_huge(spot->schema, n)) {
		out_of_range(c, spot);
		return NULL;
	}
	return wrong_kind(c, spot, "a whole number");
}

static struct node *check_integer(const struct check *c, const struct spot *spot)
{
	const struct schema *s = spot->schema;
	const struct node *n = spot_node(spot);
	int64_t v = n->kind == NODE_INT ? n->num : 0;
	bool whole =
	    n->kind == NODE_INT || (n->kind == NODE_STR && n->plain && str_int(n->text, &v));

	if (!whole)
		return not_whole(c, spot);

	struct node *typed = node_loose(c->arena, n);

	typed->kind = NODE_INT;
	typed->plain = false;
	typed->num = v;
	if (!is_value(s, typed))
		return not_allowed(c, spot);
	if ((s->least.set && v < s->least.v) || (s->most.set && v > s->most.v)) {
		out_of_range(c, spot);
		return NULL;
	}
	return typed;
}

/* ---- strings ------------------------------------------------------------------------------- */

/* Characters of UTF-8 text. */
static int64_t length_of(struct str s)
{
	int64_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
	return n;
}

static bool check_length(const struct check *c, const struct spot *spot)
{
	const struct schema *s = spot->schema;
	const struct node *n = spot_node(spot);
	int64_t length = length_of(n->text);
	bool small = s->least.set && length < s->least.v;
	bool big = s->most.set && length > s->most.v;

	if (small || big)
		diag_error(c->diags, MSG_wrong_length, n->pos,
			   "'%s' must have at %s %" PRId64 " characters, %s has %" PRId64,
			   spot_name(c, spot), small ? "least" : "most",
			   small ? s->least.v : s->most.v, show(c, n), length);
	return !small && !big;
}

/* Where the digits at the start of s end. */
static size_t digits(struct str s)
{
	size_t n = 0;

	while (n < s.n && s.p[n] >= '0' && s.p[n] <= '9')
		n++;
	return n;
}

/* Advice for a number whose unit is missing or unknown: the same with the unit of the example. */
static const char *with_unit(const struct check *c, const struct schema *s, struct str value)
{
	const struct node *example = check_example(s);
	struct str model = example && example->kind == NODE_STR ? example->text : str_of("");
	struct str unit = str_cut(model, digits(model), model.n);

	if (!digits(value) || !digits(model) || !unit.n || str_find(unit, ' ') < unit.n)
		return right(c, s);
	return arena_fmt(c->arena, "; %s%s would be right",
			 arena_str(c->arena, str_cut(value, 0, digits(value))).p, unit.p)
	    .p;
}

/* "; my-app would be right": the value as it was meant, else one that shows the form. */
static const char *mended(const struct check *c, const struct schema *s, struct str value,
			  const char *why)
{
	struct str made = mend(c->arena, s, value);

	if (made.n)
		return arena_fmt(c->arena, "; %s would be right", made.p).p;
	return strstr(why, " unit") ? with_unit(c, s, value) : right(c, s);
}

static bool check_form(const struct check *c, const struct spot *spot)
{
	const struct schema *s = spot->schema;
	const struct node *n = spot_node(spot);
	const char *why = format_check(s->format, n->text);

	if (!why && s->form && !ere_matches(s->form, arena_str(c->arena, n->text).p))
		why = "does not have the right form";
	if (why)
		diag_error(c->diags, MSG_bad_value, n->pos, "'%s' %s: %s is refused%s",
			   spot_name(c, spot), why, show(c, n), mended(c, s, n->text, why));
	return !why;
}

static bool is_beyond(const struct schema *s, struct str text, struct str end, int side)
{
	int sign;

	return end.n && format_compare(s->format, text, end, &sign) && sign * side > 0;
}

static bool check_ends(const struct check *c, const struct spot *spot)
{
	const struct schema *s = spot->schema;
	const struct node *n = spot_node(spot);

	if (!is_beyond(s, n->text, s->lowest, -1) && !is_beyond(s, n->text, s->highest, 1))
		return true;
	if (s->lowest.n && s->highest.n)
		diag_error(c->diags, MSG_out_of_range, n->pos, "'%s' must be from %s to %s, not %s",
			   spot_name(c, spot), s->lowest.p, s->highest.p, show(c, n));
	else
		diag_error(c->diags, MSG_out_of_range, n->pos, "'%s' must be at %s %s, not %s",
			   spot_name(c, spot), s->lowest.n ? "least" : "most",
			   s->lowest.n ? s->lowest.p : s->highest.p, show(c, n));
	return false;
}

/* In maps with free keys nothing says which type was meant, and what reads the output may guess
 * another. Settings of PostgreSQL are text to PostgreSQL itself. */
static bool check_quotes(const struct check *c, const struct spot *spot)
{
	const struct node *n = spot_node(spot);
	const struct schema *up = spot->up ? spot->up->schema : NULL;
	bool free_key = up && up->type == SCHEMA_OBJECT && spot->schema == up->extra;

	if (!n->plain || !free_key || up->key_format == FORMAT_guc || spot->schema->n_values ||
	    spot->schema->format == FORMAT_decimal)
		return true;

	const char *taken = yaml_ambiguous(n->text);

	if (taken)
		diag_error(c->diags, MSG_quote_value, n->pos,
			   "'%s' looks like %s here: write it in quotes, \"%s\"",
			   spot_name(c, spot), taken, print_text_inline(c->arena, n->text).p);
	return !taken;
}

static struct node *check_string(const struct check *c, const struct spot *spot)
{
	const struct node *n = spot_node(spot);

	if (n->kind != NODE_STR)
		return wrong_kind(c, spot,
				  spot->schema->format ? format_row(spot->schema->format)->what
						       : "text");
	if (!is_value(spot->schema, n))
		return not_allowed(c, spot);
	if (!check_quotes(c, spot) || !check_length(c, spot) || !check_form(c, spot) ||
	    !check_ends(c, spot))
		return NULL;

	struct node *typed = node_loose(c->arena, n);

	typed->plain = false;
	return typed;
}

struct node *check_scalar(const struct check *c, const struct spot *spot)
{
	switch (spot->schema->type) {
	case SCHEMA_BOOLEAN:
		return check_boolean(c, spot);
	case SCHEMA_INTEGER:
		return check_integer(c, spot);
	default:
		return check_string(c, spot);
	}
}
