/* SPDX-License-Identifier: Apache-2.0 */
/* backoff.c: waits between attempts. */
#include "ground/backoff.h"

#include <openssl/rand.h>

enum { FIRST_MS = 500, MOST_MS = 30000, DOUBLINGS = 6 };

int64_t backoff_ms(int failures, uint32_t luck)
{
	int64_t top = FIRST_MS;

	for (int i = 1; i < failures && i <= DOUBLINGS; i++)
		top *= 2;
	if (top > MOST_MS)
		top = MOST_MS;
	return top / 10 + (int64_t)(luck % 1000) * (top - top / 10) / 1000;
}

uint32_t backoff_luck(void)
{
	unsigned char b[4] = { 0 };

	(void)RAND_bytes(b, sizeof(b)); /* without luck all wait alike */
	return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}
