/* SPDX-License-Identifier: Apache-2.0 */
/* The ends of a process that cannot go on: our bugs and lack of memory, never the user's mistakes.
 */
#ifndef BASE_DIE_H
#define BASE_DIE_H

#include <stddef.h>

/* From now on a bug (an assertion, a wild pointer, an endless recursion) ends with a word and exit
 * code 70. stack, of n bytes, is where the word is said when there is no other stack left; it must
 * stay. What a sanitizer catches itself stays its own. */
void die_of_bugs(void *stack, size_t n);

/* Out of memory: says so, exits 4. */
_Noreturn void die_memory(void);

#endif
