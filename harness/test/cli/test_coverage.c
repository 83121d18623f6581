/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_coverage.c - what is made of an export of llvm-cov: lines, sides, places, reasons.
 *
 * The export below is llvm-cov-19's of toy.c, run once; its summary said 7 of 11 lines, 4 of 8
 * sides, 0 of 2 conditions. (The macro's text stands in no function: it is nobody's line.)
 */
#include "harness/cli/cmd.h"
#include "harness/cli/coverage/coverage_data.h"
#include "harness/cli/coverage/coverage_places.h"
#include "harness/cli/coverage/coverage_reasons.h"
#include "harness/cli/coverage/coverage_source.h"
#include "harness/test/lib/test.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char toy[] = "#define NEVER(x) ((x) ? 1 : 0)\n"
			  "static inline int f(int a, int b)\n"
			  "{\n"
			  "	if (a && b)\n"
			  "		return 1; /* both */\n"
			  "	return NEVER(a > 5 && b);\n"
			  "}\n"
			  "\n"
			  "int g(void)\n"
			  "{\n"
			  "	return 2;\n"
			  "}\n"
			  "\n"
			  "int main(void)\n"
			  "{\n"
			  "	return f(0, 1) + f(1, 0);\n"
			  "}\n";

#define BRANCHES "[4,6,4,7,1,1,0,0,6],[4,11,4,12,0,1,0,0,6]"
#define RECORDS	 "[4,6,4,12,0,5,[false,false]],[1,20,1,21,0,5,[false,false]]"
#define EXPORT(branches, records)                                                                  \
	"{'data':[{'files':[{'branches':[" branches "],'expansions':[{'branches':["                \
	"[1,20,1,21,0,2,1,0,6],[1,20,1,21,0,0,1,0,6]],'source_region':[6,9,6,14,2,0,1,1]}],"       \
	"'filename':'%s/core/toy.c','mcdc_records':[" records "],'segments':["                     \
	"[1,18,2,true,true,false],[1,19,2,true,true,false],[1,20,2,true,true,false],"              \
	"[1,21,2,true,false,false],[1,25,0,true,true,false],[1,26,2,true,false,false],"            \
	"[1,29,2,true,true,false],[1,30,2,true,false,false],[1,31,0,false,false,false],"           \
	"[3,1,2,true,true,false],[4,6,2,true,true,false],[4,7,2,true,false,false],"                \
	"[4,11,1,true,true,false],[4,12,2,true,false,false],[4,13,0,true,false,true],"             \
	"[5,3,0,true,true,false],[5,11,2,true,false,false],[6,2,2,true,true,false],"               \
	"[6,9,2,true,true,false],[6,14,2,true,false,false],[7,2,0,false,false,false],"             \
	"[10,1,0,true,true,false],[12,2,0,false,false,false],[15,1,1,true,true,false],"            \
	"[17,2,0,false,false,false]]}]}]}"

/* A checkout with one file in its core. */
static void make_root(void)
{
	static char folder[] = "/tmp/test_coverage.XXXXXX";
	char *path;

	if (getenv("LAB_TEST_ROOT_MADE"))
		return;
	CHECK(mkdtemp(folder) != NULL);
	setenv("LAB_ROOT", folder, 1);
	setenv("LAB_TEST_ROOT_MADE", "1", 1);
	CHECK(asprintf(&path,
		       "mkdir -p %s/core/include/pcpu && cd %s && touch core/include/pcpu/pcpu.h "
		       "lab && chmod +x lab",
		       folder, folder) > 0);
	CHECK_EQ(system(path), 0);
	free(path);
	path = cmd_path("core/toy.c");
	CHECK(cmd_write_file(path, toy, strlen(toy)));
	free(path);
}

__attribute__((destructor)) static void remove_root(void)
{
	char *command;

	if (getenv("LAB_TEST_ROOT_MADE") && asprintf(&command, "rm -rf '%s'", cmd_root()) > 0) {
		if (system(command))
			fprintf(stderr, "%s failed\n", command);
		free(command);
	}
}

/* Reads a text like EXPORT: with ' for " and one %s for the root. */
static void read_export(struct coverage_data *data, const char *format)
{
	char *path, *text;

	make_root();
	path = cmd_path("export.json");
	CHECK(asprintf(&text, format, cmd_root()) > 0);
	for (char *at = text; *at; at++)
		*at = *at == '\'' ? '"' : *at;
	CHECK(cmd_write_file(path, text, strlen(text)));
	CHECK(coverage_data_read(data, path, "core/"));
	free(text);
	free(path);
}

