/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* numa_said.c - reads a guest's serial console: numa-init's TAP and comments, a kernel's panic. */
#include <stdlib.h>
#include <string.h>

#include "numa_boot.h"

void numa_said_init(struct numa_said *said)
{
	*said = (struct numa_said){.placements = json_array(), .bench = json_object()};
	boot_said_init(&said->tap);
}

void numa_said_free(struct numa_said *said)
{
	boot_said_free(&said->tap);
	json_decref(said->placements);
	json_decref(said->bench);
}

static void keep_placement(struct numa_said *said, const char *name, unsigned long long there,
			   unsigned long long pages)
{
	said->nr_there += there;
	said->nr_pages += pages;
	json_array_append_new(said->placements,
			      json_pack("{s:s, s:I, s:I}", "name", name, "there", (json_int_t)there,
					"pages", (json_int_t)pages));
}

void numa_said_line(struct numa_said *said, const char *line)
{
	const char *panic = strstr(line, "Kernel panic");
	unsigned long long there, pages;
	char name[64];
	double number;

	if (panic && !said->panic[0])
		snprintf(said->panic, sizeof(said->panic), "%.*s", (int)strcspn(panic, "\r"),
			 panic);
	if (sscanf(line, "# placement %63s %llu of %llu", name, &there, &pages) == 3)
		keep_placement(said, name, there, pages);
	else if (sscanf(line, "# bench %63s %lf", name, &number) == 2)
		json_object_set_new(said->bench, name, json_real(number));
	else
		boot_said_line(&said->tap, line);
}

void numa_said_complaint(struct numa_said *said, const char *line)
{
	snprintf(said->complaint, sizeof(said->complaint), "%s", line);
}
