/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses of names, asked for by a child process: the C library's resolver waits, the loop does
 * not. */
#ifndef NET_RESOLVE_H
#define NET_RESOLVE_H

#include "base/arena.h"
#include "loop/child.h"

enum { RESOLVE_MOST = 16 };

/* Asks for the addresses of n names (at most RESOLVE_MOST). ended gets "NAME ADDRESS" lines on out,
 * one for each name that has an address. NULL with err set when the child cannot be started;
 * child_drop ends it. */
struct child *resolve_start(struct loop *l, const char *const *names, size_t n,
			    void (*ended)(void *arg, const struct child_end *end), void *arg);

/* The address of name in what ended got, in a; "" when there is none. */
struct str resolve_find(struct arena *a, struct str out, struct str name);

/* What the child does: prints the lines for names. */
void resolve_print(char **names, int n);

#endif
