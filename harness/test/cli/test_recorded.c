/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_recorded.c - recordings against engines' maps. The recorded kernel is a map of engine
 * linux61 that runs random requests; its events are then swapped, delayed, and given false places.
 */
#include <stdlib.h>
#include <string.h>

#include "harness/cli/replay/recorded.h"
#include "harness/test/lib/test.h"
#include "harness/test/text/trace_fixture.h"

enum { UNIT = 65536, MAX_LIVE = 160 };

/* A recording of one chunk. */
struct recording {
	struct lab_op *ops;
	struct lab_trace trace;
};

static struct lab_op *add_op(struct recording *r, uint8_t kind, uint32_t id)
{
	struct lab_op *op = &r->ops[r->trace.nr_ops++];

	*op = (struct lab_op){ .kind = kind, .id = id };
	return op;
}

/* nr random operations on a new map; atomic: now and then a request is one; all pages are there. */
static void record(struct recording *r, const char *engine, size_t nr, uint64_t seed, bool atomic)
{
	static const uint16_t sizes[] = { 4, 4, 8, 16, 24, 40, 64, 104, 200, 512, 1064 };
	const struct pcpu_map_ops *ops = pcpu_engine_find(engine)->map;
	uint32_t capacity = ops->capacity(UNIT, 4 * MAX_LIVE), nr_live = 0;
	const struct lab_op *live[MAX_LIVE];
	struct pcpu_map map = { .ops = ops };
	void *memory = calloc(1, ops->memory(UNIT, capacity));
	static const uint64_t all[] = { UINT64_MAX, UINT64_MAX };
	const struct pcpu_pages pages = { .populated = all, .only = true };
	struct pcpu_fit fit;

	*r = (struct recording){ .ops = calloc(nr, sizeof(*r->ops)) };
	r->trace = (struct lab_trace){ .ops = r->ops, .text = "", .has_places = true };
	ops->init(&map, memory, capacity, 0, UNIT);
	while (r->trace.nr_ops < nr) {
		uint32_t victim = trace_random_below(&seed, MAX_LIVE);
		struct lab_op *op;

		if (victim < nr_live) {
			add_op(r, LAB_OP_FREE, live[victim]->id);
			CHECK(ops->free(&map, live[victim]->offset, &fit));
			live[victim] = live[--nr_live];
			continue;
		}
		op = add_op(r, LAB_OP_ALLOC, r->trace.nr_allocs);
		op->size = sizes[trace_random_below(&seed, 11)];
		op->align = op->size < 8 ? 4 : 8;
		op->flags = LAB_OP_CHUNK | LAB_OP_OFFSET;
		if (atomic && trace_random_below(&seed, 8) == 0)
			op->flags |= LAB_OP_ATOMIC;
		CHECK_EQ(ops->alloc(&map, op->size, op->align,
				    op->flags & LAB_OP_ATOMIC ? &pages : NULL, &fit),
			 PCPU_FIT_TAKEN);
		op->offset = fit.offset;
		live[nr_live++] = op;
		r->trace.nr_allocs++;
		r->trace.nr_ids = r->trace.nr_allocs;
	}
	free(memory);
}

static void recording_copy(const struct recording *from, struct recording *r)
{
	*r = *from;
	r->ops = malloc(from->trace.nr_ops * sizeof(*r->ops));
	memcpy(r->ops, from->ops, from->trace.nr_ops * sizeof(*r->ops));
	r->trace.ops = r->ops;
}

static void recording_free(struct recording *r)
{
	free(r->ops);
}

/* Operation `from` is recorded at `to`, later or earlier. */
static void delay(struct recording *r, size_t from, size_t to)
{
	struct lab_op op = r->ops[from];

	if (from < to)
		memmove(r->ops + from, r->ops + from + 1, (to - from) * sizeof(op));
	else
		memmove(r->ops + to + 1, r->ops + to, (from - to) * sizeof(op));
	r->ops[to] = op;
}

