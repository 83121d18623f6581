/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * map_case.c - an engine's map and the reference of single bytes in lock-step; or, where the engine
 * does not promise the reference's places, the map and rules that hold for any map (map_claims.h).
 *
 *	step -> engine    -> result, fit, hint, free bytes  \
 *	    \-> reference -> result, fit, hint, free bytes   > equal, or the step is named
 *
 * Records are in memory of exact size, so that ASan detects an extra record.
 */
#include "fuzz/targets/map/map_case.h"
#include "fuzz/targets/map/map_claims.h"
#include <pcpu/bits.h>
#include "fuzz/targets/outcome.h"
#include "harness/check/map_bytes.h"
#include "harness/text/text.h"

#include <stdlib.h>

#define MAX_PAGES (PCPU_MIN_UNIT_BYTES / PCPU_PAGE_BYTES)
#define MAX_NOTED 64u

struct pair {
	const struct map_case *c;
	struct pcpu_map map, reference;
	bool follows;		/* the engine promises the reference's places */
	struct map_claims claims; /* where it does not */
	uint64_t populated[PCPU_BITS_WORDS(MAX_PAGES)];
	uint32_t nr_pages;
	/* offsets of used areas, what set-up took not among them */
	uint32_t live[MAP_MAX_STEPS + 1];
	uint32_t nr_live;
	struct pcpu_map before;		/* a step, and where its records started then; */
	uint32_t noted[MAX_NOTED];	/* nr_noted 0: they were not noted */
	uint32_t nr_noted;
	uint64_t hash;
	const char *broken; /* sentence */
};

static const char *const kind_names[MAP_NR_STEPS] = {
	[MAP_ALLOC] = "alloc",
	[MAP_ALLOC_PAGES] = "alloc where pages may be missing",
	[MAP_ALLOC_ONLY] = "alloc on populated pages",
	[MAP_FREE] = "free",
	[MAP_WILD] = "wild free",
	[MAP_PAGE] = "page",
	[MAP_EXTEND] = "extend",
	[MAP_CHECK] = "check",
};

void map_step_print(const struct map_step *step, char *words, size_t capacity)
{
	struct lab_text text;

	lab_text_init(&text, words, capacity);
	lab_put(&text, kind_names[step->kind]);
	if (step->kind != MAP_CHECK) {
		lab_put(&text, step->kind == MAP_FREE ? " of live area " : " ");
		lab_put_u64(&text, step->n);
	}
	if (step->kind <= MAP_ALLOC_ONLY) {
		lab_put_number(&text, " at align ", step->align);
	}
}

/* --- the pair -------------------------------------------------------------------------------- */

static void *map_zeroed(size_t bytes)
{
	void *memory = calloc(1, bytes ? bytes : 1);

	if (!memory)
		abort();
	return memory;
}

/* The engine's records. An assertion leaves a run where it stands: the next one frees them. */
static void *records;

static void records_replace(void *memory)
{
	free(records);
	records = memory;
}

static void pair_init(struct pair *pair, const struct map_case *c)
{
	static uint64_t states[2 * PCPU_BITS_WORDS(PCPU_MIN_UNIT_BYTES)]; /* cleared by init */
	uint32_t capacity = c->engine->map->capacity(c->covered_bytes, c->capacity);
	void *memory = map_zeroed(c->engine->map->memory(c->covered_bytes, capacity));

	records_replace(memory);
	pair->c = c;
	pair->populated[0] = 0;
	pair->nr_pages = (c->covered_bytes + PCPU_PAGE_BYTES - 1) / PCPU_PAGE_BYTES;
	pair->nr_live = 0;
	pair->hash = LAB_FNV_START;
	pair->broken = NULL;
	pair->map.ops = c->engine->map;
	c->engine->map->init(&pair->map, memory, capacity, c->used_bytes, c->covered_bytes);
	pair->follows = pcpu_engine_keeps(c->engine, PCPU_PROMISE_PLACES);
	if (!pair->follows)
		map_claims_init(&pair->claims, &pair->map, c->engine, c->used_bytes);
	pair->reference.ops = &lab_map_bytes;
	lab_map_bytes.init(&pair->reference, states, c->covered_bytes, c->used_bytes,
			   c->covered_bytes);
}

static void map_expect(struct pair *pair, bool holds, const char *sentence)
{
	if (!holds && !pair->broken)
		pair->broken = sentence;
}

/* --- what engine "area" counts, by its records before and after ------------------------------ */

