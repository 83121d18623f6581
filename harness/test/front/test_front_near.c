/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_front_near.c - chunks that a CPU remembers for its next free, and batches by address. */
#include "harness/test/front/front_fixture.h"

#include <stdlib.h>
#include <string.h>

enum { NR = 600, BYTES = 1000 };

static struct pcpu_ptr object[NR];

static uint32_t chunk_of(struct test_fixture *f, struct pcpu_ptr p)
{
	return test_fixture_place(f, p).chunk_id;
}

/* The slots of a CPU that lead to the chunk. */
static uint32_t slots_of(struct test_fixture *f, uint32_t cpu, uint32_t chunk_id)
{
	const struct pcpu_front_cpu *front = &f->pcpu->front->cpu[cpu];
	uint32_t nr = 0;

	for (uint32_t i = 0; front->chunk && i < PCPU_NEAR_CHUNKS; i++)
		nr += front->chunk[i] && front->chunk[i]->id == chunk_id;
	return nr;
}

static uint32_t slots_in_use(struct test_fixture *f, uint32_t cpu)
{
	uint32_t nr = 0;

	for (uint32_t i = 0; f->pcpu->front->cpu[cpu].chunk && i < PCPU_NEAR_CHUNKS; i++)
		nr += f->pcpu->front->cpu[cpu].chunk[i] != NULL;
	return nr;
}

/* Objects in at least three chunks. */
static void chunks_fill(struct test_fixture *f, uint32_t cpu)
{
	front_be_cpu(f, cpu);
	CHECK(pcpu_alloc_many(f->pcpu, BYTES, 4, 0, NR, object));
	CHECK(chunk_of(f, object[NR - 1]) >= 3);
}

/* The last object of the array that lies in the chunk. */
static struct pcpu_ptr object_in(struct test_fixture *f, uint32_t chunk_id)
{
	for (uint32_t i = NR; i-- > 0;) {
		struct pcpu_ptr p = object[i];

		if (!p.value || chunk_of(f, p) != chunk_id)
			continue;
		object[i].value = 0;
		return p;
	}
	CHECK(false);
	return (struct pcpu_ptr){0};
}

static void free_in(struct test_fixture *f, uint32_t chunk_id)
{
	pcpu_free(f->pcpu, object_in(f, chunk_id));
}

static void rest_free(struct test_fixture *f)
{
	for (uint32_t i = 0; i < NR; i++)
		if (object[i].value)
			pcpu_free(f->pcpu, object[i]);
	memset(object, 0, sizeof(object));
}

TEST(a_cpu_remembers_each_chunk_that_it_frees_into)
{
	struct test_fixture f;
	const struct pcpu_front_cpu *cpu;

	front_open(&f, "00.11");
	chunks_fill(&f, 0);
	cpu = &f.pcpu->front->cpu[0];
	for (uint32_t id = 1; id <= 3; id++) {
		CHECK_EQ(slots_of(&f, 0, id), 0);
		free_in(&f, id);
		CHECK_EQ(slots_of(&f, 0, id), 1);
	}
	CHECK_EQ(slots_in_use(&f, 0), 3); /* neighbours have each their own */
	for (uint32_t id = 1; id <= 3; id++) {
		free_in(&f, id);
		CHECK_EQ(slots_of(&f, 0, id), 1);
		for (uint32_t i = 0; i < PCPU_NEAR_CHUNKS; i++)
			if (cpu->chunk[i] && cpu->chunk[i]->id == id)
				CHECK(cpu->near.pages == cpu->chunk[i]->pages);
	}
	CHECK_EQ(slots_in_use(&f, 1), 0);
	rest_free(&f);
	test_fixture_check(&f);
	front_close(&f);
}

/* The slot of a pointer may have a chunk that it is not in. */
TEST(a_slot_is_not_proof)
{
	struct test_fixture f;
	struct pcpu_report report;

	front_open(&f, "00.11");
	chunks_fill(&f, 0);
	for (uint32_t i = 0; i < PCPU_NEAR_CHUNKS; i++)
		f.pcpu->front->cpu[0].chunk[i] = &f.pcpu->first;
	free_in(&f, 2);
	CHECK_EQ(slots_of(&f, 0, 2), 1);
	CHECK_EQ(front_stats(&f).nr_live, NR - 1);
	rest_free(&f);
	CHECK(!lab_take_misuse(f.plat, &report));
	test_fixture_check(&f);
	front_close(&f);
}

