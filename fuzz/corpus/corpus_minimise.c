/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * corpus_minimise.c - chooses few inputs that cover as much as all.
 *
 *	corpus/T ----------------+
 *	build/fuzz-corpus/T, ... +-> libFuzzer's set cover -> each alone -> greedy cover -> corpus/T
 *	                              hundreds of thousands    hundreds      some
 *
 * R1  Inputs written by people, and those that kill a defect of the zoo (fuzz/zoo/killers), stay.
 * R2  corpus/ changes only after the choice is complete. Then new files are added, README.md is
 *     replaced, old files are removed, in this order and each atomically: a failure leaves too many
 *     files, never too few.
 */
#include "fuzz/corpus/corpus_minimise.h"
#include "harness/cli/cmd.h"
#include "fuzz/corpus/corpus_cover.h"
#include "fuzz/corpus/corpus_files.h"
#include "fuzz/corpus/corpus_readme.h"
#include "harness/cli/flavours.h"
#include "fuzz/targets/fuzz.h"
#include "harness/cli/progress.h"
#include "harness/cli/process.h"

#include <errno.h>
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MERGE_SECONDS = 1800 };

struct minimise {
	const char *target, *further;
	char *corpus, *grown, *committed, *merged, *each; /* folders */
	char **names;					  /* in corpus/TARGET */
	struct corpus_cover cover;
	struct corpus_readme readme;
	struct corpus_row *found;
	size_t nr_found;
};

/* --- candidates ------------------------------------------------------------------------------- */

static bool minimise_build(const char *target)
{
	char *ninja;
	bool ok;

	ninja = g_strdup_printf("fuzz/%s", target);
	ok = flavour_build("fuzz", (const char *const[]){ninja, NULL}, NULL) &&
	     flavour_build("asan", (const char *const[]){ninja, NULL}, NULL);
	free(ninja);
	return ok;
}

/* Copies without README.md, which libFuzzer would treat as an input. */
static bool copy_committed(struct minimise *minimise)
{
	for (char **name = minimise->names; *name; name++) {
		if (!corpus_copy(minimise->corpus, *name, minimise->committed))
			return false;
	}
	return true;
}

static void note_line(void *context, const char *line, size_t bytes)
{
	const struct minimise *minimise = context;

	if (!strncmp(line, "MERGE", 5) || line[0] == '#')
		progress_show("corpus %s: %.100s", minimise->target, line);
}

/* Writes libFuzzer's own choice, by its edges, into merged/. */
static bool minimise_merge(struct minimise *minimise)
{
	static const char *const environment[] = {"ASAN_OPTIONS=detect_leaks=0", NULL};
	char *program = cmd_path("build/fuzz/fuzz/%s", minimise->target);
	char *log = cmd_path("build/corpus/%s/merge.log", minimise->target);
	char max_len[32];
	const char *argv[] = {program,
			      "-set_cover_merge=1",
			      max_len,
			      "-timeout=20",
			      minimise->merged,
			      minimise->committed,
			      NULL,
			      NULL,
			      NULL};
	struct process process = {.argv = argv,
				  .environment = environment,
				  .err_file = log,
				  .err_line = note_line,
				  .context = minimise,
				  .timeout_seconds = MERGE_SECONDS};
	struct process_result result;
	size_t nr = 6;
	bool ok;

	snprintf(max_len, sizeof(max_len), "-max_len=%u", FUZZ_MAX_BYTES);
	if (!access(minimise->grown, R_OK))
		argv[nr++] = minimise->grown;
	if (minimise->further)
		argv[nr++] = minimise->further;
	ok = process_run(&process, &result);
	progress_clear();
	if (!ok) {
		process_explain(&process, &result);
		fprintf(stderr, "  the whole log: %s\n", log);
	}
	free(log);
	free(program);
	return ok;
}

static struct corpus_input *add_input(struct minimise *minimise, const char *folder,
				      const char *file)
{
	struct corpus_cover *cover = &minimise->cover;
	struct corpus_input *input;

	cover->inputs = g_realloc(cover->inputs, (cover->nr + 1) * sizeof(*input));
	input = &cover->inputs[cover->nr++];
	*input = (struct corpus_input){.name = g_strdup(file)};
	input->path = g_strdup_printf("%s/%s", folder, file);
	return input;
}

