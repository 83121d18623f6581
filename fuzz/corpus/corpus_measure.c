/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * corpus_measure.c - measures each input alone by a replay, llvm-profdata and llvm-cov; one per CPU
 * in parallel.
 *
 *	input > replay > N.profraw > N.profdata > N.json > covers
 */
#include "harness/cli/cmd.h"
#include "fuzz/corpus/corpus_cover.h"
#include "harness/cli/progress.h"
#include "harness/cli/process.h"

#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_SLOTS = 16, INPUT_SECONDS = 60, REPLAY_FAILED = 9 };

/* $1: program, $2: input, $3: intermediate files without their suffix, $4 $5: source folders */
static const char script[] =
	"LLVM_PROFILE_FILE=\"$3.profraw\" \"$1\" \"$2\" >\"$3.said\" || exit 9\n"
	"llvm-profdata-19 merge -sparse -o \"$3.profdata\" \"$3.profraw\" && "
	"exec llvm-cov-19 export -skip-functions -instr-profile \"$3.profdata\" \"$1\" "
	"-sources \"$4\" \"$5\" >\"$3.json\"\n";

/* A place for one measurement in progress. */
struct slot {
	struct process_job job;
	struct process process;
	const char *argv[10];
	char *base;
	struct corpus_input *input; /* NULL: idle */
};

struct measure {
	struct corpus_cover *cover;
	const char *program;
	char *core, *lab;
	struct slot slots[MAX_SLOTS];
	unsigned nr_slots;
	size_t next, nr_done;
};

static void measure_start(struct measure *measure, struct slot *slot)
{
	struct corpus_input *input = &measure->cover->inputs[measure->next++];
	const char *argv[] = {
		"sh",	     "-c",	 script,	"measure",    measure->program,
		input->path, slot->base, measure->core, measure->lab, NULL};

	slot->input = input;
	memcpy(slot->argv, argv, sizeof(argv));
	slot->process = (struct process){
		.argv = slot->argv, .err_file = "-", .timeout_seconds = INPUT_SECONDS};
	process_start(&slot->job, &slot->process);
}

/* Reads the result of a slot. False after printing a diagnostic. */
static bool measure_finish(struct measure *measure, struct slot *slot)
{
	struct corpus_input *input = slot->input;
	struct coverage_data data;
	char path[4200];
	bool ok = false;

	slot->input = NULL;
	snprintf(path, sizeof(path), "%s.json", slot->base);
	if (slot->job.result.interrupted || process_interrupted())
		return false;
	if (slot->job.result.status == REPLAY_FAILED) {
		progress_say("%s: breaks something when replayed%s", input->path,
			     input->committed ? "" : ": not taken");
		return !input->committed;
	}
	if (slot->job.result.status != 0) {
		process_explain(&slot->process, &slot->job.result);
		return false;
	}
	ok = coverage_data_read(&data, path, "");
	if (ok)
		corpus_cover_add(measure->cover, input, &data);
	coverage_data_free(&data);
	progress_show("covers of %zu of %zu inputs", ++measure->nr_done, measure->cover->nr);
	return ok;
}

/* Starts measurements in idle slots and reads finished ones until all are done. */
static bool measure_serve(struct measure *measure)
{
	bool ok = true, busy = true;

	while (busy) {
		busy = false;
		for (unsigned i = 0; i < measure->nr_slots; i++) {
			struct slot *slot = &measure->slots[i];

			if (slot->input && !slot->job.running)
				ok = measure_finish(measure, slot) && ok;
			if (!slot->input && ok && measure->next < measure->cover->nr)
				measure_start(measure, slot);
			busy |= slot->input != NULL;
		}
		if (busy)
			processes_wait();
	}
	progress_clear();
	return ok;
}

bool corpus_cover_measure(struct corpus_cover *cover, const char *program, const char *work)
{
	struct measure measure = {.cover = cover,
				  .program = program,
				  .core = cmd_path("core"),
				  .lab = cmd_path("harness/text")};
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	bool ok;

	measure.nr_slots = cpus > MAX_SLOTS ? MAX_SLOTS : cpus < 1 ? 1 : (unsigned)cpus;
	for (unsigned i = 0; i < measure.nr_slots; i++) {
		measure.slots[i].base = g_strdup_printf("%s/%u", work, i);
	}
	signals_hold();
	ok = measure_serve(&measure);
	signals_release();
	for (unsigned i = 0; i < measure.nr_slots; i++)
		free(measure.slots[i].base);
	free(measure.core);
	free(measure.lab);
	return ok;
}
