/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_sim_faults.c - the simulated platform reports every broken contract: tests of the core rely
 * on that.
 *
 * Every fault of sim_faults.def has a function break_<ID>() that commits it and nothing else: a
 * new fault without one does not compile.
 */
#include "harness/test/sim/test_sim.h"

static void break_META_EMPTY(struct plat *plat)
{
	plat_meta_alloc(plat, 0);
}

static void break_META_UNKNOWN(struct plat *plat)
{
	char *block = plat_meta_alloc(plat, 64);

	plat_meta_free(plat, block + 8, 64);
}

static void break_META_BYTES(struct plat *plat)
{
	plat_meta_free(plat, plat_meta_alloc(plat, 64), 63);
}

static void break_SLEEP_INNER(struct plat *plat)
{
	plat_lock(plat, PLAT_LOCK_INNER);
	plat_meta_alloc(plat, 8);
}

static void break_SLEEP_READER(struct plat *plat)
{
	plat_read_begin(plat);
	plat_tlb_flush(plat, 0, PAGE);
}

static void break_SLEEP_ATOMIC(struct plat *plat)
{
	sim_set_atomic(plat, true);
	plat_lock(plat, PLAT_LOCK_OUTER);
}

static void break_LOCK_TWICE(struct plat *plat)
{
	plat_lock(plat, PLAT_LOCK_INNER);
	plat_lock(plat, PLAT_LOCK_INNER);
}

static void break_LOCK_ORDER(struct plat *plat)
{
	plat_lock(plat, PLAT_LOCK_INNER);
	plat_lock(plat, PLAT_LOCK_OUTER);
}

static void break_LOCK_OWNER(struct plat *plat)
{
	plat_unlock(plat, PLAT_LOCK_OUTER);
}

static void leave_locked(void *plat)
{
	plat_lock(plat, PLAT_LOCK_OUTER);
}

static void break_LOCK_LEFT(struct plat *plat)
{
	sim_run_fibers(plat, 1, (sim_fiber_fn[]){leave_locked}, (void *[]){plat}, 1, 1, NULL, NULL);
}

static void break_READ_END(struct plat *plat)
{
	plat_read_end(plat);
}

static void break_EVENT_INNER(struct plat *plat)
{
	plat_lock(plat, PLAT_LOCK_INNER);
	plat_event(plat, &(struct pcpu_event){.id = PCPU_EV_IDS});
}

static void break_PANIC_LOCKED(struct plat *plat)
{
	plat_lock(plat, PLAT_LOCK_INNER);
	plat_panic(plat, &(struct pcpu_report){.id = PCPU_MISUSE_DOUBLE_FREE});
}

static void break_CPU_IMPOSSIBLE(struct plat *plat)
{
	plat_pages_map(plat, 3, take_space(plat), 1);
}

static void break_AREA_ARGUMENT(struct plat *plat)
{
	uintptr_t address;
	bool local;

	plat_region_alloc(plat, 0, PAGE + 1, PAGE, &address, &local);
}

static void break_AREA_GIVE(struct plat *plat)
{
	uintptr_t area = take_area(plat, 4);

	plat_region_free(plat, area + PAGE, PAGE);
	plat_region_free(plat, area, 2 * PAGE); /* the second page is gone already */
}

static void break_SPACE_ARGUMENT(struct plat *plat)
{
	struct pcpu_group overlap[] = {groups[0], groups[0]};
	struct pcpu_layout bad = layout;
	uintptr_t base;

	bad.group = overlap;
	plat_vm_reserve(plat, &bad, &base);
}

static void break_SPACE_GIVE(struct plat *plat)
{
	plat_vm_release(plat, &layout, take_space(plat) + 3 * PAGE);
}

static void break_SPACE_MAPPED(struct plat *plat)
{
	uintptr_t base = take_space(plat);

	plat_pages_map(plat, 0, base, 1);
	plat_pages_unmap(plat, base, 1); /* and no flush */
	plat_vm_release(plat, &layout, base);
}

static void break_MAP_OUTSIDE(struct plat *plat)
{
	plat_pages_map(plat, 0, take_space(plat) + PAGE, 2); /* the second lies in the hole */
}

static void break_MAP_TWICE(struct plat *plat)
{
	uintptr_t base = take_space(plat);

	plat_pages_map(plat, 0, base, 1);
	plat_pages_map(plat, 0, base, 1);
}

static void break_MAP_STALE(struct plat *plat)
{
	uintptr_t base = take_space(plat);

	plat_pages_map(plat, 0, base, 1);
	plat_pages_unmap(plat, base, 1);
	plat_pages_map(plat, 0, base, 1);
}

static void break_UNMAP(struct plat *plat)
{
	plat_pages_unmap(plat, take_space(plat), 1);
}

static void break_ZERO_UNBACKED(struct plat *plat)
{
	plat_zero(plat, take_area(plat, 1), PAGE + 1);
}

static void break_COPY_UNBACKED(struct plat *plat)
{
	plat_copy(plat, take_space(plat), "x", 1);
}

static void break_READ_UNBACKED(struct plat *plat)
{
	uint8_t byte;

	lab_read(plat, NOWHERE, &byte, 1);
}

static void break_USE_FRESH(struct plat *plat)
{
	uintptr_t base = take_space(plat);

	plat_pages_map(plat, 0, base, 1);
	plat_zero(plat, base, 1); /* and no flush */
}

static void break_PHYS_UNBACKED(struct plat *plat)
{
	plat_phys(plat, take_space(plat));
}

struct breaking {
	void (*broken)(struct plat *plat);
	struct plat *plat;
};

static void breaking_run(void *argument)
{
	struct breaking *breaking = argument;

	breaking->broken(breaking->plat);
}

static void check_fault(enum sim_fault_id id, void (*broken)(struct plat *plat),
			const char *sentence)
{
	struct plat *plat = sim_create(&plain);
	struct breaking breaking = {broken, plat};
	bool reenters = id == SIM_FAULT_LOCK_TWICE || id == SIM_FAULT_LOCK_ORDER;

	CHECK_STR(sim_fault(plat), NULL);
	CHECK_STR(sim_catch_assert(breaking_run, &breaking), reenters ? PLAT_REENTRY_INNER : NULL);
	CHECK_EQ(plat->fault, id);
	CHECK_STR(sim_fault(plat), sentence);
	sim_reset(plat, &plain);
	CHECK_STR(sim_fault(plat), NULL);
	CHECK_STR(sim_lost(plat), NULL);
	sim_destroy(plat);
}

#define X(id, sentence)                                                                            \
	TEST(fault_##id)                                                                           \
	{                                                                                          \
		check_fault(SIM_FAULT_##id, break_##id, sentence);                                 \
	}
#include "harness/platform/sim/sim_faults.def"
#undef X

TEST(faults_keep_the_first)
{
	struct plat *plat = sim_create(&plain);

	break_UNMAP(plat);
	break_READ_END(plat);
	CHECK_EQ(plat->fault, SIM_FAULT_UNMAP);
	sim_destroy(plat);
}
