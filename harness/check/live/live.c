/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* live.c - a plain list of live objects: see live.h. */
#include "harness/check/live/live.h"

static void live_append(struct live *live, const char *sentence)
{
	if (!live->wrong)
		live->wrong = sentence;
}

void live_init(struct live *live, struct plat *plat, struct pcpu *pcpu)
{
	live->plat = plat;
	live->pcpu = pcpu;
	live->wrong = NULL;
	live->brief = false;
	live->nr_allocated = live->nr_entries = 0;
}

static bool cpu_possible(const struct live *live, uint32_t cpu)
{
	return pcpu_cpu_node(live->pcpu, cpu) != PCPU_NO_NODE;
}

static uint32_t nr_cpu_ids(const struct live *live)
{
	return pcpu_layout(live->pcpu)->nr_cpu_ids;
}

/* Returns the length of the pattern at each end; all of a small object. */
static uint32_t edge_of(const struct live_object *o)
{
	return o->size <= 2 * LIVE_EDGE ? o->size : LIVE_EDGE;
}

/* Checked where each page starts: pages are lost, or assigned twice, as a whole. */
static bool middle_is_zero(struct live *live, uintptr_t from, uintptr_t to)
{
	while (from < to) {
		size_t bytes = (size_t)pcpu_min64(to - from, LIVE_EDGE);

		if (!lab_holds(live->plat, from, NULL, bytes))
			return false;
		from = (from / PCPU_PAGE_BYTES + 1) * PCPU_PAGE_BYTES;
	}
	return true;
}

static bool copy_is(struct live *live, const struct live_object *o, uint32_t cpu)
{
	uintptr_t address = pcpu_address(live->pcpu, o->pointer, cpu);
	uint32_t edge = edge_of(o);
	uint8_t bytes[2 * LIVE_EDGE];

	memset(bytes, (uint8_t)(o->pattern + cpu), edge);
	if (!lab_holds(live->plat, address, bytes, edge))
		return false;
	return edge == o->size || (middle_is_zero(live, address + edge, address + o->size - edge) &&
				   lab_holds(live->plat, address + o->size - edge, bytes, edge));
}

static bool copies_are_whole(struct live *live, const struct live_object *o)
{
	for (uint32_t cpu = 0; cpu < nr_cpu_ids(live); cpu++)
		if (cpu_possible(live, cpu) && !copy_is(live, o, cpu))
			return false;
	return true;
}

static bool copies_are_zero(struct live *live, const struct live_object *o)
{
	for (uint32_t cpu = 0; cpu < nr_cpu_ids(live); cpu++)
		if (cpu_possible(live, cpu) &&
		    !lab_holds(live->plat, pcpu_address(live->pcpu, o->pointer, cpu), NULL,
			       o->size))
			return false;
	return true;
}

/* Writes from the fiber's small stack, an end at a time: each may switch. */
static void write_copy(struct live *live, const struct live_object *o, uint32_t cpu)
{
	uintptr_t address = pcpu_address(live->pcpu, o->pointer, cpu);
	uint32_t edge = edge_of(o);
	uint8_t bytes[2 * LIVE_EDGE];

	memset(bytes, (uint8_t)(o->pattern + cpu), edge);
	plat_copy(live->plat, address, bytes, edge);
	if (edge < o->size)
		plat_copy(live->plat, address + o->size - edge, bytes, edge);
}

static void write_copies(struct live *live, const struct live_object *o)
{
	for (uint32_t cpu = 0; cpu < nr_cpu_ids(live); cpu++)
		if (cpu_possible(live, cpu))
			write_copy(live, o, cpu);
}

static bool place_is_legal(struct live *live, const struct live_object *o, size_t align,
			   unsigned flags)
{
	const struct pcpu_layout *layout = pcpu_layout(live->pcpu);
	uint32_t low = 0, high = pcpu_layout_covers(layout);

	if (o->place.kind == PCPU_CHUNK_FIRST) {
		low = pcpu_static_end(live->pcpu) + layout->reserved_bytes;
		high = layout->size_sum_bytes;
	} else if (o->place.kind == PCPU_CHUNK_RESERVED) {
		low = pcpu_static_end(live->pcpu);
		high = low + layout->reserved_bytes;
	}
	if ((flags & PCPU_RESERVED && layout->reserved_bytes) !=
	    (o->place.kind == PCPU_CHUNK_RESERVED))
		return false;
	return o->place.offset % align == 0 && o->place.offset >= low &&
	       o->place.offset + o->size <= high;
}

static bool live_overlaps(const struct live *live, const struct live_object *o)
{
	for (uint32_t i = 0; i < live->nr_entries; i++) {
		const struct live_object *other = &live->object[i];

		if (other == o || !other->pointer.value)
			continue;
		/* The reserved chunk shares the first one's memory. */
		if (other->place.kind == PCPU_CHUNK_LATER || o->place.kind == PCPU_CHUNK_LATER)
			if (other->place.chunk_id != o->place.chunk_id)
				continue;
		if (o->place.offset < other->place.offset + other->size &&
		    other->place.offset < o->place.offset + o->size)
			return true;
	}
	return false;
}

