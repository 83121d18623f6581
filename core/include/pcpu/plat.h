/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * plat.h - the seam: all that the core wants from the world, bound at link time.
 *
 * Contract for every function
 * R1  A program has one platform. `struct plat` is its state, opaque to the core; several may
 *     exist at once, one for each allocator.
 * R2  "Fallible" calls say no by their return value, may be made to by a test, and then have
 *     changed nothing. All others succeed.
 * R3  "May sleep" calls are made without the inner lock. Every call may switch to another
 *     thread or fiber when the inner lock is not held.
 * R4  Addresses are numbers. The core never dereferences one that stands for percpu memory; it
 *     calls plat_zero() and plat_copy(). Metadata are ordinary pointers.
 * R5  Whatever was taken is given back by the core, in pieces of its choosing, exactly once.
 *
 * What a callback may call of the instance that calls it
 * C1  plat_event() of CHUNK_CREATED, CHUNK_DESTROYED and MAP_EXTENDED runs under the outer lock:
 *     lookups, addresses, pcpu_free(), allocations with PCPU_ATOMIC, pcpu_stats(), pcpu_visit().
 * C2  plat_event() of a failed or refused allocation, and plat_panic(), run under no lock:
 *     everything but pcpu_destroy(); and nothing that sleeps where the caller may not.
 * C3  While pcpu_create() or pcpu_destroy() runs: nothing.
 * C4  A visitor of pcpu_visit() runs under the inner lock: lookups and addresses.
 * C5  plat_kick() is not the place: it only sets a flag for later.
 *     What goes beyond C1 or C4 takes a lock that its thread holds already: plat_lock() fails the
 *     assertion PLAT_REENTRY_OUTER or PLAT_REENTRY_INNER (a platform whose plat_lock_atomic() can
 *     say no takes a visitor's free and atomic allocation for a handler's).
 */
#ifndef PCPU_PLAT_H
#define PCPU_PLAT_H

#include "annotate.h"
#include "layout.h"

PCPU_C_BEGIN

struct plat;
struct pcpu;

/* --- what stands for a lock in annotations -------------------------------------------- */

enum plat_lock {
	PLAT_LOCK_OUTER, /* serialises allocators and balance; its holder may sleep */
	PLAT_LOCK_INNER, /* maps and slots; taken last, holder never sleeps; interrupts are off */
};

/* Nobody defines or calls these: annotations name them. */
struct PCPU_CAPABILITY("lock") plat_capability;
struct plat_capability *plat_capability(enum plat_lock lock);
struct plat_capability *plat_read_capability(void);
#define PLAT_OUTER  plat_capability(PLAT_LOCK_OUTER)
#define PLAT_INNER  plat_capability(PLAT_LOCK_INNER)
#define PLAT_READER plat_read_capability() /* between plat_read_begin() and plat_read_end() */

/* --- metadata ---------------------------------------------------------------------- */

/* Zeroed memory for the core's own records, aligned to 64. NULL: none. Fallible, may sleep. */
void *plat_meta_alloc(struct plat *plat, size_t bytes) PCPU_EXCLUDES(PLAT_INNER);
/* Gives it back now. NULL is fine. Does not sleep. */
void plat_meta_free(struct plat *plat, void *memory, size_t bytes);
/* Gives it back once every reader that is inside plat_read_begin()..end() now has left. */
void plat_meta_free_deferred(struct plat *plat, void *memory, size_t bytes);
/* A reader that takes no lock (address lookup). Nests. Does not sleep inside. */
void plat_read_begin(struct plat *plat) PCPU_ACQUIRES_SHARED(PLAT_READER);
void plat_read_end(struct plat *plat) PCPU_RELEASES_SHARED(PLAT_READER);

/* --- memory of the first chunk, and of chunks of the km backing ------------------------ */

/*
 * Contiguous backed memory near `cpu`, `bytes` (a multiple of the page) aligned to `align`. *local:
 * does it lie on the CPU's node (false when that node is offline or has no memory). Contents
 * undefined. Fallible, may sleep.
 */
