/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * percpu.h - per-CPU variables and pointers, by the names that users know.
 *
 * Overview
 *	A per-CPU object exists once for each possible CPU. Its name or pointer is an offset in
 *	disguise: the address of CPU c's copy is pointer + per_cpu_offset(c). Static objects
 *	and those of alloc_percpu() are used the same way:
 *
 *	DEFINE_PER_CPU(u64, hits);  --.                       copy of CPU 0  [..hits..obj..]
 *	obj = alloc_percpu(u64);    ---> + per_cpu_offset(c)  copy of CPU 1  [..hits..obj..]
 *
 * Usage
 *	DEFINE_PER_CPU(uint64_t, hits);			static DEFINE_PER_CPU(...) works too
 *	this_cpu_inc(hits);				this CPU's copy, safe against preemption
 *	get_cpu_var(hits) += 2; put_cpu_var(hits);	the same, by hand
 *	for_each_possible_cpu(cpu)
 *		sum += per_cpu(hits, cpu);		any CPU's copy
 *	struct foo __percpu *f = alloc_percpu(struct foo);
 *	this_cpu_add(f->bytes, 40);
 *	per_cpu_ptr(f, cpu)->bytes = 0;
 *	free_percpu(f);
 *
 * What the compiler refuses
 *	`type __percpu *` lies in an address space of its own, so mixing it with `type *`, either
 *	way and without a cast, is an error. Each accessor checks its argument without evaluating
 *	it; the message names pcpu_expect_percpu_pointer(). Arguments are evaluated once.
 *	- x86-64, gcc and clang: the space is __seg_gs. clang refuses `*p`, `p->x` and `p[i]`
 *	  as well (noderef). gcc lets them pass and reads through GS: right on this CPU, but an
 *	  update is then several instructions, so do not. The same goes for the bare name of a
 *	  static variable in an expression, with both compilers.
 *	- other machines, clang: address space 1 and noderef; a bare name compiles, and means the
 *	  load image, where nothing that a CPU wrote is.
 *	- other machines, gcc: it has no address spaces there. Nothing is refused; build with
 *	  clang once in a while.
 *
 * What a program must give (one default instance per program, bound at link time; everything in
 * pcpu.h takes an instance instead)
 *	pcpu_default_instance, pcpu_default_offsets, nr_cpu_ids		set before the first use
 *	plat_preempt_disable(), plat_preempt_enable()			nest
 *	DEFINE_PER_CPU(uintptr_t, this_cpu_off), DEFINE_PER_CPU(uint32_t, cpu_number)
 *	sections .data..percpu*, laid out by a linker script in the order of the variants below
 *	between __per_cpu_start and __per_cpu_end; that is pcpu_config.static_image.
 *	On the hosted platform: hosted_default() and harness/platform/hosted/percpu.ld.
 *
 * An impossible CPU
 *	per_cpu(), per_cpu_ptr() of one: with PCPU_DEBUG defined plat_panic() gets IMPOSSIBLE_CPU.
 *	Otherwise nothing is checked: an id below nr_cpu_ids has offset 0 and reaches the load
 *	image (the hosted platform seals it: the access faults), one above reads past a table.
 *
 * NULL, and a thread that is no CPU
 *	With PCPU_DEBUG defined plat_panic() gets NULL_ACCESS from an accessor whose pointer is NULL
 *	or a member of what NULL points to, and NOT_A_CPU from one for this CPU's copy when
 *	plat_is_cpu() says that the caller is none; the program gives that function. Without
 *	PCPU_DEBUG one instruction cannot check: on the hosted platform a thread that never called
 *	hosted_enter_cpu() has a GS base of 0, or that of the thread which started it, and reaches
 *	the sealed load image (SIGSEGV), or memory that is not its own. The generic form checks
 *	always (plat_this_cpu()).
 *
 * Freestanding, C11 with GNU extensions. Variables of 8 bytes are read and written as one where
 * machine words are that wide; elsewhere another CPU may see half a value. All names are macros or
 * inline.
 */
#ifndef PCPU_PERCPU_H
#define PCPU_PERCPU_H

#ifdef __cplusplus
#error "percpu.h is C (address spaces, _Generic): in C++ include pcpu.h, or call C functions"
#else

#include "pcpu.h"

