/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_defects.c - the defects of the reference era (SPEC.md 9) that this core must not have, one
 * test named after each id. B11 to B13 are kept and measured by the benches; B18 and B22 need
 * percpu.h, fibers and threads (test_percpu_debug.c, test_preemptions.c, test_torture.c); B19 to
 * B21 concern bitmap engines.
 */
#include <stdlib.h>
#include <string.h>

#include "core/chunk.h"
#include "harness/text/layout_text.h"
#include "harness/test/lib/test.h"
#include "harness/test/lib/test_world.h"

TEST(B1_failed_group_area_frees_exactly_those_taken)
{
	bool refused = true;

	for (uint64_t k = 0; refused; k++) {
		struct test_world w;

		test_world_init(&w, "00112233");
		w.config.no_page_allocator = true;
		test_world_open_plat(&w);
		lab_fail_at(w.plat, k, false);
		refused = pcpu_create(&w.config, &w.pcpu) != PCPU_OK;
		CHECK(!refused || w.pcpu == NULL);
		test_world_close(&w);
		CHECK(k < 100);
	}
}

TEST(B2_too_wide_a_span_gives_every_area_back)
{
	struct test_world w;
	struct sim_ledger ledger;

	test_world_init(&w, "0011");
	w.sim.area_gap_bytes = UINT64_C(1) << 32;
	w.config.space_bytes = UINT64_C(1) << 32;
	test_world_open(&w);
	CHECK_EQ(pcpu_chosen(w.pcpu), PCPU_CHOICE_PAGE);
	CHECK_EQ(test_world_reported(&w, PCPU_EV_SPAN_WIDE), 1);
	sim_ledger(w.plat, &ledger);
	CHECK_EQ(ledger.area_pages, 0);
	CHECK_EQ(ledger.pages, 4 * pcpu_layout(w.pcpu)->size_sum_bytes / PCPU_PAGE_BYTES);
	test_world_close(&w);
}

/* The space is chosen so that it holds the span up to the last group's first unit, not to its
   end. */
TEST(B3_span_counts_the_whole_highest_group)
{
	struct test_world w;
	uint64_t whole, one_unit;

	test_world_init(&w, "0001111111111111");
	w.config.sizes.atom_bytes = 4096;
	test_world_open(&w);
	CHECK_EQ(pcpu_chosen(w.pcpu), PCPU_CHOICE_EMBED);
	CHECK_EQ(pcpu_layout(w.pcpu)->nr_groups, 2);
	whole = pcpu_layout_span(pcpu_layout(w.pcpu));
	one_unit = whole - 12ull * pcpu_layout(w.pcpu)->unit_bytes;
	test_world_close(&w);
	CHECK(one_unit * 4 / 3 + 64 < whole * 4 / 3 - 64);

	w.config.space_bytes = (whole * 4 / 3 + one_unit * 4 / 3) / 2;
	test_world_open(&w);
	CHECK_EQ(pcpu_chosen(w.pcpu), PCPU_CHOICE_PAGE);
	test_world_close(&w);

	w.config.space_bytes = whole / 3 * 4 + 8;
	test_world_open(&w);
	CHECK_EQ(pcpu_chosen(w.pcpu), PCPU_CHOICE_EMBED);
	test_world_close(&w);
}

/* Units are smaller than their stride here, so tails exist; giving them back first would give them
   twice. */
TEST(B4_span_is_checked_before_tails_are_given_back)
{
	struct test_world w;

	test_world_init(&w, "000111");
	w.config.sizes.atom_bytes = 1 << 20;
	w.sim.area_gap_bytes = UINT64_C(1) << 32;
	w.config.space_bytes = UINT64_C(1) << 30;
	test_world_open(&w);
	CHECK_EQ(pcpu_chosen(w.pcpu), PCPU_CHOICE_PAGE);
	test_world_close(&w);
}

/* A layout to damage, in exact memory, so that a sanitizer sees a step beyond. */
static struct pcpu_layout layout_of(struct test_world *w, void **mem)
{
	struct pcpu_layout layout, exact;
	void *whole = malloc(pcpu_layout_memory(&w->topology));

