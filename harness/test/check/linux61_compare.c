/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * linux61_compare.c - lock-step of an engine and the model.
 *
 *	op -> pcpu_alloc, pcpu_free, pcpu_balance -> place -> = ? <- place <- model <- op
 */
#include "harness/test/check/linux61_compare.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "harness/test/check/linux61_replay.h"
#include "harness/test/lib/test.h"

#define CHECK_EVERY 16u
#define MAX_CHUNKS 256u
#define GRANULE	   4u

struct comparison {
	const struct lab_trace *trace;
	struct pcpu *pcpu;
	struct linux61_replay replay;
	struct linux61_difference *difference;
	bool is_placed; /* the engine's answer to the latest `a` */
	struct pcpu_place place;
	uint32_t chunk[MAX_CHUNKS], nr_chunks; /* the engine's, as they are visited */
};

static __attribute__((format(printf, 2, 3))) void differ(struct comparison *c, const char *format,
							 ...)
{
	va_list arguments;

	if (c->difference->sentence[0])
		return;
	va_start(arguments, format);
	vsnprintf(c->difference->sentence, sizeof(c->difference->sentence), format, arguments);
	va_end(arguments);
}

static void keep_place(void *context, uint32_t id, bool placed, const struct pcpu_place *place)
{
	struct comparison *c = context;

	c->is_placed = placed;
	c->place = *place;
}

static void print_place(bool placed, struct lab_linux61_place place, char to[32])
{
	if (!placed)
		snprintf(to, 32, "refused");
	else if (place.chunk == LAB_LINUX61_RESERVED)
		snprintf(to, 32, "r at %" PRIu32, place.offset);
	else
		snprintf(to, 32, "%" PRIu32 " at %" PRIu32, place.chunk, place.offset);
}

static void compare_place(struct comparison *c, const struct lab_op *op)
{
	struct lab_linux61_place engine = { c->place.chunk_id, c->place.offset };
	char engine_text[32], model_text[32], op_text[128];

	if (c->place.kind == PCPU_CHUNK_RESERVED)
		engine.chunk = LAB_LINUX61_RESERVED;
	print_place(c->is_placed, engine, engine_text);
	print_place(c->replay.live[op->id], c->replay.place[op->id], model_text);
	if (strcmp(engine_text, model_text) == 0)
		return;
	lab_op_print(op, NULL, op_text);
	differ(c, "%s: engine %s, model %s", op_text, engine_text, model_text);
}

static void compare_pages(struct comparison *c, const struct pcpu_chunk_view *view)
{
	const struct lab_linux61 *model = c->replay.model;

	for (uint32_t i = 0; i < lab_linux61_nr_blocks(model, view->id); i++) {
		bool engine = view->populated[i / 64] >> i % 64 & 1;

		if (engine != lab_linux61_is_populated(model, view->id, i))
			differ(c, "chunk %" PRIu32 ": page %" PRIu32 " is %spopulated", view->id, i,
			       engine ? "" : "not ");
	}
}

static bool compare_chunk(void *context, const struct pcpu_chunk_view *view)
{
	struct comparison *c = context;
	const struct lab_linux61 *model = c->replay.model;
	uint32_t id = view->kind == PCPU_CHUNK_RESERVED ? LAB_LINUX61_RESERVED : view->id;
	uint32_t hint_bytes;

	if (!lab_linux61_exists(model, id)) {
		differ(c, "chunk %" PRIu32 " is there", view->id);
		return false;
	}
	if (view->map->free_bytes != lab_linux61_free_bytes(model, id))
		differ(c, "chunk %" PRIu32 ": free bytes %" PRIu32 ", model %" PRIu32, id,
		       view->map->free_bytes, lab_linux61_free_bytes(model, id));
	hint_bytes = GRANULE * lab_linux61_chunk(model, id)->best.length;
	if (view->map->hint_bytes != hint_bytes)
		differ(c, "chunk %" PRIu32 ": hint bytes %" PRIu32 ", model %" PRIu32, id,
		       view->map->hint_bytes, hint_bytes);
	if (view->kind == PCPU_CHUNK_LATER)
		compare_pages(c, view);
	if (id != LAB_LINUX61_RESERVED && c->nr_chunks < MAX_CHUNKS)
		c->chunk[c->nr_chunks++] = id;
	return true;
}

/* Whatever the order of lists in the engine: are the model's chunks of one list in its order? */
static void compare_list(struct comparison *c, uint32_t list)
{
	uint32_t chunk[MAX_CHUNKS], at = 0;
	uint32_t nr = lab_linux61_list(c->replay.model, list, chunk, MAX_CHUNKS);

	for (uint32_t i = 0; i < nr; i++) {
		while (at < c->nr_chunks && c->chunk[at] != chunk[i])
			at++;
		if (at == c->nr_chunks) {
			differ(c, "chunk %" PRIu32 " is not %s on list %" PRIu32, chunk[i],
			       i > 0 ? "behind its neighbour" : "there, so not", list);
			return;
		}
	}
}

static void compare_chunks(struct comparison *c)
{
	c->nr_chunks = 0;
	pcpu_visit(c->pcpu, compare_chunk, c);
	for (uint32_t list = 0; list < lab_linux61_nr_lists(c->replay.model); list++)
		compare_list(c, list);
}

static void compare_step(void *context, size_t step)
{
	struct comparison *c = context;
	const struct lab_op *op = &c->trace->ops[step];

	if (c->difference->sentence[0])
		return;
	c->difference->step = step;
	linux61_replay_step(&c->replay, op);
	if (op->kind == LAB_OP_ALLOC)
		compare_place(c, op);
	if (step % CHECK_EVERY == 0 || step + 1 == c->trace->nr_ops)
		compare_chunks(c);
}

bool linux61_compare(const struct pcpu_engine *engine, const struct lab_linux61_config *config,
		     const struct lab_trace *trace, struct linux61_difference *difference)
{
	struct pcpu_sizes sizes = {
		.static_bytes = config->static_bytes,
		.reserved_bytes = config->reserved_bytes,
		.dyn_bytes = config->dyn_bytes,
		.atom_bytes = PCPU_PAGE_BYTES,
		.unit_bytes = config->unit_bytes,
	};
	struct comparison c = { .trace = trace, .difference = difference };
	struct lab_run_options options = {
		.check = LAB_CHECK_NONE,
		.honour_atomic = config->honour_atomic,
		.placed = keep_place,
		.stepped = compare_step,
		.context = &c,
	};
	struct run_fixture fixture;
	struct lab_result result;

	*difference = (struct linux61_difference){ 0 };
	run_fixture_open(&fixture, "# pcpu-topology 1\nnode 0 cpus 0-1\n", &sizes, engine);
	c.pcpu = fixture.pcpu;
	linux61_replay_init(&c.replay, config, trace->nr_ids);
	if (!run_fixture_run(&fixture, trace, &options, false, &result)) {
		difference->step = result.verdict.step;
		differ(&c, "%s", result.verdict.sentence);
	}
	linux61_replay_finish(&c.replay);
	run_fixture_close(&fixture);
	return difference->sentence[0] == '\0';
}
