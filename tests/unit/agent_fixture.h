/* SPDX-License-Identifier: Apache-2.0 */
/* A member of a healthy cluster of three at a fixed time, for tests of decisions. */
#ifndef TESTS_UNIT_AGENT_FIXTURE_H
#define TESTS_UNIT_AGENT_FIXTURE_H

#include <stdlib.h>

#include "check.h"
#include "facts/asks.h"
#include "facts/attempts.h"
#include "facts/backups.h"
#include "facts/catalog.h"
#include "facts/config.h"
#include "facts/disk.h"
#include "facts/files.h"
#include "facts/guests.h"
#include "facts/keys.h"
#include "facts/orders.h"
#include "facts/owners.h"
#include "facts/patroni.h"
#include "facts/pods.h"
#include "facts/poolers.h"
#include "facts/postgres.h"
#include "facts/record.h"
#include "facts/recovery.h"
#include "facts/restored.h"
#include "facts/scaler.h"
#include "facts/secrets.h"
#include "facts/served.h"
#include "facts/trusts.h"
#include "facts/wal.h"
#include "frame/round.h"
#include "ground/mounted.h"
#include "report/fields.h"
#include "tree/json_in.h"
#include "tree/print.h"

enum { WALL = 1767225600, MS = 5000000 }; /* 2026-01-01T00:00:00Z */

/* All facts, which a test may change before it decides. */
struct world {
	struct arena *arena;
	struct orders *orders;
	struct moment now;
	struct facts facts;
	struct fact_orders fact_orders;
	struct fact_files files;
	struct fact_served served;
	struct fact_disk disk;
	struct fact_patroni patroni;
	struct fact_recovery recovery;
	struct past reloaded;
	struct fact_config config;
	struct fact_postgres postgres;
	struct fact_pods pods;
	struct fact_record record;
	struct fact_owners owners;
	struct fact_catalog catalog;
	struct fact_secrets secrets;
	struct fact_attempts attempts;
	struct fact_backups backups;
	struct fact_wal wal;
	struct fact_keys keys;
	struct fact_backup backup[8];
	struct fact_checked checked[8];
	struct fact_attempt attempt[4];
	struct fact_gap gap[2];
	struct fact_poolers poolers;
	struct fact_asks asks;
	struct fact_scaler scaler;
	struct fact_trusts trusts;
	struct fact_restored restored;
	struct fact_guests guests;
	struct fact_guest guest[1];
	struct fact_trustee trustees[5];
	struct member members[4];
	struct fact_cert certs[3];
	struct fact_endpoint endpoints[2];
	struct fact_pod pod[4];
};

/* Orders of the file tests/schema/good-agentconfig.yaml, with the lines of extra behind it. */
static inline struct orders *world_orders(struct orders_reader *r, struct arena *a)
{
	struct err err = { 0 };
	struct buf findings = { 0 };
	struct orders *o = orders_open(r, "tests/schema/good-agentconfig.yaml", &findings, &err);

	(void)a;
	if (!o) {
		(void)printf("not ok - %s\n%s", err.text, buf_z(&findings));
		exit(1);
	}
	buf_release(&findings);
	return o;
}

/* Those orders with extra before `life`, and with text in the place of what stands there as old. */
static inline struct orders *world_orders_with(struct orders_reader *r, const char *extra,
					       const char *old, const char *text)
{
	struct arena *a = arena_new();
	struct err err = { 0 };
	struct str file = str_of("");
	struct buf out = { 0 };
	const char *at, *life;
	struct orders *o = NULL;

	(void)mounted_read(a, "tests/schema/good-agentconfig.yaml", 65536, &file, &err);
	at = strstr(file.p, old);
	life = at ? strstr(at, "  life:\n") : NULL;
	if (life) {
		buf_fmt(&out, "%.*s%s%.*s%s%s", (int)(at - file.p), file.p, text,
			(int)(life - at - (long)strlen(old)), at + strlen(old), extra, life);
		o = orders_read(r, "orders.yaml", buf_view(&out), NULL, &err);
	}
	buf_release(&out);
	arena_free(a);
	if (!o) {
		(void)printf("not ok - %s\n", err.text);
		exit(1);
	}
	return o;
}

/* The tree of a JSON text. */
static inline const struct node *world_json(struct arena *a, const char *text)
{
	const char *why = NULL;
	const struct node *n = json_read(a, str_of(text), (struct pos){ 0 }, &why);

	if (!n) {
		(void)printf("not ok - %s: %s\n", text, why);
		exit(1);
	}
	return n;
}

