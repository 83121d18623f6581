/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * trace_oracle.c - see trace_oracle.h. No table of kinds, no state but the operations so far:
 * whether an object lives is found by looking at all of them.
 */
#include "harness/text/trace_oracle.h"

#define NUMBERS (UINT64_C(1) << 32)

/* a ID SIZE ALIGN FLAGS [SITE]: the first nr words */
static bool read_alloc(const char *text, const struct lab_pieces *w, size_t nr, uint64_t ids,
		       struct lab_op *op)
{
	uint64_t id, size, align;

	if (nr != 5 && nr != 6)
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
	for (size_t i = 0; nr == 6 && i < w->piece[5].nr; i++) {
		unsigned char c = (unsigned char)w->piece[5].at[i];

		if (c < 32 || c == 127)
			return false;
		op->site = (uint32_t)(w->piece[5].at - text);
		op->site_bytes++;
	}
	return true;
}

/* SITE, CHUNK or OFFSET of form 2: nothing known. */
static bool is_dash(const struct lab_piece *word)
{
	return word->nr == 1 && word->at[0] == '-';
}

/* a ID SIZE ALIGN FLAGS SITE|- CHUNK|- OFFSET|- */
static bool read_placed(const char *text, const struct lab_pieces *w, struct lab_op *op)
{
	uint64_t n;

	if (w->nr != 8 || !read_alloc(text, w, is_dash(&w->piece[5]) ? 5 : 6, NUMBERS, op))
		return false;
	if (!is_dash(&w->piece[6])) {
		if (!lab_oracle_below(&w->piece[6], NUMBERS, &n))
			return false;
		op->chunk = (uint32_t)n;
		op->flags |= LAB_OP_CHUNK;
	}
	if (!is_dash(&w->piece[7])) {
		if (!lab_oracle_below(&w->piece[7], NUMBERS, &n))
			return false;
		op->offset = (uint32_t)n;
		op->flags |= LAB_OP_OFFSET;
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

static bool read_line(const char *text, const struct lab_pieces *w, bool ops_form, bool has_places,
		      struct lab_op *op)
{
	uint64_t ids = ops_form ? LAB_OPS_MAX_IDS : NUMBERS, id;

	if (w->nr == 0)
		return false;
	if (lab_oracle_is(&w->piece[0], "a"))
		return has_places ? read_placed(text, w, op) : read_alloc(text, w, w->nr, ids, op);
	if (lab_oracle_is(&w->piece[0], "f")) {
		if (w->nr != 2 || !lab_oracle_below(&w->piece[1], ids, &id))
			return false;
		*op = (struct lab_op){.kind = LAB_OP_FREE, .id = (uint32_t)id};
		return true;
	}
	return ops_form && read_further(w, op);
}

/* Recorded forms: may this operation follow those before it? */
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
	if (o->has_places && o->words.nr == 2 && lab_oracle_is(&o->words.piece[0], "u") &&
	    !o->unknown) {
		uint64_t chunk;

		o->unknown = lab_oracle_below(&o->words.piece[1], NUMBERS, &chunk);
		o->unknown_chunk = (uint32_t)chunk;
		return o->unknown;
	}
	if (!read_line(text, &o->words, o->ops_form, o->has_places, &op))
		return false;
	if (o->unknown) {
		if (op.kind != LAB_OP_ALLOC || (op.flags & LAB_OP_CHUNK) == 0 ||
		    op.chunk != o->unknown_chunk)
			return false;
		op.flags |= LAB_OP_UNKNOWN;
		o->unknown = false;
	}
	if (!o->ops_form && !may_follow(o, &op))
		return false;
	o->op[o->nr_ops++] = op;
	return true;
}

void lab_trace_oracle(const char *text, size_t nr, struct lab_trace_oracle *oracle)
{
	oracle->bad_line = 1;
	oracle->nr_ops = 0;
	oracle->unknown = false;
	lab_oracle_lines(text, nr, &oracle->lines);
	if (oracle->lines.nr == 0)
		return;
	oracle->ops_form = lab_oracle_is(&oracle->lines.piece[0], "# pcpu-trace-ops 1");
	oracle->has_places = lab_oracle_is(&oracle->lines.piece[0], "# pcpu-trace 2");
	if (!oracle->ops_form && !oracle->has_places &&
	    !lab_oracle_is(&oracle->lines.piece[0], "# pcpu-trace 1"))
		return;
	for (size_t i = 1; i < oracle->lines.nr; i++) {
		oracle->bad_line = (uint32_t)i + 1;
		if (!oracle_verdict(text, oracle, &oracle->lines.piece[i]))
			return;
	}
	if (oracle->unknown) /* of no line */
		return;
	oracle->bad_line = 0;
}
