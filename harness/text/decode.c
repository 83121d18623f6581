/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * decode.c - the total decoder: any bytes to operations of the second form.
 *
 *	| off | profile | kind ... | kind ... |	swarm: `off` switches whole kinds of operations
 *						off, `profile` narrows the sizes (PROFILE_*)
 *
 * Operations have a few bytes each; bytes missing at the end read as zero, so that cutting and
 * splicing inputs keeps their meaning. The decoder guesses which ids are live, and how far the
 * chunk is filled in which the last one landed (it assumes that each allocation succeeds, behind
 * the one before), so that most operations do something and chunks can be filled to their last
 * byte.
 */
#include <pcpu/bits.h>
#include "harness/text/trace.h"

/* Bits of the first byte: what is switched off. */
enum {
	OFF_WRITE = 1, OFF_WILD = 2, OFF_FAIL = 4, OFF_BALANCE = 8, OFF_CHECK = 16,
	OFF_SWITCH = 32, OFF_ATOMIC = 64, OFF_RESERVED = 128,
};

/* Of the second byte: which size classes an input uses, whether alignments vary, and whether it
   begins with a chunk that is filled to its last byte, or cut into many areas, or lacks pages. */
#define PROFILE_CLASSES 7u
#define PROFILE_PLAIN_ALIGN 8u
#define PROFILE_TIGHT	    16u /* small sizes, what was freed last, what is left of a chunk */
#define PROFILE_FILLED	    32u
#define PROFILE_BEGIN	    (PROFILE_FILLED | 64u | 128u)
#define PROFILE_CROWDED	    (64u | 128u) /* of PROFILE_BEGIN */
#define PROFILE_HOLED	    64u		 /* likewise */

enum { FILL_OBJECTS = 13, FILL_ID_STEP = 4, CROWD_OBJECTS = 60, HOLED_OPS = 9 };

struct source {
	const uint8_t *at, *end;
};

struct decoder {
	struct source in;
	uint8_t off, profile;
	uint32_t max_ids, nr_cpus;
	uint32_t at, end, unit_bytes; /* filled up to here; the chunk's end; a later chunk's size */
	uint64_t live[PCPU_BITS_WORDS(LAB_DECODE_MAX_IDS)];
	/* of each id's last object; of the last `f` */
	uint32_t size[LAB_DECODE_MAX_IDS], freed_size;
};

static uint8_t take_byte(struct source *in)
{
	return in->at < in->end ? *in->at++ : 0;
}

static uint32_t take_u16(struct source *in)
{
	uint32_t low = take_byte(in);

	return low | (uint32_t)take_byte(in) << 8;
}

/* Holes too small to use, holes that fit exactly, and chunks without a free byte. */
static uint32_t take_tight_size(struct decoder *d)
{
	uint32_t byte = take_byte(&d->in);
	uint32_t n = byte >> 3, left = d->end - d->at;

	switch (byte & 7) {
	case 0:
	case 1:
		return d->freed_size ? d->freed_size : 1 + n;
	case 2:
	case 3:
		return 1 + (n & 3);
	case 4:
		return 1 + (n & 15);
	case 5:
		return 4 * (1 + n);
	case 6:
		left -= n & 0x18 ? 0 : (uint32_t)pcpu_min64(left, n); /* all, mostly */
		break;
	default:
		left /= 2;
		break;
	}
	return left == 0 ? 1 + n : (uint32_t)pcpu_min64(left, PCPU_MIN_UNIT_BYTES);
}

/* The guess of what was filled grows by an object, in a new chunk where it does not fit. */
static void decode_fill(struct decoder *d, uint32_t size, uint32_t align)
{
	uint64_t start = pcpu_is_pow2(align) ? pcpu_align_up(d->at, align) : d->at;

	if (size > PCPU_MIN_UNIT_BYTES)
		return;
	if (start + size > d->end) {
		start = 0;
		d->end = d->unit_bytes;
	}
	d->at = (uint32_t)(start + size);
	PCPU_ASSERT(d->at <= d->end);
}

/* What sizes break allocators: around the granule, around the page, around the limits. */
static uint32_t take_size(struct decoder *d)
{
	static const uint8_t classes[8][4] = {
		{ 0, 1, 2, 3 }, { 0, 0, 0, 0 }, { 1, 1, 1, 1 }, { 0, 1, 0, 1 },
		{ 2, 2, 2, 2 }, { 1, 2, 2, 3 }, { 0, 1, 1, 2 }, { 3, 3, 3, 3 },
	};
	static const uint32_t edges[8] = {
		0, PCPU_MIN_UNIT_BYTES, PCPU_MIN_UNIT_BYTES + 1, PCPU_MIN_UNIT_BYTES - 1,
		PCPU_PAGE_BYTES - 1, PCPU_PAGE_BYTES + 1, PCPU_MIN_UNIT_BYTES / 2, UINT32_MAX,
	};
	uint32_t byte, n;

	if (d->profile & PROFILE_TIGHT)
		return take_tight_size(d);
	byte = take_byte(&d->in);
	n = byte >> 2;

	switch (classes[d->profile & PROFILE_CLASSES][byte & 3]) {
	case 0:
		return 1 + n; /* 1..64, any byte count */
	case 1:
		return 4 * (1 + n); /* whole granules */
	case 2:
		return 1 + (take_u16(&d->in) & (PCPU_MIN_UNIT_BYTES - 1));
	default:
		return n < 32 ? edges[n & 7] : PCPU_PAGE_BYTES * (1 + (n & 7));
	}
}

