/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * percpu_shapes.c - one function for each operation, size and kind of variable, for
 * percpu_shapes.sh to look at.
 *
 *	one_*	exactly one instruction with a GS prefix
 *	two_*	an exchange: a load, then a loop around one; or two in a row
 *	no_*	another CPU's copy: none
 */
#include <pcpu/percpu.h>

#define SHAPES(type, name) \
	DEFINE_PER_CPU(type, variable_##name); \
	type one_read_static_##name(void); \
	type one_read_dynamic_##name(type __percpu *p); \
	void one_write_static_##name(type value); \
	void one_write_dynamic_##name(type __percpu *p, type value); \
	void one_add_static_##name(type value); \
	void one_add_dynamic_##name(type __percpu *p, type value); \
	void one_sub_dynamic_##name(type __percpu *p, type value); \
	void one_inc_static_##name(void); \
	void one_dec_dynamic_##name(type __percpu *p); \
	void one_and_static_##name(type value); \
	void one_or_dynamic_##name(type __percpu *p, type value); \
	type one_add_return_static_##name(type value); \
	type one_inc_return_dynamic_##name(type __percpu *p); \
	type one_cmpxchg_static_##name(type old, type new); \
	type one_cmpxchg_dynamic_##name(type __percpu *p, type old, type new); \
	type two_xchg_static_##name(type value); \
	type two_xchg_dynamic_##name(type __percpu *p, type value); \
	type *no_per_cpu_##name(uint32_t cpu); \
	type *one_this_cpu_ptr_##name(type __percpu *p); \
	type one_read_static_##name(void) \
	{ \
		return this_cpu_read(variable_##name); \
	} \
	type one_read_dynamic_##name(type __percpu *p) \
	{ \
		return this_cpu_read(*p); \
	} \
	void one_write_static_##name(type value) \
	{ \
		this_cpu_write(variable_##name, value); \
	} \
	void one_write_dynamic_##name(type __percpu *p, type value) \
	{ \
		this_cpu_write(*p, value); \
	} \
	void one_add_static_##name(type value) \
	{ \
		this_cpu_add(variable_##name, value); \
	} \
	void one_add_dynamic_##name(type __percpu *p, type value) \
	{ \
		__this_cpu_add(*p, value); \
	} \
	void one_sub_dynamic_##name(type __percpu *p, type value) \
	{ \
		this_cpu_sub(*p, value); \
	} \
	void one_inc_static_##name(void) \
	{ \
		this_cpu_inc(variable_##name); \
	} \
	void one_dec_dynamic_##name(type __percpu *p) \
	{ \
		__this_cpu_dec(*p); \
	} \
	void one_and_static_##name(type value) \
	{ \
		this_cpu_and(variable_##name, value); \
	} \
	void one_or_dynamic_##name(type __percpu *p, type value) \
	{ \
		this_cpu_or(*p, value); \
	} \
	type one_add_return_static_##name(type value) \
	{ \
		return this_cpu_add_return(variable_##name, value); \
	} \
	type one_inc_return_dynamic_##name(type __percpu *p) \
	{ \
		return this_cpu_inc_return(*p); \
	} \
	type one_cmpxchg_static_##name(type old, type new) \
	{ \
		return this_cpu_cmpxchg(variable_##name, old, new); \
	} \
	type one_cmpxchg_dynamic_##name(type __percpu *p, type old, type new) \
	{ \
		return __this_cpu_cmpxchg(*p, old, new); \
	} \
	type two_xchg_static_##name(type value) \
	{ \
		return this_cpu_xchg(variable_##name, value); \
	} \
	type two_xchg_dynamic_##name(type __percpu *p, type value) \
	{ \
		return this_cpu_xchg(*p, value); \
	} \
	type *no_per_cpu_##name(uint32_t cpu) \
	{ \
		return &per_cpu(variable_##name, cpu); \
	} \
	type *one_this_cpu_ptr_##name(type __percpu *p) \
	{ \
		return this_cpu_ptr(p); \
	}

SHAPES(uint8_t, u8)
SHAPES(int16_t, s16)
SHAPES(uint32_t, u32)
SHAPES(int64_t, s64)

/* Two of them, though nothing seems to happen between: the caller may have been moved. */
long two_this_cpu_ptr(char __percpu *p);
long two_smp_processor_id(void);

long two_this_cpu_ptr(char __percpu *p)
{
	char *here = this_cpu_ptr(p);

	return this_cpu_ptr(p) - here;
}

long two_smp_processor_id(void)
{
	uint32_t here = smp_processor_id();

	return (long)smp_processor_id() - here;
}
