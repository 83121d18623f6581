/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * fuzz_setup.c - setups small enough that a run of 64 operations meets all of their edges.
 *
 * Units are 32 or 64 KiB, so that two or three large objects fill a chunk; machines have few CPUs,
 * since each costs the same again; node memory may run out half-way through an allocation.
 */
#include "fuzz/targets/fuzz_setup.h"

#define NO PCPU_NO_NODE
#define UP (PCPU_NODE_ONLINE | PCPU_NODE_MEMORY)

static const uint16_t ids[] = { 0, 1, 2, 3 };
static const uint16_t sparse_ids[] = { 0, 8 };
static const uint16_t one[] = { 0 };
static const uint16_t two[] = { 0, 0 };
static const uint16_t two_one[] = { 0, 0, 1 };
static const uint16_t interleaved[] = { 0, 1, 0, 1 };
static const uint16_t holes[] = { NO, 1, NO, 0, NO, NO, 1 };
static const uint16_t three_nodes[] = { 0, 0, 1, 2 };
static const uint8_t far2[] = { 10, 20, 20, 10 };
static const uint8_t near2[] = { 10, 10, 10, 10 };
static const uint8_t chain3[] = { 10, 10, 10, 10, 10, 20, 10, 20, 10 };
static const uint8_t far3[] = { 10, 20, 30, 20, 10, 20, 30, 20, 10 };
static const uint8_t no_memory[] = { UP, PCPU_NODE_ONLINE, UP };

#define FAR_APART    (UINT64_C(1) << 45) /* chunks differ only in higher bits of their addresses */

struct machine {
	const char *words;
	struct pcpu_topology topology;
};

static const struct machine machines[8] = {
	{ "1 CPU", { 1, 1, one, ids, NULL, NULL } },
	{ "2 CPUs", { 2, 1, two, ids, NULL, NULL } },
	{ "nodes of 2 and 1 CPUs", { 3, 2, two_one, ids, NULL, far2 } },
	{ "2 nodes, CPUs interleaved", { 4, 2, interleaved, sparse_ids, NULL, far2 } },
	{ "CPUs 1,3,6 on 2 nodes", { 7, 2, holes, sparse_ids, NULL, far2 } },
	{ "2 near nodes", { 4, 2, interleaved, ids, NULL, near2 } },
	{ "3 nodes, nearness not transitive", { 4, 3, three_nodes, ids, NULL, chain3 } },
	{ "3 nodes, one without memory", { 4, 3, three_nodes, ids, no_memory, far3 } },
};

/* The first byte: | machine 3 | - 2 | lock-step 1 | spaces far apart 1 | - 1 |
   The second: | static 2 | reserved 2 | dyn 1 | unit 1 | atom 1 | stride 1 | */
static void decode_sizes(uint8_t byte, struct pcpu_sizes *sizes)
{
	static const uint32_t statics[4] = { 4096, 1, 4091, 9000 };
	static const uint32_t reserves[4] = { 0, 4096, 8192, 100 };

	sizes->static_bytes = statics[byte & 3];
	sizes->reserved_bytes = reserves[byte >> 2 & 3];
	sizes->dyn_bytes = byte & 0x10 ? 20480 : 0;
	sizes->unit_bytes = byte & 0x20 ? 65536 : 0;
	sizes->atom_bytes = byte & 0x40 ? 131072 : PCPU_PAGE_BYTES;
	sizes->stride = byte & 0x80 ? PCPU_STRIDE_ODD : PCPU_STRIDE_REFERENCE;
}

/* The third byte: | choice 2 | km 1 | atomic 1 | failures 1 | addresses 2 | scarce 1 | */
static void decode_how(uint8_t byte, struct fuzz_setup *setup)
{
	static const enum pcpu_choice choices[4] = {
		PCPU_CHOICE_AUTO, PCPU_CHOICE_EMBED, PCPU_CHOICE_PAGE, PCPU_CHOICE_AUTO,
	};

	setup->config.choice = choices[byte & 3];
	setup->config.auto_means_page = (byte & 3) == 3;
	setup->config.backing = byte & 4 ? PCPU_BACKING_KM : PCPU_BACKING_VM;
	setup->run.honour_atomic = byte & 8;
	setup->run.inject_failures = byte & 16;
	setup->sim.address_seed = byte & 32 ? byte : 0;
	setup->sim.backwards = (byte & 0x60) == 0x40;
	setup->sim.pages_per_node = byte & 0x80 ? 160 : 0;
}

void fuzz_setup_decode(const uint8_t *bytes, size_t nr, struct fuzz_setup *setup)
{
	uint8_t head[FUZZ_SETUP_BYTES] = { 0 };
	const struct machine *machine;

	if (nr > 0) /* memcpy from a null pointer is undefined, even of nothing */
		memcpy(head, bytes, nr < FUZZ_SETUP_BYTES ? nr : FUZZ_SETUP_BYTES);
	machine = &machines[head[0] & 7];
	*setup = (struct fuzz_setup){
		.sim = { .topology = &machine->topology, .flush_needed = true },
		.config = { .topology = &machine->topology, .engine = &pcpu_engines[0],
			    .static_start = 0x100000 },
		.run = { .check = LAB_CHECK_MODEL },
		.create_fails_at = head[3] ? head[3] - 1u : UINT32_MAX,
		.machine = machine->words,
	};
	decode_sizes(head[1], &setup->config.sizes);
	decode_how(head[2], setup);
	setup->lock_step = head[0] & 0x20;
	setup->sim.space_stride_bytes = head[0] & 0x40 ? FAR_APART : 0;
}
