/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * model.c - the dumb reference model of live objects.
 *
 *	bucket[hash(chunk, page)] -> touch -> touch -> 0	each touch names an object that has
 *	                              #3       #17		bytes on a page that hashes here
 *
 * Objects that share a byte share a page, so a newborn needs to look at the lists of its own pages
 * only. The lists hold strangers by hash now and then: each is compared by chunk and offsets.
 */
#include "model.h"
#include "world.h"

#define STAGE_BYTES 256u /* percpu memory is read and written in pieces of this */
#define KEPT_BYTES  8u	 /* an area keeps less than this of heads and tails too small to split */

static bool wrong(struct lab_fault *fault, const char *sentence, uint32_t id, uint32_t cpu)
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

/* --- who touches which page -------------------------------------------------------------- */

static uint32_t *page_bucket(struct lab_model *model, uint32_t chunk, uint32_t page)
{
	uint64_t key = (uint64_t)chunk << 32 | page;

	key *= UINT64_C(0x9e3779b97f4a7c15);
	return &model->bucket[(key >> 32) & (model->nr_buckets - 1)];
}

static uint32_t first_page(const struct lab_object *o)
{
	return o->offset / PCPU_PAGE_BYTES;
}

static uint32_t last_page(const struct lab_object *o)
{
	return (o->offset + o->size - 1) / PCPU_PAGE_BYTES;
}

static bool overlap(const struct lab_object *a, const struct lab_object *b)
{
	return a->chunk == b->chunk && a->offset < b->offset + b->size &&
	       b->offset < a->offset + a->size;
}

/* A live object that shares a byte with this one; LAB_NO_ID for none. */
static uint32_t find_overlap(struct lab_model *model, const struct lab_object *o)
{
	for (uint32_t page = first_page(o); page <= last_page(o); page++) {
		uint32_t at = *page_bucket(model, o->chunk, page);

		for (; at != 0; at = model->touch[at].next)
			if (overlap(o, &model->object[model->touch[at].id]))
				return model->touch[at].id;
	}
	return LAB_NO_ID;
}

static uint32_t touch_take(struct lab_model *model)
{
	uint32_t at = model->free_touch;

	if (at != 0) {
		model->free_touch = model->touch[at].next;
		return at;
	}
	PCPU_ASSERT(model->nr_touches_made < model->nr_touches);
	return ++model->nr_touches_made;
}

static void touch_pages(struct lab_model *model, uint32_t id)
{
	const struct lab_object *o = &model->object[id];

	for (uint32_t page = first_page(o); page <= last_page(o); page++) {
		uint32_t *bucket = page_bucket(model, o->chunk, page);
		uint32_t at = touch_take(model);

		model->touch[at] = (struct lab_touch){ .id = id, .next = *bucket };
		*bucket = at;
	}
}

static void untouch_pages(struct lab_model *model, uint32_t id)
{
	const struct lab_object *o = &model->object[id];

	for (uint32_t page = first_page(o); page <= last_page(o); page++) {
		uint32_t *link = page_bucket(model, o->chunk, page);
		uint32_t at;

		while (model->touch[*link].id != id)
			link = &model->touch[*link].next;
		at = *link;
		*link = model->touch[at].next;
		model->touch[at].next = model->free_touch;
		model->free_touch = at;
	}
}

/* --- contents ---------------------------------------------------------------------------- */

static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 31) * UINT64_C(0x7fb5d329728ea185);
	x = (x ^ x >> 27) * UINT64_C(0x81dadef4bc2dd44d);
	return x ^ x >> 33;
}

/* What one copy of one object holds: all different, so that a mixed-up copy shows. */
static uint64_t copy_seed(const struct lab_model *model, uint32_t id, uint32_t unit)
{
	uint32_t version = 0;

	if (model->version)
		version = model->version[(size_t)id * model->layout->nr_units + unit];
	return mix(mix((uint64_t)model->object[id].generation << 32 | unit) + version);
}

/* Bytes [from, from + nr) of the pattern of this seed; from is a multiple of 8, none is 0. */
static void pattern(uint64_t seed, uint32_t from, uint8_t *to, uint32_t nr)
{
	uint64_t word = 0;

	for (uint32_t i = 0; i < nr; i++) {
		if (i % 8 == 0)
			word = mix(seed + from + i);
		to[i] = (uint8_t)(word >> i % 8 * 8) | 1;
	}
}

