/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_front_return.c - what magazines and spans give back, and when; CPUs that are stopped. */
#include "harness/test/front/front_fixture.h"

#define MAX 3000

static struct pcpu_ptr object[MAX];

/* Allocates and frees, so that the caller's magazine is full. Returns what it holds. */
static uint32_t fill(struct test_fixture *f, uint32_t cpu, uint32_t bytes, size_t nr)
{
	front_be_cpu(f, cpu);
	CHECK(pcpu_alloc_many(f->pcpu, bytes, 4, 0, nr, object));
	pcpu_free_many(f->pcpu, object, nr);
	return front_held(f, cpu, bytes);
}

TEST(a_drain_takes_everything_back)
{
	struct test_fixture f;
	uint64_t metadata;

	front_open(&f, "00.11");
	fill(&f, 0, 8, 100);
	pcpu_drain(f.pcpu);
	metadata = front_stats(&f).metadata_bytes;
	for (uint32_t round = 0; round < 3; round++) {
		for (uint32_t class = 1; class < PCPU_NR_CLASSES; class += 7)
			CHECK(fill(&f, 3 + (class & 1), pcpu_classes[class].bytes, 300) > 0);
		CHECK(f.pcpu->front->nr_spans > PCPU_EMPTY_SPANS_KEPT);
		pcpu_drain(f.pcpu);
		CHECK_EQ(f.pcpu->front->nr_spans, 0);
		CHECK(front_stats(&f).nr_chunks <= 2);
		test_fixture_check(&f);
		if (round == 0)
			metadata = front_stats(&f).metadata_bytes;
	}
	CHECK_EQ(front_stats(&f).metadata_bytes, metadata);
	for (uint32_t cpu = 0; cpu < 5; cpu++)
		for (uint32_t class = 1; class < PCPU_NR_CLASSES; class ++)
			CHECK_EQ(front_held(&f, cpu, pcpu_classes[class].bytes), 0);
	front_close(&f);
}

/* A magazine that missed since the last balance stays, the others go; so does a CPU's that its
   thread has left. */
TEST(balance_takes_back_what_is_idle)
{
	struct test_fixture f;
	uint32_t held;

	front_open(&f, "00.11");
	held = fill(&f, 0, 8, 500);
	CHECK(held > 8);
	pcpu_balance(f.pcpu);
	CHECK_EQ(front_held(&f, 0, 8), held);
	CHECK(fill(&f, 1, 64, 500) > 0);
	held = front_held(&f, 1, 64);
	pcpu_balance(f.pcpu);
	CHECK_EQ(front_held(&f, 0, 8), 0);
	CHECK_EQ(front_magazine(&f, 0, 8)->limit, PCPU_MAGAZINE_START);
	CHECK_EQ(front_held(&f, 1, 64), held);
	pcpu_balance(f.pcpu);
	CHECK_EQ(front_held(&f, 1, 64), 0);
	test_fixture_check(&f);
	front_close(&f);
}

TEST(balance_keeps_some_spans_only)
{
	struct test_fixture f;

	front_open(&f, "00.11");
	fill(&f, 0, 1000, MAX / 10);
	CHECK(lab_take_kick(f.plat));
	for (uint32_t i = 0; i < 3; i++)
		pcpu_balance(f.pcpu);
	CHECK_EQ(f.pcpu->front->nr_spans, PCPU_EMPTY_SPANS_KEPT);
	CHECK_EQ(f.pcpu->front->nr_empty, PCPU_EMPTY_SPANS_KEPT);
	CHECK_EQ(f.pcpu->front->nr_stops, 0);
	test_fixture_check(&f);
	front_close(&f);
}

/* Behind those with live objects, where balance looks for it. */
TEST(a_span_that_is_made_beside_another_is_found)
{
	struct test_fixture f;
	struct pcpu_ptr p;

	front_open(&f, "00.11");
	p = front_alloc(&f, 64, 0);
	CHECK(pcpu_span_make(f.pcpu, pcpu_class_of[64]));
	CHECK_EQ(f.pcpu->front->nr_empty, 1);
	pcpu_drain(f.pcpu);
	CHECK_EQ(f.pcpu->front->nr_spans, 1);
	pcpu_free(f.pcpu, p);
	front_close(&f);
}

