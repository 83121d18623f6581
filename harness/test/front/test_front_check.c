/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_front_check.c - the walker names each kind of damage to spans, magazines and pages. */
#include "harness/test/front/front_fixture.h"

static struct pcpu_ptr live;

/* CPU 0 has objects of 24 and 64 bytes: one of each is live, one dirty, others clean. */
static void open_used(struct test_fixture *f)
{
	front_open(f, "00.11");
	front_be_cpu(f, 0);
	for (uint32_t bytes = 24; bytes <= 64; bytes += 40) {
		live = front_alloc(f, bytes, 0);
		pcpu_free(f->pcpu, front_alloc(f, bytes, 0));
		CHECK_EQ(front_dirty(f, 0, bytes), 1);
		CHECK(magazine_nr(front_magazine(f, 0, bytes)) > 3);
	}
	test_fixture_check(f);
}

static struct pcpu_span *span_of(struct test_fixture *f, uint32_t bytes)
{
	struct pcpu_list *list = &f->pcpu->front->partial[pcpu_class_of[bytes]];

	CHECK(!pcpu_list_empty(list));
	return PCPU_SPAN_OF(list->next);
}

static struct pcpu_page *page_of(struct test_fixture *f, uint32_t bytes)
{
	const struct pcpu_span *span = span_of(f, bytes);

	return &span->chunk->pages[span->offset / PCPU_PAGE_BYTES];
}

static void clean_twice(struct test_fixture *f)
{
	front_magazine(f, 0, 64)->clean[1] = front_magazine(f, 0, 64)->clean[2];
}

static void clean_of_another_class(struct test_fixture *f)
{
	struct pcpu_clean *a = &front_magazine(f, 0, 24)->clean[1];
	struct pcpu_clean *b = &front_magazine(f, 0, 64)->clean[1], kept = *a;

	*a = *b;
	*b = kept;
}

static void clean_with_another_state(struct test_fixture *f)
{
	struct pcpu_magazine *magazine = front_magazine(f, 0, 64);

	magazine->clean[1].state = magazine->clean[2].state;
}

static void clean_is_lost(struct test_fixture *f)
{
	struct pcpu_magazine *magazine = front_magazine(f, 0, 64);

	magazine_top_set(magazine, magazine->top - 1);
	magazine->nr_loaded--; /* as the books would have it */
}

static void dirty_is_lost(struct test_fixture *f)
{
	front_magazine(f, 0, 64)->room++;
	front_magazine(f, 0, 64)->nr_verified++;
}

static void live_is_dirty(struct test_fixture *f)
{
	front_magazine(f, 0, 64)->dirty[--front_magazine(f, 0, 64)->room] = live.value;
}

static void free_is_live(struct test_fixture *f)
{
	struct pcpu_span *span = span_of(f, 64);

	span->states[2 * (span->nr_pieces - 1)] = (uint8_t)span->class;
}

static void free_is_open(struct test_fixture *f)
{
	struct pcpu_span *span = span_of(f, 64);

	span->states[2 * (span->nr_pieces - 1) + 1] = 0;
}

static void inside_is_open(struct test_fixture *f)
{
	span_of(f, 24)->states[2 * 1 + 1] = 0;
}

/* Of the last object, which is free, and of the one that lives. */
static void inside_of_free_is_open(struct test_fixture *f)
{
	const struct pcpu_span *span = span_of(f, 24);

	CHECK(pcpu_bit_test(span->free, span->nr_pieces - 1));
	piece_state(span, span->nr_pieces - 1)[2 * 1 + 1] = 0;
}

static void inside_of_live_is_open(struct test_fixture *f)
{
	const struct pcpu_span *span = span_of(f, 24);
	uint32_t piece = 0;

	while (piece_state(span, piece)[0] == 0)
		piece++;
	piece_state(span, piece)[2 * 2 + 1] = 0;
}

static void inside_is_live(struct test_fixture *f)
{
	span_of(f, 24)->states[2 * 2] = 7;
}

static void copy_written(struct test_fixture *f, uintptr_t value, uint32_t cpu)
{
	plat_copy(f->plat, pcpu_address(f->pcpu, (struct pcpu_ptr){value}, cpu) + 63, "x", 1);
}

static void clean_is_written(struct test_fixture *f)
{
	copy_written(f, front_magazine(f, 0, 64)->top->value, 4);
}

/* Cleared as far as its span knows. */
static void free_is_written(struct test_fixture *f)
{
	const struct pcpu_span *span = span_of(f, 64);

	pcpu_bit_clear(span->dirty, span->nr_pieces - 1);
	copy_written(f,
		     chunk_value(f->pcpu, span->chunk) + span->offset + 64 * (span->nr_pieces - 1),
		     3);
}

