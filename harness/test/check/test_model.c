/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_model.c - the model is fed lies, and must tell each of them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/chunk.h"
#include "harness/check/model.h"
#include "harness/test/lib/run_fixture.h"
#include "harness/test/lib/test.h"
#include "harness/platform/lab_plat.h"

static struct run_fixture fixture;
static struct lab_model model;
static struct lab_fault fault;
static void *memory;

static void set_up_on(const char *nodes)
{
	struct lab_model_size size = { .nr_ids = 8, .nr_touches = 80, .writes = true };
	char topology[80];

	snprintf(topology, sizeof(topology), "# pcpu-topology 1\n%s", nodes);
	run_fixture_open(&fixture, topology, &run_fixture_sizes, NULL);
	memory = calloc(1, lab_model_memory(&size, fixture.pcpu));
	CHECK(memory);
	lab_model_init(&model, fixture.plat, fixture.pcpu, &size, memory);
	memset(&fault, 0, sizeof(fault));
}

static void set_up(void)
{
	set_up_on("node 0 cpus 0-4\nnode 1 cpus 5-7\n");
}

static void tear_down(void)
{
	free(memory);
	run_fixture_close(&fixture);
}

static struct pcpu_ptr alloc(uint32_t size, unsigned flags)
{
	return pcpu_alloc(fixture.pcpu, size, 8, flags);
}

static bool allocated(uint32_t id, struct pcpu_ptr pointer, uint32_t size, uint32_t align,
		      unsigned flags)
{
	return lab_model_on_alloc(&model, id, pointer, size, align, flags, &fault);
}

static void poke(struct pcpu_ptr pointer, uint32_t offset, uint32_t cpu)
{
	uint8_t byte = 0x42;

	plat_copy(fixture.plat, pcpu_address(fixture.pcpu, pointer, cpu) + offset, &byte, 1);
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
	CHECK(allocated(0, p, 5000, 8, 0));
	q = alloc(8, PCPU_RESERVED);
	CHECK(allocated(1, q, 8, 8, PCPU_RESERVED));
	lab_model_write(&model, 0, 7);
	lab_model_write(&model, 0, 99);
	CHECK(lab_model_check(&model, &fault));
	CHECK(lab_model_on_free(&model, 0, &fault));
	pcpu_free(fixture.pcpu, p);
	CHECK(lab_model_check(&model, &fault));
	CHECK(lab_model_on_free(&model, 1, &fault));
	pcpu_free(fixture.pcpu, q);
	CHECK(lab_model_check(&model, &fault));
	CHECK_EQ(model.nr_live, 0);
	CHECK_EQ(model.live_bytes, 0);
	tear_down();
}

TEST(overlap_by_one_byte_is_reported)
{
	struct pcpu_ptr p;

	set_up();
	p = alloc(9000, 0);
	CHECK(allocated(3, p, 8193, 8, 0));
	CHECK(!allocated(4, moved(p, 8192), 8, 8, 0));
	check_fault("live objects never overlap", 3, PCPU_NO_CPU);
	CHECK(!allocated(4, p, 8, 8, 0));
	CHECK(allocated(4, moved(p, 8200), 8, 8, 0));
	CHECK(!allocated(5, moved(p, 8207), 1, 1, 0));
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
	CHECK(allocated(0, p, 100, 4, 0));
	CHECK(allocated(1, moved(p, 100), 1, 1, 0));
	CHECK(allocated(2, moved(p, 101), 4096, 1, 0));
	CHECK(allocated(3, q, 100, 4, 0));
	CHECK(lab_model_on_free(&model, 1, &fault));
	CHECK(allocated(4, moved(p, 100), 1, 1, 0) == false);
	check_fault("a newborn object is zero on every CPU", 4, 0);
	tear_down();
}

