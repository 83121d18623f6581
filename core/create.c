/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * create.c - set-up: from a configuration to an allocator that works, and back to nothing.
 *
 *	memory of the first chunk -> validated -> static image and own variables in every unit
 *	-> offsets published -> slots and start-up maps
 *
 *	with a reserved part, two records over the same memory:
 *	reserved |#static#|..reserved..|
 *	first    |####################|..dyn..|
 */
#include "front/front_calls.h"
#include "policy.h"

PCPU_STATIC_ASSERT(PCPU_DYNAMIC_EARLY_SLOTS >= PCPU_MAP_SPARE, "a start-up map takes an object");
PCPU_STATIC_ASSERT(_Alignof(struct pcpu) <= 8, "layout_reserve() aligns an instance too");

/* --- memory of the instance ------------------------------------------------------------------ */

/* Cuts the next piece, aligned to 8, off a block that is being laid out. */
static size_t layout_reserve(size_t *total, size_t bytes)
{
	size_t at = *total;

	PCPU_DEBUG_ASSERT(at % 8 == 0);
	*total += (bytes + 7) & ~(size_t)7;
	return at;
}

/* The instance and its tables by CPU and node; sizes known from the topology. */
static struct pcpu *instance_alloc(const struct pcpu_config *config)
{
	uint32_t nr = config->topology->nr_cpu_ids, nr_nodes = config->topology->nr_nodes;
	size_t bits = PCPU_BITS_BYTES(nr), total = 0;
	size_t classes = config->front ? PCPU_FRONT_MAX_BYTES + 1 : 0;
	size_t self = layout_reserve(&total, sizeof(struct pcpu) + classes);
	size_t unit_offset = layout_reserve(&total, nr * sizeof(uint64_t));
	size_t offset = layout_reserve(&total, nr * sizeof(uintptr_t));
	size_t cpu_unit = layout_reserve(&total, nr * sizeof(uint32_t));
	size_t cpu_node = layout_reserve(&total, nr * sizeof(uint16_t));
	size_t node_cpus = layout_reserve(&total, nr_nodes * bits);
	size_t far = layout_reserve(&total, bits);
	size_t masks = layout_reserve(&total, PCPU_NR_MASKS * bits);
	char *at = plat_meta_alloc(config->plat, total);
	struct pcpu *pcpu;

	if (!at)
		return NULL;
	pcpu = (struct pcpu *)(void *)(at + self);
	pcpu->unit_offset = (uint64_t *)(void *)(at + unit_offset);
	pcpu->offset = (uintptr_t *)(void *)(at + offset);
	pcpu->cpu_unit = (uint32_t *)(void *)(at + cpu_unit);
	pcpu->cpu_node = (uint16_t *)(void *)(at + cpu_node);
	pcpu->node_cpus = (uint64_t *)(void *)(at + node_cpus);
	pcpu->cpu_is_far = (uint64_t *)(void *)(at + far);
	pcpu->masks = (uint64_t *)(void *)(at + masks);
	for (size_t size = 0; size < classes; size++)
		pcpu->class_of[size] = pcpu_class_of[size];
	pcpu->plat = config->plat;
	pcpu->memory_bytes = total;
	counter_set(&pcpu->metadata_bytes, total);
	counter_set(&pcpu->metadata_bytes_max, total);
	return pcpu;
}

