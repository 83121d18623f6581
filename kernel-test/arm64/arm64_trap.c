/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* arm64_trap.c - handlers of the vector table's entries (Arm ARM DDI 0487, VBAR_EL1). */
#include "kernel-test/arm64/arm64_trap.h"
#include "kernel-test/common/arch.h"
#include "kernel-test/arm64/arm64_gic.h"
#include "kernel-test/common/console.h"
#include <pcpu/percpu.h>

/* The second four entries: from this exception level, on its own stack. */
enum { ENTRY_SYNCHRONOUS = 4, ENTRY_INTERRUPT = 5 };
enum { CLASS_SHIFT = 26, CLASS_UNKNOWN = 0, CLASS_DATA_ABORT_HERE = 0x25 };

extern const char trap_entries[], probe_at[], probe_here_at[], probe_failed[], semihosting_at[];
void trap_dispatch(uint64_t entry, struct trap_frame *frame);

static DEFINE_PER_CPU(uintptr_t, faulted_at);

void trap_init(void)
{
	trap_load();
}

void trap_load(void)
{
	REGISTER_WRITE(vbar_el1, (uintptr_t)trap_entries);
	instruction_barrier();
}

static void put_field(struct lab_text *text, const char *name, uint64_t value)
{
	lab_put(text, name);
	lab_put_hex(text, value);
}

_Noreturn static void exception_report(uint64_t entry, const struct trap_frame *frame)
{
	LINE(text, 256);

	lab_put(&text, "exception by entry ");
	lab_put_u64(&text, entry);
	put_field(&text, ", syndrome ", REGISTER_READ(esr_el1));
	put_field(&text, ", at ", frame->elr);
	put_field(&text, ", stack ", (uintptr_t)(frame + 1));
	put_field(&text, ", fault address ", REGISTER_READ(far_el1));
	put_field(&text, ", TPIDR_EL1 ", percpu_base_read());
	machine_stop(text_text);
}

uintptr_t probe_fault(void)
{
	return this_cpu_read(faulted_at);
}

/* If a probe faulted, continues where it returns false. */
static bool probe_ends(uint64_t entry, struct trap_frame *frame)
{
	if (entry != ENTRY_SYNCHRONOUS ||
	    REGISTER_READ(esr_el1) >> CLASS_SHIFT != CLASS_DATA_ABORT_HERE ||
	    (frame->elr != (uintptr_t)probe_at && frame->elr != (uintptr_t)probe_here_at))
		return false;
	this_cpu_write(faulted_at, REGISTER_READ(far_el1));
	frame->elr = (uintptr_t)probe_failed;
	return true;
}

static uint64_t exception_class(void)
{
	return REGISTER_READ(esr_el1) >> CLASS_SHIFT & 63;
}

/* For semihosting calls without an emulator. */
static bool semihosting_ends(uint64_t entry, struct trap_frame *frame)
{
	if (entry != ENTRY_SYNCHRONOUS || exception_class() != CLASS_UNKNOWN ||
	    frame->elr != (uintptr_t)semihosting_at)
		return false;
	frame->elr += 4;
	return true;
}

void trap_dispatch(uint64_t entry, struct trap_frame *frame)
{
	if (entry == ENTRY_INTERRUPT)
		arm64_interrupt();
	else if (!probe_ends(entry, frame) && !semihosting_ends(entry, frame))
		exception_report(entry, frame);
}
