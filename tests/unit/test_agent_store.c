/* SPDX-License-Identifier: Apache-2.0 */
/* test_agent_store.c: requests of each kind of store, where keys come from, answers in XML. */
#include "check.h"
#include "ground/base64.h"
#include "store/identity.h"

/* Variables of the environment: pairs, NULL-terminated. */
static const char *value(const void *arg, const char *name)
{
	const char *const *pairs = arg;

	for (; pairs && pairs[0]; pairs += 2)
		if (str_is(str_of(name), pairs[0]))
			return pairs[1];
	return "";
}

static struct store_place place(enum store_type type, const char *endpoint, bool path_style)
{
	return (struct store_place){ type, "walg", "acc", "eu-central-1", endpoint, path_style,
				     "",   "",     "",    value,          NULL };
}

static const struct {
	enum store_type type;
	const char *bucket, *endpoint;
	bool path_style;
	enum store_verb verb;
	const char *url;
} urls[] = {
	{ STORE_S3, "walg", "", false, STORE_GET,
	  "https://walg.s3.eu-central-1.amazonaws.com/a/b" },
	{ STORE_S3, "wa.lg", "", false, STORE_GET,
	  "https://s3.eu-central-1.amazonaws.com/wa.lg/a/b" },
	{ STORE_S3, "walg", "https://s3.example.com:9000/", true, STORE_GET,
	  "https://s3.example.com:9000/walg/a/b" },
	{ STORE_S3, "walg", "https://s3.example.com", false, STORE_PUT,
	  "https://walg.s3.example.com/a/b" },
	{ STORE_S3, "walg", "https://s3.example.com", true, STORE_LIST,
	  "https://s3.example.com/walg/?list-type=2&max-keys=200&prefix=a%2Fb" },
	{ STORE_S3, "walg", "", false, STORE_LIST,
	  "https://walg.s3.eu-central-1.amazonaws.com/?list-type=2&max-keys=200&prefix=a%2Fb" },
	{ STORE_GCS, "walg", "", false, STORE_GET, "https://storage.googleapis.com/walg/a/b" },
	{ STORE_GCS, "walg", "", false, STORE_LIST,
	  "https://storage.googleapis.com/walg?list-type=2&max-keys=200&prefix=a%2Fb" },
	{ STORE_AZURE, "walg", "", false, STORE_PUT, "https://acc.blob.core.windows.net/walg/a/b" },
	{ STORE_AZURE, "walg", "", false, STORE_LIST,
	  "https://acc.blob.core.windows.net/walg?restype=container&comp=list&maxresults=200"
	  "&prefix=a%2Fb" },
};

static void test_urls(void)
{
	struct arena *a = arena_new();
	struct store_keys keys = {
		str_of("k"), str_of(""), str_of(""), str_of("b"), str_of(""), 0
	};

	for (size_t i = 0; i < sizeof(urls) / sizeof(*urls); i++) {
		struct store_place p = place(urls[i].type, urls[i].endpoint, urls[i].path_style);
		struct store_form f = { a, &p, &keys, 0 };
		struct store_call call = { urls[i].verb, "a/b", str_of(""), false };
		struct http_request r = { 0 };

		p.bucket = urls[i].bucket;
		if (urls[i].type == STORE_S3)
			form_s3(&f, &call, &r);
		else if (urls[i].type == STORE_GCS)
			form_gcs(&f, &call, &r);
		else
			form_azure(&f, &call, &r);
		if (!CHECK(str_is(str_of(r.url), urls[i].url)))
			(void)printf("#  %s\n", r.url);
	}
	arena_free(a);
}

static bool has_header(const struct http_request *r, const char *line)
{
	for (int i = 0; i < HTTP_HEADERS && r->headers[i]; i++)
		if (str_is(str_of(r->headers[i]), line))
			return true;
	return false;
}

/* What follows was computed by another program, which gives Amazon's own example its signature. */
#define SIGNED                                                                                     \
	"Authorization: AWS4-HMAC-SHA256 "                                                         \
	"Credential=k/20260301/eu-central-1/s3/aws4_request, SignedHeaders="