/* The map of the first or the reserved chunk, in start-up memory that is never freed by itself. */
PCPU_REQUIRES(PLAT_INNER)
static void start_map_init(struct pcpu *pcpu, struct pcpu_chunk *chunk, void *memory,
			   uint32_t used_bytes, uint32_t covered_bytes)
{
	const struct pcpu_map_ops *ops = pcpu->engine->map;

	used_bytes = (uint32_t)pcpu_min64(pcpu_align_up(used_bytes, ops->granule_bytes),
					  covered_bytes);
	chunk->map.ops = ops;
	ops->init(&chunk->map, memory, ops->capacity(covered_bytes, PCPU_DYNAMIC_EARLY_SLOTS),
		  used_bytes, covered_bytes);
	PCPU_DEBUG_ASSERT(used_bytes <= covered_bytes);
	chunk->start_bytes = pcpu_chunk_start(pcpu, used_bytes);
	PCPU_DEBUG_ASSERT(chunk->map.free_bytes <= covered_bytes - chunk->start_bytes);
	chunk->base = pcpu->base;
	chunk->slot = PCPU_NO_SLOT;
	chunk->nr_pages = (covered_bytes + PCPU_PAGE_BYTES - 1) / PCPU_PAGE_BYTES;
	chunk->nr_populated = chunk->nr_pages;
	chunk->nr_edges = pcpu_edge_pages(pcpu);
	pcpu_bits_set(chunk->populated, 0, chunk->nr_pages);
	pcpu_list_init(&chunk->link);
}

static size_t start_map_bytes(const struct pcpu *pcpu, uint32_t covered_bytes)
{
	const struct pcpu_map_ops *ops = pcpu->engine->map;

	return ops->memory(covered_bytes, ops->capacity(covered_bytes, PCPU_DYNAMIC_EARLY_SLOTS));
}

/* Where the parts of the start-up memory lie in it. */
struct start_parts {
	size_t slots, first_bits, reserved_bits, first_map, reserved_map, total_bytes;
	uint32_t reserved_covers; /* 0: there is no reserved chunk */
};

static struct start_parts start_layout(const struct pcpu *pcpu)
{
	const struct pcpu_layout *l = &pcpu->layout;
	size_t bitmap = PCPU_BITS_BYTES(l->size_sum_bytes / PCPU_PAGE_BYTES), total = 0;
	struct start_parts parts = {0};

	if (l->reserved_bytes)
		parts.reserved_covers = pcpu_reserved_end(pcpu);
	parts.slots = layout_reserve(&total, pcpu->nr_slots * sizeof(struct pcpu_list));
	parts.first_bits = layout_reserve(&total, bitmap);
	parts.reserved_bits = layout_reserve(&total, bitmap);
	parts.first_map = layout_reserve(&total, start_map_bytes(pcpu, l->size_sum_bytes));
	parts.reserved_map = layout_reserve(
		&total, parts.reserved_covers ? start_map_bytes(pcpu, parts.reserved_covers) : 0);
	parts.total_bytes = total;
	return parts;
}

PCPU_REQUIRES(PLAT_INNER)
static void start_fill(struct pcpu *pcpu, char *at, const struct start_parts *parts)
{
	const struct pcpu_layout *l = &pcpu->layout;

	PCPU_ASSERT_HELD(pcpu, PLAT_LOCK_INNER);
	pcpu->slots = (struct pcpu_list *)(void *)(at + parts->slots);
	for (uint32_t slot = 0; slot < pcpu->nr_slots; slot++)
		pcpu_list_init(&pcpu->slots[slot]);
	pcpu->first.kind = PCPU_CHUNK_FIRST;
	pcpu->first.populated = (uint64_t *)(void *)(at + parts->first_bits);
	start_map_init(pcpu, &pcpu->first, at + parts->first_map,
		       pcpu->static_end + l->reserved_bytes, l->size_sum_bytes);
	if (!parts->reserved_covers)
		return;
	pcpu->reserved.kind = PCPU_CHUNK_RESERVED;
	pcpu->reserved.id = PCPU_NO_CHUNK;
	pcpu->reserved.populated = (uint64_t *)(void *)(at + parts->reserved_bits);
	start_map_init(pcpu, &pcpu->reserved, at + parts->reserved_map, pcpu->static_end,
		       parts->reserved_covers);
}

