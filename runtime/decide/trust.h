/* SPDX-License-Identifier: Apache-2.0 */
/* Who follows a change of the authority. */
#ifndef DECIDE_TRUST_H
#define DECIDE_TRUST_H

#include "frame/round.h"

/* Why not everybody trusts the bundle as it is now, "" when all do. */
struct str trust_awaited(const struct round *r);

/* Why not every member serves a certificate that began at since or later, "" when all do. */
struct str trust_unserved(const struct round *r, int64_t since);

/* As trust_unserved, of the poolers, too, and of the certificates that members show to others. */
struct str trust_unused(const struct round *r, int64_t since);

#endif
