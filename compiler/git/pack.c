/* SPDX-License-Identifier: Apache-2.0 */
/* pack.c: objects that are deflated already become one pack, checked and indexed by libgit2. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/os.h"
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

/* A pack's two files, in the folder where it is made and where it is to stand; Git knows a pack by
 * its index, which comes second. */
enum { PACK, INDEX, FILES };

struct ways {
	const char *folder, *pack; /* the former is ours alone; the latter has all packs */
	const char *from[FILES], *to[FILES];
};

static void find_ways(struct ways *w, const struct stream *s, struct arena *a)
{
	static const char *const ends[] = { [PACK] = "pack", [INDEX] = "idx" };

	for (int i = 0; i < FILES; i++) {
		struct str name = arena_fmt(a, "pack-%s.%s", git_indexer_name(s->indexer), ends[i]);

		w->from[i] = arena_fmt(a, "%s/%s", w->folder, name.p).p;
		w->to[i] = arena_fmt(a, "%s/%s", w->pack, name.p).p;
	}
}

/* Moves the pack among the others once it is on the disk, then brings their folder there. 0, or -1.
 */
static int move_in(const struct ways *w, struct err *err)
{
	if (os_sync_files(w->from, FILES, err))
		return -1;
	for (int i = 0; i < FILES; i++)
		if (rename(w->from[i], w->to[i]))
			return err_set(err, "'%s': %s", w->to[i], strerror(errno));
	return os_sync_files(&w->pack, 1, err);
}

/* What did not get in goes with the folder. */
static void clear(const struct ways *w)
{
	for (int i = 0; i < FILES; i++)
		if (w->from[i])
			(void)unlink(w->from[i]);
	(void)rmdir(w->folder);
}

/* An indexer of a folder of its own. It does not sync: that is done for both files at once. */
static int start(struct stream *s, const struct ways *w, struct err *err)
{
	(void)git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, 0);

	int rc = git_indexer_new(&s->indexer, w->folder, 0, NULL, NULL);

	(void)git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, 1);
	sha1_start(&s->sum);
	return rc ? repo_failed(err, s->repo, "starting a pack") : 0;
}

int repo_pack(struct repo *r, const struct git_pack *pack, struct err *err)
{
	struct stream s = { .repo = r };
	struct ways w = { 0 };

	if (pack->n > UINT32_MAX)
		return err_set(err, "too many objects for one pack");

	struct arena *a = arena_new();
	/* Git itself removes a folder of this name that a crash has left (git prune) */
	const char *prefix = arena_fmt(a, "%stmp_objdir-howdah-", r->objects).p;
	int rc = os_folder_new(prefix, a, &w.folder, err);

	if (rc == 0) {
		w.pack = arena_fmt(a, "%spack", r->objects).p;
		rc = start(&s, &w, err) || write_objects(&s, pack, err) || write_end(&s, err);
		if (rc == 0) {
			find_ways(&w, &s, a);
			rc = move_in(&w, err);
		}
		git_indexer_free(s.indexer);
		clear(&w);
	}
	buf_release(&s.chunk);
	arena_free(a);
	return rc;
}
