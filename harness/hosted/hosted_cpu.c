/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * hosted_cpu.c - threads that are virtual CPUs.
 *
 *	thread --enter--> CPU 5 of this allocator, its alone	pinned to real CPU 5, or 5 modulo
 *	                  GS base = per_cpu_offset(5)		the real ones
 *
 * A virtual CPU has one thread, so "preemption" on it cannot happen: disabling it is a depth
 * that must come out even.
 */
#include <errno.h>
#include <hwloc.h>

#include "hosted_plat.h"

static __thread struct {
	struct plat *plat; /* NULL: this thread is no CPU */
	uint32_t cpu;
	uint32_t preempt_depth;
	hwloc_bitmap_t binding; /* to go back to */
} me;

/* --- pinning ---------------------------------------------------------------------------------- */

static pthread_once_t machine_once = PTHREAD_ONCE_INIT;
static hwloc_topology_t machine; /* NULL: hwloc could not look at it */

/* Only the CPUs that this process may use are wanted: load nothing else. */
static void machine_load(void)
{
	if (hwloc_topology_init(&machine) != 0) {
		machine = NULL;
		return;
	}
	hwloc_topology_set_all_types_filter(machine, HWLOC_TYPE_FILTER_KEEP_NONE);
	if (hwloc_topology_load(machine) == 0)
		return;
	hwloc_topology_destroy(machine);
	machine = NULL;
}

/* The real CPU of that id where there is one, else one by id modulo their number. */
static hwloc_obj_t real_cpu(uint32_t cpu)
{
	hwloc_obj_t pu = hwloc_get_pu_obj_by_os_index(machine, cpu);
	int nr = hwloc_get_nbobjs_by_type(machine, HWLOC_OBJ_PU);

	return pu ? pu : hwloc_get_obj_by_type(machine, HWLOC_OBJ_PU, cpu % (unsigned)nr);
}

/* False (errno set): not allowed. */
static bool pin(uint32_t cpu)
{
	pthread_once(&machine_once, machine_load);
	if (!machine) {
		errno = ENODEV;
		return false;
	}
	me.binding = hwloc_bitmap_alloc();
	if (!me.binding) {
		errno = ENOMEM;
		return false;
	}
	if (hwloc_get_cpubind(machine, me.binding, HWLOC_CPUBIND_THREAD) == 0 &&
	    hwloc_set_cpubind(machine, real_cpu(cpu)->cpuset, HWLOC_CPUBIND_THREAD) == 0)
		return true;
	hwloc_bitmap_free(me.binding);
	return false;
}

static void unpin(void)
{
	(void)hwloc_set_cpubind(machine, me.binding, HWLOC_CPUBIND_THREAD);
	hwloc_bitmap_free(me.binding);
}

/* --- being a CPU ----------------------------------------------------------------------------- */

static bool cpu_take(struct plat *plat, uint32_t cpu)
{
	bool free_mark = false;

	return __atomic_compare_exchange_n(&plat->cpu_taken[cpu], &free_mark, true, false,
					   __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

static void cpu_give(struct plat *plat, uint32_t cpu)
{
	__atomic_store_n(&plat->cpu_taken[cpu], false, __ATOMIC_RELEASE);
}

bool hosted_enter_cpu(struct plat *plat, struct pcpu *pcpu, uint32_t cpu)
{
	if (pcpu_cpu_node(pcpu, cpu) == PCPU_NO_NODE) {
		errno = ENXIO;
		return false;
	}
	if (me.plat || !cpu_take(plat, cpu)) {
		errno = EBUSY;
		return false;
	}
	if (!pin(cpu)) {
		cpu_give(plat, cpu);
		return false;
	}
	me.plat = plat;
	me.cpu = cpu;
	if (hosted_has_gs())
		hosted_set_gs(pcpu_offsets(pcpu)[cpu]);
	return true;
}

void hosted_leave_cpu(struct plat *plat)
{
	PCPU_ASSERT(me.plat == plat);
	PCPU_ASSERT(me.preempt_depth == 0);
	if (hosted_has_gs())
		hosted_set_gs(0);
	unpin();
	me.plat = NULL;
	cpu_give(plat, me.cpu);
}

void plat_cpu_ready(struct plat *plat, uint32_t cpu, uintptr_t offset)
{
	/* A thread loads its own base in hosted_enter_cpu(). */
	hosted_place_later(plat);
}

/* --- for percpu.h ---------------------------------------------------------------------------- */

void plat_preempt_disable(void);
void plat_preempt_enable(void);
uint32_t plat_this_cpu(void);

void plat_preempt_disable(void)
{
	me.preempt_depth++;
}

void plat_preempt_enable(void)
{
	PCPU_ASSERT(me.preempt_depth > 0);
	me.preempt_depth--;
}

uint32_t hosted_preempt_depth(void)
{
	return me.preempt_depth;
}

uint32_t plat_this_cpu(void)
{
	PCPU_ASSERT(me.plat);
	return me.cpu;
}
