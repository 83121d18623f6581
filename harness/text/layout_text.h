/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* layout_text.h - the `pcpu-alloc:` lines (SPEC.md 3, Dump), events and reports in words.
   Freestanding. */
#ifndef LAB_LAYOUT_TEXT_H
#define LAB_LAYOUT_TEXT_H

#include <pcpu/pcpu.h>
#include "harness/text/text.h"

/* The dump, each line ended by a newline. */
void lab_put_layout(struct lab_text *out, const struct pcpu_layout *layout);
/* One event as one line without newline (LAYOUT: nothing; print the layout instead). */
void lab_put_event(struct lab_text *out, const struct pcpu_event *event);
/* A page size as kernels print it: "4K", "64K". */
void lab_put_page_bytes(struct lab_text *out, uint64_t bytes);
/* A misuse report as one line: id, sentence, chunk, offset. */
void lab_put_report(struct lab_text *out, const struct pcpu_report *report);
/* "embed", "page", "auto". */
const char *lab_choice_text(enum pcpu_choice choice);
const char *lab_cause_text(enum pcpu_cause cause);
const char *lab_setup_rule_text(enum pcpu_setup_rule rule);
const char *lab_misuse_text(enum pcpu_misuse misuse);

#endif
