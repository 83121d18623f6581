/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * sim_stack.c - the machine's part of fibers: a stack, and going from one to another (ucontext).
 *
 * Sanitizers must be told when the stack changes. Their functions are weak here: there when the
 * program is built with ASan or TSan, NULL otherwise.
 */
#include "harness/platform/sim/sim_plat.h"

#include <stdlib.h>
#include <ucontext.h>

#define STACK_BYTES ((size_t)64 << 10) /* ASan clears the shadow of it all at each switch */

void __sanitizer_start_switch_fiber(void **save, const void *bottom, size_t bytes)
	__attribute__((weak));
void __sanitizer_finish_switch_fiber(void *save, const void **old_bottom, size_t *old_bytes)
	__attribute__((weak));
void __asan_unpoison_memory_region(const volatile void *at, size_t bytes) __attribute__((weak));
void *__tsan_get_current_fiber(void) __attribute__((weak));
void *__tsan_create_fiber(unsigned flags) __attribute__((weak));
void __tsan_destroy_fiber(void *fiber) __attribute__((weak));
void __tsan_switch_to_fiber(void *fiber, unsigned flags) __attribute__((weak));

struct sim_stack {
	ucontext_t context;
	void *memory; /* NULL: the program's own stack */
	const void *bottom;
	size_t bytes;
	void *asan_save, *tsan_fiber;
	void (*entry)(void *argument);
	void *argument;
};

static _Thread_local struct sim_stack *arriving, *leaving;

struct sim_stack *sim_stack_create(bool own)
{
	struct sim_stack *stack = sim_must(calloc(1, sizeof(*stack)));

	if (own) {
		stack->memory = sim_must(malloc(STACK_BYTES));
		stack->bottom = stack->memory;
		stack->bytes = STACK_BYTES;
	}
	return stack;
}

void sim_stack_destroy(struct sim_stack *stack)
{
	if (!stack)
		return;
	if (stack->memory && stack->tsan_fiber)
		__tsan_destroy_fiber(stack->tsan_fiber);
	free(stack->memory);
	free(stack);
}

/* First on the new side. What was left is learnt here: the bounds of the program's own stack. */
static void stack_arrive(struct sim_stack *stack)
{
	const void *old_bottom = NULL;
	size_t old_bytes = 0;

	if (__sanitizer_finish_switch_fiber)
		__sanitizer_finish_switch_fiber(stack->asan_save, &old_bottom, &old_bytes);
	if (!leaving->memory) {
		leaving->bottom = old_bottom;
		leaving->bytes = old_bytes;
	}
}

static void run_entry(void)
{
	struct sim_stack *stack = arriving;

	stack_arrive(stack);
	stack->entry(stack->argument);
	abort(); /* an entry switches away for good instead of returning */
}

void sim_stack_prepare(struct sim_stack *stack, void (*entry)(void *argument), void *argument)
{
	stack->entry = entry;
	stack->argument = argument;
	stack->asan_save = NULL;
	if (__asan_unpoison_memory_region) /* frames of a run that ended or was abandoned */
		__asan_unpoison_memory_region(stack->memory, STACK_BYTES);
	if (__tsan_create_fiber && !stack->tsan_fiber)
		stack->tsan_fiber = __tsan_create_fiber(0);
	getcontext(&stack->context);
	stack->context.uc_stack.ss_sp = stack->memory;
	stack->context.uc_stack.ss_size = STACK_BYTES;
	stack->context.uc_link = NULL;
	makecontext(&stack->context, run_entry, 0);
}

void sim_stack_switch(struct sim_stack *from, struct sim_stack *to, bool ends)
{
	if (__tsan_get_current_fiber) {
		if (!from->memory)
			from->tsan_fiber = __tsan_get_current_fiber();
		__tsan_switch_to_fiber(to->tsan_fiber, 0);
	}
	leaving = from;
	arriving = to;
	if (__sanitizer_start_switch_fiber)
		__sanitizer_start_switch_fiber(ends ? NULL : &from->asan_save, to->bottom,
					       to->bytes);
	swapcontext(&from->context, &to->context);
	stack_arrive(from);
}
