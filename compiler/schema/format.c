/* SPDX-License-Identifier: Apache-2.0 */
/* format.c: the table of named syntaxes and one function for each. */
#include "schema/format.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/ere.h"
#include "tree/number.h"
#include "tree/path.h"

enum { LABEL_MOST = 63, NAME_MOST = 253, TEXT_MOST = 2048 };

static bool is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return is_lower(c) || (c >= 'A' && c <= 'Z');
}

/* Every byte of s is a lower-case letter, a digit or in more. */
static bool only_lower(struct str s, const char *more)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_lower(s.p[i]) && !is_digit(s.p[i]) && (!s.p[i] || !strchr(more, s.p[i])))
			return false;
	return true;
}

/* As only_lower, upper-case letters too. */
static bool only_word(struct str s, const char *more)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_letter(s.p[i]) && !is_digit(s.p[i]) && (!s.p[i] || !strchr(more, s.p[i])))
			return false;
	return true;
}

static const char *check_quantity(struct str s)
{
	struct quantity q;

	return quantity_parse(s, &q);
}

static const char *check_bytes(struct str s)
{
	int64_t bytes;

	return bytes_parse(s, &bytes);
}

static const char *check_cpu(struct str s)
{
	int64_t milli;

	return cpu_parse(s, &milli);
}

/* As duration_parse, in milliseconds and with `ms` as one more unit. */
static const char *duration_ms(struct str s, int64_t *ms)
{
	const char *why;

	if (str_ends(s, "ms"))
		return str_int(str_cut(s, 0, s.n - 2), ms) && *ms >= 0
			   ? NULL
			   : "must be a whole number and a unit";
	why = duration_parse(s, ms);
	if (!why && *ms > INT64_MAX / 1000)
		return "is too long";
	*ms = why ? 0 : *ms * 1000;
	return why;
}

static const char *check_duration(struct str s)
{
	int64_t ms;

	return duration_ms(s, &ms);
}

static const char *check_cron(struct str s)
{
	return cron_check(s);
}

static const struct str zones[] = {
#define ZONE(name) { name, sizeof(name) - 1 },
#include "schema/zones.def"
#undef ZONE
};

static int by_name(const void *key, const void *row)
{
	return str_cmp(*(const struct str *)key, *(const struct str *)row);
}

/* Abbreviations (EST, CET) are refused: readers disagree about their summer time. */
static const char *check_timezone(struct str s)
{
	if (str_is(s, "UTC"))
		return NULL;
	if (str_find(s, '/') == s.n)
		return "must be UTC or the region and city of a time zone";
	return bsearch(&s, zones, sizeof(zones) / sizeof(zones[0]), sizeof(zones[0]), by_name)
		   ? NULL
		   : "is no time zone of the IANA database";
}

static const char *check_time(struct str s)
{
	struct instant at;

	return time_parse(s, &at);
}

static const char *check_date(struct str s)
{
	int64_t days;

	return date_parse(s, &days);
}

static const char *check_dns_label(struct str s)
{
	if (!s.n)
		return "must not be empty";
	if (s.n > LABEL_MOST)
		return "must have at most 63 characters";
	if (!only_lower(s, "-"))
		return "may hold only lower-case letters, digits and '-'";
	if (s.p[0] == '-' || s.p[s.n - 1] == '-')
		return "must begin and end with a letter or digit";
	return NULL;
}

static const char *check_dns_name(struct str s)
{
	if (!s.n)
		return "must not be empty";
	if (s.n > NAME_MOST)
		return "must have at most 253 characters";
	if (!only_lower(s, "-."))
		return "may hold only lower-case letters, digits, '-' and '.'";
	for (struct str left = s;;) {
		size_t dot = str_find(left, '.');

		if (check_dns_label(str_cut(left, 0, dot)))
			return "must be names of at most 63 characters joined by '.', each "
			       "beginning "
			       "and ending with a letter or digit";
		if (dot == left.n)
			return NULL;
		left = str_cut(left, dot + 1, left.n);
	}
}

