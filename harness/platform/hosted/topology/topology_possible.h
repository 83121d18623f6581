/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* topology_possible.h - the CPUs that may ever come up, as a /sys says. For topology*.c. */
#ifndef HOSTED_TOPOLOGY_POSSIBLE_H
#define HOSTED_TOPOLOGY_POSSIBLE_H

#include "harness/platform/hosted/topology/sys_tree.h"

/*
 * Makes the CPUs of cpu/possible those of the topology, which has a node at least, and the CPUs
 * that are online. Others are dropped. One that is on no node belongs to the node of its link
 * (offline CPUs have one); without a link it is dealt (SPEC.md 12). Distances are set afterwards.
 * Without the list, which *is_hidden says, the CPUs of nodes and links are taken; where there are
 * none, those that have a folder cpuN. False: *error says which file is no good.
 */
bool hosted_take_possible(const struct sys_tree *tree, struct lab_topology *topology,
			  bool *is_hidden, char error[256]);

/* One line on stderr: the list is hidden, what was taken instead. */
void hosted_report_hidden(const struct sys_tree *tree);

#endif
