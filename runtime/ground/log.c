/* SPDX-License-Identifier: Apache-2.0 */
/* log.c: events as JSON lines; the runtime's one writable global is the level. */
#include "ground/log.h"

#include <stdarg.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/diag.h"
#include "base/secret.h"
#include "ground/clock.h"

enum { VALUE_MOST = 1024 };

static enum log_level lowest = LOG_INFO;

static const char *const names[] = { "debug", "info", "warn", "error" };

void log_set_level(enum log_level level)
{
	lowest = level;
}

enum log_level log_level_of(struct str name)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (str_is(name, names[i]))
			return (enum log_level)i;
	return LOG_INFO;
}

/* Words of value, without those that look like a secret: a path in a sentence must not take the
 * sentence with it. */
static struct str without_secrets(struct buf *out, struct str value)
{
	while (value.n > 0) {
		size_t end = str_find(value, ' ');
		struct str word = str_cut(value, 0, end);

		if (secret_like(word))
			buf_text(out, "(withheld)");
		else
			buf_str(out, word);
		if (end < value.n)
			buf_char(out, ' ');
		value = str_cut(value, end + 1, value.n);
	}
	return secret_like(buf_view(out)) ? str_of("(withheld: it looks like a secret)")
					  : buf_view(out);
}

struct str log_clean(struct arena *a, struct str text)
{
	struct buf rest = { 0 };
	struct str out;

	if (text.n > VALUE_MOST)
		text.n = VALUE_MOST;
	out = arena_str(a, secret_like(text) ? without_secrets(&rest, text) : text);
	buf_release(&rest);
	return out;
}

static void put_pair(struct buf *line, const char *name, struct str value)
{
	struct buf rest = { 0 };

	if (value.n > VALUE_MOST)
		value.n = VALUE_MOST;
	if (secret_like(value))
		value = without_secrets(&rest, value);
	if (line->n > 1)
		buf_char(line, ',');
	diag_json_string(line, str_of(name));
	buf_char(line, ':');
	diag_json_string(line, value);
	buf_release(&rest);
}

void log_event(enum log_level level, const char *event, ...)
{
	struct buf line = { 0 }, time = { 0 };
	const char *name, *value;
	va_list pairs;

	if (level < lowest)
		return;
	clock_print(&time, clock_now().wall);
	buf_char(&line, '{');
	put_pair(&line, "time", buf_view(&time));
	put_pair(&line, "level", str_of(names[level]));
	put_pair(&line, "event", str_of(event));
	va_start(pairs, event);
	while ((name = va_arg(pairs, const char *)) != NULL)
		if ((value = va_arg(pairs, const char *)) != NULL)
			put_pair(&line, name, str_of(value));
	va_end(pairs);
	buf_text(&line, "}\n");
	/* one write, so that lines of a child do not get between; a log that is gone stops nothing
	 */
	if (write(STDERR_FILENO, line.p, line.n) < 0) {
	}
	buf_release(&line);
	buf_release(&time);
}
