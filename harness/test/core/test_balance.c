/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_balance.c - the runner's oracle of balance (SPEC.md 14) and the account of the statistics:
 * each of their sentences is provoked behind the runner's back, at its boundary.
 *
 *	placed		right after an allocation: a kick is taken away, or made
 *	was_refused	right after pcpu_balance(): pages, chunks and records come or go
 *
 * The fixture: 4 CPUs, units of 64 KiB, 7 empty pages in the first chunk and none elsewhere.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/chunk.h"
#include "harness/check/map_counted.h"
#include "harness/check/run/run_parts.h"
#include "harness/test/lib/run_fixture.h"
#include "harness/platform/sim/sim.h"
#include "harness/test/lib/test.h"

#define T2 "# pcpu-trace-ops 1\n"

static const struct pcpu_sizes sizes = {
	.static_bytes = 4096, .reserved_bytes = 4096, .dyn_bytes = 28672, .atom_bytes = 65536,
};

static struct {
	struct run_fixture fixture;
	struct run_trace trace;
	struct lab_map_counts counts;
	struct lab_run_options options;
	struct lab_result result;
	uint32_t at;			 /* the object after which something is done */
	void (*after_alloc)(void);	 /* done then */
	void (*after_balance)(void);	 /* done after the first balance, or ... */
	uint32_t balances_before;	 /* ... after one behind so many */
	bool refused;			 /* what was_refused() says */
	uint32_t nr_questions;
} f;

static void placed(void *context, uint32_t id, bool was_placed, const struct pcpu_place *place)
{
	if (id == f.at && f.after_alloc)
		f.after_alloc();
}

/* Asked before each balance and after it. */
static bool was_refused(void *context)
{
	if (++f.nr_questions == 2 + 2 * f.balances_before && f.after_balance)
		f.after_balance();
	return f.refused;
}

static void set_up_with(const char *text, const struct pcpu_sizes *wanted)
{
	memset(&f, 0, sizeof(f));
	run_fixture_open(&f.fixture, "# pcpu-topology 1\nnode 0 cpus 0-3\n", wanted,
			 lab_map_counted(&f.counts, &pcpu_engines[0]));
	run_trace_parse(&f.trace, text, strlen(text));
	f.options = (struct lab_run_options){
		.check = LAB_CHECK_ALL, .honour_atomic = true, .inject_failures = true,
		.placed = placed, .was_refused = was_refused, .counts = &f.counts,
	};
}

static void set_up(const char *text)
{
	set_up_with(text, &sizes);
}

static bool run(void)
{
	return run_fixture_run(&f.fixture, &f.trace.trace, &f.options, true, &f.result);
}

static void tear_down(void)
{
	run_trace_free(&f.trace);
	run_fixture_close(&f.fixture);
}

static void expect_clean(const char *text)
{
	set_up(text);
	if (!run())
		FAIL("step %zu: %s", f.result.verdict.step, f.result.verdict.sentence);
	tear_down();
}

/* After set_up(), and what else the test wants to be so. */
static void blame(const char *sentence)
{
	CHECK(!run());
	CHECK_STR(f.result.verdict.sentence, sentence);
	sim_destroy(f.fixture.plat); /* what was done to the allocator stays */
	run_trace_free(&f.trace);
	free(f.fixture.topology);
}

/* What happens after object `at`, or after the first balance, must be blamed with this sentence. */
static void expect_blame(const char *text, uint32_t at, void (*after_alloc)(void),
			 void (*after_balance)(void), const char *sentence)
{
	expect_clean(text);
	set_up(text);
	f.at = at;
	f.after_alloc = after_alloc;
	f.after_balance = after_balance;
	blame(sentence);
}

/* --- a kick ---------------------------------------------------------------------------------- */

static void take_kick_away(void)
{
	CHECK(lab_take_kick(f.fixture.plat));
}

static void make_kick(void)
{
	CHECK(!lab_take_kick(f.fixture.plat));
	plat_kick(f.fixture.plat, f.fixture.pcpu);
}

static const char is_due[] = "balance is wanted where its rules are met";
static const char is_not_due[] = "balance is wanted only where its rules are met";

