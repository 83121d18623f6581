/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * text_case.c - selects the parser, and checks rules for all parsers: also on variants of an
 * accepted text, or of the part before its first bad line, since parsers tend to fail on almost
 * valid text.
 *
 *	a 0 16 8 --	a 0 16 8 --	a 1 4 4 --	a 1 4 4 --	a 0 16 8 --
 *	a 1 4 4 --	a 0 16 8 --			a 0 16 8 --	a 1 4 4 -
 *			a 1 4 4 --			(f 0)
 *	accepted	doubled		left out	swapped		the end cut
 */
#include "fuzz/targets/text/text_case.h"
#include "harness/text/text.h"

#include <stdlib.h>
#include <string.h>

void text_mix(struct fuzz_outcome *outcome, const void *bytes, size_t nr)
{
	outcome->hash = lab_fnv1a(outcome->hash, bytes, nr);
}

void *text_room(size_t bytes)
{
	void *capacity = malloc(bytes);

	if (!capacity && bytes)
		abort();
	return capacity;
}

static size_t nr_lines(const char *text, size_t nr)
{
	size_t lines = nr == 0 || text[nr - 1] != '\n';

	for (size_t i = 0; i < nr; i++)
		lines += text[i] == '\n';
	return lines;
}

bool text_expect_refusal(struct fuzz_outcome *outcome, const char *text, size_t nr,
			 const struct lab_error *error)
{
	text_mix(outcome, &error->line, sizeof(error->line));
	return fuzz_expect(outcome, error->line >= 1 && error->line <= nr_lines(text, nr),
			   "refusal", "it names a line that the text does not have") &&
	       fuzz_expect(outcome,
			   error->expected && *error->expected && !strchr(error->expected, '\n'),
			   "refusal", "it does not report in one line what was expected");
}

typedef bool text_run(const char *text, size_t nr, size_t *nr_good, struct fuzz_outcome *outcome);

static text_run *const runs[TEXT_NR_KINDS] = {
	[TEXT_TRACE] = text_trace_run,
	[TEXT_TOPOLOGY] = text_topology_run,
	[TEXT_LOG] = text_log_run,
	[TEXT_CHOICE] = text_choice_run,
	[TEXT_ARGUMENTS] = text_arguments_run,
};

/* Runs one text; a failure is reported with `what` was done to it. */
static bool run_copy(text_run *run, const char *text, size_t nr, const char *what, size_t *nr_good,
		     struct fuzz_outcome *outcome)
{
	char *copy = text_room(nr);
	struct lab_text place;
	char described[sizeof(outcome->place)];
	bool good;

	if (nr > 0)
		memcpy(copy, text, nr);
	good = run(copy, nr, nr_good, outcome);
	free(copy);
	if (good || !*what)
		return good;
	memcpy(described, outcome->place, sizeof(described));
	lab_text_init(&place, outcome->place, sizeof(outcome->place));
	lab_put(&place, described);
	lab_put(&place, what);
	return false;
}

size_t text_line_start(const char *text, size_t nr, size_t n)
{
	size_t at = 0;

	for (; n > 0 && at < nr; at++)
		n -= text[at] == '\n';
	return at;
}

/* A line that is good behind many texts of its kind, and changes what they mean. */
static const char *const further[TEXT_NR_KINDS] = {
	[TEXT_TRACE] = "f 0\n", [TEXT_TOPOLOGY] = "possible 1,9\n", [TEXT_LOG] = "pcpu-alloc:\n",
	[TEXT_CHOICE] = "",	[TEXT_ARGUMENTS] = "--number=7\n",
};

/* Puts a text together out of pieces of another one. */
struct montage {
	char *at;
	size_t nr;
};

static void text_put(struct montage *m, const char *from, const char *to)
{
	memcpy(m->at + m->nr, from, (size_t)(to - from));
	m->nr += (size_t)(to - from);
}

/* Changes line n and the next one in four ways; the text determines n. */
static bool neighbours_run(enum text_kind kind, const char *text, size_t nr,
			   struct fuzz_outcome *outcome)
{
	size_t n = (size_t)(lab_fnv1a(LAB_FNV_START, text, nr) >> 32) % nr_lines(text, nr);
	const char *line = text + text_line_start(text, nr, n), *end = text + nr;
	const char *next = text + text_line_start(text, nr, n + 1);
	const char *after = text + text_line_start(text, nr, n + 2);
	struct montage m = {.at = text_room(2 * nr + 32)};
	text_run *run = runs[kind];
	size_t nr_good;
	bool good;

	text_put(&m, text, next);
	text_put(&m, line, end);
	good = run_copy(run, m.at, m.nr, ", a line doubled", &nr_good, outcome);
	m.nr = 0;
	text_put(&m, text, line);
	text_put(&m, next, end);
	good = good && run_copy(run, m.at, m.nr, ", a line left out", &nr_good, outcome);
	m.nr = 0;
	text_put(&m, text, line);
	text_put(&m, next, after);
	text_put(&m, line, next);
	text_put(&m, after, end);
	good = good && run_copy(run, m.at, m.nr, ", lines swapped", &nr_good, outcome);
	text_put(&m, further[kind], further[kind] + strlen(further[kind]));
	good = good && run_copy(run, m.at, m.nr, ", swapped, a further line", &nr_good, outcome) &&
	       run_copy(run, text, nr - 1, ", the end cut", &nr_good, outcome);
	free(m.at);
	return good;
}

bool text_case_run(enum text_kind kind, const char *text, size_t nr, struct fuzz_outcome *outcome)
{
	size_t nr_good = 0, nr_before;

	*outcome = (struct fuzz_outcome){.hash = LAB_FNV_START, .nr_ops = nr_lines(text, nr)};
	if (!run_copy(runs[kind], text, nr, "", &nr_good, outcome))
		return false;
	nr_before = nr_good;
	if (nr_before > 0 && nr_before < nr &&
	    !run_copy(runs[kind], text, nr_before, ", the bad line and the rest cut", &nr_good,
		      outcome))
		return false;
	return nr_good == 0 || nr_good < nr_before || neighbours_run(kind, text, nr_good, outcome);
}
