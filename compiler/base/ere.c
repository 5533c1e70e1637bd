/* SPDX-License-Identifier: Apache-2.0 */
/* ere.c: regcomp behind a flag and a lock. */
#include "base/ere.h"

#include <errno.h>
#include <stdlib.h>

#include "base/die.h"

/* More than any of our expressions takes. glibc 2.36 frees some of it twice when memory ends while
 * it compiles one, so that it has to be there. */
enum { ROOM = 256 * 1024 };

static bool compile(struct ere *e)
{
	void *volatile room = malloc(ROOM);

	if (!room)
		die_memory();
	free(room);

	int failed = regcomp(&e->regex, e->text, REG_EXTENDED | REG_NOSUB);

	if (failed == REG_ESPACE)
		die_memory();
	return failed != 0;
}

void ere_init(struct ere *e, const char *text)
{
	e->text = text;
	e->match = ere_frequent(text);
	e->bad = false;
	atomic_init(&e->compiled, false);
	(void)pthread_mutex_init(&e->lock, NULL);
}

bool ere_good(struct ere *e)
{
	if (e->match)
		return true;
	if (atomic_load_explicit(&e->compiled, memory_order_acquire))
		return !e->bad;
	(void)pthread_mutex_lock(&e->lock);
	if (!atomic_load_explicit(&e->compiled, memory_order_relaxed)) {
		e->bad = compile(e);
		atomic_store_explicit(&e->compiled, true, memory_order_release);
	}
	(void)pthread_mutex_unlock(&e->lock);
	return !e->bad;
}

bool ere_matches(struct ere *e, const char *s)
{
	if (e->match)
		return e->match(str_of(s));
	if (!ere_good(e))
		return false;
	/* glibc says "no match" also where it had no memory to look */
	errno = 0;
	if (regexec(&e->regex, s, 0, NULL, 0) == 0)
		return true;
	if (errno == ENOMEM)
		die_memory();
	return false;
}

void ere_release(struct ere *e)
{
	if (atomic_load(&e->compiled) && !e->bad)
		regfree(&e->regex);
	(void)pthread_mutex_destroy(&e->lock);
}
