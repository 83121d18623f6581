/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * hits.h - the two hit paths of the front, stepped on two CPUs: instructions, locks, lines.
 *
 * Two threads are the first and the last CPU of a machine. In turns, so that their batches come
 * from the same spans, they allocate and free until their magazines serve; then every call is
 * stepped. A call of at most HITS_LONGEST instructions is a hit, a longer one a miss.
 *
 * H1  No hit executes a locked instruction.
 * H2  Every line that a hit writes is the thread's record, the thread's stack, this CPU's magazine
 *     or an object's state.
 * H3  No line that a hit of one CPU writes is touched by a hit of the other, but for lines of
 *     states. No byte of a state is touched by both.
 * H4  All hits of a kind are of the same length: on both CPUs, of every object.
 * H5  What a miss of one CPU writes, while its magazine serves itself (dirty ones made clean), is
 *     not touched by hits of the other either, but for lines of states. Stepped on small machines:
 *     of a large one the copies of all CPUs are cleared, an instruction at a time.
 */
#ifndef HITS_H
#define HITS_H

#include "bench/hits/step.h"
#include <stdio.h>

enum { HITS_LONGEST = 64, HITS_OBJECTS_MAX = 64, HITS_LINES_MAX = 512, HITS_STATES_MAX = 512 };

enum hits_group {
	HITS_STACK,
	HITS_THREAD,   /* pcpu_here */
	HITS_CPU,      /* this CPU's record: its magazines, its nearest chunk */
	HITS_MAGAZINE, /* of this CPU */
	HITS_STATE,
	HITS_PAGE, /* what a page of a chunk holds */
	HITS_INSTANCE,
	HITS_OTHER,
	HITS_NR_GROUPS,
};
extern const char *const hits_group_names[HITS_NR_GROUPS];

/* The calls that are stepped: pcpu_alloc() and pcpu_free(), or what a test plants. */
struct hits_calls {
	uintptr_t alloc, free;
};
extern const struct hits_calls hits_calls_real;

struct hits_line {
	uintptr_t line; /* its first byte */
	enum hits_group group;
	bool written;
};

struct hits_lines {
	uint32_t nr;
	struct hits_line line[HITS_LINES_MAX];
};

/* Hits of one kind. */
struct hits_kind {
	uint32_t nr, nr_locked;
	uint32_t least, most;		/* instructions */
	uint32_t lines[HITS_NR_GROUPS]; /* most of a call */
	struct step_trace last;
	enum hits_group group[HITS_LONGEST * 4]; /* of the last one's touches */
};

struct hits_cpu {
	struct hits_kind alloc, free;
	struct hits_lines hits, misses; /* touched by any; stack left out of misses */
	uint32_t nr_misses, nr_states;
	uintptr_t state[HITS_STATES_MAX]; /* bytes that hits touched */
	bool unknown, full;		  /* not decoded; no room for a line */
};

struct hits {
	uint32_t nr_cpus, bytes, align;
	uint32_t nr_objects; /* of each CPU: as many as a magazine serves by itself */
	struct hits_cpu cpu[2];
};

struct hits_options {
	struct hits_calls calls;
	uint32_t nr_cpus, bytes;
	uint32_t nr_objects; /* at most this many of each CPU, and at most HITS_OBJECTS_MAX */
};

/* False: *why is one line. A machine without single steps is no failure: *skipped. */
bool hits_measure(struct hits *hits, const struct hits_options *options, bool *skipped,
		  const char **why);

/* Lines of states that both CPUs' hits touch, and of one CPU's: how often H3's exception is met. */
void hits_states_shared(const struct hits *hits, uint32_t *nr_shared, uint32_t *nr);

/* Prints a line for each rule that does not hold; returns how many do not. */
uint32_t hits_faults(const struct hits *hits, FILE *to);

/* What bench/hits/hits.def expects of this compiler; false: nothing, or this build is not
   optimised. */
bool hits_bound(uint32_t *alloc, uint32_t *free);

/* Every instruction of both paths with what it touches, then the lines by owner. */
void hits_print(const struct hits *hits, FILE *to);

/* --- inside ----------------------------------------------------------------------------------- */

struct pcpu;
struct pcpu_caller;

/* hits_names.c: how many objects a magazine may hold; whose memory that is, for a CPU with this
   record. */
uint32_t hits_magazine_most(const struct pcpu *pcpu, uint32_t bytes);
enum hits_group hits_group_of(const struct pcpu *pcpu, uint32_t cpu, const struct pcpu_caller *here,
			      uintptr_t address);

#endif