/* Slots, and the maps that the first and the reserved chunk start with. */
PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER)
static bool start_alloc(struct pcpu *pcpu)
{
	struct start_parts parts;

	pcpu_slots_plan(pcpu);
	pcpu->static_end = pcpu_chunk_start(pcpu, pcpu->layout.static_bytes);
	parts = start_layout(pcpu);
	pcpu->start_memory = pcpu_meta_alloc(pcpu, parts.total_bytes);
	if (!pcpu->start_memory)
		return false;
	pcpu->start_bytes = parts.total_bytes;
	plat_lock(pcpu->plat, PLAT_LOCK_INNER);
	start_fill(pcpu, pcpu->start_memory, &parts);
	plat_unlock(pcpu->plat, PLAT_LOCK_INNER);
	return true;
}

/* --- contents of the units ------------------------------------------------------------------- */

/* Writes one of the core's own static variables, when there is one. Set-up saw that it fits. */
static void own_write(struct pcpu *pcpu, uint32_t cpu, uint32_t variable, const void *value,
		      size_t bytes)
{
	PCPU_DEBUG_ASSERT(variable == PCPU_NO_VARIABLE ||
			  (uint64_t)variable + bytes <= pcpu->layout.static_bytes);
	if (variable != PCPU_NO_VARIABLE)
		plat_copy(pcpu->plat, pcpu->base + (uintptr_t)pcpu->unit_offset[cpu] + variable,
			  value, bytes);
}

static void early_maps_copy(struct pcpu *pcpu, const struct pcpu_config *config, uint32_t cpu)
{
	for (uint32_t i = 0; i < config->nr_early_maps; i++) {
		const struct pcpu_early_map *map = &config->early_maps[i];

		if (*map->array)
			own_write(pcpu, cpu, map->static_offset,
				  (const char *)*map->array + (size_t)cpu * map->element_bytes,
				  map->element_bytes);
	}
}

static void own_fill(struct pcpu *pcpu, const struct pcpu_own_variables *own, uint32_t cpu)
{
	uintptr_t unit = pcpu->base + (uintptr_t)pcpu->unit_offset[cpu];
	uintptr_t stack_top = unit + own->irq_stack + own->irq_stack_bytes - PCPU_STACK_TOP_GAP;

	own_write(pcpu, cpu, own->this_cpu_off, &pcpu->offset[cpu], sizeof(uintptr_t));
	own_write(pcpu, cpu, own->cpu_number, &cpu, sizeof(cpu));
	own_write(pcpu, cpu, own->irq_stack_top, &stack_top, sizeof(stack_top));
}

static void unit_fill(struct pcpu *pcpu, const struct pcpu_config *config, uint32_t cpu)
{
	uintptr_t unit = pcpu->base + (uintptr_t)pcpu->unit_offset[cpu];

	PCPU_DEBUG_ASSERT(pcpu->cpu_unit[cpu] != PCPU_NO_CPU);
	if (config->static_image)
		plat_copy(pcpu->plat, unit, config->static_image, pcpu->layout.static_bytes);
	else
		plat_zero(pcpu->plat, unit, pcpu->layout.static_bytes);
	pcpu->offset[cpu] = unit - pcpu->static_start;
	if (config->own)
		own_fill(pcpu, config->own, cpu);
	early_maps_copy(pcpu, config, cpu);
	plat_cpu_ready(pcpu->plat, cpu, pcpu->offset[cpu]);
}

/* Every CPU's unit, then the nodes of all CPUs at once: a CPU may be looked up before it is up. */
static void units_fill(struct pcpu *pcpu, const struct pcpu_config *config)
{
	const struct pcpu_topology *t = config->topology;
	size_t words = PCPU_BITS_WORDS(t->nr_cpu_ids);

	pcpu->nr_nodes = t->nr_nodes;
	for (uint32_t cpu = 0; cpu < t->nr_cpu_ids; cpu++) {
		pcpu->cpu_node[cpu] = t->cpu_node[cpu];
		if (t->cpu_node[cpu] == PCPU_NO_NODE)
			continue;
		pcpu_bit_set(pcpu->node_cpus + t->cpu_node[cpu] * words, cpu);
		unit_fill(pcpu, config, cpu);
	}
	for (uint32_t i = 0; i < config->nr_early_maps; i++)
		*config->early_maps[i].array = NULL;
}