static const struct coverage_line *find_line(const struct coverage_file *file, unsigned line)
{
	for (size_t i = 0; i < file->nr_lines; i++)
		if (file->lines[i].line == line)
			return &file->lines[i];
	return NULL;
}

TEST(counts_are_those_of_llvm_cov)
{
	struct coverage_data data;
	const struct coverage_file *file;

	read_export(&data, EXPORT(BRANCHES, RECORDS));
	CHECK_EQ(data.nr_files, 1);
	file = &data.files[0];
	CHECK_STR(file->name, "core/toy.c");
	CHECK_EQ(file->nr_lines, 11);
	CHECK_EQ(coverage_lines_covered(file), 7);
	CHECK_EQ(find_line(file, 4)->count, 2);
	CHECK_EQ(find_line(file, 5)->count, 0);
	CHECK(!find_line(file, 1) && !find_line(file, 8));
	CHECK_EQ(file->nr_branches, 4);
	CHECK_EQ(coverage_sides_covered(file), 4);
	CHECK_EQ(file->nr_conditions, 2);
	CHECK_EQ(file->nr_conditions_covered, 0);
	coverage_data_free(&data);
}

/* An inline function in two programs: what one of them reaches is reached. */
TEST(copies_of_a_function_are_one)
{
	struct coverage_data data;
	const struct coverage_file *file;

	read_export(&data, EXPORT(BRANCHES ",[4,6,4,7,1,0,0,0,6],[4,11,4,12,3,0,0,0,6]",
				  "[4,6,4,12,0,5,[false,true]]," RECORDS));
	file = &data.files[0];
	CHECK_EQ(file->nr_branches, 4);
	CHECK_EQ(file->branches[1].count[1], 3);
	CHECK_EQ(file->branches[1].count[0], 1);
	CHECK_EQ(coverage_sides_covered(file), 5);
	CHECK_EQ(file->nr_conditions, 2);
	CHECK_EQ(file->nr_conditions_covered, 1);
	coverage_data_free(&data);
}

TEST(what_is_no_export_is_refused)
{
	struct coverage_data data;
	char *path;

	make_root();
	path = cmd_path("core/toy.c");
	CHECK(!coverage_data_read(&data, path, "core/"));
	free(path);
}

TEST(functions_begin_at_the_margin)
{
	struct coverage_source source;
	char *name;

	make_root();
	CHECK(coverage_source_read(&source, "core/toy.c"));
	CHECK_EQ(coverage_source_head(&source, 5), 2);
	CHECK(!source.in_function[0] && source.in_function[2] && source.in_function[6]);
	CHECK(!source.in_function[7]);
	name = coverage_source_function(&source, 11);
	CHECK_STR(name, "g");
	free(name);
	coverage_source_free(&source);
}

static void check_place(const struct coverage_place *place, const char *function,
			const char *missing, unsigned line, const char *text)
{
	CHECK_STR(place->function, function);
	CHECK_STR(coverage_kind_name(place->kind), missing);
	CHECK_EQ(place->line, line);
	CHECK_STR(place->text, text);
}

TEST(places_are_named_by_their_text)
{
	struct coverage_places places = {0};
	struct coverage_data data;

	read_export(&data, EXPORT(BRANCHES, RECORDS));
	CHECK(coverage_places_add(&places, &data.files[0]));
	CHECK_EQ(places.nr, 6);
	check_place(&places.at[0], "f", "true", 4, "b");
	check_place(&places.at[1], "f", "runs", 5, "return 1;");
	CHECK_EQ(places.at[1].guard, 0);
	/* Both of `a > 5 && b`: the text is from the macro's name on. */
	check_place(&places.at[2], "f", "true", 6, "NEVER(a > 5 && b);");
	check_place(&places.at[3], "f", "true", 6, "NEVER(a > 5 && b);");
	check_place(&places.at[4], "f", "false", 6, "NEVER(a > 5 && b);");
	check_place(&places.at[5], "g", "runs", 10, "int g(void)");
	CHECK_EQ(places.at[5].nr_lines, 3);
	CHECK_EQ(places.at[5].to_line, 12);
	CHECK_EQ(places.at[5].guard, COVERAGE_NO_GUARD);
	coverage_places_free(&places);
	coverage_data_free(&data);
}

