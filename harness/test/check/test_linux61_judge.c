/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_linux61_judge.c - why requests do not land where first fit would put them: each defect's own
 * trace, random traces against a naive first fit, and records that are damaged by hand.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/check/linux61/linux61_model_parts.h"
#include "harness/cli/cmd.h"
#include "harness/test/check/linux61_random.h"
#include "harness/test/check/linux61_replay.h"
#include "harness/test/lib/run_fixture.h"
#include "harness/test/lib/test.h"
#include "harness/test/lib/test_files.h"

#define GRANULE 4u

/* Those of corpus/traces/defects/README.md, and where exact hints place the last request. */
static const struct lab_linux61_config defect_config = {
	.unit_bytes = 65536, .static_bytes = 4096, .dyn_bytes = 12288, .judged = true,
};

static const struct defect {
	const char *name;
	enum lab_linux61_cause cause;
	struct lab_linux61_place exact, wanted;
	uint32_t nr_chunks; /* with exact hints, at the end */
	bool hidden;
} defects[] = {
	{"B20", LAB_LINUX61_B20, {0, 9216}, {0, 9216}, 2, true},
	{"B21", LAB_LINUX61_B21, {0, 15616}, {0, 7424}, 2, true},
	{"B25", LAB_LINUX61_B25, {0, 4608}, {0, 4100}, 2, true},
	{"B26", LAB_LINUX61_B26, {0, 16376}, {0, 16376}, 2, true},
	{"B27", LAB_LINUX61_B27, {3, 61456}, {0, 0}, 4, false},
	{"B28", LAB_LINUX61_B28, {0, 4608}, {0, 4608}, 2, false},
	{"B29", LAB_LINUX61_B29, {0, 8704}, {0, 8704}, 2, false},
	{"B30", LAB_LINUX61_B30, {0, 7168}, {0, 7168}, 2, true},
	{"B31", LAB_LINUX61_B31, {0, 4104}, {0, 4104}, 2, false},
};

enum { NR_DEFECTS = sizeof(defects) / sizeof(defects[0]) };

struct judged {
	struct linux61_replay replay;
	struct run_trace trace;
};

static void judged_open(struct judged *judged, const char *name,
			const struct lab_linux61_config *config)
{
	char path[64], *text;
	size_t bytes;

	snprintf(path, sizeof(path), "corpus/traces/defects/%s.trace", name);
	CHECK(cmd_read_file(test_source_path(path), &text, &bytes));
	run_trace_parse(&judged->trace, text, bytes);
	free(text);
	linux61_replay_init(&judged->replay, config, judged->trace.trace.nr_ids);
}

static void judged_close(struct judged *judged)
{
	linux61_replay_finish(&judged->replay);
	run_trace_free(&judged->trace);
}

static bool is_at(struct lab_linux61_place a, struct lab_linux61_place b)
{
	return a.chunk == b.chunk && a.offset == b.offset;
}

/* Every misplaced request of a defect's trace is of its class, the last one is misplaced. */
static void judge_defect(const struct defect *defect)
{
	struct judged j;
	const struct lab_linux61_finding *finding;
	uint32_t nr_vain = 0;

	judged_open(&j, defect->name, &defect_config);
	finding = lab_linux61_finding(j.replay.model);
	for (size_t i = 0; i < j.trace.trace.nr_ops; i++) {
		linux61_replay_step(&j.replay, &j.trace.ops[i]);
		nr_vain = lab_linux61_counts(j.replay.model).nr_vain_pages;
		if (j.trace.ops[i].kind != LAB_OP_ALLOC ||
		    finding->kind == LAB_LINUX61_AS_FIRST_FIT)
			continue;
		CHECK_EQ(finding->kind, LAB_LINUX61_ONE_CAUSE);
		CHECK_STR(lab_linux61_cause_name(finding->cause), defect->name);
		CHECK(finding->causes >> defect->cause & 1);
	}
	CHECK_EQ(nr_vain, defect->cause == LAB_LINUX61_B27 ? 10 : 0);
	CHECK_EQ(finding->kind, defect->cause == LAB_LINUX61_B27 ? LAB_LINUX61_AS_FIRST_FIT :
								   LAB_LINUX61_ONE_CAUSE);
	if (defect->cause != LAB_LINUX61_B27) {
		CHECK(finding->refused);
		CHECK_EQ(finding->hidden, defect->hidden);
		CHECK(is_at(finding->wanted, defect->wanted));
	}
	judged_close(&j);
}

