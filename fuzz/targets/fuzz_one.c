/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* fuzz_one.c - a program with one target, set by the build: -DFUZZ_TARGET=fuzz_<name>. */
#include "fuzz/targets/fuzz.h"

extern const struct fuzz_target FUZZ_TARGET;

const struct fuzz_target *const fuzz_targets[] = { &FUZZ_TARGET, NULL };
