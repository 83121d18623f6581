/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * model.c - the simple reference model: checks objects when they are allocated and freed, and
 * counts them.
 *
 *	alloc	place? inside? aligned? apart? zero everywhere?   then each CPU writes
 *	free	does each copy still hold what was written?
 *
 * The model does not read the allocator's maps: it only uses lookups of pointers, the contents of
 * memory, and statistics.
 */
#include "harness/check/model_parts.h"

static bool model_wrong(struct lab_fault *fault, const char *sentence, uint32_t id, uint32_t cpu)
{
	*fault = (struct lab_fault){ .sentence = sentence, .id = id, .cpu = cpu };
	return false;
}

/* --- memory ------------------------------------------------------------------------------ */

uint32_t lab_model_touches(uint32_t size)
{
	if (size == 0 || size > PCPU_MIN_UNIT_BYTES)
		return 0;
	return (size - 1) / PCPU_PAGE_BYTES + 2;
}

static uint32_t nr_buckets(uint64_t nr_touches)
{
	uint32_t nr = 64;

	while (nr < nr_touches && nr < 1u << 30)
		nr *= 2;
	return nr;
}

static size_t nr_versions(const struct lab_model_size *size, const struct pcpu *pcpu)
{
	return size->writes ? (size_t)size->nr_ids * pcpu_layout(pcpu)->nr_units : 0;
}

size_t lab_model_memory(const struct lab_model_size *size, const struct pcpu *pcpu)
{
	return size->nr_ids * sizeof(struct lab_object) +
	       (size_t)(size->nr_touches + 1) * sizeof(struct lab_touch) +
	       (nr_buckets(size->nr_touches) + nr_versions(size, pcpu)) * sizeof(uint32_t);
}

void lab_model_init(struct lab_model *model, struct plat *plat, struct pcpu *pcpu,
		    const struct lab_model_size *size, void *memory)
{
	PCPU_ASSERT(size->nr_touches < UINT32_MAX);
	*model = (struct lab_model){
		.plat = plat, .pcpu = pcpu, .layout = pcpu_layout(pcpu),
		.cpu_offset = pcpu_offsets(pcpu), .nr_ids = size->nr_ids,
		.nr_touches = (uint32_t)size->nr_touches,
		.nr_buckets = nr_buckets(size->nr_touches),
	};
	model->object = memory;
	model->touch = (struct lab_touch *)(void *)(model->object + size->nr_ids);
	model->bucket = (uint32_t *)(void *)(model->touch + model->nr_touches + 1);
	if (nr_versions(size, pcpu) > 0)
		model->version = model->bucket + model->nr_buckets;
	pcpu_stats(pcpu, &model->start);
}

/* --- allocation --------------------------------------------------------------------------- */

static bool content_is_whole(struct lab_model *model, uint32_t id, struct lab_fault *fault)
{
	for (uint32_t unit = 0; unit < model->layout->nr_units; unit++) {
		uint32_t cpu = model->layout->cpu_map[unit];

		if (cpu != PCPU_NO_CPU && !lab_model_copy_is_whole(model, id, unit))
			return model_wrong(fault,
					   "an object keeps what each CPU wrote until it is freed",
					   id, cpu);
	}
	return true;
}

/* Some engines treat any alignment below 4 as 4, and round sizes up to 4 (15.1, Q1). */
static bool rounds_to_granules(const struct pcpu *pcpu)
{
	return !pcpu_engine_keeps(pcpu_engine_of(pcpu), PCPU_PROMISE_ALIGN);
}

bool lab_model_is_legal(const struct pcpu *pcpu, uint32_t size, uint32_t align)
{
	return size > 0 && size <= PCPU_MIN_UNIT_BYTES &&
	       align <= pcpu_layout_align_max(pcpu_layout(pcpu)) &&
	       (pcpu_is_pow2(align) || (align < LAB_GRANULE_BYTES && rounds_to_granules(pcpu)));
}

