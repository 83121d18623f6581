/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* boot_script.c - writes a boot as a script. */
#include <glib.h>
#include <stdlib.h>

#include "kernel-test/host/boot.h"
#include "harness/cli/memory_file.h"

void boot_write_script(const char *path, char *const argv[], const char *passed)
{
	char *text;
	size_t bytes;
	FILE *file = memory_file_open(&text, &bytes);

	fprintf(file, "#!/bin/sh\n# %s\n", passed);
	for (size_t i = 0; argv[i]; i++) {
		char *word = g_shell_quote(argv[i]);

		fprintf(file, "%s ", word);
		free(word);
	}
	fputc('\n', file);
	memory_file_close(file);
	cmd_write_file(path, text, bytes);
	free(text);
}
