/* SPDX-License-Identifier: Apache-2.0 */
/* write_status.c: the record's status, then the Events of what changed, one after the other. */
#include "act/act.h"
#include "ground/log.h"
#include "ground/plain.h"

enum { ASK_MS = 10000 };

static void send_event(struct deed *deed);

static void on_event(void *owner, const struct api_answer *answer)
{
	struct deed *deed = owner;
	const struct node *event = deed->work;

	/* the status is written: an Event that is lost is told by the log */
	if (answer->outcome != API_FINE)
		log_event(LOG_WARN, "event-lost", "reason", node_text(event, "reason").p, "why",
			  answer->message, NULL);
	deed->work = plain(event->next);
	send_event(deed);
}

static void send_event(struct deed *deed)
{
	struct str path = arena_fmt(deed->arena, "/apis/events.k8s.io/v1/namespaces/%s/events",
				    deed->hands->orders->namespace.p);

	if (!deed->work) {
		deed_done(deed, "");
		return;
	}
	api_send(deed->hands->api,
		 &(struct api_call){ "POST", path.p, API_JSON, deed->work, ASK_MS, false },
		 on_event, deed);
}

static void on_status(void *owner, const struct api_answer *answer)
{
	struct deed *deed = owner;

	if (answer->outcome != API_FINE) {
		deed_failed(deed, answer->message);
		return;
	}
	deed->work = plain(node_at(deed->action.body, "events")->kids);
	send_event(deed);
}

void act_write_status(struct deed *deed)
{
	const struct orders *o = deed->hands->orders;
	struct str path = arena_fmt(
	    deed->arena, "/apis/howdah.dev/v1alpha1/namespaces/%s/postgresclusters/%s/status",
	    o->namespace.p, o->name.p);
	const struct node *patch = node_at(deed->action.body, "patch");

	api_send(deed->hands->api,
		 &(struct api_call){ "PATCH", path.p, API_MERGE, patch, ASK_MS, false }, on_status,
		 deed);
}
