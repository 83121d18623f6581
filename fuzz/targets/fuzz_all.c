/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* fuzz_all.c - a program with every target. */
#include "fuzz/targets/fuzz.h"

#define X(name) extern const struct fuzz_target name;
#include "fuzz/targets/targets.def"
#undef X

#define X(name) &name,
const struct fuzz_target *const fuzz_targets[] = {
#include "fuzz/targets/targets.def"
	NULL,
};
#undef X
