/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * cmd_zoo.c - how soon is each defect of the zoo found, from an empty corpus?
 *
 *	pcpu-zoo --list -> defects x engines x seeds -> hunts -> medians -> table, reports/out/zoo.json
 *
 * After Magma (Hazimeh, Herrera, Payer 2020): fuzzers are judged by known bugs.
 */
#include "cmd.h"
#include "flavours.h"
#include "progress.h"
#include "tools.h"
#include "zoo.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { DEFAULT_SECONDS = 60, DEFAULT_SEEDS = 5, MAX_SEEDS = 99, MAX_DEFECTS = 512 };

struct defect {
	char *line; /* cut into the fields below */
	char *name, *row, *found_by, *unit, *why, *says;
	bool built_in;
};

struct zoo {
	struct defect defects[MAX_DEFECTS];
	size_t nr_defects;
	const char *engine, *only, *json;
	uint64_t seconds, nr_seeds;
	json_t *rows;
	unsigned nr_found, nr_missed;
	bool stopped;
};

/* --- the list ---------------------------------------------------------------------------------- */

static void note_defect(void *context, const char *line, size_t bytes)
{
	struct zoo *zoo = context;
	struct defect *d = &zoo->defects[zoo->nr_defects];
	char *rest = strdup(line);

	if (!rest || zoo->nr_defects == MAX_DEFECTS)
		abort();
	d->line = rest;
	d->built_in = strcmp(strsep(&rest, "\t"), "0") != 0;
	d->name = strsep(&rest, "\t");
	d->row = strsep(&rest, "\t");
	d->found_by = strsep(&rest, "\t");
	d->unit = strsep(&rest, "\t");
	d->why = strsep(&rest, "\t");
	d->says = strsep(&rest, "\t");
	zoo->nr_defects++;
}

static bool load(struct zoo *zoo)
{
	char *program = cmd_path("build/main/fuzz/zoo/pcpu-zoo");
	const char *argv[] = { program, "--list", NULL };
	struct tool tool = { .argv = argv, .out_line = note_defect, .context = zoo,
			     .timeout_seconds = 10 };
	struct tool_result result;
	bool ok = tool_run(&tool, &result);

	if (!ok)
		tool_tell(&tool, &result);
	free(program);
	return ok;
}

static bool build(const char *flavour)
{
	return flavour_build(flavour, NULL, NULL);
}

/* --- hunts --------------------------------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* A hunt without a find counts as longer than any with one. */
static double median(double *values, size_t nr)
{
	qsort(values, nr, sizeof(*values), compare);
	return nr % 2 ? values[nr / 2] : (values[nr / 2 - 1] + values[nr / 2]) / 2;
}

static void tell_row(struct zoo *zoo, const struct defect *d, const struct zoo_hunt *hunt,
		     double *seconds, double *execs, size_t nr, size_t nr_found)
{
	double s = median(seconds, nr), e = median(execs, nr);
	bool found = nr_found * 2 > nr;

	progress_clear();
	zoo->nr_found += found;
	zoo->nr_missed += !found;
	printf("%-38s %-11s %-9s %zu/%zu  ", d->name, hunt->target, hunt->engine, nr_found, nr);
	if (found)
		printf("%7.2f s  %9.0f executions\n", s, e);
	else
		printf("not within %u s\n", hunt->seconds);
	fflush(stdout);
	json_array_append_new(
		zoo->rows,
		json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:o, s:o}", "defect", d->name, "row",
			  d->row, "says", d->says, "target", hunt->target, "engine", hunt->engine,
			  "seeds", (json_int_t)nr, "found", (json_int_t)nr_found, "seconds",
			  found ? json_real(s) : json_null(), "executions",
			  found ? json_real(e) : json_null()));
}

static bool hunt(struct zoo *zoo, const struct defect *d, const char *engine)
{
	double seconds[MAX_SEEDS], execs[MAX_SEEDS];
	size_t nr = 0, nr_found = 0;
	char target[64];
	struct zoo_hunt hunt = { .defect = d->name, .target = target, .engine = engine,
				 .seconds = (unsigned)zoo->seconds };

	snprintf(target, sizeof(target), "%.*s", (int)strcspn(d->found_by, " "), d->found_by);
	for (; nr < zoo->nr_seeds && !tool_interrupted(); nr++) {
		hunt.seed = (unsigned)nr + 1;
		progress_show("zoo %s %s %s seed %u", d->name, target, engine, hunt.seed);
		if (!zoo_hunt_run(&hunt))
			return false;
		if (hunt.interrupted)
			break;
		nr_found += hunt.found;
		seconds[nr] = hunt.found ? hunt.elapsed : 1e9;
		execs[nr] = hunt.found ? (double)hunt.nr_execs : 1e18;
	}
	if (nr > 0)
		tell_row(zoo, d, &hunt, seconds, execs, nr, nr_found);
	return true;
}

static bool hunt_all(struct zoo *zoo, const char *engine)
{
	for (size_t i = 0; i < zoo->nr_defects && !tool_interrupted(); i++) {
		const struct defect *d = &zoo->defects[i];

		if (zoo->only && strcmp(zoo->only, d->name))
			continue;
		if (d->built_in && *d->found_by && !hunt(zoo, d, engine))
			return false;
	}
	return true;
}

