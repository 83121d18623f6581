/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_front_lend.c - sparse spans lend to larger sizes that they divide: all the places they have,
   cleared, and given back. */
#include "harness/test/front/front_fixture.h"

#define MAX 8192

static struct pcpu_ptr object[MAX];

static uint32_t bytes_of(uint32_t class)
{
	return pcpu_classes[class].bytes;
}

static struct pcpu_ptr take(struct test_fixture *f, uint32_t bytes, size_t align)
{
	struct pcpu_ptr p = pcpu_alloc(f->pcpu, bytes, align, 0);

	CHECK(p.value);
	return p;
}

/* Allocates one span of the class, written, all of it. Returns its objects. */
static uint32_t fill_span(struct test_fixture *f, uint32_t bytes)
{
	uint32_t nr = 1;

	object[0] = front_alloc(f, bytes, 0);
	for (uint32_t i = 0; i < pcpu_class_span_pages(pcpu_class_of[bytes]) * PCPU_PAGE_BYTES /
					bytes - 1; i++)
		object[nr++] = front_alloc(f, bytes, 0);
	CHECK_EQ(front_nr_spans(f, bytes), 1);
	for (uint32_t i = 0; i < nr; i++)
		front_fill(f, object[i], bytes, 0xa5);
	return nr;
}

/* The lowest pointer of the span. */
static uintptr_t start_of(uint32_t nr)
{
	uintptr_t least = UINTPTR_MAX;

	for (uint32_t i = 0; i < nr; i++)
		least = object[i].value < least ? object[i].value : least;
	return least;
}

/* Keeps the objects at places that are a multiple of `every`; the others go back to the span, some
   of them cleared. */
static void free_but_every(struct test_fixture *f, uint32_t nr, uint32_t bytes, uint32_t every)
{
	uintptr_t start = start_of(nr);

	for (uint32_t i = 0; i < nr; i++)
		if ((object[i].value - start) / bytes % every != 0)
			pcpu_free(f->pcpu, object[i]);
	pcpu_drain(f->pcpu);
	pcpu_free(f->pcpu, front_alloc(f, bytes, 0));
	pcpu_drain(f->pcpu);
	test_fixture_check(f);
}

/* Places for objects of so many bytes, aligned so, between those that are kept: first fit. */
static uint32_t places(uint32_t nr, uint32_t piece, uint32_t every, uint32_t bytes, uint32_t align)
{
	uint32_t nr_places = 0;

	for (uint32_t at = 0; at + bytes <= nr * piece;) {
		bool used = at % align != 0;

		for (uint32_t i = at / piece; i < (at + bytes) / piece; i++)
			used |= i % every == 0;
		nr_places += !used;
		at += used ? piece : bytes;
	}
	return nr_places;
}

static bool overlap(struct pcpu_ptr a, uint32_t a_bytes, struct pcpu_ptr b, uint32_t b_bytes)
{
	return a.value < b.value + b_bytes && b.value < a.value + a_bytes;
}

/* Every place is lent, before there is a span of the size itself: zero, its own, aligned. */
static void lend_all(struct test_fixture *f, uint32_t nr, uint32_t piece, uint32_t every,
		     uint32_t bytes)
{
	uint32_t align = 1u << pcpu_classes[pcpu_class_of[bytes]].granule_shift;
	uint32_t nr_lent = places(nr, piece, every, bytes, align);
	uintptr_t start = start_of(nr);

	for (uint32_t i = 0; i < nr_lent; i++) {
		struct pcpu_ptr p = take(f, bytes, align);

		CHECK(p.value % align == 0 && p.value - start + bytes <= nr * piece);
		CHECK(front_is_zero(f, p, bytes));
		for (uint32_t k = 0; k < nr; k++)
			CHECK((object[k].value - start) / piece % every != 0 ||
			      !overlap(p, bytes, object[k], piece));
		for (uint32_t k = 0; k < i; k++)
			CHECK(!overlap(p, bytes, object[MAX - 1 - k], bytes));
		front_fill(f, p, bytes, 0x5a);
		object[MAX - 1 - i] = p;
	}
	CHECK_EQ(front_nr_spans(f, bytes), 0);
	test_fixture_check(f);
	take(f, bytes, align);
	CHECK_EQ(front_nr_spans(f, bytes), 1);
	for (uint32_t i = 0; i < nr_lent; i++)
		pcpu_free(f->pcpu, object[MAX - 1 - i]);
}

static void lend_from(uint32_t of, uint32_t class, uint32_t every)
{
	struct test_fixture f;
	uint32_t nr;

	front_open(&f, "0.1");
	front_be_cpu(&f, 2);
	nr = fill_span(&f, bytes_of(of));
	free_but_every(&f, nr, bytes_of(of), every);
	lend_all(&f, nr, bytes_of(of), every, bytes_of(class));
	front_close(&f);
}

TEST(each_size_that_divides_another_lends_all_its_places)
{
	uint32_t nr = 0;

	for (uint32_t class = 2; class < PCPU_NR_CLASSES; class ++)
		for (uint32_t of = 1; of < class; of++) {
			if (bytes_of(class) % bytes_of(of) != 0)
				continue;
			lend_from(of, class, 1 + bytes_of(class) / bytes_of(of));
			lend_from(of, class, 3 * bytes_of(class) / bytes_of(of));
			nr++;
		}
	CHECK(nr > 100);
}

/* 24 is no multiple of 16; of 8 it is, but every other is live, and then every third. */
TEST(what_does_not_fit_is_not_lent)
{
	struct test_fixture f;

	front_open(&f, "01");
	front_be_cpu(&f, 0);
	free_but_every(&f, fill_span(&f, 16), 16, 5);
	take(&f, 24, 8);
	CHECK_EQ(front_nr_spans(&f, 24), 1);
	free_but_every(&f, fill_span(&f, 8), 8, 2);
	take(&f, 32, 8);
	CHECK_EQ(front_nr_spans(&f, 32), 0); /* of 16 */
	take(&f, 40, 8);
	CHECK_EQ(front_nr_spans(&f, 40), 1);
	front_close(&f);
}

