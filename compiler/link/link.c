/* SPDX-License-Identifier: Apache-2.0 */
/* link.c: the table of proofs, in the order in which they run. */
#include "link/link.h"

#include "kube/kube.h"
#include "link/checks.h"
#include "link/forms.h"
#include "link/objects.h"
#include "schema/check.h"

/* The spec of our own kinds validates against the schema that intents do; their metadata is wider
 * than an intent's. The resolved spec itself, handed on as it is, was checked layer by layer. */
static void check_record(const struct link_input *in, const struct node *object)
{
	const struct schema_kind *kind = schema_find(in->world->schemas, node_text(object, "kind"));
	const struct node *resolved = node_at(in->facts, "spec"), *spec = node_at(object, "spec");

	if (kind && spec && resolved && spec->kind == NODE_MAP && spec->kids == resolved->kids)
		return;
	if (kind && kind->spec && node_at(object, "spec"))
		(void)schema_check(in->arena, in->diags, kind->spec, node_at(object, "spec"),
				   SCHEMA_WHOLE);
	else
		diag_error(in->diags, MSG_object_invalid, object->pos, "'%s' is no kind of howdah",
			   node_text(object, "kind").p);
}

/* Whether every object has the shape of its kind, so that the other checks find what they look for.
 */
static bool check_schema(const struct link_input *in)
{
	size_t misshapen = 0;

	for (size_t i = 0; i < in->n; i++) {
		struct str version = node_text(in->objects[i], "apiVersion");
		size_t errors = diags_errors(in->diags);

		if (str_starts(version, "howdah.dev/")) {
			check_record(in, in->objects[i]);
			misshapen += diags_errors(in->diags) - errors;
		} else {
			misshapen +=
			    kube_validate(in->world->kube, in->objects[i], in->arena, in->diags);
		}
	}
	return !misshapen;
}

