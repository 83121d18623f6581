/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * replay_callgrind.c - instructions of the allocator's calls by callgrind: this program once more
 * under valgrind, with the same trace, topology and sizes and one engine. Callgrind counts while
 * one of the three functions runs.
 *
 *	lab replay T --check --engine a,b --unit 64K --instructions
 *	valgrind ... lab replay --engine a --instructions=child T --unit 64K	-> totals: N
 */
#include "harness/cli/replay/replay_instructions.h"

#include <glib.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/cli/cmd.h"
#include "harness/cli/process.h"
#include "harness/cli/progress.h"

/* The longest of the recorded traces takes 40 s on an idle machine. */
enum { COUNT_SECONDS = 3600, OWN_WORDS = 12 };

/* glibc picks a form of memset() and others by CPU; counts must not depend on the host's. */
#define PLAIN_FORMS "GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX512VL,-AVX512BW,-AVX2,-ERMS"

/* Options that the child gets otherwise or not at all: what they write is written already. */
static const struct dropped {
	const char *name;
	enum cmd_kind kind;
} dropped[] = {
	{"check", CMD_EQUALS_TEXT}, {"engine", CMD_TEXT},
	{"instructions", CMD_EQUALS_TEXT}, {"json", CMD_OPTIONAL_TEXT},
	{"misplaced", CMD_OPTIONAL_TEXT},  {"offsets", CMD_TEXT},
	{"write-recorded", CMD_TEXT},
};

static const struct dropped *dropped_find(const char *word)
{
	for (size_t i = 0; i < sizeof(dropped) / sizeof(dropped[0]); i++) {
		size_t bytes = strlen(dropped[i].name);

		if (!strncmp(word, "--", 2) && !strncmp(word + 2, dropped[i].name, bytes) &&
		    (word[2 + bytes] == '\0' || word[2 + bytes] == '='))
			return &dropped[i];
	}
	return NULL;
}

/* Does the word behind this option belong to it? By the rules of cmd_parse(). */
static bool takes_next(const struct dropped *option, const char *word, const char *next)
{
	if (strchr(word, '=') || !next || option->kind == CMD_EQUALS_TEXT)
		return false;
	return option->kind == CMD_TEXT || next[0] != '-' || next[1] == '\0';
}

/* Appends the words that the child gets as well. */
static void words_copy(const char **argv, int nr, const char *const *words, int nr_words)
{
	bool are_options = true;

	for (int i = 0; i < nr_words; i++) {
		const struct dropped *option = are_options ? dropped_find(words[i]) : NULL;

		if (!strcmp(words[i], "--"))
			are_options = false;
		if (!option)
			argv[nr++] = words[i];
		else if (takes_next(option, words[i], i + 1 < nr_words ? words[i + 1] : NULL))
			i++;
	}
	argv[nr] = NULL;
}

static bool totals_read(const char *path, uint64_t *count)
{
	FILE *file = fopen(path, "re");
	char line[512];
	bool found = false;

	while (file && fgets(line, sizeof(line), file))
		found |= sscanf(line, "totals: %" SCNu64, count) == 1;
	if (file)
		fclose(file);
	unlink(path);
	return found && *count > 0;
}

static void note_complaint(void *context, const char *line, size_t bytes)
{
	char *last = context;

	snprintf(last, 256, "%s", line);
}

static bool child_run(const char *const *argv)
{
	const char *environment[] = {PLAIN_FORMS, "HWLOC_HIDE_ERRORS=2", NULL};
	char last[256] = "";
	struct process process = {
		.argv = argv,
		.environment = environment,
		.err_line = note_complaint,
		.context = last,
		.timeout_seconds = COUNT_SECONDS,
	};
	struct process_result result;

	if (process_run(&process, &result))
		return true;
	process_explain(&process, &result);
	if (last[0])
		fprintf(stderr, "lab replay: its last line: %s\n", last);
	return false;
}

bool replay_callgrind_is_there(void)
{
	if (program_exists("valgrind"))
		return true;
	fprintf(stderr, "lab replay: --instructions: counting needs valgrind, which is not here "
			"(--instructions=counter does not)\n");
	return false;
}

bool replay_callgrind(const char *const *words, int nr_words, const char *engine, uint64_t *count)
{
	char folder[] = "/tmp/pcpu-replay-XXXXXX", file[64], out[96];
	const char **argv = g_new0(const char *, (size_t)nr_words + OWN_WORDS + 1);
	const char *own[OWN_WORDS] = {
		"valgrind", "-q", "--tool=callgrind", "--collect-atstart=no",
		"--toggle-collect=pcpu_alloc", "--toggle-collect=pcpu_free",
		"--toggle-collect=pcpu_balance", out, "/proc/self/exe", "replay",
		"--instructions=" COUNTED_CHILD, "--engine",
	};
	char *self = g_file_read_link("/proc/self/exe", NULL);
	bool done = false;

	if (!self || !mkdtemp(folder)) {
		perror(self ? folder : "/proc/self/exe");
	} else {
		snprintf(file, sizeof(file), "%s/count", folder);
		snprintf(out, sizeof(out), "--callgrind-out-file=%s", file);
		own[8] = self;
		memcpy(argv, own, sizeof(own));
		argv[OWN_WORDS] = engine;
		words_copy(argv, OWN_WORDS + 1, words, nr_words);
		progress_show("count %s", engine);
		done = child_run(argv);
		progress_clear();
		if (!totals_read(file, count) && done) {
			fprintf(stderr, "lab replay: callgrind found none of the allocator's calls "
					"(is this program stripped?)\n");
			done = false;
		}
		rmdir(folder);
	}
	free(self);
	free(argv);
	return done;
}
