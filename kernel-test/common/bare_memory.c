/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* bare_memory.c - areas, address space, pages and metadata for the core (plat.h). */
#include "kernel-test/common/bare_plat.h"
#include "kernel-test/common/arch.h"
#include <pcpu/bits.h>
#include "kernel-test/common/lock.h"
#include "kernel-test/common/machine.h"
#include "kernel-test/common/memory.h"
#include "kernel-test/common/paging.h"
#include "kernel-test/common/smp.h"

enum bare_defect bare_defect;

/* Returns whether this fallible call must fail. */
static bool memory_refused(struct plat *plat)
{
	uint64_t n = __atomic_fetch_add(&plat->ledger.nr_calls, 1, __ATOMIC_RELAXED);

	return plat->fail && (n == plat->fail_at || (plat->fail_lasting && n > plat->fail_at));
}

void bare_count(uint64_t *counter, uint64_t change)
{
	if (bare_defect == BARE_NO_LOCK_PREFIX) {
		uint64_t seen = __atomic_load_n(counter, __ATOMIC_RELAXED);

		for (uint32_t i = 0; i < 8; i++)
			cpu_pause(); /* an emulator would otherwise not switch CPUs here */
		__atomic_store_n(counter, seen + change, __ATOMIC_RELAXED);
		return;
	}
	__atomic_fetch_add(counter, change, __ATOMIC_RELAXED);
}

/* --- metadata --------------------------------------------------------------------------------- */

void *plat_meta_alloc(struct plat *plat, size_t bytes)
{
	void *memory = memory_refused(plat) ? NULL : heap_alloc(bytes);

	if (memory) {
		bare_count(&plat->ledger.meta_blocks, 1);
		bare_count(&plat->ledger.meta_bytes, bytes);
	}
	return memory;
}

void plat_meta_free(struct plat *plat, void *memory, size_t bytes)
{
	if (!memory)
		return;
	heap_free(memory, bytes);
	bare_count(&plat->ledger.meta_blocks, (uint64_t)-1);
	bare_count(&plat->ledger.meta_bytes, (uint64_t)0 - bytes);
}

/* The record is a separate block: readers may still access every byte of `memory`. */
void plat_meta_free_deferred(struct plat *plat, void *memory, size_t bytes)
{
	struct bare_deferred *d;

	if (!memory)
		return;
	d = heap_alloc(sizeof(*d));
	PCPU_ASSERT(d);
	*d = (struct bare_deferred){.memory = memory, .bytes = bytes};
	d->next = __atomic_load_n(&plat->deferred, __ATOMIC_RELAXED);
	while (!__atomic_compare_exchange_n(&plat->deferred, &d->next, d, false, __ATOMIC_RELEASE,
					    __ATOMIC_RELAXED))
		cpu_pause();
	bare_count(&plat->nr_deferred, 1);
}

static void memory_acknowledge(void *unused)
{
}

void bare_drain(struct plat *plat)
{
	struct bare_deferred *d = __atomic_exchange_n(&plat->deferred, NULL, __ATOMIC_ACQUIRE);

	if (!d)
		return;
	if (bare_defect != BARE_NO_GRACE_PERIOD)
		smp_call_others(memory_acknowledge, NULL);
	while (d) {
		struct bare_deferred *next = d->next;

		plat_meta_free(plat, d->memory, d->bytes);
		heap_free(d, sizeof(*d));
		bare_count(&plat->nr_deferred, (uint64_t)-1);
		d = next;
	}
}

/* --- nodes ------------------------------------------------------------------------------------ */

/* Returns the machine's node of the instance's CPU. */
static uint16_t node_of(const struct plat *plat, uint32_t cpu)
{
	uint32_t node = plat->config.topology->cpu_node[cpu];

	if (bare_defect == BARE_WRONG_NODE)
		node++;
	return (uint16_t)(node % machine.facts.nr_nodes);
}

/* Takes pages from the CPU's node, else from any. */
static uint64_t pages_take(const struct plat *plat, uint32_t cpu, uint64_t bytes, uint64_t align)
{
	uint32_t home = node_of(plat, cpu), nr = machine.facts.nr_nodes;
	uint64_t at = 0;

	for (uint32_t i = 0; i < nr && !at; i++)
		at = memory_take((uint16_t)((home + i) % nr), bytes, align);
	return at;
}

/* --- areas ------------------------------------------------------------------------------------ */

/* Pages below 4 GiB in an allocated area, of any instance. */
static uint64_t area_pages[PCPU_BITS_WORDS(1u << 20)];
static struct spin area_lock;

