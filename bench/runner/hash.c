/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * hash.c - the run hash (SPEC.md 12) of the objects that a workload left: two runs with the same
 * placement have the same hash on any machine. A rival's objects have only addresses and no hash.
 */
#include "bench/runner/bench.h"

#include "harness/check/run/run.h"
#include "harness/text/text.h"

#include <stdio.h>

uint64_t bench_hash(struct bench_fixture *fixture, uint64_t hash, uint32_t id,
		    struct pcpu_ptr pointer)
{
	struct pcpu_place place;
	struct lab_text line;
	char capacity[48];
	bool is;

	if (fixture->rival)
		return hash;
	is = pointer.value && pcpu_lookup(fixture->pcpu, pointer, &place);
	lab_text_init(&line, capacity, sizeof(capacity));
	lab_put_place(&line, id, is ? &place : NULL);
	return lab_fnv1a(hash ? hash : LAB_FNV_START, capacity, line.bytes);
}

void bench_label(struct shim_state *state, const char *words, uint64_t hash)
{
	char label[96];

	snprintf(label, sizeof(label), hash ? "%s%shash %016llx" : "%s", words, *words ? " " : "",
		 (unsigned long long)hash);
	shim_label(state, label);
}
