/* SPDX-License-Identifier: Apache-2.0 */
/* Templates compiled once per run into programs that every worker reads: all names are known, all
 * keys sorted, what has no expression is one finished node. */
#ifndef EXPAND_TEMPLATE_H
#define EXPAND_TEMPLATE_H

#include "expand/scope.h"

struct template;

/* Compiles root (yaml_read of a template file): its objects or list of objects. Reports everything
 * wrong with it; NULL after errors. */
const struct template *template_compile(struct scope *s, const struct node *root, struct diags *d);

/* Compiles the file of group number name: templates/model/<unit>/<group>.yaml. It sees inputs,
 * earlier groups and, as `self`, its own facts that the record declares earlier. NULL after
 * errors. */
const struct template *template_compile_group(struct scope *s, size_t name, const struct node *root,
					      struct diags *d);

#endif
