/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * weak_cases.c - what two or three CPUs do at once with one allocator, and what must hold then.
 *
 * In every case: no race, no failed assertion, no deadlock; objects are zero when they are handed
 * out, and one owner's at a time; afterwards magazines can be emptied, and every invariant holds.
 */
#include "core/front/front_calls.h"
#include "harness/test/relacy/weak_arena.h"
#include "harness/test/relacy/weak_cases.h"

#define SMALL 8u    /* bytes of an object: 512 in a span of one page */
#define LARGE 1024u /* of one that begins a span of its own */
#define NR    16u

static struct pcpu *pcpu;
static struct pcpu_ptr given[NR]; /* by set-up */

/* --- what all cases begin and end with -------------------------------------------------------- */

static void weak_create(void)
{
	static const uint16_t cpu_node[WEAK_NR_CPUS], node_id[1];
	static const struct pcpu_topology machine = {
		.nr_cpu_ids = WEAK_NR_CPUS,
		.nr_nodes = 1,
		.cpu_node = cpu_node,
		.node_id = node_id,
	};
	struct pcpu_config config = {
		.plat = &weak_arena.plat,
		.topology = &machine,
		.sizes = {
			.static_bytes = 4096,
			.dyn_bytes = 20 << 10,
			.atom_bytes = PCPU_PAGE_BYTES,
		},
		.choice = PCPU_CHOICE_EMBED,
		.backing = PCPU_BACKING_KM,
		.static_start = PCPU_STATIC_AT_BASE,
		.engine = pcpu_engine_find("bitmap"),
		.front = true,
	};

	weak_thread_set(0);
	if (pcpu_create(&config, &pcpu) != PCPU_OK)
		weak_fail("no allocator");
}

static void cpu_be(uint32_t thread, uint32_t cpu)
{
	weak_thread_set(thread);
	pcpu_cpu_enter(pcpu, cpu);
}

static struct pcpu_magazine *magazine_of(uint32_t cpu, uint32_t bytes)
{
	return pcpu->front->cpu[cpu].magazine[pcpu_class_of[bytes]];
}

/* Each thread is a CPU and has a magazine for small objects; `nr` are in its clean one, none in its
   dirty one. */
static void cpus_set_up(uint32_t nr)
{
	weak_create();
	for (uint32_t i = 0; i < WEAK_NR_THREADS; i++) {
		cpu_be(i, i);
		pcpu_free(pcpu, pcpu_alloc(pcpu, SMALL, 8, 0));
	}
	pcpu_drain(pcpu);
	for (uint32_t i = 0; nr > 0 && i < WEAK_NR_THREADS; i++) {
		weak_thread_set(i);
		do
			if (!pcpu_alloc(pcpu, SMALL, 8, 0).value)
				weak_fail("no object in set-up");
		while (magazine_nr(magazine_of(i, SMALL)) > nr);
	}
	weak_thread_set(0);
}

static uint32_t nr_misuses(void)
{
	uint32_t nr = 0;

	for (uint32_t i = 0; i < PCPU_NR_MISUSES; i++)
		nr += weak_arena.nr_misuses[i];
	return nr;
}

/* The front's own; those of the engine, which is locked, at one schedule in 16. */
static enum pcpu_invariant invariants_check(void)
{
	static uint32_t nr_checks;
	struct pcpu_broken where;

	return nr_checks++ % 16 == 0 ? pcpu_check(pcpu, &where) : pcpu_front_check(pcpu, &where);
}

/* What is still in magazines is verified, and reported, now. */
static void weak_check(uint32_t nr_least, uint32_t nr_most)
{
	enum pcpu_invariant broken;

	pcpu_drain(pcpu);
	broken = invariants_check();
	if (broken != PCPU_HOLDS)
		weak_fail(pcpu_invariant_text(broken));
	if (nr_misuses() < nr_least)
		weak_fail("a double free was not reported");
	if (nr_misuses() > nr_most)
		weak_fail("a misuse was reported that was none");
}

static void check_no_misuse(void)
{
	weak_check(0, 0);
}

/* --- objects ---------------------------------------------------------------------------------- */

/* What an owner may do: write each copy. */
static void object_write(struct pcpu_ptr p, uint32_t bytes)
{
	for (uint32_t cpu = 0; cpu < WEAK_NR_CPUS; cpu++) {
		uint8_t *copy = (uint8_t *)(p.value + pcpu->offset[cpu]);

		for (uint32_t i = 0; i < bytes; i += 4)
			copy[i] = 1;
	}
}

static void object_check(struct pcpu_ptr p, uint32_t bytes)
{
	if (!p.value)
		weak_fail("an allocation failed");
	for (uint32_t cpu = 0; cpu < WEAK_NR_CPUS; cpu++)
		if (!plat_is_zero(pcpu->plat, p.value + pcpu->offset[cpu], bytes))
			weak_fail("an object was handed out that is not zero");
}

