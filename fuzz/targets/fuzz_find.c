/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* fuzz_find.c - a program's target by its name. */
#include "fuzz/targets/fuzz.h"

#include <string.h>

const struct fuzz_target *fuzz_target_find(const char *name)
{
	for (size_t i = 0; fuzz_targets[i]; i++)
		if (!strcmp(fuzz_targets[i]->name, name))
			return fuzz_targets[i];
	return NULL;
}
