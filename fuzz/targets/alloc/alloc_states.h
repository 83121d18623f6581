/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* alloc_states.h - reports the chunk states of a run to libFuzzer as coverage. */
#ifndef FUZZ_ALLOC_STATES_H
#define FUZZ_ALLOC_STATES_H

#include <pcpu/pcpu.h>

/* For lab_run_options.seen. Nothing that a run does depends on it. */
void alloc_states_note(void *context, const struct pcpu_chunk_view *view);

#endif
