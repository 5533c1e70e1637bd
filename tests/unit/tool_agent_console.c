/* SPDX-License-Identifier: Apache-2.0 */
/* tool_agent_console.c: sends one command to all poolers of a file of orders, as a switchover does:
 * tool_agent_console ORDERS COMMAND MILLISECONDS prints "fine N; skipped NAMES; stuck NAMES", and
 * with LET_GO for COMMAND and one process that is here for MILLISECONDS "; let go N" behind it. */
#include <stdio.h>
#include <stdlib.h>

#include "net/resolve.h"
#include "switchover/poolers.h"

static void on_done(void *owner, const struct poolers_answer *answer)
{
	bool *done = owner;

	*done = true;
	(void)printf("fine %zu; skipped %s; stuck %s", answer->fine, answer->skipped.p,
		     answer->stuck.p);
	(void)(answer->let_go ? printf("; let go %zu\n", answer->let_go) : printf("\n"));
}

int main(int argc, char **argv)
{
	struct orders_reader *reader;
	struct loop *l;
	struct err err = { 0 };
	struct orders *o;
	bool done = false;

	/* the child that resolves names is this program, started again */
	if (argc > 2 && strcmp(argv[1], "resolve") == 0) {
		resolve_print(argv + 2, argc - 2);
		return 0;
	}
	if (argc != 4)
		return 2;
	reader = orders_reader_new();
	l = loop_new();
	o = orders_open(reader, argv[1], NULL, &err);

	if (o) {
		struct poolers *p = poolers_new(l, o);

		int64_t number = strtol(argv[3], NULL, 10);

		if (strcmp(argv[2], "LET_GO") == 0)
			poolers_let_go(p, &number, 1, on_done, &done);
		else
			poolers_tell(p, argv[2], number, on_done, &done);
		(void)loop_until(l, &done, 60000);
		poolers_free(p);
	} else {
		(void)fprintf(stderr, "%s\n", err.text);
	}
	orders_free(o);
	orders_reader_free(reader);
	loop_free(l);
	return done ? 0 : 1;
}
