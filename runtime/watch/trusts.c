/* SPDX-License-Identifier: Apache-2.0 */
/* trusts.c: members and poolers are asked, all at once, whom they trust and what they serve; only
 * while there is more than one authority, or an operation is to make another. */
#include "facts/trusts.h"

#include "facts/files.h"
#include "facts/patroni.h"
#include "facts/record.h"
#include "peer/peer.h"
#include "watch/watch.h"

enum { TRUSTEES_MOST = 40 };

/* One of them. */
struct asked {
	struct look *look;
	struct peer_question *question;
	struct fact_trustee *trustee;
};

struct work {
	struct asked asked[TRUSTEES_MOST];
	struct fact_trustee trustees[TRUSTEES_MOST];
	size_t n, left;
};

static void on_answer(void *owner, const struct peer_answer *answer)
{
	struct asked *q = owner;
	struct look *look = q->look;
	struct work *w = look->work;
	const struct node *c = node_at(answer->status, "certificates");
	struct fact_trusts *fact;

	q->question = NULL;
	q->trustee->error = arena_fmt(look->arena, "%s", answer->status ? "" : answer->why);
	q->trustee->trust = arena_str(look->arena, node_text(c, "trust"));
	q->trustee->since = node_num(c, "since", 0);
	q->trustee->clients = node_num(c, "clients", 0);
	if (--w->left > 0)
		return;
	fact = NEW(look->arena, struct fact_trusts);
	*fact = (struct fact_trusts){ w->trustees, w->n };
	look_done(look, fact);
}

static void add(struct look *look, struct str pod, bool pooler)
{
	struct work *w = look->work;
	struct asked *q = &w->asked[w->n];

	if (w->n == TRUSTEES_MOST)
		return;
	q->look = look;
	q->trustee = &w->trustees[w->n++];
	q->trustee->name = arena_str(look->arena, pod);
	q->trustee->pooler = pooler;
	w->left++;
	q->question =
	    peer_ask(&(struct peer_place){ look->hands->http, look->hands->orders, pod, pooler },
		     on_answer, q);
}

static bool is_wanted(const struct look *look)
{
	const struct node *list = orders_at(look->hands->orders, "operations");

	if (facts_files(look->facts)->authority.serial.n == 0)
		return false;
	for (const struct node *o = list ? list->kids : NULL; o; o = o->next)
		if (str_is(node_text(o, "action"), "rotate-ca") &&
		    record_runs(facts_record(look->facts), node_text(o, "id")))
			return true;
	return facts_files(look->facts)->authorities > 1;
}

static void start(struct look *look)
{
	const struct fact_patroni *p = facts_patroni(look->facts);
	const struct orders *o = look->hands->orders;
	struct work *w = NEW(look->arena, struct work);

	look->work = w;
	if (is_wanted(look)) {
		for (size_t i = 0; i < p->n_members; i++)
			add(look, p->members[i].name, false);
		for (int64_t i = 0; i < orders_int(o, "pooler.pods", 0); i++)
			add(look,
			    arena_fmt(look->arena, "%s-%lld", orders_text(o, "objects.pooler").p,
				      (long long)i),
			    true);
	}
	if (w->n == 0)
		look_done(look, NEW(look->arena, struct fact_trusts));
}

static void stop(struct look *look)
{
	struct work *w = look->work;

	for (size_t i = 0; w && i < w->n; i++) {
		peer_stop(w->asked[i].question);
		w->asked[i].question = NULL;
	}
}

const struct observer watch_trusts = {
	.fact = FACT_trusts,
	.size = sizeof(struct fact_trusts),
	.every_ms = 60000,
	.ms = 10000,
	.leader = true,
	.start = start,
	.stop = stop,
};
