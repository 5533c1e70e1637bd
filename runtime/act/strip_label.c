/* SPDX-License-Identifier: Apache-2.0 */
/* strip_label.c: takes the role label from a pod, bound to the pod's resourceVersion. */
#include "act/act.h"
#include "report/fields.h"

enum { ASK_MS = 5000 };

void act_strip_label(struct deed *deed)
{
	struct fields labels = { deed->arena, { 0 } }, meta = { deed->arena, { 0 } };
	struct fields f = { deed->arena, { 0 } };
	struct str path = arena_fmt(deed->arena, "/api/v1/namespaces/%s/pods/%s",
				    deed->hands->orders->namespace.p, deed->action.target.p);

	fields_node(&labels, "howdah.dev/role",
		    node_new(deed->arena, NODE_NULL, (struct pos){ 0 }));
	fields_node(&meta, "labels", fields_map(&labels));
	fields_text(&meta, "resourceVersion", deed->action.version);
	fields_node(&f, "metadata", fields_map(&meta));
	api_send(deed->hands->api,
		 &(struct api_call){ "PATCH", path.p, API_MERGE, fields_map(&f), ASK_MS, false },
		 act_on_answer, deed);
}
