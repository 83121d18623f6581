/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_hosted_life.c - objects live on real memory with each choice of first chunk and backing; the
 * pages that the kernel has resident are those that the platform counts.
 */
#include <signal.h>
#include <string.h>
#include <sys/mman.h>

#include "harness/test/lib/hosted_fixture.h"
#include "harness/test/lib/test.h"
#include "harness/test/lib/test_child.h"

/* --- what the kernel says -------------------------------------------------------------------- */

/* Resident bytes of [address, address + bytes), by mincore(2); what is not mapped is not
   resident. */
static uint64_t resident_bytes(uintptr_t address, uint64_t bytes)
{
	uint64_t sum = 0;

	for (uint64_t at = 0; at < bytes; at += PCPU_PAGE_BYTES) {
		unsigned char is_resident = 0;

		if (mincore((void *)(address + at), PCPU_PAGE_BYTES, &is_resident) == 0)
			sum += is_resident & 1 ? PCPU_PAGE_BYTES : 0;
	}
	return sum;
}

struct seen {
	const struct pcpu_layout *layout;
	uint64_t resident;
};

static bool chunk_residence(void *context, const struct pcpu_chunk_view *view)
{
	struct seen *seen = context;

	if (view->kind == PCPU_CHUNK_RESERVED) /* the first chunk's memory */
		return true;
	for (uint32_t g = 0; g < seen->layout->nr_groups; g++)
		seen->resident += resident_bytes(view->base + seen->layout->group[g].base_offset,
						 seen->layout->group[g].area_bytes);
	return true;
}

/* Everything that the kernel backs in all chunks of the allocator. */
static uint64_t resident_in_chunks(struct pcpu *pcpu)
{
	struct seen seen = {.layout = pcpu_layout(pcpu)};

	pcpu_visit(pcpu, chunk_residence, &seen);
	return seen.resident;
}

/* --- life on real memory --------------------------------------------------------------------- */

#define NR_OBJECTS 40

static void objects_use(struct hosted_fixture *fixture, uint32_t size)
{
	struct pcpu_ptr objects[NR_OBJECTS];
	uint32_t taken = 0;

	for (; taken < NR_OBJECTS; taken++) {
		objects[taken] = pcpu_alloc(fixture->pcpu, size, 8, 0);
		CHECK(objects[taken].value);
		for (uint32_t cpu = 0; cpu < HOSTED_FIXTURE_CPUS; cpu++)
			if (cpu != 4)
				memset((void *)pcpu_address(fixture->pcpu, objects[taken], cpu),
				       (int)(cpu + taken), size);
	}
	CHECK_EQ(pcpu_check(fixture->pcpu, NULL), PCPU_HOLDS);
	CHECK_EQ(resident_in_chunks(fixture->pcpu),
		 plat_pages_held(fixture->plat) * PCPU_PAGE_BYTES);
	while (taken--) {
		unsigned char *copy = (void *)pcpu_address(fixture->pcpu, objects[taken], 7);

		CHECK_EQ(copy[0], 7 + taken);
		CHECK_EQ(copy[size - 1], 7 + taken);
		pcpu_free(fixture->pcpu, objects[taken]);
	}
	pcpu_balance(fixture->pcpu);
	CHECK_EQ(pcpu_check(fixture->pcpu, NULL), PCPU_HOLDS);
	CHECK_EQ(resident_in_chunks(fixture->pcpu),
		 plat_pages_held(fixture->plat) * PCPU_PAGE_BYTES);
}

static void life(const struct hosted_fixture_options *want, enum pcpu_choice chosen)
{
	struct hosted_fixture fixture;

	hosted_fixture_create(want, &fixture);
	CHECK_EQ(fixture.status, PCPU_OK);
	CHECK_EQ(pcpu_chosen(fixture.pcpu), chosen);
	CHECK_EQ(pcpu_check(fixture.pcpu, NULL), PCPU_HOLDS);
	objects_use(&fixture, 24);
	objects_use(&fixture, 5000);
	objects_use(&fixture, PCPU_MIN_UNIT_BYTES);
	hosted_fixture_destroy(&fixture);
}

TEST(life_with_embed)
{
	life(&(struct hosted_fixture_options){.choice = PCPU_CHOICE_EMBED, .reserved_bytes = 8192},
	     PCPU_CHOICE_EMBED);
}

TEST(life_with_page)
{
	life(&(struct hosted_fixture_options){.choice = PCPU_CHOICE_PAGE}, PCPU_CHOICE_PAGE);
}

TEST(life_with_km)
{
	life(&(struct hosted_fixture_options){.backing = PCPU_BACKING_KM}, PCPU_CHOICE_EMBED);
}

TEST(several_instances_at_once)
{
	struct hosted_fixture fixtures[4];

	for (uint32_t i = 0; i < 4; i++) {
		hosted_fixture_create(&(struct hosted_fixture_options){
					    .choice = i % 2 ? PCPU_CHOICE_PAGE : PCPU_CHOICE_EMBED},
				    &fixtures[i]);
		CHECK_EQ(fixtures[i].status, PCPU_OK);
	}
	for (uint32_t i = 0; i < 4; i++)
		objects_use(&fixtures[i], 1000 + i);
	hosted_fixture_destroy(&fixtures[1]);
	objects_use(&fixtures[3], 12000);
	for (uint32_t i = 0; i < 4; i++)
		if (i != 1)
			hosted_fixture_destroy(&fixtures[i]);
}

static void touch(void *address)
{
	signal(SIGSEGV, SIG_DFL);
	*(volatile char *)address = 1;
}

/* The unit's tail has no memory, and nothing may quietly put some there. */
TEST(a_tail_given_back_faults)
{
	struct hosted_fixture fixture;
	struct test_child child;
	const struct pcpu_layout *layout;
	uintptr_t unit;

	hosted_fixture_create(&(struct hosted_fixture_options){.choice = PCPU_CHOICE_EMBED},
			      &fixture);
	layout = pcpu_layout(fixture.pcpu);
	unit = pcpu_offsets(fixture.pcpu)[0] + 0x1000000;
	CHECK(layout->size_sum_bytes < layout->unit_bytes);
	test_child_run(touch, (void *)(unit + layout->size_sum_bytes), &child);
	CHECK_EQ(child.signal, SIGSEGV);
	test_child_run(touch, (void *)(unit + layout->size_sum_bytes - 1), &child);
	CHECK_EQ(child.signal, 0);
	hosted_fixture_destroy(&fixture);
}
