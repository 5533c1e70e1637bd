/* SPDX-License-Identifier: Apache-2.0 */
/* What wal-g prints, read strictly: what is not as its documentation has it is refused whole. Pure.
 */
#ifndef WALG_READ_H
#define WALG_READ_H

#include "base/arena.h"
#include "facts/backups.h"
#include "facts/wal.h"

/* The answer of "backup-list --detail --json"; everything in *out is in a. NULL, or why it was
 * refused, in a. Nothing at all means no backup (wal-g 3.0.5). */
const char *walg_read_backups(struct arena *a, struct str text, struct fact_backups *out);

/* The answer of "wal-verify integrity timeline --json", as walg_read_backups. */
const char *walg_read_wal(struct arena *a, struct str text, struct fact_wal *out);

/* Counts pages that backup-push found corrupt, in a files_metadata.json of any length; all zero at
 * first. */
struct walg_pages {
	size_t matched; /* letters of the key that were just read */
	bool value;     /* the key was read: its number is next */
	int64_t number; /* read so far, or -1 */
	int64_t corrupt;
	int64_t bytes;    /* of the document */
	char first, last; /* of its letters that are not blanks */
};

/* Reads on. */
void walg_pages_take(struct walg_pages *p, struct str bytes);

/* What was read was a whole document. */
bool walg_pages_whole(const struct walg_pages *p);

enum { DOOMED_LINE = 512, DOOMED_MOST = 256 };

/* What a "delete" without --confirm would delete; all zero but for keep at first. */
struct walg_doomed {
	struct str keep; /* the segment from which on everything must stay, 24 letters */
	struct arena *arena;
	char line[DOOMED_LINE];
	size_t n_line;
	struct str backups[DOOMED_MOST];
	size_t n_backups;
	int64_t segments;
	struct str wrong; /* what must not be deleted, or cannot be understood; "" for none */
};

/* Reads on in its messages. */
void walg_doomed_take(struct walg_doomed *d, struct str bytes);

/* name is one that wal-g gives a base backup. */
bool walg_is_backup(struct str name);

/* text is the name of a WAL segment. */
bool walg_is_segment(struct str text);

#endif
