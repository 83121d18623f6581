/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_alloc.c - allocate and free: reserved, atomic, balance, failures told, addresses, both
   backings. */
#include <string.h>

#include "harness/test/lib/test.h"
#include "harness/test/lib/test_fixture.h"

static void open_default(struct test_fixture *f, const char *nodes)
{
	test_fixture_init(f, nodes);
	test_fixture_open(f);
}

static struct pcpu_stats stats_of(struct test_fixture *f)
{
	struct pcpu_stats stats;

	pcpu_stats(f->pcpu, &stats);
	return stats;
}

/* Refused like an illegal size, whatever else is right, and nothing changes. */
static void flags_refused(struct test_fixture *f, unsigned flags)
{
	uint64_t nr = test_fixture_reported(f, PCPU_EV_ALLOC_REFUSED);
	struct pcpu_stats before = stats_of(f), after;
	struct pcpu_report report;
	struct pcpu_event event;

	CHECK_EQ(pcpu_alloc(f->pcpu, 16, 8, flags).value, 0);
	after = stats_of(f);
	CHECK_EQ(after.nr_failed[PCPU_CAUSE_ILLEGAL], before.nr_failed[PCPU_CAUSE_ILLEGAL] + 1);
	CHECK_EQ(after.nr_live, before.nr_live);
	CHECK_EQ(after.nr_probes, before.nr_probes);
	CHECK(!lab_take_misuse(f->plat, &report));
	if (after.nr_failed[PCPU_CAUSE_ILLEGAL] > PCPU_MAX_FAILURE_LOGS)
		return;
	CHECK_EQ(test_fixture_reported(f, PCPU_EV_ALLOC_REFUSED), nr + 1);
	event = test_fixture_event(f, PCPU_EV_ALLOC_REFUSED);
	CHECK(event.a == 16 && event.b == 8 && event.c == flags);
}

TEST(unknown_flags_are_refused)
{
	struct test_fixture f;

	test_fixture_init(&f, "00.11");
	test_fixture_open(&f);
	for (unsigned bit = 0; bit < 8 * sizeof(unsigned); bit++) {
		unsigned flag = 1u << bit;

		if (flag & PCPU_ALL_FLAGS) {
			pcpu_free(f.pcpu, pcpu_alloc(f.pcpu, 16, 8, flag));
			continue;
		}
		flags_refused(&f, flag);
		flags_refused(&f, flag | PCPU_ATOMIC);
		flags_refused(&f, flag | PCPU_RESERVED);
		flags_refused(&f, flag | PCPU_RESERVED | PCPU_ATOMIC);
	}
	CHECK_EQ(stats_of(&f).nr_frees, 3); /* without a front PCPU_NO_WAIT has nothing */
	CHECK_EQ(stats_of(&f).nr_failed[PCPU_CAUSE_INTERRUPTED], 1);
	flags_refused(&f, ~0u);
	pcpu_free(f.pcpu, pcpu_alloc(f.pcpu, 16, 8, PCPU_ATOMIC | PCPU_RESERVED));
	CHECK_EQ(stats_of(&f).nr_frees, 4);
	test_fixture_check(&f);
	test_fixture_close(&f);
}

/* [static 5000][reserved 8192][dyn ...]: the first fit of each part. */
TEST(first_objects_land_where_the_specification_says)
{
	struct test_fixture f;
	struct pcpu_ptr p[4];

	open_default(&f, "00");
	p[0] = pcpu_alloc(f.pcpu, 16, 8, 0);
	p[1] = pcpu_alloc(f.pcpu, 16, 64, 0);
	p[2] = pcpu_alloc(f.pcpu, 8, 8, 0);
	p[3] = pcpu_alloc(f.pcpu, 8, 4, PCPU_RESERVED);
	CHECK_EQ(test_fixture_place(&f, p[0]).offset, 13192);
	CHECK_EQ(test_fixture_place(&f, p[1]).offset, 13248);
	CHECK_EQ(test_fixture_place(&f, p[2]).offset, 13208);
	CHECK_EQ(test_fixture_place(&f, p[3]).offset, 5000);
	CHECK_EQ(test_fixture_place(&f, p[3]).kind, PCPU_CHUNK_RESERVED);
	CHECK_EQ(p[0].value, TEST_STATIC_START + 13192);
	test_fixture_check(&f);
	test_fixture_close(&f);
}

