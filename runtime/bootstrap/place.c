/* SPDX-License-Identifier: Apache-2.0 */
/* place.c: what Spilo, the agent and the exporter find in memory when they start. */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "bootstrap/boot.h"
#include "ground/mounted.h"
#include "ground/paths.h"
#include "provision/shell.h"
#include "report/fields.h"
#include "tls/cert.h"

enum { FILE_MOST = 256 * 1024 };

static struct str file_text(const struct boot *b, const char *path)
{
	struct str text = str_of("");
	struct err err = { 0 };

	return mounted_read(b->arena, boot_path(b, path), FILE_MOST, &text, &err) == 1 ? text
										       : str_of("");
}

/* The cluster's own authority has a file of its own; one of the platform is known by what its
 * issuer puts beside the server's certificate. */
struct str boot_bundle(const struct boot *b, struct str have)
{
	struct str texts[2] = { have, file_text(b, PATH_AUTHORITY) };
	struct buf out = { 0 };

	if (texts[1].n == 0)
		texts[1] = file_text(b, PATH_SERVER "/ca.crt");
	(void)cert_bundle(&out, texts, 2, clock_now().wall);
	return buf_take(&out, b->arena);
}

void boot_trust(struct boot *b)
{
	struct fields data = { b->arena, { 0 } }, patch = { b->arena, { 0 } };
	struct str name = orders_text(b->orders, "objects.trust");
	struct boot_answer w;

	fields_text(&data, "ca.crt", b->bundle);
	fields_seen(&patch, b->trust);
	fields_node(&patch, "data", fields_map(&data));
	w = boot_ask(b, "PATCH", boot_object(b, "configmaps", name), fields_map(&patch));
	b->facts.trusted = w.outcome == API_FINE;
	if (w.outcome != API_FINE) {
		b->facts.failed = BOOT_TryAgain;
		b->facts.detail =
		    arena_fmt(b->arena, "ConfigMap %.*s: %s", (int)name.n, name.p, w.message.p);
	}
}

/* Makes the folder of path and those above it. */
static void make_folders(struct arena *a, const char *path, mode_t mode)
{
	struct str p = str_of(path);

	for (size_t i = 1; i <= p.n; i++)
		if (i == p.n || p.p[i] == '/')
			(void)mkdir(arena_fmt(a, "%.*s", (int)i, path).p, mode);
}

/* Writes a file. Whether it is there now; when not, the facts say why. */
static bool put(struct boot *b, const char *path, struct str text, unsigned mode)
{
	struct err err = { 0 };

	if (mounted_replace(boot_path(b, path), text, mode, &err) == 0)
		return true;
	b->facts.failed = BOOT_DiskRefuses;
	b->facts.detail = arena_fmt(b->arena, "%s", err.text);
	return false;
}

/* Passwords that Patroni reads when it starts: who loses their Secret can put them back. */
static bool put_copies(struct boot *b, bool local)
{
	const struct node *shell;

	for (size_t i = 0; (shell = boot_shell_at(b, i)) != NULL; i++) {
		if (!str_is(node_text(shell, "purpose"), "system"))
			continue;
		node_each(k, node_at(shell, "keys"))
		{
			struct str name = node_text(k, "name");
			struct str value = boot_value(b, "system", name.p, local);

			if (!shell_may_make(k) && value.n > 0 &&
			    !put(b, arena_fmt(b->arena, PATH_KEYS "/%s", name.p).p, value, 0400))
				return false;
		}
	}
	return true;
}

static bool put_keys(struct boot *b, bool local)
{
	struct str key = boot_value(b, "backup-key", "key", local),
		   source = boot_value(b, "source-key", "key", local),
		   password = boot_value(b, "exporter", "password", local);

	make_folders(b->arena, boot_path(b, PATH_KEYS), 0755);
	make_folders(b->arena, boot_path(b, PATH_EXPORTER), 0755);
	return put_copies(b, local) && (key.n == 0 || put(b, PATH_BACKUP_KEY, key, 0400)) &&
	       (source.n == 0 || put(b, PATH_SOURCE_KEY, source, 0400)) &&
	       /* the exporter is another user of the same group */
	       (password.n == 0 || put(b, PATH_EXPORTER "/password", password, 0440));
}

static bool is_name(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!((s.p[i] >= 'A' && s.p[i] <= 'Z') || (s.p[i] >= '0' && s.p[i] <= '9') ||
		      s.p[i] == '_'))
			return false;
	return s.n > 0;
}

static bool put_variable(struct boot *b, const char *folder, struct str name, struct str value)
{
	struct str path = arena_fmt(b->arena, "%s/%.*s", folder, (int)name.n, name.p);

	if (is_name(name))
		return put(b, path.p, value, 0644);
	b->facts.failed = BOOT_DiskRefuses;
	b->facts.detail =
	    arena_fmt(b->arena, "'%.*s' is no name of a variable", (int)name.n, name.p);
	return false;
}

/* What the orders at this path say of the environment of one archive. */
static bool put_environment(struct boot *b, const char *at, const char *folder)
{
	const struct node *orders = orders_at(b->orders, at), *set = node_at(orders, "envdir"),
			  *inherited = node_at(orders, "inherited");

	if (!set && !inherited)
		return true;
	make_folders(b->arena, boot_path(b, folder), 0755);
	if (set)
		node_each(v, set) if (!put_variable(b, folder, v->key, v->text)) return false;
	if (!inherited)
		return true;
	node_each(v, inherited)
	{
		const char *value =
		    getenv(arena_fmt(b->arena, "%.*s", (int)v->text.n, v->text.p).p);

		if (value && *value && !put_variable(b, folder, v->text, str_of(value)))
			return false;
	}
	return true;
}

/* Spilo leaves files that are there, so ours are first. An empty file unsets its variable. Each
 * archive has a folder, and nothing else of the container reaches those who read there. */
static bool put_environments(struct boot *b)
{
	return put_environment(b, "archive", PATH_ENVDIR) &&
	       put_environment(b, "life.restore", PATH_ENVDIR_CLONE) &&
	       put_environment(b, "life.standby", PATH_ENVDIR_STANDBY);
}

/* The program that the members' container runs before it ends; its image has none of ours. */
extern const char handover_program[], handover_program_end[];

static bool put_programs(struct boot *b)
{
	struct str handover = { handover_program,
				(uintptr_t)handover_program_end - (uintptr_t)handover_program };

	make_folders(b->arena, boot_path(b, PATH_PROGRAMS), 0755);
	return put(b, PATH_HANDOVER, handover, 0755);
}

void boot_place(struct boot *b, bool local)
{
	struct str bundle = local ? boot_bundle(b, file_text(b, PATH_TRUST_BUNDLE)) : b->bundle;

	/* without any authority there is none to trust, and nobody could connect */
	if (bundle.n == 0) {
		b->facts.failed = BOOT_NoAuthority;
		return;
	}
	b->facts.placed = put_keys(b, local) && put(b, PATH_TRUST, bundle, 0644) &&
			  put_environments(b) && put_programs(b);
}
