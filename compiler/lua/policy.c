/* SPDX-License-Identifier: Apache-2.0 */
/* policy.c: what a policy file registers when it is run: rules, defaults, tests. */
#include "lua/state.h"

/* A field of rule{...} or defaults{...}. */
struct field {
	const char *name;
	int type; /* LUA_TSTRING, LUA_TTABLE (list of texts), LUA_TFUNCTION */
	bool required;
};

static const struct field rule_fields[] = {
	{ "id", LUA_TSTRING, true },
	{ "title", LUA_TSTRING, true },
	{ "severity", LUA_TSTRING, false },
	{ "controls", LUA_TTABLE, false },
	{ "applies", LUA_TTABLE, false },
	{ "check", LUA_TFUNCTION, true },
	{ NULL, 0, false },
};

static const struct field defaults_fields[] = {
	{ "id", LUA_TSTRING, true },
	{ "set", LUA_TFUNCTION, true },
	{ NULL, 0, false },
};

static const struct field *find_field(const struct field *fields, const char *name)
{
	for (; fields->name; fields++)
		if (strcmp(fields->name, name) == 0)
			return fields;
	return NULL;
}

static int wrong(lua_State *L, const char *what, const char *name, const char *why)
{
	return script_error(L, MSG_lua_register, "%s: '%s' %s", what, name, why);
}

static const char *type_wanted(int type)
{
	if (type == LUA_TTABLE)
		return "must be a list of texts";
	return type == LUA_TFUNCTION ? "must be a function" : "must be a text";
}

/* No field of the table at 1 is unknown. */
static void check_known(lua_State *L, const char *what, const struct field *fields)
{
	lua_pushnil(L);
	while (lua_next(L, 1)) {
		const char *name = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "?";

		if (!find_field(fields, name))
			(void)wrong(L, what, name, "is no field of it");
		lua_pop(L, 1);
	}
}

/* The fields of the table at 1 are those declared, of their types. */
static void check_fields(lua_State *L, const char *what, const struct field *fields)
{
	luaL_checktype(L, 1, LUA_TTABLE);
	for (const struct field *f = fields; f->name; f++) {
		int type = lua_getfield(L, 1, f->name);

		if (type == LUA_TNIL && f->required)
			(void)wrong(L, what, f->name, "is missing");
		if (type != LUA_TNIL && type != f->type)
			(void)wrong(L, what, f->name, type_wanted(f->type));
		lua_pop(L, 1);
	}
	check_known(L, what, fields);
}

/* Ids are printed in findings and written in waivers: lower case words with dashes. */
static void check_id(lua_State *L, const char *what)
{
	const char *id;

	(void)lua_getfield(L, 1, "id");
	id = lua_tostring(L, -1);
	for (const char *p = id; *p; p++)
		if (!(*p >= 'a' && *p <= 'z') && !(*p >= '0' && *p <= '9') && *p != '-')
			(void)wrong(L, what, id, "is no id: lower case letters, digits and dashes");
	if (!*id)
		(void)wrong(L, what, id, "is no id: lower case letters, digits and dashes");
	lua_pop(L, 1);
}

/* Values that a field of a rule may have. */
struct choice {
	const char *name;
	const char *values[3];
	const char *allowed;
};

static const struct choice choices[] = {
	{ "severity", { "deny", "warn", NULL }, "is deny or warn" },
	{ "applies", { "cluster", "fleet", NULL }, "is a list of one: cluster or fleet" },
};

static bool is_choice(lua_State *L, const struct choice *c)
{
	const char *text = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "";

	for (size_t i = 0; c->values[i]; i++)
		if (strcmp(c->values[i], text) == 0)
			return true;
	return false;
}

/* The fields of the rule at 1 that take one of a few values have one of them. */
static void check_choices(lua_State *L)
{
	for (size_t i = 0; i < sizeof(choices) / sizeof(*choices); i++) {
		int type = lua_getfield(L, 1, choices[i].name);
		bool one = type != LUA_TTABLE || lua_rawlen(L, -1) == 1;

		if (type == LUA_TTABLE)
			lua_rawgeti(L, -1, 1);
		if (type != LUA_TNIL && (!one || !is_choice(L, &choices[i])))
			(void)wrong(L, "rule", choices[i].name, choices[i].allowed);
		lua_settop(L, 1);
	}
}

/* The controls of the rule at 1 are texts. */
static void check_controls(lua_State *L)
{
	if (lua_getfield(L, 1, "controls") == LUA_TTABLE) {
		lua_pushnil(L);
		while (lua_next(L, -2)) {
			if (!lua_isinteger(L, -2) || lua_type(L, -1) != LUA_TSTRING)
				(void)wrong(L, "rule", "controls", "must be a list of texts");
			lua_pop(L, 1);
		}
	}
	lua_settop(L, 1);
}

static struct pos caller_pos(lua_State *L)
{
	struct lua_worker *w = worker_of(L);
	lua_Debug ar;

