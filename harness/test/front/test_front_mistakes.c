/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_front_mistakes.c - wrong frees: each is reported, before an object has two owners (F1).
 *
 * Two CPUs that free one object at the same time both find it live. Here one frees it, it is made
 * live again behind the front's back, and the other frees it: the same bytes, without the race.
 */
#include "harness/test/front/front_fixture.h"

static uint8_t *state_of(struct test_fixture *f, struct pcpu_ptr p)
{
	struct pcpu_near near;
	uint8_t *state;

	plat_read_begin(f->plat);
	CHECK(pcpu_near_find(f->pcpu, p.value, &near) && near_state(&near, p.value, &state));
	plat_read_end(f->plat);
	return state;
}

/* The calling CPU has a magazine for this size, with room. */
static void warm(struct test_fixture *f, uint32_t cpu, uint32_t bytes)
{
	front_be_cpu(f, cpu);
	pcpu_free(f->pcpu, front_alloc(f, bytes, 0));
	pcpu_drain(f->pcpu);
}

/* CPUs 0 and 1 free it; nobody noticed yet. CPU 1 is the caller then. */
static void free_twice(struct test_fixture *f, struct pcpu_ptr p, uint32_t bytes)
{
	uint64_t before = front_nr_misuses(f);
	uint8_t *state = state_of(f, p);

	front_be_cpu(f, 0);
	pcpu_free(f->pcpu, p);
	__atomic_store_n(state, pcpu_class_of[bytes], __ATOMIC_RELAXED);
	front_be_cpu(f, 1);
	pcpu_free(f->pcpu, p);
	CHECK_EQ(front_nr_misuses(f), before);
}

static void open_warm(struct test_fixture *f, uint32_t bytes)
{
	front_open(f, "00.11");
	warm(f, 1, bytes);
	warm(f, 0, bytes);
}

/* The report is of this object, and the second free counts nowhere. */
static void check_one(struct test_fixture *f, struct pcpu_ptr p, uint64_t nr_live)
{
	struct pcpu_report report;

	CHECK_EQ(front_nr_misuses(f), 1);
	CHECK(lab_take_misuse(f->plat, &report));
	CHECK_EQ(report.pointer, p.value);
	CHECK_EQ(report.id, PCPU_MISUSE_DOUBLE_FREE);
	CHECK_EQ(report.chunk_id, test_fixture_place(f, p).chunk_id);
	CHECK_EQ(report.offset, test_fixture_place(f, p).offset);
	CHECK_EQ(front_stats(f).nr_live, nr_live);
	test_fixture_check(f);
}

TEST(a_racing_double_free_is_reported_by_a_drain)
{
	struct test_fixture f;
	struct pcpu_ptr p;

	open_warm(&f, 24);
	p = front_alloc(&f, 24, 0);
	free_twice(&f, p, 24);
	pcpu_drain(f.pcpu);
	check_one(&f, p, 0);
	front_close(&f);
}

TEST(a_racing_double_free_is_reported_by_balance)
{
	struct test_fixture f;
	struct pcpu_ptr p;

	open_warm(&f, 24);
	p = front_alloc(&f, 24, 0);
	free_twice(&f, p, 24);
	pcpu_balance(f.pcpu);
	pcpu_balance(f.pcpu);
	check_one(&f, p, 0);
	front_close(&f);
}

/* Empties the caller's clean magazine, without an object from the dirty one. */
static uint32_t clean_use_up(struct test_fixture *f, uint32_t cpu, uint32_t bytes,
			     struct pcpu_ptr *out)
{
	uint32_t nr = 0;

	while (magazine_nr_claimed(front_magazine(f, cpu, bytes)) > 0)
		out[nr++] = front_alloc(f, bytes, 0);
	return nr;
}

/* CPU 1 has made its entry clean and may have handed it out; CPU 0 finds its own to be bad. How it
   comes to look: a miss, or a caller that wants no zeroes. */
