/* SPDX-License-Identifier: Apache-2.0 */
/*
 * failing.c: for LD_PRELOAD: from the FAIL_AT-th request for memory on none is given (FAIL_ONCE:
 * that one alone). FAIL_SIGNAL: the process gets this signal there instead. FAIL_OF: only requests
 * made by the library whose path has this text are meant. Without FAIL_AT the requests are counted
 * into the file FAIL_COUNT. Requests of glibc's regcomp itself are always met:
 * without memory it frees twice (2.36), and base/ere.c sees to it that there is some.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <regex.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

extern void *__libc_malloc(size_t n);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t n);

static atomic_ulong requests;
static unsigned long at;
static int once, number;
static const char *library;

__attribute__((constructor)) static void begin(void)
{
	const char *text = getenv("FAIL_AT"), *what = getenv("FAIL_SIGNAL");

	once = getenv("FAIL_ONCE") != NULL;
	number = what ? atoi(what) : 0;
	library = getenv("FAIL_OF");
	atomic_store(&requests, 0);
	at = text ? strtoul(text, NULL, 10) : 0; /* the loader's own requests are not meant */
}

__attribute__((destructor)) static void end(void)
{
	FILE *f = getenv("FAIL_COUNT") ? fopen(getenv("FAIL_COUNT"), "w") : NULL;

	if (f) {
		fprintf(f, "%lu\n", atomic_load(&requests));
		fclose(f);
	}
}

static _Thread_local int in_regcomp;

static int is_of_library(const void *caller)
{
	Dl_info info;

	return !library || (dladdr(caller, &info) && strstr(info.dli_fname, library));
}

static int is_refused(const void *caller)
{
	unsigned long n = 0;

	if (in_regcomp || !is_of_library(caller))
		return 0;
	n = atomic_fetch_add(&requests, 1) + 1;

	if (!at || (once || number ? n != at : n < at))
		return 0;
	if (number) {
		raise(number);
		return 0;
	}
	errno = ENOMEM;
	return 1;
}

#define CALLER __builtin_return_address(0)

void *malloc(size_t n)
{
	return is_refused(CALLER) ? NULL : __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
	return is_refused(CALLER) ? NULL : __libc_calloc(n, size);
}

void *realloc(void *p, size_t n)
{
	return is_refused(CALLER) ? NULL : __libc_realloc(p, n);
}

void *mmap(void *where, size_t n, int protection, int flags, int fd, off_t offset)
{
	static void *(*real)(void *, size_t, int, int, int, off_t);

	if (!real)
		real = (void *(*)(void *, size_t, int, int, int, off_t))dlsym(RTLD_NEXT, "mmap");
	return is_refused(CALLER) ? MAP_FAILED : real(where, n, protection, flags, fd, offset);
}

int regcomp(regex_t *compiled, const char *text, int flags)
{
	static int (*real)(regex_t *, const char *, int);

	if (!real)
		real = (int (*)(regex_t *, const char *, int))dlsym(RTLD_NEXT, "regcomp");
	in_regcomp = 1;
	int rc = real(compiled, text, flags);
	in_regcomp = 0;
	return rc;
}
