/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * crash_words.c - parses the words of `lab crash` before anything is built. An input's target:
 *
 *	--target NAME				all of them
 *	.../fuzz_alloc-crash-3f2a		its name begins with the target's
 *	corpus/fuzz_alloc/FILE			it lies in a folder of the target
 *
 * A file that is named must be an input; files in a folder that are not inputs are reported and
 * skipped.
 */
#include "fuzz/crash/crash_request.h"
#include "fuzz/targets/fuzz.h"

#include <errno.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEFAULT_ATTEMPTS = 20000, MOST_ATTEMPTS = 100000000 };

static const char *const target_names[] = {
#define X(name) #name,
#include "fuzz/targets/targets.def"
#undef X
};
enum { NR_TARGETS = sizeof(target_names) / sizeof(target_names[0]) };

/* --- targets --------------------------------------------------------------------------------- */

static const char *target_of(const char *path)
{
	char *whole = realpath(path, NULL);
	char *name = whole ? g_path_get_basename(whole) : NULL;
	const char *target = NULL;

	for (int i = 0; name && !target && i < NR_TARGETS; i++)
		if (crash_begins_with(name, target_names[i], "-"))
			target = target_names[i];
	for (int i = 0; name && !target && i < NR_TARGETS; i++)
		if (crash_in_corpus(path, target_names[i]))
			target = target_names[i];
	free(name);
	free(whole);
	return target;
}

/* --- inputs ---------------------------------------------------------------------------------- */

static int request_refuse(const char *path, const char *expected, const char *but)
{
	fprintf(stderr, "%s:1: %s (%s)\n", path, expected, but);
	return CMD_USAGE;
}

static int add_file(struct crash_request *request, const char *path, const struct stat *about)
{
	size_t nr_skipped = request->inputs.nr_skipped;
	char limit[64], size[64];

	if (!S_ISREG(about->st_mode))
		return request_refuse(path, "an input of a fuzz target", "it is no plain file");
	if (access(path, R_OK))
		return error_file(path, "read", strerror(errno));
	if (about->st_size > FUZZ_MAX_BYTES) {
		snprintf(limit, sizeof(limit), "an input of at most %u bytes", FUZZ_MAX_BYTES);
		snprintf(size, sizeof(size), "it has %lld", (long long)about->st_size);
		return request_refuse(path, limit, size);
	}
	if (!request->target && !target_of(path))
		return request_refuse(
			path,
			"a target: --target NAME, a name like fuzz_alloc-crash-1, or a "
			"folder like corpus/fuzz_alloc",
			"neither tells one");
	inputs_add(&request->inputs, path);
	return request->inputs.nr_skipped == nr_skipped ? CMD_OK : CMD_USAGE;
}

static void drop_input(struct inputs *inputs, size_t i, const char *why)
{
	if (why)
		fprintf(stderr, "%s: skipped: %s\n", inputs->input[i].path, why);
	free(inputs->input[i].path);
	free(inputs->input[i].bytes);
	inputs->nr--;
	memmove(&inputs->input[i], &inputs->input[i + 1],
		(inputs->nr - i) * sizeof(*inputs->input));
}

/* Returns whether it was made by shrinking an input that is in the list as well. */
static bool is_shrunk(const struct inputs *inputs, size_t i)
{
	const char *path = inputs->input[i].path;
	size_t nr = strlen(path) - strlen(".min");

	for (size_t j = 0; g_str_has_suffix(path, ".min") && j < inputs->nr; j++)
		if (strlen(inputs->input[j].path) == nr &&
		    !strncmp(inputs->input[j].path, path, nr))
			return true;
	return false;
}

