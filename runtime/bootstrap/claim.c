/* SPDX-License-Identifier: Apache-2.0 */
/* claim.c: the claim as JSON. */
#include "bootstrap/claim.h"

#include <assert.h>

#include "base/buf.h"
#include "report/fields.h"
#include "tree/json_in.h"
#include "tree/print.h"

#define KIND "ArchiveClaim"

struct str claim_print(struct arena *a, const struct claim_text *c)
{
	struct fields keys = { a, { 0 } }, f = { a, { 0 } };
	struct buf out = { 0 };
	struct err err = { 0 };
	int code;

	fields_text(&f, "apiVersion", str_of("howdah.dev/v1alpha1"));
	fields_text(&f, "kind", str_of(KIND));
	fields_text(&f, "uid", c->uid);
	fields_int(&f, "incarnation", c->incarnation);
	fields_item(&keys, node_int(a, (struct pos){ 0 }, c->key));
	fields_node(&f, "keys", fields_list(&keys));
	fields_text(&f, "namespace", c->namespace);
	fields_text(&f, "name", c->name);
	fields_text(&f, "claimed", c->claimed);
	code = print_json(&out, fields_map(&f), &err);
	assert(code == 0); /* what is printed came through a schema or the API's JSON */
	(void)code;
	buf_char(&out, '\n');
	return buf_take(&out, a);
}

enum claim claim_read(struct arena *a, struct str text, const struct claim_text *mine,
		      struct claim_text *found)
{
	const char *why = NULL;
	const struct node *n = json_read(a, text, (struct pos){ 0 }, &why);

	*found = (struct claim_text){
		node_text(n, "uid"),       node_num(n, "incarnation", 0), 0,
		node_text(n, "namespace"), node_text(n, "name"),          node_text(n, "claimed")
	};
	if (!str_is(node_text(n, "kind"), KIND) || found->uid.n == 0 || found->incarnation < 1)
		return CLAIM_UNREADABLE;
	return str_eq(found->uid, mine->uid) && found->incarnation == mine->incarnation
		   ? CLAIM_OURS
		   : CLAIM_OTHERS;
}

struct str claim_folder(struct str key)
{
	size_t n = key.n;

	while (n > 0 && key.p[n - 1] != '/')
		n--;
	return str_cut(key, 0, n);
}