static const struct link_check table[] = {
	{ "schema", "every object validates strictly",
	  "each object has the fields, types, value sets and ranges of its kind, so that no API "
	  "server refuses it",
	  NULL },
	{ "placement", "objects lie in namespaces of the cluster",
	  "nothing is written into a namespace that is neither the cluster's nor one it gives "
	  "access "
	  "to, and nothing is cluster-wide",
	  check_placement },
	{ "pod-objects", "Secrets and ConfigMaps that are named exist",
	  "a pod never waits for a Secret or ConfigMap that nothing makes and the platform does "
	  "not "
	  "declare",
	  check_pod_objects },
	{ "pod-keys", "keys of Secrets and ConfigMaps exist",
	  "a pod never fails on a key that is not filled in, issued or written", check_pod_keys },
	{ "mounts", "mounts name volumes of their pod, volumes are mounted",
	  "no StatefulSet is refused for a mount without a volume, and no volume is made for "
	  "nothing",
	  check_mounts },
	{ "accounts", "ServiceAccounts exist",
	  "no pod is refused, and no right given, for an account that nothing makes",
	  check_accounts },
	{ "objects", "Roles, Services, Issuers, scale targets, secret stores exist",
	  "bindings grant what they say, StatefulSets have DNS names, Certificates an issuer, "
	  "scalers "
	  "something to scale, outside Secrets a store that the destination declares",
	  check_objects },
	{ "storage", "storage classes are declared and claims are adopted",
	  "claims are of classes that the destination has, and each is what its StatefulSet would "
	  "make: same class and access modes, no smaller, none left over",
	  check_storage },
	{ "ports", "ports of Services, probes and monitors exist",
	  "no Service, probe or scrape points to a port that no container opens, and no two "
	  "containers of a pod open the same",
	  check_ports },
	{ "selectors", "selectors match exactly the pods meant",
	  "no Service, policy, budget or monitor is without pods or reaches another component's, "
	  "and "
	  "no workload takes the pods of another",
	  check_selectors },
	{ "selector-labels", "selectors hold only labels that never change",
	  "a new owner, version or cost centre never moves traffic or orphans pods, and no "
	  "selector "
	  "takes the pods of a neighbouring cluster",
	  check_selector_labels },
	{ "env", "variables are known to the database image",
	  "no variable of Spilo is ignored in silence, missing, for another object store, or read "
	  "in "
	  "another way than it was meant",
	  check_env },
	{ "walg", "variables are known to wal-g",
	  "drills and backups reach the archive with the settings they were given", check_walg },
	{ "env-order", "variables are set once, and before they are used",
	  "$(NAME) in a value is replaced, and no second value of a name wins by accident",
	  check_env_order },
	{ "archive", "each archive has one writer",
	  "no incarnation writes over the archive of another, or over the one it is restored from",
	  check_archive },
	{ "patroni", "Patroni's keys are known and where they count",
	  "no key of its local or dynamic configuration is misspelt, of the wrong type, or in the "
	  "place where Patroni ignores it",
	  check_patroni },
	{ "gucs", "PostgreSQL's parameters are known and where they count",
	  "each parameter exists in this major version, has a value of its type and range, its "
	  "library is loaded, and it stands in the one place that wins",
	  check_gucs },
	{ "pooler", "PgBouncer's settings are known to its version",
	  "no pooler stops at its start, or ignores a limit, for a setting it does not have",
	  check_pooler },
	{ "names", "names fit in their longest form",
	  "no name, and none that Kubernetes derives from it (pod, Job), exceeds what works",
	  check_names },
	{ "labels", "labels are short enough",
	  "no pod fails to be made because the value of a label has more than 63 characters",
	  check_labels },
	{ "sizes", "objects and variables are small enough",
	  "no ConfigMap, Secret, annotation or variable is larger than an API server or a process "
	  "takes",
	  check_sizes },
	{ "facts", "computed facts follow from the intent",
	  "names, ports, places and logins that programs and clients count on are the ones they "
	  "know",
	  NULL },
	{ "inventory", "every object is there, and says whose it is",
	  "no claim, Service, policy or account is missing, and each object carries the labels by "
	  "which owner, cost and cluster are found",
	  NULL },
	{ "workload", "workloads run and end as they must",
	  "members start together, are replaced by their agents, keep their claims, and no pod "
	  "gets a token by itself",
	  NULL },
	{ "containers", "pods run the programs they should",
	  "each pod has its containers with the images of the cluster's set, their commands, ports "
	  "and restart rules",
	  NULL },
	{ "variables", "variables have the values that programs need",
	  "Spilo, the exporter, the pooler and the drill find certificates, passwords, the archive "
	  "and their pod",
	  NULL },
	{ "volumes", "programs find their files, and only these",
	  "each container mounts what it reads, read-only, and no container sees another's secrets "
	  "or token",
	  NULL },
	{ "security", "pods are restricted",
	  "no container runs as root, with a writable root or capabilities, and each as the user "
	  "of its image",
	  NULL },
	{ "identity", "only who reads the archive has a cloud identity",
	  "members and drill reach the object store, the exporter gets no token", NULL },
	{ "resources", "requests and limits are the intent's",
	  "each container gets what the intent gives it, and no container is without a bound",
	  NULL },
	{ "probes", "probes ask what the programs answer",
	  "no probe kills a healthy database, keeps a hung one, or takes it out of service for its "
	  "agent",
	  NULL },
	{ "termination", "pods have time to end",
	  "the hand-over, the shutdown checkpoint, the last WAL and running transactions fit the "
	  "grace period",
	  NULL },
	{ "scheduling", "members are apart", "one node or zone that fails takes one member", NULL },
	{ "services", "Services mean what clients expect",
	  "writers reach the primary, readers replicas, members each other before they are ready",
	  NULL },
	{ "certificates", "certificates are issued as programs need them",
	  "each leaf has its issuer, uses, lifetime, login name and Secret, and the authority its "
	  "one key",
	  NULL },
	{ "names-covered", "certificates cover every name that clients use",
	  "no client that checks names is turned away, and no certificate is good for another's "
	  "name",
	  NULL },
	{ "disruption", "disruption budgets can be satisfied",
	  "a drain takes pods one by one and is never blocked for ever", NULL },
	{ "autoscaling", "scalers scale what they should",
	  "read replicas come and go slowly, by figures that exist, within the intent's bounds",
	  NULL },
	{ "monitors", "monitors collect every program",
	  "Prometheus takes the monitors in, reaches each port with metrics and trusts its "
	  "certificate",
	  NULL },
	{ "protection", "what holds data survives a prune",
	  "no sync takes claims, keys or passwords, or wipes what is filled in the cluster", NULL },
	{ "outside-secrets", "outside Secrets are made once and kept",
	  "no refresh changes a password or key, and the backup key outlives the Kubernetes "
	  "cluster",
	  NULL },
	{ "drill", "the restore drill runs as the intent says",
	  "a drill runs on its schedule, alone, and ends in time", NULL },
	{ "record", "the record is the resolved intent",
	  "what people and the agent read of a cluster is what was compiled", NULL },
	{ "configuration", "Patroni's values are those that others count on",
	  "TLS, rewinding, fail-safe mode, archiving and time-outs are as the intent and the "
	  "objects say",
	  NULL },
	{ "orders", "the agent's orders are those of this cluster",
	  "the agent acts on the objects that exist, by the schedule, limits and life of the "
	  "intent",
	  check_orders },
	{ "flows", "network policies allow what is needed, nothing else",
	  "each flow that a program needs is allowed at our ends, and each that is allowed is "
	  "needed",
	  check_flows },
	{ "hba", "pg_hba lets in who is needed, nobody else",
	  "each login that a flow carries has a line that takes it, each line has a login, and the "
	  "rest is refused",
	  check_hba },
	{ "rbac", "Roles grant the API calls that programs make, nothing else",
	  "no program is refused a call, and none could make one that it does not need",
	  check_rbac },
	{ "capacity", "pools fit into max_connections",
	  "all pooler pods together, guests and the system's own slots find room", check_capacity },
	{ "memory", "memory fits the limit",
	  "shared buffers and half of the connections at work_mem fit the container",
	  check_memory },
	{ "libraries", "libraries of extensions are loaded",
	  "no CREATE EXTENSION fails for a library that the server did not preload",
	  check_libraries },
	{ "pooler-values", "PgBouncer's values are those that others count on",
	  "the pooler serves each database by the leader's name, over TLS, with its peers",
	  check_pooler_values },
	{ "metrics", "figures that scalers ask for exist",
	  "no scaler waits for a metric that nothing exports", check_metrics },
	{ "sync", "nothing depends on the order of a sync",
	  "no wave or hook keeps the correcting commit from being applied", check_sync },
	{ "kustomization", "kustomization.yaml lists exactly the files",
	  "no object is left out of a sync, and no sync fails for a file that is not there",
	  check_kustomization },
	{ "platform", "destinations have what clusters need",
	  "definitions of the records, restricted namespaces, quotas and default deny are there as "
	  "the platform says",
	  NULL },
	{ "gitops", "every directory is synced as it must be",
	  "one Application or Kustomization per directory, retried for ever, never cascading "
	  "without "
	  "a retirement",
	  NULL },
};

/* Checks of destinations, whose objects link_place_object sees. */
static bool is_place(const struct link_check *c)
{
	return strcmp(c->id, "platform") == 0 || strcmp(c->id, "gitops") == 0;
}

void link_check(const struct link_input *in)
{
	struct link_input with = *in;

	if (!check_schema(in))
		return;
	with.index = link_index(in);
	for (size_t i = 1; link_row(i); i++) {
		if (table[i].run)
			table[i].run(&with, &table[i]);
		if (!is_place(&table[i]))
			forms_check(&with, &table[i]);
	}
}

const struct link_check *link_row(size_t i)
{
	return i < sizeof(table) / sizeof(*table) ? &table[i] : NULL;
}
