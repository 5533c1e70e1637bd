/* SPDX-License-Identifier: Apache-2.0 */
/* fill_shell.c: what a Secret of the cluster lost is put back or made anew; PostgreSQL learns it
 * behind that, so that the Secret is right whatever happens in between. */
#include "act/act.h"
#include "provision/secret_copy.h"
#include "provision/shell.h"
#include "report/fields.h"

enum { ASK_MS = 15000 };

static struct str path_of(const struct deed *deed)
{
	return arena_fmt(deed->arena, "/api/v1/namespaces/%s/secrets/%s",
			 deed->hands->orders->namespace.p, deed->action.target.p);
}

static void on_secret(void *owner, const struct api_answer *answer)
{
	struct deed *deed = owner;
	struct arena *a;
	struct shell s = { deed->action.body, NULL, false, secret_copy };
	struct fields f;

	if (answer->outcome != API_FINE) {
		deed_failed(deed, answer->message);
		return;
	}
	a = arena_new();
	s.data = node_at(answer->body, "data");
	f = (struct fields){ a, { 0 } };
	fields_seen(&f, answer->body);
	fields_node(&f, "data", shell_fill(a, &s));
	api_send(deed->hands->api,
		 &(struct api_call){ "PATCH", path_of(deed).p, API_MERGE, fields_map(&f), ASK_MS,
				     false },
		 act_on_answer, deed);
	arena_wipe(a);
}

void act_fill_shell(struct deed *deed)
{
	api_send(deed->hands->api,
		 &(struct api_call){ "GET", path_of(deed).p, API_JSON, NULL, ASK_MS, false },
		 on_secret, deed);
}
