/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_corpus.c - how a corpus is made small, and what its README.md keeps. */
#include "fuzz/corpus/corpus_cover.h"
#include "fuzz/corpus/corpus_readme.h"
#include "harness/test/lib/test.h"

#include <stdlib.h>
#include <string.h>

enum { NR_INPUTS = 4 };

/*
 * Lines each input covers:	1 2 3 4 5 6 7
 *	0 stays			x x
 *	1 by a few		  x x x
 *	2 the longest		      x x x
 *	3 as 2, but shorter	      x x x
 *	                  none:              7
 */
static const unsigned usual_from[] = {1, 2, 4, 4}, usual_to[] = {2, 4, 6, 6};

/* Input i covers the lines from[i] to to[i]. */
static void make_cover(struct corpus_cover *cover, const unsigned *from, const unsigned *to)
{
	static const size_t bytes[NR_INPUTS] = {9, 3, 80, 7};

	*cover = (struct corpus_cover){.inputs = calloc(NR_INPUTS, sizeof(*cover->inputs)),
				       .nr = NR_INPUTS};
	for (unsigned i = 0; i < NR_INPUTS; i++) {
		struct corpus_input *input = &cover->inputs[i];
		struct coverage_line lines[7];
		struct coverage_file file = {.name = "core/toy.c", .lines = lines, .nr_lines = 7};
		struct coverage_data data = {.files = &file, .nr_files = 1};

		for (unsigned line = 1; line <= 7; line++)
			lines[line - 1] =
				(struct coverage_line){line, line >= from[i] && line <= to[i]};
		input->name = strdup((char[]){(char)('a' + i), '\0'});
		input->bytes = bytes[i];
		corpus_cover_add(cover, input, &data);
	}
	cover->inputs[0].stays = from == usual_from;
}

TEST(few_inputs_cover_what_all_cover)
{
	struct corpus_cover cover;

	make_cover(&cover, usual_from, usual_to);
	corpus_cover_choose(&cover);
	CHECK(cover.inputs[0].chosen);
	CHECK(cover.inputs[1].chosen);
	CHECK(!cover.inputs[2].chosen);
	CHECK(cover.inputs[3].chosen); /* of two alike, the shorter */
	CHECK_EQ(corpus_cover_count(&cover), 6);
	corpus_cover_free(&cover);
}

TEST(a_committed_input_is_preferred)
{
	struct corpus_cover cover;

	make_cover(&cover, usual_from, usual_to);
	cover.inputs[2].committed = true;
	corpus_cover_choose(&cover);
	CHECK(cover.inputs[2].chosen && !cover.inputs[3].chosen);
	corpus_cover_free(&cover);
}

TEST(what_others_cover_goes_but_what_stays)
{
	struct corpus_cover cover;

	make_cover(&cover, usual_from, usual_to);
	cover.inputs[2].stays = cover.inputs[3].stays = true;
	corpus_cover_choose(&cover);
	for (int i = 0; i < NR_INPUTS; i++)
		CHECK(cover.inputs[i].chosen);
	corpus_cover_free(&cover);
}

/*
 *	0	  x x x x	taken first: it adds the most
 *	1	x x x
 *	2	      x x x	now 0 adds nothing
 */
TEST(what_became_needless_goes)
{
	static const unsigned from[NR_INPUTS] = {2, 1, 4, 1}, to[NR_INPUTS] = {5, 3, 6, 0};
	struct corpus_cover cover;

	make_cover(&cover, from, to);
	corpus_cover_choose(&cover);
	CHECK(!cover.inputs[0].chosen && cover.inputs[1].chosen && cover.inputs[2].chosen);
	CHECK(!cover.inputs[3].chosen);
	CHECK_EQ(corpus_cover_count(&cover), 6);
	corpus_cover_free(&cover);
}

