/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a worker, shared by the files of this room only. */
#ifndef LUA_STATE_H
#define LUA_STATE_H

#include <lauxlib.h>
#include <lua.h>

#include "base/buf.h"
#include "lua/worker.h"

/* Limits. Fuel is counted in steps: one per instruction of the interpreter, one per element and per
 * 16 bytes that a function of ours touches or a text needs. */
enum {
	FUEL_EXPRESSION = 100 * 1000,
	FUEL_CALL = 1000 * 1000,   /* a rule, a defaults block or a test, for one unit */
	FUEL_SOURCE = 1000 * 1000, /* running a file when the state is made */
	FUEL_TICK = 1000,          /* instructions between two looks at the fuel */
	FUEL_BYTES = 16,
	SOURCE_MOST = 64 * 1024,
	TEXT_MOST = 256 * 1024, /* bytes of one text: comparing texts is one instruction */
	MEMORY_MOST = 32 * 1024 * 1024,
	DEPTH_MOST = 32 /* of values that cross the border */
};

/* Places in Lua's registry. */
enum {
	KEY_ENV = LUA_RIDX_LAST + 1, /* what code sees as its globals: a frozen, empty table */
	KEY_GLOBALS,                 /* what is behind it: functions, libraries, modules */
	KEY_REVISIONS,               /* revision -> name -> module */
	KEY_EXPRESSIONS,             /* number + 1 -> function */
	KEY_HOOKS,                   /* hook + 1 -> list of functions */
	KEY_LIST_MARK,               /* metatable of tables made by list{} */
	KEY_MAP_MARK,                /* metatable of tables made by map{} */
	KEY_UPVALUES                 /* function, number, value of every upvalue after loading */
};

enum trip { TRIP_NONE, TRIP_FUEL, TRIP_MEMORY };

/* What the allocator knows. */
struct lua_memory {
	size_t used, level, cap; /* bytes now, when the unit began, allowed above that */
	int64_t fuel;            /* steps left */
	bool too_long;           /* a text beyond TEXT_MOST was refused */
	bool host_failed;        /* the machine has no memory: not the code's fault */
	size_t calls, fail_at;   /* tests: from this call on all fail; 0 is never */
	bool fail_once;          /* or that one only */
};

/* Where an error arose, noted by the message handler. */
struct lua_fault {
	const struct file *file; /* the innermost Lua file, or NULL */
	uint32_t line;
	uint32_t expression_line;     /* in the expression, 0 when none was running */
	char prefix[LUA_IDSIZE + 16]; /* what Lua put in front of the text */
};

struct lua_worker {
	const struct lua_library *lib;
	struct lua_library *checking; /* lua_library_check: entries go there */
	struct diags *check_diags;    /* and findings there */
	lua_State *L;                 /* NULL: to be made at the next use */
	struct lua_memory memory;
	enum trip trip;
	enum message id; /* of the error that is under way, MSG_none: lua-error */
	struct lua_fault fault;
	const struct lua_job *job;        /* of the open unit */
	struct lua_job test_job;          /* the unit of a test: the test sets its day */
	bool judging;                     /* a rule is running: it may ask what day it is */
	bool undated;                     /* and it did, but there was none */
	uint32_t revision;                /* whose modules are seen */
	const struct lua_source *loading; /* the file that is being run */
	size_t registered[LUA_HOOKS];
	bool ran;                      /* code has run in this unit */
	struct reads *reads;           /* of the call under way, NULL: none are noted */
	const struct node *list, *kid; /* the list item read last ... */
	size_t place;                  /* ... and its number, from 1 */
	struct buf scratch;            /* for texts under construction */
	const void *call;              /* argument of the protected function under way */
};

/* Lua takes addresses as void *; what they lead to is not changed through them. */
static inline void *lua_address(const void *p)
{
	void *address;

	memcpy(&address, &p, sizeof(address));
	return address;
}

/* The worker of a state. */
struct lua_worker *worker_of(lua_State *L);

/* memory.c */

/* The allocator of all states; ud is a struct lua_memory. */
void *memory_alloc(void *ud, void *ptr, size_t osize, size_t nsize);

/* Takes n steps of fuel; raises an error when it is used up. */
void fuel_pay(lua_State *L, size_t n);

/* Begins a count of n steps. */
void fuel_begin(struct lua_worker *w, int64_t n);

/* state.c */

/* Makes the state if there is none: environment, files, frozen tables. -1 when memory ends (see
 * memory.host_failed); findings in files are reported to check_diags only. */
int state_open(struct lua_worker *w);

/* Ends the state. */
void state_close(struct lua_worker *w);

/* The file whose chunk has this name in Lua, or NULL. */
const struct file *chunk_file(const struct lua_worker *w, const char *chunk);

/* Runs f protected with arg as w->call and fuel steps: LUA_OK, or the status, with the error value
 * on the stack and w->fault set. */
int state_call(struct lua_worker *w, lua_CFunction f, const void *arg, int64_t fuel);

