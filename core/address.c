/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * address.c - percpu pointers, raw addresses, chunks (SPEC.md 7).
 *
 *	pointer = address in the base unit - base + static start
 *
 *	base unit of the first chunk: |#static#|reserved|..dynamic..|  tail given back  |
 *	                               refused  reserved  first       not ours, or a later chunk's
 */
#include "chunk.h"

bool pcpu_is_static_pointer(const struct pcpu *pcpu, struct pcpu_ptr pointer)
{
	return pointer.value - pcpu->static_start < pcpu->layout.static_bytes;
}

/* Which record of the first chunk's memory owns an offset; NULL: static. */
static struct pcpu_chunk *first_find(struct pcpu *pcpu, uint32_t offset)
{
	if (offset < pcpu->static_end)
		return NULL;
	if (offset < pcpu->static_end + pcpu->layout.reserved_bytes)
		return &pcpu->reserved;
	return &pcpu->first;
}

struct pcpu_chunk *pcpu_find(struct pcpu *pcpu, struct pcpu_ptr pointer, uint32_t *offset)
{
	uintptr_t address = pointer.value - pcpu->static_start + pcpu->base;
	struct pcpu_chunk *chunk;

	*offset = (uint32_t)(address - pcpu->base);
	if (address - pcpu->base < pcpu->layout.size_sum_bytes)
		return first_find(pcpu, *offset);
	chunk = pcpu_index_find(pcpu, address);
	*offset = chunk ? (uint32_t)(address - chunk->base) : 0;
	PCPU_DEBUG_ASSERT(!chunk || *offset < chunk->nr_pages * PCPU_PAGE_BYTES);
	return chunk;
}

bool pcpu_lookup(struct pcpu *pcpu, struct pcpu_ptr pointer, struct pcpu_place *place)
{
	struct pcpu_chunk *chunk;

	plat_read_begin(pcpu->plat);
	chunk = pcpu_find(pcpu, pointer, &place->offset);
	if (chunk) {
		place->kind = chunk->kind;
		place->chunk_id = chunk->id;
	}
	plat_read_end(pcpu->plat);
	return chunk != NULL;
}

/* Is it NULL, or a member of what NULL points to? Below a page, and in no chunk. */
static bool is_null_access(struct pcpu *pcpu, struct pcpu_ptr pointer)
{
	struct pcpu_place place;

	return pointer.value < PCPU_PAGE_BYTES && !pcpu_is_static_pointer(pcpu, pointer) &&
	       !pcpu_lookup(pcpu, pointer, &place);
}

static void access_misused(struct pcpu *pcpu, enum pcpu_misuse id, struct pcpu_ptr pointer,
			   uint32_t cpu)
{
	struct pcpu_report report = {
		.id = id,
		.pointer = pointer.value,
		.chunk_id = PCPU_NO_CHUNK,
		.offset = cpu,
	};

	plat_panic(pcpu->plat, &report);
}

bool pcpu_access_check(struct pcpu *pcpu, struct pcpu_ptr pointer, bool is_cpu)
{
	if (is_null_access(pcpu, pointer))
		access_misused(pcpu, PCPU_MISUSE_NULL_ACCESS, pointer, 0);
	else if (!is_cpu)
		access_misused(pcpu, PCPU_MISUSE_NOT_A_CPU, pointer, 0);
	else
		return true;
	return false;
}

uintptr_t pcpu_address(struct pcpu *pcpu, struct pcpu_ptr pointer, uint32_t cpu)
{
	bool possible = cpu < pcpu->layout.nr_cpu_ids && pcpu->cpu_unit[cpu] != PCPU_NO_CPU;

	if (possible && !is_null_access(pcpu, pointer))
		return pointer.value + pcpu->offset[cpu];
	access_misused(pcpu, possible ? PCPU_MISUSE_NULL_ACCESS : PCPU_MISUSE_IMPOSSIBLE_CPU,
		       pointer, cpu);
	return 0;
}

