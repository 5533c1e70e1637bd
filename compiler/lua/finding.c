/* SPDX-License-Identifier: Apache-2.0 */
/* finding.c: reading what a rule returned; anything but findings is the rule's own mistake. */
#include "lua/finding.h"

#include <stddef.h>

/* Fields of a finding that are texts. */
static const struct {
	const char *name;
	size_t at;
} fields[] = {
	{ "message", offsetof(struct finding, message) },
	{ "path", offsetof(struct finding, path) },
	{ "object", offsetof(struct finding, object) },
	{ "platform", offsetof(struct finding, platform) },
	{ "cluster", offsetof(struct finding, cluster) },
	{ "fix", offsetof(struct finding, fix) },
};

bool rule_denies(const struct lua_entry *e)
{
	return !str_is(node_text(e->meta, "severity"), "warn");
}

bool rule_is_fleet(const struct lua_entry *e)
{
	const struct node *applies = node_at(e->meta, "applies");

	for (const struct node *a = applies ? applies->kids : NULL; a; a = a->next)
		if (str_is(a->text, "fleet"))
			return true;
	return false;
}

static const char *take_text(struct finding *f, const struct node *n)
{
	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		if (!str_is(n->key, fields[i].name))
			continue;
		memcpy((char *)f + fields[i].at, &n->text, sizeof(n->text));
		return NULL;
	}
	return "a finding has a field that is none: message, path, object, platform, cluster, fix "
	       "and severity are";
}

static const char *take_field(struct finding *f, const struct node *n)
{
	if (n->kind != NODE_STR)
		return "a field of a finding is no text";
	if (!str_is(n->key, "severity"))
		return take_text(f, n);
	if (!str_is(n->text, "deny") && !str_is(n->text, "warn"))
		return "the severity of a finding is deny or warn";
	f->deny = str_is(n->text, "deny");
	return NULL;
}

static const char *read_one(const struct node *n, struct finding *f)
{
	const char *why = NULL;

	if (n->kind != NODE_MAP)
		return "a rule returns nothing, a finding {message = ...}, or a list of findings";
	for (const struct node *kid = n->kids; kid && !why; kid = kid->next)
		why = take_field(f, kid);
	return why || f->message.n ? why : "a finding has no message";
}

int finding_read(const struct lua_entry *e, const struct node *returned, size_t i,
		 struct finding *out, const char **why)
{
	const struct node *n = returned;

	*out = (struct finding){ .deny = rule_denies(e) };
	if (n && n->kind == NODE_LIST)
		for (n = n->kids; n && i; n = n->next)
			i--;
	if (!n || i)
		return 0;
	*why = read_one(n, out);
	return *why ? -1 : 1;
}
