/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * pcpu.h - the per-CPU allocator: create, allocate, free, address, balance, check.
 *
 * Glossary
 *	unit	one CPU's copy of a chunk, unit_bytes long
 *	group	CPUs near each other; their units are one contiguous area near them
 *	chunk	nr_units units of the same inner layout: an object at offset o exists at o in each
 *	skew	with PCPU_STRIDE_SKEWED, how far behind the start of its unit an offset is counted
 *	edge	the page behind populated ones that skewed copies reach into
 *	first	the chunk made at start-up: static variables, [reserved,] dynamic space
 *	atom	what the areas of groups are aligned to and rounded up to: a page, or a huge page
 *	map	who owns which bytes of a chunk (map.h)
 *	area	an extent of bytes in a map, used or free; of a group: the memory of its units
 *	record	a map's entry for one area: where it starts, and whether it is used (engine "area")
 *	hint	bytes that no free area of a map exceeds: a search passes a chunk whose hint is less
 *	slot	a list of chunks with about the same free size
 *	populated	a page of a chunk that every unit has memory for; empty: and no byte in use
 *	pointer	an offset in disguise: only pcpu_address(pointer, cpu) leads to memory
 *
 *	           group 0              group 1
 *	chunk 0  [cpu0][cpu1]  ....   [cpu2][cpu3]	the distance between two CPUs' copies is the
 *	chunk 1  [cpu0][cpu1]  ....   [cpu2][cpu3]	same in every chunk: one table of offsets
 *
 * Use
 *	struct pcpu *pcpu;
 *	pcpu_create(&config, &pcpu);
 *	struct pcpu_ptr p = pcpu_alloc(pcpu, 8, 8, 0);
 *	uint64_t *mine = (uint64_t *)pcpu_address(pcpu, p, cpu);
 *	pcpu_free(pcpu, p);
 *	pcpu_destroy(pcpu);
 *
 * Locking: pcpu_alloc() without PCPU_ATOMIC, pcpu_balance(), create and destroy take the
 * outer lock and may sleep. pcpu_free() and an atomic pcpu_alloc() take only the inner one. Lookups
 * take none. All state is in the instance: several may live in one process.
 */
#ifndef PCPU_H
#define PCPU_H

#include "engine.h"
#include "plat.h"

/* Of what is compiled here; whoever copies core/ has no other name for it. */
#define PCPU_VERSION_MAJOR 0
#define PCPU_VERSION_MINOR 1
#define PCPU_VERSION_PATCH 0
#define PCPU_VERSION	   "0.1.0"

PCPU_C_BEGIN

struct pcpu;

/*
 * A percpu pointer: cannot be dereferenced, {0} is NULL. It belongs to the instance that gave it,
 * which its value does not name: value = static_start + where the object lies - pcpu_base(). Two
 * instances have different values only where the platform puts their chunks, or the caller their
 * static_start, so far apart that these sums differ. Then another instance's pointer is refused
 * (WILD_FREE); where values are equal, it is taken for this instance's own object: see
 * PCPU_STATIC_AT_BASE.
 */
struct pcpu_ptr {
	uintptr_t value;
};

/* --- set-up ---------------------------------------------------------------------------- */

enum pcpu_choice { PCPU_CHOICE_AUTO, PCPU_CHOICE_EMBED, PCPU_CHOICE_PAGE };

/* Where chunks after the first come from (SPEC.md 6). */
enum pcpu_backing_kind {
	PCPU_BACKING_VM, /* reserved address space, pages mapped one by one */
	PCPU_BACKING_KM, /* one contiguous block a chunk, populated at creation: one group only */
};

/* An early value array: copied into every CPU's static variable, then *array is cleared. */
struct pcpu_early_map {
	void **array; /* *array: [nr_cpu_ids] elements, or NULL: nothing to copy */
	uint32_t element_bytes;
	uint32_t static_offset; /* of the variable in the static part */
};

#define PCPU_NO_VARIABLE   UINT32_MAX
#define PCPU_STACK_TOP_GAP 64u /* bytes above the top of an interrupt stack */

/* Variables of the static part that set-up fills in for each CPU; offsets in the static
   part, where all of them must lie; PCPU_NO_VARIABLE: there is none. */
struct pcpu_own_variables {
	uint32_t this_cpu_off;	/* uintptr_t: per_cpu_offset(cpu) */
	uint32_t cpu_number;	/* uint32_t: cpu */
	uint32_t irq_stack_top; /* uintptr_t: irq_stack's end - PCPU_STACK_TOP_GAP */
	uint32_t irq_stack;	/* offset of the stack itself */
	uint32_t irq_stack_bytes;
};

