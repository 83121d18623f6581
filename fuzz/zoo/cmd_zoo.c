/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * cmd_zoo.c - how soon is each defect of the zoo found, from an empty corpus?
 * With --matrix: by what (zoo_matrix.h)?
 *
 *	pcpu-zoo --list -> defects x engines x seeds -> hunts -> medians -> table, zoo.json
 *
 * After Magma (Hazimeh, Herrera, Payer 2020): fuzzers are compared by known bugs. Each engine first
 * hunts the two canaries: one it must find, the other it must reach, and neither find nor trigger,
 * or its numbers would mean nothing.
 */
#include "harness/cli/cmd.h"
#include "harness/cli/flavours.h"
#include "harness/cli/progress.h"
#include "fuzz/zoo/zoo_matrix.h"
#include "harness/cli/memory_file.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

enum { DEFAULT_SECONDS = 60, DEFAULT_SEEDS = 5, MAX_SEEDS = 99, MAX_JOBS = 64, CANARY_SECONDS = 5 };

static const struct engine {
	const char *name, *flavour;
} engines[] = {{"libfuzzer", "fuzz"}, {"afl", "afl"}};
enum { NR_ENGINES = sizeof(engines) / sizeof(engines[0]) };

struct zoo {
	struct zoo_list list;
	const char *engine, *only, *json;
	uint64_t seconds, nr_seeds, nr_jobs;
	bool corpus, matrix, every_unit;
	bool hunt_options; /* one that hunts alone take was given */

	struct zoo_row *rows;
	size_t nr_rows, nr_missed;

	/* Of the engine at work: nr_seeds hunts for each hunted defect, in order. */
	struct zoo_hunt *hunts;
	const struct zoo_defect_row **hunted;
	size_t nr_hunted;
};

/* --- hunts --------------------------------------------------------------------------------- */

static void ignore_done(void *context, const struct zoo_hunt *hunt)
{
}

static bool canaries_behave(const char *engine)
{
	struct zoo_hunt hunts[] = {
		{.defect = "canary_caught",
		 .target = "fuzz_alloc",
		 .engine = engine,
		 .seed = 1,
		 .seconds = CANARY_SECONDS},
		{.defect = "canary_harmless",
		 .target = "fuzz_alloc",
		 .engine = engine,
		 .seed = 1,
		 .seconds = CANARY_SECONDS},
	};
	bool ok = zoo_pool_run(hunts, 2, 1, ignore_done, NULL);

	if (!ok || process_interrupted())
		return false;
	if (hunts[0].end != ZOO_FOUND)
		fprintf(stderr, "lab zoo: the apparatus itself: %s does not find canary_caught\n",
			engine);
	if (hunts[1].end == ZOO_FOUND)
		fprintf(stderr, "lab zoo: the apparatus itself: %s finds canary_harmless\n",
			engine);
	if (hunts[1].end == ZOO_MISSED && (!hunts[1].reached || hunts[1].triggered))
		fprintf(stderr, "lab zoo: the apparatus itself: %s %s canary_harmless\n", engine,
			hunts[1].reached ? "triggers" : "does not reach");
	return hunts[0].end == ZOO_FOUND && hunts[1].end == ZOO_MISSED && hunts[1].reached &&
	       !hunts[1].triggered;
}

static void add_row(struct zoo *zoo, size_t i)
{
	struct zoo_row row =
		zoo_row_of(zoo->hunted[i], &zoo->hunts[i * zoo->nr_seeds], zoo->nr_seeds);

	if (row.nr_seeds == 0)
		return;
	progress_clear();
	zoo_row_print(&row, (unsigned)zoo->seconds);
	zoo->rows = g_realloc(zoo->rows, (zoo->nr_rows + 1) * sizeof(row));
	zoo->rows[zoo->nr_rows++] = row;
}

/* Prints a defect's row when the last of its hunts has ended. */
static void note_done(void *context, const struct zoo_hunt *hunt)
{
	struct zoo *zoo = context;
	size_t i = (size_t)(hunt - zoo->hunts) / zoo->nr_seeds;

	for (size_t seed = 0; seed < zoo->nr_seeds; seed++)
		if (zoo->hunts[i * zoo->nr_seeds + seed].end == ZOO_INTERRUPTED ||
		    zoo->hunts[i * zoo->nr_seeds + seed].parts)
			return;
	add_row(zoo, i);
}