/* 7 empty pages: 5 go, 2 are enough; the sixth is one too many. */
TEST(a_kick_is_due_below_two_empty_pages)
{
	expect_blame(T2 "a 0 16384 4 --\na 1 4096 4 A-\n", 1, make_kick, NULL, is_not_due);
	expect_blame(T2 "a 0 20480 4 --\na 1 4096 4 A-\n", 1, take_kick_away, NULL, is_due);
}

TEST(a_kick_is_due_after_an_atomic_refusal_and_no_other)
{
	expect_blame(T2 "a 0 30000 4 A-\n", 0, take_kick_away, NULL, is_due);
	expect_blame(T2 "a 0 30000 3 A-\n", 0, make_kick, NULL, is_not_due);
	expect_blame(T2 "k 0 +\na 0 30000 4 --\nk 4294967295\n", 0, make_kick, NULL, is_not_due);
	expect_blame(T2 "a 0 8192 4 -R\n", 0, make_kick, NULL, is_not_due);
	expect_blame(T2 "a 0 8192 4 AR\n", 0, take_kick_away, NULL, is_due);
}

/* A map of 16 records has fewer than 17 to spare, the first chunk's 128 have not. */
TEST(a_kick_is_due_where_an_atomic_caller_leaves_few_records)
{
	expect_blame(T2 "a 0 30000 4 --\na 1 8 4 A-\n", 1, make_kick, NULL, is_not_due);
	expect_blame(T2 "a 0 28672 4 --\na 1 30000 4 --\na 2 4 4 --\na 3 4 4 A-\n", 3,
		     take_kick_away, NULL, is_due);
}

static void free_both(void)
{
	struct pcpu_ptr p = pcpu_alloc(f.fixture.pcpu, 8, 8, 0);

	pcpu_free(f.fixture.pcpu, p);
	plat_kick(f.fixture.plat, f.fixture.pcpu);
}

TEST(an_ordinary_allocation_wants_no_balance)
{
	set_up(T2 "a 0 16384 4 --\na 1 8 4 --\n");
	f.at = 1;
	f.after_alloc = free_both;
	f.options.check = LAB_CHECK_MODEL;
	CHECK(!run());
	CHECK_STR(f.result.verdict.sentence, is_not_due);
	tear_down();
}

/* --- what balance leaves --------------------------------------------------------------------- */

static struct pcpu_chunk *later(void)
{
	for (uint32_t slot = 0; slot < f.fixture.pcpu->nr_slots; slot++) {
		struct pcpu_list *l, *next;

		PCPU_FOR_EACH_CHUNK(l, next, &f.fixture.pcpu->slots[slot])
			if (PCPU_CHUNK_OF(l)->kind == PCPU_CHUNK_LATER)
				return PCPU_CHUNK_OF(l);
	}
	FAIL("the fixture has no later chunk");
}

static void outer(void (*work)(struct pcpu *pcpu, struct pcpu_chunk *chunk))
{
	plat_lock(f.fixture.plat, PLAT_LOCK_OUTER);
	work(f.fixture.pcpu, later());
	plat_unlock(f.fixture.plat, PLAT_LOCK_OUTER);
}

static void populate_last(struct pcpu *pcpu, struct pcpu_chunk *chunk)
{
	CHECK(pcpu_chunk_populate(pcpu, chunk, chunk->nr_pages - 1, chunk->nr_pages));
}

static void one_page_more(void)
{
	outer(populate_last);
}

static void depopulate_one(struct pcpu *pcpu, struct pcpu_chunk *chunk)
{
	uint32_t nr = pcpu->nr_empty_pages, page = chunk->nr_pages;

	while (pcpu->nr_empty_pages == nr) {
		CHECK(page-- > 0);
		pcpu_chunk_depopulate(pcpu, chunk, page, page + 1);
	}
}

static void one_page_less(void)
{
	outer(depopulate_one);
}

static void create_one(struct pcpu *pcpu, struct pcpu_chunk *chunk)
{
	CHECK(pcpu_chunk_create(pcpu));
}

