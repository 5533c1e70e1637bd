/* SPDX-License-Identifier: Apache-2.0 */
/* lib_string.c: texts without patterns; every function pays for the bytes it touches. */
#include "lua/state.h"

#include <stdio.h>

static struct str text_arg(lua_State *L, int arg)
{
	struct str s;

	s.p = luaL_checklstring(L, arg, &s.n);
	return s;
}

/* A text argument that the function walks through. */
static struct str paid_arg(lua_State *L, int arg)
{
	struct str s = text_arg(L, arg);

	fuel_pay(L, s.n / FUEL_BYTES + 1);
	return s;
}

static void check_length(lua_State *L, size_t n)
{
	if (n > TEXT_MOST)
		(void)script_error(L, MSG_lua_memory, "makes a text of more than 256 KiB");
	fuel_pay(L, n / FUEL_BYTES + 1);
}

static struct buf *scratch(lua_State *L)
{
	struct buf *b = &worker_of(L)->scratch;

	b->n = 0;
	return b;
}

static int push_scratch(lua_State *L)
{
	struct buf *b = &worker_of(L)->scratch;

	check_length(L, b->n);
	lua_pushlstring(L, b->n ? b->p : "", b->n);
	return 1;
}

/* Position i of a text of n bytes: negative ones count from the end. */
static size_t place(lua_Integer i, size_t n, lua_Integer least)
{
	if (i < 0)
		i = i < -(lua_Integer)n ? 0 : (lua_Integer)n + i + 1;
	if (i < least)
		i = least;
	return i > (lua_Integer)n + 1 ? n + 1 : (size_t)i;
}

static int string_len(lua_State *L)
{
	lua_pushinteger(L, (lua_Integer)text_arg(L, 1).n);
	return 1;
}

static int string_sub(lua_State *L)
{
	struct str s = text_arg(L, 1);
	size_t from = place(luaL_checkinteger(L, 2), s.n, 1);
	size_t to = place(luaL_optinteger(L, 3, -1), s.n, 0);

	if (to > s.n)
		to = s.n;
	if (from > to) {
		lua_pushliteral(L, "");
		return 1;
	}
	check_length(L, to - from + 1);
	lua_pushlstring(L, s.p + from - 1, to - from + 1);
	return 1;
}

static int string_byte(lua_State *L)
{
	struct str s = text_arg(L, 1);
	lua_Integer i = luaL_optinteger(L, 2, 1);

	if (i < 0)
		i += (lua_Integer)s.n + 1;
	if (i < 1 || i > (lua_Integer)s.n)
		return 0;
	lua_pushinteger(L, (unsigned char)s.p[i - 1]);
	return 1;
}

static int string_char(lua_State *L)
{
	struct buf *b = scratch(L);
	int n = lua_gettop(L);

	for (int i = 1; i <= n; i++) {
		lua_Integer c = luaL_checkinteger(L, i);

		luaL_argcheck(L, c >= 0 && c <= 255, i, "not a byte");
		buf_char(b, (char)c);
	}
	return push_scratch(L);
}

static int string_rep(lua_State *L)
{
	struct str s = text_arg(L, 1), sep = { "", 0 };
	lua_Integer n = luaL_checkinteger(L, 2);
	struct buf *b = scratch(L);

	if (!lua_isnoneornil(L, 3))
		sep = text_arg(L, 3);
	if (n > 0 && s.n + sep.n > 0 && (size_t)n > TEXT_MOST / (s.n + sep.n) + 1)
		check_length(L, (size_t)TEXT_MOST + 1);
	for (lua_Integer i = 0; i < n && s.n + sep.n > 0; i++) {
		if (i)
			buf_str(b, sep);
		buf_str(b, s);
	}
	return push_scratch(L);
}

static int map_bytes(lua_State *L, unsigned char first, unsigned char last, int shift)
{
	struct str s = paid_arg(L, 1);
	struct buf *b = scratch(L);

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		int mapped = c >= first && c <= last ? c + shift : c;

		buf_char(b, (char)mapped);
	}
	return push_scratch(L);
}

