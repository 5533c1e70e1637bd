/* SPDX-License-Identifier: Apache-2.0 */
/* path.c: which paths may be written: names that mean the same on every system and in Git. */
#include "out/out.h"

enum { PARTS = 8, PATH_BYTES = 240, DIR_BYTES = 63, FILE_BYTES = 128 };

static bool is_edge(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* Letters, digits, '.', '_', '-'; an edge at both ends; never "..". */
static bool is_spelt(struct str part)
{
	if (part.n == 0 || !is_edge(part.p[0]) || !is_edge(part.p[part.n - 1]))
		return false;
	for (size_t i = 0; i < part.n; i++) {
		char c = part.p[i];

		if (!is_edge(c) && c != '.' && c != '_' && c != '-')
			return false;
		if (c == '.' && part.p[i + 1] == '.')
			return false;
	}
	return true;
}

/* A name that Windows keeps for a device, with or without an extension. */
static bool is_device(struct str part)
{
	static const char *const names[] = { "con", "prn", "aux", "nul" };
	struct str stem = str_cut(part, 0, str_find(part, '.'));

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (str_is(stem, names[i]))
			return true;
	return stem.n == 4 && (str_starts(stem, "com") || str_starts(stem, "lpt")) &&
	       stem.p[3] >= '1' && stem.p[3] <= '9';
}

static bool has_extension(struct str file)
{
	static const char *const known[] = { ".yaml", ".json", ".lua", ".md", ".txt" };

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (str_ends(file, known[i]) && file.n > strlen(known[i]))
			return true;
	return str_is(file, "howdah.lock") || str_is(file, "howdah.index");
}

int out_path(struct str path, bool file, struct err *err)
{
	size_t parts = 0;

	if (path.n == 0 || path.n > PATH_BYTES)
		return err_kind_set(err, ERR_INPUT,
				    "'%.*s' is no path for output: 1 to %d bytes are",
				    (int)(path.n < 100 ? path.n : 100), path.p, PATH_BYTES);
	for (size_t at = 0; at <= path.n; parts++) {
		struct str rest = str_cut(path, at, path.n);
		struct str part = str_cut(rest, 0, str_find(rest, '/'));
		bool last = at + part.n == path.n;

		if (!is_spelt(part) || part.n > (last && file ? FILE_BYTES : DIR_BYTES))
			return err_kind_set(
			    err, ERR_INPUT,
			    "'%.*s' is no path for output: its parts are lower-case letters, "
			    "digits, '.', '_' and '-', at most %d bytes",
			    (int)path.n, path.p, last && file ? FILE_BYTES : DIR_BYTES);
		if (is_device(part))
			return err_kind_set(
			    err, ERR_INPUT,
			    "'%.*s' is no path for output: Windows keeps the name for a device",
			    (int)path.n, path.p);
		if (last && file && !has_extension(part))
			return err_kind_set(
			    err, ERR_INPUT,
			    "'%.*s' is no file for output: its extension is unknown", (int)path.n,
			    path.p);
		at += part.n + 1;
	}
	return parts <= PARTS ? 0
			      : err_kind_set(err, ERR_INPUT,
					     "'%.*s' is no path for output: at most %d parts are",
					     (int)path.n, path.p, PARTS);
}
