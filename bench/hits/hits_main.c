/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* hits_main.c - pcpu-hits: the list of both hit paths, and the rules of hits.h, for each machine
   and size. `lab bench --hits` runs it. */
#include "bench/hits/hits.h"

#include <stdlib.h>

static const uint32_t sizes[] = {4, 8, 16, 24, 32, 64}, machines[] = {2, 256};

enum { NR_SIZES = sizeof(sizes) / sizeof(sizes[0]) };

/* The first is listed, of each other the counts. */
static uint32_t one_show(const struct hits *hits, bool whole)
{
	uint32_t nr_shared, nr;

	if (whole) {
		hits_print(hits, stdout);
		puts("\nCPUs  bytes  alloc  free  locked  lines: alloc  free  shared lines of "
		     "states");
	}
	hits_states_shared(hits, &nr_shared, &nr);
	printf("%4u  %5u  %5u  %4u  %6u", hits->nr_cpus, hits->bytes, hits->cpu[0].alloc.most,
	       hits->cpu[0].free.most, hits->cpu[0].alloc.nr_locked + hits->cpu[0].free.nr_locked);
	for (int kind = 0; kind < 2; kind++) {
		const struct hits_kind *of = kind ? &hits->cpu[0].free : &hits->cpu[0].alloc;
		uint32_t lines = 0;

		for (uint32_t g = 0; g < HITS_NR_GROUPS; g++)
			lines += of->lines[g];
		printf(kind ? "  %4u" : "  %12u", lines);
	}
	printf("  %u of %u\n", nr_shared, nr);
	return hits_faults(hits, stdout);
}

static uint32_t bound_check(const struct hits *hits)
{
	uint32_t alloc, free;

	if (!hits_bound(&alloc, &free) ||
	    (hits->cpu[0].alloc.most <= alloc && hits->cpu[0].free.most <= free))
		return 0;
	printf("more instructions than hits.def has: %u and %u\n", alloc, free);
	return 1;
}

int main(int argc, char **argv)
{
	struct hits *hits = malloc(sizeof(*hits));
	uint32_t nr_faults = 0;

	if (argc > 1) {
		fputs("usage: pcpu-hits\n", stderr);
		return 2;
	}
	for (uint32_t i = 0; hits && i < 2 * NR_SIZES; i++) {
		const struct hits_options options = {
			.calls = hits_calls_real,
			.nr_cpus = machines[i / NR_SIZES],
			.bytes = sizes[(i + 1) % NR_SIZES],
			.nr_objects = HITS_OBJECTS_MAX,
		};
		const char *why;
		bool skipped;

		if (!hits_measure(hits, &options, &skipped, &why)) {
			fprintf(stderr, "pcpu-hits: %s\n", why);
			free(hits);
			return 1;
		}
		nr_faults += one_show(hits, i == 0) + bound_check(hits);
	}
	free(hits);
	return hits && !nr_faults ? 0 : 1;
}
