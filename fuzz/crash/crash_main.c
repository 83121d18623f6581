/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * crash_main.c - the program behind `lab crash`, built beside the targets: with ASan (flavour
 * fuzz), so that a sanitizer's finding is reproduced, and with the mutated core (zoo_crash).
 *
 *	pcpu-crash REQUEST		a file, as crash_request.h has it
 *
 * Exit status 1: an input fails; 0: none does; 2: bad input.
 */
#include "fuzz/crash/crash.h"
#include "harness/cli/progress.h"
#include "harness/cli/memory_file.h"

#include <glib.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static const struct cmd self = {.name = "crash"};

/* --- groups ---------------------------------------------------------------------------------- */

static struct crash_group *find_group(struct crash *crash, const struct fuzz_target *target,
				      const char *group)
{
	for (size_t i = 0; i < crash->nr_groups; i++)
		if (crash->groups[i].target == target &&
		    !strcmp(crash->groups[i].found.trial.finding.group, group))
			return &crash->groups[i];
	return NULL;
}

/* The shortest input represents its group. Takes ownership of the trial's output. */
static void crash_join(struct crash_group *group, const struct crash_input *found, const char *path)
{
	bool shorter = found->nr < group->found.nr;
	struct trial_lines output = shorter ? group->found.output : found->output;

	g_ptr_array_add(group->others, (void *)(uintptr_t)(shorter ? group->path : path));
	if (shorter) {
		group->path = path;
		group->found = *found;
	}
	trial_lines_free(&output);
}

static void sort_in(struct crash *crash, size_t i)
{
	const struct input *input = &crash->request.inputs.input[i];
	const struct fuzz_target *target = fuzz_target_find(crash->request.targets[i]);
	struct crash_input found = {.bytes = input->bytes, .nr = input->nr};
	struct crash_group *group;

	if (i % 16 == 15)
		progress_show("crash: %zu of %zu inputs, %zu groups", i + 1,
			      crash->request.inputs.nr, crash->nr_groups);
	trial_run(target, input->bytes, input->nr, CRASH_LIMIT_MS, &found.trial, &found.output);
	if (found.trial.finding.by == FINDING_NONE) {
		g_ptr_array_add(crash->healthy, input->path);
		trial_lines_free(&found.output);
		return;
	}
	group = find_group(crash, target, found.trial.finding.group);
	if (group) {
		crash_join(group, &found, input->path);
		return;
	}
	crash->groups = g_renew(struct crash_group, crash->groups, crash->nr_groups + 1);
	crash->groups[crash->nr_groups++] = (struct crash_group){
		.target = target,
		.path = input->path,
		.found = found,
		.others = g_ptr_array_new(),
	};
}

/* --- the program ----------------------------------------------------------------------------- */

static bool goes_to_stdout(const char *path)
{
	return path && !strcmp(path, "-");
}

/* NULL: it is not wanted. False after printing a diagnostic. */
static bool write_form(const char *path, const struct crash *crash,
		       json_t *(*form)(const struct crash *))
{
	json_t *all = path ? form(crash) : NULL;
	bool ok = !path || json_write_file(path, all, JSON_INDENT(1));

	json_decref(all);
	return ok;
}

static bool group_print(const struct crash *crash)
{
	const struct crash_request *request = &crash->request;
	bool taken = goes_to_stdout(request->output) || goes_to_stdout(request->as_test) ||
		     goes_to_stdout(request->json) || goes_to_stdout(request->sarif);

	crash_report(crash, taken ? stderr : stdout);
	return write_form(request->json, crash, crash_json) &&
	       write_form(request->sarif, crash, crash_sarif);
}

static int crash_handle(struct crash *crash)
{
	bool one = (crash->request.output && *crash->request.output) ||
		   (crash->request.as_test && *crash->request.as_test);
	bool ok = true;

	for (size_t i = 0; i < crash->request.inputs.nr; i++) {
		if (!fuzz_target_find(crash->request.targets[i]))
			return cmd_usage(&self, "pcpu-crash has no target '%s'",
					 crash->request.targets[i]);
		sort_in(crash, i);
	}
	progress_clear();
	if (one && crash->nr_groups > 1)
		return cmd_usage(&self,
				 "--output and --as-test=FILE are for one group, these are "
				 "%zu: name the files of one",
				 crash->nr_groups);
	for (size_t i = 0; i < crash->nr_groups && ok; i++)
		ok = crash_group_work(crash, &crash->groups[i]);
	if (!ok)
		return CMD_USAGE;
	if (!group_print(crash))
		return CMD_USAGE;
	return crash->nr_groups ? CMD_FOUND : CMD_OK;
}

static void crash_free(struct crash *crash)
{
	for (size_t i = 0; i < crash->nr_groups; i++) {
		struct crash_group *group = &crash->groups[i];

		trial_lines_free(&group->found.output);
		if (group->is_shrunk)
			trial_lines_free(&group->small.output);
		trial_lines_free(&group->before);
		trial_lines_free(&group->after);
		crash_story_free(&group->found_story);
		crash_story_free(&group->story);
		g_ptr_array_free(group->others, TRUE);
		free(group->small_path);
		free(group->test_path);
	}
	free(crash->groups);
	g_ptr_array_free(crash->healthy, TRUE);
	crash_request_free(&crash->request);
}

int main(int argc, char **argv)
{
	struct crash crash = {.healthy = g_ptr_array_new()};
	int status;

	signal(SIGXFSZ, SIG_IGN); /* report the file size limit like a full disk */
	if (argc != 2)
		return cmd_usage(&self, "pcpu-crash is started by lab crash, with its request");
	if (!crash_request_read(&crash.request, argv[1]))
		return CMD_USAGE;
	status = crash_handle(&crash);
	crash_free(&crash);
	if (fflush(stdout) || ferror(stdout)) {
		perror("lab crash: stdout");
		status = CMD_USAGE;
	}
	return status;
}