static uint32_t take_align(struct decoder *d)
{
	static const uint32_t illegal[8] = { 0, 3, 6, 12, 8192, 65536, UINT32_MAX, 4097 };
	uint32_t byte;

	if (d->profile & PROFILE_PLAIN_ALIGN)
		return d->profile & PROFILE_TIGHT ? 1 : 8;
	byte = take_byte(&d->in);
	if (byte < 0x80)
		return 4u << (byte & 1);
	if (byte < 0xf0)
		return 1u << (byte % 13); /* 1..4096 */
	return illegal[byte & 7];
}

static uint32_t take_id(struct decoder *d)
{
	uint32_t n = d->max_ids <= 256 ? take_byte(&d->in) : take_u16(&d->in);

	return n % d->max_ids;
}

/* The first id from a taken one on, around the end, that is (not) live; the taken one if none. */
static uint32_t take_id_that(struct decoder *d, bool live)
{
	uint32_t from = take_id(d);
	uint32_t id = pcpu_bits_find(d->live, from, d->max_ids, live);

	if (id == d->max_ids)
		id = pcpu_bits_find(d->live, 0, from, live);
	return id;
}

static void decode_alloc(struct decoder *d, uint8_t byte, struct lab_op *op)
{
	op->kind = LAB_OP_ALLOC;
	op->id = take_id_that(d, false);
	op->size = take_size(d);
	op->align = take_align(d);
	if ((byte & 0x18) == 0x08 && !(d->off & OFF_ATOMIC))
		op->flags |= LAB_OP_ATOMIC;
	if ((byte & 0x18) == 0x10 && !(d->off & OFF_RESERVED))
		op->flags |= LAB_OP_RESERVED;
	else
		decode_fill(d, op->size, op->align);
	d->size[op->id] = op->size;
	pcpu_bit_set(d->live, op->id);
}

static void fill_op(struct decoder *d, uint32_t id, uint32_t size, uint32_t align,
		    struct lab_op *op)
{
	*op = (struct lab_op){ .kind = LAB_OP_ALLOC, .id = id, .size = size, .align = align };
	decode_fill(d, size, align);
	d->size[id] = size;
	pcpu_bit_set(d->live, id);
}

/*
 * A chunk that has aged: small objects, some of two granules, and one that takes the rest. What
 * random operations then free are holes too small to use, and what they allocate goes elsewhere or
 * into holes that fit. Ids are spread so that a random one frees any of them. Returns how many.
 */
static size_t decode_filled(struct decoder *d, struct lab_op *ops, size_t capacity)
{
	size_t nr = 0;

	if (capacity <= FILL_OBJECTS || d->max_ids <= FILL_OBJECTS * FILL_ID_STEP ||
	    d->at >= d->end)
		return 0;
	for (uint32_t i = 0; i < FILL_OBJECTS; i++)
		fill_op(d, i * FILL_ID_STEP, i % 4 < 3 ? 1 + i % 4 : 8, 1, &ops[nr++]);
	fill_op(d, FILL_OBJECTS * FILL_ID_STEP,
		(uint32_t)pcpu_min64(d->end - d->at, PCPU_MIN_UNIT_BYTES), 1, &ops[nr++]);
	return nr;
}

/* Each object with a hole behind it: almost as many records as a map starts with
   (PCPU_DYNAMIC_EARLY_SLOTS), so that a few operations extend it. Returns how many. */
static size_t decode_crowded(struct decoder *d, struct lab_op *ops, size_t capacity)
{
	uint32_t nr = 0;

	for (; nr < CROWD_OBJECTS && nr < d->max_ids && nr < capacity; nr++)
		fill_op(d, nr, 4, 8, &ops[nr]);
	return nr;
}

/* Pages, an object each, behind what fills the first chunk; all freed, the page between the others
   last: it alone stays populated, so that the next large object misses two runs of pages. */
static size_t decode_holed(struct decoder *d, struct lab_op *ops, size_t capacity)
{
	static const struct lab_op rest[] = {
		{ .kind = LAB_OP_FREE, .id = 0 }, { .kind = LAB_OP_FREE, .id = 1 },
		{ .kind = LAB_OP_FREE, .id = 3 }, { .kind = LAB_OP_BALANCE },
		{ .kind = LAB_OP_FREE, .id = 2 },
	};
	static const uint8_t pages[] = { 4, 1, 3 };

	if (capacity < HOLED_OPS || d->max_ids < HOLED_OPS || d->at >= d->end)
		return 0;
	fill_op(d, 0, (uint32_t)pcpu_min64(d->end - d->at, PCPU_MIN_UNIT_BYTES), 1, ops++);
	for (uint32_t i = 0; i < 3; i++)
		fill_op(d, 1 + i, pages[i] * PCPU_PAGE_BYTES, PCPU_PAGE_BYTES, ops++);
	memcpy(ops, rest, sizeof(rest));
	for (uint32_t id = 0; id < 4; id++)
		pcpu_bit_clear(d->live, id);
	return HOLED_OPS;
}

