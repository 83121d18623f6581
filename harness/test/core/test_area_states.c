/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_area_states.c - every operation in every state of a small area map: all records of a few
 * sizes, all skips and hints that check() accepts, whatever came before. What it leaves has to be
 * accepted, and equal to a recount of single cells. One step from each state shows that sequences
 * of any length hold.
 *
 *	records	 -4  +7  -1  +4		cells	aaaa.......b....	a cell: `grain` bytes
 */
#include <pcpu/bits.h>
#include <pcpu/engine.h>
#include <pcpu/invariants.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/test/lib/test.h"

enum { MAX_RECORDS = 6, CAPACITY = MAX_RECORDS + PCPU_MAP_SPARE, MAX_CELLS = 64, LEAST = 4 };

/* One set of states: sizes of records and requests are in cells. */
struct states {
	uint32_t grain; /* bytes of a cell */
	int nr_records; /* at most */
	const int *size;
	int nr_sizes;
	const int *request, *align; /* end with 0 */
	bool pages;		    /* whatever the populated pages are; else all or none */
	uint64_t nr_states, nr_steps;
};

struct state {
	int32_t record[CAPACITY]; /* cells */
	int nr, skip;
	uint32_t hint; /* bytes */
};

/* A map in plain words. */
struct cells {
	int owner[MAX_CELLS]; /* 0: free; otherwise the area's number */
	int nr, next_owner;
	uint32_t hint;
};

extern const struct pcpu_map_ops pcpu_map_area;
static struct pcpu_map map;
static int32_t memory[CAPACITY];

static void state_describe(const struct states *states, const struct state *state, char text[192])
{
	size_t at = (size_t)snprintf(text, 192, "cells of %u bytes, skip %d, hint %u:",
				     states->grain, state->skip, state->hint);

	for (int i = 0; i < state->nr; i++)
		at += (size_t)snprintf(text + at, 192 - at, " %+d", state->record[i]);
}

static void state_load(const struct states *states, const struct state *state)
{
	map = (struct pcpu_map){
		.ops = &pcpu_map_area, .memory = memory, .hint_bytes = state->hint,
		.capacity = CAPACITY, .used = (uint32_t)state->nr,
		.skip_records = (uint32_t)state->skip,
	};
	memset(memory, 0, sizeof(memory));
	for (int i = 0; i < state->nr; i++) {
		uint32_t bytes = (uint32_t)abs(state->record[i]) * states->grain;

		memory[i] = state->record[i] * (int32_t)states->grain;
		map.covered_bytes += bytes;
		map.free_bytes += state->record[i] > 0 ? bytes : 0;
		map.skip_bytes += i < state->skip ? bytes : 0;
	}
}

static void cells_load(struct cells *cells, const struct state *state)
{
	*cells = (struct cells){.next_owner = 1, .hint = state->hint};
	for (int i = 0; i < state->nr; i++) {
		int owner = state->record[i] < 0 ? cells->next_owner++ : 0;

		for (int n = abs(state->record[i]); n > 0; n--)
			cells->owner[cells->nr++] = owner;
	}
}

/* Where the free run or the area that starts here ends. */
static int cells_end(const struct cells *cells, int from)
{
	int to = from + 1;

	while (to < cells->nr && cells->owner[to] == cells->owner[from])
		to++;
	return to;
}

/* --- what has to come out -------------------------------------------------------------------- */

static bool is_populated(uint64_t populated, uint32_t from, uint32_t to)
{
	for (uint32_t page = from / PCPU_PAGE_BYTES; page * PCPU_PAGE_BYTES < to; page++)
		if (!(populated >> page & 1))
			return false;
	return true;
}

/* A head or tail that is too small for a record of its own. */
static bool is_small(const struct states *states, int nr_cells)
{
	return nr_cells > 0 && (uint32_t)nr_cells * states->grain < LEAST;
}

