/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * topology_guard.c - loads untrusted input in a child process.
 *
 *	we ---fork---> child: hwloc reads the input, fills the shared table, exits with a verdict
 *	   <--wait---  a signal, a time-out or another exit code is a refusal too
 *
 * hwloc 2.9 crashes on some damaged XML. The lab must not: for bad input it prints one line and
 * exits with 2. The child's stderr is discarded, since the parent prints that line.
 */
#include "harness/platform/hosted/topology/topology_guard.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define LIMIT_SECONDS 60

enum { EXIT_TAKEN = 40, EXIT_REFUSED = 41 }; /* any other code is a crash */

struct shared {
	struct lab_topology topology;
	char error[256];
};

static void close_off(void)
{
	const struct rlimit no_core = { 0, 0 };
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	setrlimit(RLIMIT_CORE, &no_core);
	if (null >= 0)
		dup2(null, STDERR_FILENO);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGALRM, SIG_DFL);
	alarm(LIMIT_SECONDS);
}

static int child_status(pid_t child)
{
	int status;

	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return status;
}

/* The table's pointers point into its own struct. */
static void copy_topology(struct lab_topology *to, const struct lab_topology *from)
{
	memcpy(to, from, sizeof(*to));
	to->table.cpu_node = to->cpu_node;
	to->table.node_id = to->node_id;
	to->table.node_state = to->node_state;
	to->table.distance = to->distance;
}

static bool guard_verdict(int status, const struct shared *shared, const char *expected,
			  struct lab_topology *topology, char error[256])
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_TAKEN) {
		copy_topology(topology, &shared->topology);
		return true;
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_REFUSED)
		memcpy(error, shared->error, sizeof(shared->error));
	else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
		snprintf(error, 256, "%s (hwloc found no end to this one in %u s)", expected,
			 LIMIT_SECONDS);
	else
		snprintf(error, 256, "%s (hwloc crashed on this one)", expected);
	return false;
}

bool hosted_load_guarded(hosted_loader load, const char *input, const char *expected,
			 struct lab_topology *topology, char error[256])
{
	struct shared *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t child;
	bool good;

	if (shared == MAP_FAILED) {
		snprintf(error, 256, "memory for a topology");
		return false;
	}
	child = fork();
	if (child == 0) {
		close_off();
		_exit(load(input, &shared->topology, shared->error) ? EXIT_TAKEN : EXIT_REFUSED);
	}
	good = guard_verdict(child < 0 ? -1 : child_status(child), shared, expected, topology,
			     error);
	munmap(shared, sizeof(*shared));
	return good;
}
