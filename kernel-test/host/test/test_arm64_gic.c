/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_arm64_gic.c - which CPU a software generated interrupt of the boot image goes to: as a
   distributor reads the register, for affinities that QEMU's machines do not have. */
#include "kernel-test/arm64/arm64_gic.h"

#include "harness/test/lib/test.h"

/* Returns whether the register selects the CPU of these three levels (Arm IHI 0069). */
static bool is_named(uint64_t value, uint32_t aff2, uint32_t aff1, uint32_t aff0)
{
	uint32_t range = (uint32_t)(value >> 44 & 15);

	return (value >> 32 & 0xff) == aff2 && (value >> 16 & 0xff) == aff1 &&
	       aff0 / 16 == range && (value >> (aff0 % 16) & 1);
}

static const uint32_t levels[] = { 0, 1, 2, 15, 16, 17, 31, 32, 127, 128, 240, 254, 255 };
enum { NR_LEVELS = sizeof(levels) / sizeof(levels[0]) };

/* That CPU and no other; all other fields are zero: Aff3, no broadcast, no interrupt's number. */
TEST(one_cpu_is_named)
{
	for (uint32_t i = 0; i < NR_LEVELS * NR_LEVELS; i++) {
		uint32_t aff2 = levels[i / NR_LEVELS], aff1 = levels[i % NR_LEVELS];

		for (uint32_t aff0 = 0; aff0 < 256; aff0++) {
			uint64_t value = arm64_gic_target(aff2 << 16 | aff1 << 8 | aff0);

			CHECK(is_named(value, aff2, aff1, aff0));
			CHECK_EQ(__builtin_popcountll(value & 0xffff), 1);
			CHECK_EQ(value & ~UINT64_C(0xf0ff00ffffff), 0);
		}
	}
}