/* Allocates, finds it zero, and writes it. */
static struct pcpu_ptr object_take(uint32_t bytes)
{
	struct pcpu_ptr p = pcpu_alloc(pcpu, bytes, 8, 0);

	object_check(p, bytes);
	object_write(p, bytes);
	return p;
}

/* --- messages between threads: of no order, so that they hide nothing ------------------------- */

static void message_send(uint32_t slot, uint64_t value)
{
	__atomic_store_n(&weak_arena.shared[slot], value, __ATOMIC_RELAXED);
}

static uint64_t message_wait(uint32_t slot)
{
	uint64_t value;

	while ((value = __atomic_load_n(&weak_arena.shared[slot], __ATOMIC_RELAXED)) == 0)
		weak_yield();
	return value;
}

/* Goes on once nr threads are here. What they did before is seen. */
static void all_meet(uint32_t nr)
{
	uint64_t *here = &weak_arena.shared[7];

	__atomic_add_fetch(here, 1, __ATOMIC_ACQ_REL);
	while (__atomic_load_n(here, __ATOMIC_ACQUIRE) < nr)
		weak_yield();
}

/* --- a: two free one object ------------------------------------------------------------------- */

static void twice_set_up(void)
{
	cpus_set_up(0);
	weak_thread_set(2);
	given[0] = pcpu_alloc(pcpu, SMALL, 8, 0);
	while (magazine_nr(magazine_of(2, SMALL)) > 0)
		pcpu_alloc(pcpu, SMALL, 8, 0);
}

/* What this CPU has freed, if it is this CPU's; else another. */
static struct pcpu_ptr twice_take(void)
{
	struct pcpu_ptr p = pcpu_alloc(pcpu, SMALL, 8, PCPU_NO_WAIT);

	return p.value ? p : pcpu_alloc(pcpu, SMALL, 8, 0);
}

/* The clean magazine is empty: what was freed is verified and handed out again. Two may find it
   live, one gets it. Nobody allocates before all have freed: who frees an object that has another
   owner already is not to be distinguished from that owner. */
static void twice_free_then(uint32_t nr_all)
{
	struct pcpu_ptr p;

	pcpu_free(pcpu, given[0]);
	all_meet(nr_all);
	p = twice_take();
	object_check(p, SMALL);
	object_write(p, SMALL);
	weak_arena.shared[weak_thread()] = p.value;
}

static void twice_free(void)
{
	twice_free_then(2);
}

static void thrice_free(void)
{
	twice_free_then(3);
}

/* Has no magazine, and frees and takes under the lock. */
static void twice_free_central(void)
{
	pcpu_cpu_leave();
	twice_free_then(2);
}

/* Verifies it at once, but for nobody: it goes into its span. */
static void twice_free_drain(void)
{
	pcpu_free(pcpu, given[0]);
	pcpu_drain(pcpu);
}

static void twice_free_last(void)
{
	pcpu_cpu_leave();
	pcpu_free(pcpu, given[0]);
}

static void twice_after(void)
{
	uint64_t *p = weak_arena.shared;

	if (p[0] == p[1] || p[0] == p[2] || (p[1] != 0 && p[1] == p[2]))
		weak_fail("one object has two owners");
	weak_check(1, 1);
}

/* Three free it, so two are reported. */
static void thrice_after(void)
{
	uint64_t *p = weak_arena.shared;

	if (p[0] == p[1] || p[0] == p[2] || p[1] == p[2])
		weak_fail("one object has two owners");
	weak_check(2, 2);
}

/* What the other has freed, got again and freed again is given back once more, at any time: one
   free too many, whichever it is. */
static void twice_again(void)
{
	pcpu_free(pcpu, given[0]);
	for (uint32_t i = 0; i < 2; i++)
		pcpu_free(pcpu, twice_take());
}

static void twice_once(void)
{
	pcpu_free(pcpu, given[0]);
}

static void again_after(void)
{
	weak_check(1, 1);
}

/* The same without magazines: one state, which three have in their batches. */
static void claims_set_up(void)
{
}

static void claims_try(void)
{
	uint8_t *state = (uint8_t *)&weak_arena.shared[3];

	if (!state_claim(state))
		return;
	weak_arena.shared[weak_thread()] = 1;
	weak_arena.shared[4]++; /* cleared */
	state_take(state, 5);
	weak_arena.shared[4]++; /* written by its owner */
}

static void claims_after(void)
{
	const uint8_t *state = (const uint8_t *)&weak_arena.shared[3];

	if (weak_arena.shared[0] + weak_arena.shared[1] + weak_arena.shared[2] != 1)
		weak_fail("one object has two owners");
	if (state[0] != 5 || state[1] != 0)
		weak_fail("an object that was handed out is claimed");
}

