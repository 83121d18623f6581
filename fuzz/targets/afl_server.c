/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * afl_server.c - AFL++'s fork server protocol, implemented by the process that runs the inputs.
 *
 *	afl-fuzz ── command ──> worker ── pid of the stopper ──> afl-fuzz
 *				   └── the input is run; status 0 ──> afl-fuzz
 *	   └── SIGKILL, when an input takes too long ──> stopper
 *	server	worker dead: its status ──> afl-fuzz, and a new worker
 *		stopper dead: the worker is killed, then likewise; and a new stopper
 *
 * AFL++'s own persistent mode has a server between afl-fuzz and the worker, which stops and is
 * continued by signals: five process switches per input where two are enough.
 *
 * R1  An input gets one status: the thread of control that changes RUNNING to IDLE writes it.
 * R2  A status after the stopper's death is written, or the next command answered, once there is
 *     another stopper: a reported pid is always alive.
 *
 * Protocol: AFL++, src/afl-forkserver.c and docs ("fork server" of 2.x to 4.x, which later ones
 * speak too); an example of a server of one's own is its utils/afl_proxy.
 */
#include "fuzz/targets/afl_server.h"
#include "fuzz/targets/fuzz.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FROM_AFL = 198, TO_AFL = 199 };

#define HAS_OPTIONS	  0x80000001u
#define HAS_MAP_BYTES	  0x40000000u
#define INPUTS_ARE_SHARED 0x01000000u

/* afl-fuzz looks for these words in the file: many inputs a process; no server in a constructor. */
__attribute__((used)) static const char persistent[] = "##SIG_AFL_PERSISTENT##";
__attribute__((used)) static const char deferred[] = "##SIG_AFL_DEFER_FORKSRV##";

/* AFL++'s runtime: of the map that edges are counted in. */
extern uint32_t map_bytes __asm__("__afl_map_size");

enum { IDLE, RUNNING };

static struct shared {
	_Atomic int state;
	_Atomic pid_t stopper;
} * shared;

struct input { /* AFL++'s layout */
	uint32_t nr;
	uint8_t bytes[];
};

/* --- words over the pipes -------------------------------------------------------------------- */

/* Without afl-fuzz there is no reader. */
static void status_send(uint32_t word)
{
	if (write(TO_AFL, &word, sizeof(word)) != sizeof(word))
		_exit(0);
}

static uint32_t status_receive(void)
{
	uint32_t word;

	if (read(FROM_AFL, &word, sizeof(word)) != sizeof(word))
		_exit(0);
	return word;
}

/* --- processes ------------------------------------------------------------------------------- */

static bool end_run(void)
{
	int running = RUNNING;

	return atomic_compare_exchange_strong(&shared->state, &running, IDLE);
}

static _Noreturn void afl_serve_inputs(const struct input *input)
{
	pid_t reported = 0;

	for (;;) {
		bool was_stopped = status_receive() != 0;

		while (was_stopped && shared->stopper == reported)
			usleep(100);
		reported = shared->stopper;
		shared->state = RUNNING;
		status_send((uint32_t)reported);
		LLVMFuzzerTestOneInput(input->bytes, input->nr);
		if (!end_run())
			pause(); /* too late: the server kills */
		status_send(0);
	}
}

/* A child that does not outlive the server. */
static pid_t child_start(void)
{
	pid_t server = getpid(), pid = fork();

	if (pid < 0) {
		perror("fork");
		_exit(1);
	}
	if (pid == 0 && (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != server))
		_exit(1);
	return pid;
}

static pid_t worker_start(const struct input *input)
{
	pid_t pid = child_start();

	if (pid == 0)
		afl_serve_inputs(input);
	return pid;
}

static void stopper_start(void)
{
	pid_t pid = child_start();

	if (pid == 0)
		for (;;)
			pause();
	shared->stopper = pid;
}

static _Noreturn void afl_server_serve(const struct input *input)
{
	pid_t worker, dead;
	int status;

	stopper_start();
	worker = worker_start(input);
	for (;;) {
		bool ends_run;

		dead = waitpid(-1, &status, 0);
		ends_run = end_run();
		if (dead == worker && !ends_run && WIFEXITED(status))
			exit(0); /* it heard nothing any more */
		if (dead != worker)
			stopper_start();
		if (dead != worker && ends_run) {
			kill(worker, SIGKILL);
			waitpid(worker, &status, 0);
		}
		if (dead == worker || ends_run)
			worker = worker_start(input);
		if (ends_run)
			status_send((uint32_t)status);
	}
}

/* --- the beginning --------------------------------------------------------------------------- */

static const struct input *map_input(void)
{
	const char *id = getenv("__AFL_SHM_FUZZ_ID");
	void *at = id ? shmat(atoi(id), NULL, SHM_RDONLY) : (void *)-1;

	return at == (void *)-1 ? NULL : at;
}

int afl_serve(void)
{
	uint32_t hello = HAS_OPTIONS | HAS_MAP_BYTES | INPUTS_ARE_SHARED | (map_bytes - 1) << 1;
	const struct input *input;

	if (write(TO_AFL, &hello, sizeof(hello)) != sizeof(hello)) {
		fprintf(stderr, "%s: for afl-fuzz; %s_replay runs files\n", fuzz_targets[0]->name,
			fuzz_targets[0]->name);
		return 2;
	}
	if (!(status_receive() & INPUTS_ARE_SHARED) || !(input = map_input())) {
		fprintf(stderr, "%s: an AFL++ that shares inputs in memory was expected\n",
			fuzz_targets[0]->name);
		return 2;
	}
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (shared == MAP_FAILED) {
		perror("mmap");
		return 2;
	}
	afl_server_serve(input);
}
