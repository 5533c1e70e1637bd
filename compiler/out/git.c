/* SPDX-License-Identifier: Apache-2.0 */
/* git.c: output as a commit on a branch. */
#include "out/emit.h"
int out_git_open(struct out *o, const struct out_target *target, struct err *err)
{
	(void)o;
	(void)target;
	return err_set(err, "a branch cannot be written");
}
