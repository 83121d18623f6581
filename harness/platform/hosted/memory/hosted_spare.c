/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * hosted_spare.c - how much memory an instance without its own page limit could take now: the
 * lesser of the rest of its limit and the machine's available memory (proc(5), MemAvailable).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/platform/hosted/hosted_plat.h"

/* Lowers *bytes to the available memory in root/proc/meminfo; unchanged when it is not there. */
static void machine_lower(const char *root, uint64_t *bytes)
{
	static const char key[] = "MemAvailable:"; /* a number of KiB follows */
	char path[256], line[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/proc/meminfo", root);
	file = fopen(path, "re");
	if (!file)
		return;
	while (fgets(line, sizeof(line), file))
		if (strncmp(line, key, strlen(key)) == 0)
			*bytes = pcpu_min64(*bytes, strtoull(line + strlen(key), NULL, 10) << 10);
	fclose(file);
}

bool hosted_spare_bytes(const char *root, uint64_t *bytes)
{
	struct plat plat = {.config = {.page_limit = 0}};

	if (!hosted_limit_init(&plat, root))
		return false;
	*bytes = hosted_limit_left(&plat) * PCPU_PAGE_BYTES;
	machine_lower(root, bytes);
	return true;
}
