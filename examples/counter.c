/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * counter.c - counters of a Linux process that no two CPUs share: one static, one allocated.
 *
 *	cc -o counter counter.c $(pkg-config --cflags --libs pcpu-hosted)
 */
#include <pthread.h>
#include <stdio.h>

#include <pcpu/hosted.h>
#include <pcpu/percpu.h>

#define NR_THREADS 4
#define NR_CALLS 100000

static DEFINE_PER_CPU(uint64_t, calls);
static uint64_t __percpu *bytes;

/* A thread becomes a CPU that nobody else is, and counts without a lock. */
static void *work(void *cpu)
{
	if (!hosted_enter_cpu(hosted_default_plat(), hosted_default(), *(uint32_t *)cpu))
		return NULL;
	for (int i = 0; i < NR_CALLS; i++) {
		this_cpu_inc(calls);
		this_cpu_add(*bytes, 40);
	}
	hosted_leave_cpu(hosted_default_plat());
	return NULL;
}

int main(void)
{
	uint64_t all_calls = 0, all_bytes = 0;
	uint32_t cpus[NR_THREADS], cpu, nr = 0;
	pthread_t threads[NR_THREADS];

	hosted_default(); /* before the first use of anything in percpu.h */
	bytes = alloc_percpu(uint64_t);
	if (!bytes)
		return 1;
	for_each_possible_cpu(cpu) {
		if (nr == NR_THREADS)
			break;
		cpus[nr] = cpu;
		if (pthread_create(&threads[nr], NULL, work, &cpus[nr]))
			return 1;
		nr++;
	}
	for (uint32_t i = 0; i < nr; i++)
		pthread_join(threads[i], NULL);
	for_each_possible_cpu(cpu) {
		all_calls += per_cpu(calls, cpu);
		all_bytes += *per_cpu_ptr(bytes, cpu);
	}
	free_percpu(bytes);
	printf("%u threads, %llu calls, %llu bytes\n", nr, (unsigned long long)all_calls,
	       (unsigned long long)all_bytes);
	return all_calls == (uint64_t)nr * NR_CALLS && all_bytes == 40 * all_calls ? 0 : 1;
}
