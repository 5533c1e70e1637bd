/* SPDX-License-Identifier: Apache-2.0 */
/* archive.c: archives are written by one scope each, and never by who reads them. */
#include "link/archive.h"

#include "link/checks.h"
#include "link/objects.h"

static struct str variable(struct arena *a, const struct node *env, const char *family,
			   const char *name)
{
	struct str wanted = arena_fmt(a, "%s%s", family, name);

	for (const struct node *e = link_first(env); e; e = e->next)
		if (str_eq(node_text(e, "name"), wanted))
			return node_text(e, "value");
	return (struct str){ "", 0 };
}

/* "/wal/17" at the end of a prefix is the major version's part. */
static struct str without_major(struct arena *a, struct str url)
{
	for (size_t i = url.n; i > 5; i--)
		if (str_starts(str_cut(url, i - 5, url.n), "/wal/"))
			return arena_str(a, str_cut(url, 0, i - 5));
	return url;
}

struct str archive_of(struct arena *a, const struct node *env, const char *family)
{
	static const char *const whole[] = { "WALG_S3_PREFIX", "WALG_GS_PREFIX", "WALG_AZ_PREFIX" };
	static const char *const buckets[][2] = { { "WAL_S3_BUCKET", "s3" },
						  { "WAL_GS_BUCKET", "gs" } };

	for (size_t i = 0; i < 2; i++) {
		struct str bucket = variable(a, env, family, buckets[i][0]);

		if (bucket.n)
			return arena_fmt(a, "%s://%s/spilo/%s%s%s", buckets[i][1], bucket.p,
					 variable(a, env, family, "WAL_BUCKET_SCOPE_PREFIX").p,
					 variable(a, env, family, "SCOPE").p,
					 variable(a, env, family, "WAL_BUCKET_SCOPE_SUFFIX").p);
	}
	for (size_t i = 0; i < 3; i++) {
		struct str url = variable(a, env, family, whole[i]);

		if (url.n)
			return without_major(a, url);
	}
	return (struct str){ "", 0 };
}

/* What one member writes, and under which scope. */
struct written {
	struct str archive, scope;
};

static void reads_own(const struct link_input *in, const struct link_check *self,
		      const struct link_container *c, struct str own)
{
	static const char *const families[] = { "CLONE_", "STANDBY_" };

	for (size_t i = 0; own.n && i < 2; i++)
		if (str_eq(archive_of(in->arena, node_at(c->node, "env"), families[i]), own))
			link_report(in, self, c->node, "%s reads the archive that it writes: %s",
				    link_name(in, c->pod->owner).p, own.p);
}

void check_archive(const struct link_input *in, const struct link_check *self)
{
	struct written *all = NEW_ARRAY(in->arena, in->index->n_containers + 1, struct written);
	size_t n = 0;

	for (size_t i = 0; i < in->index->n_containers; i++) {
		const struct link_container *c = &in->index->containers[i];
		const struct node *env = node_at(c->node, "env");
		struct written w = { { "", 0 }, { "", 0 } };

		if (!link_is_spilo(in, c))
			continue;
		w.archive = archive_of(in->arena, env, "");
		w.scope = variable(in->arena, env, "", "SCOPE");
		reads_own(in, self, c, w.archive);
		for (size_t k = 0; w.archive.n && k < n; k++)
			if (str_eq(all[k].archive, w.archive) && !str_eq(all[k].scope, w.scope))
				link_report(in, self, c->node,
					    "scopes '%s' and '%s' both write to archive %s",
					    all[k].scope.p, w.scope.p, w.archive.p);
		all[n++] = w;
	}
}