/* May `from` be recorded at `to` as far as its own object goes? */
static bool may_delay(const struct recording *r, size_t from, size_t to)
{
	for (size_t i = from + 1; i <= to; i++)
		if (r->ops[i].id == r->ops[from].id)
			return false;
	return true;
}

static void compare(const struct recording *r, const char *engine, struct recorded *result)
{
	uint64_t sum;

	recorded_compare(&r->trace, pcpu_engine_find(engine), UNIT, result);
	sum = recorded_nr_compared(result) + result->nr_atomic;
	for (int reason = 0; reason < RECORDED_NR_REASONS; reason++)
		sum += result->nr_left_out[reason];
	CHECK_EQ(sum, r->trace.nr_allocs);
	CHECK_EQ(result->differences->len,
		 result->nr_swapped + result->nr_late + result->nr_unexplained);
	CHECK_EQ(result->atomic->len, result->nr_atomic);
}

static const struct recorded_difference *difference(const struct recorded *result, guint i)
{
	CHECK(i < result->differences->len);
	return &g_array_index(result->differences, struct recorded_difference, i);
}

TEST(recorded_by_itself_all_is_equal)
{
	for (uint32_t i = 0; i < pcpu_nr_engines; i++) {
		struct recording r;
		struct recorded result;

		record(&r, pcpu_engines[i].name, 3000, 1, false);
		compare(&r, pcpu_engines[i].name, &result);
		CHECK_EQ(result.nr_equal, r.trace.nr_allocs);
		CHECK(recorded_is_good(&result));
		CHECK_EQ(result.nr_chunks, 1);
		CHECK_EQ(result.nr_compared_chunks, 1);
		recorded_free(&result);
		recording_free(&r);
	}
}

TEST(recorded_of_linux61_differs_with_other_maps)
{
	static const char *const others[] = { "area", "bitmap-ref", "linux61-exact" };
	struct recording r;
	struct recorded result;

	record(&r, "linux61", 3000, 2, false);
	for (size_t i = 0; i < 3; i++) {
		compare(&r, others[i], &result);
		CHECK(result.nr_unexplained > 0);
		CHECK(!recorded_is_good(&result));
		recorded_free(&result);
	}
	recording_free(&r);
}

/* One event recorded `late` operations too late: whatever it makes differ follows. Returns how
   often something did. */
static uint32_t delays_explained(size_t late, size_t nr, size_t step)
{
	struct recording right;
	uint32_t nr_seen = 0;

	record(&right, "linux61", nr, 3, false);
	for (size_t at = 1; at + late < nr; at += step) {
		struct recording r;
		struct recorded result;

		recording_copy(&right, &r);
		if (may_delay(&r, at, at + late)) {
			delay(&r, at, at + late);
			compare(&r, "linux61", &result);
			CHECK_EQ(result.nr_unexplained, 0);
			CHECK_EQ(recorded_nr_compared(&result), r.trace.nr_allocs);
			if (late == 1)
				CHECK_EQ(result.nr_late, 0);
			nr_seen += result.differences->len > 0;
			recorded_free(&result);
		}
		recording_free(&r);
	}
	recording_free(&right);
	return nr_seen;
}

TEST(recorded_swaps_of_neighbours_are_explained)
{
	CHECK(delays_explained(1, 400, 2) > 25);
}

/* Around the places where states are saved. */
TEST(recorded_swaps_where_states_are_saved)
{
	struct recording right;

	record(&right, "linux61", 1500, 5, false);
	for (size_t at = 120; at < 1300; at += at % 128 < 125 && at % 128 > 2 ? 32 : 1) {
		struct recording r;
		struct recorded result;

		recording_copy(&right, &r);
		if (may_delay(&r, at, at + 1)) {
			delay(&r, at, at + 1);
			compare(&r, "linux61", &result);
			CHECK_EQ(result.nr_unexplained + result.nr_late, 0);
			recorded_free(&result);
		}
		recording_free(&r);
	}
	recording_free(&right);
}

