/* SPDX-License-Identifier: Apache-2.0 */
/* os.c: openat2, renameat2, syncfs and the other calls that POSIX does not have. */
#define _GNU_SOURCE /* NOLINT: the C library wants this very name */
#include "base/os.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/die.h"

enum { PATH_MOST = 4096, LOCK_TRIES = 100, RESOLVE_TRIES = 32 };

/* One path component of n bytes at p as a C string. */
static int part(char name[256], const char *p, size_t n)
{
	if (n == 0 || n > 255 || (n == 1 && *p == '.') || (n == 2 && p[0] == '.' && p[1] == '.')) {
		errno = n > 255 ? ENAMETOOLONG : EXDEV;
		return -1;
	}
	memcpy(name, p, n);
	name[n] = 0;
	return 0;
}

/* What openat2 does, one component at a time, for kernels and containers without it. */
static int open_stepwise(int at, const char *path, int flags)
{
	int dir = dup(at);

	while (dir >= 0) {
		size_t n = strcspn(path, "/");
		char name[256];
		int next = part(name, path, n);

		if (next == 0)
			next = openat(dir, name,
				      O_NOFOLLOW | O_CLOEXEC | (path[n] ? O_DIRECTORY : flags));

		struct stat st;
		int failure =
		    errno; /* a link where a directory must be is told as "no directory" */

		if (next < 0 && failure == ENOTDIR &&
		    !fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) && S_ISLNK(st.st_mode))
			failure = ELOOP;
		(void)close(dir);
		errno = failure;
		if (next < 0 || !path[n])
			return next;
		dir = next;
		path += n + 1;
	}
	return -1;
}

/* Opens path beneath at without following any link. A descriptor, or -1 with errno. */
static int open_beneath(int at, const char *path, int flags)
{
	struct open_how how = {
		.flags = (unsigned)(flags | O_CLOEXEC | O_NOFOLLOW),
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS,
	};
	long fd = -1;

	/* EAGAIN: someone renamed within at meanwhile, so that the kernel cannot tell "beneath" */
	for (int i = 0; i < RESOLVE_TRIES && fd < 0; i++) {
		fd = syscall(SYS_openat2, at, *path ? path : ".", &how, sizeof(how));
		if (fd < 0 && errno != EAGAIN && errno != EINTR)
			break;
	}
	if (fd < 0 && (errno == ENOSYS || errno == EPERM))
		return *path ? open_stepwise(at, path, flags) : openat(at, ".", flags | O_CLOEXEC);
	return (int)fd;
}

/* Turns errno of an attempt at path into a failure of the right kind; -1. */
static int failed(struct err *err, const char *path)
{
	int number = errno;

	switch (number) {
	case ELOOP:
		return err_kind_set(err, ERR_INPUT,
				    "'%s' is or lies behind a symbolic link, which is not followed",
				    path);
	case EXDEV:
		return err_kind_set(err, ERR_INPUT, "'%s' leads out of its folder", path);
	case ENAMETOOLONG:
		return err_kind_set(err, ERR_INPUT, "'%.200s...' is too long a path", path);
	case ENXIO:
	case ENODEV:
		return err_kind_set(err, ERR_INPUT, "'%s' is not a regular file", path);
	default:
		return err_kind_set(err, number == EEXIST ? ERR_TAKEN : ERR_OUTSIDE, "'%s': %s",
				    path, strerror(number));
	}
}

static bool gone(void)
{
	return errno == ENOENT || errno == ENOTDIR;
}

int os_root(const char *path, struct err *err)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return err_set(err, "directory '%s': %s", path, strerror(errno));
	return fd;
}

int os_root_make(const char *path, struct err *err)
{
	char part_of[PATH_MOST];
	size_t n = strlen(path);

	if (n == 0 || n >= sizeof(part_of))
		return err_set(err, "directory '%.200s': %s", path,
			       strerror(n ? ENAMETOOLONG : ENOENT));
	for (size_t i = 1; i <= n; i++) {
		if (path[i] && path[i] != '/')
			continue;
		memcpy(part_of, path, i);
		part_of[i] = 0;
		if (mkdir(part_of, 0755) && errno != EEXIST && errno != EROFS && errno != EACCES)
			return err_set(err, "directory '%s': %s", part_of, strerror(errno));
	}
	return os_root(path, err);
}

static enum os_type type_of_mode(mode_t mode)
{
	if (S_ISLNK(mode))
		return OS_LINK;
	return S_ISREG(mode) ? OS_FILE : S_ISDIR(mode) ? OS_DIR : OS_OTHER;
}