static void zoo_plan(struct zoo *zoo, const char *engine)
{
	zoo->hunted = g_malloc0_n(zoo->list.nr + 1, sizeof(*zoo->hunted));
	zoo->hunts = g_malloc0_n(zoo->list.nr * zoo->nr_seeds + 1, sizeof(*zoo->hunts));
	zoo->nr_hunted = 0;
	for (size_t i = 0; i < zoo->list.nr; i++) {
		const struct zoo_defect_row *d = &zoo->list.defects[i];

		if (!d->is_hunted || (zoo->only && strcmp(zoo->only, d->name)))
			continue;
		for (size_t seed = 0; seed < zoo->nr_seeds; seed++)
			zoo->hunts[zoo->nr_hunted * zoo->nr_seeds + seed] = (struct zoo_hunt){
				.defect = d->name,
				.target = d->target,
				.engine = engine,
				.seed = (unsigned)seed + 1,
				.seconds = (unsigned)zoo->seconds,
			};
		zoo->hunted[zoo->nr_hunted++] = d;
	}
}

/* After an interrupt prints the results so far, also of a defect with only some seeds done. */
static bool hunt_all(struct zoo *zoo, const struct engine *engine)
{
	size_t nr_rows = zoo->nr_rows;
	bool ok = flavour_build(engine->flavour, NULL, NULL) && canaries_behave(engine->name);

	if (!ok)
		return false;
	zoo_plan(zoo, engine->name);
	ok = zoo_pool_run(zoo->hunts, zoo->nr_hunted * zoo->nr_seeds, (unsigned)zoo->nr_jobs,
			  note_done, zoo);
	for (size_t i = 0; process_interrupted() && i < zoo->nr_hunted; i++) {
		bool is_printed = false;

		for (size_t row = nr_rows; row < zoo->nr_rows; row++)
			is_printed |= zoo->rows[row].defect == zoo->hunted[i];
		if (!is_printed)
			add_row(zoo, i);
	}
	free(zoo->hunts);
	free(zoo->hunted);
	return ok;
}

/* --- printing ------------------------------------------------------------------------------ */

static void print_others(const struct zoo *zoo)
{
	for (size_t i = 0; i < zoo->list.nr; i++) {
		const struct zoo_defect_row *d = &zoo->list.defects[i];

		if (d->is_hunted || (zoo->only && strcmp(zoo->only, d->name)))
			continue;
		printf("%-40s %-4s not by inputs: %s%s%s\n", d->name, d->row, d->why,
		       *d->unit ? " Found by " : "", d->unit);
	}
}

static bool write_json(const struct zoo *zoo)
{
	json_t *all = zoo_json(&zoo->list, zoo->rows, zoo->nr_rows, (unsigned)zoo->seconds);
	char *path = cmd_path("reports/out/zoo.json");
	char *folder = cmd_path("reports/out");
	bool ok = true;

	if (!zoo->only && !process_interrupted()) /* do not store a partial table for the report */
		ok = cmd_make_folders(folder) && json_write_file(path, all, JSON_INDENT(1));
	if (zoo->json)
		ok = json_write_file(zoo->json, all, JSON_INDENT(1)) && ok;
	json_decref(all);
	free(path);
	free(folder);
	return ok;
}

static int zoo_hunts(struct zoo *zoo)
{
	bool both = !strcmp(zoo->engine, "both"), ok = true;

	for (int i = 0; i < NR_ENGINES && ok && !process_interrupted(); i++)
		if (both || !strcmp(zoo->engine, engines[i].name))
			ok = hunt_all(zoo, &engines[i]);
	if (ok || zoo->nr_rows > 0) {
		print_others(zoo);
		for (int i = 0; i < NR_ENGINES; i++)
			if (both || !strcmp(zoo->engine, engines[i].name))
				zoo->nr_missed +=
					zoo_rows_print_sum(zoo->rows, zoo->nr_rows, engines[i].name,
							   (unsigned)zoo->seconds);
		ok = write_json(zoo) && ok;
	}
	if (!ok)
		return flavour_failed();
	return zoo->nr_missed == 0 ? CMD_OK : CMD_FOUND;
}

