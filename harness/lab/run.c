/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * run.c - the runner: each operation of a trace through one allocator, with whatever checks are
 * asked for.
 *
 *	op -> allocator -> place -> hash		scratch: | run | pointers | sizes | model |
 *	              \-> model (born, dies)
 *	              \-> kick? balance -> walker, now and then
 *
 * Timed are the allocator's calls alone; hashing, model and walker lie outside.
 */
#include "run.h"
#include "bits.h"
#include "model.h"
#include "text.h"
#include "world.h"

#define WALK_EVERY     1000u  /* events between two walks of all invariants */
#define PROGRESS_EVERY 4096u  /* events between two calls of progress; a power of two */
#define CLOCK_TRIES    64u

struct run {
	struct plat *plat;
	struct pcpu *pcpu;
	const struct lab_trace *trace;
	const struct lab_run_options *options;
	struct lab_result *result;
	uintptr_t *pointer; /* [nr_ids] 0: not live */
	uint32_t *size;	    /* [nr_ids] for the peak, by the trace alone; 0: not live */
	struct lab_model model;
	uint64_t clock_ns;  /* what reading the clock costs */
	size_t step;
};

/* --- scratch ----------------------------------------------------------------------------- */

static size_t align64(size_t bytes)
{
	return (size_t)pcpu_align_up(bytes, 64);
}

static struct lab_model_size model_size(const struct lab_trace *trace)
{
	struct lab_model_size size = { .nr_ids = trace->nr_ids, .writes = trace->ops_form };

	for (size_t i = 0; i < trace->nr_ops; i++)
		if (trace->ops[i].kind == LAB_OP_ALLOC)
			size.nr_touches += lab_model_touches(trace->ops[i].size);
	return size;
}

size_t lab_run_memory(const struct lab_trace *trace, const struct pcpu *pcpu,
		      const struct lab_run_options *options)
{
	size_t bytes = align64(sizeof(struct run)) + align64(trace->nr_ids * sizeof(uintptr_t)) +
		       align64(trace->nr_ids * sizeof(uint32_t));
	struct lab_model_size size;

	if (options->check == LAB_CHECK_NONE)
		return bytes;
	size = model_size(trace);
	return bytes + lab_model_memory(&size, pcpu);
}

/* The cheapest of some empty measurements. */
static uint64_t clock_cost_ns(void)
{
	uint64_t least = UINT64_MAX;

	for (uint32_t i = 0; i < CLOCK_TRIES; i++) {
		uint64_t from = lab_clock_ns();

		least = pcpu_min64(least, lab_clock_ns() - from);
	}
	return least;
}

static void add_ns(struct run *run, uint64_t *sum, uint64_t from)
{
	uint64_t ns = lab_clock_ns() - from;

	*sum += ns > run->clock_ns ? ns - run->clock_ns : 0;
}

static struct run *run_init(struct plat *plat, struct pcpu *pcpu, const struct lab_trace *trace,
			    const struct lab_run_options *options, void *scratch,
			    struct lab_result *result)
{
	struct run *run = scratch;
	char *at = (char *)scratch + align64(sizeof(*run));
	struct lab_model_size size;

	*result = (struct lab_result){ .hash = LAB_FNV_START };
	*run = (struct run){
		.plat = plat, .pcpu = pcpu, .trace = trace, .options = options,
		.result = result, .clock_ns = clock_cost_ns(),
	};
	run->pointer = (uintptr_t *)(void *)at;
	at += align64(trace->nr_ids * sizeof(uintptr_t));
	run->size = (uint32_t *)(void *)at;
	at += align64(trace->nr_ids * sizeof(uint32_t));
	if (options->check == LAB_CHECK_NONE)
		return run;
	size = model_size(trace);
	lab_model_init(&run->model, plat, pcpu, &size, at);
	return run;
}

/* --- verdicts ---------------------------------------------------------------------------- */

static bool blame(struct run *run, const char *sentence, uint32_t id, uint32_t cpu)
{
	run->result->verdict = (struct lab_verdict){
		.kind = LAB_BROKEN_MODEL, .step = run->step, .sentence = sentence, .id = id,
		.cpu = cpu,
	};
	return false;
}