static void one_chunk_more(void)
{
	outer(create_one);
}

static void extend(struct pcpu *pcpu, struct pcpu_chunk *chunk)
{
	plat_lock(pcpu->plat, PLAT_LOCK_INNER);
	CHECK(pcpu_chunk_extend(pcpu, chunk, chunk->map.capacity - chunk->map.used + 1));
	plat_unlock(pcpu->plat, PLAT_LOCK_INNER);
}

static void one_map_more(void)
{
	outer(extend);
}

static void few_records(void)
{
	later()->map.capacity = later()->map.used + 33;
}

/* The last chunk of the emptiest slot, empty, goes. */
static void one_chunk_less(void)
{
	struct pcpu *pcpu = f.fixture.pcpu;
	struct pcpu_chunk *chunk = PCPU_CHUNK_OF(pcpu->slots[pcpu->empty_slot].prev);

	plat_lock(f.fixture.plat, PLAT_LOCK_OUTER);
	plat_lock(f.fixture.plat, PLAT_LOCK_INNER);
	CHECK(pcpu_chunk_is_empty(pcpu, chunk));
	pcpu_chunk_retire(pcpu, chunk);
	plat_unlock(f.fixture.plat, PLAT_LOCK_INNER);
	pcpu_chunk_destroy(pcpu, chunk);
	plat_unlock(f.fixture.plat, PLAT_LOCK_OUTER);
}

static void one_record_left(void)
{
	later()->map.capacity = later()->map.used + 1;
}

static void one_reserved_record_left(void)
{
	f.fixture.pcpu->reserved.map.capacity = f.fixture.pcpu->reserved.map.used + 1;
}

static void zeroed_one_more(void)
{
	f.fixture.pcpu->stats.zeroed_bytes++;
}

/* The first chunk is full, and of a later one some pages. */
#define FULL T2 "a 0 28672 4 --\na 1 30000 4 --\n"

TEST(balance_fills_up_to_four_empty_pages_for_atomic_callers)
{
	static const char text[] = FULL "a 2 4 4 A-\nb\n";

	expect_blame(text, 9, NULL, one_page_more,
		     "balance fills up to the high mark and no further");
	expect_blame(text, 9, NULL, one_page_less,
		     "balance fills up to the high mark where memory is there");
	/* Where memory is not there, so much cannot be wanted, but that what was there stays. */
	set_up(FULL "a 2 4096 4096 --\nf 2\nk 0 +\na 3 4 4 A-\nb\nk 4294967295\n");
	f.refused = true;
	f.after_balance = one_page_less;
	blame("balance fills up to the high mark and no further");
	set_up(FULL "k 0 +\na 2 4 4 A-\nk 4294967295\n");
	f.refused = true;
	CHECK(run());
	tear_down();
	set_up(FULL "k 0 +\na 2 4 4 A-\nk 4294967295\n");
	CHECK(!run());
	CHECK_STR(f.result.verdict.sentence,
		  "balance fills up to the high mark where memory is there");
	tear_down();
}

TEST(balance_leaves_pages_alone_until_an_atomic_request_came)
{
	static const char text[] = FULL "b\n";

	expect_blame(text, 9, NULL, one_page_more, "balance leaves no chunk with pages to spare");
	expect_blame(FULL "a 2 8192 4 --\nf 2\nb\n", 9, NULL, one_page_less,
		     "balance gives back no more pages than are to spare");
}

TEST(balance_makes_no_chunk_that_nobody_needs)
{
	expect_blame(FULL "b\n", 9, NULL, one_chunk_more, "balance leaves one empty chunk");
	/* Though those that are there could hold no stock: nobody asked for it. */
	expect_blame(T2 "a 0 28672 4 --\na 1 32768 4 --\na 2 32768 4 --\nb\n", 9, NULL,
		     one_chunk_more, "balance leaves one empty chunk");
	expect_blame(FULL "a 2 30000 4 --\na 3 30000 4 --\nf 3\nb\n", 9, NULL, one_chunk_less,
		     "balance keeps the first empty chunk, and those in use");
	/* Pages are stocked, and the chunks that are there have them. */
	expect_blame(FULL "a 2 4 4 A-\nb\n", 9, NULL, one_chunk_more,
		     "balance leaves one empty chunk");
}