/* --- the type of a percpu pointer --------------------------------------------------------- */

#if defined(__x86_64__)
#define PCPU_SPACE __seg_gs
#elif defined(__clang__)
#define PCPU_SPACE __attribute__((address_space(1)))
#else
#define PCPU_SPACE
#endif

#if defined(__clang__)
#pragma clang diagnostic error "-Wnoderef"
#define __percpu PCPU_SPACE __attribute__((noderef))
#else
#define __percpu PCPU_SPACE
#endif

/* Never defined, never called: what they accept is the check. */
int pcpu_expect_percpu_pointer(const volatile void __percpu *pointer);
int pcpu_expect_writable_percpu_pointer(volatile void __percpu *pointer);
#define PCPU_CHECK(ptr) ((void)(__typeof__(pcpu_expect_percpu_pointer(ptr)) *)0)
#define PCPU_CHECK_WRITE(ptr) ((void)(__typeof__(pcpu_expect_writable_percpu_pointer(ptr)) *)0)

/* The type that reading x gives: no address space, no const. Arrays have become pointers. */
#define PCPU_VALUE_TYPE(x) __typeof__(((void)0, (x)))

/* `type *` for a `type __percpu *`; const stays. Not for pointers to arrays. */
#define PCPU_IS_POINTER_TO(ptr, ...) \
	__builtin_types_compatible_p(PCPU_VALUE_TYPE(ptr), __VA_ARGS__ *)
#define PCPU_PLAIN_POINTER(ptr) __typeof__( \
	__builtin_choose_expr(PCPU_IS_POINTER_TO(ptr, void PCPU_SPACE), (void *)0, \
	__builtin_choose_expr(PCPU_IS_POINTER_TO(ptr, const void PCPU_SPACE), (const void *)0, \
	__builtin_choose_expr(PCPU_IS_POINTER_TO(ptr, const __typeof__(*(ptr))), \
			      (const PCPU_VALUE_TYPE(*(ptr)) *)0, \
			      (PCPU_VALUE_TYPE(*(ptr)) *)0))))

/* The same for &var, where var may be an array of one dimension. */
#define PCPU_IS_ARRAY(var) (!__builtin_types_compatible_p(PCPU_VALUE_TYPE(var), __typeof__(var)))
#define PCPU_START_OF(var) __builtin_choose_expr(PCPU_IS_ARRAY(var), (var), &(var))
#define PCPU_ELEMENT_TYPE(var) __typeof__(*(PCPU_PLAIN_POINTER(PCPU_START_OF(var)))0)
#define PCPU_PLAIN_ADDRESS(var) __typeof__(__builtin_choose_expr(PCPU_IS_ARRAY(var), \
	(PCPU_ELEMENT_TYPE(var) (*)[sizeof(var) / sizeof(PCPU_ELEMENT_TYPE(var))])0, \
	(PCPU_ELEMENT_TYPE(var) *)0))

/* --- definition -------------------------------------------------------------------------- */

#define PCPU_SECTION(suffix) __attribute__((section(".data..percpu" suffix))) PCPU_SPACE
#define PCPU_LINE_BYTES 64 /* cache line */

/* A static per-CPU variable; `= value` may follow: each CPU's copy starts with it. The type may
   be an array of one dimension (put more into a struct), and not const. */
#define DEFINE_PER_CPU(type, name) PCPU_SECTION("") __typeof__(type) name
#define DECLARE_PER_CPU(type, name) extern PCPU_SPACE __typeof__(type) name

/* The first object of the section: the one whose place the processor or compiler dictates. */
#define DEFINE_PER_CPU_FIRST(type, name) PCPU_SECTION("..first") __typeof__(type) name
#define DECLARE_PER_CPU_FIRST(type, name) DECLARE_PER_CPU(type, name)

/* On pages of its own, together with others of its kind. */
#define DEFINE_PER_CPU_PAGE_ALIGNED(type, name) \
	PCPU_SECTION("..page_aligned") __typeof__(type) name \
		__attribute__((aligned(PCPU_PAGE_BYTES)))
#define DECLARE_PER_CPU_PAGE_ALIGNED(type, name) \
	DECLARE_PER_CPU(type, name) __attribute__((aligned(PCPU_PAGE_BYTES)))

