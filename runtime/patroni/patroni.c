/* SPDX-License-Identifier: Apache-2.0 */
/* patroni.c: requests to one member's REST API and their JSON. */
#include "patroni/patroni.h"

#include <assert.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/die.h"
#include "tree/json_in.h"
#include "tree/print.h"

struct question {
	struct question *next;
	struct patroni *patroni;
	void (*done)(void *owner, const struct patroni_answer *answer);
	void *owner;
};

struct patroni {
	struct http *http;
	struct arena *arena;
	struct str url, dial;
	struct http_tls tls;
	struct question *questions;
};

static void unlink_question(struct question *q)
{
	struct question **at = &q->patroni->questions;

	while (*at != q)
		at = &(*at)->next;
	*at = q->next;
}

static void on_answer(void *owner, const struct http_answer *http)
{
	struct question *q = owner;
	struct arena *arena = arena_new();
	const char *why = NULL;
	struct patroni_answer answer = { http->status, NULL, "" };

	answer.body = json_read_loose(arena, http->body, (struct pos){ 0 }, &why);
	if (!http->status)
		answer.message = arena_fmt(arena, "%s", http->error).p;
	else if (!answer.body || answer.body->kind != NODE_MAP)
		answer.message = arena_copy(arena, http->body.p, http->body.n).p;
	if (answer.body && answer.body->kind != NODE_MAP)
		answer.body = NULL;
	unlink_question(q);
	q->done(q->owner, &answer);
	free(q);
	arena_free(arena);
}

struct patroni *patroni_new(struct http *h, const struct patroni_place *place)
{
	struct patroni *p = calloc(1, sizeof(*p));

	if (!p)
		die_memory();
	p->http = h;
	p->arena = arena_new();
	p->url = arena_fmt(p->arena, "https://%s", place->name);
	p->dial = arena_fmt(p->arena, "%s", place->dial);
	p->tls.ca = arena_fmt(p->arena, "%s", place->tls.ca).p;
	p->tls.cert = arena_fmt(p->arena, "%s", place->tls.cert).p;
	p->tls.key = arena_fmt(p->arena, "%s", place->tls.key).p;
	return p;
}

struct patroni *patroni_near(const struct patroni *p, const char *host)
{
	struct arena *scratch = arena_new();
	size_t colon = str_find(p->dial, ':');
	struct str dial = arena_fmt(scratch, "%s%s", host, p->dial.p + colon);
	/* the name of p's certificate stands in every member's */
	struct patroni *other = patroni_new(
	    p->http, &(struct patroni_place){ p->url.p + strlen("https://"), dial.p, p->tls });

	arena_free(scratch);
	return other;
}

void patroni_free(struct patroni *p)
{
	if (!p)
		return;
	for (struct question *q = p->questions, *next; q; q = next) {
		next = q->next;
		http_forget(p->http, q);
		free(q);
	}
	arena_free(p->arena);
	free(p);
}

void patroni_send(struct patroni *p, const struct patroni_call *call,
		  void (*done)(void *owner, const struct patroni_answer *answer), void *owner)
{
	struct question *q = calloc(1, sizeof(*q));
	struct arena *scratch = arena_new();
	struct http_request r = { .method = call->method, .dial = p->dial.p, .tls = p->tls };
	struct buf body = { 0 };
	struct err err = { 0 };

	if (!q)
		die_memory();
	*q = (struct question){ p->questions, p, done, owner };
	p->questions = q;
	if (call->body) {
		int code = print_json(&body, call->body, &err);

		assert(code == 0); /* what is sent is made by us */
		(void)code;
	}
	r.url = arena_fmt(scratch, "%s%s", p->url.p, call->path).p;
	r.headers[0] = call->body ? "Content-Type: application/json" : NULL;
	r.body = buf_view(&body);
	r.deadline_ms = call->deadline_ms;
	http_send(p->http, &r, on_answer, q);
	buf_release(&body);
	arena_free(scratch);
}

void patroni_forget(struct patroni *p, const void *owner)
{
	struct question *next;

	for (struct question *q = p->questions; q; q = next) {
		next = q->next;
		if (q->owner != owner)
			continue;
		http_forget(p->http, q);
		unlink_question(q);
		free(q);
	}
}