TEST(balance_extends_what_atomic_callers_found_full_and_nothing_else)
{
	expect_blame(FULL "a 2 4 4 A-\n", 9, NULL, few_records,
		     "balance extends the maps that atomic callers found full");
	expect_blame(FULL "b\n", 9, NULL, one_map_more,
		     "balance extends maps for atomic callers only");
	set_up(FULL "a 2 4 4 A-\nb\n"); /* the atomic caller was served by the balance before */
	f.after_balance = one_map_more;
	f.balances_before = 1;
	blame("balance extends maps for atomic callers only");
}

/* So many objects of four bytes in the reserved chunk, then a balance. */
static void reserved_text(char *text, int nr, const char *flags)
{
	text += sprintf(text, T2);
	for (int i = 0; i < nr; i++)
		text += sprintf(text, "a %d 4 4 %s\n", i, flags);
	sprintf(text, "b\n");
}

/* Callers that sleep left the reserved map fewer than 34 spare records: nobody wants more. */
TEST(balance_leaves_a_map_alone_that_no_atomic_caller_met)
{
	char text[4096];

	reserved_text(text, 100, "-R");
	expect_clean(text);
}

/* And whose room they use up is extended for them, which begins a search again. */
TEST(the_reserved_map_has_room_like_any_other)
{
	char text[4096];

	reserved_text(text, 140, "-R");
	expect_clean(text);
	reserved_text(text, 140, "AR");
	expect_clean(text);
	expect_clean(FULL "a 2 4 4 AR\nb\n"); /* pages are stocked for such callers too */
}

/* Fifteen records of sixteen are used by callers that sleep: an atomic one is refused, and the map
   extended although nobody took an area of it. */
TEST(balance_extends_a_map_that_an_atomic_search_met_full)
{
	static const char text[] =
		FULL "a 2 4 4 --\na 3 4 4 --\na 4 4 4 --\na 5 4 4 --\na 6 4 4 --\na 7 4 4 --\n"
		    "a 8 4 4 --\na 9 4 4 --\na 10 4 4 --\na 11 4 4 --\na 12 4 4 --\na 13 4 4 --\n"
		    "a 14 4 4 --\na 15 4 4 A-\na 15 4 4 A-\n";
	static const char sentence[] = "balance extends the maps that atomic callers found full";
	char reserved[4096];

	set_up(text);
	CHECK(run());
	CHECK_EQ(f.result.at_end.nr_failed[PCPU_CAUSE_ATOMIC], 1);
	CHECK_EQ(f.result.at_end.nr_extensions, 1);
	CHECK_EQ(f.result.at_end.nr_restarts, 0);
	tear_down();
	expect_blame(text, 99, NULL, one_record_left, sentence);
	reserved_text(reserved, 125, "-R");
	strcpy(reserved + strlen(reserved) - 2, "a 125 4 4 AR\n");
	expect_blame(reserved, 999, NULL, one_reserved_record_left, sentence);
}

/* --- refusals, wrong frees, what stays ------------------------------------------------------- */

static void another_id(void)
{
	later()->id += 5;
}

TEST(a_refusal_that_leaves_something_is_blamed)
{
	static const char text[] = FULL "a 2 32768 4 A-\n";

	expect_blame(text, 2, one_chunk_more, NULL, "a refused request leaves no chunk behind");
	expect_blame(text, 2, another_id, NULL, "a refused request leaves no chunk behind");
	expect_blame(text, 2, one_page_more, NULL, "a refused request leaves pages as they were");
	expect_blame(FULL "a 2 30000 4 --\na 3 30000 4 --\nf 3\na 4 32768 4 A-\n", 4,
		     one_chunk_less, NULL, "a refused request leaves no chunk behind");
	expect_blame(FULL "a 2 0 4 --\n", 2, one_page_more, NULL,
		     "a refused request leaves pages as they were");
	/* And of a granted one the chunk has the next number. */
	expect_blame(FULL, 1, another_id, NULL, "chunks are numbered without a gap");
}

