/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * chunk.h - what the core's files share: the chunk, the instance, and who may touch what.
 *
 *	slots:  0 [full]  1 []  2 [c5]  ...  [c7 c9]		by size; empty_slot: empty
 *	index:  address -> chunk				later chunks only
 *	first, reserved: two records over the same memory
 *
 * Locks, as annotations (annotate.h); what they cannot say is asserted (PCPU_ASSERT_HELD).
 * L1  outer before inner. Only the holder of outer creates, destroys, populates, depopulates,
 *     extends and writes the index. Only the holder of inner touches maps, slots and the fields
 *     guarded by it. Populated bits are written under both locks, so either suffices to read.
 * L2  What a lock-free reader may follow (index, chunk, its constant fields) is published with
 *     release, and freed deferred.
 * L3  An area is marked used only when its pages are populated, so a failed call has no area
 *     to give back.
 *
 * Pages are of units, which start at page boundaries; the copies that a skewed layout moves lie
 * behind that, so a populated page reaches into the next one too (SPEC.md 2, 6):
 *
 *	populated  . 1 1 . 1 . 1 .		unit_offset[cpu] = start of the unit + skew
 *	backed     . 1 1 e 1 e 1 e		e: an edge
 */
#ifndef PCPU_CHUNK_H
#define PCPU_CHUNK_H

#include "atomic.h"
#include <pcpu/bits.h>
#include "list.h"
#include <pcpu/pcpu.h>

#define PCPU_NO_SLOT	      (-1)
/* The span of a page that was taken for one which is not made yet. */
#define PCPU_SPAN_COMES	      ((struct pcpu_span *)(uintptr_t)1)
#define PCPU_MAP_SPARE_AHEAD  34u /* records balance keeps ready for atomic callers */

struct pcpu_chunk {
	/* Constant once published. */
	enum pcpu_chunk_kind kind;
	uint32_t id;
	uint32_t start_bytes;  /* offsets below are not ours to give or free */
	uint32_t nr_pages;     /* per unit, of what the map covers */
	uint32_t memory_bytes; /* of this struct with its bitmap; 0: part of the instance */
	uintptr_t base;
	uint64_t *populated; /* [nr_pages] bits, written under both locks (L1) */
	/* The front's, NULL without one: what each page holds, its span from when it is taken until
	   it is given back, and whether it is zero since it was populated. */
	struct pcpu_page *pages;
	struct pcpu_span **spans; /* written under the inner lock */
	uint64_t *fresh PCPU_GUARDED_BY(PLAT_INNER); /* NULL too where pages do not come zeroed */

	struct pcpu_list link PCPU_GUARDED_BY(PLAT_INNER);
	int slot PCPU_GUARDED_BY(PLAT_INNER); /* the list it is on */
	/* The list that it was due for after the last area taken or freed while it was in use; no
	   word of the reserved chunk. */
	uint32_t due_slot PCPU_GUARDED_BY(PLAT_INNER);
	/* Out of use for now, by its policy: its empty pages are not in the instance's count. */
	bool isolated PCPU_GUARDED_BY(PLAT_INNER);
	struct pcpu_map map PCPU_GUARDED_BY(PLAT_INNER);
	/* Of map.memory when it came from plat_meta_alloc, else 0. */
	size_t map_bytes PCPU_GUARDED_BY(PLAT_INNER);
	/* An atomic caller found too few records. */
	bool wants_growth PCPU_GUARDED_BY(PLAT_INNER);
	uint32_t nr_populated PCPU_GUARDED_BY(PLAT_INNER);
	uint32_t nr_empty_pages PCPU_GUARDED_BY(PLAT_INNER); /* populated and free */
	uint32_t nr_edges PCPU_GUARDED_BY(PLAT_INNER);	     /* backed, and not populated */
};

/* Address -> chunk, a radix tree (index.c). */
struct pcpu_index {
	struct pcpu_index_node *root;
	uint32_t shift; /* bytes of a key: the atom */
	uint32_t levels;
};

