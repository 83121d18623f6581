/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* front_calls.h - the functions that the front's files and the rest of the core share. */
#ifndef PCPU_FRONT_CALLS_H
#define PCPU_FRONT_CALLS_H

#include "span.h"

/* --- front_alloc.c, front_free.c: what a hit is not ------------------------------------------- */

struct pcpu_ptr pcpu_front_alloc(struct pcpu *pcpu, size_t size, size_t align, unsigned flags)
	PCPU_EXCLUDES(PLAT_INNER);
void pcpu_front_free(struct pcpu *pcpu, struct pcpu_ptr pointer) PCPU_EXCLUDES(PLAT_INNER);

/* The magazine that serves this class on this CPU; NULL: the caller is no CPU of this instance, or
   works on its magazines already, or is stopped. Opens them; then here_close() follows. */
struct pcpu_front_cpu *pcpu_front_open(struct pcpu *pcpu);

/* --- claim.c ---------------------------------------------------------------------------------- */

/* Objects of a dirty magazine on their way to a clean one, and what was not theirs to free. */
struct pcpu_batch {
	uint32_t class, nr, nr_bad;
	struct pcpu_clean object[PCPU_MAGAZINE_MAX];
	uintptr_t bad[PCPU_MAGAZINE_MAX];
};

/* BAD: no freed object starts there. BUSY: another has the span's turn. */
enum pcpu_claim { PCPU_CLAIM_MADE, PCPU_CLAIM_BAD, PCPU_CLAIM_BUSY };

/* Claims an object of this CPU's dirty magazine. */
enum pcpu_claim pcpu_claim_one(struct pcpu *pcpu, struct pcpu_front_cpu *front, uintptr_t value,
			       uint8_t **state) PCPU_REQUIRES_SHARED(PLAT_READER);
/* Takes what is in the dirty magazine, but for objects whose spans are busy, and verifies each:
   contents stay as they are. What is bad already stays so. Nobody is busy where all CPUs are
   stopped and the inner lock is held. */
void pcpu_batch_take(struct pcpu *pcpu, struct pcpu_front_cpu *front, uint32_t class,
		     struct pcpu_batch *batch);
/* Reports each of batch->bad: magazines closed. */
void pcpu_batch_report(struct pcpu *pcpu, const struct pcpu_batch *batch)
	PCPU_EXCLUDES(PLAT_OUTER, PLAT_INNER);
/* Objects from batch->object[from] on go back to their spans; dirty: they are not cleared. */
void pcpu_batch_put(struct pcpu *pcpu, const struct pcpu_batch *batch, uint32_t from, bool dirty)
	PCPU_EXCLUDES(PLAT_INNER);

/* --- due.c ------------------------------------------------------------------------------------ */

/* Clears, on every CPU, each of nr objects of so many bytes whose bit in dirty is set. */
void pcpu_objects_clear(struct pcpu *pcpu, const struct pcpu_clean *object, uint32_t nr,
			uint64_t dirty, uint32_t bytes);
/* Puts claimed objects below the clean ones, for which there is room; bit i of dirty: object[i] is
   to be cleared. They may lie where they come to, if none is clean. */
void pcpu_due_add(struct pcpu_magazine *magazine, const struct pcpu_clean *object, uint32_t nr,
		  uint64_t dirty);
/* Some are due and none is clean: makes some clean. */
void pcpu_due_clear(struct pcpu *pcpu, struct pcpu_magazine *magazine, uint32_t class);
/* Takes out what is due. Returns how many, at most PCPU_MAGAZINE_MAX. */
uint32_t pcpu_due_take(struct pcpu_magazine *magazine, struct pcpu_clean *out);

/* --- near.c ----------------------------------------------------------------------------------- */

/* The chunk of a pointer, by the index; false: there is none that can have spans. */
bool pcpu_near_find(struct pcpu *pcpu, uintptr_t value, struct pcpu_near *near)
	PCPU_REQUIRES_SHARED(PLAT_READER);
/* The same by what the CPU remembers first, which it then does. */
bool pcpu_near_recall(struct pcpu *pcpu, struct pcpu_front_cpu *front, uintptr_t value,
		      struct pcpu_near *near) PCPU_REQUIRES_SHARED(PLAT_READER);
/* A hit in another chunk than the last free's. Opens and closes this CPU's magazines. */
bool pcpu_near_give(struct pcpu *pcpu, uintptr_t value);
/* The run of the page that an object starts in, and its granule there; false: no span's object in
   this chunk does. */
bool pcpu_run_make(const struct pcpu_near *near, uintptr_t value, struct pcpu_run *run,
		   size_t *granule);
/* The chunk goes. The CPU is stopped. */
void pcpu_near_forget(struct pcpu_front_cpu *front, const struct pcpu_chunk *chunk);

/* --- capacity.c ------------------------------------------------------------------------------- */

