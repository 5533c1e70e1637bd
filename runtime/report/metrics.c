/* SPDX-License-Identifier: Apache-2.0 */
/* metrics.c: samples of each row of metrics.def. */
#include "report/metrics.h"

#include "backup/plan.h"
#include "facts/disk.h"
#include "facts/files.h"
#include "facts/postgres.h"
#include "report/backups.h"

/* Where samples go, under the name of their row. */
struct samples {
	struct buf *out;
	const char *name;
	bool counter;
	const struct round *round;
	const struct counts *counts;
};

/* Appends text as a label's value. */
static void put_value(struct buf *out, struct str text)
{
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '"' || text.p[i] == '\\')
			buf_char(out, '\\');
		if (text.p[i] == '\n')
			buf_text(out, "\\n");
		else
			buf_char(out, text.p[i]);
	}
}

/* A sample with up to two labels; a label whose name is NULL is left out. */
static void sample(struct samples *s, const char *const *labels, const struct str *values,
		   int64_t v)
{
	buf_text(s->out, s->name);
	if (s->counter)
		buf_text(s->out, "_total");
	for (int i = 0; i < 2 && labels && labels[i]; i++) {
		buf_fmt(s->out, "%c%s=\"", i ? ',' : '{', labels[i]);
		put_value(s->out, values[i]);
		buf_char(s->out, '"');
	}
	buf_text(s->out, labels && labels[0] ? "} " : " ");
	buf_int(s->out, v);
	buf_char(s->out, '\n');
}

static void plain(struct samples *s, int64_t v)
{
	sample(s, NULL, NULL, v);
}

static void metric_info(struct samples *s)
{
	const char *const labels[2] = { "version", NULL };

	sample(s, labels, &s->round->facts->self.version, 1);
}

static void metric_leads(struct samples *s)
{
	plain(s, s->round->leads);
}

static void metric_condition(struct samples *s)
{
	static const int64_t values[] = {
		[TRUTH_Unknown] = -1, [TRUTH_True] = 1, [TRUTH_False] = 0
	};
	const char *const labels[2] = { "type", "reason" };

	for (int id = 0; id < CONDITION_count; id++) {
		const struct reason_row *row = reason_row(s->round->conditions[id].reason);
		struct str texts[2] = { str_of(condition_name((enum condition_id)id)),
					str_of(row->name) };

		if (s->round->conditions[id].reason != REASON_none)
			sample(s, labels, texts, values[row->truth]);
	}
}

static void metric_connections(struct samples *s)
{
	plain(s, facts_postgres(s->round->facts)->connections);
}

static void metric_connections_most(struct samples *s)
{
	plain(s, facts_postgres(s->round->facts)->connections_most);
}

static void metric_archive_waiting(struct samples *s)
{
	plain(s, facts_postgres(s->round->facts)->waiting);
}

static void metric_archive_age(struct samples *s)
{
	int64_t since = facts_postgres(s->round->facts)->waiting_since;

	plain(s, since ? s->round->now.wall - since : 0);
}

static void metric_archive_failures(struct samples *s)
{
	plain(s, facts_postgres(s->round->facts)->archive_failures);
}

static void metric_disk_size(struct samples *s)
{
	plain(s, facts_disk(s->round->facts)->size);
}

static void metric_disk_used(struct samples *s)
{
	plain(s, facts_disk(s->round->facts)->used);
}

static void metric_certificate(struct samples *s)
{
	const struct fact_files *f = facts_files(s->round->facts);
	const char *const labels[2] = { "name", NULL };

	for (size_t i = 0; i < f->n_certs; i++)
		sample(s, labels, &f->certs[i].name, f->certs[i].cert.to);
}

static const char *const fact_names[] = {
#define FACT(name) #name,
#include "facts/facts.def"
#undef FACT
};

static void metric_look_age(struct samples *s)
{
	const char *const labels[2] = { "fact", NULL };

	for (int f = 0; f < FACT_count; f++) {
		struct str name = str_of(fact_names[f]);
		int64_t at = s->round->facts->sight[f].at_ms;

		if (at)
			sample(s, labels, &name, (s->round->now.ms - at) / 1000);
	}
}