static void cells_cut(const struct states *states, struct cells *cells, int run, int end, int start,
		      int n, int largest, struct pcpu_fit *fit)
{
	int head = start - run, tail = end - start - n;

	if (is_small(states, tail)) {
		n += tail;
		tail = 0;
	}
	if (is_small(states, head)) {
		for (int i = run; i < start; i++)
			cells->owner[i] = cells->owner[run - 1];
		head = 0;
	}
	for (int i = start; i < start + n; i++)
		cells->owner[i] = cells->next_owner;
	fit->bytes = (uint32_t)n * states->grain;
	largest = largest > head ? largest : head;
	largest = largest > tail ? largest : tail;
	if (end == cells->nr || cells->hint < (uint32_t)largest * states->grain)
		cells->hint = (uint32_t)largest * states->grain;
}

/* SPEC.md 4.3. populated NULL: all. */
static enum pcpu_fit_result cells_alloc(const struct states *states, struct cells *cells, int n,
					int align, const struct pcpu_pages *pages,
					struct pcpu_fit *fit)
{
	int largest = 0;

	for (int run = 0, end; run < cells->nr; run = end) {
		int start = (run + align - 1) / align * align;

		end = cells_end(cells, run);
		if (cells->owner[run])
			continue;
		while (pages && pages->only && start + n <= end &&
		       !is_populated(pages->populated[0], (uint32_t)start * states->grain,
				     (uint32_t)(start + n) * states->grain))
			start += align;
		if (start + n > end) {
			largest = largest > end - run ? largest : end - run;
			continue;
		}
		*fit = (struct pcpu_fit){
			(uint32_t)start * states->grain, (uint32_t)n * states->grain,
			(uint32_t)run * states->grain, (uint32_t)end * states->grain};
		if (pages && !is_populated(pages->populated[0], fit->offset,
					   fit->offset + fit->bytes))
			return PCPU_FIT_UNBACKED;
		cells_cut(states, cells, run, end, start, n, largest, fit);
		return PCPU_FIT_TAKEN;
	}
	cells->hint = (uint32_t)largest * states->grain;
	return PCPU_FIT_NONE;
}

/* SPEC.md 4.4 */
static bool cells_free(const struct states *states, struct cells *cells, uint32_t offset,
		       struct pcpu_fit *fit)
{
	int at = (int)(offset / states->grain), end, run = at;

	if (offset % states->grain || at >= cells->nr || !cells->owner[at] ||
	    (at > 0 && cells->owner[at - 1] == cells->owner[at]))
		return false;
	end = cells_end(cells, at);
	*fit = (struct pcpu_fit){offset, (uint32_t)(end - at) * states->grain, 0, 0};
	for (int i = at; i < end; i++)
		cells->owner[i] = 0;
	while (run > 0 && !cells->owner[run - 1])
		run--;
	fit->run_start = (uint32_t)run * states->grain;
	fit->run_end = (uint32_t)cells_end(cells, run) * states->grain;
	if (cells->hint < fit->run_end - fit->run_start)
		cells->hint = fit->run_end - fit->run_start;
	return true;
}

/* --- comparing ------------------------------------------------------------------------------- */

static const char *pages_differ(const struct states *states, const struct cells *cells)
{
	struct pcpu_free_pages pages = {.area = pcpu_map_skip(&map)};

	for (int run = 0, end; run < cells->nr; run = end) {
		uint32_t from = ((uint32_t)run * states->grain + PCPU_PAGE_BYTES - 1) /
				PCPU_PAGE_BYTES, to;

		end = cells_end(cells, run);
		to = (uint32_t)end * states->grain / PCPU_PAGE_BYTES;
		if (cells->owner[run] || from >= to)
			continue;
		if (!map.ops->free_pages(&map, &pages) || pages.from != from || pages.to != to)
			return "free pages";
	}
	return map.ops->free_pages(&map, &pages) ? "free pages" : NULL;
}

