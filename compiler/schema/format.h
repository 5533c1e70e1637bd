/* SPDX-License-Identifier: Apache-2.0 */
/* The named syntaxes of x-howdah-format, each checked by hand-written C. */
#ifndef SCHEMA_FORMAT_H
#define SCHEMA_FORMAT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

enum format {
	FORMAT_none,
#define FORMAT(id, name, what, example, pattern, longest, order) FORMAT_##id,
#include "schema/formats.def"
#undef FORMAT
	FORMAT_count
};

/* How two values of a format compare, for bounds and lessOrEqual. */
enum format_order {
	ORDER_NONE,
	ORDER_QUANTITY,
	ORDER_BYTES,
	ORDER_DURATION,
	ORDER_DATE,
	ORDER_TIME,
	ORDER_DECIMAL
};

/* A row of the format table. */
struct format_row {
	const char *name;    /* as schemas write it: "dns-label" */
	const char *what;    /* what a value is, for messages: "a size with a unit" */
	const char *example; /* a right value */
	const char
	    *pattern;   /* JSON-Schema pattern that accepts at least every right value, or NULL */
	size_t longest; /* no right value is longer, in bytes */
	enum format_order order; /* how values compare */
};

/* The row of f; never NULL. */
const struct format_row *format_row(enum format f);

/* The format named name, or FORMAT_none. */
enum format format_find(struct str name);

/* Does text fit f? Returns NULL when it does, else what is wrong with it as the end of a sentence
 * ("has no unit"), static. FORMAT_none fits everything. */
const char *format_check(enum format f, struct str text);

/* Compares two right values of f: true and *sign <0, 0, >0; false when f has no order or a value is
 * not right. */
bool format_compare(enum format f, struct str a, struct str b, int *sign);

#endif
