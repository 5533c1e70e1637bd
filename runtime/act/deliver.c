/* SPDX-License-Identifier: Apache-2.0 */
/* deliver.c: credentials of a login. The role that gets a new password is in no Secret yet, so
 * whatever fails in between leaves those that are in use as they were. */
#include "act/act.h"
#include "crypto/random.h"
#include "facts/files.h"
#include "ground/paths.h"
#include "provision/credentials.h"
#include "provision/secret_sql.h"
#include "report/fields.h"

enum { ASK_MS = 15000 };

struct work {
	struct arena *secrets; /* wiped at the end */
	struct secret_sql *sql;
	struct str path, version, password;
};

static void stop(struct deed *deed)
{
	struct work *w = deed->work;

	secret_sql_stop(w->sql);
	arena_wipe(w->secrets);
}

static void on_patched(void *owner, const struct api_answer *answer)
{
	struct deed *deed = owner;

	if (answer->outcome == API_FINE)
		deed_done(deed, "");
	else
		deed_failed(deed, answer->message);
}

static void patch(struct deed *deed)
{
	struct work *w = deed->work;
	const struct node *body = deed->action.body;
	struct credentials c = { node_text(body, "user"), w->password, node_text(body, "trust") };
	struct fields f = { w->secrets, { 0 } };

	fields_version(&f, w->version);
	fields_node(&f, "data", credentials_data(w->secrets, node_at(body, "login"), &c));
	api_send(deed->hands->api,
		 &(struct api_call){ "PATCH", w->path.p, API_MERGE, fields_map(&f), ASK_MS, false },
		 on_patched, deed);
}

static void on_altered(void *owner, const char *why)
{
	struct deed *deed = owner;

	if (why[0])
		deed_failed(deed, why);
	else
		patch(deed);
}

static void on_secret(void *owner, const struct api_answer *answer)
{
	struct deed *deed = owner;
	struct work *w = deed->work;
	const struct node *body = deed->action.body;
	struct secret_change change = { node_text(body, "user"), str_of(""),
					node_text(body, "comment") };

	if (answer->outcome != API_FINE) {
		deed_failed(deed, answer->message);
		return;
	}
	w->version =
	    arena_str(w->secrets, node_text(node_at(answer->body, "metadata"), "resourceVersion"));
	if (node_flag(body, "keep", false)) {
		w->password =
		    credentials_value(w->secrets, node_at(answer->body, "data"), "password");
		patch(deed);
		return;
	}
	w->password = random_text(w->secrets, PASSWORD_LENGTH);
	change.password = w->password;
	w->sql = secret_sql_start(deed->hands->loop, PATH_SOCKETS, &change, on_altered, deed);
}

void act_deliver(struct deed *deed)
{
	struct work *w = NEW(deed->arena, struct work);
	const struct node *secret = node_at(node_at(deed->action.body, "login"), "secret");

	w->secrets = arena_new();
	w->path = arena_fmt(deed->arena, "/api/v1/namespaces/%s/secrets/%s",
			    node_text(secret, "namespace").p, node_text(secret, "name").p);
	deed->work = w;
	deed->stop = stop;
	api_send(deed->hands->api,
		 &(struct api_call){ "GET", w->path.p, API_JSON, NULL, ASK_MS, false }, on_secret,
		 deed);
}
