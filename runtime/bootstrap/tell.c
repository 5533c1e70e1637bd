/* SPDX-License-Identifier: Apache-2.0 */
/* tell.c: why bootstrap waits or stops, for people. */
#include <fcntl.h>
#include <unistd.h>

#include "bootstrap/boot.h"
#include "ground/log.h"
#include "report/fields.h"

enum { AGAIN_MS = 60000, MESSAGE_MOST = 900, NAMES_MOST = 200 };

/* Where the kubelet looks for a container's last words. */
#define LAST_WORDS "/dev/termination-log"

/* What restores a cluster whose archive outlived it. */
static struct str way_out(struct boot *b)
{
	long long n = (long long)orders_int(b->orders, "cluster.incarnation", 1);

	return arena_fmt(b->arena,
			 "; nothing below %s was changed. To get the data back, write in the "
			 "intent: incarnation: %lld and restore: {incarnation: %lld}",
			 orders_text(b->orders, "archive.prefix").p, n + 1, n);
}

static struct str keys_missing(struct boot *b, size_t shell)
{
	struct buf out = { 0 };

	buf_fmt(&out, "Secret %s needs", boot_shell_at(b, shell) ? b->shells[shell].secret.p : "");
	node_each(k, node_at(boot_shell_at(b, shell), "keys"))
	    buf_fmt(&out, " %s", node_text(k, "name").p);
	return buf_take(&out, b->arena);
}

static struct str detail(struct boot *b, const struct boot_next *next)
{
	switch (next->reason) {
	case BOOT_ArchiveClaimed:
		return arena_fmt(b->arena, "its claim is of %s%s", b->claim_owner.p, way_out(b).p);
	case BOOT_ArchiveNotEmpty:
	case BOOT_ArchiveInUse:
	case BOOT_ClaimUnreadable:
		return arena_fmt(b->arena, "%s%s", orders_text(b->orders, "archive.claim").p,
				 way_out(b).p);
	case BOOT_KeyUnusable:
		return arena_fmt(b->arena,
				 "key %s of Secret %s: a libsodium key has 64 hexadecimal digits, "
				 "a password only letters, digits, _ and -",
				 b->shells[next->shell].wrong.p, b->shells[next->shell].secret.p);
	default:
		return boot_reason_of_shell(next->reason) ? keys_missing(b, next->shell)
							  : b->facts.detail;
	}
}

static struct str message_of(struct boot *b, const struct boot_next *next)
{
	struct str text = str_of(boot_reason_text(next->reason)), more = detail(b, next);
	struct str books = orders_text(b->orders, "runbooks");

	if (more.n > MESSAGE_MOST - NAMES_MOST)
		more = str_cut(more, 0, MESSAGE_MOST - NAMES_MOST);
	if (more.n > 0)
		text = arena_fmt(b->arena, "%s: %.*s", text.p, (int)more.n, more.p);
	return books.n > 0 ? arena_fmt(b->arena, "%s (%s#%s)", text.p, books.p,
				       boot_reason_name(next->reason))
			   : text;
}

static const struct node *told(const struct boot *b, const char *type)
{
	const struct node *list = node_at(node_at(b->record, "status"), "conditions");

	if (list)
		node_each(n, list) if (str_is(node_text(n, "type"), type)) return n;
	return NULL;
}

/* One condition of the record. */
struct said {
	const char *type, *status, *reason;
	struct str message;
};

static bool is_told(const struct boot *b, const struct said *s)
{
	const struct node *old = told(b, s->type);

	return old && str_is(node_text(old, "status"), s->status) &&
	       str_is(node_text(old, "reason"), s->reason) &&
	       str_eq(node_text(old, "message"), s->message);
}

static const struct node *condition(struct boot *b, const struct said *s)
{
	const struct node *old = told(b, s->type);
	struct fields f = { b->arena, { 0 } };

	fields_text(&f, "type", str_of(s->type));
	fields_text(&f, "status", str_of(s->status));
	fields_text(&f, "reason", str_of(s->reason));
	fields_text(&f, "message", s->message);
	fields_int(&f, "observedGeneration",
		   node_num(node_at(b->record, "metadata"), "generation", 0));
	if (old && str_is(node_text(old, "status"), s->status))
		fields_text(&f, "lastTransitionTime", node_text(old, "lastTransitionTime"));
	else
		fields_time(&f, "lastTransitionTime", clock_now().wall);
	return fields_map(&f);
}

/* Conditions that bootstrap says nothing of, then its own. */
static const struct node *conditions(struct boot *b, const struct said *said, size_t n)
{
	const struct node *list = node_at(node_at(b->record, "status"), "conditions");
	struct fields out = { b->arena, { 0 } };

	if (list)
		node_each(c, list) if (!str_is(node_text(c, "type"), "Ready") &&
				       !str_is(node_text(c, "type"), "KeysMissing"))
		    fields_item(&out, node_loose(b->arena, c));
	for (size_t i = 0; i < n; i++)
		fields_item(&out, condition(b, &said[i]));
	return fields_list(&out);
}

/* Puts the reason into the record, whose Ready is what people and Argo CD look at. */
static void tell_record(struct boot *b, const struct boot_next *next, struct str message)
{
	const char *status, *type = boot_reason_condition(next->reason, &status);
	const char *name = boot_reason_name(next->reason);
	struct said said[] = { { "Ready", "False", name, message },
			       { type, status, name, message } };
	size_t n = type && !str_is(str_of(type), "Ready") ? 2 : 1;
	struct fields body = { b->arena, { 0 } }, patch = { b->arena, { 0 } };
	struct boot_answer w;

	if (!type || !b->record || (is_told(b, &said[0]) && is_told(b, &said[n - 1])))
		return;
	fields_node(&body, "conditions", conditions(b, said, n));
	fields_seen(&patch, b->record);
	fields_node(&patch, "status", fields_map(&body));
	w = boot_ask(b, "PATCH", arena_fmt(b->arena, "%s/status", boot_record(b).p),
		     fields_map(&patch));
	/* another pod says the same; what could not be written is in the log */
	if (w.outcome != API_FINE && w.outcome != API_CONFLICT)
		log_event(LOG_WARN, "status-not-written", "why", w.message.p, NULL);
}

static void last_words(const struct boot *b, struct str message)
{
	int fd = *b->root ? -1 : open(LAST_WORDS, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	/* what is lost here is in the log and in the record */
	if (write(fd, message.p, message.n) < 0) {
	}
	(void)close(fd);
}

void boot_tell(struct boot *b, const struct boot_next *next)
{
	struct str message = message_of(b, next);
	bool stops = next->step == BOOT_STOP;
	int64_t now = clock_now().ms;

	if (stops || b->told != next->reason || now - b->told_ms > AGAIN_MS) {
		b->told = next->reason;
		b->told_ms = now;
		log_event(stops ? LOG_ERROR : LOG_WARN, stops ? "stopped" : "waiting", "reason",
			  boot_reason_name(next->reason), "why", message.p, NULL);
	}
	/* of a cluster that lives, its leader's agent tells */
	if (!b->facts.data && !b->facts.initialized)
		tell_record(b, next, message);
	if (stops)
		last_words(b, message);
}
