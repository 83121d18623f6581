/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* step.c - see step.h. */
#include "bench/hits/step.h"

#include <Zydis/Zydis.h>
#include <asm/prctl.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

enum { TRAP_FLAG = 1 << 8, INSTRUCTION_BYTES_MAX = 15 };

/* The call of one thread at a time. */
static struct {
	struct step_trace *trace; /* NULL: no call is stepped */
	uintptr_t fs;
} step;

/* step_enter(function, a, b, c, d): the trap flag is set before the call, which traps first at the
   function's first instruction. step_return: where it returns to; the handler clears the flag. */
uintptr_t step_enter(uintptr_t function, uintptr_t a, uintptr_t b, uintptr_t c, uintptr_t d);
extern const char step_return[];
__asm__(".text\n"
	".type step_enter, @function\n"
	"step_enter:\n"
	"	sub $8, %rsp\n"
	"	mov %rdi, %rax\n"
	"	mov %rsi, %rdi\n"
	"	mov %rdx, %rsi\n"
	"	mov %rcx, %rdx\n"
	"	mov %r8, %rcx\n"
	"	pushfq\n"
	"	orq $0x100, (%rsp)\n"
	"	popfq\n"
	"	call *%rax\n"
	"step_return:\n"
	"	add $8, %rsp\n"
	"	ret\n"
	".size step_enter, . - step_enter\n");

/* --- one instruction -------------------------------------------------------------------------- */

static bool decode_at(uintptr_t at, ZydisDecodedInstruction *instruction,
		      ZydisDecodedOperand *operand)
{
	ZydisDecoder decoder;

	return ZYAN_SUCCESS(ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64,
					     ZYDIS_STACK_WIDTH_64)) &&
	       ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder, (const void *)at,
						   INSTRUCTION_BYTES_MAX, instruction, operand));
}

uint32_t step_words(uintptr_t at, char *text, uint32_t bytes)
{
	ZydisDecodedOperand operand[ZYDIS_MAX_OPERAND_COUNT];
	ZydisDecodedInstruction instruction;
	ZydisFormatter formatter;

	if (!decode_at(at, &instruction, operand) ||
	    !ZYAN_SUCCESS(ZydisFormatterInit(&formatter, ZYDIS_FORMATTER_STYLE_ATT)) ||
	    !ZYAN_SUCCESS(ZydisFormatterFormatInstruction(&formatter, &instruction, operand,
							  instruction.operand_count_visible, text,
							  bytes, at, NULL)))
		return 0;
	return instruction.length;
}

static void registers_take(const greg_t *from, ZydisRegisterContext *to)
{
	static const struct {
		uint8_t zydis, linux_index;
	} both[] = {
		{ZYDIS_REGISTER_RAX, REG_RAX}, {ZYDIS_REGISTER_RCX, REG_RCX},
		{ZYDIS_REGISTER_RDX, REG_RDX}, {ZYDIS_REGISTER_RBX, REG_RBX},
		{ZYDIS_REGISTER_RSP, REG_RSP}, {ZYDIS_REGISTER_RBP, REG_RBP},
		{ZYDIS_REGISTER_RSI, REG_RSI}, {ZYDIS_REGISTER_RDI, REG_RDI},
		{ZYDIS_REGISTER_R8, REG_R8},   {ZYDIS_REGISTER_R9, REG_R9},
		{ZYDIS_REGISTER_R10, REG_R10}, {ZYDIS_REGISTER_R11, REG_R11},
		{ZYDIS_REGISTER_R12, REG_R12}, {ZYDIS_REGISTER_R13, REG_R13},
		{ZYDIS_REGISTER_R14, REG_R14}, {ZYDIS_REGISTER_R15, REG_R15},
		{ZYDIS_REGISTER_RIP, REG_RIP},
	};

	for (size_t i = 0; i < sizeof(both) / sizeof(both[0]); i++)
		to->values[both[i].zydis] = (ZyanU64)from[both[i].linux_index];
}

static bool is_locked(const ZydisDecodedInstruction *instruction)
{
	return instruction->attributes & ZYDIS_ATTRIB_HAS_LOCK ||
	       instruction->mnemonic == ZYDIS_MNEMONIC_XCHG;
}

/* A push writes below the stack pointer that it has before. */
static uintptr_t stack_address(const ZydisDecodedOperand *operand, uintptr_t address)
{
	bool hidden = operand->visibility == ZYDIS_OPERAND_VISIBILITY_HIDDEN;
	bool writes = operand->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE;

	return hidden && writes ? address - operand->size / 8 : address;
}

