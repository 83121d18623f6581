/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * recorded_write.h - writes a replay as if it had been recorded: a trace with the places that an
 * engine gave (# pcpu-trace 2).
 */
#ifndef RECORDED_WRITE_H
#define RECORDED_WRITE_H

#include <pcpu/pcpu.h>
#include "harness/text/trace.h"

struct recorded_writer;

/* slept: flag A was not honoured, and is not written. The trace is of a recorded form. */
struct recorded_writer *recorded_writer_create(const struct lab_trace *trace, bool slept);
void recorded_writer_destroy(struct recorded_writer *writer);
/* Call it for each `a` of the trace, in order, as lab_run() does. placed false: refused; it and its
   `f` are left out, and ids stay dense. */
void recorded_writer_place(struct recorded_writer *writer, uint32_t id, bool placed,
			   const struct pcpu_place *place);
/* Returns the text, NUL-terminated; *bytes without it. The caller frees it. */
char *recorded_writer_text(const struct recorded_writer *writer, size_t *bytes);

#endif
