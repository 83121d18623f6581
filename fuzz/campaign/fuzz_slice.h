/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* fuzz_slice.h - one target, all jobs, for a while. */
#ifndef FUZZ_SLICE_H
#define FUZZ_SLICE_H

#include "fuzz/campaign/fuzz_engine.h"
#include "fuzz/campaign/fuzz_found.h"
#include "fuzz/campaign/fuzz_series.h"

struct fuzz_slice {
	/* What is asked for. */
	const struct fuzz_paths *paths;
	const struct fuzz_fleet *fleet;
	struct fuzz_found *found;
	struct fuzz_series *series; /* may be NULL */
	unsigned nr_jobs[FUZZ_NR_ENGINES];
	double seconds;		    /* 0: until it is stopped */
	double operations_per_exec; /* 0: not known */

	/* What became of it: over the jobs of an engine. */
	double elapsed;
	struct fuzz_numbers sums[FUZZ_NR_ENGINES];
	bool disk_full;
};

/* False: an engine could not be run, or the disk is full, after telling. */
bool fuzz_slice_run(struct fuzz_slice *slice);

#endif