static inline void world_members(struct world *w)
{
	static const char *const names[] = { "shared-i2-0", "shared-i2-1", "shared-i2-2" };

	for (size_t i = 0; i < 3; i++) {
		w->members[i] = (struct member){
			.name = str_of(names[i]),
			.state = str_of(i ? "streaming" : "running"),
			.role = i == 0   ? ROLE_PRIMARY
				: i == 1 ? ROLE_SYNC
					 : ROLE_REPLICA,
			.timeline = 3,
		};
		w->pod[i] = (struct fact_pod){
			.name = str_of(names[i]),
			.uid = str_of(i == 0   ? "u0"
				      : i == 1 ? "u1"
					       : "u2"),
			.version = str_of("100"),
			.set = str_of("shared-i2"),
			.role = str_of(i ? "replica" : "primary"),
			.hash = orders_text(w->orders, "template.hash"),
			.ordinal = (int)i,
			.ready = true,
			.ready_changed = WALL - 3600,
			.agent_ready = true,
		};
	}
	w->patroni = (struct fact_patroni){
		.state = str_of("running"),
		.role = ROLE_PRIMARY,
		.timeline = 3,
		.version = str_of("4.1.0"),
		.leader = str_of("shared-i2-0"),
		.led_since_ms = MS - 600000,
		.members = w->members,
		.n_members = 3,
	};
	w->pods = (struct fact_pods){ .pods = w->pod,
				      .n = 3,
				      .set_hash = orders_text(w->orders, "template.hash"),
				      .holder = str_of("") };
}

static inline void world_files(struct world *w)
{
	static const char *const folders[] = { "/etc/howdah/tls/server", "/etc/howdah/tls/postgres",
					       "/etc/howdah/tls/standby" };

	for (size_t i = 0; i < 3; i++)
		w->certs[i] = (struct fact_cert){
			.name = str_of(folders[i] + 16),
			.folder = str_of(folders[i]),
			.cert = { str_of("5d0a3c1f"), WALL - 86400, WALL + 90 * 86400 },
			.problem = str_of(""),
		};
	for (size_t i = 0; i < 2; i++)
		w->endpoints[i] = (struct fact_endpoint){
			.name = str_of(i ? "postgres" : "patroni"),
			.folder = str_of(folders[0]),
			.serial = str_of("5d0a3c1f"),
			.error = str_of(""),
		};
	w->files = (struct fact_files){
		.certs = w->certs, .n_certs = 3, .changed = WALL - 7200, .bundle = str_of("PEM")
	};
	w->served = (struct fact_served){ w->endpoints, 2 };
}

/* Three daily backups, all good; the last one of this night, by the schedule of the orders. */
static inline void world_backups(struct world *w)
{
	static const char *const segments[] = { "000000030000000A00000010",
						"000000030000000A00000040",
						"000000030000000A00000080" };

	for (size_t i = 0; i < 3; i++) {
		int64_t began = WALL - (int64_t)(2 - i) * 86400 - 82800 + 3600;

		w->backup[i] = (struct fact_backup){
			.name = arena_fmt(w->arena, "base_%s", segments[i]),
			.segment = str_of(segments[i]),
			.last = str_of(segments[i] + 8),
			.host = str_of("shared-i2-1"),
			.began = began,
			.ended = began + 600,
			.size = 1000000000,
			.unpacked = 3000000000,
			.full = true,
		};
		w->checked[i] = (struct fact_checked){ w->backup[i].name, 0 };
	}
	w->backups = (struct fact_backups){ w->backup, 3, WALL - 60 };
	w->wal = (struct fact_wal){ w->gap, 0, false, 0, WALL - 60 };
	w->attempts = (struct fact_attempts){
		.there = true, .items = w->attempt, .checked = w->checked, .n_checked = 3
	};
	w->attempts.peer.agent = w->attempts.peer.error = str_of("");
	w->keys = (struct fact_keys){ str_of(""), false, str_of("") };
}

