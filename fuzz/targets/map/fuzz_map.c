/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * fuzz_map.c - one engine against the reference of single bytes: the smallest set-up there is, and
 * so the fastest target.
 *
 *	| engine (engine_head.h) | map | used | steps off | step ... | step ... |
 *
 * Maps are small, so that a few steps fill them; some have pages to miss. Swarm: the third byte
 * switches kinds of steps off.
 */
#include <pcpu/bits.h>
#include "fuzz/targets/engine_head.h"
#include "fuzz/targets/map/map_case.h"
#include "fuzz/targets/outcome.h"
#include "harness/text/text.h"
#include "fuzz/targets/write_line.h"

#include <string.h>

enum { HEAD_BYTES = 3 };

struct source {
	const uint8_t *start, *at, *end;
};

struct decoded {
	struct map_case c;
	struct map_step steps[MAP_MAX_STEPS];
	size_t starts[MAP_MAX_STEPS]; /* where each step's bytes begin */
};

static uint8_t map_take(struct source *in)
{
	return in->at < in->end ? *in->at++ : 0;
}

/* | - 3 | covered 3 | room 2 |   then | used 8 | */
static void decode_map(struct source *in, struct map_case *c)
{
	static const uint16_t covered[8] = { 64, 128, 256, 255, 512, 2048, 12288, 32768 };
	static const uint8_t rooms[4] = { PCPU_MAP_SPARE, 4, PCPU_DFL_MAP_ALLOC,
					  PCPU_DYNAMIC_EARLY_SLOTS };
	uint8_t byte, used;

	in->at += fuzz_engine_head(in->at, (size_t)(in->end - in->at), &c->engine);
	byte = map_take(in);
	used = map_take(in);
	c->covered_bytes =
		(uint32_t)pcpu_align_up(covered[byte >> 3 & 7], c->engine->map->granule_bytes);
	c->capacity = rooms[byte >> 6];
	c->used_bytes = used < 128 ? 0 : (uint32_t)(used - 127) * c->covered_bytes / 128;
	c->used_bytes -= c->used_bytes % c->engine->map->granule_bytes;
}

/* Half of the sizes are a few bytes, the others a share of the map. */
static void decode_request(struct source *in, const struct map_case *c, struct map_step *step)
{
	uint8_t size = map_take(in), align = map_take(in);

	step->n = size < 128 ? 1 + (size & 63u) :
			       1 + (uint32_t)(size - 128) * c->covered_bytes / 127;
	step->align = align < 64 ? 4u << (align & 1) : 1u << (align % 13);
	step->n = (uint32_t)pcpu_round_up(step->n, c->engine->map->granule_bytes);
	step->align = (uint32_t)pcpu_max64(step->align, c->engine->map->granule_bytes);
}

static void decode_step(struct source *in, uint8_t off, const struct map_case *c,
			struct map_step *step)
{
	static const uint8_t kinds[16] = {
		MAP_ALLOC, MAP_ALLOC, MAP_ALLOC, MAP_ALLOC, MAP_ALLOC, MAP_ALLOC, MAP_ALLOC_PAGES,
		MAP_ALLOC_ONLY, MAP_FREE, MAP_FREE, MAP_FREE, MAP_FREE, MAP_WILD, MAP_PAGE,
		MAP_EXTEND, MAP_CHECK,
	};
	uint8_t byte = map_take(in);

	step->kind = kinds[byte & 15];
	if (off >> step->kind & 1)
		step->kind = MAP_ALLOC;
	step->n = byte >> 4;
	step->align = 0;
	if (step->kind <= MAP_ALLOC_ONLY)
		decode_request(in, c, step);
	else if (step->kind == MAP_FREE)
		step->n = map_take(in);
	else if (step->kind == MAP_WILD)
		step->n = map_take(in) * (1 + (uint32_t)(byte >> 4) * 17); /* far into large maps */
}

static struct decoded *map_decode(const uint8_t *bytes, size_t nr)
{
	static struct decoded d;
	struct source in = { bytes, bytes, bytes + (nr < FUZZ_MAX_BYTES ? nr : FUZZ_MAX_BYTES) };
	uint8_t off;

	decode_map(&in, &d.c);
	off = map_take(&in) & (uint8_t) ~(1u << MAP_ALLOC);
	d.c.steps = d.steps;
	for (d.c.nr_steps = 0; in.at < in.end && d.c.nr_steps < MAP_MAX_STEPS; d.c.nr_steps++) {
		d.starts[d.c.nr_steps] = (size_t)(in.at - in.start);
		decode_step(&in, off, &d.c, &d.steps[d.c.nr_steps]);
	}
	return &d;
}

