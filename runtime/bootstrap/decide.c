/* SPDX-License-Identifier: Apache-2.0 */
/* decide.c: the order of bootstrap. The archive is claimed before anything is invented. */
#include "bootstrap/facts.h"

static const struct {
	const char *name, *condition, *status, *text;
} reasons[] = {
	{ "", NULL, NULL, "" },
#define REASON(id, condition, status, text) { #id, condition, status, text },
#include "bootstrap/reasons.def"
#undef REASON
};

const char *boot_reason_name(enum boot_reason reason)
{
	return reasons[reason].name;
}

const char *boot_reason_text(enum boot_reason reason)
{
	return reasons[reason].text;
}

const char *boot_reason_condition(enum boot_reason reason, const char **status)
{
	*status = reasons[reason].status;
	return reasons[reason].condition;
}

bool boot_reason_of_shell(enum boot_reason reason)
{
	return reason == BOOT_KeysAwaited || reason == BOOT_KeyUnusable ||
	       reason == BOOT_EncryptionKeyLost || reason == BOOT_PasswordsLost;
}

static struct boot_next go(enum boot_step step)
{
	return (struct boot_next){ step, BOOT_none, 0 };
}

static struct boot_next await(enum boot_reason reason, size_t shell)
{
	return (struct boot_next){ BOOT_WAIT, reason, shell };
}

static struct boot_next stop(enum boot_reason reason)
{
	return (struct boot_next){ BOOT_STOP, reason, 0 };
}

static struct boot_next unanswered(enum asked api)
{
	switch (api) {
	case ASKED_DENIED:
		return await(BOOT_ApiDenied, 0);
	case ASKED_MISSING:
		return await(BOOT_ObjectMissing, 0);
	default:
		return await(BOOT_ApiAway, 0);
	}
}

/* What every pod ends with, once the Secrets are as they should be. */
static struct boot_next end(const struct boot_facts *f)
{
	if (!f->authority)
		return await(BOOT_NoAuthority, 0);
	if (!f->trusted)
		return go(BOOT_TRUST);
	return go(f->placed ? BOOT_DONE : BOOT_PLACE);
}

/* A new volume of a cluster that exists, or an old one whose Secrets are not whole: nothing is made
 * here. Secrets that no member needs to start are the leader's agent's business. */
static struct boot_next join(const struct boot_facts *f)
{
	for (size_t i = 0; i < f->n_shells; i++) {
		const struct shell_fact *s = &f->shells[i];

		if (!s->needed)
			continue;
		if (s->lacks_key)
			return await(BOOT_EncryptionKeyLost, i);
		if (s->wrong.n > 0)
			return await(BOOT_KeyUnusable, i);
		if (s->lacks_text)
			return await(BOOT_PasswordsLost, i);
	}
	return end(f);
}

/* Whether what shell s lacks may be made. */
static bool may_fill(const struct boot_facts *f, const struct shell_fact *s)
{
	if (!s->fill || s->wrong.n > 0)
		return false;
	return s->lacks_key ? f->first && f->empty : s->lacks_text;
}

/* The archive is ours: fill what may be filled, wait for the rest. */
static struct boot_next fill(const struct boot_facts *f)
{
	for (size_t i = 0; i < f->n_shells; i++)
		if (may_fill(f, &f->shells[i]))
			return (struct boot_next){ BOOT_FILL, BOOT_none, i };
	for (size_t i = 0; i < f->n_shells; i++) {
		if (f->shells[i].wrong.n > 0)
			return await(BOOT_KeyUnusable, i);
		if (f->shells[i].lacks_text || f->shells[i].lacks_key)
			return await(BOOT_KeysAwaited, i);
	}
	if (f->escrow_wanted && !f->escrow_there)
		return go(BOOT_ESCROW);
	if (f->earlier)
		return await(BOOT_EarlierAlive, 0);
	return end(f);
}

/* The cluster does not exist: whose is the archive? */
static struct boot_next begin(const struct boot_facts *f)
{
	if (f->store == ASKED_NOT)
		return go(BOOT_LOOK_STORE);
	if (f->store != ASKED_FINE)
		return await(f->store == ASKED_DENIED ? BOOT_StoreDenied : BOOT_StoreAway, 0);
	if (f->claim == CLAIM_UNREADABLE)
		return stop(BOOT_ClaimUnreadable);
	if (f->claim == CLAIM_OTHERS)
		return stop(BOOT_ArchiveClaimed);
	/* another pod may have begun the cluster since the API was asked: then its WAL is there */
	if (!f->empty && !f->again)
		return go(BOOT_LOOK_AGAIN);
	if (!f->empty)
		return stop(f->claim == CLAIM_OURS ? BOOT_ArchiveInUse : BOOT_ArchiveNotEmpty);
	if (f->claim == CLAIM_NONE)
		return go(BOOT_CLAIM);
	return fill(f);
}

struct boot_next boot_decide(const struct boot_facts *f)
{
	if (f->failed)
		return await(f->failed, 0);
	if (f->data && f->mounted)
		return go(f->placed ? BOOT_DONE : BOOT_PLACE_LOCAL);
	if (f->foreign)
		return await(BOOT_OtherIncarnation, 0);
	if (f->api == ASKED_NOT)
		return go(BOOT_LOOK);
	if (f->api != ASKED_FINE)
		return unanswered(f->api);
	return f->data || f->initialized ? join(f) : begin(f);
}
