/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * sched_decode.c - bytes to steps on fibers: see sched_decode.h.
 *
 * The decoder guesses what lives as if steps ran in their order and every allocation succeeded, so
 * that most steps do something and an allocation needs no byte for its name.
 */
#include "fuzz/targets/sched/sched_decode.h"
#include <pcpu/bits.h>
#include "fuzz/targets/random_bytes.h"

#include <string.h>

enum {
	RANDOM_STEP = 1,
	SETUP_BYTES = 3, /* of fuzz_setup's head: set-up that fails is not what this is about */
	MAX_IDS = 64,
	MAX_STEPS = 64, /* that have bytes: more of them take time and find no more */
};

struct decoder {
	struct random_bytes in;
	struct sched_decoded *to;
	uint8_t flavour, profile;
	uint8_t fiber;	     /* of the step before */
	bool preempted;	     /* the step before is */
	bool interrupts;     /* fibers but the first are in atomic context: they never wait */
	uint64_t live, dead; /* dead: was freed last */
};

size_t sched_spell(const uint8_t *bytes, size_t nr, uint8_t *to, size_t capacity)
{
	return random_spell(bytes, nr, RANDOM_STEP, to, capacity);
}

/* --- the setup ------------------------------------------------------------------------------ */

static void decode_bury(struct decoder *d, uint32_t slot)
{
	d->live &= ~(UINT64_C(1) << slot);
	d->dead |= UINT64_C(1) << slot;
}

static void add_before(struct decoder *d, enum step_kind kind, uint32_t slot, uint32_t size)
{
	d->to->ops[d->to->nr_before++] = (struct sched_op){
		.step = {.kind = kind, .slot = slot, .size = size, .align = 4},
		.fiber = SCHED_BEFORE,
	};
	if (kind == STEP_ALLOC)
		d->live |= UINT64_C(1) << slot;
	else
		decode_bury(d, slot);
}

/* | empty chunks 2 | - 2 | small objects in a row 4 |: 12 small ones in a later chunk leave
   its map all but full */
static void decode_before(struct decoder *d, uint8_t byte)
{
	static const uint8_t nr_chunks[4] = {0, 2, 3, 1};
	uint32_t nr_whole = nr_chunks[byte >> 6], nr_small = byte & 15;

	if (d->to->c.setup.pcpu.sizes.unit_bytes > PCPU_MIN_UNIT_BYTES)
		nr_whole *= 2; /* that many in a unit */
	for (uint32_t i = 0; i < nr_small; i++)
		add_before(d, STEP_ALLOC, MAX_IDS - 1 - i, 12);
	for (uint32_t i = 0; i < nr_whole; i++)
		add_before(d, STEP_ALLOC, i, PCPU_MIN_UNIT_BYTES);
	for (uint32_t i = 0; i < nr_whole; i++)
		add_before(d, STEP_FREE, i, 0);
}

/* | profile 3 | kicks 1 | first chunk open 1 | - 1 | fibers: 2, 3, 4, 1 2 | */
static void decode_setup(struct decoder *d)
{
	uint8_t head[SETUP_BYTES], byte;
	struct sched_case *c = &d->to->c;

	for (uint32_t i = 0; i < SETUP_BYTES; i++)
		head[i] = random_take(&d->in);
	fuzz_setup_decode(head, SETUP_BYTES, &d->to->setup);
	d->to->setup.config.engine = d->in.engine;
	d->to->setup.config.front = d->in.front;
	d->to->setup.sim.pages_zeroed = d->in.pages_zeroed;
	if (d->in.skewed)
		d->to->setup.config.sizes.stride = PCPU_STRIDE_SKEWED;
	byte = random_take(&d->in);
	*c = (struct sched_case){
		.setup =
			{
				.sim = d->to->setup.sim,
				.pcpu = d->to->setup.config,
				.fill_first = !(byte & 8),
				.honour_kicks = byte & 16,
			},
		.nr_fibers = 1 + (byte + 1u) % 4,
		.ops = d->to->ops,
	};
	d->profile = byte >> 5;
	if (c->setup.sim.topology->nr_nodes > 1)
		c->setup.pcpu.backing = PCPU_BACKING_VM; /* km takes one group only */
	d->to->nr_before = 0;
	decode_before(d, random_take(&d->in));
	byte = random_take(&d->in);
	d->flavour = byte & 7;
	d->interrupts = byte & 0x80;
}

