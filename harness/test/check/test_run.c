/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_run.c - the runner on simulated memory: what it hashes, counts, checks and finds. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/chunk.h"
#include "harness/check/run/run_parts.h"
#include "harness/test/lib/run_fixture.h"
#include "harness/platform/sim/sim.h"
#include "harness/test/lib/test.h"
#include "harness/text/text.h"

#define T1 "# pcpu-trace 1\n"
#define T2 "# pcpu-trace-ops 1\n"
#define FIRST_DYNAMIC 221184 /* static 212992 + reserved 8192 */

/* A run of a text on fresh memory. */
struct fixture {
	struct run_fixture fixture;
	struct run_trace trace;
	struct lab_run_options options;
	struct lab_result result;
	char places[4096];
	struct lab_text text;
};

static struct fixture f;

static void collect_place(void *context, uint32_t id, bool placed, const struct pcpu_place *place)
{
	lab_put_place(context, id, placed ? place : NULL);
}

static void set_up_with(const struct pcpu_engine *engine, const char *text, enum lab_check check)
{
	memset(&f, 0, sizeof(f));
	lab_text_init(&f.text, f.places, sizeof(f.places));
	run_fixture_open(&f.fixture, RUN_FIXTURE_8_CPUS, &run_fixture_sizes, engine);
	run_trace_parse(&f.trace, text, strlen(text));
	f.options = (struct lab_run_options){
		.check = check, .placed = collect_place, .context = &f.text,
		.inject_failures = true,
	};
}

static void set_up(const char *text, enum lab_check check)
{
	set_up_with(pcpu_engine_find("area"), text, check);
}

static bool run(bool drain)
{
	return run_fixture_run(&f.fixture, &f.trace.trace, &f.options, drain, &f.result);
}

static void tear_down(void)
{
	run_trace_free(&f.trace);
	run_fixture_close(&f.fixture);
}

/* Sets up, runs, and wants it clean. */
static void run_clean(const char *text, enum lab_check check)
{
	set_up(text, check);
	if (!run(true))
		FAIL("step %zu: %s", f.result.verdict.step, f.result.verdict.sentence);
	CHECK_EQ(f.result.verdict.kind, LAB_CLEAN);
}

static void check_verdict(const char *sentence, size_t step, uint32_t id, uint32_t cpu)
{
	CHECK_EQ(f.result.verdict.kind, LAB_BROKEN_MODEL);
	CHECK_STR(f.result.verdict.sentence, sentence);
	CHECK_EQ(f.result.verdict.step, step);
	CHECK_EQ(f.result.verdict.id, id);
	CHECK_EQ(f.result.verdict.cpu, cpu);
}

/* --- hash, places, counts ----------------------------------------------------------------- */

TEST(hash_is_over_the_lines_of_places)
{
	static const char places[] = "0 0 221184\n1 r 212992\n2 - -\n3 0 221200\n4 r 213024\n";

	run_clean(T1 "a 0 16 8 --\na 1 32 8 -R\na 2 0 8 --\na 3 4 4 --\nf 0\nf 2\na 4 8 8 -R\n",
		  LAB_CHECK_ALL);
	CHECK_STR(f.places, places);
	CHECK_EQ(f.result.hash, lab_fnv1a(LAB_FNV_START, places, strlen(places)));
	CHECK_EQ(f.result.nr_events, 7);
	CHECK_EQ(f.result.nr_allocs, 4);
	CHECK_EQ(f.result.nr_refused, 1);
	CHECK_EQ(f.result.nr_skipped, 1);
	tear_down();
}

TEST(hash_is_the_same_with_and_without_checks)
{
	static const char text[] =
		T1 "a 0 30000 8 --\na 1 30000 8 --\na 2 7 1 --\nf 1\na 3 9 4 --\n";
	uint64_t hash;

	run_clean(text, LAB_CHECK_NONE);
	hash = f.result.hash;
	CHECK_STR(f.places, "0 1 0\n1 1 30000\n2 0 221184\n3 0 221192\n");
	tear_down();
	run_clean(text, LAB_CHECK_ALL);
	CHECK_EQ(f.result.hash, hash);
	tear_down();
}

