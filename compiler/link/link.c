/* SPDX-License-Identifier: Apache-2.0 */
/* link.c: the table of proofs, in the order in which they run. */
#include "link/link.h"

#include "kube/kube.h"
#include "link/checks.h"
#include "schema/check.h"

/* The spec of our own kinds validates against the schema that intents do; their metadata is wider
 * than an intent's. */
static void check_record(const struct link_input *in, const struct node *object)
{
	const struct schema_kind *kind = schema_find(in->world->schemas, node_text(object, "kind"));

	if (kind && kind->spec && node_at(object, "spec"))
		(void)schema_check(in->arena, in->diags, kind->spec, node_at(object, "spec"),
				   SCHEMA_WHOLE);
	else
		diag_error(in->diags, MSG_object_invalid, object->pos, "'%s' is no kind of howdah",
			   node_text(object, "kind").p);
}

static void check_schema(const struct link_input *in, const struct link_check *self)
{
	(void)self;
	for (size_t i = 0; i < in->n; i++) {
		struct str version = node_text(in->objects[i], "apiVersion");

		if (str_starts(version, "howdah.dev/"))
			check_record(in, in->objects[i]);
		else
			(void)kube_validate(in->world->kube, in->objects[i], in->arena, in->diags);
	}
}

static const struct link_check table[] = {
	{ "schema", "every object validates strictly",
	  "each object has the fields, types, value sets and ranges of its kind, so that no API "
	  "server refuses it",
	  check_schema },
	{ "pod-objects", "Secrets and ConfigMaps of pods exist",
	  "a pod never waits for a Secret or ConfigMap that nothing makes", check_pod_objects },
	{ "pod-keys", "keys of ConfigMaps exist",
	  "a pod never fails on a key that its ConfigMap lacks", check_pod_keys },
	{ "mounts", "mounts name volumes of their pod",
	  "no StatefulSet is refused for a mount without a volume", check_mounts },
	{ "accounts", "ServiceAccounts exist",
	  "no pod is refused, and no right given, for an account that nothing makes",
	  check_accounts },
	{ "objects", "Roles, Services, Issuers, scale targets exist",
	  "bindings grant what they say, StatefulSets have their DNS names, Certificates their "
	  "issuer",
	  check_objects },
	{ "storage", "storage classes are declared and claims fit",
	  "claims are made of classes that the destination has, and StatefulSets adopt them",
	  check_storage },
	{ "ports", "ports of Services, probes and monitors exist",
	  "no Service, probe or scrape points to a port that no container opens", check_ports },
	{ "selectors", "selectors match the pods meant",
	  "no Service, policy, budget or monitor is without pods, and no workload takes the pods "
	  "of another",
	  check_selectors },
	{ "env", "variables are known to the image",
	  "no variable is ignored in silence, missing, or read in another way than it was meant",
	  check_env },
	{ "names", "names fit in their longest form",
	  "no derived name (pod, Job, label) exceeds what Kubernetes takes", check_names },
};

void link_check(const struct link_input *in)
{
	for (size_t i = 0; link_row(i); i++)
		table[i].run(in, &table[i]);
}

const struct link_check *link_row(size_t i)
{
	return i < sizeof(table) / sizeof(*table) ? &table[i] : NULL;
}