	CHECK_EQ(pcpu_layout_build(&w->topology, &w->config.sizes, whole, &layout), PCPU_OK);
	exact = layout;
	*mem = malloc(layout.nr_groups * sizeof(*layout.group) + layout.nr_units * 4);
	exact.group = *mem;
	exact.cpu_map = (uint32_t *)(void *)(exact.group + layout.nr_groups);
	memcpy(exact.group, layout.group, layout.nr_groups * sizeof(*layout.group));
	memcpy(exact.cpu_map, layout.cpu_map, layout.nr_units * 4);
	free(whole);
	return exact;
}

static enum pcpu_setup_rule setup_rule(struct test_world *w, const struct pcpu_layout *layout,
				       uint64_t *value)
{
	return pcpu_setup_check(layout, &w->topology, 0x100000, TEST_STATIC_START, true, value);
}

TEST(B5_setup_refuses_a_cpu_equal_to_nr_cpu_ids)
{
	struct test_world w;
	struct pcpu_layout layout;
	uint64_t value = 0;
	void *mem;

	test_world_init(&w, "0011");
	layout = layout_of(&w, &mem);
	CHECK_EQ(setup_rule(&w, &layout, &value), PCPU_NR_SETUP_RULES);
	layout.cpu_map[0] = w.topology.nr_cpu_ids;
	CHECK_EQ(setup_rule(&w, &layout, &value), PCPU_SETUP_CPU_RANGE);
	CHECK_EQ(value, 4);
	w.topology.nr_cpu_ids = 70000;
	CHECK_EQ(setup_rule(&w, &layout, &value), PCPU_SETUP_CPU_RANGE);
	CHECK_EQ(value, 70000);
	free(mem);
}

TEST(B6_setup_is_bounded_when_the_group_table_is_full)
{
	struct test_world w;
	struct pcpu_layout layout;
	uint64_t value = 0;
	void *mem;

	test_world_init(&w, "0123456789");
	layout = layout_of(&w, &mem);
	CHECK_EQ(layout.nr_groups, 10);
	CHECK_EQ(setup_rule(&w, &layout, &value), PCPU_NR_SETUP_RULES);
	free(mem);
	test_world_open(&w);
	test_world_close(&w);
}

