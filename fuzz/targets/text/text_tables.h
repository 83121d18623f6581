/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* text_tables.h - machines compared, and from one to a dump and back, for texts that tell one. */
#ifndef FUZZ_TEXT_TABLES_H
#define FUZZ_TEXT_TABLES_H

#include "fuzz/targets/fuzz.h"
#include "harness/text/topology_text.h"

/* Of a machine that is laid out: more cost time and say nothing new. */
#define TEXT_DUMP_MAX_CPU_IDS 1024u

/* Tables that say the same. */
bool text_same_machine(const struct pcpu_topology *a, const struct pcpu_topology *b);

/* The layout of this machine, if there is one: its dump is read back as the same groups and sizes,
   and the layout of these prints the same lines. */
bool text_expect_dump(struct fuzz_outcome *outcome, const struct pcpu_topology *topology,
		      const struct pcpu_sizes *sizes);

#endif
