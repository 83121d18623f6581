/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* x86_power.c - state S5 by ACPI's PM1 control registers (ACPI 6.5, 4.8.3.2). */
#include "kernel-test/x86/x86_power.h"
#include "harness/firmware/acpi_power.h"
#include "kernel-test/common/arch.h"
#include "kernel-test/x86/x86_apic.h"

enum { CONTROL_SCI_ENABLED = 1, SLEEP_TYPE_SHIFT = 10, SLEEP_TYPE_MASK = 7 << 10,
       SLEEP_ENABLE = 1 << 13 };
enum { TRIES = 40, TRY_US = 25000 }; /* a second */

static struct acpi_power power;
static const char *why_not = "no ACPI table was read yet";

void x86_power_init(const struct acpi_memory *memory, uint64_t rsdp)
{
	why_not = acpi_power_find(memory, rsdp, &power);
}

static bool acpi_is_on(void)
{
	return port_read16(power.control_a) & CONTROL_SCI_ENABLED;
}

/* The firmware may still own the registers. */
static void acpi_switch_on(void)
{
	if (!power.command || !power.enable || acpi_is_on())
		return;
	port_write8(power.command, power.enable);
	for (uint32_t i = 0; i < TRIES && !acpi_is_on(); i++)
		x86_delay_us(TRY_US);
}

static void sleep_write(uint16_t port, uint8_t type)
{
	uint16_t rest = port_read16(port) & (uint16_t)~(SLEEP_TYPE_MASK | SLEEP_ENABLE);

	port_write16(port, (uint16_t)(rest | type << SLEEP_TYPE_SHIFT | SLEEP_ENABLE));
}

const char *arch_power_off(void)
{
	if (why_not)
		return why_not;
	acpi_switch_on();
	sleep_write(power.control_a, power.sleep_a);
	if (power.control_b)
		sleep_write(power.control_b, power.sleep_b);
	for (uint32_t i = 0; i < TRIES; i++)
		x86_delay_us(TRY_US);
	return "ACPI's state S5 was requested, and nothing happened";
}
