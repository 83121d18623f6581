/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* host_facts.h - describes the machine of this run: figures cannot be compared without it. */
#ifndef HOST_FACTS_H
#define HOST_FACTS_H

#include <jansson.h>

/* cpu, cpus, memory_bytes, kernel, os, compiler, commit ("unknown" outside of git), time (UTC). */
json_t *host_describe(void);

#endif
