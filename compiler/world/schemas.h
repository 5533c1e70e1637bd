/* SPDX-License-Identifier: Apache-2.0 */
/* The schemas that the binary carries, for commands that need no repository. */
#ifndef WORLD_SCHEMAS_H
#define WORLD_SCHEMAS_H

#include "schema/schema.h"

/* Compiles the embedded schema files into a set in a, given back by schema_set_release. Findings
 * (a mistake in a shipped file) go to d. */
struct schema_set *schemas_embedded(struct arena *a, struct diags *d);

/* The same from what was made of the files when howdah was built: examples are not judged. */
struct schema_set *schemas_built(struct arena *a, struct diags *d);

#endif