static void area_mark(struct plat *plat, uintptr_t address, uint64_t bytes, bool taken)
{
	uint32_t from = (uint32_t)(address >> PCPU_PAGE_SHIFT);
	uint32_t to = from + (uint32_t)(bytes >> PCPU_PAGE_SHIFT);
	uint64_t flags = spin_lock(&area_lock);

	PCPU_ASSERT(pcpu_bits_find(area_pages, from, to, taken) == to);
	if (taken)
		pcpu_bits_set(area_pages, from, to);
	else
		pcpu_bits_clear(area_pages, from, to);
	spin_unlock(&area_lock, flags);
	bare_count(&plat->ledger.pages, taken ? to - from : (uint64_t)from - to);
}

bool plat_region_alloc(struct plat *plat, uint32_t cpu, uint64_t bytes, uint64_t align,
		       uintptr_t *address, bool *local)
{
	bool wanted = memory_refused(plat) || ++plat->nr_areas == plat->config.fail_area;
	uint64_t at = wanted ? 0 : pages_take(plat, cpu, bytes, align);

	if (!at)
		return false;
	*address = at;
	*local = memory_node(at) == plat->config.topology->cpu_node[cpu] % machine.facts.nr_nodes;
	area_mark(plat, at, bytes, true);
	return true;
}

void plat_region_free(struct plat *plat, uintptr_t address, uint64_t bytes)
{
	if (bare_defect == BARE_LOSES_AREA && plat->config.fail_area)
		return;
	area_mark(plat, address, bytes, false);
	memory_give(address, bytes);
}

/* --- address space ---------------------------------------------------------------------------- */

enum { MAX_SPACES = 2048 };

static struct {
	uint64_t start, bytes;
} spaces[MAX_SPACES]; /* ascending */
static uint32_t nr_spaces;
static struct spin space_lock;

/* First fit between the taken ranges; one page stays free behind each. Returns an index or
   MAX_SPACES. */
static uint32_t space_find(uint64_t bytes, uint64_t align, uint64_t *start)
{
	uint64_t at = PAGING_START;
	uint32_t i;

	for (i = 0; i < nr_spaces; i++) {
		if (at + bytes + PCPU_PAGE_BYTES <= spaces[i].start)
			break;
		at = pcpu_align_up(spaces[i].start + spaces[i].bytes + PCPU_PAGE_BYTES, align);
	}
	if (nr_spaces == MAX_SPACES || at > PAGING_END || PAGING_END - at < bytes)
		return MAX_SPACES;
	*start = at;
	return i;
}

/* Takes the whole span, including holes between groups: there is plenty of address space. */
bool plat_vm_reserve(struct plat *plat, const struct pcpu_layout *layout, uintptr_t *base)
{
	uint64_t bytes = pcpu_layout_span(layout), flags;
	uint32_t i;

	if (memory_refused(plat))
		return false;
	flags = spin_lock(&space_lock);
	i = space_find(bytes, layout->atom_bytes, base);
	if (i < MAX_SPACES) {
		memmove(&spaces[i + 1], &spaces[i], (nr_spaces++ - i) * sizeof(spaces[0]));
		spaces[i].start = *base;
		spaces[i].bytes = bytes;
		plat->ledger.spaces++;
	}
	spin_unlock(&space_lock, flags);
	return i < MAX_SPACES;
}

void plat_vm_release(struct plat *plat, const struct pcpu_layout *layout, uintptr_t base)
{
	uint64_t flags = spin_lock(&space_lock);
	uint32_t i = 0;

	while (i < nr_spaces && spaces[i].start != base)
		i++;
	PCPU_ASSERT(i < nr_spaces);
	memmove(&spaces[i], &spaces[i + 1], (--nr_spaces - i) * sizeof(spaces[0]));
	plat->ledger.spaces--;
	spin_unlock(&space_lock, flags);
}

/* --- pages ------------------------------------------------------------------------------------ */

static bool page_refused(struct plat *plat, uint32_t cpu)
{
	uint64_t n = __atomic_fetch_add(&plat->ledger.nr_page_calls, 1, __ATOMIC_RELAXED);
	bool wanted = memory_refused(plat) || (plat->fail_page && n == plat->fail_page_at);

	if (wanted && bare_defect == BARE_LOSES_PAGE)
		(void)pages_take(plat, cpu, PCPU_PAGE_BYTES, PCPU_PAGE_BYTES);
	return wanted;
}