TEST(reserved_requests_never_spill_over)
{
	struct test_fixture f;
	struct pcpu_ptr p = {1};
	uint32_t nr = 0;

	open_default(&f, "00");
	for (; p.value; nr += p.value != 0)
		p = pcpu_alloc(f.pcpu, 64, 8, PCPU_RESERVED);
	CHECK_EQ(nr, 8192 / 64);
	CHECK_EQ(test_fixture_event(&f, PCPU_EV_ALLOC_FAILED).c, PCPU_CAUSE_RESERVED_FULL);
	CHECK_EQ(stats_of(&f).nr_failed[PCPU_CAUSE_RESERVED_FULL], 1);
	CHECK(pcpu_alloc(f.pcpu, 64, 8, 0).value);
	test_fixture_close(&f);

	test_fixture_init(&f, "00");
	f.config.sizes.reserved_bytes = 0;
	test_fixture_open(&f);
	p = pcpu_alloc(f.pcpu, 64, 8, PCPU_RESERVED);
	CHECK_EQ(test_fixture_place(&f, p).kind, PCPU_CHUNK_FIRST);
	test_fixture_close(&f);
}

TEST(ten_failures_are_reported_then_silence_is_announced)
{
	struct test_fixture f;

	open_default(&f, "00");
	for (int i = 0; i < 25; i++)
		CHECK(!pcpu_alloc(f.pcpu, 9000, 8, PCPU_RESERVED).value);
	CHECK_EQ(test_fixture_reported(&f, PCPU_EV_ALLOC_FAILED), 10);
	CHECK_EQ(test_fixture_reported(&f, PCPU_EV_ALLOC_FAILED_SILENT), 1);
	CHECK_EQ(stats_of(&f).nr_failed[PCPU_CAUSE_RESERVED_FULL], 25);
	test_fixture_close(&f);
}

TEST(misuse_is_reported_and_changes_nothing)
{
	struct test_fixture f;
	struct pcpu_ptr p;
	struct pcpu_report report;

	open_default(&f, "00");
	pcpu_free(f.pcpu, (struct pcpu_ptr){0});
	CHECK(!lab_take_misuse(f.plat, &report));
	p = pcpu_alloc(f.pcpu, 64, 8, 0);
	pcpu_free(f.pcpu, (struct pcpu_ptr){p.value + 8});
	CHECK(lab_take_misuse(f.plat, &report));
	CHECK_EQ(report.id, PCPU_MISUSE_DOUBLE_FREE);
	CHECK_EQ(report.chunk_id, 0);
	CHECK_EQ(report.offset, 13192 + 8);
	pcpu_free(f.pcpu, p);
	CHECK(!lab_take_misuse(f.plat, &report));
	pcpu_free(f.pcpu, p);
	CHECK(lab_take_misuse(f.plat, &report));
	CHECK_EQ(report.id, PCPU_MISUSE_DOUBLE_FREE);
	CHECK_EQ(pcpu_address(f.pcpu, p, 2), 0);
	CHECK(lab_take_misuse(f.plat, &report));
	CHECK_EQ(report.id, PCPU_MISUSE_IMPOSSIBLE_CPU);
	CHECK_EQ(report.offset, 2);
	CHECK_EQ(stats_of(&f).nr_frees, 1);
	test_fixture_check(&f);
	test_fixture_close(&f);
}

TEST(everything_freed_leaves_one_empty_chunk)
{
	static struct pcpu_ptr p[400];
	struct test_fixture f;

	open_default(&f, "0011");
	for (int i = 0; i < 400; i++)
		p[i] = pcpu_alloc(f.pcpu, 1000, 8, 0);
	CHECK(stats_of(&f).nr_chunks > 4);
	for (int i = 0; i < 400; i++) {
		pcpu_free(f.pcpu, p[i]);
		if (lab_take_kick(f.plat))
			pcpu_balance(f.pcpu);
	}
	test_fixture_check(&f);
	CHECK_EQ(stats_of(&f).nr_chunks, 2);
	CHECK_EQ(stats_of(&f).live_bytes, 0);
	CHECK(stats_of(&f).nr_chunks_destroyed > 0);
	test_fixture_close(&f);
}

