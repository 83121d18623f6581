/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* boot_mem_arm64.c - arm64_mem.c is plain C, so the test runs on each machine. */
#include "kernel-test/host/test/test_boot_mem.h"

#define memcpy	boot_arm64_memcpy
#define memset	boot_arm64_memset
#define memmove boot_arm64_memmove
#define memcmp	boot_arm64_memcmp
#include "kernel-test/arm64/arm64_mem.c"

const struct boot_mem boot_mem_arm64 = { memcpy, memset, memmove, memcmp };
