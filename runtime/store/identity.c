/* SPDX-License-Identifier: Apache-2.0 */
/* identity.c: how clouds tell a pod who it is. Names of variables are those that the clouds' own
 * webhooks set (contracts.md 1.9, 7). */
#include "store/identity.h"

#include "base/buf.h"
#include "crypto/jwt.h"
#include "ground/mounted.h"
#include "tree/json_in.h"

enum { FILE_MOST = 64 * 1024, ASK_MS = 10000, EARLY_MS = 60000, AWS_MS = 5 * 60000 };

static struct str variable(const struct store_form *f, const char *name)
{
	const char *v = f->place->variable ? f->place->variable(f->place->arg, name) : "";

	return arena_fmt(f->arena, "%s", v ? v : "");
}

/* The text of the file that variable name names, without blanks around; "" when there is none. */
static struct str file_of(const struct store_form *f, const char *name)
{
	struct str path = variable(f, name), text = str_of("");
	struct err err = { 0 };

	if (path.n == 0 || mounted_read(f->arena, path.p, FILE_MOST, &text, &err) != 1)
		return str_of("");
	while (text.n > 0 && (text.p[text.n - 1] == '\n' || text.p[text.n - 1] == ' '))
		text.n--;
	return arena_str(f->arena, text);
}

static void put_form(struct buf *b, struct arena *a, const char *name, struct str value)
{
	buf_fmt(b, "%s%s=%s", b->n > 0 ? "&" : "", name, form_quoted(a, value).p);
}

static void post(const struct store_form *f, struct http_request *r, struct str url,
		 struct buf *form)
{
	*r = (struct http_request){ .method = "POST", .url = url.p, .deadline_ms = ASK_MS };
	r->body = buf_take(form, f->arena);
	form_header(r, str_of("Content-Type: application/x-www-form-urlencoded"));
}

static enum identity_way none(const char **why, const char *text)
{
	*why = text;
	return WAY_NONE;
}

static enum identity_way aws_role(const struct store_form *f, struct http_request *r,
				  const char **why)
{
	struct str url = variable(f, "AWS_ENDPOINT_URL_STS"),
		   session = variable(f, "AWS_ROLE_SESSION_NAME"),
		   token = file_of(f, "AWS_WEB_IDENTITY_TOKEN_FILE");
	struct buf form = { 0 };

	if (token.n == 0)
		return none(why, "the file of AWS_WEB_IDENTITY_TOKEN_FILE cannot be read");
	if (url.n == 0)
		url = arena_fmt(f->arena, "https://sts.%s.amazonaws.com%s/", f->place->region,
				str_starts(str_of(f->place->region), "cn-") ? ".cn" : "");
	put_form(&form, f->arena, "Action", str_of("AssumeRoleWithWebIdentity"));
	put_form(&form, f->arena, "Version", str_of("2011-06-15"));
	put_form(&form, f->arena, "RoleArn", variable(f, "AWS_ROLE_ARN"));
	put_form(&form, f->arena, "RoleSessionName", session.n ? session : str_of("howdah-agent"));
	put_form(&form, f->arena, "WebIdentityToken", token);
	post(f, r, url, &form);
	r->tls.ca = variable(f, "AWS_CA_BUNDLE").p;
	return WAY_AWS_ROLE;
}

