/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_model.c - the model is fed lies, and must tell each of them. */
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "run_world.h"
#include "test.h"
#include "world.h"

static struct run_world world;
static struct lab_model model;
static struct lab_fault fault;
static void *memory;

static void set_up(void)
{
	struct lab_model_size size = { .nr_ids = 8, .nr_touches = 80, .writes = true };

	run_world_open(&world, "# pcpu-topology 1\nnode 0 cpus 0-4\nnode 1 cpus 5-7\n",
		       &run_world_sizes, NULL);
	memory = calloc(1, lab_model_memory(&size, world.pcpu));
	CHECK(memory);
	lab_model_init(&model, world.plat, world.pcpu, &size, memory);
	memset(&fault, 0, sizeof(fault));
}

static void tear_down(void)
{
	free(memory);
	run_world_close(&world);
}

static struct pcpu_ptr alloc(uint32_t size, unsigned flags)
{
	return pcpu_alloc(world.pcpu, size, 8, flags);
}

static bool born(uint32_t id, struct pcpu_ptr pointer, uint32_t size, uint32_t align,
		 unsigned flags)
{
	return lab_model_born(&model, id, pointer, size, align, flags, &fault);
}

static void poke(struct pcpu_ptr pointer, uint32_t offset, uint32_t cpu)
{
	uint8_t byte = 0x42;

	plat_copy(world.plat, pcpu_address(world.pcpu, pointer, cpu) + offset, &byte, 1);
}

static struct pcpu_ptr moved(struct pcpu_ptr pointer, int by)
{
	return (struct pcpu_ptr){ pointer.value + (uintptr_t)(intptr_t)by };
}

static void check_fault(const char *sentence, uint32_t id, uint32_t cpu)
{
	CHECK_STR(fault.sentence, sentence);
	CHECK_EQ(fault.id, id);
	CHECK_EQ(fault.cpu, cpu);
}

TEST(a_whole_life_is_clean)
{
	struct pcpu_ptr p, q;

	set_up();
	p = alloc(5000, 0);
	CHECK(born(0, p, 5000, 8, 0));
	q = alloc(8, PCPU_RESERVED);
	CHECK(born(1, q, 8, 8, PCPU_RESERVED));
	lab_model_write(&model, 0, 7);
	lab_model_write(&model, 0, 99);
	CHECK(lab_model_check(&model, &fault));
	CHECK(lab_model_dies(&model, 0, &fault));
	pcpu_free(world.pcpu, p);
	CHECK(lab_model_check(&model, &fault));
	CHECK(lab_model_dies(&model, 1, &fault));
	pcpu_free(world.pcpu, q);
	CHECK(lab_model_check(&model, &fault));
	CHECK_EQ(model.nr_live, 0);
	CHECK_EQ(model.live_bytes, 0);
	tear_down();
}

TEST(overlap_by_one_byte_is_told)
{
	struct pcpu_ptr p;

	set_up();
	p = alloc(9000, 0);
	CHECK(born(3, p, 8193, 8, 0));
	CHECK(!born(4, moved(p, 8192), 8, 8, 0));
	check_fault("live objects never overlap", 3, PCPU_NO_CPU);
	CHECK(!born(4, p, 8, 8, 0));
	CHECK(born(4, moved(p, 8200), 8, 8, 0));
	CHECK(!born(5, moved(p, 8207), 1, 1, 0));
	check_fault("live objects never overlap", 4, PCPU_NO_CPU);
	tear_down();
}

/* Neighbours on one page, and the same offset in another chunk, are no overlap. */
TEST(neighbours_are_no_overlap)
{
	struct pcpu_ptr p, q;

	set_up();
	p = alloc(32768, 0);
	q = alloc(32768, 0);
	CHECK(born(0, p, 100, 4, 0));
	CHECK(born(1, moved(p, 100), 1, 1, 0));
	CHECK(born(2, moved(p, 101), 4096, 1, 0));
	CHECK(born(3, q, 100, 4, 0));
	CHECK(lab_model_dies(&model, 1, &fault));
	CHECK(born(4, moved(p, 100), 1, 1, 0) == false);
	check_fault("a newborn object is zero on every CPU", 4, 0);
	tear_down();
}

TEST(a_byte_that_is_not_zeroed_is_told_with_its_cpu)
{
	for (uint32_t cpu = 0; cpu < 8; cpu++) {
		struct pcpu_ptr p;

		set_up();
		p = alloc(777, 0);
		poke(p, 776, cpu);
		CHECK(!born(2, p, 777, 8, 0));
		check_fault("a newborn object is zero on every CPU", 2, cpu);
		tear_down();
	}
}