TEST(a_byte_that_is_not_zeroed_is_reported_with_its_cpu)
{
	for (uint32_t cpu = 0; cpu < 8; cpu++) {
		struct pcpu_ptr p;

		set_up();
		p = alloc(777, 0);
		poke(p, 776, cpu);
		CHECK(!allocated(2, p, 777, 8, 0));
		check_fault("a newborn object is zero on every CPU", 2, cpu);
		tear_down();
	}
}

TEST(a_byte_that_changed_is_reported_with_its_cpu)
{
	for (uint32_t cpu = 0; cpu < 8; cpu++) {
		struct pcpu_ptr p;

		/* The last unit is a CPU's, or nobody's. */
		set_up_on(cpu == 7 ? "node 0 cpus 0-7\n" : "node 0 cpus 0-4\nnode 1 cpus 5-7\n");
		CHECK_EQ(model.layout->cpu_map[model.layout->nr_units - 1] == 7, cpu == 7);
		p = alloc(777, 0);
		CHECK(allocated(2, p, 777, 8, 0));
		poke(p, 776 * (cpu & 1), cpu);
		CHECK(!lab_model_check(&model, &fault));
		check_fault("an object keeps what each CPU wrote until it is freed", 2, cpu);
		CHECK(!lab_model_on_free(&model, 2, &fault));
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
	CHECK(allocated(0, p, 8, 8, 0));
	lab_read(fixture.plat, pcpu_address(fixture.pcpu, p, 0), &cpu0, 8);
	lab_read(fixture.plat, pcpu_address(fixture.pcpu, p, 1), &cpu1, 8);
	CHECK(cpu0 != cpu1);
	plat_copy(fixture.plat, pcpu_address(fixture.pcpu, p, 0), &cpu1, 8);
	CHECK(!lab_model_on_free(&model, 0, &fault));
	pcpu_free(fixture.pcpu, p);
	p = alloc(8, 0);
	CHECK(allocated(0, p, 8, 8, 0));
	plat_copy(fixture.plat, pcpu_address(fixture.pcpu, p, 0), &cpu0, 8);
	CHECK(!lab_model_on_free(&model, 0, &fault));
	pcpu_free(fixture.pcpu, p);
	tear_down();
}

TEST(a_lost_rewrite_is_reported)
{
	struct pcpu_ptr p;
	uint64_t old;

	set_up();
	p = alloc(8, 0);
	CHECK(allocated(0, p, 8, 8, 0));
	lab_read(fixture.plat, pcpu_address(fixture.pcpu, p, 5), &old, 8);
	lab_model_write(&model, 0, 5);
	CHECK(lab_model_check(&model, &fault));
	plat_copy(fixture.plat, pcpu_address(fixture.pcpu, p, 5), &old, 8);
	CHECK(!lab_model_check(&model, &fault));
	check_fault("an object keeps what each CPU wrote until it is freed", 0, 5);
	tear_down();
}

TEST(a_misaligned_object_is_reported)
{
	struct pcpu_ptr p;

	set_up();
	p = alloc(64, 0);
	CHECK(!allocated(0, moved(p, 4), 8, 8, 0));
	check_fault("an object's offset is aligned as asked", 0, PCPU_NO_CPU);
	CHECK(allocated(0, moved(p, 4), 8, 4, 0));
	tear_down();
}

TEST(an_illegal_request_that_is_granted_is_reported)
{
	static const struct {
		uint32_t size, align;
	} illegal[] = { { 0, 8 }, { PCPU_MIN_UNIT_BYTES + 1, 8 }, { 8, 0 }, { 8, 12 },
			{ 8, 2 * PCPU_PAGE_BYTES } };
	struct pcpu_ptr p;

	set_up();
	p = alloc(64, 0);
	for (uint32_t i = 0; i < 5; i++) {
		CHECK(!allocated(0, p, illegal[i].size, illegal[i].align, 0));
		check_fault("an illegal size or alignment is refused", 0, PCPU_NO_CPU);
	}
	tear_down();
}

TEST(an_object_outside_its_space_is_reported)
{
	const struct pcpu_layout *layout;
	struct pcpu_ptr p, q;
	int to_end;

	set_up();
	layout = pcpu_layout(fixture.pcpu);
	p = alloc(layout->dyn_bytes, 0); /* all of it, so that it is zero */
	to_end = (int)(layout->dyn_bytes - 8);
	CHECK(!allocated(0, moved(p, to_end), 12, 4, 0));
	check_fault("an object lies inside dynamic or reserved space", 0, PCPU_NO_CPU);
	CHECK(allocated(0, moved(p, to_end), 8, 4, 0));
	q = alloc(8, PCPU_RESERVED);
	CHECK(!allocated(1, moved(q, (int)layout->reserved_bytes - 8), 12, 4, PCPU_RESERVED));
	check_fault("an object lies inside dynamic or reserved space", 1, PCPU_NO_CPU);
	CHECK(!allocated(1, moved(q, -8), 8, 4, PCPU_RESERVED));
	check_fault("the pointer of a newborn object leads to a chunk", 1, PCPU_NO_CPU);
	CHECK(!allocated(1, moved(p, 1 << 30), 8, 4, 0));
	check_fault("the pointer of a newborn object leads to a chunk", 1, PCPU_NO_CPU);
	tear_down();
}

TEST(the_wrong_chunk_for_a_reserved_request_is_reported)
{
	static const char sentence[] =
		"reserved requests, and only they, go to the reserved chunk";

	set_up();
	CHECK(!allocated(0, alloc(8, 0), 8, 8, PCPU_RESERVED));
	check_fault(sentence, 0, PCPU_NO_CPU);
	CHECK(!allocated(0, alloc(8, PCPU_RESERVED), 8, 8, 0));
	check_fault(sentence, 0, PCPU_NO_CPU);
	tear_down();
}

TEST(counts_that_differ_are_reported)
{
	struct pcpu_ptr p, q;

	set_up();
	p = alloc(64, 0);
	CHECK(!lab_model_check_counts(&model, &fault));
	check_fault("the count of live objects is the model's", LAB_NO_ID, PCPU_NO_CPU);
	CHECK(allocated(0, p, 8, 8, 0));
	CHECK(!lab_model_check_counts(&model, &fault));
	check_fault("live bytes are the model's, plus heads and tails", LAB_NO_ID, PCPU_NO_CPU);
	CHECK(lab_model_on_free(&model, 0, &fault));
	pcpu_free(fixture.pcpu, p);
	CHECK(lab_model_check_counts(&model, &fault));
	q = alloc(8, 0);
	pcpu_free(fixture.pcpu, q);
	CHECK(!lab_model_check_counts(&model, &fault));
	check_fault("the counts of allocations and frees are the model's", LAB_NO_ID, PCPU_NO_CPU);
	tear_down();
}

/* An object that the allocator thinks is smaller than what was asked for. */
TEST(too_few_live_bytes_are_reported)
{
	struct lab_model_size size = { .nr_ids = 8, .nr_touches = 80, .writes = true };
	struct pcpu_ptr p;

	set_up();
	p = alloc(64, 0); /* so that the bytes behind the next object are zero */
	pcpu_free(fixture.pcpu, p);
	memset(memory, 0, lab_model_memory(&size, fixture.pcpu));
	lab_model_init(&model, fixture.plat, fixture.pcpu, &size, memory);
	p = alloc(8, 0);
	CHECK(allocated(0, p, 16, 8, 0));
	CHECK(!lab_model_check_counts(&model, &fault));
	check_fault("live bytes are the model's, plus heads and tails", LAB_NO_ID, PCPU_NO_CPU);
	tear_down();
}

/* --- addresses: the allocator's own table of offsets is spoilt ---------------------------- */

static uintptr_t *offsets_to_spoil(void)
{
	return (uintptr_t *)(uintptr_t)pcpu_offsets(fixture.pcpu);
}

TEST(another_distance_between_cpus_is_reported)
{
	uintptr_t offsets[8];
	struct pcpu_ptr p;

	set_up();
	memcpy(offsets, pcpu_offsets(fixture.pcpu), sizeof(offsets));
	offsets[6] += PCPU_PAGE_BYTES;
	model.cpu_offset = offsets;
	p = alloc(8, 0);
	CHECK(!allocated(0, p, 8, 8, 0));
	check_fault("the distance between CPUs is the same for every object", 0, 6);
	tear_down();
}

TEST(a_misaligned_copy_is_reported_with_its_cpu)
{
	struct pcpu_ptr p;

	set_up();
	p = alloc(64, 0);
	offsets_to_spoil()[3] += 4;
	CHECK(!allocated(0, p, 8, 8, 0));
	check_fault("every CPU's copy is aligned as asked", 0, 3);
	offsets_to_spoil()[3] -= 4;
	tear_down();
}

TEST(an_address_that_leads_to_another_cpu_is_reported)
{
	struct pcpu_ptr p, q;
	uintptr_t cpu1;

	set_up();
	p = alloc(8, 0);
	q = alloc(8, 0);
	CHECK(allocated(0, p, 8, 8, 0));
	cpu1 = offsets_to_spoil()[1];
	offsets_to_spoil()[1] = offsets_to_spoil()[0];
	CHECK(!allocated(1, q, 8, 8, 0));
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
			CHECK(allocated(i, p[i], 20000 + 4 * i, 8, 0));
		}
		for (uint32_t i = 0; i < 8; i++) {
			uint32_t id = (i * 3 + round) % 8;

			CHECK(lab_model_on_free(&model, id, &fault));
			pcpu_free(fixture.pcpu, p[id]);
		}
		pcpu_balance(fixture.pcpu);
	}
	CHECK(lab_model_check(&model, &fault));
	tear_down();
}