static void test_headers(void)
{
	struct arena *a = arena_new();
	struct store_place p = place(STORE_S3, "", false);
	struct store_keys keys = {
		str_of("k"), str_of("s"), str_of("t"), str_of("b"), str_of(""), 0
	};
	struct store_form f = { a, &p, &keys, 1772360100 };
	struct store_call call = { STORE_PUT, "a/b", str_of("hello"), true },
			  list = { STORE_LIST, "a/", str_of(""), false };
	struct http_request s3 = { 0 }, gcs = { 0 }, names = { 0 };

	form_s3(&f, &call, &s3);
	CHECK(has_header(
	    &s3,
	    SIGNED "content-type;host;x-amz-content-sha256;x-amz-date;x-amz-security-token, "
		   "Signature=ef41fcd28303c97433ebd4421b4f52d5f893091634807fe0b654c7ddde3fb0bc"));
	CHECK(has_header(&s3, "host: walg.s3.eu-central-1.amazonaws.com"));
	CHECK(has_header(&s3, "x-amz-date: 20260301T101500Z"));
	form_s3(&f, &list, &names);
	CHECK(has_header(
	    &names,
	    SIGNED "host;x-amz-content-sha256;x-amz-date;x-amz-security-token, "
		   "Signature=7c1dad969e38c7dbdcf814d8d334ae916a181c7222162ccda4ceec9ca9ee59ec"));
	CHECK(has_header(&s3, "If-None-Match: *"));
	CHECK(has_header(&s3, "x-amz-security-token: t"));
	CHECK(has_header(&s3, "Content-MD5: XUFAKrxLKna5cZ2REBfFkg=="));
	CHECK(has_header(&s3, "x-amz-content-sha256: "
			      "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"));
	form_gcs(&f, &call, &gcs);
	CHECK(has_header(&gcs, "Authorization: Bearer b"));
	CHECK(has_header(&gcs, "x-goog-if-generation-match: 0"));
	arena_free(a);
}

/* What wal-g asks of the store for its objects goes for the claim and the envelope, too. */
static void test_encryption(void)
{
	static const struct {
		const char *encryption, *header, *key;
	} rows[] = {
		{ "kms", "x-amz-server-side-encryption: aws:kms",
		  "x-amz-server-side-encryption-aws-kms-key-id: arn:aws:kms:eu-central-1:1:key/x" },
		{ "managed", "x-amz-server-side-encryption: AES256", NULL },
		{ "none", NULL, NULL },
		{ "", NULL, NULL },
	};
	struct arena *a = arena_new();
	struct store_place p = place(STORE_S3, "", false);
	struct store_keys keys = {
		str_of("k"), str_of("s"), str_of("t"), str_of(""), str_of(""), 0
	};
	struct store_form f = { a, &p, &keys, 1772360100 };
	struct store_call put = { STORE_PUT, "a/b", str_of("hello"), true },
			  get = { STORE_GET, "a/b", str_of(""), false };

	p.kms_key = "arn:aws:kms:eu-central-1:1:key/x";
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct http_request r = { 0 }, read = { 0 };

		p.encryption = rows[i].encryption;
		form_s3(&f, &put, &r);
		form_s3(&f, &get, &read);
		CHECK(has_header(&r, rows[0].header) == (i == 0));
		CHECK(has_header(&r, rows[1].header) == (i == 1));
		CHECK(has_header(&r, rows[0].key) == (rows[i].key != NULL));
		CHECK(!rows[i].header || !has_header(&read, rows[i].header));
		/* the names' order counts, not that of the lines */
		CHECK(has_header(
			  &r, SIGNED
			  "content-type;host;x-amz-content-sha256;x-amz-date;"
			  "x-amz-security-token;x-amz-server-side-encryption;"
			  "x-amz-server-side-encryption-aws-kms-key-id, Signature="
			  "7dcad3fc1eda0c79ce517ad03638f7c20ed4256c75f5808eab8ff6d761fa8a45") ==
		      (i == 0));
	}
	arena_free(a);
}

static void test_azure(void)
{
	struct arena *a = arena_new();
	struct store_place p = place(STORE_AZURE, "", false);
	struct store_keys keys = { str_of(""), str_of("a2V5"),  str_of(""),
				   str_of(""), str_of("sig=1"), 0 };
	struct store_form f = { a, &p, &keys, 1772360100 };
	struct store_call put = { STORE_PUT, "a/b", str_of("hello"), true },
			  list = { STORE_LIST, "a/", str_of(""), false };
	struct http_request r = { 0 }, l = { 0 };

	form_azure(&f, &put, &r);
	CHECK(str_is(str_of(r.url), "https://acc.blob.core.windows.net/walg/a/b?sig=1"));
	CHECK(has_header(&r, "x-ms-date: Sun, 01 Mar 2026 10:15:00 GMT"));
	CHECK(has_header(&r, "x-ms-blob-type: BlockBlob"));
	CHECK(has_header(
	    &r, "Authorization: SharedKey acc:TxZlg6CmuarKwSWO2RM9bQQuO8emvBiJSA+wce5b6mA="));
	form_azure(&f, &list, &l);
	CHECK(has_header(
	    &l, "Authorization: SharedKey acc:xr/s86mugqDHS8AfiI/eJ9QXcGL+aQ4spVXyaKOj+jo="));
	keys.bearer = str_of("b");
	l = (struct http_request){ 0 };
	form_azure(&f, &list, &l);
	CHECK(has_header(&l, "Authorization: Bearer b"));
	arena_free(a);
}