static const char *map_differs(const struct states *states, const struct cells *cells)
{
	struct pcpu_area area = {0};
	uint32_t free_cells = 0, at;

	if (map.ops->check(&map, &at) != PCPU_HOLDS)
		return "an invariant";
	for (int i = 0, end; i < cells->nr; i = end) {
		end = cells_end(cells, i);
		if (!map.ops->next(&map, &area) || area.used != (cells->owner[i] != 0) ||
		    area.offset != (uint32_t)i * states->grain ||
		    area.bytes != (uint32_t)(end - i) * states->grain)
			return "areas";
		free_cells += area.used ? 0 : (uint32_t)(end - i);
	}
	if (map.ops->next(&map, &area))
		return "areas";
	if (map.free_bytes != free_cells * states->grain)
		return "free bytes";
	return map.hint_bytes != cells->hint ? "the hint" : pages_differ(states, cells);
}

static bool is_same_fit(const struct pcpu_fit *a, const struct pcpu_fit *b)
{
	return a->offset == b->offset && a->bytes == b->bytes && a->run_start == b->run_start &&
	       a->run_end == b->run_end;
}

static void step_finish(struct states *states, const struct state *state, const struct cells *cells,
			bool same, const char *what, int a, int b)
{
	const char *differs = same ? map_differs(states, cells) : "the answer";
	char text[192];

	states->nr_steps++;
	if (!differs)
		return;
	state_describe(states, state, text);
	FAIL("%s: %s %d/%d: %s", text, what, a, b, differs);
}

static void try_alloc(struct states *states, const struct state *state, int n, int align,
		      const struct pcpu_pages *pages)
{
	struct pcpu_fit fit = {0}, due = {0};
	enum pcpu_fit_result got, want;
	struct cells cells;

	state_load(states, state);
	cells_load(&cells, state);
	want = cells_alloc(states, &cells, n, align, pages, &due);
	got = map.ops->alloc(&map, (uint32_t)n * states->grain, (uint32_t)align * states->grain,
			     pages, &fit);
	step_finish(states, state, &cells,
		    got == want && (got == PCPU_FIT_NONE || is_same_fit(&fit, &due)),
		    pages ? pages->only ? "alloc, populated pages only," : "alloc, pages," :
			    "alloc", n, align);
}

static void try_free(struct states *states, const struct state *state, uint32_t offset)
{
	struct pcpu_fit fit = {0}, due = {0};
	struct cells cells;
	bool got, want;

	state_load(states, state);
	cells_load(&cells, state);
	want = cells_free(states, &cells, offset, &due);
	got = map.ops->free(&map, offset, &fit);
	step_finish(states, state, &cells, got == want && (!got || is_same_fit(&fit, &due)), "free",
		    (int)offset, 0);
}

/* Not from the map's memory any more, but as it was. */
static void try_move(struct states *states, const struct state *state)
{
	int32_t larger[2 * CAPACITY] = {0};
	struct cells cells;

	state_load(states, state);
	cells_load(&cells, state);
	map.capacity = map.used + PCPU_MAP_SPARE;
	CHECK_EQ(map.ops->capacity_needed(&map, PCPU_MAP_SPARE), 0);
	map.capacity--;
	CHECK_EQ(map.ops->capacity_needed(&map, PCPU_MAP_SPARE), PCPU_DFL_MAP_ALLOC);
	map.ops->move(&map, larger, 2 * CAPACITY);
	memset(memory, 0x55, sizeof(memory));
	step_finish(states, state, &cells, map.memory == larger && map.capacity == 2 * CAPACITY,
		    "move", 0, 0);
}

/* --- every state ----------------------------------------------------------------------------- */

static void try_pages(struct states *states, const struct state *state, int n, int align)
{
	uint32_t nr_pages = (map.covered_bytes + PCPU_PAGE_BYTES - 1) / PCPU_PAGE_BYTES;
	uint64_t nr = UINT64_C(1) << nr_pages;

	for (uint64_t populated = 0; populated < nr; populated++)
		for (int only = 0; only < 2; only++) {
			struct pcpu_pages pages = {&populated, only == 1};

			try_alloc(states, state, n, align, &pages);
		}
}

