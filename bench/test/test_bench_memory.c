/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_bench_memory.c - what live objects take, and which of the numbers are left out. */
#include "harness/test/lib/test.h"

#include "bench/test/fake_shim.h"

#include <stdlib.h>

/* --- what is reported ---------------------------------------------------------------------- */

enum { MIB = 1 << 20 };

static struct shim_state reported(struct bench_memory memory)
{
	struct shim_state state = {.nr = 0};

	bench_report_memory(&state, &memory);
	return state;
}

TEST(memory_ratios_are_to_live_bytes)
{
	struct shim_state state = reported((struct bench_memory){
		.live_bytes = 4 * MIB, .populated_bytes = 5 * MIB, .held_bytes = 6 * MIB,
		.rss_bytes = 8 * MIB, .metadata_bytes_max = MIB});

	CHECK(fake_counted(&state, "live_bytes") == 4.0 * MIB);
	CHECK(fake_counted(&state, "held_bytes") == 6.0 * MIB);
	CHECK(fake_counted(&state, "metadata_bytes") == 1.0 * MIB);
	CHECK(fake_counted(&state, "populated/live") == 1.25);
	CHECK(fake_counted(&state, "held/live") == 1.5);
	CHECK(fake_counted(&state, "rss/live") == 2);
}

/* A rival that does not know, one whose statistics are wrong, and a case without objects. */
TEST(memory_that_is_not_known_is_left_out)
{
	struct shim_state none = reported((struct bench_memory){.live_bytes = 4 * MIB});
	struct shim_state wrong = reported((struct bench_memory){
		.live_bytes = 4 * MIB, .populated_bytes = 4 * MIB - 1, .held_bytes = 4 * MIB - 1});
	struct shim_state empty = reported((struct bench_memory){
		.populated_bytes = MIB, .held_bytes = MIB, .rss_bytes = MIB});

	CHECK_EQ(none.nr, 1);
	CHECK_EQ(wrong.nr, 1);
	CHECK(fake_counted(&empty, "held_bytes") == MIB && fake_counted(&empty, "held/live") == -1);
	CHECK(fake_counted(&empty, "populated/live") == -1);
	CHECK(fake_counted(&empty, "rss/live") == -1);
}

/* Growth below what is held, and so little that other parts of the program are as much. */
TEST(resident_memory_that_may_be_others_is_left_out)
{
	struct bench_memory memory = {.live_bytes = MIB, .held_bytes = 100 * (MIB / 50),
				      .populated_bytes = 2 * MIB, .rss_bytes = 98 * (MIB / 50)};
	struct shim_state right = reported(memory), low, small;

	memory.rss_bytes = 97 * (MIB / 50);
	low = reported(memory);
	memory.rss_bytes = 98 * (MIB / 50);
	memory.live_bytes = MIB - 1;
	small = reported(memory);
	CHECK(fake_counted(&right, "rss/live") > 1.9);
	CHECK(fake_counted(&low, "rss/live") == -1 && fake_counted(&low, "held/live") > 1.9);
	CHECK(fake_counted(&small, "rss/live") == -1 && fake_counted(&small, "held/live") > 1.9);
}

/* --- what is measured ---------------------------------------------------------------------- */

enum { CPUS = 4, OBJECTS = 4096, BYTES = 512 };

static struct bench_memory measure(const struct bench_case *self, struct pcpu_stats *stats)
{
	struct shim_state state = {.nr = 0};
	struct bench_fixture fixture;
	struct bench_memory memory;

	CHECK(bench_fixture_create(&fixture, &state, self, NULL));
	for (uint32_t i = 0; i < OBJECTS; i++) {
		struct pcpu_ptr p = bench_alloc(&fixture, BYTES, 8);

		CHECK(p.value);
		bench_write_all(&fixture, p, BYTES, 8, i);
	}
	memory = bench_memory_now(&fixture, (uint64_t)OBJECTS * BYTES);
	CHECK_EQ(bench_live_bytes(&fixture), (uint64_t)OBJECTS * BYTES);
	pcpu_stats(fixture.pcpu, stats);
	bench_fixture_destroy(&fixture);
	return memory;
}

/* Sanitizers add memory of their own, but not tens of times as much. */
TEST(memory_of_an_engine_is_of_all_units)
{
	const struct bench_case self = {
		.nr_cpus = CPUS, .engine = pcpu_engine_find("bitmap"), .rss = true};
	struct pcpu_stats stats;
	struct bench_memory memory = measure(&self, &stats);

	CHECK_EQ(memory.live_bytes, (uint64_t)CPUS * OBJECTS * BYTES);
	CHECK_EQ(memory.populated_bytes, CPUS * stats.populated_bytes);
	CHECK_EQ(memory.held_bytes, CPUS * stats.populated_bytes + stats.metadata_bytes);
	CHECK_EQ(memory.metadata_bytes_max, stats.metadata_bytes_max);
	CHECK(memory.rss_bytes >= memory.live_bytes && memory.rss_bytes < 32 * memory.live_bytes);
}

TEST(resident_memory_is_measured_only_where_the_case_says_so)
{
	const struct bench_case self = {.nr_cpus = CPUS, .engine = pcpu_engine_find("bitmap")};
	struct pcpu_stats stats;

	CHECK_EQ(measure(&self, &stats).rss_bytes, 0);
}

/* A workload's own array is no growth afterwards. */
TEST(an_array_is_resident_at_once)
{
	uint64_t from = bench_host_rss_bytes(), to;
	char *array = bench_array(16, MIB);
	size_t nr_set = 0;

	to = bench_host_rss_bytes();
	CHECK(array && from && to >= from + 15 * MIB);
	for (size_t i = 0; i < 16 * MIB; i++)
		nr_set += array[i] != 0;
	CHECK_EQ(nr_set, 0);
	free(array);
}

/* --- who measures -------------------------------------------------------------------------- */

/* A workload of one thread is to be served by magazines, as its users' threads are. */
TEST(who_creates_a_fixture_here_is_its_cpu_0)
{
	const struct bench_case self = {
		.nr_cpus = CPUS, .engine = pcpu_engine_find("bitmap"), .front = true};
	struct shim_state state = {.nr = 0};
	struct bench_fixture fixture;

	CHECK(bench_fixture_create(&fixture, &state, &self, NULL));
	CHECK(!pcpu_here.owner);
	bench_fixture_destroy(&fixture);
	CHECK(bench_fixture_create_here(&fixture, &state, &self, NULL));
	CHECK(pcpu_here.owner == fixture.pcpu && pcpu_here.cpu == 0);
	bench_fixture_destroy(&fixture);
	CHECK(!pcpu_here.owner);
}