/* --- steps ---------------------------------------------------------------------------------- */

/* The n-th id of a set, modulo; MAX_IDS: it is empty. */
static uint32_t nth_id(uint64_t set, uint32_t n)
{
	uint32_t nr = (uint32_t)__builtin_popcountll(set);

	if (nr == 0)
		return MAX_IDS;
	for (n %= nr; n > 0; n--)
		set &= set - 1;
	return (uint32_t)__builtin_ctzll(set);
}

/* | n 6 | class 2, by the profile |: whole granules, any small size, about whole pages, or what
   fills chunks */
static void decode_request(uint8_t byte, uint8_t profile, struct step *step)
{
	enum { GRANULES, SMALL, PAGES, LARGE };
	static const uint8_t profiles[8][4] = {
		{GRANULES, PAGES, LARGE, SMALL}, {LARGE, LARGE, LARGE, LARGE},
		{PAGES, PAGES, PAGES, PAGES},	 {GRANULES, SMALL, GRANULES, SMALL},
		{PAGES, LARGE, PAGES, LARGE},	 {LARGE, GRANULES, LARGE, GRANULES},
		{GRANULES, PAGES, SMALL, PAGES}, {LARGE, PAGES, LARGE, SMALL},
	};
	static const uint16_t large[16] = {
		32768, 16384, 20000, 14000, 12000, 28672, 24576, 9000,
		32764, 6000,  5000,  3000,  2000,  1000,  600,	 300,
	};
	static const uint16_t large_aligns[4] = {4096, 4, 64, 1024};
	uint32_t n = byte >> 2;

	switch (profiles[profile][byte & 3]) {
	case GRANULES:
		step->size = 4 * (1 + n);
		step->align = 4;
		break;
	case SMALL:
		step->size = 1 + n;
		step->align = 1u << (n & 3);
		break;
	case PAGES:
		step->size = PCPU_PAGE_BYTES * (1 + (n & 7));
		step->size -= n >> 4 == 1 ? 4 : n >> 4 == 2 ? 2048 : n >> 4 == 3 ? 4092 : 0;
		step->align = n & 8 ? 4 : PCPU_PAGE_BYTES;
		break;
	default:
		step->size = large[n & 15];
		step->align = large_aligns[n >> 4];
		break;
	}
}

static void decode_alloc(struct decoder *d, struct step *step)
{
	uint8_t byte = random_take(&d->in);

	step->slot = nth_id(~d->live, 0);
	if (step->slot == MAX_IDS) {
		*step = (struct step){.kind = STEP_FREE, .slot = byte % MAX_IDS};
		decode_bury(d, step->slot);
		return;
	}
	decode_request(byte, d->profile, step);
	d->live |= UINT64_C(1) << step->slot;
	d->dead &= ~d->live;
}

static void decode_again(struct decoder *d, struct step *step)
{
	static const uint16_t beyond[8] = {0, 0, 0, 0, 0, 0, 4, 4096};
	uint8_t byte = random_take(&d->in);

	step->size = beyond[byte >> 5];
	step->slot = nth_id(step->size > 0 ? d->live | d->dead : d->dead, byte) % MAX_IDS;
}

static void decode_fail(struct decoder *d, struct step *step)
{
	uint8_t byte = random_take(&d->in);

	step->slot = byte < 0x80 ? byte & 3 : byte & 31; /* soon, half of the time */
	if (byte >= 0xe0)
		step->kind = STEP_FAIL_ALL;
}

/* In an interrupt. */
static enum step_kind atomic_kind(enum step_kind kind)
{
	if (kind == STEP_RESERVED)
		return STEP_RESERVED_ATOMIC;
	return kind == STEP_ALLOC || kind == STEP_BALANCE ? STEP_ATOMIC : kind;
}

/*
 * Swarm: what an input's steps are made of. A line aims at what few kinds of steps do to each
 * other, and has them more often than all of them could be had.
 */