static const char *check_pg_identifier(struct str s)
{
	if (!s.n)
		return "must not be empty";
	if (s.n > LABEL_MOST)
		return "must have at most 63 characters";
	if (!only_lower(s, "_"))
		return "may hold only lower-case letters, digits and '_'";
	if (is_digit(s.p[0]))
		return "must not begin with a digit";
	if (str_starts(s, "pg_"))
		return "must not begin with pg_, which PostgreSQL keeps for itself";
	return NULL;
}

static bool is_guc_part(struct str s)
{
	return s.n && s.n <= LABEL_MOST && (is_lower(s.p[0]) || s.p[0] == '_') &&
	       only_lower(s, "_$");
}

/* An extension's setting has the extension's name in front (postgresql.org, 20.16 Customized
 * Options). PostgreSQL reads names in any case; one spelling gives a setting one place. */
static const char *check_guc(struct str s)
{
	size_t dot = str_find(s, '.');

	if (!is_guc_part(str_cut(s, 0, dot)) ||
	    (dot < s.n && !is_guc_part(str_cut(s, dot + 1, s.n))))
		return "must be the name of a PostgreSQL setting: lower-case letters, digits and "
		       "'_'";
	return NULL;
}

/* No bit behind the prefix is set. */
static bool is_network(const unsigned char *address, size_t bytes, int64_t bits)
{
	for (size_t i = 0; i < bytes; i++) {
		int64_t keep = bits - (int64_t)i * 8;
		unsigned mask = keep >= 8 ? 0xff : keep <= 0 ? 0 : 0xffU << (8 - keep) & 0xff;

		if (address[i] & ~mask)
			return false;
	}
	return true;
}

static const char *check_cidr(struct str s)
{
	unsigned char address[16];
	char text[INET6_ADDRSTRLEN];
	size_t slash = str_find(s, '/');
	int64_t bits = -1;

	if (slash == s.n)
		return "needs a prefix length: /32 for one address";
	if (slash >= sizeof(text) || !str_int(str_cut(s, slash + 1, s.n), &bits) || bits < 0)
		return "must be an address range";
	memcpy(text, s.p, slash);
	text[slash] = 0;

	bool v6 = strchr(text, ':') != NULL;

	if (inet_pton(v6 ? AF_INET6 : AF_INET, text, address) != 1)
		return "must be an IPv4 or IPv6 address with a prefix length";
	if (bits > (v6 ? 128 : 32))
		return v6 ? "has a prefix length above 128" : "has a prefix length above 32";
	if (!is_network(address, v6 ? 16 : 4, bits))
		return "has address bits set behind its prefix length";
	return NULL;
}

static const char *check_label_value(struct str s)
{
	if (s.n > LABEL_MOST)
		return "must have at most 63 characters";
	if (!only_word(s, "-_."))
		return "may hold only letters, digits, '-', '_' and '.'";
	if (s.n && (!only_word(str_cut(s, 0, 1), "") || !only_word(str_cut(s, s.n - 1, s.n), "")))
		return "must begin and end with a letter or digit";
	return NULL;
}

static const char *check_label_key(struct str s)
{
	size_t slash = str_find(s, '/');
	struct str name = slash < s.n ? str_cut(s, slash + 1, s.n) : s;

	if (slash < s.n && check_dns_name(str_cut(s, 0, slash)))
		return "must have a DNS name in lower case before the '/'";
	if (!name.n)
		return "must not be empty";
	return check_label_value(name);
}

static const char *check_digest(struct str s)
{
	static const size_t head = sizeof("sha256:") - 1, hex = 64;

	if (!str_starts(s, "sha256:") || s.n != head + hex)
		return "must be sha256: and 64 hexadecimal digits";
	for (size_t i = head; i < s.n; i++)
		if (!is_digit(s.p[i]) && (s.p[i] < 'a' || s.p[i] > 'f'))
			return "must be sha256: and 64 hexadecimal digits in lower case";
	return NULL;
}

static const char *check_tag(struct str tag)
{
	if (!tag.n || tag.n > 128 || !only_word(tag, "_.-") || tag.p[0] == '.' || tag.p[0] == '-')
		return "has a tag that is not 1 to 128 letters, digits, '_', '.' and '-'";
	return NULL;
}

