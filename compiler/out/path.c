/* SPDX-License-Identifier: Apache-2.0 */
/* path.c: which paths may be written: names that mean the same on every system and in Git. */
#include "out/path.h"

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
	enum { LONGEST = 4 };
	struct str stem = str_cut(part, 0, 0);

	while (stem.n < part.n && part.p[stem.n] != '.')
		if (stem.n++ == LONGEST)
			return false;
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

/* Why this part, the last of a file's path or not, may not be written, or NULL. */
static const char *fault_of(struct str part, bool file)
{
	if (!is_spelt(part))
		return "its parts are lower-case letters, digits, '.', '_' and '-', and begin and "
		       "end in "
		       "a letter or digit";
	if (part.n > (file ? FILE_BYTES : DIR_BYTES))
		return file ? "its name has more than 128 bytes" : "a part has more than 63 bytes";
	if (is_device(part))
		return "Windows keeps the name for a device";
	return file && !has_extension(part) ? "its extension is unknown" : NULL;
}

const char *out_path_fault(struct str path, bool file)
{
	size_t parts = 0;

	if (path.n == 0 || path.n > PATH_BYTES)
		return "it has 1 to 240 bytes";
	for (size_t at = 0; at <= path.n; parts++) {
		struct str rest = str_cut(path, at, path.n);
		struct str part = str_cut(rest, 0, str_find(rest, '/'));
		const char *fault = fault_of(part, file && at + part.n == path.n);

		if (fault)
			return fault;
		at += part.n + 1;
	}
	return parts <= PARTS ? NULL : "it has at most 8 parts";
}

int out_path(struct str path, bool file, struct err *err)
{
	const char *fault = out_path_fault(path, file);

	return fault ? err_kind_set(err, ERR_INPUT, "'%.*s' is no path for output: %s",
				    (int)(path.n < PATH_BYTES ? path.n : PATH_BYTES), path.p, fault)
		     : 0;
}
