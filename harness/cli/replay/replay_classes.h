/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * replay_classes.h - requests of a replay that an engine of Linux 6.1's design did not place as
 * plain first fit over the same map would, by cause (linux61_judge.h).
 *
 * The engine's model runs beside it and has to place each request where the engine does; the causes
 * are those of the model. Frees of wrong pointers (B19) are reported by the engine before its map
 * sees them, and no part of this.
 */
#ifndef REPLAY_CLASSES_H
#define REPLAY_CLASSES_H

#include <stdio.h>

#include <pcpu/pcpu.h>
#include "harness/check/linux61/linux61_judge.h"
#include "harness/text/trace.h"

/* Counts by cause, and behind them: */
enum {
	CLASS_SEVERAL = LAB_LINUX61_NR_CAUSES,
	CLASS_UNEXPLAINED,
	NR_CLASSES
};

struct replay_classes {
	/* How the engine's requests are judged; NULL: they are not. The rest is void then. */
	struct lab_linux61 *model;
	const struct pcpu_engine *engine;
	const struct lab_trace *trace;
	FILE *list; /* a line for each; may be NULL */
	/* B27: operations whose balance stocked pages in vain; else requests. */
	uint64_t nr[NR_CLASSES];
	uint64_t nr_judged, nr_refused; /* requests; those that a chunk with a place refused */
	bool differs; /* the model placed the request of event differs_at elsewhere */
	size_t differs_at;
	struct lab_linux61_place *place; /* [nr_ids] */
	bool *is_live;			 /* [nr_ids] */
	bool has_answer, is_placed;	 /* the engine's, to the operation that is under way */
	struct pcpu_place answer;
};

/* Begins for a fresh allocator. Does nothing where its engine has no model, or its sizes are none
   of the model's. False: no memory. */
bool replay_classes_begin(struct replay_classes *classes, const struct pcpu *pcpu,
			  const struct pcpu_engine *engine, const struct lab_trace *trace,
			  bool honour_atomic, FILE *list);
/* Frees all but the counts. */
void replay_classes_end(struct replay_classes *classes);
/* As lab_run_options.placed and .stepped. */
void replay_classes_placed(struct replay_classes *classes, bool placed,
			   const struct pcpu_place *place);
void replay_classes_stepped(struct replay_classes *classes, size_t step);

/* "B20", "several", "not explained". */
const char *replay_class_name(uint32_t class);
const char *replay_class_text(uint32_t class);
/* Writes what the columns of the list are. */
void replay_classes_head(FILE *list);

#endif