/* Everything is well, this agent is the leader's, every fact was just seen. */
static inline void world_begin(struct world *w, struct orders *orders)
{
	*w = (struct world){ .arena = arena_new(), .orders = orders, .now = { MS, WALL } };
	world_members(w);
	world_files(w);
	world_backups(w);
	w->fact_orders = (struct fact_orders){ orders->digest, str_of("") };
	w->disk = (struct fact_disk){ .size = 100000000000, .used = 40000000000, .version = 17 };
	w->config.dynamic = orders_at(orders, "patroni.dynamic");
	w->postgres = (struct fact_postgres){
		.version = str_of("17.6"),
		.loaded = WALL - 3600,
		.connections = 10,
		.connections_most = 150,
		.lag = -1,
		.archives = true,
		.archived = str_of("000000030000000A000000F3"),
		.archived_at = WALL - 20,
		.hba_error = str_of(""),
		.setting_error = str_of(""),
	};
	w->restored.reasons = str_of("");
	w->poolers = (struct fact_poolers){ 2, str_of(""), str_of("") };
	w->record = (struct fact_record){ str_of("r-1"), str_of("500"), 7, NULL };
	w->facts.self = (struct self){ str_of("shared-i2-0"),
				       str_of("10.0.0.1"),
				       str_of("team-shared"),
				       str_of("shared-i2"),
				       0,
				       str_of("0.1.0"),
				       MS - 700000,
				       str_of("t0") };
	w->reloaded = (struct past){ .kind = ACTION_reload,
				     .target = str_of(""),
				     .started_ms = MS - 3600000,
				     .ended_ms = MS - 3600000,
				     .result = str_of(""),
				     .done = 1 };
	w->facts.past = &w->reloaded;
	w->facts.of[FACT_orders] = &w->fact_orders;
	w->facts.of[FACT_files] = &w->files;
	w->facts.of[FACT_served] = &w->served;
	w->facts.of[FACT_disk] = &w->disk;
	w->facts.of[FACT_patroni] = &w->patroni;
	w->facts.of[FACT_recovery] = &w->recovery;
	w->facts.of[FACT_config] = &w->config;
	w->facts.of[FACT_postgres] = &w->postgres;
	w->facts.of[FACT_pods] = &w->pods;
	w->facts.of[FACT_record] = &w->record;
	w->facts.of[FACT_owners] = &w->owners;
	w->facts.of[FACT_catalog] = &w->catalog;
	w->facts.of[FACT_secrets] = &w->secrets;
	w->facts.of[FACT_attempts] = &w->attempts;
	w->facts.of[FACT_backups] = &w->backups;
	w->facts.of[FACT_wal] = &w->wal;
	w->facts.of[FACT_keys] = &w->keys;
	w->facts.of[FACT_poolers] = &w->poolers;
	w->facts.of[FACT_asks] = &w->asks;
	w->facts.of[FACT_scaler] = &w->scaler;
	w->facts.of[FACT_trusts] = &w->trusts;
	w->facts.of[FACT_restored] = &w->restored;
	w->facts.of[FACT_guests] = &w->guests;
	for (int f = 0; f < FACT_count; f++)
		w->facts.sight[f] = (struct sight){ MS - 500, MS - 500, 0, 0, str_of("") };
}

static inline void world_end(struct world *w)
{
	arena_free(w->arena);
}

/* Another member took over: this one is shared-i2-1. */
static inline void world_follow(struct world *w)
{
	w->facts.self.pod = str_of("shared-i2-1");
	w->facts.self.ordinal = 1;
	w->patroni.role = ROLE_REPLICA;
	w->postgres.in_recovery = true;
}

/* Nobody leads since ms milliseconds. */
static inline void world_headless(struct world *w, int64_t ms)
{
	w->patroni.leader = str_of("");
	w->patroni.leaderless_ms = w->now.ms - ms;
	w->patroni.led_since_ms = 0;
	w->members[0].role = ROLE_REPLICA;
	w->members[0].state = str_of("stopped");
}

/* This agent's Patroni was last seen seen ms ago, 0: never; the lock was renewed renewed ms ago. */
static inline void world_blind(struct world *w, int64_t seen, int64_t renewed)
{
	if (!seen)
		w->patroni = (struct fact_patroni){ 0 };
	w->facts.sight[FACT_patroni].at_ms = seen ? w->now.ms - seen : 0;
	w->facts.sight[FACT_patroni].error = str_of("refused");
	w->pods.renewed_ms = w->now.ms - renewed;
}

/* The round in which decide alone decided. */
static inline struct round world_decide(struct world *w, void (*decide)(struct round *r))
{
	struct round r = round_begin(w->arena, &w->facts, w->orders, w->now);

	decide(&r);
	return r;
}

/* The action of a kind, or NULL. */
static inline const struct action *world_action(const struct round *r, enum action_kind kind)
{
	const struct action *a = r->actions;

	while (a && a->kind != kind)
		a = a->next;
	return a;
}

/* Whether decide wants an action of kind after change. */
static inline bool world_wants(struct orders *orders, void (*change)(struct world *w),
			       void (*decide)(struct round *r), enum action_kind kind)
{
	struct world w;
	struct round r;
	bool found;

	world_begin(&w, orders);
	change(&w);
	r = world_decide(&w, decide);
	found = world_action(&r, kind) != NULL;
	world_end(&w);
	return found;
}

/* n as compact JSON in a, "" for NULL. */
static inline const char *world_text(struct arena *a, const struct node *n)
{
	struct buf out = { 0 };
	struct err err = { 0 };

	if (!n)
		return "";
	(void)print_json(&out, n, &err);
	return buf_take(&out, a).p;
}

#endif
