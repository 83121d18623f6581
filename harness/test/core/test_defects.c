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
#include "harness/test/lib/test_fixture.h"

TEST(B1_failed_group_area_frees_exactly_those_taken)
{
	bool refused = true;

	for (uint64_t k = 0; refused; k++) {
		struct test_fixture f;

		test_fixture_init(&f, "00112233");
		f.config.no_page_allocator = true;
		test_fixture_open_plat(&f);
		lab_fail_at(f.plat, k, false);
		refused = pcpu_create(&f.config, &f.pcpu) != PCPU_OK;
		CHECK(!refused || f.pcpu == NULL);
		test_fixture_close(&f);
		CHECK(k < 100);
	}
}

TEST(B2_too_wide_a_span_gives_every_area_back)
{
	struct test_fixture f;
	struct sim_ledger ledger;

	test_fixture_init(&f, "0011");
	f.sim.area_gap_bytes = UINT64_C(1) << 32;
	f.config.space_bytes = UINT64_C(1) << 32;
	test_fixture_open(&f);
	CHECK_EQ(pcpu_chosen(f.pcpu), PCPU_CHOICE_PAGE);
	CHECK_EQ(test_fixture_reported(&f, PCPU_EV_SPAN_WIDE), 1);
	sim_ledger(f.plat, &ledger);
	CHECK_EQ(ledger.area_pages, 0);
	CHECK_EQ(ledger.pages, 4 * pcpu_layout(f.pcpu)->size_sum_bytes / PCPU_PAGE_BYTES);
	test_fixture_close(&f);
}

/* The space is chosen so that it holds the span up to the last group's first unit, not to its
   end. */
TEST(B3_span_counts_the_whole_highest_group)
{
	struct test_fixture f;
	uint64_t whole, one_unit;

	test_fixture_init(&f, "0001111111111111");
	f.config.sizes.atom_bytes = 4096;
	test_fixture_open(&f);
	CHECK_EQ(pcpu_chosen(f.pcpu), PCPU_CHOICE_EMBED);
	CHECK_EQ(pcpu_layout(f.pcpu)->nr_groups, 2);
	whole = pcpu_layout_span(pcpu_layout(f.pcpu));
	one_unit = whole - 12ull * pcpu_layout(f.pcpu)->unit_bytes;
	test_fixture_close(&f);
	CHECK(one_unit * 4 / 3 + 64 < whole * 4 / 3 - 64);

	f.config.space_bytes = (whole * 4 / 3 + one_unit * 4 / 3) / 2;
	test_fixture_open(&f);
	CHECK_EQ(pcpu_chosen(f.pcpu), PCPU_CHOICE_PAGE);
	test_fixture_close(&f);

	f.config.space_bytes = whole / 3 * 4 + 8;
	test_fixture_open(&f);
	CHECK_EQ(pcpu_chosen(f.pcpu), PCPU_CHOICE_EMBED);
	test_fixture_close(&f);
}

/* Units are smaller than their stride here, so tails exist; giving them back first would give them
   twice. */
TEST(B4_span_is_checked_before_tails_are_given_back)
{
	struct test_fixture f;

	test_fixture_init(&f, "000111");
	f.config.sizes.atom_bytes = 1 << 20;
	f.sim.area_gap_bytes = UINT64_C(1) << 32;
	f.config.space_bytes = UINT64_C(1) << 30;
	test_fixture_open(&f);
	CHECK_EQ(pcpu_chosen(f.pcpu), PCPU_CHOICE_PAGE);
	test_fixture_close(&f);
}

/* A layout to damage, in exact memory, so that a sanitizer sees a step beyond. */
static struct pcpu_layout layout_of(struct test_fixture *f, void **mem)
{
	struct pcpu_layout layout, exact;
	void *whole = malloc(pcpu_layout_memory(&f->topology));

