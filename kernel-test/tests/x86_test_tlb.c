/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* x86_test_tlb.c - every other CPU does each flush once, before the core continues. */
#include "kernel-test/common/bare.h"
#include "kernel-test/common/bigs.h"
#include "kernel-test/common/needs.h"
#include <pcpu/percpu.h>
#include "kernel-test/common/smp.h"
#include "kernel-test/common/tap.h"
#include "kernel-test/common/vars.h"
#include "kernel-test/x86/x86_tlb.h"

const char *test_flush_answered(void)
{
	uint64_t answers = x86_tlb_answers();
	struct bare_ledger before, after;

	NEEDS(needs_each_cpu(bigs_bytes(NR_BIG)));
	bare_ledger(default_plat, &before);
	CHECK(bigs_alloc(pcpu_default_instance));
	bigs_free(pcpu_default_instance);
	bare_ledger(default_plat, &after);
	CHECK(after.nr_flushes > before.nr_flushes);
	CHECK(x86_tlb_answers() - answers ==
	      (after.nr_flushes - before.nr_flushes) * (smp_nr_online() - 1));
	return NULL;
}