/* Long lists are not followed: that would take most of the time. */
static void records_note(struct pair *pair)
{
	struct pcpu_area area = { 0 };

	pair->nr_noted = 0;
	if (!pcpu_text_is(pair->c->engine->name, "area") || pair->map.used > MAX_NOTED)
		return;
	pair->before = pair->map;
	while (pair->nr_noted < pair->map.used && pair->map.ops->next(&pair->map, &area))
		pair->noted[pair->nr_noted++] = area.offset;
}

static uint32_t record_at(const struct pair *pair, uint32_t offset)
{
	uint32_t i = 0;

	while (i < pair->nr_noted && pair->noted[i] < offset)
		i++;
	return i;
}

/* Looked at were the records [from, to); of those behind `moved_from` each was shifted, if any
   was. */
static void expect_counts(struct pair *pair, uint32_t from, uint32_t to, uint32_t moved_from,
			  bool any_moved)
{
	uint64_t moved = any_moved ? 4 * (uint64_t)(pair->nr_noted - moved_from) : 0;

	if (pair->nr_noted == 0)
		return;
	map_expect(pair, pair->map.nr_probes == pair->before.nr_probes + (to - from),
		   "every record that was looked at counts as a probe");
	map_expect(pair, pair->map.nr_moved_bytes == pair->before.nr_moved_bytes + moved,
		   "every record that was shifted counts with its bytes");
}

static void expect_counts_of_alloc(struct pair *pair, enum pcpu_fit_result result,
				   const struct pcpu_fit *fit)
{
	uint32_t from = pair->before.skip_records, i = record_at(pair, fit->run_start);
	bool split;

	if (result == PCPU_FIT_NONE) {
		expect_counts(pair, from, pair->nr_noted, 0, false);
		return;
	}
	split = fit->offset - fit->run_start >= 4 || fit->offset + fit->bytes < fit->run_end;
	expect_counts(pair, from, i + 1, i + 1, result == PCPU_FIT_TAKEN && split);
}

static void expect_counts_of_free(struct pair *pair, uint32_t offset, bool freed,
				  const struct pcpu_fit *fit)
{
	uint32_t from = offset >= pair->before.skip_bytes ? pair->before.skip_records : 0;
	uint32_t i = record_at(pair, offset);
	bool left = freed && fit->run_start < offset;
	bool right = freed && fit->run_end > offset + fit->bytes;

	expect_counts(pair, from, i + 1, i + right, left || right);
}

/* The least 16 * 2^k, and only where so many are not left (SPEC.md 14, Capacity). */
static uint32_t least_capacity(const struct pcpu_map *map, uint32_t spare)
{
	uint32_t capacity = 16;

	if (map->capacity - map->used >= spare)
		return 0;
	while (capacity < map->used + spare)
		capacity *= 2;
	return capacity;
}

static void map_extend(struct pair *pair, uint32_t spare)
{
	uint32_t capacity = pair->map.ops->capacity_needed(&pair->map, spare);
	void *memory;

	if (pcpu_text_is(pair->c->engine->name, "area"))
		map_expect(pair, capacity == least_capacity(&pair->map, spare),
			   "a full map moves to the least room that is enough, any other stays");
	if (capacity == 0)
		return;
	map_expect(pair, capacity >= pair->map.used + spare, "a full map moves to room enough");
	memory = map_zeroed(pair->map.ops->memory(pair->map.covered_bytes, capacity));
	pair->map.ops->move(&pair->map, memory, capacity);
	records_replace(memory);
}

static void map_object_add(struct pair *pair, const struct pcpu_fit *fit)
{
	pair->hash = (pair->hash ^ fit->offset) * UINT64_C(0x100000001b3);
	pair->live[pair->nr_live++] = fit->offset;
}

static void map_object_remove(struct pair *pair, uint32_t offset)
{
	for (uint32_t i = 0; i < pair->nr_live; i++)
		if (pair->live[i] == offset) {
			pair->live[i] = pair->live[--pair->nr_live];
			break;
		}
}

/* For a placement other than the reference's. */
static void step_alloc_claimed(struct pair *pair, const struct map_step *step)
{
	struct pcpu_pages pages = { pair->populated, step->kind == MAP_ALLOC_ONLY };
	const struct pcpu_pages *pages_wanted = step->kind == MAP_ALLOC ? NULL : &pages;
	struct pcpu_fit fit = { 0 };
	enum pcpu_fit_result got =
		pair->map.ops->alloc(&pair->map, step->n, step->align, pages_wanted, &fit);
	const char *sentence =
		map_claims_alloc(&pair->claims, step->n, step->align, pages_wanted, got, &fit);

	map_expect(pair, !sentence, sentence);
	if (got == PCPU_FIT_TAKEN)
		map_object_add(pair, &fit);
}

