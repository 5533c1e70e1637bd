/* SPDX-License-Identifier: Apache-2.0 */
/* Base backups, archive and drills in the record's status. */
#ifndef REPORT_BACKUPS_H
#define REPORT_BACKUPS_H

#include "frame/round.h"

/* status.backups as far as this agent knows it, NULL when it does not lead. What is no longer so is
 * null. */
const struct node *backups_status(struct round *r);

/* status.drills.next, NULL when no drill is due ever. */
const struct node *drills_status(struct round *r);

/* Bytes of WAL that wait for the archive. */
int64_t backups_queue(const struct round *r);

#endif
