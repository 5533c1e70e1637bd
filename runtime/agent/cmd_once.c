/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_once.c: howdah-agent once: something is done now, for a person in `kubectl exec`, while Git
 * or the API server is away. The agent of the pod does it; this only asks. */
#include <stdio.h>

#include "agent/command.h"
#include "ground/paths.h"
#include "net/knock.h"
#include "tree/json_in.h"

enum { HOUR_MS = 3600000 };

static const struct once {
	const char *name, *does;
	long long ms; /* that it may take */
} onces[] = {
	{ "backup", "makes a base backup now", 24LL * HOUR_MS },
	{ "reload", "makes PostgreSQL and Patroni of this pod read their files again", 60000 },
};

enum { ONCES = sizeof(onces) / sizeof(*onces) };

static int help(FILE *out, int code)
{
	(void)fputs("usage: howdah-agent once WHAT\n\n", out);
	for (size_t i = 0; i < ONCES; i++)
		(void)fprintf(out, "  %-9s %s\n", onces[i].name, onces[i].does);
	return code;
}

/* Prints the agent's words; whether it was done. */
static int tell(const char *answer)
{
	struct arena *a = arena_new();
	const char *why = "";
	const struct node *n = json_read(a, str_of(answer), (struct pos){ 0 }, &why);
	bool done = node_flag(n, "done", false);
	int code = done ? AGENT_FINE : AGENT_REFUSED;

	if (!n)
		code = agent_fail(AGENT_OUTSIDE, "the agent answers no JSON");
	else
		(void)fprintf(done ? stdout : stderr, "%s%s\n",
			      done ? "" : "howdah-agent: ", node_text(n, "text").p);
	arena_free(a);
	return code;
}

static int ask(const struct once *o)
{
	char answer[KNOCK_ANSWER_MOST];
	const char *why = knock(PATH_AGENT_SOCKET, o->name, o->ms, answer);

	return why ? agent_fail(AGENT_OUTSIDE, "%s (%s)", why, PATH_AGENT_SOCKET) : tell(answer);
}

static int run(int argc, char **argv)
{
	struct str what = str_of(argc > 0 ? argv[0] : "");

	if (str_is(what, "--help") || str_is(what, "-h"))
		return help(stdout, AGENT_FINE);
	for (size_t i = 0; i < ONCES && argc == 1; i++)
		if (str_is(what, onces[i].name))
			return ask(&onces[i]);
	if (argc == 1)
		(void)agent_fail(AGENT_USAGE, "'%s' cannot be asked for", what.p);
	return help(stderr, AGENT_USAGE);
}

const struct agent_command agent_once = {
	.name = "once",
	.summary = "lets the agent of this pod do something now: backup or reload",
	.arguments = "backup|reload",
	.run = run,
};
