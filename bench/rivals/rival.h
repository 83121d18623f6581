/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * rival.h - an adapter of seven functions: what a user would do instead of a per-CPU allocator,
 * measured in the same run, by the same workloads, beside the engines.
 *
 *	padded	|cpu0 ..|cpu1 ..|cpu2 ..| one block of CPUs x lines: copies do not share lines
 *	packed	|cpu0|cpu1|cpu2|	one block of CPUs x size: small, and lines are shared
 *
 * To plug in another allocator
 *	1. rival_NAME.c: the seven functions, static, and one `const struct rival rival_NAME`.
 *	2. X(NAME) in rivals.def; the file's name, and its library, in bench/meson.build.
 *	3. pcpu-bench --check-rivals proves the adapter; `./lab bench --engines area,NAME` measures.
 * Every workload with `.rivals = true` then runs it: rival_malloc.h is half of it for anything
 * that looks like malloc. An allocator with memory pools of its own for each CPU needs no block:
 * librseq's mempool, for one, is create = rseq_mempool_create(),
 * alloc = rseq_mempool_percpu_zmalloc(), free = rseq_mempool_percpu_free() and
 * address = base + cpu * stride; a pool has one size, so that the adapter keeps a table of them.
 *
 * R1  A rival must not replace the program's malloc: engines and Google Benchmark use it; nor move
 *     the program's break, which is that malloc's.
 * R2  A rival is measured with its defaults: no option, no environment variable but what R1 needs.
 * R3  A heap starts cold: create makes the allocator return cached memory by give_back().
 * R4  Copies of one object lie at equal distances: workloads ask for the first two addresses.
 */
#ifndef RIVAL_H
#define RIVAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rival {
	const char *name;    /* the last part of a benchmark's name: "glibc-padded" */
	const char *library; /* that it loads, and who has it; NULL: it is linked */
	bool moves_break;    /* it is the program's malloc (R1) */

	/* Returns a heap for objects with nr_cpus copies; NULL when the allocator is not
	   available. */
	void *(*create)(uint32_t nr_cpus);
	/* Call it after every object was freed, by the threads that workloads use. */
	void (*destroy)(void *heap);

	/* Allocates size 1..32768 bytes for each copy at align, a power of two 1..4096; copies are
	   zeroed. Returns 0 without memory. Any thread. */
	uintptr_t (*alloc)(void *heap, size_t size_bytes, size_t align_bytes);
	/* Frees an object of alloc; pass the same size and alignment. Any thread. */
	void (*free)(void *heap, uintptr_t object, size_t size_bytes, size_t align_bytes);
	/* Returns the address of cpu's copy: address(0) + cpu * (address(1) - address(0)). */
	uintptr_t (*address)(void *heap, uintptr_t object, size_t size_bytes, size_t align_bytes,
			     uint32_t cpu);

	/* Returns the bytes that it holds from the system for its objects; never below the live
	   bytes, 0 when unknown. May be slow; do not call it in a timed part. */
	uint64_t (*held_bytes)(void *heap);
	bool held_by_thread; /* only those of the calling thread's objects: sum them up */

	/* Returns free memory to the system, as far as the allocator has a call for it. */
	void (*give_back)(void);
};

/* All of rivals.def, in order; and one by its name, or NULL. */
extern const struct rival *const rivals[];
extern const uint32_t nr_rivals;
const struct rival *rival_find(const char *name);

/*
 * Proves an adapter: copies are aligned, zeroed, at equal distances, disjoint, and keep what is
 * written, also while others are freed. Returns NULL when all holds, else what is wrong. *there:
 * the allocator is available.
 */
const char *rival_broken(const struct rival *rival, bool *there);

#endif