/* The first balance of all is the drain's: what is wrong then is seen by its end. */
TEST(a_drain_is_checked_at_its_end)
{
	expect_blame(T2 "a 0 16 4 --\n", 9, NULL, zeroed_one_more,
		     "zeroed bytes are the sizes of all newborns on all CPUs");
}

/* A quarter of 17 pages is five. */
TEST(a_quarter_of_the_pages_is_rounded_up)
{
	static const char text[] = FULL "a 2 4096 4096 --\na 3 4096 4096 --\na 4 4096 4096 --\n"
					"a 5 4096 4096 --\na 6 4096 4096 --\n"
					"f 2\nf 3\nf 4\nf 5\nf 6\n";
	struct pcpu_sizes odd = sizes;

	odd.unit_bytes = 17 * 4096;
	set_up_with(text, &odd);
	CHECK(run());
	CHECK_EQ(f.result.nr_balances, 2); /* after the fifth, and at the end */
	tear_down();
}

/* A runner that has done nothing yet. */
static struct run idle_run(void)
{
	return (struct run){
		.plat = f.fixture.plat, .pcpu = f.fixture.pcpu, .options = &f.options,
		.result = &f.result, .trace = &f.trace.trace, .ids_are_known = true,
	};
}

/* What is at this distance from the first object of all: a report of it is right only as `due`. */
static void check_report(uintptr_t pointer, struct pcpu_report due)
{
	static const char which[] = "a report says which mistake it is";
	static const char where[] = "a report says where the mistake is";
	struct run run = idle_run();

	due.pointer = pointer;
	CHECK(lab_run_check_report(&run, 0, &due));
	for (int id = 0; id < PCPU_NR_MISUSES; id++) {
		struct pcpu_report other = due;

		other.id = (enum pcpu_misuse)id;
		CHECK_EQ(lab_run_check_report(&run, 0, &other), other.id == due.id);
		if (other.id != due.id)
			CHECK_STR(f.result.verdict.sentence, which);
	}
	if (due.id != PCPU_MISUSE_DOUBLE_FREE)
		return;
	due.offset++;
	CHECK(!lab_run_check_report(&run, 0, &due));
	CHECK_STR(f.result.verdict.sentence, where);
	due.offset--;
	due.chunk_id++;
	CHECK(!lab_run_check_report(&run, 0, &due));
	CHECK_STR(f.result.verdict.sentence, where);
}

/* At both edges of the static, the reserved and the dynamic part, and of a later chunk. */
TEST(a_report_of_a_wrong_free_has_its_kind_and_place)
{
	const struct pcpu_layout *l;
	uintptr_t start, chunk;

	set_up(T2);
	l = pcpu_layout(f.fixture.pcpu);
	start = f.fixture.pcpu->static_start;
	chunk = pcpu_alloc(f.fixture.pcpu, 32768, 4, 0).value;
	check_report(start, (struct pcpu_report){ .id = PCPU_MISUSE_STATIC_FREE });
	check_report(start + 4095, (struct pcpu_report){ .id = PCPU_MISUSE_STATIC_FREE });
	check_report(start + 4096, (struct pcpu_report){.id = PCPU_MISUSE_DOUBLE_FREE,
							.chunk_id = PCPU_NO_CHUNK,
							.offset = 4096});
	check_report(start + 8191, (struct pcpu_report){.id = PCPU_MISUSE_DOUBLE_FREE,
							.chunk_id = PCPU_NO_CHUNK,
							.offset = 8191});
	check_report(start + 8192,
		     (struct pcpu_report){ .id = PCPU_MISUSE_DOUBLE_FREE, .offset = 8192 });
	check_report(start + l->size_sum_bytes - 1,
		     (struct pcpu_report){ .id = PCPU_MISUSE_DOUBLE_FREE,
					   .offset = l->size_sum_bytes - 1 });
	check_report(start + l->size_sum_bytes,
		     (struct pcpu_report){ .id = PCPU_MISUSE_WILD_FREE });
	check_report(chunk, (struct pcpu_report){ .id = PCPU_MISUSE_DOUBLE_FREE, .chunk_id = 1 });
	check_report(chunk + l->unit_bytes - 1,
		     (struct pcpu_report){ .id = PCPU_MISUSE_DOUBLE_FREE, .chunk_id = 1,
					   .offset = l->unit_bytes - 1 });
	check_report(chunk - 1, (struct pcpu_report){ .id = PCPU_MISUSE_WILD_FREE });
	check_report(chunk + l->unit_bytes, (struct pcpu_report){ .id = PCPU_MISUSE_WILD_FREE });
	tear_down();
}