/* Returns whether the object lies in the part of its chunk for such objects (SPEC.md 3, Setup). */
static bool is_inside(const struct lab_model *model, const struct lab_object *o,
		      enum pcpu_chunk_kind kind)
{
	const struct pcpu_layout *l = model->layout;
	uint32_t granule = pcpu_engine_of(model->pcpu)->map->granule_bytes;
	uint32_t static_end = (uint32_t)pcpu_align_up(l->static_bytes, granule);
	uint32_t reserved_end = static_end + l->reserved_bytes;
	uint64_t end = (uint64_t)o->offset + o->size;

	switch (kind) {
	case PCPU_CHUNK_RESERVED:
		return o->chunk == PCPU_NO_CHUNK && o->offset >= static_end &&
		       end <= reserved_end;
	case PCPU_CHUNK_FIRST:
		return o->chunk == 0 && o->offset >= reserved_end && end <= l->size_sum_bytes;
	case PCPU_CHUNK_LATER:
		return o->chunk != 0 && o->chunk != PCPU_NO_CHUNK &&
		       end <= pcpu_layout_covers(l);
	}
	return false;
}

/* Looks up the object, and checks that it may be there. */
static bool check_place(struct lab_model *model, uint32_t id, struct lab_object *o, uint32_t align,
			unsigned flags, struct lab_fault *fault)
{
	bool reserved = flags & PCPU_RESERVED && model->layout->reserved_bytes > 0;
	struct pcpu_place place;
	uint32_t other;

	if (!pcpu_lookup(model->pcpu, (struct pcpu_ptr){ o->pointer }, &place))
		return model_wrong(fault, "the pointer of a newborn object leads to a chunk", id,
				   PCPU_NO_CPU);
	o->chunk = place.chunk_id;
	o->offset = place.offset;
	if (reserved != (place.kind == PCPU_CHUNK_RESERVED))
		return model_wrong(fault,
				   "reserved requests, and only they, go to the reserved chunk", id,
				   PCPU_NO_CPU);
	if (!is_inside(model, o, place.kind))
		return model_wrong(fault, "an object lies inside dynamic or reserved space", id,
				   PCPU_NO_CPU);
	if (o->offset & (align - 1))
		return model_wrong(fault, "an object's offset is aligned as asked", id,
				   PCPU_NO_CPU);
	other = lab_model_find_overlap(model, o);
	if (other != LAB_NO_ID)
		return model_wrong(fault, "live objects never overlap", other, PCPU_NO_CPU);
	return true;
}

/* Checks one CPU's copy: at the computed address, aligned, zero. */
static bool check_copy(struct lab_model *model, uint32_t id, const struct lab_object *o,
		       uint32_t align, uint32_t cpu, struct lab_fault *fault)
{
	struct pcpu_ptr pointer = { o->pointer };
	uintptr_t address = pcpu_address(model->pcpu, pointer, cpu);

	if (address != o->pointer + model->cpu_offset[cpu])
		return model_wrong(fault, "the distance between CPUs is the same for every object",
				   id, cpu);
	if (address & (align - 1))
		return model_wrong(fault, "every CPU's copy is aligned as asked", id, cpu);
	if (!lab_model_copy_is_zero(model, o, cpu))
		return model_wrong(fault, "a newborn object is zero on every CPU", id, cpu);
	return true;
}

/* Checks the lookup from one copy's address to pointer and CPU; another CPU for each allocation. */
static bool check_way_back(struct lab_model *model, uint32_t id, const struct lab_object *o,
			   struct lab_fault *fault)
{
	uint32_t unit = model->nr_births % model->layout->nr_units;
	uint32_t cpu = model->layout->cpu_map[unit];
	struct pcpu_ptr back;
	uint32_t back_cpu;

	if (cpu == PCPU_NO_CPU)
		return true;
	if (!pcpu_from_address(model->pcpu, o->pointer + model->cpu_offset[cpu], &back,
			       &back_cpu) ||
	    back.value != o->pointer || back_cpu != cpu)
		return model_wrong(fault, "an address leads back to its pointer and CPU", id, cpu);
	return true;
}