static void tell_others(const struct zoo *zoo)
{
	for (size_t i = 0; i < zoo->nr_defects; i++) {
		const struct defect *d = &zoo->defects[i];

		if (zoo->only && strcmp(zoo->only, d->name))
			continue;
		if (!d->built_in || !*d->found_by)
			printf("%-38s not by inputs: %s%s%s\n", d->name, d->why,
			       *d->unit ? " Found by " : "", d->unit);
	}
}

static bool write_json(const struct zoo *zoo)
{
	json_t *all = json_pack("{s:I, s:I, s:O}", "time_limit_seconds", (json_int_t)zoo->seconds,
				"seeds", (json_int_t)zoo->nr_seeds, "rows", zoo->rows);
	char *text = json_dumps(all, JSON_INDENT(1)), *path = cmd_path("reports/out/zoo.json");
	char *folder = cmd_path("reports/out");
	bool ok = cmd_make_folders(folder) && cmd_write_file(path, text, strlen(text));

	if (zoo->json)
		ok = cmd_write_file(zoo->json, text, strlen(text)) && ok;
	json_decref(all);
	free(text);
	free(path);
	free(folder);
	return ok;
}

static bool known(const struct zoo *zoo, const char *name)
{
	for (size_t i = 0; i < zoo->nr_defects; i++)
		if (!strcmp(zoo->defects[i].name, name))
			return true;
	return false;
}

static int hunts(struct zoo *zoo)
{
	bool both = !strcmp(zoo->engine, "both"), ok = true;

	if (both || !strcmp(zoo->engine, "libfuzzer"))
		ok = build("fuzz") && hunt_all(zoo, "libfuzzer");
	if (ok && (both || !strcmp(zoo->engine, "afl")))
		ok = build("afl") && hunt_all(zoo, "afl");
	progress_clear();
	tell_others(zoo);
	printf("%u found, %u not found within %llu s, by the median of %llu seeds\n", zoo->nr_found,
	       zoo->nr_missed, (unsigned long long)zoo->seconds,
	       (unsigned long long)zoo->nr_seeds);
	ok = write_json(zoo) && ok;
	return ok && !zoo->nr_missed ? CMD_OK : CMD_FOUND;
}

static int run(int argc, char **argv)
{
	static struct zoo zoo = { .engine = "libfuzzer", .seconds = DEFAULT_SECONDS,
				  .nr_seeds = DEFAULT_SEEDS };
	const struct cmd_option options[] = {
		{ "time", CMD_NUMBER, &zoo.seconds, 1, 100000, NULL },
		{ "seeds", CMD_NUMBER, &zoo.nr_seeds, 1, MAX_SEEDS, NULL },
		{ "engine", CMD_TEXT, &zoo.engine, 0, 0, NULL },
		{ "defect", CMD_TEXT, &zoo.only, 0, 0, NULL },
		{ "json", CMD_OPTIONAL_TEXT, &zoo.json, 0, 0, NULL },
	};
	int nr_words, status = cmd_parse(&cmd_zoo, argc, argv, options, 5, &nr_words);

	if (status != CMD_OK)
		return status;
	if (nr_words > 0)
		return cmd_usage(&cmd_zoo, "no word was expected, not '%s'", argv[1]);
	if (strcmp(zoo.engine, "libfuzzer") && strcmp(zoo.engine, "afl") &&
	    strcmp(zoo.engine, "both"))
		return cmd_usage(&cmd_zoo, "--engine takes libfuzzer, afl or both, not '%s'",
				 zoo.engine);
	if (!load(&zoo))
		return CMD_FOUND;
	if (zoo.only && !known(&zoo, zoo.only))
		return cmd_usage(&cmd_zoo, "no defect '%s' (fuzz/zoo/defects.toml has them)",
				 zoo.only);
	zoo.rows = json_array();
	status = hunts(&zoo);
	json_decref(zoo.rows);
	for (size_t i = 0; i < zoo.nr_defects; i++)
		free(zoo.defects[i].line);
	return status;
}

const struct cmd cmd_zoo = {
	.name = "zoo",
	.summary = "how soon each planted defect is found, from an empty corpus",
	.help = "usage: lab zoo [--time SECONDS] [--engine libfuzzer|afl|both] [--seeds N]\n"
		"               [--defect NAME] [--json [FILE]]\n"
		"\n"
		"Hunts each defect of fuzz/zoo/defects.toml with the target that reaches it best,\n"
		"from an empty corpus, on one core, once a seed; tells the median of time (start-up\n"
		"of the engine included) and of executions, and what is not found. Whether the\n"
		"committed corpus catches each is a test: lab test zoo.\n"
		"\n"
		"  --time SECONDS  limit of one hunt (default 60)\n"
		"  --engine E      libfuzzer (default, with ASan), afl, or both one after the other\n"
		"  --seeds N       hunts a defect (default 5)\n"
		"  --defect NAME   this one only\n"
		"  --json [FILE]   the table as JSON, which reports/out/zoo.json has anyway\n"
		"\n"
		"Exit status 1 when a defect is not found by most seeds.\n",
	.run = run,
};