int os_look(int at, const char *path, struct os_facts *facts, struct err *err)
{
	struct stat st;
	int fd = open_beneath(at, path, O_PATH);

	/* a last component that is a link is told by ELOOP, and so is one before it */
	if (fd < 0 && errno == ELOOP) {
		*facts = (struct os_facts){ OS_LINK, false };
		return 1;
	}
	if (fd < 0)
		return gone() ? 0 : failed(err, path);

	int rc = fstat(fd, &st);

	os_close(fd);
	if (rc)
		return failed(err, path);
	facts->exec = (st.st_mode & S_IXUSR) != 0;
	facts->type = type_of_mode(st.st_mode);
	return 1;
}

int os_dir(int at, const char *path, int *fd, struct err *err)
{
	*fd = open_beneath(at, path, O_RDONLY | O_DIRECTORY);
	if (*fd >= 0)
		return 1;
	if (errno == ENOENT)
		return 0;
	if (errno != ENOTDIR)
		return failed(err, path);

	struct os_facts facts;
	int rc = os_look(at, path, &facts, err);

	return rc <= 0 ? rc : err_kind_set(err, ERR_INPUT, "'%s' is not a directory", path);
}

/* Reads fd to its end, most bytes at most, into out. 0, 1 when there are more, -1 with errno. */
static int drain(int fd, size_t most, size_t guess, struct buf *out)
{
	size_t start = out->n;

	for (;;) {
		size_t left = most - (out->n - start) + 1,
		       room = guess + 1 < left ? guess + 1 : left;
		ssize_t n = read(fd, buf_room(out, room), room);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return (int)n;
		out->n += (size_t)n;
		if (out->n - start > most)
			return 1;
	}
}

int os_read(int at, const char *path, size_t limit, struct buf *out, struct err *err)
{
	struct stat st;
	size_t start = out->n;
	int fd = open_beneath(at, path, O_RDONLY | O_NONBLOCK | O_NOCTTY), rc = -1;

	if (fd < 0)
		return gone() ? 0 : failed(err, path);
	if (fstat(fd, &st))
		rc = failed(err, path);
	else if (S_ISDIR(st.st_mode))
		rc = err_kind_set(err, ERR_INPUT, "'%s' is a directory, not a file", path);
	else if (!S_ISREG(st.st_mode))
		rc = err_kind_set(err, ERR_INPUT, "'%s' is not a regular file", path);
	else if ((uintmax_t)st.st_size > limit)
		rc = 1;
	else
		rc = drain(fd, limit, (size_t)st.st_size, out);
	if (rc < 0 && !err->set)
		rc = failed(err, path);
	if (rc > 0)
		rc = err_kind_set(err, ERR_INPUT,
				  "'%s' is bigger than %zu bytes, the most allowed here", path,
				  limit);
	os_close(fd);
	if (rc < 0)
		out->n = start;
	return rc < 0 ? -1 : 1;
}

static int by_name(const void *a, const void *b)
{
	const struct os_entry *x = a, *y = b;

	return str_cmp(x->name, y->name);
}

static enum os_type type_of(const struct dirent *e, DIR *dir)
{
	struct stat st;

	switch (e->d_type) {
	case DT_REG:
		return OS_FILE;
	case DT_DIR:
		return OS_DIR;
	case DT_LNK:
		return OS_LINK;
	case DT_UNKNOWN: /* the file system keeps types in the inode only */
		if (fstatat(dirfd(dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW))
			return OS_OTHER;
		return type_of_mode(st.st_mode);
	default:
		return OS_OTHER;
	}
}

/* The next entry of dir but itself and its parent; NULL at the end, with errno 0, or on failure. */
static struct dirent *next_of(DIR *dir)
{
	struct dirent *e;