struct pcpu {
	struct plat *plat;
	const struct pcpu_engine *engine;
	const struct pcpu_policy *policy; /* the engine's */
	const struct pcpu_backing *backing;
	enum pcpu_choice chosen;

	/* Constant after creation. */
	struct pcpu_layout layout;
	uintptr_t base, static_start;
	uint32_t static_end; /* of the static part, rounded up to the map's granule */
	uint32_t *cpu_unit;    /* [nr_cpu_ids] unit index, PCPU_NO_CPU: not possible */
	uint64_t *unit_offset; /* [nr_cpu_ids] of the CPU's copies from base: with their skew */
	uintptr_t *offset;     /* [nr_cpu_ids] what to add to a pointer's value */
	uint16_t *cpu_node;    /* [nr_cpu_ids] */
	uint64_t *node_cpus;   /* [nr_nodes][nr_cpu_ids] bits */
	uint64_t *cpu_is_far;  /* [nr_cpu_ids] bits: first-chunk memory is not on its node */
	uint64_t *masks;       /* [PCPU_NR_MASKS][nr_cpu_ids] bits; the users' */
	uint32_t nr_nodes;
	uint32_t nr_slots; /* below 64 */
	uint32_t empty_slot; /* of empty chunks; the last that is searched */
	uint32_t lowest_cpu, highest_cpu;
	size_t align_max; /* of the layout; as a request has it */
	uint64_t span_bytes; /* from the lowest unit's start to the highest unit's end */

	/* Written by the holder of outer, followed between plat_read_begin() and _end. */
	struct pcpu_index index;
	uint32_t next_chunk_id PCPU_GUARDED_BY(PLAT_OUTER);

	struct pcpu_list *slots PCPU_GUARDED_BY(PLAT_INNER); /* [nr_slots] */
	/* Bit i: slots[i] holds a chunk. */
	uint64_t slots_filled PCPU_GUARDED_BY(PLAT_INNER);
	/* Of first and later chunks that are not isolated. */
	uint32_t nr_empty_pages PCPU_GUARDED_BY(PLAT_INNER);
	/* The policy's: atomic callers exist, or one failed since the last balance. */
	bool atomic_used PCPU_GUARDED_BY(PLAT_INNER);
	/* Counters; metadata's are those below. */
	struct pcpu_stats stats PCPU_GUARDED_BY(PLAT_INNER);

	struct pcpu_counter metadata_bytes, metadata_bytes_max; /* written under outer */
	struct pcpu_counter nr_illegal, nr_interrupted;	/* of stats.nr_failed, under no lock */
	struct pcpu_counter nr_failures_reported;

	struct pcpu_front *front; /* NULL: off */

	struct pcpu_chunk first, reserved; /* layout.reserved_bytes 0: there is none */

	/* Memory behind: tables by CPU and node follow this struct; slots, start-up maps and their
	   bitmaps are a block of their own, since their sizes follow from the layout. */
	size_t memory_bytes, start_bytes, layout_bytes;
	void *start_memory, *layout_memory;

	/* With a front: [PCPU_FRONT_MAX_BYTES + 1] the class of each size, here for pcpu_alloc() to
	   find in one step. */
	uint8_t class_of[];
};

#define PCPU_CHUNK_OF(l) PCPU_LIST_ENTRY(l, struct pcpu_chunk, link)

/* Chunks of one slot's list; `next` is read first, so that a chunk that moves on its own try does
   not take the walk with it. */
#define PCPU_FOR_EACH_CHUNK(l, next, head)                                                         \
	for ((l) = (head)->next; (next) = (l)->next, (l) != (head); (l) = (next))

