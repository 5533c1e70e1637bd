/* SPDX-License-Identifier: Apache-2.0 */
/* handover.c: what a member's container runs before it ends: asks the agent of its pod for a
 * hand-over and waits for the answer, at most 30 s. It ends with 0 whatever comes of it, because
 * Patroni hands over by itself when it is stopped. A program of its own without libraries, since
 * the image that it runs in is not ours.
 */
#include <stdio.h>

#include "ground/paths.h"
#include "net/knock.h"

enum { WAIT_MS = 30000 };

int main(int argc, char **argv)
{
	char answer[KNOCK_ANSWER_MOST];
	const char *why =
	    knock(argc > 1 ? argv[1] : PATH_AGENT_SOCKET, "handover", WAIT_MS, answer);

	(void)fprintf(stderr, "handover: %s\n", why ? why : answer);
	return 0;
}