TEST(each_defect_is_its_own_class)
{
	for (int i = 0; i < NR_DEFECTS; i++)
		judge_defect(&defects[i]);
}

/* With its one cause repaired the last request lands where exact hints put it, without it it does
   not; with all repaired nothing is misplaced, nor stocked in vain. */
TEST(each_repair_alone_has_its_own_trace_placed_exactly)
{
	for (int i = 0; i < NR_DEFECTS; i++) {
		const struct defect *defect = &defects[i];

		for (int repaired = 0; repaired < 2; repaired++) {
			struct lab_linux61_config config = defect_config;
			struct lab_linux61_place last;
			uint32_t nr_chunks;
			struct judged j;

			config.repaired = repaired ? 1u << defect->cause : 0;
			judged_open(&j, defect->name, &config);
			for (size_t at = 0; at < j.trace.trace.nr_ops; at++)
				linux61_replay_step(&j.replay, &j.trace.ops[at]);
			last = j.replay.place[j.trace.ops[j.trace.trace.nr_ops - 1].id];
			nr_chunks = lab_linux61_counts(j.replay.model).nr_chunks;
			judged_close(&j);
			if ((is_at(last, defect->exact) && nr_chunks == defect->nr_chunks) !=
			    (repaired == 1))
				FAIL("%s %s: last at %" PRIu32 " %" PRIu32 ", %" PRIu32 " chunks",
				     defect->name, repaired ? "repaired" : "as it is", last.chunk,
				     last.offset, nr_chunks);
		}
	}
}

/* The control: exact hints leave nothing to judge in these traces. */
TEST(exact_hints_have_no_class)
{
	struct lab_linux61_config config = defect_config;

	config.exact = true;
	for (int i = 0; i < NR_DEFECTS; i++) {
		struct judged j;

		judged_open(&j, defects[i].name, &config);
		for (size_t at = 0; at < j.trace.trace.nr_ops; at++) {
			linux61_replay_step(&j.replay, &j.trace.ops[at]);
			if (j.trace.ops[at].kind == LAB_OP_ALLOC)
				CHECK_EQ(lab_linux61_finding(j.replay.model)->kind,
					 LAB_LINUX61_AS_FIRST_FIT);
		}
		CHECK_EQ(lab_linux61_counts(j.replay.model).nr_vain_pages, 0);
		judged_close(&j);
	}
}

/* --- random traces --------------------------------------------------------------------------- */

/* First fit over a byte a granule; UINT32_MAX: none. */
static uint32_t naive_fit(const struct lab_linux61 *model, uint32_t chunk, uint32_t size,
			  uint32_t align)
{
	const uint8_t *used = lab_linux61_used(model, chunk);
	uint32_t nr = lab_linux61_nr_blocks(model, chunk) * LAB_L61_BLOCK;
	uint32_t n = (size + 3) / GRANULE, a = align < GRANULE ? 1 : align / GRANULE;

	for (uint32_t p = 0, u; p + n <= nr; p = (p + u) / a * a + a) {
		for (u = 0; u < n && !used[p + u]; u++)
			continue;
		if (u == n)
			return lab_linux61_start_bytes(model, chunk) + p * GRANULE;
	}
	return UINT32_MAX;
}

enum { MAX_CHUNKS = 64, CHECKED = 32 };

/* What each chunk has for a request, before it is made. */
struct naive {
	uint32_t nr_made;
	uint32_t fit[MAX_CHUNKS]; /* UINT32_MAX: none, or no chunk */
	uint32_t reserved;
};

static void naive_fill(struct naive *naive, const struct lab_linux61 *model,
		       const struct lab_op *op)
{
	naive->nr_made = lab_linux61_counts(model).nr_made;
	CHECK(naive->nr_made <= MAX_CHUNKS);
	for (uint32_t i = 0; i < naive->nr_made; i++)
		naive->fit[i] = lab_linux61_exists(model, i) ?
					naive_fit(model, i, op->size, op->align) :
					UINT32_MAX;
	naive->reserved = lab_linux61_exists(model, LAB_LINUX61_RESERVED) ?
				  naive_fit(model, LAB_LINUX61_RESERVED, op->size, op->align) :
				  UINT32_MAX;
}