/* One swap around such a place, and a second one that has to go back to before or behind it. */
TEST(recorded_swaps_behind_swaps_where_states_are_saved)
{
	uint32_t nr_both = 0;

	for (uint64_t seed = 10; seed < 18; seed++) {
		struct recording right;

		record(&right, "linux61", 400, seed, false);
		for (size_t at = 129; at < 200; at += 2) {
			struct recording r;
			struct recorded result;

			recording_copy(&right, &r);
			if (may_delay(&r, 127, 128) && may_delay(&r, at, at + 1)) {
				delay(&r, 127, 128);
				delay(&r, at, at + 1);
				compare(&r, "linux61", &result);
				CHECK_EQ(result.nr_unexplained, 0);
				nr_both += result.nr_swapped == 2;
				recorded_free(&result);
			}
			recording_free(&r);
		}
		recording_free(&right);
	}
	CHECK(nr_both > 5);
}

/* Every object with a hole behind it, the most records that a map can need. */
TEST(recorded_maps_have_records_enough)
{
	for (uint32_t i = 0; i < pcpu_nr_engines; i++) {
		struct recording r = { .ops = calloc(400, sizeof(*r.ops)) };
		struct recorded result;

		r.trace = (struct lab_trace){ .ops = r.ops, .text = "", .nr_ids = 400,
					      .nr_allocs = 400, .has_places = true };
		for (uint32_t id = 0; id < 400; id++) {
			struct lab_op *op = add_op(&r, LAB_OP_ALLOC, id);

			op->size = 4;
			op->align = 8;
			op->offset = 8 * id;
			op->flags = LAB_OP_CHUNK | LAB_OP_OFFSET;
		}
		compare(&r, pcpu_engines[i].name, &result);
		CHECK_EQ(result.nr_equal, 400);
		recorded_free(&result);
		recording_free(&r);
	}
}

TEST(recorded_late_events_are_explained)
{
	CHECK(delays_explained(2, 300, 3) > 20);
	CHECK(delays_explained(20, 300, 7) > 10);
	CHECK(delays_explained(200, 600, 17) > 5);
}

/* Several swaps in one recording: each is judged behind those before it. */
TEST(recorded_many_swaps_are_explained_one_by_one)
{
	struct recording r;
	struct recorded result;

	record(&r, "linux61", 4000, 4, false);
	for (size_t at = 50; at + 1 < 4000; at += 40)
		if (may_delay(&r, at, at + 1))
			delay(&r, at, at + 1);
	compare(&r, "linux61", &result);
	CHECK_EQ(result.nr_unexplained, 0);
	CHECK(result.nr_swapped > 5);
	CHECK_EQ(recorded_nr_compared(&result), r.trace.nr_allocs);
	recorded_free(&result);
	recording_free(&r);
}

/* The n-th `a` behind operation `from`. */
static size_t alloc_behind(const struct recording *r, size_t from)
{
	while (r->ops[from].kind != LAB_OP_ALLOC)
		from++;
	return from;
}

TEST(recorded_false_places_are_not_explained)
{
	static const size_t places[] = { 0, 1, 60, 127, 128, 129, 700, 1499 };
	struct recorded result;

	for (size_t i = 0; i < 8; i++) {
		struct recording r;
		size_t at;
		uint32_t right;

		record(&r, "linux61", 1600, 6, false);
		at = alloc_behind(&r, places[i]);
		right = r.ops[at].offset;
		r.ops[at].offset = 60004;
		compare(&r, "linux61", &result);
		CHECK_EQ(result.nr_unexplained, 1);
		CHECK_EQ(difference(&result, result.differences->len - 1)->op, at);
		CHECK_EQ(difference(&result, result.differences->len - 1)->offset, right);
		CHECK(difference(&result, result.differences->len - 1)->placed);
		CHECK_EQ(difference(&result, result.differences->len - 1)->nr_passed, 0);
		CHECK(!recorded_is_good(&result));
		CHECK(i == 7 || result.nr_left_out[RECORDED_BEHIND] > 0);
		recorded_free(&result);
		recording_free(&r);
	}
}

