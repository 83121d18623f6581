/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * model_stats.h - computes what the allocator's statistics must be, from the results of its calls
 * (allocations, refusals by cause, maxima, pages, chunks) and from visits.
 *
 *	each call -> due.nr_*, maxima		the end, `c` -> visit -> due.*_bytes -> all compared
 *
 * R1  Only the initial values are taken from the statistics.
 * R2  Why a sleeping request was refused, and what happened during it, is known only if the maps
 *     are counted (map_counted.h); otherwise fields that depend on it are not compared.
 */
#ifndef LAB_MODEL_STATS_H
#define LAB_MODEL_STATS_H

#include "harness/check/map_counted.h"
#include "harness/check/model.h"

/* Sums over all chunks, from a visit. */
struct lab_chunks_seen {
	uint32_t nr, nr_populated; /* chunks, pages per unit: without the reserved one */
	uint64_t used_bytes;	   /* covered and not free, of all maps */
};

struct lab_model_stats {
	struct pcpu *pcpu;
	struct lab_map_counts *counts; /* NULL: maps are not counted */
	struct lab_map_counts start;   /* values at the start of the account */
	struct pcpu_stats begun, due;  /* statistics at that time; what they must be now */
	uint64_t set_up_bytes; /* used before the first object */
	uint64_t moves_before; /* during the current call */
	uint32_t nr_possible;
	struct lab_chunks_seen seen; /* at the last visit */
};

/* Starts the account; earlier statistics are taken as correct. counts: of this allocator's engine,
   or NULL. */
void lab_model_stats_init(struct lab_model_stats *model, struct pcpu *pcpu,
			  struct lab_map_counts *counts);
/* Call it before each call of the allocator. */
void lab_model_stats_begin(struct lab_model_stats *model);

/* Call these after calls; seen: the current state. */
void lab_model_stats_on_alloc(struct lab_model_stats *model, uint32_t size, bool is_atomic,
			      const struct lab_chunks_seen *seen);
void lab_model_stats_on_refusal(struct lab_model_stats *model, bool is_legal, bool is_atomic,
				bool is_reserved);
void lab_model_stats_on_free(struct lab_model_stats *model);
/* nr_reclaimed chunks with nr_gone pages were destroyed, and nr_given_back pages of others
   depopulated; seen: the state after it, with new chunks. */
void lab_model_stats_on_balance(struct lab_model_stats *model, uint32_t nr_reclaimed,
				uint32_t nr_gone, uint32_t nr_given_back,
				const struct lab_chunks_seen *seen);

/* A refused call left chunks behind; the engine does not promise PCPU_PROMISE_UNDO. */
void lab_model_stats_on_new_chunks(struct lab_model_stats *model,
				   const struct lab_chunks_seen *seen);
/* Balance by another policy than the reference's: its counts must explain the state seen now, and
   become the account's. Returns false and sets *fault when they do not. */
bool lab_model_stats_on_other_balance(struct lab_model_stats *model,
				      const struct lab_chunks_seen *seen, struct lab_fault *fault);

/* Visits all chunks and compares every field. O(areas). */
bool lab_model_stats_check(struct lab_model_stats *model, struct lab_fault *fault);

/* Counts populated and free pages of a chunk, by its areas; at most `enough`. */
uint32_t lab_count_empty(const struct pcpu_chunk_view *view, uint32_t enough);

#endif
