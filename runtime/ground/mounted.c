/* SPDX-License-Identifier: Apache-2.0 */
/* mounted.c: files of mounted volumes, through the kubelet's links. */
#include "ground/mounted.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "ground/plain.h"

struct file_mark mounted_mark(const char *path)
{
	struct stat s;

	if (stat(path, &s))
		return (struct file_mark){ 0 };
	return (struct file_mark){ (int64_t)s.st_dev, (int64_t)s.st_ino, (int64_t)s.st_size,
				   (int64_t)s.st_mtim.tv_sec * 1000000000 + s.st_mtim.tv_nsec };
}

bool mounted_same(struct file_mark a, struct file_mark b)
{
	return a.device == b.device && a.inode == b.inode && a.size == b.size &&
	       a.changed_ns == b.changed_ns;
}

bool mounted_none(struct file_mark m)
{
	return mounted_same(m, (struct file_mark){ 0 });
}

static int read_all(int fd, const char *path, size_t limit, struct buf *out, struct err *err)
{
	for (;;) {
		ssize_t n = read(fd, buf_room(out, 4096), 4096);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(err, "%s: cannot be read: %s", path, strerror(errno));
		if (n == 0)
			return 0;
		out->n += (size_t)n;
		if (out->n > limit)
			return err_set(err, "%s: has more than %zu bytes", path, limit);
	}
}

int mounted_read(struct arena *a, const char *path, size_t limit, struct str *out, struct err *err)
{
	struct buf text = { 0 };
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), code;

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (fd < 0)
		return err_set(err, "%s: cannot be opened: %s", path, strerror(errno));
	code = read_all(fd, path, limit, &text, err);
	(void)close(fd);
	if (code == 0)
		*out = arena_copy(a, text.p, text.n);
	plain_wipe(buf_view(&text));
	buf_release(&text);
	return code == 0 ? 1 : -1;
}

static int write_all(int fd, struct str text)
{
	while (text.n > 0) {
		ssize_t n = write(fd, text.p, text.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		text = str_cut(text, (size_t)n, text.n);
	}
	return 0;
}

int mounted_replace(const char *path, struct str text, unsigned mode, struct err *err)
{
	struct arena *a = arena_new();
	struct str aside = arena_fmt(a, "%s.new", path);
	int fd = open(aside.p, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, (mode_t)mode);
	int code = fd < 0 || write_all(fd, text) || fchmod(fd, (mode_t)mode) ? -1 : 0;

	if (fd >= 0 && close(fd))
		code = -1;
	if (code == 0 && rename(aside.p, path))
		code = -1;
	if (code)
		(void)err_set(err, "%s: cannot be written: %s", path, strerror(errno));
	arena_free(a);
	return code;
}