/* --- create, destroy ------------------------------------------------------------------------- */

static uint32_t node_ids_end(const struct pcpu_topology *t)
{
	uint32_t end = 0;

	for (uint32_t node = 0; node < t->nr_nodes; node++)
		end = (uint32_t)pcpu_max64(end, t->node_id[node] + 1u);
	return end;
}

static void start_report(const struct pcpu *pcpu, const struct pcpu_config *config)
{
	struct pcpu_event event = {
		.id = pcpu->chosen == PCPU_CHOICE_PAGE ? PCPU_EV_PAGED : PCPU_EV_EMBEDDED,
		.a = pcpu->layout.size_sum_bytes / PCPU_PAGE_BYTES,
		.b = pcpu->base,
		.c = pcpu->layout.unit_bytes,
		.layout = &pcpu->layout,
	};

	pcpu_event_emit(pcpu->plat, PCPU_EV_IDS,
			config->nr_cpus_limit ? config->nr_cpus_limit : PCPU_MAX_CPUS,
			pcpu->layout.nr_cpu_ids, node_ids_end(config->topology));
	plat_event(pcpu->plat, &event);
	event.id = PCPU_EV_LAYOUT;
	plat_event(pcpu->plat, &event);
}

PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER)
static void instance_prepare(struct pcpu *pcpu, const struct pcpu_config *config)
{
	pcpu->engine = config->engine;
	if (!pcpu->engine)
		pcpu->engine = pcpu_engine_find(PCPU_DEFAULT_ENGINE);
	pcpu->policy = pcpu->engine->policy;
	pcpu->backing = config->backing == PCPU_BACKING_KM ? &pcpu_backing_km : &pcpu_backing_vm;
	pcpu->static_start = config->static_start;
	pcpu->next_chunk_id = 1;
}

PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER)
static void instance_publish(struct pcpu *pcpu, const struct pcpu_config *config)
{
	uint32_t atom_shift = pcpu_bit_length(pcpu->layout.atom_bytes) - 1;

	pcpu->index.shift = atom_shift;
	pcpu->index.levels = pcpu_index_levels(atom_shift);
	plat_lock(pcpu->plat, PLAT_LOCK_INNER);
	pcpu->first.nr_empty_pages = pcpu_chunk_count_empty(&pcpu->first);
	pcpu->nr_empty_pages = pcpu->first.nr_empty_pages;
	pcpu->stats.nr_chunks = pcpu->stats.nr_chunks_max = 1;
	pcpu_chunk_enqueue(pcpu, &pcpu->first);
	plat_unlock(pcpu->plat, PLAT_LOCK_INNER);
	units_fill(pcpu, config);
	start_report(pcpu, config);
}

/* Fills a fresh instance; gives back what it took when it fails. */
PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER)
static enum pcpu_status instance_build(struct pcpu *pcpu, const struct pcpu_config *config)
{
	enum pcpu_status status;

	PCPU_ASSERT_HELD(pcpu, PLAT_LOCK_OUTER);
	if (!pcpu_setup_values_accept(config))
		return PCPU_EINVAL;
	instance_prepare(pcpu, config);
	status = pcpu_first_chunk_alloc(pcpu, config);
	if (status != PCPU_OK)
		return status;
	if (config->static_start == PCPU_STATIC_AT_BASE)
		pcpu->static_start = pcpu->base;
	if (!pcpu_setup_accept(pcpu, config))
		status = PCPU_EINVAL;
	else if (!start_alloc(pcpu))
		status = PCPU_ENOMEM;
	else if (config->front && !pcpu_front_create(pcpu)) {
		pcpu_meta_free(pcpu, pcpu->start_memory, pcpu->start_bytes);
		status = PCPU_ENOMEM;
	}
	if (status != PCPU_OK)
		pcpu_first_chunk_free(pcpu);
	else
		instance_publish(pcpu, config);
	return status;
}

