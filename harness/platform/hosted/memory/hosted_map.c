/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * hosted_map.c - addresses and the memory behind them, by mmap(2), mprotect(2) and madvise(2).
 *
 *	low                                              high
 *	[ guard ][ bytes: opened in parts, or as a whole ][ guard ]
 *
 * Addresses that are not opened are guards: reserved, inaccessible, without memory. An opened range
 * is readable and writable without swap accounting: touching a page backs it, MADV_DONTNEED gives
 * it back. Protecting every unbacked page instead would cost a kernel mapping for each run of
 * pages, and vm.max_map_count (65530) is reached with a few hundred chunks on a large machine. The
 * price: a stray access to an unbacked page inside an opened range is not caught here; the
 * simulated platform catches it.
 *
 * The kernel may refuse to take memory back: at the limit of mappings, in a sandbox, because it is
 * locked. The caller then keeps the range and tries again (hosted_kept.c).
 */
#include <errno.h>
#include <sys/mman.h>

#include "harness/platform/hosted/hosted_plat.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 /* Linux 5.14; linux/mman.h */
#endif
#ifndef MADV_DONTNEED_LOCKED
#define MADV_DONTNEED_LOCKED 24 /* Linux 5.18; linux/mman.h */
#endif
#define BACK_TRIES 100 /* tries while the kernel returns EAGAIN */

/* --- addresses ------------------------------------------------------------------------------- */

/* In a process that locks its future mappings (mlockall), opening would populate the whole
   reservation: lock pages when they are touched instead. MADV_DONTNEED refuses locked memory, and
   does nothing to a fresh mapping. */
static void lock_on_fault(const struct hosted_mapping *mapping)
{
	size_t bytes = mapping->high - mapping->low;

	if (madvise((void *)mapping->low, bytes, MADV_DONTNEED) == 0 || errno != EINVAL)
		return;
	if (mlock2((void *)mapping->low, bytes, MLOCK_ONFAULT) != 0)
		(void)munlock((void *)mapping->low, bytes);
}

/* Unmaps the slack of alignment. If that is refused the slack stays in the mapping. */
static void slack_trim(struct hosted_mapping *mapping)
{
	uintptr_t low = mapping->start - HOSTED_GUARD_BYTES;
	uintptr_t high = mapping->start + (uintptr_t)mapping->bytes + HOSTED_GUARD_BYTES;

	if (mapping->low < low && munmap((void *)mapping->low, low - mapping->low) == 0)
		mapping->low = low;
	if (high < mapping->high && munmap((void *)high, mapping->high - high) == 0)
		mapping->high = high;
}

#define RESERVED (MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE)

bool hosted_reserve(uint64_t bytes, uint64_t align, struct hosted_mapping *mapping)
{
	uint64_t slack = align > PCPU_PAGE_BYTES ? align - PCPU_PAGE_BYTES : 0;
	uint64_t whole = bytes + slack + UINT64_C(2) * HOSTED_GUARD_BYTES;
	void *memory = mmap(NULL, whole, PROT_NONE, RESERVED, -1, 0);

	if (memory == MAP_FAILED)
		return false;
	mapping->low = (uintptr_t)memory;
	mapping->high = mapping->low + (uintptr_t)whole;
	mapping->start = (uintptr_t)pcpu_align_up(mapping->low + HOSTED_GUARD_BYTES, align);
	mapping->bytes = bytes;
	slack_trim(mapping);
	lock_on_fault(mapping);
	return true;
}

bool hosted_reserve_at(uintptr_t start, uint64_t bytes, struct hosted_mapping *mapping)
{
	uint64_t whole = bytes + UINT64_C(2) * HOSTED_GUARD_BYTES;
	uintptr_t low = start - HOSTED_GUARD_BYTES;
	void *memory = mmap((void *)low, whole, PROT_NONE, RESERVED | MAP_FIXED_NOREPLACE, -1, 0);

	if (memory == MAP_FAILED)
		return false;
	mapping->low = (uintptr_t)memory;
	mapping->high = mapping->low + (uintptr_t)whole;
	mapping->start = mapping->low + HOSTED_GUARD_BYTES;
	mapping->bytes = bytes;
	if (mapping->low == low) {
		lock_on_fault(mapping);
		return true;
	}
	/* A kernel before 4.17 treats the address as a hint. */
	if (hosted_unreserve(mapping))
		mapping->low = 0;
	return false;
}

bool hosted_unreserve(const struct hosted_mapping *mapping)
{
	return munmap((void *)mapping->low, mapping->high - mapping->low) == 0;
}

bool hosted_open(uintptr_t address, uint64_t bytes)
{
	return mprotect((void *)address, bytes, PROT_READ | PROT_WRITE) == 0;
}

bool hosted_close(uintptr_t address, uint64_t bytes)
{
	return mprotect((void *)address, bytes, PROT_NONE) == 0;
}

/* --- memory ---------------------------------------------------------------------------------- */

/* For kernels before 5.14 and sandboxes that do not know MADV_POPULATE_WRITE: touches every
   page. */
static bool back_by_touch(uintptr_t address, uint64_t bytes)
{
	for (uint64_t at = 0; at < bytes; at += PCPU_PAGE_BYTES)
		*(volatile char *)(address + at) = 0;
	return true;
}

bool hosted_back(uintptr_t address, uint64_t bytes)
{
	int tries = BACK_TRIES;

	while (madvise((void *)address, bytes, MADV_POPULATE_WRITE) != 0) {
		if (errno == EINVAL || errno == ENOSYS || errno == EPERM)
			return back_by_touch(address, bytes);
		if (errno != EINTR && (errno != EAGAIN || --tries == 0))
			return false;
	}
	return true;
}

/* For locked memory that the kernel does not give back: unlocks it meanwhile. */
static bool unback_locked(uintptr_t address, uint64_t bytes)
{
	if (madvise((void *)address, bytes, MADV_DONTNEED_LOCKED) == 0)
		return true;
	if (munlock((void *)address, bytes) != 0 ||
	    madvise((void *)address, bytes, MADV_DONTNEED) != 0)
		return false;
	(void)mlock2((void *)address, bytes, MLOCK_ONFAULT);
	return true;
}

bool hosted_unback(uintptr_t address, uint64_t bytes)
{
	if (madvise((void *)address, bytes, MADV_DONTNEED) == 0)
		return true;
	return errno == EINVAL && unback_locked(address, bytes);
}
