/* SPDX-License-Identifier: Apache-2.0 */
/* write_trust.c: the ConfigMap of trusted authorities, bound to the version that was read. */
#include "act/act.h"
#include "report/fields.h"

enum { ASK_MS = 10000 };

static struct str path_of(const struct deed *deed)
{
	return arena_fmt(deed->arena, "/api/v1/namespaces/%s/configmaps/%s",
			 deed->hands->orders->namespace.p, deed->action.target.p);
}

static void on_map(void *owner, const struct api_answer *answer)
{
	struct deed *deed = owner;
	const struct node *wanted = node_at(deed->action.body, "data");
	struct str is = node_text(node_at(answer->body, "data"), "ca.crt");
	struct fields f = { deed->arena, { 0 } };

	if (answer->outcome != API_FINE) {
		deed_failed(deed, answer->message);
		return;
	}
	/* somebody else was faster, or the kubelet has not brought it here yet */
	if (str_eq(is, node_text(wanted, "ca.crt")) ||
	    (is.n > 0 && node_flag(deed->action.body, "onlyEmpty", false))) {
		deed_done(deed, "");
		return;
	}
	fields_seen(&f, answer->body);
	fields_node(&f, "data", wanted);
	api_send(deed->hands->api,
		 &(struct api_call){ "PATCH", path_of(deed).p, API_MERGE, fields_map(&f), ASK_MS,
				     false },
		 act_on_answer, deed);
}

void act_write_trust(struct deed *deed)
{
	api_send(deed->hands->api,
		 &(struct api_call){ "GET", path_of(deed).p, API_JSON, NULL, ASK_MS, false },
		 on_map, deed);
}