/* --- b, c: freed by one CPU, cleared by another that has stopped it --------------------------- */

static void stop_set_up(void)
{
	cpus_set_up(1);
	for (uint32_t i = 0; i < WEAK_NR_THREADS; i++) {
		weak_thread_set(i);
		given[i] = pcpu_alloc(pcpu, SMALL, 8, 0);
		given[WEAK_NR_THREADS + i] = pcpu_alloc(pcpu, SMALL, 8, 0);
	}
}

/* Two hits and a miss, or three misses while this CPU is stopped. */
static void stop_work(void)
{
	object_write(given[weak_thread()], SMALL);
	pcpu_free(pcpu, given[weak_thread()]);
	pcpu_free(pcpu, object_take(SMALL));
}

static void stop_drain(void)
{
	pcpu_drain(pcpu);
	object_take(SMALL);
}

static void stop_balance(void)
{
	pcpu_balance(pcpu);
	pcpu_balance(pcpu);
	object_take(SMALL);
}

/* Holds the outer lock, as who forks. */
static void stop_and_write(void)
{
	plat_lock(pcpu->plat, PLAT_LOCK_OUTER);
	if (pcpu_cpus_stop(pcpu)) {
		struct pcpu_magazine *magazine = magazine_of(0, SMALL);

		weak_read(magazine, sizeof(*magazine));
		weak_write(magazine, sizeof(*magazine));
		pcpu_cpus_go(pcpu);
	}
	plat_unlock(pcpu->plat, PLAT_LOCK_OUTER);
}

static void stop_bulk(void)
{
	struct pcpu_ptr p[4];

	pcpu_free_many(pcpu, &given[weak_thread()], 1);
	if (!pcpu_alloc_many(pcpu, SMALL, 8, 0, 3, p))
		weak_fail("an allocation failed");
	for (uint32_t i = 0; i < 3; i++) {
		object_check(p[i], SMALL);
		object_write(p[i], SMALL);
	}
	pcpu_free_many(pcpu, p, 3);
}

static void stop_no_zero(void)
{
	struct pcpu_ptr p;

	object_write(given[weak_thread()], SMALL);
	pcpu_free(pcpu, given[weak_thread()]);
	p = pcpu_alloc(pcpu, SMALL, 8, PCPU_NO_ZERO);
	object_write(p, SMALL);
	pcpu_free(pcpu, p);
}

/* --- d: what leads to objects is whole before it is found ------------------------------------- */

/* Where the next large object will lie: its span is made, and returned. */
static void record_set_up(void)
{
	cpus_set_up(4);
	for (uint32_t i = 0; i < WEAK_NR_THREADS; i++) {
		weak_thread_set(i);
		pcpu_free(pcpu, pcpu_alloc(pcpu, LARGE, 8, 0));
		pcpu_drain(pcpu);
	}
	weak_thread_set(0);
	given[0] = pcpu_alloc(pcpu, LARGE, 8, 0);
	pcpu_free(pcpu, given[0]);
	pcpu_drain(pcpu);
	for (uint32_t i = 0; i < WEAK_NR_THREADS; i++) {
		weak_thread_set(i);
		pcpu_free(pcpu, pcpu_alloc(pcpu, SMALL, 8, 0)); /* its chunk is the nearest */
	}
	memset(weak_arena.nr_misuses, 0, sizeof(weak_arena.nr_misuses));
}

static void record_make(void)
{
	weak_arena.shared[0] = pcpu_alloc(pcpu, LARGE, 8, 0).value;
	if (!weak_arena.shared[0])
		weak_fail("an allocation failed");
}

/* A pointer that nobody gave: to where an object may be or not. */
static void record_guess(void)
{
	pcpu_free(pcpu, given[0]);
}

static void record_guess_central(void)
{
	pcpu_cpu_leave();
	pcpu_free(pcpu, given[0]);
}

static void record_find(void)
{
	struct pcpu_place place;

	for (uint32_t i = 0; i < 20 && !pcpu_lookup(pcpu, given[0], &place); i++)
		;
}

static void record_find_then_guess(void)
{
	record_find();
	record_guess();
}

/* One frees an object that another was given, if it found one. */
static void record_after(void)
{
	weak_check(0, 2);
}

/* A span without a live object, and one who frees what was its object once more. */
static void return_set_up(void)
{
	cpus_set_up(4);
	weak_thread_set(0);
	given[0] = pcpu_alloc(pcpu, LARGE, 8, 0);
	pcpu_free(pcpu, given[0]);
}

static void return_dangling(void)
{
	for (uint32_t i = 0; i < 6; i++)
		pcpu_free(pcpu, given[0]);
}

static void return_after(void)
{
	weak_check(6, 6);
}

