/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* log_fixture.h - what tests of cleaned kernel logs share: texts that grow, a log taken through
   cleaning, reading and building, lines of two boots. */
#ifndef LOG_FIXTURE_H
#define LOG_FIXTURE_H

#include <stddef.h>
#include <stdint.h>

#include "harness/cli/log/log_read.h"

/* A copy of the bytes, NUL-terminated; log_build() frees it. */
struct log_text log_text_make(const char *bytes, size_t nr);

/* Cleans the text, reads its boot `boot` and builds that layout again: its lines are in
   log_built[]. Frees the text. The running test fails under this name when a step fails. */
void log_build(const char *name, struct log_text *text, uint32_t boot);
extern char log_built[1 << 16];

/* A text that grows; at is the caller's to free. */
struct made {
	char *at;
	size_t nr, capacity;
};
void made_put_bytes(struct made *m, const char *bytes, size_t nr);
void made_put(struct made *m, const char *words);

/* Dumps and lines of pages of two machines. */
#define S1 "pcpu-alloc: s28800 r0 d24448 u524288 alloc=1*4194304\n"
#define E1 "pcpu-alloc: [0] 0 1 2 3 4 5 - -\n"
#define S2 "[    0.058272] pcpu-alloc: s237568 r8192 d114688 u524288 alloc=1*2097152\n"
#define E2 "[    0.058274] pcpu-alloc: [0] 0 1 2 3\n"
#define E3 "[    0.058275] pcpu-alloc: [1] 4 5 6 7\n"
#define P1 "PERCPU: Embedded 13 pages/cpu @f5400000 s28800 r0 d24448 u524288\n"
#define P2 "percpu: Embedded 88 pages/cpu s237568 r8192 d114688 u524288\n"
#define BOOT2 S2 E2 E3

#endif
