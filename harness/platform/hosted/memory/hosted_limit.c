/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * hosted_limit.c - limits how many pages the instances may hold. Areas are populated at once:
 * without a limit a large layout would trigger the kernel's OOM killer instead of a refusal.
 *
 *	page_limit given	this instance's own
 *	page_limit 0		nine tenths of what the machine and the cgroups of the process
 *				allow, for all instances of the process together
 *
 * A page is booked while the core holds it, and then until the kernel takes it back.
 */
#include <unistd.h>

#include "harness/platform/hosted/hosted_plat.h"

static uint64_t process_pages; /* atomic: booked by all instances */

bool hosted_limit_init(struct plat *plat, const char *root)
{
	long pages = sysconf(_SC_PHYS_PAGES), page_bytes = sysconf(_SC_PAGESIZE);
	uint64_t allowed = UINT64_MAX;

	if (plat->config.page_limit)
		return true;
	if (pages <= 0 || page_bytes <= 0 || !hosted_cgroup_limit(root, &allowed))
		return false;
	plat->limit_is_shared = true;
	plat->config.page_limit = pcpu_min64((uint64_t)pages * (uint64_t)page_bytes, allowed) /
				  PCPU_PAGE_BYTES / 10 * 9;
	return true;
}

/* Books nr pages of the process, unless that exceeds the limit. */
static bool process_book(uint64_t nr, uint64_t limit)
{
	uint64_t after = __atomic_add_fetch(&process_pages, nr, __ATOMIC_RELAXED);

	if (after <= limit)
		return true;
	__atomic_sub_fetch(&process_pages, nr, __ATOMIC_RELAXED);
	return false;
}

bool hosted_pages_book(struct plat *plat, uint64_t nr)
{
	uint64_t limit = plat->config.page_limit;

	if (nr > limit || plat->pages_booked > limit - nr)
		return false;
	if (!process_book(nr, plat->limit_is_shared ? limit : UINT64_MAX))
		return false;
	plat->pages_booked += nr;
	return true;
}

uint64_t hosted_limit_left(const struct plat *plat)
{
	uint64_t booked = plat->limit_is_shared ?
				  __atomic_load_n(&process_pages, __ATOMIC_RELAXED) :
				  plat->pages_booked;

	return plat->config.page_limit - pcpu_min64(booked, plat->config.page_limit);
}

void hosted_pages_unbook(struct plat *plat, uint64_t nr)
{
	PCPU_ASSERT(plat->pages_booked >= nr);
	plat->pages_booked -= nr;
	__atomic_sub_fetch(&process_pages, nr, __ATOMIC_RELAXED);
}
