/* SPDX-License-Identifier: Apache-2.0 */
/* print_text.c: the quoting rule (reliability notes: 60,000 tokens through six YAML readers). */
#include "tree/print_text.h"

#include "base/utf8.h"
#include "tree/print.h"

enum { BODY = 1, FIRST = 2, CLEAN = 4, WORD_LONGEST = 5 };

/* What an ASCII byte may do: BODY: stand in plain text, FIRST: begin it, CLEAN: stand in double
 * quotes as it is. In order from NUL on; bytes from 0x80 on may do none of the three. */
static const unsigned char may[256] = {
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 0, 0, 0, 0, 4, 4, 0, 4, 4, 4, 4, 4, 4, 4, 4, 5, 5, 5, 5, 7, 5, 5, 5, 5,
	5, 5, 5, 5, 5, 5, 5, 4, 4, 5, 4, 4, 5, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
	7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 4, 0, 4, 4, 5, 4, 7, 7, 7, 7, 7, 7, 7,
	7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 4, 4, 4, 4, 0,
};

/* s in lower case is a word that some reader takes for a boolean or null. */
static bool is_word(struct str s)
{
	static const char *const words[] = {
		"y", "n", "yes", "no", "on", "off", "true", "false", "null", "none", "nil",
	};
	char low[WORD_LONGEST];

	for (size_t i = 0; i < s.n; i++)
		low[i] = (char)(s.p[i] >= 'A' && s.p[i] <= 'Z' ? s.p[i] | 0x20 : s.p[i]);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (str_eq((struct str){ low, s.n }, str_of(words[i])))
			return true;
	return false;
}

bool print_is_plain(struct str s)
{
	if (!s.n || !(may[(unsigned char)s.p[0]] & FIRST) || s.p[s.n - 1] == ':')
		return false;
	for (size_t i = 1; i < s.n; i++)
		if (!(may[(unsigned char)s.p[i]] & BODY))
			return false;
	return s.n > WORD_LONGEST || !is_word(s);
}

/* The letter that escapes c, or 0. */
static char short_escape(uint32_t c)
{
	switch (c) {
	case '"':
		return '"';
	case '\\':
		return '\\';
	case '\b':
		return 'b';
	case '\f':
		return 'f';
	case '\n':
		return 'n';
	case '\r':
		return 'r';
	case '\t':
		return 't';
	default:
		return 0;
	}
}

static bool needs_code(uint32_t c)
{
	return c < 0x10000 && (utf8_is_control(c) || utf8_is_hidden(c));
}

/* Appends the character at p, length bytes long, that cannot simply be copied. */
static void put_special(struct buf *out, const char *p, size_t length, uint32_t c)
{
	char letter = short_escape(c);

	if (letter) {
		buf_char(out, '\\');
		buf_char(out, letter);
	} else if (needs_code(c))
		buf_fmt(out, "\\u%04x", c);
	else
		buf_put(out, p, length);
}

bool print_quoted(struct buf *out, struct str s)
{
	bool good = true;
	size_t i = 0;

	buf_char(out, '"');
	while (i < s.n) {
		size_t from = i;

		while (i < s.n && (may[(unsigned char)s.p[i]] & CLEAN))
			i++;
		buf_put(out, s.p + from, i - from);
		if (i == s.n)
			break;

		uint32_t c;
		size_t length = utf8_read(s.p + i, s.n - i, &c);

		if (length && c)
			put_special(out, s.p + i, length, c);
		else {
			buf_text(out, "\\ufffd");
			good = false;
		}
		i += length ? length : 1;
	}
	buf_char(out, '"');
	return good;
}

void print_scalar(struct buf *out, struct str s)
{
	if (print_is_plain(s))
		buf_put(out, s.p, s.n);
	else
		(void)print_quoted(out, s);
}

/* The byte before a line's end may not be a blank, the first after it no tab. */
static bool fits_line(struct str s, size_t end)
{
	char last = s.p[end - 1];

	return last != ' ' && last != '\t' && (end + 1 == s.n || s.p[end + 1] != '\t');
}

static bool fits_block(uint32_t c)
{
	return c == '\t' || !(utf8_is_control(c) || utf8_is_hidden(c));
}

/* Stricter than YAML where readers were seen to differ: nothing but clean lines is a block. */
bool print_is_block(struct str s)
{
	if (s.n < 2 || s.p[s.n - 1] != '\n' || s.p[s.n - 2] == '\n')
		return false;
	if (s.p[0] == ' ' || s.p[0] == '\t' || s.p[0] == '\n')
		return false;
	for (size_t i = 0, length; i < s.n; i += length) {
		uint32_t c;

		length = utf8_read(s.p + i, s.n - i, &c);
		if (!length || (c != '\n' && !fits_block(c)))
			return false;
		if (c == '\n' && !fits_line(s, i))
			return false;
	}
	return true;
}

void print_block(struct buf *out, struct str s, size_t indent)
{
	buf_put(out, "|\n", 2);
	while (s.n) {
		size_t end = str_find(s, '\n');

		if (end)
			buf_pad(out, indent);
		buf_put(out, s.p, end + 1);
		s = str_cut(s, end + 1, s.n);
	}
}
