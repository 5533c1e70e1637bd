/* SPDX-License-Identifier: Apache-2.0 */
/* The other side of the local door (net/door.h): one question, one answer. Needs nothing but libc.
 */
#ifndef NET_KNOCK_H
#define NET_KNOCK_H

#include <stddef.h>

enum { KNOCK_ANSWER_MOST = 2048 };

/* Asks for name at the socket path and waits at most ms milliseconds for the answer, a line that is
 * put into answer (of KNOCK_ANSWER_MOST bytes, NUL-terminated, without its line feed). NULL, or why
 * there is none. */
const char *knock(const char *path, const char *name, long long ms, char *answer);

#endif
