/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* trace_fixture.h - what tests of traces share: parsing, round trips, random numbers. */
#ifndef TRACE_FIXTURE_H
#define TRACE_FIXTURE_H

#include "harness/text/trace.h"

#define TRACE_ROOM 4096
#define T1	   "# pcpu-trace 1\n"
#define T2	   "# pcpu-trace-ops 1\n"
#define TP	   "# pcpu-trace 2\n"

/* Of the last trace_parse(): its operations, the trace, or what was wrong. */
extern struct lab_op trace_ops[TRACE_ROOM];
extern struct lab_trace trace_parsed;
extern struct lab_error trace_error;
bool trace_parse_bytes(const char *text, size_t bytes);
bool trace_parse(const char *text);

/* Prints the first nr of trace_other_ops and parses that: the running test fails when they differ.
   text: what their sites point into. */
extern struct lab_op trace_other_ops[TRACE_ROOM];
void trace_round_trip(size_t nr, const char *text);

/* splitmix64 (Steele, Lea, Flood 2014): the seed is the sequence. */
uint64_t trace_random(uint64_t *state);
uint32_t trace_random_below(uint64_t *state, uint32_t n);

#endif