/* Does the finding follow from first fit in each chunk? */
static void naive_compare(const struct naive *naive, const struct lab_linux61_finding *finding,
			  bool placed, struct lab_linux61_place place, uint64_t seed)
{
	uint32_t chunk = finding->wanted.chunk;
	bool misplaced = finding->kind > LAB_LINUX61_AS_FIRST_FIT;
	uint32_t wanted = chunk == LAB_LINUX61_RESERVED ? naive->reserved : naive->fit[chunk];
	uint32_t here = place.chunk == LAB_LINUX61_RESERVED ? naive->reserved :
			place.chunk < naive->nr_made	    ? naive->fit[place.chunk] :
							      place.offset;

	if (misplaced && (wanted != finding->wanted.offset ||
			  finding->refused == (placed && place.chunk == chunk)))
		FAIL("seed %" PRIu64 ": wanted %" PRIu32 " %" PRIu32 ", first fit %" PRIu32, seed,
		     chunk, finding->wanted.offset, wanted);
	if (!misplaced && !placed && naive->reserved != UINT32_MAX) /* the only one that refuses */
		FAIL("seed %" PRIu64 ": refused, first fit %" PRIu32 ", and no finding", seed,
		     naive->reserved);
	if (!misplaced && placed && here != place.offset)
		FAIL("seed %" PRIu64 ": at %" PRIu32 " %" PRIu32 ", first fit %" PRIu32
		     ", and no finding", seed, place.chunk, place.offset, here);
	for (uint32_t i = 0; !misplaced && placed && place.chunk != LAB_LINUX61_RESERVED &&
			     place.chunk >= naive->nr_made && i < naive->nr_made; i++)
		if (naive->fit[i] != UINT32_MAX)
			FAIL("seed %" PRIu64 ": a chunk was made, chunk %" PRIu32 " has a place, "
			     "and no finding", seed, i);
}

struct counts {
	uint64_t nr[LAB_LINUX61_NR_CAUSES], nr_several, nr_unexplained, nr_refused;
};

static void count(struct counts *counts, const struct lab_linux61_finding *finding)
{
	if (finding->kind == LAB_LINUX61_ONE_CAUSE)
		counts->nr[finding->cause]++;
	counts->nr_several += finding->kind == LAB_LINUX61_SEVERAL;
	counts->nr_unexplained += finding->kind == LAB_LINUX61_UNEXPLAINED;
	counts->nr_refused += finding->kind > LAB_LINUX61_AS_FIRST_FIT && finding->refused;
}

static void stretch_check(const uint8_t *used, uint32_t size,
			  struct lab_linux61_stretch stretch)
{
	CHECK(lab_l61_end(stretch) <= size);
	for (uint32_t x = stretch.start; x < lab_l61_end(stretch); x++)
		CHECK(!used[x]);
}

/* What the records of a chunk and its shadows know is free; the longest run is the longest. */
static void shadows_check(const struct lab_l61_chunk *c)
{
	uint32_t longest = 0;

	for (uint32_t x = 0, run = 0; x < c->size; x++) {
		run = c->used[x] ? 0 : run + 1;
		longest = run > longest ? run : longest;
	}
	CHECK_EQ(c->longest, longest);
	for (uint32_t i = 0; i < c->nr_shadows; i++) {
		const struct lab_l61_chunk *shadow = &c->shadow[i];

		stretch_check(c->used, c->size, shadow->record.best);
		stretch_check(c->used, c->size, shadow->record.second);
		for (uint32_t b = 0; b < c->nr_blocks; b++) {
			const uint8_t *used = c->used + b * LAB_L61_BLOCK;

			stretch_check(used, LAB_L61_BLOCK, shadow->block[b].best);
			stretch_check(used, LAB_L61_BLOCK, shadow->block[b].second);
		}
	}
}

