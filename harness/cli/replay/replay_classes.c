/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * replay_classes.c - the model beside the engine: each operation once more, its finding counted and
 * listed.
 *
 *	engine -> placed() -> stepped(): model, finding -> places equal? -> count, line
 */
#include "harness/cli/replay/replay_classes.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "harness/check/run/run.h"
#include "harness/text/text.h"

#define GRANULE 4u

bool replay_classes_begin(struct replay_classes *classes, const struct pcpu *pcpu,
			  const struct pcpu_engine *engine, const struct lab_trace *trace,
			  bool honour_atomic, FILE *list)
{
	const struct pcpu_layout *layout = pcpu_layout(pcpu);
	struct lab_linux61_config config = {
		.unit_bytes = pcpu_layout_covers(layout),
		.static_bytes = layout->static_bytes,
		.reserved_bytes = layout->reserved_bytes,
		.dyn_bytes = layout->dyn_bytes,
		.align_max = pcpu_layout_align_max(layout),
		.honour_atomic = honour_atomic,
		.exact = strcmp(engine->name, "linux61-exact") == 0,
		.judged = true,
	};

	*classes = (struct replay_classes){.engine = engine, .trace = trace, .list = list};
	if ((!config.exact && strcmp(engine->name, "linux61") != 0) ||
	    layout->reserved_bytes % GRANULE != 0)
		return true;
	classes->model = lab_linux61_create(&config);
	classes->place = calloc(trace->nr_ids + 1, sizeof(*classes->place));
	classes->is_live = calloc(trace->nr_ids + 1, sizeof(*classes->is_live));
	if (classes->model && classes->place && classes->is_live)
		return true;
	replay_classes_end(classes);
	return false;
}

void replay_classes_end(struct replay_classes *classes)
{
	lab_linux61_destroy(classes->model);
	free(classes->place);
	free(classes->is_live);
	classes->model = NULL;
	classes->place = NULL;
	classes->is_live = NULL;
}

void replay_classes_placed(struct replay_classes *classes, bool placed,
			   const struct pcpu_place *place)
{
	classes->has_answer = true;
	classes->is_placed = placed;
	classes->answer = *place;
}

/* --- names ----------------------------------------------------------------------------------- */

const char *replay_class_name(uint32_t class)
{
	if (class == LAB_LINUX61_STALE)
		return "stale second";
	return class == CLASS_SEVERAL	  ? "several" :
	       class == CLASS_UNEXPLAINED ? "not explained" :
					    lab_linux61_cause_name((enum lab_linux61_cause)class);
}

const char *replay_class_text(uint32_t class)
{
	return class == CLASS_SEVERAL	  ? "several of these at once" :
	       class == CLASS_UNEXPLAINED ? "by none of these, nor by all" :
					    lab_linux61_cause_text((enum lab_linux61_cause)class);
}

/* --- the list -------------------------------------------------------------------------------- */

void replay_classes_head(FILE *list)
{
	fprintf(list, "# engine event id size align chunk offset first-fit-chunk first-fit-offset "
		      "how class others-that-would-do\n");
}

static void put_place(FILE *list, bool placed, struct lab_linux61_place place)
{
	if (!placed)
		fprintf(list, " - -");
	else if (place.chunk == LAB_LINUX61_RESERVED)
		fprintf(list, " r %" PRIu32, place.offset);
	else
		fprintf(list, " %" PRIu32 " %" PRIu32, place.chunk, place.offset);
}

static void put_begin(const struct replay_classes *classes, size_t step)
{
	const struct lab_op *op = &classes->trace->ops[step];

	fprintf(classes->list, "%s %zu", classes->engine->name, step + 1);
	if (op->kind == LAB_OP_ALLOC)
		fprintf(classes->list, " %" PRIu32 " %" PRIu32 " %" PRIu32, op->id, op->size,
			op->align);
	else
		fprintf(classes->list, " - - -");
	put_place(classes->list, op->kind == LAB_OP_ALLOC && classes->is_live[op->id],
		  classes->place[op->id]);
}

