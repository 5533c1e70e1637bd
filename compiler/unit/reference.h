/* SPDX-License-Identifier: Apache-2.0 */
/* What a cluster's spec names elsewhere: databases, roles, storage classes, object stores,
 * namespaces of applications. */
#ifndef UNIT_REFERENCE_H
#define UNIT_REFERENCE_H

#include "unit/resolve.h"

/*
 * Checks what a resolved cluster names: databases and roles of access entries, the storage class
 * and autoscaler of its destination, object stores of the platform with their network place and
 * what its pods log in by. A namespace that no other intent names but that is nearly one that
 * others do is a warning. Reports to the job's diags at the line that wrote the name.
 */
void reference_check(const struct job *j, const struct resolved *r);

/* r reads its data from the archive of source: that store must be one that r's pods reach, too. */
void reference_check_source(const struct job *j, const struct resolved *r,
			    const struct resolved *source);

/* As reference_check for the access entries of a guest, which speak of its own database. */
void reference_check_guest(const struct job *j, const struct resolved *g);

#endif