static bool page_map(struct plat *plat, uint32_t cpu, uintptr_t address)
{
	uint64_t physical;

	if (page_refused(plat, cpu))
		return false;
	physical = pages_take(plat, cpu, PCPU_PAGE_BYTES, PCPU_PAGE_BYTES);
	if (!physical)
		return false;
	if (!paging_map(address, physical)) {
		memory_give(physical, PCPU_PAGE_BYTES);
		return false;
	}
	bare_count(&plat->ledger.pages, 1);
	return true;
}

uint32_t plat_pages_map(struct plat *plat, uint32_t cpu, uintptr_t address, uint32_t nr)
{
	uint32_t done = 0;

	while (done < nr && page_map(plat, cpu, address + (uintptr_t)done * PCPU_PAGE_BYTES))
		done++;
	return done;
}

/* Caches are coherent, so there is nothing to write back. */
void plat_pages_unmap(struct plat *plat, uintptr_t address, uint32_t nr)
{
	if (bare_defect == BARE_KEEPS_PAGE)
		nr--;
	for (uint32_t i = 0; i < nr; i++) {
		paging_retire(address + (uintptr_t)i * PCPU_PAGE_BYTES);
		if (bare_defect == BARE_FLUSHES_EACH_PAGE)
			plat_tlb_flush(plat, address + (uintptr_t)i * PCPU_PAGE_BYTES,
				       PCPU_PAGE_BYTES);
	}
}

/* Flushes everything, except what a defect leaves out of up to 32 pages. */
static void memory_flush(uintptr_t address, uint64_t bytes)
{
	bool small = bytes <= 32 * PCPU_PAGE_BYTES;
	uint64_t first = small && bare_defect == BARE_FLUSH_SKIPS_FIRST ? PCPU_PAGE_BYTES : 0;
	uint64_t last = small && bare_defect == BARE_FLUSH_SKIPS_LAST ? PCPU_PAGE_BYTES : 0;

	arch_tlb_flush(address + first, bytes - pcpu_min64(first + last, bytes),
		       bare_defect != BARE_NO_SHOOTDOWN);
}

void plat_tlb_flush(struct plat *plat, uintptr_t address, uint64_t bytes)
{
	memory_flush(address, bytes);
	bare_count(&plat->ledger.nr_flushes, 1);
	bare_count(&plat->ledger.pages, (uint64_t)0 - paging_reap(address, bytes));
}

/* --- contents --------------------------------------------------------------------------------- */

void plat_zero(struct plat *plat, uintptr_t address, size_t bytes)
{
	memset((void *)address, 0, bytes);
}

/* Free memory has its list in it (memory.c). */
bool plat_pages_zeroed(struct plat *plat)
{
	return false;
}

bool plat_is_zero(struct plat *plat, uintptr_t address, size_t bytes)
{
	return lab_memory_is_zero((const void *)address, bytes);
}

/* Returns whether this copies the template to the last unit: the default instance copies it once
   for each. */
static bool is_last_template(const struct plat *plat, size_t bytes)
{
	static uint32_t nr;

	return plat->config.owns_base && bytes >= PCPU_PAGE_BYTES &&
	       ++nr == machine.topology.nr_cpu_ids;
}

void plat_copy(struct plat *plat, uintptr_t address, const void *from, size_t bytes)
{
	if (bare_defect == BARE_TEMPLATE_MISSED && is_last_template(plat, bytes))
		return;
	memcpy((void *)address, from, bytes);
}

void lab_read(struct plat *plat, uintptr_t address, void *to, size_t bytes)
{
	memcpy(to, (const void *)address, bytes);
}

bool lab_holds(struct plat *plat, uintptr_t address, const void *wanted, size_t bytes)
{
	return lab_memory_holds((const void *)address, wanted, bytes);
}

uint64_t plat_phys(struct plat *plat, uintptr_t address)
{
	return paging_translate(address);
}

bool plat_page_backed(struct plat *plat, uintptr_t address)
{
	if (address >= PAGING_START)
		return paging_translate(address) != 0;
	return pcpu_bit_test(area_pages, (uint32_t)(address >> PCPU_PAGE_SHIFT));
}

/* 0: there are few pages, and only tests access a unit's neighbour. */
uint32_t plat_guard_bytes(struct plat *plat)
{
	return 0;
}

uint64_t plat_pages_held(struct plat *plat)
{
	return plat->ledger.pages;
}

uint16_t plat_page_node(struct plat *plat, uintptr_t address)
{
	/* An instance with its own topology has other nodes than the machine. */
	if (plat->config.topology != &machine.topology)
		return PCPU_NO_NODE;
	return memory_node(paging_translate(address));
}
