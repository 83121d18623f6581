/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_first.c - the first chunk of second instances over the machine's own topology: by embed, by
 * page, and by page because embed failed.
 *
 *	area of group 0 | area of group 1 | area of group 2	the k-th is refused: the others go
 *	     taken	      refused				back, and pages are taken instead
 */
#include "kernel-test/common/bare.h"
#include "kernel-test/common/bigs.h"
#include "kernel-test/common/machine.h"
#include "kernel-test/common/needs.h"
#include "kernel-test/common/tap.h"
#include "kernel-test/common/vars.h"

#define WIDE_BYTES (UINT64_C(1) << 44) /* address space for later chunks */

/* Enough to fill two later chunks and begin a third. */
static uint32_t second_nr_bigs(uint32_t unit_bytes)
{
	return (uint32_t)pcpu_min64(2 * (unit_bytes / BIG_BYTES) + 1, NR_BIG);
}

struct second {
	struct plat *plat;
	struct pcpu *pcpu;
	enum pcpu_choice chosen;
	uint32_t nr_groups;
};

static const struct pcpu_sizes sizes = {
	.static_bytes = 20000, .dyn_bytes = 20480, .atom_bytes = 2097152};

/* The most that the tests below hold at a time: see second_use(). */
static const char *needs_second(void)
{
	uint32_t unit_bytes;
	uint64_t first = needs_of_embed(&sizes, &unit_bytes);

	return needs_memory(first + bigs_bytes(second_nr_bigs(unit_bytes)) * nr_cpu_ids);
}

/* fail_area: as in struct bare_config. */
static const char *second_create(enum pcpu_choice choice, uint32_t fail_area, uint64_t space_bytes,
				 struct second *second)
{
	const struct bare_config bare = {.topology = &machine.topology, .fail_area = fail_area};
	struct pcpu_config config = {
		.plat = bare_create(&bare),
		.topology = &machine.topology,
		.sizes = sizes,
		.choice = choice,
		.space_bytes = space_bytes,
		.static_start = PCPU_PAGE_BYTES,
	};

	CHECK(config.plat);
	CHECK(pcpu_create(&config, &second->pcpu) == PCPU_OK);
	second->plat = config.plat;
	second->chosen = pcpu_chosen(second->pcpu);
	second->nr_groups = pcpu_layout(second->pcpu)->nr_groups;
	return NULL;
}

static const char *second_use(const struct second *second)
{
	uint32_t nr = second_nr_bigs(pcpu_layout(second->pcpu)->unit_bytes);

	CHECK(bigs_alloc_some(second->pcpu, nr));
	CHECK_CLEAN(second->pcpu);
	bigs_free(second->pcpu);
	return NULL;
}

static const char *second_destroy(const struct second *second)
{
	CHECK_CLEAN(second->pcpu);
	pcpu_destroy(second->pcpu);
	CHECK(bare_destroy(second->plat)); /* nothing is held any more */
	return NULL;
}

static const char *nothing_lost(enum pcpu_choice choice)
{
	struct second second;

	NEEDS(needs_second());
	CHECK_PASSES(second_create(choice, 0, WIDE_BYTES, &second));
	CHECK(second.chosen == choice);
	CHECK_PASSES(second_use(&second));
	return second_destroy(&second);
}

const char *test_embed_nothing_lost(void)
{
	return nothing_lost(PCPU_CHOICE_EMBED);
}

const char *test_page_nothing_lost(void)
{
	return nothing_lost(PCPU_CHOICE_PAGE);
}

/* Embed cannot: page takes its place with a warning, and embed has left nothing behind. */
static const char *falls_back(uint32_t fail_area, uint64_t space_bytes)
{
	struct bare_ledger ledger;
	struct second second;

	CHECK_PASSES(second_create(PCPU_CHOICE_EMBED, fail_area, space_bytes, &second));
	CHECK(second.chosen == PCPU_CHOICE_PAGE);
	bare_ledger(second.plat, &ledger);
	CHECK(ledger.nr_fallbacks == 1);
	return second_destroy(&second);
}

const char *test_embed_falls_back(void)
{
	char words[16];
	struct second second;

	NEEDS(needs_second());
	CHECK_PASSES(second_create(PCPU_CHOICE_EMBED, 0, WIDE_BYTES, &second));
	CHECK(second.chosen == PCPU_CHOICE_EMBED);
	CHECK_PASSES(second_destroy(&second));
	for (uint32_t k = 1; k <= second.nr_groups; k++)
		CHECK_PASSES(falls_back(k, WIDE_BYTES));
	/* One area alone spans more than three quarters of so little. */
	CHECK_PASSES(falls_back(0, PCPU_PAGE_BYTES));
	/* The runner may have requested the same for the default instance. */
	if (machine_option("fail_area", words, sizeof(words)))
		CHECK(pcpu_chosen(pcpu_default_instance) == PCPU_CHOICE_PAGE);
	return NULL;
}
