/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* linux61_compare.h - an engine, whole allocator included, against the model, step by step. */
#ifndef LINUX61_COMPARE_H
#define LINUX61_COMPARE_H

#include "harness/check/linux61/linux61_model.h"
#include "harness/test/lib/run_fixture.h"

struct linux61_difference {
	size_t step;	    /* index of the operation */
	char sentence[256]; /* "": there is none */
};

/*
 * Replays the trace on an allocator of the simulated platform with this engine, and on the model:
 * each place; now and then and at the end the chunks, their free bytes, hints and populated pages,
 * and the order of those that are on one list. dyn_bytes of the config: as requested. Returns
 * whether they agree; else *difference is the first.
 */
bool linux61_compare(const struct pcpu_engine *engine, const struct lab_linux61_config *config,
		     const struct lab_trace *trace, struct linux61_difference *difference);

#endif