/* ASCII letters only: the same in every locale. */
static int string_upper(lua_State *L)
{
	return map_bytes(L, 'a', 'z', 'A' - 'a');
}

static int string_lower(lua_State *L)
{
	return map_bytes(L, 'A', 'Z', 'a' - 'A');
}

static int string_starts_with(lua_State *L)
{
	struct str s = text_arg(L, 1), prefix = paid_arg(L, 2);

	lua_pushboolean(L, s.n >= prefix.n && str_eq(str_cut(s, 0, prefix.n), prefix));
	return 1;
}

static int string_ends_with(lua_State *L)
{
	struct str s = text_arg(L, 1), suffix = paid_arg(L, 2);

	lua_pushboolean(L, s.n >= suffix.n && str_eq(str_cut(s, s.n - suffix.n, s.n), suffix));
	return 1;
}

/* The offset of part in s at or behind from, or s.n + 1. Pays for what it compares. */
static size_t find(lua_State *L, struct str s, struct str part, size_t from)
{
	while (from + part.n <= s.n) {
		struct str rest = str_cut(s, from, s.n - (part.n ? part.n - 1 : 0));
		size_t skip = part.n ? str_find(rest, part.p[0]) : 0;

		fuel_pay(L, skip / FUEL_BYTES + part.n / FUEL_BYTES + 1);
		from += skip;
		if (from + part.n > s.n)
			break;
		if (str_eq(str_cut(s, from, from + part.n), part))
			return from;
		from++;
	}
	return s.n + 1;
}

static int string_find_plain(lua_State *L)
{
	struct str s = text_arg(L, 1), part = text_arg(L, 2);
	size_t from = place(luaL_optinteger(L, 3, 1), s.n, 1);
	size_t at = find(L, s, part, from - 1);

	if (at > s.n) {
		lua_pushnil(L);
		return 1;
	}
	lua_pushinteger(L, (lua_Integer)at + 1);
	lua_pushinteger(L, (lua_Integer)at + (lua_Integer)part.n);
	return 2;
}

static int string_split(lua_State *L)
{
	struct str s = text_arg(L, 1), sep = text_arg(L, 2);
	size_t from = 0;

	luaL_argcheck(L, sep.n > 0, 2, "a separator has at least one byte");
	lua_newtable(L);
	lua_rawgeti(L, LUA_REGISTRYINDEX, KEY_LIST_MARK);
	lua_setmetatable(L, -2);
	for (lua_Integer i = 1;; i++) {
		size_t at = find(L, s, sep, from);
		size_t end = at > s.n ? s.n : at;

		fuel_pay(L, (end - from) / FUEL_BYTES + 1);
		lua_pushlstring(L, s.p + from, end - from);
		lua_rawseti(L, -2, i);
		if (at > s.n)
			return 1;
		from = at + sep.n;
	}
}

static int string_replace(lua_State *L)
{
	struct str s = text_arg(L, 1), part = text_arg(L, 2), with = text_arg(L, 3);
	struct buf *b = scratch(L);
	size_t from = 0;

	luaL_argcheck(L, part.n > 0, 2, "the part to replace has at least one byte");
	for (;;) {
		size_t at = find(L, s, part, from);
		size_t end = at > s.n ? s.n : at;

		buf_put(b, s.p + from, end - from);
		if (at > s.n)
			return push_scratch(L);
		buf_str(b, with);
		check_length(L, b->n);
		from = at + part.n;
	}
}

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static int string_trim(lua_State *L)
{
	struct str s = paid_arg(L, 1);
	size_t from = 0, to = s.n;

	while (from < to && is_blank(s.p[from]))
		from++;
	while (to > from && is_blank(s.p[to - 1]))
		to--;
	lua_pushlstring(L, s.p + from, to - from);
	return 1;
}

/* One conversion of format: %, flags, width, then d x X s or %. */
struct conversion {
	bool left, zero;
	size_t width;
	char kind;
};

enum { WIDTH_MOST = 99 };

/* Reads the conversion behind the % at *i, which moves to its letter. */
static struct conversion read_conversion(struct str f, size_t *i)
{
	struct conversion c = { false, false, 0, '\0' };

