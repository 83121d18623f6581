/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* weak_cases.h - all cases (weak_cases.c). */
#ifndef WEAK_CASES_H
#define WEAK_CASES_H

#include "harness/test/relacy/weak.h"

extern const struct weak_case weak_cases[];
extern const uint32_t weak_nr_cases;

#endif