	CHECK_EQ(pcpu_layout_build(&f->topology, &f->config.sizes, whole, &layout), PCPU_OK);
	exact = layout;
	*mem = malloc(layout.nr_groups * sizeof(*layout.group) + layout.nr_units * 4);
	exact.group = *mem;
	exact.cpu_map = (uint32_t *)(void *)(exact.group + layout.nr_groups);
	memcpy(exact.group, layout.group, layout.nr_groups * sizeof(*layout.group));
	memcpy(exact.cpu_map, layout.cpu_map, layout.nr_units * 4);
	free(whole);
	return exact;
}

static enum pcpu_setup_rule setup_rule(struct test_fixture *f, const struct pcpu_layout *layout,
				       uint64_t *value)
{
	return pcpu_setup_check(layout, &f->topology, 0x100000, TEST_STATIC_START, true, value);
}

TEST(B5_setup_refuses_a_cpu_equal_to_nr_cpu_ids)
{
	struct test_fixture f;
	struct pcpu_layout layout;
	uint64_t value = 0;
	void *mem;

	test_fixture_init(&f, "0011");
	layout = layout_of(&f, &mem);
	CHECK_EQ(setup_rule(&f, &layout, &value), PCPU_NR_SETUP_RULES);
	layout.cpu_map[0] = f.topology.nr_cpu_ids;
	CHECK_EQ(setup_rule(&f, &layout, &value), PCPU_SETUP_CPU_RANGE);
	CHECK_EQ(value, 4);
	f.topology.nr_cpu_ids = 70000;
	CHECK_EQ(setup_rule(&f, &layout, &value), PCPU_SETUP_CPU_RANGE);
	CHECK_EQ(value, 70000);
	free(mem);
}

TEST(B6_setup_is_bounded_when_the_group_table_is_full)
{
	struct test_fixture f;
	struct pcpu_layout layout;
	uint64_t value = 0;
	void *mem;

	test_fixture_init(&f, "0123456789");
	layout = layout_of(&f, &mem);
	CHECK_EQ(layout.nr_groups, 10);
	CHECK_EQ(setup_rule(&f, &layout, &value), PCPU_NR_SETUP_RULES);
	free(mem);
	test_fixture_open(&f);
	test_fixture_close(&f);
}

