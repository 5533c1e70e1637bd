/* SPDX-License-Identifier: Apache-2.0 */
/* json_out.c: canonical compact JSON. */
#include "tree/print.h"
#include "tree/print_text.h"
#include "tree/sorted.h"

static int put_text(struct buf *out, struct str s, struct err *err)
{
	if (!print_quoted(out, s))
		return err_set(err, "text that is not UTF-8 or holds a NUL cannot be written");
	return 0;
}

static int put_map(struct buf *out, const struct node *map, struct err *err)
{
	struct sorted s;
	int rc = 0;

	buf_char(out, '{');
	for (const struct node *kid = sorted_first(&s, map); kid; kid = sorted_next(&s, kid)) {
		if (out->p[out->n - 1] != '{')
			buf_char(out, ',');
		rc = put_text(out, kid->key, err);
		if (rc < 0)
			break;
		buf_char(out, ':');
		rc = print_json(out, kid, err);
		if (rc < 0)
			break;
	}
	sorted_end(&s);
	buf_char(out, '}');
	return rc;
}

static int put_list(struct buf *out, const struct node *list, struct err *err)
{
	buf_char(out, '[');
	node_each(item, list)
	{
		if (item != list->kids)
			buf_char(out, ',');
		if (print_json(out, item, err) < 0)
			return -1;
	}
	buf_char(out, ']');
	return 0;
}

int print_json(struct buf *out, const struct node *n, struct err *err)
{
	switch (n->kind) {
	case NODE_NULL:
		buf_text(out, "null");
		return 0;
	case NODE_BOOL:
		buf_text(out, n->flag ? "true" : "false");
		return 0;
	case NODE_INT:
		if (!print_is_safe_int(n->num))
			return err_set(err, "integer %lld is beyond +-(2^53-1)", (long long)n->num);
		buf_int(out, n->num);
		return 0;
	case NODE_STR:
		return put_text(out, n->text, err);
	case NODE_LIST:
		return put_list(out, n, err);
	case NODE_MAP:
		return put_map(out, n, err);
	}
	return 0;
}
