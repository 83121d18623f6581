/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* x86_mem.c - the four functions that a compiler may call by itself, by string instructions. */
#include <pcpu/base.h>

void *memcpy(void *restrict to, const void *restrict from, size_t bytes)
{
	void *at = to;
	size_t words = bytes / 8, rest = bytes % 8;

	__asm__ volatile("rep movsq" : "+D"(at), "+S"(from), "+c"(words) : : "memory");
	__asm__ volatile("rep movsb" : "+D"(at), "+S"(from), "+c"(rest) : : "memory");
	return to;
}

void *memset(void *to, int byte, size_t bytes)
{
	void *at = to;
	size_t words = bytes / 8, rest = bytes % 8;
	uint64_t pattern = UINT64_C(0x0101010101010101) * (uint8_t)byte;

	__asm__ volatile("rep stosq" : "+D"(at), "+c"(words) : "a"(pattern) : "memory");
	__asm__ volatile("rep stosb" : "+D"(at), "+c"(rest) : "a"(pattern) : "memory");
	return to;
}

/* Overlapping and upwards: from the end down, the odd bytes first. */
static void move_down(void *to, const void *from, size_t bytes)
{
	size_t words = bytes / 8, rest = bytes % 8;
	char *at = (char *)to + bytes - 1;
	const char *source = (const char *)from + bytes - 1;

	__asm__ volatile("std\n\trep movsb\n\t"
			 "subq $7, %0\n\tsubq $7, %1\n\tmovq %3, %2\n\trep movsq\n\tcld"
			 : "+D"(at), "+S"(source), "+c"(rest)
			 : "r"(words)
			 : "memory", "cc");
}

void *memmove(void *to, const void *from, size_t bytes)
{
	if ((uintptr_t)to - (uintptr_t)from >= bytes)
		return memcpy(to, from, bytes);
	move_down(to, from, bytes);
	return to;
}

int memcmp(const void *a, const void *b, size_t bytes)
{
	const unsigned char *x = a, *y = b;

	for (; bytes; bytes--, x++, y++)
		if (*x != *y)
			return *x < *y ? -1 : 1;
	return 0;
}
