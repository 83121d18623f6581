/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * hosted.h - the platform for a Linux process: pthread, mmap, mbind, hwloc.
 *
 * CPUs are virtual: a thread becomes one with hosted_enter_cpu() (pinned to the real CPU of that
 * id where there is one, else to id modulo the real ones), owns it alone until
 * hosted_leave_cpu(), and on x86-64 has its GS base set to per_cpu_offset(cpu), so that
 * percpu.h's accesses are one instruction. A thread that ends as a CPU gives it back.
 *
 * fork(2)	at any moment: the child has the allocator with all objects, no CPU but the forking
 *		thread's, and a worker from its first call that may sleep. Not by a raw clone(2).
 *		Two threads that fork at once, each in an event callback under the outer lock of
 *		another instance, wait for each other's lock for ever: fork in one of them at most.
 * Signals	a handler may free, look up, and allocate with PCPU_ATOMIC. When it has interrupted
 *		the holder of the inner lock the allocation is refused (cause INTERRUPTED) and the
 *		free is done once the lock is given back. The worker has all signals blocked.
 * Real time	locks lend priority.
 * Cancelled	no call has a cancellation point, event callbacks included. A thread whose
 *		cancellation is asynchronous is never struck with a lock held; an object that its
 *		call was about to return, or to free, stays allocated.
 *
 * Instances that set pcpu_config.static_start to PCPU_STATIC_AT_BASE have no pointer value in
 * common while both live, so one that is given to the wrong instance is reported. Those of the
 * default instance are near its program instead, apart from all mappings wherever the kernel keeps
 * program and mappings more than 2^41 bytes apart (x86-64 and AArch64 do). Where a static start is
 * named, this is up to whoever names it.
 *
 * Guards, address ranges without access, lie around every area of the first chunk, every group of a
 * later one and all metadata: what overruns its unit by a page faults, or meets another unit's
 * copies of the same chunk, but no record.
 */
#ifndef HOSTED_H
#define HOSTED_H

#include <pcpu/pcpu.h>

PCPU_C_BEGIN

struct hosted_config {
	const struct pcpu_topology *topology; /* kept by reference */
	bool bind_memory;   /* mbind units to their node, when it is a node of this machine */
	bool no_mbind; /* with bind_memory: looks where pages lie but asks for nothing. A control:
			       pages then lie near whoever touched them first */
	bool worker;	    /* a thread runs pcpu_balance() on kicks; else see hosted_take_kick() */
	bool record_misuse; /* record reports for hosted_take_misuse(); else print and abort() */
	void (*event)(void *context, const struct pcpu_event *event); /* NULL: events are dropped */
	void *context;
	uint64_t meta_limit_bytes; /* 0: none. Honest refusal beyond */
	uint64_t page_limit;	   /* 0: nine tenths of what machine and cgroups allow, for all
				      instances of this process together (one with a number counts
				      too, but is held to its own) */
	bool unit_guards; /* a page without access at the end of each unit, which is then a page
				      longer or has one page less for objects: what overruns its
				      unit faults. Costs the kernel two mappings a unit */
	uint64_t seed;		   /* of the places of later chunks; 0: a new one each time */
};

/* NULL: no memory, no thread, or no way to find the page limit. */
struct plat *hosted_create(const struct hosted_config *config);
/*
 * Bytes that an instance without a page_limit could take now: of its limit, what the others of this
 * process leave, and no more than the machine has available. root: a folder before /proc and its
 * like, "" in earnest. False: no way to find the page limit.
 */
bool hosted_spare_bytes(const char *root, uint64_t *bytes);
/* Waits for deferred frees and the worker. Aborts with a message when the core still holds
   something. */
void hosted_destroy(struct plat *plat);

/* Waits until the worker has run for every request so far. Returns at once without a worker. */
void hosted_worker_wait(struct plat *plat);
/* Ends the worker. Call it before pcpu_destroy(), during which no other call may run. Does nothing
   without a worker. */
void hosted_worker_stop(struct plat *plat);

/* Without a worker: has the allocator wanted pcpu_balance() since the last call of this? */
bool hosted_take_kick(struct plat *plat);

/* With record_misuse: the last report since the last call of this, if any. */
bool hosted_take_misuse(struct plat *plat, struct pcpu_report *report);

/*
 * Giving back may be refused by the kernel: near vm.max_map_count, by a sandbox, for locked memory.
 * What is refused is kept and offered again whenever something is taken or given. Pages that this
 * instance has given back and that are still there (they count against page_limit); bytes of
 * addresses, of all instances of this process, those destroyed included.
 */
uint64_t hosted_kept_pages(struct plat *plat);
uint64_t hosted_kept_bytes(void);

/* The thread becomes `cpu` of this allocator. False (errno set): no such CPU, or another thread
   is it now. */
bool hosted_enter_cpu(struct plat *plat, struct pcpu *pcpu, uint32_t cpu);
void hosted_leave_cpu(struct plat *plat);
/* How deep this thread is in plat_preempt_disable(). */
uint32_t hosted_preempt_depth(void);
/* May this machine set GS bases from user space (x86-64 Linux)? */
bool hosted_has_gs(void);

/* Where unit pages lie. */
struct hosted_placement {
	uint64_t nr_pages; /* backed by the allocator's books */
	uint64_t nr_known; /* of which the kernel says where they are */
	uint64_t nr_there; /* of which lie on the node of their unit's CPU */
};

/*
 * Looks at every backed page of the units of a node index's CPUs (PCPU_NO_NODE: of all CPUs) by
 * move_pages(2). Nothing is told without bind_memory, where the topology's nodes are not this
 * machine's, or when the kernel refuses.
 */
void hosted_placement(struct plat *plat, struct pcpu *pcpu, uint16_t node,
		      struct hosted_placement *seen);
/* Percent of nr_told; -1 when nothing was told. */
double hosted_placement_percent(const struct hosted_placement *seen);

/*
 * This machine, for hosted_config and pcpu_config: possible CPUs
 * (/sys/devices/system/cpu/possible), nodes and distances (hwloc). NULL: *error is a sentence
 * saying what was expected. Destroy it after the last instance that was made from it. NULL is fine.
 */
const struct pcpu_topology *hosted_machine_create(char error[256]);
void hosted_machine_destroy(const struct pcpu_topology *machine);

/* The program's default instance (percpu.h binds to it): made from the .data..percpu section of
   this program, with this machine's topology, on first use. Aborts with a message when it fails. */
struct pcpu *hosted_default(void);
struct plat *hosted_default_plat(void);

PCPU_C_END

#endif
