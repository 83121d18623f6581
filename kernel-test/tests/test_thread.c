/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_thread.c - thread-local variables: each CPU has its own, with their initial values, and so
 * has a handler that interrupts it.
 */
#include "kernel-test/common/arch.h"
#include "harness/firmware/facts.h"
#include <pcpu/percpu.h>
#include "kernel-test/common/smp.h"
#include "kernel-test/common/tap.h"

#define MARK_WORD UINT64_C(0x0123456789abcdef)
#define MARK_HALF UINT16_C(0xbeef)

/* Calls of all CPUs together, to all CPUs; at most so many CPUs call. */
enum { NR_CALLS = 64, NR_CALLERS = 4, NR_STEPS = 4096 };

/* Initial values before and behind a large alignment, zeroes, and what lies at odd places. */
static _Thread_local uint8_t thread_byte = 0x5a;
static _Thread_local uint64_t thread_word = MARK_WORD;
static _Thread_local struct {
	_Alignas(TLS_LINE_BYTES) uint64_t word;
	uint16_t half;
	uint8_t rest[70];
} thread_line = {MARK_WORD, MARK_HALF, {1, 2, 3}};
static _Thread_local _Alignas(TLS_LINE_BYTES) uint8_t thread_zeroes[200];
static _Thread_local uint16_t thread_half = MARK_HALF;

static _Thread_local uint32_t thread_number, thread_nr_handled, thread_nr_strange;
static uintptr_t thread_word_at[MACHINE_MAX_CPUS];

/* --- initial values --------------------------------------------------------------------------- */

static const char *thread_initial(void)
{
	CHECK(thread_byte == 0x5a && thread_word == MARK_WORD && thread_half == MARK_HALF);
	CHECK(thread_line.word == MARK_WORD && thread_line.half == MARK_HALF);
	CHECK(thread_line.rest[0] == 1 && thread_line.rest[1] == 2 && thread_line.rest[2] == 3);
	for (size_t i = 3; i < sizeof(thread_line.rest); i++)
		CHECK(thread_line.rest[i] == 0);
	for (size_t i = 0; i < sizeof(thread_zeroes); i++)
		CHECK(thread_zeroes[i] == 0);
	CHECK((uintptr_t)&thread_line % TLS_LINE_BYTES == 0);
	CHECK((uintptr_t)thread_zeroes % TLS_LINE_BYTES == 0);
	CHECK((uintptr_t)&thread_word % 8 == 0 && (uintptr_t)&thread_half % 2 == 0);
	return NULL;
}

const char *test_thread_initial(void)
{
	return on_each_cpu(thread_initial);
}

/* --- a copy of its own ------------------------------------------------------------------------ */

static void thread_write_all(uint8_t byte)
{
	thread_byte = byte;
	thread_word = thread_half = byte;
	memset(&thread_line, byte, sizeof(thread_line));
	memset(thread_zeroes, byte, sizeof(thread_zeroes));
}

static const char *thread_holds_all(uint8_t byte)
{
	CHECK(thread_byte == byte && thread_word == byte && thread_half == byte);
	for (size_t i = 0; i < sizeof(thread_line); i++)
		CHECK(((const uint8_t *)&thread_line)[i] == byte);
	for (size_t i = 0; i < sizeof(thread_zeroes); i++)
		CHECK(thread_zeroes[i] == byte);
	return NULL;
}

static const char *thread_own_write(void)
{
	thread_word_at[smp_processor_id()] = (uintptr_t)&thread_word;
	thread_write_all((uint8_t)smp_processor_id());
	return NULL;
}

static const char *thread_own_check(void)
{
	CHECK(thread_word_at[smp_processor_id()] == (uintptr_t)&thread_word);
	return thread_holds_all((uint8_t)smp_processor_id());
}

/* All write before one checks; no two CPUs' variables have a byte in common. */
const char *test_thread_own(void)
{
	uint32_t nr = smp_nr_online();
	uintptr_t bytes = sizeof(thread_line) + sizeof(thread_zeroes);

	CHECK_PASSES(on_each_cpu(thread_own_write));
	CHECK_PASSES(on_each_cpu(thread_own_check));
	for (uint32_t cpu = 0; cpu < nr; cpu++)
		for (uint32_t other = 0; other < cpu; other++)
			CHECK(thread_word_at[cpu] - thread_word_at[other] + bytes > 2 * bytes);
	return NULL;
}

/* --- interrupted ------------------------------------------------------------------------------ */

/* Uses what the interrupted code uses, and leaves that as it was. */
static void thread_handler(void *unused)
{
	uint64_t was = thread_word;

	thread_nr_strange += thread_number != smp_processor_id();
	thread_word = ~was;
	memset(&thread_line, 0, sizeof(thread_line));
	thread_nr_handled++;
	cpu_pause();
	thread_nr_strange += thread_word != ~was;
	thread_word = was;
}

static const char *thread_number_write(void)
{
	thread_number = smp_processor_id();
	thread_nr_handled = thread_nr_strange = 0;
	return NULL;
}

static const char *thread_interrupted(void)
{
	uint32_t cpu = smp_processor_id();

	for (uint32_t i = 0; i < NR_STEPS / smp_nr_online(); i++) {
		thread_word = (uint64_t)cpu << 32 | i;
		if (cpu < NR_CALLERS && i < NR_CALLS / NR_CALLERS)
			smp_call_all(thread_handler, NULL);
		cpu_pause();
		CHECK(thread_word == ((uint64_t)cpu << 32 | i) && thread_number == cpu);
	}
	return NULL;
}

static const char *thread_all_handled(void)
{
	uint32_t nr_callers = smp_nr_online() < NR_CALLERS ? smp_nr_online() : NR_CALLERS;

	CHECK(thread_nr_handled == nr_callers * (NR_CALLS / NR_CALLERS));
	CHECK(thread_nr_strange == 0);
	return NULL;
}

const char *test_thread_interrupted(void)
{
	CHECK_PASSES(on_each_cpu(thread_number_write));
	CHECK_PASSES(on_each_cpu(thread_interrupted));
	return on_each_cpu(thread_all_handled);
}
