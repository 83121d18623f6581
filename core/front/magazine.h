/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * magazine.h - what the files of the front share: classes, spans, magazines; who may touch what.
 *
 *	span   |a|b|c|d|..| pages of a chunk, cut into objects of one class
 *	state  [live class][claimed] two bytes a granule, out of band:
 *
 *	               live   claimed   also
 *	live           class  0
 *	dirty          0      0         its pointer is in one dirty magazine
 *	due, clean     0      1         it is in one clean magazine
 *	free           0      1         the bit of its pieces in span->free is set; that in
 *	                                span->dirty too, until it is cleared
 *	no object      0      1         granules inside an object, the span's tail
 *
 * M1  Whoever frees writes live = 0 and nothing else. Whoever makes dirty objects clean claims them
 *     while it has their span's turn, a byte behind the states, so one of two who free the same
 *     object finds the other's claim. Nobody waits for a turn, since who has it may have been
 *     interrupted: those objects stay dirty. Whoever hands an object out owns it alone and writes
 *     both bytes at once.
 * M2  A CPU's magazines are its own. While it works on them pcpu_here.owner is NULL. Another may
 *     touch them when that CPU is stopped (front_cpu.c): its `front` leads to magazines that are
 *     empty and full, every CPU has passed a barrier since, and its owner is not NULL.
 * M3  No call waits for the outer lock while it works on magazines: who stops CPUs holds it.
 * M4  Spans, their lists and free bits are guarded by the inner lock. What a hit follows without it
 *     (page records, states) changes under that lock and is freed only with all CPUs stopped.
 */
#ifndef PCPU_MAGAZINE_H
#define PCPU_MAGAZINE_H

#include "../chunk.h"
#include <pcpu/front.h>

#define PCPU_NR_CLASSES	    45u /* class 0: none */
#define PCPU_MAGAZINE_MAX   64u /* objects of one kind in one magazine */
#define PCPU_MAGAZINE_START 8u
#define PCPU_MAGAZINE_BYTES (8u << 10)  /* of objects of one kind in one magazine */
#define PCPU_MAGAZINE_CACHE (16u << 10) /* of all CPUs' copies of them */
#define PCPU_SPARE_PART	    16u /* of spans' bytes, that they may have free without sharing */

/* --- classes.c ------------------------------------------------------------------------------ */

struct pcpu_class {
	uint16_t bytes;
	uint8_t granule_shift; /* of the largest power of two that divides bytes */
	uint8_t nr_pages;      /* of a span, where a page is 4 KiB; else one page */
};
extern const struct pcpu_class pcpu_classes[PCPU_NR_CLASSES];
/* By size, 0..PCPU_FRONT_MAX_BYTES; 0 for size 0. */
extern const uint8_t pcpu_class_of[PCPU_FRONT_MAX_BYTES + 1];
/* The class of a legal request; 0: the engine's. */
uint32_t pcpu_class_find(size_t size, size_t align);
uint32_t pcpu_class_span_pages(uint32_t class);

/* --- magazines ------------------------------------------------------------------------------ */

struct pcpu_clean {
	uintptr_t value; /* of the pointer */
	uint8_t *state;
};

struct pcpu_magazine {
	/* The arguments that the last call of this class had, so that the next is compared only. */
	size_t align;
	uint32_t flags;
	uint32_t room;		/* dirty[room .. limit) are in use */
	/* clean[1 .. nr_due] are claimed and due to be cleared, those behind them, up to top, are
	   clean. clean[nr_due] shows no state, so that who comes to it misses; [0] has none. */
	struct pcpu_clean *top;
	uint32_t limit;	    /* of both; grows with misses */
	uint32_t nr_misses; /* since the CPU was last looked at by balance */
	size_t nr_loaded;   /* objects that became clean, less those taken back; since creation */
	size_t nr_verified; /* objects of dirty[] that were good */
	uint32_t nr_due;
	uint64_t due_dirty; /* bit i: clean[1 + i] is due and not known to be zero */
	uint8_t *hidden;    /* state of clean[nr_due], if any is due */
	uintptr_t dirty[PCPU_MAGAZINE_MAX];
	struct pcpu_clean clean[1 + PCPU_MAGAZINE_MAX];
};

/* What a page of a chunk holds. limit 0: no span. */
struct pcpu_page {
	uintptr_t states; /* of the granule at offset 0 of the chunk, were it the span's */
	uint32_t limit;	  /* granules from offset 0 of the chunk to the span's end */
	uint8_t shift;	  /* of the granule */
};

