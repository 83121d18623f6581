/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * trace_oracle.c - see trace_oracle.h. No table of kinds, no state but the operations so far:
 * whether an object lives is found by looking at all of them.
 */
#include "harness/text/trace_oracle.h"

#define NUMBERS (UINT64_C(1) << 32)

/* a ID SIZE ALIGN FLAGS [SITE] */
static bool read_alloc(const char *text, const struct lab_pieces *w, uint64_t ids,
		       struct lab_op *op)
{
	uint64_t id, size, align;

	if (w->nr != 5 && w->nr != 6)
		return false;
	if (!lab_oracle_below(&w->piece[1], ids, &id) ||
	    !lab_oracle_below(&w->piece[2], NUMBERS, &size) ||
	    !lab_oracle_below(&w->piece[3], NUMBERS, &align))
		return false;
	*op = (struct lab_op){.kind = LAB_OP_ALLOC,
			      .id = (uint32_t)id,
			      .size = (uint32_t)size,
			      .align = (uint32_t)align};
	if (lab_oracle_is(&w->piece[4], "AR"))
		op->flags = LAB_OP_ATOMIC | LAB_OP_RESERVED;
	else if (lab_oracle_is(&w->piece[4], "A-"))
		op->flags = LAB_OP_ATOMIC;
	else if (lab_oracle_is(&w->piece[4], "-R"))
		op->flags = LAB_OP_RESERVED;
	else if (!lab_oracle_is(&w->piece[4], "--"))
		return false;
	for (size_t i = 0; w->nr == 6 && i < w->piece[5].nr; i++) {
		unsigned char c = (unsigned char)w->piece[5].at[i];

		if (c < 32 || c == 127)
			return false;
		op->site = (uint32_t)(w->piece[5].at - text);
		op->site_bytes++;
	}
	return true;
}

/* k K [+] */
static bool read_fail(const struct lab_pieces *w, struct lab_op *op)
{
	uint64_t k;

	if (w->nr != 2 && w->nr != 3)
		return false;
	if (!lab_oracle_below(&w->piece[1], NUMBERS, &k))
		return false;
	if (w->nr == 3 && !lab_oracle_is(&w->piece[2], "+"))
		return false;
	*op = (struct lab_op){
		.kind = LAB_OP_FAIL, .id = (uint32_t)k, .flags = w->nr == 3 ? LAB_OP_LASTING : 0};
	return true;
}

/* Kinds of the second form alone. */
static bool read_further(const struct lab_pieces *w, struct lab_op *op)
{
	uint64_t first = 0, second = 0;

	*op = (struct lab_op){0};
	if (lab_oracle_is(&w->piece[0], "w")) {
		op->kind = LAB_OP_WRITE;
		if (w->nr != 3 || !lab_oracle_below(&w->piece[1], LAB_OPS_MAX_IDS, &first) ||
		    !lab_oracle_below(&w->piece[2], PCPU_MAX_CPUS, &second))
			return false;
		op->id = (uint32_t)first;
		op->cpu = (uint16_t)second;
		return true;
	}
	if (lab_oracle_is(&w->piece[0], "x")) {
		op->kind = LAB_OP_WILD;
		if (w->nr != 3 || !lab_oracle_below(&w->piece[1], LAB_OPS_MAX_IDS, &first) ||
		    !lab_oracle_below(&w->piece[2], NUMBERS, &second))
			return false;
		op->id = (uint32_t)first;
		op->size = (uint32_t)second;
		return true;
	}
	if (lab_oracle_is(&w->piece[0], "s")) {
		op->kind = LAB_OP_SWITCH;
		if (w->nr != 2 || !lab_oracle_below(&w->piece[1], 65536, &first))
			return false;
		op->cpu = (uint16_t)first;
		return true;
	}
	if (lab_oracle_is(&w->piece[0], "k"))
		return read_fail(w, op);
	op->kind = lab_oracle_is(&w->piece[0], "b") ? LAB_OP_BALANCE : LAB_OP_CHECK;
	return (lab_oracle_is(&w->piece[0], "b") || lab_oracle_is(&w->piece[0], "c")) && w->nr == 1;
}

static bool read_line(const char *text, const struct lab_pieces *w, bool ops_form,
		      struct lab_op *op)
{
	uint64_t ids = ops_form ? LAB_OPS_MAX_IDS : NUMBERS, id;

	if (w->nr == 0)
		return false;
	if (lab_oracle_is(&w->piece[0], "a"))
		return read_alloc(text, w, ids, op);
	if (lab_oracle_is(&w->piece[0], "f")) {
		if (w->nr != 2 || !lab_oracle_below(&w->piece[1], ids, &id))
			return false;
		*op = (struct lab_op){.kind = LAB_OP_FREE, .id = (uint32_t)id};
		return true;
	}
	return ops_form && read_further(w, op);
}

/* First form: may this operation follow those before it? */
static bool may_follow(const struct lab_trace_oracle *o, const struct lab_op *op)
{
	uint32_t nr_allocated = 0, nr_freed = 0;

	for (size_t i = 0; i < o->nr_ops; i++) {
		nr_allocated += o->op[i].kind == LAB_OP_ALLOC;
		nr_freed += o->op[i].kind == LAB_OP_FREE && o->op[i].id == op->id;
	}
	if (op->kind == LAB_OP_ALLOC)
		return op->id == nr_allocated;
	return op->id < nr_allocated && nr_freed == 0;
}

static bool oracle_verdict(const char *text, struct lab_trace_oracle *o,
			   const struct lab_piece *line)
{
	struct lab_op op;

	for (size_t i = 0; i < line->nr; i++)
		if (line->at[i] == '\0')
			return false;
	if (o->ops_form && line->nr > 0 && line->at[0] == '#')
		return true;
	lab_oracle_words(line, &o->words);
	if (!read_line(text, &o->words, o->ops_form, &op))
		return false;
	if (!o->ops_form && !may_follow(o, &op))
		return false;
	o->op[o->nr_ops++] = op;
	return true;
}

void lab_trace_oracle(const char *text, size_t nr, struct lab_trace_oracle *oracle)
{
	oracle->bad_line = 1;
	oracle->nr_ops = 0;
	lab_oracle_lines(text, nr, &oracle->lines);
	if (oracle->lines.nr == 0)
		return;
	oracle->ops_form = lab_oracle_is(&oracle->lines.piece[0], "# pcpu-trace-ops 1");
	if (!oracle->ops_form && !lab_oracle_is(&oracle->lines.piece[0], "# pcpu-trace 1"))
		return;
	for (size_t i = 1; i < oracle->lines.nr; i++) {
		oracle->bad_line = (uint32_t)i + 1;
		if (!oracle_verdict(text, oracle, &oracle->lines.piece[i]))
			return;
	}
	oracle->bad_line = 0;
}
