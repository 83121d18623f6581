/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* access.h - internal to access.c: the path that percpu.h takes only when a macro selects it. */
#ifndef ACCESS_H
#define ACCESS_H

#include <stdint.h>

/* Adds 1 nr times to this CPU's copy of a percpu object, without a GS base. */
void bench_add_generic(uintptr_t pointer, uint64_t nr);

#endif