TEST(both_backings_hold_every_invariant)
{
	for (int km = 0; km < 2; km++) {
		static struct pcpu_ptr p[200];
		struct test_fixture f;

		test_fixture_init(&f, "000");
		f.config.backing = km ? PCPU_BACKING_KM : PCPU_BACKING_VM;
		test_fixture_open(&f);
		for (int i = 0; i < 200; i++)
			p[i] = pcpu_alloc(f.pcpu, (size_t)(i * 37 % 2000 + 1), 8, 0);
		test_fixture_check(&f);
		for (int i = 0; i < 200; i += 2)
			pcpu_free(f.pcpu, p[i]);
		pcpu_balance(f.pcpu);
		test_fixture_check(&f);
		for (int i = 1; i < 200; i += 2)
			pcpu_free(f.pcpu, p[i]);
		pcpu_balance(f.pcpu);
		test_fixture_check(&f);
		test_fixture_close(&f);
	}
}

/* From the first atomic request on, the worker keeps 2 to 4 empty populated pages ready. */
TEST(atomic_requests_use_populated_pages_only)
{
	struct test_fixture f;
	struct sim_ledger before, after;
	struct pcpu_ptr p = {1};
	int nr = 0;

	open_default(&f, "01");
	sim_ledger(f.plat, &before);
	for (; p.value; nr += p.value != 0) {
		sim_set_atomic(f.plat, true);
		p = pcpu_alloc(f.pcpu, 1024, 8, PCPU_ATOMIC);
		sim_set_atomic(f.plat, false);
	}
	CHECK(nr > 15);
	sim_ledger(f.plat, &after);
	CHECK_EQ(after.nr_calls, before.nr_calls);
	CHECK_EQ(stats_of(&f).nr_failed[PCPU_CAUSE_ATOMIC], 1);
	CHECK(lab_take_kick(f.plat));
	pcpu_balance(f.pcpu);
	CHECK_EQ(stats_of(&f).nr_empty_pages, 4);
	CHECK_EQ(stats_of(&f).nr_chunks, 2);
	for (int i = 0; i < 16; i++) {
		CHECK(pcpu_alloc(f.pcpu, 1024, 1024, PCPU_ATOMIC).value);
		if (i == 1) /* a new chunk's map is small: the worker was asked for more records */
			pcpu_balance(f.pcpu);
	}
	CHECK(!pcpu_alloc(f.pcpu, 1024, 1024, PCPU_ATOMIC).value);
	pcpu_balance(f.pcpu);
	CHECK_EQ(stats_of(&f).nr_empty_pages, 4);
	test_fixture_check(&f);
	test_fixture_close(&f);
}

TEST(atomic_objects_skip_unpopulated_holes)
{
	struct test_fixture f;
	struct pcpu_ptr a, b, c;

	open_default(&f, "0");
	while (test_fixture_place(&f, a = pcpu_alloc(f.pcpu, 4096, 4096, 0)).chunk_id == 0)
		;
	b = pcpu_alloc(f.pcpu, 4096, 4096, 0);
	c = pcpu_alloc(f.pcpu, 4096, 4096, 0);
	CHECK_EQ(test_fixture_place(&f, c).offset, 8192);
	pcpu_free(f.pcpu, a);
	pcpu_free(f.pcpu, b);
	/* Pages 0, 1, 2 are populated: 12 KiB fit only from page 3 on, which is not. */
	pcpu_free(f.pcpu, c);
	CHECK(pcpu_alloc(f.pcpu, 8000, 4096, PCPU_ATOMIC).value);
	CHECK_EQ(test_fixture_place(&f, pcpu_alloc(f.pcpu, 4000, 8, PCPU_ATOMIC)).offset, 8000);
	CHECK(!pcpu_alloc(f.pcpu, 4000, 8, PCPU_ATOMIC).value);
	test_fixture_check(&f);
	test_fixture_close(&f);
}

