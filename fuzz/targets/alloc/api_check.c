/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * api_check.c - checks of a few objects, and of all chunks, by calls that no operation makes.
 *
 *	object  -> lookup -> the place it was allocated at, to its last byte
 *		-> address of each CPU -> back to pointer and CPU, physical, not static
 *		-> address of an impossible CPU -> 0 and a report
 *	static  -> each CPU's first and last byte are static, and lead back; they are in no chunk
 *	foreign -> in no chunk, not static, its own physical address
 *	NULL    -> may be freed, and is not reported
 *	visit   -> ends when the visitor returns false; a complete one adds up to the statistics
 *	text    -> each invariant has a text of its own
 */
#include "fuzz/targets/alloc/api_check.h"
#include <pcpu/bits.h>
#include "harness/platform/sim/sim.h"
#include "harness/platform/lab_plat.h"

enum { MAX_OBJECTS = 3, FOREIGN = 64 /* no platform puts anything there */ };

struct api {
	const struct lab_model *model;
	struct lab_fault *fault;
};

static bool api_expect(const struct api *api, bool holds, const char *sentence, uint32_t id,
		       uint32_t cpu)
{
	if (!holds)
		*api->fault = (struct lab_fault){.sentence = sentence, .id = id, .cpu = cpu};
	return holds;
}

static bool leads_back(const struct api *api, uintptr_t address, uintptr_t pointer, uint32_t cpu)
{
	struct pcpu_ptr back;
	uint32_t who;

	return pcpu_from_address(api->model->pcpu, address, &back, &who) && back.value == pointer &&
	       who == cpu;
}

/* The page may be elsewhere, the place in it may not. */
static bool phys_is_right(const struct api *api, uintptr_t address)
{
	uint64_t phys = pcpu_address_to_phys(api->model->pcpu, address);

	return phys == plat_phys(api->model->plat, address) &&
	       phys % PCPU_PAGE_BYTES == address % PCPU_PAGE_BYTES;
}

/* --- objects --------------------------------------------------------------------------------- */

static bool check_lookup(const struct api *api, uint32_t id)
{
	const struct lab_object *o = &api->model->object[id];

	for (uint32_t at = 0; at<o->size; at += o->size> 1 ? o->size - 1 : 1) {
		struct pcpu_place place = {.kind = PCPU_CHUNK_FIRST};
		struct pcpu_ptr pointer = {o->pointer + at};

		if (!api_expect(
			    api,
			    pcpu_lookup(api->model->pcpu, pointer, &place) &&
				    place.chunk_id == o->chunk && place.offset == o->offset + at &&
				    (place.kind == PCPU_CHUNK_RESERVED) ==
					    (o->chunk == PCPU_NO_CHUNK) &&
				    (place.kind == PCPU_CHUNK_FIRST) == (o->chunk == 0),
			    "an object is found all its life where it was born", id, PCPU_NO_CPU))
			return false;
	}
	return true;
}

/* Is the byte right behind the object's chunk in that chunk too? */
static bool check_end(const struct api *api, uint32_t id)
{
	const struct lab_object *o = &api->model->object[id];
	struct pcpu_ptr behind = {o->pointer - o->offset + api->model->layout->unit_bytes};
	struct pcpu_place place;

	return api_expect(
		api, !pcpu_lookup(api->model->pcpu, behind, &place) || place.chunk_id != o->chunk,
		"a chunk ends with its unit", id, PCPU_NO_CPU);
}

static bool check_copy(const struct api *api, uint32_t id, uint32_t cpu)
{
	const struct lab_object *o = &api->model->object[id];
	uintptr_t last = o->pointer + o->size - 1;
	uintptr_t address = pcpu_address(api->model->pcpu, (struct pcpu_ptr){last}, cpu);

	return api_expect(api, address == last + api->model->cpu_offset[cpu],
			  "a copy lies where the CPU's offset says", id, cpu) &&
	       api_expect(api, leads_back(api, address, last, cpu),
			  "the address of an object's last byte leads back", id, cpu) &&
	       api_expect(api, !pcpu_is_static_address(api->model->pcpu, address),
			  "an object is not a static variable", id, cpu) &&
	       api_expect(api, phys_is_right(api, address),
			  "the physical address is the platform's", id, cpu);
}

static bool check_impossible(const struct api *api, uint32_t id, uint32_t cpu)
{
	struct pcpu_ptr pointer = {api->model->object[id].pointer};
	uintptr_t address = pcpu_address(api->model->pcpu, pointer, cpu);
	struct pcpu_report report;
	bool reported = lab_take_misuse(api->model->plat, &report);

	return api_expect(api, address == 0, "a CPU that is not possible has no copy", id, cpu) &&
	       api_expect(api,
			  reported && report.id == PCPU_MISUSE_IMPOSSIBLE_CPU &&
				  report.pointer == pointer.value && report.offset == cpu,
			  "a CPU that is not possible is reported", id, cpu);
}

