/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * machine_state.c - records the machine and its state: a fingerprint for the results, and warnings
 * where the state distorts them. A value that cannot be read is "unknown", not left out.
 */
#include "bench/runner/bench.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

enum { WORDS = 160 };

/* Returns the rest of the first line that starts with `key`, without ": \t" after the key. */
static bool read_line(const char *path, const char *key, char value[WORDS])
{
	char line[512];
	FILE *file = fopen(path, "re");
	bool found = false;

	while (file && !found && fgets(line, sizeof(line), file)) {
		const char *at = line + strlen(key);

		if (strncmp(line, key, strlen(key)))
			continue;
		at += strspn(at, ": \t");
		snprintf(value, WORDS, "%.*s", (int)strcspn(at, "\n"), at);
		found = true;
	}
	if (file)
		fclose(file);
	if (!found)
		snprintf(value, WORDS, "unknown");
	return found;
}

uint32_t bench_host_cpus(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set))
		return 1;
	return (uint32_t)CPU_COUNT(&set);
}

uint64_t bench_host_available_bytes(void)
{
	char value[WORDS];

	if (!read_line("/proc/meminfo", "MemAvailable", value))
		return 0;
	return strtoull(value, NULL, 10) << 10;
}

/* All warnings go into one entry: a second entry of the same name would be dropped. */
static char warnings[1024];

static void machine_state_warn(const char *sentence, const char *value)
{
	size_t at = strlen(warnings);

	fprintf(stderr, "warning: %s (%s)\n", sentence, value);
	snprintf(warnings + at, sizeof(warnings) - at, "%s%s", at ? "; " : "", sentence);
}

static void machine_state_record(const char *key, const char *path, const char *line,
				 char value[WORDS])
{
	read_line(path, line, value);
	shim_context(key, value);
}

static void record_compiler(void)
{
	shim_context("compiler", BENCH_COMPILER);
	/* Google Benchmark's own "library_build_type" is that of Debian's package. */
	shim_context("build", BENCH_BUILD_TYPE);
	if (strcmp(BENCH_BUILD_TYPE, "release"))
		machine_state_warn("this is not the release flavour", BENCH_BUILD_TYPE);
}

/*
 * Every thread of a workload is pinned to one of the CPUs this process may use. Fewer than the
 * machine has means that somebody limited them, and other processes may have the same ones.
 */
static void record_pinning(void)
{
	char allowed[WORDS], online[WORDS], pinned[3 * WORDS];

	read_line("/proc/self/status", "Cpus_allowed_list", allowed);
	read_line("/sys/devices/system/cpu/online", "", online);
	snprintf(pinned, sizeof(pinned), "each thread to one of %s; online: %s", allowed, online);
	shim_context("pinning", pinned);
	if (strcmp(online, "unknown") && strcmp(allowed, online))
		machine_state_warn("not all of the machine's CPUs may be used", allowed);
}

/* The root group of version 2 has no limit and no such file. */
static void record_quota(void)
{
	char value[WORDS];

	if (!read_line("/sys/fs/cgroup/cpu.max", "", value))
		snprintf(value, sizeof(value), "none");
	shim_context("cpu_quota", value);
	if (strcmp(value, "none") && strncmp(value, "max", 3))
		machine_state_warn("a quota of CPU time stops threads in between", value);
}

/* Records turbo, hyperthreading, memory nodes and address randomisation. */
static void record_processor(void)
{
	char value[WORDS];
	bool known = read_line("/sys/devices/system/cpu/cpufreq/boost", "", value);

	shim_context("boost", known ? *value == '1' ? "on" : "off" : "unknown");
	read_line("/sys/devices/system/cpu/smt/active", "", value);
	shim_context("smt", *value == '1' ? "on" : *value == '0' ? "off" : "unknown");
	read_line("/sys/devices/system/node/online", "", value);
	shim_context("nodes", value);
	read_line("/proc/sys/kernel/randomize_va_space", "", value);
	shim_context("aslr", value);
}

static void record_load(void)
{
	char value[WORDS], cores[16];

	machine_state_record("load", "/proc/loadavg", "", value);
	snprintf(cores, sizeof(cores), "%u", bench_host_cpus());
	shim_context("cores", cores);
	if (strtod(value, NULL) > 0.5 * bench_host_cpus())
		machine_state_warn("other work runs on this machine: times are unreliable", value);
	if (bench_host_cpus() < 2)
		machine_state_warn("there is one core: nothing runs at the same time", cores);
}

void bench_host_record(void)
{
	char value[WORDS];
	struct utsname name;

	machine_state_record("cpu_model", "/proc/cpuinfo", "model name", value);
	machine_state_record("governor", "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor",
			     "", value);
	if (strcmp(value, "unknown") && strcmp(value, "performance"))
		machine_state_warn("the frequency governor is not `performance`", value);
	machine_state_record("thp", "/sys/kernel/mm/transparent_hugepage/enabled", "", value);
	if (strstr(value, "[always]"))
		machine_state_warn("huge pages come and go behind the allocator's back", value);
	machine_state_record("memory", "/proc/meminfo", "MemTotal", value);
	if (!uname(&name))
		shim_context("kernel", name.release);
	shim_context("gs_base", hosted_has_gs() ? "yes" : "no");
	record_pinning();
	record_quota();
	record_processor();
	record_load();
	record_compiler();
	if (*warnings)
		shim_context("warning", warnings);
}
