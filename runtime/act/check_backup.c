/* SPDX-License-Identifier: Apache-2.0 */
/* check_backup.c: corrupt pages that wal-g met while it made a backup: it notes them beside the
 * backup and ends well all the same. */
#include "act/act.h"
#include "walg/read.h"
#include "walg/walg.h"

enum { ASK_MS = 10000, READ_MS = 3500000 };

static const char insert[] =
    "insert into howdah.backup_checks (backup, corrupt) values ($1, $2::bigint)"
    " on conflict (backup) do update set checked = now(), corrupt = excluded.corrupt";

struct work {
	struct walg *walg;
	struct walg_pages pages;
};

static void stop(struct deed *deed)
{
	struct work *w = deed->work;

	walg_stop(w->walg);
}

static void take(void *owner, bool errors, struct str bytes)
{
	struct deed *deed = owner;
	struct work *w = deed->work;

	if (!errors)
		walg_pages_take(&w->pages, bytes);
}

static void on_end(void *owner, const struct walg_end *end)
{
	struct deed *deed = owner;
	struct work *w = deed->work;
	struct str corrupt = arena_fmt(deed->arena, "%lld", (long long)w->pages.corrupt);

	w->walg = NULL;
	if (*end->why)
		deed_failed(deed, end->why);
	else if (!walg_pages_whole(&w->pages))
		deed_failed(deed, "the list of its files is not whole");
	else
		sql_send(deed->hands->sql,
			 &(struct sql_call){
			     insert, ASK_MS, { deed->action.target.p, corrupt.p, NULL } },
			 act_on_rows, deed);
}

static void read_files(struct deed *deed)
{
	struct work *w = NEW(deed->arena, struct work);
	struct str path =
	    arena_fmt(deed->arena, "basebackups_005/%s/files_metadata.json", deed->action.target.p);
	const char *const args[] = { "st", "cat", path.p, NULL };

	deed->work = w;
	deed->stop = stop;
	w->walg =
	    walg_start(deed->hands->loop, &(struct walg_call){ args, READ_MS, take, on_end, deed });
}

void act_check_backup(struct deed *deed)
{
	act_backup_tables(deed, read_files);
}