static void touch_note(struct step_trace *trace, const ZydisDecodedInstruction *instruction,
		       const ZydisDecodedOperand *operand, const ZydisRegisterContext *registers)
{
	bool stack = operand->mem.base == ZYDIS_REGISTER_RSP, far;
	ZyanU64 address;

	if (trace->nr_touches == STEP_TOUCHES_MAX) {
		trace->cut = true;
		return;
	}
	far = operand->mem.segment == ZYDIS_REGISTER_GS ||
	      !ZYAN_SUCCESS(ZydisCalcAbsoluteAddressEx(instruction, operand,
						       registers->values[ZYDIS_REGISTER_RIP],
						       registers, &address));
	if (far) {
		trace->unknown = true;
		return;
	}
	if (operand->mem.segment == ZYDIS_REGISTER_FS)
		address += step.fs;
	trace->touch[trace->nr_touches++] = (struct step_touch){
		.address = stack ? stack_address(operand, address) : address,
		.bytes = operand->size / 8,
		.reads = operand->actions & ZYDIS_OPERAND_ACTION_MASK_READ,
		.writes = operand->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE,
		.locked = is_locked(instruction),
		.stack = stack,
		.instruction = trace->nr_instructions,
	};
}

/* A nop may name memory and touches none. */
static bool is_touch(const ZydisDecodedInstruction *instruction, const ZydisDecodedOperand *operand)
{
	return operand->type == ZYDIS_OPERAND_TYPE_MEMORY &&
	       operand->mem.type != ZYDIS_MEMOP_TYPE_AGEN &&
	       instruction->mnemonic != ZYDIS_MNEMONIC_NOP;
}

/* Returns whether it touches memory. */
static bool touches_note(struct step_trace *trace, const ZydisDecodedInstruction *instruction,
			 const ZydisDecodedOperand *operand, const greg_t *gregs)
{
	static ZydisRegisterContext registers;
	bool touches = false;

	for (uint32_t i = 0; i < instruction->operand_count; i++) {
		if (!is_touch(instruction, &operand[i]))
			continue;
		if (!touches)
			registers_take(gregs, &registers);
		touches = true;
		touch_note(trace, instruction, &operand[i], &registers);
	}
	return touches;
}

static void mark_note(struct step_trace *trace, const greg_t *gregs)
{
	for (uint32_t i = 0; i < trace->nr_watched; i++) {
		if (trace->watched[i] != (uintptr_t)gregs[REG_RIP])
			continue;
		if (trace->nr_marks == STEP_MARKS_MAX)
			trace->cut = true;
		else
			trace->mark[trace->nr_marks++] = (struct step_mark){
				trace->nr_instructions, i, (uintptr_t)gregs[REG_RSI]};
	}
}

static void instruction_note(struct step_trace *trace, const greg_t *gregs)
{
	ZydisDecodedOperand operand[ZYDIS_MAX_OPERAND_COUNT];
	uintptr_t at = (uintptr_t)gregs[REG_RIP];
	ZydisDecodedInstruction instruction;

	mark_note(trace, gregs);
	if (trace->nr_instructions < STEP_INSTRUCTIONS_MAX)
		trace->at[trace->nr_instructions] = at;
	if (!decode_at(at, &instruction, operand))
		trace->unknown = true;
	else if (touches_note(trace, &instruction, operand, gregs) && is_locked(&instruction))
		trace->nr_locked++;
	trace->nr_instructions++;
}

/* --- the call --------------------------------------------------------------------------------- */

static void on_trap(int signal, siginfo_t *info, void *context)
{
	greg_t *gregs = ((ucontext_t *)context)->uc_mcontext.gregs;

	if (!step.trace)
		return;
	if ((uintptr_t)gregs[REG_RIP] == (uintptr_t)step_return)
		gregs[REG_EFL] &= ~TRAP_FLAG;
	else
		instruction_note(step.trace, gregs);
}

uintptr_t step_call(struct step_trace *trace, uintptr_t function, uintptr_t a, uintptr_t b,
		    uintptr_t c, uintptr_t d)
{
	struct sigaction action = {.sa_sigaction = on_trap, .sa_flags = SA_SIGINFO}, before;
	uintptr_t returned;

	trace->nr_instructions = trace->nr_locked = trace->nr_touches = trace->nr_marks = 0;
	trace->unknown = trace->cut = false;
	syscall(SYS_arch_prctl, ARCH_GET_FS, &step.fs);
	sigaction(SIGTRAP, &action, &before);
	step.trace = trace;
	returned = step_enter(function, a, b, c, d);
	step.trace = NULL;
	sigaction(SIGTRAP, &before, NULL);
	return returned;
}
