/* SPDX-License-Identifier: Apache-2.0 */
/* own.c: makes the StatefulSet the owner of a ConfigMap, bound to its resourceVersion. */
#include "act/act.h"
#include "report/fields.h"

enum { ASK_MS = 5000 };

/* Patroni gives its objects no owner, so the list is ours. */
void act_own(struct deed *deed)
{
	struct arena *a = deed->arena;
	struct fields list = { a, { 0 } }, meta = { a, { 0 } }, f = { a, { 0 } };
	struct str path = arena_fmt(a, "/api/v1/namespaces/%s/configmaps/%s",
				    deed->hands->orders->namespace.p, deed->action.target.p);

	fields_item(&list, deed->action.body);
	fields_node(&meta, "ownerReferences", fields_list(&list));
	fields_text(&meta, "resourceVersion", deed->action.version);
	fields_node(&f, "metadata", fields_map(&meta));
	api_send(deed->hands->api,
		 &(struct api_call){ "PATCH", path.p, API_MERGE, fields_map(&f), ASK_MS, false },
		 act_on_answer, deed);
}
