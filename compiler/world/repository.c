/* SPDX-License-Identifier: Apache-2.0 */
/* repository.c: walking the platform repository. */
#include "world/repository.h"

#include "world/dates.h"
#include "world/embed.h"
#include "world/own.h"

enum { WORLD_FILE_MOST = 1024 * 1024, WALK_DEEPEST = 8 };

/* A Git tree of a few kilobytes can list more files than any machine reads. */
enum { WORLD_ENTRIES_MOST = 10000, INTENT_ENTRIES_MOST = 200000 };

/* A walk over what lies below a folder. */
struct walk {
	struct arena *arena;
	const struct source *source;
	struct paths *out;
	size_t seen, most; /* entries, folders included */
};

static void add(struct arena *a, struct paths *out, struct str path)
{
	if (out->n == out->cap) {
		struct str *grown = NULL;

		out->cap = out->cap ? out->cap * 2 : 256;
		grown = NEW_ARRAY(a, out->cap, struct str);
		if (out->n)
			memcpy(grown, out->list, out->n * sizeof(*grown));
		out->list = grown;
	}
	out->list[out->n++] = path;
}

static int too_much(const struct walk *w, struct str dir, struct err *err)
{
	size_t depth = 0;

	for (size_t i = 0; i < dir.n; i++)
		depth += dir.p[i] == '/';
	if (depth > WALK_DEEPEST)
		return err_kind_set(err, ERR_INPUT, "'%s': folders are nested too deep", dir.p);
	if (w->seen > w->most)
		return err_kind_set(err, ERR_INPUT,
				    "'%s': there are more than %zu files and folders here", dir.p,
				    w->most);
	return 0;
}

/* Every file below dir; hidden entries are none of ours. */
static int walk(struct walk *w, struct str dir, struct err *err)
{
	struct source_list list = { 0 };
	int there = source_list(w->source, dir, w->arena, &list, err);

	if (there <= 0)
		return there;
	w->seen += list.n;
	if (too_much(w, dir, err))
		return -1;
	for (size_t i = 0; i < list.n; i++) {
		struct str path = arena_fmt(w->arena, "%s/%s", dir.p, list.entries[i].name.p);

		if (list.entries[i].name.p[0] == '.')
			continue;
		if (list.entries[i].type != SOURCE_DIR)
			add(w->arena, w->out, path);
		else if (walk(w, path, err) < 0)
			return -1;
	}
	return 0;
}

static int take(struct arena *a, const struct source *s, struct str path, struct files *fs,
		struct err *err)
{
	const struct file *file = source_read(s, path, WORLD_FILE_MOST, a, err);

	if (!file)
		return err->set ? -1 : 0;
	files_add(a, fs, path, file);
	return 0;
}

/* Folders of the world and what their files end in. */
static const struct {
	const char *folder, *ending;
	bool dated; /* they may name days on which something ends */
} folders[] = { { "lua", ".lua", false },     { "presets", ".yaml", true },
		{ "policies", ".lua", true }, { "reports", ".json", true },
		{ "reports", ".yaml", true }, { "templates", ".yaml", false } };

enum { FOLDERS = sizeof(folders) / sizeof(*folders) };

/* Files at the root of the repository. */
static const char *const single[] = { "platform.yaml", "waivers.yaml" };

/* What howdah itself knows the end of. */
static const char *const dated_contracts[] = { "schema/contracts/postgresql.yaml" };

/* Endings of files that somebody wrote for howdah; what else lies there is none of ours. */
static const char *const endings[] = { ".json", ".lua", ".yaml", ".yml" };

static bool ends_as_meant(struct str path, const char *folder)
{
	for (size_t i = 0; i < FOLDERS; i++)
		if (strcmp(folders[i].folder, folder) == 0 && str_ends(path, folders[i].ending))
			return true;
	return false;
}

static void leave(struct arena *a, struct files *fs, struct unread one)
{
	one.next = fs->unread;
	fs->unread = NEW(a, struct unread);
	*fs->unread = one;
}

static bool is_ours(struct str path)
{
	bool ours = false;

	for (size_t i = 0; i < sizeof(endings) / sizeof(*endings); i++)
		ours = ours || str_ends(path, endings[i]);
	return ours;
}

/* Notes path when it has an ending of ours, but not one of its folder. */
static void look_ending(struct arena *a, struct files *fs, struct str path, size_t which)
{
	if (is_ours(path) && !ends_as_meant(path, folders[which].folder))
		leave(a, fs,
		      (struct unread){ .path = path,
				       .why = arena_fmt(a, "files of %s/ end in %s",
							folders[which].folder,
							folders[which].ending) });
}

/* Notes path when a repository may not bring it; why not, or NULL. */
static const char *refused(struct arena *a, struct files *fs, struct str path)
{
	struct own_refusal no = own_refusal(path);

	if (no.why)
		leave(a, fs,
		      (struct unread){
			  .path = path, .why = arena_fmt(a, "%s", no.why), .wrong = no.wrong });
	return no.why;
}

