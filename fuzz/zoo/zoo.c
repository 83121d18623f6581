/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* zoo.c - which defect a program of the zoo shows. */
#include "harness/zoo/zoo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct zoo_defect *zoo_find(const char *name)
{
	for (size_t i = 0; i < zoo_nr_defects; i++)
		if (!strcmp(zoo_defects[i].name, name))
			return &zoo_defects[i];
	return NULL;
}

void zoo_choose_from_environment(void)
{
	const char *name = getenv("LAB_DEFECT");
	const struct zoo_defect *defect = name && *name ? zoo_find(name) : NULL;

	if (name && *name && (!defect || !defect->number)) {
		fprintf(stderr, "LAB_DEFECT: the zoo has no defect '%s' built in\n", name);
		exit(2);
	}
	zoo_chosen = defect ? defect->number : 0;
}