static void free_claimed(struct pair *pair, uint32_t offset)
{
	struct pcpu_fit fit = { 0 };
	bool got = pair->map.ops->free(&pair->map, offset, &fit);
	const char *sentence = map_claims_free(&pair->claims, offset, got, &fit);

	map_expect(pair, !sentence, sentence);
	if (got)
		map_object_remove(pair, offset);
}

/* What the map began with is no object, and the allocator frees nothing there (chunk.h,
   start_bytes); a map may know it as an area, as the reference does. */
static void wild_free_claimed(struct pair *pair, uint32_t offset)
{
	if (offset > 0 || pair->c->used_bytes == 0)
		free_claimed(pair, offset);
}

static void check_claimed(struct pair *pair)
{
	const char *sentence = map_claims_check(&pair->claims);
	uint32_t at;
	enum pcpu_invariant broken = pair->map.ops->check(&pair->map, &at);

	map_expect(pair, broken == PCPU_HOLDS, pcpu_invariant_text(broken));
	map_expect(pair, !sentence, sentence);
}

static void step_alloc(struct pair *pair, const struct map_step *step)
{
	struct pcpu_pages pages = { pair->populated, step->kind == MAP_ALLOC_ONLY };
	const struct pcpu_pages *pages_wanted = step->kind == MAP_ALLOC ? NULL : &pages;
	struct pcpu_fit fit = { 0 }, wanted = { 0 };
	enum pcpu_fit_result got, due;

	map_extend(pair, PCPU_MAP_SPARE);
	records_note(pair);
	got = pair->map.ops->alloc(&pair->map, step->n, step->align, pages_wanted, &fit);
	due = lab_map_bytes.alloc(&pair->reference, step->n, step->align, pages_wanted, &wanted);
	map_expect(pair, got == due, "an allocation succeeds where the reference's does");
	expect_counts_of_alloc(pair, got, &fit);
	if (pair->broken || due == PCPU_FIT_NONE)
		return;
	map_expect(pair, lab_same_fit(&pair->map, &fit, &wanted),
		   "an allocation lands where the reference's does");
	if (due == PCPU_FIT_TAKEN)
		map_object_add(pair, &wanted);
	else
		pair->hash = (pair->hash ^ fit.offset) * UINT64_C(0x100000001b3);
}

static void free_at(struct pair *pair, uint32_t offset)
{
	struct pcpu_fit fit = { 0 }, wanted = { 0 };
	bool got, due;

	records_note(pair);
	got = pair->map.ops->free(&pair->map, offset, &fit);
	due = lab_map_bytes.free(&pair->reference, offset, &wanted);

	map_expect(pair, got == due, "a free succeeds exactly where a used area starts");
	map_expect(pair, !due || lab_same_fit(&pair->map, &fit, &wanted),
		   "a free gives back what the reference's does");
	expect_counts_of_free(pair, offset, got, &fit);
	if (due)
		map_object_remove(pair, offset);
}

static void map_case_check(struct pair *pair)
{
	struct pcpu_area area = { 0 }, wanted = { 0 };
	uint32_t at;
	enum pcpu_invariant broken = pair->map.ops->check(&pair->map, &at);

	if (broken != PCPU_HOLDS)
		map_expect(pair, false, pcpu_invariant_text(broken));
	while (!pair->broken && lab_map_bytes.next(&pair->reference, &wanted)) {
		map_expect(pair, pair->map.ops->next(&pair->map, &area),
			   "the areas are the reference's");
		map_expect(pair,
			   area.offset == wanted.offset && area.bytes == wanted.bytes &&
				   area.used == wanted.used,
			   "the areas are the reference's");
	}
	if (!pair->broken)
		map_expect(pair, !pair->map.ops->next(&pair->map, &area),
			   "the areas are the reference's");
}

