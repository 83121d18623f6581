/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * recorded_chunk.h - one chunk of a recording on one map: its operations in order, and any stretch
 * of them again in another order.
 *
 *	order: operations of this chunk			a0 a1 f0 a2 ...
 *	map:   what the chunk's map is after the first `at` of them
 *	saved: earlier states of it, so that one can go back by at least RECORDED_WINDOW
 */
#ifndef RECORDED_CHUNK_H
#define RECORDED_CHUNK_H

#include <pcpu/map.h>
#include "harness/text/trace.h"

enum { RECORDED_STRIDE = 128, RECORDED_NR_SAVED = 9 };
enum { RECORDED_WINDOW = RECORDED_STRIDE * (RECORDED_NR_SAVED - 1) };

struct recorded_state {
	size_t at;
	struct pcpu_map map;
	void *memory;
};

struct recorded_chunk {
	const struct pcpu_map_ops *ops;
	const struct lab_trace *trace;
	const size_t *alloc_of; /* by id: its `a` */
	uint32_t unit_bytes;
	size_t *order; /* [nr] indices in trace->ops: as recorded, but for what was moved */
	size_t nr, at;
	struct pcpu_map map;
	void *memory;
	size_t memory_bytes;
	uint64_t *populated; /* for atomic requests: the pages of the recorded place alone */
	struct recorded_state saved[RECORDED_NR_SAVED]; /* [nr_saved] the oldest first */
	uint32_t nr_saved;
	struct recorded_state mark;
	uint64_t nr_steps; /* so far, trials included */
};

/* All but ops, trace, alloc_of, unit_bytes, order and nr is set up: an empty map. */
void recorded_chunk_init(struct recorded_chunk *chunk);
void recorded_chunk_finish(struct recorded_chunk *chunk);

/* Where the map puts an object; or nowhere. */
struct recorded_place {
	bool placed;
	uint32_t offset; /* bytes */
};

/* Runs the next operation. Returns whether it does what was recorded; *place: of an `a`. When it
   does not, only going back is of use. */
bool recorded_chunk_step(struct recorded_chunk *chunk, struct recorded_place *place);
/* Saves the state when it is time to: call it where the order so far is taken as true. */
void recorded_chunk_save(struct recorded_chunk *chunk);

/* Saves the state as the mark, and goes back to it. */
void recorded_chunk_mark(struct recorded_chunk *chunk);
void recorded_chunk_back(struct recorded_chunk *chunk);

/* Runs another operation than the next one, which may be any behind it; is it right there? The
   state is changed, but the next operation stays the next. */
bool recorded_chunk_is_right(struct recorded_chunk *chunk, size_t other);

/* The earliest operation that one can go back to. */
size_t recorded_chunk_oldest(const struct recorded_chunk *chunk);
/* Goes back to `from`, and on from there: false when one of the operations before `to` does not do
   what was recorded. */
bool recorded_chunk_run(struct recorded_chunk *chunk, size_t from, size_t to);
/* Moves operation `from` to place `to`; the ones between make room. As a trial, to be undone by the
   same with the two exchanged; or, to an earlier place, for good: then runs those before `end`. */
void recorded_chunk_move(struct recorded_chunk *chunk, size_t from, size_t to);
void recorded_chunk_move_for_good(struct recorded_chunk *chunk, size_t from, size_t to, size_t end);

#endif
