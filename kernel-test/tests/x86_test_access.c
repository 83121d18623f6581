/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* x86_test_access.c - a use of GS that only x86-64 has: the canary at %gs:40. */
#include "kernel-test/common/smp.h"
#include "kernel-test/common/tap.h"
#include "kernel-test/common/vars.h"
#include "kernel-test/x86/x86_smash.h"

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
	const char *output;

	lab_put(&wanted, "stack smashed on CPU ");
	lab_put_u64(&wanted, smp_processor_id());
	CHECK(!smash_caught(SMASH_ROOM_BYTES));
	output = smash_caught(SMASH_ROOM_BYTES + 16);
	CHECK(output != NULL);
	CHECK(memcmp(output, wanted_text, wanted.bytes + 1) == 0);
	return NULL;
}

const char *test_smash(void)
{
	return on_each_cpu(smashed);
}
