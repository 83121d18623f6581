/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* linux61_random.c - a swarm: each seed has its own mix of sizes, alignments and frees. */
#include "harness/test/check/linux61_random.h"

#include <stdlib.h>

#include "harness/test/lib/random_topology.h"
#include "harness/test/lib/test.h"

struct random_mix {
	uint64_t state;
	uint32_t size_kinds; /* bit k: sizes of kind k occur */
	uint32_t free_kind;
	uint32_t align_in; /* one of so many is aligned */
	uint8_t flags;
	bool grows;
	uint32_t *live; /* ids, in order of allocation */
	uint32_t nr_live;
};

static uint32_t random_size(struct random_mix *mix)
{
	static const uint32_t from[] = { 1, 4, 64, 512, 3800, 4096, 8192, 32700 };
	static const uint32_t to[] = { 16, 64, 512, 4096, 4200, 8192, 32768, 32770 };
	uint32_t kind;

	do
		kind = random_below(&mix->state, 8);
	while (!(mix->size_kinds >> kind & 1));
	if (random_below(&mix->state, 200) == 0)
		return random_below(&mix->state, 2) ? 0 : 32769;
	if (random_below(&mix->state, 3) == 0) /* same sizes meet again */
		return 4u << random_below(&mix->state, 11);
	return from[kind] + random_below(&mix->state, to[kind] - from[kind] + 1);
}

static uint32_t random_align(struct random_mix *mix)
{
	if (random_below(&mix->state, mix->align_in))
		return 4;
	switch (random_below(&mix->state, 16)) {
	case 0:
		return random_below(&mix->state, 7); /* 0-3 are legal, 5 and 6 are not */
	case 1:
		return random_below(&mix->state, 8) ? 4096 : 8192;
	default:
		return 8u << random_below(&mix->state, 9);
	}
}

static uint32_t pick_live(struct random_mix *mix)
{
	uint32_t nr = mix->nr_live;

	switch (random_below(&mix->state, 4) ? mix->free_kind : 3) {
	case 0:
		return 0;
	case 1:
		return nr - 1;
	case 2:
		return random_below(&mix->state, (nr + 1) / 2) * 2 % nr;
	default:
		return random_below(&mix->state, nr);
	}
}

static void random_alloc(struct random_mix *mix, struct lab_op *op, uint32_t id)
{
	*op = (struct lab_op){ .kind = LAB_OP_ALLOC, .id = id };
	op->size = random_size(mix);
	op->align = random_align(mix);
	if (random_below(&mix->state, 4) == 0)
		op->flags |= mix->flags & LAB_OP_ATOMIC;
	if (random_below(&mix->state, 8) == 0)
		op->flags |= mix->flags & LAB_OP_RESERVED;
	mix->live[mix->nr_live++] = id;
}

static void random_free(struct random_mix *mix, struct lab_op *op)
{
	uint32_t at = pick_live(mix);

	*op = (struct lab_op){ .kind = LAB_OP_FREE, .id = mix->live[at] };
	mix->nr_live--;
	for (uint32_t i = at; i < mix->nr_live; i++)
		mix->live[i] = mix->live[i + 1];
}

void linux61_random_trace(struct run_trace *to, uint64_t seed, size_t nr_ops, uint8_t flags)
{
	struct random_mix mix = { .state = seed * UINT64_C(0x9e3779b97f4a7c15), .flags = flags };

	mix.size_kinds = 1 + random_below(&mix.state, 255);
	mix.free_kind = random_below(&mix.state, 4);
	mix.align_in = 1 + random_below(&mix.state, 6);
	mix.live = calloc(nr_ops, sizeof(*mix.live));
	to->ops = calloc(nr_ops, sizeof(*to->ops));
	CHECK(mix.live && to->ops);
	to->trace = (struct lab_trace){ .ops = to->ops, .nr_ops = nr_ops };
	for (size_t i = 0; i < nr_ops; i++) {
		if (random_below(&mix.state, 64) == 0)
			mix.grows = !mix.grows;
		if (mix.nr_live == 0 || random_below(&mix.state, 8) < (mix.grows ? 6 : 2))
			random_alloc(&mix, &to->ops[i], to->trace.nr_ids++);
		else
			random_free(&mix, &to->ops[i]);
	}
	to->trace.nr_allocs = to->trace.nr_ids;
	free(mix.live);
}
