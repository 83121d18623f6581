/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* fronts.h - an instance with the fast front, beside the default one, for tests. */
#ifndef BOOT_FRONTS_H
#define BOOT_FRONTS_H

#include "kernel-test/common/tap.h"

/* The instance while there is one. CPUs are still the default instance's. */
extern struct pcpu *front_pcpu;
extern struct plat *front_plat;
const char *front_create(void);
/* Checks that nothing is lost. Its CPUs are the default instance's again. */
const char *front_destroy(void);
/* The calling CPU becomes one of the instance, and of the default one again. */
void front_enter(void);
void front_leave(void);

#endif
