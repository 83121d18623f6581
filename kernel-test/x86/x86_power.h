/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* x86_power.h - data from ACPI tables for arch_power_off(): read while they are in memory. */
#ifndef BOOT_X86_POWER_H
#define BOOT_X86_POWER_H

#include "harness/firmware/acpi.h"

void x86_power_init(const struct acpi_memory *memory, uint64_t rsdp);

#endif
