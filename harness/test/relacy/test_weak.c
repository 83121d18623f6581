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

	return full && strcmp(full, "1") == 0 ? 20000 : 1500;
}

TEST(cases_hold)
{
	uint32_t nr_broken = 0;

	for (uint32_t i = 0; i < weak_nr_cases; i++) {
		uint64_t nr;
		const char *broken = weak_run(&weak_cases[i], nr_schedules(), &nr);

		if (!broken)
			continue;
		printf("%s (%s), schedule %" PRIu64 ": %s\n", weak_cases[i].name,
		       weak_cases[i].says, nr, broken);
		nr_broken++;
	}
	CHECK_EQ(nr_broken, 0);
}