static void taken_is_to_be_cleared(struct test_fixture *f)
{
	const struct pcpu_span *span = span_of(f, 64);

	pcpu_bit_set(span->dirty, pcpu_bits_find(span->free, 0, span->nr_pieces, false));
}

static void page_limit(struct test_fixture *f)
{
	page_of(f, 24)->limit++;
}

static void page_shift(struct test_fixture *f)
{
	page_of(f, 24)->shift++;
}

static void page_states(struct test_fixture *f)
{
	page_of(f, 24)->states += 2;
}

static void page_span(struct test_fixture *f)
{
	span_of(f, 24)->chunk->spans[span_of(f, 24)->offset / PCPU_PAGE_BYTES] = span_of(f, 64);
}

static void full_among_partial(struct test_fixture *f)
{
	struct pcpu_span *span = span_of(f, 64);

	pcpu_list_del(&span->link);
	pcpu_list_add_tail(&f->pcpu->front->full[span->class], &span->link);
}

static void free_count(struct test_fixture *f)
{
	span_of(f, 64)->nr_free--;
}

static void turn_is_kept(struct test_fixture *f)
{
	*span_turn(span_of(f, 64)) = 1;
}

static void empty_count(struct test_fixture *f)
{
	f->pcpu->front->nr_empty++;
}

static void span_count(struct test_fixture *f)
{
	f->pcpu->front->nr_spans++;
}

static void span_bytes(struct test_fixture *f)
{
	f->pcpu->front->span_bytes += PCPU_PAGE_BYTES;
}

static void spans_allocated(struct test_fixture *f)
{
	f->pcpu->front->nr_span_frees++;
}

static void taken_count(struct test_fixture *f)
{
	f->pcpu->front->nr_taken[pcpu_class_of[24]]++;
}

static void spare_bytes(struct test_fixture *f)
{
	f->pcpu->front->spare_bytes -= 24;
}

/* It has something, and is not of that class. */
static void lender_of_another_class(struct test_fixture *f)
{
	pcpu_list_add_head(&f->pcpu->front->sparse[pcpu_class_of[24]], &span_of(f, 64)->sparse);
}

static void full_lends(struct test_fixture *f)
{
	struct pcpu_span *span = span_of(f, 64);

	while (span->nr_free > 0)
		front_alloc(f, 64, 0);
	pcpu_list_add_head(&f->pcpu->front->sparse[span->class], &span->sparse);
}

static void lender_is_on_no_list(struct test_fixture *f)
{
	static struct pcpu_list other;

	pcpu_list_init(&other);
	pcpu_list_add_head(&other, &span_of(f, 64)->sparse);
}

/* A second span of the class, empty, comes first. */
static void empty_is_first(struct test_fixture *f)
{
	struct pcpu_span *span = span_of(f, 64);

	CHECK(pcpu_span_make(f->pcpu, span->class));
	pcpu_list_del(&span->link);
	pcpu_list_add_tail(&f->pcpu->front->partial[span->class], &span->link);
}

/* As if it had twice its size. */
static void live_is_larger(struct test_fixture *f)
{
	struct pcpu_span *span = span_of(f, 64);
	uint32_t piece = (uint32_t)(live.value - span_value(f->pcpu, span)) / 64;

	CHECK_EQ(*piece_state(span, piece), pcpu_class_of[64]);
	*piece_state(span, piece) = pcpu_class_of[128];
}

static void live_is_no_multiple(struct test_fixture *f)
{
	struct pcpu_span *span = span_of(f, 64);

	*piece_state(span, (uint32_t)(live.value - span_value(f->pcpu, span)) / 64) =
		pcpu_class_of[96];
}

static void live_is_no_class(struct test_fixture *f)
{
	struct pcpu_span *span = span_of(f, 64);

	*piece_state(span, (uint32_t)(live.value - span_value(f->pcpu, span)) / 64) =
		PCPU_NR_CLASSES;
}

static void verified_count(struct test_fixture *f)
{
	front_magazine(f, 0, 24)->nr_verified++;
}

static void bottom_has_a_state(struct test_fixture *f)
{
	struct pcpu_magazine *magazine = front_magazine(f, 0, 24);

	magazine->clean[magazine->nr_due].state = magazine->top->state;
}

static void due_has_a_bottom(struct test_fixture *f)
{
	front_magazine(f, 0, 24)->nr_due = 1;
}

static void due_beyond_the_top(struct test_fixture *f)
{
	front_magazine(f, 0, 24)->nr_due = PCPU_MAGAZINE_MAX;
}

