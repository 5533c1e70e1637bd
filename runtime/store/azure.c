/* SPDX-License-Identifier: Apache-2.0 */
/* azure.c: requests of Azure's blobs, signed by account key, signature in the url, or token. */
#include <time.h>

#include "base/buf.h"
#include "crypto/sum.h"
#include "ground/base64.h"
#include "ground/plain.h"
#include "store/form.h"

/* The oldest version that has all we use, and takes tokens. */
#define VERSION "2020-10-02"

/* The date as HTTP has it, in English whatever the locale. */
static struct str date_of(struct arena *a, int64_t wall)
{
	static const char days[] = "SunMonTueWedThuFriSat",
			  months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	time_t t = (time_t)wall;
	struct tm tm = { 0 };

	(void)gmtime_r(&t, &tm);
	return arena_fmt(a, "%.3s, %02d %.3s %04d %02d:%02d:%02d GMT",
			 days + (size_t)tm.tm_wday * 3, tm.tm_mday, months + (size_t)tm.tm_mon * 3,
			 tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

static struct str path_of(const struct store_form *f, const struct store_call *call)
{
	return call->verb == STORE_LIST
		   ? arena_fmt(f->arena, "/%s", f->place->bucket)
		   : arena_fmt(f->arena, "/%s/%s", f->place->bucket, call->key);
}

/* What an account key signs: the request as Microsoft's "Shared Key" puts it on lines. */
static struct str to_sign(const struct store_form *f, const struct store_call *call,
			  struct str date, struct str md5)
{
	struct buf b = { 0 };

	buf_text(&b, call->verb == STORE_PUT ? "PUT\n\n\n" : "GET\n\n\n");
	if (call->body.n > 0)
		buf_int(&b, (int64_t)call->body.n);
	buf_fmt(&b, "\n%s\n%s\n\n\n\n%s\n\n\n", md5.p,
		call->verb == STORE_PUT ? "application/octet-stream" : "",
		call->only_new ? "*" : "");
	if (call->verb == STORE_PUT)
		buf_text(&b, "x-ms-blob-type:BlockBlob\n");
	buf_fmt(&b, "x-ms-date:%s\nx-ms-version:" VERSION "\n/%s%s", date.p, f->place->account,
		path_of(f, call).p);
	if (call->verb == STORE_LIST)
		buf_fmt(&b, "\ncomp:list\nmaxresults:%d\nprefix:%s\nrestype:container", STORE_NAMES,
			call->key);
	return buf_take(&b, f->arena);
}

/* HMAC-SHA256 of text by the account's key, which is base64. "" when it is not. */
static struct str signature(const struct store_form *f, struct str text)
{
	struct str key, out = str_of("");

	if (base64_read(f->arena, f->keys->secret, &key) && key.n > 0) {
		struct digest sum = sum_hmac_sha256(key, text);

		out = base64_of(f->arena, sum.b, sizeof(sum.b));
	}
	plain_wipe(key);
	return out;
}

static struct str host_of(const struct store_form *f)
{
	struct str e = str_of(f->place->endpoint);

	while (e.n > 0 && e.p[e.n - 1] == '/')
		e.n--;
	return e.n ? arena_str(f->arena, e)
		   : arena_fmt(f->arena, "https://%s.blob.core.windows.net", f->place->account);
}

static struct str url_of(const struct store_form *f, const struct store_call *call)
{
	struct buf b = { 0 };
	bool list = call->verb == STORE_LIST;

	buf_fmt(&b, "%s%s", host_of(f).p, path_of(f, call).p);
	if (list)
		buf_fmt(&b, "?restype=container&comp=list&maxresults=%d&prefix=%s", STORE_NAMES,
			form_quoted(f->arena, str_of(call->key)).p);
	if (f->keys->query.n > 0)
		buf_fmt(&b, "%c%s", list ? '&' : '?', f->keys->query.p);
	return buf_take(&b, f->arena);
}

void form_azure(const struct store_form *f, const struct store_call *call, struct http_request *r)
{
	struct str date = date_of(f->arena, f->wall), md5 = str_of("");

	r->method = call->verb == STORE_PUT ? "PUT" : "GET";
	r->url = url_of(f, call).p;
	form_header(r, str_of("x-ms-version: " VERSION));
	form_header(r, arena_fmt(f->arena, "x-ms-date: %s", date.p));
	if (call->verb == STORE_PUT) {
		md5 = sum_md5(f->arena, call->body);
		r->body = call->body;
		form_header(r, str_of("x-ms-blob-type: BlockBlob"));
		form_header(r, str_of("Content-Type: application/octet-stream"));
		form_header(r, arena_fmt(f->arena, "Content-MD5: %s", md5.p));
	}
	if (call->only_new)
		form_header(r, str_of("If-None-Match: *"));
	if (f->keys->bearer.n > 0)
		form_header(r, arena_fmt(f->arena, "Authorization: Bearer %s", f->keys->bearer.p));
	else if (f->keys->secret.n > 0)
		form_header(r,
			    arena_fmt(f->arena, "Authorization: SharedKey %s:%s", f->place->account,
				      signature(f, to_sign(f, call, date, md5)).p));
}
