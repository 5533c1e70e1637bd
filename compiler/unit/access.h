/* SPDX-License-Identifier: Apache-2.0 */
/* What access entries name: databases, roles, namespaces of applications. */
#ifndef UNIT_ACCESS_H
#define UNIT_ACCESS_H

#include "unit/resolve.h"

/*
 * Checks the access entries of a resolved cluster against its databases: the database exists and is
 * named where there is more than one, the role is one of it. A namespace that no other intent names
 * but that is nearly one that others do is a warning. Reports to the job's diags.
 */
void access_check(const struct job *j, const struct resolved *r);

#endif