static void put_finding(const struct replay_classes *classes, size_t step,
			const struct lab_linux61_finding *finding, uint32_t class)
{
	FILE *list = classes->list;

	put_begin(classes, step);
	put_place(list, true, finding->wanted);
	fprintf(list, " %s %s",
		!finding->refused ? "later" : finding->hidden ? "unseen" : "refused",
		class == CLASS_UNEXPLAINED ? "unexplained" : class == LAB_LINUX61_STALE ?
					     "stale" : replay_class_name(class));
	for (uint32_t cause = 0; cause < LAB_LINUX61_NR_CAUSES; cause++)
		if (cause != class && finding->causes >> cause & 1)
			fprintf(list, " %s",
				lab_linux61_cause_name((enum lab_linux61_cause)cause));
	fprintf(list, "\n");
}

/* --- a step ---------------------------------------------------------------------------------- */

static void note_finding(struct replay_classes *classes, size_t step)
{
	const struct lab_linux61_finding *finding = lab_linux61_finding(classes->model);
	uint32_t class = finding->kind == LAB_LINUX61_ONE_CAUSE ? (uint32_t)finding->cause :
			 finding->kind == LAB_LINUX61_SEVERAL	? CLASS_SEVERAL :
								  CLASS_UNEXPLAINED;

	classes->nr_judged += finding->kind != LAB_LINUX61_NOT_JUDGED;
	if (finding->kind == LAB_LINUX61_NOT_JUDGED || finding->kind == LAB_LINUX61_AS_FIRST_FIT)
		return;
	classes->nr[class]++;
	classes->nr_refused += finding->refused;
	if (classes->list)
		put_finding(classes, step, finding, class);
}

/* B27, whatever the operation was. */
static void note_vain_pages(struct replay_classes *classes, size_t step, uint32_t nr_before)
{
	uint32_t nr = lab_linux61_counts(classes->model).nr_vain_pages - nr_before;

	if (nr == 0)
		return;
	classes->nr[LAB_LINUX61_B27]++;
	if (!classes->list)
		return;
	put_begin(classes, step);
	fprintf(classes->list, " - - pages:%" PRIu32 " B27\n", nr);
}

static bool is_same(const struct replay_classes *classes, bool placed,
		    struct lab_linux61_place place)
{
	uint32_t chunk = classes->answer.kind == PCPU_CHUNK_RESERVED ? LAB_LINUX61_RESERVED :
								       classes->answer.chunk_id;

	return placed == classes->is_placed &&
	       (!placed || (chunk == place.chunk && classes->answer.offset == place.offset));
}

static void step_alloc(struct replay_classes *classes, const struct lab_op *op, size_t step)
{
	struct lab_linux61_place place = {0};
	bool placed = lab_linux61_alloc(classes->model, op->size, op->align,
					op->flags & LAB_OP_RESERVED, op->flags & LAB_OP_ATOMIC,
					&place);

	classes->place[op->id] = place;
	classes->is_live[op->id] = placed;
	if (is_same(classes, placed, place)) {
		note_finding(classes, step);
		return;
	}
	classes->differs = true;
	classes->differs_at = step;
}

void replay_classes_stepped(struct replay_classes *classes, size_t step)
{
	bool has_answer = classes->has_answer;
	const struct lab_op *op;
	uint32_t nr_before;

	classes->has_answer = false;
	if (!classes->model || classes->differs)
		return;
	op = &classes->trace->ops[step];
	nr_before = lab_linux61_counts(classes->model).nr_vain_pages;
	if (op->kind == LAB_OP_ALLOC && has_answer) {
		step_alloc(classes, op, step);
	} else if (op->kind == LAB_OP_FREE && classes->is_live[op->id]) {
		classes->is_live[op->id] = false;
		lab_linux61_free(classes->model, classes->place[op->id]);
	} else if (op->kind == LAB_OP_BALANCE) {
		lab_linux61_balance(classes->model);
	}
	note_vain_pages(classes, step, nr_before);
}