/* Where the tag's ':' stands in an image name: behind the last '/', else name.n. */
static size_t tag_at(struct str name)
{
	for (size_t i = name.n; i-- > 0;) {
		if (name.p[i] == ':')
			return i;
		if (name.p[i] == '/')
			break;
	}
	return name.n;
}

/* A reference as in github.com/distribution/reference: [host[:port]/]path[:tag][@digest]. */
static const char *check_image(struct str s)
{
	size_t at = str_find(s, '@'), tag = tag_at(str_cut(s, 0, at));
	struct str name = str_cut(s, 0, tag);
	size_t slash = str_find(name, '/'), colon = str_find(name, ':');
	struct str path = slash < name.n ? str_cut(name, slash + 1, name.n) : name;
	const char *why = NULL;

	if (s.n > 512 || !name.n || !slash)
		return "must be the name of a container image";
	if (at < s.n)
		why = check_digest(str_cut(s, at + 1, s.n));
	if (!why && tag < at)
		why = check_tag(str_cut(s, tag + 1, at));
	if (why)
		return why;
	if (colon < name.n && colon > slash)
		return "must be the name of a container image";
	if (!path.n || !only_lower(path, "._-/") || path.p[0] == '/' || path.p[path.n - 1] == '/')
		return "must have a path of lower-case letters, digits, '.', '_', '-' and '/'";
	return only_word(str_cut(name, 0, slash), ".:-_") ? NULL
							  : "must begin with a registry's name";
}

static const char *check_url(struct str s)
{
	size_t colon = str_find(s, ':');
	struct str rest = str_cut(s, colon, s.n);

	if (!colon || !is_lower(s.p[0]) || !only_lower(str_cut(s, 0, colon), "+-.") ||
	    !str_starts(rest, "://"))
		return "must begin with a scheme such as https://";
	if (rest.n <= 3 || rest.p[3] == '/')
		return "has no host";
	if (s.n > TEXT_MOST)
		return "must have at most 2048 characters";
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] <= ' ' || s.p[i] == 0x7f)
			return "must not hold blanks";
	return NULL;
}

static const char *check_email(struct str s)
{
	size_t at = str_find(s, '@');

	if (!at || at + 1 >= s.n || str_find(str_cut(s, at + 1, s.n), '@') < s.n - at - 1)
		return "must be a mail address";
	if (s.n > NAME_MOST + 1)
		return "must have at most 254 characters";
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] <= ' ' || s.p[i] == 0x7f)
			return "must not hold blanks";
	return NULL;
}

/* Digits and at most six behind the point, in millionths; false when it is no decimal. */
static bool decimal_parse(struct str s, int64_t *micros)
{
	size_t point = str_find(s, '.'), places = s.n - point;
	int64_t sum = 0;

	if (!point || point > 12 || places == 1 || places > 7)
		return false;
	for (size_t i = 0; i < point + 7; i++) {
		char c = '0';

		if (i < s.n)
			c = s.p[i];
		if (i == point)
			continue;
		if (!is_digit(c))
			return false;
		sum = sum * 10 + (c - '0');
	}
	*micros = sum;
	return true;
}

static const char *check_decimal(struct str s)
{
	int64_t micros;

	return decimal_parse(s, &micros) ? NULL : "must be digits, with at most six behind a point";
}

static const char *check_ip(struct str s)
{
	unsigned char address[16];
	char text[INET6_ADDRSTRLEN];

	if (s.n >= sizeof(text))
		return "must be an IPv4 or IPv6 address";
	memcpy(text, s.p, s.n);
	text[s.n] = 0;
	if (inet_pton(strchr(text, ':') ? AF_INET6 : AF_INET, text, address) != 1)
		return "must be an IPv4 or IPv6 address";
	return NULL;
}

static const char *check_path(struct str s)
{
	struct arena *a = arena_new();
	struct path path;
	bool wrong = path_parse(a, s, &path) || !path.n;

	arena_free(a);
	return wrong ? "must be the path of a field, like a.b[name=x].c" : NULL;
}