/* Read by all, written seldom: kept off the lines that are written. */
#define DEFINE_PER_CPU_READ_MOSTLY(type, name) PCPU_SECTION("..readmostly") __typeof__(type) name
#define DECLARE_PER_CPU_READ_MOSTLY(type, name) DECLARE_PER_CPU(type, name)

/* Written by other CPUs too: starts on a cache line of its own. */
#define DEFINE_PER_CPU_SHARED_ALIGNED(type, name) \
	PCPU_SECTION("..shared_aligned") __typeof__(type) name \
		__attribute__((aligned(PCPU_LINE_BYTES)))
#define DECLARE_PER_CPU_SHARED_ALIGNED(type, name) \
	DECLARE_PER_CPU(type, name) __attribute__((aligned(PCPU_LINE_BYTES)))

/* Ends of the section, by the linker script: page-aligned, never dereferenced through GS. */
extern const char __per_cpu_start[], __per_cpu_end[];

/* --- the default instance ----------------------------------------------------------------- */

extern struct pcpu *pcpu_default_instance;
extern const uintptr_t *pcpu_default_offsets; /* pcpu_offsets() of it */
extern uint32_t nr_cpu_ids;		      /* highest possible id + 1 */

DECLARE_PER_CPU(uintptr_t, this_cpu_off); /* per_cpu_offset() of the CPU that reads it */
DECLARE_PER_CPU(uint32_t, cpu_number);	  /* its id */

/* Between them the caller stays on its CPU and nobody else runs there. They nest. */
void plat_preempt_disable(void);
void plat_preempt_enable(void);

#if defined(__x86_64__) && !defined(PCPU_GENERIC_ACCESS)
#include "percpu_x86.h"
#elif defined(__aarch64__) && defined(PCPU_EL1_ACCESS)
#include "percpu_arm64.h"
#else
#include "percpu_generic.h"
#endif

/* What to add to a percpu pointer to get CPU cpu's copy. */
#define per_cpu_offset(cpu) (pcpu_default_offsets[(cpu)])

/* Is there such a CPU? Any number may be passed. */
#define cpu_possible(cpu) (pcpu_cpu_node(pcpu_default_instance, (cpu)) != PCPU_NO_NODE)
#define num_possible_cpus() (pcpu_layout(pcpu_default_instance)->nr_possible)
/* A loop header: each possible id in ascending order. cpu is a uint32_t of the caller's. */
#define for_each_possible_cpu(cpu) \
	for ((cpu) = 0; (cpu) < nr_cpu_ids; (cpu)++) \
		if (!cpu_possible(cpu)) { \
		} else

/* --- any CPU's copy ------------------------------------------------------------------------ */

/* The sum is made where the optimiser cannot see that it leaves the object `pointer`. */
static inline void *pcpu_cpu_address(uintptr_t pointer, uint32_t cpu)
{
	__asm__("" : "+r"(pointer));
	return (void *)(pointer + per_cpu_offset(cpu));
}

/* The same with a check of cpu: plat_panic(IMPOSSIBLE_CPU), and NULL where that returns. */
static inline void *pcpu_cpu_address_checked(uintptr_t pointer, uint32_t cpu)
{
	struct pcpu_ptr p = { pointer };

	return (void *)pcpu_address(pcpu_default_instance, p, cpu);
}

#if defined(PCPU_DEBUG)
#define PCPU_CPU_ADDRESS pcpu_cpu_address_checked
#define PCPU_THIS(pointer) pcpu_this_checked(pointer)
#else
#define PCPU_CPU_ADDRESS pcpu_cpu_address
#define PCPU_THIS(pointer) (pointer)
#endif

/* PCPU_DEBUG: is the caller a CPU of the default instance? */
bool plat_is_cpu(void);

static inline uintptr_t pcpu_this_checked(uintptr_t pointer)
{
	struct pcpu_ptr p = { pointer };

	PCPU_ASSERT_SAYS(pcpu_default_instance, "percpu.h: the default instance is set first");
	(void)pcpu_access_check(pcpu_default_instance, p, plat_is_cpu());
	return pointer;
}

/* `type *` to CPU cpu's copy of what `type __percpu *ptr` stands for. */
#define per_cpu_ptr(ptr, cpu) \
	(PCPU_CHECK(ptr), (PCPU_PLAIN_POINTER(ptr))PCPU_CPU_ADDRESS((uintptr_t)(ptr), (cpu)))

