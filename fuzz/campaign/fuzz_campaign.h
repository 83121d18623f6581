/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* fuzz_campaign.h - targets in turn, and what became of each: the whole of one `lab fuzz`. */
#ifndef FUZZ_CAMPAIGN_H
#define FUZZ_CAMPAIGN_H

#include "fuzz/campaign/fuzz_slice.h"

enum { FUZZ_MAX_TARGETS = 32 };

struct fuzz_total {
	const char *target;
	unsigned nr_slices;
	double seconds;
	double operations_per_exec; /* 0: not known */
	uint64_t nr_execs[FUZZ_NR_ENGINES], nr_imported[FUZZ_NR_ENGINES];
	uint64_t nr_edges[FUZZ_NR_ENGINES], nr_corpus[FUZZ_NR_ENGINES];
};

struct fuzz_campaign {
	/* What is asked for. */
	struct fuzz_total targets[FUZZ_MAX_TARGETS];
	unsigned nr_targets;
	unsigned nr_jobs[FUZZ_NR_ENGINES]; /* side by side, in each slice */
	uint64_t seconds, slice_seconds;   /* of all: 0: until interrupted; of one target's turn */
	bool merges;			   /* the working corpus, after each turn */
	struct fuzz_fleet fleet;

	/* What became of it. */
	struct fuzz_found *found;
	bool disk_full;
};

/* All targets there are (fuzz/targets/targets.def), NULL-terminated. */
extern const char *const fuzz_target_names[];

/* Builds what is needed. False after telling. */
bool fuzz_campaign_build(const struct fuzz_campaign *campaign);
/* Runs it to its end. False: it ended early, after telling why. */
bool fuzz_campaign_run(struct fuzz_campaign *campaign);

/* The summary in words, and as JSON (a new reference). */
void fuzz_campaign_print(const struct fuzz_campaign *campaign, FILE *to);
json_t *fuzz_campaign_json(const struct fuzz_campaign *campaign);

#endif
