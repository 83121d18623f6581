/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * trace.c - traces as text: one row of a table for each kind of line says what words it has.
 *
 *	a 0 16 8 -- mm_init		kind, then its fields by syntax[]: ID SIZE ALIGN FLAGS
 *					[SITE]
 *
 * R1  The file is checked as a whole: a caller never sees half a trace.
 * R2  Recorded forms also refuse ids out of order and frees of what is not live; the fuzzers' form
 *     only syntax, so that a shrinker may cut lines out anywhere.
 */
#include "harness/text/trace.h"
#include "harness/text/text.h"

#define NUMBER_MAX UINT64_C(0xffffffff)
#define CPU_MAX	   (PCPU_MAX_CPUS - 1)
#define FIBER_MAX  UINT64_C(0xffff)

enum field {
	FIELD_END,
	FIELD_ID, FIELD_SIZE, FIELD_ALIGN, FIELD_FLAGS, FIELD_SITE,
	FIELD_CPU, FIELD_DELTA, FIELD_K, FIELD_LASTING, FIELD_FIBER,
	FIELD_SITE_OR_NONE, FIELD_CHUNK, FIELD_OFFSET,
};

/* Forms of traces, a bit each: # pcpu-trace 1, # pcpu-trace 2, # pcpu-trace-ops 1. */
enum { FORM_1 = 1, FORM_2 = 2, FORM_OPS = 4, FORM_ANY = FORM_1 | FORM_2 | FORM_OPS };

/* The rows of enum lab_op_kind, which printing goes by; then those of the second form alone. */
enum { ROW_PLACED = LAB_NR_OPS, ROW_UNKNOWN, NR_ROWS };

static const struct syntax {
	char letter;
	uint8_t forms; /* FORM_* */
	uint8_t nr_optional;
	uint8_t fields[8];
	const char *expected;
} syntax[NR_ROWS] = {
	{ 'a', FORM_1 | FORM_OPS, 1,
	  { FIELD_ID, FIELD_SIZE, FIELD_ALIGN, FIELD_FLAGS, FIELD_SITE },
	  "an `a` line: a ID SIZE ALIGN FLAGS [SITE]" },
	{ 'f', FORM_ANY, 0, { FIELD_ID }, "an `f` line: f ID" },
	{ 'w', FORM_OPS, 0, { FIELD_ID, FIELD_CPU }, "a `w` line: w ID CPU" },
	{ 'x', FORM_OPS, 0, { FIELD_ID, FIELD_DELTA }, "an `x` line: x ID DELTA" },
	{ 'k', FORM_OPS, 1, { FIELD_K, FIELD_LASTING }, "a `k` line: k K [+]" },
	{ 'b', FORM_OPS, 0, { FIELD_END }, "a `b` line: b alone" },
	{ 'c', FORM_OPS, 0, { FIELD_END }, "a `c` line: c alone" },
	{ 's', FORM_OPS, 0, { FIELD_FIBER }, "an `s` line: s FIBER" },
	[ROW_PLACED] = { 'a', FORM_2, 0,
	  { FIELD_ID, FIELD_SIZE, FIELD_ALIGN, FIELD_FLAGS, FIELD_SITE_OR_NONE, FIELD_CHUNK,
	    FIELD_OFFSET },
	  "an `a` line: a ID SIZE ALIGN FLAGS SITE|- CHUNK|- OFFSET|-" },
	[ROW_UNKNOWN] = { 'u', FORM_2, 0, { FIELD_CHUNK }, "a `u` line: u CHUNK" },
};

static const char not_a_number[] = "a number below 4294967296";

enum { ID_UNBORN, ID_LIVE, ID_FREED };

static bool trace_refuse(struct lab_trace_reader *p, const char *expected)
{
	p->error->line = p->lines.number ? p->lines.number : 1;
	p->error->expected = expected;
	return false;
}

