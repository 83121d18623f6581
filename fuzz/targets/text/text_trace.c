/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * text_trace.c - traces: parser, oracle and printer hold each other.
 *
 *	text -> parser = oracle -> operations -> printer -> text' -> parser -> the same operations
 *						   ^----- printer <------------------|
 */
#include "fuzz/targets/text/text_case.h"
#include "harness/text/trace_oracle.h"

#include <stdlib.h>
#include <string.h>

enum { LINE_ROOM = 128 };

struct reading {
	struct lab_trace trace;
	struct lab_error error;
	uint8_t *ids;
	bool good;
};

/* Parses with the room that lab_trace_lines() returns, less `less`: exact, so that ASan detects an
   overrun. */
static void read_trace(struct reading *r, const char *text, size_t nr, size_t less)
{
	size_t capacity = lab_trace_lines(text, nr);

	capacity -= less < capacity ? less : capacity;
	memset(r, 0, sizeof(*r));
	r->ids = text_room(capacity);
	memset(r->ids, 0, capacity);
	r->good = lab_trace_parse(text, nr, text_room(capacity * sizeof(struct lab_op)), capacity,
				  r->ids, capacity, &r->trace, &r->error);
}

static void trace_drop(struct reading *r)
{
	free(r->trace.ops);
	free(r->ids);
}

/* Equal, the site by its bytes; of a site that was cut, the beginning is compared. */
static bool same_op(const struct lab_op *a, const char *a_text, const struct lab_op *b,
		    const char *b_text, bool site_is_cut)
{
	if (a->kind != b->kind || a->flags != b->flags || a->cpu != b->cpu || a->id != b->id ||
	    a->size != b->size || a->align != b->align || a->chunk != b->chunk ||
	    a->offset != b->offset)
		return false;
	if (site_is_cut ? b->site_bytes > a->site_bytes : b->site_bytes != a->site_bytes)
		return false;
	return memcmp(a_text + a->site, b_text + b->site, b->site_bytes) == 0;
}

static bool same_ops(const struct lab_op *a, size_t nr_a, const struct reading *r, const char *text)
{
	if (nr_a != r->trace.nr_ops)
		return false;
	for (size_t i = 0; i < nr_a; i++)
		if (!same_op(&a[i], text, &r->trace.ops[i], text, false))
			return false;
	return true;
}

static bool expect_counts(struct fuzz_outcome *outcome, const struct lab_trace *trace)
{
	uint32_t nr_ids = 0, nr_allocs = 0;

	for (size_t i = 0; i < trace->nr_ops; i++) {
		const struct lab_op *op = &trace->ops[i];

		nr_allocs += op->kind == LAB_OP_ALLOC;
		if ((op->kind == LAB_OP_ALLOC || op->kind == LAB_OP_FREE ||
		     op->kind == LAB_OP_WRITE || op->kind == LAB_OP_WILD) &&
		    op->id >= nr_ids)
			nr_ids = op->id + 1;
	}
	return fuzz_expect(outcome, nr_allocs == trace->nr_allocs && nr_ids == trace->nr_ids,
			   "trace", "counts of allocations and ids differ from a recount");
}

static bool expect_oracle(struct fuzz_outcome *outcome, const struct reading *r, const char *text,
			  size_t nr)
{
	static struct lab_trace_oracle oracle;

	lab_trace_oracle(text, nr, &oracle);
	if (!fuzz_expect(outcome, !r->good || oracle.bad_line == 0, "trace",
			 "accepted, and the oracle refuses it") ||
	    !fuzz_expect(outcome, r->good || oracle.bad_line != 0, "trace",
			 "refused, and the oracle accepts it"))
		return false;
	if (!r->good)
		return fuzz_expect(outcome, r->error.line == oracle.bad_line, "trace",
				   "the line refused is not the first bad one");
	return fuzz_expect(outcome,
			   r->trace.ops_form == oracle.ops_form &&
				   r->trace.has_places == oracle.has_places,
			   "trace", "other form") &&
	       fuzz_expect(outcome, same_ops(oracle.op, oracle.nr_ops, r, text), "trace",
			   "other operations than the oracle's");
}

/* Writes all of it, sites as a whole. */
static size_t trace_put(const struct lab_trace *trace, char *out, size_t capacity)
{
	struct lab_text text;

	lab_text_init(&text, out, capacity);
	lab_put(&text, trace->ops_form	 ? "# pcpu-trace-ops 1\n" :
		       trace->has_places ? "# pcpu-trace 2\n" :
					   "# pcpu-trace 1\n");
	for (size_t i = 0; i < trace->nr_ops; i++)
		lab_put_op(&text, &trace->ops[i], trace->text, trace->has_places);
	return text.bytes;
}

