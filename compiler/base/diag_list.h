/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of struct diags, shared by diag.c and diag_print.c only. */
#ifndef BASE_DIAG_LIST_H
#define BASE_DIAG_LIST_H

#include "base/diag.h"

struct diags {
	struct arena *arena;
	struct diag *first, **tail, *last;
	size_t count[2]; /* by severity */
};

#endif