/* --- each edge alone: the layout that the model believes in, or a chunk, is another ----------- */

static struct pcpu_layout other;

enum place { FIRST, RESERVED, LATER };

/* The chunk, the field of `other` (or the chunk's id) and what changes there; for 8 bytes. */
static const struct edge {
	enum place place;
	uint32_t *field; /* NULL: the chunk's id */
	int by;
	bool holds;
} edges[] = {
	{ FIRST, &other.size_sum_bytes, 0, true },   { FIRST, &other.size_sum_bytes, -1, false },
	{ FIRST, &other.reserved_bytes, 0, true },   { FIRST, &other.reserved_bytes, 1, false },
	{ FIRST, NULL, 0, true },		     { FIRST, NULL, 1, false },
	{ RESERVED, &other.static_bytes, 0, true },  { RESERVED, &other.static_bytes, 1, false },
	{ RESERVED, &other.reserved_bytes, 0, true },
	{ RESERVED, &other.reserved_bytes, -1, false },
	{ RESERVED, NULL, 0, true },		     { RESERVED, NULL, 1, false },
	{ LATER, &other.unit_bytes, 0, true },	     { LATER, &other.unit_bytes, -1, false },
	{ LATER, &other.guard_bytes, 0, true },	     { LATER, &other.guard_bytes, 1, false },
	{ LATER, NULL, 1, true },		     { LATER, NULL, -1, false },
	{ LATER, NULL, -2, false },
};