static bool check_object(const struct api *api, uint32_t id)
{
	uint32_t nr_cpu_ids = api->model->layout->nr_cpu_ids;

	if (!check_lookup(api, id) || !check_end(api, id))
		return false;
	for (uint32_t cpu = 0; cpu < nr_cpu_ids; cpu++) {
		bool possible = pcpu_cpu_node(api->model->pcpu, cpu) != PCPU_NO_NODE;

		if (!(possible ? check_copy : check_impossible)(api, id, cpu))
			return false;
	}
	return check_impossible(api, id, nr_cpu_ids);
}

static bool check_objects(const struct api *api)
{
	uint32_t nr = 0;

	for (uint32_t id = 0; id < api->model->nr_ids && nr < MAX_OBJECTS; id++) {
		if (api->model->object[id].pointer == 0)
			continue;
		if (!check_object(api, id))
			return false;
		nr++;
	}
	return true;
}

/* --- what is no object ------------------------------------------------------------------------ */

/* at: one of a CPU's static bytes. */
static bool check_static_byte(const struct api *api, uintptr_t start, uint32_t at, uint32_t cpu)
{
	uintptr_t address = start + at + api->model->cpu_offset[cpu];

	return api_expect(api, pcpu_is_static_address(api->model->pcpu, address),
			  "a static variable's copy is known for one", LAB_NO_ID, cpu) &&
	       api_expect(api, leads_back(api, address, start + at, cpu),
			  "the address of a static variable leads back", LAB_NO_ID, cpu) &&
	       api_expect(api, phys_is_right(api, address),
			  "the physical address is the platform's", LAB_NO_ID, cpu);
}

static bool check_static(const struct api *api, uintptr_t start)
{
	struct lab_model const *model = api->model;
	uint32_t bytes = model->layout->static_bytes;
	struct pcpu_place place;

	for (uint32_t cpu = 0; bytes > 0 && cpu < model->layout->nr_cpu_ids; cpu++) {
		if (pcpu_cpu_node(model->pcpu, cpu) == PCPU_NO_NODE)
			continue;
		if (!check_static_byte(api, start, 0, cpu) ||
		    !check_static_byte(api, start, bytes - 1, cpu) ||
		    !api_expect(api,
				!pcpu_is_static_address(model->pcpu,
							start + bytes + model->cpu_offset[cpu]),
				"static variables end where the layout says", LAB_NO_ID, cpu))
			return false;
	}
	return api_expect(api,
			  bytes == 0 || !pcpu_lookup(model->pcpu,
						     (struct pcpu_ptr){start + bytes - 1}, &place),
			  "a static variable is in no chunk", LAB_NO_ID, PCPU_NO_CPU);
}

static bool check_foreign(const struct api *api)
{
	struct pcpu *pcpu = api->model->pcpu;
	struct pcpu_ptr pointer;
	uint32_t cpu;

	return api_expect(api, !pcpu_from_address(pcpu, FOREIGN, &pointer, &cpu),
			  "a foreign address leads nowhere", LAB_NO_ID, PCPU_NO_CPU) &&
	       api_expect(api, !pcpu_is_static_address(pcpu, FOREIGN),
			  "a foreign address is not static", LAB_NO_ID, PCPU_NO_CPU) &&
	       api_expect(api, pcpu_address_to_phys(pcpu, FOREIGN) == FOREIGN,
			  "a foreign address is translated as it is", LAB_NO_ID, PCPU_NO_CPU);
}

/* --- sums ------------------------------------------------------------------------------------- */

/* Counts used areas; set-up's part, if any, starts its chunk. */
static bool count_used(void *context, const struct pcpu_chunk_view *view)
{
	struct pcpu_stats *sum = context;
	struct pcpu_area area = {0};

	while (view->map->ops->next(view->map, &area))
		sum->nr_live += area.used && (area.offset > 0 || view->kind == PCPU_CHUNK_LATER);
	return true;
}

static bool check_areas(const struct api *api, const struct pcpu_stats *stats)
{
	struct pcpu_stats sum = {0};

	if (pcpu_has_front(api->model->pcpu)) /* spans are areas, too */
		return true;
	pcpu_visit(api->model->pcpu, count_used, &sum);
	return api_expect(api, stats->nr_live == sum.nr_live,
			  "live objects are as many as used areas that a visit sees", LAB_NO_ID,
			  PCPU_NO_CPU);
}