static void write_copy(struct lab_model *model, uint32_t id, uint32_t unit)
{
	const struct lab_object *o = &model->object[id];
	uintptr_t to = o->pointer + model->cpu_offset[model->layout->cpu_map[unit]];
	uint64_t seed = copy_seed(model, id, unit);
	uint8_t stage[STAGE_BYTES];

	for (uint32_t from = 0; from < o->size; from += STAGE_BYTES) {
		uint32_t nr = (uint32_t)pcpu_min64(o->size - from, STAGE_BYTES);

		pattern(seed, from, stage, nr);
		plat_copy(model->plat, to + from, stage, nr);
	}
}

static bool copy_is_whole(struct lab_model *model, uint32_t id, uint32_t unit)
{
	const struct lab_object *o = &model->object[id];
	uintptr_t at = o->pointer + model->cpu_offset[model->layout->cpu_map[unit]];
	uint64_t seed = copy_seed(model, id, unit);
	uint8_t wanted[STAGE_BYTES], found[STAGE_BYTES];

	for (uint32_t from = 0; from < o->size; from += STAGE_BYTES) {
		uint32_t nr = (uint32_t)pcpu_min64(o->size - from, STAGE_BYTES);

		pattern(seed, from, wanted, nr);
		lab_read(model->plat, at + from, found, nr);
		if (memcmp(wanted, found, nr) != 0)
			return false;
	}
	return true;
}

static bool copy_is_zero(struct lab_model *model, const struct lab_object *o, uint32_t cpu)
{
	static const uint8_t zeroes[STAGE_BYTES];
	uint8_t found[STAGE_BYTES];

	for (uint32_t from = 0; from < o->size; from += STAGE_BYTES) {
		uint32_t nr = (uint32_t)pcpu_min64(o->size - from, STAGE_BYTES);

		lab_read(model->plat, o->pointer + model->cpu_offset[cpu] + from, found, nr);
		if (memcmp(zeroes, found, nr) != 0)
			return false;
	}
	return true;
}

static bool content_is_whole(struct lab_model *model, uint32_t id, struct lab_fault *fault)
{
	for (uint32_t unit = 0; unit < model->layout->nr_units; unit++) {
		uint32_t cpu = model->layout->cpu_map[unit];

		if (cpu != PCPU_NO_CPU && !copy_is_whole(model, id, unit))
			return wrong(fault, "an object keeps what each CPU wrote until it is freed",
				     id, cpu);
	}
	return true;
}

/* --- a birth ----------------------------------------------------------------------------- */

static bool is_legal(uint32_t size, uint32_t align)
{
	return size > 0 && size <= PCPU_MIN_UNIT_BYTES && align <= PCPU_PAGE_BYTES &&
	       pcpu_is_pow2(align);
}

/* Does the object lie in the part of its chunk that is for such objects (SPEC.md 3, Setup)? */
static bool is_inside(const struct lab_model *model, const struct lab_object *o,
		      enum pcpu_chunk_kind kind)
{
	const struct pcpu_layout *l = model->layout;
	uint32_t reserved_end = l->static_bytes + l->reserved_bytes;
	uint64_t end = (uint64_t)o->offset + o->size;

	switch (kind) {
	case PCPU_CHUNK_RESERVED:
		return o->chunk == PCPU_NO_CHUNK && o->offset >= l->static_bytes &&
		       end <= reserved_end;
	case PCPU_CHUNK_FIRST:
		return o->chunk == 0 && o->offset >= reserved_end && end <= l->size_sum_bytes;
	case PCPU_CHUNK_LATER:
		return o->chunk != 0 && o->chunk != PCPU_NO_CHUNK && end <= l->unit_bytes;
	}
	return false;
}

/* Where the allocator says the object is, and whether that may be. */
static bool check_place(struct lab_model *model, uint32_t id, struct lab_object *o, uint32_t align,
			unsigned flags, struct lab_fault *fault)
{
	bool reserved = flags & PCPU_RESERVED && model->layout->reserved_bytes > 0;
	struct pcpu_place place;
	uint32_t other;

	if (!pcpu_lookup(model->pcpu, (struct pcpu_ptr){ o->pointer }, &place))
		return wrong(fault, "the pointer of a newborn object leads to a chunk", id,
			     PCPU_NO_CPU);
	o->chunk = place.chunk_id;
	o->offset = place.offset;
	if (reserved != (place.kind == PCPU_CHUNK_RESERVED))
		return wrong(fault, "reserved requests, and only they, go to the reserved chunk",
			     id, PCPU_NO_CPU);
	if (!is_inside(model, o, place.kind))
		return wrong(fault, "an object lies inside dynamic or reserved space", id,
			     PCPU_NO_CPU);
	if (o->offset & (align - 1))
		return wrong(fault, "an object's offset is aligned as asked", id, PCPU_NO_CPU);
	other = find_overlap(model, o);
	if (other != LAB_NO_ID)
		return wrong(fault, "live objects never overlap", other, PCPU_NO_CPU);
	return true;
}

