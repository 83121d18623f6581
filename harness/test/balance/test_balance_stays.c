/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_balance_stays.c - the runner's oracle of refusals and wrong frees, and of what has to stay
   as it was. */
#include "harness/test/balance/balance_changes.h"

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
