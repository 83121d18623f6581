/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* set_measure.h - how long it takes to read lines in turns. */
#ifndef SET_MEASURE_H
#define SET_MEASURE_H

#include <stddef.h>
#include <stdint.h>

/* ns a read, the least of several tries; each address is read in each round. 0 without any. */
double set_measure(const uintptr_t *addresses, size_t nr);

#endif
