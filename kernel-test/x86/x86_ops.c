/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * x86_ops.c - each operation on this CPU's copy, at each width, as a separate function:
 * x86_check_gs.sh checks the instructions. The functions are never called.
 *
 *	gs_OP_BYTES	memory through GS once, no lock; gs_xchg_BYTES: a load and a cmpxchg
 */
#include <pcpu/percpu.h>
#include "kernel-test/common/vars.h"

#define GS_OP(result, name, parameters, statement) \
	result gs_##name parameters; \
	result gs_##name parameters \
	{ \
		statement; \
	}

#define GS_OPS(type, bytes, variable) \
	static DEFINE_PER_CPU(type, variable); \
	GS_OP(type, read_##bytes, (void), return this_cpu_read(variable)) \
	GS_OP(void, write_##bytes, (type value), this_cpu_write(variable, value)) \
	GS_OP(void, add_##bytes, (type value), this_cpu_add(variable, value)) \
	GS_OP(void, sub_##bytes, (type value), this_cpu_sub(variable, value)) \
	GS_OP(void, inc_##bytes, (void), this_cpu_inc(variable)) \
	GS_OP(void, dec_##bytes, (void), this_cpu_dec(variable)) \
	GS_OP(void, and_##bytes, (type value), this_cpu_and(variable, value)) \
	GS_OP(void, or_##bytes, (type value), this_cpu_or(variable, value)) \
	GS_OP(type, add_return_##bytes, (type value), return this_cpu_add_return(variable, value)) \
	GS_OP(type, sub_return_##bytes, (type value), return this_cpu_sub_return(variable, value)) \
	GS_OP(type, inc_return_##bytes, (void), return this_cpu_inc_return(variable)) \
	GS_OP(type, dec_return_##bytes, (void), return this_cpu_dec_return(variable)) \
	GS_OP(type, xchg_##bytes, (type value), return this_cpu_xchg(variable, value)) \
	GS_OP(type, cmpxchg_##bytes, (type old, type new), \
	      return this_cpu_cmpxchg(variable, old, new))

GS_OPS(uint8_t, 1, variable1)
GS_OPS(uint16_t, 2, variable2)
GS_OPS(uint32_t, 4, variable4)
GS_OPS(uint64_t, 8, variable8)

struct pair {
	_Alignas(16) uint64_t first;
	uint64_t second;
};
static DEFINE_PER_CPU(struct pair, pair);

GS_OP(bool, cmpxchg_double_16, (uint64_t old, uint64_t new),
      return this_cpu_cmpxchg_double(pair.first, pair.second, old, old, new, new))
