/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_sign.c - signs and widths: values are converted to the variable's type before they are
 * used, and results have its type, as in plain C.
 */
#include "kernel-test/common/bare.h"
#include <pcpu/percpu.h>
#include "kernel-test/common/tap.h"

/* What an access layer that negates first would do: the operand is a byte. */
#define SUB_BYTE(variable, byte) \
	do { \
		if (bare_defect == BARE_NARROW_SUB) \
			this_cpu_add(variable, (uint8_t)-(byte)); \
		else \
			this_cpu_sub(variable, byte); \
	} while (0)

/* A signed value read as a wide one. */
#define READ_WIDE(bits, variable) \
	(bare_defect == BARE_ZERO_EXTENDED ? (int64_t)(uint##bits##_t)this_cpu_read(variable) \
					   : (int64_t)this_cpu_read(variable))

#define SIGN_TEST(bits) \
	static DEFINE_PER_CPU(int##bits##_t, signed##bits); \
	static DEFINE_PER_CPU(uint##bits##_t, unsigned##bits); \
	static const char *sign##bits(void) \
	{ \
		const int##bits##_t min = INT##bits##_MIN, max = INT##bits##_MAX; \
		const uint##bits##_t top = UINT##bits##_MAX; \
		const uint8_t byte = 1; \
		const int8_t minus = -1; \
		\
		this_cpu_write(signed##bits, minus); \
		CHECK(READ_WIDE(bits, signed##bits) == -1); \
		this_cpu_write(unsigned##bits, minus); \
		CHECK((uint64_t)this_cpu_read(unsigned##bits) == top); \
		\
		this_cpu_write(signed##bits, min); \
		this_cpu_sub(signed##bits, 1); \
		CHECK(this_cpu_read(signed##bits) == max); \
		CHECK(this_cpu_add_return(signed##bits, 1) == min); \
		CHECK(this_cpu_sub_return(signed##bits, 1) == max); \
		\
		this_cpu_write(unsigned##bits, 5); \
		SUB_BYTE(unsigned##bits, byte); \
		CHECK(this_cpu_read(unsigned##bits) == 4); \
		this_cpu_write(unsigned##bits, 0); \
		SUB_BYTE(unsigned##bits, byte); \
		CHECK(this_cpu_read(unsigned##bits) == top); \
		this_cpu_add(unsigned##bits, minus); \
		CHECK(this_cpu_read(unsigned##bits) == top - 1); \
		this_cpu_and(unsigned##bits, (int8_t)-128); \
		CHECK(this_cpu_read(unsigned##bits) == (uint##bits##_t)-128); \
		this_cpu_or(unsigned##bits, minus); \
		CHECK(this_cpu_read(unsigned##bits) == top); \
		\
		CHECK(this_cpu_xchg(signed##bits, minus) == max); \
		CHECK(this_cpu_cmpxchg(signed##bits, minus, min) == -1); \
		CHECK(this_cpu_cmpxchg(signed##bits, minus, 0) == min); \
		return NULL; \
	} \
	const char *test_sign##bits(void) \
	{ \
		return on_each_cpu(sign##bits); \
	}

SIGN_TEST(8)
SIGN_TEST(16)
SIGN_TEST(32)
SIGN_TEST(64)
