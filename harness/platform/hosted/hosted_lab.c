/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* hosted_lab.c - clears memory, reads the clock, finds physical addresses if the kernel shows
   them. */
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "harness/platform/hosted/hosted_plat.h"
#include "harness/platform/lab_plat.h"

#define PAGEMAP_PRESENT (UINT64_C(1) << 63) /* Linux, admin-guide/mm/pagemap */
#define PAGEMAP_FRAME	((UINT64_C(1) << 55) - 1)

/* Most objects are a counter or two, cleared on every CPU: two stores, which may overlap, take a
   third of the time of memset(). */
void plat_zero(struct plat *plat, uintptr_t address, size_t bytes)
{
	char *first = (char *)address, *last = first + bytes;

	if (bytes < 4 || bytes > 16) {
		memset(first, 0, bytes);
	} else if (bytes <= 8) {
		memset(first, 0, 4);
		memset(last - 4, 0, 4);
	} else {
		memset(first, 0, 8);
		memset(last - 8, 0, 8);
	}
}

bool plat_is_zero(struct plat *plat, uintptr_t address, size_t bytes)
{
	return lab_memory_holds((const void *)address, NULL, bytes);
}

void plat_copy(struct plat *plat, uintptr_t address, const void *from, size_t bytes)
{
	memcpy((void *)address, from, bytes);
}

void lab_read(struct plat *plat, uintptr_t address, void *to, size_t bytes)
{
	memcpy(to, (const void *)address, bytes);
}

bool lab_holds(struct plat *plat, uintptr_t address, const void *wanted, size_t bytes)
{
	return lab_memory_holds((const void *)address, wanted, bytes);
}

bool lab_take_kick(struct plat *plat)
{
	return hosted_take_kick(plat);
}

bool lab_take_misuse(struct plat *plat, struct pcpu_report *report)
{
	return hosted_take_misuse(plat, report);
}

uint64_t lab_clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* Reads /proc/self/pagemap. Returns 0 if the kernel hides frame numbers (no CAP_SYS_ADMIN). */
uint64_t plat_phys(struct plat *plat, uintptr_t address)
{
	off_t at = (off_t)(address / PCPU_PAGE_BYTES * sizeof(uint64_t));
	int file = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	uint64_t entry = 0;
	ssize_t got;

	if (file < 0)
		return 0;
	got = pread(file, &entry, sizeof(entry), at);
	close(file);
	if (got != sizeof(entry) || !(entry & PAGEMAP_PRESENT) || !(entry & PAGEMAP_FRAME))
		return 0;
	return (entry & PAGEMAP_FRAME) * PCPU_PAGE_BYTES + address % PCPU_PAGE_BYTES;
}
