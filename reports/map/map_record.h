/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * map_record.h - records what one engine makes of a trace, event by event: places, and each change
 * of a chunk: made, gone, slot, hint, pages. All chunks are looked at after each event.
 */
#ifndef MAP_RECORD_H
#define MAP_RECORD_H

#include <glib.h>
#include <pcpu/pcpu.h>

#include "harness/text/trace.h"

struct map_record;

/* Of a fresh allocator, which it looks at; trace must exist as long. */
struct map_record *map_record_begin(struct pcpu *pcpu, const struct lab_trace *trace);
/* As lab_run_options.placed and .stepped. */
void map_record_placed(struct map_record *record, bool placed, const struct pcpu_place *place);
void map_record_stepped(struct map_record *record, size_t step);
/* Returns the engine's stream (map_stream.h), the caller's; frees the rest. */
GByteArray *map_record_end(struct map_record *record);

#endif
