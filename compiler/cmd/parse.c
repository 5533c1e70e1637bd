/* SPDX-License-Identifier: Apache-2.0 */
/* parse.c: options by table, help from the same table, and how findings are printed. */
#include "cmd/parse.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { FAIL_MOST = 2048 };

static const struct {
	const char *name;
	char letter;
	const char *argument, *help;
} options[OPT_COUNT] = {
#define OPTION(id, name, letter, argument, help) [OPT_##id] = { name, letter, argument, help },
#include "cmd/options.def"
#undef OPTION
};

int cli_fail(int code, const char *fmt, ...)
{
	char text[FAIL_MOST];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	/* Names from the disk or the command line never write control characters to a terminal. */
	for (char *c = text; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	(void)fprintf(stderr, "howdah: error: %s\n", text);
	return code;
}

void cli_print(const struct cli *c, const struct diags *d)
{
	struct buf out = { 0 };

	diags_print(d, &out, c->format, c->colour);
	if (out.n)
		(void)fwrite(out.p, 1, out.n, stderr);
	buf_release(&out);
}

int cli_findings(const struct cli *c, const struct diags *d)
{
	struct buf out = { 0 };
	int code = CODE_FINE;

	if (c->format == DIAG_TEXT) {
		cli_print(c, d);
		return CODE_FINE;
	}
	diags_print(d, &out, c->format, false);
	code = cli_write(buf_view(&out));
	buf_release(&out);
	return code;
}

int cli_write(struct str text)
{
	if (fwrite(text.p, 1, text.n, stdout) != text.n || fflush(stdout))
		return cli_fail(CODE_OUTSIDE, "the output cannot be written");
	return CODE_FINE;
}

static bool takes(const struct cli *c, int o)
{
	return o == OPT_help || (c->command->options & (1 << o)) != 0;
}

static void option_line(const struct cli *c, int o)
{
	char left[64];
	const char *argument = options[o].argument, *text = options[o].help;

	if (o == OPT_format && c->command->own_format)
		text = c->command->own_format;
	(void)snprintf(left, sizeof(left), "%s%c%s--%s%s%s", options[o].letter ? "-" : " ",
		       options[o].letter ? options[o].letter : ' ', options[o].letter ? ", " : "  ",
		       options[o].name, argument ? " " : "", argument ? argument : "");
	(void)printf("  %-26s %s\n", left, text);
}

int cli_help(const struct cli *c)
{
	(void)printf("usage: howdah %s%s%s\n\n%s\n\noptions:\n", c->command->name,
		     *c->command->usage ? " " : "", c->command->usage, c->command->help);
	for (int o = 0; o < OPT_COUNT; o++)
		if (takes(c, o))
			option_line(c, o);
	return cli_write(str_of(""));
}

/* The option a word names, or -1. *value is what stands behind '=' or a letter. */
static int named(const char *word, const char **value)
{
	for (int o = 0; o < OPT_COUNT; o++) {
		size_t n = strlen(options[o].name);

		if (word[1] != '-' && options[o].letter == word[1] && word[1]) {
			*value = word[2] ? word + 2 : NULL;
			return o;
		}
		if (word[1] == '-' && strncmp(word + 2, options[o].name, n) == 0 &&
		    (word[2 + n] == 0 || word[2 + n] == '=')) {
			*value = word[2 + n] ? word + 3 + n : NULL;
			return o;
		}
	}
	return -1;
}

/* A word that no option of this command is: the nearest one, or where they are listed. */
static int refuse(const struct cli *c, const char *word)
{
	struct str name = str_of(word + strspn(word, "-"));

	name.n = str_find(name, '=');
	for (int o = 0; o < OPT_COUNT && word[1] == '-'; o++)
		if (takes(c, o) && str_distance(name, str_of(options[o].name), 2) <= 2)
			return cli_fail(CODE_USAGE,
					"'%s' is no option of howdah %s; did you mean '--%s'?",
					word, c->command->name, options[o].name);
	return cli_fail(CODE_USAGE, "'%s' is no option of howdah %s; howdah %s --help lists them",
			word, c->command->name, c->command->name);
}

/* Why option o, with VALUE or none in its own word and MORE words behind it, cannot stand there; 0
 * or CODE_USAGE after a message. */
static int unfit(const struct cli *c, int o, const char *value, int more)
{
	const char *name = options[o].name, *argument = options[o].argument;

	if (!argument && value)
		return cli_fail(CODE_USAGE, "--%s takes no argument", name);
	if (argument && !value && !more)
		return cli_fail(CODE_USAGE, "--%s needs an argument: %s", name, argument);
	if (c->value[o] && (o != OPT_set || c->n_sets == SETS_MOST))
		return cli_fail(CODE_USAGE, "--%s is given %s", name,
				o == OPT_set ? "too often" : "twice");
	return 0;
}

/* Takes one option word; the number of words used, or 0 after a message. */
static int take(struct cli *c, int argc, char **argv)
{
	const char *value = NULL;
	int o = named(argv[0], &value);

	if (o < 0 || !takes(c, o)) {
		(void)refuse(c, argv[0]);
		return 0;
	}
	if (unfit(c, o, value, argc - 1))
		return 0;

	bool next = options[o].argument && !value;

	c->value[o] = !options[o].argument ? "" : next ? argv[1] : value;
	if (o == OPT_set)
		c->sets[c->n_sets++] = c->value[o];
	return next ? 2 : 1;
}

/* How findings are printed; a command with forms of its own reads the option itself. */
static int take_format(struct cli *c)
{
	static const char *const names[] = { "text", "json", "github" };
	const char *value = c->value[OPT_format];

	if (!value || c->command->own_format)
		return -1;
	for (int i = 0; i < 3; i++)
		if (strcmp(value, names[i]) == 0) {
			c->format = (enum diag_format)i;
			return -1;
		}
	return cli_fail(CODE_USAGE, "--format is text, json or github, not '%s'", value);
}

/* The variable name, or nothing: empty is as good as unset (no-color.org). */
static const char *environment(const char *name)
{
	const char *value = getenv(name);

	return value ? value : "";
}

int cli_parse(struct cli *c, int argc, char **argv)
{
	bool words = false;

	c->args = argv;
	c->terminal = isatty(STDERR_FILENO) && strcmp(environment("TERM"), "dumb") != 0;
	c->colour = c->terminal && !*environment("NO_COLOR");
	for (int i = 0; i < argc;) {
		int used = 1;

		if (!words && strcmp(argv[i], "--") == 0)
			words = true;
		else if (!words && argv[i][0] == '-' && argv[i][1])
			used = take(c, argc - i, argv + i);
		else
			argv[c->n_args++] = argv[i];
		if (!used)
			return CODE_USAGE;
		i += used;
	}
	if (c->value[OPT_help])
		return cli_help(c);
	return take_format(c);
}