/*
 * For pcpu_config.static_start of an instance without linked symbols: its static part starts at
 * pcpu_base(), so the value of a pointer is the address of the object in the base unit. Live
 * instances then have no value in common, and free of another one's pointer is reported
 * (WILD_FREE), wherever their addresses are of one address space: on the hosted platform and on
 * bare metal. It does not hold for simulated platforms, each of which has addresses of its own, nor
 * between instances that name a static start: offsets from the same start are the same.
 */
#define PCPU_STATIC_AT_BASE UINTPTR_MAX

struct pcpu_config {
	struct plat *plat;
	const struct pcpu_topology *topology;
	struct pcpu_sizes sizes;
	enum pcpu_choice choice;
	bool auto_means_page; /* 32-bit with more than one node: auto tries only page */
	const struct pcpu_engine *engine; /* NULL: PCPU_DEFAULT_ENGINE */
	enum pcpu_backing_kind backing;
	bool front;	   /* small objects by magazines (front.h); the engine's map has granules */
	bool uniprocessor; /* a static size of 0 is then legal */
	uint64_t space_bytes;	/* address space for later chunks; 0: the span is not checked */
	bool no_page_allocator; /* page is unknown, no fall-back; a wide span only warns */
	uint32_t nr_cpus_limit; /* for the start-up line; 0: PCPU_MAX_CPUS */
	uintptr_t static_start; /* where the static symbols are linked, page-aligned; 0 is legal;
				   static, reserved and dynamic part must not wrap through 0;
				   PCPU_STATIC_AT_BASE: nowhere */
	const void *static_image;	      /* static_bytes of initial values; NULL: zeroes */
	uint32_t static_align_bytes; /* what variables in it demand; 0: PCPU_SKEW_BYTES at most */
	const struct pcpu_own_variables *own; /* NULL: none */
	const struct pcpu_early_map *early_maps;
	uint32_t nr_early_maps;
};

/* The rule of set-up that refused (event SETUP_REFUSED). X(id, "sentence") */
enum pcpu_setup_rule {
#define X(id, sentence) PCPU_SETUP_##id,
#include "setup_rules.def"
#undef X
	PCPU_NR_SETUP_RULES
};

/*
 * Validates what set-up will rely on: layout against topology, base and static start. Returns
 * PCPU_NR_SETUP_RULES when all hold, else the first broken rule; *value: the offending
 * number. smp: static size 0 is refused. O(CPUs).
 */
enum pcpu_setup_rule pcpu_setup_check(const struct pcpu_layout *layout,
				      const struct pcpu_topology *topology, uintptr_t base,
				      uintptr_t static_start, bool smp, uint64_t *value);

/* "embed", "page", "auto" to *choice; anything else: an event that names it, *choice kept,
   false. */
bool pcpu_choice_parse(struct plat *plat, const char *value, enum pcpu_choice *choice);

/*
 * Builds an allocator: layout, first chunk by the choice with its fall-backs, maps, per-CPU
 * offsets. On failure *out is NULL, an event says why and everything is given back. May sleep.
 */
enum pcpu_status pcpu_create(const struct pcpu_config *config, struct pcpu **out)
	PCPU_EXCLUDES(PLAT_OUTER, PLAT_INNER);

/* Gives everything back, live objects too. NULL is fine. No other call may be under way, nor a kick
   be pending that would call pcpu_balance() later: the platform drops or finishes it first. */
void pcpu_destroy(struct pcpu *pcpu) PCPU_EXCLUDES(PLAT_OUTER, PLAT_INNER);

/* --- allocation ------------------------------------------------------------------------ */

/* Never sleeps: populated pages of existing chunks only. pcpu_balance() keeps a few single pages
   ready, so requests of more than a page may go on failing. */
#define PCPU_ATOMIC   1u
#define PCPU_RESERVED 2u /* from the reserved chunk when there is one; never spills over */
#define PCPU_NO_ZERO  4u /* contents undefined: for a caller that writes every CPU's copy */
/* Takes no lock, so it may interrupt anything (NMI): what no magazine of the front has fails
   (INTERRUPTED), without a front everything. */
#define PCPU_NO_WAIT   8u
#define PCPU_ALL_FLAGS (PCPU_ATOMIC | PCPU_RESERVED | PCPU_NO_ZERO | PCPU_NO_WAIT)

