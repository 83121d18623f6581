/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * map_trace.h - the part of a map that all engines share: the trace's events, shapes and sites.
 */
#ifndef MAP_TRACE_H
#define MAP_TRACE_H

#include <glib.h>
#include <jansson.h>

#include "harness/text/trace.h"

/* Writes the events' stream (map_stream.h). shapes: [size, align, site, flags] each once, site an
   index into sites, flags LAB_OP_ATOMIC and LAB_OP_RESERVED; sites: names, "-" where a trace has
   none. */
struct map_trace {
	GByteArray *stream;
	json_t *shapes, *sites;
};
void map_trace_make(struct map_trace *map, const struct lab_trace *trace);
void map_trace_free(struct map_trace *map);

#endif
