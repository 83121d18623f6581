/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* x86_tlb.h - counts flushes that other CPUs did on request. */
#ifndef BOOT_X86_TLB_H
#define BOOT_X86_TLB_H

#include <pcpu/base.h>

uint64_t x86_tlb_answers(void);

#endif
