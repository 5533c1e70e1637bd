/* SPDX-License-Identifier: Apache-2.0 */
/* test_agent_bootstrap.c: what bootstrap does next, for facts of each kind; claims and envelopes.
 */
#include "bootstrap/claim.h"
#include "bootstrap/facts.h"
#include "check.h"
#include "crypto/envelope.h"

static const struct shell_fact whole = { .fill = true, .needed = true },
			       no_password = { .fill = true, .needed = true, .lacks_text = true },
			       no_key = { .fill = true, .needed = true, .lacks_key = true },
			       awaited = { .needed = true, .lacks_key = true },
			       no_exporter = { .fill = true, .lacks_text = true },
			       wrong = { .fill = true, .needed = true, .wrong = { "key", 3 } };

/* A row changes these facts: the API answered, the cluster does not exist, the archive is ours. */
static struct boot_facts ours(void)
{
	return (struct boot_facts){ .api = ASKED_FINE,
				    .store = ASKED_FINE,
				    .claim = CLAIM_OURS,
				    .empty = true,
				    .first = true,
				    .authority = true,
				    .trusted = true,
				    .escrow_wanted = true,
				    .escrow_there = true };
}

static int is(const struct boot_facts *f, enum boot_step step, enum boot_reason reason)
{
	struct boot_next next = boot_decide(f);

	return next.step == step && next.reason == reason;
}

#define SHELL(f, s) ((f).shells = &(s), (f).n_shells = 1)

static void test_fast(void)
{
	struct boot_facts f = { .data = true, .mounted = true };

	CHECK(is(&f, BOOT_PLACE_LOCAL, BOOT_none));
	f.foreign = true; /* a pod of an earlier incarnation starts again with what it has */
	CHECK(is(&f, BOOT_PLACE_LOCAL, BOOT_none));
	f.placed = true;
	CHECK(is(&f, BOOT_DONE, BOOT_none));
	f.mounted = f.placed = false;
	CHECK(is(&f, BOOT_WAIT, BOOT_OtherIncarnation));
	f.foreign = false;
	CHECK(is(&f, BOOT_LOOK, BOOT_none));
	f.mounted = true;
	f.data = false; /* whole Secrets alone say nothing of the archive */
	CHECK(is(&f, BOOT_LOOK, BOOT_none));
}

static void test_answers(void)
{
	struct boot_facts f = { .api = ASKED_AWAY };

	CHECK(is(&f, BOOT_WAIT, BOOT_ApiAway));
	f.api = ASKED_DENIED;
	CHECK(is(&f, BOOT_WAIT, BOOT_ApiDenied));
	f.api = ASKED_MISSING;
	CHECK(is(&f, BOOT_WAIT, BOOT_ObjectMissing));
	f.api = ASKED_FINE;
	CHECK(is(&f, BOOT_LOOK_STORE, BOOT_none));
	f.store = ASKED_AWAY;
	CHECK(is(&f, BOOT_WAIT, BOOT_StoreAway));
	f.store = ASKED_DENIED;
	CHECK(is(&f, BOOT_WAIT, BOOT_StoreDenied));
	f.store = ASKED_FINE;
	f.failed = BOOT_TryAgain;
	CHECK(is(&f, BOOT_WAIT, BOOT_TryAgain));
}

static void test_archive(void)
{
	struct boot_facts f = ours();

	f.claim = CLAIM_NONE;
	CHECK(is(&f, BOOT_CLAIM, BOOT_none));
	f.empty = false; /* another pod may have begun meanwhile: ask before judging */
	CHECK(is(&f, BOOT_LOOK_AGAIN, BOOT_none));
	f.again = true;
	CHECK(is(&f, BOOT_STOP, BOOT_ArchiveNotEmpty));
	f.claim = CLAIM_OURS;
	CHECK(is(&f, BOOT_STOP, BOOT_ArchiveInUse));
	f.initialized = true;
	CHECK(is(&f, BOOT_PLACE, BOOT_none));
	f = ours();
	f.claim = CLAIM_OTHERS;
	CHECK(is(&f, BOOT_STOP, BOOT_ArchiveClaimed));
	f.claim = CLAIM_UNREADABLE;
	CHECK(is(&f, BOOT_STOP, BOOT_ClaimUnreadable));
}

static void test_new(void)
{
	struct boot_facts f = ours();

	CHECK(is(&f, BOOT_PLACE, BOOT_none));
	SHELL(f, no_password);
	CHECK(is(&f, BOOT_FILL, BOOT_none));
	SHELL(f, no_exporter);
	CHECK(is(&f, BOOT_FILL, BOOT_none));
	SHELL(f, no_key);
	CHECK(is(&f, BOOT_FILL, BOOT_none));
	f.first = false; /* restored, a standby, or a later incarnation */
	CHECK(is(&f, BOOT_WAIT, BOOT_KeysAwaited));
	SHELL(f, no_password);
	CHECK(is(&f, BOOT_FILL, BOOT_none));
	f.first = true;
	SHELL(f, awaited);
	CHECK(is(&f, BOOT_WAIT, BOOT_KeysAwaited));
	SHELL(f, wrong);
	CHECK(is(&f, BOOT_WAIT, BOOT_KeyUnusable));
	SHELL(f, whole);
	f.escrow_there = false;
	CHECK(is(&f, BOOT_ESCROW, BOOT_none));
	f.escrow_wanted = false;
	f.earlier = true;
	CHECK(is(&f, BOOT_WAIT, BOOT_EarlierAlive));
	f.earlier = f.trusted = false;
	CHECK(is(&f, BOOT_TRUST, BOOT_none));
	f.authority = false;
	CHECK(is(&f, BOOT_WAIT, BOOT_NoAuthority));
}

