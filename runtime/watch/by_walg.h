/* SPDX-License-Identifier: Apache-2.0 */
/* Looks that ask wal-g one question. */
#ifndef WATCH_BY_WALG_H
#define WATCH_BY_WALG_H

#include "frame/engine.h"

/* Runs wal-g with args (ended by NULL) for at most ms, then ends the look: with the fact that read
 * makes of its output, or failed, for the reason that read returns. asked: when wal-g began, in
 * seconds since 1970; what came into the archive since may not be in its answer. */
void by_walg_start(struct look *look, const char *const *args, int64_t ms,
		   const char *(*read)(struct look *look, struct str out, int64_t asked,
				       const void **fact));

/* For observer.stop. */
void by_walg_stop(struct look *look);

#endif
