/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* arm64_machine.c - reads the device tree: CPUs, nodes, memory, command line, module. */
#include "kernel-test/arm64/arm64_machine.h"
#include "kernel-test/common/arch.h"
#include "kernel-test/common/console.h"
#include "kernel-test/common/machine.h"

enum { TREE_MAX_BYTES = 2 << 20 /* the boot protocol's limit */, EL1 = 1 << 2 };

struct fdt_facts arm64_facts;

/* The runner's time-out detects an endless wait. */
void arch_watch(const uint32_t *counter)
{
}

uint32_t cpu_own_id(void)
{
	return REGISTER_READ(mpidr_el1) & 0xffffff;
}

static void module_take(uint64_t start, uint64_t bytes)
{
	if (start >= ARCH_MAPPED_BYTES || bytes > ARCH_MAPPED_BYTES - start)
		machine_stop("the module lies beyond 4 GiB");
	machine.module = (const char *)start;
	machine.module_bytes = bytes;
}

void machine_init(uintptr_t start_info)
{
	const struct fdt_facts *facts = &arm64_facts;
	const char *wrong;
	struct fdt fdt;

	if (REGISTER_READ(CurrentEL) != EL1)
		machine_stop("the image was not entered at EL1");
	wrong = fdt_open((const void *)start_info, TREE_MAX_BYTES, &fdt);
	if (!wrong)
		wrong = fdt_facts_read(&fdt, &arm64_facts);
	if (wrong)
		machine_stop(wrong);
	if (!facts->has_psci || !facts->distributor)
		machine_stop("PSCI and a GICv3 are needed (gic-version=3)");
	machine.facts = facts->machine;
	machine_take_command_line((const char *)facts->command_line.at, facts->command_line.bytes);
	machine_boot_cpu_first(cpu_own_id());
	machine_topology_fill();
	if (facts->module)
		module_take(facts->module, facts->module_bytes);
	/* The tree has been read, so its memory is free, too. */
	for (uint32_t i = 0; i < facts->nr_ram; i++)
		machine_ram_give(facts->ram[i].start, facts->ram[i].bytes);
}
