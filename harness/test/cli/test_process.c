/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_process.c - child processes: what comes back, what is left behind (nothing), and files
 * whole or not at all.
 */
#include "harness/cli/cmd.h"
#include "harness/test/lib/test.h"
#include "harness/cli/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char lines[4096]; /* what the child said, each line between < and > */

static void take_line(void *context, const char *line, size_t bytes)
{
	size_t at = strlen(lines);

	CHECK_EQ(strlen(line), bytes);
	snprintf(lines + at, sizeof(lines) - at, "<%.60s>", line);
}

static struct process_result run_shell(const char *script, struct process process)
{
	const char *argv[] = {"sh", "-c", script, NULL};
	struct process_result result;

	lines[0] = '\0';
	process.argv = argv;
	process.out_line = take_line;
	process_run(&process, &result);
	return result;
}

/* A folder of this test's own. */
static void make_folder(char path[64])
{
	strcpy(path, "/tmp/test_tools.XXXXXX");
	CHECK(mkdtemp(path));
}

/* The number in a file, waiting a little for it to appear. */
static pid_t read_pid(const char *path)
{
	for (int i = 0; i < 500; i++) {
		FILE *file = fopen(path, "re");
		int pid = 0, nr = file ? fscanf(file, "%d", &pid) : 0;

		if (file)
			fclose(file);
		if (nr == 1)
			return pid;
		usleep(10000);
	}
	FAIL("%s never appeared", path);
}

/* An orphan that became ours (we adopt) is reaped here. */
static bool is_alive(pid_t pid)
{
	return waitpid(pid, NULL, WNOHANG) != pid && !kill(pid, 0);
}

TEST(status_and_lines)
{
	struct process_result result =
		run_shell("echo a; printf 'b\\n\\nc'; exit 7", (struct process){0});

	CHECK_EQ(result.status, 7);
	CHECK_EQ(result.signal, 0);
	CHECK_STR(lines, "<a><b><><c>");
}

TEST(death_by_signal)
{
	struct process_result result = run_shell("kill -9 $$", (struct process){0});

	CHECK_EQ(result.status, -1);
	CHECK_EQ(result.signal, 9);
}

TEST(unknown_program)
{
	const char *argv[] = {"no-such-program-anywhere", NULL};
	struct process process = {.argv = argv};
	struct process_result result;

	CHECK(!process_run(&process, &result));
	CHECK_EQ(result.spawn_errno, ENOENT);
	CHECK(!program_exists("no-such-program-anywhere"));
	CHECK(program_exists("sh"));
}

TEST(a_long_line_is_cut_and_the_next_is_whole)
{
	struct process_result result = run_shell(
		"head -c 200000 /dev/zero | tr '\\0' x; echo; echo next", (struct process){0});

	CHECK_EQ(result.status, 0);
	CHECK(strstr(lines, "x><next>"));
}

TEST(environment_and_directory)
{
	const char *environment[] = {"TRIED=yes", NULL};
	struct process process = {.environment = environment, .directory = "/"};

	run_shell("echo $TRIED; pwd", process);
	CHECK_STR(lines, "<yes></>");
}

/*
 * The time-out ends a child that ignores SIGTERM, its children, and one that fled into its own
 * session.
 */
TEST(nothing_is_left_behind)
{
	char folder[64], script[512], path[128];
	struct process process = {.timeout_seconds = 0.5, .grace_seconds = 0.3};
	struct process_result result;
	const char *names[] = {"leader", "child", "fled"};

	make_folder(folder);
	snprintf(script, sizeof(script),
		 "trap '' TERM; cd %s; echo $$ >leader; (trap '' TERM; sleep 60) & echo $! >child; "
		 "setsid sh -c 'echo $$ >fled; sleep 60' & wait; sleep 60",
		 folder);
	result = run_shell(script, process);
	CHECK(result.timed_out);
	CHECK(result.seconds < 30);
	for (int i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		CHECK(!is_alive(read_pid(path)));
		unlink(path);
	}
	rmdir(folder);
}

static bool stop_at_once(void *context, double seconds)
{
	return false;
}

