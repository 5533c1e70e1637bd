/* SPDX-License-Identifier: Apache-2.0 */
/* The ends of a process that cannot go on: our bugs and lack of memory, never the user's mistakes.
 */
#ifndef BASE_DIE_H
#define BASE_DIE_H

/* A bug: prints what to stderr, exits 70. */
_Noreturn void die(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Out of memory: says so, exits 4. */
_Noreturn void die_memory(void);

#endif