static bool blame_fault(struct run *run, const struct lab_fault *fault)
{
	return blame(run, fault->sentence, fault->id, fault->cpu);
}

static bool walk(struct run *run)
{
	struct pcpu_broken where = { .chunk_id = PCPU_NO_CHUNK, .cpu = PCPU_NO_CPU };
	enum pcpu_invariant broken = pcpu_check(run->pcpu, &where);

	if (broken == PCPU_HOLDS)
		return true;
	run->result->verdict = (struct lab_verdict){
		.kind = LAB_BROKEN_INVARIANT, .step = run->step, .invariant = broken,
		.where = where, .sentence = pcpu_invariant_text(broken), .id = LAB_NO_ID,
		.cpu = where.cpu,
	};
	return false;
}

/* Everything there is to check: the walker, then all contents and counts. */
static bool check_all(struct run *run)
{
	struct lab_fault fault;

	if (!walk(run))
		return false;
	if (run->options->check == LAB_CHECK_NONE)
		return true;
	return lab_model_check(&run->model, &fault) ? true : blame_fault(run, &fault);
}

/* After each event: what its number calls for. */
static bool check_step(struct run *run)
{
	struct lab_fault fault;

	if (run->options->check == LAB_CHECK_ALL)
		return check_all(run);
	if (run->options->check == LAB_CHECK_NONE || (run->step + 1) % WALK_EVERY != 0)
		return true;
	if (!walk(run))
		return false;
	return lab_model_check_counts(&run->model, &fault) ? true : blame_fault(run, &fault);
}

/* --- operations -------------------------------------------------------------------------- */

static void balance(struct run *run)
{
	uint64_t from = lab_clock_ns();

	pcpu_balance(run->pcpu);
	add_ns(run, &run->result->balance_ns, from);
	run->result->nr_balances++;
}

void lab_put_place(struct lab_text *out, uint32_t id, const struct pcpu_place *place)
{
	lab_put_u64(out, id);
	if (!place) {
		lab_put(out, " - -\n");
		return;
	}
	lab_put_char(out, ' ');
	if (place->kind == PCPU_CHUNK_RESERVED)
		lab_put_char(out, 'r');
	else
		lab_put_u64(out, place->chunk_id);
	lab_put_char(out, ' ');
	lab_put_u64(out, place->offset);
	lab_put_char(out, '\n');
}

/* Tells the hash and the caller where object id landed. */
static bool note_place(struct run *run, uint32_t id)
{
	struct pcpu_ptr pointer = { run->pointer[id] };
	struct pcpu_place place = { 0 };
	struct lab_text line;
	char room[48];

	if (pointer.value != 0 && !pcpu_lookup(run->pcpu, pointer, &place))
		return blame(run, "the pointer of a newborn object leads to a chunk", id,
			     PCPU_NO_CPU);
	lab_text_init(&line, room, sizeof(room));
	lab_put_place(&line, id, pointer.value != 0 ? &place : NULL);
	run->result->hash = lab_fnv1a(run->result->hash, room, line.bytes);
	if (run->options->placed)
		run->options->placed(run->options->context, id, pointer.value != 0, &place);
	return true;
}

static unsigned alloc_flags(const struct run *run, const struct lab_op *op)
{
	unsigned flags = op->flags & LAB_OP_RESERVED ? PCPU_RESERVED : 0;

	if (op->flags & LAB_OP_ATOMIC && run->options->honour_atomic)
		flags |= PCPU_ATOMIC;
	return flags;
}

static void count_request(struct lab_result *result, const struct lab_op *op)
{
	uint32_t size_class = pcpu_bit_length((uint64_t)op->size - 1);
	uint32_t align_class = pcpu_bit_length(op->align) - 1;

	if (size_class >= LAB_NR_SIZE_CLASSES)
		size_class = LAB_NR_SIZE_CLASSES - 1;
	if (!pcpu_is_pow2(op->align) || op->align > PCPU_PAGE_BYTES)
		align_class = LAB_NR_ALIGN_CLASSES - 1;
	result->sizes[size_class]++;
	result->aligns[align_class]++;
}

