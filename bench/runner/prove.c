/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * prove.c - checks the checks: proves the rivals' adapters, and plants a fault for each of the two
 * checks (B1 after a workload, rival_broken() on an adapter).
 */
#include "bench/runner/bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Leaves one object too many. */
static bool leftover_is_seen(void)
{
	const struct bench_case self = {.nr_cpus = 2, .engine = &pcpu_engines[0]};
	struct bench_fixture fixture;
	bool seen = false;

	if (!bench_fixture_create(&fixture, NULL, &self, NULL))
		return false;
	if (pcpu_alloc(fixture.pcpu, 8, 8, 0).value)
		seen = !bench_fixture_broken(&fixture, 1) && bench_fixture_broken(&fixture, 0);
	bench_fixture_destroy(&fixture);
	return seen;
}

/* The C library's adapter with one fault: CPUs from 2 on get CPU 1's copy. */
static uintptr_t crooked_address(void *heap, uintptr_t object, size_t size_bytes,
				 size_t align_bytes, uint32_t cpu)
{
	const struct rival *glibc = rival_find("glibc-packed");

	return glibc->address(heap, object, size_bytes, align_bytes, cpu < 2 ? cpu : 1);
}

static bool crooked_rival_is_seen(void)
{
	struct rival crooked = *rival_find("glibc-packed");
	bool there, good = !rival_broken(&crooked, &there);

	crooked.address = crooked_address;
	return good && rival_broken(&crooked, &there) != NULL;
}

/* jemalloc's adapter with one fault: each allocation moves the program's break. */
static uintptr_t restless_alloc(void *heap, size_t size_bytes, size_t align_bytes)
{
	sbrk(64);
	return rival_find("jemalloc-packed")->alloc(heap, size_bytes, align_bytes);
}

static bool restless_rival_is_seen(void)
{
	struct rival restless = *rival_find("jemalloc-packed");
	bool there, good = !rival_broken(&restless, &there);
	const char *broken;

	restless.alloc = restless_alloc;
	broken = rival_broken(&restless, &there);
	return good && broken && !strcmp(broken, "it moves the program's break");
}

unsigned bench_prove_placement(void)
{
	unsigned nr_blind = 0;

	if (!leftover_is_seen()) {
		printf("FAILED: the look at what a workload left sees nothing\n");
		nr_blind++;
	}
	if (!crooked_rival_is_seen() || !restless_rival_is_seen()) {
		printf("FAILED: the look at a rival's adapter sees nothing\n");
		nr_blind++;
	}
	return nr_blind;
}

bool bench_prove_rival(const struct rival *rival)
{
	bool there;
	const char *broken = rival_broken(rival, &there);

	if (!there && !rival->library)
		broken = "it has no memory for a heap";
	else if (!there)
		fprintf(stderr, "warning: %s is skipped: %s cannot be loaded\n", rival->name,
			rival->library);
	if (broken)
		printf("FAILED: the adapter of %s: %s\n", rival->name, broken);
	return !broken;
}