/* Every other rule of set-up, each broken alone. */
TEST(setup_refuses_each_broken_rule)
{
	struct test_world w;
	struct pcpu_layout good, layout;
	uint64_t value = 0;
	void *mem;

	test_world_init(&w, "00.1");
	good = layout = layout_of(&w, &mem);
#define REFUSED(change, rule)                                                                      \
	do {                                                                                       \
		layout = good;                                                                     \
		change;                                                                            \
		CHECK_EQ(setup_rule(&w, &layout, &value), PCPU_SETUP_##rule);                      \
	} while (0)
	REFUSED(layout.nr_groups = 0, NO_GROUP);
	REFUSED(layout.page_bytes *= 2, PAGE);
	REFUSED(layout.static_bytes = 0, STATIC_EMPTY);
	REFUSED(layout.size_sum_bytes = layout.unit_bytes + 4096, UNIT_SUM);
	REFUSED(layout.unit_bytes++, UNIT_PAGES);
	REFUSED(layout.unit_bytes = layout.size_sum_bytes = 16384, UNIT_MIN);
	REFUSED(layout.dyn_bytes = 4096, DYN_MIN);
	REFUSED(layout.cpu_map[0] = 2, CPU_POSSIBLE);
#undef REFUSED
	layout = good;
	layout.cpu_map[0] = 0;
	layout.static_bytes = 0;
	CHECK_EQ(pcpu_setup_check(&layout, &w.topology, 0x100000, 0, false, &value),
		 PCPU_SETUP_STATIC_EMPTY);
	CHECK_EQ(pcpu_setup_check(&layout, &w.topology, 0x100000, 0x1000, false, &value),
		 PCPU_NR_SETUP_RULES);
	layout = good;
	CHECK_EQ(pcpu_setup_check(&layout, &w.topology, 0x100000, 5, true, &value),
		 PCPU_SETUP_STATIC_START);
	CHECK_EQ(pcpu_setup_check(&layout, &w.topology, 0, 0, true, &value), PCPU_SETUP_BASE_NULL);
	CHECK_EQ(pcpu_setup_check(&layout, &w.topology, 77, 0, true, &value),
		 PCPU_SETUP_BASE_ALIGN);
	layout.cpu_map[0] = 1;
	CHECK_EQ(setup_rule(&w, &layout, &value), PCPU_SETUP_CPU_TWICE);
	CHECK_EQ(value, 1);
	layout.cpu_map[0] = PCPU_NO_CPU;
	CHECK_EQ(setup_rule(&w, &layout, &value), PCPU_SETUP_CPU_UNMAPPED);
	CHECK_EQ(value, 0);
	free(mem);
}

/* 4.1 forbids two free neighbours, so a head is never merged into a free record: asserted. */
static void b7_run(void *argument)
{
	struct pcpu_fit fit;

	pcpu_engine_find("area")->alloc(argument, 8, 4, NULL, &fit);
}

TEST(B7_head_before_a_free_run_is_asserted_away)
{
	const struct pcpu_map_ops *area = pcpu_engine_find("area");
	int32_t records[16] = {0};
	struct pcpu_map map = {.ops = area};
	const char *what;

	area->init(&map, records, 16, 0, 100);
	records[0] = 2;
	records[1] = 98;
	map.used = 2;
	what = sim_catch_assert(b7_run, &map);
	CHECK(what && strstr(what, "record[i - 1] < 0"));
}

TEST(B8_alignment_that_is_no_power_of_two_is_refused)
{
	static const size_t bad[] = {0, 3, 6, 12, 24, 4095, 8192};
	struct test_world w;

	test_world_init(&w, "00");
	test_world_open(&w);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CHECK_EQ(pcpu_alloc(w.pcpu, 16, bad[i], 0).value, 0);
		CHECK_EQ(test_world_reported(&w, PCPU_EV_ALLOC_REFUSED), i + 1);
	}
	CHECK_EQ(pcpu_alloc(w.pcpu, 0, 8, 0).value, 0);
	CHECK_EQ(pcpu_alloc(w.pcpu, PCPU_MIN_UNIT_BYTES + 1, 8, 0).value, 0);
	CHECK_EQ(test_world_event(&w, PCPU_EV_ALLOC_REFUSED).a, PCPU_MIN_UNIT_BYTES + 1);
	test_world_check(&w);
	test_world_close(&w);
}

/* Fills the first chunk's dynamic space, so that the next allocation needs a chunk and pages. */
static void first_fill(struct test_world *w)
{
	while (test_world_place(w, pcpu_alloc(w->pcpu, 4096, 4, 0)).kind == PCPU_CHUNK_FIRST)
		;
}

TEST(B9_pages_failing_half_way_are_given_back_exactly)
{
	struct test_world w;
	struct sim_ledger before, after;

	test_world_init(&w, "001");
	test_world_open(&w);
	first_fill(&w);
	sim_ledger(w.plat, &before);
	for (uint64_t k = 0; k < 6; k++) { /* 2 pages on 3 CPUs */
		lab_fail_at(w.plat, k, false);
		CHECK_EQ(pcpu_alloc(w.pcpu, 8192, 4096, 0).value, 0);
		sim_ledger(w.plat, &after);
		CHECK_EQ(after.pages, before.pages);
		test_world_check(&w);
	}
	lab_fail_never(w.plat);
	CHECK(pcpu_alloc(w.pcpu, 8192, 4096, 0).value);
	sim_ledger(w.plat, &after);
	CHECK_EQ(after.pages, before.pages + 6);
	test_world_close(&w);
}

TEST(B10_mapping_failing_half_way_flushes_what_it_unmaps)
{
	struct test_world w;
	struct sim_ledger before, after;

	test_world_init(&w, "001");
	test_world_open(&w);
	first_fill(&w);
	sim_ledger(w.plat, &before);
	lab_fail_at(w.plat, 3, false);
	CHECK_EQ(pcpu_alloc(w.pcpu, 8192, 4096, 0).value, 0);
	lab_fail_never(w.plat);
	sim_ledger(w.plat, &after);
	CHECK_EQ(after.nr_flushes, before.nr_flushes + 1);
	CHECK_EQ(after.pages_awaiting_flush, 0);
	test_world_close(&w);
}

