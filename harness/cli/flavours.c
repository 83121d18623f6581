/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * flavours.c - runs meson and ninja for the requested flavour.
 *
 *	no build.ninja		meson setup			> ninja
 *	of another place	meson setup --reconfigure	> ninja
 *	parts left out		the same, when packages may be there now (left_out.h)
 *	may not be written	existing targets are used; if they are missing the build is refused
 */
#include "harness/cli/flavours.h"
#include "harness/cli/build_place.h"
#include "harness/cli/cmd.h"
#include "harness/cli/packages/left_out.h"
#include "harness/cli/progress.h"
#include "harness/cli/process.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

enum { MAX_OPTIONS = 8, MAX_TARGETS = 256, TAIL_LINES = 25, BUILD_SECONDS = 1800 };

struct flavour {
	const char *name, *cc, *cxx, *options;
};

static const struct flavour flavours[] = {
#define X(name, cc, cxx, options) {#name, cc, cxx, options},
#include "harness/cli/flavours.def"
#undef X
};

static const struct flavour *flavour_find(const char *name)
{
	for (size_t i = 0; i < sizeof(flavours) / sizeof(flavours[0]); i++) {
		if (!strcmp(flavours[i].name, name))
			return &flavours[i];
	}
	return NULL;
}

static const struct flavour *find_flavour(const char *name)
{
	const struct flavour *flavour = flavour_find(name);

	if (flavour)
		return flavour;
	fprintf(stderr, "lab: no flavour '%s'\n", name);
	abort();
}

char *flavour_folder(const char *name)
{
	return cmd_path("build/%s", find_flavour(name)->name);
}

void flavour_print_tail(const char *path, unsigned nr_lines)
{
	char *text;
	size_t bytes, at;

	if (!cmd_read_file(path, &text, &bytes))
		return;
	while (bytes && text[bytes - 1] == '\n')
		bytes--;
	for (at = bytes; at && nr_lines; at--)
		nr_lines -= text[at - 1] == '\n';
	at += at != 0;
	for (char *line = text + at; line < text + bytes;) {
		size_t nr = strcspn(line, "\n");

		fprintf(stderr, "    %.*s\n", (int)nr, line);
		line += nr + 1;
	}
	free(text);
}

struct build {
	const struct flavour *flavour;
	const struct flavour_order *order;
	char *log;
	double started;
};

static void note_line(void *context, const char *line, size_t bytes)
{
	const struct build *build = context;

	if (line[0] == '[' && line[1] >= '0' && line[1] <= '9')
		progress_show("build %s %3.0f s  %s", build->flavour->name,
			      clock_seconds() - build->started, line);
}

static bool run_step(const struct build *build, const char *const argv[], bool append)
{
	char cc[64], cxx[64], denylist[1024];
	const char *environment[] = {cc, cxx, "AFL_QUIET=1", denylist, "NINJA_STATUS=[%f/%t] ",
				     NULL};
	struct process process = {
		.argv = argv,
		.environment = environment,
		.out_file = build->log,
		.err_file = build->log,
		.out_line = note_line,
		.append = append,
		.context = (void *)(uintptr_t)build,
		.timeout_seconds = BUILD_SECONDS,
	};
	struct process_result result;

	snprintf(denylist, sizeof(denylist), "AFL_LLVM_DENYLIST=%s/fuzz/targets/afl.denylist",
		 build->order->source);
	snprintf(cc, sizeof(cc), "CC=%s", build->flavour->cc);
	snprintf(cxx, sizeof(cxx), "CXX=%s", build->flavour->cxx);
	if (process_run(&process, &result))
		return true;
	progress_clear();
	if (build->order->may_fail)
		return false;
	process_explain(&process, &result);
	if (!result.interrupted && !result.refused) { /* or the log is that of an older build */
		flavour_print_tail(build->log, TAIL_LINES);
		fprintf(stderr, "  the whole log: %s\n", build->log);
	}
	return false;
}

static bool run_meson(const struct build *build, bool again)
{
	const char *argv[6 + MAX_OPTIONS] = {"meson", "setup"};
	char *options = g_strdup(build->flavour->options), *rest = options, *word;
	size_t nr = 2;
	bool ok;

	if (again)
		argv[nr++] = "--reconfigure";
	argv[nr++] = build->order->folder;
	argv[nr++] = build->order->source;
	while (nr < 5 + MAX_OPTIONS && (word = strsep(&rest, " ")) != NULL) {
		if (*word)
			argv[nr++] = word;
	}
	ok = run_step(build, argv, false) && build_place_note(build->order->folder);
	free(options);
	return ok;
}

/* Returns the folder as users name it: relative to the checkout. */
static const char *shown_folder(const char *folder)
{
	size_t bytes = strlen(cmd_root());

	return strncmp(folder, cmd_root(), bytes) || folder[bytes] != '/' ? folder :
									    folder + bytes + 1;
}

static int failed_status = CMD_FOUND;

/* Prints in one line which packages to install. Always returns false. */
static bool build_refuse(const struct build *build, const char *what, const char *packages)
{
	failed_status = CMD_USAGE;
	if (!build->order->may_fail)
		fprintf(stderr, "lab: %s: %s: install %s (./lab setup does)\n",
			shown_folder(build->order->folder), what, packages);
	return false;
}

static bool has_compiler(const struct build *build)
{
	const char *cc = build->flavour->cc;

	if (program_exists(cc) && program_exists(build->flavour->cxx))
		return true;
	return build_refuse(build, "its compiler is missing",
		      !strcmp(cc, "gcc")	  ? "build-essential" :
		      !strncmp(cc, "afl-", 4) ? "afl++" :
						"clang-19, llvm-19 and libclang-rt-19-dev");
}

/* If a target was left out when the folder was configured, configures again; refuses it if it is
   still left out. */
