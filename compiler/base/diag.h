/* SPDX-License-Identifier: Apache-2.0 */
/* What is wrong with the input: collected, sorted by place, all of it reported at once. */
#ifndef BASE_DIAG_H
#define BASE_DIAG_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/pos.h"

/* One id per row of messages.def: MSG_yaml_syntax prints as [yaml-syntax]. */
enum message {
	MSG_none,
#define MESSAGE(id, name, means, mend) MSG_##id,
#include "base/messages.def"
#undef MESSAGE
	MSG_count
};

/* A row of the message table, for `howdah explain ID` and the docs. */
struct message_row {
	const char *name;  /* as printed in brackets */
	const char *means; /* what it means and what causes it */
	const char *mend;  /* what to do */
};

enum severity { SEV_ERROR, SEV_WARNING };

struct diag_note {
	struct diag_note *next;
	struct pos pos;
	struct str text;
};

struct diag {
	struct diag *next;
	enum severity severity;
	enum message id;
	struct pos pos;
	struct str text;
	struct str rule;         /* name printed instead of the id's (policy rules), or empty */
	struct diag_note *notes; /* in the order they were added */
};

struct diags;

/* How findings are printed. */
enum diag_format { DIAG_TEXT, DIAG_JSON, DIAG_GITHUB };

/* An empty collection whose texts live in a. */
struct diags *diags_new(struct arena *a);

/* Reports an error at pos. The text is lower case without a full stop: 'subject' is what is wrong,
 * then what is allowed. */
void diag_error(struct diags *d, enum message id, struct pos pos, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Reports a warning: the compile goes on. */
void diag_warn(struct diags *d, enum message id, struct pos pos, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Adds a note to the newest finding: another place that matters, or what would mend it. */
void diag_note(struct diags *d, struct pos pos, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Names the newest finding after a rule of the user's policy instead of its id. */
void diag_rule(struct diags *d, struct str rule);

/* Errors (not warnings) collected so far. */
size_t diags_errors(const struct diags *d);

/* Warnings collected so far. */
size_t diags_warnings(const struct diags *d);

/* Moves copies of all findings of from into d, texts copied into d's arena. */
void diags_take(struct diags *d, const struct diags *from);

/* Appends all findings to out, each once, sorted by place, in the format. Text, which people read,
 * has the errors first; colour only matters there. */
void diags_print(const struct diags *d, struct buf *out, enum diag_format format, bool colour);

/* All findings in the order of their places, each once, in the arena of d; *n counts them. */
const struct diag **diags_sorted(const struct diags *d, size_t *n);

/* What stands in brackets behind a finding: its rule, or its message's id. */
const char *diag_name(const struct diag *g);

/* Appends s as a JSON string. */
void diag_json_string(struct buf *out, struct str s);

/* Appends s as workflow commands of GitHub hold it, in a property or behind the last "::". */
void diag_github_string(struct buf *out, struct str s, bool property);

/* Appends a finding as a workflow command of GitHub. */
void diag_github(struct buf *out, const struct diag *g);

/* s as it may be shown: what controls a terminal, hides or turns text, or is no text, stands as
 * escapes. In a. */
struct str diag_clean(struct arena *a, struct str s);

/* Findings of a severity as diags_print shows them: those that several units have in common count
 * once. */
size_t diags_shown(const struct diags *d, enum severity severity);

/* The finding list in the order it was reported (for tests and commands). */
const struct diag *diags_first(const struct diags *d);

/* The row of id; never NULL. */
const struct message_row *message_row(enum message id);

/* The id named name ("yaml-syntax"), or MSG_none. */
enum message message_find(struct str name);

/* "name:line:col" of pos in a, or "" for nowhere. */
struct str pos_text(struct arena *a, struct pos pos);

#endif
