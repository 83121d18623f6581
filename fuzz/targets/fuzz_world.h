/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * fuzz_world.h - the world that an input's first bytes describe: machine, sizes, backing, failures.
 *
 *	| machine | sizes | how | k | operations (decode.c, sched_decode.c) ...
 */
#ifndef FUZZ_WORLD_H
#define FUZZ_WORLD_H

#include <pcpu/pcpu.h>
#include "harness/check/run/run.h"
#include "harness/platform/sim/sim.h"

#define FUZZ_WORLD_BYTES 4u

struct fuzz_world {
	struct sim_config sim;
	struct pcpu_config config; /* without plat */
	struct lab_run_options run;
	uint32_t create_fails_at; /* this fallible call of pcpu_create(); UINT32_MAX: none */
	bool lock_step;		  /* the placement oracle beside the run, as far as it knows */
	const char *machine;	  /* in words */
};

/* Bytes missing read as zero. Machines are tables of this file: they outlive the world. */
void fuzz_world_decode(const uint8_t *bytes, size_t nr, struct fuzz_world *world);

#endif
