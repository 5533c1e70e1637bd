/* SPDX-License-Identifier: Apache-2.0 */
/* act.c: one container of a pod gets another image; the kubelet then restarts it, and nothing else.
 */
#include "act/act.h"

enum { ASK_MS = 10000 };

void act_patch_sidecar(struct deed *deed)
{
	struct str path = arena_fmt(deed->arena, "/api/v1/namespaces/%s/pods/%s",
				    deed->hands->orders->namespace.p, deed->action.target.p);

	api_send(
	    deed->hands->api,
	    &(struct api_call){ "PATCH", path.p, API_STRATEGIC, deed->action.body, ASK_MS, false },
	    act_on_answer, deed);
}