/* Every other rule of set-up, each broken alone. */
TEST(setup_refuses_each_broken_rule)
{
	struct test_fixture f;
	struct pcpu_layout good, layout;
	uint64_t value = 0;
	void *mem;

	test_fixture_init(&f, "00.1");
	good = layout = layout_of(&f, &mem);
#define REFUSED(change, rule)                                                                      \
	do {                                                                                       \
		layout = good;                                                                     \
		change;                                                                            \
		CHECK_EQ(setup_rule(&f, &layout, &value), PCPU_SETUP_##rule);                      \
	} while (0)
	REFUSED(layout.nr_groups = 0, NO_GROUP);
	REFUSED(layout.page_bytes *= 2, PAGE);
	REFUSED(layout.static_bytes = 0, STATIC_EMPTY);
	REFUSED(layout.size_sum_bytes = layout.unit_bytes + 4096, UNIT_SUM);
	REFUSED(layout.skew_bytes = 32, SKEW);
	REFUSED((layout.skew_bytes = 64, layout.unit_bytes = layout.size_sum_bytes), UNIT_SUM);
	REFUSED(layout.unit_bytes++, UNIT_PAGES);
	REFUSED(layout.unit_bytes = layout.size_sum_bytes = 16384, UNIT_MIN);
	REFUSED(layout.dyn_bytes = 4096, DYN_MIN);
	REFUSED(layout.cpu_map[0] = 2, CPU_POSSIBLE);
#undef REFUSED
	layout = good;
	layout.cpu_map[0] = 0;
	layout.static_bytes = 0;
	CHECK_EQ(pcpu_setup_check(&layout, &f.topology, 0x100000, 0, false, &value),
		 PCPU_SETUP_STATIC_EMPTY);
	CHECK_EQ(pcpu_setup_check(&layout, &f.topology, 0x100000, 0x1000, false, &value),
		 PCPU_NR_SETUP_RULES);
	layout = good;
	CHECK_EQ(pcpu_setup_check(&layout, &f.topology, 0x100000, 5, true, &value),
		 PCPU_SETUP_STATIC_START);
	CHECK_EQ(pcpu_setup_check(&layout, &f.topology, 0, 0, true, &value), PCPU_SETUP_BASE_NULL);
	CHECK_EQ(pcpu_setup_check(&layout, &f.topology, 77, 0, true, &value),
		 PCPU_SETUP_BASE_ALIGN);
	layout.cpu_map[0] = 1;
	CHECK_EQ(setup_rule(&f, &layout, &value), PCPU_SETUP_CPU_TWICE);
	CHECK_EQ(value, 1);
	layout.cpu_map[0] = PCPU_NO_CPU;
	CHECK_EQ(setup_rule(&f, &layout, &value), PCPU_SETUP_CPU_UNMAPPED);
	CHECK_EQ(value, 0);
	free(mem);
}

/* 4.1 forbids two free neighbours, so a head is never merged into a free record: asserted. */
static void b7_run(void *argument)
{
	struct pcpu_fit fit;

	pcpu_engine_find("area")->map->alloc(argument, 8, 4, NULL, &fit);
}

TEST(B7_head_before_a_free_run_is_asserted_away)
{
	const struct pcpu_map_ops *area = pcpu_engine_find("area")->map;
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
	struct test_fixture f;

	test_fixture_init(&f, "00");
	test_fixture_open(&f);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CHECK_EQ(pcpu_alloc(f.pcpu, 16, bad[i], 0).value, 0);
		CHECK_EQ(test_fixture_reported(&f, PCPU_EV_ALLOC_REFUSED), i + 1);
	}
	CHECK_EQ(pcpu_alloc(f.pcpu, 0, 8, 0).value, 0);
	CHECK_EQ(pcpu_alloc(f.pcpu, PCPU_MIN_UNIT_BYTES + 1, 8, 0).value, 0);
	CHECK_EQ(test_fixture_event(&f, PCPU_EV_ALLOC_REFUSED).a, PCPU_MIN_UNIT_BYTES + 1);
	test_fixture_check(&f);
	test_fixture_close(&f);
}

/* Fills the first chunk's dynamic space, so that the next allocation needs a chunk and pages. */
static void first_fill(struct test_fixture *f)
{
	while (test_fixture_place(f, pcpu_alloc(f->pcpu, 4096, 4, 0)).kind == PCPU_CHUNK_FIRST)
		;
}

TEST(B9_pages_failing_half_way_are_given_back_exactly)
{
	struct test_fixture f;
	struct sim_ledger before, after;

	test_fixture_init(&f, "001");
	test_fixture_open(&f);
	first_fill(&f);
	sim_ledger(f.plat, &before);
	for (uint64_t k = 0; k < 6; k++) { /* 2 pages on 3 CPUs */
		lab_fail_at(f.plat, k, false);
		CHECK_EQ(pcpu_alloc(f.pcpu, 8192, 4096, 0).value, 0);
		sim_ledger(f.plat, &after);
		CHECK_EQ(after.pages, before.pages);
		test_fixture_check(&f);
	}
	lab_fail_never(f.plat);
	CHECK(pcpu_alloc(f.pcpu, 8192, 4096, 0).value);
	sim_ledger(f.plat, &after);
	CHECK_EQ(after.pages, before.pages + 6);
	test_fixture_close(&f);
}

TEST(B10_mapping_failing_half_way_flushes_what_it_unmaps)
{
	struct test_fixture f;
	struct sim_ledger before, after;

	test_fixture_init(&f, "001");
	test_fixture_open(&f);
	first_fill(&f);
	sim_ledger(f.plat, &before);
	lab_fail_at(f.plat, 3, false);
	CHECK_EQ(pcpu_alloc(f.pcpu, 8192, 4096, 0).value, 0);
	lab_fail_never(f.plat);
	sim_ledger(f.plat, &after);
	CHECK_EQ(after.nr_flushes, before.nr_flushes + 1);
	CHECK_EQ(after.pages_awaiting_flush, 0);
	test_fixture_close(&f);
}