static const char *check_name_pattern(struct str s)
{
	size_t slash = str_find(s, '/');
	struct str name = slash < s.n ? str_cut(s, slash + 1, s.n) : s;

	if (slash < s.n && check_dns_label(str_cut(s, 0, slash)))
		return "must have the name of an environment before the '/'";
	if (!name.n || name.n > LABEL_MOST)
		return "must have 1 to 63 characters";
	if (!only_lower(name, "-*"))
		return "may hold only lower-case letters, digits, '-' and '*'";
	if (name.p[0] == '-' || name.p[name.n - 1] == '-')
		return "must not begin or end with '-'";
	return NULL;
}

static const char *check_file_path(struct str s)
{
	size_t start = 0;

	for (size_t i = 0; i <= s.n; i++) {
		char c = '/';

		if (i < s.n)
			c = s.p[i];

		if (c == '/' && (i == start || s.p[start] == '.'))
			return "may have no part that is empty or begins with '.'";
		if (c == '/')
			start = i + 1;
		else if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
			 !(c >= '0' && c <= '9') && !strchr("._-", c))
			return "may hold only letters, digits, '.', '_', '-' and '/'";
	}
	return NULL;
}

static const char *check_regex(struct str s)
{
	char text[1025];
	struct ere ere;
	bool good = false;

	if (s.n >= sizeof(text))
		return "must have at most 1024 characters";
	memcpy(text, s.p, s.n);
	text[s.n] = 0;
	ere_init(&ere, text);
	good = ere_good(&ere);
	ere_release(&ere);
	return good ? NULL : "must be a POSIX extended regular expression";
}

static const struct format_row rows[FORMAT_count] = {
	[FORMAT_none] = { "", "text", "", NULL, 0, ORDER_NONE },
#define FORMAT(id, name, what, example, pattern, longest, order)                                   \
	[FORMAT_##id] = { name, what, example, pattern, longest, order },
#include "schema/formats.def"
#undef FORMAT
};

static const char *(*const checks[FORMAT_count])(struct str) = {
#define FORMAT(id, name, what, example, pattern, longest, order) [FORMAT_##id] = check_##id,
#include "schema/formats.def"
#undef FORMAT
};

const struct format_row *format_row(enum format f)
{
	return &rows[f];
}

enum format format_find(struct str name)
{
	for (int i = 1; i < FORMAT_count; i++)
		if (str_is(name, rows[i].name))
			return (enum format)i;
	return FORMAT_none;
}

const char *format_check(enum format f, struct str text)
{
	return checks[f] ? checks[f](text) : NULL;
}

static int sign_of(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static bool compare_quantities(struct str a, struct str b, int *sign)
{
	struct quantity x, y;

	if (quantity_parse(a, &x) || quantity_parse(b, &y))
		return false;
	*sign = quantity_cmp(x, y);
	return true;
}

static bool compare_times(struct str a, struct str b, int *sign)
{
	struct instant x, y;

	if (time_parse(a, &x) || time_parse(b, &y))
		return false;
	*sign = instant_cmp(x, y);
	return true;
}

bool format_compare(enum format f, struct str a, struct str b, int *sign)
{
	int64_t x, y;

	switch (rows[f].order) {
	case ORDER_BYTES:
		if (bytes_parse(a, &x) || bytes_parse(b, &y))
			return false;
		*sign = sign_of(x, y);
		return true;
	case ORDER_QUANTITY:
		return compare_quantities(a, b, sign);
	case ORDER_TIME:
		return compare_times(a, b, sign);
	case ORDER_DURATION:
		if (duration_ms(a, &x) || duration_ms(b, &y))
			return false;
		*sign = sign_of(x, y);
		return true;
	case ORDER_DATE:
		if (date_parse(a, &x) || date_parse(b, &y))
			return false;
		*sign = sign_of(x, y);
		return true;
	case ORDER_DECIMAL:
		if (!decimal_parse(a, &x) || !decimal_parse(b, &y))
			return false;
		*sign = sign_of(x, y);
		return true;
	case ORDER_NONE:
		return false;
	}
	return false;
}
