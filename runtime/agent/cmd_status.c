/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_status.c: howdah-agent status: what the agent of this pod sees, for a person. */
#include <stdio.h>

#include "agent/command.h"
#include "ground/paths.h"
#include "net/http.h"
#include "orders/orders.h"
#include "tree/json_in.h"
#include "tree/print.h"

enum { ASK_MS = 5000 };

/* The one answer that is waited for. */
struct wait {
	struct arena *arena;
	bool done;
	int status;
	struct str text;
};

static void on_answer(void *owner, const struct http_answer *answer)
{
	struct wait *w = owner;

	w->done = true;
	w->status = answer->status;
	w->text = arena_fmt(w->arena, "%.*s",
			    (int)(answer->status ? answer->body.n : str_of(answer->error).n),
			    answer->status ? answer->body.p : answer->error);
}

static int print(const struct wait *w)
{
	const char *why = NULL;
	const struct node *n = json_read(w->arena, w->text, (struct pos){ 0 }, &why);
	struct buf out = { 0 };

	if (w->status != 200 || !n)
		return agent_fail(AGENT_OUTSIDE, "the agent does not answer: %s",
				  w->text.n ? w->text.p
				  : why     ? why
					    : "");
	print_yaml(&out, n);
	(void)fwrite(out.p, 1, out.n, stdout);
	buf_release(&out);
	return AGENT_FINE;
}

static int ask(struct wait *w, const char *host)
{
	struct loop *l = loop_new();
	struct err err = { 0 };
	struct http *h = http_new(l, &err);
	struct http_request r = { .method = "GET", .deadline_ms = ASK_MS };

	if (!h) {
		loop_free(l);
		return agent_fail(AGENT_OUTSIDE, "%s", err.text);
	}
	r.url = arena_fmt(w->arena, "https://%s:%d/status", host, PORT_AGENT).p;
	r.dial = arena_fmt(w->arena, "127.0.0.1:%d", PORT_AGENT).p;
	r.tls.ca = PATH_TRUST;
	http_send(h, &r, on_answer, w);
	(void)loop_until(l, &w->done, (int64_t)ASK_MS * 2);
	http_free(h);
	loop_free(l);
	return print(w);
}

static int run(int argc, char **argv)
{
	struct wait w = { 0 };
	struct orders_reader *reader;
	struct orders *o;
	struct err err = { 0 };
	int code;

	(void)argv;
	if (argc > 0)
		return agent_fail(AGENT_USAGE, "status takes no arguments");
	reader = orders_reader_new();
	o = orders_open(reader, PATH_ORDERS, NULL, &err);
	if (!o) {
		orders_reader_free(reader);
		return agent_fail(AGENT_OUTSIDE, "%s", err.text);
	}
	w.arena = arena_new();
	code = ask(&w, orders_host(o).p);
	arena_free(w.arena);
	orders_free(o);
	orders_reader_free(reader);
	return code;
}

const struct agent_command agent_status = {
	.name = "status",
	.summary = "prints what the agent of this pod sees and does",
	.arguments = "",
	.run = run,
};
