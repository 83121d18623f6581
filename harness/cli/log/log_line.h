/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* log_line.h - could a kernel of any version have printed this line? Checks only arithmetic; the
   parser checks the rest. Payloads come from log_payload() and log_pages_payload(). */
#ifndef LOG_LINE_H
#define LOG_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct log_sizes_line {
	uint64_t s, r, d, u, k, atom, upa;
};

/* "s212992 r8192 d28672 u524288 alloc=1*2097152": five words, whole units in the allocation. */
bool log_sizes_read(const char *payload, size_t nr, struct log_sizes_line *sizes);
bool log_sizes_fit(const char *payload, size_t nr);
/* "Embedded 13 pages/cpu [@ADDRESS] s.. r.. d.. u..", "32 4K pages/cpu ...": s, r and d fill the
   pages. */
bool log_pages_fit(const char *payload, size_t nr);

#endif
