/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* moved.c - see moved.h. */
#include "bench/hits/moved.h"

#include <stdlib.h>

enum { SLOTS = 1 << 18 }; /* a power of two; half of them are used at most */

struct slot {
	uintptr_t line;	 /* 0: none */
	uint8_t copies;	 /* bit i: CPU i has it as it is */
	uint8_t written; /* by either */
};

struct moved {
	uint32_t nr;
	struct slot slot[SLOTS];
};

struct moved *moved_create(void)
{
	return calloc(1, sizeof(struct moved));
}

void moved_destroy(struct moved *moved)
{
	free(moved);
}

/* Of the line, or an empty one. */
static struct slot *slot_find(struct moved *moved, uintptr_t line)
{
	uint64_t at = line * UINT64_C(0x9e3779b97f4a7c15) >> 40;

	while (moved->slot[at % SLOTS].line && moved->slot[at % SLOTS].line != line)
		at++;
	return &moved->slot[at % SLOTS];
}

bool moved_touch(struct moved *moved, uint32_t cpu, uintptr_t address, bool writes, bool *full)
{
	uintptr_t line = address / MOVED_LINE_BYTES;
	struct slot *slot = slot_find(moved, line);
	uint8_t own = (uint8_t)(1 << cpu);
	bool moves;

	if (!slot->line) {
		if (moved->nr == SLOTS / 2) {
			*full = true;
			return false;
		}
		moved->nr++;
		*slot = (struct slot){.line = line};
	}
	/* To write what the other has a copy of takes a message to it, also where this CPU has one,
	   too. */
	moves = slot->written && (writes ? slot->copies != own : !(slot->copies & own));
	slot->copies = writes ? own : slot->copies | own;
	slot->written |= writes;
	return moves;
}
