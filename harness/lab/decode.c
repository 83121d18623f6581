/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * decode.c - the total decoder: any bytes to operations of the second form.
 *
 *	| off | profile | kind ... | kind ... |	swarm: `off` switches whole kinds of operations
 *						off, `profile` narrows the sizes (SWARM_*)
 *
 * Operations have a few bytes each; bytes missing at the end read as zero, so that cutting and
 * splicing inputs keeps their meaning. The decoder guesses which ids are live (it assumes that each
 * allocation succeeds), so that most operations do something.
 */
#include "bits.h"
#include "trace.h"

/* Bits of the first byte: what is switched off. */
enum {
	OFF_WRITE = 1, OFF_WILD = 2, OFF_FAIL = 4, OFF_BALANCE = 8, OFF_CHECK = 16,
	OFF_SWITCH = 32, OFF_ATOMIC = 64, OFF_RESERVED = 128,
};

/* Of the second byte: which size classes an input uses, and whether alignments vary. */
#define PROFILE_CLASSES 7u
#define PROFILE_PLAIN_ALIGN 8u

struct source {
	const uint8_t *at, *end;
};

struct decoder {
	struct source in;
	uint8_t off, profile;
	uint32_t max_ids, nr_cpus;
	uint64_t live[PCPU_BITS_WORDS(LAB_DECODE_MAX_IDS)];
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
	uint32_t byte = take_byte(&d->in);
	uint32_t n = byte >> 2;

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
		return 8;
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
	pcpu_bit_set(d->live, op->id);
}

static void decode_free(struct decoder *d, struct lab_op *op)
{
	op->kind = LAB_OP_FREE;
	op->id = take_id_that(d, true);
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

size_t lab_decode_starts(const uint8_t *bytes, size_t nr_bytes, uint32_t max_ids, uint32_t nr_cpus,
			 struct lab_op *ops, size_t *starts, size_t room)
{
	struct decoder d = {
		.in = { .at = bytes, .end = bytes + nr_bytes },
		.max_ids = max_ids, .nr_cpus = nr_cpus,
	};
	size_t nr = 0;

	PCPU_ASSERT(max_ids > 0 && max_ids <= LAB_DECODE_MAX_IDS);
	PCPU_ASSERT(nr_cpus > 0);
	d.off = take_byte(&d.in);
	d.profile = take_byte(&d.in);
	while (d.in.at < d.in.end && nr < room) {
		if (starts)
			starts[nr] = (size_t)(d.in.at - bytes);
		decode_op(&d, &ops[nr++]);
	}
	return nr;
}

size_t lab_decode(const uint8_t *bytes, size_t nr_bytes, uint32_t max_ids, uint32_t nr_cpus,
		  struct lab_op *ops, size_t room)
{
	return lab_decode_starts(bytes, nr_bytes, max_ids, nr_cpus, ops, NULL, room);
}
