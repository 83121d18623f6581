/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* x86_test_access.c - what GS alone is asked for: the canary at %gs:40, and 16 bytes at once. */
#include "arch.h"
#include "bare.h"
#include "smp.h"
#include "tap.h"
#include "vars.h"
#include "x86_smash.h"

static const char *canary(void)
{
	uintptr_t first = (uintptr_t)&canary_page;
	uint64_t seen;

	/* The compiler takes for granted that no object lies at 0. */
	__asm__ volatile("movq %%gs:40, %0" : "=r"(seen), "+r"(first));
	CHECK(seen == per_cpu(canary_page, smp_processor_id()).canary && seen != 0);
	CHECK(first == 0);
	return NULL;
}

const char *test_canary(void)
{
	CHECK_PASSES(on_each_cpu(canary));
	for (uint32_t cpu = 0; cpu < nr_cpu_ids; cpu++)
		for (uint32_t other = 0; other < cpu; other++)
			CHECK(per_cpu(canary_page, cpu).canary !=
			      per_cpu(canary_page, other).canary);
	return NULL;
}

static const char *smashed(void)
{
	LINE(wanted, SMASH_TEXT_BYTES);
	const char *said;

	lab_put(&wanted, "stack smashed on CPU ");
	lab_put_u64(&wanted, smp_processor_id());
	CHECK(!smash_caught(SMASH_ROOM_BYTES));
	said = smash_caught(SMASH_ROOM_BYTES + 16);
	CHECK(said != NULL);
	CHECK(memcmp(said, wanted_text, wanted.bytes + 1) == 0);
	return NULL;
}

const char *test_smash(void)
{
	return on_each_cpu(smashed);
}

/* --- two words at once ------------------------------------------------------------------------ */

struct pair {
	uint64_t before;
	_Alignas(16) uint64_t first;
	uint64_t second, after;
};
static DEFINE_PER_CPU(struct pair, pair);

static bool pair_change(uint64_t old_first, uint64_t old_second, uint64_t first, uint64_t second)
{
	if (bare_defect != BARE_HALF_COMPARE)
		return this_cpu_cmpxchg_double(pair.first, pair.second, old_first, old_second,
					       first, second);
	if (this_cpu_cmpxchg(pair.first, old_first, first) != old_first)
		return false;
	this_cpu_write(pair.second, second);
	return true;
}

static const char *ops128(void)
{
	const struct pair *mine = per_cpu_ptr(&pair, smp_processor_id());
	const uint64_t top = UINT64_MAX;

	CHECK(pair_change(0, 0, top, 7));
	CHECK(mine->first == top && mine->second == 7);
	CHECK(!pair_change(top, 6, 1, 1));
	CHECK(!pair_change(top - 1, 7, 1, 1));
	CHECK(mine->first == top && mine->second == 7);
	CHECK(pair_change(top, 7, 0, 0));
	CHECK(mine->before == 0 && mine->first == 0 && mine->second == 0 && mine->after == 0);
	return NULL;
}

const char *test_ops128(void)
{
	uint32_t leaf[4];

	cpuid(1, leaf);
	if (!(leaf[2] & CPUID_CMPXCHG16B))
		SKIP("the processor has no cmpxchg16b");
	return on_each_cpu(ops128);
}
