/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * weak_core.h - included before each file of the core, when it is compiled for this test: what
 * pcpu_here is where threads are not the compiler's.
 */
#ifndef WEAK_CORE_H
#define WEAK_CORE_H

#include <pcpu/front.h>

/* The record of the thread that runs, in the arena. A declaration of pcpu_here is now another one
   of this function. */
struct pcpu_caller *weak_here(void);
#define pcpu_here (*weak_here())

#endif