static void clean_is_to_be_cleared(struct test_fixture *f)
{
	front_magazine(f, 0, 24)->due_dirty |= UINT64_C(1) << front_magazine(f, 0, 24)->nr_due;
}

static const struct {
	const char *name;
	enum pcpu_invariant invariant;
	void (*damage)(struct test_fixture *f);
} breaks[] = {
	{"clean_twice", PCPU_INV_FRONT_PLACE, clean_twice},
	{"clean_of_another_class", PCPU_INV_FRONT_PLACE, clean_of_another_class},
	{"clean_with_another_state", PCPU_INV_FRONT_PLACE, clean_with_another_state},
	{"clean_is_lost", PCPU_INV_FRONT_PLACE, clean_is_lost},
	{"dirty_is_lost", PCPU_INV_FRONT_PLACE, dirty_is_lost},
	{"live_is_dirty", PCPU_INV_FRONT_PLACE, live_is_dirty},
	{"free_is_live", PCPU_INV_FRONT_PLACE, free_is_live},
	{"free_is_open", PCPU_INV_FRONT_PLACE, free_is_open},
	{"inside_is_open", PCPU_INV_FRONT_PLACE, inside_is_open},
	{"inside_of_free_is_open", PCPU_INV_FRONT_PLACE, inside_of_free_is_open},
	{"inside_of_live_is_open", PCPU_INV_FRONT_PLACE, inside_of_live_is_open},
	{"inside_is_live", PCPU_INV_FRONT_PLACE, inside_is_live},
	{"clean_is_written", PCPU_INV_FRONT_CLEAN, clean_is_written},
	{"free_is_written", PCPU_INV_FRONT_CLEAN, free_is_written},
	{"taken_is_to_be_cleared", PCPU_INV_FRONT_PLACE, taken_is_to_be_cleared},
	{"live_is_larger", PCPU_INV_FRONT_PLACE, live_is_larger},
	{"live_is_no_multiple", PCPU_INV_FRONT_PLACE, live_is_no_multiple},
	{"live_is_no_class", PCPU_INV_FRONT_PLACE, live_is_no_class},
	{"page_limit", PCPU_INV_FRONT_PAGES, page_limit},
	{"page_shift", PCPU_INV_FRONT_PAGES, page_shift},
	{"page_states", PCPU_INV_FRONT_PAGES, page_states},
	{"page_span", PCPU_INV_FRONT_PAGES, page_span},
	{"full_among_partial", PCPU_INV_FRONT_SPAN, full_among_partial},
	{"free_count", PCPU_INV_FRONT_SPAN, free_count},
	{"turn_is_kept", PCPU_INV_FRONT_SPAN, turn_is_kept},
	{"lender_of_another_class", PCPU_INV_FRONT_SPAN, lender_of_another_class},
	{"full_lends", PCPU_INV_FRONT_SPAN, full_lends},
	{"lender_is_on_no_list", PCPU_INV_FRONT_BOOKS, lender_is_on_no_list},
	{"empty_is_first", PCPU_INV_FRONT_SPAN, empty_is_first},
	{"spare_bytes", PCPU_INV_FRONT_BOOKS, spare_bytes},
	{"empty_count", PCPU_INV_FRONT_BOOKS, empty_count},
	{"span_count", PCPU_INV_FRONT_BOOKS, span_count},
	{"span_bytes", PCPU_INV_FRONT_BOOKS, span_bytes},
	{"spans_allocated", PCPU_INV_FRONT_BOOKS, spans_allocated},
	{"taken_count", PCPU_INV_FRONT_BOOKS, taken_count},
	{"verified_count", PCPU_INV_FRONT_BOOKS, verified_count},
	{"bottom_has_a_state", PCPU_INV_FRONT_BOOKS, bottom_has_a_state},
	{"due_has_a_bottom", PCPU_INV_FRONT_BOOKS, due_has_a_bottom},
	{"due_beyond_the_top", PCPU_INV_FRONT_BOOKS, due_beyond_the_top},
	{"clean_is_to_be_cleared", PCPU_INV_FRONT_BOOKS, clean_is_to_be_cleared},
};

/* What is damaged is not used again. */
TEST(the_walker_names_what_is_damaged)
{
	for (uint32_t i = 0; i < sizeof(breaks) / sizeof(breaks[0]); i++) {
		struct test_fixture f;
		enum pcpu_invariant found;

		open_used(&f);
		breaks[i].damage(&f);
		found = pcpu_check(f.pcpu, NULL);
		if (found != breaks[i].invariant)
			FAIL("%s: %s", breaks[i].name, pcpu_invariant_text(found));
		pcpu_here = (struct pcpu_caller){0};
		sim_destroy(f.plat);
	}
}
