/* SPDX-License-Identifier: Apache-2.0 */
/* commit.c: what a commit says, in a form that can be written again. */
#include "base/utf8.h"
#include "git/handle.h"

/* z without bytes that are no UTF-8, without the characters in drop, and without control and hidden
 * characters other than newline. */
static struct str clean(struct arena *a, const char *z, const char *drop)
{
	size_t n = strlen(z), kept = 0;
	char *p = arena_alloc(a, n + 1, 1);

	for (size_t i = 0, k; i < n; i += k ? k : 1) {
		uint32_t c;

		k = utf8_read(z + i, n - i, &c);
		if (k == 0 || (utf8_is_control(c) && c != '\n') || utf8_is_hidden(c) ||
		    (c < 0x80 && strchr(drop, (int)c)))
			continue;
		memcpy(p + kept, z + i, k);
		kept += k;
	}
	return (struct str){ p, kept };
}

static struct git_person person(struct arena *a, const git_signature *s)
{
	return (struct git_person){
		.name = clean(a, s->name, "<>\n"),
		.email = clean(a, s->email, "<>\n "),
		.time = s->when.time,
		.zone = s->when.offset,
	};
}

int repo_commit(struct repo *r, const struct git_id *id, struct arena *a,
		struct git_commit_facts *out, struct err *err)
{
	git_commit *c;
	git_oid oid;

	memcpy(oid.id, id->b, sizeof(oid.id));
	if (git_commit_lookup(&c, r->git, &oid))
		return repo_failed(err, r, git_oid_tostr_s(&oid));
	*out = (struct git_commit_facts){
		.id = *id,
		.author = person(a, git_commit_author(c)),
		.committer = person(a, git_commit_committer(c)),
		.message = clean(a, git_commit_message(c), ""),
	};
	memcpy(out->tree.b, git_commit_tree_id(c)->id, sizeof(out->tree.b));
	git_commit_free(c);
	return 0;
}