static void free_reports(struct test_world *w, uintptr_t pointer, enum pcpu_misuse misuse)
{
	struct pcpu_report report;
	struct pcpu_stats before, after;

	pcpu_stats(w->pcpu, &before);
	pcpu_free(w->pcpu, (struct pcpu_ptr){pointer});
	CHECK(lab_take_misuse(w->plat, &report));
	CHECK_EQ(report.id, misuse);
	CHECK_EQ(report.pointer, pointer);
	pcpu_stats(w->pcpu, &after);
	CHECK_EQ(memcmp(&before.nr_frees, &after.nr_frees, sizeof(before.nr_frees)), 0);
	CHECK_EQ(before.free_bytes, after.free_bytes);
	test_world_check(w);
}

TEST(B14_static_and_given_back_addresses_are_refused)
{
	struct test_world w;
	const struct pcpu_layout *layout;

	for (uint64_t reserved = 0; reserved <= 8192; reserved += 8192) {
		test_world_init(&w, "00");
		w.config.sizes.atom_bytes = 1 << 20;
		w.config.sizes.reserved_bytes = reserved;
		test_world_open(&w);
		layout = pcpu_layout(w.pcpu);
		CHECK(layout->size_sum_bytes + 4096 < layout->unit_bytes);
		free_reports(&w, TEST_STATIC_START, PCPU_MISUSE_STATIC_FREE);
		free_reports(&w, TEST_STATIC_START + 4999, PCPU_MISUSE_STATIC_FREE);
		free_reports(&w, TEST_STATIC_START + layout->size_sum_bytes, PCPU_MISUSE_WILD_FREE);
		free_reports(&w, TEST_STATIC_START + layout->unit_bytes - 8, PCPU_MISUSE_WILD_FREE);
		free_reports(&w, 8, PCPU_MISUSE_WILD_FREE);
		CHECK(!pcpu_lookup(w.pcpu, (struct pcpu_ptr){TEST_STATIC_START},
				   &(struct pcpu_place){0}));
		test_world_close(&w);
	}
}

TEST(B15_fall_back_warning_names_what_failed)
{
	struct test_world w;
	struct pcpu_event event;
	struct lab_text text;
	char line[256];

	test_world_init(&w, "0011");
	w.sim.area_gap_bytes = UINT64_C(1) << 40;
	w.config.space_bytes = UINT64_C(1) << 30;
	test_world_open(&w);
	event = test_world_event(&w, PCPU_EV_FALLBACK);
	CHECK_EQ(event.a, PCPU_CHOICE_EMBED);
	CHECK_EQ(event.b, PCPU_ESPAN);
	lab_text_init(&text, line, sizeof(line));
	lab_put_event(&text, &event);
	CHECK(strstr(line, "embed"));
	CHECK(!strstr(line, "auto"));
	test_world_close(&w);
}

/* Start-up maps are part of the instance: freed with it whether or not they were replaced
   meanwhile. */
TEST(B16_start_up_maps_are_never_freed_by_themselves)
{
	struct test_world w;
	struct pcpu_stats stats;

	for (int extend = 0; extend < 2; extend++) {
		test_world_init(&w, "00");
		test_world_open(&w);
		for (int i = 0; extend && i < 300; i++)
			CHECK(pcpu_alloc(w.pcpu, 4, 4, 0).value);
		for (int i = 0; extend && i < 300; i++)
			CHECK(pcpu_alloc(w.pcpu, 4, 4, PCPU_RESERVED).value);
		pcpu_stats(w.pcpu, &stats);
		CHECK_EQ(stats.nr_extensions > 0, extend);
		test_world_close(&w);
	}
}

static bool no_zero_area(void *context, const struct pcpu_chunk_view *view)
{
	struct pcpu_area area = {0};

	while (view->map->ops->next(view->map, &area))
		CHECK(area.bytes > 0);
	++*(int *)context;
	return true;
}

