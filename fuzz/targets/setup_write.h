/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* setup_write.h - a machine and an allocator's configuration as C, for tests made from inputs. */
#ifndef FUZZ_SETUP_WRITE_H
#define FUZZ_SETUP_WRITE_H

#include <pcpu/pcpu.h>
#include "harness/platform/sim/sim.h"

/* `static const struct pcpu_topology topology` and its tables, indented by one tab. */
void setup_write_topology(const struct pcpu_topology *topology, void (*line)(const char *text));

/* The members that matter of a struct sim_config and of a struct pcpu_config on that topology, as
   initialisers: `{ ... }` on lines of their own, `name` first. */
void setup_write_sim(const char *name, const struct sim_config *sim,
		     void (*line)(const char *text));
void setup_write_pcpu(const char *name, const struct pcpu_config *pcpu,
		      void (*line)(const char *text));

#endif
