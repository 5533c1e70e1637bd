/* SPDX-License-Identifier: Apache-2.0 */
/* Failures of the outside world (disk, Git, memory limits), handed up with context. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

/* { 0 } means no failure. */
struct err {
	int set;
	char text[1024];
};

/* Records a failure and returns -1, so that "return err_set(...)" is the only way to fail. */
int err_set(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Puts "context: " in front of a failure that is set and returns -1. */
int err_wrap(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
