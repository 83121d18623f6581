/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_hosted_sweep.c - the kernel refuses each memory call in turn, or has no mapping left:
 * nothing is lost, nothing aborts.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "harness/platform/hosted/hosted_plat.h"
#include "harness/test/lib/hosted_fixture.h"
#include "harness/test/lib/maps.h"
#include "harness/test/lib/refuse.h"
#include "harness/test/lib/test.h"
#include "harness/test/lib/test_child.h"
#include "harness/test/hosted/hosted_life.h"

/* --- refusals -------------------------------------------------------------------------------- */

/* Each call that the kernel may refuse, once and for good, through a life with all its ends; then
   the next one gives back what was kept. */
static uint32_t refusals_sweep(const struct hosted_fixture_options *want, unsigned calls,
			       bool lasting, int error)
{
	struct maps_count before;
	struct hosted_fixture fixture;
	uint32_t nr_kept = 0;

	hosted_life_run(&fixture, want);
	hosted_fixture_destroy(&fixture);
	maps_count(&before);
	for (uint64_t k = 0;; k += 1 + k / 8) {
		bool met;

		refuse(calls, k, lasting, error);
		hosted_life_run(&fixture, want);
		hosted_fixture_destroy(&fixture);
		met = refuse_count() > 0;
		refuse_nothing();
		nr_kept += hosted_kept_bytes() > 0;
		hosted_kept_retry();
		CHECK_EQ(hosted_kept_bytes(), 0);
		maps_check_equal(&before);
		if (!met)
			return nr_kept;
	}
}

static void refusals(const struct hosted_fixture_options *want)
{
	refusals_sweep(want, REFUSE_ALL, false, ENOMEM);
	refusals_sweep(want, REFUSE_ALL, true, EPERM);
	CHECK(refusals_sweep(want, REFUSE_MUNMAP, true, ENOMEM) > 0);
	refusals_sweep(want, REFUSE_DONTNEED | REFUSE_DONTNEED_LOCKED | REFUSE_MUNLOCK, true,
		       EINVAL);
	refusals_sweep(want, REFUSE_CLOSE, true, ENOMEM);
	refusals_sweep(want, REFUSE_POPULATE, true, EAGAIN);
}

TEST(every_refusal_of_the_kernel_is_survived_embed)
{
	refusals(&(struct hosted_fixture_options){.choice = PCPU_CHOICE_EMBED});
}

TEST(every_refusal_of_the_kernel_is_survived_page)
{
	refusals(&(struct hosted_fixture_options){.choice = PCPU_CHOICE_PAGE});
}

TEST(every_refusal_of_the_kernel_is_survived_km)
{
	refusals(&(struct hosted_fixture_options){.backing = PCPU_BACKING_KM});
}

TEST(every_refusal_of_the_kernel_is_survived_with_guards_between_units)
{
	refusals_sweep(&(struct hosted_fixture_options){.unit_guards = true}, REFUSE_ALL, false,
		       ENOMEM);
	refusals_sweep(
		&(struct hosted_fixture_options){.unit_guards = true, .backing = PCPU_BACKING_KM},
		REFUSE_CLOSE, true, ENOMEM);
}

/* --- the limit of mappings ------------------------------------------------------------------- */

#define STRIPES 70000u /* more than vm.max_map_count */

/* Splits a mapping until no more can be had; returns it. */
static char *mappings_exhaust(uint32_t *nr)
{
	char *memory = mmap(NULL, (size_t)STRIPES * PCPU_PAGE_BYTES, PROT_NONE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	for (*nr = 0; memory != MAP_FAILED && *nr < STRIPES / 2; ++*nr)
		if (mprotect(memory + (size_t)*nr * 2 * PCPU_PAGE_BYTES, PCPU_PAGE_BYTES,
			     PROT_READ) != 0)
			return memory;
	return NULL;
}

/* With 0, 1, 2 ... mappings left: whatever can be had lives, and all is given back. */
static void live_at_the_limit(void *unused)
{
	static const struct hosted_fixture_options embed = {.choice = PCPU_CHOICE_EMBED};
	struct hosted_fixture fixture;
	bool whole = false;
	uint32_t nr, left;
	char *memory;

	hosted_fixture_create(&(struct hosted_fixture_options){0}, &fixture);
	hosted_fixture_destroy(&fixture);
	memory = mappings_exhaust(&nr);
	if (!memory)
		_Exit(77);
	for (left = 0; left < 60 && !whole; left++) {
		/* Two mappings go with each stripe that is closed again. */
		mprotect(memory + (size_t)--nr * 2 * PCPU_PAGE_BYTES, PCPU_PAGE_BYTES, PROT_NONE);
		fixture = (struct hosted_fixture){0};
		if (hosted_life_run(&fixture, &embed))
			whole = true;
		CHILD_CHECK(!fixture.pcpu || pcpu_check(fixture.pcpu, NULL) == PCPU_HOLDS);
		hosted_fixture_destroy(&fixture);
	}
	CHILD_CHECK(whole && left > 3);
	munmap(memory, (size_t)STRIPES * PCPU_PAGE_BYTES);
	hosted_kept_retry();
	CHILD_CHECK(hosted_kept_bytes() == 0);
}

TEST(mappings_may_run_out)
{
	struct test_child child;

	test_child_run(live_at_the_limit, NULL, &child);
	if (child.status == 77)
		SKIP("vm.max_map_count is out of reach");
	if (child.signal || child.status)
		FAIL("signal %d, status %d: %s", child.signal, child.status, child.text);
}