/* Every fallible call of an allocation that needs a chunk fails once: the next one has that id. */
TEST(a_chunk_of_a_failed_call_leaves_its_id)
{
	bool placed = false;

	for (uint64_t k = 0; !placed; k++) {
		struct test_fixture f;
		struct pcpu_ptr p;

		open_default(&f, "00");
		while (pcpu_alloc(f.pcpu, 4096, 8, PCPU_ATOMIC).value)
			; /* the first chunk has no page left */
		lab_fail_at(f.plat, k, false);
		placed = pcpu_alloc(f.pcpu, 4096, 8, 0).value != 0;
		lab_fail_never(f.plat);
		CHECK(placed || k < 100);
		p = pcpu_alloc(f.pcpu, 4096, 8, 0);
		CHECK_EQ(test_fixture_place(&f, p).chunk_id, 1);
		test_fixture_close(&f);
	}
}

/* Populated pages are flushed once, over the span of both units, before anybody sees them. */
TEST(populating_flushes_once_over_the_span)
{
	struct test_fixture f;
	struct sim_ledger before, after;

	open_default(&f, "00");
	while (pcpu_alloc(f.pcpu, 4096, 8, PCPU_ATOMIC).value)
		;
	sim_ledger(f.plat, &before);
	CHECK(pcpu_alloc(f.pcpu, 8192, 4096, 0).value);
	sim_ledger(f.plat, &after);
	CHECK_EQ(after.nr_flushes, before.nr_flushes + 1);
	CHECK_EQ(after.flushed_bytes,
		 before.flushed_bytes + pcpu_layout(f.pcpu)->unit_bytes + 8192);
	test_fixture_close(&f);
}

/*
 *	pages	|####|.#..|	# used: 4096 bytes, 100 that are freed again, 100
 */
TEST(stranded_bytes_are_the_free_ones_on_populated_pages)
{
	struct test_fixture f;
	struct pcpu_ptr p;
	uint64_t before;

	open_default(&f, "00");
	for (uint32_t size = 4096; size >= 4; size /= 2)
		while (pcpu_alloc(f.pcpu, size, 4, PCPU_ATOMIC).value)
			; /* the first chunk is full */
	before = stats_of(&f).stranded_bytes;
	CHECK(pcpu_alloc(f.pcpu, 4096, 4096, 0).value);
	CHECK_EQ(stats_of(&f).stranded_bytes, before);
	p = pcpu_alloc(f.pcpu, 100, 4096, 0);
	CHECK(pcpu_alloc(f.pcpu, 100, 4, 0).value);
	pcpu_free(f.pcpu, p);
	CHECK_EQ(test_fixture_place(&f, p).offset, 4096);
	CHECK_EQ(stats_of(&f).stranded_bytes, before + PCPU_PAGE_BYTES - 100);
	test_fixture_check(&f);
	test_fixture_close(&f);
}

/*
 *	pages	0 1 2 3 4 5 6 7 8 9		# used, o empty, - not populated
 *	freed	o o o o o o o o # #	balance	o o o o - - - - # #
 *	filled	# # # # - - - - # o	an atomic page: 9, though 4 comes first
 */
TEST(atomic_objects_lie_behind_an_unpopulated_hole)
{
	struct test_fixture f;
	struct pcpu_ptr a[10];

	test_fixture_init(&f, "0");
	f.config.sizes.unit_bytes = 65536;
	test_fixture_open(&f);
	while (test_fixture_place(&f, a[0] = pcpu_alloc(f.pcpu, 4096, 4096, 0)).chunk_id == 0)
		;
	for (int i = 1; i < 10; i++)
		a[i] = pcpu_alloc(f.pcpu, 4096, 4096, 0);
	CHECK_EQ(test_fixture_place(&f, a[9]).offset, 9 * 4096);
	for (int i = 0; i < 8; i++)
		pcpu_free(f.pcpu, a[i]);
	pcpu_balance(f.pcpu);
	for (uint32_t page = 0; page < 4; page++)
		CHECK_EQ(test_fixture_place(&f, pcpu_alloc(f.pcpu, 4096, 4096, PCPU_ATOMIC)).offset,
			 page * 4096);
	CHECK(!pcpu_alloc(f.pcpu, 4096, 4096, PCPU_ATOMIC).value);
	pcpu_free(f.pcpu, a[9]);
	CHECK_EQ(test_fixture_place(&f, pcpu_alloc(f.pcpu, 4096, 4096, PCPU_ATOMIC)).offset,
		 9 * 4096);
	test_fixture_check(&f);
	test_fixture_close(&f);
}

