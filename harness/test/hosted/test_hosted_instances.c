/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_hosted_instances.c - instances of one process: no two live ones have a pointer value in
 * common (PCPU_STATIC_AT_BASE), and a pointer given to the wrong one is reported.
 */
#include <stdlib.h>
#include <string.h>

#include "harness/test/lib/hosted_fixture.h"
#include "harness/test/lib/test.h"

#define NR_FIXTURES 6
#define NR_OBJECTS 40

static const struct hosted_fixture_options wants[NR_FIXTURES] = {
	{.static_start = PCPU_STATIC_AT_BASE, .record_misuse = true},
	{.static_start = PCPU_STATIC_AT_BASE, .record_misuse = true, .reserved_bytes = 8192},
	{.static_start = PCPU_STATIC_AT_BASE, .record_misuse = true, .choice = PCPU_CHOICE_PAGE},
	{.static_start = PCPU_STATIC_AT_BASE, .record_misuse = true, .choice = PCPU_CHOICE_PAGE},
	{.static_start = PCPU_STATIC_AT_BASE, .record_misuse = true, .backing = PCPU_BACKING_KM},
	{.static_start = PCPU_STATIC_AT_BASE, .record_misuse = true, .backing = PCPU_BACKING_KM},
};

struct object {
	struct pcpu_ptr pointer;
	uint32_t bytes;
};

/* Of all sizes: in the first chunk, the reserved one and later ones. */
static void objects_make(struct hosted_fixture *fixture, struct object *objects)
{
	for (uint32_t i = 0; i < NR_OBJECTS; i++) {
		unsigned flags = i % 8 == 1 ? PCPU_RESERVED : 0;

		objects[i].bytes = i % 4 == 3 ? PCPU_MIN_UNIT_BYTES : 8u << i % 8;
		objects[i].pointer = pcpu_alloc(fixture->pcpu, objects[i].bytes, 8, flags);
		CHECK(objects[i].pointer.value);
	}
}

static void one_is_foreign(struct hosted_fixture *fixture, struct pcpu_ptr pointer)
{
	struct pcpu_report report;
	struct pcpu_place place;

	CHECK(!pcpu_lookup(fixture->pcpu, pointer, &place));
	pcpu_free(fixture->pcpu, pointer);
	CHECK(lab_take_misuse(fixture->plat, &report));
	CHECK_EQ(report.id, PCPU_MISUSE_WILD_FREE);
	CHECK_EQ(report.pointer, pointer.value);
}

TEST(no_pointer_of_an_instance_is_one_of_another)
{
	static struct hosted_fixture fixtures[NR_FIXTURES];
	static struct object objects[NR_FIXTURES][NR_OBJECTS];
	struct pcpu_stats stats;

	for (uint32_t i = 0; i < NR_FIXTURES; i++) {
		hosted_fixture_create(&wants[i], &fixtures[i]);
		CHECK_EQ(fixtures[i].status, PCPU_OK);
		CHECK_EQ(pcpu_static_start(fixtures[i].pcpu), pcpu_base(fixtures[i].pcpu));
		objects_make(&fixtures[i], objects[i]);
		hosted_worker_wait(fixtures[i].plat);
		CHECK_EQ(pcpu_check(fixtures[i].pcpu, NULL), PCPU_HOLDS);
	}
	for (uint32_t i = 0; i < NR_FIXTURES; i++) {
		for (uint32_t other = 0; other < NR_FIXTURES; other++)
			for (uint32_t j = 0; other != i && j < NR_OBJECTS; j++)
				one_is_foreign(&fixtures[i], objects[other][j].pointer);
		pcpu_stats(fixtures[i].pcpu, &stats);
		CHECK_EQ(stats.nr_live, NR_OBJECTS);
	}
	for (uint32_t i = 0; i < NR_FIXTURES; i++)
		hosted_fixture_destroy(&fixtures[i]);
}

/* The value is the address of the object in the base unit, whoever's copy that is. */
TEST(a_value_is_an_address_in_the_base_unit)
{
	struct hosted_fixture fixture;
	struct pcpu_ptr p;

	hosted_fixture_create(&wants[0], &fixture);
	for (int i = 0; i < 4; i++) {
		p = pcpu_alloc(fixture.pcpu, PCPU_MIN_UNIT_BYTES, 8, 0);
		CHECK_EQ(pcpu_address(fixture.pcpu, p, 0), p.value + pcpu_offsets(fixture.pcpu)[0]);
	}
	CHECK_EQ(pcpu_offsets(fixture.pcpu)[pcpu_lowest_cpu(fixture.pcpu)], 0);
	CHECK_EQ(pcpu_address(fixture.pcpu, p, pcpu_lowest_cpu(fixture.pcpu)), p.value);
	CHECK(hosted_enter_cpu(fixture.plat, fixture.pcpu,
			       5)); /* a GS base that the kernel takes */
	hosted_leave_cpu(fixture.plat);
	hosted_fixture_destroy(&fixture);
}

/* The exception: who names a static start has offsets from it, and so has the next one. */
TEST(a_static_start_named_twice_gives_equal_values)
{
	struct hosted_fixture first, second;
	struct pcpu_ptr a, b;

	hosted_fixture_create(&(struct hosted_fixture_options){0}, &first);
	hosted_fixture_create(&(struct hosted_fixture_options){0}, &second);
	a = pcpu_alloc(first.pcpu, 8, 8, 0);
	b = pcpu_alloc(second.pcpu, 8, 8, 0);
	CHECK_EQ(a.value, b.value);
	CHECK_EQ(pcpu_static_start(first.pcpu), 0x1000000);
	hosted_fixture_destroy(&first);
	hosted_fixture_destroy(&second);
}

/* No reader can be in an instance that is being made or ended: nothing waits for those of
   another. */
TEST(making_and_ending_wait_for_no_reader)
{
	struct hosted_fixture first, second;

	hosted_fixture_create(&(struct hosted_fixture_options){0}, &first);
	plat_read_begin(first.plat);
	for (int turn = 0; turn < 3; turn++) {
		hosted_fixture_create(&(struct hosted_fixture_options){.worker = true}, &second);
		CHECK_EQ(second.status, PCPU_OK);
		for (int i = 0; i < 40; i++) /* maps that grow, and so are replaced */
			CHECK(pcpu_alloc(second.pcpu, i % 8 ? 16 : PCPU_MIN_UNIT_BYTES, 8, 0)
				      .value);
		hosted_fixture_destroy(&second);
	}
	plat_read_end(first.plat);
	hosted_fixture_destroy(&first);
}
