/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * linux61_judge_shadow.c - what a judged chunk has besides its own records: those that it would
 * have with causes repaired, and the longest runs, recounted from the bits.
 */
#include "harness/check/linux61/linux61_model_parts.h"

#include <stdlib.h>

#define BIT(cause) (1u << LAB_LINUX61_##cause)

/* Each cause that lies in the records, and all of them. */
static const uint32_t repairs[] = {
	BIT(B20), BIT(B30),   BIT(B21), BIT(B25),
	BIT(B31), BIT(STALE), BIT(R1),	LAB_L61_RECORD_CAUSES,
};

enum { NR_REPAIRS = sizeof(repairs) / sizeof(repairs[0]) };

void lab_l61_shadows_create(const struct lab_linux61 *m, struct lab_l61_chunk *c)
{
	if (!m->config.judged)
		return;
	c->truth = lab_l61_memory(c->nr_blocks, sizeof(*c->truth));
	for (uint32_t i = 0; i < c->nr_blocks; i++)
		c->truth[i] = (struct lab_l61_truth){LAB_L61_BLOCK, LAB_L61_BLOCK, LAB_L61_BLOCK};
	c->longest = c->size;
	if (m->config.exact) /* true records: nothing to repair in them */
		return;
	c->shadow = lab_l61_memory(NR_REPAIRS, sizeof(*c->shadow));
	for (uint32_t i = 0; i < NR_REPAIRS; i++) {
		struct lab_l61_chunk *shadow = &c->shadow[i];

		*shadow = *c;
		shadow->shadow = NULL;
		shadow->nr_shadows = 0;
		shadow->repaired = repairs[i];
		shadow->block = lab_l61_memory(c->nr_blocks, sizeof(*shadow->block));
		for (uint32_t b = 0; b < c->nr_blocks; b++)
			shadow->block[b] = c->block[b];
	}
	c->nr_shadows = NR_REPAIRS;
}

void lab_l61_shadows_destroy(struct lab_l61_chunk *c)
{
	for (uint32_t i = 0; i < c->nr_shadows; i++)
		free(c->shadow[i].block);
	free(c->shadow);
	free(c->truth);
}

static struct lab_l61_truth block_truth(const uint8_t *used)
{
	struct lab_l61_truth truth = {0, 0, 0};

	for (uint32_t x = 0, run = 0; x < LAB_L61_BLOCK; x++) {
		run = used[x] ? 0 : run + 1;
		truth.right = run;
		if (run == x + 1)
			truth.left = run;
		if (run > truth.longest)
			truth.longest = run;
	}
	return truth;
}

/* Blocks s to e have changed. */
void lab_l61_truth_update(struct lab_l61_chunk *c, uint32_t s, uint32_t e)
{
	uint32_t open = 0;

	if (!c->truth)
		return;
	for (uint32_t i = s; i <= e; i++)
		c->truth[i] = block_truth(c->used + i * LAB_L61_BLOCK);
	c->longest = 0;
	for (uint32_t i = 0; i < c->nr_blocks; i++) {
		const struct lab_l61_truth *truth = &c->truth[i];

		c->longest = pcpu_max64(c->longest, truth->longest);
		c->longest = pcpu_max64(c->longest, open + truth->left);
		open = truth->left == LAB_L61_BLOCK ? open + LAB_L61_BLOCK : truth->right;
	}
}

/* S2 for the shadows: one whose number changes leaves list 0. */
void lab_l61_shadows_changed(const struct lab_linux61 *m, struct lab_l61_chunk *c)
{
	for (uint32_t i = 0; i < c->nr_shadows; i++) {
		struct lab_l61_chunk *shadow = &c->shadow[i];
		uint32_t slot;

		shadow->free_bytes = c->free_bytes;
		slot = lab_l61_slot(m, shadow);
		if (slot != shadow->shadow_slot)
			shadow->shadow_parked = false;
		shadow->shadow_slot = slot;
	}
}
