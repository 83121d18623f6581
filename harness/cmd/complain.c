/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* complain.c - the shape of complaints: one line on stderr, and the status for it. */
#include "cmd.h"

#include <stdarg.h>

int cmd_usage(const struct cmd *cmd, const char *format, ...)
{
	va_list words;

	fprintf(stderr, "pcpu-lab %s: ", cmd->name);
	va_start(words, format);
	vfprintf(stderr, format, words);
	va_end(words);
	fputc('\n', stderr);
	return CMD_USAGE;
}

int cmd_bad_input(const char *file, uint32_t line, const char *expected)
{
	fprintf(stderr, "%s:%u: %s\n", file, line, expected);
	return CMD_USAGE;
}