static void found_by_a_miss(unsigned flags)
{
	struct pcpu_ptr p, got[2 * PCPU_MAGAZINE_MAX + 2];
	struct test_fixture f;
	uint32_t nr = 0;

	open_warm(&f, 24);
	front_be_cpu(&f, 1); /* with a span of its own: another one is handed out first */
	got[nr++] = front_alloc(&f, 24, 0);
	nr += clean_use_up(&f, 1, 24, got + nr);
	front_be_cpu(&f, 0);
	p = front_alloc(&f, 24, 0);
	nr += clean_use_up(&f, 0, 24, got + nr);
	free_twice(&f, p, 24);
	got[nr++] = front_alloc(&f, 24, 0); /* CPU 1 cleans */
	CHECK_EQ(front_nr_misuses(&f), 0);
	front_be_cpu(&f, 0);
	CHECK_EQ(front_dirty(&f, 0, 24), 1);
	got[nr] = pcpu_alloc(f.pcpu, 24, 4, flags);
	CHECK_EQ(got[nr].value != 0, !(flags & PCPU_NO_WAIT)); /* which takes no lock */
	nr += got[nr].value != 0;
	CHECK_EQ(front_dirty(&f, 0, 24), 0);
	check_one(&f, p, nr);
	for (uint32_t i = 0; i < nr; i++)
		for (uint32_t j = 0; j < i; j++)
			CHECK(got[i].value != got[j].value);
	pcpu_free_many(f.pcpu, got, nr);
	CHECK_EQ(front_nr_misuses(&f), 1);
	front_close(&f);
}

TEST(a_racing_double_free_is_reported_by_a_miss)
{
	found_by_a_miss(0);
}

TEST(a_racing_double_free_is_reported_to_who_wants_no_zeroes)
{
	found_by_a_miss(PCPU_NO_ZERO);
	found_by_a_miss(PCPU_NO_ZERO | PCPU_NO_WAIT | PCPU_ATOMIC);
}

/* The first of both is taken dirty; the second entry finds it live, later claimed. */
TEST(a_dirty_object_is_taken_once)
{
	struct pcpu_ptr p, q, r;
	struct test_fixture f;

	open_warm(&f, 24);
	p = front_alloc(&f, 24, 0);
	free_twice(&f, p, 24);
	q = front_alloc(&f, 24, PCPU_NO_ZERO);
	CHECK_EQ(q.value, p.value);
	CHECK_EQ(front_dirty(&f, 1, 24), 0);
	CHECK_EQ(front_nr_misuses(&f), 0);
	front_be_cpu(&f, 0);
	r = front_alloc(&f, 24, PCPU_NO_ZERO);
	CHECK(r.value != p.value);
	check_one(&f, p, 2);
	pcpu_free(f.pcpu, q);
	pcpu_free(f.pcpu, r);
	front_close(&f);
}

TEST(a_racing_double_free_is_reported_by_a_full_magazine)
{
	struct pcpu_ptr p[3 * PCPU_MAGAZINE_MAX];
	struct test_fixture f;

	open_warm(&f, 24);
	CHECK(pcpu_alloc_many(f.pcpu, 24, 8, 0, 3 * PCPU_MAGAZINE_MAX, p));
	free_twice(&f, p[0], 24);
	for (uint32_t i = 1; i < 3 * PCPU_MAGAZINE_MAX; i++) {
		front_be_cpu(&f, i & 1);
		pcpu_free(f.pcpu, p[i]);
	}
	check_one(&f, p[0], 0);
	front_close(&f);
}

/* More than a drain can note at once: none is forgotten, none is reported twice. */
TEST(any_number_of_double_frees_is_reported)
{
	enum { EACH = PCPU_MAGAZINE_START, NR = EACH * (PCPU_NR_CLASSES - 1) };
	static struct pcpu_ptr p[PCPU_NR_CLASSES][EACH];
	struct test_fixture f;

	front_open(&f, "00.11");
	for (uint32_t class = 1; class < PCPU_NR_CLASSES; class ++) {
		warm(&f, 1, pcpu_classes[class].bytes);
		warm(&f, 0, pcpu_classes[class].bytes);
		CHECK(pcpu_alloc_many(f.pcpu, pcpu_classes[class].bytes, 4, 0, EACH, p[class]));
	}
	for (uint32_t class = 1; class < PCPU_NR_CLASSES; class ++)
		for (uint32_t i = 0; i < EACH; i++)
			free_twice(&f, p[class][i], pcpu_classes[class].bytes);
	for (uint32_t i = 0; i < 20; i++) {
		pcpu_drain(f.pcpu);
		CHECK_STR(sim_fault(f.plat), NULL);
	}
	CHECK_EQ(front_nr_misuses(&f), NR);
	CHECK_EQ(front_stats(&f).nr_live, 0);
	CHECK_EQ(f.pcpu->front->nr_spans, 0);
	front_close(&f);
}

