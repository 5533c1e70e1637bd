/* SPDX-License-Identifier: Apache-2.0 */
/* Failures of the outside world (disk, Git, memory limits), handed up with context. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

/* Whose trouble it is, which decides the exit code: see err_exit. */
enum err_kind {
	ERR_NONE,
	ERR_OUTSIDE, /* disk, Git, another process: exit 4 */
	ERR_INPUT,   /* what we were given to read is not usable (a symlink, a bad lock): exit 1 */
	ERR_USAGE,   /* what the command line names cannot be, or is not there: exit 2 */
	ERR_REFUSED, /* writing would destroy what is not ours: exit 3 */
	ERR_TAKEN,   /* what is to be made is there: exit 4, unless the caller knows better */
	ERR_RACE,    /* someone else was faster: start again, at last exit 4 */
};

/* { 0 } means no failure. */
struct err {
	enum err_kind set; /* ERR_NONE, or whose trouble it is */
	char text[1024];
};

/* Records a failure of the outside (ERR_OUTSIDE) and returns -1, so that "return err_set(...)" is
 * the only way to fail. */
int err_set(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* As err_set, for a failure of another kind. */
int err_kind_set(struct err *e, enum err_kind kind, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts "context: " in front of a failure that is set and returns -1. */
int err_wrap(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The exit code of howdah for this failure: 0 to 4. */
int err_exit(const struct err *e);

#endif