bool plat_region_alloc(struct plat *plat, uint32_t cpu, uint64_t bytes, uint64_t align,
		       uintptr_t *address, bool *local) PCPU_EXCLUDES(PLAT_INNER);
/* Any page-aligned part of a taken area. */
void plat_region_free(struct plat *plat, uintptr_t address, uint64_t bytes);

/* Bytes at the end of every unit that are to be nobody's, a multiple of the page; 0: none. The same
   at every call. They are never backed (km: given back at once). */
uint32_t plat_guard_bytes(struct plat *plat);

/* --- address space and pages of later chunks (and of a page-wise first chunk) ---------- */

/*
 * Address ranges for a chunk: for each group area_bytes at *base + base_offset of the group, *base
 * aligned to the layout's atom. Nothing is backed. Fallible, may sleep.
 */
bool plat_vm_reserve(struct plat *plat, const struct pcpu_layout *layout, uintptr_t *base)
	PCPU_EXCLUDES(PLAT_INNER);
void plat_vm_release(struct plat *plat, const struct pcpu_layout *layout, uintptr_t base);

/*
 * Takes nr pages near `cpu` and maps them at address (page-aligned, inside taken space, not
 * mapped yet). Returns how many, from the start; fewer than nr means that memory ran out. Contents
 * undefined, and not to be used before the plat_tlb_flush() that covers them: another CPU may still
 * know that nothing was there. Fallible (a short count), may sleep.
 */
uint32_t plat_pages_map(struct plat *plat, uint32_t cpu, uintptr_t address, uint32_t nr)
	PCPU_EXCLUDES(PLAT_INNER);
/*
 * Writes caches back and unmaps nr mapped pages. They stay taken until the plat_tlb_flush() that
 * covers them, since another CPU may still reach them; that flush gives them back.
 */
void plat_pages_unmap(struct plat *plat, uintptr_t address, uint32_t nr);
/* No CPU uses a stale translation of [address, address + bytes) after this. May sleep. */
void plat_tlb_flush(struct plat *plat, uintptr_t address, uint64_t bytes)
	PCPU_EXCLUDES(PLAT_INNER);

/* --- contents -------------------------------------------------------------------------- */

void plat_zero(struct plat *plat, uintptr_t address, size_t bytes);
void plat_copy(struct plat *plat, uintptr_t address, const void *from, size_t bytes);
/* Physical address of a mapped percpu address (per_cpu_ptr_to_phys). */
uint64_t plat_phys(struct plat *plat, uintptr_t address);

/* --- locks --------------------------------------------------------------------------- */

/* The sentences of assertions: an event or a visitor called what it may not (C1, C4). */
#define PLAT_REENTRY_OUTER                                                                         \
	"a callback under the outer lock allocates without PCPU_ATOMIC, balances or destroys "     \
	"(plat.h)"
#define PLAT_REENTRY_INNER \
	"a callback under the inner lock calls the allocator (plat.h, pcpu_visit)"

/* A caller that holds this lock already, or the inner one: an assertion fails with the sentence of
   the lock that it holds, the inner one's first. */
void plat_lock(struct plat *plat, enum plat_lock lock)
	PCPU_EXCLUDES(PLAT_INNER) PCPU_ACQUIRES(plat_capability(lock));
void plat_unlock(struct plat *plat, enum plat_lock lock) PCPU_RELEASES(plat_capability(lock));
/*
 * The inner lock, for what a handler may call: pcpu_free() and an atomic pcpu_alloc(). False, and
 * nothing has changed: the handler interrupted the lock's holder on this very CPU (or thread), who
 * goes on when it returns. Always true where interrupts are off while the lock is held.
 */
bool plat_lock_atomic(struct plat *plat) PCPU_TRY_ACQUIRES(PLAT_INNER);
/* After plat_lock_atomic() returned false, or another has what a free needs and may be what the
   caller interrupted: pcpu_free(pcpu, {pointer}) is called after the caller, or what it
   interrupted, releases the inner lock next, or by plat_free_now(). No lock is held. */
