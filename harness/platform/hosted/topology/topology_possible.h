/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* topology_possible.h - the possible CPUs of a /sys. For topology*.c. */
#ifndef HOSTED_TOPOLOGY_POSSIBLE_H
#define HOSTED_TOPOLOGY_POSSIBLE_H

#include "harness/platform/hosted/topology/sys_tree.h"

/*
 * Replaces the topology's CPUs, which need at least one node, by those of cpu/possible and those
 * that are online. A CPU on no node belongs to the node of its link (offline CPUs have one);
 * without a link it is dealt (SPEC.md 12). Set distances afterwards. Without the list *is_hidden is
 * set, and the CPUs of nodes and links are taken; if there are none, those that have a folder cpuN.
 * Returns false when a file is bad: see *error.
 */
bool hosted_take_possible(const struct sys_tree *tree, struct lab_topology *topology,
			  bool *is_hidden, char error[256]);

/* Prints one line on stderr: the list is hidden, and what was taken instead. */
void hosted_report_hidden(const struct sys_tree *tree);

#endif