TEST(B17_static_size_zero_leaves_no_empty_record)
{
	struct test_world w;
	struct pcpu_stats stats;
	struct pcpu_ptr p;
	int nr_chunks = 0;

	test_world_init(&w, "0");
	w.config.sizes.static_bytes = 0;
	w.config.sizes.reserved_bytes = 0;
	test_world_open_plat(&w);
	CHECK_EQ(pcpu_create(&w.config, &w.pcpu), PCPU_EINVAL);
	CHECK_EQ(test_world_event(&w, PCPU_EV_SETUP_REFUSED).a, PCPU_SETUP_STATIC_EMPTY);
	test_world_close(&w);

	w.config.uniprocessor = true;
	test_world_open(&w);
	pcpu_visit(w.pcpu, no_zero_area, &nr_chunks);
	CHECK_EQ(nr_chunks, 1);
	p = pcpu_alloc(w.pcpu, 16, 16, 0);
	CHECK_EQ(test_world_place(&w, p).offset, 0);
	pcpu_free(w.pcpu, p);
	pcpu_stats(w.pcpu, &stats);
	CHECK_EQ(stats.live_bytes, 0);
	CHECK_EQ(stats.free_bytes, pcpu_layout(w.pcpu)->size_sum_bytes);
	test_world_close(&w);
}

/* One live object on page 0 of a later chunk that was once full. */
/* Ids have a hole at 2 and end at 4. percpu.h's own trap: test_percpu_debug.c. */
TEST(B18_an_access_of_an_impossible_cpu_is_reported)
{
	static const uint32_t impossible[] = {2, 5, UINT32_MAX};
	struct test_world w;
	struct pcpu_ptr p;

	test_world_init(&w, "00.11");
	test_world_open(&w);
	p = pcpu_alloc(w.pcpu, 64, 8, 0);
	for (int i = 0; i < 3; i++) {
		struct pcpu_report report;

		CHECK_EQ(pcpu_address(w.pcpu, p, impossible[i]), 0);
		CHECK(lab_take_misuse(w.plat, &report));
		CHECK_EQ(report.id, PCPU_MISUSE_IMPOSSIBLE_CPU);
		CHECK_EQ(report.offset, impossible[i]);
	}
	test_world_close(&w);
}

TEST(B23_one_small_object_does_not_pin_a_chunks_pages)
{
	struct test_world w;
	struct pcpu_ptr small, big[8];
	struct pcpu_stats full, thin;

	test_world_init(&w, "01");
	w.config.sizes.atom_bytes = 1 << 18;
	test_world_open(&w);
	first_fill(&w);
	do
		small = pcpu_alloc(w.pcpu, 4, 4, 0);
	while (test_world_place(&w, small).chunk_id == 0);
	for (int i = 0; i < 6; i++)
		big[i] = pcpu_alloc(w.pcpu, 16384, 4096, 0);
	CHECK_EQ(test_world_place(&w, big[5]).chunk_id, 1);
	pcpu_stats(w.pcpu, &full);
	for (int i = 0; i < 6; i++)
		pcpu_free(w.pcpu, big[i]);
	CHECK(lab_take_kick(w.plat));
	pcpu_balance(w.pcpu);
	test_world_check(&w);
	pcpu_stats(w.pcpu, &thin);
	CHECK_EQ(full.populated_bytes - thin.populated_bytes, (24 - 4) * PCPU_PAGE_BYTES);
	CHECK(test_world_place(&w, small).chunk_id == 1);
	test_world_close(&w);
}

/*
 * Fills chunk `id` with 1-byte objects and frees every other one, with a detour that leaves the
 * hint stale: many free bytes, hardly two of them together, and a hint that promises 64. The last
 * object of a run keeps the 3 bytes behind it, which are too few to split.
 */
static void chunk_riddle(struct test_world *w, uint32_t id)
{
	static struct pcpu_ptr p[1 << 16];
	uint32_t half = (pcpu_layout(w->pcpu)->unit_bytes - 64) / 2, nr = 0;
	struct pcpu_ptr hole;

	while (nr < half)
		p[nr++] = pcpu_alloc(w->pcpu, 1, 1, 0);
	hole = pcpu_alloc(w->pcpu, 64, 4, 0);
	while (nr < 2 * half - 3)
		p[nr++] = pcpu_alloc(w->pcpu, 1, 1, 0);
	pcpu_free(w->pcpu, hole);
	while (nr < 2 * half - 3 + 61)
		p[nr++] = pcpu_alloc(w->pcpu, 1, 1, 0);
	for (uint32_t i = 0; i < nr; i++) {
		CHECK_EQ(test_world_place(w, p[i]).chunk_id, id);
		if (i % 2 && i + 1 < nr)
			pcpu_free(w->pcpu, p[i]);
	}
}

