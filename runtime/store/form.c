/* SPDX-License-Identifier: Apache-2.0 */
/* form.c: what the requests of all stores have in common: quoting, base64, the tags of answers. */
#include "store/form.h"

#include <string.h>

#include "base/buf.h"
#include "ground/base64.h"

void form_header(struct http_request *r, struct str line)
{
	for (int i = 0; i < HTTP_HEADERS; i++) {
		if (!r->headers[i]) {
			r->headers[i] = line.p;
			return;
		}
	}
}

static bool is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '.' || c == '_' || c == '~';
}

struct str form_quoted(struct arena *a, struct str s)
{
	struct buf out = { 0 };

	for (size_t i = 0; i < s.n; i++) {
		if (is_plain(s.p[i]))
			buf_char(&out, s.p[i]);
		else
			buf_fmt(&out, "%%%02X", (unsigned)(unsigned char)s.p[i]);
	}
	return buf_take(&out, a);
}

static const struct {
	const char *name;
	const char *is;
} entities[] = {
	{ "&amp;", "&" }, { "&lt;", "<" }, { "&gt;", ">" }, { "&quot;", "\"" }, { "&apos;", "'" }
};

enum { ENTITIES = sizeof(entities) / sizeof(*entities) };

static struct str resolved(struct arena *a, struct str s)
{
	struct buf out = { 0 };

	for (size_t i = 0; i < s.n;) {
		size_t e = 0;

		while (e < ENTITIES && !str_starts(str_cut(s, i, s.n), entities[e].name))
			e++;
		if (e < ENTITIES) {
			buf_text(&out, entities[e].is);
			i += strlen(entities[e].name);
		} else {
			buf_char(&out, s.p[i++]);
		}
	}
	return buf_take(&out, a);
}

/* Index of the first what in s, or s.n. */
static size_t find_text(struct str s, struct str what)
{
	for (size_t i = 0; i + what.n <= s.n; i++)
		if (memcmp(s.p + i, what.p, what.n) == 0)
			return i;
	return s.n;
}

bool form_has(struct str xml, const char *text)
{
	return find_text(xml, str_of(text)) < xml.n;
}

size_t form_tags(struct arena *a, struct str xml, const char *tag, struct str *out, size_t most)
{
	struct str opens = arena_fmt(a, "<%s>", tag), closes = arena_fmt(a, "</%s>", tag);
	size_t n = 0;

	while (n < most) {
		size_t from = find_text(xml, opens), to;

		if (from == xml.n)
			break;
		xml = str_cut(xml, from + opens.n, xml.n);
		to = find_text(xml, closes);
		if (to == xml.n)
			break;
		out[n++] = resolved(a, str_cut(xml, 0, to));
		xml = str_cut(xml, to + closes.n, xml.n);
	}
	return n;
}
