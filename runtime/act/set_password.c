/* SPDX-License-Identifier: Apache-2.0 */
/* set_password.c: a system role gets the password that its Secret has. */
#include "act/act.h"
#include "ground/paths.h"
#include "provision/credentials.h"
#include "provision/secret_sql.h"

enum { ASK_MS = 10000 };

static void stop(struct deed *deed)
{
	secret_sql_stop(deed->work);
	deed->work = NULL;
}

static void on_secret(void *owner, const struct api_answer *answer)
{
	struct deed *deed = owner;
	const struct node *body = deed->action.body;
	struct arena *a;
	struct secret_change change = { deed->action.target, str_of(""), str_of("") };

	if (answer->outcome != API_FINE) {
		deed_failed(deed, answer->message);
		return;
	}
	a = arena_new();
	change.password =
	    credentials_value(a, node_at(answer->body, "data"), node_text(body, "key").p);
	deed->stop = stop;
	if (change.password.n > 0)
		deed->work =
		    secret_sql_start(deed->hands->loop, PATH_SOCKETS, &change, act_on_end, deed);
	else
		deed_failed(deed, "the Secret has no password");
	arena_wipe(a);
}

void act_set_password(struct deed *deed)
{
	struct str path =
	    arena_fmt(deed->arena, "/api/v1/namespaces/%s/secrets/%s",
		      deed->hands->orders->namespace.p, node_text(deed->action.body, "secret").p);

	api_send(deed->hands->api,
		 &(struct api_call){ "GET", path.p, API_JSON, NULL, ASK_MS, false }, on_secret,
		 deed);
}
