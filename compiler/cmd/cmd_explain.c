/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_explain.c: howdah explain: what a message means, where a value comes from. */
#include "cmd/command.h"

static void put_row(struct buf *out, const struct message_row *row)
{
	buf_fmt(out, "[%s]\n\n  what: %s\n\n  do:   %s\n", row->name, row->means, row->mend);
}

static int list_messages(void)
{
	struct buf out = { 0 };

	for (int i = 1; i < MSG_count; i++)
		buf_fmt(&out, "%-22s %s\n", message_row((enum message)i)->name,
			message_row((enum message)i)->means);

	int code = cli_write(buf_view(&out));

	buf_release(&out);
	return code;
}

static int message(struct str name)
{
	enum message id = message_find(name);
	struct buf out = { 0 };

	if (id == MSG_none)
		return cli_fail(CODE_USAGE,
				"'%s' is no message; howdah explain --list messages lists them",
				name.p);
	put_row(&out, message_row(id));

	int code = cli_write(buf_view(&out));

	buf_release(&out);
	return code;
}

static int run(struct cli *c)
{
	const char *list = c->value[OPT_list];

	if (list && strcmp(list, "messages") == 0)
		return list_messages();
	if (list)
		return cli_fail(CODE_USAGE, "--list is messages or link, not '%s'", list);
	if (c->n_args != 1)
		return cli_fail(CODE_USAGE, "explain takes one message id or OUT/FILE.yaml:PATH");
	return message(str_of(c->args[0]));
}

const struct command command_explain = {
	.name = "explain",
	.usage = "MESSAGE-ID | OUT/FILE.yaml:PATH | --list messages|link",
	.summary = "say what a message means, or why an output value is what it is",
	.help = "Prints what a message means and what mends it, or, for a value of an output file, "
		"the chain of places\n"
		"it came from: intent line, team, environment, tier, platform, template or policy "
		"line.",
	.options = OPT_BIT(list) | OPT_BIT(repository) | OPT_BIT(source) | OPT_BIT(output),
	.run = run,
};