static void metric_actions(struct samples *s)
{
	const char *const labels[2] = { "action", "result" };
	uint64_t done[ACTION_count] = { 0 }, failed[ACTION_count] = { 0 };

	for (const struct past *p = s->round->facts->past; p; p = p->next) {
		done[p->kind] += p->done;
		failed[p->kind] += p->failed;
	}
	for (int kind = 0; kind < ACTION_count; kind++) {
		struct str name = str_of(action_row((enum action_kind)kind)->name);

		sample(s, labels, (struct str[]){ name, str_of("done") }, (int64_t)done[kind]);
		sample(s, labels, (struct str[]){ name, str_of("failed") }, (int64_t)failed[kind]);
	}
}

static void metric_requests(struct samples *s)
{
	plain(s, (int64_t)s->counts->api_requests);
}

static void metric_archive_bytes(struct samples *s)
{
	plain(s, backups_queue(s->round));
}

/* The newest verified base backup, where this agent knows of one; or NULL. */
static const struct fact_backup *newest(const struct samples *s)
{
	return s->round->leads ? backup_newest_good(s->round) : NULL;
}

static void metric_backup_finished(struct samples *s)
{
	const struct fact_backup *b = newest(s);

	if (b)
		plain(s, b->ended);
}

static void metric_backup_size(struct samples *s)
{
	const struct fact_backup *b = newest(s);

	if (b)
		plain(s, b->size);
}

static void metric_backup_seconds(struct samples *s)
{
	const struct fact_backup *b = newest(s);

	if (b)
		plain(s, b->ended - b->began);
}

static void metric_backup_count(struct samples *s)
{
	static const char *const states[] = { [BACKUP_UNKNOWN] = "unverified",
					      [BACKUP_GOOD] = "good",
					      [BACKUP_CORRUPT] = "corrupt",
					      [BACKUP_CUT] = "cut" };
	const char *const labels[2] = { "state", NULL };
	const struct fact_backups *b = facts_backups(s->round->facts);
	int64_t counts[sizeof(states) / sizeof(*states)] = { 0 };

	for (size_t i = 0; i < b->n; i++)
		counts[backup_state(s->round, &b->items[i])]++;
	for (size_t i = 0; i < sizeof(states) / sizeof(*states) && s->round->leads; i++)
		sample(s, labels, (struct str[]){ str_of(states[i]) }, counts[i]);
}

static void metric_backup_failures(struct samples *s)
{
	if (s->round->leads)
		plain(s, backup_failures(s->round));
}

static void metric_restorable(struct samples *s)
{
	const struct fact_backup *b = s->round->leads ? backup_oldest_good(s->round) : NULL;

	if (b)
		plain(s, b->ended);
}

static void metric_wal_lost(struct samples *s)
{
	const struct fact_wal *w = facts_wal(s->round->facts);
	int64_t lost = 0;

	for (size_t i = 0; i < w->n; i++)
		lost += w->gaps[i].lost ? w->gaps[i].count : 0;
	if (s->round->leads)
		plain(s, lost);
}

static void metric_disk_full(struct samples *s)
{
	int64_t at = disk_full_at(facts_disk(s->round->facts), s->round->now.wall);

	if (at)
		plain(s, at);
}

static const struct {
	const char *type, *name, *help;
	void (*write)(struct samples *s);
} rows[] = {
#define METRIC(id, type, name, help) { type, name, help, metric_##id },
#include "report/metrics.def"
#undef METRIC
};

void metrics_print(struct buf *out, const struct round *r, const struct counts *counts)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct samples s = { out, rows[i].name, rows[i].type[0] == 'c', r, counts };

		buf_fmt(out, "# TYPE %s %s\n# HELP %s %s\n", s.name, rows[i].type, s.name,
			rows[i].help);
		rows[i].write(&s);
	}
	buf_text(out, "# EOF\n");
}
