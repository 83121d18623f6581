/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * sim_content.c - what percpu memory holds, stored only where it must be.
 *
 *	poison --- written or zeroed in part ---> stored <--- written --- zero
 *	   \------------- zeroed as a whole page --------------------->---/
 *
 * A page that was never written, or was zeroed as a whole, needs no storage: most pages of a
 * large unit.
 */
#include "harness/platform/sim/sim_plat.h"

#include <stdlib.h>

#define BLOCK_PAGES 64u

static uint8_t *content_stored(struct sim_contents *contents, const struct sim_page *page)
{
	uint32_t i = page->content - SIM_CONTENT_STORED;

	return contents->blocks[i / BLOCK_PAGES] + (size_t)(i % BLOCK_PAGES) * PCPU_PAGE_BYTES;
}

static void add_block(struct sim_contents *contents)
{
	contents->blocks = sim_grow(contents->blocks, contents->nr_blocks, &contents->room_blocks,
				    sizeof(*contents->blocks));
	contents->blocks[contents->nr_blocks++] =
		sim_must(malloc((size_t)BLOCK_PAGES * PCPU_PAGE_BYTES));
}

/* Gives the page storage with the contents it has. */
static uint8_t *content_materialise(struct sim_contents *contents, struct sim_page *page)
{
	int fill = page->content == SIM_CONTENT_ZERO ? 0 : SIM_POISON_BYTE;
	uint32_t i;

	if (page->content >= SIM_CONTENT_STORED)
		return content_stored(contents, page);
	if (contents->nr_free > 0)
		i = contents->free[--contents->nr_free];
	else
		i = contents->nr_used++;
	if (i / BLOCK_PAGES == contents->nr_blocks)
		add_block(contents);
	page->content = i + SIM_CONTENT_STORED;
	return memset(content_stored(contents, page), fill, PCPU_PAGE_BYTES);
}

static void content_unstore(struct plat *plat, struct sim_page *page, uint32_t content)
{
	struct sim_contents *contents = &plat->memory.contents;

	if (page->content >= SIM_CONTENT_STORED) {
		contents->free = sim_grow(contents->free, contents->nr_free, &contents->room_free,
					  sizeof(*contents->free));
		contents->free[contents->nr_free++] = page->content - SIM_CONTENT_STORED;
	}
	page->content = content;
}

void sim_content_drop(struct plat *plat, struct sim_page *page)
{
	content_unstore(plat, page, SIM_CONTENT_POISON);
}

/* The part of [address, address + bytes) that lies in its first page. */
static size_t first_part(uint64_t address, size_t bytes)
{
	return (size_t)pcpu_min64(bytes, PCPU_PAGE_BYTES - address % PCPU_PAGE_BYTES);
}

static void zero_part(struct plat *plat, struct sim_page *page, uint64_t address, size_t part)
{
	if (page->content == SIM_CONTENT_ZERO)
		return;
	if (part == PCPU_PAGE_BYTES)
		content_unstore(plat, page, SIM_CONTENT_ZERO);
	else
		memset(content_materialise(&plat->memory.contents, page) +
			       address % PCPU_PAGE_BYTES,
		       0, part);
}

void plat_zero(struct plat *plat, uintptr_t address, size_t bytes)
{
	sim_enter(plat);
	plat->ledger.zeroed_bytes += bytes;
	while (bytes > 0) {
		size_t part = first_part(address, bytes);
		struct sim_page *page = sim_page_at(plat, address);

		sim_page_use(plat, page, SIM_FAULT_ZERO_UNBACKED);
		if (sim_page_backed(page))
			zero_part(plat, page, address, part);
		address += part;
		bytes -= part;
	}
}

bool plat_is_zero(struct plat *plat, uintptr_t address, size_t bytes)
{
	return lab_holds(plat, address, NULL, bytes);
}

bool plat_pages_zeroed(struct plat *plat)
{
	return plat->config.pages_zeroed;
}

void plat_copy(struct plat *plat, uintptr_t address, const void *from, size_t bytes)
{
	const uint8_t *at = from;

	sim_enter(plat);
	while (bytes > 0) {
		size_t part = first_part(address, bytes);
		struct sim_page *page = sim_page_at(plat, address);

		sim_page_use(plat, page, SIM_FAULT_COPY_UNBACKED);
		if (sim_page_backed(page))
			memcpy(content_materialise(&plat->memory.contents, page) +
				       address % PCPU_PAGE_BYTES,
			       at, part);
		address += part;
		at += part;
		bytes -= part;
	}
}

static void read_part(struct plat *plat, const struct sim_page *page, uint64_t address, uint8_t *to,
		      size_t part)
{
	sim_page_use(plat, page, SIM_FAULT_READ_UNBACKED);
	if (!sim_page_backed(page) || page->content == SIM_CONTENT_POISON)
		memset(to, SIM_POISON_BYTE, part);
	else if (page->content == SIM_CONTENT_ZERO)
		memset(to, 0, part);
	else
		memcpy(to, content_stored(&plat->memory.contents, page) + address % PCPU_PAGE_BYTES,
		       part);
}

void lab_read(struct plat *plat, uintptr_t address, void *to, size_t bytes)
{
	uint8_t *at = to;

	while (bytes > 0) {
		size_t part = first_part(address, bytes);

		read_part(plat, sim_page_at(plat, address), address, at, part);
		address += part;
		at += part;
		bytes -= part;
	}
}

static bool part_holds(struct plat *plat, const struct sim_page *page, uint64_t address,
		       const uint8_t *wanted, size_t part)
{
	uint8_t undefined[PCPU_PAGE_BYTES];

	sim_page_use(plat, page, SIM_FAULT_READ_UNBACKED);
	if (sim_page_backed(page) && page->content == SIM_CONTENT_ZERO)
		return !wanted || lab_memory_holds(wanted, NULL, part);
	if (sim_page_backed(page) && page->content >= SIM_CONTENT_STORED)
		return lab_memory_holds(content_stored(&plat->memory.contents, page) +
						address % PCPU_PAGE_BYTES,
					wanted, part);
	memset(undefined, SIM_POISON_BYTE, part);
	return wanted && memcmp(undefined, wanted, part) == 0;
}

bool lab_holds(struct plat *plat, uintptr_t address, const void *wanted, size_t bytes)
{
	const uint8_t *at = wanted;

	while (bytes > 0) {
		size_t part = first_part(address, bytes);

		if (!part_holds(plat, sim_page_at(plat, address), address, at, part))
			return false;
		address += part;
		at = at ? at + part : NULL;
		bytes -= part;
	}
	return true;
}

void sim_contents_reset(struct plat *plat)
{
	plat->memory.contents.nr_used = 0;
	plat->memory.contents.nr_free = 0;
}

void sim_contents_finish(struct plat *plat)
{
	struct sim_contents *contents = &plat->memory.contents;

	while (contents->nr_blocks > 0)
		free(contents->blocks[--contents->nr_blocks]);
	free(contents->blocks);
	free(contents->free);
}