static bool hint_of(void *context, const struct pcpu_chunk_view *view)
{
	uint32_t *query = context; /* [0] id, [1] hint, [2] slot */

	if (view->kind == PCPU_CHUNK_RESERVED || view->id != query[0])
		return true;
	query[1] = view->map->hint_bytes;
	query[2] = (uint32_t)view->slot;
	return false;
}

/* The failed try on the riddled chunk moves it to slot 0; the walk must go on in the list it was
   in. */
TEST(B24_the_walk_stays_in_its_list_when_a_failed_try_moves_the_chunk)
{
	struct test_world w;
	struct pcpu_stats stats;
	struct pcpu_ptr p, tail;
	uint32_t one[3] = {1}, two[3] = {2}; /* see hint_of() */

	test_world_init(&w, "0");
	w.config.sizes.atom_bytes = 4096;
	test_world_open(&w);
	while (test_world_place(&w, p = pcpu_alloc(w.pcpu, 4, 4, 0)).kind == PCPU_CHUNK_FIRST)
		;
	pcpu_free(w.pcpu, p);
	chunk_riddle(&w, 1);
	/* Chunk 2: as much free in one run, so that both lie in one slot, 2 behind 1. */
	p = pcpu_alloc(w.pcpu, 32768, 4, 0);
	CHECK_EQ(test_world_place(&w, p).chunk_id, 2);
	tail = pcpu_alloc(w.pcpu, pcpu_layout(w.pcpu)->unit_bytes - 32768 - 16, 4, 0);
	CHECK_EQ(test_world_place(&w, tail).chunk_id, 2);
	pcpu_free(w.pcpu, p);
	p = pcpu_alloc(w.pcpu, 16384, 4, 0);
	CHECK_EQ(test_world_place(&w, p).chunk_id, 2);
	pcpu_visit(w.pcpu, hint_of, one);
	pcpu_visit(w.pcpu, hint_of, two);
	CHECK_EQ(one[2], two[2]);
	CHECK(one[1] >= 64);
	p = pcpu_alloc(w.pcpu, 64, 4, 0);
	CHECK_EQ(test_world_place(&w, p).chunk_id, 2);
	pcpu_visit(w.pcpu, hint_of, one);
	CHECK_EQ(one[2], 0);
	pcpu_stats(w.pcpu, &stats);
	CHECK_EQ(stats.nr_chunks, 3);
	test_world_check(&w);
	test_world_close(&w);
}

/* Embed marks group 0 as far, fails at group 1, and page knows no node: nothing is marked any
   more. */
TEST(far_marks_of_embed_do_not_outlive_it)
{
	static const uint8_t state[] = {PCPU_NODE_ONLINE, PCPU_NODE_ONLINE | PCPU_NODE_MEMORY};
	struct test_world w;

	for (int fails = 0; fails < 2; fails++) {
		test_world_init(&w, "0011");
		w.topology.node_state = state;
		w.sim.page_nodes_unknown = true;
		test_world_open_plat(&w);
		if (fails)
			/* instance, layout, table of areas, group 0 */
			lab_fail_at(w.plat, 4, false);
		CHECK_EQ(pcpu_create(&w.config, &w.pcpu), PCPU_OK);
		CHECK_EQ(pcpu_chosen(w.pcpu), fails ? PCPU_CHOICE_PAGE : PCPU_CHOICE_EMBED);
		CHECK_EQ(test_world_reported(&w, PCPU_EV_NODE_FAR), 1);
		for (uint32_t cpu = 0; cpu < 4; cpu++)
			CHECK_EQ(pcpu_bit_test(w.pcpu->cpu_is_far, cpu), !fails && cpu < 2);
		test_world_close(&w);
	}
}