/* Four objects are all of a span, the fifth is of the next: that is not empty. */
TEST(one_span_of_several_that_is_emptied_is_enough)
{
	struct pcpu_clean batch[5];
	struct test_fixture f;
	struct pcpu_near near;
	struct pcpu_ptr p[6];

	front_open(&f, "00.11"); /* no CPU: from one span after the other */
	for (uint32_t i = 0; i < 6; i++)
		p[i] = front_alloc(&f, 1000, 0);
	plat_read_begin(f.plat);
	for (uint32_t i = 0; i < 5; i++) {
		batch[i].value = p[i].value;
		CHECK(pcpu_near_find(f.pcpu, p[i].value, &near));
		CHECK(near_state(&near, p[i].value, &batch[i].state));
		state_free(batch[i].state);
		CHECK(state_claim(batch[i].state));
	}
	plat_lock(f.plat, PLAT_LOCK_INNER);
	CHECK(pcpu_spans_put(f.pcpu, pcpu_class_of[1000], batch, 5, true));
	f.pcpu->front->nr_freed[pcpu_class_of[1000]] += 5;
	CHECK_EQ(f.pcpu->front->nr_empty, 1);
	plat_unlock(f.plat, PLAT_LOCK_INNER);
	plat_read_end(f.plat);
	pcpu_free(f.pcpu, p[5]);
	front_close(&f);
}

/* What is partly used stays, whatever lies around it. */
TEST(a_span_with_one_live_object_stays)
{
	struct test_fixture f;
	uint32_t left = 0;

	front_open(&f, "00.11");
	front_be_cpu(&f, 0);
	CHECK(pcpu_alloc_many(f.pcpu, 100, 4, 0, MAX, object));
	for (uint32_t i = 0; i < MAX; i++) {
		front_fill(&f, object[i], 1, (int)(i % 251));
		if (i % 130 != 7)
			pcpu_free(f.pcpu, object[i]);
		else
			object[left++] = object[i];
	}
	pcpu_drain(f.pcpu);
	test_fixture_check(&f);
	CHECK_EQ(front_stats(&f).nr_live, left);
	for (uint32_t i = 0; i < left; i++) {
		uint8_t mark = (uint8_t)((i * 130 + 7) % 251);

		CHECK(lab_holds(f.plat, pcpu_address(f.pcpu, object[i], 3), &mark, 1));
		pcpu_free(f.pcpu, object[i]);
	}
	front_close(&f);
}

/* After each of them the CPU's next calls are hits again. */
static void check_hits(struct test_fixture *f)
{
	struct pcpu_ptr p = front_alloc(f, 8, 0);
	uint64_t holds = sim_lock_holds(f->plat, PLAT_LOCK_INNER);

	pcpu_free(f->pcpu, p);
	p = front_alloc(f, 8, 0);
	CHECK_EQ(sim_lock_holds(f->plat, PLAT_LOCK_INNER), holds);
	CHECK_EQ(pcpu_here.front, &f->pcpu->front->cpu[pcpu_here.cpu]);
	CHECK_EQ(pcpu_here.owner, f->pcpu);
	CHECK_EQ(f->pcpu->front->nr_stops, 0);
	pcpu_free(f->pcpu, p);
}

TEST(cpus_that_were_stopped_hit_again)
{
	struct test_fixture f;

	front_open(&f, "00.11");
	front_be_cpu(&f, 0);
	pcpu_free(f.pcpu, front_alloc(&f, 8, 0));
	check_hits(&f);
	pcpu_free(f.pcpu, (struct pcpu_ptr){4}); /* a miss that ends nowhere */
	check_hits(&f);
	fill(&f, 0, 1000, 300);
	pcpu_balance(f.pcpu);
	check_hits(&f);
	pcpu_drain(f.pcpu);
	check_hits(&f);
	CHECK(front_stats(&f).nr_chunks_destroyed > 0);
	front_close(&f);
}

TEST(stops_nest)
{
	struct test_fixture f;
	struct pcpu_ptr p;

	front_open(&f, "00.11");
	front_be_cpu(&f, 0);
	p = front_alloc(&f, 8, 0);
	plat_lock(f.plat, PLAT_LOCK_OUTER);
	CHECK(pcpu_cpus_stop(f.pcpu));
	CHECK(pcpu_cpus_stop(f.pcpu));
	pcpu_cpus_go(f.pcpu);
	CHECK_EQ(pcpu_here.front, &pcpu_no_cpu);
	pcpu_free(f.pcpu, p); /* by the inner lock */
	CHECK_EQ(front_dirty(&f, 0, 8), 0);
	pcpu_cpus_go(f.pcpu);
	plat_unlock(f.plat, PLAT_LOCK_OUTER);
	check_hits(&f);
	front_close(&f);
}

/* A handler that forks may have interrupted a call of its own CPU. */
TEST(who_stops_does_not_wait_for_itself)
{
	struct test_fixture f;

	front_open(&f, "00.11");
	front_be_cpu(&f, 0);
	CHECK_EQ(here_open(), &f.pcpu->front->cpu[0]);
	plat_lock(f.plat, PLAT_LOCK_OUTER);
	CHECK(pcpu_cpus_stop(f.pcpu));
	pcpu_cpus_go(f.pcpu);
	plat_unlock(f.plat, PLAT_LOCK_OUTER);
	here_close(f.pcpu);
	check_hits(&f);
	front_close(&f);
}

