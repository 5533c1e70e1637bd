/* SPDX-License-Identifier: Apache-2.0 */
/* Digests: SHA-256 of inputs, and the ids that Git gives to blobs and trees. The one user of
 * openssl. */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"

/* A SHA-256. All zero means none. */
struct digest {
	unsigned char b[32];
};

/* A Git object id (SHA-1). All zero means none. */
struct git_id {
	unsigned char b[20];
};

/* A SHA-256 that grows; private but for its size. */
struct hasher {
	uint64_t state[16];
};

/* SHA-256 of bytes. */
struct digest digest_of(struct str bytes);

/* Starts a SHA-256. */
void hasher_start(struct hasher *h);

/* Adds bytes as they are. */
void hasher_add(struct hasher *h, struct str bytes);

/* Adds the length of bytes, then bytes, so that two fields never run into each other. */
void hasher_field(struct hasher *h, struct str bytes);

/* The SHA-256 of what was added; h is used up. */
struct digest hasher_end(struct hasher *h);

/* The id that Git gives to an object of the type ("blob", "tree", "commit") with this content. */
struct git_id git_id_of(const char *type, struct str content);

/* Plain SHA-1 of bytes that come in pieces: { 0 } sized like hasher; for pack trailers. */
void sha1_start(struct hasher *h);

/* Adds bytes to a SHA-1. */
void sha1_add(struct hasher *h, struct str bytes);

/* The SHA-1 of what was added; h is used up. */
struct git_id sha1_end(struct hasher *h);

/* Same digest. */
bool digest_eq(const struct digest *a, const struct digest *b);

/* Same id. */
bool git_id_eq(const struct git_id *a, const struct git_id *b);

/* No id: all zero. */
bool git_id_none(const struct git_id *id);

/* 64 lower-case hex digits in a. */
struct str digest_hex(struct arena *a, const struct digest *d);

/* 40 lower-case hex digits in a. */
struct str git_id_hex(struct arena *a, const struct git_id *id);

/* Reads 64 lower-case hex digits: true and *d, else false. */
bool digest_read(struct str hex, struct digest *d);

/* Reads 40 lower-case hex digits: true and *id, else false. */
bool git_id_read(struct str hex, struct git_id *id);

#endif
