/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* zoo.h - one hunt for one defect of the zoo, from an empty corpus (zoo_hunt.c). */
#ifndef ZOO_H
#define ZOO_H

#include <stdbool.h>
#include <stdint.h>

struct zoo_hunt {
	/* What is asked for. */
	const char *defect, *target;
	const char *engine; /* "libfuzzer" or "afl" */
	unsigned seed, seconds;

	/* What became of it. */
	bool found, interrupted;
	double elapsed;
	uint64_t nr_execs;
};

/* Runs the engine until it finds something or the time is up. False: it could not be run, after
   telling. The engine's words and what it found: build/zoo/DEFECT/. */
bool zoo_hunt_run(struct zoo_hunt *hunt);

#endif
