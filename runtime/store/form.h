/* SPDX-License-Identifier: Apache-2.0 */
/* One call of a store as a request of HTTP: each kind of store writes its own. */
#ifndef STORE_FORM_H
#define STORE_FORM_H

#include "base/digest.h"
#include "store/store.h"

/* What one shows oneself with. Which fields are set depends on the store and on who gave them. */
struct store_keys {
	struct str id, secret; /* S3; Azure: secret is the account's key */
	struct str session;    /* S3: token that goes with temporary keys, or "" */
	struct str bearer;     /* OAuth token of Google or Azure, or "" */
	struct str query;      /* Azure: shared access signature, or "" */
	int64_t until_ms;      /* moment after which they are asked for anew; 0: never */
};

/* What a request is made of. */
struct store_form {
	struct arena *arena;
	const struct store_place *place;
	const struct store_keys *keys;
	int64_t wall; /* for signatures that hold a date */
};

/* Writes call into *r (method, url, headers, body, signature), everything in f->arena. */
void form_s3(const struct store_form *f, const struct store_call *call, struct http_request *r);

/* As form_s3, for Google's XML interface with a bearer token. */
void form_gcs(const struct store_form *f, const struct store_call *call, struct http_request *r);

/* As form_s3, for Azure's blobs: account key, shared access signature or bearer token. */
void form_azure(const struct store_form *f, const struct store_call *call, struct http_request *r);

/* Signs r, whose body has this sum, with an access key of Amazon: host, content-type and x-amz-
 * headers that r has, names in lower case. Adds the headers that belong to it, as the last ones. */
void form_sign(const struct store_form *f, const char *region, const struct digest *sum,
	       struct http_request *r);

/* Appends the header line to r; it lives as long as text. */
void form_header(struct http_request *r, struct str line);

/* s for a query: all but letters, digits and -._~ as %XX. In a. */
struct str form_quoted(struct arena *a, struct str s);

/* Whether text stands somewhere in xml. */
bool form_has(struct str xml, const char *text);

/* Texts between <tag> and </tag> in an XML answer, in order, entities resolved, at most most of
 * them; in a. Returns how many. */
size_t form_tags(struct arena *a, struct str xml, const char *tag, struct str *out, size_t most);

#endif
