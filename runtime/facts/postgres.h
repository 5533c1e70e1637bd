/* SPDX-License-Identifier: Apache-2.0 */
/* This member's PostgreSQL, over the local socket. */
#ifndef FACTS_POSTGRES_H
#define FACTS_POSTGRES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/* A standby that streams from here. */
struct fact_standby {
	struct str name, state, sync;
	int64_t lag; /* bytes not replayed, -1 not known */
};

/* Bytes of a segment of WAL, as initdb makes them (manual, initdb, --wal-segsize). */
enum { WAL_SEGMENT_BYTES = 16 * 1024 * 1024 };

struct fact_postgres {
	struct str version; /* "17.6" */
	bool in_recovery;
	bool unchecked; /* its pages have no checksums */
	int64_t loaded; /* when its configuration was last read; whole seconds since 1970 */
	int64_t connections, connections_most;
	int64_t lag; /* on a replica: bytes received but not replayed; -1 not known */
	/* archiving, on a primary */
	bool archives;       /* archive_mode and an archive_command that stores something */
	struct str archived; /* last WAL segment that was archived */
	int64_t archived_at; /* when; seconds since 1970, 0 never */
	int64_t archive_failed_at;
	int64_t archive_failures; /* since statistics began */
	int64_t waiting,
	    waiting_since;     /* segments ready to be archived, and how old the oldest is */
	struct str lost_slots; /* physical slots whose WAL was given up and that nobody uses: names,
				* with blanks between them */
	/* files that it read and that are wrong */
	int64_t hba_errors;
	struct str hba_error; /* "line 3: ..." */
	struct str setting_error;
	const struct fact_standby *standbys;
	size_t n_standbys;
};

#endif
