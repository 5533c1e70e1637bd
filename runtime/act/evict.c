/* SPDX-License-Identifier: Apache-2.0 */
/* evict.c: a pod leaves by the Eviction API, bound to its uid, with its own grace period. */
#include "act/act.h"
#include "report/fields.h"

enum { ASK_MS = 10000 };

static void on_answer(void *owner, const struct api_answer *answer)
{
	struct deed *deed = owner;

	/* gone, or another pod of the same name by now: what was wanted has happened */
	if (answer->outcome == API_FINE || answer->outcome == API_MISSING ||
	    answer->outcome == API_CONFLICT)
		deed_done(deed, "");
	else
		deed_failed(deed, answer->message);
}

void act_evict(struct deed *deed)
{
	struct arena *a = deed->arena;
	struct fields meta = { a, { 0 } }, must = { a, { 0 } }, options = { a, { 0 } };
	struct fields f = { a, { 0 } };
	struct str ns = deed->hands->orders->namespace;
	struct str path =
	    arena_fmt(a, "/api/v1/namespaces/%s/pods/%s/eviction", ns.p, deed->action.target.p);

	fields_text(&meta, "name", deed->action.target);
	fields_text(&meta, "namespace", ns);
	fields_text(&must, "uid", deed->action.version);
	fields_node(&options, "preconditions", fields_map(&must));
	fields_text(&f, "apiVersion", str_of("policy/v1"));
	fields_text(&f, "kind", str_of("Eviction"));
	fields_node(&f, "metadata", fields_map(&meta));
	fields_node(&f, "deleteOptions", fields_map(&options));
	api_send(deed->hands->api,
		 &(struct api_call){ "POST", path.p, API_JSON, fields_map(&f), ASK_MS, true },
		 on_answer, deed);
}