void plat_free_later(struct plat *plat, struct pcpu *pcpu, uintptr_t pointer);
/* Frees what this thread or CPU has put off. No lock is held, and nothing that a free needs. */
void plat_free_now(struct plat *plat);
/* Does the caller (this thread, fiber or CPU) hold it? */
bool plat_lock_held(struct plat *plat, enum plat_lock lock);

/* --- CPUs of the front (front.h); without one: no call ----------------------------------- */

/* pcpu has a front from now on; NULL: no longer. For platforms whose threads come and go: it is
   what pcpu_cpu_enter() and pcpu_cpus_stop() may be called for. */
void plat_front_is(struct plat *plat, struct pcpu *pcpu);
/* Every thread that is a CPU of this platform (pcpu_cpu_enter()) has executed a full memory barrier
   since the call began. False: this platform cannot do that, now or ever. May sleep. */
bool plat_cpus_barrier(struct plat *plat) PCPU_EXCLUDES(PLAT_INNER);
/* The caller waits, holding the outer lock, for a CPU that works on its magazines: lets it go
   on. */
void plat_relax(struct plat *plat) PCPU_EXCLUDES(PLAT_INNER);
/* Are pages of plat_pages_map() zero, though its contract does not say so? The same at every
   call. */
bool plat_pages_zeroed(struct plat *plat);

/* --- the rest -------------------------------------------------------------------------- */

/* Let pcpu_balance(pcpu) run soon, outside atomic context. Any context, the inner lock held
   or not; only sets a flag, the work runs later. */
void plat_kick(struct plat *plat, struct pcpu *pcpu);

/* cpu's unit is complete and its offset known: a boot CPU may load its segment base now. */
void plat_cpu_ready(struct plat *plat, uint32_t cpu, uintptr_t offset);

enum pcpu_event_id {
#define X(id, a, b, c) PCPU_EV_##id,
#include "events.def"
#undef X
	PCPU_NR_EVENTS
};

struct pcpu_event {
	enum pcpu_event_id id;
	uint64_t a, b, c;		  /* see events.def */
	const struct pcpu_layout *layout; /* LAYOUT, EMBEDDED, PAGED; else NULL */
	const char *text;		  /* CHOICE_UNKNOWN; else NULL */
};

/* Without the inner lock; see C1-C3. *event is valid during the call only. */
void plat_event(struct plat *plat, const struct pcpu_event *event) PCPU_EXCLUDES(PLAT_INNER);

/* Programmer's mistakes. X(id, "sentence") */
enum pcpu_misuse {
#define X(id, sentence) PCPU_MISUSE_##id,
#include "misuse.def"
#undef X
	PCPU_NR_MISUSES
};

struct pcpu_report {
	enum pcpu_misuse id;
	uintptr_t pointer; /* the percpu pointer that was passed */
	uint32_t chunk_id; /* PCPU_NO_CHUNK: none */
	uint32_t offset;   /* within the unit, when there is a chunk */
};

#define PCPU_NO_CHUNK UINT32_MAX

/*
 * A programmer's mistake was met and nothing was changed. The platform may stop
 * the program, or record the report and return: then the mistaken call is a no-op. No lock is held.
 */
void plat_panic(struct plat *plat, const struct pcpu_report *report)
	PCPU_EXCLUDES(PLAT_OUTER, PLAT_INNER);

/* Debugging aids of the walker: is this page backed; pages taken and not yet given back. */
bool plat_page_backed(struct plat *plat, uintptr_t address);
/* Are all these bytes of backed pages zero? */
bool plat_is_zero(struct plat *plat, uintptr_t address, size_t bytes);
uint64_t plat_pages_held(struct plat *plat);
/* Node index that backs this page, PCPU_NO_NODE when the platform does not know. */
uint16_t plat_page_node(struct plat *plat, uintptr_t address);

PCPU_C_END

#endif
