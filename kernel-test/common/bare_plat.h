/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* bare_plat.h - the state of one bare platform; private to bare*.c. */
#ifndef BOOT_BARE_PLAT_H
#define BOOT_BARE_PLAT_H

#include "kernel-test/common/bare.h"
#include "harness/firmware/facts.h"
#include "kernel-test/common/lock.h"

struct bare_deferred {
	struct bare_deferred *next;
	void *memory;
	size_t bytes;
};

/*
 * One CPU and the inner lock, which an NMI may interrupt anywhere. Only this CPU looks at it.
 *
 *	interrupts off | inside: waits, holds | frees what was put off | interrupts as they were
 */
enum { NMI_FREES = 32 };

struct bare_nmi {
	bool inside, frees;
	uint32_t nr; /* put off */
	struct pcpu *pcpu;
	uintptr_t pointer[NMI_FREES];
};

struct plat {
	struct bare_config config;
	struct bare_ledger ledger; /* atomic */
	bool fail, fail_lasting, fail_page;
	uint64_t fail_at, fail_page_at; /* values of ledger.nr_calls, nr_page_calls */

	uint32_t nr_areas; /* requested so far */

	uint32_t outer_owner; /* CPU + 1; 0: free */
	uint32_t outer_waits[MACHINE_MAX_CPUS]; /* 1: halted until woken */
	uint32_t inner_owner;
	struct spin inner;
	uint64_t inner_flags; /* saved by the holder */
	struct bare_nmi nmi[MACHINE_MAX_CPUS];

	struct bare_deferred *deferred; /* atomic */
	uint64_t nr_deferred;
	bool kicked, misused;
	struct pcpu_report report;
};

#endif
