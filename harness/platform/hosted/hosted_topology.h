/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * hosted_topology.h - machines, this one and others, as the lab's topologies. Programs use
 * hosted_machine_create() (hosted.h).
 */
#ifndef HOSTED_TOPOLOGY_H
#define HOSTED_TOPOLOGY_H

#include "harness/text/topology_text.h"

/*
 * Read topologies with hwloc into the project's table: this machine (possible CPUs from
 * /sys/devices/system/cpu/possible, nodes and SLIT distances), the text of an XML export, or
 * "synthetic:...". False: *error is a sentence saying what was expected.
 */
bool hosted_topology_live(struct lab_topology *topology, char error[256]);
bool hosted_topology_xml(const char *text, size_t bytes, struct lab_topology *topology,
			 char error[256]);
bool hosted_topology_synthetic(const char *description, struct lab_topology *topology,
			       char error[256]);

/*
 * Reads a machine from a copy of its /sys, without hwloc: DIR holds devices/system or
 * sys/devices/system. False: *error is the rest of the message after DIR:
 * "/sys/devices/.../possible:1: CPU ids from 0 to 8191", ": cannot be read: ...".
 */
bool hosted_topology_sys(const char *dir, struct lab_topology *topology, char error[256]);

#endif
