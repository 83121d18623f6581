/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * trace.h - the lab's currency: a sequence of operations, as text (SPEC.md 12) and as a table.
 *
 *	# pcpu-trace 1		recorded: a, f only; ids dense; refused as a whole when bad
 *	a 0 16 8 -- mm_init
 *	f 0
 *	# pcpu-trace 2		the same with the places that a kernel gave
 *	u 0
 *	a 0 16 8 -- mm_init 0 402176
 *	f 0
 *	# pcpu-trace-ops 1	the fuzzers' form: also w x k b c s; only syntax is refused
 *
 * Of `# pcpu-trace 2`: a ID SIZE ALIGN FLAGS SITE|- CHUNK|- OFFSET|-. CHUNK is a number for each
 * chunk, from 0 in order of first appearance; OFFSET: bytes from the chunk's base address. A chunk
 * that is created at the address of one that was destroyed is another chunk. `-`: unknown. `u
 * CHUNK`, right before an `a` in that chunk: from here on the chunk may hold objects that the trace
 * does not have, because it existed before the recording, or events were lost. A chunk without `u`
 * was created during the recording.
 *
 * Lines of the fuzzers' form (numbers are decimal, below 2^32):
 *	a ID SIZE ALIGN FLAGS [SITE]	f ID
 *	w ID CPU		write a fresh pattern through CPU's copy of object ID
 *	x ID DELTA		free the pointer of ID (live, freed or 0) plus DELTA bytes: expects
 *				a report unless it happens to be a live object's start (then it is
 *				skipped)
 *	k K			call K (from 0, counted from here) that may fail does; `k K +`: and
 *				all later
 *	b			balance now
 *	c			check everything now
 *	s FIBER			switch to fiber FIBER (only where there are fibers; else nothing)
 * An `a` with an id that is already live, or an `f`, `w` of one that is not, is skipped. Ids are
 * below LAB_OPS_MAX_IDS. Lines that begin with `#` say why the file exists and are passed over.
 */
#ifndef LAB_TRACE_H
#define LAB_TRACE_H

#include <pcpu/base.h>
#include "harness/text/text.h"

/* Limits: refused beyond. */
#define LAB_TRACE_MAX_OPS (1u << 26)	/* operations of one trace */
#define LAB_OPS_MAX_IDS	  (1u << 24)	/* ids of the second form */
#define LAB_DECODE_MAX_IDS 1024u	/* ids that the decoder juggles at most */

enum lab_op_kind {
	LAB_OP_ALLOC, LAB_OP_FREE, LAB_OP_WRITE, LAB_OP_WILD, LAB_OP_FAIL, LAB_OP_BALANCE,
	LAB_OP_CHECK, LAB_OP_SWITCH, LAB_NR_OPS
};

#define LAB_OP_ATOMIC 1u   /* lab_op.flags */
#define LAB_OP_RESERVED 2u
#define LAB_OP_LASTING 4u  /* of LAB_OP_FAIL */
#define LAB_OP_CHUNK 8u	   /* `chunk` is known */
#define LAB_OP_OFFSET 16u  /* `offset` is known */
#define LAB_OP_UNKNOWN 32u /* a `u` line comes before */

struct lab_op {
	uint8_t kind;	/* enum lab_op_kind */
	uint8_t flags;	/* LAB_OP_* */
	uint16_t cpu;	/* WRITE, SWITCH */
	uint32_t id;	/* ALLOC FREE WRITE WILD; FAIL: k */
	uint32_t size;	/* ALLOC; WILD: delta */
	uint32_t align; /* ALLOC */
	/* ALLOC: offset and length of SITE in the text; length 0: none */
	uint32_t site, site_bytes;
	uint32_t chunk, offset; /* ALLOC, where flags say so: the recorded place; bytes */
};

struct lab_trace {
	struct lab_op *ops;
	size_t nr_ops;
	uint32_t nr_ids; /* highest id + 1 */
	uint32_t nr_allocs;
	bool ops_form;	 /* # pcpu-trace-ops 1 */
	bool has_places; /* # pcpu-trace 2 */
	const char *text; /* what site points into; NULL when made from bytes */
};

