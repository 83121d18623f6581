/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * fuzz_setup.h - the setup that an input's first bytes describe: machine, sizes, backing, failures.
 *
 *	| machine | sizes | how | k | operations (decode.c, sched_decode.c) ...
 */
#ifndef FUZZ_SETUP_H
#define FUZZ_SETUP_H

#include <pcpu/pcpu.h>
#include "harness/check/run/run.h"
#include "harness/platform/sim/sim.h"

#define FUZZ_SETUP_BYTES 4u

struct fuzz_setup {
	struct sim_config sim;
	struct pcpu_config config; /* without plat */
	struct lab_run_options run;
	uint32_t create_fails_at; /* this fallible call of pcpu_create(); UINT32_MAX: none */
	bool lock_step;		  /* run the placement oracle too, while it can predict */
	const char *machine;	  /* in words */
};

/* Bytes missing read as zero. Machines are tables of this file: they outlive the setup. */
void fuzz_setup_decode(const uint8_t *bytes, size_t nr, struct fuzz_setup *setup);

#endif
