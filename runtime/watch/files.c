/* SPDX-License-Identifier: Apache-2.0 */
/* files.c: the mounted files that PostgreSQL and Patroni read at a reload. */
#include "facts/files.h"

#include <string.h>

#include "base/digest.h"
#include "ground/mounted.h"
#include "ground/paths.h"
#include "ground/plain.h"
#include "watch/watch.h"

enum { FILE_MOST = 256 * 1024 };

static const struct {
	const char *name, *folder;
} folders[] = {
	{ "server", PATH_SERVER },
	{ "postgres", PATH_SUPERUSER },
	{ "standby", PATH_REPLICATION },
};

enum { FOLDERS = sizeof(folders) / sizeof(*folders) };

/* The text of the file, "" when it is not there or cannot be read. */
static struct str text_of(struct arena *a, const char *path)
{
	struct err err = { 0 };
	struct str text = str_of("");

	return mounted_read(a, path, FILE_MOST, &text, &err) == 1 ? text : str_of("");
}

static void judge(struct arena *a, struct fact_cert *c, struct str trust, int64_t wall)
{
	/* the key stays in an arena of its own, that ends here */
	struct arena *own = arena_new();
	struct str chain = text_of(own, arena_fmt(own, "%s/tls.crt", c->folder.p).p);
	struct str key = text_of(own, arena_fmt(own, "%s/tls.key", c->folder.p).p);
	const char *why = cert_judge(a, &(struct cert_files){ chain, key, trust }, wall, &c->cert);

	c->problem = str_of(why ? why : "");
	plain_wipe(key);
	arena_free(own);
}

static void newest(int64_t *changed, const char *path)
{
	int64_t at = mounted_mark(path).changed_ns / 1000000000;

	if (at > *changed)
		*changed = at;
}

/* The kubelet writes a file, and makes it the one that is read by a link of the folder later. */
static void newest_mounted(struct arena *a, int64_t *changed, const char *path)
{
	const char *name = strrchr(path, '/');

	newest(changed, path);
	newest(changed, arena_fmt(a, "%.*s", (int)(name - path), path).p);
}

static struct str digest_text(struct arena *a, struct str text)
{
	struct digest d = digest_of(text);

	return text.n > 0 ? digest_hex(a, &d) : str_of("");
}

static struct str bundle_of(struct arena *a, const struct str *texts, size_t n, size_t *count)
{
	struct buf out = { 0 };

	*count = cert_bundle(&out, texts, n, clock_now().wall);
	return buf_take(&out, a);
}

/* The cluster's own authority, and what bundles would be with it. */
static void look_authority(struct arena *a, struct fact_files *fact)
{
	const struct str texts[] = { fact->bundle, text_of(a, PATH_AUTHORITY) };
	size_t n;

	fact->authority.serial = str_of("");
	fact->trust_all = bundle_of(a, texts, 2, &fact->authorities);
	if (texts[1].n == 0 || cert_read(a, texts[1], &fact->authority))
		return;
	fact->trust_last = bundle_of(a, texts + 1, 1, &n);
}

static void start(struct look *look)
{
	struct arena *a = look->arena;
	struct fact_files *fact = NEW(a, struct fact_files);
	struct fact_cert *certs = NEW_ARRAY(a, FOLDERS, struct fact_cert);
	int64_t wall = clock_now().wall;

	fact->trust = text_of(a, PATH_TRUST_BUNDLE);
	for (size_t i = 0; i < FOLDERS; i++) {
		certs[i].name = str_of(folders[i].name);
		certs[i].folder = str_of(folders[i].folder);
		certs[i].cert.serial = str_of("");
		judge(a, &certs[i], fact->trust, wall);
	}
	fact->certs = certs;
	fact->n_certs = FOLDERS;
	fact->hba_digest = digest_text(a, text_of(a, PATH_HBA));
	fact->trust_digest = digest_text(a, fact->trust);
	fact->bundle = fact->trust.n > 0 ? fact->trust : text_of(a, PATH_TRUST);
	look_authority(a, fact);
	fact->trust_stale = fact->trust.n > 0 && !str_eq(fact->trust, text_of(a, PATH_TRUST));
	newest_mounted(a, &fact->changed, PATH_HBA);
	newest(&fact->changed, PATH_TRUST);
	newest_mounted(a, &fact->changed, PATH_SERVER "/tls.crt");
	look_done(look, fact);
}

const struct observer watch_files = {
	.fact = FACT_files,
	.size = sizeof(struct fact_files),
	.every_ms = 5000,
	.ms = 5000,
	.start = start,
};
