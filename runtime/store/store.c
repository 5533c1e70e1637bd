/* SPDX-License-Identifier: Apache-2.0 */
/* store.c: calls, each after the keys that it needs are there. */
#include "store/store.h"

#include <stdlib.h>

#include "base/die.h"
#include "ground/clock.h"
#include "ground/plain.h"
#include "store/identity.h"

enum { ASK_MS = 15000, MESSAGE_MOST = 300 };

struct ask {
	struct ask *next;
	struct store *store;
	struct arena *arena;
	struct store_call call;
	bool sent;
	void (*done)(void *owner, const struct store_answer *answer);
	void *owner;
};

struct store {
	struct loop *loop;
	struct http *http;
	struct arena *arena;
	struct store_place place;
	struct ask *first;
	struct arena *keys_arena; /* of keys; NULL while there are none */
	struct store_keys keys;
	struct timer *turn;
	enum identity_way way; /* of the question under way, WAY_NONE without */
};

static const char *copy(struct arena *a, const char *text)
{
	return arena_fmt(a, "%s", text ? text : "").p;
}

struct store *store_new(struct loop *l, struct http *h, const struct store_place *place)
{
	struct store *s = calloc(1, sizeof(*s));

	if (!s)
		die_memory();
	s->loop = l;
	s->http = h;
	s->arena = arena_new();
	s->place = *place;
	s->place.bucket = copy(s->arena, place->bucket);
	s->place.account = copy(s->arena, place->account);
	s->place.region = copy(s->arena, place->region);
	s->place.endpoint = copy(s->arena, place->endpoint);
	s->place.ca = copy(s->arena, place->ca);
	s->place.encryption = copy(s->arena, place->encryption);
	s->place.kms_key = copy(s->arena, place->kms_key);
	return s;
}

static void forget_keys(struct store *s)
{
	if (s->keys_arena) {
		plain_wipe(s->keys.secret);
		plain_wipe(s->keys.session);
		plain_wipe(s->keys.bearer);
	}
	arena_free(s->keys_arena);
	s->keys_arena = NULL;
}

static void ask_free(struct ask *a)
{
	struct ask **at = &a->store->first;

	while (*at && *at != a)
		at = &(*at)->next;
	if (*at)
		*at = a->next;
	http_forget(a->store->http, a);
	plain_wipe(a->call.body);
	arena_free(a->arena);
	free(a);
}

void store_free(struct store *s)
{
	if (!s)
		return;
	while (s->first)
		ask_free(s->first);
	loop_cancel(s->loop, s->turn);
	http_forget(s->http, s);
	forget_keys(s);
	arena_free(s->arena);
	free(s);
}

static void finish(struct ask *a, const struct store_answer *answer)
{
	void (*done)(void *, const struct store_answer *) = a->done;
	void *owner = a->owner;
	struct arena *arena = a->arena;

	/* the answer lies in the arena of what it answers */
	a->arena = NULL;
	ask_free(a);
	done(owner, answer);
	arena_free(arena);
}

/* What the status of an answer means for a call. */
static enum store_outcome outcome_of(const struct store_call *call, int status, struct str code)
{
	bool no_bucket = str_is(code, "NoSuchBucket") || str_is(code, "ContainerNotFound");

	if (status >= 200 && status < 300)
		return STORE_FINE;
	switch (status) {
	case 404:
		return call->verb == STORE_GET && !no_bucket ? STORE_MISSING : STORE_DENIED;
	case 409:
	case 412:
		return call->only_new ? STORE_TAKEN : STORE_AWAY;
	case 501:
		return STORE_DENIED;
	case 408:
	case 429:
		return STORE_AWAY;
	default:
		/* redirects are of another region: somebody must see to it */
		return status >= 300 && status < 500 ? STORE_DENIED : STORE_AWAY;
	}
}

static struct str tag(struct arena *a, struct str xml, const char *name)
{
	struct str out = str_of("");

	(void)form_tags(a, xml, name, &out, 1);
	return out;
}

/* What the store says of its refusal: the code that stores put into XML, and their sentence. */
static const char *message_of(struct arena *a, const struct http_answer *http)
{
	struct str code = tag(a, http->body, "Code"), text = tag(a, http->body, "Message");

	if (!http->status)
		return copy(a, http->error);
	if (http->status == 501)
		text = str_of("it may know no conditional writes: conditionalWrites: false of the "
			      "object store in platform.yaml says so");
	if (text.n > MESSAGE_MOST)
		text = arena_str(a, str_cut(text, 0, MESSAGE_MOST));
	return arena_fmt(a, "it answers %d%s%s%s%s", http->status, code.n ? " " : "", code.p,
			 text.n ? ": " : "", text.p)
	    .p;
}