/* The slot's chunk ends where the pointer leads to: what follows its records is not read. */
TEST(a_pointer_behind_the_chunk_of_its_slot_is_not_in_it)
{
	static struct pcpu_page page[2] = {{0}, {.limit = 1, .shift = 2}};
	static struct pcpu_chunk before;
	struct test_fixture f;
	struct pcpu_report report;
	struct pcpu_ptr p;

	front_open(&f, "00.11");
	chunks_fill(&f, 0);
	p = object_in(&f, 2);
	before = f.pcpu->first;
	before.nr_pages = 1;
	before.base = p.value - f.pcpu->static_start + f.pcpu->base - PCPU_PAGE_BYTES;
	before.pages = page;
	for (uint32_t i = 0; i < PCPU_NEAR_CHUNKS; i++)
		f.pcpu->front->cpu[0].chunk[i] = &before;
	pcpu_free(f.pcpu, p);
	CHECK(!lab_take_misuse(f.plat, &report));
	for (uint32_t i = 0; i < PCPU_NEAR_CHUNKS; i++)
		f.pcpu->front->cpu[0].chunk[i] = NULL;
	rest_free(&f);
	test_fixture_check(&f);
	front_close(&f);
}

TEST(no_cpu_remembers_a_chunk_that_goes)
{
	struct test_fixture f;

	front_open(&f, "00.11");
	chunks_fill(&f, 0);
	for (uint32_t cpu = 0; cpu < 4; cpu += 3) {
		front_be_cpu(&f, cpu);
		pcpu_free(f.pcpu, front_alloc(&f, BYTES, 0)); /* the table comes with it */
		for (uint32_t id = 1; id <= 3; id++) {
			free_in(&f, id);
			free_in(&f, id);
			CHECK_EQ(slots_of(&f, cpu, id), 1);
		}
		CHECK(f.pcpu->front->cpu[cpu].near.bytes > 0);
	}
	rest_free(&f);
	pcpu_drain(f.pcpu);
	CHECK(front_stats(&f).nr_chunks <= 2);
	for (uint32_t cpu = 0; cpu < 4; cpu += 3) {
		CHECK(slots_in_use(&f, cpu) <= 2);
		CHECK_EQ(f.pcpu->front->cpu[cpu].near.bytes, 0);
	}
	front_close(&f);
}

/* A chunk of several keys has several slots, and any may be among them. */
TEST(every_slot_forgets_a_chunk)
{
	static struct pcpu_chunk goes, stays;
	static const struct pcpu_chunk *slot[PCPU_NEAR_CHUNKS];
	struct pcpu_front_cpu cpu = {.chunk = slot, .near = {.bytes = 4096}};

	for (uint32_t i = 0; i < PCPU_NEAR_CHUNKS; i++)
		slot[i] = i % 5 == 2 ? &stays : &goes;
	pcpu_near_forget(&cpu, &goes);
	for (uint32_t i = 0; i < PCPU_NEAR_CHUNKS; i++)
		CHECK(slot[i] == (i % 5 == 2 ? &stays : NULL));
	CHECK_EQ(cpu.near.bytes, 0);
}

/* Where CPUs cannot be stopped a chunk without a span still goes. */
TEST(a_chunk_without_a_span_is_not_remembered)
{
	enum { LARGE = 4000 };
	struct test_fixture f;
	uint32_t last;

	front_open(&f, "00.11");
	front_be_cpu(&f, 0);
	pcpu_free(f.pcpu, front_alloc(&f, 8, 0));
	pcpu_drain(f.pcpu);
	for (uint32_t i = 0; i < NR; i++)
		object[i] = front_alloc(&f, LARGE, 0);
	last = chunk_of(&f, object[NR - 1]);
	CHECK(last >= 3);
	free_in(&f, last);
	free_in(&f, last);
	CHECK(f.pcpu->front->cpu[0].chunk);
	CHECK_EQ(slots_of(&f, 0, last), 0);
	rest_free(&f);
	test_fixture_check(&f);
	front_close(&f);
}