static void free_reports(struct test_fixture *f, uintptr_t pointer, enum pcpu_misuse misuse)
{
	struct pcpu_report report;
	struct pcpu_stats before, after;

	pcpu_stats(f->pcpu, &before);
	pcpu_free(f->pcpu, (struct pcpu_ptr){pointer});
	CHECK(lab_take_misuse(f->plat, &report));
	CHECK_EQ(report.id, misuse);
	CHECK_EQ(report.pointer, pointer);
	pcpu_stats(f->pcpu, &after);
	CHECK_EQ(memcmp(&before.nr_frees, &after.nr_frees, sizeof(before.nr_frees)), 0);
	CHECK_EQ(before.free_bytes, after.free_bytes);
	test_fixture_check(f);
}

TEST(B14_static_and_given_back_addresses_are_refused)
{
	struct test_fixture f;
	const struct pcpu_layout *layout;

	for (uint64_t reserved = 0; reserved <= 8192; reserved += 8192) {
		test_fixture_init(&f, "00");
		f.config.sizes.atom_bytes = 1 << 20;
		f.config.sizes.reserved_bytes = reserved;
		test_fixture_open(&f);
		layout = pcpu_layout(f.pcpu);
		CHECK(layout->size_sum_bytes + 4096 < layout->unit_bytes);
		free_reports(&f, TEST_STATIC_START, PCPU_MISUSE_STATIC_FREE);
		free_reports(&f, TEST_STATIC_START + 4999, PCPU_MISUSE_STATIC_FREE);
		free_reports(&f, TEST_STATIC_START + layout->size_sum_bytes, PCPU_MISUSE_WILD_FREE);
		free_reports(&f, TEST_STATIC_START + layout->unit_bytes - 8, PCPU_MISUSE_WILD_FREE);
		free_reports(&f, 8, PCPU_MISUSE_WILD_FREE);
		CHECK(!pcpu_lookup(f.pcpu, (struct pcpu_ptr){TEST_STATIC_START},
				   &(struct pcpu_place){0}));
		test_fixture_close(&f);
	}
}

TEST(B15_fall_back_warning_names_what_failed)
{
	struct test_fixture f;
	struct pcpu_event event;
	struct lab_text text;
	char line[256];

	test_fixture_init(&f, "0011");
	f.sim.area_gap_bytes = UINT64_C(1) << 40;
	f.config.space_bytes = UINT64_C(1) << 30;
	test_fixture_open(&f);
	event = test_fixture_event(&f, PCPU_EV_FALLBACK);
	CHECK_EQ(event.a, PCPU_CHOICE_EMBED);
	CHECK_EQ(event.b, PCPU_ESPAN);
	lab_text_init(&text, line, sizeof(line));
	lab_put_event(&text, &event);
	CHECK(strstr(line, "embed"));
	CHECK(!strstr(line, "auto"));
	test_fixture_close(&f);
}

/* Start-up maps are part of the instance: freed with it whether or not they were replaced
   meanwhile. */
