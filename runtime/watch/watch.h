/* SPDX-License-Identifier: Apache-2.0 */
/* How each fact is looked at: watch_name fills struct fact_name. One file each. */
#ifndef WATCH_WATCH_H
#define WATCH_WATCH_H

#include "frame/engine.h"

#define FACT(name) extern const struct observer watch_##name; /* file watch/name.c */
#include "facts/facts.def"
#undef FACT

#endif
