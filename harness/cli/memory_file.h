/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * memory_file.h - texts that are written piece by piece, and JSON as a file. The process ends when
 * there is no memory.
 *
 *	char *text;
 *	size_t bytes;
 *	FILE *to = memory_file_open(&text, &bytes);
 *	fprintf(to, "...");
 *	memory_file_close(to);		text is there, and the caller's to free()
 */
#ifndef MEMORY_FILE_H
#define MEMORY_FILE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

FILE *memory_file_open(char **text, size_t *bytes);
void memory_file_close(FILE *file);

/* Writes as cmd_write_file(), with a newline at the end; flags: jansson's. Refuses NULL, a value
   that could not be created. */
bool json_write_file(const char *path, const json_t *value, size_t flags);

#endif
