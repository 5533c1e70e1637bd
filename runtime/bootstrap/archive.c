/* SPDX-License-Identifier: Apache-2.0 */
/* archive.c: whose the archive is, and the key's escrow beside it. */
#include "bootstrap/boot.h"
#include "bootstrap/claim.h"
#include "crypto/envelope.h"

enum { ASK_MS = 40000, SETTLE_MS = 3000 };

/* One answer of the store, in the arena of boot. */
struct told {
	const struct boot *boot;
	bool done;
	enum store_outcome outcome;
	struct str body, message;
	struct str *names;
	size_t n_names;
};

static void on_answer(void *owner, const struct store_answer *answer)
{
	struct told *t = owner;
	struct arena *a = t->boot->arena;

	t->done = true;
	t->outcome = answer->outcome;
	t->message = arena_fmt(a, "%s", answer->message ? answer->message : "");
	t->body = answer->body.n ? arena_str(a, answer->body) : str_of("");
	t->names = NEW_ARRAY(a, answer->n_names, struct str);
	t->n_names = answer->n_names;
	for (size_t i = 0; i < answer->n_names; i++)
		t->names[i] = arena_str(a, answer->names[i]);
}

/* Asks the store and waits. Its requests have deadlines, so there is always an answer, but for a
 * signal to end: then nothing is looked at any more. */
static struct told ask(struct boot *b, const struct store_call *call)
{
	struct told t = {
		.boot = b, .outcome = STORE_AWAY, .message = str_of("no answer"), .body = str_of("")
	};

	store_send(b->store, call, on_answer, &t);
	(void)loop_until(b->loop, &t.done, ASK_MS);
	if (!t.done)
		store_forget(b->store, &t);
	return t;
}

/* Notes how asking went. Whether the store said what was asked. */
static bool note(struct boot *b, const struct told *t, const char *what)
{
	b->facts.store = t->outcome == STORE_DENIED ? ASKED_DENIED
			 : t->outcome == STORE_AWAY ? ASKED_AWAY
						    : ASKED_FINE;
	if (b->facts.store != ASKED_FINE)
		b->facts.detail =
		    arena_fmt(b->arena, "%s in %s: %s", what,
			      orders_text(b->orders, "archive.store.bucket").p, t->message.p);
	return b->facts.store == ASKED_FINE;
}

static struct str key_of_claim(const struct boot *b)
{
	return arena_str(b->arena, orders_text(b->orders, "archive.claim"));
}

static struct claim_text mine(const struct boot *b)
{
	struct buf time = { 0 };
	struct claim_text c = { node_text(node_at(b->record, "metadata"), "uid"),
				orders_int(b->orders, "cluster.incarnation", 1),
				orders_int(b->orders, "archive.keyEpoch", 1),
				b->orders->namespace,
				b->orders->name,
				str_of("") };

	clock_print(&time, clock_now().wall);
	c.claimed = buf_take(&time, b->arena);
	return c;
}

static struct str key_of_escrow(const struct boot *b)
{
	struct str folder = claim_folder(key_of_claim(b));

	return arena_fmt(b->arena, "%.*showdah-key-%lld.pem", (int)folder.n, folder.p,
			 (long long)orders_int(b->orders, "archive.keyEpoch", 1));
}

static bool read_claim(struct boot *b)
{
	struct claim_text own = mine(b), found;
	struct told t = ask(b, &(struct store_call){ .verb = STORE_GET, .key = key_of_claim(b).p });

	if (!note(b, &t, "the claim"))
		return false;
	b->facts.claim =
	    t.outcome == STORE_MISSING ? CLAIM_NONE : claim_read(b->arena, t.body, &own, &found);
	if (b->facts.claim == CLAIM_OTHERS)
		b->claim_owner = arena_fmt(
		    b->arena, "record %s (%s/%s), incarnation %lld, claimed at %s", found.uid.p,
		    found.namespace.p, found.name.p, (long long)found.incarnation, found.claimed.p);
	return true;
}

static bool list_folder(struct boot *b)
{
	struct str folder = arena_str(b->arena, claim_folder(key_of_claim(b)));
	struct str keys = arena_fmt(b->arena, "%showdah-", folder.p);
	struct told t = ask(b, &(struct store_call){ .verb = STORE_LIST, .key = folder.p });

	if (!note(b, &t, "the list"))
		return false;
	b->facts.empty = true;
	for (size_t i = 0; i < t.n_names; i++) {
		if (str_eq(t.names[i], key_of_escrow(b)))
			b->facts.escrow_there = true;
		/* the claim and the escrow of any epoch; backups and WAL have names of their own */
		if (!str_starts(t.names[i], keys.p))
			b->facts.empty = false;
	}
	/* what is full of our own small files is not to be judged */
	if (t.n_names == STORE_NAMES)
		b->facts.empty = false;
	return true;
}

void boot_look_store(struct boot *b)
{
	if (read_claim(b))
		(void)list_folder(b);
}

static bool is_conditional(const struct boot *b)
{
	return node_flag(orders_at(b->orders, "archive.store"), "conditionalWrites", true);
}

/* Whatever the store said, what stands there in the end is what counts. Where it cannot refuse a
 * second writer, both have a moment to be seen. */
void boot_claim(struct boot *b)
{
	const bool never = false;
	struct claim_text own = mine(b);
	struct told t =
	    ask(b, &(struct store_call){ STORE_PUT, key_of_claim(b).p, claim_print(b->arena, &own),
					 is_conditional(b) });

	if (!note(b, &t, "writing the claim"))
		return;
	if (!is_conditional(b))
		(void)loop_until(b->loop, &never, SETTLE_MS);
	if (read_claim(b) && b->facts.claim == CLAIM_NONE)
		b->facts.failed = BOOT_TryAgain;
}

void boot_escrow(struct boot *b)
{
	const struct node *list = orders_at(b->orders, "archive.escrow");
	struct str *to = NEW_ARRAY(b->arena, node_count(list), struct str);
	struct str envelope = str_of("");
	const char *why;
	struct told t;
	size_t n = 0;

	node_each(r, list) to[n++] = node_text(r, "certificate");
	why = envelope_seal(b->arena, boot_value(b, "backup-key", "key", false), to, n, &envelope);
	if (why) {
		b->facts.failed = BOOT_EscrowRefused;
		b->facts.detail = str_of(why);
		return;
	}
	t = ask(b,
		&(struct store_call){ STORE_PUT, key_of_escrow(b).p, envelope, is_conditional(b) });
	/* taken: another pod has stored the same key for the same people */
	b->facts.escrow_there = note(b, &t, "writing the escrow");
}
