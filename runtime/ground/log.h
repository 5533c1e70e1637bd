/* SPDX-License-Identifier: Apache-2.0 */
/* The agent's log: one JSON line per event on stderr. No word that looks like a secret gets out. */
#ifndef GROUND_LOG_H
#define GROUND_LOG_H

#include "base/arena.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

/* Events below level are not written; LOG_INFO until this is called. */
void log_set_level(enum log_level level);

/* The level named name ("debug", "info", "warn", "error"), or LOG_INFO. */
enum log_level log_level_of(struct str name);

/* Writes event with its fields: pairs of const char *, name and value, ended by NULL. A value NULL
 * leaves its pair out. Values are cut at 1 KiB. */
void log_event(enum log_level level, const char *event, ...) __attribute__((sentinel));

/* text as the log would have it, in a: without words that look like a secret. For what other
 * programs say and a status repeats. */
struct str log_clean(struct arena *a, struct str text);

#endif