TEST(requests_are_counted_by_size_and_alignment)
{
	run_clean(T1 "a 0 1 1 --\na 1 2 2 --\na 2 3 4 --\na 3 4 4096 --\na 4 32768 8 --\n"
		     "a 5 32769 8 --\na 6 0 8 --\na 7 4294967295 3 --\na 8 4 8192 --\na 9 4 0 --\n",
		  LAB_CHECK_MODEL);
	CHECK_EQ(f.result.sizes[0], 1);
	CHECK_EQ(f.result.sizes[1], 1);
	CHECK_EQ(f.result.sizes[2], 4); /* 3 and three times 4 */
	CHECK_EQ(f.result.sizes[15], 1);
	CHECK_EQ(f.result.sizes[16], 3);
	CHECK_EQ(f.result.aligns[0], 1);
	CHECK_EQ(f.result.aligns[1], 1);
	CHECK_EQ(f.result.aligns[2], 1);
	CHECK_EQ(f.result.aligns[3], 3);
	CHECK_EQ(f.result.aligns[12], 1);
	CHECK_EQ(f.result.aligns[13], 3);
	CHECK_EQ(f.result.nr_refused, 5);
	tear_down();
}

TEST(the_peak_is_where_most_bytes_were_live)
{
	run_clean(
		T1
		"a 0 100 4 --\na 1 30000 4 --\nf 0\na 2 200 4 --\nf 1\na 3 30000 4 --\nf 2\nf 3\n",
		LAB_CHECK_MODEL);
	CHECK_EQ(f.result.peak_step, 3);
	CHECK_EQ(f.result.at_peak.nr_live, 2);
	CHECK_EQ(f.result.at_peak.live_bytes, 30200);
	CHECK_EQ(f.result.at_end.nr_live, 0);
	CHECK_EQ(f.result.alloc_ns, 0); /* simulated platforms have no clock */
	tear_down();
}

TEST(atomic_is_honoured_only_on_request)
{
	static const char text[] = T1 "a 0 30000 8 A-\n";

	run_clean(text, LAB_CHECK_ALL);
	CHECK_STR(f.places, "0 1 0\n");
	tear_down();
	set_up(text, LAB_CHECK_ALL);
	f.options.honour_atomic = true; /* no chunk may be made for it */
	CHECK(run(true));
	CHECK_STR(f.places, "0 - -\n");
	tear_down();
}

/* --- the second form ---------------------------------------------------------------------- */

TEST(operations_without_effect_are_skipped)
{
	run_clean(T2 "f 0\na 0 16 8 --\na 0 16 8 --\nw 1 0\nx 0 0\nx 1 0\nf 0\nf 0\ns 1\n",
		  LAB_CHECK_ALL);
	CHECK_EQ(f.result.nr_skipped, 6);
	CHECK_EQ(f.result.nr_events, 9);
	tear_down();
}

TEST(writes_wild_frees_and_balance_keep_objects_whole)
{
	run_clean(T2 "a 0 24 8 --\na 1 5000 8 --\nw 0 3\nw 0 3\nw 1 0\nw 1 4000\nx 0 4\nx 0 1\n"
		     "x 1 24\nc\nf 0\nx 0 4096\nx 0 3000000000\nb\na 0 24 8 --\nw 0 3\nc\n",
		  LAB_CHECK_ALL);
	CHECK_EQ(f.result.nr_allocs, 3);
	tear_down();
}

TEST(a_call_that_is_made_to_fail_is_a_refusal)
{
	run_clean(T2 "k 0 +\na 0 30000 8 --\na 1 8 8 --\nk 4294967295\na 2 30000 8 --\n",
		  LAB_CHECK_ALL);
	CHECK_STR(f.places, "0 - -\n1 0 221184\n2 1 0\n");
	CHECK_EQ(f.result.nr_refused, 1);
	tear_down();
}

