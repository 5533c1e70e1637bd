/* SPDX-License-Identifier: Apache-2.0 */
/* verdict.c: the names of the classes. */
#include "guard/verdict.h"

static const char *const names[VERDICT_CLASSES] = { "none",    "metadata",        "exposure",
						    "reload",  "pooler",          "rolling-restart",
						    "failover", "multi-step",      "refused" };

const char *verdict_name(enum verdict_class c)
{
	return names[c];
}

enum verdict_class verdict_find(struct str name)
{
	int c = 0;

	while (c < VERDICT_CLASSES && !str_is(name, names[c]))
		c++;
	return (enum verdict_class)c;
}