static enum identity_way aws_agent(const struct store_form *f, struct http_request *r,
				   const char **why)
{
	struct str token = file_of(f, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"),
		   url = variable(f, "AWS_CONTAINER_CREDENTIALS_FULL_URI");

	if (token.n == 0)
		return none(why,
			    "the file of AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE cannot be read");
	*r = (struct http_request){ .method = "GET", .url = url.p, .deadline_ms = ASK_MS };
	r->plain = str_starts(url, "http://");
	form_header(r, arena_fmt(f->arena, "Authorization: %s", token.p));
	return WAY_AWS_AGENT;
}

static enum identity_way begin_s3(const struct store_form *f, struct store_keys *keys,
				  struct http_request *r, const char **why)
{
	keys->id = variable(f, "AWS_ACCESS_KEY_ID");
	keys->secret = variable(f, "AWS_SECRET_ACCESS_KEY");
	keys->session = variable(f, "AWS_SESSION_TOKEN");
	if (keys->id.n > 0 && keys->secret.n > 0)
		return WAY_AT_ONCE;
	if (variable(f, "AWS_ROLE_ARN").n > 0)
		return aws_role(f, r, why);
	if (variable(f, "AWS_CONTAINER_CREDENTIALS_FULL_URI").n > 0)
		return aws_agent(f, r, why);
	return none(why, "no credentials: neither AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY, "
			 "nor AWS_ROLE_ARN, nor AWS_CONTAINER_CREDENTIALS_FULL_URI is set");
}

static enum identity_way gcp_file(const struct store_form *f, struct http_request *r,
				  const char **why)
{
	struct str text = file_of(f, "GOOGLE_APPLICATION_CREDENTIALS"), assertion;
	const struct node *n = json_read(f->arena, text, (struct pos){ 0 }, why);
	struct str uri = node_text(n, "token_uri");
	struct buf form = { 0 };

	if (!n || uri.n == 0)
		return none(why, "the file of GOOGLE_APPLICATION_CREDENTIALS is no key of a "
				 "service account");
	assertion = jwt_signed(f->arena,
			       &(struct jwt){ node_text(n, "client_email"),
					      str_of("https://www.googleapis.com/auth/"
						     "devstorage.read_write"),
					      uri, f->wall },
			       node_text(n, "private_key"));
	if (assertion.n == 0)
		return none(why, "the private key of GOOGLE_APPLICATION_CREDENTIALS cannot be "
				 "read");
	put_form(&form, f->arena, "grant_type",
		 str_of("urn:ietf:params:oauth:grant-type:jwt-bearer"));
	put_form(&form, f->arena, "assertion", assertion);
	post(f, r, uri, &form);
	return WAY_GCP_FILE;
}

static enum identity_way begin_gcs(const struct store_form *f, struct http_request *r,
				   const char **why)
{
	struct str host = variable(f, "GCE_METADATA_HOST");

	if (variable(f, "GOOGLE_APPLICATION_CREDENTIALS").n > 0)
		return gcp_file(f, r, why);
	*r = (struct http_request){ .method = "GET", .plain = true, .deadline_ms = ASK_MS };
	r->url = arena_fmt(f->arena,
			   "http://%s/computeMetadata/v1/instance/service-accounts/default/token",
			   host.n ? host.p : "metadata.google.internal")
		     .p;
	form_header(r, str_of("Metadata-Flavor: Google"));
	return WAY_GCP_SERVER;
}

static enum identity_way azure_id(const struct store_form *f, struct http_request *r,
				  const char **why)
{
	struct str host = variable(f, "AZURE_AUTHORITY_HOST"),
		   token = file_of(f, "AZURE_FEDERATED_TOKEN_FILE");
	struct buf form = { 0 };

	if (token.n == 0)
		return none(why, "the file of AZURE_FEDERATED_TOKEN_FILE cannot be read");
	if (host.n == 0)
		host = str_of("https://login.microsoftonline.com/");
	put_form(&form, f->arena, "client_id", variable(f, "AZURE_CLIENT_ID"));
	put_form(&form, f->arena, "scope", str_of("https://storage.azure.com/.default"));
	put_form(&form, f->arena, "client_assertion_type",
		 str_of("urn:ietf:params:oauth:client-assertion-type:jwt-bearer"));
	put_form(&form, f->arena, "client_assertion", token);
	put_form(&form, f->arena, "grant_type", str_of("client_credentials"));
	post(f, r,
	     arena_fmt(f->arena, "%s%s%s/oauth2/v2.0/token", host.p, str_ends(host, "/") ? "" : "/",
		       variable(f, "AZURE_TENANT_ID").p),
	     &form);
	return WAY_AZURE_ID;
}

static enum identity_way begin_azure(const struct store_form *f, struct store_keys *keys,
				     struct http_request *r, const char **why)
{
	struct str query = variable(f, "AZURE_STORAGE_SAS_TOKEN");

	keys->secret = variable(f, "AZURE_STORAGE_ACCESS_KEY");
	keys->query = str_starts(query, "?") ? str_cut(query, 1, query.n) : query;
	if (keys->secret.n > 0 || keys->query.n > 0)
		return WAY_AT_ONCE;
	if (variable(f, "AZURE_FEDERATED_TOKEN_FILE").n > 0)
		return azure_id(f, r, why);
	return none(why, "no credentials: neither AZURE_STORAGE_ACCESS_KEY, nor "
			 "AZURE_STORAGE_SAS_TOKEN, nor AZURE_FEDERATED_TOKEN_FILE is set");
}

enum identity_way identity_begin(const struct store_form *f, struct store_keys *keys,
				 struct http_request *r, const char **why)
{
	*keys =
	    (struct store_keys){ str_of(""), str_of(""), str_of(""), str_of(""), str_of(""), 0 };
	switch (f->place->type) {
	case STORE_GCS:
		return begin_gcs(f, r, why);
	case STORE_AZURE:
		return begin_azure(f, keys, r, why);
	default:
		return begin_s3(f, keys, r, why);
	}
}

static struct str tag(struct arena *a, struct str xml, const char *name)
{
	struct str out = str_of("");

	(void)form_tags(a, xml, name, &out, 1);
	return out;
}

static const char *end_role(struct arena *a, struct str xml, struct store_keys *keys)
{
	keys->id = tag(a, xml, "AccessKeyId");
	keys->secret = tag(a, xml, "SecretAccessKey");
	keys->session = tag(a, xml, "SessionToken");
	keys->until_ms = clock_now().ms + AWS_MS;
	return keys->id.n > 0 && keys->secret.n > 0 ? NULL : "STS gave no credentials";
}

static const char *end_agent(const struct node *n, struct store_keys *keys)
{
	keys->id = node_text(n, "AccessKeyId");
	keys->secret = node_text(n, "SecretAccessKey");
	keys->session = node_text(n, "Token");
	keys->until_ms = clock_now().ms + AWS_MS;
	return keys->id.n > 0 && keys->secret.n > 0 ? NULL : "Pod Identity gave no credentials";
}

static const char *end_token(const struct node *n, struct store_keys *keys)
{
	keys->bearer = node_text(n, "access_token");
	keys->until_ms = clock_now().ms + node_num(n, "expires_in", 300) * 1000 - EARLY_MS;
	return keys->bearer.n > 0 ? NULL : "the cloud gave no token";
}

const char *identity_end(enum identity_way way, struct arena *a, const struct http_answer *answer,
			 struct store_keys *keys)
{
	const char *why = NULL;
	const struct node *n;

	*keys =
	    (struct store_keys){ str_of(""), str_of(""), str_of(""), str_of(""), str_of(""), 0 };
	if (!answer->status)
		return arena_fmt(a, "asking the cloud for credentials: %s", answer->error).p;
	if (answer->status != 200)
		return arena_fmt(a, "asking the cloud for credentials: it answers %d",
				 answer->status)
		    .p;
	if (way == WAY_AWS_ROLE)
		return end_role(a, answer->body, keys);
	n = json_read(a, answer->body, (struct pos){ 0 }, &why);
	if (!n)
		return arena_fmt(a, "asking the cloud for credentials: %s", why ? why : "no JSON")
		    .p;
	return way == WAY_AWS_AGENT ? end_agent(n, keys) : end_token(n, keys);
}
