/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* arm64_psci.c - starts the other CPUs and powers the machine off (Arm DEN 0022, CPU_ON and
   SYSTEM_OFF; calls: Arm DEN 0028). */
#include "kernel-test/common/arch.h"
#include "kernel-test/arm64/arm64_machine.h"
#include "kernel-test/common/machine.h"
#include "kernel-test/common/smp.h"

enum { PSCI_SUCCESS = 0 };
#define PSCI_CPU_ON	UINT64_C(0xc4000003)
#define PSCI_SYSTEM_OFF UINT64_C(0x84000008)

extern const char cpu_entry[];

/* Read by arm64_start.S. */
static struct cpu_start next_cpu;

/* Arm DEN 0028: a call may change registers up to x17. */
static int64_t psci_call(uint64_t function, uint64_t first, uint64_t second, uint64_t third)
{
	register uint64_t x0 __asm__("x0") = function;
	register uint64_t x1 __asm__("x1") = first;
	register uint64_t x2 __asm__("x2") = second;
	register uint64_t x3 __asm__("x3") = third;

	if (arm64_facts.psci_by_smc)
		__asm__ volatile("smc #0"
				 : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)
				 :
				 : "memory", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11",
				   "x12", "x13", "x14", "x15", "x16", "x17");
	else
		__asm__ volatile("hvc #0"
				 : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)
				 :
				 : "memory", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11",
				   "x12", "x13", "x14", "x15", "x16", "x17");
	return (int64_t)x0;
}

static bool came_up(uint32_t wanted)
{
	uint64_t second = REGISTER_READ(cntfrq_el0), start = REGISTER_READ(cntvct_el0);

	while (REGISTER_READ(cntvct_el0) - start < second) {
		if (smp_nr_online() == wanted)
			return true;
		cpu_pause();
	}
	return false;
}

bool arch_cpu_start(uint32_t cpu, const struct cpu_start *start)
{
	uint32_t wanted = smp_nr_online() + 1;

	next_cpu = *start;
	__asm__ volatile("dsb ish" : : : "memory");
	return psci_call(PSCI_CPU_ON, machine.facts.hw_id[cpu], (uintptr_t)cpu_entry,
			 (uintptr_t)&next_cpu) == PSCI_SUCCESS &&
	       came_up(wanted);
}

const char *arch_power_off(void)
{
	if (!arm64_facts.has_psci)
		return "the device tree has no PSCI";
	psci_call(PSCI_SYSTEM_OFF, 0, 0, 0);
	return "PSCI refused";
}
