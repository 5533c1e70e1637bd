/* SPDX-License-Identifier: Apache-2.0 */
/* plans.c: a table of ways out, with the words of the case filled in. */
#include "guard/plans.h"

static const struct {
	const char *id, *steps;
} plans[] = {
#define PLAN(id, steps) { id, steps },
#include "guard/plans.def"
#undef PLAN
};

static void put_word(struct buf *out, const struct plan_words *w, struct str word)
{
	if (str_is(word, "intent"))
		buf_str(out, w->intent);
	else if (str_is(word, "name"))
		buf_str(out, w->name);
	else if (str_is(word, "was"))
		buf_str(out, w->was);
	else if (str_is(word, "is"))
		buf_str(out, w->is);
	else if (str_is(word, "n"))
		buf_int(out, w->incarnation);
	else if (str_is(word, "next"))
		buf_int(out, w->incarnation + 1);
	else
		buf_fmt(out, "{%.*s}", (int)word.n, word.p);
}

/* The word in braces that text begins with; empty when it begins otherwise ("{size: 1Gi}"). */
static struct str word_at(struct str text)
{
	size_t n = 1;

	while (n < text.n && text.p[n] >= 'a' && text.p[n] <= 'z')
		n++;
	return n > 1 && n < text.n && text.p[n] == '}' ? str_cut(text, 1, n) : str_cut(text, 0, 0);
}

static struct str fill(struct arena *a, const struct plan_words *w, struct str step)
{
	struct buf out = { 0 };

	while (step.n) {
		struct str word = *step.p == '{' ? word_at(step) : str_cut(step, 0, 0);

		if (word.n)
			put_word(&out, w, word);
		else
			buf_char(&out, *step.p);
		step = str_cut(step, word.n ? word.n + 2 : 1, step.n);
	}
	return buf_take(&out, a);
}

static struct str steps_of(struct str id)
{
	for (size_t i = 0; i < sizeof(plans) / sizeof(*plans); i++)
		if (str_is(id, plans[i].id))
			return str_of(plans[i].steps);
	return str_of("");
}

void plan_fill(struct arena *a, const struct plan_words *words, struct verdict_refusal *r)
{
	struct str rest = steps_of(r->id);

	r->n_plan = 0;
	for (size_t i = 0; i < rest.n; i++)
		r->n_plan += rest.p[i] == '\n';
	r->plan = NEW_ARRAY(a, r->n_plan + 1, struct str);
	for (size_t i = 0; i < r->n_plan; i++) {
		size_t end = str_find(rest, '\n');

		r->plan[i] = fill(a, words, str_cut(rest, 0, end));
		rest = str_cut(rest, end + 1, rest.n);
	}
}