/* CPU cpu's copy of a variable, an lvalue. */
#define per_cpu(var, cpu) \
	(*(PCPU_CHECK(PCPU_START_OF(var)), \
	   (PCPU_PLAIN_ADDRESS(var))PCPU_CPU_ADDRESS((uintptr_t)&(var), (cpu))))

/* --- this CPU's copy ----------------------------------------------------------------------- */

/* The caller's CPU. Stays true only while preemption is off. */
#define smp_processor_id() \
	((void)PCPU_THIS((uintptr_t)&cpu_number), (uint32_t)pcpu_this_id())

/* `type *` to this CPU's copy: the caller keeps preemption off while it uses it. */
#define this_cpu_ptr(ptr) \
	(PCPU_CHECK(ptr), \
	 (PCPU_PLAIN_POINTER(ptr))pcpu_this_address(PCPU_THIS((uintptr_t)(ptr))))
#define raw_cpu_ptr(ptr) this_cpu_ptr(ptr)
#define __this_cpu_ptr(ptr) this_cpu_ptr(ptr)

/* Preemption off, and this CPU's copy as an lvalue. Close with put_cpu_var(var). */
#define get_cpu_var(var) \
	(*(PCPU_CHECK(PCPU_START_OF(var)), plat_preempt_disable(), \
	   (PCPU_PLAIN_ADDRESS(var))pcpu_this_address(PCPU_THIS((uintptr_t)&(var)))))
#define put_cpu_var(var) (PCPU_CHECK(PCPU_START_OF(var)), plat_preempt_enable())

/* The same for pointers. */
#define get_cpu_ptr(ptr) (PCPU_CHECK(ptr), plat_preempt_disable(), this_cpu_ptr(ptr))
#define put_cpu_ptr(ptr) (PCPU_CHECK(ptr), plat_preempt_enable())

/*
 * Operations on this CPU's copy. `var` is an lvalue made from a percpu variable or pointer: hits,
 * f->bytes, *p, array[i]; an integer of 1, 2, 4 or 8 bytes, or (read, write, xchg, cmpxchg) a
 * pointer. Anything else does not compile. Arithmetic wraps. Values are converted to the variable's
 * type first, so that subtracting an unsigned from a wider variable borrows through all of it.
 *
 *	this_cpu_*	safe against preemption, and against interrupts on the same CPU where
 *			the access is one instruction or atomic (percpu_x86.h, percpu_arm64.h) or
 *			preempt_disable masks them
 *	__this_cpu_*	the caller excludes both
 * Neither is atomic against other CPUs. _return: the new value; xchg, cmpxchg: the old one.
 */
#define PCPU_OP_TYPE_OK(var) _Generic((PCPU_VALUE_TYPE(var) *)0, \
	float *: 0, double *: 0, long double *: 0, default: \
		sizeof(var) == 1 || sizeof(var) == 2 || sizeof(var) == 4 || sizeof(var) == 8)
#define PCPU_OP_CHECK(var) ((void)sizeof(struct { \
	_Static_assert(PCPU_OP_TYPE_OK(var), \
		       "this_cpu operations take integers and pointers of 1, 2, 4 or 8 bytes"); \
	char unused; }))
/* Arithmetic is for integers: a pointer has no unary minus. */
#define PCPU_OP_CHECK_INTEGER(var) \
	(PCPU_OP_CHECK(var), (void)(__typeof__(-(PCPU_VALUE_TYPE(var))0) *)0)

/* value, converted to var's type as an assignment would, as bits; and back. By way of an integer as
   wide as a pointer where var is so wide: it may be one, and those may be narrower than the
   bits. */
#define PCPU_WORD_OR(var, bits) \
	__builtin_choose_expr(sizeof(var) == sizeof(uintptr_t), (uintptr_t)(bits), (bits))
#define PCPU_BITS_OF(var, value) \
	((uint64_t)PCPU_WORD_OR(var, ((PCPU_VALUE_TYPE(var)){ (value) })))
#define PCPU_VALUE_OF(var, bits) ((PCPU_VALUE_TYPE(var))PCPU_WORD_OR(var, bits))

