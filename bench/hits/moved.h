/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * moved.h - which cache lines move between two CPUs: each CPU has a copy of a line from its first
 * touch until the other writes it (MESI, caches without end). A touch of a line that the other
 * wrote since is a move. The first touch of a line by either is none: where it was is not known.
 */
#ifndef MOVED_H
#define MOVED_H

#include <stdbool.h>
#include <stdint.h>

enum { MOVED_LINE_BYTES = 64 };

struct moved;

struct moved *moved_create(void); /* NULL: no memory */
void moved_destroy(struct moved *moved);
/* CPU 0 or 1 touches that line. Returns whether it moves. False with *full: there was no memory for
   one more line. */
bool moved_touch(struct moved *moved, uint32_t cpu, uintptr_t address, bool writes, bool *full);

#endif