TEST(a_byte_that_changed_is_told_with_its_cpu)
{
	for (uint32_t cpu = 0; cpu < 8; cpu++) {
		struct pcpu_ptr p;

		set_up();
		p = alloc(777, 0);
		CHECK(born(2, p, 777, 8, 0));
		poke(p, 776 * (cpu & 1), cpu);
		CHECK(!lab_model_check(&model, &fault));
		check_fault("an object keeps what each CPU wrote until it is freed", 2, cpu);
		CHECK(!lab_model_dies(&model, 2, &fault));
		check_fault("an object keeps what each CPU wrote until it is freed", 2, cpu);
		tear_down();
	}
}

/* Copies of two CPUs that swap places, or of two lives of one id, are not the same. */
TEST(another_copy_or_an_older_life_does_not_pass_for_this_one)
{
	struct pcpu_ptr p;
	uint64_t cpu0, cpu1;

	set_up();
	p = alloc(8, 0);
	CHECK(born(0, p, 8, 8, 0));
	lab_read(world.plat, pcpu_address(world.pcpu, p, 0), &cpu0, 8);
	lab_read(world.plat, pcpu_address(world.pcpu, p, 1), &cpu1, 8);
	CHECK(cpu0 != cpu1);
	plat_copy(world.plat, pcpu_address(world.pcpu, p, 0), &cpu1, 8);
	CHECK(!lab_model_dies(&model, 0, &fault));
	pcpu_free(world.pcpu, p);
	p = alloc(8, 0);
	CHECK(born(0, p, 8, 8, 0));
	plat_copy(world.plat, pcpu_address(world.pcpu, p, 0), &cpu0, 8);
	CHECK(!lab_model_dies(&model, 0, &fault));
	pcpu_free(world.pcpu, p);
	tear_down();
}

TEST(a_lost_rewrite_is_told)
{
	struct pcpu_ptr p;
	uint64_t old;

	set_up();
	p = alloc(8, 0);
	CHECK(born(0, p, 8, 8, 0));
	lab_read(world.plat, pcpu_address(world.pcpu, p, 5), &old, 8);
	lab_model_write(&model, 0, 5);
	CHECK(lab_model_check(&model, &fault));
	plat_copy(world.plat, pcpu_address(world.pcpu, p, 5), &old, 8);
	CHECK(!lab_model_check(&model, &fault));
	check_fault("an object keeps what each CPU wrote until it is freed", 0, 5);
	tear_down();
}

TEST(a_misaligned_object_is_told)
{
	struct pcpu_ptr p;

	set_up();
	p = alloc(64, 0);
	CHECK(!born(0, moved(p, 4), 8, 8, 0));
	check_fault("an object's offset is aligned as asked", 0, PCPU_NO_CPU);
	CHECK(born(0, moved(p, 4), 8, 4, 0));
	tear_down();
}

TEST(an_illegal_request_that_is_granted_is_told)
{
	static const struct {
		uint32_t size, align;
	} illegal[] = { { 0, 8 }, { PCPU_MIN_UNIT_BYTES + 1, 8 }, { 8, 0 }, { 8, 12 },
			{ 8, 2 * PCPU_PAGE_BYTES } };
	struct pcpu_ptr p;

	set_up();
	p = alloc(64, 0);
	for (uint32_t i = 0; i < 5; i++) {
		CHECK(!born(0, p, illegal[i].size, illegal[i].align, 0));
		check_fault("an illegal size or alignment is refused", 0, PCPU_NO_CPU);
	}
	tear_down();
}

TEST(an_object_outside_its_space_is_told)
{
	const struct pcpu_layout *layout;
	struct pcpu_ptr p, q;
	int to_end;

	set_up();
	layout = pcpu_layout(world.pcpu);
	p = alloc(layout->dyn_bytes, 0); /* all of it, so that it is zero */
	to_end = (int)(layout->dyn_bytes - 8);
	CHECK(!born(0, moved(p, to_end), 12, 4, 0));
	check_fault("an object lies inside dynamic or reserved space", 0, PCPU_NO_CPU);
	CHECK(born(0, moved(p, to_end), 8, 4, 0));
	q = alloc(8, PCPU_RESERVED);
	CHECK(!born(1, moved(q, (int)layout->reserved_bytes - 8), 12, 4, PCPU_RESERVED));
	check_fault("an object lies inside dynamic or reserved space", 1, PCPU_NO_CPU);
	CHECK(!born(1, moved(q, -8), 8, 4, PCPU_RESERVED));
	check_fault("the pointer of a newborn object leads to a chunk", 1, PCPU_NO_CPU);
	CHECK(!born(1, moved(p, 1 << 30), 8, 4, 0));
	check_fault("the pointer of a newborn object leads to a chunk", 1, PCPU_NO_CPU);
	tear_down();
}