/* Objects of the class that a magazine may grow to. */
uint32_t pcpu_magazine_most(const struct pcpu *pcpu, uint32_t class);
/* After a miss. The dirty magazine is empty. */
void pcpu_magazine_grow(struct pcpu *pcpu, struct pcpu_magazine *magazine, uint32_t class);
/* Back to the size of a new one. Both are empty. */
void pcpu_magazine_cut(struct pcpu *pcpu, struct pcpu_magazine *magazine, uint32_t class);
/* Room for objects that magazines have, or have no more. */
void pcpu_capacity_add(struct pcpu_front *front, uint32_t class, uint32_t nr);
void pcpu_capacity_sub(struct pcpu_front *front, uint32_t class, uint32_t nr);
/* What all may have, once spans came or went. */
void pcpu_capacity_follow(struct pcpu_front *front) PCPU_REQUIRES(PLAT_INNER);

/* --- sort.c ----------------------------------------------------------------------------------- */

/* At most PCPU_MAGAZINE_MAX. */
void pcpu_values_sort(uintptr_t *value, uint32_t nr);

/* --- pieces.c --------------------------------------------------------------------------------- */

/* Up to nr free objects of the class, at most PCPU_MAGAZINE_MAX, from one span after the other.
   Returns how many; those of the bits in *dirty have to be cleared. share: also of spans that
   another CPU took from last, however few free ones there are; without it, fewer than nr may be
   because a new span is better. */
uint32_t pcpu_spans_take(struct pcpu *pcpu, uint32_t class, bool share, struct pcpu_clean *out,
			 uint32_t nr, uint64_t *dirty) PCPU_REQUIRES(PLAT_INNER);
/* Claimed objects of the class back into their spans; dirty: they are not cleared. Sorted, so that
   each span is looked up once. Returns whether one is now without live objects. */
bool pcpu_spans_put(struct pcpu *pcpu, uint32_t class, const struct pcpu_clean *objects,
		    uint32_t nr, bool dirty)
	PCPU_REQUIRES(PLAT_INNER) PCPU_REQUIRES_SHARED(PLAT_READER);

/* --- span.c ----------------------------------------------------------------------------------- */

/* One more span of the class with free objects; false without memory. */
bool pcpu_span_make(struct pcpu *pcpu, uint32_t class) PCPU_EXCLUDES(PLAT_OUTER, PLAT_INNER);
/* Gives spans without live objects back to the engine, all but `keep`. */
void pcpu_spans_return(struct pcpu *pcpu, uint32_t keep)
	PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER);

/* --- front_cpu.c ------------------------------------------------------------------------------ */

#define PCPU_EMPTY_SPANS_KEPT 8u

bool pcpu_front_create(struct pcpu *pcpu) PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER);
void pcpu_front_destroy(struct pcpu *pcpu) PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER);
/* A magazine for that class; false without memory. */
bool pcpu_magazine_make(struct pcpu *pcpu, uint32_t cpu, uint32_t class)
	PCPU_EXCLUDES(PLAT_OUTER, PLAT_INNER);
/* The chunk goes: no CPU has it as its nearest after this. */
void pcpu_front_chunk_leaves(struct pcpu *pcpu, const struct pcpu_chunk *chunk)
	PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER);
/* The front's part of pcpu_balance(). */
void pcpu_front_balance(struct pcpu *pcpu) PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER);
/* What was found to be freed twice under the outer lock, after it. */
void pcpu_front_report(struct pcpu *pcpu) PCPU_EXCLUDES(PLAT_OUTER, PLAT_INNER);
/* Empties all magazines and returns all spans without live objects. */
void pcpu_front_empty(struct pcpu *pcpu) PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER);

/* --- front_stats.c, front_check.c ------------------------------------------------------------ */

/* Replaces spans by their objects in *out. */
void pcpu_front_stats(struct pcpu *pcpu, struct pcpu_stats *out) PCPU_REQUIRES(PLAT_INNER);
enum pcpu_invariant pcpu_front_check(struct pcpu *pcpu, struct pcpu_broken *where);

/* --- alloc.c: the engine under it ------------------------------------------------------------- */

/* As pcpu_alloc() and pcpu_free() say, by the engine. quiet: a failure is not counted, nor
   reported. */
struct pcpu_ptr pcpu_engine_alloc(struct pcpu *pcpu, size_t size, size_t align, unsigned flags,
				  bool quiet) PCPU_EXCLUDES(PLAT_INNER);
void pcpu_engine_free(struct pcpu *pcpu, struct pcpu_ptr pointer) PCPU_EXCLUDES(PLAT_INNER);
/* Whole pages for a span; contents undefined but for the pages of *fresh (bit i: page i of it),
   which are zero. NULL: no memory, which is neither counted nor reported. */
struct pcpu_chunk *pcpu_pages_alloc(struct pcpu *pcpu, uint32_t nr, uint32_t *offset,
				    uint64_t *fresh) PCPU_EXCLUDES(PLAT_OUTER, PLAT_INNER);
/* Gives them back. Returns whether balance is wanted. */
bool pcpu_pages_free(struct pcpu *pcpu, struct pcpu_chunk *chunk, uint32_t offset)
	PCPU_REQUIRES(PLAT_INNER);
/* The class of a request, as the policy rounds it; 0: not legal, or the engine's. */
uint32_t pcpu_request_class(const struct pcpu *pcpu, size_t size, size_t align, unsigned flags);

#endif
