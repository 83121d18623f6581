/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* walker_front.c - damage to the front: an allocator of its own, with one object live, one dirty,
   others clean. */
#include "core/front/front_calls.h"
#include "harness/test/walker/walker_rows.h"

/* The one span of 64-byte objects; CPU 0 has a magazine of them. */
static struct pcpu_span *front_open(struct test_fixture *f)
{
	struct pcpu_front *front;
	struct pcpu_ptr p;

	pcpu_destroy(f->pcpu);
	f->config.engine = pcpu_engine_find("bitmap");
	f->config.front = true;
	CHECK_EQ(pcpu_create(&f->config, &f->pcpu), PCPU_OK);
	pcpu_cpu_enter(f->pcpu, 0);
	CHECK(pcpu_alloc(f->pcpu, 64, 64, 0).value);
	p = pcpu_alloc(f->pcpu, 64, 64, 0);
	pcpu_free(f->pcpu, p);
	test_fixture_check(f);
	front = f->pcpu->front;
	return PCPU_SPAN_OF(front->partial[pcpu_class_of[64]].next);
}

static struct pcpu_magazine *magazine(struct test_fixture *f)
{
	return f->pcpu->front->cpu[0].magazine[pcpu_class_of[64]];
}

static void front_pages(struct test_fixture *f)
{
	struct pcpu_span *span = front_open(f);

	span->chunk->pages[span->offset / PCPU_PAGE_BYTES].limit--;
}

static void front_span(struct test_fixture *f)
{
	front_open(f)->nr_free--;
}

static void front_place(struct test_fixture *f)
{
	front_open(f);
	magazine(f)->top--; /* a clean object is lost */
}

static void front_clean(struct test_fixture *f)
{
	struct pcpu_span *span = front_open(f);

	pcpu_bit_clear(span->dirty, span->nr_pieces - 1);
	plat_copy(f->plat, span->chunk->base + span->offset + 64 * span->nr_pieces - 1, "x", 1);
}

static void front_books(struct test_fixture *f)
{
	front_open(f);
	magazine(f)->nr_loaded++;
}

const struct walker_row walker_front[] = {
	WALKER_ROW(FRONT_PAGES, front_pages, SENTENCE),
	WALKER_ROW(FRONT_SPAN, front_span, SENTENCE),
	WALKER_ROW(FRONT_PLACE, front_place, SENTENCE),
	WALKER_ROW(FRONT_CLEAN, front_clean, SENTENCE),
	WALKER_ROW(FRONT_BOOKS, front_books, SENTENCE),
	{0},
};
