/* SPDX-License-Identifier: Apache-2.0 */
/* Mounted files that PostgreSQL and Patroni read: certificates, trust, pg_hba.conf. */
#ifndef FACTS_FILES_H
#define FACTS_FILES_H

#include <stdbool.h>

#include "base/str.h"
#include "tls/cert.h"

/* A certificate's folder. */
struct fact_cert {
	struct str name; /* "server", "postgres", "standby" */
	struct str folder;
	struct cert cert;
	struct str problem; /* why it must not be used, or "" */
};

struct fact_files {
	const struct fact_cert *certs;
	size_t n_certs;
	struct str hba_digest, trust_digest; /* SHA-256 in hex; "" when it is not there */
	int64_t changed;   /* newest change of hba, trust in /run, server certificate; since 1970 */
	bool trust_stale;  /* /run's copy of the bundle is not the bundle's authorities */
	struct str trust;  /* the bundle as it is mounted, PEM: public */
	struct str bundle; /* the same; its copy in /run while nothing is mounted: the kubelet was
			    * not here yet, or somebody emptied it */
	struct cert authority; /* the cluster's own; serial "" without one */
	size_t authorities;    /* in the bundle, the own one included */
	struct str trust_all;  /* the bundle with the own authority, without what expired */
	struct str trust_last; /* the own authority alone */
};

#endif
