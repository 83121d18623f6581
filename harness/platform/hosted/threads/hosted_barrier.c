/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * hosted_barrier.c - a memory barrier on every thread of the process, by membarrier(2).
 *
 * The expedited form interrupts the CPUs that run a thread of this process, the rest passes a
 * barrier when it is switched to. A kernel before 4.14 and a sandbox that does not know the call
 * have the slow global form, or none: the front then never takes back what a CPU holds.
 */
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "harness/platform/hosted/hosted_plat.h"

/* linux/membarrier.h */
#define CMD_GLOBAL		       1
#define CMD_PRIVATE_EXPEDITED	       8
#define CMD_REGISTER_PRIVATE_EXPEDITED 16

static bool barrier_call(int command)
{
	return syscall(SYS_membarrier, command, 0, 0) == 0;
}

void hosted_barrier_set_up(void)
{
	(void)barrier_call(CMD_REGISTER_PRIVATE_EXPEDITED);
}

bool plat_cpus_barrier(struct plat *plat)
{
	return barrier_call(CMD_PRIVATE_EXPEDITED) || barrier_call(CMD_GLOBAL);
}

void plat_relax(struct plat *plat)
{
	sched_yield();
}

void plat_front_is(struct plat *plat, struct pcpu *pcpu)
{
	plat->fronted = pcpu;
}
