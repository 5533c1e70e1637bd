/* SPDX-License-Identifier: Apache-2.0 */
/* boot.c: looks, decides, acts, until the pod may start. */
#include "bootstrap/boot.h"

#include "ground/backoff.h"
#include "ground/log.h"

enum { ASK_MS = 20000 };

const char *boot_path(const struct boot *b, const char *path)
{
	return arena_fmt(b->arena, "%s%s", b->root, path).p;
}

struct str boot_object(const struct boot *b, const char *kind, struct str name)
{
	return arena_fmt(b->arena, "/api/v1/namespaces/%s/%s/%.*s", b->orders->namespace.p, kind,
			 (int)name.n, name.p);
}

struct str boot_record(const struct boot *b)
{
	return arena_fmt(b->arena, "/apis/howdah.dev/v1alpha1/namespaces/%s/postgresclusters/%s",
			 b->orders->namespace.p, b->orders->name.p);
}

static void on_answer(void *owner, const struct api_answer *answer)
{
	struct boot_answer *w = owner;

	w->done = true;
	w->outcome = answer->outcome;
	w->message = arena_fmt(w->boot->arena, "%s", answer->message ? answer->message : "");
	if (answer->body)
		w->body = node_deep(w->boot->arena, answer->body);
}

struct boot_answer boot_ask(struct boot *b, const char *method, struct str path,
			    const struct node *patch)
{
	struct boot_answer w = { .outcome = API_AWAY, .message = str_of(""), .boot = b };

	api_send(b->api,
		 &(struct api_call){ .method = method,
				     .path = path.p,
				     .content = API_MERGE,
				     .body = patch,
				     .deadline_ms = ASK_MS },
		 on_answer, &w);
	(void)loop_until(b->loop, &w.done, (int64_t)ASK_MS * 2);
	if (!w.done)
		api_forget(b->api, &w);
	return w;
}

/* Forgets all that was seen. */
static void begin(struct boot *b)
{
	arena_reset(b->arena);
	b->facts = (struct boot_facts){ .detail = str_of("") };
	b->record = b->trust = NULL;
	b->secrets = NULL;
	b->shells = NULL;
	b->bundle = b->claim_owner = str_of("");
	b->facts.foreign = !str_eq(b->scope, orders_text(b->orders, "cluster.scope"));
	b->facts.first = node_flag(orders_at(b->orders, "archive"), "generateKeys", false) &&
			 orders_int(b->orders, "cluster.incarnation", 0) == 1 &&
			 !orders_at(b->orders, "life.restore") &&
			 !orders_at(b->orders, "life.standby");
	b->facts.escrow_wanted = node_count(orders_at(b->orders, "archive.escrow")) > 0;
	boot_look_local(b);
}

static void act(struct boot *b, const struct boot_next *next)
{
	switch (next->step) {
	case BOOT_LOOK:
		boot_look(b);
		break;
	case BOOT_LOOK_STORE:
		boot_look_store(b);
		break;
	case BOOT_LOOK_AGAIN:
		boot_look_again(b);
		break;
	case BOOT_CLAIM:
		boot_claim(b);
		break;
	case BOOT_FILL:
		boot_fill(b, next->shell);
		break;
	case BOOT_ESCROW:
		boot_escrow(b);
		break;
	case BOOT_TRUST:
		boot_trust(b);
		break;
	default:
		boot_place(b, next->step == BOOT_PLACE_LOCAL);
		break;
	}
}

/* Waits before all is looked at anew: longer each time, at most half a minute. */
static void rest(struct boot *b)
{
	const bool never = false;

	if (b->failures < 100)
		b->failures++;
	(void)loop_until(b->loop, &never, backoff_ms(b->failures, backoff_luck()));
}

static enum boot_end turn(struct boot *b)
{
	begin(b);
	while (!loop_stopped(b->loop)) {
		struct boot_next next = boot_decide(&b->facts);

		if (next.step == BOOT_DONE) {
			log_event(LOG_INFO, "bootstrapped", "pod", b->pod.p, NULL);
			return BOOT_ENDED_FINE;
		}
		if (next.step == BOOT_STOP) {
			boot_tell(b, &next);
			return BOOT_ENDED_STOPPED;
		}
		if (next.step == BOOT_WAIT) {
			boot_tell(b, &next);
			rest(b);
			begin(b);
			continue;
		}
		act(b, &next);
	}
	return BOOT_ENDED_SIGNAL;
}

enum boot_end boot_run(struct boot *b)
{
	enum boot_end end;

	b->lasting = arena_new();
	b->arena = arena_new();
	end = turn(b);
	arena_free(b->arena);
	arena_free(b->lasting);
	return end;
}
