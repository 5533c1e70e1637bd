/* SPDX-License-Identifier: Apache-2.0 */
/* What bootstrap knows, and what it does next: a pure function of it. */
#ifndef BOOTSTRAP_FACTS_H
#define BOOTSTRAP_FACTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

enum boot_reason {
	BOOT_none,
#define REASON(id, condition, status, text) BOOT_##id,
#include "bootstrap/reasons.def"
#undef REASON
	BOOT_count
};

/* How asking somebody went. */
enum asked {
	ASKED_NOT,
	ASKED_FINE,
	ASKED_AWAY,    /* no answer: later */
	ASKED_DENIED,  /* refused: somebody must see to it, and may */
	ASKED_MISSING, /* a named object is not there */
};

/* Who the archive belongs to. */
enum claim { CLAIM_NONE, CLAIM_OURS, CLAIM_OTHERS, CLAIM_UNREADABLE };

/* One Secret of the cluster. */
struct shell_fact {
	struct str secret;
	bool fill;        /* bootstrap may fill it */
	bool needed;      /* no member of a living cluster starts without it */
	bool lacks_text;  /* a password or what is made from passwords is missing */
	bool lacks_key;   /* an encryption key is missing */
	struct str wrong; /* key whose content cannot be used, or "" */
};

/* Every text lives as long as the facts. */
struct boot_facts {
	/* on the volumes of the pod */
	bool data;    /* PG_VERSION: a member lived here */
	bool mounted; /* what a living member needs stands in the mounted Secrets */
	bool placed;  /* files of /run are written */

	/* in the API */
	enum asked api;
	bool initialized; /* Patroni's initialize key: the cluster exists */
	bool again;       /* that was asked once more after the store was looked at */
	bool earlier;     /* an earlier incarnation is alive */
	bool trusted;     /* the trust bundle's ConfigMap is as it should be */
	bool authority;   /* at least one authority is known */
	const struct shell_fact *shells;
	size_t n_shells;

	/* in the object store */
	enum asked store;
	enum claim claim;
	bool empty; /* nothing below the archive's folder but the claim and escrow */
	bool escrow_wanted, escrow_there;

	/* in the orders */
	bool foreign; /* they are for another incarnation than this pod */
	bool first;   /* incarnation 1, neither restored nor a standby: keys may be made */

	enum boot_reason failed; /* of the last act, BOOT_none when it went well */
	struct str detail;       /* of what was asked or done last, for people */
};

enum boot_step {
	BOOT_LOOK,        /* ask the API for everything */
	BOOT_LOOK_STORE,  /* read the claim, list the folder */
	BOOT_LOOK_AGAIN,  /* ask for the initialize key once more */
	BOOT_CLAIM,       /* claim the empty archive */
	BOOT_FILL,        /* make what is missing in one shell */
	BOOT_ESCROW,      /* store the envelope of the backup key */
	BOOT_TRUST,       /* fill the trust bundle */
	BOOT_PLACE,       /* write /run from what the API said */
	BOOT_PLACE_LOCAL, /* write /run from the mounted files alone */
	BOOT_DONE,
	BOOT_WAIT, /* then look at everything anew */
	BOOT_STOP, /* until somebody changes the intent */
};

/* What is to be done next. */
struct boot_next {
	enum boot_step step;
	enum boot_reason reason; /* of BOOT_WAIT and BOOT_STOP */
	size_t shell;            /* of BOOT_FILL, and of reasons about a shell */
};

/* The next step. */
struct boot_next boot_decide(const struct boot_facts *f);

/* Name of a reason, as conditions have it. */
const char *boot_reason_name(enum boot_reason reason);

/* Its text for people. */
const char *boot_reason_text(enum boot_reason reason);

/* The condition of the record that tells it, or NULL; *status is what that condition then is. */
const char *boot_reason_condition(enum boot_reason reason, const char **status);

/* Whether a reason is about the shell that boot_decide names. */
bool boot_reason_of_shell(enum boot_reason reason);

#endif
