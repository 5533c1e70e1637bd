/* SPDX-License-Identifier: Apache-2.0 */
/* commit.c: what a commit says, in a form that can be written again. */
#include "git/handle.h"

/* Bytes of the UTF-8 character at p (n left), or 0 when it is none. */
static size_t utf8(const unsigned char *p, size_t n)
{
	static const unsigned char first[] = { 0, 0, 0xc2, 0xe0, 0xf0 },
				   last[] = { 0, 0, 0xdf, 0xef, 0xf4 };
	size_t k = *p < 0x80 ? 1 : *p >= 0xf0 ? 4 : *p >= 0xe0 ? 3 : 2;

	if (k == 1)
		return 1;
	if (*p < first[k] || *p > last[k] || k > n)
		return 0;
	for (size_t i = 1; i < k; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	/* overlong forms, surrogates, beyond U+10FFFF */
	if ((*p == 0xe0 && p[1] < 0xa0) || (*p == 0xed && p[1] > 0x9f) ||
	    (*p == 0xf0 && p[1] < 0x90) || (*p == 0xf4 && p[1] > 0x8f))
		return 0;
	return k;
}

/* z without bytes that are no UTF-8 and without the characters in drop or control characters other
 * than newline and tab. */
static struct str clean(struct arena *a, const char *z, const char *drop)
{
	size_t n = strlen(z), kept = 0;
	char *p = arena_alloc(a, n + 1, 1);

	for (size_t i = 0, k; i < n; i += k ? k : 1) {
		const unsigned char *c = (const unsigned char *)z + i;

		k = utf8(c, n - i);
		if (k == 0 || (*c < ' ' && *c != '\n' && *c != '\t') || *c == 0x7f ||
		    strchr(drop, *c))
			continue;
		memcpy(p + kept, c, k);
		kept += k;
	}
	return (struct str){ p, kept };
}

static struct git_person person(struct arena *a, const git_signature *s)
{
	return (struct git_person){
		.name = clean(a, s->name, "<>\n\t"),
		.email = clean(a, s->email, "<>\n\t "),
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
