/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * percpu_exercise.h - every this_cpu operation on one variable against plain arithmetic. Included
 * once for each type and kind of variable by test_percpu_ops.h, with
 *	TYPE		its type
 *	EXERCISE	the name of the function
 *	VAR		the variable, an lvalue for this_cpu_*
 */
static void EXERCISE(TYPE *copy, TYPE a, TYPE b)
{
	TYPE sum = (TYPE)((uint64_t)a + (uint64_t)b), less = (TYPE)((uint64_t)a - (uint64_t)b);

	this_cpu_write(VAR, a);
	CHECK_EQ(*copy, a);
	CHECK_EQ(this_cpu_read(VAR), a);
	CHECK_EQ(__this_cpu_read(VAR), a);

	this_cpu_add(VAR, b);
	CHECK_EQ(*copy, sum);
	this_cpu_sub(VAR, b);
	CHECK_EQ(*copy, a);
	__this_cpu_sub(VAR, b);
	CHECK_EQ(*copy, less);
	__this_cpu_add(VAR, b);
	CHECK_EQ(*copy, a);

	this_cpu_inc(VAR);
	CHECK_EQ(*copy, (TYPE)((uint64_t)a + 1));
	this_cpu_dec(VAR);
	CHECK_EQ(*copy, a);
	__this_cpu_dec(VAR);
	CHECK_EQ(*copy, (TYPE)((uint64_t)a - 1));
	__this_cpu_inc(VAR);
	CHECK_EQ(*copy, a);

	this_cpu_and(VAR, b);
	CHECK_EQ(*copy, (TYPE)(a & b));
	__this_cpu_write(VAR, a);
	this_cpu_or(VAR, b);
	CHECK_EQ(*copy, (TYPE)(a | b));
	__this_cpu_write(VAR, a);
	__this_cpu_and(VAR, b);
	__this_cpu_or(VAR, a);
	CHECK_EQ(*copy, a);

	CHECK_EQ(this_cpu_add_return(VAR, b), sum);
	CHECK_EQ(this_cpu_sub_return(VAR, b), a);
	CHECK_EQ(this_cpu_inc_return(VAR), (TYPE)((uint64_t)a + 1));
	CHECK_EQ(this_cpu_dec_return(VAR), a);
	CHECK_EQ(__this_cpu_sub_return(VAR, b), less);
	CHECK_EQ(__this_cpu_add_return(VAR, b), a);
	CHECK_EQ(__this_cpu_dec_return(VAR), (TYPE)((uint64_t)a - 1));
	CHECK_EQ(__this_cpu_inc_return(VAR), a);
	CHECK_EQ(*copy, a);

	CHECK_EQ(this_cpu_xchg(VAR, b), a);
	CHECK_EQ(*copy, b);
	CHECK_EQ(__this_cpu_xchg(VAR, a), b);
	CHECK_EQ(*copy, a);

	CHECK_EQ(this_cpu_cmpxchg(VAR, a, b), a);
	CHECK_EQ(*copy, b);
	CHECK_EQ(this_cpu_cmpxchg(VAR, (TYPE)(b ^ 1), a), b); /* does not match: nothing changes */
	CHECK_EQ(*copy, b);
	CHECK_EQ(__this_cpu_cmpxchg(VAR, b, a), b);
	CHECK_EQ(*copy, a);
}
