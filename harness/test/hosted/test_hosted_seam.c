/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_hosted_seam.c - functions of plat.h by themselves: zeroing, locks, physical addresses.
 */
#include <pthread.h>
#include <sched.h>
#include <string.h>

#include "harness/test/lib/hosted_fixture.h"
#include "harness/test/lib/test.h"

/* |##0000000##|	every size that has stores of its own, and more, wherever it starts */
TEST(exactly_the_bytes_requested_are_zeroed)
{
	struct hosted_fixture fixture;

	hosted_fixture_create(&(struct hosted_fixture_options){0}, &fixture);
	for (size_t bytes = 0; bytes <= 40; bytes++) {
		for (size_t from = 1; from <= 8; from++) {
			char memory[64];

			memset(memory, 0x5a, sizeof(memory));
			plat_zero(fixture.plat, (uintptr_t)memory + from, bytes);
			for (size_t i = 0; i < sizeof(memory); i++)
				CHECK_EQ(memory[i], i - from < bytes ? 0 : 0x5a);
		}
	}
	hosted_fixture_destroy(&fixture);
}

#define NR_ADDERS 4
#define NR_SUMS	  2000

struct adding {
	struct plat *plat;
	enum plat_lock lock;
	uint64_t sum;
};

static void *add_under_lock(void *argument)
{
	struct adding *adding = argument;

	for (int i = 0; i < NR_SUMS; i++) {
		uint64_t sum;

		plat_lock(adding->plat, adding->lock);
		sum = adding->sum;
		if (i % 16 == 0)
			sched_yield(); /* here another would come in */
		adding->sum = sum + 1;
		plat_unlock(adding->plat, adding->lock);
	}
	CHECK(!plat_lock_held(adding->plat, adding->lock));
	return NULL;
}

TEST(each_lock_keeps_others_out)
{
	for (int lock = PLAT_LOCK_OUTER; lock <= PLAT_LOCK_INNER; lock++) {
		struct hosted_fixture fixture;
		struct adding adding = {.lock = (enum plat_lock)lock};
		pthread_t adder[NR_ADDERS];

		hosted_fixture_create(&(struct hosted_fixture_options){0}, &fixture);
		adding.plat = fixture.plat;
		for (int i = 0; i < NR_ADDERS; i++)
			CHECK_EQ(pthread_create(&adder[i], NULL, add_under_lock, &adding), 0);
		for (int i = 0; i < NR_ADDERS; i++)
			CHECK_EQ(pthread_join(adder[i], NULL), 0);
		CHECK_EQ(adding.sum, NR_ADDERS * NR_SUMS);
		hosted_fixture_destroy(&fixture);
	}
}

TEST(physical_addresses_follow_within_a_page)
{
	struct hosted_fixture fixture;
	uint64_t page;
	uintptr_t at;

	hosted_fixture_create(&(struct hosted_fixture_options){0}, &fixture);
	at = pcpu_base(fixture.pcpu);
	page = plat_phys(fixture.plat, at);
	if (!page)
		SKIP("this kernel hides frame numbers");
	CHECK_EQ(page % PCPU_PAGE_BYTES, 0);
	CHECK_EQ(plat_phys(fixture.plat, at + 5), page + 5);
	CHECK_EQ(plat_phys(fixture.plat, at + PCPU_PAGE_BYTES - 1), page + PCPU_PAGE_BYTES - 1);
	CHECK(plat_phys(fixture.plat, at + PCPU_PAGE_BYTES) != page);
	CHECK_EQ(plat_phys(fixture.plat, at + PCPU_PAGE_BYTES + 7) % PCPU_PAGE_BYTES, 7);
	hosted_fixture_destroy(&fixture);
}