/* The committed corpus against the zoo: what the test does. */
static int zoo_replay(void)
{
	char *program = cmd_path("build/main/fuzz/zoo/pcpu-zoo"), *corpus = cmd_path("corpus");
	char *killers = cmd_path("fuzz/zoo/killers");
	const char *argv[] = {program, "--killers", killers, corpus, NULL};
	struct process process = {.argv = argv, .to_user = true};
	struct process_result result;
	bool ok = process_run(&process, &result);

	free(program);
	free(corpus);
	free(killers);
	return ok ? CMD_OK : CMD_FOUND;
}

/* --- the command --------------------------------------------------------------------------- */

static int no_defect(const char *name)
{
	return cmd_usage(&cmd_zoo, "no defect '%s' (harness/zoo/defects.toml has them)", name);
}

static int check_words(const struct zoo *zoo, int nr_words, char **argv)
{
	bool known = !strcmp(zoo->engine, "both");

	for (int i = 0; i < NR_ENGINES; i++)
		known |= !strcmp(zoo->engine, engines[i].name);
	if (nr_words > 0)
		return cmd_usage(&cmd_zoo, "no word was expected, not '%s'", argv[1]);
	if (!known)
		return cmd_usage(&cmd_zoo, "--engine takes libfuzzer, afl or both, not '%s'",
				 zoo->engine);
	if (zoo->matrix && (zoo->corpus || zoo->hunt_options))
		return cmd_usage(&cmd_zoo,
				 "--matrix hunts nothing: it takes --defect, --every-unit, --json");
	if (zoo->every_unit && !zoo->matrix)
		return cmd_usage(&cmd_zoo, "--every-unit goes with --matrix");
	if (zoo->only && !zoo_list_may_have(zoo->only))
		return no_defect(zoo->only);
	return cmd_can_write(zoo->json) ? CMD_OK : CMD_USAGE;
}

static int zoo_do(struct zoo *zoo)
{
	if (zoo->matrix)
		return zoo_matrix_run(&zoo->list, zoo->only, zoo->every_unit, zoo->json);
	return zoo->corpus ? zoo_replay() : zoo_hunts(zoo);
}

static int cmd_zoo_run(int argc, char **argv)
{
	struct zoo zoo = {.engine = "libfuzzer",
			  .seconds = DEFAULT_SECONDS,
			  .nr_seeds = DEFAULT_SEEDS,
			  .nr_jobs = 1};
	const struct cmd_option options[] = {
		{"time", CMD_NUMBER, &zoo.seconds, 1, 100000, &zoo.hunt_options},
		{"seeds", CMD_NUMBER, &zoo.nr_seeds, 1, MAX_SEEDS, &zoo.hunt_options},
		{"jobs", CMD_NUMBER, &zoo.nr_jobs, 1, MAX_JOBS, &zoo.hunt_options},
		{"engine", CMD_TEXT, &zoo.engine, 0, 0, &zoo.hunt_options},
		{"defect", CMD_TEXT, &zoo.only, 0, 0, NULL},
		{"json", CMD_OPTIONAL_TEXT, &zoo.json, 0, 0, NULL},
		{"corpus", CMD_FLAG, &zoo.corpus, 0, 0, NULL},
		{"matrix", CMD_FLAG, &zoo.matrix, 0, 0, NULL},
		{"every-unit", CMD_FLAG, &zoo.every_unit, 0, 0, NULL},
	};
	int nr_words, status = cmd_parse(&cmd_zoo, argc, argv, options,
					 sizeof(options) / sizeof(options[0]), &nr_words);

	if (status == CMD_OK)
		status = check_words(&zoo, nr_words, argv);
	if (status == CMD_OK && !zoo.corpus && !zoo.matrix && !cmd_claim(&cmd_zoo, NULL))
		status = CMD_USAGE;
	if (status != CMD_OK)
		return status;
	if (!zoo_list_load(&zoo.list))
		status = flavour_failed();
	else if (zoo.only && !zoo_list_find(&zoo.list, zoo.only))
		status = no_defect(zoo.only);
	else
		status = zoo_do(&zoo);
	zoo_rows_free(zoo.rows, zoo.nr_rows);
	zoo_list_free(&zoo.list);
	return status;
}

const struct cmd cmd_zoo = {
	.name = "zoo",
	.run = cmd_zoo_run,
};
