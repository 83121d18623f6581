/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * acpi_power.h - how ACPI powers a machine off: state S5 by the PM1 control registers (ACPI 6.5,
 * 4.8.3.2, 5.2.9 and 7.4.2).
 *
 *	RSDP -> FADT -> PM1a and PM1b control ports, the port and value that switch ACPI on
 *	             -> DSDT -> Name (_S5_, Package {SLP_TYPa, SLP_TYPb, ...})
 *
 * Tables are input, as in acpi.h. AML is not interpreted: the package is looked for by its bytes,
 * and its first two elements have to be constants.
 */
#ifndef BOOT_ACPI_POWER_H
#define BOOT_ACPI_POWER_H

#include "harness/firmware/acpi.h"

struct acpi_power {
	uint16_t control_a, control_b; /* I/O ports; control_b 0: there is none */
	uint8_t sleep_a, sleep_b;      /* SLP_TYP of S5, 0..7 */
	uint16_t command;	       /* I/O port; 0: ACPI is always on */
	uint8_t enable;		       /* written to command, it switches ACPI on */
};

/* NULL, or why the machine cannot be powered off this way, a constant sentence. */
const char *acpi_power_find(const struct acpi_memory *memory, uint64_t rsdp,
			    struct acpi_power *power);

#endif
