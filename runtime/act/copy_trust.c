/* SPDX-License-Identifier: Apache-2.0 */
/* copy_trust.c: the copy of the trust bundle in /run that PostgreSQL and Patroni read. */
#include "act/act.h"
#include "ground/mounted.h"
#include "ground/paths.h"

enum { FILE_MOST = 256 * 1024 };

void act_copy_trust(struct deed *deed)
{
	struct err err = { 0 };
	struct str text;

	if (mounted_read(deed->arena, PATH_TRUST_BUNDLE, FILE_MOST, &text, &err) != 1)
		deed_failed(deed, err.text[0] ? err.text : "the bundle is not there");
	else if (mounted_replace(PATH_TRUST, text, 0644, &err))
		deed_failed(deed, err.text);
	else
		deed_done(deed, "");
}
