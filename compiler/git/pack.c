/* SPDX-License-Identifier: Apache-2.0 */
/* pack.c: objects that are deflated already become one pack, checked and indexed by libgit2. */
#include "git/handle.h"

/* Bytes handed to the indexer at once. */
enum { CHUNK = 1024 * 1024, NOTHING_MORE = 0 };

struct stream {
	struct repo *repo;
	git_indexer *indexer;
	git_indexer_progress progress;
	struct hasher sum;
	struct buf chunk;
};

static void put_number(struct buf *out, uint32_t v)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		buf_char(out, (char)(v >> shift & 0xff));
}

/* An object's head in a pack: type and inflated size, seven bits at a time. */
static void put_head(struct buf *out, enum git_type type, size_t size)
{
	static const unsigned char number[] = {
		[GIT_TYPE_COMMIT] = 1,
		[GIT_TYPE_TREE] = 2,
		[GIT_TYPE_BLOB] = 3,
		[GIT_TYPE_TAG] = 4,
	};
	unsigned c = (unsigned)number[type] << 4 | (unsigned)(size & 15);

	for (size >>= 4; size; size >>= 7) {
		buf_char(out, (char)(c | 0x80));
		c = (unsigned)(size & 0x7f);
	}
	buf_char(out, (char)c);
}

/* Hands the chunk to the indexer once it has at least `least` bytes. */
static int flush(struct stream *s, size_t least, struct err *err)
{
	if (s->chunk.n == 0 || s->chunk.n < least)
		return 0;
	sha1_add(&s->sum, buf_view(&s->chunk));
	if (git_indexer_append(s->indexer, s->chunk.p, s->chunk.n, &s->progress))
		return repo_failed(err, s->repo, "writing a pack");
	s->chunk.n = 0;
	return 0;
}

static int write_objects(struct stream *s, const struct git_pack *pack, struct err *err)
{
	buf_put(&s->chunk, "PACK", 4);
	put_number(&s->chunk, 2);
	put_number(&s->chunk, (uint32_t)pack->n);
	for (size_t i = 0; i < pack->n; i++) {
		const struct git_object *o = pack->object(pack->context, i);

		put_head(&s->chunk, o->type, o->size);
		if (pack->read(pack->context, i, &s->chunk, err) || flush(s, CHUNK, err))
			return -1;
	}
	return flush(s, NOTHING_MORE, err);
}

/* The SHA-1 of all before it ends the pack. */
static int write_end(struct stream *s, struct err *err)
{
	struct git_id sum = sha1_end(&s->sum);

	if (git_indexer_append(s->indexer, sum.b, sizeof(sum.b), &s->progress) ||
	    git_indexer_commit(s->indexer, &s->progress))
		return repo_failed(err, s->repo, "writing a pack");
	return 0;
}

int repo_pack(struct repo *r, const struct git_pack *pack, struct err *err)
{
	struct stream s = { .repo = r };

	if (pack->n > UINT32_MAX)
		return err_set(err, "too many objects for one pack");

	struct arena *a = arena_new();
	int rc = git_indexer_new(&s.indexer, arena_fmt(a, "%s/pack", r->objects).p, 0, NULL, NULL);

	if (rc)
		rc = repo_failed(err, r, "starting a pack");
	sha1_start(&s.sum);
	if (rc == 0)
		rc = write_objects(&s, pack, err);
	if (rc == 0)
		rc = write_end(&s, err);
	git_indexer_free(s.indexer);
	buf_release(&s.chunk);
	arena_free(a);
	return rc;
}
