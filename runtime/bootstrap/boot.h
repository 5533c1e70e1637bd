/* SPDX-License-Identifier: Apache-2.0 */
/* What bootstrap holds while it looks and acts. Private to its room, but for boot_run. */
#ifndef BOOTSTRAP_BOOT_H
#define BOOTSTRAP_BOOT_H

#include "api/api.h"
#include "bootstrap/facts.h"
#include "orders/orders.h"
#include "store/store.h"

enum { BOOT_EARLIER_MOST = 100 };

/* When the leader key of an earlier incarnation was last seen to change. */
struct earlier {
	struct str renewed; /* what it said, in boot.lasting */
	int64_t since_ms;
};

struct boot {
	struct loop *loop;
	struct http *http;
	struct api *api;
	struct store *store;
	const struct orders *orders;
	const char *root; /* put before every path: "", or a folder in tests */
	struct str pod, scope;

	struct arena *lasting; /* of what outlives a look */
	struct earlier earlier[BOOT_EARLIER_MOST];
	enum boot_reason told; /* the last reason that was logged */
	int64_t told_ms;
	int failures; /* waits in a row */

	struct arena *arena; /* of this look: all below */
	struct boot_facts facts;
	const struct node *record, *trust; /* objects of the API */
	const struct node **secrets;       /* in the order of the orders' shells */
	struct shell_fact *shells;
	struct str bundle;      /* the trust bundle as it should be */
	struct str claim_owner; /* of a claim that is not ours, for people */
};

/* How bootstrap ended. */
enum boot_end { BOOT_ENDED_FINE, BOOT_ENDED_STOPPED, BOOT_ENDED_SIGNAL };

/* Looks, decides and acts until the pod may start or must not. Loop, http, api, store, orders,
 * root, pod and scope of b are set. */
enum boot_end boot_run(struct boot *b);

/* One answer of the API, in b->arena. */
struct boot_answer {
	bool done;
	enum api_outcome outcome;
	const struct node *body; /* when it is API_FINE */
	struct str message;
	struct boot *boot;
};

/* Asks the API and waits. */
struct boot_answer boot_ask(struct boot *b, const char *method, struct str path,
			    const struct node *patch);

/* path with the root before it, in b->arena. */
const char *boot_path(const struct boot *b, const char *path);

/* Path of a core object of the cluster's namespace. */
struct str boot_object(const struct boot *b, const char *kind, struct str name);

/* Path of the record. */
struct str boot_record(const struct boot *b);

/* Looks at the pod's volumes. */
void boot_look_local(struct boot *b);

/* Looks at every object of the API that bootstrap is interested in. */
void boot_look(struct boot *b);

/* Asks for Patroni's initialize key alone. */
void boot_look_again(struct boot *b);

/* Whether a pod of an earlier incarnation, and its leader key, are alive. */
void boot_look_earlier(struct boot *b);

/* Reads the claim and lists the archive's folder. */
void boot_look_store(struct boot *b);

/* Claims the archive, and reads the claim again. */
void boot_claim(struct boot *b);

/* Stores the envelope of the backup key for its escrow. */
void boot_escrow(struct boot *b);

/* Makes what shell i lacks. */
void boot_fill(struct boot *b, size_t i);

/* What shell i lacks by what is known of its Secret: of the API, or (local) of the mounted files.
 */
struct shell_fact boot_shell(const struct boot *b, size_t i, bool local);

/* Shell i of the orders. */
const struct node *boot_shell_at(const struct boot *b, size_t i);

/* The value of a key of the shell with this purpose, in b->arena; "" when it is not there. */
struct str boot_value(const struct boot *b, const char *purpose, const char *key, bool local);

/* The trust bundle that follows from have and from the authorities of the pod's volumes. */
struct str boot_bundle(const struct boot *b, struct str have);

/* Puts the bundle into its ConfigMap. */
void boot_trust(struct boot *b);

/* Writes keys, trust, wal-g's environment and the exporter's password to /run. */
void boot_place(struct boot *b, bool local);

/* Says why bootstrap waits or stops: in the log, in the record where no agent tells better, and for
 * `kubectl describe` when it stops. */
void boot_tell(struct boot *b, const struct boot_next *next);

#endif
