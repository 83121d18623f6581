/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* x86_trap.c - the interrupt table and what each vector leads to. */
#include "kernel-test/x86/x86_trap.h"
#include "kernel-test/common/arch.h"
#include "kernel-test/common/console.h"
#include <pcpu/percpu.h>
#include "kernel-test/common/smp.h"
#include "kernel-test/x86/x86_apic.h"

/* Intel SDM vol. 3, 6.14.1: a 64-bit interrupt gate. */
struct gate {
	uint16_t offset_0;
	uint16_t selector;
	uint8_t stack;
	uint8_t type;
	uint16_t offset_16;
	uint32_t offset_32;
	uint32_t zero;
};

enum { CODE_SELECTOR = 0x10, INTERRUPT_GATE = 0x8e, NR_VECTORS = 256, ENTRY_BYTES = 16,
       VECTOR_PAGE_FAULT = 14 };

extern const char trap_entries[], probe_at[], probe_here_at[], probe_failed[];
void trap_dispatch(struct trap_frame *frame);

static struct gate gates[NR_VECTORS];
static void (*handlers[NR_VECTORS])(struct trap_frame *frame);
static DEFINE_PER_CPU(uintptr_t, faulted_at);

void trap_init(void)
{
	for (uint32_t i = 0; i < NR_VECTORS; i++) {
		uint64_t entry = (uintptr_t)trap_entries + (uint64_t)i * ENTRY_BYTES;

		gates[i] = (struct gate){
			.offset_0 = (uint16_t)entry,
			.selector = CODE_SELECTOR,
			.type = INTERRUPT_GATE,
			.offset_16 = (uint16_t)(entry >> 16),
			.offset_32 = (uint32_t)(entry >> 32),
		};
	}
	trap_load();
}

void trap_load(void)
{
	struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) table = {sizeof(gates) - 1, (uintptr_t)gates};

	__asm__ volatile("lidt %0" : : "m"(table));
}

void trap_handle(uint32_t vector, void (*handler)(struct trap_frame *frame))
{
	__atomic_store_n(&handlers[vector], handler, __ATOMIC_RELEASE);
}

static void put_field(struct lab_text *text, const char *name, uint64_t value)
{
	lab_put(text, name);
	lab_put_hex(text, value);
}

_Noreturn static void exception_report(const struct trap_frame *frame)
{
	LINE(text, 256);

	lab_put(&text, "exception ");
	lab_put_u64(&text, frame->vector);
	put_field(&text, ", error ", frame->error);
	put_field(&text, ", at ", frame->rip);
	put_field(&text, ", stack ", frame->rsp);
	put_field(&text, ", fault address ", fault_address());
	put_field(&text, ", GS base ", msr_read(MSR_GS_BASE));
	machine_stop(text_text);
}

uintptr_t probe_fault(void)
{
	return this_cpu_read(faulted_at);
}

/* If a probe faulted, continues where it returns false. */
static bool probe_ends(struct trap_frame *frame)
{
	if (frame->rip != (uintptr_t)probe_at && frame->rip != (uintptr_t)probe_here_at)
		return false;
	this_cpu_write(faulted_at, fault_address());
	frame->rip = (uintptr_t)probe_failed;
	return true;
}

void trap_dispatch(struct trap_frame *frame)
{
	void (*handler)(struct trap_frame *) =
		__atomic_load_n(&handlers[frame->vector], __ATOMIC_ACQUIRE);

	if (handler) {
		handler(frame);
	} else if (frame->vector == VECTOR_CALL) {
		smp_call_received();
		x86_apic_done();
	} else if (frame->vector == VECTOR_WAKE) {
		x86_apic_done();
	} else if (frame->vector == VECTOR_PAGE_FAULT && probe_ends(frame)) {
		return;
	} else if (frame->vector != VECTOR_SPURIOUS) {
		exception_report(frame);
	}
}
