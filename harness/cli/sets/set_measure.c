/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* set_measure.c - see set_measure.h. */
#include "harness/cli/sets/set_measure.h"

#include "harness/platform/lab_plat.h"

enum { READS = 20000, TRIES = 5 };

/* Each read waits for the one before: it is how long a line takes to come that is measured. zero is
   always 0, which the compiler must not know. */
static uintptr_t round_read(const uintptr_t *addresses, size_t nr, uintptr_t zero)
{
	for (size_t i = 0; i < nr; i++) {
		__asm__ volatile("" : "+r"(zero));
		zero &= *(const volatile uint8_t *)(addresses[i] + zero);
	}
	return zero;
}

double set_measure(const uintptr_t *addresses, size_t nr)
{
	size_t nr_rounds = nr ? READS / nr + 1 : 0;
	uint64_t least = UINT64_MAX;
	uintptr_t zero = 0;

	if (nr == 0)
		return 0;
	for (int i = 0; i < TRIES; i++) {
		uint64_t from, ns;

		zero = round_read(addresses, nr, zero);
		from = lab_clock_ns();
		for (size_t round = 0; round < nr_rounds; round++)
			zero = round_read(addresses, nr, zero);
		ns = lab_clock_ns() - from;
		if (ns < least)
			least = ns;
	}
	return (double)least / (double)(nr_rounds * nr);
}
