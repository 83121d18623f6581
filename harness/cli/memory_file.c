/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* memory_file.c - see memory_file.h. */
#include "harness/cli/memory_file.h"
#include "harness/cli/cmd.h"

#include <stdlib.h>

FILE *memory_file_open(char **text, size_t *bytes)
{
	FILE *file = open_memstream(text, bytes);

	if (!file)
		abort();
	return file;
}

void memory_file_close(FILE *file)
{
	if (fclose(file))
		abort();
}

bool json_write_file(const char *path, const json_t *value, size_t flags)
{
	char *text;
	size_t bytes;
	FILE *to = memory_file_open(&text, &bytes);
	bool ok = !json_dumpf(value, to, flags);

	if (!ok)
		error_file(path, "written", "a text or a number that JSON does not have");
	fputc('\n', to);
	memory_file_close(to);
	ok = ok && cmd_write_file(path, text, bytes);
	free(text);
	return ok;
}