static void try_all(struct states *states, const struct state *state)
{
	states->nr_states++;
	for (const int *n = states->request; *n; n++)
		for (const int *align = states->align; *align; align++) {
			try_alloc(states, state, *n, *align, NULL);
			if (states->pages || *n == *states->request)
				try_pages(states, state, *n, *align);
		}
	for (uint32_t offset = 0; offset <= map.covered_bytes; offset += states->grain)
		try_free(states, state, offset);
	try_free(states, state, states->grain / 2);
	try_move(states, state);
}

/* The state in plain words: is it one that a map may be in? */
static bool is_sound(const struct states *states, const struct state *state)
{
	int32_t largest = 0;

	for (int i = 0; i < state->nr; i++) {
		if (state->record[i] < 0)
			continue;
		if (i < state->skip || (i > 0 && state->record[i - 1] > 0))
			return false;
		largest = largest > state->record[i] ? largest : state->record[i];
	}
	return state->hint >= (uint32_t)largest * states->grain;
}

static void try_state(struct states *states, const struct state *state)
{
	bool accepted;
	char text[192];
	uint32_t at;

	state_load(states, state);
	accepted = map.ops->check(&map, &at) == PCPU_HOLDS;
	if (accepted != is_sound(states, state)) {
		state_describe(states, state, text);
		FAIL("%s: check() %s it", text, accepted ? "accepts" : "refuses");
	}
	if (accepted)
		try_all(states, state);
}

/* Each skip, and hints from one too low to all there is. */
static void try_records(struct states *states, struct state *state)
{
	uint32_t covered = 0, largest = 0;

	for (int i = 0; i < state->nr; i++) {
		uint32_t bytes = (uint32_t)abs(state->record[i]) * states->grain;

		covered += bytes;
		if (state->record[i] > 0)
			largest = (uint32_t)pcpu_max64(largest, bytes);
	}
	for (state->skip = 0; state->skip <= state->nr; state->skip++) {
		const uint32_t hints[] = {largest - 1, largest, largest + 1, covered};

		for (int i = largest == 0; i < (largest < covered ? 4 : 2); i++) {
			state->hint = hints[i];
			if (i < 3 || covered > largest + 1)
				try_state(states, state);
		}
	}
}

static void grow_records(struct states *states, struct state *state)
{
	if (state->nr > 0)
		try_records(states, state);
	if (state->nr == states->nr_records)
		return;
	state->nr++;
	for (int i = 0; i < states->nr_sizes; i++)
		for (int sign = -1; sign <= 1; sign += 2) {
			state->record[state->nr - 1] = sign * states->size[i];
			grow_records(states, state);
		}
	state->nr--;
}

static bool full_run(void)
{
	return getenv("LAB_FULL") != NULL;
}

TEST(area_map_every_state_of_six_records)
{
	static const int few[] = {1, 4, 7}, more[] = {1, 2, 4, 5, 9};
	static const int request[] = {4, 1, 3, 5, 8, 0}, align[] = {1, 4, 8, 0};
	struct states states = {
		.grain = 1, .nr_records = MAX_RECORDS, .size = full_run() ? more : few,
		.nr_sizes = full_run() ? 5 : 3, .request = request, .align = align,
	};
	struct state state = {0};

	grow_records(&states, &state);
	CHECK(states.nr_states > 100000);
	CHECK(states.nr_steps > 40 * states.nr_states);
}

TEST(area_map_every_state_and_every_set_of_pages)
{
	static const int size[] = {1, 2, 3}, request[] = {1, 2, 3, 5, 0}, align[] = {1, 2, 0};
	struct states states = {
		.grain = PCPU_PAGE_BYTES / 2, .nr_records = full_run() ? 5 : 4, .size = size,
		.nr_sizes = 3, .request = request, .align = align, .pages = true,
	};
	struct state state = {0};

	grow_records(&states, &state);
	CHECK(states.nr_states > 2000);
	CHECK(states.nr_steps > 100 * states.nr_states);
}