/* Failing each call in turn: whatever is refused, nothing is lost and all invariants hold. */
TEST(every_call_of_a_trace_may_fail)
{
	static const char format[] = T2 "k %u%s\na 0 30000 8 --\na 1 9000 4096 --\nw 0 1\nf 0\n"
					"a 2 30000 8 --\na 3 30000 8 --\nf 2\nf 3\nb\nc\n";
	char text[256];

	for (uint32_t k = 0; k < 150; k++) {
		snprintf(text, sizeof(text), format, k, k & 1 ? " +" : "");
		run_clean(text, LAB_CHECK_ALL);
		tear_down();
	}
}

/* --- random operations -------------------------------------------------------------------- */

static uint64_t next_random(uint64_t *state)
{
	uint64_t x = *state += UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

static const char *const topologies[] = {
	RUN_FIXTURE_8_CPUS,
	"# pcpu-topology 1\nnode 0 cpus 0\n",
	"# pcpu-topology 1\nnode 0 cpus 0-4\nnode 1 cpus 5-7\n",
	"# pcpu-topology 1\nnode 4 cpus 2,9\nnode 7 cpus 1,88\nnode 9 cpus -\n",
};

TEST(random_operations_are_clean_and_reproducible)
{
	static const struct lab_decode_limits guess = {
		.max_ids = 64, .nr_cpus = 8, .first_from = FIRST_DYNAMIC,
		.first_to = FIRST_DYNAMIC + 28672, .unit_bytes = 262144,
	};
	static struct lab_op ops[512];

	for (uint64_t seed = 0; seed < (getenv("LAB_FULL") ? 120 : 40); seed++) {
		struct lab_trace trace = { .ops = ops, .nr_ids = 64, .ops_form = true };
		uint64_t state = seed, hash = 0;
		uint8_t bytes[512];

		for (uint32_t i = 0; i < sizeof(bytes); i++)
			bytes[i] = (uint8_t)next_random(&state);
		trace.nr_ops = lab_decode(bytes, sizeof(bytes), &guess, ops, NULL, 512);
		for (uint32_t again = 0; again < 2; again++) {
			memset(&f, 0, sizeof(f));
			run_fixture_open(&f.fixture, topologies[seed % 4], &run_fixture_sizes,
					 NULL);
			f.options.check = again || seed % 8 ? LAB_CHECK_MODEL : LAB_CHECK_ALL;
			f.options.inject_failures = true;
			f.options.honour_atomic = true;
			if (!run_fixture_run(&f.fixture, &trace, &f.options, true, &f.result))
				FAIL("seed %llu, step %zu: %s", (unsigned long long)seed,
				     f.result.verdict.step, f.result.verdict.sentence);
			CHECK(!again || f.result.hash == hash);
			hash = f.result.hash;
			run_fixture_close(&f.fixture);
		}
	}
}

/* --- what a run finds --------------------------------------------------------------------- */

static struct pcpu_ptr pointer_at(uint32_t offset)
{
	return (struct pcpu_ptr){ ((uintptr_t)1 << 47) + offset };
}

/* Something goes wrong behind the runner's back at the birth of object 2. */
static void overwrite_object_0(void *context, uint32_t id, bool placed,
			       const struct pcpu_place *place)
{
	if (id == 2)
		plat_copy(f.fixture.plat,
			  pcpu_address(f.fixture.pcpu, pointer_at(FIRST_DYNAMIC + 15), 6), "", 1);
}

TEST(an_overwritten_byte_is_found_when_its_object_is_freed)
{
	set_up(T1 "a 0 16 8 --\na 1 16 8 --\na 2 16 8 --\nf 1\nf 0\n", LAB_CHECK_MODEL);
	f.options.placed = overwrite_object_0;
	CHECK(!run(true));
	check_verdict("an object keeps what each CPU wrote until it is freed", 4, 0, 6);
	tear_down();
}

TEST(an_overwritten_byte_is_found_at_once_when_all_is_checked)
{
	set_up(T1 "a 0 16 8 --\na 1 16 8 --\na 2 16 8 --\nf 1\nf 0\n", LAB_CHECK_ALL);
	f.options.placed = overwrite_object_0;
	CHECK(!run(true));
	check_verdict("an object keeps what each CPU wrote until it is freed", 2, 0, 6);
	tear_down();
}

TEST(an_overwritten_byte_is_found_at_the_end)
{
	set_up(T1 "a 0 16 8 --\na 1 16 8 --\na 2 16 8 --\n", LAB_CHECK_MODEL);
	f.options.placed = overwrite_object_0;
	CHECK(!run(true));
	check_verdict("an object keeps what each CPU wrote until it is freed", 3, 0, 6);
	tear_down();
}

static void steal_an_object(void *context, uint32_t id, bool placed,
			    const struct pcpu_place *place)
{
	if (id == 2)
		pcpu_alloc(f.fixture.pcpu, 8, 8, 0);
}

TEST(an_object_that_nobody_requested_is_found)
{
	set_up(T1 "a 0 16 8 --\na 1 16 8 --\na 2 16 8 --\nf 1\nf 0\n", LAB_CHECK_ALL);
	f.options.placed = steal_an_object;
	CHECK(!run(true));
	check_verdict("the count of live objects is the model's", 2, UINT32_MAX, PCPU_NO_CPU);
	tear_down();
}

static void free_object_0(void *context, uint32_t id, bool placed, const struct pcpu_place *place)
{
	if (id == 2)
		pcpu_free(f.fixture.pcpu, pointer_at(FIRST_DYNAMIC));
}

TEST(an_object_freed_too_early_is_found)
{
	set_up(T1 "a 0 16 8 --\na 1 16 8 --\na 2 16 8 --\na 3 16 8 --\n", LAB_CHECK_MODEL);
	f.options.placed = free_object_0;
	CHECK(!run(true));
	check_verdict("live objects never overlap", 3, 0, PCPU_NO_CPU);
	tear_down();
}

TEST(a_report_of_a_correct_call_is_found)
{
	set_up(T1 "a 0 16 8 --\na 1 16 8 --\na 2 16 8 --\nf 0\n", LAB_CHECK_NONE);
	f.options.placed = free_object_0;
	CHECK(!run(true));
	check_verdict("a correct call is not reported as a mistake", 3, 0, PCPU_NO_CPU);
	tear_down();
}

static bool spoil_map(void *context, const struct pcpu_chunk_view *view)
{
	if (view->kind == PCPU_CHUNK_FIRST)
		((struct pcpu_map *)(uintptr_t)view->map)->free_bytes += *(int *)context;
	return true;
}

static void spoil(void *context, uint32_t id, bool placed, const struct pcpu_place *place)
{
	int by = 4;

	if (id == 2)
		pcpu_visit(f.fixture.pcpu, spoil_map, &by);
}

TEST(a_broken_invariant_is_found_with_its_sentence_and_place)
{
	int back = -4;

	set_up(T1 "a 0 16 8 --\na 1 16 8 --\na 2 16 8 --\nf 1\n", LAB_CHECK_ALL);
	f.options.placed = spoil;
	CHECK(!run(true));
	CHECK_EQ(f.result.verdict.kind, LAB_BROKEN_INVARIANT);
	CHECK_EQ(f.result.verdict.invariant, PCPU_INV_MAP_FREE_BYTES);
	CHECK_STR(f.result.verdict.sentence, "free_bytes is the sum of the free areas");
	CHECK_EQ(f.result.verdict.step, 2);
	CHECK_EQ(f.result.verdict.where.chunk_id, 0);
	pcpu_visit(f.fixture.pcpu, spoil_map, &back);
	tear_down();
}

/* The walk comes at least every 1,000 events, and at the end. */
TEST(a_broken_invariant_is_found_within_1000_events)
{
	static char text[64 << 10];
	struct lab_text out;
	int back = -4;

	lab_text_init(&out, text, sizeof(text));
	lab_put(&out, T2 "a 0 8 8 --\na 1 8 8 --\na 2 8 8 --\n");
	for (uint32_t i = 0; i < 2000; i++)
		lab_put(&out, i & 1 ? "f 3\n" : "a 3 8 8 --\n");
	CHECK(lab_text_fits(&out));
	set_up(text, LAB_CHECK_MODEL);
	f.options.placed = spoil;
	CHECK(!run(true));
	CHECK_EQ(f.result.verdict.kind, LAB_BROKEN_INVARIANT);
	CHECK_EQ(f.result.verdict.step, 999);
	pcpu_visit(f.fixture.pcpu, spoil_map, &back);
	tear_down();
}

/* An engine that says from object 0 on that its map has no room, or that all of it is used. */
static bool lies;
static uint32_t lie_from;

static uint32_t lying_capacity_needed(const struct pcpu_map *map, uint32_t spare)
{
	return lies ? 2 * map->capacity : pcpu_engines[0].map->capacity_needed(map, spare);
}

static enum pcpu_fit_result lying_alloc(struct pcpu_map *map, uint32_t size, uint32_t align,
					const struct pcpu_pages *pages, struct pcpu_fit *fit)
{
	return lies ? PCPU_FIT_NONE : pcpu_engines[0].map->alloc(map, size, align, pages, fit);
}

static bool lying_next(const struct pcpu_map *map, struct pcpu_area *area)
{
	bool more = pcpu_engines[0].map->next(map, area);

	area->used |= lies;
	return more;
}

static void begin_to_lie(void *context, uint32_t id, bool placed, const struct pcpu_place *place)
{
	lies = id >= lie_from;
}

TEST(an_engine_that_denies_a_place_to_an_atomic_request_is_found)
{
	struct pcpu_map_ops no_capacity = *pcpu_engines[0].map, all_used = *pcpu_engines[0].map;
	struct pcpu_engine liars[] = {pcpu_engines[0], pcpu_engines[0]};

	liars[0].map = &no_capacity;
	liars[1].map = &all_used;
	no_capacity.capacity_needed = lying_capacity_needed;
	all_used.alloc = lying_alloc;
	all_used.next = lying_next;
	for (int i = 0; i < 2; i++) {
		set_up_with(&liars[i], T1 "a 0 16 8 --\na 1 16 8 A-\n", LAB_CHECK_MODEL);
		f.options.honour_atomic = true;
		f.options.placed = begin_to_lie;
		CHECK(!run(true));
		lies = false;
		check_verdict("an atomic request is refused only where no populated place is free",
			      1, 1, PCPU_NO_CPU);
		tear_down();
	}
}

/* Is the last request's refusal blamed? Before it come nr objects of `first` bytes. */
static void refused_by_a_liar(int nr, uint32_t first, const char *flags, const char *last,
			      bool blamed)
{
	struct pcpu_map_ops no_capacity = *pcpu_engines[0].map;
	struct pcpu_engine liar = pcpu_engines[0];
	static char text[8192];
	char *at = text + sprintf(text, T1);
	int i;

	for (i = 0; i < nr; i++)
		at += sprintf(at, "a %d %u 4 -%s\n", i, first, flags);
	sprintf(at, "a %d %s\n", i, last);
	no_capacity.capacity_needed = lying_capacity_needed;
	liar.map = &no_capacity;
	set_up_with(&liar, text, LAB_CHECK_MODEL);
	f.options.honour_atomic = true;
	f.options.placed = begin_to_lie;
	lie_from = (uint32_t)nr - 1;
	if (run(false) == blamed)
		FAIL("%d objects of %u bytes, then `%s`: %s", nr, first, last,
		     blamed ? "not blamed" : f.result.verdict.sentence);
	lies = false;
	lie_from = 0;
	if (blamed)
		check_verdict("an atomic request is refused only where no populated place is free",
			      (size_t)nr, (uint32_t)nr, PCPU_NO_CPU);
	tear_down();
}

/* Whichever chunk the place is in and however small it is, up to the chunk's last byte: 8 bytes
   behind the last object may be kept. But with 63 objects a map of 128 records may be full. */
TEST(the_last_place_of_all_is_not_denied_either)
{
	uint32_t dyn, reserved = 8192;

	set_up(T1, LAB_CHECK_MODEL);
	dyn = pcpu_layout(f.fixture.pcpu)->dyn_bytes;
	tear_down();
	refused_by_a_liar(1, 16, "R", "16 8 AR", true);
	refused_by_a_liar(1, 16, "-", "1 1 A-", true);
	refused_by_a_liar(1, reserved - 24, "R", "8 8 AR", true);
	refused_by_a_liar(1, reserved - 24, "R", "16 8 AR", true);
	refused_by_a_liar(1, reserved - 24, "R", "20 4 AR", false);
	refused_by_a_liar(1, dyn - 24, "-", "16 8 A-", true);
	refused_by_a_liar(1, dyn - 24, "-", "20 4 A-", false);
	refused_by_a_liar(1, dyn - 11, "-", "1 1 A-", false);
	refused_by_a_liar(1, dyn - 12, "-", "1 1 A-", true);
	refused_by_a_liar(62, 16, "-", "16 8 A-", true);
	refused_by_a_liar(63, 16, "-", "16 8 A-", false);
	refused_by_a_liar(62, 16, "R", "16 8 AR", true);
	refused_by_a_liar(63, 16, "R", "16 8 AR", false);
}

/* --- damage that only one of the checks can see ------------------------------------------- */

static void spoil_records(void)
{
	int by = 4;

	pcpu_visit(f.fixture.pcpu, spoil_map, &by);
}

/* Of both, so that the walker's recount is right. */
static void count_a_call_more(void)
{
	f.fixture.pcpu->stats.nr_allocs++;
	f.fixture.pcpu->stats.nr_frees++;
}

static void count_zeroes_more(void)
{
	f.fixture.pcpu->stats.zeroed_bytes++;
}

static void spoil_content(void)
{
	overwrite_object_0(NULL, 2, true, NULL);
}

static const struct damage {
	void (*work)(void);
	const char *sentence;
	bool in_records; /* not in what objects hold */
} damages[] = {
	{ spoil_records, "free_bytes is the sum of the free areas", true },
	{ count_a_call_more, "the counts of allocations and frees are the model's", true },
	{ count_zeroes_more, "zeroed bytes are the sizes of all newborns on all CPUs", true },
	{ spoil_content, "an object keeps what each CPU wrote until it is freed", false },
};
static const struct damage *damage;

static void do_damage(void *context, uint32_t id, bool placed, const struct pcpu_place *place)
{
	if (id == 2)
		damage->work();
}

/* With all checks in the step itself; else at the end of the run, of the records alone where the
   run is going to be drained; and then by the drain. */
TEST(each_check_sees_its_damage_in_time)
{
	static const char text[] = T1 "a 0 16 8 --\na 1 16 8 --\na 2 16 8 --\na 3 16 8 --\n";

	for (int way = 0; way < 4; way++) {
		for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
			bool drains = way >= 2, drained = way == 3, blamed;

			damage = &damages[i];
			set_up(text, way == 0 ? LAB_CHECK_ALL : LAB_CHECK_MODEL);
			f.options.placed = do_damage;
			f.options.drains = drains;
			blamed = !drains || drained || damage->in_records;
			CHECK_EQ(run(drained), !blamed);
			CHECK_STR(f.result.verdict.sentence, blamed ? damage->sentence : NULL);
			if (blamed && !(drained && !damage->in_records))
				CHECK_EQ(f.result.verdict.step, way == 0 ? 2 : 4);
			sim_destroy(f.fixture.plat); /* what was done stays */
			run_trace_free(&f.trace);
			free(f.fixture.topology);
		}
	}
}

