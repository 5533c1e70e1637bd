/* SPDX-License-Identifier: Apache-2.0 */
/* write_guest.c: the status of the record NAMESPACE/NAME of a guest. */
#include "act/act.h"

enum { ASK_MS = 10000 };

void act_write_guest(struct deed *deed)
{
	struct str target = deed->action.target;
	size_t slash = str_find(target, '/');
	struct str path = arena_fmt(
	    deed->arena, "/apis/howdah.dev/v1alpha1/namespaces/%.*s/postgresdatabases/%s/status",
	    (int)slash, target.p, target.p + slash + 1);

	api_send(deed->hands->api,
		 &(struct api_call){ "PATCH", path.p, API_MERGE, deed->action.body, ASK_MS, false },
		 act_on_answer, deed);
}
