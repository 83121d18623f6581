/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_front_ahead.c - pages of spans are populated some at a time, as far as memory goes. */
#include "core/policy.h"
#include "harness/test/front/front_fixture.h"

enum { NR_SPANS = 60, IN_SPAN = 4 /* objects of 1024 bytes */ };

static uint64_t populated(struct test_fixture *f)
{
	return front_stats(f).nr_pages_populated;
}

/* One span of a page more. */
static void span_add(struct test_fixture *f)
{
	uint32_t nr = front_nr_spans(f, 1024);

	while (front_nr_spans(f, 1024) == nr)
		front_alloc(f, 1024, 0);
}

TEST(pages_of_spans_come_together)
{
	struct test_fixture f;
	uint32_t nr_times = 0, nr_together = 0;

	front_open(&f, "01");
	front_be_cpu(&f, 0);
	while (populated(&f) == 0)
		span_add(&f);
	for (uint32_t i = 0; i < NR_SPANS; i++) {
		uint64_t before = populated(&f);

		span_add(&f);
		CHECK(f.pcpu->nr_empty_pages <= PCPU_EMPTY_PAGES_HIGH);
		nr_times += populated(&f) > before;
		nr_together += populated(&f) == before + 1 + PCPU_EMPTY_PAGES_HIGH;
		test_fixture_check(&f);
	}
	/* At a chunk's end there are fewer. */
	CHECK(nr_times <= NR_SPANS / 3 && nr_together >= NR_SPANS / 10);
	front_close(&f);
}

/* Pages that are there are not populated again, nor those of another object. */
TEST(pages_ahead_end_where_others_begin)
{
	struct test_fixture f;
	struct pcpu_ptr between[40];

	front_open(&f, "01");
	front_be_cpu(&f, 0);
	while (populated(&f) == 0)
		span_add(&f);
	for (uint32_t i = 0; i < 40; i++) { /* pages of the engine, each with one in front of it */
		between[i] = pcpu_alloc(f.pcpu, PCPU_PAGE_BYTES, PCPU_PAGE_BYTES, 0);
		CHECK(between[i].value);
	}
	for (uint32_t i = 0; i < 40; i += 2)
		pcpu_free(f.pcpu, between[i]);
	pcpu_drain(f.pcpu);
	for (uint32_t i = 0; i < NR_SPANS; i++) {
		span_add(&f);
		test_fixture_check(&f);
	}
	front_close(&f);
}

/* Of chunks that are populated page by page. */
static uint32_t nr_later_spans(struct test_fixture *f)
{
	struct pcpu_front *front = f->pcpu->front;
	struct pcpu_list *lists[] = {&front->partial[pcpu_class_of[1024]],
				     &front->full[pcpu_class_of[1024]]};
	uint32_t nr = 0;

	for (uint32_t i = 0; i < 2; i++)
		for (struct pcpu_list *at = lists[i]->next; at != lists[i]; at = at->next)
			nr += PCPU_SPAN_OF(at)->chunk->kind == PCPU_CHUNK_LATER;
	return nr;
}

/* The last page of memory is a span's, too, though none behind it can be had. */
TEST(without_memory_ahead_a_span_is_made_all_the_same)
{
	for (uint64_t pages = 60; pages < 84; pages++) {
		struct test_fixture f;
		uint32_t nr = 0;
		uint64_t used;

		front_init(&f, "00");
		f.sim.pages_per_node = pages;
		test_fixture_open(&f);
		front_be_cpu(&f, 0);
		while (pcpu_alloc(f.pcpu, 1024, 4, 0).value)
			nr++;
		used = populated(&f);
		CHECK(nr > 0 && used > 0);
		CHECK_EQ(nr_later_spans(&f), used);
		CHECK_EQ(f.pcpu->nr_empty_pages, 0);
		front_close(&f);
	}
}
