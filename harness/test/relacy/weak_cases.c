/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* weak_cases.c - all cases (weak_cases.h). */
#include "harness/test/relacy/weak_cases.h"

const struct weak_case *const weak_groups[] = {weak_claims, weak_stops, weak_records, weak_batches,
						NULL};
