/* SPDX-License-Identifier: Apache-2.0 */
/* Names that an intent chooses and that others have already: databases, roles, Secrets, labels. */
#ifndef UNIT_NAMING_H
#define UNIT_NAMING_H

#include "unit/resolve.h"

/*
 * What the intent of a cluster names by itself: databases that PostgreSQL or howdah keeps, grants
 * to roles that are not there, Secrets that belong to clusters or that two access entries write,
 * system namespaces, labels and annotations of other programs. Reports to the job's diags at the
 * name.
 */
void naming_check_cluster(const struct job *j, const struct resolved *r);

/* As naming_check_cluster for a guest of cluster host. */
void naming_check_guest(const struct job *j, const struct resolved *host, const struct resolved *g);

/* Names of databases and roles that two of these databases (a host's and its guests') both get. */
void naming_check_server(const struct job *j, const struct node *databases);

#endif
