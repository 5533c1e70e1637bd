/* SPDX-License-Identifier: Apache-2.0 */
/* err.c: one message, grown from the inside out. */
#include "base/err.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int err_set(struct err *e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	e->set = ERR_OUTSIDE;
	return -1;
}

int err_kind_set(struct err *e, enum err_kind kind, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	e->set = kind;
	return -1;
}

int err_exit(const struct err *e)
{
	static const int code[] = {
		[ERR_NONE] = 0,    [ERR_OUTSIDE] = 4, [ERR_INPUT] = 1, [ERR_USAGE] = 2,
		[ERR_REFUSED] = 3, [ERR_TAKEN] = 4,   [ERR_RACE] = 4,
	};

	return code[e->set];
}

/* Writes z at place at, as far as it fits; the place behind it. */
static size_t append(struct err *e, size_t at, const char *z)
{
	for (; *z && at + 1 < sizeof(e->text); z++)
		e->text[at++] = *z;
	if (at < sizeof(e->text))
		e->text[at] = 0;
	return at;
}

int err_wrap(struct err *e, const char *fmt, ...)
{
	char inner[sizeof(e->text)];
	va_list ap;

	assert(e->set);
	memcpy(inner, e->text, sizeof(inner));
	va_start(ap, fmt);
	int n = vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	if (n < 0)
		return -1;

	size_t at = append(e, (size_t)n, ": ");

	(void)append(e, at, inner);
	return -1;
}
