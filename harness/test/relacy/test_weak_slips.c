/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_weak_slips.c - the cases of weak.h complain: each slip of slips.toml breaks the one that it
 * names, in a copy of the core that has all of them, one to be chosen.
 */
#include "harness/test/lib/test.h"
#include "harness/test/relacy/weak_cases.h"
#include "harness/zoo/zoo.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCHEDULES_MAX 3000

static const struct weak_case *case_of(const char *name)
{
	WEAK_FOR_EACH_CASE(c)
		if (strcmp(c->name, name) == 0)
			return c;
	test_fail(__FILE__, __LINE__, "slips.toml: no case %s", name);
}

/* LAB_WEAK_SLIPS=1 lists what finds each. */
TEST(slips_are_found)
{
	bool lists = getenv("LAB_WEAK_SLIPS") != NULL;
	uint32_t nr_missed = 0;

	for (size_t i = 0; i < zoo_nr_defects; i++) {
		const struct zoo_defect *slip = &zoo_defects[i];
		const char *broken;
		uint64_t nr;

		zoo_chosen = slip->number;
		broken = weak_run(case_of(slip->unit), SCHEDULES_MAX, &nr);
		zoo_chosen = 0;
		if (lists && broken)
			printf("%-22s %-18s schedule %5" PRIu64 ": %s\n", slip->name, slip->unit,
			       nr, broken);
		if (broken)
			continue;
		printf("%s is not found by case %s: %s\n", slip->name, slip->unit, slip->says);
		nr_missed++;
	}
	CHECK_EQ(nr_missed, 0);
}

/* Without a slip the copy is what it was made of. */
TEST(the_copy_holds_without_a_slip)
{
	WEAK_FOR_EACH_CASE(c) {
		uint64_t nr;
		const char *broken = weak_run(c, 20, &nr);

		if (broken)
			test_fail(__FILE__, __LINE__, "%s: %s", c->name, broken);
	}
}