TEST(atomic_requests_request_room_ahead)
{
	struct test_fixture f;

	test_fixture_init(&f, "0");
	test_fixture_open(&f);
	for (unsigned flags = PCPU_ATOMIC; flags <= (PCPU_ATOMIC | PCPU_RESERVED);
	     flags += PCPU_RESERVED) {
		struct pcpu_ptr p[130];
		uint64_t extensions;

		for (int i = 0; i < 130; i++) {
			p[i] = pcpu_alloc(f.pcpu, 4, 4, flags);
			if (lab_take_kick(f.plat) && i > 120)
				break;
			CHECK(i < 129 || p[i].value == 0);
		}
		extensions = stats_of(&f).nr_extensions;
		pcpu_balance(f.pcpu);
		CHECK_EQ(stats_of(&f).nr_extensions, extensions + 1);
		CHECK(pcpu_alloc(f.pcpu, 4, 4, flags).value);
	}
	test_fixture_check(&f);
	test_fixture_close(&f);
}

/* No room and no way to get any: told to the caller, and the worker is asked. */
TEST(atomic_request_on_a_full_map_fails_and_requests_room)
{
	struct test_fixture f;
	int nr = 0;

	open_default(&f, "0");
	while (pcpu_alloc(f.pcpu, 4, 4, PCPU_ATOMIC).value)
		nr++;
	CHECK_EQ(nr, 125); /* 128 records: [static], 125 objects, [rest], and 2 spare are no more */
	pcpu_balance(f.pcpu);
	CHECK(pcpu_alloc(f.pcpu, 4, 4, PCPU_ATOMIC).value);
	test_fixture_close(&f);
}

TEST(addresses_lead_to_pointers_from_every_cpu)
{
	struct test_fixture f;
	struct pcpu_ptr p, found;
	uint32_t cpu;

	open_default(&f, "00.11");
	p = pcpu_alloc(f.pcpu, 32768, 8, 0);
	CHECK_EQ(test_fixture_place(&f, p).kind, PCPU_CHUNK_LATER);
	for (uint32_t on = 0; on < 5; on++) {
		if (on == 2)
			continue;
		CHECK(pcpu_from_address(f.pcpu, pcpu_address(f.pcpu, p, on) + 100, &found, &cpu));
		CHECK_EQ(found.value, p.value + 100);
		CHECK_EQ(cpu, on);
		CHECK(pcpu_is_static_address(f.pcpu, TEST_STATIC_START + pcpu_offsets(f.pcpu)[on]));
		CHECK(!pcpu_is_static_address(f.pcpu,
					      TEST_STATIC_START + pcpu_offsets(f.pcpu)[on] + 5000));
		CHECK(!pcpu_is_static_address(f.pcpu, pcpu_address(f.pcpu, p, on)));
		CHECK_EQ(pcpu_address_to_phys(f.pcpu, pcpu_address(f.pcpu, p, on) + 5),
			 plat_phys(f.plat, pcpu_address(f.pcpu, p, on)) + 5);
	}
	CHECK(!pcpu_from_address(f.pcpu, 12345, &found, &cpu));
	/* A variable's value is no address, though the impossible CPU's offset is 0. */
	CHECK(!pcpu_from_address(f.pcpu, TEST_STATIC_START + 100, &found, &cpu));
	CHECK(!pcpu_is_static_address(f.pcpu, 12345));
	test_fixture_close(&f);
}

