/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* x86_tlb.c - each CPU flushes for itself, the others by interrupt (Intel SDM vol. 3, 4.10.4). */
#include "kernel-test/x86/x86_tlb.h"
#include "kernel-test/common/arch.h"
#include "kernel-test/common/bare.h"
#include <pcpu/percpu.h>
#include "kernel-test/common/smp.h"

struct flush {
	uintptr_t address;
	uint64_t bytes;
};

enum { FLUSH_ALL_BYTES = 32 * PCPU_PAGE_BYTES }; /* beyond, a new root is cheaper */

static uint64_t nr_answers;

static void flush_here(void *argument)
{
	const struct flush *flush = argument;

	if (flush->bytes > FLUSH_ALL_BYTES) {
		root_write(root_read());
		return;
	}
	for (uint64_t at = 0; at < flush->bytes; at += PCPU_PAGE_BYTES)
		page_forget(flush->address + at);
}

/* In an interrupt. */
static void flush_there(void *argument)
{
	if (bare_defect == BARE_FLUSH_FORGETS_ONE && smp_processor_id() == smp_nr_online() - 1)
		return;
	flush_here(argument);
	__atomic_fetch_add(&nr_answers, 1, __ATOMIC_RELAXED);
}

uint64_t x86_tlb_answers(void)
{
	return __atomic_load_n(&nr_answers, __ATOMIC_RELAXED);
}

void arch_tlb_flush(uintptr_t address, uint64_t bytes, bool everywhere)
{
	struct flush flush = {address, bytes};

	flush_here(&flush);
	if (everywhere)
		smp_call_others(flush_there, &flush);
}
