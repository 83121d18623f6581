/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_balance_account.c - the account that the runner keeps of the statistics (model_stats.def): a
   field that is off by one is blamed, each by its own sentence. */
#include "harness/test/balance/balance_fixture.h"

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
