/* SPDX-License-Identifier: Apache-2.0 */
/* tool_secret.c: what looks like a secret: NUL-terminated texts from stdin -> for each a line with
 * what it looks like, or with "-". */
#include <stdio.h>

#include "base/buf.h"
#include "base/secret.h"

int main(void)
{
	struct buf in = { 0 };
	struct str rest;
	size_t n = 0;

	do {
		n = fread(buf_room(&in, 1 << 16), 1, 1 << 16, stdin);
		in.n += n;
	} while (n);
	for (rest = buf_view(&in); rest.n;) {
		struct str one = str_cut(rest, 0, str_find(rest, '\0'));
		const char *what = secret_like(one);

		(void)puts(what ? what : "-");
		rest = str_cut(rest, one.n + 1, rest.n);
	}
	buf_release(&in);
	return 0;
}