/* An answer that is cut off may look like a list of nothing: only a whole one counts. */
static void read_list(struct ask *a, struct str xml, struct store_answer *answer)
{
	bool azure = a->store->place.type == STORE_AZURE;
	struct str *names = NEW_ARRAY(a->arena, STORE_NAMES, struct str);

	if (!form_has(xml, azure ? "</EnumerationResults>" : "</ListBucketResult>")) {
		answer->outcome = STORE_AWAY;
		answer->message = "its answer is no list";
		return;
	}
	answer->n_names = form_tags(a->arena, xml, azure ? "Name" : "Key", names, STORE_NAMES);
	answer->names = names;
}

static void on_answer(void *owner, const struct http_answer *http)
{
	struct ask *a = owner;
	struct arena *arena = a->arena;
	struct str code = tag(arena, http->body, "Code");
	struct store_answer answer = { .status = http->status, .message = "" };

	answer.outcome = http->status ? outcome_of(&a->call, http->status, code) : STORE_AWAY;
	if (answer.outcome != STORE_FINE)
		answer.message = message_of(arena, http);
	else if (a->call.verb == STORE_GET)
		answer.body = arena_str(arena, http->body);
	else if (a->call.verb == STORE_LIST)
		read_list(a, http->body, &answer);
	/* keys that are refused are asked for anew by the next call */
	if (http->status == 401 || http->status == 403)
		forget_keys(a->store);
	finish(a, &answer);
}

static void send(struct ask *a)
{
	struct store *s = a->store;
	struct store_form f = { a->arena, &s->place, &s->keys, clock_now().wall };
	struct http_request r = { .deadline_ms = ASK_MS };

	if (s->place.type == STORE_GCS)
		form_gcs(&f, &a->call, &r);
	else if (s->place.type == STORE_AZURE)
		form_azure(&f, &a->call, &r);
	else
		form_s3(&f, &a->call, &r);
	r.tls.ca = s->place.ca;
	a->sent = true;
	http_send(s->http, &r, on_answer, a);
}

/* Ends what waits for keys, because there are none. */
static void fail(struct store *s, enum store_outcome outcome, const char *why)
{
	struct store_answer answer = { .outcome = outcome, .message = why };
	struct ask *next;

	for (struct ask *a = s->first; a; a = next) {
		next = a->next;
		if (!a->sent)
			finish(a, &answer);
	}
}

static void send_all(struct store *s)
{
	for (struct ask *a = s->first; a; a = a->next)
		if (!a->sent)
			send(a);
}

static void on_keys(void *owner, const struct http_answer *http)
{
	struct store *s = owner;
	struct arena *scratch;
	enum identity_way way = s->way;
	const char *why;

	s->way = WAY_NONE;
	s->keys_arena = arena_new();
	why = identity_end(way, s->keys_arena, http, &s->keys);
	if (!why) {
		send_all(s);
		return;
	}
	scratch = s->keys_arena;
	s->keys_arena = NULL;
	fail(s,
	     http->status >= 400 && http->status < 500 && http->status != 429 ? STORE_DENIED
									      : STORE_AWAY,
	     why);
	arena_free(scratch);
}

static void on_turn(void *arg)
{
	struct store *s = arg;
	struct store_form f = { NULL, &s->place, &s->keys, clock_now().wall };
	struct http_request r = { 0 };
	const char *why = "";
	struct arena *arena;

	s->turn = NULL;
	if (!s->first || s->way != WAY_NONE)
		return;
	if (s->keys_arena && (!s->keys.until_ms || clock_now().ms < s->keys.until_ms)) {
		send_all(s);
		return;
	}
	forget_keys(s);
	arena = arena_new();
	f.arena = arena;
	s->way = identity_begin(&f, &s->keys, &r, &why);
	if (s->way == WAY_AT_ONCE) {
		s->way = WAY_NONE;
		s->keys_arena = arena;
		send_all(s);
		return;
	}
	if (s->way == WAY_NONE)
		fail(s, STORE_DENIED, why);
	else
		http_send(s->http, &r, on_keys, s);
	plain_wipe(r.body);
	arena_free(arena);
}

void store_send(struct store *s, const struct store_call *call,
		void (*done)(void *owner, const struct store_answer *answer), void *owner)
{
	struct ask *a = calloc(1, sizeof(*a)), **at = &s->first;

	if (!a)
		die_memory();
	*a = (struct ask){ .store = s, .arena = arena_new(), .done = done, .owner = owner };
	a->call = *call;
	a->call.key = copy(a->arena, call->key);
	a->call.body = call->body.n ? arena_str(a->arena, call->body) : str_of("");
	while (*at)
		at = &(*at)->next;
	*at = a;
	/* never in the caller's own turn */
	if (!s->turn)
		s->turn = loop_after(s->loop, 0, on_turn, s);
}

void store_forget(struct store *s, const void *owner)
{
	struct ask *next;

	for (struct ask *a = s->first; a; a = next) {
		next = a->next;
		if (a->owner == owner)
			ask_free(a);
	}
}
