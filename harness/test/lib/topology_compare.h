/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* topology_compare.h - do two tables describe one machine? */
#ifndef TOPOLOGY_COMPARE_H
#define TOPOLOGY_COMPARE_H

#include <stdbool.h>

#include <pcpu/layout.h>

/*
 * NULL when they do, else what differs first. The order of the nodes does not matter, unless
 * `ordered`: then the tables are equal as they stand. Node states are not compared.
 */
const char *topology_difference(const struct pcpu_topology *a, const struct pcpu_topology *b,
				bool ordered);

#endif
