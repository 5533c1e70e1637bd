/* SPDX-License-Identifier: Apache-2.0 */
/* exports.c: facts of a cluster that outlive its compile. */
#include "unit/exports.h"

#include "out/lock.h"
#include "tree/print.h"
#include "tree/yaml.h"
#include "unit/map.h"

struct str exports_text(struct arena *a, struct diags *d, const struct compiled *made)
{
	const struct node *spec = made->resolved.spec;
	struct map m = { .arena = a };
	const struct node *exports = NULL;
	struct buf out = { 0 };
	struct str text = { "", 0 };

	map_int(&m, "incarnation", node_num(spec, "incarnation", 1));
	map_text(&m, "retire", node_text(node_at(spec, "retire"), "step"));
	map_text(&m, "team", node_text(spec, "team"));
	map_text(&m, "tier", node_text(spec, "tier"));
	map_int(&m, "version", node_num(spec, "version", 0));
	exports = map_done(&m);
	print_yaml(&out, exports);
	if (out.n > LOCK_EXPORTS)
		diag_error(d, MSG_exports_large, made->resolved.doc->pos,
			   "the facts this cluster exports take %zu bytes; a lock holds %d", out.n,
			   LOCK_EXPORTS);
	else
		text = arena_str(a, buf_view(&out));
	buf_release(&out);
	return text;
}

const struct node *exports_read(struct arena *a, struct str text)
{
	struct file *file = NEW(a, struct file);
	struct diags *quiet = diags_new(a);
	const struct node *root = NULL;

	if (!text.n)
		return NULL;
	*file = (struct file){ str_of("exports"), text };
	root = yaml_read(a, quiet, file, &YAML_INTENT);
	return root ? yaml_resolve(a, quiet, root, false) : NULL;
}
