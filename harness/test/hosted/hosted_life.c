/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* hosted_life.c - see hosted_life.h. */
#include "harness/test/hosted/hosted_life.h"

#include <string.h>

#include "harness/platform/hosted/hosted_plat.h"
#include "harness/test/lib/hosted_fixture.h"
#include "harness/test/lib/test.h"
#include "harness/test/lib/test_child.h"

bool hosted_life_run(struct hosted_fixture *fixture, const struct hosted_fixture_options *want)
{
	struct pcpu_ptr objects[12];
	bool whole = true;

	hosted_fixture_create(want, fixture);
	if (!fixture->pcpu)
		return false;
	for (int i = 0; i < 12; i++) {
		objects[i] = pcpu_alloc(fixture->pcpu, i % 3 ? 600 : PCPU_MIN_UNIT_BYTES, 8, 0);
		whole = whole && objects[i].value;
		for (uint32_t cpu = 0; objects[i].value && cpu < HOSTED_FIXTURE_CPUS; cpu++) {
			unsigned char *copy =
				(void *)pcpu_address(fixture->pcpu, objects[i], cpu == 4 ? 0 : cpu);

			CHECK(cpu == 4 || !copy[0]);
			memset(copy, 0xa5, 600);
		}
	}
	hosted_worker_wait(fixture->plat);
	CHECK_EQ(pcpu_check(fixture->pcpu, NULL), PCPU_HOLDS);
	for (int i = 0; i < 12; i++)
		pcpu_free(fixture->pcpu, objects[i]);
	pcpu_balance(fixture->pcpu);
	hosted_worker_wait(fixture->plat);
	CHECK_EQ(pcpu_check(fixture->pcpu, NULL), PCPU_HOLDS);
	return whole;
}

void mapping_make(struct hosted_mapping *mapping)
{
	*mapping = (struct hosted_mapping){0};
	CHECK(hosted_reserve(MAPPING_PAGES * PCPU_PAGE_BYTES, PCPU_PAGE_BYTES, mapping));
	CHECK(hosted_open(mapping->start, mapping->bytes));
}

/* Runs body in a child, which exits with 77 where memory cannot be locked. */
void passes_locked(void (*body)(void *argument), void *argument)
{
	struct test_child child;

	test_child_run(body, argument, &child);
	if (child.status == 77)
		SKIP("memory cannot be locked here");
	if (child.signal || child.status)
		FAIL("signal %d, status %d: %s", child.signal, child.status, child.text);
}