/* Chunks whose keys are single pages fill, and on their end empty, nodes of the index. */
TEST(index_grows_and_shrinks_with_chunks_of_many_keys)
{
	static struct pcpu_ptr p[100];
	struct test_fixture f;
	uint64_t metadata;

	test_fixture_init(&f, "0");
	f.config.choice = PCPU_CHOICE_PAGE;
	test_fixture_open(&f);
	metadata = stats_of(&f).metadata_bytes;
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 100; i++)
			p[i] = pcpu_alloc(f.pcpu, 30000, 8, 0);
		test_fixture_check(&f);
		for (int i = 0; i < 100; i++)
			pcpu_free(f.pcpu, p[i]);
		pcpu_balance(f.pcpu);
		test_fixture_check(&f);
	}
	CHECK(stats_of(&f).metadata_bytes < metadata + 8192);
	test_fixture_close(&f);
}

TEST(engines_are_found_by_name)
{
	CHECK(pcpu_nr_engines >= 1);
	for (uint32_t i = 0; i < pcpu_nr_engines; i++)
		CHECK(pcpu_engine_find(pcpu_engines[i].name) == &pcpu_engines[i]);
	CHECK(pcpu_engine_find("no such engine") == NULL);
}

/* Where the pointer with value 0 would lie in the second chunk, that chunk is put elsewhere. */
TEST(no_object_is_null)
{
	uintptr_t base, second;
	struct test_fixture f;
	struct pcpu_ptr p;

	open_default(&f, "01");
	base = pcpu_base(f.pcpu);
	p = pcpu_alloc(f.pcpu, 32768, 4096, 0);
	CHECK_EQ(test_fixture_place(&f, p).chunk_id, 1);
	second = base + p.value - TEST_STATIC_START - test_fixture_place(&f, p).offset;
	test_fixture_close(&f);
	for (int km = 0; km < 2; km++) {
		test_fixture_init(&f, km ? "00" : "01");
		f.config.backing = km ? PCPU_BACKING_KM : PCPU_BACKING_VM;
		f.config.static_start = base - second;
		test_fixture_open(&f);
		p = pcpu_alloc(f.pcpu, 32768, 4096, 0);
		CHECK(p.value);
		CHECK_EQ(test_fixture_place(&f, p).chunk_id, 1);
		CHECK_EQ(stats_of(&f).nr_chunks, 2);
		test_fixture_check(&f);
		pcpu_free(f.pcpu, p);
		test_fixture_close(&f);
	}
}

static bool stop_at_once(void *context, const struct pcpu_chunk_view *view)
{
	++*(int *)context;
	return false;
}

TEST(a_visitor_may_stop)
{
	struct test_fixture f;
	int nr = 0;

	test_fixture_init(&f, "0");
	test_fixture_open(&f);
	pcpu_visit(f.pcpu, stop_at_once, &nr);
	CHECK_EQ(nr, 1);
	test_fixture_close(&f);
	f.config.sizes.reserved_bytes = 0;
	test_fixture_open(&f);
	pcpu_visit(f.pcpu, stop_at_once, &nr);
	CHECK_EQ(nr, 2);
	test_fixture_close(&f);
}

TEST(destroy_takes_null_and_live_objects)
{
	struct test_fixture f;

	pcpu_destroy(NULL);
	open_default(&f, "01");
	for (int i = 0; i < 100; i++)
		CHECK(pcpu_alloc(f.pcpu, 3000, 8, 0).value);
	test_fixture_close(&f);
}

/*
 *	chunk 1	|##########......|	# used pages, . empty
 *	chunk 2	|########........|	the emptier one: its pages are stocked
 */
