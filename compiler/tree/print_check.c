/* SPDX-License-Identifier: Apache-2.0 */
/* print_check.c: what was written is read again by libyaml and compared with what was meant. */
#include <assert.h>
#include <yaml.h>

#include "base/arena.h"
#include "tree/path.h"
#include "tree/print.h"
#include "tree/sorted.h"

struct check {
	yaml_parser_t parser;
	yaml_event_t event; /* the newest; freed when the next is asked for */
	struct err *err;
};

/* Records what is wrong at the place of t. */
static int differs(struct check *c, const struct trail *t, const char *what)
{
	struct arena *a = arena_new();
	struct str path = path_of_trail(a, t);

	(void)err_set(c->err, "%s: %s (line %zu of the written text)", path.n ? path.p : "root",
		      what, c->event.start_mark.line + 1);
	arena_free(a);
	return -1;
}

static int next_event(struct check *c, const struct trail *t)
{
	yaml_event_delete(&c->event);
	if (!yaml_parser_parse(&c->parser, &c->event))
		return differs(c, t, c->parser.problem ? c->parser.problem : "out of memory");
	return 0;
}

/* The next event, which must be of the type. */
static int expect(struct check *c, const struct trail *t, yaml_event_type_t type)
{
	if (next_event(c, t) < 0)
		return -1;
	return c->event.type == type ? 0 : differs(c, t, "another structure is read back");
}

/* The next event must be a scalar with this text, plain or not as stated by tag and anchor. */
static int expect_scalar(struct check *c, const struct trail *t, struct str text)
{
	if (expect(c, t, YAML_SCALAR_EVENT) < 0)
		return -1;
	if (c->event.data.scalar.anchor || c->event.data.scalar.tag)
		return differs(c, t, "an anchor or a tag is read back");

	struct str read = { (const char *)c->event.data.scalar.value, c->event.data.scalar.length };

	return str_eq(read, text) ? 0 : differs(c, t, "another text is read back");
}

static bool is_plain_event(const struct check *c)
{
	return c->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

static int check_text(struct check *c, const struct trail *t, struct str text)
{
	if (text.n && memchr(text.p, 0, text.n))
		return differs(c, t, "text holds a NUL");
	if (expect_scalar(c, t, text) < 0)
		return -1;
	if (is_plain_event(c) && !print_is_plain(text))
		return differs(c, t, "text is written without quotes that it needs");
	return 0;
}

/* A boolean, integer or null: plain, or it would be read back as a string. */
static int check_word(struct check *c, const struct trail *t, struct str word)
{
	if (expect_scalar(c, t, word) < 0)
		return -1;
	return is_plain_event(c) ? 0 : differs(c, t, "a string is read back");
}

static int check_int(struct check *c, const struct trail *t, int64_t num)
{
	struct buf digits = { 0 };

	if (!print_is_safe_int(num))
		return differs(c, t, "the integer is beyond +-(2^53-1)");
	buf_int(&digits, num);

	int rc = check_word(c, t, buf_view(&digits));

	buf_release(&digits);
	return rc;
}

static int check_node(struct check *c, const struct trail *t);

static int check_map(struct check *c, const struct trail *t)
{
	struct sorted s;
	const struct node *kid = NULL, *before = NULL;
	int rc = expect(c, t, YAML_MAPPING_START_EVENT);

	for (kid = sorted_first(&s, t->node); rc == 0 && kid; kid = sorted_next(&s, kid)) {
		struct trail below = { t, kid };

		if (before && str_cmp(before->key, kid->key) == 0)
			rc = differs(c, &below, "the key is there twice");
		if (rc == 0)
			rc = check_text(c, &below, kid->key);
		if (rc == 0)
			rc = check_node(c, &below);
		before = kid;
	}
	sorted_end(&s);
	return rc == 0 ? expect(c, t, YAML_MAPPING_END_EVENT) : -1;
}

static int check_list(struct check *c, const struct trail *t)
{
	if (expect(c, t, YAML_SEQUENCE_START_EVENT) < 0)
		return -1;
	node_each(item, t->node)
	{
		struct trail below = { t, item };

		if (check_node(c, &below) < 0)
			return -1;
	}
	return expect(c, t, YAML_SEQUENCE_END_EVENT);
}

static int check_node(struct check *c, const struct trail *t)
{
	switch (t->node->kind) {
	case NODE_NULL:
		return check_word(c, t, str_of("null"));
	case NODE_BOOL:
		return check_word(c, t, str_of(t->node->flag ? "true" : "false"));
	case NODE_INT:
		return check_int(c, t, t->node->num);
	case NODE_STR:
		return check_text(c, t, t->node->text);
	case NODE_LIST:
		return check_list(c, t);
	case NODE_MAP:
		return check_map(c, t);
	}
	return 0;
}

/* One document without markers, directives or anything behind it. */
static int check_document(struct check *c, const struct trail *t)
{
	if (expect(c, t, YAML_STREAM_START_EVENT) < 0)
		return -1;
	if (expect(c, t, YAML_DOCUMENT_START_EVENT) < 0)
		return -1;
	if (!c->event.data.document_start.implicit)
		return differs(c, t, "a document marker is read back");
	if (check_node(c, t) < 0 || expect(c, t, YAML_DOCUMENT_END_EVENT) < 0)
		return -1;
	return expect(c, t, YAML_STREAM_END_EVENT);
}

int print_check(struct str text, const struct node *n, struct err *err)
{
	struct check c = { .err = err };
	struct trail root = { NULL, n };

	if (!yaml_parser_initialize(&c.parser))
		return err_set(err, "out of memory");
	yaml_parser_set_encoding(&c.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&c.parser, (const unsigned char *)text.p, text.n);

	int rc = check_document(&c, &root);

	yaml_event_delete(&c.event);
	yaml_parser_delete(&c.parser);
	assert((rc < 0) == (err->set != 0));
	return rc;
}
