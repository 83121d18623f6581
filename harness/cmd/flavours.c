/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* flavours.c - meson and ninja, for the flavour that somebody asks for. */
#include "flavours.h"
#include "cmd.h"
#include "progress.h"
#include "tools.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

enum { MAX_OPTIONS = 8, TAIL_LINES = 25, BUILD_SECONDS = 1800 };

struct flavour {
	const char *name, *cc, *cxx, *options;
};

static const struct flavour flavours[] = {
#define X(name, cc, cxx, options) {#name, cc, cxx, options},
#include "flavours.def"
#undef X
};

static const struct flavour *find_flavour(const char *name)
{
	for (size_t i = 0; i < sizeof(flavours) / sizeof(flavours[0]); i++) {
		if (!strcmp(flavours[i].name, name))
			return &flavours[i];
	}
	fprintf(stderr, "lab: no flavour '%s'\n", name);
	abort();
}

char *flavour_folder(const char *name)
{
	return cmd_path("build/%s", find_flavour(name)->name);
}

void flavour_tell_tail(const char *path, unsigned nr_lines)
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
	const char *folder, *log;
	double started;
};

static void note_line(void *context, const char *line, size_t bytes)
{
	const struct build *build = context;

	if (line[0] == '[' && line[1] >= '0' && line[1] <= '9')
		progress_show("build %s %3.0f s  %s", build->flavour->name,
			      tool_now() - build->started, line);
}

static bool run_step(const struct build *build, const char *const argv[], bool append)
{
	char cc[64], cxx[64], denylist[1024];
	const char *environment[] = {cc, cxx, "AFL_QUIET=1", denylist, "NINJA_STATUS=[%f/%t] ",
				     NULL};
	struct tool tool = {
		.argv = argv,
		.environment = environment,
		.out_file = build->log,
		.err_file = build->log,
		.out_line = note_line,
		.append = append,
		.context = (void *)(uintptr_t)build,
		.timeout_seconds = BUILD_SECONDS,
	};
	struct tool_result result;

	snprintf(denylist, sizeof(denylist), "AFL_LLVM_DENYLIST=%s/fuzz/afl.denylist", cmd_root());
	snprintf(cc, sizeof(cc), "CC=%s", build->flavour->cc);
	snprintf(cxx, sizeof(cxx), "CXX=%s", build->flavour->cxx);
	if (tool_run(&tool, &result))
		return true;
	progress_clear();
	tool_tell(&tool, &result);
	if (!result.interrupted) {
		flavour_tell_tail(build->log, TAIL_LINES);
		fprintf(stderr, "  the whole log: %s\n", build->log);
	}
	return false;
}

/* Starts the log anew when there is something to configure. */
static bool configure(const struct build *build, bool *started_log)
{
	const char *argv[5 + MAX_OPTIONS] = {"meson", "setup", build->folder, cmd_root()};
	char *options = strdup(build->flavour->options), *rest = options, *word;
	char *ninja_file = cmd_path("build/%s/build.ninja", build->flavour->name);
	size_t nr = 4;
	bool ok = true;

	while (nr < 4 + MAX_OPTIONS && (word = strsep(&rest, " ")) != NULL) {
		if (*word)
			argv[nr++] = word;
	}
	*started_log = access(ninja_file, R_OK) != 0;
	if (*started_log)
		ok = run_step(build, argv, false);
	free(ninja_file);
	free(options);
	return ok;
}

static bool build_targets(const struct build *build, const char *const *targets, bool append)
{
	size_t nr = 0;
	const char **argv;
	bool ok;

	while (targets && targets[nr])
		nr++;
	argv = calloc(nr + 4, sizeof(*argv));
	if (!argv)
		abort();
	argv[0] = "ninja";
	argv[1] = "-C";
	argv[2] = build->folder;
	for (size_t i = 0; i < nr; i++)
		argv[3 + i] = targets[i];
	ok = run_step(build, argv, append);
	free(argv);
	return ok;
}

/* The folder is ours alone until this is closed; waits for others. -1: interrupted, or told. */
static int lock_folder(const char *folder)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		fprintf(stderr, "%s: %s\n", folder, strerror(errno));
	tools_hold();
	while (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB)) {
		if (tool_interrupted()) {
			close(fd);
			fd = -1;
		} else {
			progress_show("waiting for another build in %s", folder);
			tools_wait();
		}
	}
	tools_release();
	return fd;
}

bool flavour_build(const char *name, const char *const *targets, double *seconds)
{
	struct build build = {.flavour = find_flavour(name), .started = tool_now()};
	char *folder = flavour_folder(name);
	char *log = cmd_path("build/%s/lab-build.log", name);
	int lock = cmd_make_folders(folder) ? lock_folder(folder) : -1;
	bool append, ok;

	build.folder = folder;
	build.log = log;
	ok = lock >= 0 && configure(&build, &append) && build_targets(&build, targets, append);
	if (lock >= 0)
		close(lock);
	progress_clear();
	if (seconds)
		*seconds = tool_now() - build.started;
	free(log);
	free(folder);
	return ok;
}
