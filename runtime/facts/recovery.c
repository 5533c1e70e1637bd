/* SPDX-License-Identifier: Apache-2.0 */
/* recovery.c: what pg_control says of a recovery. */
#include "facts/recovery.h"

#include <string.h>

/* ControlFileData of PostgreSQL (catalog/pg_control.h): system_identifier of 8 bytes, two versions
 * of 4, then the state, DBState; the same from 9.3 to 18, in the order of bytes of the machine. */
enum { STATE_AT = 16, STATE_SIZE = 4, IN_ARCHIVE_RECOVERY = 5 };

bool recovery_from_archive(struct str control)
{
	uint32_t state = 0;

	if (control.n < STATE_AT + STATE_SIZE)
		return false;
	(void)memcpy(&state, control.p + STATE_AT, sizeof(state));
	return state == IN_ARCHIVE_RECOVERY;
}