/* Each used unit, in the layout's order: *cpu is the id of its CPU. */
#define PCPU_FOR_EACH_UNIT(cpu, pcpu)                                                              \
	for (const uint32_t *cpu = (pcpu)->layout.cpu_map,                                         \
			    *cpu##_end = cpu + (pcpu)->layout.nr_units;                            \
	     cpu < cpu##_end; cpu++)                                                               \
		if (*cpu == PCPU_NO_CPU) {                                                         \
		} else

/* Whole pages of the free extents of a chunk's map, in address order. */
#define PCPU_FOR_EACH_FREE_PAGES(pages, chunk)                                                     \
	for (struct pcpu_free_pages pages = {.area = pcpu_map_skip(&(chunk)->map)};                \
	     (chunk)->map.ops->free_pages(&(chunk)->map, &pages);)

/* The caller (this thread, fiber or CPU) holds this instance's own lock; or does not. */
#define PCPU_ASSERT_HELD(pcpu, lock)	 PCPU_DEBUG_ASSERT(plat_lock_held((pcpu)->plat, lock))
#define PCPU_ASSERT_NOT_HELD(pcpu, lock) PCPU_DEBUG_ASSERT(!plat_lock_held((pcpu)->plat, lock))

static inline bool pcpu_has_reserved(const struct pcpu *pcpu)
{
	return pcpu->layout.reserved_bytes != 0;
}

/* Where a CPU's unit starts, from base: what is mapped and given back is counted from there. */
static inline uint64_t pcpu_unit_start(const struct pcpu *pcpu, uint32_t cpu)
{
	return pcpu->unit_offset[cpu] & ~(uint64_t)(PCPU_PAGE_BYTES - 1);
}

/* Pages behind a populated one that its copies reach into. */
static inline uint32_t pcpu_edge_pages(const struct pcpu *pcpu)
{
	return pcpu_layout_edge(&pcpu->layout) / PCPU_PAGE_BYTES;
}

/* Does a populated page reach into this one, which then is backed? It may be the one behind the
   last. */
static inline bool pcpu_page_is_reached(const struct pcpu *pcpu, const struct pcpu_chunk *chunk,
					uint32_t page)
{
	PCPU_DEBUG_ASSERT(page < chunk->nr_pages + pcpu_edge_pages(pcpu));
	if (page < chunk->nr_pages && pcpu_bit_test(chunk->populated, page))
		return true;
	return page > 0 && pcpu_edge_pages(pcpu) && pcpu_bit_test(chunk->populated, page - 1);
}

PCPU_REQUIRES(PLAT_INNER)
static inline bool pcpu_chunk_is_empty(const struct pcpu *pcpu, const struct pcpu_chunk *chunk)
{
	return chunk->kind == PCPU_CHUNK_LATER && chunk->map.free_bytes == chunk->map.covered_bytes;
}

PCPU_EXCLUDES(PLAT_INNER)
static inline void pcpu_event_emit(struct plat *plat, enum pcpu_event_id id, uint64_t a, uint64_t b,
				   uint64_t c)
{
	plat_event(plat, &(struct pcpu_event){.id = id, .a = a, .b = b, .c = c});
}

/* --- slots.c ------------------------------------------------------------------------------ */

uint32_t pcpu_size_to_slot(uint32_t size_bytes);
/* How many lists there are, and which is that of empty chunks: pcpu->nr_slots, ->empty_slot. */
void pcpu_slots_plan(struct pcpu *pcpu);
/* The slot that free size and hint demand. */
uint32_t pcpu_chunk_slot(const struct pcpu *pcpu, const struct pcpu_chunk *chunk)
	PCPU_REQUIRES(PLAT_INNER);
/* The first slot at or behind `from` (at most nr_slots) that holds a chunk; nr_slots: none. */
PCPU_REQUIRES(PLAT_INNER)
static inline uint32_t pcpu_slot_filled(const struct pcpu *pcpu, uint32_t from)
{
	uint64_t filled = pcpu->slots_filled >> from;

	return filled ? from + (uint32_t)__builtin_ctzll(filled) : pcpu->nr_slots;
}

/* Puts a chunk that is on no list on its slot's head; takes it off its slot's list. */
void pcpu_chunk_enqueue(struct pcpu *pcpu, struct pcpu_chunk *chunk) PCPU_REQUIRES(PLAT_INNER);
void pcpu_chunk_dequeue(struct pcpu *pcpu, struct pcpu_chunk *chunk) PCPU_REQUIRES(PLAT_INNER);
/* Moves the chunk when the slot that it is due for changed: up to the list's head, down to its
   tail. */
void pcpu_chunk_requeue(struct pcpu *pcpu, struct pcpu_chunk *chunk) PCPU_REQUIRES(PLAT_INNER);
/* Moves a chunk that is on some list to this one's head or tail. */
void pcpu_chunk_move(struct pcpu *pcpu, struct pcpu_chunk *chunk, uint32_t slot, bool to_head)
	PCPU_REQUIRES(PLAT_INNER);
/* Takes it out of use, or back into use and to its slot's head, with its empty pages. */
void pcpu_chunk_isolate(struct pcpu *pcpu, struct pcpu_chunk *chunk) PCPU_REQUIRES(PLAT_INNER);
void pcpu_chunk_reintegrate(struct pcpu *pcpu, struct pcpu_chunk *chunk) PCPU_REQUIRES(PLAT_INNER);

/* --- index.c ------------------------------------------------------------------------------ */

/* How deep the tree is for keys of 1 << shift bytes. */
uint32_t pcpu_index_levels(uint32_t shift);
bool pcpu_index_insert(struct pcpu *pcpu, struct pcpu_chunk *chunk)
	PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER);
