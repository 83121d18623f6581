/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * percpu_fences.h - each operation on a variable with a fence of bytes on both sides, looked at
 * after every single one, with values that carry and borrow over its edge. Included once for each
 * type by test_percpu_ops.h, with TYPE, NAME.
 *
 *	| before: 8 bytes | value | after: 8 bytes |	fences of ones, of zeroes, of a pattern
 */
#define FENCE_PASTE(a, b)  a##b
#define FENCE_NAME(a, b)   FENCE_PASTE(a, b)
#define FENCED		   FENCE_NAME(fenced_, NAME)
#define FENCED_STATIC	   FENCE_NAME(fenced_static_, NAME)

struct FENCED {
	uint8_t before[8];
	TYPE value;
	uint8_t after[8];
};
static DEFINE_PER_CPU(struct FENCED, FENCED_STATIC);

static void FENCE_NAME(fence_ops_, NAME)(struct FENCED __percpu *p, struct FENCED *copy,
					 uint8_t fill)
{
	TYPE zero = 0, one = 1, ones = (TYPE)-1;

	__asm__("" : "+r"(zero), "+r"(one), "+r"(ones)); /* registers, not constants */
/* One statement from `start`: what the variable is then, and that the fences stand. */
#define FENCE(start, statement, want) \
	do { \
		memset(copy, fill, sizeof(*copy)); \
		copy->value = (TYPE)(start); \
		__asm__ volatile("" : : : "memory"); \
		statement; \
		__asm__ volatile("" : : : "memory"); \
		CHECK_EQ(copy->value, (TYPE)(want)); \
		for (int i_ = 0; i_ < 8; i_++) \
			CHECK(copy->before[i_] == fill && copy->after[i_] == fill); \
	} while (0)
#define FENCE_BOTH(how) \
	FENCE(0, how##_write(p->value, ones), -1); \
	FENCE(-1, how##_write(p->value, 0), 0); \
	FENCE(-1, how##_add(p->value, one), 0); \
	FENCE(-1, how##_add(p->value, 1), 0); \
	FENCE(1, how##_add(p->value, ones), 0); \
	FENCE(1, how##_add(p->value, (TYPE)-1), 0); \
	FENCE(0, how##_sub(p->value, one), -1); \
	FENCE(0, how##_sub(p->value, 1), -1); \
	FENCE(-1, how##_inc(p->value), 0); \
	FENCE(0, how##_dec(p->value), -1); \
	FENCE(-1, how##_and(p->value, zero), 0); \
	FENCE(-1, how##_and(p->value, 1), 1); \
	FENCE(1, how##_or(p->value, ones), -1); \
	FENCE(0, how##_or(p->value, (TYPE)-1), -1); \
	FENCE(-1, CHECK_EQ(how##_add_return(p->value, one), 0), 0); \
	FENCE(0, CHECK_EQ(how##_sub_return(p->value, one), (TYPE)-1), -1); \
	FENCE(-1, CHECK_EQ(how##_inc_return(p->value), 0), 0); \
	FENCE(0, CHECK_EQ(how##_dec_return(p->value), (TYPE)-1), -1); \
	FENCE(0, CHECK_EQ(how##_xchg(p->value, ones), 0), -1); \
	FENCE(-1, CHECK_EQ(how##_xchg(p->value, zero), (TYPE)-1), 0); \
	FENCE(-1, CHECK_EQ(how##_cmpxchg(p->value, ones, one), (TYPE)-1), 1); \
	FENCE(0, CHECK_EQ(how##_cmpxchg(p->value, zero, ones), 0), -1); \
	FENCE(0, CHECK_EQ(how##_cmpxchg(p->value, ones, one), 0), 0); \
	FENCE(-1, CHECK_EQ(how##_read(p->value), (TYPE)-1), -1)

	FENCE_BOTH(this_cpu);
	FENCE_BOTH(__this_cpu);
#undef FENCE
#undef FENCE_BOTH
}

static void FENCE_NAME(fences_run_, NAME)(void)
{
	static const uint8_t fills[] = {0x00, 0xff, 0x5a};
	struct FENCED __percpu *p;

	become_cpu();
	p = alloc_percpu(struct FENCED);
	CHECK(p);
	for (size_t i = 0; i < sizeof(fills); i++) {
		FENCE_NAME(fence_ops_, NAME)(p, per_cpu_ptr(p, me), fills[i]);
		FENCE_NAME(fence_ops_, NAME)(&FENCED_STATIC, &per_cpu(FENCED_STATIC, me),
					     fills[i]);
	}
	free_percpu(p);
}

#undef FENCED
#undef FENCED_STATIC
#undef FENCE_NAME
#undef FENCE_PASTE
#undef TYPE
#undef NAME