static bool skip(struct run *run)
{
	run->result->nr_skipped++;
	return true;
}

static bool do_alloc(struct run *run, const struct lab_op *op)
{
	struct lab_result *result = run->result;
	unsigned flags = alloc_flags(run, op);
	struct lab_fault fault;
	uint64_t from;

	if (run->pointer[op->id] != 0)
		return skip(run);
	count_request(result, op);
	from = lab_clock_ns();
	run->pointer[op->id] = pcpu_alloc(run->pcpu, op->size, op->align, flags).value;
	add_ns(run, &result->alloc_ns, from);
	if (run->pointer[op->id] == 0) {
		result->nr_refused++;
		return note_place(run, op->id);
	}
	result->nr_allocs++;
	if (!note_place(run, op->id))
		return false;
	if (run->options->check == LAB_CHECK_NONE)
		return true;
	return lab_model_born(&run->model, op->id, (struct pcpu_ptr){ run->pointer[op->id] },
			      op->size, op->align, flags, &fault) ?
		       true : blame_fault(run, &fault);
}

static bool do_free(struct run *run, const struct lab_op *op)
{
	struct pcpu_ptr pointer = { run->pointer[op->id] };
	struct lab_fault fault;
	uint64_t from;

	if (pointer.value == 0)
		return skip(run);
	if (run->options->check != LAB_CHECK_NONE &&
	    !lab_model_dies(&run->model, op->id, &fault))
		return blame_fault(run, &fault);
	run->pointer[op->id] = 0;
	from = lab_clock_ns();
	pcpu_free(run->pcpu, pointer);
	add_ns(run, &run->result->free_ns, from);
	run->result->nr_frees++;
	return true;
}

static bool do_write(struct run *run, const struct lab_op *op)
{
	if (run->pointer[op->id] == 0 || run->options->check == LAB_CHECK_NONE)
		return skip(run);
	lab_model_write(&run->model, op->id, op->cpu);
	return true;
}

static bool is_live_pointer(const struct run *run, uintptr_t pointer)
{
	for (uint32_t id = 0; id < run->trace->nr_ids; id++)
		if (run->pointer[id] == pointer)
			return true;
	return false;
}

static bool do_wild(struct run *run, const struct lab_op *op)
{
	uintptr_t pointer = run->pointer[op->id] + op->size;
	struct pcpu_report report;

	if (pointer == 0 || is_live_pointer(run, pointer))
		return skip(run);
	pcpu_free(run->pcpu, (struct pcpu_ptr){ pointer });
	if (!lab_take_misuse(run->plat, &report))
		return blame(run, "a wild or double free is reported", op->id, PCPU_NO_CPU);
	if (report.pointer != pointer)
		return blame(run, "a report names the pointer that was passed", op->id,
			     PCPU_NO_CPU);
	return true;
}

static bool do_op(struct run *run, const struct lab_op *op)
{
	switch ((enum lab_op_kind)op->kind) {
	case LAB_OP_ALLOC:
		return do_alloc(run, op);
	case LAB_OP_FREE:
		return do_free(run, op);
	case LAB_OP_WRITE:
		return do_write(run, op);
	case LAB_OP_WILD:
		return do_wild(run, op);
	case LAB_OP_FAIL:
		if (run->options->inject_failures)
			lab_fail_at(run->plat, op->id, op->flags & LAB_OP_LASTING);
		return true;
	case LAB_OP_BALANCE:
		balance(run);
		return true;
	case LAB_OP_CHECK:
		return check_all(run);
	case LAB_OP_SWITCH:
	case LAB_NR_OPS:
		break;
	}
	return true;
}

/* An operation, the balance work it asked for, and the checks that are due. */
static bool do_step(struct run *run, const struct lab_op *op)
{
	struct pcpu_report report;

	run->result->nr_events++;
	if (!do_op(run, op))
		return false;
	if (lab_take_kick(run->plat))
		balance(run);
	if (lab_take_misuse(run->plat, &report))
		return blame(run, "a correct call is not reported as a mistake", op->id,
			     PCPU_NO_CPU);
	return check_step(run);
}

/* --- the peak, by the trace alone -------------------------------------------------------- */

