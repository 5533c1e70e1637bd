/* SPDX-License-Identifier: Apache-2.0 */
/* os_posix.c: the calls that POSIX has. */
#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/os.h"

int os_folder_new(const char *prefix, struct arena *a, const char **path, struct err *err)
{
	struct str name = arena_fmt(a, "%sXXXXXX", prefix);
	char *made = arena_alloc(a, name.n + 1, 1);

	memcpy(made, name.p, name.n);
	*path = mkdtemp(made);
	return *path ? 0 : err_set(err, "making a folder '%s...': %s", prefix, strerror(errno));
}

int os_put_at(int fd, const void *p, size_t n, size_t offset, struct err *err)
{
	for (size_t done = 0; done < n;) {
		ssize_t k = pwrite(fd, (const char *)p + done, n - done, (off_t)(offset + done));

		if (k < 0 && errno != EINTR)
			return err_set(err, "scratch file: %s", strerror(errno));
		done += k > 0 ? (size_t)k : 0;
	}
	return 0;
}

int os_get_at(int fd, void *p, size_t n, size_t offset, struct err *err)
{
	for (size_t done = 0; done < n;) {
		ssize_t k = pread(fd, (char *)p + done, n - done, (off_t)(offset + done));

		if (k == 0 || (k < 0 && errno != EINTR))
			return err_set(err, "scratch file: %s",
				       k ? strerror(errno) : "it ends early");
		done += k > 0 ? (size_t)k : 0;
	}
	return 0;
}

void os_close(int fd)
{
	if (fd >= 0)
		(void)close(fd);
}

void os_pause(int ms)
{
	struct timespec t = { ms / 1000, (long)(ms % 1000) * 1000000 };

	(void)nanosleep(&t, NULL);
}