/* What the second writer puts is read as what was read before, and put again the same. */
static bool expect_whole_lines(struct fuzz_outcome *outcome, const struct lab_trace *trace)
{
	size_t nr = trace_put(trace, NULL, 0), nr_again;
	char *out = text_room(nr + 1), *out_again = text_room(nr + 1);
	struct reading again;
	bool good;

	trace_put(trace, out, nr + 1);
	read_trace(&again, out, nr, 0);
	text_mix(outcome, out, nr);
	good = fuzz_expect(outcome, again.good && again.trace.nr_ops == trace->nr_ops, "printer",
			   "whole lines that it prints are refused");
	for (size_t i = 0; good && i < trace->nr_ops; i++)
		good = fuzz_expect(outcome,
				   same_op(&trace->ops[i], trace->text, &again.trace.ops[i], out,
					   false),
				   "printer", "a whole line printed and read: another operation");
	if (good) {
		nr_again = trace_put(&again.trace, out_again, nr + 1);
		good = fuzz_expect(outcome, nr == nr_again && !memcmp(out, out_again, nr),
				   "printer", "whole lines printed again: another text");
	}
	trace_drop(&again);
	free(out);
	free(out_again);
	return good;
}

/* Writes all of it but places; lines of the writer's contract. */
static bool trace_print(struct fuzz_outcome *outcome, const struct lab_trace *trace, char *out,
			size_t *nr)
{
	strcpy(out, trace->ops_form ? "# pcpu-trace-ops 1\n" : "# pcpu-trace 1\n");
	*nr = strlen(out);
	for (size_t i = 0; i < trace->nr_ops; i++) {
		size_t line = lab_op_print(&trace->ops[i], trace->text, out + *nr);

		if (!fuzz_expect(outcome, line < LINE_ROOM && strlen(out + *nr) == line, "printer",
				 "a line's length is not what it says"))
			return false;
		*nr += line;
		out[(*nr)++] = '\n';
	}
	return true;
}

static bool expect_same(struct fuzz_outcome *outcome, const struct lab_trace *a,
			const struct reading *again, const char *out)
{
	if (!fuzz_expect(outcome, again->good, "printer", "what it prints is refused") ||
	    !fuzz_expect(outcome,
			 a->nr_ops == again->trace.nr_ops && a->nr_ids == again->trace.nr_ids &&
				 a->nr_allocs == again->trace.nr_allocs,
			 "printer", "printed and read again: other counts"))
		return false;
	for (size_t i = 0; i < a->nr_ops; i++) {
		const struct lab_op *op = &again->trace.ops[i];
		bool cut = op->site_bytes && out[op->site + op->site_bytes] == '\n' &&
			   op->site_bytes >= 60;

		if (!fuzz_expect(outcome, same_op(&a->ops[i], a->text, op, out, cut), "printer",
				 "printed and read again: another operation"))
			return false;
	}
	return true;
}

static bool expect_round_trip(struct fuzz_outcome *outcome, const struct lab_trace *trace)
{
	size_t capacity = 32 + trace->nr_ops * LINE_ROOM, nr, nr_again;
	char *out = text_room(capacity), *out_again = text_room(capacity);
	struct reading again = {0};
	bool good = trace_print(outcome, trace, out, &nr);

	if (good) {
		read_trace(&again, out, nr, 0);
		text_mix(outcome, out, nr);
		good = expect_same(outcome, trace, &again, out) &&
		       trace_print(outcome, &again.trace, out_again, &nr_again) &&
		       fuzz_expect(outcome, nr == nr_again && !memcmp(out, out_again, nr),
				   "printer", "printed, read and printed again: another text");
		trace_drop(&again);
	}
	free(out);
	free(out_again);
	return good;
}

/* Too little room is refused, not overrun. */
static bool expect_capacity(struct fuzz_outcome *outcome, const char *text, size_t nr)
{
	struct reading small;
	bool good;

	if (lab_trace_lines(text, nr) == 0)
		return true;
	read_trace(&small, text, nr, 1);
	good = fuzz_expect(outcome, !small.good, "trace", "accepted beyond the room given") &&
	       text_expect_refusal(outcome, text, nr, &small.error);
	trace_drop(&small);
	return good;
}

bool text_trace_run(const char *text, size_t nr, size_t *nr_good, struct fuzz_outcome *outcome)
{
	struct reading r, again;
	bool good;

	read_trace(&r, text, nr, 0);
	read_trace(&again, text, nr, 0);
	*nr_good = r.good ? nr : text_line_start(text, nr, r.error.line - 1);
	good = fuzz_expect(outcome,
			   r.good == again.good && r.error.line == again.error.line &&
				   (!r.good || same_ops(r.trace.ops, r.trace.nr_ops, &again, text)),
			   "trace", "the same text twice gives two things") &&
	       expect_oracle(outcome, &r, text, nr);
	if (good && r.good)
		good = expect_counts(outcome, &r.trace) && expect_capacity(outcome, text, nr) &&
		       expect_whole_lines(outcome, &r.trace) &&
		       (r.trace.has_places || expect_round_trip(outcome, &r.trace));
	else if (good)
		good = text_expect_refusal(outcome, text, nr, &r.error);
	trace_drop(&r);
	trace_drop(&again);
	return good;
}
