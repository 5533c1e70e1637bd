/* SPDX-License-Identifier: Apache-2.0 */
/* Whether PostgreSQL and Patroni have read what lies here: PostgreSQL tells when it did, Patroni
 * does not. */
#ifndef REPORT_RELOADS_H
#define REPORT_RELOADS_H

#include "frame/round.h"

/* Both took the reload that this process asked for behind the last change of the files. */
bool reload_taken(const struct round *r);

/* And Patroni had its turn since, at which it reads them: it answers 202 before that
 * (do_POST_reload of patroni/api.py). */
bool reload_settled(const struct round *r);

#endif
