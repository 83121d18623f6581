/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* topology_guard.h - loads what strangers wrote in a process of its own. For topology_host.c. */
#ifndef HOSTED_TOPOLOGY_GUARD_H
#define HOSTED_TOPOLOGY_GUARD_H

#include "harness/text/topology_text.h"

typedef bool (*hosted_loader)(const char *input, struct lab_topology *topology, char error[256]);

/*
 * load(input) in a child process, whose result comes back. When the child crashes or takes longer
 * than a minute, this is a refusal: `expected`, and what happened.
 */
bool hosted_load_guarded(hosted_loader load, const char *input, const char *expected,
			 struct lab_topology *topology, char error[256]);

#endif