/* An engine that takes a wrong free for a right one; and what the platform receives. */
static uintptr_t reported;

static bool credulous_free(struct pcpu_map *map, uint32_t offset, struct pcpu_fit *fit)
{
	struct pcpu_report report = { .id = PCPU_MISUSE_DOUBLE_FREE, .pointer = reported };

	if (pcpu_engines[0].map->free(map, offset, fit))
		return true;
	*fit = (struct pcpu_fit){ offset, 8, offset, offset + 8 };
	if (reported)
		plat_panic(f.fixture.plat, &report);
	return true;
}

TEST(a_report_of_another_pointer_or_none_is_found)
{
	static const char *const sentences[] = { "a wild or double free is reported",
						 "a report names the pointer that was passed" };
	struct pcpu_map_ops credulous = *pcpu_engines[0].map;
	struct pcpu_engine engine = pcpu_engines[0];

	credulous.free = credulous_free;
	engine.map = &credulous;
	for (int i = 0; i < 2; i++) {
		set_up_with(&engine, T2 "a 0 16 8 --\nx 0 8\n", LAB_CHECK_NONE);
		reported = i ? pointer_at(FIRST_DYNAMIC).value : 0;
		CHECK(!run(false));
		check_verdict(sentences[i], 1, 0, PCPU_NO_CPU);
		sim_destroy(f.fixture.plat);
		run_trace_free(&f.trace);
		free(f.fixture.topology);
	}
}