/* An object of 8 bytes, at the end of its part of the chunk where the row asks about that; a later
   chunk is said to end behind it. */
static struct pcpu_ptr at_edge(const struct edge *edge, struct pcpu_chunk **chunk)
{
	const struct pcpu_layout *l = pcpu_layout(fixture.pcpu);
	struct pcpu_ptr p;
	uint32_t offset;

	if (edge->place == RESERVED) /* all of it, so that it is zero */
		p = alloc(l->reserved_bytes, PCPU_RESERVED);
	else
		p = alloc(edge->place == FIRST ? l->dyn_bytes : 8, 0);
	plat_read_begin(fixture.plat);
	*chunk = pcpu_find(fixture.pcpu, p, &offset);
	plat_read_end(fixture.plat);
	if (edge->field == &other.size_sum_bytes)
		return moved(p, (int)(l->size_sum_bytes - 8 - offset));
	if (edge->place == RESERVED && edge->field == &other.reserved_bytes)
		return moved(p, (int)(l->static_bytes + l->reserved_bytes - 8 - offset));
	if (edge->field == &other.unit_bytes)
		other.unit_bytes = offset + 8;
	if (edge->field == &other.guard_bytes)
		other.guard_bytes = other.unit_bytes - offset - 8;
	return p;
}

TEST(an_object_is_blamed_beyond_each_edge_of_its_chunk)
{
	for (size_t i = 0; i < sizeof(edges) / sizeof(edges[0]); i++) {
		const struct edge *edge = &edges[i];
		unsigned flags = edge->place == RESERVED ? PCPU_RESERVED : 0;
		struct pcpu_chunk *chunk;
		struct pcpu_ptr p;
		uint32_t id;

		set_up();
		if (edge->place == LATER) /* more than the first chunk has */
			alloc(pcpu_layout(fixture.pcpu)->dyn_bytes, 0);
		other = *pcpu_layout(fixture.pcpu);
		model.layout = &other;
		p = at_edge(edge, &chunk);
		CHECK_EQ(chunk->kind == PCPU_CHUNK_LATER, edge->place == LATER);
		id = chunk->id;
		*(edge->field ? edge->field : &chunk->id) += (uint32_t)edge->by;
		if (allocated(0, p, 8, 8, flags) != edge->holds)
			FAIL("row %zu: %s", i, fault.sentence ? fault.sentence : "no blame");
		if (!edge->holds)
			check_fault("an object lies inside dynamic or reserved space", 0,
				    PCPU_NO_CPU);
		chunk->id = id;
		tear_down();
	}
}

