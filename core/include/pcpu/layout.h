/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * layout.h - build info: from a topology and sizes to groups, units and offsets.
 *
 * A pure function over tables: no platform, no memory of its own, no text
 * (SPEC.md 2). The topology is data, so it can be printed, fuzzed and replayed.
 *
 *	topology:  node 0: cpu 0-4   node 1: cpu 5-7		upa = 2
 *	layout:    group 0 [0 1][2 3][4 -]  group 1 [5 6][7 -]	[..] = one allocation
 */
#ifndef PCPU_LAYOUT_H
#define PCPU_LAYOUT_H

#include "base.h"

#define PCPU_NODE_ONLINE 1u /* bits of pcpu_topology.node_state */
#define PCPU_NODE_MEMORY 2u

PCPU_C_BEGIN

/* A machine. Owned by the caller; the core copies what it keeps. */
struct pcpu_topology {
	uint32_t nr_cpu_ids;	  /* highest possible id + 1, 1..PCPU_MAX_CPUS */
	uint32_t nr_nodes;	  /* 1..PCPU_MAX_NODES; a node's index is its place in the tables */
	const uint16_t *cpu_node; /* [nr_cpu_ids] node index; PCPU_NO_NODE: not possible */
	const uint16_t *node_id;  /* [nr_nodes] the ids users see (holes allowed) */
	const uint8_t *node_state; /* [nr_nodes] PCPU_NODE_* bits; NULL: all online, with memory */
	const uint8_t *distance;   /* [nr_nodes * nr_nodes] from * nr_nodes + to, 10..255, diagonal
				      10; NULL: no distances are known, all CPUs form one group */
};

/* How CPUs form groups (SPEC.md 2.3). */
enum pcpu_rule {
	PCPU_RULE_REFERENCE,	/* no existing member is farther than LOCAL_DISTANCE */
	PCPU_RULE_FIRST_MEMBER, /* exactly LOCAL_DISTANCE to and from the first member */
};

/* How far apart neighbouring units of a group lie (SPEC.md 2, stride colouring). */
enum pcpu_stride {
	PCPU_STRIDE_REFERENCE, /* alloc_bytes / upa, bit-exact with the reference */
	PCPU_STRIDE_ODD,       /* least odd number of pages; upa 1, areas rounded to the atom */
	PCPU_STRIDE_SKEWED,    /* odd or forced, and copies PCPU_SKEW_BYTES further behind the start
				  of each next unit; no alignment above that (pcpu_alloc()) */
};

/* By how much neighbouring units' copies differ in where they lie in their units: a cache line. */
#define PCPU_SKEW_BYTES 64u

/* What is requested. All in bytes. */
struct pcpu_sizes {
	uint64_t static_bytes;	 /* any count; 0 only where the caller is not SMP */
	uint64_t reserved_bytes; /* 0: no reserved chunk */
	uint64_t dyn_bytes;	 /* raised to dyn_early_bytes */
	uint64_t atom_bytes;	 /* power of two, >= a page: areas are taken in multiples of it */
	uint64_t unit_bytes;	 /* 0: chosen. Else forced: page multiple that holds everything;
				    then upa is 1 and areas are rounded up to the atom */
	/* What kernels and machines differ in; 0 is the default of base.h. */
	uint64_t page_bytes;	  /* power of two, 4 to 64 KiB: sums and units are whole pages */
	uint64_t min_unit_bytes;  /* no unit is smaller; 32 KiB at least, rounded up to a page */
	uint64_t dyn_early_bytes; /* least dyn_bytes; PCPU_DYNAMIC_EARLY_BYTES at least */
	uint64_t guard_bytes;	  /* page multiple at the end of each unit: no object, no memory. A
				     forced unit holds it too, and with a skewed stride a page more;
				     pcpu_create() takes the platform's */
	enum pcpu_rule rule;
	enum pcpu_stride stride;
};

/* The page of a layout with these sizes. */
static inline uint64_t pcpu_sizes_page(const struct pcpu_sizes *sizes)
{
	return sizes->page_bytes ? sizes->page_bytes : PCPU_PAGE_BYTES;
}

/* The least dynamic space of a layout with these sizes. */
static inline uint64_t pcpu_sizes_dyn_early(const struct pcpu_sizes *sizes)
{
	return sizes->dyn_early_bytes ? sizes->dyn_early_bytes : PCPU_DYNAMIC_EARLY_BYTES;
}

/* The least unit of a layout with these sizes, whatever it holds. */
static inline uint64_t pcpu_sizes_min_unit(const struct pcpu_sizes *sizes)
{
	return pcpu_align_up(sizes->min_unit_bytes ? sizes->min_unit_bytes : PCPU_MIN_UNIT_AT(1),
			     pcpu_sizes_page(sizes));
}

/* The sizes of the page allocator's layout: whatever dyn was, it is the least; the atom is a
   page. */