/* A chunk that a CPU frees into, so that it need not be searched. */
struct pcpu_near {
	uintptr_t value; /* of a pointer to its offset 0 */
	size_t bytes;	 /* 0: none */
	const struct pcpu_page *pages;
};

#define PCPU_NEAR_BITS	 8u
#define PCPU_NEAR_CHUNKS (1u << PCPU_NEAR_BITS)

struct pcpu_front_cpu {
	struct pcpu_near near; /* of this CPU's last free */
	struct pcpu_magazine *magazine[PCPU_NR_CLASSES];
	uint64_t wanted;	 /* classes whose magazine an atomic caller missed */
	struct pcpu_caller *here; /* of the thread that is this CPU; NULL: none */
	/* [PCPU_NEAR_CHUNKS] chunks that it freed into, by pointers (near.c), NULL: none. Made with
	   its first magazine. */
	const struct pcpu_chunk **chunk;
};

/* --- all of it -------------------------------------------------------------------------------- */

struct pcpu_front {
	struct pcpu_front_cpu *cpu; /* [nr_cpu_ids] */
	uint32_t near_shift;	    /* of a unit's bytes, rounded down to a power of two */
	uint32_t nr_stops PCPU_GUARDED_BY(PLAT_OUTER); /* nested: a handler may fork meanwhile */
	struct pcpu_list partial[PCPU_NR_CLASSES] PCPU_GUARDED_BY(PLAT_INNER);
	struct pcpu_list full[PCPU_NR_CLASSES] PCPU_GUARDED_BY(PLAT_INNER);
	struct pcpu_list sparse[PCPU_NR_CLASSES] PCPU_GUARDED_BY(PLAT_INNER);
	/* Without a live object nor one in a magazine: at the end of their class's partial ones. */
	uint32_t nr_empty PCPU_GUARDED_BY(PLAT_INNER);
	uint32_t nr_spans PCPU_GUARDED_BY(PLAT_INNER);
	/* Pointers that were freed twice, found while magazines were emptied; reported once no lock
	   is held. */
	uint32_t nr_bad PCPU_GUARDED_BY(PLAT_OUTER);
	uintptr_t bad[2 * PCPU_MAGAZINE_MAX] PCPU_GUARDED_BY(PLAT_OUTER);

	/* What the engine counted for spans, and what calls without a magazine did. */
	uint64_t nr_span_allocs PCPU_GUARDED_BY(PLAT_INNER);
	uint64_t nr_span_frees PCPU_GUARDED_BY(PLAT_INNER);
	uint64_t span_bytes PCPU_GUARDED_BY(PLAT_INNER);
	uint64_t spare_bytes PCPU_GUARDED_BY(PLAT_INNER); /* of free pieces, without tails */
	uint64_t nr_live_max PCPU_GUARDED_BY(PLAT_INNER); /* of snapshots */
	size_t nr_taken[PCPU_NR_CLASSES] PCPU_GUARDED_BY(PLAT_INNER);
	size_t nr_freed[PCPU_NR_CLASSES] PCPU_GUARDED_BY(PLAT_INNER);
	struct pcpu_counter cleared_bytes; /* over all CPUs */
	/* In bytes of a unit: the objects that clean magazines have room for, and may have. */
	struct pcpu_counter capacity_bytes, capacity_most;
	size_t memory_bytes;
	uint32_t most[PCPU_NR_CLASSES]; /* objects of one kind that a magazine may hold */
};

/* Empty and full, for classes without a magazine and CPUs that are stopped. */
extern const struct pcpu_magazine pcpu_no_magazine;
extern const struct pcpu_front_cpu pcpu_no_cpu;

/* --- object states (M1) ----------------------------------------------------------------------- */

static inline uint32_t state_class(const uint8_t *state)
{
	return byte_follow(state);
}

/* The entry in the dirty magazine follows it on the same CPU, and whoever claims the object does so
   on that CPU, or with it stopped. */
static inline void state_free(uint8_t *state)
{
	byte_write(state, 0);
}

/* The object is handed out. Who claims it wrongly after this finds it live. */
static inline void state_take(uint8_t *state, uint32_t class)
{
	bytes_release(state, class);
}

/* Claims a freed object of a span whose turn the caller has. False: it is live, or another has it,
   and nothing has changed. What is not claimed and not live stays so until somebody claims it. */
static inline bool state_claim(uint8_t *state)
{
	if (byte_follow(state + 1) != 0 || state_class(state) != 0) /* in this order */
		return false;
	byte_write(state + 1, 1);
	return true;
}

/* --- a CPU's own magazines (M2) --------------------------------------------------------------- */