static const struct {
	enum store_type type;
	const char *pairs[9];
	enum identity_way way;
} ways[] = {
	{ STORE_S3, { NULL }, WAY_NONE },
	{ STORE_S3, { "AWS_ACCESS_KEY_ID", "k", NULL }, WAY_NONE },
	{ STORE_S3, { "AWS_ACCESS_KEY_ID", "k", "AWS_SECRET_ACCESS_KEY", "s", NULL }, WAY_AT_ONCE },
	{ STORE_S3, { "AWS_ROLE_ARN", "r", NULL }, WAY_NONE },
	{ STORE_S3,
	  { "AWS_ROLE_ARN", "r", "AWS_WEB_IDENTITY_TOKEN_FILE", "/proc/sys/kernel/ostype", NULL },
	  WAY_AWS_ROLE },
	{ STORE_S3,
	  { "AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.23/v1/credentials",
	    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/proc/sys/kernel/ostype", NULL },
	  WAY_AWS_AGENT },
	{ STORE_GCS, { NULL }, WAY_GCP_SERVER },
	{ STORE_GCS, { "GOOGLE_APPLICATION_CREDENTIALS", "/nowhere", NULL }, WAY_NONE },
	{ STORE_AZURE, { NULL }, WAY_NONE },
	{ STORE_AZURE, { "AZURE_STORAGE_ACCESS_KEY", "a2V5", NULL }, WAY_AT_ONCE },
	{ STORE_AZURE, { "AZURE_STORAGE_SAS_TOKEN", "?sig=1", NULL }, WAY_AT_ONCE },
	{ STORE_AZURE,
	  { "AZURE_FEDERATED_TOKEN_FILE", "/proc/sys/kernel/ostype", "AZURE_TENANT_ID", "t", NULL },
	  WAY_AZURE_ID },
};

static void test_ways(void)
{
	struct arena *a = arena_new();

	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		struct store_place p = place(ways[i].type, "", false);
		struct store_form f = { a, &p, NULL, 0 };
		struct store_keys keys;
		struct http_request r = { 0 };
		const char *why = "";
		enum identity_way way;

		p.arg = ways[i].pairs;
		way = identity_begin(&f, &keys, &r, &why);
		if (!CHECK(way == ways[i].way))
			(void)printf("#  row %zu: %d\n", i, (int)way);
		CHECK((way == WAY_NONE) == (*why != 0));
		/* only servers of the node itself are asked without TLS */
		CHECK(!r.url || str_starts(str_of(r.url), "https://") ||
		      (r.plain && (way == WAY_AWS_AGENT || way == WAY_GCP_SERVER)));
	}
	arena_free(a);
}

static void test_answers(void)
{
	struct arena *a = arena_new();
	struct str out[4];
	struct store_keys keys;
	struct http_answer answer = { .status = 200, .error = "" };

	CHECK(form_tags(a, str_of("<L><Key>a/b</Key><Key>c&amp;d</Key><Key>"), "Key", out, 4) == 2);
	CHECK(str_is(out[1], "c&d"));
	CHECK(form_tags(a, str_of("<Key>a</Key><Key>b</Key>"), "Key", out, 1) == 1);
	CHECK(form_tags(a, str_of(""), "Key", out, 4) == 0);
	answer.body = str_of("<R><AccessKeyId>k</AccessKeyId><SecretAccessKey>s</SecretAccessKey>"
			     "<SessionToken>t</SessionToken></R>");
	CHECK(!identity_end(WAY_AWS_ROLE, a, &answer, &keys));
	CHECK(str_is(keys.session, "t"));
	answer.body = str_of("{\"access_token\":\"b\",\"expires_in\":3599}");
	CHECK(!identity_end(WAY_GCP_SERVER, a, &answer, &keys));
	CHECK(str_is(keys.bearer, "b"));
	answer.body = str_of("{}");
	CHECK(identity_end(WAY_AZURE_ID, a, &answer, &keys) != NULL);
	answer.body = str_of("<html>");
	CHECK(identity_end(WAY_AWS_AGENT, a, &answer, &keys) != NULL);
	answer.status = 403;
	CHECK(identity_end(WAY_AWS_ROLE, a, &answer, &keys) != NULL);
	arena_free(a);
}

static void test_base64(void)
{
	struct arena *a = arena_new();
	struct str out;

	for (size_t n = 0; n < 40; n++) {
		struct str in = str_cut(str_of("0123456789012345678901234567890123456789"), 0, n);

		CHECK(base64_read(a, base64_of(a, in.p, in.n), &out) && str_eq(out, in));
	}
	CHECK(!base64_read(a, str_of("abc"), &out));
	CHECK(!base64_read(a, str_of("a*c="), &out));
	arena_free(a);
}

int main(void)
{
	test_urls();
	test_headers();
	test_encryption();
	test_azure();
	test_ways();
	test_answers();
	test_base64();
	return check_done("store");
}
