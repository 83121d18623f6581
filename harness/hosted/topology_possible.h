/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* topology_possible.h - the CPUs that may ever come up, as this kernel says. For topology.c. */
#ifndef HOSTED_TOPOLOGY_POSSIBLE_H
#define HOSTED_TOPOLOGY_POSSIBLE_H

#include "topology_text.h"

/*
 * Makes the possible CPUs of /sys/devices/system/cpu/possible (below HWLOC_FSROOT, when that is
 * set) those of the topology, whose nodes are known: one on no node goes to the node with the
 * smallest id, others are dropped. Without that file (/sys hidden) the CPUs of the nodes stay and
 * a line on stderr says so. False: the file is there and is no CPU list.
 */
bool hosted_take_possible(struct lab_topology *topology, char error[256]);

#endif