/* Makes expression e a function on the stack; a syntax error is raised, *offset is then where. */
int expression_load(lua_State *L, const struct lua_expression *e, size_t *offset);

/* report.c */

/* Reports the error on top of the stack to d at pos (an expression's) or, when pos is nowhere, at
 * the Lua line; adds the note that names the intent of the open unit. Always -1. */
int report_fault(struct lua_worker *w, int status, struct diags *d, struct pos pos);

/* A place in a Lua file: column of the first character that is not blank. */
struct pos line_pos(const struct file *file, uint32_t line);

/* Raises an error with this message id. */
int script_error(lua_State *L, enum message id, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* lib_*.c: each pushes nothing and fills the table on top of the stack. */

/* type, tostring, pairs, list, ... */
void lib_base(lua_State *L);

/* json, yaml. */
void lib_text(lua_State *L);

/* The library string; also becomes the index of texts. */
void lib_string(lua_State *L);

/* The library table. */
void lib_table(lua_State *L);

/* The library math. */
void lib_math(lua_State *L);

/* rule, defaults, test. */
void lib_policy(lua_State *L);

/* past, secret_like. */
void lib_judge(lua_State *L);

/* Pushes what a test gets: equal, fails, ok, ... */
void policy_push_test(lua_State *L);

/* Pushes the function of a rule, defaults block or test. */
void worker_push_hook(lua_State *L, const struct lua_entry *e);

/* The function of lib_base with this name; never NULL. */
lua_CFunction lib_function(const char *name);

/* The n-th name that lib_* put into the environment, or NULL behind the last. */
const char *lib_name(size_t n);

/* sequence.c: what scripts see as a table: a table, a frozen table, a proxy. */

/* Raises an error unless the argument is table-like. */
void check_container(lua_State *L, int arg);

/* Raises an error unless the argument is a table that may be changed. */
void check_own_table(lua_State *L, int arg);

/* Its length as # gives it. */
lua_Integer sequence_length(lua_State *L, int arg);

/* Pushes item i. */
void sequence_get(lua_State *L, int arg, lua_Integer i);

/* pairs and ipairs: pushes iterator, state, control. */
int sequence_pairs(lua_State *L);

/* See sequence_pairs. */
int sequence_ipairs(lua_State *L);

/* freeze.c */

/* Empties every table that can be reached from the value on top into a shadow that can only be
 * read, and notes the upvalues of every function. */
void freeze_reachable(lua_State *L);

/* Replaces the frozen table at idx by its shadow on the stack (pushed); false and nothing pushed
 * when it is not frozen. */
bool freeze_shadow(lua_State *L, int idx);

/* Pushes the metatable by which list{} or map{} marked the table at idx; false and nothing pushed
 * when it has none. */
bool freeze_mark(lua_State *L, int idx);

/* Pushes function and name of the first upvalue that is no longer what it was: true; else false. */
bool freeze_changed(lua_State *L);

/* border.c */

/* Makes the metatable of proxies. */
void border_open(lua_State *L);

/* Pushes n: scalars as copies, lists and maps as proxies; NULL is nil. */
void border_push(lua_State *L, const struct node *n);

/* NODE_LIST or NODE_MAP for what is one of them beyond doubt, else NODE_NULL. */
enum kind border_kind(lua_State *L, int idx);

/* The node behind the proxy at idx, or NULL. */
const struct node *border_node(lua_State *L, int idx);

/* Child i of a list, or NULL; fast when called in order. */
const struct node *border_item(struct lua_worker *w, const struct node *list, lua_Integer i);

/* The value at idx as a fresh node in the unit's arena; NULL is nil. Raises errors. */
struct node *border_take(lua_State *L, int idx, const struct lua_result *how,
			 const struct origin *from);

/* library.c: access for this room. */

/* Sources in order. */
size_t library_sources(const struct lua_library *lib);

/* Source i. */
const struct lua_source *library_source(const struct lua_library *lib, size_t i);

/* Expressions. */
size_t library_expressions(const struct lua_library *lib);

/* Expression i. */
const struct lua_expression *library_expression(const struct lua_library *lib, size_t i);

/* Takes down an entry that a file registers; copied. */
void library_enter(struct lua_library *lib, const struct lua_entry *e);

/* The worker that is kept, or NULL; the caller owns it then. */
struct lua_worker *library_take_spare(const struct lua_library *lib);

/* The worker that ran the files, until they are checked. */
void library_keep_running(struct lua_library *lib, struct lua_worker *w);

/* That worker, or NULL; the caller owns it then. */
struct lua_worker *library_take_running(struct lua_library *lib);

/* Keeps w; false when there is one already. */
bool library_put_spare(const struct lua_library *lib, struct lua_worker *w);

/* The pod revision of the file that registered e. */
uint32_t library_revision(const struct lua_library *lib, const struct lua_entry *e);

/* The arena of the library. */
struct arena *library_arena(struct lua_library *lib);

#endif
