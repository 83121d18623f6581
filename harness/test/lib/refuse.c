/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* refuse.c - mmap() and its like: counted, refused as planned, else the kernel's own. */
#include <errno.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "harness/test/lib/refuse.h"

static struct {
	unsigned calls;
	uint64_t k;
	bool lasting;
	int error;
	uint64_t nr_seen, nr_refused; /* atomic */
} plan;

void refuse(unsigned calls, uint64_t k, bool lasting, int error)
{
	plan.k = k;
	plan.lasting = lasting;
	plan.error = error;
	plan.nr_seen = plan.nr_refused = 0;
	__atomic_store_n(&plan.calls, calls, __ATOMIC_RELEASE);
}

void refuse_nothing(void)
{
	__atomic_store_n(&plan.calls, 0, __ATOMIC_RELEASE);
}

uint64_t refuse_count(void)
{
	return __atomic_load_n(&plan.nr_refused, __ATOMIC_RELAXED);
}

static bool is_refused(enum refuse_call call)
{
	uint64_t index;

	if (!(__atomic_load_n(&plan.calls, __ATOMIC_ACQUIRE) & call))
		return false;
	index = __atomic_fetch_add(&plan.nr_seen, 1, __ATOMIC_RELAXED);
	if (index != plan.k && !(index > plan.k && plan.lasting))
		return false;
	__atomic_fetch_add(&plan.nr_refused, 1, __ATOMIC_RELAXED);
	errno = plan.error;
	return true;
}

void *mmap(void *address, size_t bytes, int protection, int flags, int file, off_t offset)
{
	if (is_refused(REFUSE_MMAP))
		return MAP_FAILED;
	return (void *)syscall(SYS_mmap, address, bytes, protection, flags, file, offset);
}

int munmap(void *address, size_t bytes)
{
	return is_refused(REFUSE_MUNMAP) ? -1 : (int)syscall(SYS_munmap, address, bytes);
}

int mprotect(void *address, size_t bytes, int protection)
{
	if (is_refused(protection == PROT_NONE ? REFUSE_CLOSE : REFUSE_OPEN))
		return -1;
	return (int)syscall(SYS_mprotect, address, bytes, protection);
}

#define POPULATE_WRITE	23 /* Linux 5.14 */
#define DONTNEED_LOCKED 24 /* Linux 5.18 */

int madvise(void *address, size_t bytes, int advice)
{
	enum refuse_call call = advice == POPULATE_WRITE  ? REFUSE_POPULATE :
				advice == MADV_DONTNEED	  ? REFUSE_DONTNEED :
				advice == DONTNEED_LOCKED ? REFUSE_DONTNEED_LOCKED :
							    REFUSE_ADVICE;

	return is_refused(call) ? -1 : (int)syscall(SYS_madvise, address, bytes, advice);
}

int mlock2(const void *address, size_t bytes, unsigned flags)
{
	return is_refused(REFUSE_MLOCK) ? -1 : (int)syscall(SYS_mlock2, address, bytes, flags);
}

int munlock(const void *address, size_t bytes)
{
	return is_refused(REFUSE_MUNLOCK) ? -1 : (int)syscall(SYS_munlock, address, bytes);
}
