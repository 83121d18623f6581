/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* arm64_mem.c - the four functions that a compiler may call implicitly, 8 bytes at a time. */
#include <pcpu/base.h>

typedef uint64_t __attribute__((may_alias, aligned(1))) word;

void *memcpy(void *restrict to, const void *restrict from, size_t bytes)
{
	char *at = to;
	const char *source = from;

	for (; bytes >= 8; bytes -= 8, at += 8, source += 8)
		*(word *)at = *(const word *)source;
	for (; bytes; bytes--)
		*at++ = *source++;
	return to;
}

void *memset(void *to, int byte, size_t bytes)
{
	uint64_t pattern = UINT64_C(0x0101010101010101) * (uint8_t)byte;
	char *at = to;

	for (; bytes >= 8; bytes -= 8, at += 8)
		*(word *)at = pattern;
	for (; bytes; bytes--)
		*at++ = (char)byte;
	return to;
}

/* For an overlapping move upwards: copies from the end down, the odd bytes first. */
void *memmove(void *to, const void *from, size_t bytes)
{
	char *at = to;
	const char *source = from;

	if ((uintptr_t)to - (uintptr_t)from >= bytes)
		return memcpy(to, from, bytes);
	for (; bytes % 8; bytes--)
		at[bytes - 1] = source[bytes - 1];
	for (; bytes; bytes -= 8)
		*(word *)(at + bytes - 8) = *(const word *)(source + bytes - 8);
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