/* Spans of which less than half is free keep it for their own size. */
TEST(a_span_that_is_half_full_lends_nothing)
{
	for (uint32_t nr_kept = 254; nr_kept <= 258; nr_kept++) {
		struct test_fixture f;
		uint32_t nr;

		front_open(&f, "01");
		front_be_cpu(&f, 0);
		nr = fill_span(&f, 8);
		CHECK_EQ(nr, 512);
		for (uint32_t i = nr_kept; i < nr; i++)
			pcpu_free(f.pcpu, object[i]);
		pcpu_drain(f.pcpu);
		take(&f, 16, 8);
		CHECK_EQ(front_nr_spans(&f, 16), nr_kept > 256);
		front_close(&f);
	}
}

/* New spans do not lend, and neither do those that gave all that fits. */
TEST(a_new_span_does_not_lend)
{
	struct test_fixture f;

	front_open(&f, "01");
	front_be_cpu(&f, 0);
	take(&f, 8, 8);
	take(&f, 16, 8);
	CHECK_EQ(front_nr_spans(&f, 16), 1);
	front_close(&f);
}

/* Frees of lent objects count in their own size, wherever they are freed, and their places serve
   the span's own size again. */
TEST(what_was_lent_comes_back)
{
	struct test_fixture f;
	struct pcpu_ptr kept;
	uint64_t live;

	front_open(&f, "0011");
	front_be_cpu(&f, 0);
	fill_span(&f, 8);
	kept = object[7];
	for (uint32_t i = 0; i < 512; i++)
		if (i != 7)
			pcpu_free(f.pcpu, object[i]);
	pcpu_drain(f.pcpu);
	live = front_stats(&f).live_bytes;
	for (uint32_t i = 0; i < 40; i++)
		object[i] = take(&f, 64, 64);
	CHECK_EQ(front_stats(&f).live_bytes, live + 40 * 64);
	front_be_cpu(&f, 3);
	for (uint32_t i = 0; i < 40; i++)
		pcpu_free(f.pcpu, object[i]);
	test_fixture_check(&f);
	pcpu_drain(f.pcpu);
	CHECK_EQ(front_stats(&f).live_bytes, live);
	CHECK_EQ(front_nr_spans(&f, 64), 0);
	front_be_cpu(&f, 0);
	for (uint32_t i = 0; i < 511; i++)
		front_alloc(&f, 8, 0);
	CHECK_EQ(front_nr_spans(&f, 8), 1);
	pcpu_free(f.pcpu, kept);
	front_close(&f);
}

/* A span whose objects are all lent is returned once they are back. */
TEST(a_span_that_lent_everything_returns)
{
	struct test_fixture f;

	front_open(&f, "01");
	front_be_cpu(&f, 0);
	free_but_every(&f, fill_span(&f, 32), 32, 2);
	for (uint32_t i = 0; i < 128; i += 1)
		if ((object[i].value - start_of(128)) / 32 % 2 == 0)
			pcpu_free(f.pcpu, object[i]);
	pcpu_balance(f.pcpu);
	pcpu_balance(f.pcpu);
	CHECK_EQ(front_nr_spans(&f, 32), 1); /* kept, and empty */
	for (uint32_t i = 0; i < 4; i++)
		object[i] = take(&f, 1024, 4);
	CHECK_EQ(f.pcpu->front->nr_spans, 1);
	test_fixture_check(&f);
	for (uint32_t i = 0; i < 4; i++)
		pcpu_free(f.pcpu, object[i]);
	pcpu_drain(f.pcpu);
	CHECK_EQ(f.pcpu->front->nr_spans, 0);
	front_close(&f);
}

static uint32_t nr_lenders(struct test_fixture *f, uint32_t bytes)
{
	struct pcpu_list *list = &f->pcpu->front->sparse[pcpu_class_of[bytes]];
	uint32_t nr = 0;

	for (struct pcpu_list *at = list->next; at != list; at = at->next)
		nr++;
	return nr;
}

/* However many have no place, a call looks at 16. */
TEST(a_call_meets_few_spans_without_a_place)
{
	struct test_fixture f;
	uint32_t nr = 0;

	front_open(&f, "01");
	front_be_cpu(&f, 0);
	for (; nr < 20 * 128; nr++)
		object[nr] = front_alloc(&f, 32, 0);
	for (uint32_t i = 0; i < nr; i++)
		if (object[i].value / 32 % 2)
			pcpu_free(f.pcpu, object[i]);
	pcpu_drain(f.pcpu);
	CHECK_EQ(front_nr_spans(&f, 32), 20);
	CHECK_EQ(nr_lenders(&f, 32), 20);
	take(&f, 64, 4);
	CHECK_EQ(front_nr_spans(&f, 64), 1);
	CHECK_EQ(nr_lenders(&f, 32), 4);
	test_fixture_check(&f);
	front_close(&f);
}

/* Callers that may not sleep have no span made, but are lent one. */
TEST(atomic_callers_are_lent_to)
{
	struct test_fixture f;
	struct pcpu_ptr p;

	front_open(&f, "01");
	front_be_cpu(&f, 0);
	free_but_every(&f, fill_span(&f, 8), 8, 9);
	p = front_alloc(&f, 32, PCPU_ATOMIC);
	CHECK(p.value - start_of(512) < PCPU_PAGE_BYTES);
	CHECK_EQ(f.pcpu->front->nr_spans, 1);
	front_close(&f);
}