static const uint8_t flavours[8][16] = {
	/* of all a little */
	{STEP_ALLOC, STEP_FREE, STEP_BALANCE, STEP_ATOMIC, STEP_ALLOC, STEP_FREE, STEP_AGAIN,
	 STEP_ATOMIC, STEP_ALLOC, STEP_FREE, STEP_FAIL, STEP_WRITE, STEP_BALANCE, STEP_RESERVED,
	 STEP_CHECK, STEP_AGAIN},
	/* readers without a lock beside chunks that go */
	{STEP_AGAIN, STEP_FREE, STEP_BALANCE, STEP_ALLOC, STEP_AGAIN, STEP_FREE, STEP_BALANCE,
	 STEP_WRITE, STEP_AGAIN, STEP_FREE, STEP_BALANCE, STEP_ALLOC, STEP_AGAIN, STEP_WRITE,
	 STEP_BALANCE, STEP_ATOMIC},
	/* atomic callers beside pages and chunks that come and go */
	{STEP_ATOMIC, STEP_ALLOC, STEP_BALANCE, STEP_FREE, STEP_ATOMIC, STEP_ALLOC, STEP_BALANCE,
	 STEP_ATOMIC, STEP_ATOMIC, STEP_FREE, STEP_BALANCE, STEP_ATOMIC, STEP_ALLOC, STEP_BALANCE,
	 STEP_ATOMIC, STEP_FREE},
	/* the same, and memory ends */
	{STEP_ALLOC, STEP_ATOMIC, STEP_FAIL, STEP_ALLOC, STEP_ATOMIC, STEP_FREE, STEP_ALLOC,
	 STEP_ATOMIC, STEP_FAIL, STEP_BALANCE, STEP_ALLOC, STEP_ATOMIC, STEP_FREE, STEP_ALLOC,
	 STEP_ATOMIC, STEP_CHECK},
	/* records run out */
	{STEP_ALLOC, STEP_ATOMIC, STEP_ALLOC, STEP_FREE, STEP_ALLOC, STEP_ATOMIC, STEP_BALANCE,
	 STEP_FREE, STEP_ALLOC, STEP_ATOMIC, STEP_ALLOC, STEP_FREE, STEP_ALLOC, STEP_ATOMIC,
	 STEP_BALANCE, STEP_FAIL},
	/* callers that may sleep and such that must not, and little else */
	{STEP_ALLOC, STEP_ATOMIC, STEP_ALLOC, STEP_ATOMIC, STEP_ALLOC, STEP_ATOMIC, STEP_ALLOC,
	 STEP_ATOMIC, STEP_ALLOC, STEP_ATOMIC, STEP_ALLOC, STEP_ATOMIC, STEP_ALLOC, STEP_ATOMIC,
	 STEP_FREE, STEP_BALANCE},
	/* the reserved chunk */
	{STEP_RESERVED, STEP_FREE, STEP_ALLOC, STEP_RESERVED, STEP_FREE, STEP_ATOMIC, STEP_RESERVED,
	 STEP_FREE, STEP_BALANCE, STEP_RESERVED, STEP_AGAIN, STEP_FAIL, STEP_RESERVED, STEP_FREE,
	 STEP_CHECK, STEP_WRITE},
	/* frees, right and wrong */
	{STEP_FREE, STEP_ALLOC, STEP_AGAIN, STEP_FREE, STEP_ATOMIC, STEP_AGAIN, STEP_FREE,
	 STEP_BALANCE, STEP_FREE, STEP_ALLOC, STEP_AGAIN, STEP_FREE, STEP_ATOMIC, STEP_WRITE,
	 STEP_FREE, STEP_ALLOC},
};

static enum step_kind decode_kind(const struct decoder *d, uint8_t n, uint32_t fiber)
{
	enum step_kind kind = (enum step_kind)flavours[d->flavour][n];

	return d->interrupts && fiber > 0 ? atomic_kind(kind) : kind;
}

