/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * alerts_find.c - where an exact count rose.
 *
 *	1000 1000 1030 1030		at the third, from the second
 *	1000 1006 1009 1012		at the fourth, from the first: none alone is 1 %
 */
#include "bench/gate/gate.h"
#include "bench/history/alerts/alerts.h"

bool alert_rose(double before, double after)
{
	return after > before * (1 + GATE_RISE_PERCENT / 100);
}

size_t alerts_find(const struct alert_point *points, size_t nr, struct alert_change *changes)
{
	size_t nr_changes = 0, least = 0;

	for (size_t i = 1; i < nr; i++) {
		size_t from = alert_rose(points[i - 1].value, points[i].value) ? i - 1 : least;
		double before = points[from].value;

		if (alert_rose(before, points[i].value)) {
			changes[nr_changes++] = (struct alert_change){from, i, before};
			least = i;
		} else if (points[i].value <= points[least].value) {
			least = i;
		}
	}
	return nr_changes;
}