	do {
		errno = 0;
		e = readdir(dir); /* NOLINT(concurrency-mt-unsafe): the stream is ours alone */
	} while (e && (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0));
	return e;
}

/* All entries of dir, unsorted. 0, or -1 with errno. */
static int entries_of(DIR *dir, struct arena *a, struct os_list *out)
{
	size_t room = 0;
	struct dirent *e;

	*out = (struct os_list){ 0 };
	while ((e = next_of(dir))) {
		if (out->n == room) {
			struct os_entry *more = NEW_ARRAY(a, room * 2 + 64, struct os_entry);

			if (out->n)
				memcpy(more, out->entries, out->n * sizeof(*more));
			out->entries = more;
			room = room * 2 + 64;
		}
		out->entries[out->n++] = (struct os_entry){
			arena_str(a, str_of(e->d_name)),
			type_of(e, dir),
		};
	}
	return errno ? -1 : 0;
}

int os_list(int at, const char *path, struct arena *a, struct os_list *out, struct err *err)
{
	int fd, rc = os_dir(at, path, &fd, err);

	if (rc <= 0)
		return rc;

	DIR *dir = fdopendir(fd);

	if (!dir) {
		os_close(fd);
		return failed(err, path);
	}
	rc = entries_of(dir, a, out) ? failed(err, path) : 1;
	(void)closedir(dir);
	if (rc > 0 && out->n)
		qsort(out->entries, out->n, sizeof(*out->entries), by_name);
	return rc;
}

int os_mkdirs(int at, const char *path, struct err *err)
{
	char upto[PATH_MOST];
	size_t n = strlen(path);

	if (n >= sizeof(upto)) {
		errno = ENAMETOOLONG;
		return failed(err, path);
	}
	for (size_t i = 1; i <= n; i++) {
		int fd;

		if (path[i] && path[i] != '/')
			continue;
		memcpy(upto, path, i);
		upto[i] = 0;

		int there = os_dir(at, upto, &fd, err);

		if (there < 0)
			return -1;
		if (there)
			os_close(fd);
		/* all before it has just been opened without a link */
		else if (mkdirat(at, upto, 0755) && errno != EEXIST)
			return failed(err, upto);
	}
	return 0;
}

static int write_all(int fd, struct str bytes)
{
	for (size_t done = 0; done < bytes.n;) {
		ssize_t n = write(fd, bytes.p + done, bytes.n - done);

		if (n < 0 && errno != EINTR)
			return -1;
		done += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

int os_write(int dir, const char *name, struct str bytes, struct err *err)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);

	if (fd < 0)
		return failed(err, name);

	int rc = write_all(fd, bytes) ? failed(err, name) : 0;

	/* close reports late write errors (NFS, quota) */
	if (close(fd) && rc == 0)
		rc = failed(err, name);
	return rc;
}

int os_link(int old, const char *from, int dir, const char *to, struct err *err)
{
	if (linkat(old, from, dir, to, 0) == 0)
		return 1;
	if (errno == EPERM || errno == EMLINK || errno == EXDEV || errno == EOPNOTSUPP ||
	    errno == ENOENT || errno == ENOSYS)
		return 0;
	return failed(err, to);
}

/* Opens the directory above path beneath at; *leaf is the last part. A descriptor, or -1. */
static int above(int at, const char *path, const char **leaf)
{
	char dir[PATH_MOST];
	const char *slash = strrchr(path, '/');
	size_t n = slash ? (size_t)(slash - path) : 0;

	*leaf = slash ? slash + 1 : path;
	if (n >= sizeof(dir)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(dir, path, n);
	dir[n] = 0;
	return open_beneath(at, dir, O_RDONLY | O_DIRECTORY);
}

/* renameat2 beneath at, links nowhere followed. 0, or -1 with errno. */
static int rename_beneath(int at, const char *from, const char *to, unsigned flags)
{
	const char *from_leaf, *to_leaf;
	int from_dir = above(at, from, &from_leaf), to_dir = -1, rc = -1, failure;

	if (from_dir >= 0)
		to_dir = above(at, to, &to_leaf);
	if (to_dir >= 0)
		rc = flags ? renameat2(from_dir, from_leaf, to_dir, to_leaf, flags)
			   : renameat(from_dir, from_leaf, to_dir, to_leaf);
	failure = errno;
	os_close(from_dir);
	os_close(to_dir);
	errno = failure;
	return rc;
}

int os_rename(int at, const char *from, const char *to, struct err *err)
{
	return rename_beneath(at, from, to, 0) ? failed(err, to) : 0;
}

int os_swap(int at, const char *one, const char *two, struct err *err)
{
	if (rename_beneath(at, one, two, RENAME_EXCHANGE) == 0)
		return 1;
	return errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP ? 0 : failed(err, two);
}

/* unlinkat beneath at. 0, or -1 with errno. */
static int unlink_beneath(int at, const char *path, int flags)
{
	const char *leaf;
	int dir = above(at, path, &leaf);

	if (dir < 0)
		return -1;

	int rc = unlinkat(dir, leaf, flags), failure = errno;

	os_close(dir);
	errno = failure;
	return rc;
}

int os_remove(int at, const char *path, struct err *err)
{
	return unlink_beneath(at, path, 0) == 0 || gone() ? 0 : failed(err, path);
}

int os_remove_empty(int at, const char *path, struct err *err)
{
	if (unlink_beneath(at, path, AT_REMOVEDIR) == 0)
		return 1;
	return gone() || errno == ENOTEMPTY || errno == EEXIST ? 0 : failed(err, path);
}

/* Empties the open directory dir and closes it. 0, or -1 with errno. */
static int empty(int fd)
{
	DIR *dir = fdopendir(fd);
	struct dirent *e;
	int rc = 0, failure;

	if (!dir) {
		os_close(fd);
		return -1;
	}
	while (rc == 0 && (e = next_of(dir))) {
		bool deep = type_of(e, dir) == OS_DIR;
		int sub =
		    deep ? openat(fd, e->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
			 : -1;

		rc = deep && (sub < 0 || empty(sub))
			 ? -1
			 : unlinkat(fd, e->d_name, deep ? AT_REMOVEDIR : 0);
	}
	failure = errno;
	(void)closedir(dir);
	errno = failure;
	return rc || failure ? -1 : 0;
}

int os_remove_tree(int at, const char *path, struct err *err)
{
	int fd = open_beneath(at, path, O_RDONLY | O_DIRECTORY);

	if (fd < 0)
		return errno == ENOENT ? 0 : failed(err, path);
	if (empty(fd))
		return failed(err, path);
	return unlink_beneath(at, path, AT_REMOVEDIR) == 0 || errno == ENOENT ? 0
									      : failed(err, path);
}

int os_sync(int at, struct err *err)
{
	return syncfs(at) ? err_set(err, "bringing the output to the disk: %s", strerror(errno))
			  : 0;
}

int os_sync_files(const char *const *paths, size_t n, struct err *err)
{
	int *fds = calloc(n + 1, sizeof(*fds)), rc = 0;

	if (!fds)
		die_memory();
	/* all begin before one is waited for: file systems bring them to the disk in one go */
	for (size_t i = 0; i < n; i++) {
		fds[i] = open(paths[i], O_RDONLY | O_CLOEXEC);
		if (fds[i] >= 0)
			(void)sync_file_range(fds[i], 0, 0, SYNC_FILE_RANGE_WRITE);
	}
	for (size_t i = 0; i < n; i++) {
		if (rc == 0 && (fds[i] < 0 || fsync(fds[i])))
			rc = failed(err, paths[i]);
		os_close(fds[i]);
	}
	free(fds);
	return rc;
}

/* The file at path is still the one behind fd. */
static bool same_file(int at, const char *path, int fd)
{
	struct stat a, b;

	return fstat(fd, &a) == 0 && fstatat(at, path, &b, AT_SYMLINK_NOFOLLOW) == 0 &&
	       a.st_ino == b.st_ino && a.st_dev == b.st_dev;
}

int os_lock(int at, const char *path, int *fd, struct err *err)
{
	/* the holder removes the file when done, so what was opened may no longer be the lock */
	for (int i = 0; i < LOCK_TRIES; i++) {
		struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

		*fd = openat(at, path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);
		if (*fd < 0)
			return failed(err, path);
		if (fcntl(*fd, F_OFD_SETLK, &whole)) {
			int rc = errno == EAGAIN || errno == EACCES ? 0 : failed(err, path);

			os_close(*fd);
			*fd = -1;
			return rc;
		}
		if (same_file(at, path, *fd))
			return 1;
		os_close(*fd);
		*fd = -1;
	}
	return 0;
}

int os_scratch(const char *path, struct err *err)
{
	char name[PATH_MOST];
	int fd = open(path, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd >= 0)
		return fd;
	if (snprintf(name, sizeof(name), "%s/howdah-XXXXXX", path) >= (int)sizeof(name))
		return err_set(err, "scratch file in '%.200s': %s", path, strerror(ENAMETOOLONG));
	fd = mkostemp(name, O_CLOEXEC);
	if (fd < 0)
		return err_set(err, "scratch file in '%s': %s", path, strerror(errno));
	(void)unlink(name);
	return fd;
}

int os_cpus(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	return sched_getaffinity(0, sizeof(set), &set) || CPU_COUNT(&set) < 1 ? 1 : CPU_COUNT(&set);
}