/* Wanted before the run: the first step brings it. Behind it, by nobody: the drain finds it. */
TEST(a_kick_outside_the_run_is_not_forgotten)
{
	struct lab_run_options options = { .check = LAB_CHECK_MODEL, .drains = true };
	struct lab_result result;
	void *scratch;

	set_up(T1 "a 0 16 8 --\na 1 16 8 --\n", LAB_CHECK_MODEL);
	plat_kick(f.fixture.plat, f.fixture.pcpu);
	CHECK(run(false));
	CHECK_EQ(f.result.nr_balances, 1);
	tear_down();
	set_up(T1 "a 0 16 8 --\n", LAB_CHECK_MODEL);
	scratch = calloc(1, lab_run_memory(&f.trace.trace, f.fixture.pcpu, &options));
	CHECK(scratch);
	CHECK(lab_run(f.fixture.plat, f.fixture.pcpu, &f.trace.trace, &options, scratch, &result));
	plat_kick(f.fixture.plat, f.fixture.pcpu);
	CHECK(!lab_run_drain(scratch));
	CHECK_STR(result.verdict.sentence, "balance is wanted only where its rules are met");
	free(scratch);
	tear_down();
}

/* The first of several; what is refused is not live. */
TEST(the_peak_is_where_the_most_bytes_come_to_live)
{
	run_clean(T2 "a 0 16 8 --\nf 0\na 0 16 8 --\na 1 32769 8 --\na 2 64 3 --\nf 0\n",
		  LAB_CHECK_ALL);
	CHECK_EQ(f.result.peak_step, 0);
	tear_down();
	run_clean(T2 "a 0 16 8 --\nf 0\na 0 17 8 --\n", LAB_CHECK_ALL);
	CHECK_EQ(f.result.peak_step, 2);
	CHECK_EQ(f.result.at_peak.nr_live, 1);
	tear_down();
	run_clean(T2 "a 0 16 8 --\na 0 64 8 --\nf 0\na 0 32 8 --\n", LAB_CHECK_ALL);
	CHECK_EQ(f.result.peak_step, 3); /* the second is skipped */
	tear_down();
}

