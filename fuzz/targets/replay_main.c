/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * replay_main.c - a fuzz target without an engine: replays files, and all files below folders.
 *
 *	fuzz_<name> [--text] FILE|FOLDER ...
 *	fuzz_<name> --bench SECONDS FILE|FOLDER ...
 *
 * Each input runs twice, the second time in reverse order: a different hash means that state
 * survived an input. Passing inputs are only counted. For a failing input a line of JSON is printed
 * (finding.h), and the others run too; exit 1. Files that are not inputs are reported and skipped.
 * The hash is over all outcomes in order: the same files give the same number on each machine.
 *
 * --bench runs them repeatedly instead and prints executions and operations per second.
 */
#include "harness/cli/cmd.h"
#include "fuzz/targets/finding.h"
#include "fuzz/targets/inputs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct replay {
	struct inputs inputs;
	bool text;
	unsigned long nr_broken, nr_ops;
	uint64_t hash;
	uint64_t *hashes; /* of each input's first run */
};

static void put_line(const char *text)
{
	puts(text);
}

static void first_run(struct replay *replay, size_t i)
{
	const struct input *input = &replay->inputs.input[i];
	struct fuzz_outcome outcome;
	struct finding finding;

	if (replay->text)
		fuzz_targets[0]->describe(input->bytes, input->nr, put_line);
	if (!fuzz_targets[0]->property(input->bytes, input->nr, &outcome)) {
		finding_of_outcome(&finding, &outcome);
		finding_print(&finding, input->path, stdout);
		replay->nr_broken++;
	}
	replay->nr_ops += outcome.nr_ops;
	replay->hashes[i] = outcome.hash;
	replay->hash = (replay->hash ^ outcome.hash) * UINT64_C(0x100000001b3);
}

static void second_run(struct replay *replay, size_t i)
{
	const struct input *input = &replay->inputs.input[i];
	struct fuzz_outcome outcome;
	struct finding finding;

	fuzz_targets[0]->property(input->bytes, input->nr, &outcome);
	if (outcome.hash == replay->hashes[i])
		return;
	outcome = (struct fuzz_outcome){
		.by = FINDING_REPLAY,
		.sentence = "another hash in another order",
		.place = "replay",
		.words = "another hash in another order: state survives an input"};
	finding_of_outcome(&finding, &outcome);
	finding_print(&finding, input->path, stdout);
	replay->nr_broken++;
}

static int replay_all(struct replay *replay)
{
	size_t nr = replay->inputs.nr;

	replay->hashes = calloc(nr + 1, sizeof(*replay->hashes));
	if (!replay->hashes)
		abort();
	for (size_t i = 0; i < nr; i++)
		first_run(replay, i);
	for (size_t i = nr; i-- > 0 && !replay->nr_broken;)
		second_run(replay, i);
	free(replay->hashes);
	printf("%zu inputs, %lu operations, %zu skipped, hash %016llx\n", nr, replay->nr_ops,
	       replay->inputs.nr_skipped, (unsigned long long)replay->hash);
	printf("%lu passed, %lu failed, %zu skipped\n", nr - replay->nr_broken, replay->nr_broken,
	       replay->inputs.nr_skipped);
	return replay->nr_broken ? 1 : 0;
}

/* --- speed ----------------------------------------------------------------------------------- */

static double replay_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int replay_bench(const struct replay *replay, double seconds)
{
	unsigned long nr_runs = 0, nr_ops = 0;
	double start = replay_now(), elapsed;

	if (replay->inputs.nr == 0) {
		fprintf(stderr, "--bench: no input to run\n");
		return 2;
	}
	do {
		for (size_t i = 0; i < replay->inputs.nr; i++) {
			const struct input *input = &replay->inputs.input[i];
			struct fuzz_outcome outcome;

			fuzz_targets[0]->property(input->bytes, input->nr, &outcome);
			nr_ops += outcome.nr_ops;
		}
		nr_runs += replay->inputs.nr;
		elapsed = replay_now() - start;
	} while (elapsed < seconds);
	printf("%s: %.0f exec/s, %.0f operations/s, %.1f operations an input\n",
	       fuzz_targets[0]->name, (double)nr_runs / elapsed, (double)nr_ops / elapsed,
	       (double)nr_ops / (double)nr_runs);
	return 0;
}

int main(int argc, char **argv)
{
	struct replay replay = { .hash = UINT64_C(0xcbf29ce484222325) };
	const char *bench_seconds = NULL;
	const struct cmd_option options[] = {
		{"text", CMD_FLAG, &replay.text, 0, 0, NULL},
		{"bench", CMD_TEXT, &bench_seconds, 0, 0, NULL},
	};
	const struct cmd self = {.name = fuzz_targets[0]->name};
	int nr_words, status = cmd_parse(&self, argc, argv, options, 2, &nr_words);
	double seconds = bench_seconds ? strtod(bench_seconds, NULL) : 0;

	if (status != CMD_OK)
		return status;
	if (bench_seconds && !(seconds > 0))
		return cmd_usage(&self, "--bench: seconds were expected, not '%s'", bench_seconds);
	if (!nr_words)
		return cmd_usage(&self, "a FILE or a folder of them was expected");
	for (int i = 1; i <= nr_words; i++)
		inputs_add(&replay.inputs, argv[i]);
	status = seconds > 0 ? replay_bench(&replay, seconds) : replay_all(&replay);
	inputs_free(&replay.inputs);
	return status;
}
