/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libgit2's SHA-1 by OpenSSL, as libgit2 offers it itself when it is built with USE_SHA1=OpenSSL.
 * Debian builds it with collision detection, which costs ten times as much: a tenth of the time of
 * one edit in a fleet of thousands. Here that SHA-1 sees nothing that a stranger wrote: the indexer
 * checks the objects that howdah just made and named by OpenSSL's SHA-1 (base/digest.c), and what
 * is read is not hashed at all (git/repo.c). Who receives the objects checks them with Git.
 *
 * The names are those of libgit2 1.5 (src/util/hash/sha1.h). A context is a part of the library's
 * git_hash_ctx, with room for 2,400 bytes. Another version is linked as it is (Makefile, OFFLINE).
 */
#include <string.h>

#include "base/digest.h"

/* Of the library's room. */
_Static_assert(sizeof(struct hasher) <= 2400, "a context of libgit2 holds a SHA-1");

int git_hash_sha1_global_init(void);
int git_hash_sha1_ctx_init(struct hasher *h);
void git_hash_sha1_ctx_cleanup(struct hasher *h);
int git_hash_sha1_init(struct hasher *h);
int git_hash_sha1_update(struct hasher *h, const void *bytes, size_t n);
int git_hash_sha1_final(unsigned char *out, struct hasher *h);

int git_hash_sha1_global_init(void)
{
	return 0;
}

int git_hash_sha1_init(struct hasher *h)
{
	sha1_start(h);
	return 0;
}

int git_hash_sha1_ctx_init(struct hasher *h)
{
	return git_hash_sha1_init(h);
}

void git_hash_sha1_ctx_cleanup(struct hasher *h)
{
	(void)h;
}

int git_hash_sha1_update(struct hasher *h, const void *bytes, size_t n)
{
	sha1_add(h, (struct str){ bytes, n });
	return 0;
}

int git_hash_sha1_final(unsigned char *out, struct hasher *h)
{
	struct git_id id = sha1_end(h);

	memcpy(out, id.b, sizeof(id.b));
	return 0;
}