static void add_committed(struct minimise *minimise)
{
	static uint8_t bytes[FUZZ_MAX_BYTES];

	for (char **name = minimise->names; *name; name++) {
		struct corpus_input *input = add_input(minimise, minimise->corpus, *name);
		char *killed = corpus_defects_killed(minimise->target, *name);

		corpus_read(input->path, bytes, sizeof(bytes), &input->bytes);
		input->committed = true;
		input->stays = killed || !corpus_is_found(*name);
		free(killed);
	}
}

static bool same_bytes(const struct corpus_input *a, const char *path)
{
	static uint8_t one[FUZZ_MAX_BYTES], other[FUZZ_MAX_BYTES];
	size_t nr_one, nr_other;

	return corpus_read(a->path, one, sizeof(one), &nr_one) &&
	       corpus_read(path, other, sizeof(other), &nr_other) && nr_one == nr_other &&
	       !memcmp(one, other, nr_one);
}

/* Adds inputs that libFuzzer chose and that are not committed; it named them by their SHA-1. */
static void add_merged(struct minimise *minimise)
{
	static uint8_t bytes[FUZZ_MAX_BYTES];
	char **merged = corpus_inputs(minimise->merged);
	size_t nr_committed = minimise->cover.nr;

	for (char **name = merged; *name; name++) {
		struct corpus_input *input = add_input(minimise, minimise->merged, *name);
		bool known = !corpus_read(input->path, bytes, sizeof(bytes), &input->bytes);

		for (size_t k = 0; k < nr_committed && !known; k++)
			known = same_bytes(&minimise->cover.inputs[k], input->path);
		if (known) {
			free(input->path);
			free(input->name);
			minimise->cover.nr--;
		} else if (strlen(input->name) > CORPUS_FOUND_NAME) {
			input->name[CORPUS_FOUND_NAME] = '\0';
		}
	}
	g_strfreev(merged);
}

/* --- reasons ---------------------------------------------------------------------------------- */

static char *make_reason(const struct minimise *minimise, const struct corpus_input *input)
{
	char *covers = corpus_cover_reason(&minimise->cover, input);
	char *killed = corpus_defects_killed(minimise->target, input->name), *reason;

	reason = g_strdup_printf("%s%s%s%s", covers ? covers : "", covers && killed ? "; " : "",
				 killed ? "catches " : "", killed ? killed : "");
	free(killed);
	free(covers);
	return reason;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct corpus_row *)a)->name, ((const struct corpus_row *)b)->name);
}

static void make_rows(struct minimise *minimise)
{
	struct corpus_cover *cover = &minimise->cover;

	minimise->found = g_malloc0_n(cover->nr + 1, sizeof(*minimise->found));
	for (size_t i = 0; i < cover->nr; i++) {
		const struct corpus_input *input = &cover->inputs[i];

		if (input->chosen && corpus_is_found(input->name))
			minimise->found[minimise->nr_found++] = (struct corpus_row){
				.name = input->name, .reason = make_reason(minimise, input)};
	}
	qsort(minimise->found, minimise->nr_found, sizeof(*minimise->found), by_name);
}

/* --- the swap --------------------------------------------------------------------------------- */

static bool take_in(const struct minimise *minimise, const struct corpus_input *input)
{
	static uint8_t bytes[FUZZ_MAX_BYTES];
	size_t nr;
	char *path;
	bool ok;

	path = g_strdup_printf("%s/%s", minimise->corpus, input->name);
	ok = corpus_read(input->path, bytes, sizeof(bytes), &nr) &&
	     cmd_write_file(path, (const char *)bytes, nr);
	free(path);
	return ok;
}

static bool write_readme(const struct minimise *minimise)
{
	char *text = corpus_readme_write(&minimise->readme, minimise->target, minimise->found,
					 minimise->nr_found);
	char *path = cmd_path("corpus/%s/README.md", minimise->target);
	bool ok = !strcmp(text, minimise->readme.text) || cmd_write_file(path, text, strlen(text));

	free(path);
	free(text);
	return ok;
}