static bool ways_lead_back(struct live *live, const struct live_object *o)
{
	for (uint32_t cpu = 0; cpu < nr_cpu_ids(live); cpu++) {
		uintptr_t last = o->pointer.value + o->size - 1;
		struct pcpu_ptr back;
		uint32_t who;

		if (!cpu_possible(live, cpu))
			continue;
		if (!pcpu_from_address(live->pcpu,
				       pcpu_address(live->pcpu, (struct pcpu_ptr){last}, cpu),
				       &back, &who) ||
		    back.value != last || who != cpu)
			return false;
	}
	return true;
}

static uint32_t free_entry(const struct live *live)
{
	for (uint32_t i = 0; i < live->nr_entries; i++)
		if (!live->object[i].pointer.value)
			return i;
	return live->nr_entries < LIVE_MAX ? live->nr_entries : LIVE_NONE;
}

/* No switch may happen from here until the object is in the list: a concurrent allocation must find
   it. */
static struct live_object *live_enter(struct live *live, struct pcpu_ptr pointer,
				      const struct live_object *o)
{
	uint32_t i = free_entry(live);

	if (i == LIVE_NONE) {
		live_append(live, "the test makes more objects than its list holds");
		return NULL;
	}
	if (live_overlaps(live, o))
		live_append(live, "a newborn overlaps a live object");
	live->object[i] = *o;
	live->nr_allocated++;
	if (live->nr_entries == i)
		live->nr_entries++;
	return &live->object[i];
}

uint32_t live_alloc(struct live *live, size_t size, size_t align, unsigned flags)
{
	struct live_object o = {.size = (uint32_t)size}, *entry;

	o.pointer = pcpu_alloc(live->pcpu, size, align, flags);
	if (!o.pointer.value)
		return LIVE_NONE;
	o.pattern = (uint8_t)(live->nr_allocated * 7 + 1);
	if (!copies_are_zero(live, &o))
		live_append(live, "a newborn is not zero on every CPU");
	if (!pcpu_lookup(live->pcpu, o.pointer, &o.place))
		live_append(live, "a newborn's pointer leads to no chunk");
	if (!place_is_legal(live, &o, align, flags))
		live_append(live, "a newborn lies outside its chunk's space, or unaligned");
	entry = live_enter(live, o.pointer, &o);
	if (!entry)
		return LIVE_NONE;
	write_copies(live, &o);
	if (!live->brief && !ways_lead_back(live, &o))
		live_append(live, "the way back from a CPU's copy leads elsewhere");
	return (uint32_t)(entry - live->object);
}

void live_write(struct live *live, uint32_t id)
{
	struct live_object *o = &live->object[id];

	if (!copies_are_whole(live, o))
		live_append(live, "a live object's contents changed");
	o->pattern += 17;
	write_copies(live, o);
}

void live_free(struct live *live, uint32_t id)
{
	struct live_object o;

	if (id == LIVE_NONE || !live->object[id].pointer.value)
		return;
	o = live->object[id];
	if (!copies_are_whole(live, &o))
		live_append(live, "a live object's contents changed");
	live->object[id].pointer.value = 0;
	pcpu_free(live->pcpu, o.pointer);
}

void live_free_all(struct live *live)
{
	for (uint32_t i = 0; i < live->nr_entries; i++)
		live_free(live, i);
}

void live_check(struct live *live)
{
	for (uint32_t i = 0; i < live->nr_entries; i++)
		if (live->object[i].pointer.value && !copies_are_whole(live, &live->object[i]))
			live_append(live, "a live object's contents changed");
}

/* --- fingerprint --------------------------------------------------------------------------- */

static uint64_t live_mix(uint64_t hash, uint64_t n)
{
	return ((hash ^ n) * UINT64_C(0x100000001b3)) ^ hash >> 29;
}

static bool add_chunk(void *context, const struct pcpu_chunk_view *view)
{
	uint64_t *sum = context, hash = live_mix(view->kind, view->id);
	struct pcpu_area area = {0};

	hash = live_mix(live_mix(hash, view->base), view->nr_populated);
	for (uint32_t page = 0; page < view->map->covered_bytes / PCPU_PAGE_BYTES; page++)
		hash = live_mix(hash, view->populated[page / 64] >> page % 64 & 1);
	while (view->map->ops->next(view->map, &area))
		hash = live_mix(live_mix(hash, area.offset), area.bytes * 2 + area.used);
	*sum += hash; /* sums up in any order: a hint that fell may have moved a chunk */
	return true;
}

uint64_t live_fingerprint(struct pcpu *pcpu)
{
	struct pcpu_stats stats;
	uint64_t sum = 0;

	pcpu_visit(pcpu, add_chunk, &sum);
	pcpu_stats(pcpu, &stats);
	return live_mix(live_mix(live_mix(sum, stats.nr_live), stats.live_bytes),
			stats.nr_allocs - stats.nr_frees);
}
