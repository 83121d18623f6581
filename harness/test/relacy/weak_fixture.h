/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * weak_fixture.h - one allocator with the front, of three CPUs, and what cases do with it.
 *
 * In every case: no race, no failed assertion, no deadlock; objects are zero when they are handed
 * out, and one owner's at a time; afterwards magazines can be emptied, and the front's invariants
 * hold.
 */
#ifndef WEAK_FIXTURE_H
#define WEAK_FIXTURE_H

#include "core/front/front_calls.h"
#include "harness/test/relacy/weak_arena.h"
#include "harness/test/relacy/weak_cases.h"

#define WEAK_SMALL    24u   /* bytes of an object: 170 in a span, which lends no large ones */
#define WEAK_LARGE    1024u /* of one of few in a span */
#define WEAK_NR_GIVEN 16u

extern struct pcpu *weak_pcpu;
extern struct pcpu_ptr weak_given[WEAK_NR_GIVEN]; /* by set-up */

#define WEAK_DYN_BYTES (20u << 10) /* of the first chunk */
void weak_create(uint32_t dyn_bytes);
/* In set-up: this thread is that CPU. */
void weak_cpu_be(uint32_t thread, uint32_t cpu);
/* Each thread is a CPU and has a magazine for small objects; `nr` are in its clean one, none in its
   dirty one. */
void weak_set_up(uint32_t nr);
struct pcpu_magazine *weak_magazine(uint32_t cpu, uint32_t bytes);

/* After: magazines are emptied, which finds what was freed twice; how many misuses there were. */
void weak_check(uint32_t nr_least, uint32_t nr_most);
void weak_check_no_misuse(void);

/* What an owner may do: write each copy. */
void weak_object_write(struct pcpu_ptr p, uint32_t bytes);
void weak_object_check(struct pcpu_ptr p, uint32_t bytes);
/* Allocates, finds it zero, and writes it. */
struct pcpu_ptr weak_object_take(uint32_t bytes);

/* A thread empties all magazines, and takes a small object. */
void weak_drain(void);

/* Between threads, of no order, so that they hide nothing. Slots: of weak_arena.shared. */
void weak_message_send(uint32_t slot, uint64_t value);
uint64_t weak_message_wait(uint32_t slot);
/* Goes on once nr threads are here. What they did before is seen. */
void weak_meet(uint32_t nr);

#endif