static int add_folder(struct crash_request *request, const char *path)
{
	struct inputs *inputs = &request->inputs;
	size_t first = inputs->nr;
	char too_long[64];

	snprintf(too_long, sizeof(too_long), "longer than %u bytes, so no input", FUZZ_MAX_BYTES);
	inputs_add(inputs, path);
	for (size_t i = inputs->nr; i-- > first;) {
		if (is_shrunk(inputs, i))
			drop_input(inputs, i, NULL);
		else if (inputs->input[i].nr > FUZZ_MAX_BYTES)
			drop_input(inputs, i, too_long);
		else if (!request->target && !target_of(inputs->input[i].path))
			drop_input(inputs, i, "neither name nor folder tells its target");
	}
	return inputs->nr > first ? CMD_OK : cmd_bad_input(path, 1, "a folder with inputs in it");
}

static int add_words(struct crash_request *request, char **words)
{
	for (int i = 0; words[i]; i++) {
		struct stat about;
		int status = CMD_OK;

		if (stat(words[i], &about))
			status = error_file(words[i], "read", strerror(errno));
		else if (S_ISDIR(about.st_mode))
			status = add_folder(request, words[i]);
		else
			status = add_file(request, words[i], &about);
		if (status != CMD_OK)
			return status;
	}
	request->targets = g_malloc0_n(request->inputs.nr, sizeof(*request->targets));
	for (size_t i = 0; i < request->inputs.nr; i++)
		request->targets[i] = request->target ? request->target :
							target_of(request->inputs.input[i].path);
	return CMD_OK;
}

/* --- words ----------------------------------------------------------------------------------- */

static int check_target(const struct cmd *cmd, const struct crash_request *request)
{
	for (int i = 0; request->target && i < NR_TARGETS; i++)
		if (!strcmp(request->target, target_names[i]))
			return CMD_OK;
	return request->target ?
		       cmd_usage(cmd, "no target '%s' (fuzz/targets/targets.def has them)",
				 request->target) :
		       CMD_OK;
}

static bool is_stdout(const char *path)
{
	return path && !strcmp(path, "-");
}

static int check_outputs(const struct cmd *cmd, const struct crash_request *request)
{
	const char *as_test = request->as_test && *request->as_test ? request->as_test : NULL;

	if (is_stdout(request->output) + is_stdout(request->json) + is_stdout(request->sarif) +
		    is_stdout(as_test) > 1)
		return cmd_usage(cmd, "one of --output, --json, --sarif, --as-test goes to stdout, "
				      "not more");
	if (request->output && !*request->output)
		return cmd_usage(cmd, "--output: a value was expected");
	if (!cmd_can_write(request->output) || !cmd_can_write(request->json) ||
	    !cmd_can_write(request->sarif) || !cmd_can_write(as_test))
		return CMD_USAGE;
	return CMD_OK;
}

int crash_request_parse(const struct cmd *cmd, int argc, char **argv, struct crash_request *request)
{
	const struct cmd_option options[] = {
		{"target", CMD_TEXT, &request->target, 0, 0, NULL},
		{"output", CMD_TEXT, &request->output, 0, 0, NULL},
		{"as-test", CMD_EQUALS_TEXT, &request->as_test, 0, 0, NULL},
		{"json", CMD_EQUALS_TEXT, &request->json, 0, 0, NULL},
		{"sarif", CMD_EQUALS_TEXT, &request->sarif, 0, 0, NULL},
		{"attempts", CMD_NUMBER, &request->max_attempts, 0, MOST_ATTEMPTS, NULL},
	};
	int nr_words, status;

	*request = (struct crash_request){.max_attempts = DEFAULT_ATTEMPTS};
	status = cmd_parse(cmd, argc, argv, options, sizeof(options) / sizeof(options[0]),
			   &nr_words);
	if (status == CMD_OK && nr_words == 0)
		status = cmd_usage(cmd, "a FILE or a folder of them was expected");
	if (status == CMD_OK && request->json && !*request->json)
		request->json = "-";
	if (status == CMD_OK && request->sarif && !*request->sarif)
		request->sarif = "-";
	if (status == CMD_OK)
		status = check_target(cmd, request);
	if (status == CMD_OK)
		status = check_outputs(cmd, request);
	if (status == CMD_OK)
		status = add_words(request, argv + 1);
	if (status != CMD_OK)
		crash_request_free(request);
	return status;
}
