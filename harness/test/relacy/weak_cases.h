/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* weak_cases.h - all cases; each group ends with one without a name. */
#ifndef WEAK_CASES_H
#define WEAK_CASES_H

#include "harness/test/relacy/weak.h"

extern const struct weak_case weak_claims[], weak_stops[], weak_records[], weak_batches[];
extern const struct weak_case *const weak_groups[]; /* ends with NULL */

#define WEAK_FOR_EACH_CASE(c)                                                     \
	for (const struct weak_case *const *group_ = weak_groups; *group_; group_++) \
		for (const struct weak_case *c = *group_; c->name; c++)

#endif
