/* SPDX-License-Identifier: Apache-2.0 */
/* yaml_text.c: judging bytes before and beside libyaml. */
#include "tree/yaml_text.h"

#include "base/utf8.h"

enum { BYTE_ERRORS_MOST = 20, NEXT_LINE = 0x85 };

static bool is_line_break(uint32_t c)
{
	return c == NEXT_LINE || c == 0x2028 || c == 0x2029;
}

static void bad_utf8(struct yaml_text *t, size_t at)
{
	diag_error(t->diags, MSG_yaml_encoding, yaml_text_pos(t, at),
		   "byte %zu of the file (0x%02x) is not UTF-8: save the file as UTF-8", at,
		   (unsigned char)t->bytes.p[at]);
}

/* Reports the character at a byte offset when no YAML file may hold it; true when it may. */
static bool may_stand(struct yaml_text *t, size_t at, uint32_t c)
{
	struct str text = t->bytes;

	if (c == '\r') {
		if (at + 1 < text.n && text.p[at + 1] == '\n')
			return true;
		diag_error(t->diags, MSG_yaml_control, yaml_text_pos(t, at),
			   "a carriage return alone does not end a line: use line feeds");
		return false;
	}
	if (is_line_break(c)) {
		diag_error(t->diags, MSG_yaml_control, yaml_text_pos(t, at),
			   "U+%04X is a line break to some readers: use a line feed", c);
		return false;
	}
	if ((utf8_is_control(c) && c != '\t' && c != '\n') || c == 0xfffe || c == 0xffff) {
		diag_error(t->diags, MSG_yaml_control, yaml_text_pos(t, at),
			   "control character U+%04X must not stand in a file", c);
		return false;
	}
	return true;
}

/* The first four bytes of other encodings: their mark, or where they leave the bytes of an ASCII
 * character empty (YAML 1.2, 5.2): 0 is a NUL, c another byte. The wider ones come first. */
static const struct wide {
	const char *mark, *shape, *name;
} wides[] = {
	{ "\xff\xfe\0\0", "c000", "UTF-32" },
	{ "\0\0\xfe\xff", "000c", "UTF-32" },
	{ "\xff\xfe", "c0c0", "UTF-16" },
	{ "\xfe\xff", "0c0c", "UTF-16" },
};

/* text begins as w says. */
static bool is_wide(const struct wide *w, struct str text)
{
	size_t mark = w->name[4] == '3' ? 4 : 2, i = 0;

	if (text.n >= mark && memcmp(text.p, w->mark, mark) == 0)
		return true;
	while (i < 4 && i < text.n && (text.p[i] == '\0') == (w->shape[i] == '0'))
		i++;
	return i == 4;
}

/* Reports a byte order mark and the encodings that have one; true when there is none. */
static bool has_no_mark(struct yaml_text *t)
{
	struct str s = t->bytes;
	struct pos pos = { t->file, 1, 1 };

	for (size_t i = 0; i < sizeof(wides) / sizeof(wides[0]); i++)
		if (is_wide(&wides[i], s)) {
			diag_error(t->diags, MSG_yaml_encoding, pos,
				   "the file is %s: save it as UTF-8 without a byte order mark",
				   wides[i].name);
			return false;
		}
	if (str_starts(s, "\xef\xbb\xbf")) {
		diag_error(t->diags, MSG_yaml_encoding, pos,
			   "the file begins with a byte order mark: save it as UTF-8 without one");
		return false;
	}
	return true;
}

static bool is_ordinary(unsigned char c)
{
	return (c >= 0x20 && c < 0x7f) || c == '\n';
}

static bool judge_bytes(struct yaml_text *t)
{
	struct str s = t->bytes;
	size_t errors = 0;

	for (size_t i = 0, step; i < s.n && errors < BYTE_ERRORS_MOST; i += step) {
		uint32_t c;

		step = 1;
		if (is_ordinary((unsigned char)s.p[i]))
			continue;
		step = utf8_read(s.p + i, s.n - i, &c);
		if (!step) {
			bad_utf8(t, i);
			errors++;
			step = 1;
			continue;
		}
		if (step > 1)
			t->ascii = false;
		if (c == '\t' || utf8_is_hidden(c) || utf8_is_odd_blank(c))
			t->odd = true;
		if (!may_stand(t, i, c))
			errors++;
	}
	return errors == 0;
}