void pcpu_index_remove(struct pcpu *pcpu, struct pcpu_chunk *chunk)
	PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER);
/* The later chunk whose base unit holds the address, its guard left out, or NULL. */
struct pcpu_chunk *pcpu_index_find(struct pcpu *pcpu, uintptr_t address)
	PCPU_REQUIRES_SHARED(PLAT_READER);

/* --- backing.c ------------------------------------------------------------------------------ */

/* All of them are called with the outer lock held, without the inner one. Clang checks no call by
   an address: each asserts it. */
struct pcpu_backing {
	/* Address space (km: memory) for a chunk. */
	bool (*create)(struct pcpu *pcpu, uintptr_t *base);
	void (*destroy)(struct pcpu *pcpu, uintptr_t base);
	/* Backs what is missing for [from, to) to be populated on every unit, all or nothing; does
	   not touch the bits. */
	bool (*populate)(struct pcpu *pcpu, struct pcpu_chunk *chunk, uint32_t from, uint32_t to);
	/* [from, to) was populated; its bits are cleared by now. Gives back what no populated page
	   reaches into. */
	void (*depopulate)(struct pcpu *pcpu, struct pcpu_chunk *chunk, uint32_t from, uint32_t to);
	/* At creation, and for good: populate and depopulate are NULL, nobody calls them. */
	bool all_populated;
};
extern const struct pcpu_backing pcpu_backing_vm, pcpu_backing_km;

/* Pages of each used unit at [from, to) of `base`: map them all, to be flushed, or none; flush once
   over the span of the units; unmap and flush. */
bool pcpu_units_map(struct pcpu *pcpu, uintptr_t base, uint32_t from, uint32_t to)
	PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER);
void pcpu_units_flush(struct pcpu *pcpu, uintptr_t base, uint32_t from, uint32_t to)
	PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER);
void pcpu_units_unmap(struct pcpu *pcpu, uintptr_t base, uint32_t from, uint32_t to)
	PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER);

/* --- meta.c --------------------------------------------------------------------------------- */

/* Zeroed; NULL without memory. */
void *pcpu_meta_alloc(struct pcpu *pcpu, size_t bytes)
	PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER);
void pcpu_meta_free(struct pcpu *pcpu, void *memory, size_t bytes)
	PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER);

