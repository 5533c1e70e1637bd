/* SPDX-License-Identifier: Apache-2.0 */
/* What libyaml calls broken, said so that a newcomer can mend it. */
#ifndef TREE_YAML_SYNTAX_H
#define TREE_YAML_SYNTAX_H

#include "tree/yaml_text.h"

/* libyaml's words and places; problem is never NULL, context may be. */
struct yaml_problem {
	const char *problem, *context;
	size_t at, context_at; /* byte offsets */
};

/* Reports p. The result is the line that is to blame. */
size_t yaml_syntax_error(struct yaml_text *t, const struct yaml_problem *p);

#endif
