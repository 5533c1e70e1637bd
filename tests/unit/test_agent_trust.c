/* SPDX-License-Identifier: Apache-2.0 */
/* test_agent_trust.c: another authority: trusted by everybody before anything it signed is served,
 * and the old one until nobody needs it. */
#include "agent_fixture.h"
#include "decide/decide.h"
#include "frame/round.h"

enum { OVERLAP = 30 * 86400, DAY = 86400 };

static const char runs[] =
    "{\"incarnation\":2,\"operations\":[{\"id\":\"accept-2026-03-03\",\"action\":\"rotate-ca\","
    "\"state\":\"Running\",\"started\":\"2025-12-31T23:50:00Z\",\"by\":\"shared-i2-0\"}]}";
enum { BEGAN = WALL - 600 };

static struct past past[3];

/* Everybody trusts the bundle as it lies there, with the old authority alone. */
static void old(struct world *w)
{
	static const char *const names[] = { "shared-i2-0", "shared-i2-1", "shared-i2-2",
					     "shared-pooler-0", "shared-pooler-1" };

	w->files.trust = w->files.trust_all = w->files.trust_last = str_of("A");
	w->files.trust_digest = str_of("d");
	w->files.authority = (struct cert){ str_of("a1"), WALL - 90 * DAY, WALL + 3000 * DAY };
	w->files.authorities = 1;
	for (size_t i = 0; i < 5; i++)
		w->trustees[i] = (struct fact_trustee){ str_of(names[i]), i > 2,      str_of(""),
							str_of("d"),      WALL - DAY, WALL - DAY };
	w->trusts = (struct fact_trusts){ w->trustees, 5 };
}

/* Another authority lies in its file. */
static void issued(struct world *w)
{
	old(w);
	w->files.authority = (struct cert){ str_of("b2"), BEGAN + 20, WALL + 3000 * DAY };
	w->files.trust_all = str_of("AB");
	w->files.trust_last = str_of("B");
	w->files.authorities = 2;
}

/* The bundle has it. */
static void bundled(struct world *w)
{
	issued(w);
	w->files.trust = str_of("AB");
	w->files.trust_digest = str_of("e");
}

static void trusted(struct world *w)
{
	bundled(w);
	for (size_t i = 0; i < 5; i++)
		w->trustees[i].trust = str_of("e");
}

static void pooler_late(struct world *w)
{
	trusted(w);
	w->trustees[4].trust = str_of("d");
}

static void member_dark(struct world *w)
{
	trusted(w);
	w->trustees[2].error = str_of("no route");
	w->trustees[2].trust = str_of("");
}

static void unasked(struct world *w)
{
	trusted(w);
	w->facts.sight[FACT_trusts].at_ms = MS - 200000;
}

/* The agent of this process asked for the certificates that are named. */
static void asked(struct world *w, size_t n)
{
	static const char *const leaves[] = { "shared-server", "shared-pooler" };

	trusted(w);
	for (size_t i = 0; i < n; i++)
		past[i] = (struct past){ .next = i + 1 < n ? &past[i + 1] : NULL,
					 .kind = ACTION_reissue,
					 .target = str_of(leaves[i]),
					 .started_ms = MS - 3000,
					 .ended_ms = MS - 2000,
					 .result = str_of(""),
					 .done = 1 };
	w->facts.past = n > 0 ? past : NULL;
}

static void one_asked(struct world *w)
{
	asked(w, 1);
}

/* The first n serve what was issued since, and (with clients) show it, too. */
static void serve(struct world *w, size_t n, bool clients)
{
	for (size_t i = 0; i < n; i++) {
		w->trustees[i].since = BEGAN + 60;
		if (clients)
			w->trustees[i].clients = BEGAN + 60;
	}
}

static void one_serves(struct world *w)
{
	asked(w, 1);
	serve(w, 1, false);
}

static void members_serve(struct world *w)
{
	asked(w, 1);
	serve(w, 3, false);
}

static void members_serve_asked(struct world *w)
{
	asked(w, 2);
	serve(w, 3, false);
}

