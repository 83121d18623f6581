/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * doctor.h - which objects of a trace share cache sets, by stride: at the event at which, by the
 * trace alone, the most bytes live.
 */
#ifndef DOCTOR_H
#define DOCTOR_H

#include <jansson.h>
#include <stdio.h>

#include "harness/cli/replay/replay_machine.h"
#include "harness/cli/sets/set_lines.h"

enum { DOCTOR_SITES = 3, DOCTOR_SITE_BYTES = 40 };

/* One crowded set at one stride. */
struct doctor_set {
	uint32_t set, nr_lines, nr_objects;
	char sites[DOCTOR_SITES * (DOCTOR_SITE_BYTES + 12)]; /* "mm_init 12, ..." */
	double ns, ns_apart; /* a read of its lines; of as many in as many sets as there are */
};

struct doctor_stride {
	struct pcpu_layout layout; /* sizes alone: its tables are gone */
	uint32_t sets_used, copies_max, copies_out; /* set_lines.h */
	uint64_t nr_lines, nr_differ;
	double ns_sum; /* a read of the worst object's copies, in turns */
	GArray *sets;  /* struct doctor_set, the most lines first */
};

struct doctor {
	struct replay_machine machine;
	const char *path;
	struct lab_trace trace;
	const struct pcpu_engine *engine;
	const char *site; /* of the objects that are looked at; NULL: of all */
	struct set_cache cache;
	uint32_t top; /* sets of each stride */
	/* Made by the run: */
	size_t step;
	uint32_t nr_objects, nr_cpus;
	struct doctor_stride strides[CMD_NR_STRIDES];
};

/* CMD_USAGE after printing what is wrong. doctor_free() in any case. */
int doctor_run(struct doctor *doctor);
void doctor_free(struct doctor *doctor);

/* Is it an `a` of the site that is looked at? */
bool doctor_is_of_site(const struct doctor *doctor, const struct lab_op *op);

void doctor_print(FILE *out, const struct doctor *doctor);
json_t *doctor_json(const struct doctor *doctor);

#endif