TEST(recorded_atomic_requests_are_listed_and_not_judged)
{
	struct recording r;
	struct recorded result;
	size_t at;

	record(&r, "linux61", 2000, 7, true);
	compare(&r, "linux61", &result);
	CHECK(result.nr_atomic > 50 && result.nr_equal > 500);
	CHECK_EQ(result.nr_atomic_equal, result.nr_atomic);
	CHECK(recorded_is_good(&result));
	recorded_free(&result);
	for (at = 1000; r.ops[at].kind != LAB_OP_ALLOC || !(r.ops[at].flags & LAB_OP_ATOMIC);)
		at++;
	r.ops[at].offset = 60004;
	compare(&r, "linux61", &result);
	CHECK_EQ(result.nr_unexplained, 0);
	CHECK_EQ(result.nr_atomic_equal, result.nr_atomic - 1);
	CHECK(result.nr_left_out[RECORDED_BEHIND_ATOMIC] > 100);
	CHECK(recorded_is_good(&result)); /* what was compared is equal */
	recorded_free(&result);
	recording_free(&r);
}

/* Pages that the request could not have: before its place there is room. */
TEST(recorded_atomic_requests_see_the_pages_of_their_place)
{
	struct recording r;
	struct recorded result;

	CHECK(trace_parse(TP "a 0 8192 4 -- - 0 0\nf 0\na 1 8 8 A- - 0 4096\na 2 8 8 -- - 0 0\n"));
	r = (struct recording){ .ops = trace_ops, .trace = trace_parsed };
	compare(&r, "linux61", &result);
	CHECK_EQ(result.nr_atomic_equal, 1);
	CHECK_EQ(result.nr_equal, 2);
	recorded_free(&result);
}

TEST(recorded_says_which_event_came_late)
{
	struct recording r;
	struct recorded result;

	/* f 0 came before a 2; and then before a 2 and a 3. */
	CHECK(trace_parse(TP "a 0 8 8 -- - 0 0\na 1 8 8 -- - 0 8\na 2 8 8 -- - 0 0\nf 0\n"));
	r = (struct recording){ .ops = trace_ops, .trace = trace_parsed };
	compare(&r, "linux61", &result);
	CHECK_EQ(result.nr_swapped, 1);
	CHECK(difference(&result, 0)->op == 2 && difference(&result, 0)->offset == 16);
	CHECK(difference(&result, 0)->early == 2 && difference(&result, 0)->late == 3);
	CHECK_EQ(difference(&result, 0)->nr_passed, 1);
	recorded_free(&result);
	CHECK(trace_parse(TP "a 0 8 8 -- - 0 0\na 1 8 8 -- - 0 8\na 2 8 8 -- - 0 0\n"
			     "a 3 8 8 -- - 0 16\nf 0\n"));
	r = (struct recording){ .ops = trace_ops, .trace = trace_parsed };
	compare(&r, "linux61", &result);
	CHECK_EQ(result.nr_late, 1);
	CHECK(difference(&result, 0)->early == 2 && difference(&result, 0)->late == 4);
	CHECK_EQ(difference(&result, 0)->nr_passed, 2);
	recorded_free(&result);
}

/* --- what is left out ------------------------------------------------------------------------ */

/* Compares a text; the counts as "compared/no place/older/incomplete/illegal". */
static void check_left_out(const char *text, const char *wanted)
{
	struct recording r;
	struct recorded result;
	char counts[64];

	CHECK(trace_parse(text));
	r.ops = trace_ops;
	r.trace = trace_parsed;
	compare(&r, "linux61", &result);
	snprintf(counts, sizeof(counts), "%llu/%llu/%llu/%llu/%llu",
		 (unsigned long long)recorded_nr_compared(&result),
		 (unsigned long long)result.nr_left_out[RECORDED_NO_PLACE],
		 (unsigned long long)result.nr_left_out[RECORDED_OLDER],
		 (unsigned long long)result.nr_left_out[RECORDED_INCOMPLETE],
		 (unsigned long long)result.nr_left_out[RECORDED_ILLEGAL]);
	CHECK_STR(counts, wanted);
	CHECK_EQ(result.nr_unexplained, 0);
	recorded_free(&result);
}

