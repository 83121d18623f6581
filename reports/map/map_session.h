/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* map_session.h - `lab map`: what is mapped, and the entry of "maps" that comes of it. */
#ifndef MAP_SESSION_H
#define MAP_SESSION_H

#include <jansson.h>

#include "harness/cli/replay/replay_machine.h"

#define MAP_MAX_EVENTS (1u << 22) /* of a trace: the page holds all of them */

struct map_session {
	struct replay_machine machine;
	const char *path;
	struct lab_trace trace;
	const struct pcpu_engine **engines;
	uint32_t nr_engines;
	bool honour_atomic;
	/* Made by the runs: */
	json_t *layout, *columns;
};

/* Runs the engines, each on a fresh allocator. CMD_USAGE after printing what is wrong. */
int map_run(struct map_session *session);
/* The entry; a new reference. After map_run(). */
json_t *map_json(struct map_session *session);

/* map_layout.c: the units of an allocator, where they lie, and sizes; a new reference. */
json_t *map_layout_json(const struct map_session *session, const struct pcpu *pcpu);

#endif
