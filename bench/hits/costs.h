/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * costs.h - what one life of the workload `exec` costs in a design, counted: instructions, those
 * under each lock, lines that move. Two CPUs live in turns, so every line that both write moves
 * each time; they are stepped (step.h).
 *
 *	a life	an object of 32 B and one of 8 B are allocated; the CPU writes its own copy of each;
 *		the two of the oldest of COSTS_ALIVE lives of the same CPU are freed
 *
 * Held is what lies between the call of plat_lock() or plat_lock_atomic() and that of
 * plat_unlock(): taking the lock, not giving it back.
 */
#ifndef COSTS_H
#define COSTS_H

#include <stdbool.h>
#include <stdint.h>

enum { COSTS_OBJECTS = 2, COSTS_ALIVE = 8 };

/* Where an instruction is. */
enum costs_place { COSTS_FREE, COSTS_OUTER, COSTS_INNER, COSTS_NR_PLACES };

/* Sums over nr_lives. */
struct costs {
	uint32_t nr_cpus, nr_lives;
	uint64_t instructions[COSTS_NR_PLACES]; /* inner: with or without the outer lock */
	uint64_t nr_locked;
	uint64_t nr_holds[COSTS_NR_PLACES];
	uint64_t nr_lock_calls; /* calls that took a lock, of 2 * COSTS_OBJECTS * nr_lives */
	/* Lines that moved, by a read (or read and write), which waits; by a write alone. */
	uint64_t moved_reads[COSTS_NR_PLACES], moved_writes[COSTS_NR_PLACES];
};

struct pcpu_engine;

struct costs_options {
	const struct pcpu_engine *engine; /* NULL: the default one */
	bool front;
	uint32_t nr_cpus;
	/* Of each CPU that are counted. As many are stepped before, so that it is known where lines
	   are. */
	uint32_t nr_lives;
};

/* Returns NULL, or why there is no count. */
const char *costs_count(struct costs *costs, const struct costs_options *options);

#endif
