/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_boot_mem.c - the boot image's memcpy(), memset(), memmove() and memcmp(), those of AArch64
 * and (where it can run them) of x86-64: each length and shift, byte for byte, and no byte beside.
 */
#include "kernel-test/host/test/test_boot_mem.h"

#include <string.h>

#include "harness/test/lib/test.h"

enum { ROOM = 160, MAX_BYTES = 70, AT = 40 };

static void fill(uint8_t bytes[ROOM], unsigned seed)
{
	for (unsigned i = 0; i < ROOM; i++)
		bytes[i] = (uint8_t)(i * 37 + seed * 11 + 1);
}

static void check_same(const uint8_t got[ROOM], const uint8_t due[ROOM], size_t bytes, int shift)
{
	for (unsigned i = 0; i < ROOM; i++)
		if (got[i] != due[i])
			FAIL("%zu bytes, shifted by %d: byte %d", bytes, shift, (int)i - AT);
	CHECK(boot_flags_good());
}

static void check_copies(const struct boot_mem *mem, size_t bytes, int shift)
{
	uint8_t from[ROOM], to[ROOM], due[ROOM];

	fill(from, 1);
	fill(to, 2);
	fill(due, 2);
	for (size_t i = 0; i < bytes; i++)
		due[AT + i] = from[AT + shift + (int)i];
	CHECK(mem->copy(to + AT, from + AT + shift, bytes) == to + AT);
	check_same(to, due, bytes, shift);
	fill(to, 2);
	fill(due, 2);
	for (size_t i = 0; i < bytes; i++)
		due[AT + i] = (uint8_t)(0x80 + shift);
	CHECK(mem->set(to + AT, 0x7f80 + shift, bytes) == to + AT); /* the lowest byte of it */
	check_same(to, due, bytes, shift);
}

/* Within one array, up and down, near and far. */
static void check_moves(const struct boot_mem *mem, size_t bytes, int shift)
{
	uint8_t got[ROOM], before[ROOM], due[ROOM];

	fill(got, 3);
	fill(before, 3);
	fill(due, 3);
	for (size_t i = 0; i < bytes; i++)
		due[AT + shift + (int)i] = before[AT + i];
	CHECK(mem->move(got + AT + shift, got + AT, bytes) == got + AT + shift);
	check_same(got, due, bytes, shift);
}

static int sign(int n)
{
	return (n > 0) - (n < 0);
}

static void check_compares(const struct boot_mem *mem, size_t bytes)
{
	uint8_t a[ROOM], b[ROOM];

	fill(a, 4);
	fill(b, 4);
	CHECK_EQ(mem->compare(a + AT, b + AT, bytes), 0);
	b[AT + bytes] ^= 0xff; /* behind the last */
	CHECK_EQ(mem->compare(a + AT, b + AT, bytes), 0);
	for (size_t i = 0; i < bytes; i++) {
		b[AT + i] ^= 0x81;
		CHECK_EQ(sign(mem->compare(a + AT, b + AT, bytes)),
			 a[AT + i] < b[AT + i] ? -1 : 1);
		CHECK_EQ(sign(mem->compare(b + AT, a + AT, bytes)),
			 a[AT + i] < b[AT + i] ? 1 : -1);
		b[AT + i] ^= 0x81;
	}
}

static void check_all(const struct boot_mem *mem)
{
	for (size_t bytes = 0; bytes <= MAX_BYTES; bytes++) {
		for (int shift = 0; shift < 9; shift++)
			check_copies(mem, bytes, shift);
		for (int shift = -35; shift <= 35; shift++)
			check_moves(mem, bytes, shift);
		check_compares(mem, bytes);
	}
}

TEST(memory_functions_of_arm64)
{
	check_all(&boot_mem_arm64);
}

TEST(memory_functions_of_x86)
{
	if (!boot_mem_x86.copy)
		SKIP("this is no x86-64");
	check_all(&boot_mem_x86);
}