/* One random trace, judged and not: placed alike, each finding as first fit has it. */
static void judge_random(uint64_t seed, struct lab_linux61_config config, struct counts *counts)
{
	const struct lab_linux61_finding *finding;
	struct linux61_replay replay, plain;
	struct run_trace random;
	struct naive naive = {0};

	linux61_random_trace(&random, seed, 1000, LAB_OP_RESERVED);
	config.judged = false;
	linux61_replay_init(&plain, &config, random.trace.nr_ids);
	config.judged = true;
	linux61_replay_init(&replay, &config, random.trace.nr_ids);
	for (size_t i = 0; i < random.trace.nr_ops; i++) {
		const struct lab_op *op = &random.ops[i];

		if (op->kind == LAB_OP_ALLOC)
			naive_fill(&naive, replay.model, op);
		linux61_replay_step(&replay, op);
		linux61_replay_step(&plain, op);
		if (i % CHECKED == 0)
			for (uint32_t id = 0; id < replay.model->counts.nr_made; id++)
				if (replay.model->chunk[id])
					shadows_check(replay.model->chunk[id]);
		if (op->kind != LAB_OP_ALLOC)
			continue;
		finding = lab_linux61_finding(replay.model);
		count(counts, finding);
		if (finding->kind != LAB_LINUX61_NOT_JUDGED)
			naive_compare(&naive, finding, replay.live[op->id], replay.place[op->id],
				      seed);
	}
	CHECK_EQ(replay.hash, plain.hash);
	linux61_replay_finish(&replay);
	linux61_replay_finish(&plain);
	run_trace_free(&random);
}

static const struct lab_linux61_config random_config = {
	.unit_bytes = 65536, .static_bytes = 4100, .reserved_bytes = 8192, .dyn_bytes = 13065,
};

/* Most classes, and nothing that is not explained. */
TEST(random_requests_are_explained)
{
	static const enum lab_linux61_cause seen[] = {
		LAB_LINUX61_B20, LAB_LINUX61_B21, LAB_LINUX61_B26, LAB_LINUX61_B28,
		LAB_LINUX61_B29, LAB_LINUX61_B30, LAB_LINUX61_L2,  LAB_LINUX61_L3,
		LAB_LINUX61_R1,
	};
	struct counts counts = {0};
	uint64_t nr = getenv("LAB_FULL") ? 1000 : 12;

	for (uint64_t seed = 1; seed <= nr; seed++) {
		struct lab_linux61_config config = random_config;

		if (seed % 3 == 0)
			config.reserved_bytes = 0;
		if (seed % 2 == 0)
			config.unit_bytes = 32768;
		judge_random(seed, config, &counts);
	}
	judge_random(17, random_config, &counts); /* R1 is rare */
	CHECK_EQ(counts.nr_unexplained, 0);
	CHECK(counts.nr_several > 0 && counts.nr_refused > 0);
	for (size_t i = 0; i < sizeof(seen) / sizeof(seen[0]); i++)
		if (counts.nr[seen[i]] == 0)
			FAIL("no request of class %s", lab_linux61_cause_name(seen[i]));
}

/* Exact hints refuse nothing that fits, and are late by design alone. */
TEST(random_requests_of_exact_hints)
{
	struct counts counts = {0};

	for (uint64_t seed = 1; seed <= 6; seed++) {
		struct lab_linux61_config config = random_config;

		config.exact = true;
		judge_random(seed, config, &counts);
	}
	CHECK_EQ(counts.nr_unexplained + counts.nr_several + counts.nr_refused, 0);
	for (int cause = 0; cause < LAB_LINUX61_NR_CAUSES; cause++)
		if (cause != LAB_LINUX61_L2 && cause != LAB_LINUX61_L3)
			CHECK_EQ(counts.nr[cause], 0);
	CHECK(counts.nr[LAB_LINUX61_L3] > 0);
}

/* --- by hand --------------------------------------------------------------------------------- */

/* A chunk that knows of no free granule, for no reason of the list. */
TEST(judge_says_when_nothing_explains_it)
{
	struct lab_linux61 *model = lab_linux61_create(&defect_config);
	struct lab_l61_chunk *first = model->chunk[0];
	struct lab_linux61_place place;

	CHECK(lab_linux61_alloc(model, 1024, 4, false, false, &place));
	CHECK_EQ(lab_linux61_finding(model)->kind, LAB_LINUX61_AS_FIRST_FIT);
	first->record.best.length = 0;
	for (uint32_t i = 0; i < first->nr_shadows; i++)
		first->shadow[i].record.best.length = 0;
	CHECK(lab_linux61_alloc(model, 1024, 4, false, false, &place));
	CHECK_EQ(place.chunk, 1);
	CHECK_EQ(lab_linux61_finding(model)->kind, LAB_LINUX61_UNEXPLAINED);
	CHECK_EQ(lab_linux61_finding(model)->wanted.offset, 5120);
	CHECK(!lab_linux61_alloc(model, 0, 4, false, false, &place));
	CHECK_EQ(lab_linux61_finding(model)->kind, LAB_LINUX61_NOT_JUDGED);
	lab_linux61_destroy(model);
}