const uintptr_t *pcpu_offsets(const struct pcpu *pcpu)
{
	return pcpu->offset;
}

/* Is this the place of a static variable or of a chunk's object in the base unit? */
static bool pointer_is_ours(struct pcpu *pcpu, struct pcpu_ptr pointer)
{
	struct pcpu_place place;

	return pcpu_is_static_pointer(pcpu, pointer) || pcpu_lookup(pcpu, pointer, &place);
}

bool pcpu_from_address(struct pcpu *pcpu, uintptr_t address, struct pcpu_ptr *pointer,
		       uint32_t *cpu)
{
	PCPU_FOR_EACH_UNIT(at, pcpu) {
		pointer->value = address - pcpu->offset[*at];
		*cpu = *at;
		if (pointer_is_ours(pcpu, *pointer))
			return true;
	}
	return false;
}

/* Between the first chunk's lowest and highest unit? The cheap half of the question. */
static bool in_first_span(const struct pcpu *pcpu, uintptr_t address)
{
	uintptr_t low = pcpu->base + (uintptr_t)pcpu->unit_offset[pcpu->lowest_cpu];

	return address - low < pcpu->span_bytes;
}

bool pcpu_is_static_address(struct pcpu *pcpu, uintptr_t address)
{
	if (!in_first_span(pcpu, address))
		return false;
	PCPU_FOR_EACH_UNIT(cpu, pcpu)
		if (address - pcpu->offset[*cpu] - pcpu->static_start < pcpu->layout.static_bytes)
			return true;
	return false;
}

uint64_t pcpu_address_to_phys(struct pcpu *pcpu, uintptr_t address)
{
	return plat_phys(pcpu->plat, address);
}

/* --- what set-up found ------------------------------------------------------------------------ */

const struct pcpu_layout *pcpu_layout(const struct pcpu *pcpu)
{
	return &pcpu->layout;
}

uintptr_t pcpu_base(const struct pcpu *pcpu)
{
	return pcpu->base;
}

uintptr_t pcpu_static_start(const struct pcpu *pcpu)
{
	return pcpu->static_start;
}

uint32_t pcpu_static_end(const struct pcpu *pcpu)
{
	return pcpu->static_end;
}

const struct pcpu_engine *pcpu_engine_of(const struct pcpu *pcpu)
{
	return pcpu->engine;
}

enum pcpu_backing_kind pcpu_backing_of(const struct pcpu *pcpu)
{
	return pcpu->backing == &pcpu_backing_km ? PCPU_BACKING_KM : PCPU_BACKING_VM;
}

enum pcpu_choice pcpu_chosen(const struct pcpu *pcpu)
{
	return pcpu->chosen;
}

uint32_t pcpu_lowest_cpu(const struct pcpu *pcpu)
{
	return pcpu->lowest_cpu;
}

uint32_t pcpu_highest_cpu(const struct pcpu *pcpu)
{
	return pcpu->highest_cpu;
}

uint16_t pcpu_cpu_node(const struct pcpu *pcpu, uint32_t cpu)
{
	return cpu < pcpu->layout.nr_cpu_ids && pcpu->cpu_unit[cpu] != PCPU_NO_CPU ?
		       pcpu->cpu_node[cpu] :
		       PCPU_NO_NODE;
}

const uint64_t *pcpu_node_cpus(const struct pcpu *pcpu, uint32_t node)
{
	PCPU_ASSERT(node < pcpu->nr_nodes);
	return pcpu->node_cpus + node * PCPU_BITS_WORDS(pcpu->layout.nr_cpu_ids);
}

uint64_t *pcpu_start_mask(struct pcpu *pcpu, enum pcpu_start_mask mask)
{
	PCPU_ASSERT(mask < PCPU_NR_MASKS);
	return pcpu->masks + mask * PCPU_BITS_WORDS(pcpu->layout.nr_cpu_ids);
}
