/* SPDX-License-Identifier: Apache-2.0 */
/* message.c: a commit object as text. */
#include "out/message.h"

#include <inttypes.h>

static void put_id(struct buf *out, const char *key, const struct git_id *id)
{
	buf_text(out, key);
	for (size_t i = 0; i < sizeof(id->b); i++)
		buf_fmt(out, "%02x", id->b[i]);
	buf_char(out, '\n');
}

/* "author NAME <EMAIL> TIME ZONE", within what git fsck accepts. */
static void put_person(struct buf *out, const char *role, const struct git_person *p)
{
	int zone = p->zone < 0 ? -p->zone : p->zone;

	buf_text(out, role);
	buf_str(out, p->name.n ? p->name : str_of("unknown"));
	buf_text(out, " <");
	buf_str(out, p->email);
	buf_fmt(out, "> %" PRId64 " %c%02d%02d\n", p->time < 0 ? 0 : p->time,
		p->zone < 0 ? '-' : '+', zone / 60 % 24, zone % 60);
}

/* The line reads "Some-Key: value". */
static bool is_trailer(struct str line)
{
	size_t n = str_find(line, ':');

	if (n == 0 || n + 2 >= line.n || line.p[n + 1] != ' ')
		return false;
	for (size_t i = 0; i < n; i++) {
		char c = line.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		      c == '-'))
			return false;
	}
	return true;
}

static struct str first_line(struct str s)
{
	return str_cut(s, 0, str_find(s, '\n'));
}

static struct str trim_end(struct str s)
{
	while (s.n && (s.p[s.n - 1] == '\n' || s.p[s.n - 1] == ' '))
		s.n--;
	return s;
}

/* The last paragraph of the message when all its lines are trailers, else nothing. */
static struct str trailers(struct str message)
{
	struct str all = trim_end(message), last = { all.p, 0 };

	for (size_t i = 1; i < all.n; i++)
		if (all.p[i] == '\n' && all.p[i - 1] == '\n')
			last = str_cut(all, i + 1, all.n);
	for (struct str rest = last; rest.n;) {
		struct str line = first_line(rest);

		if (!is_trailer(line))
			return str_of("");
		rest = str_cut(rest, line.n + 1, rest.n);
	}
	return last;
}

static const char SOURCE[] = "Source-commit: ";

static void put_message(struct buf *out, const struct git_commit_facts *source)
{
	struct str subject = source ? trim_end(first_line(source->message)) : str_of("");
	struct str kept = source ? trailers(source->message) : str_of("");

	buf_str(out, subject.n ? subject : str_of("Compile the platform repository"));
	buf_char(out, '\n');
	if (!source)
		return;
	buf_char(out, '\n');
	buf_str(out, kept);
	if (kept.n)
		buf_char(out, '\n');
	put_id(out, SOURCE, &source->id);
}

void message_commit(struct buf *out, const struct git_id *tree, const struct git_id *parent,
		    const struct git_commit_facts *source)
{
	static const struct git_person howdah = {
		.name = { "howdah", 6 },
		.email = { "howdah@howdah.dev", 17 },
	};

	put_id(out, "tree ", tree);
	if (!git_id_none(parent))
		put_id(out, "parent ", parent);
	put_person(out, "author ", source ? &source->author : &howdah);
	put_person(out, "committer ", source ? &source->committer : &howdah);
	buf_char(out, '\n');
	put_message(out, source);
}

bool message_names(struct str message, const struct git_id *source)
{
	struct buf line = { 0 };
	struct str all = trim_end(message);
	bool named = false;

	put_id(&line, SOURCE, source);
	line.n--; /* its LF */
	named = str_ends(all, buf_z(&line));
	buf_release(&line);
	return named;
}