/* Why an allocation failed (events ALLOC_FAILED, statistics). X(id, "sentence") */
enum pcpu_cause {
#define X(id, sentence) PCPU_CAUSE_##id,
#include "causes.def"
#undef X
	PCPU_NR_CAUSES
};

/*
 * size 1..PCPU_MIN_UNIT_BYTES bytes at align, a power of two 1..PCPU_PAGE_BYTES; with a skewed
 * stride 1..PCPU_SKEW_BYTES, since a larger one would not hold in every unit. Zeroed on every
 * possible CPU. {0} on failure; pcpu_stats() counts the causes. Any other size, alignment or flag
 * is refused as ILLEGAL, with the event ALLOC_REFUSED.
 * An engine that does not promise PCPU_PROMISE_ALIGN takes any alignment below 4 for 4.
 */
struct pcpu_ptr pcpu_alloc(struct pcpu *pcpu, size_t size, size_t align, unsigned flags)
	PCPU_EXCLUDES(PLAT_INNER);

/* {0} is fine. Anything but a live object's pointer goes to plat_panic() and changes nothing. */
void pcpu_free(struct pcpu *pcpu, struct pcpu_ptr pointer) PCPU_EXCLUDES(PLAT_INNER);

/* The work that free and atomic allocation put off: reclaims empty chunks, gives empty
   pages back, keeps pages and records ready for atomic callers. Takes the outer lock, may sleep. */
void pcpu_balance(struct pcpu *pcpu) PCPU_EXCLUDES(PLAT_OUTER, PLAT_INNER);

/* --- addresses -------------------------------------------------------------------------- */

/* Address of cpu's copy. cpu must be possible, and pointer neither NULL nor a member of what NULL
   points to (else plat_panic, and 0). No lock, O(1). */
uintptr_t pcpu_address(struct pcpu *pcpu, struct pcpu_ptr pointer, uint32_t cpu);
/* What PCPU_DEBUG checks before each access to this CPU's copy (percpu.h): false after plat_panic()
   for such a pointer, or for a caller that is no CPU. No lock, O(1). */
bool pcpu_access_check(struct pcpu *pcpu, struct pcpu_ptr pointer, bool is_cpu);
/* per_cpu_offset(cpu): what to add to a percpu pointer's value. [nr_cpu_ids]; 0 for impossible
   ids. */
const uintptr_t *pcpu_offsets(const struct pcpu *pcpu);

enum pcpu_chunk_kind { PCPU_CHUNK_FIRST, PCPU_CHUNK_RESERVED, PCPU_CHUNK_LATER };

/* Which chunk, and where in it. */
struct pcpu_place {
	enum pcpu_chunk_kind kind;
	uint32_t chunk_id; /* in order of creation, 0 the first; reserved: PCPU_NO_CHUNK */
	uint32_t offset;   /* bytes from the start of the unit */
};

/* The chunk of a percpu pointer; false for static and foreign ones. No lock, O(1), right from any
   CPU. */
bool pcpu_lookup(struct pcpu *pcpu, struct pcpu_ptr pointer, struct pcpu_place *place);
/* The percpu pointer and CPU whose copy lies at a raw address. False for foreign ones, and then
   *pointer and *cpu are undefined. O(CPUs). */
bool pcpu_from_address(struct pcpu *pcpu, uintptr_t address, struct pcpu_ptr *pointer,
		       uint32_t *cpu);
/* Is it a static variable's copy on some CPU? */
bool pcpu_is_static_address(struct pcpu *pcpu, uintptr_t address);
/* Physical address behind a percpu address; one that is not percpu is translated as it is. */
uint64_t pcpu_address_to_phys(struct pcpu *pcpu, uintptr_t address);

/* --- what set-up found ------------------------------------------------------------------ */

const struct pcpu_layout *pcpu_layout(const struct pcpu *pcpu);
uintptr_t pcpu_base(const struct pcpu *pcpu);	       /* lowest area of the first chunk */
/* Value of a pointer to the first byte of the static part: as configured, or the base. */
uintptr_t pcpu_static_start(const struct pcpu *pcpu);
/* Where in a unit objects may begin: static_bytes, rounded up to the granule of the map. */
uint32_t pcpu_static_end(const struct pcpu *pcpu);
enum pcpu_choice pcpu_chosen(const struct pcpu *pcpu); /* EMBED or PAGE */
enum pcpu_backing_kind pcpu_backing_of(const struct pcpu *pcpu); /* of later chunks */
const struct pcpu_engine *pcpu_engine_of(const struct pcpu *pcpu);
/* The CPUs whose first-chunk unit has the lowest and the highest address. */
uint32_t pcpu_lowest_cpu(const struct pcpu *pcpu);
uint32_t pcpu_highest_cpu(const struct pcpu *pcpu);
/* Node index of a possible CPU, PCPU_NO_NODE otherwise. */
uint16_t pcpu_cpu_node(const struct pcpu *pcpu, uint32_t cpu);
/* CPUs of a node index, a bitmap of nr_cpu_ids bits. */
const uint64_t *pcpu_node_cpus(const struct pcpu *pcpu, uint32_t node);

