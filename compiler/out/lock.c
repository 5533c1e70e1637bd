/* SPDX-License-Identifier: Apache-2.0 */
/* lock.c: howdah.lock out and in. */
#include "out/lock.h"

#include "git/tree.h"
#include "out/path.h"
#include "out/record.h"

static const char FORMAT[] = "v1";

enum { KEYS = 6 }; /* exports, files, format, input, owner, sum */

void lock_print(const struct lock *l, struct buf *out)
{
	size_t start = out->n;

	record_put_block(out, 0, "exports", l->exports);
	if (l->n)
		record_put_key(out, 0, str_of("files"));
	else
		record_put_block(out, 0, "files", str_of(""));
	for (size_t i = 0; i < l->n; i++)
		record_put_id(out, 2, l->files[i].name, "blob", &l->files[i].id);
	record_put(out, 0, str_of("format"), str_of(FORMAT));
	record_put_digest(out, 0, "input", &l->input);
	record_put(out, 0, str_of("owner"), l->owner);
	record_put_sum(out);
	record_seal(out, start);
}

/* Reads the lines below "files:". */
static bool read_files(struct arena *a, struct str block, struct lock *out)
{
	struct record_item item = { 0 };

	out->files = NEW_ARRAY(a, record_lines(block), struct lock_file);
	while (record_next(&block, 2, &item)) {
		struct lock_file *f = &out->files[out->n++];

		f->name = arena_str(a, item.key);
		if (out_path_fault(f->name, true) || !record_id(item.value, "blob", &f->id))
			return false;
	}
	return block.n == 0;
}

/* Reads one key of the lock. */
static bool read_item(struct arena *a, struct arena *files, const struct record_item *item,
		      struct lock *out)
{
	if (str_is(item->key, "exports")) {
		out->exports = record_dedent(a, item->block, 2);
		return true;
	}
	if (str_is(item->key, "files"))
		return read_files(files, item->block, out);
	if (str_is(item->key, "format"))
		return str_is(item->value, FORMAT);
	if (str_is(item->key, "input"))
		return record_digest(item->value, &out->input);
	if (str_is(item->key, "owner")) {
		out->owner = arena_str(a, item->value);
		return !out_path_fault(out->owner, false);
	}
	return str_is(item->key, "sum");
}

int lock_read(struct arena *a, struct arena *files, struct str text, struct lock *out,
	      struct err *err)
{
	struct record_item item = { 0 };
	size_t keys = 0;

	*out = (struct lock){ 0 };
	if (!record_sealed(text))
		return err_kind_set(err, ERR_INPUT, "its sum does not fit: it was cut or edited");
	for (; record_next(&text, 0, &item); keys++)
		if (!read_item(a, files, &item, out))
			return err_kind_set(err, ERR_INPUT, "its key '%s' is not understood",
					    arena_str(a, item.key).p);
	if (text.n || keys != KEYS)
		return err_kind_set(err, ERR_INPUT, "it is not a lock that howdah wrote");
	return 0;
}

const struct lock_file *lock_find(const struct lock *l, struct str name)
{
	for (size_t low = 0, high = l->n; low < high;) {
		size_t mid = low + (high - low) / 2;
		int c = str_cmp(name, l->files[mid].name);

		if (c == 0)
			return &l->files[mid];
		if (c < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

struct git_id lock_tree(struct arena *a, const struct lock *l, const struct git_id *id)
{
	struct git_tree t = { NEW_ARRAY(a, l->n + 1, struct git_entry), l->n + 1 };

	for (size_t i = 0; i < l->n; i++)
		t.entries[i] = (struct git_entry){ l->files[i].name, GIT_FILE, l->files[i].id };
	t.entries[l->n] = (struct git_entry){ str_of(LOCK_NAME), GIT_FILE, *id };
	return git_tree_hash(&t);
}

struct str lock_names(struct arena *a, const struct lock *l)
{
	struct buf all = { 0 };

	for (size_t i = 0; i < l->n; i++) {
		buf_str(&all, l->files[i].name);
		buf_char(&all, '\n');
	}
	return buf_take(&all, a);
}