static void decode_step(struct decoder *d, struct step *step)
{
	switch (step->kind) {
	case STEP_FREE:
		step->slot = nth_id(d->live, random_take(&d->in)) % MAX_IDS;
		decode_bury(d, step->slot);
		break;
	case STEP_WRITE:
		step->slot = nth_id(d->live, random_take(&d->in)) % MAX_IDS;
		break;
	case STEP_AGAIN:
		decode_again(d, step);
		break;
	case STEP_FAIL:
		decode_fail(d, step);
		break;
	case STEP_BALANCE:
	case STEP_CHECK:
		break;
	default:
		decode_alloc(d, step);
		break;
	}
}

/* Short steps have few chances. Of an allocation's many, most differ only in which page is next,
   and it drops the lock a few times only; balance drops it once for each chunk that it checks. */
static uint8_t decode_after(enum step_kind kind, uint8_t code)
{
	enum { D = SCHED_DROP };
	static const uint8_t balance[32] = {
		D,	D + 1, D + 2, D + 3, D + 4, D + 5, D + 6, D + 7, D + 8, D + 9, D + 10,
		D + 12, D + 1, D + 2, D + 3, D + 4, D + 5, D + 6, D + 7, D,	0,     1,
		2,	3,     4,     5,     6,	    8,	   11,	  16,	 24,	D,
	};
	static const uint8_t alloc[32] = {
		D,     D + 1, D + 2, D + 3, D + 4, D + 5, D,	 D + 1, D + 2, D + 3, D + 4,
		D + 5, D,     D + 1, D + 2, D + 3, D + 4, D + 6, D + 3, D + 7, 0,     1,
		2,     3,     4,     5,	    6,	   8,	  11,	 16,	24,    40,
	};

	switch (kind) {
	case STEP_FREE:
	case STEP_AGAIN:
		return code & 3;
	case STEP_WRITE:
	case STEP_ATOMIC:
	case STEP_RESERVED_ATOMIC:
		return code & 7;
	case STEP_ALLOC:
	case STEP_RESERVED:
		return alloc[code];
	default:
		return balance[code];
	}
}

/* | others 3 | after 5 | */
static void decode_preempts(struct decoder *d, struct sched_op *op, uint32_t nr)
{
	static const uint8_t others[8] = {
		1, 2, 3, 1 + SCHED_FAILS, 4, 6, 2 + SCHED_FAILS, 3 + SCHED_FAILS,
	};

	for (op->nr_preempts = 0; op->nr_preempts < nr; op->nr_preempts++) {
		uint8_t byte = random_take(&d->in);

		op->preempt[op->nr_preempts].after = decode_after(op->step.kind, byte & 31);
		op->preempt[op->nr_preempts].others = others[byte >> 5];
	}
}

/* The step after a preempted one is on another fiber. */
static uint8_t decode_fiber(const struct decoder *d, uint8_t code)
{
	uint32_t nr = d->to->c.nr_fibers;

	if (!d->preempted || nr == 1)
		return (uint8_t)(code % nr);
	return (uint8_t)((d->fiber + 1 + code % (nr - 1)) % nr);
}

static void decode_op(struct decoder *d, struct sched_op *op)
{
	uint8_t byte = random_take(&d->in);

	*op = (struct sched_op){.fiber = decode_fiber(d, byte >> 4 & 3)};
	op->step.kind = decode_kind(d, byte & 15, op->fiber);
	decode_step(d, &op->step);
	decode_preempts(d, op, byte >> 6);
	d->fiber = op->fiber;
	d->preempted = op->nr_preempts > 0;
}

const struct sched_decoded *sched_decode(const uint8_t *bytes, size_t nr)
{
	static struct sched_decoded to;
	struct decoder d = {.in = random_start(bytes, nr, RANDOM_STEP), .to = &to};
	size_t *nr_ops = &to.c.nr_ops;

	decode_setup(&d);
	to.nr_spelt = 0;
	for (*nr_ops = to.nr_before; !random_is_empty(&d.in) && *nr_ops < to.nr_before + MAX_STEPS;
	     ++*nr_ops) {
		if (d.in.at < d.in.end)
			to.starts[to.nr_spelt++] = (size_t)(d.in.at - d.in.start);
		decode_op(&d, &to.ops[*nr_ops]);
	}
	return &to;
}
