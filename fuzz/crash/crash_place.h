/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* crash_place.h - the source line that a finding's words name, as a file of the checkout. */
#ifndef CRASH_PLACE_H
#define CRASH_PLACE_H

#include <stdbool.h>

struct crash_place {
	char *path; /* below the checkout: "core/map/map_area.c"; free it */
	long line;  /* from 1 */
};

/* Finds the first "FILE.c:LINE" of a text whose file is in the checkout, by its path or by its name
   alone. False: there is none, and *place is unset. */
bool crash_place_find(struct crash_place *place, const char *text);
/* The first line of the target's own source. */
void crash_place_of_target(struct crash_place *place, const char *target);

/* Returns a path as a URI reference (free it): below the checkout it is relative to it, as code
   scanning expects, elsewhere file:///... */
char *crash_uri(const char *path);

#endif
