/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* weak_claims.c - one object that several free: who claims it (magazine.h, M1). */
#include "harness/test/relacy/weak_fixture.h"

/* --- a: two free one object ------------------------------------------------------------------- */

static void twice_set_up(void)
{
	weak_set_up(0);
	weak_thread_set(2);
	weak_given[0] = pcpu_alloc(weak_pcpu, WEAK_SMALL, 8, 0);
	while (magazine_nr_claimed(weak_magazine(2, WEAK_SMALL)) > 0)
		pcpu_alloc(weak_pcpu, WEAK_SMALL, 8, 0);
}

/* What this CPU has freed, if it is this CPU's; else another. */
static struct pcpu_ptr twice_take(void)
{
	struct pcpu_ptr p = pcpu_alloc(weak_pcpu, WEAK_SMALL, 8, PCPU_NO_WAIT);

	return p.value ? p : pcpu_alloc(weak_pcpu, WEAK_SMALL, 8, 0);
}

/* The clean magazine is empty: what was freed is verified and handed out again. Two may find it
   live, one gets it. Nobody allocates before all have freed: who frees an object that has another
   owner already is not to be distinguished from that owner. */
static void twice_free_then(uint32_t nr_all)
{
	struct pcpu_ptr p;

	pcpu_free(weak_pcpu, weak_given[0]);
	weak_meet(nr_all);
	p = twice_take();
	weak_object_check(p, WEAK_SMALL);
	weak_object_write(p, WEAK_SMALL);
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
	pcpu_free(weak_pcpu, weak_given[0]);
	pcpu_drain(weak_pcpu);
}

static void twice_drain(void)
{
	pcpu_drain(weak_pcpu);
	pcpu_drain(weak_pcpu);
}

static void twice_free_last(void)
{
	pcpu_cpu_leave();
	pcpu_free(weak_pcpu, weak_given[0]);
}

static void twice_after(void)
{
	uint64_t *p = weak_arena.shared;

	if (p[0] == p[1] || p[0] == p[2] || (p[1] != 0 && p[1] == p[2]))
		weak_fail("one object has two owners");
	weak_check(1, 1);
}

/* For callers who clear it themselves. */
static void twice_free_no_zero(void)
{
	struct pcpu_ptr p;

	pcpu_free(weak_pcpu, weak_given[0]);
	weak_meet(2);
	p = pcpu_alloc(weak_pcpu, WEAK_SMALL, 8, PCPU_NO_ZERO);
	weak_object_write(p, WEAK_SMALL);
	weak_arena.shared[weak_thread()] = p.value;
}

/* Three free it, so two are reported. */
static void thrice_after(void)
{
	uint64_t *p = weak_arena.shared;

	if (p[0] == p[1] || p[0] == p[2] || p[1] == p[2])
		weak_fail("one object has two owners");
	weak_check(2, 2);
}

/* What the other has freed, got again and freed again is freed once more, at any time: one free too
   many, whichever it is. */
static void twice_again(void)
{
	pcpu_free(weak_pcpu, weak_given[0]);
	for (uint32_t i = 0; i < 2; i++)
		pcpu_free(weak_pcpu, twice_take());
}

static void twice_once(void)
{
	pcpu_free(weak_pcpu, weak_given[0]);
}

static void again_after(void)
{
	weak_check(1, 1);
}

/* The same without magazines: one state, which three have in their batches. */
static void claims_set_up(void)
{
}

/* As a batch does it that is put off until it is not busy. */
static bool turn_claim(uint8_t *state)
{
	bool claimed;

	while (!byte_try_lock(state + 2))
		plat_relax(weak_pcpu->plat);
	claimed = state_claim(state);
	byte_unlock(state + 2);
	return claimed;
}

static void claims_try(void)
{
	uint8_t *state = (uint8_t *)&weak_arena.shared[3];

	if (!turn_claim(state))
		return;
	weak_arena.shared[weak_thread()] = 1;
	weak_arena.shared[4]++; /* cleared */
	state_take(state, 5);
	weak_arena.shared[4]++; /* written by its owner */
}

/* Its owner has it again, frees it, and makes it clean, while another tries to. */
static void lost_own(void)
{
	uint8_t *state = (uint8_t *)&weak_arena.shared[3];

	if (!turn_claim(state))
		return;
	state_take(state, 5);
	state_free(state);
	weak_arena.shared[weak_thread()] = turn_claim(state);
}

static void lost_wrong(void)
{
	weak_arena.shared[weak_thread()] = turn_claim((uint8_t *)&weak_arena.shared[3]);
}

static void lost_after(void)
{
	if (weak_arena.shared[0] + weak_arena.shared[1] != 1)
		weak_fail("a freed object is nobody's, or of two");
}

static void claims_after(void)
{
	const uint8_t *state = (const uint8_t *)&weak_arena.shared[3];

	if (weak_arena.shared[0] + weak_arena.shared[1] + weak_arena.shared[2] != 1)
		weak_fail("one object has two owners");
	if (state[0] != 5 || state[1] != 0)
		weak_fail("an object that was handed out is claimed");
}

const struct weak_case weak_claims[] = {
	{"free_twice", "two CPUs free one object, clean it and allocate", twice_set_up,
	 {twice_free, twice_free}, twice_after},
	{"free_twice_central", "the same, and one is no CPU", twice_set_up,
	 {twice_free, NULL, twice_free_central}, twice_after},
	{"free_twice_no_zero", "the same without clearing", twice_set_up,
	 {twice_free_no_zero, twice_free_no_zero}, twice_after},
	{"free_twice_drained", "two free one object, and it is cleaned meanwhile", twice_set_up,
	 {twice_free_drain, NULL, twice_free_last}, again_after},
	{"free_twice_both_drain", "two free one object, and two clean it for nobody", twice_set_up,
	 {twice_once, twice_free_drain, twice_drain}, again_after},
	{"free_thrice", "three CPUs free one object", twice_set_up,
	 {thrice_free, thrice_free, thrice_free}, thrice_after},
	{"free_again", "who has freed it gets it, and frees it again", twice_set_up,
	 {twice_again, twice_once}, again_after},
	{"free_again_central", "the same, and who frees it once more is no CPU", twice_set_up,
	 {twice_again, NULL, twice_free_last}, again_after},
	{"claims", "three have one object in their batches", claims_set_up,
	 {claims_try, claims_try, claims_try}, claims_after},
	{"claim_lost", "an owner fails to claim what another claims wrongly", claims_set_up,
	 {lost_own, lost_wrong}, lost_after},
	{0},
};
