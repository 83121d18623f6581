/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * record_file.c - a text of tracepoints, recorded earlier or elsewhere: tracefs' trace or
 * trace_pipe, `trace-cmd report`, `perf script`. Read once, line by line.
 */
#include "harness/cli/cmd.h"
#include "harness/cli/input_lines.h"
#include "harness/cli/replay/record.h"

enum { MAX_LINE = 1 << 16 };
#define MAX_BYTES UINT32_MAX

#define EVENTS "percpu_alloc_percpu or percpu_free_percpu"

static bool record_refuse(const char *path, uint32_t line, const char *expected)
{
	cmd_bad_input(path, line, expected);
	return false;
}

/* Refuses the recorders' binary files: the message names the command that converts them to text. */
static bool is_text(const char *path, const struct input *input)
{
	if (input_begins(input, "\x17\x08\x44tracing"))
		return record_refuse(path, 1, "text: what `trace-cmd report` prints of this file");
	if (input_begins(input, "PERFILE2"))
		return record_refuse(path, 1, "text: what `perf script` prints of this file");
	return true;
}

static bool take_lines(struct input_lines *lines, struct record *record)
{
	const struct record_counts *n = record_counts(record);
	enum input_line got;
	const char *line;
	size_t nr;

	while ((got = input_next_line(lines, &line, &nr)) == INPUT_LINE) {
		record_line(record, line, nr);
		if (n->nr_bad)
			return record_refuse(
				lines->path, lines->number,
				"an event with reserved=, is_atomic=, size=, align= and "
				"ptr=, a free with ptr=, or a chunk with base_addr=; numbers in "
				"base_addr= and off=");
	}
	return got == INPUT_NO_LINE;
}

bool record_file(const char *path, struct record *record)
{
	struct input_lines lines = { .input = input_open(path), .path = path,
				     .max_line = MAX_LINE, .max_bytes = MAX_BYTES };
	const struct record_counts *n = record_counts(record);
	bool ok = lines.input && is_text(path, lines.input) && take_lines(&lines, record);

	input_lines_finish(&lines);
	input_close(lines.input);
	if (ok && !n->nr_events)
		return record_refuse(path, 1,
				     "an event " EVENTS ", as ftrace, trace-cmd report or perf "
				     "script print them; this file holds no event");
	if (ok && !n->nr_allocs)
		return record_refuse(path, 1,
				     "an event percpu_alloc_percpu; this file holds frees only");
	return ok;
}
