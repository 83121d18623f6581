/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* topology_hwloc.h - from hwloc's objects to the project's table. For topology_host.c. */
#ifndef HOSTED_TOPOLOGY_HWLOC_H
#define HOSTED_TOPOLOGY_HWLOC_H

#include <hwloc.h>

#include "harness/text/topology_text.h"

/* Takes nodes and CPUs of a loaded machine. *nr_homeless: its CPUs on no node, which are not in the
   table. Returns false after setting *error to a sentence saying what was expected. */
bool hosted_take_machine(hwloc_topology_t machine, struct lab_topology *to, uint32_t *nr_homeless,
			 char error[256]);

/* Takes distances between the nodes of the table, which must be complete. */
void hosted_take_distances(hwloc_topology_t machine, struct lab_topology *to);

#endif
