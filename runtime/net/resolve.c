/* SPDX-License-Identifier: Apache-2.0 */
/* resolve.c: getaddrinfo in a process of its own. */
#include "net/resolve.h"

#include <netdb.h>
#include <stdio.h>
#include <sys/socket.h>

enum { RESOLVE_MS = 2000 };

struct child *resolve_start(struct loop *l, const char *const *names, size_t n,
			    void (*ended)(void *arg, const struct child_end *end), void *arg)
{
	static const char *const env[] = { "PATH=/usr/bin:/bin", NULL };
	const char *argv[RESOLVE_MOST + 3] = { "/proc/self/exe", "resolve" };
	struct err err = { 0 };

	for (size_t i = 0; i < n && i < RESOLVE_MOST; i++)
		argv[i + 2] = names[i];
	return child_start(l, &(struct child_plan){ argv, env, RESOLVE_MS, ended, arg, NULL },
			   &err);
}

struct str resolve_find(struct arena *a, struct str out, struct str name)
{
	while (out.n > 0) {
		size_t end = str_find(out, '\n');
		struct str line = str_cut(out, 0, end);
		size_t blank = str_find(line, ' ');

		if (str_eq(str_cut(line, 0, blank), name))
			return arena_str(a, str_cut(line, blank + 1, line.n));
		out = str_cut(out, end + 1, out.n);
	}
	return str_of("");
}

void resolve_print(char **names, int n)
{
	for (int i = 0; i < n; i++) {
		struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *list = NULL;
		char address[64] = "";

		if (getaddrinfo(names[i], NULL, &hints, &list) == 0 &&
		    getnameinfo(list->ai_addr, list->ai_addrlen, address, sizeof(address), NULL, 0,
				NI_NUMERICHOST) == 0)
			(void)printf("%s %s\n", names[i], address);
		if (list)
			freeaddrinfo(list);
		(void)fflush(stdout);
	}
}
