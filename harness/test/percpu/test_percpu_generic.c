/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_percpu_generic.c - this CPU's copy reached by plain C under preempt_disable. */
#define PCPU_GENERIC_ACCESS
#include "harness/test/percpu/test_percpu_ops.h"
#include "harness/test/percpu/test_percpu_arguments.h"
#include "harness/test/percpu/test_percpu_memory.h"
