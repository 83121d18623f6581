/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* x86_power.h - what arch_power_off() will need of the ACPI tables: read while they are there. */
#ifndef BOOT_X86_POWER_H
#define BOOT_X86_POWER_H

#include "harness/firmware/acpi.h"

void x86_power_init(const struct acpi_memory *memory, uint64_t rsdp);

#endif