/* Where CPUs cannot be stopped they keep what they hold, and go on. */
TEST(without_a_barrier_nothing_is_taken_back)
{
	struct test_fixture f;
	uint32_t held, nr_spans;

	front_init(&f, "00.11");
	f.sim.no_barrier = true;
	test_fixture_open(&f);
	fill(&f, 0, 8, 10);
	held = fill(&f, 0, 1000, 300);
	nr_spans = f.pcpu->front->nr_spans;
	for (uint32_t i = 0; i < 3; i++) {
		pcpu_balance(f.pcpu);
		pcpu_drain(f.pcpu);
		CHECK_EQ(front_held(&f, 0, 1000), held);
		CHECK_EQ(f.pcpu->front->nr_spans, nr_spans);
		check_hits(&f);
		test_fixture_check(&f);
	}
	plat_lock(f.plat, PLAT_LOCK_OUTER);
	CHECK(!pcpu_cpus_stop(f.pcpu));
	plat_unlock(f.plat, PLAT_LOCK_OUTER);
	check_hits(&f);
	front_close(&f);
}

/* The CPU remembers the chunk of its last free, not what lies behind its pages. */
TEST(the_near_chunk_ends_with_its_pages)
{
	struct test_fixture f;
	const struct pcpu_front_cpu *cpu;
	struct pcpu_ptr p;

	front_open(&f, "00.11");
	front_be_cpu(&f, 0);
	p = front_alloc(&f, 8, 0);
	CHECK_EQ(test_fixture_place(&f, p).chunk_id, 0);
	pcpu_free(f.pcpu, p);
	cpu = &f.pcpu->front->cpu[0];
	CHECK_EQ(cpu->near.pages, f.pcpu->first.pages);
	CHECK_EQ(cpu->near.bytes, f.pcpu->first.nr_pages * PCPU_PAGE_BYTES);
	CHECK(cpu->near.bytes < f.pcpu->layout.unit_bytes);
	front_close(&f);
}

/* A chunk goes; the CPU that freed in it last does not look for it there. */
TEST(a_chunk_that_goes_is_forgotten)
{
	struct test_fixture f;
	struct pcpu_ptr last;
	struct pcpu_report report;

	front_open(&f, "00.11");
	front_be_cpu(&f, 0);
	CHECK(pcpu_alloc_many(f.pcpu, 1000, 4, 0, 300, object));
	last = object[299];
	CHECK(test_fixture_place(&f, last).chunk_id > 0);
	pcpu_free_many(f.pcpu, object, 300);
	pcpu_drain(f.pcpu);
	CHECK_EQ(f.pcpu->front->cpu[0].near.bytes, 0);
	CHECK(!lab_take_misuse(f.plat, &report));
	pcpu_free(f.pcpu, last);
	CHECK(lab_take_misuse(f.plat, &report));
	CHECK_EQ(report.id, PCPU_MISUSE_WILD_FREE);
	front_close(&f);
}

/* --- threads and the end ---------------------------------------------------------------------- */

TEST(a_cpu_passes_from_thread_to_thread)
{
	struct test_fixture f;

	front_open(&f, "00.11");
	fill(&f, 0, 8, 100);
	pcpu_cpu_leave();
	CHECK_EQ(f.pcpu->front->cpu[0].here, NULL);
	CHECK_EQ(pcpu_here.pcpu, NULL);
	pcpu_cpu_leave();
	fill(&f, 0, 8, 100);
	check_hits(&f);
	front_close(&f);
}

/* Threads that are CPUs of an allocator leave with it. */
TEST(the_front_goes_with_its_allocator)
{
	struct test_fixture f;

	front_open(&f, "00.11");
	fill(&f, 1, 24, 100);
	front_be_cpu(&f, 3);
	CHECK(pcpu_alloc_many(f.pcpu, 1000, 4, 0, 300, object));
	test_fixture_close(&f);
	CHECK_EQ(pcpu_here.pcpu, NULL);
	CHECK_EQ(pcpu_here.owner, NULL);
	front_open(&f, "0");
	front_be_cpu(&f, 0);
	front_close(&f);
}

/* Each of set-up's calls fails in turn: nothing is lost. */
TEST(a_front_that_is_refused_leaves_nothing)
{
	uint32_t nr_failed = 0;
	uint64_t k;

	for (k = 0; k < 100; k++) {
		struct test_fixture f;
		enum pcpu_status status;

		front_init(&f, "00.11");
		test_fixture_open_plat(&f);
		lab_fail_at(f.plat, k, true);
		status = pcpu_create(&f.config, &f.pcpu);
		lab_fail_never(f.plat);
		nr_failed += status != PCPU_OK;
		CHECK(status == PCPU_OK || !f.pcpu);
		test_fixture_close(&f);
		if (status == PCPU_OK)
			break;
	}
	CHECK(nr_failed > 2 && k < 100);
}
