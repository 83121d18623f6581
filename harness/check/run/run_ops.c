/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * run_ops.c - runs each kind of operation. Only the allocator's calls are timed, not hash, model
 * and walker.
 */
#include <pcpu/bits.h>
#include "harness/check/run/run_parts.h"
#include "harness/text/text.h"
#include "harness/platform/lab_plat.h"

#define CLOCK_TRIES 64u

/* Returns the least of several empty measurements. */
uint64_t lab_run_clock_cost_ns(void)
{
	uint64_t least = UINT64_MAX;

	for (uint32_t i = 0; i < CLOCK_TRIES; i++) {
		uint64_t from = lab_clock_ns();

		least = pcpu_min64(least, lab_clock_ns() - from);
	}
	return least;
}

/* Call it right before a call of the allocator ... */
static uint64_t call_begin(struct run *run)
{
	uint64_t from = lab_clock_ns();

	if (run->options->called)
		run->options->called(run->options->context, true);
	return from;
}

/* ... and right after it. */
static void call_end(struct run *run, uint64_t *sum, uint64_t from)
{
	uint64_t ns;

	if (run->options->called)
		run->options->called(run->options->context, false);
	ns = lab_clock_ns() - from;
	*sum += ns > run->clock_ns ? ns - run->clock_ns : 0;
}

void lab_run_timed_balance(struct run *run)
{
	uint64_t from = call_begin(run);

	pcpu_balance(run->pcpu);
	call_end(run, &run->result->balance_ns, from);
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

/* Passes the place of object id to the hash and the caller. */
static bool note_place(struct run *run, uint32_t id)
{
	struct pcpu_ptr pointer = { run->pointer[id] };
	struct pcpu_place place = { 0 };
	struct lab_text line;
	char capacity[48];

	if (pointer.value != 0 && !pcpu_lookup(run->pcpu, pointer, &place))
		return lab_run_blame(run, "the pointer of a newborn object leads to a chunk", id,
				     PCPU_NO_CPU);
	lab_text_init(&line, capacity, sizeof(capacity));
	lab_put_place(&line, id, pointer.value != 0 ? &place : NULL);
	run->result->hash = lab_fnv1a(run->result->hash, capacity, line.bytes);
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

static bool run_ops_skip(struct run *run)
{
	run->result->nr_skipped++;
	return true;
}

static bool check_refused(struct run *run, const struct lab_op *op, unsigned flags)
{
	bool is_reserved = flags & PCPU_RESERVED && run->model.layout->reserved_bytes > 0;

	lab_model_stats_on_refusal(&run->stats, lab_run_is_legal(run, op), flags & PCPU_ATOMIC,
				   is_reserved);
	lab_run_kick_after_alloc(run, op, flags & PCPU_ATOMIC, false);
	return lab_run_check_refusal(run, op, flags & PCPU_ATOMIC);
}

static bool do_alloc(struct run *run, const struct lab_op *op)
{
	struct lab_result *result = run->result;
	unsigned flags = alloc_flags(run, op);
	struct lab_fault fault;
	uint64_t from;

	if (run->pointer[op->id] != 0)
		return run_ops_skip(run);
	count_request(result, op);
	if (run->options->check != LAB_CHECK_NONE)
		lab_model_stats_begin(&run->stats);
	from = call_begin(run);
	run->pointer[op->id] = pcpu_alloc(run->pcpu, op->size, op->align, flags).value;
	call_end(run, &result->alloc_ns, from);
	if (run->pointer[op->id] == 0) {
		result->nr_refused++;
		return note_place(run, op->id) &&
		       (run->options->check == LAB_CHECK_NONE || check_refused(run, op, flags));
	}
	result->nr_allocs++;
	if (!note_place(run, op->id))
		return false;
	if (run->options->check == LAB_CHECK_NONE)
		return true;
	if (!lab_model_on_alloc(&run->model, op->id, (struct pcpu_ptr){run->pointer[op->id]},
				op->size, op->align, flags, &fault))
		return lab_run_blame_fault(run, &fault);
	if (!lab_run_check_chunk_id(run, op->id, run->model.object[op->id].chunk))
		return false;
	lab_run_collect(run);
	lab_model_stats_on_alloc(&run->stats, op->size, flags & PCPU_ATOMIC, &run->chunks.sum);
	lab_run_kick_after_alloc(run, op, flags & PCPU_ATOMIC, true);
	return true;
}

bool lab_run_free(struct run *run, uint32_t id)
{
	struct pcpu_ptr pointer = { run->pointer[id] };
	struct lab_fault fault;
	uint64_t from;

	if (pointer.value == 0)
		return run_ops_skip(run);
	if (run->options->check != LAB_CHECK_NONE && !lab_model_on_free(&run->model, id, &fault))
		return lab_run_blame_fault(run, &fault);
	run->pointer[id] = 0;
	from = call_begin(run);
	pcpu_free(run->pcpu, pointer);
	call_end(run, &run->result->free_ns, from);
	run->result->nr_frees++;
	if (run->options->check != LAB_CHECK_NONE) {
		lab_model_stats_on_free(&run->stats);
		lab_run_kick_after_free(run, id);
	}
	return true;
}

static bool do_free(struct run *run, const struct lab_op *op)
{
	if (!lab_run_free(run, op->id))
		return false;
	if (run->options->check != LAB_CHECK_NONE && run->options->seen)
		lab_run_collect(run);
	return true;
}

static bool do_write(struct run *run, const struct lab_op *op)
{
	if (run->pointer[op->id] == 0 || run->options->check == LAB_CHECK_NONE)
		return run_ops_skip(run);
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
		return run_ops_skip(run);
	pcpu_free(run->pcpu, (struct pcpu_ptr){ pointer });
	if (!lab_take_misuse(run->plat, &report))
		return lab_run_blame(run, "a wild or double free is reported", op->id, PCPU_NO_CPU);
	if (report.pointer != pointer)
		return lab_run_blame(run, "a report names the pointer that was passed", op->id,
				     PCPU_NO_CPU);
	return lab_run_check_report(run, op->id, &report);
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
		return lab_run_balance(run);
	case LAB_OP_CHECK:
		return lab_run_check_all(run);
	case LAB_OP_SWITCH:
	case LAB_NR_OPS:
		break;
	}
	return true;
}

bool lab_run_step(struct run *run, const struct lab_op *op)
{
	struct pcpu_report report;
	bool kicked;

	run->result->nr_events++;
	lab_run_kick_begin(run);
	if (run->front)
		lab_run_cpu_enter(run, op);
	if (!do_op(run, op))
		return false;
	kicked = lab_take_kick(run->plat);
	if (!lab_run_check_kick(run, kicked))
		return false;
	if ((kicked || run->had_kick) && !lab_run_balance(run))
		return false;
	if (lab_take_misuse(run->plat, &report))
		return lab_run_blame(run, "a correct call is not reported as a mistake", op->id,
				     PCPU_NO_CPU);
	return lab_run_check_step(run);
}