static void poolers_late(struct world *w)
{
	asked(w, 2);
	serve(w, 3, true);
}

static void all_serve(struct world *w)
{
	asked(w, 2);
	serve(w, 5, true);
}

static const struct {
	void (*change)(struct world *w);
	enum action_kind action; /* ACTION_count: none */
	const char *target, *state, *text;
	bool condition; /* the certificates' says who does not follow */
} steps[] = {
	{ old, ACTION_reissue, "shared-ca", "Running", "is being issued", true },
	{ issued, ACTION_count, "", "Running", "does not hold the new authority", true },
	{ bundled, ACTION_count, "", "Running", "shared-i2-0 does not trust it yet", true },
	{ pooler_late, ACTION_count, "", "Running", "shared-pooler-1 does not trust it yet", true },
	{ member_dark, ACTION_count, "", "Running", "shared-i2-2 does not answer: no route", true },
	{ unasked, ACTION_count, "", "Running", "have not been asked yet", true },
	/* nothing that it signed is asked for before all trust it */
	{ trusted, ACTION_reissue, "shared-server", "Running", "are being issued", true },
	{ one_asked, ACTION_count, "", "Running", "shared-i2-0 serves an older", true },
	{ one_serves, ACTION_count, "", "Running", "shared-i2-1 serves an older", true },
	/* nor what members show to others before all serve it */
	{ members_serve, ACTION_reissue, "shared-pooler", "Running", "are being issued", true },
	{ members_serve_asked, ACTION_count, "", "Running", "shared-i2-0 uses an older", true },
	{ poolers_late, ACTION_count, "", "Running", "shared-pooler-0 uses an older", true },
	{ all_serve, ACTION_count, "", "Done", "5 use certificates of authority b2", false },
};

static void check_steps(struct world *w)
{
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		const struct action *action;
		const struct node *entry;
		struct round r;

		w->facts.past = NULL;
		w->facts.sight[FACT_trusts].at_ms = MS - 500;
		steps[i].change(w);
		w->record.status = world_json(w->arena, runs);
		r = round_begin(w->arena, &w->facts, w->orders, w->now);
		decide_certificates(&r);
		decide_operations(&r);
		action = world_action(&r, ACTION_reissue);
		entry = r.ledger ? r.ledger->kids : NULL;
		CHECK((action != NULL) == (steps[i].action != ACTION_count));
		CHECK(!action || str_is(action->target, steps[i].target));
		CHECK(str_is(node_text(entry, "state"), steps[i].state));
		if (!CHECK(strstr(node_text(entry, "message").p, steps[i].text) != NULL))
			(void)printf("# step %zu: %s\n", i, node_text(entry, "message").p);
		CHECK((r.conditions[CONDITION_CertificatesHealthy].reason ==
		       REASON_AuthorityAwaited) == steps[i].condition);
	}
}

static void waits(struct world *w)
{
	struct round r;

	bundled(w);
	w->record.status = world_json(w->arena, "{\"incarnation\":2}");
	r = world_decide(w, decide_operations);
	CHECK(strstr(node_text(r.ledger->kids, "message").p, "before this one is still trusted"));
	old(w);
	r = world_decide(w, decide_operations);
	CHECK(world_action(&r, ACTION_begin));
}

/* A month later. */
static void over(struct world *w, int64_t since, int64_t beyond)
{
	trusted(w);
	w->files.authority.from = WALL - OVERLAP - beyond;
	for (size_t i = 0; i < 5; i++)
		w->trustees[i].since = w->trustees[i].clients = since;
}