/* A legal neighbour in the page where the newborn ends, whichever that is. */
TEST(an_overlap_on_any_page_is_reported)
{
	struct pcpu_ptr p;

	set_up();
	alloc(pcpu_layout(fixture.pcpu)->dyn_bytes, 0);
	p = alloc(PCPU_MIN_UNIT_BYTES, 0);
	for (uint32_t end = PCPU_PAGE_BYTES; end <= PCPU_MIN_UNIT_BYTES; end += PCPU_PAGE_BYTES) {
		CHECK(allocated(0, moved(p, (int)end - 1), 1, 1, 0));
		CHECK(!allocated(1, p, end, 8, 0));
		check_fault("live objects never overlap", 0, PCPU_NO_CPU);
		CHECK(lab_model_on_free(&model, 0, &fault));
	}
	tear_down();
}

/* Each count of the allocator's by one too many or too few, the others right. */
TEST(each_count_is_compared_alone)
{
	static const char calls[] = "the counts of allocations and frees are the model's";
	struct pcpu_stats *stats;
	uint64_t live_bytes;

	set_up();
	stats = &fixture.pcpu->stats;
	CHECK(allocated(0, alloc(16, 0), 16, 8, 0));
	CHECK(allocated(1, alloc(8, 0), 8, 8, 0));
	CHECK(lab_model_check_counts(&model, &fault));
	stats->nr_live++;
	CHECK(!lab_model_check_counts(&model, &fault));
	check_fault("the count of live objects is the model's", LAB_NO_ID, PCPU_NO_CPU);
	stats->nr_live--;
	stats->nr_allocs++;
	CHECK(!lab_model_check(&model, &fault));
	check_fault(calls, LAB_NO_ID, PCPU_NO_CPU);
	stats->nr_allocs--;
	stats->nr_frees++;
	CHECK(!lab_model_check(&model, &fault));
	check_fault(calls, LAB_NO_ID, PCPU_NO_CPU);
	stats->nr_frees--;
	live_bytes = stats->live_bytes;
	for (int side = 0; side < 2; side++) { /* two objects may keep three heads or tails */
		stats->live_bytes = live_bytes + (side ? 3 * LAB_KEPT_BYTES : 0);
		CHECK(lab_model_check_counts(&model, &fault));
		stats->live_bytes += side ? 1 : UINT64_MAX;
		CHECK(!lab_model_check_counts(&model, &fault));
		check_fault("live bytes are the model's, plus heads and tails", LAB_NO_ID,
			    PCPU_NO_CPU);
	}
	stats->live_bytes = live_bytes;
	tear_down();
}

