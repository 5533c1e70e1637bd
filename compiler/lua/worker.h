/* SPDX-License-Identifier: Apache-2.0 */
/* Running Lua: one sandboxed state per worker, nothing of which lasts from one unit to the next.
 * All values cross here as copies or read-only proxies, so that a child process can take the
 * worker's place. */
#ifndef LUA_WORKER_H
#define LUA_WORKER_H

#include "lua/library.h"
#include "schema/schema.h"
#include "tree/reads.h"

struct lua_worker;

/* What a unit's run needs; must stay as it is until lua_worker_end. */
struct lua_job {
	struct arena *arena; /* of the unit: results live there */
	struct diags *diags; /* of the unit */
	struct pos intent;   /* place of the intent, for notes; may be nowhere */
	struct str what;     /* "cluster team-orders/orders": note "while compiling ..." */
	uint32_t revision;   /* pod revision whose modules are seen */
	struct str as_of;    /* YYYY-MM-DD by which rules judge dates, or empty */
};

/* How a computed value is written down. */
struct lua_result {
	struct pos pos;            /* the line that stands for the value */
	const struct schema *type; /* declared type, or NULL; decides what an empty table is */
	bool container; /* the caller only walks the children: an empty table is an empty list */
	bool loose;     /* for comparing: every empty table is an empty list */
	struct reads *reads; /* every node that was read is added here */
};

/* A worker for lib (which passed lua_library_check and outlives the worker). Its state is made at
 * the first use. Never NULL. */
struct lua_worker *lua_worker_new(const struct lua_library *lib);

/* Ends it; NULL is fine. */
void lua_worker_free(struct lua_worker *w);

/* Begins a unit: full collection, memory and fuel count from here. */
void lua_worker_begin(struct lua_worker *w, const struct lua_job *job);

/* The job's arena was reset: nothing that lay in it is looked at again. */
void lua_worker_forget(struct lua_worker *w);

/* Ends the unit. -1 after reporting that code kept a value for the next unit; the state is then
 * discarded. */
int lua_worker_end(struct lua_worker *w);

/* Evaluates expression number e with args for its names (NULL is nil). 0 and *out, a fresh node in
 * the unit's arena or NULL for nil; -1 after reporting an error at the template's line with a note
 * naming the intent. */
int lua_worker_eval(struct lua_worker *w, int e, const struct node *const *args,
		    const struct lua_result *how, struct node **out);

/* Calls the function of rule or defaults block e with record. Results as lua_worker_eval's; pos is
 * that of the entry. */
int lua_worker_call(struct lua_worker *w, const struct lua_entry *e, const struct node *record,
		    struct reads *reads, struct node **out);

/* A rule of the open unit asked whether a day is past, and the job names none. */
bool lua_worker_undated(const struct lua_worker *w);

/* Appends one line per value that code in the sandbox can reach: "path: kind". Code that changes
 * this list changes the sandbox (tests/unit/lua_reachable.txt). -1 when it cannot be listed. */
int lua_worker_reach(struct lua_worker *w, struct buf *out);

/* Runs test number i in a unit of its own. 0 when it passes; -1 after reporting why not to d. */
int lua_worker_test(struct lua_worker *w, size_t i, struct diags *d);

#endif
