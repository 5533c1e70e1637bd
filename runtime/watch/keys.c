/* SPDX-License-Identifier: Apache-2.0 */
/* keys.c: which files are missing in the folders of the cluster's Secrets. */
#include "facts/keys.h"

#include "ground/mounted.h"
#include "ground/paths.h"
#include "watch/watch.h"

/* Nothing, or nothing in it. */
static bool is_missing(struct arena *a, struct str purpose, struct str key)
{
	return mounted_mark(arena_fmt(a, PATH_SECRETS "/%s/%s", purpose.p, key.p).p).size == 0;
}

static void look_at(struct look *look, const struct node *shell, struct fact_keys *fact)
{
	struct str purpose = node_text(shell, "purpose"), secret = node_text(shell, "secret");
	bool waits = str_is(node_text(shell, "fill"), "wait");

	for (const struct node *k = node_at(shell, "keys")->kids; k; k = k->next) {
		struct str key = node_text(k, "name");

		if (!is_missing(look->arena, purpose, key))
			continue;
		fact->gone = fact->gone || !waits;
		if (str_is(purpose, "backup-key"))
			fact->backup_key = arena_str(look->arena, secret);
		if (waits)
			fact->awaited = arena_fmt(look->arena, "%s%s%s/%s", fact->awaited.p,
						  fact->awaited.n ? ", " : "", secret.p, key.p);
	}
}

static void start(struct look *look)
{
	const struct node *shells = orders_at(look->hands->orders, "shells");
	struct fact_keys *fact = NEW(look->arena, struct fact_keys);

	fact->awaited = fact->backup_key = str_of("");
	for (const struct node *s = shells ? shells->kids : NULL; s; s = s->next)
		look_at(look, s, fact);
	look_done(look, fact);
}

const struct observer watch_keys = {
	.fact = FACT_keys,
	.size = sizeof(struct fact_keys),
	.every_ms = 20000,
	.ms = 5000,
	.start = start,
};