#define PCPU_READ(how, var) \
	(PCPU_CHECK(&(var)), PCPU_OP_CHECK(var), \
	 PCPU_VALUE_OF(var, pcpu_##how##_read(PCPU_THIS((uintptr_t)&(var)), sizeof(var))))
#define PCPU_WRITE(how, op, var, bits) \
	(PCPU_CHECK_WRITE(&(var)), PCPU_OP_CHECK(var), \
	 pcpu_##how##_##op(PCPU_THIS((uintptr_t)&(var)), (bits), sizeof(var)))
#define PCPU_CHANGE(how, op, var, bits) \
	(PCPU_OP_CHECK_INTEGER(var), PCPU_WRITE(how, op, var, bits))
/* As statements in parentheses: their value may be left unused without a warning. */
#define PCPU_RETURN(how, var, bits) \
	__extension__({ (PCPU_VALUE_TYPE(var))PCPU_CHANGE(how, add_return, var, bits); })
#define PCPU_XCHG(how, var, value) \
	__extension__({ \
		PCPU_VALUE_OF(var, PCPU_WRITE(how, xchg, var, PCPU_BITS_OF(var, value))); \
	})
#define PCPU_CMPXCHG(how, var, old, new) \
	__extension__({ \
		PCPU_CHECK_WRITE(&(var)); \
		PCPU_OP_CHECK(var); \
		PCPU_VALUE_OF(var, pcpu_##how##_cmpxchg( \
			PCPU_THIS((uintptr_t)&(var)), PCPU_BITS_OF(var, old), \
			PCPU_BITS_OF(var, new), sizeof(var))); \
	})

/* Neighbours that one instruction of 16 bytes can reach. */
#define PCPU_DOUBLE_CHECK(first, second) \
	__extension__({ \
		_Static_assert(sizeof(first) == 8 && sizeof(second) == 8, \
			       "this_cpu_cmpxchg_double takes two variables of 8 bytes"); \
		PCPU_ASSERT((uintptr_t)&(first) % 16 == 0); \
		PCPU_ASSERT((uintptr_t)&(second) == (uintptr_t)&(first) + 8); \
	})
#define PCPU_CMPXCHG_DOUBLE(how, first, second, old1, old2, new1, new2) \
	__extension__({ \
		PCPU_CHECK_WRITE(&(first)); \
		PCPU_CHECK_WRITE(&(second)); \
		PCPU_DOUBLE_CHECK(first, second); \
		pcpu_##how##_cmpxchg_double( \
			PCPU_THIS((uintptr_t)&(first)), PCPU_BITS_OF(first, old1), \
			PCPU_BITS_OF(second, old2), PCPU_BITS_OF(first, new1), \
			PCPU_BITS_OF(second, new2)); \
	})

#define this_cpu_read(var) PCPU_READ(this, var)
#define this_cpu_write(var, value) PCPU_WRITE(this, write, var, PCPU_BITS_OF(var, value))
#define this_cpu_add(var, value) PCPU_CHANGE(this, add, var, PCPU_BITS_OF(var, value))
#define this_cpu_sub(var, value) PCPU_CHANGE(this, add, var, 0 - PCPU_BITS_OF(var, value))
#define this_cpu_inc(var) PCPU_CHANGE(this, add, var, 1)
#define this_cpu_dec(var) PCPU_CHANGE(this, add, var, UINT64_MAX)
#define this_cpu_and(var, value) PCPU_CHANGE(this, and, var, PCPU_BITS_OF(var, value))
#define this_cpu_or(var, value) PCPU_CHANGE(this, or, var, PCPU_BITS_OF(var, value))
#define this_cpu_add_return(var, value) PCPU_RETURN(this, var, PCPU_BITS_OF(var, value))
#define this_cpu_sub_return(var, value) PCPU_RETURN(this, var, 0 - PCPU_BITS_OF(var, value))
#define this_cpu_inc_return(var) PCPU_RETURN(this, var, 1)
#define this_cpu_dec_return(var) PCPU_RETURN(this, var, UINT64_MAX)
#define this_cpu_xchg(var, value) PCPU_XCHG(this, var, value)
#define this_cpu_cmpxchg(var, old, new) PCPU_CMPXCHG(this, var, old, new)
/*
 * Two variables of 8 bytes, `second` right behind `first`, which is aligned to 16; both are
 * evaluated more than once. When they hold old1 and old2 they become new1 and new2: true. Else
 * false, and nothing changes. On x86-64 CMPXCHG16B, which the first 64-bit processors do not
 * have (CPUID).
 */
#define this_cpu_cmpxchg_double(first, second, old1, old2, new1, new2) \
	PCPU_CMPXCHG_DOUBLE(this, first, second, old1, old2, new1, new2)

#define __this_cpu_read(var) PCPU_READ(raw, var)
#define __this_cpu_write(var, value) PCPU_WRITE(raw, write, var, PCPU_BITS_OF(var, value))
#define __this_cpu_add(var, value) PCPU_CHANGE(raw, add, var, PCPU_BITS_OF(var, value))
#define __this_cpu_sub(var, value) PCPU_CHANGE(raw, add, var, 0 - PCPU_BITS_OF(var, value))
#define __this_cpu_inc(var) PCPU_CHANGE(raw, add, var, 1)
#define __this_cpu_dec(var) PCPU_CHANGE(raw, add, var, UINT64_MAX)
#define __this_cpu_and(var, value) PCPU_CHANGE(raw, and, var, PCPU_BITS_OF(var, value))
#define __this_cpu_or(var, value) PCPU_CHANGE(raw, or, var, PCPU_BITS_OF(var, value))
#define __this_cpu_add_return(var, value) PCPU_RETURN(raw, var, PCPU_BITS_OF(var, value))
#define __this_cpu_sub_return(var, value) PCPU_RETURN(raw, var, 0 - PCPU_BITS_OF(var, value))
#define __this_cpu_inc_return(var) PCPU_RETURN(raw, var, 1)
#define __this_cpu_dec_return(var) PCPU_RETURN(raw, var, UINT64_MAX)
#define __this_cpu_xchg(var, value) PCPU_XCHG(raw, var, value)
#define __this_cpu_cmpxchg(var, old, new) PCPU_CMPXCHG(raw, var, old, new)
#define __this_cpu_cmpxchg_double(first, second, old1, old2, new1, new2) \
	PCPU_CMPXCHG_DOUBLE(raw, first, second, old1, old2, new1, new2)

/* --- allocation ---------------------------------------------------------------------------- */

static inline void __percpu *pcpu_default_alloc(size_t size, size_t align, unsigned flags)
{
	return (void __percpu *)pcpu_alloc(pcpu_default_instance, size, align, flags).value;
}

/* size bytes at align for each possible CPU, zeroed; NULL when refused. May sleep: pcpu_alloc(). */
#define __alloc_percpu(size, align) pcpu_default_alloc((size), (align), 0)
/* The same from populated pages of existing chunks: does not sleep, may fail sooner. */
#define __alloc_percpu_atomic(size, align) pcpu_default_alloc((size), (align), PCPU_ATOMIC)
/* From the reserved chunk where there is one; never spills over. */
#define __alloc_reserved_percpu(size, align) pcpu_default_alloc((size), (align), PCPU_RESERVED)

/* `type __percpu *`: an object of that type, with its alignment. */
#define alloc_percpu(type) \
	((__typeof__(type) __percpu *)__alloc_percpu(sizeof(type), _Alignof(type)))
#define alloc_percpu_atomic(type) \
	((__typeof__(type) __percpu *)__alloc_percpu_atomic(sizeof(type), _Alignof(type)))

/* Gives an object back; NULL is fine. Does not sleep. Any other pointer: see pcpu_free(). */
static inline void free_percpu(void __percpu *pointer)
{
	struct pcpu_ptr p = { (uintptr_t)pointer };

	pcpu_free(pcpu_default_instance, p);
}

/* --- raw addresses ------------------------------------------------------------------------- */

/* Does a static variable's copy of some CPU lie at this raw address? */
#define is_static_percpu_address(address) \
	pcpu_is_static_address(pcpu_default_instance, (uintptr_t)(address))

/* Physical address behind what per_cpu_ptr() gave (const void *). */
static inline uint64_t per_cpu_ptr_to_phys(const void *address)
{
	return pcpu_address_to_phys(pcpu_default_instance, (uintptr_t)address);
}

#endif /* not C++ */
#endif
