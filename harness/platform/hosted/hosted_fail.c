/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * hosted_fail.c - makes the k-th fallible call fail. Counts as the simulated platform does:
 * metadata, an area, a space, and each page.
 */
#include "harness/platform/hosted/hosted_plat.h"
#include "harness/platform/lab_plat.h"

bool hosted_is_to_fail(struct plat *plat)
{
	uint64_t call = __atomic_fetch_add(&plat->nr_fallible, 1, __ATOMIC_RELAXED);
	uint64_t at = __atomic_load_n(&plat->fail_at, __ATOMIC_RELAXED);

	return call == at || (call > at && plat->fail_lasting);
}

bool lab_fail_at(struct plat *plat, uint64_t k, bool lasting)
{
	plat->fail_lasting = lasting;
	__atomic_store_n(&plat->fail_at,
			 __atomic_load_n(&plat->nr_fallible, __ATOMIC_RELAXED) + k,
			 __ATOMIC_RELAXED);
	return true;
}

void lab_fail_never(struct plat *plat)
{
	__atomic_store_n(&plat->fail_at, UINT64_MAX, __ATOMIC_RELAXED);
}
