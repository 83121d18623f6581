/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * fuzz_campaign.h - fuzzes targets in turn, with results of each: one run of `lab fuzz`.
 *
 *	fuzz_campaign	the request, all findings	<- fuzz_slice	one target's turn
 *	`- fuzz_total	results of a target		   `- fuzz_job	one process of an engine
 *
 * A field is in one of these; the inner ones point to the outer ones.
 */
#ifndef FUZZ_CAMPAIGN_H
#define FUZZ_CAMPAIGN_H

#include "fuzz/campaign/fuzz_found.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { FUZZ_MAX_TARGETS = 32, FUZZ_MAX_JOBS = 256, FUZZ_NR_ENGINES = 2 };

/* Numbers of a job; summed over an engine's jobs in a slice, and over a target's slices. */
struct fuzz_numbers {
	uint64_t nr_execs;
	double execs_per_second; /* current rate */
	uint64_t nr_edges, nr_corpus;
	uint64_t nr_imported; /* AFL++: inputs copied from other instances */
	unsigned nr_found;    /* inputs that broke something */
};

/* AFL++ on several machines: instances share a folder, and exactly one is the main. */
struct fuzz_fleet {
	const char *folder; /* NULL: this machine alone */
	const char *name;   /* of this machine's instances */
	bool secondary;	    /* the main is on another machine */
};

struct fuzz_total {
	const char *target;
	unsigned nr_slices;
	double seconds;
	double operations_per_exec; /* 0: not known */
	struct fuzz_numbers sums[FUZZ_NR_ENGINES];
};

struct fuzz_campaign {
	/* The request. */
	struct fuzz_total targets[FUZZ_MAX_TARGETS];
	unsigned nr_targets;
	unsigned nr_jobs[FUZZ_NR_ENGINES]; /* in parallel, in each slice */
	uint64_t seconds, slice_seconds;   /* in total (0: no limit); of one target's turn */
	bool merges;			   /* minimise the working corpus after each turn */
	struct fuzz_fleet fleet;

	/* The results. */
	struct fuzz_found *found;
	struct fuzz_series *series; /* may be NULL */
	bool disk_full;
};

/* Names of all targets (fuzz/targets/targets.def), NULL-terminated. */
extern const char *const fuzz_target_names[];

/* Builds the programs. False after a diagnostic. */
bool fuzz_campaign_build(const struct fuzz_campaign *campaign);
/* Runs it to its end. False: it ended early, after a diagnostic. */
bool fuzz_campaign_run(struct fuzz_campaign *campaign);

/* Prints the summary as text, or returns it as JSON (a new reference). */
void fuzz_campaign_print(const struct fuzz_campaign *campaign, FILE *to);
json_t *fuzz_campaign_json(const struct fuzz_campaign *campaign);

#endif
