/* SPDX-License-Identifier: Apache-2.0 */
/* ere_frequent.c: names, labels, quantities by hand: they are asked for every label of every object
 * and for every team of a platform, and regexec takes thousands of instructions for each. */
#include "base/ere.h"

static bool is_lower_digit(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_alnum(char c)
{
	return is_lower_digit(c) || (c >= 'A' && c <= 'Z');
}

static bool dns_label(struct str s)
{
	if (!s.n || !is_lower_digit(s.p[0]) || !is_lower_digit(s.p[s.n - 1]))
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!is_lower_digit(s.p[i]) && s.p[i] != '-')
			return false;
	return true;
}

static bool dns_name(struct str s)
{
	for (size_t at = 0; at <= s.n;) {
		struct str part = str_cut(s, at, at + str_find(str_cut(s, at, s.n), '.'));

		if (!dns_label(part))
			return false;
		at += part.n + 1;
	}
	return true;
}

/* Letters and digits at both ends, also - _ . between. */
static bool name_part(struct str s)
{
	if (!s.n || !is_alnum(s.p[0]) || !is_alnum(s.p[s.n - 1]))
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!is_alnum(s.p[i]) && s.p[i] != '-' && s.p[i] != '_' && s.p[i] != '.')
			return false;
	return true;
}

static bool label_value(struct str s)
{
	return !s.n || name_part(s);
}

static bool label_key(struct str s)
{
	size_t slash = str_find(s, '/');

	if (slash == s.n)
		return s.n <= 63 && name_part(s);

	struct str name = str_cut(s, slash + 1, s.n);

	return dns_name(str_cut(s, 0, slash)) && name.n <= 63 && name_part(name);
}

static bool data_key(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_alnum(s.p[i]) && s.p[i] != '-' && s.p[i] != '_' && s.p[i] != '.')
			return false;
	return s.n > 0;
}

/* At most 15 of [a-z0-9-], a letter among them, no dash at an end or beside another. */
static bool port_name(struct str s)
{
	bool letter = false;

	for (size_t i = 0; i < s.n; i++) {
		letter = letter || (s.p[i] >= 'a' && s.p[i] <= 'z');
		if (s.p[i] == '-' && i && s.p[i - 1] == '-')
			return false;
	}
	return s.n <= 15 && letter && dns_label(s);
}

/* Digits with an optional fraction; the place behind them, or 0. */
static size_t decimal(struct str s, size_t at)
{
	size_t start = at, digits = 0;

	for (; at < s.n && is_digit(s.p[at]); at++)
		digits++;
	if (at < s.n && s.p[at] == '.')
		for (at++; at < s.n && is_digit(s.p[at]); at++)
			digits++;
	return digits ? at : start;
}

static size_t sign(struct str s, size_t at)
{
	return at < s.n && (s.p[at] == '+' || s.p[at] == '-') ? at + 1 : at;
}

static bool quantity(struct str s)
{
	size_t start = sign(s, 0), at = decimal(s, start);
	struct str unit = str_cut(s, at, s.n);

	if (at == start)
		return false;
	if (unit.n > 1 && (unit.p[0] == 'e' || unit.p[0] == 'E')) {
		size_t power = sign(s, at + 1);

		return decimal(s, power) == s.n && power < s.n;
	}
	if (unit.n == 2)
		return unit.p[1] == 'i' && str_find(str_of("KMGTPE"), unit.p[0]) < 6;
	return !unit.n || (unit.n == 1 && str_find(str_of("numkMGTPE"), unit.p[0]) < 9);
}

/* Printable ASCII but '='. */
static bool variable_name(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < ' ' || s.p[i] > '~' || s.p[i] == '=')
			return false;
	return s.n > 0;
}

static bool without_colon(struct str s)
{
	return s.n > 0 && str_find(s, ':') == s.n;
}

static bool is_page_size(struct str s)
{
	size_t at = 0;

	while (at < s.n && is_digit(s.p[at]))
		at++;
	return at && at + 2 == s.n && str_find(str_of("KMGT"), s.p[at]) < 4 && s.p[at + 1] == 'i';
}

/* cpu, memory, ephemeral-storage, hugepages of a size, or the name of another with one slash. */
static bool container_resource(struct str s)
{
	size_t slash = str_find(s, '/');

	if (slash < s.n)
		return slash > 0 && slash + 1 < s.n &&
		       str_find(str_cut(s, slash + 1, s.n), '/') + slash + 1 == s.n;
	return str_is(s, "cpu") || str_is(s, "memory") || str_is(s, "ephemeral-storage") ||
	       (str_starts(s, "hugepages-") && is_page_size(str_cut(s, strlen("hugepages-"), s.n)));
}

static bool without_blank_before(struct str s)
{
	return s.n > 0 && s.p[0] != ' ';
}

static const struct {
	const char *text;
	bool (*match)(struct str s);
} frequent[] = {
	{ "^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?"
	  "[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$",
	  label_key },
	{ "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", dns_label },
	{ "^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$", label_value },
	{ "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$", dns_name },
	{ "^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|"
	  "([eE](\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))))?$",
	  quantity },
	{ "^[+-]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)(([KMGTPE]i)|[numkMGTPE]|"
	  "([eE][+-]?[0-9]+))?$",
	  quantity },
	{ "^[-._a-zA-Z0-9]+$", data_key },
	{ "^[ -<>-~]+$", variable_name },
	{ "^[^:]+$", without_colon },
	{ "^[^ ].*$", without_blank_before },
	{ "^(cpu|memory|ephemeral-storage|hugepages-[0-9]+[KMGT]i|[^/]+/[^/]+)$",
	  container_resource },
	{ "^(?=.{1,15}$)(?=.*[a-z])[a-z0-9]+(-[a-z0-9]+)*$", port_name },
};

bool (*ere_frequent(const char *text))(struct str)
{
	for (size_t i = 0; i < sizeof(frequent) / sizeof(*frequent); i++)
		if (str_is(str_of(text), frequent[i].text))
			return frequent[i].match;
	return NULL;
}
