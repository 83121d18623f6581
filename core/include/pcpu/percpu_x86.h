/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * percpu_x86.h - this CPU's copy on x86-64: one instruction with a GS prefix.
 *
 *	%gs:pointer  =  GS base + pointer,  GS base = per_cpu_offset(this CPU)
 *
 * X1  An operation is one instruction, so an interrupt or a switch to another CPU falls before or
 *     after it. No lock prefix: other CPUs do not write this copy. `xchg` with memory locks by
 *     itself (Intel SDM vol. 2, XCHG), so an exchange is a loop around cmpxchg.
 * X2  Inline assembly throughout: gcc 12 makes three instructions of a volatile __seg_gs
 *     increment, and no compiler promises one.
 * X3  `pointer` becomes an ordinary memory operand behind a written-out prefix: a static variable
 *     is %gs:name(%rip), a dynamic one %gs:(%reg). The compiler believes that the load image is
 *     accessed, which orders these operations among themselves.
 * X4  Narrow results are zero-extended bits; percpu.h converts them to the variable's type.
 */
#ifndef PCPU_PERCPU_X86_H
#define PCPU_PERCPU_X86_H

#define PCPU_ALWAYS_INLINE static inline __attribute__((always_inline))

/* The variable at `at` as an operand of so many bits, whatever its declared type is. */
typedef uint8_t __attribute__((may_alias)) pcpu_bits8;
typedef uint16_t __attribute__((may_alias)) pcpu_bits16;
typedef uint32_t __attribute__((may_alias)) pcpu_bits32;
typedef uint64_t __attribute__((may_alias)) pcpu_bits64;
#define PCPU_AT(bits, at) (*(volatile pcpu_bits##bits *)(at))

PCPU_ALWAYS_INLINE uint64_t pcpu_this_read(uintptr_t at, size_t bytes)
{
	uint64_t bits;

	switch (bytes) {
	case 1:
		__asm__ volatile("movzbl %%gs:%1, %k0" : "=r"(bits) : "m"(PCPU_AT(8, at)));
		return bits;
	case 2:
		__asm__ volatile("movzwl %%gs:%1, %k0" : "=r"(bits) : "m"(PCPU_AT(16, at)));
		return bits;
	case 4:
		__asm__ volatile("movl %%gs:%1, %k0" : "=r"(bits) : "m"(PCPU_AT(32, at)));
		return bits;
	default:
		__asm__ volatile("movq %%gs:%1, %0" : "=r"(bits) : "m"(PCPU_AT(64, at)));
		return bits;
	}
}

/* pcpu_this_<name>(at, bits, bytes) for the instruction insn SOURCE, MEMORY. How the operand is
   used ("=m" or "+m") is the only other difference. */
#define PCPU_X86_CHANGE(name, insn, use) \
	PCPU_ALWAYS_INLINE void pcpu_this_##name(uintptr_t at, uint64_t bits, size_t bytes) \
	{ \
		switch (bytes) { \
		case 1: \
			__asm__ volatile(insn "b %b1, %%gs:%0" \
					 : use(PCPU_AT(8, at)) : "qi"((uint8_t)bits) : "cc"); \
			break; \
		case 2: \
			__asm__ volatile(insn "w %w1, %%gs:%0" \
					 : use(PCPU_AT(16, at)) : "ri"((uint16_t)bits) : "cc"); \
			break; \
		case 4: \
			__asm__ volatile(insn "l %k1, %%gs:%0" \
					 : use(PCPU_AT(32, at)) : "ri"((uint32_t)bits) : "cc"); \
			break; \
		default: \
			__asm__ volatile(insn "q %1, %%gs:%0" \
					 : use(PCPU_AT(64, at)) : "re"(bits) : "cc"); \
		} \
	}

PCPU_X86_CHANGE(write, "mov", "=m")
PCPU_X86_CHANGE(add, "add", "+m")
PCPU_X86_CHANGE(and, "and", "+m")
PCPU_X86_CHANGE(or, "or", "+m")

