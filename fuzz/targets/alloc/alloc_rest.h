/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* alloc_rest.h - the calls of pcpu.h that no operation is about, asked about what lives. */
#ifndef FUZZ_ALLOC_REST_H
#define FUZZ_ALLOC_REST_H

#include "harness/check/model.h"

/*
 * Lookups, addresses, physical addresses, statistics and visits, each held against the model and
 * the layout; a few objects only. True: all answered right. Else *fault says what was wrong.
 * Changes nothing, but makes reports: each is awaited and taken.
 */
bool alloc_rest_check(const struct lab_model *model, uintptr_t static_start,
		      struct lab_fault *fault);

#endif
