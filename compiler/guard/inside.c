/* SPDX-License-Identifier: Apache-2.0 */
/* inside.c: reading objects and the texts in them. */
#include "guard/inside.h"

#include "tree/print_read.h"
#include "tree/yaml.h"

const struct node *inside_object(struct arena *a, const struct file *file)
{
	const struct node *root = print_read(a, file);
	struct diags *quiet = NULL;

	if (root)
		return root;
	quiet = diags_new(a);
	root = yaml_read(a, quiet, file, &YAML_WORLD);
	if (!root || diags_errors(quiet))
		return NULL;
	root = yaml_resolve(a, quiet, root, false);
	return diags_errors(quiet) ? NULL : root;
}

static struct str next_line(struct str *rest)
{
	struct str line = str_cut(*rest, 0, str_find(*rest, '\n'));

	*rest = str_cut(*rest, line.n + 1, rest->n);
	return line;
}

static bool is_section(struct str line)
{
	return line.n > 2 && line.p[0] == '[' && line.p[line.n - 1] == ']';
}

static bool has_sections(struct str text)
{
	while (text.n)
		if (is_section(str_trim(next_line(&text))))
			return true;
	return false;
}

/* "key = value" into the section. */
static void put_setting(struct arena *a, struct pos pos, struct node_list *section, struct str line)
{
	size_t equals = str_find(line, '=');
	struct str key = str_trim(str_cut(line, 0, equals));
	struct str value = str_trim(str_cut(line, equals + 1, line.n));

	node_put(section, arena_str(a, key), node_str(a, pos, arena_str(a, value)));
}

/* A map of sections; what stands before the first is in "". */
static const struct node *settings(struct arena *a, const struct node *text)
{
	struct node *root = node_new(a, NODE_MAP, text->pos), *map = NULL;
	struct node_list sections = { 0 }, lines = { 0 };
	struct str rest = text->text;

	while (rest.n) {
		struct str line = str_trim(next_line(&rest));

		if (!line.n || *line.p == '#' || *line.p == ';')
			continue;
		if (!map || is_section(line)) {
			map = node_new(a, NODE_MAP, text->pos);
			lines = (struct node_list){ 0 };
			node_put(&sections,
				 is_section(line) ? arena_str(a, str_cut(line, 1, line.n - 1))
						  : str_of(""),
				 map);
		}
		if (!is_section(line))
			put_setting(a, text->pos, &lines, line);
		map->kids = lines.first;
	}
	root->kids = sections.first;
	return root;
}

static const struct node *lines_of(struct arena *a, const struct node *text)
{
	struct node *root = node_new(a, NODE_LIST, text->pos);
	struct node_list items = { 0 };
	struct str rest = text->text;

	while (rest.n) {
		struct str line = str_trim(next_line(&rest));

		if (line.n && *line.p != '#')
			node_add(&items, node_str(a, text->pos, arena_str(a, line)));
	}
	root->kids = items.first;
	return root;
}

const struct node *inside_text(struct arena *a, const struct node *text)
{
	struct file *file = NULL;
	const struct node *root = NULL;

	if (str_find(text->text, '\n') + 1 >= text->text.n || str_starts(text->text, "-----BEGIN"))
		return NULL;
	if (has_sections(text->text))
		return settings(a, text);
	file = NEW(a, struct file);
	*file = (struct file){ .name = str_of("text"), .text = text->text };
	root = inside_object(a, file);
	return root && root->kind == NODE_MAP ? root : lines_of(a, text);
}
