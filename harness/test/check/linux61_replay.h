/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* linux61_replay.h - traces through the model of Linux 6.1's allocator. */
#ifndef LINUX61_REPLAY_H
#define LINUX61_REPLAY_H

#include "harness/check/linux61/linux61_model.h"
#include "harness/text/trace.h"

/* A model, and where it has placed each id of a trace. */
struct linux61_replay {
	struct lab_linux61 *model;
	struct lab_linux61_place *place; /* [nr_ids] */
	bool *live;			 /* [nr_ids] */
	uint64_t hash;			 /* SPEC.md 12 */
};

/* dyn_bytes of the config: as requested; it is rounded here as SPEC.md 2.1 has it. */
void linux61_replay_init(struct linux61_replay *replay, const struct lab_linux61_config *config,
			 uint32_t nr_ids);
/* `a` and `f` of the trace's first form; `f` of a refused object is skipped. */
void linux61_replay_step(struct linux61_replay *replay, const struct lab_op *op);
void linux61_replay_finish(struct linux61_replay *replay);

#endif
