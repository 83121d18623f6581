/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* root.c - finds the checkout, and makes paths in it. */
#include "harness/cli/cmd.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* A folder is the checkout when it contains the launcher and the core. */
static bool is_root(const char *folder)
{
	int fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	bool ours = fd >= 0 && !faccessat(fd, "core/include/pcpu/pcpu.h", R_OK, 0) &&
		    !faccessat(fd, "lab", X_OK, 0);

	if (fd >= 0)
		close(fd);
	return ours;
}

/* Removes the last component until the folder is the root. */
static bool root_climb(char *folder)
{
	while (!is_root(folder)) {
		char *slash = strrchr(folder, '/');

		if (!slash || slash == folder)
			return false;
		*slash = '\0';
	}
	return true;
}

/* A wrong name is a mistake of the user: no other root is used instead. */
static void take_named(const char *named, char root[PATH_MAX])
{
	if (realpath(named, root) && is_root(root))
		return;
	fprintf(stderr, "lab: LAB_ROOT is '%s': there is no checkout of pcpu-lab\n", named);
	exit(CMD_USAGE);
}

static void find_root(char root[PATH_MAX])
{
	const char *named = getenv("LAB_ROOT");
	ssize_t nr;

	if (named && *named) {
		take_named(named, root);
		return;
	}
	nr = readlink("/proc/self/exe", root, PATH_MAX - 1);
	if (nr > 0) {
		root[nr] = '\0';
		if (root_climb(root))
			return;
	}
	if (getcwd(root, PATH_MAX) && root_climb(root))
		return;
	fprintf(stderr, "lab: the checkout was not found: start it by ./lab, or set LAB_ROOT\n");
	exit(CMD_USAGE);
}

const char *cmd_root(void)
{
	static char root[PATH_MAX];

	if (!root[0])
		find_root(root);
	return root;
}

char *cmd_path(const char *format, ...)
{
	char *tail, *path;
	va_list words;

	va_start(words, format);
	tail = g_strdup_vprintf(format, words);
	va_end(words);
	path = g_strdup_printf("%s/%s", cmd_root(), tail);
	free(tail);
	return path;
}

const char *cmd_build_folder(void)
{
	static const char tail[] = "/pcpu-lab";
	static char folder[PATH_MAX];
	ssize_t nr = folder[0] ? 0 : readlink("/proc/self/exe", folder, sizeof(folder) - 1);

	if (nr > 0) {
		folder[nr] = '\0';
		nr -= (ssize_t)strlen(tail);
		if (nr > 0 && !strcmp(folder + nr, tail))
			folder[nr] = '\0';
	}
	return folder;
}

static bool make_folder(const char *path)
{
	struct stat status;

	if (!mkdir(path, 0777))
		return true;
	if (errno == EEXIST && !stat(path, &status)) {
		if (S_ISDIR(status.st_mode))
			return true;
		errno = ENOTDIR;
	}
	error_file(path, "made a folder", strerror(errno));
	return false;
}

bool cmd_make_folders(const char *path)
{
	char part[PATH_MAX];
	size_t bytes = strlen(path);

	if (bytes >= sizeof(part))
		return false;
	for (size_t i = 1; i <= bytes; i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		memcpy(part, path, i);
		part[i] = '\0';
		if (!make_folder(part))
			return false;
	}
	return true;
}

/* For a folder that does not exist yet, its parents decide. */
static bool is_writable(const char *path)
{
	char part[PATH_MAX];
	char *slash;

	snprintf(part, sizeof(part), "%s", path);
	while (access(part, F_OK) && errno == ENOENT && (slash = strrchr(part, '/')) != NULL)
		*slash = '\0';
	return !access(part, W_OK);
}

bool cmd_can_build(const struct cmd *cmd)
{
	char *folder = cmd_path("build");
	bool ok = is_writable(folder);

	if (!ok)
		cmd_usage(cmd, "%s cannot be written: %s", folder, strerror(errno));
	free(folder);
	return ok;
}

bool cmd_claim(const struct cmd *cmd, const char *thing)
{
	char *folder = cmd_path("build");
	char *path = cmd_path("build/.%s%s%s", cmd->name, thing ? "-" : "", thing ? thing : "");
	bool can = cmd_can_build(cmd) && cmd_make_folders(folder);
	int lock = can ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666) : -1;
	bool ours = lock >= 0 && !flock(lock, LOCK_EX | LOCK_NB);

	if (can && lock < 0)
		cmd_usage(cmd, "%s cannot be written: %s", path, strerror(errno));
	else if (can && !ours)
		cmd_usage(cmd, "another one is at work%s%s in this checkout", thing ? " on " : "",
			  thing ? thing : "");
	if (lock >= 0 && !ours)
		close(lock);
	free(path);
	free(folder);
	return ours;
}
