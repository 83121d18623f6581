/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* linux61_replay.c - traces through the model, an operation at a time, with the run hash. */
#include "harness/test/check/linux61_replay.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <pcpu/base.h>
#include "harness/test/lib/test.h"

/* SPEC.md 2.1 */
static uint32_t rounded_dyn(const struct lab_linux61_config *config)
{
	uint64_t dyn = pcpu_max64(config->dyn_bytes, PCPU_DYNAMIC_EARLY_BYTES);
	uint64_t before = (uint64_t)config->static_bytes + config->reserved_bytes;

	return (uint32_t)(pcpu_round_up(before + dyn, PCPU_PAGE_BYTES) - before);
}

void linux61_replay_init(struct linux61_replay *replay, const struct lab_linux61_config *config,
			 uint32_t nr_ids)
{
	struct lab_linux61_config rounded = *config;

	rounded.dyn_bytes = rounded_dyn(config);
	replay->model = lab_linux61_create(&rounded);
	replay->place = calloc(nr_ids + 1, sizeof(*replay->place));
	replay->live = calloc(nr_ids + 1, sizeof(*replay->live));
	replay->hash = UINT64_C(0xcbf29ce484222325);
	CHECK(replay->model && replay->place && replay->live);
}

static void add_line(struct linux61_replay *replay, uint32_t id)
{
	const struct lab_linux61_place *place = &replay->place[id];
	char line[64];

	if (!replay->live[id])
		snprintf(line, sizeof(line), "%" PRIu32 " - -\n", id);
	else if (place->chunk == LAB_LINUX61_RESERVED)
		snprintf(line, sizeof(line), "%" PRIu32 " r %" PRIu32 "\n", id, place->offset);
	else
		snprintf(line, sizeof(line), "%" PRIu32 " %" PRIu32 " %" PRIu32 "\n", id,
			 place->chunk, place->offset);
	for (const char *at = line; *at; at++)
		replay->hash = (replay->hash ^ (uint8_t)*at) * UINT64_C(0x100000001b3);
}

void linux61_replay_step(struct linux61_replay *replay, const struct lab_op *op)
{
	if (op->kind == LAB_OP_ALLOC) {
		replay->live[op->id] = lab_linux61_alloc(
			replay->model, op->size, op->align, op->flags & LAB_OP_RESERVED,
			op->flags & LAB_OP_ATOMIC, &replay->place[op->id]);
		add_line(replay, op->id);
	} else if (op->kind == LAB_OP_FREE && replay->live[op->id]) {
		replay->live[op->id] = false;
		lab_linux61_free(replay->model, replay->place[op->id]);
	}
}

void linux61_replay_finish(struct linux61_replay *replay)
{
	lab_linux61_destroy(replay->model);
	free(replay->place);
	free(replay->live);
}