static void check_bundle(struct world *w)
{
	const struct action *a;
	struct round r;

	old(w);
	r = world_decide(w, decide_trust);
	CHECK(!world_action(&r, ACTION_write_trust));
	issued(w);
	r = world_decide(w, decide_trust);
	a = world_action(&r, ACTION_write_trust);
	CHECK(a && str_is(a->target, "shared-trust") &&
	      str_is(node_text(node_at(a->body, "data"), "ca.crt"), "AB"));
	trusted(w); /* within the overlap */
	r = world_decide(w, decide_trust);
	CHECK(!world_action(&r, ACTION_write_trust));
	over(w, WALL - DAY, 10);
	r = world_decide(w, decide_trust);
	a = world_action(&r, ACTION_write_trust);
	CHECK(a && str_is(node_text(node_at(a->body, "data"), "ca.crt"), "B"));
	over(w, WALL - DAY, 10); /* somebody still serves what the old one signed */
	w->trustees[3].since = WALL - OVERLAP - 2 * DAY;
	r = world_decide(w, decide_trust);
	CHECK(!world_action(&r, ACTION_write_trust));
	over(w, WALL - DAY, 2 * DAY);
	w->trustees[3].since = WALL - OVERLAP - 3 * DAY;
	r = round_begin(w->arena, &w->facts, w->orders, w->now);
	decide_certificates(&r);
	decide_trust(&r);
	CHECK(!world_action(&r, ACTION_write_trust));
	CHECK(r.conditions[CONDITION_CertificatesHealthy].reason == REASON_AuthorityAwaited);
	over(w, WALL - DAY, 10); /* nobody was asked lately */
	w->facts.sight[FACT_trusts].at_ms = MS - 200000;
	r = world_decide(w, decide_trust);
	CHECK(!world_action(&r, ACTION_write_trust));
	w->facts.sight[FACT_trusts].at_ms = MS - 500;
	/* the bundle was emptied, of a cluster with an authority of its own and of one without */
	trusted(w);
	w->files.trust = str_of("");
	r = world_decide(w, decide_trust);
	a = world_action(&r, ACTION_write_trust);
	CHECK(a && str_is(node_text(node_at(a->body, "data"), "ca.crt"), "AB"));
	w->files.authority.serial = str_of("");
	r = world_decide(w, decide_trust);
	a = world_action(&r, ACTION_write_trust);
	CHECK(a && str_is(node_text(node_at(a->body, "data"), "ca.crt"), "AB"));
	w->files.trust_all = str_of("");
	r = world_decide(w, decide_trust);
	CHECK(!world_action(&r, ACTION_write_trust));
	issued(w);
	world_follow(w);
	r = world_decide(w, decide_trust);
	CHECK(!world_action(&r, ACTION_write_trust));
}

/* The fixture's orders, with an authority of the cluster's own, and another operation. */
static struct orders *orders_of(struct orders_reader *reader)
{
	static const char trust[] = "  trust: {configMap: shared-trust, overlap: 30d}\n";
	static const char own[] =
	    "  trust: {configMap: shared-trust, overlap: 30d, caSecret: shared-ca, caCertificate: "
	    "shared-ca, leaves: [shared-server, shared-pooler]}\n";
	static const char action[] = "action: accept-restore";
	struct arena *a = arena_new();
	struct err err = { 0 };
	struct str file = str_of("");
	struct buf out = { 0 };
	const char *at, *op;
	struct orders *o;

	(void)mounted_read(a, "tests/schema/good-agentconfig.yaml", 65536, &file, &err);
	at = strstr(file.p, trust);
	op = strstr(file.p, action);
	CHECK(at && op);
	buf_fmt(&out, "%.*s%s%.*saction: rotate-ca%s", (int)(at - file.p), file.p, own,
		(int)(op - at - (long)strlen(trust)), at + strlen(trust), op + strlen(action));
	o = orders_read(reader, "orders.yaml", buf_view(&out), NULL, &err);
	CHECK(o);
	buf_release(&out);
	arena_free(a);
	return o;
}

int main(void)
{
	struct orders_reader *reader = orders_reader_new();
	struct orders *orders = orders_of(reader);
	struct world w;

	world_begin(&w, orders);
	check_steps(&w);
	waits(&w);
	check_bundle(&w);
	world_end(&w);
	orders_free(orders);
	orders_reader_free(reader);
	return check_done("agent_trust");
}
