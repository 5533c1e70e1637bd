/* SPDX-License-Identifier: Apache-2.0 */
/* An object store, as the claim and the escrow need it: small objects, read, written, listed.
 * S3 takes signatures by keys; Google's and Azure's stores take the tokens of their clouds. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/arena.h"
#include "loop/loop.h"
#include "net/http.h"

struct store;

enum store_type { STORE_S3, STORE_GCS, STORE_AZURE };

/* Where the store is. All texts are copied; "" is none. */
struct store_place {
	enum store_type type;
	const char *bucket;     /* or container */
	const char *account;    /* Azure: storage account */
	const char *region;     /* S3 */
	const char *endpoint;   /* https://host[:port] of a server that is not the cloud's own */
	bool path_style;        /* S3 with endpoint: bucket in the path */
	const char *ca;         /* file of the endpoint's authorities; without it, the system's */
	const char *encryption; /* S3: by the store, "managed" or "kms"; anything else: not asked */
	const char *kms_key;    /* with kms: by which key */
	/* Value of a variable of the environment, "" without: credentials come from there. Asked
	 * anew whenever they are needed, and files that variables name are read anew too. */
	const char *(*variable)(const void *arg, const char *name);
	const void *arg;
};

enum store_outcome {
	STORE_FINE,
	STORE_MISSING, /* GET: there is no such object */
	STORE_TAKEN,   /* PUT with only_new: it was there, or another came at the same moment */
	STORE_DENIED,  /* 401, 403, no bucket, no credentials: somebody must see to it */
	STORE_AWAY,    /* no answer, 408, 429, 5xx, or one that cannot be read: try again later */
};

enum store_verb { STORE_GET, STORE_PUT, STORE_LIST };

enum { STORE_NAMES = 200 }; /* most names that a LIST gives */

/* One request. Copied. */
struct store_call {
	enum store_verb verb;
	const char *key; /* of the object; of LIST what the names begin with */
	struct str body; /* of PUT */
	bool only_new;   /* PUT: only if there is no such object, judged by the store */
};

/* What came back. Valid during the call only. */
struct store_answer {
	enum store_outcome outcome;
	int status;              /* of HTTP; 0 without an answer */
	struct str body;         /* GET: the object */
	const struct str *names; /* LIST: keys of the first objects, in order */
	size_t n_names;
	const char *message; /* what is wrong, for people; never a secret */
};

/* A client over h; never NULL. */
struct store *store_new(struct loop *l, struct http *h, const struct store_place *place);

/* Ends it and its requests; nobody is told. NULL is fine. */
void store_free(struct store *s);

/* Sends call; done(owner, answer) is called exactly once, later. Nothing is retried here: who asks
 * again waits before. */
void store_send(struct store *s, const struct store_call *call,
		void (*done)(void *owner, const struct store_answer *answer), void *owner);

/* Drops the requests of owner. */
void store_forget(struct store *s, const void *owner);

#endif
