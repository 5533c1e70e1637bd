/* SPDX-License-Identifier: Apache-2.0 */
/* answer.c: who asked over the local door is told. */
#include "act/act.h"

void act_answer(struct deed *deed)
{
	const struct node *b = deed->action.body;

	door_answer(deed->hands->door, deed->action.target, node_flag(b, "done", false),
		    node_text(b, "text").p);
	deed_done(deed, node_text(b, "text").p);
}
