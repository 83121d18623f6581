/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * record.h - converts a running kernel's tracepoints to a trace.
 *
 *	kernel: own tracefs instance -> trace_pipe -> lines (record_kernel.c)
 *	or a text that was recorded earlier, elsewhere -> lines (record_file.c)
 *	lines -> `a ID SIZE ALIGN FLAGS SITE CHUNK OFFSET`, `f ID` (record_parse.c, pure)
 *	base addresses -> CHUNK (record_chunks.c)
 */
#ifndef RECORD_H
#define RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* --- the text ------------------------------------------------------------------------------ */

struct record; /* a trace that grows */

struct record_counts {
	uint64_t nr_events;   /* lines with allocations or frees, parsed or not */
	uint64_t nr_allocs, nr_frees;
	uint64_t nr_unknown;  /* frees of objects from before the recording: left out */
	uint64_t nr_lost;     /* events that the kernel's buffer dropped */
	uint64_t nr_implied;  /* frees inserted because an address was allocated again */
	uint64_t nr_bad;      /* lines of our events that could not be parsed */
	uint32_t nr_chunks;   /* chunks that objects lie in, as far as their events say so ... */
	uint32_t nr_created;  /* ... those of them that were created meanwhile */
};

/* has_places: a trace with the places that the kernel gave (# pcpu-trace 2). */
struct record *record_create(bool has_places);
void record_destroy(struct record *record);

/*
 * Takes one line of trace_pipe, of `trace-cmd report` or of `perf script`, without its newline.
 * Lines of other events are skipped. Bytes behind the line are readable (a NUL or a newline).
 *
 * When an address is allocated while its object still lives, its free was lost, or two CPUs' events
 * were swapped. In both cases the old object is freed first; unless events were lost, the address's
 * next free is the late one and is ignored.
 *
 * Events of chunks say which ones are created meanwhile, so that the trace has all objects in them.
 */
void record_line(struct record *record, const char *line, size_t bytes);

/* Returns the trace so far, header included; *bytes without the NUL. Owned by the record. */
const char *record_text(struct record *record, size_t *bytes);
const struct record_counts *record_counts(const struct record *record);

/* --- a file (record_file.c) ----------------------------------------------------------------- */

/* Reads all lines of such a text (input.h). False after one line: it cannot be read, it has no
   event of ours or no allocation, or an event is malformed (with its line). */
bool record_file(const char *path, struct record *record);

/* --- the kernel ---------------------------------------------------------------------------- */

struct record_kernel;

/* Creates an instance of tracefs with the events enabled, those of chunks where there are any.
   NULL: *why is a sentence saying what is missing. */
struct record_kernel *record_kernel_open(char why[256]);
/* Reads available events without waiting. */
void record_kernel_read(struct record_kernel *kernel, struct record *record);
/* Stops, reads the rest and removes the instance. False: it could not be removed, *why names it. */
bool record_kernel_close(struct record_kernel *kernel, struct record *record, char why[256]);

#endif
