/* SPDX-License-Identifier: Apache-2.0 */
/* The tables that a member's agent runs on, put together from the .def files. */
#ifndef AGENT_TABLES_H
#define AGENT_TABLES_H

#include "frame/engine.h"

/* Observers, actors and deciders of `run`. */
extern const struct tables member_tables;

#endif