	for (++*i; *i < f.n && (f.p[*i] == '-' || f.p[*i] == '0'); ++*i) {
		c.left = c.left || f.p[*i] == '-';
		c.zero = c.zero || f.p[*i] == '0';
	}
	for (; *i < f.n && f.p[*i] >= '0' && f.p[*i] <= '9' && c.width <= WIDTH_MOST; ++*i)
		c.width = c.width * 10 + (size_t)(f.p[*i] - '0');
	if (*i < f.n)
		c.kind = f.p[*i];
	return c;
}

static void put_padded(struct buf *b, const struct conversion *c, struct str text)
{
	size_t pad = c->width > text.n ? c->width - text.n : 0;
	bool minus = c->zero && text.n && text.p[0] == '-';

	if (c->left) {
		buf_str(b, text);
		buf_pad(b, pad);
		return;
	}
	if (minus) {
		buf_char(b, '-');
		text = str_cut(text, 1, text.n);
	}
	memset(buf_room(b, pad), c->zero ? '0' : ' ', pad);
	b->n += pad;
	buf_str(b, text);
}

enum { DIGITS_MOST = 32 };

static struct str integer_text(char digits[DIGITS_MOST], char kind, lua_Integer v)
{
	int n;

	if (kind == 'x')
		n = snprintf(digits, DIGITS_MOST, "%llx", (unsigned long long)v);
	else if (kind == 'X')
		n = snprintf(digits, DIGITS_MOST, "%llX", (unsigned long long)v);
	else
		n = snprintf(digits, DIGITS_MOST, "%lld", v);
	return (struct str){ digits, n > 0 ? (size_t)n : 0 };
}

static void put_argument(lua_State *L, struct buf *b, const struct conversion *c, int arg)
{
	char digits[DIGITS_MOST];
	int type = lua_type(L, arg);
	struct str text;

	if (c->kind == 's' && type == LUA_TBOOLEAN) {
		text = str_of(lua_toboolean(L, arg) ? "true" : "false");
	} else if (c->kind == 's' && type == LUA_TSTRING) {
		text = text_arg(L, arg);
	} else {
		text = integer_text(digits, c->kind, luaL_checkinteger(L, arg));
	}
	put_padded(b, c, text);
}

/* %d %x %X of integers, %s of texts, integers, booleans, %%; flags - and 0, width up to 99. */
static int string_format(lua_State *L)
{
	struct str f = paid_arg(L, 1);
	struct buf *b = scratch(L);
	int arg = 1;

	for (size_t i = 0; i < f.n; i++) {
		if (f.p[i] != '%') {
			buf_char(b, f.p[i]);
			continue;
		}

		struct conversion c = read_conversion(f, &i);

		if (c.kind == '%')
			buf_char(b, '%');
		else if (c.kind && strchr("dsxX", c.kind) && c.width <= WIDTH_MOST)
			put_argument(L, b, &c, ++arg);
		else
			return luaL_error(
			    L, "format: only %%d %%s %%x %%X %%%% with a width up to 99");
		check_length(L, b->n);
	}
	return push_scratch(L);
}

static const luaL_Reg functions[] = {
	{ "byte", string_byte },
	{ "char", string_char },
	{ "ends_with", string_ends_with },
	{ "find_plain", string_find_plain },
	{ "format", string_format },
	{ "len", string_len },
	{ "lower", string_lower },
	{ "rep", string_rep },
	{ "replace", string_replace },
	{ "split", string_split },
	{ "starts_with", string_starts_with },
	{ "sub", string_sub },
	{ "trim", string_trim },
	{ "upper", string_upper },
	{ NULL, NULL },
};

void lib_string(lua_State *L)
{
	luaL_setfuncs(L, functions, 0);
	lua_pushliteral(L, "");
	lua_newtable(L);
	lua_pushvalue(L, -3);
	lua_setfield(L, -2, "__index");
	lua_pushboolean(L, 0);
	lua_setfield(L, -2, "__metatable");
	lua_setmetatable(L, -2);
	lua_pop(L, 1);
}
