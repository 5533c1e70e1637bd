/* SPDX-License-Identifier: Apache-2.0 */
/* Keys and passwords in the Secrets of the cluster: which are not there, never what they are. */
#ifndef FACTS_KEYS_H
#define FACTS_KEYS_H

#include <stdbool.h>

#include "base/str.h"

struct fact_keys {
	struct str awaited;    /* "secret/key, ..." that others have to fill in, "" for none */
	bool gone;             /* something that was filled here is not in its file any more */
	struct str backup_key; /* the Secret of the backups' key, when it lacks it; "" otherwise */
};

#endif
