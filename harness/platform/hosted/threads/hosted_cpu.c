/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * hosted_cpu.c - threads that are virtual CPUs.
 *
 *	thread --enter--> CPU 5 of this allocator, exclusively	pinned to real CPU 5, or 5 modulo
 *	                  GS base = per_cpu_offset(5)		the real ones
 *	       --leave, or it ends--> another may enter		binding and GS base as before
 *
 * A virtual CPU has one thread, so "preemption" on it cannot happen: disabling it only counts a
 * depth, which must return to 0.
 */
#include <errno.h>
#include <hwloc.h>

#include "harness/platform/hosted/hosted_plat.h"

static __thread struct {
	struct plat *plat; /* NULL: this thread is no CPU */
	uint64_t serial;   /* the platform's serial: another may have its address by now */
	uint32_t cpu;
	uint32_t preempt_depth;
	hwloc_bitmap_t binding;	   /* binding to restore */
	uintptr_t gs_before;	   /* GS base to restore */
} me;

/* --- pinning ---------------------------------------------------------------------------------- */

struct hosted_lock hosted_machine_lock;
static hwloc_topology_t machine; /* set under the lock; constant once set */

/* Only the CPUs that this process may use are needed: load nothing else. */
static hwloc_topology_t machine_load(void)
{
	hwloc_topology_t loaded;

	if (hwloc_topology_init(&loaded) != 0)
		return NULL;
	hwloc_topology_set_all_types_filter(loaded, HWLOC_TYPE_FILTER_KEEP_NONE);
	if (hwloc_topology_load(loaded) == 0)
		return loaded;
	hwloc_topology_destroy(loaded);
	return NULL;
}

/* Returns false when hwloc cannot load it now. */
static bool machine_is_loaded(void)
{
	int state = hosted_cancel_forbid();

	hosted_lock_take(&hosted_machine_lock);
	if (!machine)
		machine = machine_load();
	hosted_lock_give(&hosted_machine_lock);
	hosted_cancel_restore(state);
	return machine != NULL;
}

/* Returns the real CPU of that id, or else the one of id modulo their number. */
static hwloc_obj_t real_cpu(uint32_t cpu)
{
	hwloc_obj_t pu = hwloc_get_pu_obj_by_os_index(machine, cpu);
	int nr = hwloc_get_nbobjs_by_type(machine, HWLOC_OBJ_PU);

	return pu ? pu : hwloc_get_obj_by_type(machine, HWLOC_OBJ_PU, cpu % (unsigned)nr);
}

/* Returns false (errno set) when that is not allowed. */
static bool cpu_pin(uint32_t cpu)
{
	if (!machine_is_loaded()) {
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

/* If the earlier CPUs are offline the thread stays where it is. */
static void cpu_unpin(void)
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

/* Sets binding, GS base and the thread's destructor; false (errno set): none of them. */
static bool cpu_become(uint32_t cpu, uintptr_t offset)
{
	if (!hosted_at_thread_end()) {
		errno = ENOMEM;
		return false;
	}
	if (!cpu_pin(cpu))
		return false;
	if (!hosted_has_gs())
		return true;
	me.gs_before = hosted_get_gs();
	if (hosted_set_gs(offset))
		return true;
	cpu_unpin();
	errno = EPERM;
	return false;
}

static bool cpu_enter(struct plat *plat, struct pcpu *pcpu, uint32_t cpu)
{
	if (pcpu_cpu_node(pcpu, cpu) == PCPU_NO_NODE) {
		errno = ENXIO;
		return false;
	}
	if (hosted_am_cpu() || !cpu_take(plat, cpu)) {
		errno = EBUSY;
		return false;
	}
	if (!cpu_become(cpu, pcpu_offsets(pcpu)[cpu])) {
		cpu_give(plat, cpu);
		return false;
	}
	me.plat = plat;
	me.serial = plat->serial;
	me.cpu = cpu;
	pcpu_cpu_enter(pcpu, cpu);
	return true;
}

bool hosted_enter_cpu(struct plat *plat, struct pcpu *pcpu, uint32_t cpu)
{
	int state = hosted_cancel_forbid();
	bool entered = cpu_enter(plat, pcpu, cpu);

	hosted_cancel_restore(state);
	return entered;
}

/* Resets everything but the platform's cpu_taken; the platform may be destroyed. */
static void become_none(void)
{
	if (hosted_has_gs())
		(void)hosted_set_gs(me.gs_before);
	cpu_unpin();
	me.plat = NULL;
	me.preempt_depth = 0;
}

void hosted_leave_cpu(struct plat *plat)
{
	int state;

	PCPU_ASSERT(me.plat == plat);
	PCPU_ASSERT(me.preempt_depth == 0);
	state = hosted_cancel_forbid();
	pcpu_cpu_leave();
	become_none();
	cpu_give(plat, me.cpu);
	hosted_cancel_restore(state);
}

/* A thread that never left a platform that was destroyed is not a CPU. */
bool hosted_am_cpu(void)
{
	if (me.plat && !hosted_plats_with(me.plat, me.serial, NULL, 0))
		become_none();
	return me.plat != NULL;
}

void hosted_cpu_thread_ends(void)
{
	struct plat *plat = me.plat;

	if (!plat)
		return;
	pcpu_cpu_leave();
	become_none();
	(void)hosted_plats_with(plat, me.serial, cpu_give, me.cpu);
}

/* In the child, only the forking thread can still be a CPU. */
void hosted_cpus_child(struct plat *plat)
{
	bool keep = me.plat == plat && me.serial == plat->serial;

	for (uint32_t cpu = 0; cpu < plat->config.topology->nr_cpu_ids; cpu++) {
		plat->cpu_taken[cpu] = keep && cpu == me.cpu;
		if (plat->fronted && !plat->cpu_taken[cpu])
			pcpu_cpu_forget(plat->fronted, cpu);
	}
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
	PCPU_ASSERT_SAYS(me.plat, "this thread is no CPU: hosted_enter_cpu() comes first");
	return me.cpu;
}

bool hosted_is_cpu_of(const struct plat *plat)
{
	return plat && me.plat == plat;
}