static void chunk_fill(void)
{
	while (pcpu_alloc(pcpu, LARGE, 8, PCPU_ATOMIC).value)
		;
	while (pcpu_alloc(pcpu, 4096, 8, PCPU_ATOMIC).value)
		;
}

/* The next object needs a chunk, and not the first that the index leads to: no node of it is new
   then. */
static void chunk_set_up(void)
{
	cpus_set_up(1);
	chunk_fill();
	if (!pcpu_alloc(pcpu, LARGE, 8, 0).value)
		weak_fail("no second chunk in set-up");
	chunk_fill();
	given[0].value = (uintptr_t)weak_arena.pages[weak_arena.plat.pages_used] +
			 2 * PCPU_PAGE_BYTES - pcpu->offset[0];
}

/* --- e: threads that are one CPU, one after the other ----------------------------------------- */

static void cpu_set_up(void)
{
	weak_create();
	cpu_be(0, 0);
	cpu_be(2, 2);
	for (uint32_t i = 0; i < WEAK_NR_THREADS; i += 2) {
		weak_thread_set(i);
		pcpu_free(pcpu, pcpu_alloc(pcpu, SMALL, 8, 0));
	}
	weak_thread_set(0);
	given[0] = pcpu_alloc(pcpu, SMALL, 8, 0);
	weak_thread_set(2);
	given[2] = pcpu_alloc(pcpu, SMALL, 8, 0);
}

static void cpu_first(void)
{
	object_write(given[0], SMALL);
	pcpu_free(pcpu, given[0]);
	object_take(SMALL);
	pcpu_cpu_leave();
	message_send(4, 1);
}

static void cpu_second(void)
{
	message_wait(4);
	pcpu_cpu_enter(pcpu, 0);
	pcpu_free(pcpu, object_take(SMALL));
	object_take(SMALL);
	pcpu_cpu_leave();
}

/* --- statistics, which look at magazines that work -------------------------------------------- */

static void stats_read(void)
{
	struct pcpu_stats stats;

	pcpu_stats(pcpu, &stats);
	pcpu_stats(pcpu, &stats);
}

/* --- all -------------------------------------------------------------------------------------- */

const struct weak_case weak_cases[] = {
	{"free_twice", "two CPUs free one object, clean it and allocate", twice_set_up,
	 {twice_free, twice_free}, twice_after},
	{"free_twice_central", "the same, and one is no CPU", twice_set_up,
	 {twice_free, NULL, twice_free_central}, twice_after},
	{"free_twice_drained", "two free one object, and it is cleaned meanwhile", twice_set_up,
	 {twice_free_drain, NULL, twice_free_last}, again_after},
	{"free_thrice", "three CPUs free one object", twice_set_up,
	 {thrice_free, thrice_free, thrice_free}, thrice_after},
	{"free_again", "who has freed it gets it, and frees it again", twice_set_up,
	 {twice_again, twice_once}, again_after},
	{"claims", "three have one object in their batches", claims_set_up,
	 {claims_try, claims_try, claims_try}, claims_after},
	{"drain", "a CPU's magazines are emptied by another while it works", stop_set_up,
	 {stop_work, stop_drain, stop_work}, check_no_misuse},
	{"drain_two", "two empty magazines", stop_set_up,
	 {stop_work, stop_drain, stop_drain}, check_no_misuse},
	{"balance", "idle magazines are emptied", stop_set_up,
	 {stop_work, stop_balance}, check_no_misuse},
	{"stop", "nobody is inside while CPUs are stopped", stop_set_up,
	 {stop_work, stop_and_write, stop_and_write}, check_no_misuse},
	{"drain_bulk", "several at once, while magazines are emptied", stop_set_up,
	 {stop_bulk, stop_drain}, check_no_misuse},
	{"drain_no_zero", "objects that are not cleared", stop_set_up,
	 {stop_no_zero, stop_drain}, check_no_misuse},
	{"page_record", "a wild free of what becomes an object meanwhile", record_set_up,
	 {record_make, record_guess, record_guess_central}, record_after},
	{"page_record_looked_up", "lookups of what becomes an object meanwhile", record_set_up,
	 {record_make, record_find, record_find}, check_no_misuse},
	{"span_returned", "double frees of what was an object of a span that goes", return_set_up,
	 {return_dangling, stop_drain}, return_after},
	{"chunk", "a wild free of what becomes a chunk meanwhile", chunk_set_up,
	 {record_make, record_find_then_guess, record_find}, record_after},
	{"one_cpu", "two threads are one CPU, one after the other", cpu_set_up,
	 {cpu_first, cpu_second, stop_drain}, check_no_misuse},
	{"stats", "statistics are read while magazines work", stop_set_up,
	 {stop_work, stats_read, stop_work}, check_no_misuse},
};
const uint32_t weak_nr_cases = sizeof(weak_cases) / sizeof(weak_cases[0]);
