/* SPDX-License-Identifier: Apache-2.0 */
/* test_agent_config.c: the patch that brings Patroni's configuration to the orders. */
#include "agent_fixture.h"
#include "decide/config.h"
#include "world/schemas.h"

static const struct {
	const char *want, *has, *patch; /* patch "": nothing differs */
} rows[] = {
	{ "{\"ttl\":30}", "{\"ttl\":30}", "" },
	{ "{\"ttl\":30}", "{\"ttl\":20}", "{\"ttl\":30}" },
	{ "{\"ttl\":30}", "{}", "{\"ttl\":30}" },
	/* Patroni compares as texts and would go on to have the number: nothing to be sent again
	 * and again */
	{ "{\"postgresql\":{\"parameters\":{\"work_mem\":\"4MB\",\"max_connections\":\"200\"}}}",
	  "{\"postgresql\":{\"parameters\":{\"work_mem\":\"4MB\",\"max_connections\":200}}}", "" },
	{ "{\"postgresql\":{\"parameters\":{\"max_connections\":\"200\"}}}",
	  "{\"postgresql\":{\"parameters\":{\"max_connections\":100}}}",
	  "{\"postgresql\":{\"parameters\":{\"max_connections\":\"200\"}}}" },
	/* a parameter that is ordered no more goes */
	{ "{\"postgresql\":{\"parameters\":{\"work_mem\":\"4MB\"}}}",
	  "{\"postgresql\":{\"parameters\":{\"work_mem\":\"4MB\",\"jit\":\"off\"}}}",
	  "{\"postgresql\":{\"parameters\":{\"jit\":null}}}" },
	/* what else stands in Patroni's section is not ours */
	{ "{\"postgresql\":{\"use_slots\":true}}",
	  "{\"postgresql\":{\"use_slots\":true,\"pg_hba\":[\"x\"]}}", "" },
	{ "{\"postgresql\":{\"use_slots\":true}}", "{}", "{\"postgresql\":{\"use_slots\":true}}" },
	/* a key of the list goes, pause and what we do not know stay */
	{ "{\"ttl\":30}",
	  "{\"ttl\":30,\"standby_cluster\":{\"host\":\"a\"},\"pause\":true,\"x\":1}",
	  "{\"standby_cluster\":null}" },
	/* how a cluster follows an archive was laid down by Spilo: without it Patroni would promote
	 */
	{ "{\"standby_cluster\":{}}",
	  "{\"standby_cluster\":{\"restore_command\":\"x\",\"create_replica_methods\":[\"a\"]}}",
	  "" },
	{ "{\"standby_cluster\":{\"host\":\"a\",\"port\":5432}}",
	  "{\"standby_cluster\":{\"host\":\"b\",\"port\":5432,\"restore_command\":\"x\"}}",
	  "{\"standby_cluster\":{\"host\":\"a\"}}" },
	{ "{}", "{\"standby_cluster\":{\"restore_command\":\"x\"}}", "{\"standby_cluster\":null}" },
	{ "{\"slots\":{\"a\":{\"type\":\"physical\"}}}",
	  "{\"slots\":{\"b\":{\"type\":\"physical\"},\"a\":{\"type\":\"physical\"}}}",
	  "{\"slots\":{\"b\":null}}" },
	{ "{\"slots\":{\"a\":{\"type\":\"logical\",\"plugin\":\"pgoutput\"}}}",
	  "{\"slots\":{\"a\":{\"type\":\"physical\"}}}",
	  "{\"slots\":{\"a\":{\"plugin\":\"pgoutput\",\"type\":\"logical\"}}}" },
	/* a value of another kind is replaced whole */
	{ "{\"slots\":{\"a\":{\"type\":\"physical\"}}}", "{\"slots\":7}",
	  "{\"slots\":{\"a\":{\"type\":\"physical\"}}}" },
	{ "{\"synchronous_mode\":\"on\"}", "{\"synchronous_mode\":true}",
	  "{\"synchronous_mode\":\"on\"}" },
};

/* Every key of the orders' dynamic configuration is ours to delete, but pause and the parts of
 * postgresql. */
static void keys(struct arena *a)
{
	struct schema_set *set = schemas_embedded(a, diags_new(a));
	const struct schema_kind *kind = schema_find(set, str_of("AgentConfig"));
	const struct schema *s = schema_at(kind->root, str_of("spec.patroni.dynamic"));

	CHECK(s && s->n_props > 10);
	for (size_t i = 0; s && i < s->n_props; i++) {
		struct str key = s->props[i].key;
		const struct node *has = world_json(a, arena_fmt(a, "{\"%s\":1}", key.p).p);
		const struct node *patch = config_patch(a, world_json(a, "{}"), has);
		bool kept = str_is(key, "pause") || str_is(key, "postgresql");

		if (!CHECK(!patch == kept))
			(void)printf("#  %s\n", key.p);
	}
	schema_set_release(set);
}

int main(void)
{
	struct arena *a = arena_new();

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct node *patch =
		    config_patch(a, world_json(a, rows[i].want), world_json(a, rows[i].has));
		const char *text = world_text(a, patch);

		if (!CHECK(str_is(str_of(text), rows[i].patch)))
			(void)printf("#  row %zu: %s\n", i, text);
	}
	keys(a);
	arena_free(a);
	return check_done("agent_config");
}
