/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * layout_case.h - one machine and one set of options, taken through build info and the first chunk:
 * what fuzz_layout decodes.
 */
#ifndef FUZZ_LAYOUT_CASE_H
#define FUZZ_LAYOUT_CASE_H

#include "fuzz/targets/fuzz.h"
#include "fuzz/targets/layout/layout_variables.h"
#include <pcpu/pcpu.h>
#include "harness/platform/sim/sim.h"

/* A mistake in the tables, made on purpose. */
enum layout_damage {
	DAMAGE_NONE,
#define X(id, status, page_status, words) DAMAGE_##id,
#include "fuzz/targets/layout/layout_damages.def"
#undef X
	NR_LAYOUT_DAMAGES
};

struct layout_case {
	struct pcpu_topology topology;
	struct pcpu_sizes sizes; /* rule: the first one tried; the other follows */
	enum layout_damage damage;
	bool with_oracle;     /* quadratic in CPUs */
	bool with_chunk;      /* pcpu_create() too, by each choice, also of damaged tables */
	bool all_have_memory; /* no node without memory: then no CPU need be far from its pages */
	bool uniprocessor, no_page_allocator, auto_means_page, km, with_image;
	uint64_t space_bytes, static_start;
	uint32_t fails_at; /* this fallible call of each pcpu_create(); UINT32_MAX: none */
	bool fails_on;	   /* and all later ones */
	uint32_t nr_cpus_limit;
	const struct pcpu_engine *engine;
	bool engine_named; /* else the configuration names none, and has the default */
	struct layout_variables variables;
	struct sim_config sim; /* topology is set by the run */
	uint8_t setup_damage;  /* of the finished layout, before set-up's check; 0: none */
};

/* True: nothing is wrong. */
bool layout_case_run(struct layout_case *c, struct fuzz_outcome *outcome);

#endif