/* A3, and what is behind it, reach the chunk's records and those of every shadow. */
TEST(missed_stretches_reach_every_shadow)
{
	struct lab_linux61 *model = lab_linux61_create(&defect_config);
	struct lab_l61_chunk *first = model->chunk[0];

	CHECK(first->nr_shadows > 6);
	first->block[0].best.length = 0;
	for (uint32_t i = 0; i < first->nr_shadows; i++)
		first->shadow[i].block[0].best.length = 0;
	lab_l61_report_missed(first, (struct lab_l61_missed){100, 200});
	CHECK_EQ(first->block[0].best.length, 200); /* extended down to the block's start */
	for (uint32_t i = 0; i < first->nr_shadows; i++)
		CHECK_EQ(first->shadow[i].block[0].best.length, 200);
	lab_linux61_destroy(model);
}

/*
 * 576 and 96 are free before best, 576 is second. 96 are taken of it: the rest, 480, is forgotten,
 * and the other 96 become second. When best is cut into they become best, and only what lies behind
 * them is looked at: the chunk refuses 416.
 *
 *	12288  12384        12864  13280  14016 14112  14848  15584         16384
 *	| #96  |.. 480 ..   | #416 | #736 |.96. | #736 | #736 | #576 | .224.|
 */
TEST(what_lies_before_second_is_overlooked)
{
	static const char text[] = "# pcpu-trace 1\na 0 8192 4 --\na 1 576 4 --\na 2 416 4 --\n"
				   "a 3 736 4 --\na 4 96 4 --\nf 1\na 5 736 4 --\n"
				   "a 6 736 4 --\na 7 96 4 --\nf 4\na 8 576 4 --\n"
				   "a 9 416 4 --\n";

	for (int repaired = 0; repaired < 2; repaired++) {
		struct lab_linux61_config config = defect_config;
		const struct lab_linux61_finding *finding;
		struct judged j;

		config.repaired = repaired ? 1u << LAB_LINUX61_R1 : 0;
		run_trace_parse(&j.trace, text, strlen(text));
		linux61_replay_init(&j.replay, &config, j.trace.trace.nr_ids);
		for (size_t i = 0; i < j.trace.trace.nr_ops; i++)
			linux61_replay_step(&j.replay, &j.trace.ops[i]);
		finding = lab_linux61_finding(j.replay.model);
		CHECK_EQ(finding->kind,
			 repaired ? LAB_LINUX61_AS_FIRST_FIT : LAB_LINUX61_ONE_CAUSE);
		CHECK(repaired || finding->causes == 1u << LAB_LINUX61_R1);
		CHECK(is_at(j.replay.place[9], repaired ? (struct lab_linux61_place){0, 12384} :
							  (struct lab_linux61_place){1, 0}));
		judged_close(&j);
	}
}

/* The chunk's second survives a full rescan whose first run starts behind best and second. */
TEST(stale_second_goes_when_it_is_repaired)
{
	for (int repaired = 0; repaired < 2; repaired++) {
		struct lab_linux61_config config = defect_config;
		struct lab_linux61 *model;
		struct lab_l61_chunk *first;

		config.repaired = repaired ? 1u << LAB_LINUX61_STALE : 0;
		model = lab_linux61_create(&config);
		first = model->chunk[0];
		first->record.best = (struct lab_linux61_stretch){4, 8};
		first->record.second = (struct lab_linux61_stretch){40, 8};
		for (uint32_t i = 0; i < first->nr_blocks; i++)
			first->block[i] = (struct lab_linux61_record){.first = 0};
		first->block[0].best = (struct lab_linux61_stretch){100, 50};
		lab_l61_rescan_chunk(first, true);
		CHECK_EQ(first->record.second.length, repaired ? 0 : 8);
		lab_linux61_destroy(model);
	}
}