TEST(tick_stops_the_child)
{
	struct process process = {.tick = stop_at_once};
	struct process_result result = run_shell("sleep 60", process);

	CHECK(result.stopped);
	CHECK(result.seconds < 30);
}

/*
 * A process of ours that waits for `sleep` gets signal `number`; then neither it nor the sleep
 * is there.
 */
static void signal_runner(int number, bool expect_order)
{
	char folder[64], script[512], path[128];
	pid_t runner, sleeper;
	int status;

	make_folder(folder);
	snprintf(path, sizeof(path), "%s/pid", folder);
	snprintf(script, sizeof(script), "echo $$ >%s.new; mv %s.new %s; exec sleep 60", path, path,
		 path);
	runner = fork();
	if (!runner) {
		struct process_result result;

		signal(number, SIG_DFL); /* a shell's background jobs ignore SIGINT */
		result = run_shell(script, (struct process){0});
		_exit(result.interrupted && process_interrupted() == number ? 42 : 1);
	}
	sleeper = read_pid(path);
	kill(runner, number);
	waitpid(runner, &status, 0);
	if (expect_order)
		CHECK_EQ(WEXITSTATUS(status), 42);
	for (int i = 0; i < 500 && is_alive(sleeper); i++)
		usleep(10000);
	CHECK(!is_alive(sleeper));
	unlink(path);
	rmdir(folder);
}

TEST(interrupts_end_the_child_and_then_us_in_order)
{
	signal_runner(SIGINT, true);
	signal_runner(SIGTERM, true);
	signal_runner(SIGHUP, true);
}

/* Even then: PR_SET_PDEATHSIG. */
TEST(a_killed_parent_takes_its_child_along)
{
	signal_runner(SIGKILL, false);
}

/* --- several at once --------------------------------------------------------------------- */

enum { NR_TOGETHER = 3 };

struct together {
	struct process processes[NR_TOGETHER];
	struct process_job jobs[NR_TOGETHER];
	const char *argv[NR_TOGETHER][4];
};

static void start_together(struct together *all, const char *const scripts[NR_TOGETHER])
{
	lines[0] = '\0';
	for (int i = 0; i < NR_TOGETHER; i++) {
		const char *argv[] = {"sh", "-c", scripts[i], NULL};

		memcpy(all->argv[i], argv, sizeof(argv));
		all->processes[i] = (struct process){
			.argv = all->argv[i], .out_line = take_line, .grace_seconds = 0.3};
		CHECK(process_start(&all->jobs[i], &all->processes[i]));
	}
}

static int nr_running(const struct together *all)
{
	int nr = 0;

	for (int i = 0; i < NR_TOGETHER; i++)
		nr += all->jobs[i].running;
	return nr;
}

/*
 *	a: exit 3	ends while b and c run, with an orphan of its own
 *	b: waits for the file that a short process_run() makes: it is served meanwhile
 *	c: sleeps until it is stopped
 */
TEST(one_ends_and_the_others_continue)
{
	struct together all;
	char folder[64], wait[256], make[256];
	const char *scripts[] = {"(setsid sleep 60 &) ; echo a; exit 3", wait,
				 "trap 'echo c; exit 4' TERM; while :; do sleep 0.05; done"};
	const char *argv[] = {"sh", "-c", make, NULL};
	struct process process = {.argv = argv};
	struct process_result result;

	make_folder(folder);
	snprintf(wait, sizeof(wait), "until [ -e %s/go ]; do sleep 0.02; done; echo b", folder);
	snprintf(make, sizeof(make), "touch %s/go; sleep 0.3", folder);
	signals_hold();
	start_together(&all, scripts);
	while (all.jobs[0].running)
		processes_wait();
	CHECK_EQ(all.jobs[0].result.status, 3);
	CHECK_EQ(nr_running(&all), 2);
	CHECK_STR(lines, "<a>");
	CHECK(process_run(&process, &result));
	CHECK_STR(lines, "<a><b>");
	process_stop(&all.jobs[2]);
	while (nr_running(&all))
		processes_wait();
	CHECK_EQ(all.jobs[1].result.status, 0);
	CHECK_EQ(all.jobs[2].result.status, 4);
	CHECK(all.jobs[2].result.stopped && !all.jobs[1].result.stopped);
	CHECK_STR(lines, "<a><b><c>");
	signals_release();
	snprintf(make, sizeof(make), "rm -r %s", folder);
	CHECK(process_run(&process, &result));
}