/* The steps that ask the reference, where the map does not follow it. */
static void step_claimed(struct pair *pair, const struct map_step *step)
{
	switch ((enum map_step_kind)step->kind) {
	case MAP_ALLOC:
	case MAP_ALLOC_PAGES:
	case MAP_ALLOC_ONLY:
		step_alloc_claimed(pair, step);
		break;
	case MAP_FREE:
		if (pair->nr_live > 0)
			free_claimed(pair, pair->live[step->n % pair->nr_live]);
		break;
	case MAP_WILD:
		wild_free_claimed(pair, step->n % (pair->c->covered_bytes + 4));
		break;
	case MAP_PAGE:
		pair->populated[0] ^= UINT64_C(1) << (step->n % pair->nr_pages);
		break;
	case MAP_EXTEND:
		map_extend(pair, PCPU_MAP_SPARE + step->n);
		break;
	case MAP_CHECK:
	case MAP_NR_STEPS:
		check_claimed(pair);
		break;
	}
}

static void step_do(struct pair *pair, const struct map_step *step)
{
	if (!pair->follows) {
		step_claimed(pair, step);
		return;
	}
	switch ((enum map_step_kind)step->kind) {
	case MAP_ALLOC:
	case MAP_ALLOC_PAGES:
	case MAP_ALLOC_ONLY:
		step_alloc(pair, step);
		break;
	case MAP_FREE:
		if (pair->nr_live > 0)
			free_at(pair, pair->live[step->n % pair->nr_live]);
		break;
	case MAP_WILD:
		free_at(pair, step->n % (pair->c->covered_bytes + 4));
		break;
	case MAP_PAGE:
		pair->populated[0] ^= UINT64_C(1) << (step->n % pair->nr_pages);
		break;
	case MAP_EXTEND:
		map_extend(pair, PCPU_MAP_SPARE + step->n);
		break;
	case MAP_CHECK:
	case MAP_NR_STEPS:
		map_case_check(pair);
		break;
	}
	map_expect(pair, pair->map.free_bytes == pair->reference.free_bytes,
		   "free bytes are the reference's");
	map_expect(pair, lab_same_hint(&pair->map, &pair->reference),
		   "the hint is the reference's");
}

bool map_case_run(const struct map_case *c, struct fuzz_outcome *outcome)
{
	static struct pair pair;
	struct lab_text words;
	size_t i;

	pair_init(&pair, c);
	for (i = 0; i < c->nr_steps && !pair.broken; i++)
		step_do(&pair, &c->steps[i]);
	if (!pair.broken) {
		if (pair.follows)
			map_case_check(&pair);
		else
			check_claimed(&pair);
		i++;
	}
	records_replace(NULL);
	outcome->hash = (pair.hash ^ pair.reference.free_bytes) * UINT64_C(0x100000001b3);
	if (!pair.broken)
		return true;
	outcome->step = i - 1;
	outcome->by = fuzz_seen_by(pair.broken, FINDING_ORACLE);
	outcome->sentence = pair.broken;
	lab_text_init(&words, outcome->place, sizeof(outcome->place));
	lab_put(&words, i <= c->nr_steps ? kind_names[c->steps[i - 1].kind] : "the end");
	return false;
}

/* --- pictures -------------------------------------------------------------------------------- */

#define BAR_COLUMNS 96u

static void render_bar(const struct pcpu_map *map, const char *name, void (*line)(const char *text))
{
	uint32_t step = (map->covered_bytes + BAR_COLUMNS - 1) / BAR_COLUMNS;
	struct pcpu_area area = { 0 };
	char text[BAR_COLUMNS + 64] = { 0 };
	struct lab_text head;

	lab_text_init(&head, text, sizeof(text));
	lab_put(&head, name);
	lab_put_number(&head, " free ", map->free_bytes);
	lab_put_number(&head, ", hint ", map->hint_bytes);
	lab_put_number(&head, "; a column is ", step);
	lab_put(&head, " bytes, | an area's start");
	line(text);
	memset(text, ' ', sizeof(text));
	for (uint32_t nr = 0; nr < 4 * map->covered_bytes && map->ops->next(map, &area); nr++)
		for (uint32_t at = area.offset; at < area.offset + area.bytes; at++)
			if (at / step < BAR_COLUMNS && text[at / step] != '|')
				text[at / step] = at == area.offset && area.used ? '|' :
						  area.used			 ? '#' : '.';
	text[BAR_COLUMNS] = 0;
	line(text);
}

void map_case_render(const struct map_case *c, size_t nr, void (*line)(const char *text))
{
	static struct pair pair;

	pair_init(&pair, c);
	for (size_t i = 0; i < nr && i < c->nr_steps && !pair.broken; i++)
		step_do(&pair, &c->steps[i]);
	render_bar(&pair.reference, "reference:", line);
	render_bar(&pair.map, "engine:   ", line);
	records_replace(NULL);
}
