/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* fuzz_all.c - a program with every target. */
#include "fuzz.h"

#define X(name) extern const struct fuzz_target name;
#include "targets.def"
#undef X

#define X(name) &name,
const struct fuzz_target *const fuzz_targets[] = {
#include "targets.def"
	NULL,
};
#undef X
