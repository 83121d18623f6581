/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* fuzz_slice.h - runs all jobs on one target for a while. */
#ifndef FUZZ_SLICE_H
#define FUZZ_SLICE_H

#include "fuzz/campaign/fuzz_campaign.h"

struct fuzz_slice {
	struct fuzz_campaign *campaign; /* whose found and disk_full change */
	const struct fuzz_total *total; /* of the target, before this slice */
	struct fuzz_paths paths;
	double seconds; /* 0: until it is stopped */

	/* The results. */
	double elapsed;
	struct fuzz_numbers sums[FUZZ_NR_ENGINES];
};

/* Returns false after a diagnostic: an engine could not be run, or the disk is full. */
bool fuzz_slice_run(struct fuzz_slice *slice);

#endif
