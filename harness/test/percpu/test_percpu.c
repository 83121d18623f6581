/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_percpu.c - this CPU's copy reached by one instruction where percpu.h has that (x86-64). */
#include "harness/test/percpu/test_percpu_ops.h"
#include "harness/test/percpu/test_percpu_arguments.h"
#include "harness/test/percpu/test_percpu_memory.h"
