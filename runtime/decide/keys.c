/* SPDX-License-Identifier: Apache-2.0 */
/* keys.c: keys and passwords that the agent cannot or must not make. */
#include "facts/keys.h"
#include "decide/decide.h"

void decide_keys(struct round *r)
{
	const struct fact_keys *k = facts_keys(r->facts);

	if (!r->speaks || r->facts->sight[FACT_keys].at_ms == 0)
		return;
	if (k->backup_key.n > 0)
		round_say(r, REASON_BackupKeyGone, "Secret %s", k->backup_key.p);
	else if (k->awaited.n > 0)
		round_say(r, REASON_KeysAwaited, "%s", k->awaited.p);
	else
		round_say(r, REASON_KeysThere, "%s", "");
}