/* Two empty chunks that nobody reclaimed. */
TEST(chunks_that_stay_when_all_is_freed_are_found)
{
	struct pcpu_ptr p[12];
	struct run runner;

	set_up(T1, LAB_CHECK_MODEL);
	runner = (struct run){.plat = f.fixture.plat, .pcpu = f.fixture.pcpu, .result = &f.result};
	for (uint32_t i = 0; i < 12; i++)
		p[i] = pcpu_alloc(f.fixture.pcpu, 32768, 8, 0);
	for (uint32_t i = 0; i < 12; i++)
		pcpu_free(f.fixture.pcpu, p[i]);
	CHECK(!lab_run_check_empty(&runner));
	check_verdict("at most one empty chunk stays when all is freed", 0, UINT32_MAX,
		      PCPU_NO_CPU);
	pcpu_balance(f.fixture.pcpu);
	CHECK(lab_run_check_empty(&runner));
	tear_down();
}

TEST(a_used_allocator_may_be_run_on)
{
	struct pcpu_ptr before;

	set_up(T1 "a 0 16 8 --\na 1 16 8 --\nf 0\n", LAB_CHECK_ALL);
	before = pcpu_alloc(f.fixture.pcpu, 24, 8, 0);
	CHECK(run(true));
	CHECK_STR(f.places, "0 0 221208\n1 0 221224\n");
	pcpu_free(f.fixture.pcpu, before);
	tear_down();
}
