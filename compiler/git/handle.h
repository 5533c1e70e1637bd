/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of struct repo, shared by the files of this room only. */
#ifndef GIT_HANDLE_H
#define GIT_HANDLE_H

#include <git2.h>

#include "git/repo.h"

struct repo {
	struct arena *arena;
	git_repository *git;
	git_odb *odb;
	const char *path, *objects;
};

/* Sets err to "repository 'PATH': what: " and libgit2's own words; -1. */
int repo_failed(struct err *err, const struct repo *r, const char *what);

#endif
