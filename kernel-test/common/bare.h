/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * bare.h - the platform without an operating system: plat.h and lab_plat.h over memory.h,
 * paging.h, smp.h.
 *
 * R1  Readers (plat_read_begin) have interrupts off, so a call that every CPU has acknowledged is a
 *     grace period.
 * R2  A waiter for the outer lock halts with interrupts on until the holder wakes it; the inner
 *     lock's holder and waiters have them off and never wait for another CPU's acknowledgement.
 * R3  An NMI's handler that has the kernel's per-CPU base may free, and allocate with PCPU_ATOMIC,
 *     wherever it comes. On a CPU that holds the inner lock or waits for it, the allocation fails
 *     and the free is put off until the lock is released, at most 32 of them.
 */
#ifndef BOOT_BARE_H
#define BOOT_BARE_H

#include <pcpu/pcpu.h>
#include "harness/platform/lab_plat.h"

struct bare_config {
	/* node i's memory is that of machine node i, modulo theirs */
	const struct pcpu_topology *topology;
	bool owns_base;	    /* the default instance: per-CPU bases point to its units */
	bool record_misuse; /* else misuse stops the machine */
	bool report_events; /* as comment lines on the console */
	uint32_t fail_area; /* the plat_region_alloc(), from 1, to refuse; 0: none */
};

struct plat *bare_create(const struct bare_config *config);
/* Waits for deferred frees. Returns false when something is still held. */
bool bare_destroy(struct plat *plat);

/* Taken and not given back: pages (areas too), spaces, metadata blocks. */
struct bare_ledger {
	uint64_t pages, spaces, meta_blocks, meta_bytes;
	uint64_t nr_flushes; /* shootdowns sent */
	uint64_t nr_fallbacks; /* warnings that page replaces embed */
	uint64_t nr_calls, nr_page_calls; /* fallible calls; those among them for a page */
};
void bare_ledger(struct plat *plat, struct bare_ledger *ledger);
uint64_t bare_page_calls(struct plat *plat); /* its nr_page_calls */
/* Refuses the k-th page from now on, once. */
void bare_fail_page(struct plat *plat, uint64_t k);
/* Adds to a number that all CPUs change. */
void bare_count(uint64_t *counter, uint64_t change);
/* Frees deferred blocks now. */
void bare_drain(struct plat *plat);

/* Negative controls: break the image on purpose, to check that its tests fail. */
enum bare_defect {
	BARE_SOUND,
#define X(id, word, test, sentence) BARE_##id,
#include "kernel-test/common/defects.def"
#undef X
};
extern enum bare_defect bare_defect;

/* Plants the core's defect of that name. Returns false when there is none. */
bool core_defect_choose(const char *name, size_t bytes);

#endif
