/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_weak.c - the front's lock-free parts under the memory model of C11 (weak.h). */
#include "harness/test/lib/test.h"
#include "harness/test/relacy/weak_cases.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* LAB_FULL=1: many more. */
static uint64_t nr_schedules(void)
{
	const char *full = getenv("LAB_FULL");

	return full && strcmp(full, "1") == 0 ? 20000 : 800;
}

TEST(cases_hold)
{
	uint32_t nr_broken = 0;

	WEAK_FOR_EACH_CASE(c) {
		uint64_t nr;
		const char *broken = weak_run(c, nr_schedules(), &nr);

		if (!broken)
			continue;
		printf("%s (%s), schedule %" PRIu64 ": %s\n", c->name, c->says, nr, broken);
		nr_broken++;
	}
	CHECK_EQ(nr_broken, 0);
}