TEST(the_wrong_chunk_for_a_reserved_request_is_told)
{
	static const char sentence[] =
		"reserved requests, and only they, go to the reserved chunk";

	set_up();
	CHECK(!born(0, alloc(8, 0), 8, 8, PCPU_RESERVED));
	check_fault(sentence, 0, PCPU_NO_CPU);
	CHECK(!born(0, alloc(8, PCPU_RESERVED), 8, 8, 0));
	check_fault(sentence, 0, PCPU_NO_CPU);
	tear_down();
}

TEST(counts_that_differ_are_told)
{
	struct pcpu_ptr p, q;

	set_up();
	p = alloc(64, 0);
	CHECK(!lab_model_check_counts(&model, &fault));
	check_fault("the count of live objects is the model's", LAB_NO_ID, PCPU_NO_CPU);
	CHECK(born(0, p, 8, 8, 0));
	CHECK(!lab_model_check_counts(&model, &fault));
	check_fault("live bytes are the model's, plus heads and tails", LAB_NO_ID, PCPU_NO_CPU);
	CHECK(lab_model_dies(&model, 0, &fault));
	pcpu_free(world.pcpu, p);
	CHECK(lab_model_check_counts(&model, &fault));
	q = alloc(8, 0);
	pcpu_free(world.pcpu, q);
	CHECK(!lab_model_check_counts(&model, &fault));
	check_fault("the counts of allocations and frees are the model's", LAB_NO_ID, PCPU_NO_CPU);
	tear_down();
}

/* An object that the allocator thinks is smaller than what was asked for. */
TEST(too_few_live_bytes_are_told)
{
	struct lab_model_size size = { .nr_ids = 8, .nr_touches = 80, .writes = true };
	struct pcpu_ptr p;

	set_up();
	p = alloc(64, 0); /* so that the bytes behind the next object are zero */
	pcpu_free(world.pcpu, p);
	memset(memory, 0, lab_model_memory(&size, world.pcpu));
	lab_model_init(&model, world.plat, world.pcpu, &size, memory);
	p = alloc(8, 0);
	CHECK(born(0, p, 16, 8, 0));
	CHECK(!lab_model_check_counts(&model, &fault));
	check_fault("live bytes are the model's, plus heads and tails", LAB_NO_ID, PCPU_NO_CPU);
	tear_down();
}

/* --- addresses: the allocator's own table of offsets is spoilt ---------------------------- */

static uintptr_t *offsets_to_spoil(void)
{
	return (uintptr_t *)(uintptr_t)pcpu_offsets(world.pcpu);
}

TEST(another_distance_between_cpus_is_told)
{
	uintptr_t offsets[8];
	struct pcpu_ptr p;

	set_up();
	memcpy(offsets, pcpu_offsets(world.pcpu), sizeof(offsets));
	offsets[6] += PCPU_PAGE_BYTES;
	model.cpu_offset = offsets;
	p = alloc(8, 0);
	CHECK(!born(0, p, 8, 8, 0));
	check_fault("the distance between CPUs is the same for every object", 0, 6);
	tear_down();
}

TEST(a_misaligned_copy_is_told_with_its_cpu)
{
	struct pcpu_ptr p;

	set_up();
	p = alloc(64, 0);
	offsets_to_spoil()[3] += 4;
	CHECK(!born(0, p, 8, 8, 0));
	check_fault("every CPU's copy is aligned as asked", 0, 3);
	offsets_to_spoil()[3] -= 4;
	tear_down();
}

TEST(an_address_that_leads_to_another_cpu_is_told)
{
	struct pcpu_ptr p, q;
	uintptr_t cpu1;

	set_up();
	p = alloc(8, 0);
	q = alloc(8, 0);
	CHECK(born(0, p, 8, 8, 0));
	cpu1 = offsets_to_spoil()[1];
	offsets_to_spoil()[1] = offsets_to_spoil()[0];
	CHECK(!born(1, q, 8, 8, 0));
	check_fault("an address leads back to its pointer and CPU", 1, 1);
	offsets_to_spoil()[1] = cpu1;
	tear_down();
}

/* Hundreds of lives in few list entries: they are taken back; strangers in a list do no harm. */
TEST(list_entries_are_used_again)
{
	struct pcpu_ptr p[8];

	set_up();
	for (uint32_t round = 0; round < 100; round++) {
		for (uint32_t i = 0; i < 8; i++) {
			p[i] = alloc(20000 + 4 * i, 0);
			CHECK(born(i, p[i], 20000 + 4 * i, 8, 0));
		}
		for (uint32_t i = 0; i < 8; i++) {
			uint32_t id = (i * 3 + round) % 8;

			CHECK(lab_model_dies(&model, id, &fault));
			pcpu_free(world.pcpu, p[id]);
		}
		pcpu_balance(world.pcpu);
	}
	CHECK(lab_model_check(&model, &fault));
	tear_down();
}
