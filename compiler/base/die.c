/* SPDX-License-Identifier: Apache-2.0 */
/* die.c: last words. They end the process at once: other threads may be in the middle of anything.
 */
#include "base/die.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

enum { EXIT_OUTSIDE = 4, EXIT_BUG = 70 };

/* What a signal handler may do. */
static void say(const char *text)
{
	size_t n = strlen(text);

	while (n) {
		ssize_t put = write(STDERR_FILENO, text, n);

		if (put <= 0)
			return;
		text += put;
		n -= (size_t)put;
	}
}

static _Noreturn void die_bug(int number)
{
	say("\nhowdah: internal error: ");
	say(number == SIGABRT ? "what it relies on does not hold" : "it went where nothing is");
	say("\nhowdah: this is a bug; please report it with the input that shows it\n");
	_exit(EXIT_BUG);
}

void die_of_bugs(void *stack, size_t n)
{
	static const int bugs[] = { SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL };
	stack_t own = { .ss_sp = stack, .ss_size = n };
	struct sigaction act = { .sa_handler = die_bug, .sa_flags = SA_ONSTACK }, was;

	(void)sigemptyset(&act.sa_mask);
	(void)sigaltstack(&own, NULL);
	for (size_t i = 0; i < sizeof(bugs) / sizeof(*bugs); i++)
		if (!sigaction(bugs[i], NULL, &was) && was.sa_handler == SIG_DFL)
			(void)sigaction(bugs[i], &act, NULL);
}

void die_memory(void)
{
	say("howdah: error: out of memory\n");
	_exit(EXIT_OUTSIDE);
}
