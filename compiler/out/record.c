/* SPDX-License-Identifier: Apache-2.0 */
/* record.c: the lines of locks and indexes. */
#include "out/record.h"

#include <assert.h>

#include "tree/print.h"

static const char SUM[] = "sum: sha256:";

enum { HEX_DIGEST = 64, SUM_LENGTH = sizeof(SUM) - 1 };

/* A scalar by the quoting rule; nothing that would need an escape comes here. */
static void put_scalar(struct buf *out, struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		assert(s.p[i] >= ' ' && s.p[i] != '"' && s.p[i] != '\\' && s.p[i] != 0x7f);
	if (print_is_plain(s)) {
		buf_str(out, s);
		return;
	}
	buf_char(out, '"');
	buf_str(out, s);
	buf_char(out, '"');
}

void record_put_key(struct buf *out, size_t indent, struct str key)
{
	buf_pad(out, indent);
	put_scalar(out, key);
	buf_text(out, ":\n");
}

void record_put(struct buf *out, size_t indent, struct str key, struct str value)
{
	record_put_key(out, indent, key);
	out->p[out->n - 1] = ' ';
	put_scalar(out, value);
	buf_char(out, '\n');
}

void record_put_item(struct buf *out, size_t indent, struct str value)
{
	buf_pad(out, indent);
	buf_text(out, "- ");
	put_scalar(out, value);
	buf_char(out, '\n');
}

static void set_hex(char *to, const unsigned char *b, size_t n)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		*to++ = digits[b[i] >> 4];
		*to++ = digits[b[i] & 15];
	}
}

static void put_hex(struct buf *out, const char *prefix, const unsigned char *b, size_t n)
{
	out->p[out->n - 1] = ' '; /* the key's line goes on */
	buf_text(out, prefix);
	buf_char(out, ':');
	set_hex(buf_room(out, 2 * n), b, n);
	out->n += 2 * n;
	buf_char(out, '\n');
}

void record_put_digest(struct buf *out, size_t indent, const char *key, const struct digest *d)
{
	record_put_key(out, indent, str_of(key));
	put_hex(out, "sha256", d->b, sizeof(d->b));
}

void record_put_id(struct buf *out, size_t indent, struct str key, const char *prefix,
		   const struct git_id *id)
{
	record_put_key(out, indent, key);
	put_hex(out, prefix, id->b, sizeof(id->b));
}

void record_set_id(char *end, const struct git_id *id)
{
	set_hex(end - 2 * sizeof(id->b), id->b, sizeof(id->b));
}

/* The first line of s with its LF, or all of s. */
static struct str line_of(struct str s)
{
	return str_cut(s, 0, str_find(s, '\n') + 1);
}

void record_put_block(struct buf *out, size_t indent, const char *key, struct str text)
{
	record_put_key(out, indent, str_of(key));
	if (text.n == 0) {
		out->n--;
		buf_text(out, " {}\n");
	}
	while (text.n) {
		struct str line = line_of(text);

		if (line.p[0] != '\n')
			buf_pad(out, indent + 2);
		buf_str(out, line);
		text = str_cut(text, line.n, text.n);
	}
}

void record_put_sum(struct buf *out)
{
	buf_text(out, SUM);
	for (int i = 0; i < HEX_DIGEST; i++)
		buf_char(out, '0');
	buf_char(out, '\n');
}

/* Where the digits of the sum stand in text, or text.n. */
static size_t sum_at(struct str text)
{
	for (size_t at = 0; at < text.n;) {
		struct str line = line_of(str_cut(text, at, text.n));

		if (line.n == SUM_LENGTH + HEX_DIGEST + 1 && str_starts(line, SUM))
			return at + SUM_LENGTH;
		at += line.n;
	}
	return text.n;
}

/* The SHA-256 of text with zeros in the sum's place. */
static struct digest sum_of(struct str text, size_t at)
{
	char zeros[HEX_DIGEST];
	struct hasher h;

	memset(zeros, '0', sizeof(zeros));
	hasher_start(&h);
	hasher_add(&h, str_cut(text, 0, at));
	hasher_add(&h, (struct str){ zeros, sizeof(zeros) });
	hasher_add(&h, str_cut(text, at + HEX_DIGEST, text.n));
	return hasher_end(&h);
}

void record_seal(struct buf *out, size_t start)
{
	struct str text = { out->p + start, out->n - start };
	size_t at = sum_at(text);
	struct digest d = sum_of(text, at);
	struct arena *a = arena_new();

	assert(at < text.n);
	memcpy(out->p + start + at, digest_hex(a, &d).p, HEX_DIGEST);
	arena_free(a);
}