/* Masks that start-up code uses while CPUs come up; nr_cpu_ids bits each, zeroed. */
enum pcpu_start_mask {
	PCPU_MASK_INITIALIZED,
	PCPU_MASK_CALLIN,
	PCPU_MASK_CALLOUT,
	PCPU_MASK_SIBLING_SETUP,
	PCPU_NR_MASKS
};
uint64_t *pcpu_start_mask(struct pcpu *pcpu, enum pcpu_start_mask mask);

/* --- looking inside ---------------------------------------------------------------------- */

struct pcpu_stats {
	uint64_t nr_allocs, nr_frees;	    /* successful calls since creation */
	uint64_t nr_failed[PCPU_NR_CAUSES]; /* by cause */
	uint64_t nr_live, live_bytes;	    /* used areas, with the heads and tails they keep */
	uint64_t nr_live_max, live_bytes_max;
	uint32_t nr_chunks, nr_chunks_max; /* without the reserved one */
	uint64_t populated_bytes;	   /* per CPU: populated pages, the static part included,
					      and the edges of a skewed stride */
	uint64_t free_bytes;		   /* per CPU: free bytes of all maps */
	uint64_t stranded_bytes;	   /* per CPU: free bytes on populated pages */
	uint64_t metadata_bytes;	   /* held from plat_meta_alloc now */
	uint64_t metadata_bytes_max;
	uint64_t nr_probes;	 /* records scanned */
	uint64_t nr_moved_bytes; /* bytes of records shifted */
	uint64_t nr_restarts, nr_extensions;
	uint64_t nr_chunks_created, nr_chunks_destroyed;   /* later chunks */
	uint64_t nr_pages_populated, nr_pages_depopulated; /* per unit */
	uint64_t zeroed_bytes;				   /* over all CPUs */
	uint32_t nr_empty_pages; /* populated and free, of first and later chunks */
};

/* A snapshot. Takes the inner lock. O(chunks + areas). */
void pcpu_stats(struct pcpu *pcpu, struct pcpu_stats *out) PCPU_EXCLUDES(PLAT_INNER);

/* What a visitor sees of a chunk; valid during the call. */
struct pcpu_chunk_view {
	enum pcpu_chunk_kind kind;
	uint32_t id;
	uintptr_t base;		   /* address of the base unit */
	int slot;		   /* -1: on no list */
	bool isolated;		   /* out of use for now: stats.nr_empty_pages leaves it out */
	uint32_t nr_populated;	   /* pages per unit */
	uint32_t nr_edges;	   /* likewise: behind populated ones, and backed for their sake */
	const uint64_t *populated; /* bitmap over the unit's pages */
	const struct pcpu_map *map;
};

/* Calls visit for the reserved chunk (if any), then every chunk in slot order, until it returns
   false. Inner lock held throughout: visit must not sleep, nor call back anything but lookups and
   addresses (plat.h, C4). */
void pcpu_visit(struct pcpu *pcpu, bool (*visit)(void *context, const struct pcpu_chunk_view *view),
		void *context) PCPU_EXCLUDES(PLAT_INNER);

struct pcpu_broken {
	uint32_t chunk_id; /* PCPU_NO_CHUNK: the reserved one or none */
	uint32_t offset;   /* bytes in the unit, or 0 */
	uint32_t cpu;	   /* PCPU_NO_CPU: none in particular */
};

/*
 * Walks everything in invariants.def and returns the first that is broken, PCPU_HOLDS when none is.
 * *where may be NULL. Call with no lock held and no other call under way. O(areas + pages * units),
 * over all chunks.
 */
enum pcpu_invariant pcpu_check(struct pcpu *pcpu, struct pcpu_broken *where)
	PCPU_EXCLUDES(PLAT_OUTER, PLAT_INNER);

PCPU_C_END

#include "front.h"

#endif
