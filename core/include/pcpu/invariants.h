/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* invariants.h - numbers and sentences of what is always true; the list is invariants.def. */
#ifndef PCPU_INVARIANTS_H
#define PCPU_INVARIANTS_H

#include "base.h"

PCPU_C_BEGIN

enum pcpu_invariant {
	PCPU_HOLDS, /* nothing is broken */
#define X(id, sentence) PCPU_INV_##id,
#include "invariants.def"
#undef X
	PCPU_NR_INVARIANTS
};

/* The sentence, for reports; never NULL. */
const char *pcpu_invariant_text(enum pcpu_invariant invariant);

PCPU_C_END

#endif
