/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * numa_init.c - numa-init: the only process of a Linux guest, or an ordinary program.
 *
 *	as PID 1   mounts /proc and /sys, checks, powers off; all output goes to the serial console
 *	else       checks this machine; exit status 0, or 1 when a check fails
 *
 * Arguments say what the machine must be: cpus=8 nodes=4 cpu_nodes=0,0,1,1,... distances=10,16,...
 * placement=off switches mbind(2) off: a control, in which checks must fail. Others are ignored (a
 * kernel passes its own arguments too).
 *
 * Results are TAP 13, the plan last, so that a run cut short cannot look complete.
 */
#include "harness/platform/hosted/numa/numa_init.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

static struct numa_machine machine;

static void mount_or_report(const char *type, const char *at)
{
	mkdir(at, 0755);
	if (mount(type, at, type, 0, NULL))
		perror(at);
}

/* libnuma reads /proc and /sys before main(), when they are not mounted yet: mount them and execute
   this program again. */
static void mount_and_start_again(char **argv)
{
	if (access("/proc/self", F_OK) == 0)
		return;
	mount_or_report("proc", "/proc");
	mount_or_report("sysfs", "/sys");
	execv("/proc/self/exe", argv);
	perror("/proc/self/exe");
}

static const char *value_of(const char *argument, const char *name)
{
	size_t bytes = strlen(name);

	return !strncmp(argument, name, bytes) && argument[bytes] == '=' ? argument + bytes + 1 :
									   NULL;
}

static void take_argument(const char *argument)
{
	const char *value;

	if ((value = value_of(argument, "cpus")))
		machine.nr_cpus = (uint32_t)strtoul(value, NULL, 10);
	else if ((value = value_of(argument, "nodes")))
		machine.nr_nodes = (uint32_t)strtoul(value, NULL, 10);
	else if ((value = value_of(argument, "cpu_nodes")))
		machine.cpu_nodes = value;
	else if ((value = value_of(argument, "distances")))
		machine.distances = value;
	else if ((value = value_of(argument, "placement")))
		machine.no_mbind = !strcmp(value, "off");
}

/* "ok 3 - name", "ok 3 - name # SKIP why", or "not ok 3 - name" with the reason below. */
static bool test_print(uint32_t number, const char *name, const char *wrong)
{
	bool skipped = wrong && !strncmp(wrong, "SKIP ", 5);

	printf("%s %u - %s%s%s\n", wrong && !skipped ? "not ok" : "ok", number, name,
	       skipped ? " # " : "", skipped ? wrong : "");
	if (wrong && !skipped)
		printf("# %s: not true: %s\n", name, wrong);
	return !wrong || skipped;
}

static bool check_all(void)
{
	static const struct {
		const char *name;
		const char *(*run)(struct numa_machine *machine);
	} checks[] = {
#define X(id, name) {name, numa_check_##id},
#include "harness/platform/hosted/numa/numa_checks.def"
#undef X
	};
	uint32_t nr = 0;
	bool good = true;

	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		good = test_print(++nr, checks[i].name, checks[i].run(&machine)) && good;
	printf("1..%u\n", nr);
	return good;
}

static bool numa_run(void)
{
	char error[256];

	printf("TAP version 13\n");
	if (!hosted_topology_live(&machine.topology, error)) {
		printf("Bail out! the machine cannot be read: %s was expected\n", error);
		return false;
	}
	if (machine.topology.table.nr_cpu_ids > NUMA_MAX_CPUS) {
		printf("1..0 # SKIP there are %u CPU ids, more than %d\n",
		       machine.topology.table.nr_cpu_ids, NUMA_MAX_CPUS);
		return true;
	}
	return check_all();
}

int main(int argc, char **argv)
{
	bool is_init = getpid() == 1, good;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (is_init)
		mount_and_start_again(argv);
	for (int i = 1; i < argc; i++)
		take_argument(argv[i]);
	good = numa_run();
	if (is_init) {
		tcdrain(STDOUT_FILENO);
		reboot(RB_POWER_OFF);
	}
	return good ? 0 : 1;
}