static bool is_complete(const struct build *build, bool *started_log)
{
	const struct flavour_order *order = build->order;
	char *packages = left_out_packages(order->folder, order->targets);
	bool ok = true;

	if (packages && !*started_log) {
		free(packages);
		*started_log = true;
		ok = run_meson(build, true);
		packages = ok ? left_out_packages(order->folder, order->targets) : NULL;
	}
	if (packages)
		ok = build_refuse(build, "what is needed was left out", packages);
	free(packages);
	return ok;
}

/* Starts a new log when there is something to configure. */
static bool flavour_configure(const struct build *build, bool *started_log)
{
	const char *folder = build->order->folder;
	char *ninja_file = g_build_filename(folder, "build.ninja", NULL);
	bool is_new = access(ninja_file, R_OK) != 0;
	bool is_moved = !is_new && !build_place_is_here(folder);

	free(ninja_file);
	*started_log = is_new || is_moved || left_out_is_stale(folder);
	if (is_moved)
		progress_say("%s was made in another place: it is configured again",
			     shown_folder(folder));
	if (*started_log && (!has_compiler(build) || !run_meson(build, !is_new)))
		return false;
	return is_complete(build, started_log);
}

static bool build_targets(const struct build *build, bool append)
{
	const char *const *targets = build->order->targets;
	size_t nr = 0;
	const char **argv;
	bool ok;

	while (targets && targets[nr])
		nr++;
	argv = g_malloc0_n(nr + 4, sizeof(*argv));
	argv[0] = "ninja";
	argv[1] = "-C";
	argv[2] = build->order->folder;
	for (size_t i = 0; i < nr; i++)
		argv[3 + i] = targets[i];
	ok = run_step(build, argv, append);
	free(argv);
	return ok;
}

/* Locks the folder exclusively until this is closed; waits for others. -1: interrupted, or after a
   diagnostic. */
static int lock_folder(const char *folder)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		fprintf(stderr, "%s: %s\n", folder, strerror(errno));
	signals_hold();
	while (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB)) {
		if (process_interrupted()) {
			close(fd);
			fd = -1;
		} else {
			progress_show("waiting for another build in %s", folder);
			processes_wait();
		}
	}
	signals_release();
	return fd;
}

/* --- read-only folders -------------------------------------------------------------------- */

int flavour_failed(void)
{
	return failed_status;
}

static void note_line_that_ends(void *context, const char *line, size_t bytes)
{
	if (strstr(line, "no work to do"))
		*(bool *)context = true;
}

static bool is_up_to_date(const char *folder, const char *const *targets)
{
	bool idle = false;
	const char *argv[MAX_TARGETS + 5] = {"ninja", "-C", folder, "-n"};
	struct process process = {.argv = argv, .out_line = note_line_that_ends, .context = &idle};
	struct process_result result;

	for (size_t i = 0; targets && targets[i] && i < MAX_TARGETS; i++)
		argv[4 + i] = targets[i];
	return build_place_is_here(folder) && process_run(&process, &result) && idle;
}

static bool are_built(const char *folder, const char *const *targets)
{
	static const char *const all[] = {"build.ninja", NULL};
	bool there = true;

	for (targets = targets ? targets : all; *targets && there; targets++) {
		char *path = g_build_filename(folder, *targets, NULL);

		there = !access(path, F_OK);
		free(path);
	}
	return there;
}

/* Uses existing targets; prints a warning when they are out of date. */
static bool use_built(const char *name, const char *folder, const char *const *targets)
{
	failed_status = CMD_USAGE;
	if (is_up_to_date(folder, targets))
		return true;
	if (are_built(folder, targets))
		progress_say(
			"lab: build/%s is not up to date, and cannot be written: what is built "
			"is used",
			name);
	else
		fprintf(stderr,
			"lab: %s cannot be written, and what is needed is not built there\n",
			folder);
	return are_built(folder, targets);
}

/* --- the whole ------------------------------------------------------------------------------- */

static bool may_write(const char *folder)
{
	char *parent = cmd_path("build");
	bool may = !access(folder, W_OK) ||
		   (errno == ENOENT && (!access(parent, W_OK) ||
					(errno == ENOENT && !access(cmd_root(), W_OK))));

	free(parent);
	return may;
}

bool flavour_build_order(const char *name, const struct flavour_order *order)
{
	struct build build = {.flavour = find_flavour(name),
			      .order = order,
			      .log = g_build_filename(order->folder, "lab-build.log", NULL),
			      .started = clock_seconds()};
	int lock = cmd_make_folders(order->folder) ? lock_folder(order->folder) : -1;
	bool append, ok = lock >= 0 && flavour_configure(&build, &append) &&
			  build_targets(&build, append);

	if (lock >= 0)
		close(lock);
	progress_clear();
	free(build.log);
	return ok;
}

bool flavour_build(const char *name, const char *const *targets, double *seconds)
{
	char *folder = flavour_folder(name);
	struct flavour_order order = {
		.source = cmd_root(), .folder = folder, .targets = targets};
	double started = clock_seconds();
	bool ok;

	failed_status = CMD_FOUND;
	if (may_write(folder))
		ok = flavour_build_order(name, &order);
	else
		ok = use_built(name, folder, targets);
	progress_clear();
	if (seconds)
		*seconds = clock_seconds() - started;
	free(folder);
	return ok;
}

bool flavour_build_own(const char *const *targets)
{
	const char *folder = cmd_build_folder(), *slash = strrchr(folder, '/');
	const char *name = slash ? slash + 1 : folder;
	char *ours = cmd_path("build/%s", name);
	bool is_ours = flavour_find(name) && !strcmp(folder, ours);

	free(ours);
	return !is_ours || flavour_build(name, targets, NULL);
}
