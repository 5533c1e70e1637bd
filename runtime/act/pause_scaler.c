/* SPDX-License-Identifier: Apache-2.0 */
/* pause_scaler.c: annotations of the ScaledObject, bound to its resourceVersion. */
#include "act/act.h"

enum { ASK_MS = 10000 };

void act_pause_scaler(struct deed *deed)
{
	struct str path =
	    arena_fmt(deed->arena, "/apis/keda.sh/v1alpha1/namespaces/%s/scaledobjects/%s",
		      deed->hands->orders->namespace.p, deed->action.target.p);

	api_send(deed->hands->api,
		 &(struct api_call){ "PATCH", path.p, API_MERGE, deed->action.body, ASK_MS, false },
		 act_on_answer, deed);
}
