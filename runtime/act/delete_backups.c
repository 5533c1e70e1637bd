/* SPDX-License-Identifier: Apache-2.0 */
/* delete_backups.c: everything that wal-g keeps in the archive goes. */
#include "act/act.h"
#include "walg/walg.h"

enum { RUN_MS = 7100000 };

static void stop(struct deed *deed)
{
	walg_stop(deed->work);
}

static void on_end(void *owner, const struct walg_end *end)
{
	struct deed *deed = owner;

	deed->work = NULL;
	if (*end->why)
		deed_failed(deed, end->why);
	else
		deed_done(deed, "");
}

void act_delete_backups(struct deed *deed)
{
	/* FORCE: backups that are permanent, too */
	static const char *const args[] = { "delete", "everything", "FORCE", "--confirm", NULL };

	deed->stop = stop;
	deed->work =
	    walg_start(deed->hands->loop, &(struct walg_call){ args, RUN_MS, NULL, on_end, deed });
}