/* A cluster that exists: nothing is made, and the store is not asked. */
static void test_living(void)
{
	struct boot_facts f = { .api = ASKED_FINE, .authority = true, .trusted = true };

	for (int data = 0; data < 2; data++) {
		f.data = data;
		f.initialized = !data;
		SHELL(f, whole);
		CHECK(is(&f, BOOT_PLACE, BOOT_none));
		SHELL(f, no_exporter);
		CHECK(is(&f, BOOT_PLACE, BOOT_none));
		SHELL(f, no_password);
		CHECK(is(&f, BOOT_WAIT, BOOT_PasswordsLost));
		SHELL(f, no_key);
		CHECK(is(&f, BOOT_WAIT, BOOT_EncryptionKeyLost));
		SHELL(f, wrong);
		CHECK(is(&f, BOOT_WAIT, BOOT_KeyUnusable));
	}
}

/* Over all facts that are yes or no: nothing is made before the archive is ours, no key is made
 * that may not be, and every way ends. */
static void test_all(void)
{
	static const struct shell_fact *const shells[] = { &whole, &no_password, &no_key,
							   &awaited };
	unsigned bad = 0;

	for (unsigned bits = 0; bits < 1u << 14; bits++) {
		struct boot_facts f = ours();
		struct boot_next next;

		f.data = bits & 1;
		f.mounted = bits & 2;
		f.placed = bits & 4;
		f.initialized = bits & 8;
		f.again = bits & 16;
		f.earlier = bits & 32;
		f.trusted = bits & 64;
		f.empty = bits & 128;
		f.first = bits & 256;
		f.escrow_there = bits & 512;
		f.claim = (enum claim)(bits >> 10 & 3);
		f.shells = shells[bits >> 12 & 3];
		f.n_shells = 1;
		next = boot_decide(&f);
		if (next.step == BOOT_FILL && (f.data || f.initialized || f.claim != CLAIM_OURS ||
					       !f.empty || (f.shells->lacks_key && !f.first)))
			bad++;
		if (next.step == BOOT_CLAIM && (f.claim != CLAIM_NONE || !f.empty))
			bad++;
		if (next.step == BOOT_PLACE && (f.shells->lacks_key || f.shells->lacks_text))
			bad++;
		if ((next.step == BOOT_WAIT || next.step == BOOT_STOP) !=
		    (next.reason != BOOT_none))
			bad++;
	}
	CHECK(bad == 0);
}

static void test_claim(void)
{
	struct arena *a = arena_new();
	struct claim_text mine = { str_of("u-1"),
				   1,
				   1,
				   str_of("team-orders"),
				   str_of("orders"),
				   str_of("2026-03-01T10:15:00Z") };
	struct claim_text other = mine, found;
	struct str text = claim_print(a, &mine);

	CHECK(claim_read(a, text, &mine, &found) == CLAIM_OURS);
	CHECK(str_is(found.name, "orders") && str_is(found.claimed, "2026-03-01T10:15:00Z"));
	other.uid = str_of("u-2");
	CHECK(claim_read(a, text, &other, &found) == CLAIM_OTHERS);
	CHECK(str_is(found.uid, "u-1"));
	other = mine;
	other.incarnation = 2;
	CHECK(claim_read(a, text, &other, &found) == CLAIM_OTHERS);
	CHECK(claim_read(a, str_of(""), &mine, &found) == CLAIM_UNREADABLE);
	CHECK(claim_read(a, str_of("{\"kind\":\"ArchiveClaim\"}"), &mine, &found) ==
	      CLAIM_UNREADABLE);
	CHECK(claim_read(a, str_of("{\"uid\":\"u-1\",\"incarnation\":1}"), &mine, &found) ==
	      CLAIM_UNREADABLE);
	CHECK(str_is(claim_folder(str_of("a/b/howdah-claim.json")), "a/b/"));
	arena_free(a);
}

static void test_envelope(void)
{
	struct arena *a = arena_new();
	struct str bad = str_of("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
	struct str out = str_of("");

	CHECK(envelope_seal(a, str_of("key"), &bad, 1, &out) != NULL);
	CHECK(out.n == 0);
	arena_free(a);
}

int main(void)
{
	test_fast();
	test_answers();
	test_archive();
	test_new();
	test_living();
	test_all();
	test_claim();
	test_envelope();
	return check_done("bootstrap");
}