/* --- chunk.c ------------------------------------------------------------------------------- */

/* A new, empty chunk, in the index and on its slot's head; or NULL. */
struct pcpu_chunk *pcpu_chunk_create(struct pcpu *pcpu)
	PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER);
/* Takes the chunk off its list, and its pages and counts out of the instance's; what it counted
   stays counted. Next it is destroyed. */
void pcpu_chunk_retire(struct pcpu *pcpu, struct pcpu_chunk *chunk)
	PCPU_REQUIRES(PLAT_OUTER, PLAT_INNER);
/* The chunk is on no slot list. */
void pcpu_chunk_destroy(struct pcpu *pcpu, struct pcpu_chunk *chunk)
	PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER);
/* Some page of [from, to) is missing. Marks what it backed. */
bool pcpu_chunk_populate(struct pcpu *pcpu, struct pcpu_chunk *chunk, uint32_t from, uint32_t to)
	PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER);
/* The empty populated pages [from, to) are about to be given back. Bits go first, so that no atomic
   caller takes one. */
void pcpu_chunk_pages_claim(struct pcpu *pcpu, struct pcpu_chunk *chunk, uint32_t from,
			    uint32_t to) PCPU_REQUIRES(PLAT_OUTER, PLAT_INNER);
/* Gives back the free populated pages of [from, to). */
void pcpu_chunk_depopulate(struct pcpu *pcpu, struct pcpu_chunk *chunk, uint32_t from, uint32_t to)
	PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER);
/* Drops inner around the allocation and takes it again. False: no memory. */
bool pcpu_chunk_extend(struct pcpu *pcpu, struct pcpu_chunk *chunk, uint32_t spare)
	PCPU_REQUIRES(PLAT_OUTER, PLAT_INNER);
/* Empty populated pages by a walk over the map. O(areas). */
uint32_t pcpu_chunk_count_empty(const struct pcpu_chunk *chunk) PCPU_REQUIRES(PLAT_INNER);
/* Accounts for a taken (or freed) area: empty pages, statistics, slot. */
void pcpu_chunk_account_alloc(struct pcpu *pcpu, struct pcpu_chunk *chunk,
			      const struct pcpu_fit *fit, uint32_t free_before)
	PCPU_REQUIRES(PLAT_INNER);
void pcpu_chunk_account_free(struct pcpu *pcpu, struct pcpu_chunk *chunk,
			     const struct pcpu_fit *fit) PCPU_REQUIRES(PLAT_INNER);

/* --- setup.c ---------------------------------------------------------------------------------- */

/* Are the configuration's values among those of their enumerations? Emits an event when not. */
bool pcpu_setup_values_accept(const struct pcpu_config *config);
/* Does the layout hold what set-up relies on? Emits an event and dumps when not. */
bool pcpu_setup_accept(struct pcpu *pcpu, const struct pcpu_config *config);
/* Is the layout's page this build's? Before any memory is taken by it: first.c. */
bool pcpu_setup_accept_page(struct pcpu *pcpu);

/* --- first.c, address.c ---------------------------------------------------------------------- */

/* Memory for the first chunk: embed or page, as the platform's failures allow. Sets layout, base,
   chosen and cpu_is_far; gives everything back on failure. */
enum pcpu_status pcpu_first_chunk_alloc(struct pcpu *pcpu, const struct pcpu_config *config)
	PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER);
void pcpu_first_chunk_free(struct pcpu *pcpu) PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER);
/* The chunk and offset of a pointer: NULL for static and foreign. */
struct pcpu_chunk *pcpu_find(struct pcpu *pcpu, struct pcpu_ptr pointer, uint32_t *offset)
	PCPU_REQUIRES_SHARED(PLAT_READER);
bool pcpu_is_static_pointer(const struct pcpu *pcpu, struct pcpu_ptr pointer);

#endif
