/* SPDX-License-Identifier: Apache-2.0 */
/* api.c: a queue of requests to the API server, held back while it does not cope. */
#include "api/api.h"

#include <assert.h>
#include <stdlib.h>

#include "base/die.h"
#include "ground/backoff.h"
#include "ground/mounted.h"
#include "ground/plain.h"
#include "tree/json_in.h"
#include "tree/print.h"

enum {
	AT_A_TIME = 2,
	TOKEN_MOST = 16 * 1024,
	REQUEST_MS = 15000,
	OBEYED_MS = 60000, /* of a Retry-After: labels would stay unstripped for a longer one */
};

struct request {
	struct request *next;
	struct api *api;
	struct arena *arena;
	const char *method, *path, *type;
	struct str body;
	int64_t until_ms;
	struct timer *late;
	bool under_way, budget, denied; /* denied: a 401 was answered by reading the token anew */
	void (*done)(void *owner, const struct api_answer *answer);
	void *owner;
};

struct api {
	struct loop *loop;
	struct http *http;
	struct arena *arena;
	struct str url, token, ca;
	struct file_mark ca_mark;
	struct request *first;
	int under_way, failures;
	int64_t not_before_ms, answered_ms, silent_since_ms;
	struct timer *timer;
	uint64_t sent;
};

static void go_on(struct api *a);

static void unlink_request(struct request *r)
{
	struct request **at = &r->api->first;

	while (*at != r)
		at = &(*at)->next;
	*at = r->next;
}

/* Gives r back, which is in no list any more. */
static void request_free(struct request *r)
{
	if (r->under_way)
		r->api->under_way--;
	http_forget(r->api->http, r);
	loop_cancel(r->api->loop, r->late);
	/* bodies hold Secrets */
	plain_wipe(r->body);
	arena_free(r->arena);
	free(r);
}

static void finish(struct request *r, const struct api_answer *answer)
{
	void (*done)(void *, const struct api_answer *) = r->done;
	struct api *a = r->api;
	void *owner = r->owner;

	unlink_request(r);
	request_free(r);
	done(owner, answer);
	go_on(a);
}

static void on_late(void *arg)
{
	struct request *r = arg;

	r->late = NULL;
	finish(r, &(struct api_answer){ API_AWAY, 0, NULL, "no answer in time" });
}

static enum api_outcome outcome_of(int status)
{
	switch (status) {
	case 404:
	case 410:
		return API_MISSING;
	case 409:
	case 412:
		return API_CONFLICT;
	case 401:
	case 403:
		return API_DENIED;
	default:
		if (status >= 200 && status < 300)
			return API_FINE;
		return status >= 400 && status < 500 && status != 429 && status != 408 ? API_WRONG
										       : API_AWAY;
	}
}

/* Learns from how a request ended: whether the server copes, and when to ask again. */
static void learn(struct api *a, enum api_outcome outcome, const struct http_answer *answer)
{
	int64_t now = clock_now().ms;

	if (answer->status)
		a->answered_ms = now;
	if (outcome != API_AWAY) {
		a->failures = 0;
		a->silent_since_ms = 0;
		return;
	}
	if (!a->silent_since_ms)
		a->silent_since_ms = now;
	a->failures++;
	a->not_before_ms = now + backoff_ms(a->failures, backoff_luck());
	if (answer->retry_after_ms >= 0)
		a->not_before_ms =
		    now + (answer->retry_after_ms < OBEYED_MS ? answer->retry_after_ms : OBEYED_MS);
}

static void answer_parsed(struct request *r, const struct http_answer *http,
			  enum api_outcome outcome)
{
	struct arena *arena = arena_new();
	const char *why = NULL;
	const struct node *body = json_read_loose(arena, http->body, (struct pos){ 0 }, &why);
	struct api_answer answer = { outcome, http->status, NULL, "" };

	if (outcome == API_FINE && !body) {
		answer.outcome = API_AWAY;
		answer.message = why ? why : "no JSON";
	} else if (outcome == API_FINE) {
		answer.body = body;
	} else if (body) {
		answer.message = node_text(body, "message").p;
	} else {
		answer.message = http->status ? "" : http->error;
	}
	learn(r->api, answer.outcome, http);
	finish(r, &answer);
	arena_free(arena);
}

static void on_answer(void *owner, const struct http_answer *http)
{
	struct request *r = owner;

	if (http->status == 401 && !r->denied) {
		r->denied = true;
		r->under_way = false;
		r->api->under_way--;
		go_on(r->api);
		return;
	}
	answer_parsed(r, http,
		      http->status == 429 && r->budget ? API_REFUSED : outcome_of(http->status));
}

/* The header that shows the token, read anew for each request; "" when there is none. */
static struct str bearer(struct api *a, struct arena *arena)
{
	struct err err = { 0 };
	struct str token = str_of("");