static void outcome_set(const struct map_case *c, struct fuzz_outcome *outcome)
{
	struct lab_text text;
	char words[96] = "after the last step";

	if (outcome->step < c->nr_steps)
		map_step_print(&c->steps[outcome->step], words, sizeof(words));
	lab_text_init(&text, outcome->words, sizeof(outcome->words));
	lab_put(&text, "engine ");
	lab_put(&text, c->engine->name);
	lab_put_number(&text, ", step ", outcome->step);
	lab_put(&text, " (");
	lab_put(&text, words);
	lab_put(&text, "): ");
	lab_put(&text, outcome->sentence);
}

static bool map_run(const void *input, struct fuzz_outcome *outcome)
{
	return map_case_run(input, outcome);
}

static bool map_property(const uint8_t *bytes, size_t nr, struct fuzz_outcome *outcome)
{
	const struct decoded *d = map_decode(bytes, nr);

	*outcome = (struct fuzz_outcome){ .nr_ops = d->c.nr_steps, .step = d->c.nr_steps };
	if (fuzz_try(map_run, &d->c, outcome))
		return true;
	outcome_set(&d->c, outcome);
	return false;
}

static void map_describe(const uint8_t *bytes, size_t nr, void (*line)(const char *text))
{
	const struct decoded *d = map_decode(bytes, nr);
	char words[160];
	struct lab_text text;

	lab_text_init(&text, words, sizeof(words));
	lab_put(&text, "# engine ");
	lab_put(&text, d->c.engine->name);
	lab_put_number(&text, "; a map of ", d->c.covered_bytes);
	lab_put_number(&text, " bytes, used to begin with: ", d->c.used_bytes);
	lab_put_number(&text, "; room for ", d->c.capacity);
	lab_put(&text, " records");
	line(words);
	for (size_t i = 0; i < d->c.nr_steps; i++) {
		map_step_print(&d->steps[i], words, sizeof(words));
		line(words);
	}
}

static size_t map_pieces(const uint8_t *bytes, size_t nr, size_t *starts, size_t capacity)
{
	const struct decoded *d = map_decode(bytes, nr);
	size_t nr_pieces = d->c.nr_steps < capacity ? d->c.nr_steps : capacity;

	memcpy(starts, d->starts, nr_pieces * sizeof(*starts));
	return nr_pieces;
}

static void map_render(const uint8_t *bytes, size_t nr, size_t steps,
		       void (*line)(const char *text))
{
	map_case_render(&map_decode(bytes, nr)->c, steps, line);
}

/* --- as a test ------------------------------------------------------------------------------- */

static void write_test(const uint8_t *bytes, size_t nr, const char *test_name,
		       void (*line)(const char *text))
{
	const struct decoded *d = map_decode(bytes, nr);
	char words[96];

	write_head(line, "fuzz/targets/map/map_case.h", test_name);
	line("\tstatic const struct map_step steps[] = { /* kind, n, align */");
	for (size_t i = 0; i < d->c.nr_steps; i++) {
		const struct map_step *step = &d->steps[i];
		const char *text = words;

		map_step_print(step, words, sizeof(words));
		write_line(line, "\t\t{ @, @, @ }, /* $ */",
			   (const uint64_t[]){step->kind, step->n, step->align}, &text);
	}
	line("\t};");
	line("\tstruct map_case c = {");
	write_line(line, "\t\t.engine = pcpu_engine_find(\"$\"), .steps = steps,", NULL,
		   &d->c.engine->name);
	write_line(line, "\t\t.nr_steps = @, .covered_bytes = @, .used_bytes = @, .capacity = @,",
		   (const uint64_t[]){d->c.nr_steps, d->c.covered_bytes, d->c.used_bytes,
				      d->c.capacity},
		   NULL);
	line("\t};");
	line("\tstruct fuzz_outcome outcome;");
	line("");
	line("\tif (!map_case_run(&c, &outcome))");
	line("\t\tFAIL(\"step %zu: %s\", outcome.step, outcome.sentence);");
	line("}");
}

const struct fuzz_target fuzz_map = {
	.name = "fuzz_map",
	.summary = "one map of an engine, against a map of single bytes",
	.property = map_property,
	.describe = map_describe,
	.pieces = map_pieces,
	.render = map_render,
	.write_test = write_test,
};