/* A sentence with a number in its middle. */
static bool refuse_number(struct lab_trace_reader *p, const char *before, uint64_t n,
			  const char *after)
{
	struct lab_text words;

	lab_text_init(&words, p->error->words, sizeof(p->error->words));
	lab_put(&words, before);
	lab_put_u64(&words, n);
	lab_put(&words, after);
	return trace_refuse(p, p->error->words);
}

/* The row of a line that starts with this word, NULL for none. */
static const struct syntax *find_syntax(const char *word, size_t bytes, uint32_t forms)
{
	for (uint32_t i = 0; bytes == 1 && i < NR_ROWS; i++)
		if (syntax[i].letter == *word && syntax[i].forms & forms)
			return &syntax[i];
	return NULL;
}

static uint32_t form_of(const struct lab_trace *trace)
{
	return trace->ops_form ? FORM_OPS : trace->has_places ? FORM_2 : FORM_1;
}

static bool parse_flags(struct lab_trace_reader *p, const char *word, size_t bytes,
			struct lab_op *op)
{
	if (bytes != 2 || (word[0] != 'A' && word[0] != '-') || (word[1] != 'R' && word[1] != '-'))
		return trace_refuse(p, "FLAGS of two characters: A or -, then R or -");
	op->flags = (word[0] == 'A' ? LAB_OP_ATOMIC : 0) | (word[1] == 'R' ? LAB_OP_RESERVED : 0);
	return true;
}

static bool parse_site(struct lab_trace_reader *p, const char *word, size_t bytes,
		       struct lab_op *op)
{
	for (size_t i = 0; i < bytes; i++)
		if ((unsigned char)word[i] < ' ' || word[i] == 0x7f)
			return trace_refuse(p, "a SITE without control characters");
	op->site = (uint32_t)(word - p->trace->text);
	op->site_bytes = (uint32_t)bytes;
	return true;
}

/* The largest number that a field takes, and the message for a larger one. */
static uint64_t field_limit(enum field field, bool ops_form, const char **expected)
{
	*expected = not_a_number;
	if (field == FIELD_CPU)
		*expected = "a CPU below 8192";
	else if (field == FIELD_FIBER)
		*expected = "a fiber below 65536";
	else if (field == FIELD_ID && ops_form)
		*expected = "an id below 16777216";
	else
		return NUMBER_MAX;
	if (field == FIELD_CPU)
		return CPU_MAX;
	return field == FIELD_FIBER ? FIBER_MAX : LAB_OPS_MAX_IDS - 1;
}

static bool parse_number(struct lab_trace_reader *p, enum field field, const char *word,
			 size_t bytes,
			 struct lab_op *op)
{
	const char *expected;
	uint64_t max = field_limit(field, p->trace->ops_form, &expected);
	uint64_t n;

	if (!lab_parse_u64(word, bytes, NUMBER_MAX, &n))
		return trace_refuse(p, not_a_number);
	if (n > max)
		return trace_refuse(p, expected);
	if (field == FIELD_ID || field == FIELD_K)
		op->id = (uint32_t)n;
	else if (field == FIELD_SIZE || field == FIELD_DELTA)
		op->size = (uint32_t)n;
	else if (field == FIELD_ALIGN)
		op->align = (uint32_t)n;
	else if (field == FIELD_CHUNK)
		op->chunk = (uint32_t)n;
	else if (field == FIELD_OFFSET)
		op->offset = (uint32_t)n;
	else
		op->cpu = (uint16_t)n;
	return true;
}

/* SITE, CHUNK or OFFSET of the second form; each may be unknown. */
static bool parse_known(struct lab_trace_reader *p, enum field field, const char *word,
			size_t bytes, struct lab_op *op)
{
	if (lab_word_is(word, bytes, "-"))
		return true;
	if (field == FIELD_SITE_OR_NONE)
		return parse_site(p, word, bytes, op);
	op->flags |= field == FIELD_CHUNK ? LAB_OP_CHUNK : LAB_OP_OFFSET;
	return parse_number(p, field, word, bytes, op);
}

