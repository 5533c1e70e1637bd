/* SPDX-License-Identifier: Apache-2.0 */
/* Units to be written, for the tests of both kinds of output. */
#ifndef TESTS_UNIT_OUT_FIXTURE_H
#define TESTS_UNIT_OUT_FIXTURE_H

#include "out/out.h"

/* A unit at path with n files; each file's text names the version once in `every` files, so that
 * versions share the others. */
static inline struct out_unit *fixture(struct arena *a, const char *path, size_t n, int version)
{
	struct out_unit *u = NEW(a, struct out_unit);

	u->path = arena_str(a, str_of(path));
	u->owner = u->path;
	u->input = digest_of(arena_fmt(a, "%s at %d", path, version));
	u->exports = arena_fmt(a, "version: %d\n", version);
	u->files = NEW_ARRAY(a, n, struct out_file);
	for (u->n = 0; u->n < n; u->n++) {
		u->files[u->n].name = arena_fmt(a, "configmap-%zu.yaml", n - u->n);
		u->files[u->n].bytes = arena_fmt(a, "path: %s\nfile: %zu\nversion: %d\n", path,
						 u->n, u->n % 3 ? 0 : version);
	}
	return u;
}

/* The units of a plan. */
struct fixture_plan {
	struct out_unit *units[64];
	size_t n;
	struct out_loose loose[4];
	size_t n_loose;
	const struct git_commit_facts *source;
};

/* Opens target, puts the units of plan (those not to be removed), publishes. 0, or -1. */
static inline int fixture_emit(const struct out_target *target, struct fixture_plan *plan,
			       struct out_result *result, struct err *err)
{
	struct arena *a = arena_new();
	struct out *o = NULL;
	int rc = out_open(&o, target, err);

	if (rc == 0) {
		struct out_worker *w[2] = { out_worker_new(o), out_worker_new(o) };

		for (size_t i = 0; rc == 0 && i < plan->n; i++) {
			struct prev_unit prev;
			int there = prev_read(out_previous(o), plan->units[i]->path, a, &prev, err);
			struct prev_findings found;

			rc = there < 0 ? -1
				       : prev_check(out_previous(o), &prev,
						    &(struct prev_room){ a, NULL }, &found, err);
			if (rc == 0 && plan->units[i]->state != OUT_REMOVED)
				rc = out_put(w[i % 2], plan->units[i], there ? &prev : NULL, err);
		}
	}
	if (rc == 0) {
		struct out_plan p = { plan->units, plan->n, plan->loose, plan->n_loose,
				      plan->source };

		rc = out_publish(o, &p, result, err);
	}
	out_close(o);
	arena_free(a);
	return rc;
}

#endif
