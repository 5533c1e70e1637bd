/* SPDX-License-Identifier: Apache-2.0 */
/* trust.c: the bundle of authorities that everybody trusts. A new authority is added as soon as it
 * is seen. An old one goes after the overlap, and never while somebody serves what it signed. */
#include "decide/trust.h"

#include "decide/decide.h"
#include "facts/files.h"
#include "facts/trusts.h"
#include "report/fields.h"

enum { FRESH_MS = 120000, DAY_S = 86400 };

static struct str who(const struct round *r, const struct fact_trustee *t, const char *what)
{
	if (t->error.n > 0)
		return arena_fmt(r->arena, "%s does not answer: %s", t->name.p, t->error.p);
	return arena_fmt(r->arena, "%s %s", t->name.p, what);
}

/* Nobody was asked lately: what was said then does not count. */
static bool is_unseen(const struct round *r)
{
	return facts_trusts(r->facts)->n == 0 ||
	       !facts_fresh(r->facts, FACT_trusts, r->now, FRESH_MS);
}

struct str trust_awaited(const struct round *r)
{
	const struct fact_trusts *t = facts_trusts(r->facts);
	const struct fact_files *f = facts_files(r->facts);

	if (!str_eq(f->trust, f->trust_all))
		return str_of("the bundle does not hold the new authority yet");
	if (is_unseen(r))
		return str_of("members and poolers have not been asked yet");
	for (size_t i = 0; i < t->n; i++)
		if (!str_eq(t->items[i].trust, f->trust_digest))
			return who(r, &t->items[i], "does not trust it yet");
	return str_of("");
}

struct str trust_unserved(const struct round *r, int64_t since)
{
	const struct fact_trusts *t = facts_trusts(r->facts);

	if (is_unseen(r))
		return str_of("members and poolers have not been asked yet");
	for (size_t i = 0; i < t->n; i++)
		if (!t->items[i].pooler && t->items[i].since < since)
			return who(r, &t->items[i], "serves an older certificate yet");
	return str_of("");
}

struct str trust_unused(const struct round *r, int64_t since)
{
	const struct fact_trusts *t = facts_trusts(r->facts);

	if (is_unseen(r))
		return trust_unserved(r, since);
	for (size_t i = 0; i < t->n; i++)
		if (t->items[i].since < since || t->items[i].clients < since)
			return who(r, &t->items[i], "uses an older certificate yet");
	return str_of("");
}

/* only_empty: what is in the ConfigMap stays, if there is something. */
static void write(struct round *r, struct str text, bool only_empty, const char *why)
{
	struct fields f = { r->arena, { 0 } }, data = { r->arena, { 0 } };

	fields_text(&data, "ca.crt", text);
	fields_node(&f, "data", fields_map(&data));
	fields_flag(&f, "onlyEmpty", only_empty);
	round_do(r, ACTION_write_trust, orders_text(r->orders, "trust.configMap"), "%s", why)
	    ->body = fields_map(&f);
}

/* The old one has had its time. Who still needs it is told, a day after that. */
static void retire(struct round *r, int64_t ends)
{
	const struct fact_files *f = facts_files(r->facts);
	struct str needed = trust_unused(r, f->authority.from);

	if (needed.n == 0)
		write(r, f->trust_last, false, "the old authority has had its time");
	else if (r->now.wall - ends > DAY_S &&
		 r->conditions[CONDITION_CertificatesHealthy].reason == REASON_CertificatesFine)
		round_say(r, REASON_AuthorityAwaited, "%s", needed.p);
}

void decide_trust(struct round *r)
{
	const struct fact_files *f = facts_files(r->facts);
	int64_t overlap = orders_ms(r->orders, "trust.overlap", 2592000000) / 1000;

	if (!r->leads)
		return;
	/* somebody emptied it, or the kubelet has not brought it here yet */
	if (f->trust.n == 0 && f->trust_all.n > 0 &&
	    orders_text(r->orders, "trust.configMap").n > 0)
		write(r, f->trust_all, true, "nothing is mounted");
	if (f->trust.n == 0 || f->authority.serial.n == 0 ||
	    orders_text(r->orders, "trust.caSecret").n == 0)
		return;
	if (!str_eq(f->trust, f->trust_all))
		write(r, f->trust_all, false, "the authority is another one");
	else if (f->authorities > 1 && r->now.wall > f->authority.from + overlap)
		retire(r, f->authority.from + overlap);
}
