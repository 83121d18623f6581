/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* arm64_machine.h - facts from the device tree, for the other arm64_* files. */
#ifndef BOOT_ARM64_MACHINE_H
#define BOOT_ARM64_MACHINE_H

#include "harness/firmware/fdt_facts.h"

extern struct fdt_facts arm64_facts;

#endif
