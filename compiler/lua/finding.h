/* SPDX-License-Identifier: Apache-2.0 */
/* What a rule returns: nothing, a finding, or a list of findings. */
#ifndef LUA_FINDING_H
#define LUA_FINDING_H

#include "lua/library.h"

/* One finding of a rule. Texts that it does not give are empty. */
struct finding {
	bool deny;           /* else it warns */
	struct str message;  /* what is wrong, in a sentence without a full stop */
	struct str path;     /* of the field, below spec */
	struct str object;   /* "StatefulSet/orders": path is then below this object */
	struct str platform; /* path below the platform's spec */
	struct str cluster;  /* fleet rules: "prod/team-orders/orders" */
	struct str fix;      /* the smallest edit of the intent that would pass, in YAML */
};

/* Reads finding number i of what rule e returned. 1, 0 behind the last, or -1 with *why: what is
 * wrong with the returned value. */
int finding_read(const struct lua_entry *e, const struct node *returned, size_t i,
		 struct finding *out, const char **why);

/* The rule denies unless it, or a finding, says otherwise. */
bool rule_denies(const struct lua_entry *e);

/* The rule judges the fleet as a whole, not one cluster. */
bool rule_is_fleet(const struct lua_entry *e);

#endif
