/* SPDX-License-Identifier: Apache-2.0 */
/* spool.c: objects deflated one by one, kept in memory and, beyond a bound, in a file. */
#include "out/spool.h"

#include <assert.h>
#include <stdlib.h>
#define ZLIB_CONST
#include <zlib.h>

#include "base/die.h"
#include "base/os.h"

/* Bytes kept in memory before the file takes them, and the size of objects that are stored as they
 * are: big ones are trees and indexes of thousands of clusters, which are ids, and ids do not
 * shrink. A repack of the repository makes them deltas. */
enum { MEMORY = 1024 * 1024, BIG = 64 * 1024 };

struct spool {
	const char *folder;
	struct buf tail;  /* what is not in the file yet */
	uint64_t written; /* bytes in the file */
	int file;         /* or -1 */
	struct buf objects;
	z_stream
	    small; /* objects of some KB gain nothing by a window that takes longer to set up */
	z_stream stored;
};

static void start(z_stream *z, int level, int window, int memory)
{
	*z = (z_stream){ 0 };
	if (deflateInit2(z, level, Z_DEFLATED, window, memory, Z_DEFAULT_STRATEGY) != Z_OK)
		die_memory();
}

struct spool *spool_new(const char *folder)
{
	struct spool *s = calloc(1, sizeof(*s));

	if (!s)
		die_memory();
	s->folder = folder;
	s->file = -1;
	start(&s->small, Z_BEST_SPEED, 12, 5);
	start(&s->stored, Z_NO_COMPRESSION, 9, 1);
	return s;
}

void spool_free(struct spool *s)
{
	if (!s)
		return;
	(void)deflateEnd(&s->small);
	(void)deflateEnd(&s->stored);
	buf_release(&s->tail);
	buf_release(&s->objects);
	os_close(s->file);
	free(s);
}

/* Moves what is in memory to the file. 0, or -1. */
static int spill(struct spool *s, struct err *err)
{
	if (s->file < 0)
		s->file = os_scratch(s->folder, err);
	if (s->file < 0 || os_put_at(s->file, s->tail.p, s->tail.n, s->written, err))
		return -1;
	s->written += s->tail.n;
	s->tail.n = 0;
	return 0;
}

int spool_put(struct spool *s, enum git_type type, const struct git_id *id, struct str content,
	      struct err *err)
{
	z_stream *z = content.n <= BIG ? &s->small : &s->stored;
	struct git_object o = { *id, type, content.n, 0, s->written + s->tail.n };

	if (content.n > UINT32_MAX)
		return err_set(err, "an object of %zu bytes is too big", content.n);

	size_t bound = deflateBound(z, (uLong)content.n);

	z->next_in = (const Bytef *)content.p;
	z->avail_in = (uInt)content.n;
	z->next_out = (Bytef *)buf_room(&s->tail, bound);
	z->avail_out = (uInt)bound;

	int rc = deflate(z, Z_FINISH);

	assert(rc == Z_STREAM_END); /* deflateBound says so */
	(void)rc;
	o.packed = z->total_out;
	s->tail.n += o.packed;
	(void)deflateReset(z);
	buf_put(&s->objects, (const char *)&o, sizeof(o));
	return s->tail.n > MEMORY ? spill(s, err) : 0;
}

const struct git_object *spool_objects(const struct spool *s, size_t *n)
{
	*n = s->objects.n / sizeof(struct git_object);
	return (const void *)s->objects.p;
}

int spool_get(struct spool *s, const struct git_object *o, struct buf *out, struct err *err)
{
	char *room = buf_room(out, o->packed);

	if (o->at >= s->written)
		memcpy(room, s->tail.p + (o->at - s->written), o->packed);
	else if (os_get_at(s->file, room, o->packed, o->at, err))
		return -1;
	out->n += o->packed;
	return 0;
}
