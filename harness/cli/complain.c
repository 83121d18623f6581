/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* complain.c - the shape of complaints: one line on stderr, and the status for it. */
#include "harness/cli/cmd.h"

#include <string.h>

int cmd_usage(const struct cmd *cmd, const char *format, ...)
{
	va_list words;

	va_start(words, format);
	if (cmd->complain) {
		cmd->complain(format, words);
	} else {
		fprintf(stderr, "lab %s: ", cmd->name);
		vfprintf(stderr, format, words);
		fputc('\n', stderr);
	}
	va_end(words);
	return CMD_USAGE;
}

/* `-` is how the user writes it; what is printed names what it is. */
const char *cmd_shown(const char *file)
{
	return !strcmp(file, "-") ? "stdin" : *file ? file : "''";
}

int cmd_bad_input(const char *file, uint32_t line, const char *expected)
{
	fprintf(stderr, "%s:%u: %s\n", cmd_shown(file), line, expected);
	return CMD_USAGE;
}

int error_file(const char *file, const char *done, const char *why)
{
	fprintf(stderr, "%s: cannot be %s: %s\n", cmd_shown(file), done, why);
	return CMD_USAGE;
}
