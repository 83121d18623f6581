/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_pair.c - two words of this CPU's copy at once. */
#include "kernel-test/common/arch.h"
#include "kernel-test/common/bare.h"
#include <pcpu/percpu.h>
#include "kernel-test/common/tap.h"

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
	if (!cpu_has_16_bytes())
		SKIP("the processor has no cmpxchg16b");
	return on_each_cpu(ops128);
}
