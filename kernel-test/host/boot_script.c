/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* boot_script.c - a boot as a script of its own. */
#include <stdlib.h>

#include "kernel-test/host/boot.h"
#include "harness/cli/memory_file.h"

static void put_quoted(FILE *file, const char *word)
{
	fputc('\'', file);
	for (; *word; word++) {
		if (*word == '\'')
			fputs("'\\''", file);
		else
			fputc(*word, file);
	}
	fputs("' ", file);
}

void boot_write_script(const char *path, char *const argv[], const char *passed)
{
	char *text;
	size_t bytes;
	FILE *file = memory_file_open(&text, &bytes);

	fprintf(file, "#!/bin/sh\n# %s\n", passed);
	for (size_t i = 0; argv[i]; i++)
		put_quoted(file, argv[i]);
	fputc('\n', file);
	memory_file_close(file);
	cmd_write_file(path, text, bytes);
	free(text);
}
