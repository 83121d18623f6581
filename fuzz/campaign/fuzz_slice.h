/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* fuzz_slice.h - one target, all jobs, for a while. */
#ifndef FUZZ_SLICE_H
#define FUZZ_SLICE_H

#include "fuzz/campaign/fuzz_campaign.h"

struct fuzz_slice {
	struct fuzz_campaign *campaign; /* its found and disk_full grow */
	const struct fuzz_total *total; /* of the target, before this slice */
	struct fuzz_paths paths;
	double seconds; /* 0: until it is stopped */

	/* What became of it. */
	double elapsed;
	struct fuzz_numbers sums[FUZZ_NR_ENGINES];
};

/* False: an engine could not be run, or the disk is full, after telling. */
bool fuzz_slice_run(struct fuzz_slice *slice);

#endif
