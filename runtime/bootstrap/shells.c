/* SPDX-License-Identifier: Apache-2.0 */
/* shells.c: Secrets that are empty in Git: what they lack, and what is made for them. */
#include "bootstrap/boot.h"
#include "crypto/random.h"
#include "ground/base64.h"
#include "ground/mounted.h"
#include "ground/paths.h"
#include "provision/shell.h"
#include "report/fields.h"

enum { FILE_MOST = 64 * 1024, KEY_DIGITS = 64 };

static struct str trimmed(struct str s)
{
	while (s.n > 0 && (s.p[s.n - 1] == '\n' || s.p[s.n - 1] == '\r' || s.p[s.n - 1] == ' '))
		s.n--;
	return s;
}

static struct str local_value(const struct boot *b, const struct node *shell, struct str key)
{
	struct str path = arena_fmt(b->arena, "%s" PATH_SECRETS "/%s/%.*s", b->root,
				    node_text(shell, "purpose").p, (int)key.n, key.p);
	struct str text = str_of("");
	struct err err = { 0 };

	return mounted_read(b->arena, path.p, FILE_MOST, &text, &err) == 1 ? text : str_of("");
}

static struct str value_of(const struct boot *b, size_t i, struct str key, bool local)
{
	struct str text = str_of("");

	if (local)
		return local_value(b, boot_shell_at(b, i), key);
	if (b->secrets && b->secrets[i]) {
		const struct node *n = node_get(node_at(b->secrets[i], "data"), key);

		if (n && n->kind == NODE_STR && !base64_read(b->arena, n->text, &text))
			return str_of("");
	}
	return text;
}

struct str boot_value(const struct boot *b, const char *purpose, const char *key, bool local)
{
	const struct node *shell;

	for (size_t i = 0; (shell = boot_shell_at(b, i)) != NULL; i++)
		if (str_is(node_text(shell, "purpose"), purpose))
			return trimmed(value_of(b, i, str_of(key), local));
	return str_of("");
}

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_usable(struct str content, struct str value)
{
	bool key = str_is(content, "libsodium-key");

	if (!key && !str_is(content, "password"))
		return true;
	value = key ? trimmed(value) : value;
	if (key && value.n != KEY_DIGITS)
		return false;
	for (size_t i = 0; i < value.n; i++)
		if (key ? !is_hex(value.p[i]) : !random_is_letter(value.p[i]))
			return false;
	return true;
}

struct shell_fact boot_shell(const struct boot *b, size_t i, bool local)
{
	const struct node *shell = boot_shell_at(b, i);
	struct str purpose = node_text(shell, "purpose");
	struct shell_fact s = { .secret = node_text(shell, "secret"), .wrong = str_of("") };

	s.fill = str_is(node_text(shell, "fill"), "bootstrap");
	s.needed = str_is(purpose, "system") || str_is(purpose, "backup-key");
	node_each(k, node_at(shell, "keys"))
	{
		struct str name = node_text(k, "name"), content = node_text(k, "content");
		struct str value = value_of(b, i, name, local);

		if (value.n == 0 && str_is(content, "libsodium-key"))
			s.lacks_key = true;
		else if (value.n == 0)
			s.lacks_text = true;
		else if (!is_usable(content, value))
			s.wrong = name;
	}
	return s;
}

/* One patch holds all of a Secret, and the version that it was decided on: of several pods that do
 * the same, one wins, and the others read what it made. */
void boot_fill(struct boot *b, size_t i)
{
	const struct node *shell = boot_shell_at(b, i);
	struct str secret = node_text(shell, "secret");
	const struct shell whole = { shell, node_at(b->secrets[i], "data"), true, NULL };
	struct fields patch = { b->arena, { 0 } };
	struct boot_answer w;

	fields_seen(&patch, b->secrets[i]);
	fields_node(&patch, "data", shell_fill(b->arena, &whole));
	w = boot_ask(b, "PATCH", boot_object(b, "secrets", secret), fields_map(&patch));
	if (w.outcome == API_FINE) {
		b->secrets[i] = w.body;
		b->shells[i] = boot_shell(b, i, false);
		return;
	}
	b->facts.failed = BOOT_TryAgain;
	b->facts.detail =
	    arena_fmt(b->arena, "Secret %.*s: %s", (int)secret.n, secret.p, w.message.p);
}