TEST(balance_stocks_the_emptiest_chunk)
{
	struct test_fixture f;

	open_default(&f, "0");
	while (test_fixture_place(&f, pcpu_alloc(f.pcpu, 4096, 4096, 0)).chunk_id == 0)
		;
	for (int page = 1; page < 10; page++)
		CHECK_EQ(test_fixture_place(&f, pcpu_alloc(f.pcpu, 4096, 4096, 0)).chunk_id, 1);
	CHECK_EQ(test_fixture_place(&f, pcpu_alloc(f.pcpu, 32768, 4, 0)).chunk_id, 2);
	CHECK_EQ(pcpu_alloc(f.pcpu, 4096, 4096, PCPU_ATOMIC).value, 0);
	pcpu_balance(f.pcpu);
	CHECK_EQ(stats_of(&f).nr_empty_pages, 4);
	for (int page = 0; page < 4; page++)
		CHECK_EQ(test_fixture_place(&f, pcpu_alloc(f.pcpu, 4096, 4096, PCPU_ATOMIC))
				 .chunk_id,
			 2);
	test_fixture_close(&f);
}

/* The numbers of each event of a chunk's life, as events.def names them. */
TEST(events_of_chunks_name_them)
{
	struct pcpu_event event;
	struct test_fixture f;
	struct pcpu_ptr p[3];
	uintptr_t base;

	open_default(&f, "00");
	for (int i = 0; i < 3; i++) /* two in chunk 1, one in chunk 2 */
		p[i] = pcpu_alloc(f.pcpu, 32768, 4, 0);
	base = p[2].value - TEST_STATIC_START + pcpu_base(f.pcpu);
	event = test_fixture_event(&f, PCPU_EV_CHUNK_CREATED);
	CHECK(event.a == 2 && event.b == base);
	for (int i = 3; i-- > 0;)
		pcpu_free(f.pcpu, p[i]);
	pcpu_balance(f.pcpu);
	event = test_fixture_event(&f, PCPU_EV_CHUNK_DESTROYED);
	CHECK(event.a == 2 && event.b == base);
	while (test_fixture_reported(&f, PCPU_EV_MAP_EXTENDED) == 0)
		CHECK(pcpu_alloc(f.pcpu, 4, 4, 0).value);
	event = test_fixture_event(&f, PCPU_EV_MAP_EXTENDED);
	CHECK(event.a == 0 && event.b == PCPU_DYNAMIC_EARLY_SLOTS && event.c == 2 * event.b);
	test_fixture_close(&f);
}

static bool slot_of_first(void *context, const struct pcpu_chunk_view *view)
{
	*(int *)context = view->slot;
	return view->kind != PCPU_CHUNK_FIRST;
}

/* A hole in its middle is filled: all of the chunk is used, though its hint was not lowered. */
TEST(a_full_chunk_is_in_slot_0_whatever_its_hint)
{
	uint32_t left;
	int slot;
	struct test_fixture f;
	struct pcpu_ptr p;

	open_default(&f, "0");
	p = pcpu_alloc(f.pcpu, 8, 4, 0);
	left = pcpu_layout(f.pcpu)->dyn_bytes - 8;
	for (uint32_t size = PCPU_MIN_UNIT_BYTES; left > 0; left -= size) {
		size = left < size ? left : size;
		CHECK(pcpu_alloc(f.pcpu, size, 1, 0).value);
	}
	pcpu_free(f.pcpu, p);
	CHECK_EQ(pcpu_alloc(f.pcpu, 8, 4, 0).value, p.value);
	pcpu_visit(f.pcpu, slot_of_first, &slot);
	CHECK_EQ(slot, 0);
	test_fixture_close(&f);
}

/* Two chunks wait to be reclaimed: what is freed in a third one wants no balance by itself. */
TEST(a_free_wants_balance_for_its_own_chunk_only)
{
	struct pcpu_ptr p[6];
	struct test_fixture f;

	test_fixture_init(&f, "00");
	f.config.backing = PCPU_BACKING_KM; /* where no pages are to spare */
	test_fixture_open(&f);
	for (int i = 0; i < 6; i++) /* two each in chunks 1, 2, 3 */
		p[i] = pcpu_alloc(f.pcpu, 32768, 4, 0);
	for (int i = 0; i < 5; i++) {
		pcpu_free(f.pcpu, p[i]);
		CHECK_EQ(lab_take_kick(f.plat), i == 3);
	}
	pcpu_free(f.pcpu, p[5]);
	CHECK(lab_take_kick(f.plat));
	test_fixture_close(&f);
}