	if (mounted_read(arena, a->token.p, TOKEN_MOST, &token, &err) != 1)
		return str_of("");
	while (token.n > 0 && (token.p[token.n - 1] == '\n' || token.p[token.n - 1] == ' '))
		token.n--;
	return arena_fmt(arena, "Authorization: Bearer %.*s", (int)token.n, token.p);
}

static void send(struct request *r)
{
	struct api *a = r->api;
	struct arena *scratch = arena_new();
	struct file_mark mark = mounted_mark(a->ca.p);
	struct str shown = bearer(a, scratch);
	struct http_request http = { .method = r->method, .deadline_ms = REQUEST_MS };
	int n = 0;

	if (!mounted_same(mark, a->ca_mark)) {
		a->ca_mark = mark;
		http_renew(a->http);
	}
	http.url = arena_fmt(scratch, "%s%s", a->url.p, r->path).p;
	http.headers[n++] = "Accept: application/json";
	if (shown.n > 0)
		http.headers[n++] = shown.p;
	if (r->body.n > 0)
		http.headers[n++] = r->type;
	http.body = r->body;
	http.tls.ca = a->ca.p;
	r->under_way = true;
	a->under_way++;
	a->sent++;
	http_send(a->http, &http, on_answer, r);
	plain_wipe(shown);
	arena_free(scratch);
}

static void on_time(void *arg)
{
	struct api *a = arg;

	a->timer = NULL;
	go_on(a);
}

/* Sends what may be sent now. While the server does not cope, one at a time. */
static void go_on(struct api *a)
{
	int64_t now = clock_now().ms;
	int most = a->failures ? 1 : AT_A_TIME;

	for (struct request *r = a->first; r && a->under_way < most; r = r->next) {
		if (r->under_way)
			continue;
		if (now < a->not_before_ms) {
			if (!a->timer)
				a->timer = loop_after(a->loop, a->not_before_ms - now, on_time, a);
			return;
		}
		send(r);
	}
}

struct str api_url(struct arena *a, const char *host, const char *port)
{
	bool six = str_find(str_of(host), ':') < str_of(host).n;

	return six ? arena_fmt(a, "https://[%s]:%s", host, port)
		   : arena_fmt(a, "https://%s:%s", host, port);
}

struct api *api_new(struct loop *l, struct http *h, const struct api_place *place)
{
	struct api *a = calloc(1, sizeof(*a));

	if (!a)
		die_memory();
	a->loop = l;
	a->http = h;
	a->arena = arena_new();
	a->url = arena_fmt(a->arena, "%s", place->url);
	a->token = arena_fmt(a->arena, "%s/token", place->folder);
	a->ca = arena_fmt(a->arena, "%s/ca.crt", place->folder);
	a->ca_mark = mounted_mark(a->ca.p);
	return a;
}

void api_free(struct api *a)
{
	if (!a)
		return;
	for (struct request *r = a->first, *next; r; r = next) {
		next = r->next;
		request_free(r);
	}
	loop_cancel(a->loop, a->timer);
	arena_free(a->arena);
	free(a);
}

static const char *const types[] = {
	[API_JSON] = "Content-Type: application/json",
	[API_MERGE] = "Content-Type: application/merge-patch+json",
	[API_STRATEGIC] = "Content-Type: application/strategic-merge-patch+json",
	[API_APPLY] = "Content-Type: application/apply-patch+yaml",
};

void api_send(struct api *a, const struct api_call *call,
	      void (*done)(void *owner, const struct api_answer *answer), void *owner)
{
	struct request *r = calloc(1, sizeof(*r)), **at = &a->first;
	struct buf body = { 0 };
	struct err err = { 0 };

	if (!r)
		die_memory();
	*r = (struct request){ .api = a, .arena = arena_new(), .done = done, .owner = owner };
	r->method = arena_fmt(r->arena, "%s", call->method).p;
	r->path = arena_fmt(r->arena, "%s", call->path).p;
	r->type = types[call->content];
	r->budget = call->budget;
	if (call->body) {
		int code = print_json(&body, call->body, &err);

		assert(code == 0); /* what is sent is made by us */
		(void)code;
	}
	r->body = arena_str(r->arena, buf_view(&body));
	plain_wipe(buf_view(&body));
	buf_release(&body);
	r->late = loop_after(a->loop, call->deadline_ms, on_late, r);
	while (*at)
		at = &(*at)->next;
	*at = r;
	go_on(a);
}

void api_forget(struct api *a, const void *owner)
{
	struct request **at = &a->first;

	while (*at) {
		struct request *r = *at;

		if (r->owner != owner) {
			at = &r->next;
			continue;
		}
		*at = r->next;
		request_free(r);
	}
	go_on(a);
}

int64_t api_answered_ms(const struct api *a)
{
	return a->answered_ms;
}

int64_t api_silent_since_ms(const struct api *a)
{
	return a->silent_since_ms;
}

uint64_t api_sent(const struct api *a)
{
	return a->sent;
}