/* Opens and closes a passage over this CPU's magazines. That the owner is written before the front
   is read needs a fence for the compiler only: who stops this CPU has made every CPU pass a
   barrier, and what interrupts it runs on it. Acquire of the front: what was done while this CPU
   was stopped is seen. Release of the owner: who stops it sees what it did. */
static inline void here_close(struct pcpu *pcpu)
{
	compiler_fence();
	pointer_publish((void **)(void *)&pcpu_here.owner, pcpu);
}

static inline struct pcpu_front_cpu *here_open(void)
{
	pointer_set((void **)(void *)&pcpu_here.owner, NULL);
	compiler_fence();
	return POINTER_FOLLOW_OWN(&pcpu_here.front);
}

/* Clean objects. Of another CPU's magazine it may be what never was. */
static inline uint32_t magazine_nr(const struct pcpu_magazine *magazine)
{
	uint32_t nr_due = count_read(&magazine->nr_due);
	uint32_t nr = (uint32_t)((struct pcpu_clean *)pointer_read(
					 (void *const *)(const void *)&magazine->top) -
				 magazine->clean);

	return nr > nr_due ? nr - nr_due : 0;
}

static inline void magazine_top_set(struct pcpu_magazine *magazine, struct pcpu_clean *top)
{
	pointer_set((void **)(void *)&magazine->top, top);
}

/* All of clean[]. */
static inline uint32_t magazine_nr_claimed(const struct pcpu_magazine *magazine)
{
	return (uint32_t)(magazine->top - magazine->clean);
}

#define LIKELY(x) __builtin_expect(!!(x), 1)

static inline size_t rotate_right(size_t x, uint32_t n)
{
	const uint32_t bits = 8 * sizeof(x);

	return x >> (n % bits) | x << (-n % bits);
}

/* Finds the granule that starts at a pointer; false: none of a span in this chunk does. A page's
   record is written limit last, so its limit is read first. */
static inline bool near_granule(const struct pcpu_near *near, uintptr_t value, uint8_t **states,
				size_t *granule)
{
	size_t at = value - near->value, limit;
	const struct pcpu_page *page;

	if (!LIKELY(at < near->bytes))
		return false;
	page = &near->pages[at >> PCPU_PAGE_SHIFT];
	VALUE_ANEW(page);
	limit = count_follow(&page->limit);
	*granule = rotate_right(at, byte_read(&page->shift));
	if (!LIKELY(*granule < limit))
		return false;
	*states = (uint8_t *)page->states;
	return true;
}

/* The state of that granule. */
static inline bool near_state(const struct pcpu_near *near, uintptr_t value, uint8_t **state)
{
	uint8_t *states;
	size_t granule;

	if (!near_granule(near, value, &states, &granule))
		return false;
	*state = states + 2 * granule;
	return true;
}

/* A span from a page on, for objects that follow each other in it. nr_granules 0: none. */
struct pcpu_run {
	uintptr_t value; /* of a pointer to the page's start */
	uint8_t *states; /* of its first granule */
	size_t nr_granules;
	uint32_t shift;
};

/* The turn of its span. */
static inline uint8_t *run_turn(const struct pcpu_run *run)
{
	return run->states + 2 * run->nr_granules;
}

/* Of a pointer that is in the chunk. */
static inline bool near_page_is_span(const struct pcpu_near *near, uintptr_t value)
{
	return count_follow(&near->pages[(value - near->value) >> PCPU_PAGE_SHIFT].limit) != 0;
}

/* A free that this CPU's magazines take: of a live object's pointer, in the chunk of the last one,
   with room. */
static inline bool magazine_give(struct pcpu_front_cpu *front, uintptr_t value)
{
	struct pcpu_magazine *magazine;
	size_t granule, room;
	uint8_t *states;

	if (!LIKELY(near_granule(&front->near, value, &states, &granule)))
		return false;
	magazine = front->magazine[state_class(states + 2 * granule)];
	if (!LIKELY(!__builtin_sub_overflow((size_t)magazine->room, 1, &room)))
		return false;
	VALUE_ANEW(granule); /* both addresses are a part of their instruction */
	state_free(states + 2 * granule);
	magazine->dirty[room] = value;
	count_set(&magazine->room, (uint32_t)room);
	return true;
}

/* The value of a pointer to offset 0 of a chunk. */
static inline uintptr_t chunk_value(const struct pcpu *pcpu, const struct pcpu_chunk *chunk)
{
	return chunk->base - pcpu->base + pcpu->static_start;
}

#endif