static bool check_copies(struct lab_model *model, uint32_t id, const struct lab_object *o,
			 uint32_t align, struct lab_fault *fault)
{
	for (uint32_t unit = 0; unit < model->layout->nr_units; unit++) {
		uint32_t cpu = model->layout->cpu_map[unit];

		if (cpu != PCPU_NO_CPU && !check_copy(model, id, o, align, cpu, fault))
			return false;
	}
	return check_way_back(model, id, o, fault);
}

bool lab_model_on_alloc(struct lab_model *model, uint32_t id, struct pcpu_ptr pointer,
			uint32_t size, uint32_t align, unsigned flags, struct lab_fault *fault)
{
	struct lab_object nr_allocs = {
		.pointer = pointer.value,
		.size = size,
		.generation = model->nr_births,
	};

	PCPU_ASSERT(id < model->nr_ids);
	PCPU_ASSERT(model->object[id].pointer == 0);
	if (!lab_model_is_legal(model->pcpu, size, align))
		return model_wrong(fault, "an illegal size or alignment is refused", id,
				   PCPU_NO_CPU);
	if (align < LAB_GRANULE_BYTES && rounds_to_granules(model->pcpu))
		align = LAB_GRANULE_BYTES;
	if (!check_place(model, id, &nr_allocs, align, flags, fault) ||
	    !check_copies(model, id, &nr_allocs, align, fault))
		return false;
	model->object[id] = nr_allocs;
	model->nr_births++;
	model->nr_live++;
	model->live_bytes += size;
	lab_model_touch_pages(model, id);
	for (uint32_t unit = 0; unit < model->layout->nr_units; unit++)
		if (model->layout->cpu_map[unit] != PCPU_NO_CPU)
			lab_model_write_copy(model, id, unit);
	return true;
}

/* --- allocation and free -------------------------------------------------------------------- */

bool lab_model_on_free(struct lab_model *model, uint32_t id, struct lab_fault *fault)
{
	bool whole;

	PCPU_ASSERT(id < model->nr_ids);
	PCPU_ASSERT(model->object[id].pointer != 0);
	whole = content_is_whole(model, id, fault);
	lab_model_untouch_pages(model, id);
	model->nr_live--;
	model->nr_died++;
	model->live_bytes -= model->object[id].size;
	model->object[id].pointer = 0;
	return whole;
}

void lab_model_write(struct lab_model *model, uint32_t id, uint32_t cpu)
{
	PCPU_ASSERT(model->version);
	PCPU_ASSERT(id < model->nr_ids);
	for (uint32_t unit = 0; unit < model->layout->nr_units; unit++) {
		if (model->layout->cpu_map[unit] != cpu)
			continue;
		model->version[(size_t)id * model->layout->nr_units + unit]++;
		lab_model_write_copy(model, id, unit);
	}
}

bool lab_model_check_counts(struct lab_model *model, struct lab_fault *fault)
{
	struct pcpu_stats now;
	uint64_t bytes, waste = LAB_KEPT_BYTES * (model->nr_live + 1);

	if (pcpu_has_front(model->pcpu))
		waste += model->live_bytes / LAB_CLASS_WASTE;
	pcpu_stats(model->pcpu, &now);
	bytes = now.live_bytes - model->start.live_bytes;
	if (now.nr_live - model->start.nr_live != model->nr_live)
		return model_wrong(fault, "the count of live objects is the model's", LAB_NO_ID,
				   PCPU_NO_CPU);
	if (now.nr_allocs - model->start.nr_allocs != model->nr_births ||
	    now.nr_frees - model->start.nr_frees != model->nr_died)
		return model_wrong(fault, "the counts of allocations and frees are the model's",
				   LAB_NO_ID, PCPU_NO_CPU);
	if (bytes < model->live_bytes ||
	    bytes > model->live_bytes + waste)
		return model_wrong(fault, "live bytes are the model's, plus heads and tails",
				   LAB_NO_ID, PCPU_NO_CPU);
	return true;
}

bool lab_model_check(struct lab_model *model, struct lab_fault *fault)
{
	for (uint32_t id = 0; id < model->nr_ids; id++)
		if (model->object[id].pointer != 0 && !content_is_whole(model, id, fault))
			return false;
	return lab_model_check_counts(model, fault);
}