TEST(chunk_ids_go_up_by_one)
{
	struct run run;

	set_up(T2);
	run = idle_run();
	run.chunks.next_id = 3;
	CHECK(lab_run_check_chunk_id(&run, 0, 2));
	CHECK(lab_run_check_chunk_id(&run, 0, PCPU_NO_CHUNK));
	CHECK(lab_run_check_chunk_id(&run, 0, 3));
	CHECK_EQ(run.chunks.next_id, 4);
	CHECK(!lab_run_check_chunk_id(&run, 0, 5));
	CHECK_STR(f.result.verdict.sentence, "chunks are numbered without a gap");
	run.chunks.next_id = 3;
	run.ids_are_known = false;
	CHECK(lab_run_check_chunk_id(&run, 0, 5));
	tear_down();
}

/* With nothing counted as live: one empty chunk may stay, no second, and no map in pieces. */
TEST(an_emptied_allocator_is_whole)
{
	static const char parted[] = "maps are whole runs when all is freed";
	struct pcpu_ptr p[3];
	struct run run;

	set_up(T2);
	run = idle_run();
	for (int i = 0; i < 3; i++) /* two later chunks */
		p[i] = pcpu_alloc(f.fixture.pcpu, 32768, 4, 0);
	for (int i = 0; i < 3; i++)
		pcpu_free(f.fixture.pcpu, p[i]);
	CHECK(!lab_run_check_empty(&run));
	CHECK_STR(f.result.verdict.sentence, "at most one empty chunk stays when all is freed");
	pcpu_balance(f.fixture.pcpu);
	CHECK(lab_run_check_empty(&run));
	p[0] = pcpu_alloc(f.fixture.pcpu, 32768, 4, 0); /* at the start of its chunk */
	f.fixture.pcpu->stats.nr_live = 0;
	CHECK(!lab_run_check_empty(&run));
	CHECK_STR(f.result.verdict.sentence, parted);
	f.fixture.pcpu->stats.nr_live = 1;
	pcpu_free(f.fixture.pcpu, p[0]);
	p[0] = pcpu_alloc(f.fixture.pcpu, 8, 4, 0); /* behind what set-up took */
	f.fixture.pcpu->stats.nr_live = 0;
	CHECK(!lab_run_check_empty(&run));
	CHECK_STR(f.result.verdict.sentence, parted);
	f.fixture.pcpu->stats.nr_live = 1;
	pcpu_free(f.fixture.pcpu, p[0]);
	tear_down();
}

/* --- the account of the statistics ----------------------------------------------------------- */

/* Two causes are counted without the lock, each in a word of its own. */
static void cause_count(struct pcpu *pcpu, int cause, int change)
{
	if (cause == PCPU_CAUSE_ILLEGAL)
		counter_add(&pcpu->nr_illegal, (size_t)change);
	else if (cause == PCPU_CAUSE_INTERRUPTED)
		counter_add(&pcpu->nr_interrupted, (size_t)change);
	else
		pcpu->stats.nr_failed[cause] += (uint64_t)change;
}

/* Fields that are kept, not computed: one too many of each is blamed, and which they are is not
   asked of the list that the account itself goes through. */