static bool parse(struct coverage_reasons *reasons, const char *text)
{
	return coverage_reasons_parse(reasons, "unreached", strdup(text));
}

TEST(a_reason_holds_for_what_its_condition_guards)
{
	struct coverage_places places = {0};
	struct coverage_reasons reasons;
	struct coverage_data data;

	read_export(&data, EXPORT(BRANCHES, RECORDS));
	CHECK(coverage_places_add(&places, &data.files[0]));
	CHECK(parse(&reasons, "# words\ndemand lines 100 branches 95.5\n\n"
			      "core/*.c f true b\n"
			      "core/toy.c f true NEVER(*\n"
			      "\tNobody\n"
			      "\tcan.\n"
			      "core/toy.c g runs return 2;\n"
			      "\tAnother.\n"));
	CHECK(reasons.is_demand && reasons.lines_percent == 100 &&
	      reasons.branches_percent == 95.5);
	coverage_reasons_apply(&reasons, &places);
	CHECK_STR(places.at[0].reason, "Nobody can.");
	CHECK_STR(places.at[1].reason, "Nobody can.");
	CHECK_STR(places.at[2].reason, "Nobody can.");
	CHECK(!places.at[4].reason); /* its other side */
	CHECK(!places.at[5].reason);
	CHECK_EQ(reasons.entries[1].nr_places, 2);
	CHECK_EQ(reasons.entries[2].nr_places, 0); /* stale */
	coverage_reasons_free(&reasons);
	coverage_places_free(&places);
	coverage_data_free(&data);
}

/* A condition of two lines, whose second operand has the reason. */
TEST(a_condition_guards_behind_its_last_line)
{
	struct coverage_line lines[] = {{3, 1}, {4, 1}, {5, 1}, {6, 0}};
	struct coverage_branch branches[] = {
		{.line = 4, .column = 6, .to_line = 5, .to_column = 9, .count = {1, 0}},
		{.line = 4, .column = 11, .to_line = 4, .to_column = 12, .count = {0, 1}},
	};
	const struct coverage_file file = {.name = (char[]){"core/toy.c"},
					   .lines = lines,
					   .nr_lines = 4,
					   .branches = branches,
					   .nr_branches = 2};
	struct coverage_places places = {0};
	struct coverage_reasons reasons;

	make_root();
	CHECK(coverage_places_add(&places, &file));
	CHECK_EQ(places.nr, 3);
	CHECK_EQ(places.at[2].guard, 0);
	CHECK(parse(&reasons, "core/toy.c f false b\n\tNever.\n"));
	coverage_reasons_apply(&reasons, &places);
	CHECK(!places.at[0].reason);
	CHECK_STR(places.at[2].reason, "Never.");
	coverage_reasons_free(&reasons);
	coverage_places_free(&places);
}

TEST(reasons_that_cannot_be_read_are_refused)
{
	static const char *const wrong[] = {
		"\ta reason of nothing\n",
		"core/toy.c f true b\n",
		"core/toy.c f never b\n\tWhy.\n",
		"core/toy.c f true\n\tWhy.\n",
		"demand lines 100\n",
		"demand lines 100 branches 101\n",
		"demand lines 100 branches 95 or so\n",
	};
	struct coverage_reasons reasons;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		if (parse(&reasons, wrong[i]))
			FAIL("taken: %s", wrong[i]);
	CHECK(parse(&reasons, ""));
	CHECK(!reasons.is_demand);
	coverage_reasons_free(&reasons);
}

TEST(a_star_stands_for_anything)
{
	CHECK(coverage_text_matches("core/*.c", "core/toy.c"));
	CHECK(!coverage_text_matches("core/*.c", "core/toy.h"));
	CHECK(coverage_text_matches("*", ""));
	CHECK(coverage_text_matches("a*b*", "a*ab"));
	CHECK(coverage_text_matches("*p = *q", "*p = *q"));
	CHECK(!coverage_text_matches("ab", "abc"));
	CHECK(!coverage_text_matches("abc", "ab"));
	CHECK(coverage_text_matches("a*abc", "aababc"));
}