/* xadd leaves the old value in the register: the new one is that plus bits. */
PCPU_ALWAYS_INLINE uint64_t pcpu_this_add_return(uintptr_t at, uint64_t bits, size_t bytes)
{
	uint64_t old = bits;

	switch (bytes) {
	case 1:
		__asm__ volatile("xaddb %b0, %%gs:%1" : "+q"(old), "+m"(PCPU_AT(8, at)) : : "cc");
		break;
	case 2:
		__asm__ volatile("xaddw %w0, %%gs:%1" : "+r"(old), "+m"(PCPU_AT(16, at)) : : "cc");
		break;
	case 4:
		__asm__ volatile("xaddl %k0, %%gs:%1" : "+r"(old), "+m"(PCPU_AT(32, at)) : : "cc");
		break;
	default:
		__asm__ volatile("xaddq %0, %%gs:%1" : "+r"(old), "+m"(PCPU_AT(64, at)) : : "cc");
	}
	return old + bits;
}

/* The old value; upper bits of a narrow one are those of `old` and are cut by percpu.h. */
PCPU_ALWAYS_INLINE uint64_t pcpu_this_cmpxchg(uintptr_t at, uint64_t old, uint64_t bits,
					      size_t bytes)
{
	switch (bytes) {
	case 1:
		__asm__ volatile("cmpxchgb %b2, %%gs:%1"
				 : "+a"(old), "+m"(PCPU_AT(8, at)) : "q"(bits) : "cc");
		break;
	case 2:
		__asm__ volatile("cmpxchgw %w2, %%gs:%1"
				 : "+a"(old), "+m"(PCPU_AT(16, at)) : "r"(bits) : "cc");
		break;
	case 4:
		__asm__ volatile("cmpxchgl %k2, %%gs:%1"
				 : "+a"(old), "+m"(PCPU_AT(32, at)) : "r"(bits) : "cc");
		break;
	default:
		__asm__ volatile("cmpxchgq %2, %%gs:%1"
				 : "+a"(old), "+m"(PCPU_AT(64, at)) : "r"(bits) : "cc");
	}
	return old;
}

struct pcpu_bits128 {
	uint64_t low, high;
} __attribute__((may_alias, aligned(16)));

/* Both words as one. */
PCPU_ALWAYS_INLINE bool pcpu_this_cmpxchg_double(uintptr_t at, uint64_t old1, uint64_t old2,
						 uint64_t new1, uint64_t new2)
{
	bool same;

	__asm__ volatile("cmpxchg16b %%gs:%1"
			 : "=@ccz"(same), "+m"(*(volatile struct pcpu_bits128 *)at), "+a"(old1),
			   "+d"(old2)
			 : "b"(new1), "c"(new2));
	return same;
}

/* The low `bytes` of a register's worth of bits. */
PCPU_ALWAYS_INLINE uint64_t pcpu_low_bits(uint64_t bits, size_t bytes)
{
	return bytes == 8 ? bits : bits & ((UINT64_C(1) << (8 * bytes)) - 1);
}

/* X1: a cmpxchg that fails has changed nothing, one that succeeds is the exchange. */
PCPU_ALWAYS_INLINE uint64_t pcpu_this_xchg(uintptr_t at, uint64_t bits, size_t bytes)
{
	uint64_t seen = pcpu_this_read(at, bytes), old;

	do {
		old = seen;
		seen = pcpu_low_bits(pcpu_this_cmpxchg(at, old, bits, bytes), bytes);
	} while (seen != old);
	return old;
}

/* Where this CPU's copy is: `pointer` plus this CPU's own offset. */
PCPU_ALWAYS_INLINE void *pcpu_this_address(uintptr_t pointer)
{
	__asm__ volatile("addq %%gs:%1, %0"
			 : "+r"(pointer)
			 : "m"(PCPU_AT(64, (uintptr_t)&this_cpu_off))
			 : "cc");
	return (void *)pointer;
}

PCPU_ALWAYS_INLINE uint32_t pcpu_this_id(void)
{
	return (uint32_t)pcpu_this_read((uintptr_t)&cpu_number, sizeof(uint32_t));
}

/* With one instruction there is nothing left to exclude. */
#define pcpu_raw_read	    pcpu_this_read
#define pcpu_raw_write	    pcpu_this_write
#define pcpu_raw_add	    pcpu_this_add
#define pcpu_raw_and	    pcpu_this_and
#define pcpu_raw_or	    pcpu_this_or
#define pcpu_raw_add_return pcpu_this_add_return
#define pcpu_raw_cmpxchg    pcpu_this_cmpxchg
#define pcpu_raw_xchg	    pcpu_this_xchg
#define pcpu_raw_cmpxchg_double pcpu_this_cmpxchg_double

#endif
