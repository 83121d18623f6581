/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* chunk_render.c - chunks as text: see chunk_render.h. */
#include "fuzz/targets/chunk_render.h"
#include <pcpu/bits.h>
#include "harness/text/text.h"

enum { LINE_BYTES = 100, COLUMNS = 64 };

struct drawing {
	void (*line)(const char *text);
	char capacity[2 * LINE_BYTES];
	struct lab_text text;
};

static void line_begin(struct drawing *drawing, const char *words)
{
	lab_text_init(&drawing->text, drawing->capacity, sizeof(drawing->capacity));
	lab_put(&drawing->text, words);
}

static void line_end(struct drawing *drawing)
{
	drawing->line(drawing->capacity);
}

static void put_number(struct drawing *drawing, const char *words, uint64_t n)
{
	lab_put(&drawing->text, words);
	lab_put_u64(&drawing->text, n);
}

static void render_head(struct drawing *drawing, const struct pcpu_chunk_view *view)
{
	line_begin(drawing, view->kind == PCPU_CHUNK_RESERVED ? "the reserved chunk" : "chunk ");
	if (view->kind != PCPU_CHUNK_RESERVED)
		lab_put_u64(&drawing->text, view->id);
	if (view->slot >= 0)
		put_number(drawing, ": slot ", (uint64_t)view->slot);
	else
		lab_put(&drawing->text, ": on no list");
	put_number(drawing, ", ", view->map->free_bytes);
	put_number(drawing, " of ", view->map->covered_bytes);
	put_number(drawing, " bytes free, hint ", view->map->hint_bytes);
	put_number(drawing, ", records ", view->map->used);
	put_number(drawing, " of ", view->map->capacity);
	line_end(drawing);
}

static uint32_t bytes_a_column(const struct pcpu_chunk_view *view)
{
	return (view->map->covered_bytes + COLUMNS - 1) / COLUMNS;
}

/* P: all pages of a column are populated, p: some. */
static void render_pages(struct drawing *drawing, const struct pcpu_chunk_view *view)
{
	uint32_t covered = view->map->covered_bytes, step = bytes_a_column(view);

	line_begin(drawing, "  pages ");
	for (uint32_t at = 0; at < covered; at += step) {
		uint32_t end = at + step < covered ? at + step : covered;
		uint32_t nr = 0, nr_populated = 0;

		for (uint32_t i = at / PCPU_PAGE_BYTES; i <= (end - 1) / PCPU_PAGE_BYTES; i++) {
			nr++;
			nr_populated += pcpu_bit_test(view->populated, i);
		}
		lab_put_char(&drawing->text, nr_populated == nr ? 'P' : nr_populated ? 'p' : '.');
	}
	line_end(drawing);
}

/* When several areas share a column, the start of a used one takes precedence over its rest, and
   that over free bytes. The walk of a broken map may not end, or leave its bounds. */
static void render_bar(struct drawing *drawing, const struct pcpu_chunk_view *view)
{
	uint32_t step = bytes_a_column(view), nr = view->map->covered_bytes;
	struct pcpu_area area = {0};
	char bar[COLUMNS + 1];

	memset(bar, ' ', COLUMNS);
	bar[COLUMNS] = 0;
	while (nr-- > 0 && view->map->ops->next(view->map, &area)) {
		uint32_t first = area.offset / step, last = (area.offset + area.bytes - 1) / step;

		for (uint32_t i = first; i <= last && i < COLUMNS && area.bytes > 0; i++)
			if (bar[i] == ' ' || (area.used && bar[i] == '.'))
				bar[i] = area.used ? '#' : '.';
		if (area.used && first < COLUMNS)
			bar[first] = '|';
	}
	line_begin(drawing, "  bar   ");
	lab_put(&drawing->text, bar);
	line_end(drawing);
}

static void render_areas(struct drawing *drawing, const struct pcpu_chunk_view *view)
{
	uint32_t nr = view->map->covered_bytes;
	struct pcpu_area area = {0};

	line_begin(drawing, "  areas");
	while (nr-- > 0 && view->map->ops->next(view->map, &area)) {
		if (drawing->text.bytes > LINE_BYTES - 8) {
			line_end(drawing);
			line_begin(drawing, "       ");
		}
		put_number(drawing, area.used ? " #" : " .", area.bytes);
	}
	line_end(drawing);
}

static bool render_one(void *context, const struct pcpu_chunk_view *view)
{
	struct drawing *drawing = context;

	render_head(drawing, view);
	if (view->map->covered_bytes > 0) {
		render_pages(drawing, view);
		render_bar(drawing, view);
		render_areas(drawing, view);
	}
	return true;
}

void chunk_render(struct pcpu *pcpu, void (*line)(const char *text))
{
	struct drawing drawing = {.line = line};

	pcpu_visit(pcpu, render_one, &drawing);
}
