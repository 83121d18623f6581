/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* track.h - internal to `lab track`: what its parts share. */
#ifndef TRACK_H
#define TRACK_H

#include "bench/track/revision_build.h"
#include "bench/track/revisions.h"
#include "bench/track/track_store.h"

struct track {
	struct history *history;
	const char *history_path;
	struct track_stored stored;
	struct revision_work *work;
	unsigned nr_reps;	   /* of times */
	uint64_t patience_seconds; /* until this machine is quiet */
	unsigned nr_measured, nr_timed, nr_there, nr_failed;
};

/* track_times.c: the times of those that the history has none of, while this machine is quiet.
   False: nothing more can be done. */
bool track_times(struct track *track, const struct revisions *all);

#endif