static inline struct pcpu_sizes pcpu_sizes_paged(const struct pcpu_sizes *sizes)
{
	struct pcpu_sizes paged = *sizes;

	paged.dyn_bytes = 0;
	paged.atom_bytes = pcpu_sizes_page(sizes);
	return paged;
}

/* One group: CPUs near each other, units in one contiguous area. */
struct pcpu_group {
	uint32_t nr_cpus;     /* used units */
	uint32_t nr_units;    /* nr_cpus rounded up to upa */
	uint32_t first_unit;  /* index of its first unit in cpu_map */
	uint32_t node;	      /* node index of its first CPU */
	uint64_t base_offset; /* of its area from the lowest one; provisional: back to back */
	uint64_t area_bytes;  /* nr_units * unit_bytes, rounded up to the atom */
};

/* The result. group and cpu_map point into the memory given to pcpu_layout_build(). */
struct pcpu_layout {
	uint32_t page_bytes;
	uint32_t static_bytes, reserved_bytes;
	uint32_t dyn_bytes;	 /* absorbs the rounding of the sum to a page */
	uint32_t size_sum_bytes; /* static + reserved + dyn, a page multiple */
	uint32_t unit_bytes;	 /* stride between units of a group, a page multiple */
	uint32_t guard_bytes;	 /* at the end of each unit: nobody's, never backed */
	uint32_t skew_bytes;	 /* PCPU_SKEW_BYTES, or 0: copies of all units lie alike */
	uint64_t atom_bytes;
	uint64_t alloc_bytes; /* upa * unit_bytes */
	uint32_t upa;	      /* units per allocation */
	uint32_t nr_groups, nr_units, nr_possible, nr_cpu_ids;
	uint32_t nr_wasted;	  /* units without a CPU, <= nr_possible / 3 */
	struct pcpu_group *group; /* [nr_groups] in order of their first CPU */
	uint32_t *cpu_map;	  /* [nr_units] CPU id or PCPU_NO_CPU */
};

/* Bytes of memory that pcpu_layout_build() needs for this topology. Any valid topology. */
size_t pcpu_layout_memory(const struct pcpu_topology *topology);

/*
 * Computes the layout. `mem` has pcpu_layout_memory(topology) bytes, aligned to 8,
 * and must live as long as `out`. O(CPUs + nodes^2); no locks; does not sleep.
 * Returns PCPU_OK; PCPU_EINVAL (no possible CPU, bad distances, page, atom, unit, least sizes,
 * rule, stride);
 * PCPU_ELIMIT (CPUs, nodes, unit size). `out` is undefined on failure.
 */
enum pcpu_status pcpu_layout_build(const struct pcpu_topology *topology,
				   const struct pcpu_sizes *sizes, void *mem,
				   struct pcpu_layout *out);

/* Bytes behind those of objects into which copies reach that a skew moved: a page, or 0. */
static inline uint32_t pcpu_layout_edge(const struct pcpu_layout *layout)
{
	return layout->skew_bytes ? layout->page_bytes : 0;
}

/* Bytes of a unit that may have memory: all but its guard. */
static inline uint32_t pcpu_layout_backs(const struct pcpu_layout *layout)
{
	return layout->unit_bytes - layout->guard_bytes;
}

/* Bytes of a unit that a later chunk's map covers. */
static inline uint32_t pcpu_layout_covers(const struct pcpu_layout *layout)
{
	return pcpu_layout_backs(layout) - pcpu_layout_edge(layout);
}

/* The largest alignment that every copy of an object can have. */
static inline uint32_t pcpu_layout_align_max(const struct pcpu_layout *layout)
{
	return layout->skew_bytes ? layout->skew_bytes : layout->page_bytes;
}

/* The unit at the start of the lowest area: pointers name the copies in it. O(groups). */
uint32_t pcpu_layout_base_unit(const struct pcpu_layout *layout);

/* How far behind the start of `unit` (index in cpu_map) its copies lie, below a page: 0 in the base
   unit, and PCPU_SKEW_BYTES more in each next one, modulo the page. */
static inline uint32_t pcpu_layout_skew(const struct pcpu_layout *layout, uint32_t base_unit,
					uint32_t unit)
{
	return ((unit - base_unit) * layout->skew_bytes) & (layout->page_bytes - 1);
}

/* End of the highest group's area minus start of the lowest, from base_offset. */
uint64_t pcpu_layout_span(const struct pcpu_layout *layout);

/* May embed use this span? At most 75 % of the address space for later chunks. */
bool pcpu_span_fits(uint64_t span_bytes, uint64_t space_bytes);

/* Byte offset of the start of unit `unit` (index in cpu_map) from the lowest area: whole pages. */
uint64_t pcpu_layout_unit_offset(const struct pcpu_layout *layout, uint32_t group, uint32_t unit);

PCPU_C_END

#endif
