/* SPDX-License-Identifier: Apache-2.0 */
/* utf8.c: decoding by the table of well-formed sequences (Unicode 15, table 3-7). */
#include "base/utf8.h"

/* A lead byte: how many bytes follow, and the range of the first of them. */
struct lead {
	unsigned char from, to; /* lead bytes */
	unsigned char more;
	unsigned char low, high; /* of the second byte */
};

static const struct lead leads[] = {
	{ 0xc2, 0xdf, 1, 0x80, 0xbf }, { 0xe0, 0xe0, 2, 0xa0, 0xbf }, { 0xe1, 0xec, 2, 0x80, 0xbf },
	{ 0xed, 0xed, 2, 0x80, 0x9f }, { 0xee, 0xef, 2, 0x80, 0xbf }, { 0xf0, 0xf0, 3, 0x90, 0xbf },
	{ 0xf1, 0xf3, 3, 0x80, 0xbf }, { 0xf4, 0xf4, 3, 0x80, 0x8f },
};

static const struct lead *lead_of(unsigned char c)
{
	for (size_t i = 0; i < sizeof(leads) / sizeof(leads[0]); i++)
		if (c >= leads[i].from && c <= leads[i].to)
			return &leads[i];
	return NULL;
}

size_t utf8_read(const char *p, size_t n, uint32_t *c)
{
	const unsigned char *u = (const unsigned char *)p;

	*c = u[0];
	if (u[0] < 0x80)
		return 1;

	const struct lead *lead = lead_of(u[0]);

	if (!lead || n <= lead->more || u[1] < lead->low || u[1] > lead->high)
		return 0;
	*c = u[0] & (0x3fu >> lead->more);
	for (size_t i = 1; i <= lead->more; i++) {
		if ((u[i] & 0xc0) != 0x80)
			return 0;
		*c = *c << 6 | (u[i] & 0x3fu);
	}
	return lead->more + 1u;
}

bool utf8_valid(struct str s)
{
	uint32_t c;

	for (size_t i = 0, step; i < s.n; i += step) {
		step = utf8_read(s.p + i, s.n - i, &c);
		if (!step)
			return false;
	}
	return true;
}

bool utf8_is_control(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0);
}

struct range {
	uint32_t from, to;
};

static bool is_in(const struct range *ranges, size_t n, uint32_t c)
{
	for (size_t i = 0; i < n; i++)
		if (c >= ranges[i].from && c <= ranges[i].to)
			return true;
	return false;
}

bool utf8_is_hidden(uint32_t c)
{
	static const struct range ranges[] = {
		{ 0xad, 0xad },     { 0x61c, 0x61c },     { 0x180e, 0x180e }, { 0x200b, 0x200f },
		{ 0x2028, 0x202e }, { 0x2060, 0x206f },   { 0xfeff, 0xfeff }, { 0xfff9, 0xfffb },
		{ 0xfffe, 0xffff }, { 0xe0000, 0xe007f },
	};

	return c >= 0xad && is_in(ranges, sizeof(ranges) / sizeof(ranges[0]), c);
}

bool utf8_is_odd_blank(uint32_t c)
{
	static const struct range ranges[] = {
		{ 0xa0, 0xa0 },     { 0x1680, 0x1680 }, { 0x2000, 0x200a },
		{ 0x202f, 0x202f }, { 0x205f, 0x205f }, { 0x3000, 0x3000 },
	};

	return c >= 0xa0 && is_in(ranges, sizeof(ranges) / sizeof(ranges[0]), c);
}
