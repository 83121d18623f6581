/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * bench_memory.c - what live objects take, reported beside each time.
 *
 *	live_bytes	sizes requested, times CPUs
 *	held_bytes	taken for them: engines: populated pages of all units and records
 *	metadata_bytes	engines: records, the most so far; a rival's are not known apart
 *	populated/live	engines: the pages alone, those of the static part included
 *	held/live
 *	rss/live	growth of the process's resident memory since before the fixture
 *
 * M1  A number that is not known is left out. It is not 0.
 * M2  A rival has one number for both ratios: what its own statistics say (rival_*.c: which). Where
 *     that is below the live bytes it is wrong, since memory that other code freed is used again.
 * M3  Resident memory is reported where it can be nothing but the objects': the case says that
 *     every copy was stored to, 1 MiB lives at least, and it grew by what is held (but for 2 %).
 *     Growth below that shows that pages were resident before and are used again.
 */
#include "bench/runner/bench.h"

#include <stdio.h>
#include <stdlib.h>

enum { RSS_LEAST_BYTES = 1 << 20 };

/* The kernel's exact sum; the quick one of /proc/self/statm is off by some pages a thread. */
uint64_t bench_host_rss_bytes(void)
{
	FILE *file = fopen("/proc/self/smaps_rollup", "re");
	unsigned long long kib = 0;
	char line[256];

	while (file && fgets(line, sizeof(line), file) && sscanf(line, "Rss: %llu", &kib) != 1)
		;
	if (file)
		fclose(file);
	return kib << 10;
}

void *bench_array(size_t nr, size_t bytes)
{
	char *array = calloc(nr, bytes);

	for (size_t at = 0; array && at < nr * bytes; at += PCPU_PAGE_BYTES)
		((volatile char *)array)[at] = 0;
	return array;
}

uint64_t bench_held_bytes(struct bench_fixture *fixture)
{
	struct pcpu_stats now;

	if (fixture->rival)
		return fixture->rival->held_bytes(fixture->heap);
	pcpu_stats(fixture->pcpu, &now);
	return now.populated_bytes * fixture->nr_cpus + now.metadata_bytes;
}

uint64_t bench_live_bytes(struct bench_fixture *fixture)
{
	struct pcpu_stats now;

	pcpu_stats(fixture->pcpu, &now);
	return now.live_bytes;
}

struct bench_memory bench_memory_now(struct bench_fixture *fixture, uint64_t live_bytes)
{
	struct bench_memory m = {
		.live_bytes = live_bytes * fixture->nr_cpus,
		.held_bytes = bench_held_bytes(fixture),
	};
	uint64_t rss_bytes = fixture->rss_start_bytes ? bench_host_rss_bytes() : 0;
	struct pcpu_stats now;

	m.populated_bytes = m.held_bytes;
	if (!fixture->rival) {
		pcpu_stats(fixture->pcpu, &now);
		m.populated_bytes = now.populated_bytes * fixture->nr_cpus;
		m.metadata_bytes_max = now.metadata_bytes_max;
	}
	if (rss_bytes > fixture->rss_start_bytes)
		m.rss_bytes = rss_bytes - fixture->rss_start_bytes;
	return m;
}

static void report_ratio(struct shim_state *state, const char *name, uint64_t bytes,
			 uint64_t live_bytes)
{
	if (live_bytes && bytes >= live_bytes)
		shim_counter(state, name, (double)bytes / (double)live_bytes);
}

void bench_report_memory(struct shim_state *state, const struct bench_memory *m)
{
	shim_counter(state, "live_bytes", (double)m->live_bytes);
	if (m->held_bytes && m->held_bytes >= m->live_bytes)
		shim_counter(state, "held_bytes", (double)m->held_bytes);
	if (m->metadata_bytes_max)
		shim_counter(state, "metadata_bytes", (double)m->metadata_bytes_max);
	report_ratio(state, "populated/live", m->populated_bytes, m->live_bytes);
	report_ratio(state, "held/live", m->held_bytes, m->live_bytes);
	if (m->live_bytes >= RSS_LEAST_BYTES && m->rss_bytes >= m->held_bytes / 50 * 49)
		report_ratio(state, "rss/live", m->rss_bytes, m->live_bytes);
}

void bench_measure_memory(struct bench_fixture *fixture, struct shim_state *state,
			  uint64_t live_bytes)
{
	struct bench_memory m = bench_memory_now(fixture, live_bytes);

	bench_report_memory(state, &m);
}
