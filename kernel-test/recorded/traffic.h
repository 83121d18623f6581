/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* traffic.h - shared by the files of `traffic`. */
#ifndef TRAFFIC_H
#define TRAFFIC_H

#include <stdbool.h>
#include <stdint.h>

enum traffic_kind {
	TRAFFIC_MAP, TRAFFIC_FORK, TRAFFIC_MOUNT, TRAFFIC_GROUP, TRAFFIC_NET, TRAFFIC_NR_KINDS
};

struct traffic {
	uint32_t nr_rounds;
	const char *folder; /* to mount on */
	const char *groups; /* where control groups can be made; NULL: nowhere */
};

void traffic_make(const struct traffic *traffic);

/* guest.c: traces the traffic as the only program of a guest, writes trace and kernel log to the
   debug console, and powers off. */
int guest_run(struct traffic *traffic);

#endif
