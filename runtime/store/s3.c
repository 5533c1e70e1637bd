/* SPDX-License-Identifier: Apache-2.0 */
/* s3.c: requests of S3, and of Google's store, whose XML interface is its likeness. */
#include "crypto/sum.h"
#include "store/form.h"

static struct str endpoint_of(const struct store_form *f)
{
	struct str e = str_of(f->place->endpoint);

	while (e.n > 0 && e.p[e.n - 1] == '/')
		e.n--;
	return arena_str(f->arena, e);
}

/* Amazon's own server of a region. */
static struct str amazon(const struct store_form *f)
{
	const char *region = f->place->region;

	return arena_fmt(f->arena, "s3.%s.amazonaws.com%s", region,
			 str_starts(str_of(region), "cn-") ? ".cn" : "");
}

/* Where the bucket is. A name with dots does not fit Amazon's certificate, so it goes into the
 * path. */
static struct str bucket_of(const struct store_form *f)
{
	struct str bucket = str_of(f->place->bucket), e = endpoint_of(f);
	static const char scheme[] = "https://";

	if (e.n == 0 && str_find(bucket, '.') == bucket.n)
		return arena_fmt(f->arena, "https://%s.%s", bucket.p, amazon(f).p);
	if (e.n == 0)
		return arena_fmt(f->arena, "https://%s/%s", amazon(f).p, bucket.p);
	if (f->place->path_style || !str_starts(e, scheme))
		return arena_fmt(f->arena, "%s/%s", e.p, bucket.p);
	return arena_fmt(f->arena, "%s%s.%s", scheme, bucket.p, e.p + sizeof(scheme) - 1);
}

/* The url of call in a bucket at base. Parameters stand in the order that signatures want. */
static struct str url_of(const struct store_form *f, const struct store_call *call, struct str base)
{
	if (call->verb == STORE_LIST)
		return arena_fmt(f->arena, "%s?list-type=2&max-keys=%d&prefix=%s", base.p,
				 STORE_NAMES, form_quoted(f->arena, str_of(call->key)).p);
	return arena_fmt(f->arena, "%s/%s", base.p, call->key);
}

static void put_common(const struct store_form *f, const struct store_call *call,
		       struct http_request *r)
{
	r->method = call->verb == STORE_PUT ? "PUT" : "GET";
	if (call->verb != STORE_PUT)
		return;
	r->body = call->body;
	form_header(r, str_of("content-type: application/octet-stream"));
	form_header(r, arena_fmt(f->arena, "Content-MD5: %s", sum_md5(f->arena, call->body).p));
}

/* Asks the store to encrypt the object, as wal-g asks for its own. */
static void put_encryption(const struct store_form *f, struct http_request *r)
{
	struct str encryption = str_of(f->place->encryption);
	bool kms = str_is(encryption, "kms");

	if (kms || str_is(encryption, "managed"))
		form_header(r, arena_fmt(f->arena, "x-amz-server-side-encryption: %s",
					 kms ? "aws:kms" : "AES256"));
	if (kms)
		form_header(r,
			    arena_fmt(f->arena, "x-amz-server-side-encryption-aws-kms-key-id: %s",
				      f->place->kms_key));
}

void form_s3(const struct store_form *f, const struct store_call *call, struct http_request *r)
{
	const char *region = *f->place->region ? f->place->region : "us-east-1";
	struct str base = bucket_of(f);
	struct digest body = digest_of(call->body);

	/* a bucket in the host name leaves the path to the list empty, which signatures do not
	 * know */
	if (call->verb == STORE_LIST)
		base = arena_fmt(f->arena, "%s/", base.p);
	r->url = url_of(f, call, base).p;
	put_common(f, call, r);
	if (f->keys->session.n > 0)
		form_header(r, arena_fmt(f->arena, "x-amz-security-token: %s", f->keys->session.p));
	if (call->only_new)
		form_header(r, str_of("If-None-Match: *"));
	if (call->verb == STORE_PUT)
		put_encryption(f, r);
	form_sign(f, region, &body, r);
}

void form_gcs(const struct store_form *f, const struct store_call *call, struct http_request *r)
{
	struct str e = endpoint_of(f);
	struct str base = arena_fmt(f->arena, "%s/%s", e.n ? e.p : "https://storage.googleapis.com",
				    f->place->bucket);

	r->url = url_of(f, call, base).p;
	put_common(f, call, r);
	form_header(r, arena_fmt(f->arena, "Authorization: Bearer %s", f->keys->bearer.p));
	/* generation 0 is that of an object which is not there */
	if (call->only_new)
		form_header(r, str_of("x-goog-if-generation-match: 0"));
}
