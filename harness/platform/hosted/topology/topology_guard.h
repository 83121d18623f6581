/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* topology_guard.h - loads untrusted input in a child process. For topology_host.c. */
#ifndef HOSTED_TOPOLOGY_GUARD_H
#define HOSTED_TOPOLOGY_GUARD_H

#include "harness/text/topology_text.h"

typedef bool (*hosted_loader)(const char *input, struct lab_topology *topology, char error[256]);

/*
 * Runs load(input) in a child process and copies its result. A crash, or more than a minute, is a
 * refusal: *error is `expected`, and what happened.
 */
bool hosted_load_guarded(hosted_loader load, const char *input, const char *expected,
			 struct lab_topology *topology, char error[256]);

#endif