/* R2. */
static bool minimise_swap(const struct minimise *minimise)
{
	const struct corpus_cover *cover = &minimise->cover;
	bool ok = cmd_make_folders(minimise->corpus);

	for (size_t i = 0; ok && i < cover->nr; i++) {
		if (cover->inputs[i].chosen && !cover->inputs[i].committed)
			ok = take_in(minimise, &cover->inputs[i]);
	}
	ok = ok && write_readme(minimise);
	for (size_t i = 0; ok && i < cover->nr; i++) {
		const struct corpus_input *input = &cover->inputs[i];

		if (!input->committed || input->chosen)
			continue;
		ok = !unlink(input->path);
		if (!ok)
			error_file(input->path, "removed", strerror(errno));
	}
	return ok;
}

static void minimise_print(const struct minimise *minimise)
{
	const struct corpus_cover *cover = &minimise->cover;
	size_t nr = 0, bytes = 0, nr_new = 0, nr_gone = 0;

	for (size_t i = 0; i < cover->nr; i++) {
		const struct corpus_input *input = &cover->inputs[i];

		nr += input->chosen;
		bytes += input->chosen ? input->bytes : 0;
		nr_new += input->chosen && !input->committed;
		nr_gone += input->committed && !input->chosen;
	}
	printf("%s: %zu inputs of %zu candidates cover all %zu lines and branch sides; %zu new, "
	       "%zu gone, %zu bytes\n",
	       minimise->target, nr, cover->nr, corpus_cover_count(cover), nr_new, nr_gone, bytes);
	for (size_t i = 0; i < minimise->nr_found; i++)
		printf("  %s: %s\n", minimise->found[i].name, minimise->found[i].reason);
	fflush(stdout);
}

/* --- all of it -------------------------------------------------------------------------------- */

static bool minimise_prepare(struct minimise *minimise)
{
	char *path = cmd_path("corpus/%s/README.md", minimise->target), *text = NULL;
	size_t bytes;
	bool ok = true;

	if (!access(path, F_OK))
		ok = cmd_read_file(path, &text, &bytes);
	free(path);
	corpus_readme_parse(&minimise->readme, text ? text : g_strdup(""));
	minimise->names = corpus_inputs(minimise->corpus);
	return ok && corpus_work_folder(minimise->committed) &&
	       corpus_work_folder(minimise->merged) && corpus_work_folder(minimise->each) &&
	       copy_committed(minimise);
}

static bool minimise_choose(struct minimise *minimise)
{
	char *program = cmd_path("build/asan/fuzz/%s", minimise->target);
	bool ok;

	add_committed(minimise);
	add_merged(minimise);
	ok = corpus_cover_measure(&minimise->cover, program, minimise->each);
	free(program);
	if (ok) {
		corpus_cover_choose(&minimise->cover);
		make_rows(minimise);
	}
	return ok;
}

static void minimise_drop(struct minimise *minimise)
{
	for (size_t i = 0; i < minimise->nr_found; i++)
		free(minimise->found[i].reason);
	free(minimise->found);
	corpus_readme_free(&minimise->readme);
	corpus_cover_free(&minimise->cover);
	g_strfreev(minimise->names);
	free(minimise->each);
	free(minimise->merged);
	free(minimise->committed);
	free(minimise->grown);
	free(minimise->corpus);
}

bool corpus_minimise(const char *target, const char *further)
{
	struct minimise minimise = {
		.target = target,
		.further = further,
		.corpus = cmd_path("corpus/%s", target),
		.grown = cmd_path("build/fuzz-corpus/%s", target),
		.committed = cmd_path("build/corpus/%s/committed", target),
		.merged = cmd_path("build/corpus/%s/merged", target),
		.each = cmd_path("build/corpus/%s/each", target),
	};
	bool ok = minimise_build(target) && minimise_prepare(&minimise) &&
		  minimise_merge(&minimise) && minimise_choose(&minimise) &&
		  !process_interrupted() && minimise_swap(&minimise);

	if (ok)
		minimise_print(&minimise);
	minimise_drop(&minimise);
	return ok;
}