/* Checks the platform's ledger. */
static bool check_ledger(const struct api *api, const struct pcpu_stats *stats,
			 const struct sim_ledger *ledger)
{
	const struct pcpu_layout *l = api->model->layout;

	return api_expect(api, stats->metadata_bytes == ledger->meta_bytes,
			  "the account of metadata is the platform's", LAB_NO_ID, PCPU_NO_CPU) &&
	       api_expect(api, stats->metadata_bytes_max == ledger->meta_bytes_max,
			  "the most metadata is the platform's", LAB_NO_ID, PCPU_NO_CPU) &&
	       api_expect(api,
			  ledger->zeroed_bytes ==
				  stats->zeroed_bytes + (uint64_t)l->static_bytes * l->nr_possible,
			  "zeroed is what objects asked for, and the static part", LAB_NO_ID,
			  PCPU_NO_CPU);
}

static bool check_events(const struct api *api, const struct pcpu_stats *stats,
			 const struct sim_ledger *ledger)
{
	uint64_t nr_failed = 0;

	for (int cause = 0; cause < PCPU_NR_CAUSES; cause++)
		nr_failed += stats->nr_failed[cause];
	return api_expect(api,
			  ledger->nr_events[PCPU_EV_CHUNK_CREATED] == stats->nr_chunks_created &&
				  ledger->nr_events[PCPU_EV_CHUNK_DESTROYED] ==
					  stats->nr_chunks_destroyed &&
				  ledger->nr_events[PCPU_EV_MAP_EXTENDED] == stats->nr_extensions,
			  "an event comes with each chunk made or destroyed and each map extended",
			  LAB_NO_ID, PCPU_NO_CPU) &&
	       api_expect(api,
			  ledger->nr_events[PCPU_EV_ALLOC_REFUSED] +
						  ledger->nr_events[PCPU_EV_ALLOC_FAILED] ==
					  pcpu_min64(nr_failed, PCPU_MAX_FAILURE_LOGS) &&
				  ledger->nr_events[PCPU_EV_ALLOC_FAILED_SILENT] ==
					  (nr_failed >= PCPU_MAX_FAILURE_LOGS),
			  "the first ten failures are events, then one that no more come",
			  LAB_NO_ID, PCPU_NO_CPU);
}

/* Does not repeat what the model compares. */
static bool check_sums(const struct api *api)
{
	struct pcpu_stats stats;
	struct sim_ledger ledger;

	pcpu_stats(api->model->pcpu, &stats);
	sim_ledger(api->model->plat, &ledger);
	return check_areas(api, &stats) && check_ledger(api, &stats, &ledger) &&
	       check_events(api, &stats, &ledger);
}

/* A visit ends when the visitor returns false. */
static bool visit_once(void *context, const struct pcpu_chunk_view *view)
{
	uint32_t *nr = context;

	(void)view;
	++*nr;
	return false;
}

static bool check_visit_ends(const struct api *api)
{
	uint32_t nr = 0;

	pcpu_visit(api->model->pcpu, visit_once, &nr);
	return api_expect(api, nr == 1, "a visit ends when the visitor says so", LAB_NO_ID,
			  PCPU_NO_CPU);
}

/* NULL may be freed, and is not reported. */
static bool check_free_of_null(const struct api *api)
{
	struct pcpu_report report;

	pcpu_free(api->model->pcpu, (struct pcpu_ptr){0});
	return api_expect(api, !lab_take_misuse(api->model->plat, &report),
			  "a free of NULL is no mistake", LAB_NO_ID, PCPU_NO_CPU);
}

/* libFuzzer intercepts strcmp(), and would copy the sentences into inputs. */
static bool same_text(const char *a, const char *b)
{
	for (; *a && *a == *b; a++)
		b++;
	return *a == *b;
}

/* A value that is not an invariant has a sentence too, different from all others. */
static bool check_texts(const struct api *api)
{
	const char *text[PCPU_NR_INVARIANTS + 1];

	for (uint32_t i = 0; i <= PCPU_NR_INVARIANTS; i++) {
		text[i] = pcpu_invariant_text((enum pcpu_invariant)i);
		for (uint32_t other = 0; other < i; other++)
			if (!api_expect(api, !same_text(text[i], text[other]),
					"each invariant has its own sentence", LAB_NO_ID,
					PCPU_NO_CPU))
				return false;
	}
	return true;
}

bool api_check(const struct lab_model *model, uintptr_t static_start, struct lab_fault *fault)
{
	struct api api = {model, fault};

	return check_objects(&api) && check_static(&api, static_start) && check_foreign(&api) &&
	       check_visit_ends(&api) && check_free_of_null(&api) && check_texts(&api) &&
	       check_sums(&api);
}
