/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates as files: is this pair one that may be served? */
#ifndef TLS_CERT_H
#define TLS_CERT_H

#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"

/* What one certificate says. */
struct cert {
	struct str serial; /* lower-case hex without leading zeros */
	int64_t from, to;  /* validity, seconds since 1970 */
};

/* Reads the first certificate of the PEM text chain into *c (texts in a). NULL, or why not. */
const char *cert_read(struct arena *a, struct str chain, struct cert *c);

/* What is judged together, all PEM. */
struct cert_files {
	struct str chain; /* leaf first */
	struct str key;
	struct str trust; /* authorities, or empty: not asked */
};

/* Whether the files may be served at wall: the key is the leaf's, the leaf is valid now, and trust
 * leads to it. NULL, or why not. *c is filled as far as it could be read. */
const char *cert_judge(struct arena *a, const struct cert_files *files, int64_t wall,
		       struct cert *c);

/* Appends to out the certificates of the PEM texts that are authorities and valid at wall, each
 * once, in the order of the texts: what a trust bundle should hold. Returns how many. */
size_t cert_bundle(struct buf *out, const struct str *texts, size_t n, int64_t wall);

#endif
