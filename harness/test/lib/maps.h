/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* maps.h - this process's mappings, as the kernel lists them. */
#ifndef MAPS_H
#define MAPS_H

#include <stdbool.h>
#include <stdint.h>

struct maps_count {
	uint64_t closed_bytes; /* anonymous, private, no access */
	uint64_t open_bytes;   /* anonymous, private, readable and writable; heap and stack not */
};

/* Adds up /proc/self/maps. */
void maps_count(struct maps_count *count);
/* The running test fails when they are not as before. Nothing is checked in a build with a
   sanitizer, whose own allocator maps as it likes. */
void maps_check_equal(const struct maps_count *before);
bool maps_are_ours(void); /* no sanitizer */
/* Is every byte of [from, to) open, or closed? */
bool maps_are(uintptr_t from, uintptr_t to, bool open);
/* Do all mappings that [from, to) touches have this flag in /proc/self/smaps ("nh", "lo")? */
bool maps_have_flag(uintptr_t from, uintptr_t to, const char *flag);
/* Resident bytes of [from, to); what is not mapped is not resident. */
uint64_t maps_resident_bytes(uintptr_t from, uintptr_t to);

#endif