static bool parse_field(struct lab_trace_reader *p, enum field field, const char *word,
			size_t bytes,
			struct lab_op *op)
{
	if (field == FIELD_FLAGS)
		return parse_flags(p, word, bytes, op);
	if (field == FIELD_SITE)
		return parse_site(p, word, bytes, op);
	if (field >= FIELD_SITE_OR_NONE)
		return parse_known(p, field, word, bytes, op);
	if (field != FIELD_LASTING)
		return parse_number(p, field, word, bytes, op);
	op->flags |= LAB_OP_LASTING;
	return lab_word_is(word, bytes, "+") ? true : trace_refuse(p, "+ or nothing after k K");
}

/* The words behind the kind's letter. */
static bool parse_fields(struct lab_trace_reader *p, const struct syntax *row, const char *at,
			 const char *end, struct lab_op *op)
{
	const char *word;
	size_t bytes;
	uint32_t nr_fields = 0;
	uint32_t nr = 0;

	while (row->fields[nr_fields] != FIELD_END)
		nr_fields++;
	while (lab_next_word(&at, end, &word, &bytes)) {
		if (nr == nr_fields)
			return trace_refuse(p, row->expected);
		if (!parse_field(p, row->fields[nr++], word, bytes, op))
			return false;
	}
	return nr + row->nr_optional >= nr_fields ? true : trace_refuse(p, row->expected);
}

/* Recorded forms: ids in the order in which objects are made, each freed once. */
static bool check_life(struct lab_trace_reader *p, const struct lab_op *op)
{
	if (op->kind == LAB_OP_ALLOC) {
		if (op->id != p->trace->nr_allocs)
			return refuse_number(p, "ids in order of birth: ", p->trace->nr_allocs,
					     " was due");
		if (op->id >= p->room_ids)
			return trace_refuse(p, "no more ids than there is room for");
		p->ids[op->id] = ID_LIVE;
		return true;
	}
	if (op->id >= p->trace->nr_allocs)
		return refuse_number(p, "the id of a live object: ", op->id, " was never born");
	if (p->ids[op->id] != ID_LIVE)
		return refuse_number(p, "the id of a live object: ", op->id, " is freed already");
	p->ids[op->id] = ID_FREED;
	return true;
}

/* Does this operation name an object? */
static bool names_object(const struct lab_op *op)
{
	return op->kind == LAB_OP_ALLOC || op->kind == LAB_OP_FREE || op->kind == LAB_OP_WRITE ||
	       op->kind == LAB_OP_WILD;
}

static bool add_op(struct lab_trace_reader *p, const struct lab_op *op)
{
	struct lab_trace *trace = p->trace;

	if (trace->nr_ops == LAB_TRACE_MAX_OPS)
		return trace_refuse(p, "no more than 67108864 operations");
	if (trace->nr_ops == p->capacity)
		return trace_refuse(p, "no more operations than there is room for");
	trace->ops[trace->nr_ops++] = *op;
	trace->nr_allocs += op->kind == LAB_OP_ALLOC;
	if (names_object(op) && op->id >= trace->nr_ids)
		trace->nr_ids = op->id + 1;
	return true;
}

/* A `u` line: of the `a` line behind it. */
static bool take_unknown(struct lab_trace_reader *p, const struct lab_op *op)
{
	if (!(op->flags & LAB_OP_CHUNK))
		return trace_refuse(p, "a CHUNK with a number");
	p->is_unknown = true;
	p->unknown_chunk = op->chunk;
	return true;
}

/* A line behind a `u` line: it has to be an `a` line in that chunk. */
static bool apply_unknown(struct lab_trace_reader *p, struct lab_op *op)
{
	if (!p->is_unknown)
		return true;
	if (op->kind != LAB_OP_ALLOC || !(op->flags & LAB_OP_CHUNK) ||
	    op->chunk != p->unknown_chunk)
		return refuse_number(p, "an `a` line in chunk ", p->unknown_chunk,
				     " behind its `u` line");
	op->flags |= LAB_OP_UNKNOWN;
	p->is_unknown = false;
	return true;
}

