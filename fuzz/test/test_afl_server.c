/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_afl_server.c - the test takes afl-fuzz's side of the protocol. */
#include "fuzz/targets/afl_server.h"
#include "fuzz/targets/fuzz.h"
#include "harness/test/lib/test.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FROM_AFL = 198, TO_AFL = 199, MAP_BYTES = 4711, PATIENCE_MS = 10000 };

uint32_t map_bytes __asm__("__afl_map_size") = MAP_BYTES; /* of AFL++'s runtime */

/* --- what inputs do -------------------------------------------------------------------------- */

static pid_t *worker; /* shared: process that ran the last input */

static const struct fuzz_target toy = {.name = "toy"};
const struct fuzz_target *const fuzz_targets[] = {&toy, NULL};

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t nr)
{
	*worker = getpid();
	if (nr > 0 && bytes[nr - 1] == 'a')
		raise(SIGABRT);
	if (nr > 0 && bytes[nr - 1] == 'e')
		_exit(3);
	while (nr > 0 && bytes[nr - 1] == 'l')
		;
	return 0;
}

/* --- afl-fuzz -------------------------------------------------------------------------------- */

static struct {
	pid_t server;
	int to, from, shm;
	struct {
		uint32_t nr;
		char bytes[64];
	} * input;
} afl;

static void status_send(uint32_t word)
{
	CHECK_EQ(write(afl.to, &word, sizeof(word)), sizeof(word));
}

static uint32_t status_receive(void)
{
	struct pollfd fd = {.fd = afl.from, .events = POLLIN};
	uint32_t word;

	CHECK_EQ(poll(&fd, 1, PATIENCE_MS), 1);
	CHECK_EQ(read(afl.from, &word, sizeof(word)), sizeof(word));
	return word;
}

static bool is_alive(pid_t pid)
{
	return kill(pid, 0) == 0;
}

/* Of one whose parent is dead: start() made it a child of this process. */
static bool ends_soon(pid_t pid)
{
	for (int ms = 0; ms < PATIENCE_MS; ms++) {
		if (waitpid(pid, NULL, WNOHANG) == pid || !is_alive(pid))
			return true;
		usleep(1000);
	}
	return false;
}

/* Returns the pid to be killed when this input takes too long. */
static pid_t send_input(const char *bytes, bool last_was_killed)
{
	pid_t pid;

	afl.input->nr = (uint32_t)strlen(bytes);
	memcpy(afl.input->bytes, bytes, afl.input->nr);
	status_send(last_was_killed);
	pid = (pid_t)status_receive();
	CHECK(is_alive(pid));
	return pid;
}

static int run_input(const char *bytes)
{
	send_input(bytes, false);
	return (int)status_receive();
}

static void serve(const int to[2], const int from[2])
{
	char id[16];

	dup2(to[0], FROM_AFL);
	dup2(from[1], TO_AFL);
	close(to[0]);
	close(to[1]);
	close(from[0]);
	close(from[1]);
	snprintf(id, sizeof(id), "%d", afl.shm);
	setenv("__AFL_SHM_FUZZ_ID", id, 1);
	_exit(afl_serve());
}

static void start(void)
{
	int to[2], from[2];
	uint32_t hello;

	CHECK_EQ(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	CHECK(pipe(to) == 0 && pipe(from) == 0);
	worker = mmap(NULL, sizeof(*worker), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	CHECK(worker != MAP_FAILED);
	afl.shm = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
	afl.input = shmat(afl.shm, NULL, 0);
	CHECK(afl.input != (void *)-1);
	afl.server = fork();
	if (afl.server == 0)
		serve(to, from);
	afl.to = to[1];
	afl.from = from[0];
	close(to[0]);
	close(from[1]);
	hello = status_receive();
	CHECK_EQ(hello & 0xc1000001, 0xc1000001); /* options, size of the map, shared inputs */
	CHECK_EQ((hello & 0x00fffffe) / 2 + 1, MAP_BYTES);
	status_send(0x81000001);
}

/* Ends afl-fuzz; no process may remain. */
static void stop(void)
{
	pid_t stopper = send_input("", false);
	int status;

	CHECK_EQ(status_receive(), 0);
	close(afl.to);
	close(afl.from);
	CHECK_EQ(waitpid(afl.server, &status, 0), afl.server);
	CHECK_EQ(status, 0);
	CHECK(ends_soon(*worker));
	CHECK(ends_soon(stopper));
	shmdt(afl.input);
	shmctl(afl.shm, IPC_RMID, NULL);
}

/* --- tests ----------------------------------------------------------------------------------- */

TEST(good_inputs_run_in_one_process)
{
	pid_t first;

	start();
	CHECK_EQ(run_input("first"), 0);
	first = *worker;
	CHECK(first != afl.server);
	for (int i = 0; i < 1000; i++) {
		CHECK_EQ(run_input(i % 2 ? "" : "good"), 0);
		CHECK_EQ(*worker, first);
	}
	stop();
}

TEST(status_is_what_the_process_died_of_and_the_next_input_runs)
{
	start();
	for (int i = 0; i < 20; i++) {
		pid_t before;

		CHECK_EQ(run_input("a"), SIGABRT);
		before = *worker;
		CHECK_EQ(run_input("e"), 3 << 8);
		CHECK(*worker != before);
		CHECK_EQ(run_input("good"), 0);
	}
	stop();
}

TEST(an_endless_input_is_killed_by_the_pid_that_was_reported)
{
	start();
	for (int i = 0; i < 20; i++) {
		pid_t stopper = send_input("l", false);

		CHECK_EQ(kill(stopper, SIGKILL), 0);
		CHECK_EQ(status_receive(), SIGKILL);
		CHECK(send_input("good", true) != stopper);
		CHECK_EQ(status_receive(), 0);
	}
	stop();
}

/* The input ends just before it is killed: one status, whichever, and the next input is served. */
TEST(a_kill_that_comes_too_late_costs_nothing)
{
	start();
	for (int i = 0; i < 100; i++) {
		pid_t stopper = send_input("good", false);
		uint32_t status;

		for (volatile int wait = 0; wait < i * 100; wait++)
			;
		CHECK_EQ(kill(stopper, SIGKILL), 0);
		status = status_receive();
		CHECK(status == 0 || status == SIGKILL);
		CHECK(send_input("good", true) != stopper);
		CHECK_EQ(status_receive(), 0);
		CHECK_EQ(run_input("a"), SIGABRT);
	}
	stop();
}

TEST(nobody_outlives_a_server_that_is_killed)
{
	pid_t stopper;

	start();
	stopper = send_input("l", false);
	while (!*worker)
		usleep(100);
	CHECK_EQ(kill(afl.server, SIGTERM), 0);
	CHECK_EQ(waitpid(afl.server, NULL, 0), afl.server);
	CHECK(ends_soon(*worker));
	CHECK(ends_soon(stopper));
	shmctl(afl.shm, IPC_RMID, NULL);
}

TEST(without_afl_fuzz_it_says_so)
{
	int out[2], status;
	char output[128] = "";
	pid_t pid;

	CHECK_EQ(pipe(out), 0);
	pid = fork();
	if (pid == 0) {
		dup2(out[1], STDERR_FILENO);
		_exit(afl_serve());
	}
	close(out[1]);
	CHECK(read(out[0], output, sizeof(output) - 1) > 0);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 2 << 8);
	CHECK_STR(output, "toy: for afl-fuzz; toy_replay runs files\n");
}