bool record_sealed(struct str text)
{
	size_t at = sum_at(text);
	struct digest said, is;

	if (at == text.n || !digest_read(str_cut(text, at, at + HEX_DIGEST), &said))
		return false;
	is = sum_of(text, at);
	return digest_eq(&said, &is);
}

/* Takes a scalar off the front of *line: quoted, or up to ':' or the end. */
static bool take_scalar(struct str *line, struct str *out)
{
	bool quoted = line->n && line->p[0] == '"';
	size_t from = quoted ? 1 : 0, end = from;

	if (quoted)
		end += str_find(str_cut(*line, 1, line->n), '"');
	else /* a plain key may hold ':', but not before a blank or at its end */
		for (; end < line->n; end++) {
			end += str_find(str_cut(*line, end, line->n), ':');
			if (end + 1 >= line->n || line->p[end + 1] == ' ')
				break;
		}
	if (end > line->n || (quoted && end == line->n))
		return false;
	*out = str_cut(*line, from, end);
	*line = str_cut(*line, end + (quoted ? 1 : 0), line->n);
	return true;
}

/* The line belongs to what the key above it, at this indentation, holds. */
static bool is_below(struct str line, size_t indent)
{
	size_t blanks = 0;

	while (blanks < line.n && line.p[blanks] == ' ')
		blanks++;
	if (blanks < line.n && line.p[blanks] == '\n')
		return true;
	return blanks > indent ||
	       (blanks == indent && str_starts(str_cut(line, blanks, line.n), "- "));
}

/* Takes the next line, which must be indented so, without its indentation and LF. */
static bool take_line(struct str *rest, size_t indent, struct str *line)
{
	struct str whole = line_of(*rest);

	if (whole.n <= indent || whole.p[whole.n - 1] != '\n')
		return false;
	for (size_t i = 0; i < indent; i++)
		if (whole.p[i] != ' ')
			return false;
	*line = str_cut(whole, indent, whole.n - 1);
	*rest = str_cut(*rest, whole.n, rest->n);
	return true;
}

bool record_next_item(struct str *rest, size_t indent, struct str *value)
{
	struct str after = *rest, line;

	if (!take_line(&after, indent, &line) || !str_starts(line, "- "))
		return false;
	line = *value = str_cut(line, 2, line.n);
	if (line.n && line.p[0] == '"' && !take_scalar(&line, value))
		return false;
	*rest = after;
	return true;
}

bool record_next(struct str *rest, size_t indent, struct record_item *item)
{
	struct str after = *rest, last = item->key, line;

	if (!take_line(&after, indent, &line))
		return false;
	if (!take_scalar(&line, &item->key) || line.n == 0 || line.p[0] != ':')
		return false;
	if (last.n && str_cmp(last, item->key) >= 0)
		return false;
	line = str_cut(line, line.n > 1 ? 2 : 1, line.n);
	item->value = line;
	item->quoted = line.n && line.p[0] == '"';
	if (item->quoted && !take_scalar(&line, &item->value))
		return false;

	size_t n = 0;

	while (n < after.n && is_below(str_cut(after, n, after.n), indent))
		n += line_of(str_cut(after, n, after.n)).n;
	item->block = str_cut(after, 0, n);
	*rest = str_cut(after, n, after.n);
	return true;
}

struct str record_dedent(struct arena *a, struct str block, size_t indent)
{
	char *p = arena_alloc(a, block.n + 1, 1);
	size_t n = 0;

	while (block.n) {
		struct str line = line_of(block),
			   kept = str_cut(line, line.p[0] == '\n' ? 0 : indent, line.n);

		memcpy(p + n, kept.p, kept.n);
		n += kept.n;
		block = str_cut(block, line.n, block.n);
	}
	return (struct str){ p, n };
}

bool record_id(struct str value, const char *prefix, struct git_id *id)
{
	size_t n = strlen(prefix);

	return str_starts(value, prefix) && value.n > n && value.p[n] == ':' &&
	       git_id_read(str_cut(value, n + 1, value.n), id);
}

bool record_digest(struct str value, struct digest *d)
{
	return str_starts(value, "sha256:") && digest_read(str_cut(value, 7, value.n), d);
}

size_t record_lines(struct str block)
{
	size_t n = 0;

	for (size_t at = 0; (at += str_find(str_cut(block, at, block.n), '\n')) < block.n; at++)
		n++;
	return n;
}
