/* SPDX-License-Identifier: Apache-2.0 */
/* The cluster's pods, its StatefulSet and the leader lock, as the API server has them. */
#ifndef FACTS_PODS_H
#define FACTS_PODS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

struct fact_pod {
	struct str name, uid,
	    version;     /* version: resourceVersion, compared only for being the same */
	struct str set;  /* StatefulSet that it belongs to (label howdah.dev/set) */
	struct str role; /* label howdah.dev/role, "" without */
	struct str hash; /* annotation howdah.dev/template-hash */
	int ordinal;
	bool ready, deleting;
	int64_t ready_changed; /* when ready last changed, or it was made; seconds since 1970 */
	bool agent_ready;      /* the agent's container runs */
};

struct fact_pods {
	const struct fact_pod *pods; /* sorted by name */
	size_t n;
	struct str set_hash; /* template hash that the StatefulSet of the members carries */
	struct str holder;   /* who holds the leader lock, as the lock's ConfigMap says */
};

#endif
