/* SPDX-License-Identifier: Apache-2.0 */
/* sign.c: Amazon's signature of a request, version 4. */
#include <time.h>

#include "base/buf.h"
#include "crypto/sum.h"
#include "ground/plain.h"
#include "store/form.h"

struct line {
	struct str name, value;
};

static struct str moment_of(struct arena *a, int64_t wall)
{
	time_t t = (time_t)wall;
	struct tm tm = { 0 };

	(void)gmtime_r(&t, &tm);
	return arena_fmt(a, "%04d%02d%02dT%02d%02d%02dZ", tm.tm_year + 1900, tm.tm_mon + 1,
			 tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

/* The headers that are signed, by name; those that Amazon asks for. */
static size_t lines_of(const struct http_request *r, struct line *out)
{
	size_t n = 0;

	for (int i = 0; i < HTTP_HEADERS && r->headers[i]; i++) {
		struct str h = str_of(r->headers[i]);
		size_t colon = str_find(h, ':'), at = n;
		struct str name = str_cut(h, 0, colon);

		if (!str_starts(name, "x-amz-") && !str_is(name, "host") &&
		    !str_is(name, "content-type"))
			continue;
		for (; at > 0 && str_cmp(name, out[at - 1].name) < 0; at--)
			out[at] = out[at - 1];
		out[at] = (struct line){ name, str_cut(h, colon + 2, h.n) };
		n++;
	}
	return n;
}

/* The names of the lines, as the signature tells them. */
static struct str names_of(struct arena *a, const struct line *lines, size_t n)
{
	struct buf b = { 0 };

	for (size_t i = 0; i < n; i++)
		buf_fmt(&b, "%s%.*s", i ? ";" : "", (int)lines[i].name.n, lines[i].name.p);
	return buf_take(&b, a);
}

/* The request in the one form that both sides know. path is what stands behind the host. */
static struct str canonical(const struct store_form *f, const struct http_request *r,
			    const char *path, const struct digest *sum)
{
	struct line lines[HTTP_HEADERS];
	size_t n = lines_of(r, lines);
	struct str p = str_of(path);
	size_t query = str_find(p, '?');
	struct str behind = query < p.n ? str_cut(p, query + 1, p.n) : str_of("");
	struct buf b = { 0 };

	buf_fmt(&b, "%s\n%.*s\n%s\n", r->method, (int)query, p.p, behind.p);
	for (size_t i = 0; i < n; i++)
		buf_fmt(&b, "%.*s:%.*s\n", (int)lines[i].name.n, lines[i].name.p,
			(int)lines[i].value.n, lines[i].value.p);
	buf_fmt(&b, "\n%s\n%s", names_of(f->arena, lines, n).p, digest_hex(f->arena, sum).p);
	return buf_take(&b, f->arena);
}

/* HMAC of text by the key of one day, region and service. */
static struct str signature(const struct store_form *f, const char *const *scope, size_t n,
			    struct str text)
{
	struct str first = arena_fmt(f->arena, "AWS4%s", f->keys->secret.p);
	struct digest key = sum_hmac_sha256(first, str_of(scope[0]));

	plain_wipe(first);
	for (size_t i = 1; i <= n; i++)
		key = sum_hmac_sha256((struct str){ (const char *)key.b, sizeof(key.b) },
				      i < n ? str_of(scope[i]) : text);
	return digest_hex(f->arena, &key);
}

void form_sign(const struct store_form *f, const char *region, const struct digest *sum,
	       struct http_request *r)
{
	struct str url = str_of(r->url), moment = moment_of(f->arena, f->wall);
	size_t host = str_find(url, ':') + 3;
	struct str rest = str_cut(url, host, url.n);
	size_t path = str_find(rest, '/');
	const char *scope[] = { arena_str(f->arena, str_cut(moment, 0, 8)).p, region, "s3",
				"aws4_request" };
	struct str where = arena_fmt(f->arena, "%s/%s/s3/aws4_request", scope[0], region);
	struct line lines[HTTP_HEADERS];
	struct digest whole;

	form_header(r, arena_fmt(f->arena, "host: %.*s", (int)path, rest.p));
	form_header(r, arena_fmt(f->arena, "x-amz-date: %s", moment.p));
	form_header(r,
		    arena_fmt(f->arena, "x-amz-content-sha256: %s", digest_hex(f->arena, sum).p));
	whole = digest_of(canonical(f, r, rest.p + path, sum));
	form_header(
	    r, arena_fmt(f->arena,
			 "Authorization: AWS4-HMAC-SHA256 Credential=%s/%s, "
			 "SignedHeaders=%s, Signature=%s",
			 f->keys->id.p, where.p, names_of(f->arena, lines, lines_of(r, lines)).p,
			 signature(f, scope, sizeof(scope) / sizeof(*scope),
				   arena_fmt(f->arena, "AWS4-HMAC-SHA256\n%s\n%s\n%s", moment.p,
					     where.p, digest_hex(f->arena, &whole).p))
			     .p));
}
