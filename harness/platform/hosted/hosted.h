/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * hosted.h - the platform for a Linux process: pthread, mmap, mbind, hwloc.
 *
 * CPUs are virtual: a thread becomes one with hosted_enter_cpu() (pinned to the real CPU of that
 * id where there is one, else to id modulo the real ones), owns it alone until
 * hosted_leave_cpu(), and on x86-64 has its GS base set to per_cpu_offset(cpu), so that
 * percpu.h's accesses are one instruction. A thread that ends while it is a CPU gives the CPU back.
 *
 * fork(2)	at any moment: the child has the allocator with all objects, no CPU but the forking
 *		thread's, and a worker from its first call that may sleep. A raw clone(2) is not
 *		supported. Two threads that fork at once, each in an event callback under the outer
 *		lock of another instance, wait for each other's lock for ever: fork in one of them
 *		at most.
 * Signals	a handler may free, look up, and allocate with PCPU_ATOMIC. When it has interrupted
 *		the holder of the inner lock the allocation is refused (cause INTERRUPTED) and the
 *		free is done once the lock is given back. The worker has all signals blocked.
 * Real time	locks inherit priority.
 * Cancelled	no call has a cancellation point, event callbacks included. A thread with
 *		asynchronous cancellation is never cancelled while it holds a lock; an object that
 *		its call was about to return, or to free, stays allocated.
 *
 * Instances that set pcpu_config.static_start to PCPU_STATIC_AT_BASE have no pointer value in
 * common while both exist, so a pointer passed to the wrong instance is reported. Pointers of the
 * default instance are near its program instead, and disjoint from all mappings if the kernel keeps
 * program and mappings more than 2^41 bytes apart (x86-64 and AArch64 do). A caller that sets
 * another static start must ensure this itself.
 *
 * Guards, address ranges without access, lie around every area of the first chunk, every group of a
 * later one and all metadata: an access beyond its unit by a page faults, or hits another unit's
 * copies of the same chunk, but never a record.
 */
#ifndef HOSTED_H
#define HOSTED_H

#include <pcpu/pcpu.h>

PCPU_C_BEGIN

struct hosted_config {
	const struct pcpu_topology *topology; /* kept by reference */
	bool bind_memory;   /* mbind units to their node, when it is a node of this machine */
	bool no_mbind; /* with bind_memory: queries where pages lie but does not bind. A control:
			       pages then lie near the CPU that touched them first */
	bool worker;	    /* a thread runs pcpu_balance() on kicks; else see hosted_take_kick() */
	bool record_misuse; /* record reports for hosted_take_misuse(); else print and abort() */
	void (*event)(void *context, const struct pcpu_event *event); /* NULL: events are dropped */
	void *context;
	uint64_t meta_limit_bytes; /* 0: none. Requests beyond it are refused */
	uint64_t page_limit;	   /* 0: nine tenths of what machine and cgroups allow, for all
				      instances of this process together (one with a number counts
				      too, but is held to its own) */
	bool unit_guards; /* a page without access at the end of each unit, which is then a page
				      longer or has one page less for objects: an access beyond its
				      unit faults. Costs two kernel mappings per unit */
	uint64_t seed;		   /* seed of the places of later chunks; 0: a new one each time */
};

/* Returns NULL without memory or thread, or when the page limit cannot be found. */
struct plat *hosted_create(const struct hosted_config *config);
/*
 * Returns the bytes that an instance without a page_limit could take now: its limit minus what the
 * other instances of this process hold, at most what the machine has available. root: a prefix for
 * /proc and similar paths, for tests; else "". False: the page limit cannot be found.
 */
bool hosted_spare_bytes(const char *root, uint64_t *bytes);
/* Waits for deferred frees and the worker. Aborts with a message when the core still holds
   memory. */
void hosted_destroy(struct plat *plat);

/* Waits until the worker has run for every request so far. Returns at once without a worker. */
void hosted_worker_wait(struct plat *plat);
/* Ends the worker. Call it before pcpu_destroy(), during which no other call may run. Does nothing
   without a worker. */
void hosted_worker_stop(struct plat *plat);

/* Without a worker: returns whether the allocator requested pcpu_balance() since the last call. */
bool hosted_take_kick(struct plat *plat);

/* With record_misuse: takes the last report since the last call. Returns false when there is
   none. */
bool hosted_take_misuse(struct plat *plat, struct pcpu_report *report);

/*
 * The kernel may refuse to take memory back: near vm.max_map_count, in a sandbox, for locked
 * memory. Such memory is kept and offered again at each later allocation or release. These return
 * the pages that this instance has given back and that are still mapped (they count against
 * page_limit), and the bytes of addresses of all instances of this process, including destroyed
 * ones.
 */
uint64_t hosted_kept_pages(struct plat *plat);
uint64_t hosted_kept_bytes(void);

/* Makes the thread CPU `cpu` of this allocator. False (errno set): no such CPU, or another thread
   is that CPU now. */
bool hosted_enter_cpu(struct plat *plat, struct pcpu *pcpu, uint32_t cpu);
void hosted_leave_cpu(struct plat *plat);
/* Returns how deep this thread is in plat_preempt_disable(). */
uint32_t hosted_preempt_depth(void);
/* Returns whether this machine can set GS bases from user space (x86-64 Linux). */
bool hosted_has_gs(void);

/* Where unit pages lie. */
struct hosted_placement {
	uint64_t nr_pages; /* populated, by the allocator's records */
	uint64_t nr_known; /* of these, pages whose node the kernel reports */
	uint64_t nr_there; /* of these, pages on the node of their unit's CPU */
};

/*
 * Queries move_pages(2) for every backed page of the units of a node index's CPUs (PCPU_NO_NODE: of
 * all CPUs). nr_known is 0 without bind_memory, where the topology's nodes are not this machine's,
 * and when the kernel refuses.
 */
void hosted_placement(struct plat *plat, struct pcpu *pcpu, uint16_t node,
		      struct hosted_placement *seen);
/* Returns nr_there in percent of nr_known; -1 when nr_known is 0. */
double hosted_placement_percent(const struct hosted_placement *seen);

/*
 * Returns this machine, for hosted_config and pcpu_config: possible CPUs
 * (/sys/devices/system/cpu/possible), nodes and distances (hwloc). NULL: *error is a sentence
 * saying what was expected. Destroy it after the last instance that was made from it; NULL is
 * ignored.
 */
const struct pcpu_topology *hosted_machine_create(char error[256]);
void hosted_machine_destroy(const struct pcpu_topology *machine);

/* Returns the program's default instance (percpu.h uses it). The first call makes it from this
   program's .data..percpu section and this machine's topology. Aborts with a message on failure. */
struct pcpu *hosted_default(void);
struct plat *hosted_default_plat(void);

PCPU_C_END

#endif
