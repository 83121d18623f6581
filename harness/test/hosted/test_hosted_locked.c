/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_hosted_locked.c - a process that locks its memory.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "harness/platform/hosted/hosted_plat.h"
#include "harness/test/lib/hosted_fixture.h"
#include "harness/test/lib/maps.h"
#include "harness/test/lib/refuse.h"
#include "harness/test/lib/test.h"
#include "harness/test/lib/test_child.h"
#include "harness/test/hosted/hosted_life.h"

/* What was locked is locked afterwards, and goes on being given out page by page. */
static void unback_locked(void *old_kernel)
{
	struct hosted_mapping mapping;

	mapping_make(&mapping);
	if (mlock2((void *)mapping.start, mapping.bytes, MLOCK_ONFAULT) != 0)
		_Exit(77);
	if (old_kernel)
		refuse(REFUSE_DONTNEED_LOCKED, 0, true, EINVAL);
	for (int turn = 0; turn < 2; turn++) {
		CHILD_CHECK(hosted_back(mapping.start, mapping.bytes));
		CHILD_CHECK(hosted_unback(mapping.start, mapping.bytes));
		CHILD_CHECK(maps_resident_bytes(mapping.start, mapping.high) == 0);
		CHILD_CHECK(maps_have_flag(mapping.start, mapping.start + mapping.bytes, "lo"));
	}
	CHILD_CHECK(hosted_unreserve(&mapping));
}

TEST(locked_memory_that_is_given_back_stays_locked)
{
	passes_locked(unback_locked, NULL);
	passes_locked(unback_locked, "old");
}

/* A process that locks what it maps from now on has no page of a reservation before it is
   backed. */
static void reserve_locked(void *unused)
{
	struct hosted_mapping mapping = {0};
	uintptr_t start;

	if (mlockall(MCL_FUTURE) != 0)
		_Exit(77);
	for (int named = 0; named < 2; named++) {
		start = mapping.start;
		mapping = (struct hosted_mapping){0};
		CHILD_CHECK(
			named ? hosted_reserve_at(start, 64 * PCPU_PAGE_BYTES, &mapping) :
				hosted_reserve(64 * PCPU_PAGE_BYTES, PCPU_PAGE_BYTES, &mapping));
		CHILD_CHECK(hosted_open(mapping.start, mapping.bytes));
		CHILD_CHECK(maps_resident_bytes(mapping.low, mapping.high) == 0);
		CHILD_CHECK(hosted_back(mapping.start, PCPU_PAGE_BYTES));
		CHILD_CHECK(maps_resident_bytes(mapping.low, mapping.high) == PCPU_PAGE_BYTES);
		CHILD_CHECK(hosted_unreserve(&mapping));
	}
}

TEST(reservations_of_a_locked_process_are_empty)
{
	passes_locked(reserve_locked, NULL);
}

/* --- a process that locks its memory --------------------------------------------------------- */

static uint64_t locked_bytes(void)
{
	FILE *file = fopen("/proc/self/status", "r");
	unsigned long long kilobytes = 0;
	char line[256];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "VmLck: %llu", &kilobytes) == 1)
			break;
	if (file)
		fclose(file);
	return kilobytes << 10;
}

/* Exit status 77: this machine does not let us. */
static void live_locked(void *argument)
{
	static const struct hosted_fixture_options wants[] = {
		{.choice = PCPU_CHOICE_EMBED},
		{.choice = PCPU_CHOICE_PAGE},
		{.backing = PCPU_BACKING_KM},
	};
	struct hosted_fixture fixture;
	uint64_t resident = 0, held;

	if (mlockall(MCL_CURRENT | MCL_FUTURE) != 0 || locked_bytes() == 0)
		_Exit(77);
	if (argument) /* a kernel before 5.18 */
		refuse(REFUSE_DONTNEED_LOCKED, 0, true, EINVAL);
	for (int i = 0; i < 3; i++) {
		CHILD_CHECK(hosted_life_run(&fixture, &wants[i]));
		CHILD_CHECK(hosted_kept_pages(fixture.plat) == 0);
		held = plat_pages_held(fixture.plat) * PCPU_PAGE_BYTES;
		resident = 0;
		for (size_t r = 0; r < fixture.plat->nr_regions; r++)
			resident += maps_resident_bytes(fixture.plat->regions[r]->mapping.low,
							fixture.plat->regions[r]->mapping.high);
		CHILD_CHECK(resident == held);
		hosted_fixture_destroy(&fixture);
		CHILD_CHECK(hosted_kept_bytes() == 0);
	}
}

TEST(a_process_may_lock_its_memory)
{
	passes_locked(live_locked, NULL);
}

TEST(a_process_may_lock_its_memory_on_old_kernels)
{
	passes_locked(live_locked, "old");
}

/* Locked after the chunks were made: all of them is resident then, and pages go one by one. */
static void lock_between(void *unused)
{
	struct hosted_fixture fixture;
	struct pcpu_ptr objects[6];

	hosted_fixture_create(&(struct hosted_fixture_options){.choice = PCPU_CHOICE_EMBED},
			      &fixture);
	for (int i = 0; i < 6; i++)
		objects[i] = pcpu_alloc(fixture.pcpu, PCPU_MIN_UNIT_BYTES, 8, 0);
	if (mlockall(MCL_CURRENT) != 0 || locked_bytes() == 0)
		_Exit(77);
	for (int i = 0; i < 6; i++)
		pcpu_free(fixture.pcpu, objects[i]);
	pcpu_balance(fixture.pcpu);
	CHILD_CHECK(hosted_kept_pages(fixture.plat) == 0);
	CHILD_CHECK(pcpu_check(fixture.pcpu, NULL) == PCPU_HOLDS);
	hosted_fixture_destroy(&fixture);
}

TEST(memory_may_be_locked_later)
{
	passes_locked(lock_between, NULL);
}
