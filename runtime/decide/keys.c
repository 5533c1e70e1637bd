/* SPDX-License-Identifier: Apache-2.0 */
/* keys.c: keys and passwords that the agent cannot or must not make. */
#include "facts/keys.h"
#include "decide/decide.h"
#include "facts/secrets.h"

/* A Secret that lacks what nobody here can make, of those that bootstrap filled; NULL: none. */
static const struct fact_shell *lost(const struct round *r)
{
	const struct fact_secrets *s = facts_secrets(r->facts);

	for (size_t i = 0; i < s->n_shells; i++)
		if (s->shells[i].lost.n > 0)
			return &s->shells[i];
	return NULL;
}

void decide_keys(struct round *r)
{
	const struct fact_keys *k = facts_keys(r->facts);
	const struct fact_shell *shell = lost(r);

	if (!r->speaks || r->facts->sight[FACT_keys].at_ms == 0)
		return;
	if (k->backup_key.n > 0)
		round_say(r, REASON_BackupKeyGone, "Secret %s", k->backup_key.p);
	else if (shell)
		round_say(r, shell->keys ? REASON_BackupKeyGone : REASON_PasswordsLost,
			  "Secret %s: %s", shell->secret.p, shell->lost.p);
	else if (k->awaited.n > 0)
		round_say(r, REASON_KeysAwaited, "%s", k->awaited.p);
	else
		round_say(r, REASON_KeysThere, "%s", "");
}