static void follow_size(struct run *run, const struct lab_op *op, uint64_t *live_bytes)
{
	uint32_t *size = &run->size[op->id];
	bool legal = op->size > 0 && op->size <= PCPU_MIN_UNIT_BYTES &&
		     op->align <= PCPU_PAGE_BYTES && pcpu_is_pow2(op->align);

	if (op->kind == LAB_OP_ALLOC && *size == 0 && legal) {
		*size = op->size;
		*live_bytes += op->size;
	} else if (op->kind == LAB_OP_FREE) {
		*live_bytes -= *size;
		*size = 0;
	}
}

static size_t peak_step(struct run *run)
{
	uint64_t live_bytes = 0, most = 0;
	size_t step = 0;

	for (size_t i = 0; i < run->trace->nr_ops; i++) {
		const struct lab_op *op = &run->trace->ops[i];

		if (op->kind != LAB_OP_ALLOC && op->kind != LAB_OP_FREE)
			continue;
		follow_size(run, op, &live_bytes);
		if (live_bytes > most) {
			most = live_bytes;
			step = i;
		}
	}
	return step;
}

/* --- whole runs -------------------------------------------------------------------------- */

static void progress(const struct run *run, size_t nr_done)
{
	if (run->options->progress && (nr_done & (PROGRESS_EVERY - 1)) == 0)
		run->options->progress(run->options->context, nr_done);
}

bool lab_run(struct plat *plat, struct pcpu *pcpu, const struct lab_trace *trace,
	     const struct lab_run_options *options, void *scratch, struct lab_result *result)
{
	struct run *run = run_init(plat, pcpu, trace, options, scratch, result);
	bool clean = true;

	result->peak_step = peak_step(run);
	for (; clean && run->step < trace->nr_ops; run->step++) {
		clean = do_step(run, &trace->ops[run->step]);
		if (run->step == result->peak_step)
			pcpu_stats(pcpu, &result->at_peak);
		progress(run, run->step + 1);
	}
	if (options->inject_failures)
		lab_fail_never(plat);
	if (clean && options->check != LAB_CHECK_NONE)
		clean = check_all(run);
	pcpu_stats(pcpu, &result->at_end);
	return clean;
}

/* What a visit of the emptied allocator found. */
struct leftovers {
	uint32_t nr_later;
	bool parted; /* a map has more than its used part, if any, and one free run */
};

static bool look_at_leftover(void *context, const struct pcpu_chunk_view *view)
{
	struct leftovers *left = context;
	struct pcpu_area area = { 0 };
	uint32_t nr_free = 0, nr_used = 0;

	while (view->map->ops->next(view->map, &area)) {
		nr_free += !area.used;
		nr_used += area.used;
		if (area.used && area.offset != 0)
			left->parted = true;
	}
	left->nr_later += view->kind == PCPU_CHUNK_LATER;
	if (nr_free > 1 || nr_used > (view->kind != PCPU_CHUNK_LATER))
		left->parted = true;
	return true;
}

bool lab_run_drain(struct plat *plat, struct pcpu *pcpu, const struct lab_trace *trace,
		   const struct lab_run_options *options, void *scratch,
		   struct lab_result *result)
{
	struct run *run = scratch;
	struct leftovers left = { 0 };
	struct pcpu_stats stats;

	for (uint32_t id = 0; id < trace->nr_ids; id++) {
		struct lab_op op = { .kind = LAB_OP_FREE, .id = id };

		if (run->pointer[id] != 0 && !do_free(run, &op))
			return false;
	}
	lab_take_kick(plat);
	balance(run);
	if (options->check == LAB_CHECK_NONE)
		return true;
	if (!check_all(run))
		return false;
	pcpu_stats(pcpu, &stats);
	if (stats.nr_live > 0)
		return true;
	pcpu_visit(pcpu, look_at_leftover, &left);
	if (left.nr_later > 1)
		return blame(run, "at most one empty chunk stays when all is freed", LAB_NO_ID,
			     PCPU_NO_CPU);
	if (left.parted)
		return blame(run, "maps are whole runs when all is freed", LAB_NO_ID,
			     PCPU_NO_CPU);
	return true;
}
