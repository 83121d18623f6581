/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * hosted_map.c - addresses and the memory behind them, by mmap(2) and madvise(2).
 *
 * A reserved range is one readable and writable mapping without swap accounting: to back a page
 * is to touch it, to unback it MADV_DONTNEED. Protecting unbacked pages instead would cost a
 * kernel mapping for each run of pages, and vm.max_map_count (65530) is reached with a few
 * hundred chunks on a large machine. The price: a stray access to a page that is not backed is
 * not caught here; the simulated platform catches it.
 */
#include <errno.h>
#include <sys/mman.h>

#include "hosted_plat.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 /* Linux 5.14; linux/mman.h */
#endif

uintptr_t hosted_reserve(uint64_t bytes, uint64_t align)
{
	uint64_t slack = align > PCPU_PAGE_BYTES ? align - PCPU_PAGE_BYTES : 0;
	uintptr_t start, at, end;
	void *memory;

	if (bytes == 0 || bytes > UINT64_MAX / 2 - slack)
		return 0;
	memory = mmap(NULL, bytes + slack, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (memory == MAP_FAILED)
		return 0;
	start = (uintptr_t)memory;
	at = pcpu_align_up(start, align);
	end = start + bytes + slack;
	if (at > start)
		hosted_unreserve(start, at - start);
	if (end > at + bytes)
		hosted_unreserve(at + bytes, end - at - bytes);
	return at;
}

void hosted_unreserve(uintptr_t address, uint64_t bytes)
{
	PCPU_ASSERT(munmap((void *)address, bytes) == 0);
}

/* Kernels before 5.14 cannot be asked to back a range: touch it. */
static bool back_by_touch(uintptr_t address, uint64_t bytes)
{
	for (uint64_t at = 0; at < bytes; at += PCPU_PAGE_BYTES)
		*(volatile char *)(address + at) = 0;
	return true;
}

bool hosted_back(uintptr_t address, uint64_t bytes)
{
	while (madvise((void *)address, bytes, MADV_POPULATE_WRITE) != 0) {
		if (errno == EINVAL)
			return back_by_touch(address, bytes);
		if (errno == EINTR || errno == EAGAIN)
			continue;
		hosted_unback(address, bytes);
		return false;
	}
	return true;
}

void hosted_unback(uintptr_t address, uint64_t bytes)
{
	PCPU_ASSERT(madvise((void *)address, bytes, MADV_DONTNEED) == 0);
}