enum pcpu_status pcpu_create(const struct pcpu_config *config, struct pcpu **out)
{
	enum pcpu_status status = PCPU_ENOMEM;
	struct pcpu *pcpu = NULL;

	*out = NULL;
	if (config->topology->nr_cpu_ids > PCPU_MAX_CPUS ||
	    config->topology->nr_nodes > PCPU_MAX_NODES)
		status = PCPU_ELIMIT;
	else
		pcpu = instance_alloc(config);
	if (pcpu) {
		plat_lock(config->plat, PLAT_LOCK_OUTER);
		status = instance_build(pcpu, config);
		plat_unlock(config->plat, PLAT_LOCK_OUTER);
	}
	if (status == PCPU_OK) {
		*out = pcpu;
		return PCPU_OK;
	}
	plat_meta_free(config->plat, pcpu, pcpu ? pcpu->memory_bytes : 0);
	pcpu_event_emit(config->plat, PCPU_EV_CREATE_FAILED, status, 0, 0);
	return status;
}

/* Takes the first chunk of a slot's list off it; NULL when there is none. */
PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER)
static struct pcpu_chunk *slot_pop(struct pcpu *pcpu, uint32_t slot)
{
	struct pcpu_chunk *chunk = NULL;

	plat_lock(pcpu->plat, PLAT_LOCK_INNER);
	if (!pcpu_list_empty(&pcpu->slots[slot])) {
		chunk = PCPU_CHUNK_OF(pcpu->slots[slot].next);
		pcpu_chunk_dequeue(pcpu, chunk);
	}
	plat_unlock(pcpu->plat, PLAT_LOCK_INNER);
	return chunk;
}

PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER)
static void chunks_destroy(struct pcpu *pcpu)
{
	PCPU_ASSERT_HELD(pcpu, PLAT_LOCK_OUTER);
	for (uint32_t slot = 0; slot < pcpu->nr_slots; slot++) {
		struct pcpu_chunk *chunk;

		while ((chunk = slot_pop(pcpu, slot)) != NULL)
			if (chunk->kind == PCPU_CHUNK_LATER)
				pcpu_chunk_destroy(pcpu, chunk);
	}
}

/* Only memory that replaced the start-up map is the map's own. */
PCPU_SOLE_OWNER PCPU_REQUIRES(PLAT_OUTER)
static void start_map_free(struct pcpu *pcpu, struct pcpu_chunk *chunk)
{
	if (chunk->map_bytes)
		pcpu_meta_free(pcpu, chunk->map.memory, chunk->map_bytes);
}

void pcpu_destroy(struct pcpu *pcpu)
{
	struct plat *plat;

	if (!pcpu)
		return;
	plat = pcpu->plat;
	plat_lock(plat, PLAT_LOCK_OUTER);
	pcpu_front_destroy(pcpu);
	chunks_destroy(pcpu);
	start_map_free(pcpu, &pcpu->first);
	start_map_free(pcpu, &pcpu->reserved);
	pcpu_meta_free(pcpu, pcpu->start_memory, pcpu->start_bytes);
	pcpu_first_chunk_free(pcpu);
	plat_unlock(plat, PLAT_LOCK_OUTER);
	plat_meta_free_deferred(plat, pcpu, pcpu->memory_bytes);
}

/* --- percpu_alloc= --------------------------------------------------------------------------- */

bool pcpu_choice_parse(struct plat *plat, const char *value, enum pcpu_choice *choice)
{
	static const char *const names[] = {"auto", "embed", "page"};

	PCPU_STATIC_ASSERT(sizeof(names) / sizeof(names[0]) == PCPU_CHOICE_PAGE + 1, "a name each");
	for (int i = 0; i < 3; i++) {
		if (!pcpu_text_is(value, names[i]))
			continue;
		*choice = (enum pcpu_choice)i;
		return true;
	}
	plat_event(plat, &(struct pcpu_event){.id = PCPU_EV_CHOICE_UNKNOWN, .text = value});
	return false;
}