	if (!lua_getstack(L, 1, &ar) || !lua_getinfo(L, "l", &ar) || ar.currentline <= 0)
		return line_pos(w->loading->file, 1);
	return line_pos(w->loading->file, (uint32_t)ar.currentline);
}

/* Files that are no policies, and functions that run later, register nothing. */
static void check_loading(lua_State *L, const char *what, enum lua_hook hook)
{
	const struct lua_source *s = worker_of(L)->loading;

	if (!s || s->role == LUA_MODULE || (s->role == LUA_TESTS && hook != LUA_TEST))
		(void)script_error(L, MSG_lua_register, "%s is for the top level of %s", what,
				   hook == LUA_TEST ? "policy and test files" : "policy files");
}

/* Puts the function on top (popped) into the list of the hook, frozen with all it reaches. */
static void keep_function(lua_State *L, enum lua_hook hook)
{
	struct lua_worker *w = worker_of(L);

	freeze_reachable(L);
	lua_rawgeti(L, LUA_REGISTRYINDEX, KEY_HOOKS);
	lua_rawgeti(L, -1, (lua_Integer)hook + 1);
	lua_pushvalue(L, -3);
	lua_rawseti(L, -2, (lua_Integer)++w->registered[hook]);
	lua_pop(L, 3);
}

static void check_unique(lua_State *L, enum lua_hook hook, struct str id, const char *what)
{
	struct lua_worker *w = worker_of(L);

	for (size_t i = 0; i < lua_library_count(w->lib, hook); i++) {
		const struct lua_entry *e = lua_library_entry(w->lib, hook, i);

		if (str_eq(e->id, id))
			(void)script_error(L, MSG_lua_register,
					   "%s: '%s' is registered twice, before this in %s: "
					   "take another id",
					   what, id.p, e->pos.file->name.p);
	}
}

/* The data fields of the table at 1 as a map in the library's arena. */
static const struct node *take_meta(lua_State *L, struct pos pos)
{
	struct lua_worker *w = worker_of(L);
	const struct lua_job *open = w->job;
	const struct lua_job job = { .arena = library_arena(w->checking) };
	const struct lua_result how = { .pos = pos, .container = true };
	struct node *meta;

	lua_newtable(L);
	lua_pushnil(L);
	while (lua_next(L, 1)) {
		if (lua_type(L, -1) == LUA_TFUNCTION) {
			lua_pop(L, 1);
			continue;
		}
		lua_pushvalue(L, -2);
		lua_insert(L, -2);
		lua_rawset(L, -4);
	}
	w->job = &job;
	meta = border_take(L, -1, &how, NULL);
	w->job = open;
	lua_pop(L, 1);
	return meta;
}

static void enter(lua_State *L, enum lua_hook hook, struct str id, const struct node *meta,
		  struct pos pos)
{
	struct lua_worker *w = worker_of(L);
	const struct lua_entry e = { .hook = hook,
				     .id = arena_str(library_arena(w->checking), id),
				     .pos = pos,
				     .meta = meta };

	library_enter(w->checking, &e);
}

static int register_table(lua_State *L, enum lua_hook hook, const char *what,
			  const struct field *fields)
{
	struct lua_worker *w = worker_of(L);

	check_loading(L, what, hook);
	if (w->checking) {
		struct pos pos = caller_pos(L);
		struct str id;

		check_fields(L, what, fields);
		check_id(L, what);
		if (hook == LUA_RULE) {
			check_choices(L);
			check_controls(L);
		}
		(void)lua_getfield(L, 1, "id");
		id.p = lua_tolstring(L, -1, &id.n);
		check_unique(L, hook, id, what);
		enter(L, hook, id, take_meta(L, pos), pos);
	}
	(void)lua_getfield(L, 1, hook == LUA_RULE ? "check" : "set");
	keep_function(L, hook);
	return 0;
}

static int policy_rule(lua_State *L)
{
	return register_table(L, LUA_RULE, "rule", rule_fields);
}

static int policy_defaults(lua_State *L)
{
	return register_table(L, LUA_DEFAULTS, "defaults", defaults_fields);
}

/* The second half of test "title" (function(t) ... end). */
static int policy_test_body(lua_State *L)
{
	struct lua_worker *w = worker_of(L);

	check_loading(L, "test", LUA_TEST);
	luaL_checktype(L, 1, LUA_TFUNCTION);
	if (w->checking) {
		struct str title;

		title.p = lua_tolstring(L, lua_upvalueindex(1), &title.n);
		enter(L, LUA_TEST, title, NULL, caller_pos(L));
	}
	lua_settop(L, 1);
	keep_function(L, LUA_TEST);
	return 0;
}

static int policy_test(lua_State *L)
{
	check_loading(L, "test", LUA_TEST);
	(void)luaL_checkstring(L, 1);
	lua_settop(L, 1);
	lua_pushcclosure(L, policy_test_body, 1);
	return 1;
}

void lib_policy(lua_State *L)
{
	static const luaL_Reg functions[] = { { "rule", policy_rule },
					      { "defaults", policy_defaults },
					      { "test", policy_test },
					      { NULL, NULL } };

	luaL_setfuncs(L, functions, 0);
}
