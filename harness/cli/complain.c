/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* complain.c - formats complaints: one line on stderr, and the exit status. */
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

/* The user types `-`; messages print what it stands for. */
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