bool yaml_text_open(struct yaml_text *t, struct arena *a, struct diags *d, const struct file *file)
{
	*t = (struct yaml_text){
		.arena = a, .diags = d, .file = file, .bytes = file->text, .ascii = true
	};
	return has_no_mark(t) && judge_bytes(t);
}

static void make_lines(struct yaml_text *t)
{
	struct str s = t->bytes;
	size_t n = 1;

	for (size_t i = 0; i < s.n; i++)
		n += s.p[i] == '\n';
	t->lines = NEW_ARRAY(t->arena, n, size_t);
	t->nlines = 1;
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == '\n')
			t->lines[t->nlines++] = i + 1;
}

/* The last line that starts at or before offset, from 0. */
static size_t line_of(struct yaml_text *t, size_t offset)
{
	if (!t->nlines)
		make_lines(t);

	size_t low = 0, high = t->nlines;

	while (high - low > 1) {
		size_t mid = low + (high - low) / 2;

		if (t->lines[mid] <= offset)
			low = mid;
		else
			high = mid;
	}
	return low;
}

struct pos yaml_text_pos(struct yaml_text *t, size_t offset)
{
	size_t line = line_of(t, offset);

	return (struct pos){ t->file, (uint32_t)(line + 1),
			     (uint32_t)(offset - t->lines[line] + 1) };
}

struct str yaml_text_line(struct yaml_text *t, size_t line)
{
	struct str s = t->bytes;

	if (!t->nlines)
		make_lines(t);
	if (line == 0 || line > t->nlines)
		return (struct str){ "", 0 };
	s = str_cut(s, t->lines[line - 1], s.n);
	s = str_cut(s, 0, str_find(s, '\n'));
	if (s.n && s.p[s.n - 1] == '\r')
		s.n--;
	return s;
}

static bool is_inside(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

size_t yaml_text_offset(struct yaml_text *t, size_t index)
{
	struct str s = t->bytes;

	if (t->ascii)
		return index < s.n ? index : s.n;
	while (t->chars < index && t->byte < s.n) {
		t->byte++;
		while (t->byte < s.n && is_inside(s.p[t->byte]))
			t->byte++;
		t->chars++;
	}
	while (t->chars > index) {
		t->byte--;
		while (is_inside(s.p[t->byte]))
			t->byte--;
		t->chars--;
	}
	return t->byte;
}

static void bad_tab(struct yaml_text *t, size_t at)
{
	diag_error(t->diags, MSG_yaml_tab, yaml_text_pos(t, at),
		   "a tab stands between words: use spaces, or quotes when it belongs to the text");
}

/* Between scalars stand only signs, blanks and comments. */
static void check_gap(struct yaml_text *t, size_t from, size_t to)
{
	struct str s = t->bytes;

	for (size_t i = from; i < to; i++) {
		if (s.p[i] == '#')
			i += str_find(str_cut(s, i, to), '\n');
		else if (s.p[i] == '\t') {
			bad_tab(t, i);
			return;
		}
	}
}

/* Reports the character at a byte offset of a scalar when it must not stand there. */
static bool suits_scalar(struct yaml_text *t, size_t at, uint32_t c, bool plain)
{
	if (c == '\t' && plain) {
		bad_tab(t, at);
		return false;
	}
	if (utf8_is_hidden(c)) {
		diag_error(t->diags, MSG_yaml_control, yaml_text_pos(t, at),
			   "invisible character U+%04X: remove it, or write it as an escape in "
			   "double quotes when it is meant",
			   c);
		return false;
	}
	if (plain && utf8_is_odd_blank(c)) {
		diag_error(t->diags, MSG_yaml_control, yaml_text_pos(t, at),
			   "U+%04X looks like a space and is none: type the space anew", c);
		return false;
	}
	return true;
}

static void check_scalar(struct yaml_text *t, size_t from, size_t to, bool plain)
{
	struct str s = t->bytes;

	for (size_t i = from, step; i < to; i += step) {
		uint32_t c;

		step = utf8_read(s.p + i, s.n - i, &c);
		if (!suits_scalar(t, i, c, plain))
			return;
	}
}

void yaml_text_check(struct yaml_text *t, size_t from, size_t to, bool plain)
{
	if (!t->odd || from < t->checked)
		return;
	check_gap(t, t->checked, from);
	check_scalar(t, from, to, plain);
	t->checked = to;
}
