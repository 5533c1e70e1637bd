/* SPDX-License-Identifier: Apache-2.0 */
/* Which credentials are to be made or delivered. */
#ifndef DECIDE_LOGINS_H
#define DECIDE_LOGINS_H

#include "frame/round.h"
#include "provision/plan.h"

/* What is said of logins. */
struct logins_word {
	struct str undelivered; /* why some credentials are not in their Secret, "" when all are */
	struct str waits;       /* why a rotation is not done yet, or "" */
};

/* Adds the actions deliver and set_password to the round. */
struct logins_word decide_logins(struct round *r, const struct plan *plan);

/* How many logins have carried out the rotation of an operation, and how many there are. */
void logins_rotated(const struct round *r, struct str operation, size_t *done, size_t *all);

#endif