/* --- sort.c ----------------------------------------------------------------------------------- */

static int values_compare(const void *a, const void *b)
{
	uintptr_t x = *(const uintptr_t *)a, y = *(const uintptr_t *)b;

	return (x > y) - (x < y);
}

/* nr values below `below`: with few of them there are equal ones. */
static void batch_sort(uint32_t nr, uint64_t below, uint64_t *random)
{
	uintptr_t value[PCPU_MAGAZINE_MAX + 1], right[PCPU_MAGAZINE_MAX + 1];

	for (uint32_t i = 0; i <= nr; i++) {
		*random = *random * UINT64_C(6364136223846793005) + 1442695040888963407u;
		value[i] = right[i] = (uintptr_t)((*random >> 33) % below);
	}
	qsort(right, nr, sizeof(right[0]), values_compare);
	pcpu_values_sort(value, nr);
	CHECK(memcmp(value, right, (nr + 1) * sizeof(value[0])) == 0);
}

TEST(batches_of_each_size_are_sorted)
{
	uint64_t random = 1;

	for (uint32_t nr = 0; nr <= PCPU_MAGAZINE_MAX; nr++)
		for (uint32_t round = 0; round < 40; round++)
			batch_sort(nr, round % 2 ? 8 : UINT32_MAX, &random);
}

/* Two runs of every two lengths. */
TEST(batches_of_two_runs_are_sorted)
{
	uintptr_t value[PCPU_MAGAZINE_MAX];

	for (uint32_t nr = 2; nr <= PCPU_MAGAZINE_MAX; nr++)
		for (uint32_t first = 1; first < nr; first++) {
			for (uint32_t i = 0; i < nr; i++)
				value[i] = i < first ? nr - first + i : i - first;
			pcpu_values_sort(value, nr);
			for (uint32_t i = 0; i < nr; i++)
				CHECK_EQ(value[i], i);
		}
}

TEST(batches_in_order_or_in_reverse_are_sorted)
{
	uintptr_t value[PCPU_MAGAZINE_MAX];

	for (uint32_t nr = 1; nr <= PCPU_MAGAZINE_MAX; nr++)
		for (uint32_t reverse = 0; reverse < 2; reverse++) {
			for (uint32_t i = 0; i < nr; i++)
				value[i] = reverse ? UINTPTR_MAX - i : i;
			pcpu_values_sort(value, nr);
			for (uint32_t i = 0; i < nr; i++)
				CHECK_EQ(value[i], reverse ? UINTPTR_MAX - (nr - 1) + i : i);
		}
}

/* Neighbours are cleared together, and are in order the next time. */
TEST(what_was_freed_in_any_order_is_kept_in_order)
{
	static const uint8_t order[PCPU_MAGAZINE_START] = {3, 0, 6, 2, 7, 5, 1, 4};
	const struct pcpu_clean *clean;
	struct pcpu_ptr p[PCPU_MAGAZINE_START];
	uintptr_t last = 0;
	struct test_fixture f;

	front_open(&f, "00.11");
	front_be_cpu(&f, 0);
	CHECK(pcpu_alloc_many(f.pcpu, 8, 4, 0, PCPU_MAGAZINE_START, p));
	while (front_held(&f, 0, 8) > 0)
		front_alloc(&f, 8, 0);
	for (uint32_t i = 0; i < PCPU_MAGAZINE_START; i++)
		pcpu_free(f.pcpu, p[order[i]]);
	front_alloc(&f, 8, 0);
	clean = front_magazine(&f, 0, 8)->clean;
	for (uint32_t i = 1; i <= PCPU_MAGAZINE_START; i++) {
		CHECK(clean[i].value > last);
		last = clean[i].value;
	}
	test_fixture_check(&f);
	pcpu_cpu_leave();
	test_fixture_close(&f);
}