static void decode_free(struct decoder *d, struct lab_op *op)
{
	op->kind = LAB_OP_FREE;
	op->id = take_id_that(d, true);
	d->freed_size = d->size[op->id];
	pcpu_bit_clear(d->live, op->id);
}

static void decode_wild(struct decoder *d, struct lab_op *op)
{
	uint32_t byte = take_byte(&d->in);

	op->id = take_id(d);
	op->size = byte < 0x80 ? byte & 0x7f : byte < 0xc0 ? 1u << (byte & 31) : 0;
}

static void decode_fail(struct decoder *d, struct lab_op *op)
{
	uint8_t byte = take_byte(&d->in);

	op->id = byte & 0x3f;
	op->flags = byte & 0x40 ? LAB_OP_LASTING : 0;
}

/* The rarer kinds: which one this byte stands for; LAB_OP_ALLOC when that one is switched off. */
static enum lab_op_kind rare_kind(const struct decoder *d, uint8_t byte)
{
	static const struct {
		uint8_t kind, off;
	} rare[8] = {
		{ LAB_OP_WRITE, OFF_WRITE },	 { LAB_OP_WRITE, OFF_WRITE },
		{ LAB_OP_WILD, OFF_WILD },	 { LAB_OP_WILD, OFF_WILD },
		{ LAB_OP_FAIL, OFF_FAIL },	 { LAB_OP_BALANCE, OFF_BALANCE },
		{ LAB_OP_CHECK, OFF_CHECK },	 { LAB_OP_SWITCH, OFF_SWITCH },
	};

	return d->off & rare[byte & 7].off ? LAB_OP_ALLOC : rare[byte & 7].kind;
}

/* Half of all kinds are `a`, a quarter `f`, a quarter the rarer ones. */
static void decode_op(struct decoder *d, struct lab_op *op)
{
	uint8_t byte = take_byte(&d->in);

	*op = (struct lab_op){ .kind = LAB_OP_ALLOC };
	if (byte >= 0xc0)
		op->kind = (uint8_t)rare_kind(d, byte);
	else if (byte >= 0x80)
		op->kind = LAB_OP_FREE;
	if (op->kind == LAB_OP_ALLOC) {
		decode_alloc(d, byte, op);
	} else if (op->kind == LAB_OP_FREE) {
		decode_free(d, op);
	} else if (op->kind == LAB_OP_WRITE) {
		op->id = take_id_that(d, true);
		op->cpu = (uint16_t)(take_byte(&d->in) % d->nr_cpus);
	} else if (op->kind == LAB_OP_WILD) {
		decode_wild(d, op);
	} else if (op->kind == LAB_OP_FAIL) {
		decode_fail(d, op);
	} else if (op->kind == LAB_OP_SWITCH) {
		op->cpu = (uint16_t)(take_byte(&d->in) % d->nr_cpus);
	}
}

size_t lab_decode(const uint8_t *bytes, size_t nr_bytes, const struct lab_decode_limits *limits,
		  struct lab_op *ops, size_t *starts, size_t capacity)
{
	struct decoder d = {
		.in = { .at = bytes, .end = bytes + nr_bytes },
		.max_ids = limits->max_ids, .nr_cpus = limits->nr_cpus,
		.at = limits->first_from, .end = limits->first_to, .unit_bytes = limits->unit_bytes,
	};
	size_t nr = 0;

	PCPU_ASSERT(limits->max_ids > 0 && limits->max_ids <= LAB_DECODE_MAX_IDS);
	PCPU_ASSERT(limits->nr_cpus > 0);
	PCPU_ASSERT(limits->first_from <= limits->first_to);
	PCPU_ASSERT(limits->unit_bytes >= PCPU_MIN_UNIT_BYTES); /* any object fits in a new chunk */
	d.off = take_byte(&d.in);
	d.profile = take_byte(&d.in);
	if (d.profile & PROFILE_FILLED)
		nr = decode_filled(&d, ops, capacity);
	else if ((d.profile & PROFILE_BEGIN) == PROFILE_CROWDED)
		nr = decode_crowded(&d, ops, capacity);
	else if ((d.profile & PROFILE_BEGIN) == PROFILE_HOLED)
		nr = decode_holed(&d, ops, capacity);
	for (size_t i = 0; starts && i < nr; i++)
		starts[i] = (size_t)(d.in.at - bytes);
	while (d.in.at < d.in.end && nr < capacity) {
		if (starts)
			starts[nr] = (size_t)(d.in.at - bytes);
		decode_op(&d, &ops[nr++]);
	}
	return nr;
}
