/* SPDX-License-Identifier: Apache-2.0 */
/* memory.c: what code may use: bytes above the level of the unit's beginning, and steps. */
#include <stdlib.h>

#include "lua/state.h"

enum { SHORT_TEXT = 64, COLLECTION_FUEL = FUEL_EXPRESSION / 10 };

/* The allocator must not grow a block: remembers why. A collection follows, which costs time. */
static bool refuses(struct lua_memory *m, size_t grow)
{
	m->calls++;
	if (m->fail_at && (m->fail_once ? m->calls == m->fail_at : m->calls >= m->fail_at)) {
		m->host_failed = true;
		return true;
	}
	if (m->used + grow <= m->level + m->cap)
		return false;
	m->fuel -= COLLECTION_FUEL;
	return true;
}

/* Long texts pay for their bytes here, since the operator .. has no function of its own. Lua tells
 * the kind of a new object in osize. */
static bool text_refused(struct lua_memory *m, size_t size)
{
	if (size <= SHORT_TEXT)
		return false;
	m->fuel -= (int64_t)(size / FUEL_BYTES);
	m->too_long = m->too_long || size > TEXT_MOST + SHORT_TEXT;
	return size > TEXT_MOST + SHORT_TEXT;
}

void *memory_alloc(void *ud, void *ptr, size_t osize, size_t nsize)
{
	struct lua_memory *m = ud;
	size_t old = ptr ? osize : 0;

	if (nsize == 0) {
		free(ptr);
		m->used -= old;
		return NULL;
	}
	if (!ptr && osize == LUA_TSTRING && text_refused(m, nsize))
		return NULL;
	if (nsize > old && refuses(m, nsize - old))
		return NULL;

	void *p = realloc(ptr, nsize);

	if (!p && nsize <= old)
		return ptr; /* Lua relies on shrinking: the block stays as large as it was */
	if (!p) {
		m->host_failed = true;
		return NULL;
	}
	m->used = m->used - old + nsize;
	return p;
}

struct lua_worker *worker_of(lua_State *L)
{
	struct lua_worker *w;

	memcpy(&w, lua_getextraspace(L), sizeof(struct lua_worker *));
	return w;
}

static int trip(lua_State *L)
{
	return script_error(L, MSG_lua_fuel,
			    "takes too many steps: is there a loop that does not end?");
}

/* After the first trip every instruction trips again, so that no pcall can go on. */
static void tick(lua_State *L, lua_Debug *ar)
{
	struct lua_worker *w = worker_of(L);

	(void)ar;
	w->memory.fuel -= FUEL_TICK;
	if (w->memory.fuel > 0 && w->trip == TRIP_NONE)
		return;
	if (w->trip == TRIP_NONE)
		w->trip = TRIP_FUEL;
	lua_sethook(L, tick, LUA_MASKCOUNT, 1);
	(void)trip(L);
}

void fuel_begin(struct lua_worker *w, int64_t n)
{
	w->memory.fuel = n;
	lua_sethook(w->L, tick, LUA_MASKCOUNT, FUEL_TICK);
}

void fuel_pay(lua_State *L, size_t n)
{
	struct lua_worker *w = worker_of(L);

	w->memory.fuel -= (int64_t)n;
	if (w->memory.fuel > 0)
		return;
	if (w->trip == TRIP_NONE)
		w->trip = TRIP_FUEL;
	lua_sethook(L, tick, LUA_MASKCOUNT, 1);
	(void)trip(L);
}