/* One CPU's copy: at the place that arithmetic gives, aligned, zero. */
static bool check_copy(struct lab_model *model, uint32_t id, const struct lab_object *o,
		       uint32_t align, uint32_t cpu, struct lab_fault *fault)
{
	struct pcpu_ptr pointer = { o->pointer };
	uintptr_t address = pcpu_address(model->pcpu, pointer, cpu);

	if (address != o->pointer + model->cpu_offset[cpu])
		return wrong(fault, "the distance between CPUs is the same for every object", id,
			     cpu);
	if (address & (align - 1))
		return wrong(fault, "every CPU's copy is aligned as asked", id, cpu);
	if (!copy_is_zero(model, o, cpu))
		return wrong(fault, "a newborn object is zero on every CPU", id, cpu);
	return true;
}

/* From one copy's address back to pointer and CPU; another CPU with each birth. */
static bool check_way_back(struct lab_model *model, uint32_t id, const struct lab_object *o,
			   struct lab_fault *fault)
{
	uint32_t unit = model->nr_births % model->layout->nr_units;
	uint32_t cpu = model->layout->cpu_map[unit];
	struct pcpu_ptr back;
	uint32_t back_cpu;

	if (cpu == PCPU_NO_CPU)
		return true;
	if (!pcpu_from_address(model->pcpu, o->pointer + model->cpu_offset[cpu], &back, &back_cpu) ||
	    back.value != o->pointer || back_cpu != cpu)
		return wrong(fault, "an address leads back to its pointer and CPU", id, cpu);
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

bool lab_model_born(struct lab_model *model, uint32_t id, struct pcpu_ptr pointer, uint32_t size,
		    uint32_t align, unsigned flags, struct lab_fault *fault)
{
	struct lab_object born = {
		.pointer = pointer.value, .size = size, .generation = model->nr_births,
	};

	PCPU_ASSERT(id < model->nr_ids);
	PCPU_ASSERT(model->object[id].pointer == 0);
	if (!is_legal(size, align))
		return wrong(fault, "an illegal size or alignment is refused", id, PCPU_NO_CPU);
	if (!check_place(model, id, &born, align, flags, fault) ||
	    !check_copies(model, id, &born, align, fault))
		return false;
	model->object[id] = born;
	model->nr_births++;
	model->nr_live++;
	model->live_bytes += size;
	touch_pages(model, id);
	for (uint32_t unit = 0; unit < model->layout->nr_units; unit++)
		if (model->layout->cpu_map[unit] != PCPU_NO_CPU)
			write_copy(model, id, unit);
	return true;
}

/* --- life and death ---------------------------------------------------------------------- */

bool lab_model_dies(struct lab_model *model, uint32_t id, struct lab_fault *fault)
{
	bool whole;

	PCPU_ASSERT(id < model->nr_ids);
	PCPU_ASSERT(model->object[id].pointer != 0);
	whole = content_is_whole(model, id, fault);
	untouch_pages(model, id);
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
		write_copy(model, id, unit);
	}
}

bool lab_model_check_counts(struct lab_model *model, struct lab_fault *fault)
{
	struct pcpu_stats now;
	uint64_t bytes;

	pcpu_stats(model->pcpu, &now);
	bytes = now.live_bytes - model->start.live_bytes;
	if (now.nr_live - model->start.nr_live != model->nr_live)
		return wrong(fault, "the count of live objects is the model's", LAB_NO_ID,
			     PCPU_NO_CPU);
	if (now.nr_allocs - model->start.nr_allocs != model->nr_births ||
	    now.nr_frees - model->start.nr_frees != model->nr_died)
		return wrong(fault, "the counts of allocations and frees are the model's",
			     LAB_NO_ID, PCPU_NO_CPU);
	if (bytes < model->live_bytes ||
	    bytes > model->live_bytes + KEPT_BYTES * (model->nr_live + 1))
		return wrong(fault, "live bytes are the model's, plus heads and tails",
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