static bool parse_line(struct lab_trace_reader *p, const char *line, size_t bytes)
{
	const char *at = line;
	const char *word;
	const struct syntax *row;
	struct lab_op op = { 0 };
	size_t word_bytes;

	for (size_t i = 0; i < bytes; i++)
		if (line[i] == '\0')
			return trace_refuse(p, "text without NUL bytes");
	if (p->trace->ops_form && bytes > 0 && *line == '#')
		return true;
	lab_next_word(&at, line + bytes, &word, &word_bytes);
	row = find_syntax(word, word_bytes, form_of(p->trace));
	if (!row)
		return trace_refuse(p, p->trace->ops_form   ? "a line of kind a f w x k b c or s" :
				       p->trace->has_places ? "a line of kind a f or u" :
							      "a line of kind a or f");
	if (row < syntax + LAB_NR_OPS)
		op.kind = (uint8_t)(row - syntax);
	if (!parse_fields(p, row, at, line + bytes, &op))
		return false;
	if (row == &syntax[ROW_UNKNOWN] && !p->is_unknown)
		return take_unknown(p, &op);
	if (row == &syntax[ROW_UNKNOWN])
		op.kind = LAB_NR_OPS; /* two in a row */
	if (!apply_unknown(p, &op))
		return false;
	if (!p->trace->ops_form && !check_life(p, &op))
		return false;
	return add_op(p, &op);
}

bool lab_trace_is_head(const char *line, size_t bytes)
{
	return lab_word_is(line, bytes, "# pcpu-trace-ops 1") ||
	       lab_word_is(line, bytes, "# pcpu-trace 2") ||
	       lab_word_is(line, bytes, "# pcpu-trace 1");
}

static bool parse_head(struct lab_trace_reader *p, const char *line, size_t bytes)
{
	p->trace->ops_form = lab_word_is(line, bytes, "# pcpu-trace-ops 1");
	p->trace->has_places = lab_word_is(line, bytes, "# pcpu-trace 2");
	return lab_trace_is_head(line, bytes) || trace_refuse(p, LAB_TRACE_HEADS);
}

bool lab_trace_read_line(struct lab_trace_reader *p, const char *line, size_t bytes)
{
	p->trace->text = line;
	return p->lines.number++ == 0 ? parse_head(p, line, bytes) : parse_line(p, line, bytes);
}

bool lab_trace_read_end(struct lab_trace_reader *p)
{
	struct lab_op none = { .kind = LAB_NR_OPS };

	return apply_unknown(p, &none);
}

static const struct syntax *line_syntax(const char *line, size_t bytes)
{
	const char *at = line, *word;
	size_t nr;

	lab_next_word(&at, line + bytes, &word, &nr);
	return find_syntax(word, nr, FORM_ANY);
}

bool lab_trace_is_op(const char *line, size_t bytes)
{
	const struct syntax *row = line_syntax(line, bytes);

	return row && row != &syntax[ROW_UNKNOWN];
}

bool lab_trace_is_remark(const char *line, size_t bytes)
{
	return (bytes > 0 && *line == '#') || line_syntax(line, bytes) == &syntax[ROW_UNKNOWN];
}

bool lab_trace_parse(const char *text, size_t bytes, struct lab_op *ops, size_t capacity,
		     uint8_t *ids, size_t room_ids, struct lab_trace *trace,
		     struct lab_error *error)
{
	struct lab_trace_reader p = {
		.trace = trace,
		.error = error,
		.capacity = capacity,
		.room_ids = room_ids,
		.ids = ids,
		.lines = {.at = text, .end = text + bytes},
	};
	const char *line = text;

