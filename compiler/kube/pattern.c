/* SPDX-License-Identifier: Apache-2.0 */
/* pattern.c: ECMA expressions in POSIX spelling. */
#include "kube/pattern.h"

/* One bracket expression from at on: POSIX has no escapes in it, and takes a dash literally only at
 * its end. */
static const char *put_bracket(struct buf *out, const char *at)
{
	bool dash = false;

	for (buf_char(out, *at++); *at && *at != ']'; at++) {
		if (*at == '\\' && at[1])
			at++;
		if (*at == '-' && at[-1] == '\\')
			dash = true;
		else
			buf_char(out, *at);
	}
	if (dash)
		buf_char(out, '-');
	return at;
}

/* ECMA spellings that POSIX lacks: (?: is a plain group here, \S a bracket. */
static void to_posix(struct buf *out, const char *text)
{
	for (const char *at = text; *at; at++) {
		if (at[0] == '(' && at[1] == '?' && at[2] == ':') {
			buf_char(out, '(');
			at += 2;
		} else if (at[0] == '\\' && at[1] == 'S') {
			buf_text(out, "[^[:space:]]");
			at++;
		} else if (at[0] == '\\' && at[1]) {
			buf_put(out, at++, 2);
		} else {
			if (*at == '[')
				at = put_bracket(out, at);
			buf_char(out, *at);
		}
	}
}

void pattern_init(struct pattern *p, const char *text)
{
	*p = (struct pattern){ .text = text };
	if (!ere_frequent(text))
		to_posix(&p->posix, text);
	ere_init(&p->ere, p->posix.n ? buf_z(&p->posix) : text);
}

bool pattern_good(struct pattern *p)
{
	return ere_good(&p->ere);
}

void pattern_release(struct pattern *p)
{
	ere_release(&p->ere);
	buf_release(&p->posix);
}

bool pattern_matches(struct pattern *p, struct str s)
{
	return ere_matches(&p->ere, s.p);
}
