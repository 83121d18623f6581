/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* api_check.h - checks the calls of pcpu.h that no operation makes, on live objects. */
#ifndef API_CHECK_H
#define API_CHECK_H

#include "harness/check/model.h"

/*
 * Checks lookups, addresses, physical addresses, statistics and visits of a few objects against the
 * model and the layout. Returns true when all are right, else *fault says what was wrong. Has no
 * effect except reports of misuse, which are expected and taken.
 */
bool api_check(const struct lab_model *model, uintptr_t static_start, struct lab_fault *fault);

#endif