#define KEPT(field) { offsetof(struct pcpu_stats, field), sizeof(((struct pcpu_stats *)0)->field) }
static const struct {
	size_t at, bytes;
} kept[] = {
	KEPT(nr_allocs), KEPT(nr_frees), KEPT(nr_live), KEPT(nr_live_max), KEPT(live_bytes),
	KEPT(live_bytes_max), KEPT(nr_chunks), KEPT(nr_chunks_max), KEPT(nr_chunks_created),
	KEPT(nr_chunks_destroyed), KEPT(nr_probes), KEPT(nr_moved_bytes), KEPT(nr_restarts),
	KEPT(nr_extensions), KEPT(nr_pages_populated), KEPT(nr_pages_depopulated),
	KEPT(zeroed_bytes),
};

static void kept_add(struct pcpu *pcpu, size_t i, int by)
{
	char *field = (char *)&pcpu->stats + kept[i].at;

	if (kept[i].bytes == sizeof(uint32_t))
		*(uint32_t *)(void *)field += (uint32_t)by;
	else
		*(uint64_t *)(void *)field += (uint64_t)(int64_t)by;
}

TEST(each_kept_statistic_is_in_the_account)
{
	struct lab_model_stats model;
	struct lab_fault fault;

	set_up(T2);
	lab_model_stats_init(&model, f.fixture.pcpu, &f.counts);
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		kept_add(f.fixture.pcpu, i, 1);
		CHECK(!lab_model_stats_check(&model, &fault));
		kept_add(f.fixture.pcpu, i, -1);
		CHECK(lab_model_stats_check(&model, &fault));
	}
	f.fixture.pcpu->first.map.free_bytes++;
	CHECK(!lab_model_stats_check(&model, &fault));
	CHECK_STR(fault.sentence, "free bytes are those of the areas that a visit shows");
	f.fixture.pcpu->first.map.free_bytes--;
	f.fixture.pcpu->first.nr_populated--;
	CHECK(!lab_model_stats_check(&model, &fault));
	CHECK_STR(fault.sentence,
		  "populated bytes are those of the pages that a visit shows");
	f.fixture.pcpu->first.nr_populated++;
	tear_down();
}

