/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* zoo_pool.c - many hunts, some at a time. */
#include "harness/cli/progress.h"
#include "fuzz/zoo/zoo_hunts.h"

static size_t count_running(const struct zoo_hunt *hunts, size_t from, size_t to)
{
	size_t nr = 0;

	for (; from < to; from++)
		nr += hunts[from].parts != NULL;
	return nr;
}

static void pool_show(const struct zoo_hunt *hunts, size_t from, size_t to, size_t nr)
{
	for (; from < to; from++)
		if (hunts[from].parts)
			break;
	if (from < to)
		progress_show("zoo %zu/%zu  %s  %s with %s, seed %u", to, nr, hunts[from].defect,
			      hunts[from].target, hunts[from].engine, hunts[from].seed);
}

bool zoo_pool_run(struct zoo_hunt *hunts, size_t nr, unsigned nr_jobs,
		  void (*done)(void *context, const struct zoo_hunt *hunt), void *context)
{
	size_t next = 0, first = 0; /* first: all before it have ended */
	bool ok = true;

	for (size_t i = 0; i < nr; i++)
		hunts[i].end = ZOO_INTERRUPTED;
	signals_hold();
	while (count_running(hunts, first, next) > 0 ||
	       (ok && next < nr && !process_interrupted())) {
		while (ok && next < nr && !process_interrupted() &&
		       count_running(hunts, first, next) < nr_jobs)
			ok = zoo_hunt_start(&hunts[next++]) || process_interrupted();
		pool_show(hunts, first, next, nr);
		processes_wait();
		for (size_t i = first; i < next; i++) {
			if (!hunts[i].parts || hunts[i].job.running)
				continue;
			zoo_hunt_finish(&hunts[i]);
			ok &= hunts[i].end != ZOO_BROKEN;
			done(context, &hunts[i]);
		}
		while (first < next && !hunts[first].parts)
			first++;
	}
	signals_release();
	progress_clear();
	return ok;
}
