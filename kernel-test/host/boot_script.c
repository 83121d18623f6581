/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* boot_script.c - a boot as a script of its own. */
#include <stdlib.h>

#include "kernel-test/host/boot.h"

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
	FILE *file = open_memstream(&text, &bytes);

	if (!file)
		abort();
	fprintf(file, "#!/bin/sh\n# %s\n", passed);
	for (size_t i = 0; argv[i]; i++)
		put_quoted(file, argv[i]);
	fputc('\n', file);
	if (fclose(file))
		abort();
	cmd_write_file(path, text, bytes);
	free(text);
}