/* By one too many, each field that is kept and not computed. */
TEST(each_statistic_is_held_against_an_account)
{
	struct lab_model_stats model;
	struct lab_fault fault;

	set_up(T2);
	CHECK(pcpu_alloc(f.fixture.pcpu, 30000, 4, 0).value);
	lab_model_stats_init(&model, f.fixture.pcpu, &f.counts);
	CHECK(lab_model_stats_check(&model, &fault));
#define X(field, words)                                                                            \
	f.fixture.pcpu->stats.field++;                                                             \
	if (strcmp(#field, "populated_bytes") && strcmp(#field, "free_bytes") &&                   \
	    strcmp(#field, "stranded_bytes") && strcmp(#field, "nr_empty_pages")) {                \
		CHECK(!lab_model_stats_check(&model, &fault));                                     \
		CHECK_STR(fault.sentence, words);                                                  \
	}                                                                                          \
	f.fixture.pcpu->stats.field--;
#include "harness/check/model_stats.def"
#undef X
	for (int cause = 0; cause < PCPU_NR_CAUSES; cause++) {
		int other = (cause + 1) % PCPU_NR_CAUSES;

		cause_count(f.fixture.pcpu, cause, 1);
		CHECK(!lab_model_stats_check(&model, &fault));
		CHECK_STR(fault.sentence, "refusals are counted by their causes");
		cause_count(f.fixture.pcpu, other, -1); /* the sum is right */
		CHECK(!lab_model_stats_check(&model, &fault));
		cause_count(f.fixture.pcpu, other, 1);
		cause_count(f.fixture.pcpu, cause, -1);
	}
	f.fixture.pcpu->nr_empty_pages++;
	CHECK(!lab_model_stats_check(&model, &fault));
	CHECK_STR(fault.sentence, "empty pages are those that a visit shows");
	f.fixture.pcpu->nr_empty_pages--;
	CHECK(lab_model_stats_check(&model, &fault));
	tear_down();
}

/* Without counted maps what depends on them is left alone, and the rest is not: of causes those
   that need no map, and the sum of the others. */
TEST(without_counted_maps_the_rest_is_compared)
{
	struct lab_model_stats model;
	struct lab_fault fault;
	struct pcpu *pcpu;

	set_up(T2);
	pcpu = f.fixture.pcpu;
	lab_model_stats_init(&model, pcpu, NULL);
	pcpu->stats.nr_restarts++;
	CHECK(lab_model_stats_check(&model, &fault));
	pcpu->stats.nr_restarts--;
	pcpu->stats.live_bytes_max++;
	CHECK(!lab_model_stats_check(&model, &fault));
	pcpu->stats.live_bytes_max--;
	lab_model_stats_on_refusal(&model, true, false, false); /* of a caller that sleeps */
	CHECK(!lab_model_stats_check(&model, &fault));
	for (int cause = 0; cause < PCPU_NR_CAUSES; cause++) {
		cause_count(pcpu, cause, 1);
		CHECK_EQ(lab_model_stats_check(&model, &fault),
			 cause != PCPU_CAUSE_ILLEGAL && cause != PCPU_CAUSE_ATOMIC);
		cause_count(pcpu, cause, -1);
	}
	tear_down();
}

/* Each way to be refused, by its cause; a chunk that came and went in between counts twice. */
TEST(refusals_have_the_cause_that_is_due)
{
	static const struct {
		const char *text;
		enum pcpu_cause cause;
		uint64_t nr_chunks_created;
	} ways[] = {
		{ T2 "a 0 0 4 --\n", PCPU_CAUSE_ILLEGAL, 0 },
		{ T2 "a 0 4097 4 -R\n", PCPU_CAUSE_RESERVED_FULL, 0 },
		{ T2 "a 0 4097 4 AR\n", PCPU_CAUSE_RESERVED_FULL, 0 },
		{ T2 "a 0 30000 4 A-\n", PCPU_CAUSE_ATOMIC, 0 },
		{ T2 "k 0 +\na 0 30000 4 --\nk 4294967295\n", PCPU_CAUSE_CHUNK, 0 },
		{ T2 "k 2 +\na 0 30000 4 --\nk 4294967295\n", PCPU_CAUSE_CHUNK, 0 },
		{ FULL "k 0 +\na 2 30000 4 --\nk 4294967295\n", PCPU_CAUSE_POPULATE, 1 },
	};

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		set_up(ways[i].text);
		CHECK(run());
		CHECK_EQ(f.result.at_end.nr_failed[ways[i].cause], 1);
		CHECK_EQ(f.result.at_end.nr_chunks_created, ways[i].nr_chunks_created);
		tear_down();
	}
}

/* Four chunks, then two, then three: the most were four. */
TEST(the_most_chunks_stay_the_most)
{
	set_up(T2 "a 0 32768 4 --\na 1 32768 4 --\na 2 32768 4 --\na 3 32768 4 --\n"
		  "a 4 32768 4 --\nf 0\nf 1\nf 2\nf 3\nf 4\na 0 32768 4 --\na 1 32768 4 --\n"
		  "a 2 32768 4 --\n");
	CHECK(run());
	CHECK_EQ(f.result.at_end.nr_chunks, 3);
	CHECK_EQ(f.result.at_end.nr_chunks_max, 4);
	tear_down();
}

/* Nine refusals are events; the tenth, too, and then that no more will be: exactly then. */
TEST(silence_comes_with_the_tenth_refusal)
{
	static const char text[] = T2 "a 0 0 4 --\na 0 0 4 --\na 0 0 4 --\na 0 0 4 --\na 0 0 4 --\n"
				      "a 0 0 4 --\na 0 0 4 --\na 0 0 4 --\na 0 0 4 --\na 0 0 4 --\n"
				      "a 0 0 4 --\n";
	struct sim_ledger ledger;

	for (size_t nr = 9; nr <= 11; nr++) {
		set_up(text);
		f.trace.trace.nr_ops = nr;
		CHECK(run());
		sim_ledger(f.fixture.plat, &ledger);
		CHECK_EQ(ledger.nr_events[PCPU_EV_ALLOC_REFUSED], nr < 10 ? nr : 10);
		CHECK_EQ(ledger.nr_events[PCPU_EV_ALLOC_FAILED_SILENT], nr >= 10);
		tear_down();
	}
}