TEST(release_ends_all_that_run)
{
	struct together all;
	const char *const scripts[] = {"sleep 60", "trap '' TERM; sleep 60; sleep 60", "sleep 60"};
	double started = clock_seconds();

	signals_hold();
	start_together(&all, scripts);
	signals_release();
	CHECK_EQ(nr_running(&all), 0);
	CHECK(all.jobs[0].result.stopped && all.jobs[0].result.signal);
	CHECK(clock_seconds() - started < 30);
}

/* Held: a signal ends what runs and is noted, but does not end us, not even between two tools. */
TEST(a_held_interrupt_ends_all_and_is_noted)
{
	pid_t runner = fork();
	int status;

	if (!runner) {
		struct together all;
		const char *const scripts[] = {"sleep 60", "sleep 60", "sleep 60"};

		signals_hold();
		start_together(&all, scripts);
		kill(getpid(), SIGINT);
		while (nr_running(&all))
			processes_wait();
		kill(getpid(), SIGINT);
		signals_release();
		_exit(all.jobs[2].result.interrupted && process_interrupted() == SIGINT ? 42 : 1);
	}
	waitpid(runner, &status, 0);
	CHECK(WIFEXITED(status));
	CHECK_EQ(WEXITSTATUS(status), 42);
}

TEST(a_file_is_replaced_whole)
{
	char folder[64], path[128], *text;
	size_t bytes;
	struct stat status;

	make_folder(folder);
	snprintf(path, sizeof(path), "%s/out", folder);
	CHECK(cmd_write_file(path, "one", 3));
	CHECK(cmd_write_file(path, "two!", 4));
	CHECK(cmd_read_file(path, &text, &bytes));
	CHECK_STR(text, "two!");
	CHECK_EQ(bytes, 4);
	CHECK_EQ(stat(path, &status), 0);
	CHECK((status.st_mode & 0400) && !(status.st_mode & 0111));
	free(text);
	unlink(path);
	CHECK_EQ(rmdir(folder), 0); /* no temporary name is left */
}

/* Stderr goes to /dev/null while fn runs: the refusals print their line. */
static bool refuses(const char *path)
{
	int before = dup(STDERR_FILENO), null = open("/dev/null", O_WRONLY);
	char *text;
	size_t bytes;
	bool ok;

	dup2(null, STDERR_FILENO);
	ok = cmd_read_file(path, &text, &bytes);
	dup2(before, STDERR_FILENO);
	close(null);
	close(before);
	return !ok;
}

TEST(unreadable_files_are_refused)
{
	CHECK(refuses("/no/such/file"));
	CHECK(refuses("/tmp"));
}

/* All cuts of an .xz file are refused, the whole is read. */
TEST(packed_files)
{
	char folder[64], script[512], path[128], *text;
	size_t bytes, packed_bytes;
	char *packed;
	FILE *file;

	make_folder(folder);
	snprintf(path, sizeof(path), "%s/x.xz", folder);
	snprintf(script, sizeof(script), "seq 1000 | xz >%s && cp %s %s.raw", path, path, path);
	CHECK_EQ(run_shell(script, (struct process){0}).status, 0);
	CHECK(cmd_read_file(path, &text, &bytes));
	CHECK_EQ(bytes, 3893);
	CHECK(!strncmp(text, "1\n2\n3\n", 6) && !text[bytes]);
	free(text);
	file = fopen(path, "re");
	packed = malloc(1 << 16);
	packed_bytes = fread(packed, 1, 1 << 16, file);
	fclose(file);
	for (size_t cut = 6; cut < packed_bytes; cut += 7) {
		CHECK(cmd_write_file(path, packed, cut));
		CHECK(refuses(path));
	}
	packed[packed_bytes / 2] ^= 0x55;
	CHECK(cmd_write_file(path, packed, packed_bytes));
	CHECK(refuses(path));
	free(packed);
	snprintf(script, sizeof(script), "rm -r %s", folder);
	CHECK_EQ(run_shell(script, (struct process){0}).status, 0);
}
