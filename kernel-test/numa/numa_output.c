/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* numa_output.c - reads a guest's serial console: numa-init's TAP and comments, a kernel's
   panic. */
#include <stdlib.h>
#include <string.h>

#include "kernel-test/numa/numa_boot.h"

void numa_output_init(struct numa_output *output)
{
	*output = (struct numa_output){.placements = json_array(), .bench = json_object()};
	boot_output_init(&output->tap);
}

void numa_output_free(struct numa_output *output)
{
	boot_output_free(&output->tap);
	json_decref(output->placements);
	json_decref(output->bench);
}

static void keep_placement(struct numa_output *output, const char *name, unsigned long long there,
			   unsigned long long pages)
{
	output->nr_there += there;
	output->nr_pages += pages;
	json_array_append_new(output->placements,
			      json_pack("{s:s, s:I, s:I}", "name", name, "there", (json_int_t)there,
					"pages", (json_int_t)pages));
}

void numa_output_line(struct numa_output *output, const char *line)
{
	const char *panic = strstr(line, "Kernel panic");
	unsigned long long there, pages;
	char name[64];
	double number;

	if (panic && !output->panic[0])
		snprintf(output->panic, sizeof(output->panic), "%.*s", (int)strcspn(panic, "\r"),
			 panic);
	if (sscanf(line, "# placement %63s %llu of %llu", name, &there, &pages) == 3)
		keep_placement(output, name, there, pages);
	else if (sscanf(line, "# bench %63s %lf", name, &number) == 2)
		json_object_set_new(output->bench, name, json_real(number));
	else
		boot_output_line(&output->tap, line);
}

void numa_output_complaint(struct numa_output *output, const char *line)
{
	snprintf(output->complaint, sizeof(output->complaint), "%s", line);
}