/* --- wrong pointers --------------------------------------------------------------------------- */

static void wrong(struct test_fixture *f, uintptr_t value, enum pcpu_misuse id)
{
	uint64_t before = front_nr_misuses(f), nr_live = front_stats(f).nr_live;
	struct pcpu_report report;

	pcpu_free(f->pcpu, (struct pcpu_ptr){value});
	CHECK_EQ(front_nr_misuses(f), before + 1);
	CHECK(lab_take_misuse(f->plat, &report));
	CHECK_EQ(report.id, id);
	CHECK_EQ(report.pointer, value);
	CHECK_EQ(front_stats(f).nr_live, nr_live);
}

/* What starts no live object, wherever it lies, with a CPU and without one. */
static void wrong_pointers(struct test_fixture *f)
{
	struct pcpu_ptr p = front_alloc(f, 24, 0), q = front_alloc(f, 24, 0);
	struct pcpu_ptr r = pcpu_alloc(f->pcpu, 8, 8, PCPU_RESERVED);
	struct pcpu_ptr big = front_alloc(f, 3000, 0);

	CHECK(r.value);
	for (uint32_t i = 1; i < 24; i++)
		wrong(f, p.value + i, PCPU_MISUSE_DOUBLE_FREE);
	for (uint32_t i = 1; i < 8; i++)
		wrong(f, r.value + i, PCPU_MISUSE_DOUBLE_FREE);
	wrong(f, big.value + 4, PCPU_MISUSE_DOUBLE_FREE);
	wrong(f, TEST_STATIC_START, PCPU_MISUSE_STATIC_FREE);
	wrong(f, TEST_STATIC_START + 4, PCPU_MISUSE_STATIC_FREE);
	wrong(f, 12345, PCPU_MISUSE_WILD_FREE);
	wrong(f, UINTPTR_MAX - 3, PCPU_MISUSE_WILD_FREE);
	pcpu_free(f->pcpu, r);
	wrong(f, r.value, PCPU_MISUSE_DOUBLE_FREE);
	pcpu_free(f->pcpu, big);
	wrong(f, big.value, PCPU_MISUSE_DOUBLE_FREE);
	pcpu_free(f->pcpu, q);
	wrong(f, q.value, PCPU_MISUSE_DOUBLE_FREE);
	pcpu_free(f->pcpu, p);
	wrong(f, p.value, PCPU_MISUSE_DOUBLE_FREE);
	test_fixture_check(f);
}

TEST(a_pointer_to_no_object_is_reported_at_once)
{
	struct test_fixture f;

	front_open(&f, "00.11");
	wrong_pointers(&f);
	front_be_cpu(&f, 3);
	wrong_pointers(&f);
	wrong_pointers(&f);
	front_close(&f);
}

/* The first object of a span starts where the engine's area does, its tail where nothing does. */
TEST(a_span_is_not_freed_by_a_pointer_to_its_start)
{
	struct test_fixture f;

	front_open(&f, "00.11");
	for (uint32_t round = 0; round < 2; round++) {
		struct pcpu_ptr p = front_alloc(&f, 1000, 0);
		struct pcpu_span *span = front_span_of(&f, p);
		uintptr_t start = chunk_value(f.pcpu, span->chunk) + span->offset;
		uint32_t bytes = span->nr_pages * PCPU_PAGE_BYTES;

		pcpu_free(f.pcpu, p);
		wrong(&f, start, PCPU_MISUSE_DOUBLE_FREE);
		wrong(&f, start + PCPU_PAGE_BYTES - 4, PCPU_MISUSE_DOUBLE_FREE);
		wrong(&f, start + bytes, PCPU_MISUSE_DOUBLE_FREE);
		test_fixture_check(&f);
		front_be_cpu(&f, 0);
	}
	front_close(&f);
}
