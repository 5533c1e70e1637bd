/* SPDX-License-Identifier: Apache-2.0 */
/* The cluster's pods, its StatefulSet and the leader lock, as the API server has them. */
#ifndef FACTS_PODS_H
#define FACTS_PODS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/* A container that runs beside PostgreSQL. */
struct fact_sidecar {
	struct str container, image; /* image: as the pod's spec has it */
	struct str id;               /* of the container that runs now, "" for none */
	int64_t since;               /* when that began to run; seconds since 1970 */
};

/* The last change of a sidecar's image that an agent made in place, as it noted on the pod. */
struct fact_update {
	struct str container;      /* "" for none */
	struct str image, was, id; /* image and container that ran before */
	int64_t at;                /* seconds since 1970 */
	struct str refused;        /* an image that did not come up here, "" for none */
};

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
	const struct fact_sidecar *sidecars;
	size_t n_sidecars;
	struct fact_update update;
};

/* Annotations of a pod for that. */
#define SIDECAR_UPDATE "howdah.dev/sidecar-update"
#define SIDECAR_REFUSED "howdah.dev/sidecar-refused"

struct fact_pods {
	const struct fact_pod *pods; /* sorted by name */
	size_t n;
	struct str set_hash; /* template hash that the StatefulSet of the members carries */
	struct str holder;   /* who holds the leader lock, as the lock's ConfigMap says */
	struct str renewed;  /* when that was, in the holder's words */
	int64_t renewed_ms;  /* moment at which the lock was last seen to be another than before, or
			      * to be this member's: for as long nobody renewed it */
};

#endif