TEST(B16_start_up_maps_are_never_freed_by_themselves)
{
	struct test_fixture f;
	struct pcpu_stats stats;

	for (int extend = 0; extend < 2; extend++) {
		test_fixture_init(&f, "00");
		test_fixture_open(&f);
		for (int i = 0; extend && i < 300; i++)
			CHECK(pcpu_alloc(f.pcpu, 4, 4, 0).value);
		for (int i = 0; extend && i < 300; i++)
			CHECK(pcpu_alloc(f.pcpu, 4, 4, PCPU_RESERVED).value);
		pcpu_stats(f.pcpu, &stats);
		CHECK_EQ(stats.nr_extensions > 0, extend);
		test_fixture_close(&f);
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
	struct test_fixture f;
	struct pcpu_stats stats;
	struct pcpu_ptr p;
	int nr_chunks = 0;

	test_fixture_init(&f, "0");
	f.config.sizes.static_bytes = 0;
	f.config.sizes.reserved_bytes = 0;
	test_fixture_open_plat(&f);
	CHECK_EQ(pcpu_create(&f.config, &f.pcpu), PCPU_EINVAL);
	CHECK_EQ(test_fixture_event(&f, PCPU_EV_SETUP_REFUSED).a, PCPU_SETUP_STATIC_EMPTY);
	test_fixture_close(&f);

	f.config.uniprocessor = true;
	test_fixture_open(&f);
	pcpu_visit(f.pcpu, no_zero_area, &nr_chunks);
	CHECK_EQ(nr_chunks, 1);
	p = pcpu_alloc(f.pcpu, 16, 16, 0);
	CHECK_EQ(test_fixture_place(&f, p).offset, 0);
	pcpu_free(f.pcpu, p);
	pcpu_stats(f.pcpu, &stats);
	CHECK_EQ(stats.live_bytes, 0);
	CHECK_EQ(stats.free_bytes, pcpu_layout(f.pcpu)->size_sum_bytes);
	test_fixture_close(&f);
}

/* One live object on page 0 of a later chunk that was once full. */
/* Ids have a hole at 2 and end at 4. percpu.h's own trap: test_percpu_debug.c. */
TEST(B18_an_access_of_an_impossible_cpu_is_reported)
{
	static const uint32_t impossible[] = {2, 5, UINT32_MAX};
	struct test_fixture f;
	struct pcpu_ptr p;

	test_fixture_init(&f, "00.11");
	test_fixture_open(&f);
	p = pcpu_alloc(f.pcpu, 64, 8, 0);
	for (int i = 0; i < 3; i++) {
		struct pcpu_report report;

		CHECK_EQ(pcpu_address(f.pcpu, p, impossible[i]), 0);
		CHECK(lab_take_misuse(f.plat, &report));
		CHECK_EQ(report.id, PCPU_MISUSE_IMPOSSIBLE_CPU);
		CHECK_EQ(report.offset, impossible[i]);
	}
	test_fixture_close(&f);
}

TEST(B23_one_small_object_does_not_pin_a_chunks_pages)
{
	struct test_fixture f;
	struct pcpu_ptr small, big[8];
	struct pcpu_stats full, thin;

	test_fixture_init(&f, "01");
	f.config.sizes.atom_bytes = 1 << 18;
	test_fixture_open(&f);
	first_fill(&f);
	do
		small = pcpu_alloc(f.pcpu, 4, 4, 0);
	while (test_fixture_place(&f, small).chunk_id == 0);
	for (int i = 0; i < 6; i++)
		big[i] = pcpu_alloc(f.pcpu, 16384, 4096, 0);
	CHECK_EQ(test_fixture_place(&f, big[5]).chunk_id, 1);
	pcpu_stats(f.pcpu, &full);
	for (int i = 0; i < 6; i++)
		pcpu_free(f.pcpu, big[i]);
	CHECK(lab_take_kick(f.plat));
	pcpu_balance(f.pcpu);
	test_fixture_check(&f);
	pcpu_stats(f.pcpu, &thin);
	CHECK_EQ(full.populated_bytes - thin.populated_bytes, (24 - 4) * PCPU_PAGE_BYTES);
	CHECK(test_fixture_place(&f, small).chunk_id == 1);
	test_fixture_close(&f);
}

/*
 * Fills chunk `id` with 1-byte objects and frees every other one, with a detour that leaves the
 * hint stale: many free bytes, hardly two of them together, and a hint that promises 64. The last
 * object of a run keeps the 3 bytes behind it, which are too few to split.
 */
static void chunk_riddle(struct test_fixture *f, uint32_t id)
{
	static struct pcpu_ptr p[1 << 16];
	uint32_t half = (pcpu_layout(f->pcpu)->unit_bytes - 64) / 2, nr = 0;
	struct pcpu_ptr hole;

	while (nr < half)
		p[nr++] = pcpu_alloc(f->pcpu, 1, 1, 0);
	hole = pcpu_alloc(f->pcpu, 64, 4, 0);
	while (nr < 2 * half - 3)
		p[nr++] = pcpu_alloc(f->pcpu, 1, 1, 0);
	pcpu_free(f->pcpu, hole);
	while (nr < 2 * half - 3 + 61)
		p[nr++] = pcpu_alloc(f->pcpu, 1, 1, 0);
	for (uint32_t i = 0; i < nr; i++) {
		CHECK_EQ(test_fixture_place(f, p[i]).chunk_id, id);
		if (i % 2 && i + 1 < nr)
			pcpu_free(f->pcpu, p[i]);
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
	struct test_fixture f;
	struct pcpu_stats stats;
	struct pcpu_ptr p, tail;
	uint32_t one[3] = {1}, two[3] = {2}; /* see hint_of() */

	test_fixture_init(&f, "0");
	f.config.sizes.atom_bytes = 4096;
	test_fixture_open(&f);
	while (test_fixture_place(&f, p = pcpu_alloc(f.pcpu, 4, 4, 0)).kind == PCPU_CHUNK_FIRST)
		;
	pcpu_free(f.pcpu, p);
	chunk_riddle(&f, 1);
	/* Chunk 2: as much free in one run, so that both lie in one slot, 2 behind 1. */
	p = pcpu_alloc(f.pcpu, 32768, 4, 0);
	CHECK_EQ(test_fixture_place(&f, p).chunk_id, 2);
	tail = pcpu_alloc(f.pcpu, pcpu_layout(f.pcpu)->unit_bytes - 32768 - 16, 4, 0);
	CHECK_EQ(test_fixture_place(&f, tail).chunk_id, 2);
	pcpu_free(f.pcpu, p);
	p = pcpu_alloc(f.pcpu, 16384, 4, 0);
	CHECK_EQ(test_fixture_place(&f, p).chunk_id, 2);
	pcpu_visit(f.pcpu, hint_of, one);
	pcpu_visit(f.pcpu, hint_of, two);
	CHECK_EQ(one[2], two[2]);
	CHECK(one[1] >= 64);
	p = pcpu_alloc(f.pcpu, 64, 4, 0);
	CHECK_EQ(test_fixture_place(&f, p).chunk_id, 2);
	pcpu_visit(f.pcpu, hint_of, one);
	CHECK_EQ(one[2], 0);
	pcpu_stats(f.pcpu, &stats);
	CHECK_EQ(stats.nr_chunks, 3);
	test_fixture_check(&f);
	test_fixture_close(&f);
}

/* Embed marks group 0 as far, fails at group 1, and page knows no node: nothing is marked any
   more. */
TEST(far_marks_of_embed_do_not_outlive_it)
{
	static const uint8_t state[] = {PCPU_NODE_ONLINE, PCPU_NODE_ONLINE | PCPU_NODE_MEMORY};
	struct test_fixture f;

	for (int fails = 0; fails < 2; fails++) {
		test_fixture_init(&f, "0011");
		f.topology.node_state = state;
		f.sim.page_nodes_unknown = true;
		test_fixture_open_plat(&f);
		if (fails)
			/* instance, layout, table of areas, group 0 */
			lab_fail_at(f.plat, 4, false);
		CHECK_EQ(pcpu_create(&f.config, &f.pcpu), PCPU_OK);
		CHECK_EQ(pcpu_chosen(f.pcpu), fails ? PCPU_CHOICE_PAGE : PCPU_CHOICE_EMBED);
		CHECK_EQ(test_fixture_reported(&f, PCPU_EV_NODE_FAR), 1);
		for (uint32_t cpu = 0; cpu < 4; cpu++)
			CHECK_EQ(pcpu_bit_test(f.pcpu->cpu_is_far, cpu), !fails && cpu < 2);
		test_fixture_close(&f);
	}
}