	*trace = (struct lab_trace){ .ops = ops, .text = text };
	if (bytes > UINT32_MAX)
		return trace_refuse(&p, "a trace of less than 4 GiB");
	if (!lab_next_line(&p.lines, &line, &bytes))
		bytes = 0;
	if (!parse_head(&p, line, bytes))
		return false;
	while (lab_next_line(&p.lines, &line, &bytes))
		if (!parse_line(&p, line, bytes))
			return false;
	return lab_trace_read_end(&p);
}

size_t lab_trace_lines(const char *text, size_t bytes)
{
	struct lab_lines lines = { .at = text, .end = text + bytes };
	const char *line;
	size_t nr = 0;

	if (!lab_next_line(&lines, &line, &bytes))
		return 0;
	while (nr < LAB_TRACE_MAX_OPS && lab_next_line(&lines, &line, &bytes)) {
		if (lab_trace_is_remark(line, bytes))
			continue;
		if (!lab_trace_is_op(line, bytes))
			break;
		nr++;
	}
	return nr;
}

static void put_field(struct lab_text *out, enum field field, const struct lab_op *op)
{
	lab_put_char(out, ' ');
	switch (field) {
	case FIELD_FLAGS:
		lab_put_char(out, op->flags & LAB_OP_ATOMIC ? 'A' : '-');
		lab_put_char(out, op->flags & LAB_OP_RESERVED ? 'R' : '-');
		break;
	case FIELD_ID:
	case FIELD_K:
		lab_put_u64(out, op->id);
		break;
	case FIELD_SIZE:
	case FIELD_DELTA:
		lab_put_u64(out, op->size);
		break;
	case FIELD_ALIGN:
		lab_put_u64(out, op->align);
		break;
	case FIELD_LASTING:
		lab_put_char(out, '+');
		break;
	default:
		lab_put_u64(out, op->cpu);
		break;
	}
}

size_t lab_op_print(const struct lab_op *op, const char *text, char line[128])
{
	const struct syntax *row = &syntax[op->kind];
	struct lab_text out;

	lab_text_init(&out, line, 128);
	lab_put_char(&out, row->letter);
	for (uint32_t i = 0; row->fields[i] != FIELD_END; i++) {
		enum field field = row->fields[i];

		if (field == FIELD_SITE) {
			if (!text || op->site_bytes == 0)
				continue;
			lab_put_char(&out, ' ');
			lab_put_bytes(
				&out, text + op->site,
				(size_t)pcpu_min64(op->site_bytes, out.capacity - 1 - out.bytes));
		} else if (field != FIELD_LASTING || op->flags & LAB_OP_LASTING) {
			put_field(&out, field, op);
		}
	}
	return out.bytes;
}

static void put_known(struct lab_text *out, bool is_known, uint32_t n)
{
	lab_put_char(out, ' ');
	if (is_known)
		lab_put_u64(out, n);
	else
		lab_put_char(out, '-');
}

static void put_placed(struct lab_text *out, const struct lab_op *op, const char *text)
{
	char words[128];

	if (op->flags & LAB_OP_UNKNOWN) {
		lab_put(out, "u");
		put_known(out, true, op->chunk);
		lab_put_char(out, '\n');
	}
	lab_put_bytes(out, words, lab_op_print(op, NULL, words));
	lab_put_char(out, ' ');
	if (text && op->site_bytes)
		lab_put_bytes(out, text + op->site, op->site_bytes);
	else
		lab_put_char(out, '-');
	put_known(out, op->flags & LAB_OP_CHUNK, op->chunk);
	put_known(out, op->flags & LAB_OP_OFFSET, op->offset);
}

void lab_put_op(struct lab_text *out, const struct lab_op *op, const char *text, bool has_places)
{
	char words[128];

	if (has_places && op->kind == LAB_OP_ALLOC) {
		put_placed(out, op, text);
	} else {
		lab_put_bytes(out, words, lab_op_print(op, NULL, words));
		if (text && op->kind == LAB_OP_ALLOC && op->site_bytes) {
			lab_put_char(out, ' ');
			lab_put_bytes(out, text + op->site, op->site_bytes);
		}
	}
	lab_put_char(out, '\n');
}