/* Folders that come with howdah alone, whose files may be many: one tells of its neighbours. */
static int look_kept(struct arena *a, const struct source *s, struct files *fs, struct err *err)
{
	static const char *const all[] = { "revisions", "schema" };

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		struct paths found = { 0 };
		struct walk w = { a, s, &found, 0, WORLD_ENTRIES_MOST };
		const char *told = NULL;

		if (walk(&w, str_of(all[i]), err))
			return -1;
		for (size_t k = 0; k < found.n; k++)
			if (is_ours(found.list[k]) && own_refusal(found.list[k]).why != told)
				told = refused(a, fs, found.list[k]);
	}
	return 0;
}

/* Names at the root of a repository that howdah does not read, and those that it does. */
static const char *const slips[][2] = { { "intent", "intents/" },
					{ "platform.yml", "platform.yaml" },
					{ "platforms.yaml", "platform.yaml" },
					{ "policy", "policies/" },
					{ "preset", "presets/" },
					{ "report", "reports/" },
					{ "template", "templates/" },
					{ "tier", "presets/" },
					{ "tiers", "presets/" },
					{ "waiver.yaml", "waivers.yaml" },
					{ "waivers.yml", "waivers.yaml" } };

/* At the root of a repository. */
static int look_root(struct arena *a, const struct source *s, struct files *fs, struct err *err)
{
	struct source_list list = { 0 };

	if (source_list(s, str_of(""), a, &list, err) < 0)
		return -1;
	for (size_t i = 0; i < list.n; i++)
		for (size_t k = 0; k < sizeof(slips) / sizeof(*slips); k++)
			if (str_is(list.entries[i].name, slips[k][0]))
				leave(a, fs,
				      (struct unread){
					  .path = list.entries[i].name,
					  .why = arena_fmt(a, "its name must be %s", slips[k][1]),
					  .folder = list.entries[i].type == SOURCE_DIR });
	return 0;
}

static int take_folder(struct arena *a, const struct source *s, size_t which, struct files *fs,
		       struct err *err)
{
	struct paths found = { 0 };
	struct walk w = { a, s, &found, 0, WORLD_ENTRIES_MOST };

	if (walk(&w, str_of(folders[which].folder), err))
		return -1;
	for (size_t i = 0; i < found.n; i++) {
		if (str_ends(found.list[i], folders[which].ending) &&
		    !refused(a, fs, found.list[i]) && take(a, s, found.list[i], fs, err))
			return -1;
		look_ending(a, fs, found.list[i], which);
	}
	return 0;
}

int repository_files(struct arena *a, const struct source *s, struct files *fs, struct err *err)
{
	for (size_t i = 0; i < sizeof(single) / sizeof(*single); i++)
		if (take(a, s, str_of(single[i]), fs, err))
			return -1;
	for (size_t i = 0; i < FOLDERS; i++)
		if (take_folder(a, s, i, fs, err))
			return -1;
	return look_kept(a, s, fs, err) || look_root(a, s, fs, err) ? -1 : 0;
}

/* Adds where the days stand that the world's files name. */
static int add_dates(struct arena *a, const struct source *s, struct str as_of, struct hasher *h,
		     struct err *err)
{
	struct files fs = { 0 };

	hasher_field(h, str_of(as_of.n ? "dated" : "undated"));
	if (!as_of.n)
		return 0;
	for (size_t i = 0; i < sizeof(single) / sizeof(*single); i++)
		if (take(a, s, str_of(single[i]), &fs, err))
			return -1;
	for (size_t i = 0; i < FOLDERS; i++)
		if (folders[i].dated && take_folder(a, s, i, &fs, err))
			return -1;
	for (size_t i = 0; i < fs.n; i++)
		dates_add(h, fs.list[i].file->text, as_of);
	for (size_t i = 0; i < sizeof(dated_contracts) / sizeof(*dated_contracts); i++) {
		const struct embedded *e = embed_find(str_of(dated_contracts[i]));

		dates_add(h, (struct str){ e->data, e->size }, as_of);
	}
	return 0;
}

int repository_digest(struct arena *a, const struct source *s, struct str as_of, struct str *digest,
		      struct err *err)
{
	static const char *const parts[] = { "platform.yaml", "waivers.yaml", "lua",
					     "presets",       "policies",     "reports",
					     "revisions",     "schema",       "templates" };
	struct hasher h;

	hasher_start(&h);
	hasher_field(&h, str_of("howdah " HOWDAH_VERSION));
	hasher_field(&h, str_of(embed_digest()));
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		struct git_id id = { 0 };

		if (source_id(s, str_of(parts[i]), &id, err) < 0)
			return -1;
		hasher_add(&h, (struct str){ (const char *)id.b, sizeof(id.b) });
	}
	if (add_dates(a, s, as_of, &h, err))
		return -1;

	struct digest all = hasher_end(&h);

	*digest = digest_hex(a, &all);
	return 0;
}

int repository_intents(struct arena *a, const struct source *s, struct str folder,
		       struct paths *out, struct err *err)
{
	struct walk w = { a, s, out, 0, INTENT_ENTRIES_MOST };

	return walk(&w, folder, err);
}