TEST(recorded_leaves_out_what_cannot_be_known)
{
	check_left_out(TP, "0/0/0/0/0");
	check_left_out(TP "a 0 8 8 -- - 0 0\na 1 8 8 -- - 0 8\n", "2/0/0/0/0");
	check_left_out(TP "a 0 8 8 -- - - -\na 1 8 8 -- - - 8\nf 0\n", "0/2/0/0/0");
	check_left_out(TP "a 0 8 8 -- - 0 0\na 1 8 8 -- - 0 -\na 2 8 8 -- - 0 99\n", "1/1/0/1/0");
	/* Older: with a mark; or as a first chunk lies, if no recorder made the trace. */
	check_left_out(TP "u 0\na 0 8 8 -- - 0 8\na 1 8 8 -- - 1 0\na 2 8 8 -- - 0 64\nf 0\n",
		       "1/0/2/0/0");
	check_left_out(TP "a 0 8 8 -- - 0 4096\nf 0\na 1 8 8 -- - 0 9000\n", "0/0/2/0/0");
	check_left_out(TP "a 0 8 8 -- - 0 0\nu 0\na 1 8 8 -- - 0 64\na 2 8 8 -- - 0 8\n",
		       "1/0/0/2/0");
	check_left_out(TP "a 0 8 8 -- - 0 0\na 1 0 8 -- - 0 8\na 2 8 8 -- - 0 8\n", "1/0/0/0/2");
	check_left_out(TP "a 0 32769 8 -- - 0 0\n", "0/0/0/0/1");
	check_left_out(TP "a 0 8 8192 -- - 0 0\n", "0/0/0/0/1");
	check_left_out(TP "a 0 8 12 -- - 0 0\n", "0/0/0/0/1");
	/* As a kernel rounds: sizes up to 4, alignments up to 4. */
	check_left_out(TP "a 0 32768 0 -- - 0 0\na 1 1 1 -- - 0 32768\na 2 5 2 -- - 0 32772\n",
		       "3/0/0/0/0");
	/* Each chunk is one by itself, whatever the numbers. */
	check_left_out(TP "a 0 8 8 -- - 4294967295 0\na 1 8 8 -- - 7 0\nf 0\n"
			  "a 2 8 8 -- - 4294967295 0\n", "3/0/0/0/0");
}

TEST(recorded_places_must_be_of_a_unit)
{
	CHECK(trace_parse(TP "a 0 8 8 -- - 0 65528\na 1 8 8 -- - - 70000\nf 0\n"
			     "a 2 9 8 -- - 0 65528\n"));
	CHECK_EQ(recorded_misfit(&trace_parsed, UNIT), 3);
	CHECK_EQ(recorded_misfit(&trace_parsed, 2 * UNIT), 4);
	CHECK(trace_parse(TP "a 0 4294967295 8 -- - 0 4294967295\n"));
	CHECK_EQ(recorded_misfit(&trace_parsed, UNIT), 0);
}

TEST(recorded_demands_999_of_1000)
{
	static const struct {
		uint64_t equal, swapped, late, unexplained;
		bool good;
	} rows[] = {
		{ 0, 0, 0, 0, false },	 { 1, 0, 0, 0, true },	  { 999, 1, 0, 0, true },
		{ 998, 1, 0, 0, false }, { 999, 0, 1, 0, true },  { 1998, 1, 1, 0, true },
		{ 1997, 1, 1, 0, false }, { 99999, 0, 0, 1, false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct recorded result = {
			.nr_equal = rows[i].equal, .nr_swapped = rows[i].swapped,
			.nr_late = rows[i].late, .nr_unexplained = rows[i].unexplained,
		};

		CHECK_EQ(recorded_is_good(&result), rows[i].good);
	}
}