/* Sides of one branch are two elements; a side that was not taken is not covered. */
TEST(sides_count_apart)
{
	struct corpus_input inputs[2] = {{.name = strdup("a")}, {.name = strdup("b")}};
	struct corpus_cover cover = {.inputs = inputs, .nr = 2};
	struct coverage_branch branch = {.line = 3, .column = 6, .count = {0, 5}};
	struct coverage_file file = {.name = "core/toy.c", .branches = &branch, .nr_branches = 1};
	struct coverage_data data = {.files = &file, .nr_files = 1};

	corpus_cover_add(&cover, &inputs[0], &data);
	branch.count[0] = 1;
	branch.count[1] = 0;
	corpus_cover_add(&cover, &inputs[1], &data);
	CHECK_EQ(cover.nr_elements, 2);
	corpus_cover_choose(&cover);
	CHECK(inputs[0].chosen && inputs[1].chosen);
	cover.inputs = memcpy(malloc(sizeof(inputs)), inputs, sizeof(inputs));
	corpus_cover_free(&cover);
}

/* Oracles and simulated platform are not what is covered; what reads text is. */
TEST(only_subjects_count)
{
	static char *const names[] = {"core/a.c", "harness/check/run/run.c",
				      "harness/text/log_text.c", "harness/text/trace.c",
				      "harness/text/text.c"};
	struct corpus_cover cover = {.inputs = calloc(1, sizeof(*cover.inputs)), .nr = 1};
	struct coverage_line line = {1, 1};
	struct coverage_file file = {.lines = &line, .nr_lines = 1};
	struct coverage_data data = {.files = &file, .nr_files = 1};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		file.name = names[i];
		corpus_cover_add(&cover, &cover.inputs[0], &data);
	}
	CHECK_EQ(cover.nr_elements, 4);
	corpus_cover_free(&cover);
}

TEST(names_of_found_inputs)
{
	CHECK(corpus_is_found("0123456789ab"));
	CHECK(!corpus_is_found("0123456789abc"));
	CHECK(!corpus_is_found("0123456789a"));
	CHECK(!corpus_is_found("extend_a_map"));
}

/* Reads `before`, puts one found input in, compares. */
static void check_rewrite(const char *before, const char *after)
{
	const struct corpus_row found = {"00000000000b", "reaches `a || b`", 0};
	struct corpus_readme readme;
	char *text;

	corpus_readme_parse(&readme, strdup(before));
	text = corpus_readme_write(&readme, "fuzz_toy", &found, 1);
	CHECK_STR(text, after);
	free(text);
	corpus_readme_free(&readme);
}

TEST(a_table_keeps_what_people_wrote)
{
	check_rewrite("# Seeds\n\n| seed | reason |\n|---|---|\n| one | as `it | is` |\n"
		      "| 00000000000a | an older one |\n| two | last |\n\nAn end.\n",
		      "# Seeds\n\n| seed | reason |\n|---|---|\n| one | as `it | is` |\n"
		      "| two | last |\n| 00000000000b | reaches `a \\|\\| b` |\n\nAn end.\n");
}

TEST(a_list_keeps_what_people_wrote)
{
	check_rewrite("Seeds.\n\n- `one`: first: of all\n- `00000000000a`: an older one\n",
		      "Seeds.\n\n- `one`: first: of all\n- `00000000000b`: reaches `a || b`\n");
}

TEST(a_new_readme_has_a_table)
{
	check_rewrite("", "<!-- SPDX-License-Identifier: BSD-2-Clause OR MIT -->\n"
			  "# Inputs of fuzz_toy\n\n| input | reason |\n|---|---|\n"
			  "| 00000000000b | reaches `a \\|\\| b` |\n");
}

TEST(writing_again_changes_nothing)
{
	const struct corpus_row found = {"00000000000b", "reaches `a || b`", 0};
	struct corpus_readme readme;
	char *once, *twice;

	corpus_readme_parse(&readme, strdup("- `one`: first\n"));
	once = corpus_readme_write(&readme, "fuzz_toy", &found, 1);
	corpus_readme_free(&readme);
	corpus_readme_parse(&readme, strdup(once));
	CHECK_STR(corpus_readme_reason(&readme, "00000000000b"), "reaches `a || b`");
	CHECK_STR(corpus_readme_reason(&readme, "one"), "first");
	CHECK(!corpus_readme_reason(&readme, "two"));
	twice = corpus_readme_write(&readme, "fuzz_toy", &found, 1);
	CHECK_STR(twice, once);
	free(once);
	free(twice);
	corpus_readme_free(&readme);
}