/* --- what is marked ----------------------------------------------------------------------- */

/* Is a change of this byte of object 0 seen? */
static bool sees(struct pcpu_ptr p, uint32_t offset)
{
	uint8_t old;
	bool seen;

	lab_read(fixture.plat, pcpu_address(fixture.pcpu, p, 3) + offset, &old, 1);
	CHECK(old != 0);
	poke(p, offset, 3);
	seen = !lab_model_check(&model, &fault);
	plat_copy(fixture.plat, pcpu_address(fixture.pcpu, p, 3) + offset, &old, 1);
	return seen;
}

TEST(every_byte_of_a_small_object_is_marked)
{
	for (uint32_t size = 1; size <= 64; size++) {
		struct pcpu_ptr p;

		set_up();
		p = alloc(size, 0);
		CHECK(allocated(0, p, size, 8, 0));
		for (uint32_t at = 0; at < size; at++)
			CHECK(sees(p, at));
		tear_down();
	}
}

/* Of four births each marks another page boundary, and all of them both ends. */
TEST(every_page_of_a_large_object_is_marked_by_one_birth_of_four)
{
	uint32_t nr_seen[2 * PCPU_MIN_UNIT_BYTES / PCPU_PAGE_BYTES] = { 0 }, page = PCPU_PAGE_BYTES;
	struct pcpu_ptr p;

	set_up();
	alloc(pcpu_layout(fixture.pcpu)->dyn_bytes, 0);
	for (int birth = 0; birth < 4; birth++) {
		p = alloc(PCPU_MIN_UNIT_BYTES, 0);
		CHECK(allocated(0, p, PCPU_MIN_UNIT_BYTES, 8, 0));
		CHECK(sees(p, 0) && sees(p, PCPU_MIN_UNIT_BYTES - 1));
		for (uint32_t at = page; at < PCPU_MIN_UNIT_BYTES; at += page) {
			uint8_t marks[2];

			lab_read(fixture.plat, pcpu_address(fixture.pcpu, p, 3) + at - 1, marks, 2);
			for (uint32_t side = 0; side < 2; side++)
				if (marks[side] && sees(p, at - 1 + side))
					nr_seen[2 * (at / page) + side]++;
		}
		CHECK(lab_model_on_free(&model, 0, &fault));
		pcpu_free(fixture.pcpu, p);
	}
	for (uint32_t at = page; at < PCPU_MIN_UNIT_BYTES; at += page)
		CHECK(nr_seen[2 * (at / page)] == 1 && nr_seen[2 * (at / page) + 1] == 1);
	tear_down();
}

/* At any page of it. */
TEST(a_large_newborn_is_zero_to_its_last_byte)
{
	for (uint32_t end = PCPU_PAGE_BYTES; end <= PCPU_MIN_UNIT_BYTES; end += PCPU_PAGE_BYTES) {
		struct pcpu_ptr p;

		set_up();
		p = alloc(PCPU_MIN_UNIT_BYTES, 0);
		poke(p, end - 1, 2);
		CHECK(!allocated(0, p, PCPU_MIN_UNIT_BYTES, 8, 0));
		check_fault("a newborn object is zero on every CPU", 0, 2);
		tear_down();
	}
}
