/* SPDX-License-Identifier: Apache-2.0 */
/* How long to wait before trying again: full jitter, doubled, capped. */
#ifndef GROUND_BACKOFF_H
#define GROUND_BACKOFF_H

#include <stdint.h>

/* Milliseconds to wait after failures attempts in a row (1 and up): between a tenth of and all of
 * 500 ms * 2^(failures-1), at most 30 s. luck (any number) picks the place in between, so that the
 * function stays pure. */
int64_t backoff_ms(int failures, uint32_t luck);

/* Luck for it. */
uint32_t backoff_luck(void);

#endif