/* The first line of a trace. */
#define LAB_TRACE_HEADS "# pcpu-trace 1, # pcpu-trace 2 or # pcpu-trace-ops 1"
bool lab_trace_is_head(const char *line, size_t bytes);

/* What was wrong with a file: FILE:line: expected. */
struct lab_error {
	uint32_t line;	      /* from 1; 1 where nothing is recognised */
	const char *expected; /* a sentence without a full stop: a constant, or `words` */
	char words[96];	      /* room for a sentence with a number in it: do not copy the struct */
};

/* Operations that this text can hold at most: how many to make room for. Counts the lines that
   look like one, up to the first that does not, and at most LAB_TRACE_MAX_OPS. */
size_t lab_trace_lines(const char *text, size_t bytes);

/*
 * Parses text into ops[room]. For recorded forms `ids` is scratch: one byte per id, room_ids of
 * them, zeroed (room_ids >= lab_trace_lines() suffices). The whole file is checked before true is
 * returned. Text need not end in a newline, may hold CR LF; no NUL bytes. On false *error tells the
 * first bad line.
 */
bool lab_trace_parse(const char *text, size_t bytes, struct lab_op *ops, size_t capacity,
		     uint8_t *ids, size_t room_ids, struct lab_trace *trace,
		     struct lab_error *error);

/*
 * The same a line at a time, for a trace that is not in memory as a whole. The first line is the
 * head; a line excludes its newline and a CR before it. After a line with an operation
 * trace->ops[trace->nr_ops - 1] has it, its `site` an offset into this line: the caller keeps the
 * words. A text without a line is no trace: take an empty line for it.
 */
struct lab_trace_reader {
	struct lab_trace *trace; /* .ops set, all else zero */
	struct lab_error *error;
	struct lab_lines lines;	 /* .number: lines taken so far */
	size_t capacity, room_ids;
	uint8_t *ids; /* [room_ids], zeroed: what became of each id of a recorded form */
	bool is_unknown; /* the last line was `u unknown_chunk` */
	uint32_t unknown_chunk;
};
bool lab_trace_read_line(struct lab_trace_reader *reader, const char *line, size_t bytes);
/* Call it after the last line: false when one more was due. */
bool lab_trace_read_end(struct lab_trace_reader *reader);
/* Does the line begin like an operation? Then it needs room for one. */
bool lab_trace_is_op(const char *line, size_t bytes);
/* Is it passed over in some form, or a `u` line? It needs none; lines behind it may. */
bool lab_trace_is_remark(const char *line, size_t bytes);

/* Writes one operation as a line without newline, NUL-terminated; returns its length (< 128). A
   SITE that would not fit is cut. text: what site points into, NULL: no SITE is written. */
size_t lab_op_print(const struct lab_op *op, const char *text, char line[128]);

/* Writes one operation with its newline, a SITE as a whole. has_places: as in `# pcpu-trace 2`, and
   its `u` line before it; else as in the other forms. text: as above. */
void lab_put_op(struct lab_text *out, const struct lab_op *op, const char *text, bool has_places);

/* What the decoder may know of the allocator: sizes that fill a chunk to its last byte need it. */
struct lab_decode_limits {
	uint32_t max_ids, nr_cpus;     /* 1..LAB_DECODE_MAX_IDS; 1.. */
	uint32_t first_from, first_to; /* dynamic bytes of the first chunk */
	uint32_t unit_bytes;	       /* of later chunks, PCPU_MIN_UNIT_BYTES at least */
};

/*
 * The total decoder: any byte string is a valid list of operations of the second form. Ids stay
 * below max_ids; sizes and alignments are weighted to what breaks allocators; swarm: the first two
 * bytes switch kinds of operations off and pick the sizes. Returns how many, <= room. The same
 * bytes give the same operations. starts[i], unless starts is NULL, is where operation i's bytes
 * begin; operations that the head stands for begin where the first one behind it does.
 */
size_t lab_decode(const uint8_t *bytes, size_t nr_bytes, const struct lab_decode_limits *limits,
		  struct lab_op *ops, size_t *starts, size_t capacity);

#endif
