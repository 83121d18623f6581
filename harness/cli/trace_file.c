/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * trace_file.c - see trace_file.h.
 *
 *	first pass:	head, then lines that look like an operation, up to one that does not
 *	second pass:	every line, by the parser; it judges the line that ended the first pass
 */
#include "harness/cli/trace_file.h"
#include "harness/cli/cmd.h"
#include "harness/cli/input_lines.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

/* SITE words, each once: an open hash table of offsets into the pool. */
struct sites {
	char *pool;
	size_t bytes, capacity;
	struct site {
		uint32_t at, bytes; /* bytes 0: no entry */
	} *table;
	size_t nr, nr_entries; /* nr_entries: a power of two */
};

static struct site *site_find(const struct sites *sites, const char *word, uint32_t bytes)
{
	size_t i = (size_t)lab_fnv1a(LAB_FNV_START, word, bytes) & (sites->nr_entries - 1);

	while (sites->table[i].bytes &&
	       (sites->table[i].bytes != bytes ||
		memcmp(sites->pool + sites->table[i].at, word, bytes) != 0))
		i = (i + 1) & (sites->nr_entries - 1);
	return &sites->table[i];
}

static void sites_grow(struct sites *sites)
{
	struct sites old = *sites;

	sites->nr_entries = old.nr_entries ? 2 * old.nr_entries : 256;
	sites->table = g_malloc0_n(sites->nr_entries, sizeof(*sites->table));
	for (size_t i = 0; i < old.nr_entries; i++)
		if (old.table[i].bytes)
			*site_find(sites, old.pool + old.table[i].at, old.table[i].bytes) =
				old.table[i];
	free(old.table);
}

/* Returns where the word is in the pool; adds it when it is new. */
static uint32_t site_keep(struct sites *sites, const char *word, uint32_t bytes)
{
	struct site *site;

	if (2 * sites->nr >= sites->nr_entries)
		sites_grow(sites);
	site = site_find(sites, word, bytes);
	if (site->bytes)
		return site->at;
	if (sites->bytes + bytes > sites->capacity) {
		sites->capacity = 2 * (sites->capacity + bytes);
		sites->pool = g_realloc_n(sites->pool, sites->capacity, 1);
	}
	memcpy(sites->pool + sites->bytes, word, bytes);
	*site = (struct site){ (uint32_t)sites->bytes, bytes };
	sites->bytes += bytes;
	sites->nr++;
	return site->at;
}

/* --- the two passes -------------------------------------------------------------------------- */

#define HEAD_START "# pcpu-trace"

/* The head is short: a first line without newline for long is refused as not a trace, not as a long
   line. */
static enum input_line take_head(struct input_lines *lines, const char **line, size_t *nr)
{
	enum input_line got;

	lines->max_line = sizeof(LAB_TRACE_HEADS);
	lines->long_sentence = LAB_TRACE_HEADS;
	got = input_next_line(lines, line, nr);
	lines->max_line = TRACE_MAX_LINE;
	lines->long_sentence = NULL;
	return got;
}

/* Counts operations, to allocate memory. False after printing why it cannot be read. */
static bool count_ops(struct input_lines *lines, size_t *nr_ops)
{
	const char *line;
	size_t nr;
	enum input_line got = take_head(lines, &line, &nr);

	*nr_ops = 0;
	if (got != INPUT_LINE || !lab_trace_is_head(line, nr))
		return got != INPUT_REFUSED;
	while ((got = input_next_line(lines, &line, &nr)) == INPUT_LINE) {
		if (lab_trace_is_remark(line, nr))
			continue;
		if (*nr_ops == LAB_TRACE_MAX_OPS || !lab_trace_is_op(line, nr))
			return true;
		++*nr_ops;
	}
	return got == INPUT_NO_LINE;
}

/* Parses a line and stores the operation. */
static bool take_line(struct lab_trace_reader *reader, struct sites *sites, const char *path,
		      const char *line, size_t nr)
{
	struct lab_trace *trace = reader->trace;
	size_t before = trace->nr_ops;
	struct lab_op *op = trace->ops + before;

	if (!lab_trace_read_line(reader, line, nr)) {
		cmd_bad_input(path, reader->error->line, reader->error->expected);
		return false;
	}
	if (trace->nr_ops > before && op->site_bytes)
		op->site = site_keep(sites, line + op->site, op->site_bytes);
	return true;
}

static bool take_lines(struct input_lines *lines, struct lab_trace_reader *reader,
		       struct sites *sites)
{
	const char *line = "";
	size_t nr = 0;
	enum input_line got = take_head(lines, &line, &nr);

	if (got == INPUT_REFUSED || !take_line(reader, sites, lines->path, line, nr))
		return false;
	while ((got = input_next_line(lines, &line, &nr)) == INPUT_LINE)
		if (!take_line(reader, sites, lines->path, line, nr))
			return false;
	if (got != INPUT_NO_LINE)
		return false;
	if (!lab_trace_read_end(reader))
		cmd_bad_input(lines->path, reader->error->line, reader->error->expected);
	return !reader->is_unknown;
}

static bool take_trace(struct input_lines *lines, struct trace_file *file)
{
	struct lab_error error;
	struct lab_trace_reader reader = { .trace = &file->trace, .error = &error };
	struct sites sites = { 0 };
	bool ok;

	if (!count_ops(lines, &reader.capacity) || !input_lines_rewind(lines))
		return false;
	reader.room_ids = reader.capacity;
	file->ops = malloc((reader.capacity + 1) * sizeof(*file->ops));
	reader.ids = calloc(reader.capacity + 1, 1);
	file->trace.ops = file->ops;
	if (!file->ops || !reader.ids)
		error_file(lines->path, "read", "no memory for its operations");
	ok = file->ops && reader.ids && take_lines(lines, &reader, &sites);
	file->sites = sites.pool;
	file->trace.text = sites.pool ? sites.pool : "";
	free(sites.table);
	free(reader.ids);
	return ok;
}

/* Refuses an input that does not begin like a trace by its first bytes, before a pipe is stored. */
static struct input *open_trace(const char *path)
{
	struct input *input = input_open(path);

	if (!input || input_may_begin(input, HEAD_START))
		return input;
	cmd_bad_input(path, 1, LAB_TRACE_HEADS);
	input_close(input);
	return NULL;
}

bool trace_file_read(const char *path, struct trace_file *file)
{
	struct input_lines lines = { .input = open_trace(path), .path = path,
				     .max_bytes = TRACE_MAX_BYTES };
	bool ok;

	*file = (struct trace_file){ 0 };
	ok = lines.input && input_spool(lines.input) && take_trace(&lines, file);
	input_lines_finish(&lines);
	input_close(lines.input);
	if (!ok)
		trace_file_free(file);
	return ok;
}

void trace_file_free(struct trace_file *file)
{
	free(file->ops);
	free(file->sites);
	*file = (struct trace_file){ 0 };
}

bool trace_file_text(const char *path, char **text, size_t *bytes)
{
	struct input *input = open_trace(path);
	bool ok = input && cmd_read_all(input, path, INPUT_MAX_SPOOL, text, bytes);

	input_close(input);
	return ok;
}
