/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * fuzz_text.c - all readers of text: traces, topologies, kernel logs, arguments.
 *
 *	| which | text ... |		m# pcpu-topology 1
 *					node 0 cpus 0-3
 *
 * The first byte is a letter of rows[], which selects the parser and a prefix of the text; any
 * other byte is mapped to one of them. The rest is text as in a file.
 */
#include "fuzz/targets/outcome.h"
#include "harness/text/text.h"
#include "fuzz/targets/text/text_case.h"
#include "fuzz/targets/write_line.h"

#include <string.h>

#define TRACE	 "# pcpu-trace 1\n"
#define OPS	 "# pcpu-trace-ops 1\n"
#define TOPOLOGY "# pcpu-topology 1\n"

#define MACHINE TOPOLOGY "node 3 cpus 0,2\nnode 1 cpus 1\n"
#define DUMP	"pcpu-alloc: s4096 r0 d12288 u32768 alloc=2*32768\n"

enum { MAX_TEXT = FUZZ_MAX_BYTES + 128 };

static const struct row {
	char letter;
	uint8_t kind; /* enum text_kind */
	const char *before;
} rows[] = {
	{'t', TEXT_TRACE, ""},
	{'a', TEXT_TRACE, TRACE},
	{'o', TEXT_TRACE, OPS},
	{'m', TEXT_TOPOLOGY, ""},
	{'n', TEXT_TOPOLOGY, TOPOLOGY},
	{'c', TEXT_TOPOLOGY, TOPOLOGY "node 0 cpus "},
	{'d', TEXT_TOPOLOGY, MACHINE "distance 3 "},
	{'l', TEXT_LOG, ""},
	{'e', TEXT_LOG, DUMP "pcpu-alloc: "},
	{'p', TEXT_CHOICE, ""},
	{'g', TEXT_ARGUMENTS, ""},
	{'b', TEXT_ARGUMENTS, "--bytes\n"},
	{'s', TEXT_ARGUMENTS, "--seconds\n"},
	{'u', TEXT_ARGUMENTS, "--number\n"},
};
enum { NR_ROWS = sizeof(rows) / sizeof(rows[0]) };

struct decoded {
	enum text_kind kind;
	size_t nr_before, nr;
	char text[MAX_TEXT];
};

static const struct row *row_of(uint8_t byte)
{
	for (size_t i = 0; i < NR_ROWS; i++)
		if (rows[i].letter == byte)
			return &rows[i];
	return &rows[byte % NR_ROWS];
}

static const struct decoded *text_decode(const uint8_t *bytes, size_t nr)
{
	static struct decoded d;
	const struct row *row = row_of(nr ? bytes[0] : 0);

	nr = nr < FUZZ_MAX_BYTES ? nr : FUZZ_MAX_BYTES;
	d.kind = row->kind;
	d.nr_before = strlen(row->before);
	d.nr = d.nr_before + (nr ? nr - 1 : 0);
	memcpy(d.text, row->before, d.nr_before);
	if (nr > 1)
		memcpy(d.text + d.nr_before, bytes + 1, nr - 1);
	return &d;
}

static bool fuzz_text_run(const void *input, struct fuzz_outcome *outcome)
{
	const struct decoded *d = input;

	return text_case_run(d->kind, d->text, d->nr, outcome);
}

static bool text_property(const uint8_t *bytes, size_t nr, struct fuzz_outcome *outcome)
{
	*outcome = (struct fuzz_outcome){0};
	if (fuzz_try(fuzz_text_run, text_decode(bytes, nr), outcome))
		return true;
	outcome->step = outcome->nr_ops;
	fuzz_put_words(outcome);
	return false;
}

/* --- in words ---------------------------------------------------------------------------- */

/* Escapes as in a C string, without quotes. */
static void put_escaped(struct lab_text *out, unsigned char c)
{
	static const char plain[] = "\\\\\"\"\tt\rr";

	for (const char *at = plain; *at; at += 2) {
		if ((unsigned char)at[0] == c) {
			lab_put_char(out, '\\');
			lab_put_char(out, at[1]);
			return;
		}
	}
	if (c >= ' ' && c < 0x7f && c != '?') {
		lab_put_char(out, (char)c);
		return;
	}
	/* Octal ends after three digits, hex where it likes. A ? might begin a trigraph. */
	lab_put_char(out, '\\');
	lab_put_char(out, (char)('0' + (c >> 6)));
	lab_put_char(out, (char)('0' + (c >> 3 & 7)));
	lab_put_char(out, (char)('0' + (c & 7)));
}

/* Tells each line of the text, escaped, with these words around it; `newline` ends those that have
   one. */
static void each_line(const struct decoded *d, const char *before, const char *newline,
		      const char *after, void (*line)(const char *text))
{
	static char capacity[MAX_TEXT * 4 + 64];
	struct lab_text out;

	for (size_t at = 0; at < d->nr;) {
		lab_text_init(&out, capacity, sizeof(capacity));
		lab_put(&out, before);
		while (at < d->nr && d->text[at] != '\n')
			put_escaped(&out, (unsigned char)d->text[at++]);
		lab_put(&out, at < d->nr ? newline : "");
		lab_put(&out, after);
		line(capacity);
		at++;
	}
}

static const char *const kind_words[TEXT_NR_KINDS] = {
	[TEXT_TRACE] = "# a trace",
	[TEXT_TOPOLOGY] = "# a topology",
	[TEXT_LOG] = "# a kernel log",
	[TEXT_CHOICE] = "# a value of percpu_alloc=",
	[TEXT_ARGUMENTS] = "# a command line, a word a line",
};

static void text_describe(const uint8_t *bytes, size_t nr, void (*line)(const char *text))
{
	const struct decoded *d = text_decode(bytes, nr);

	line(kind_words[d->kind]);
	each_line(d, "", "", "", line);
}

/* Lines. */
static size_t text_pieces(const uint8_t *bytes, size_t nr, size_t *starts, size_t capacity)
{
	size_t nr_pieces = 0;

	nr = nr < FUZZ_MAX_BYTES ? nr : FUZZ_MAX_BYTES;
	for (size_t at = 1; at < nr && nr_pieces < capacity; at++)
		if (at == 1 || bytes[at - 1] == '\n')
			starts[nr_pieces++] = at;
	return nr_pieces;
}

static void write_test(const uint8_t *bytes, size_t nr, const char *test_name,
		       void (*line)(const char *text))
{
	static const char *const kinds[TEXT_NR_KINDS] = {"TEXT_TRACE", "TEXT_TOPOLOGY", "TEXT_LOG",
							 "TEXT_CHOICE", "TEXT_ARGUMENTS"};
	const struct decoded *d = text_decode(bytes, nr);

	write_head(line, "fuzz/targets/text/text_case.h", test_name);
	line("\tstatic const char text[] =");
	each_line(d, "\t\t\"", "\\n", "\"", line);
	line("\t\t\"\";");
	line("\tstruct fuzz_outcome outcome;");
	line("");
	write_line(line, "\tif (!text_case_run($, text, sizeof(text) - 1, &outcome))", NULL,
		   &kinds[d->kind]);
	line("\t\tFAIL(\"%s: %s\", outcome.place, outcome.sentence);");
	line("}");
}

const struct fuzz_target fuzz_text = {
	.name = "fuzz_text",
	.summary = "traces, topologies, kernel logs and arguments, against second readers",
	.property = text_property,
	.describe = text_describe,
	.pieces = text_pieces,
	.write_test = write_test,
};
