/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * files.c - reads and writes whole files.
 *
 * A result is written beside its place and renamed into it, so that a reader finds the old file
 * or the new one, never a half.
 */
#include "harness/cli/cmd.h"
#include "harness/cli/input.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glib.h>
#include <libgen.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool report_read(const char *path)
{
	error_file(path, "read", strerror(errno));
	return false;
}

static bool report_large(const char *path, uint64_t max_bytes, const char *how)
{
	char sentence[64];

	snprintf(sentence, sizeof(sentence), "at most %llu MiB%s",
		 (unsigned long long)max_bytes >> 20, how);
	cmd_bad_input(path, 1, sentence);
	return false;
}

/* Reads the whole input; stops at the first byte over the limit. */
static bool read_growing(struct input *input, const char *path, uint64_t max_bytes,
			 GByteArray *text)
{
	size_t nr;

	do {
		guint before = text->len;

		g_byte_array_set_size(text, before + INPUT_BLOCK_BYTES);
		if (!input_read(input, text->data + before, INPUT_BLOCK_BYTES, &nr))
			return false;
		g_byte_array_set_size(text, before + (guint)nr);
		if (text->len > max_bytes)
			return report_large(path, max_bytes, ", unpacked");
	} while (nr);
	return true;
}

bool cmd_read_all(struct input *input, const char *path, uint64_t max_bytes, char **text,
		  size_t *bytes)
{
	uint64_t stored = input_stored_bytes(input);
	GByteArray *file = g_byte_array_new();
	bool ok = stored != UINT64_MAX && stored > max_bytes ?
			  report_large(path, max_bytes, "") :
			  read_growing(input, path, max_bytes, file);

	if (!ok) {
		g_byte_array_free(file, TRUE);
		return false;
	}
	*bytes = file->len;
	g_byte_array_append(file, (const guint8 *)"", 1);
	*text = (char *)g_byte_array_free(file, FALSE);
	return true;
}

bool cmd_read_file(const char *path, char **text, size_t *bytes)
{
	struct input *input = input_open(path);
	bool ok = input && cmd_read_all(input, path, INPUT_MAX_BYTES, text, bytes);

	input_close(input);
	return ok;
}

bool cmd_can_read(const char *path)
{
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;
	struct stat about;
	bool ok = !path || (fd >= 0 && !fstat(fd, &about));

	if (ok && path && S_ISDIR(about.st_mode)) {
		errno = EISDIR;
		ok = false;
	}
	if (!ok)
		report_read(path);
	if (fd >= 0)
		close(fd);
	return ok;
}

static bool write_all(int fd, const char *text, size_t bytes)
{
	while (bytes) {
		ssize_t nr = write(fd, text, bytes);

		if (nr < 0 && errno == EINTR)
			continue;
		if (nr < 0)
			return false;
		text += nr;
		bytes -= (size_t)nr;
	}
	return true;
}

static bool report_write(const char *path)
{
	error_file(path, "written", strerror(errno));
	return false;
}

/* For a pipe or a device, which cannot be renamed. */
static bool write_in_place(const char *path, const char *text, size_t bytes)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok;

	if (fd < 0)
		return report_write(path);
	ok = write_all(fd, text, bytes);
	ok = !close(fd) && ok;
	return ok ? true : report_write(path);
}

static mode_t new_file_mode(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return 0666 & ~mask;
}

static bool write_beside(const char *path, char *beside, const char *text, size_t bytes)
{
	int fd = mkstemp(beside);
	bool ok;

	if (fd < 0)
		return report_write(path);
	ok = write_all(fd, text, bytes) && !fchmod(fd, new_file_mode()) && !fsync(fd);
	ok = !close(fd) && ok;
	ok = ok && !rename(beside, path);
	if (ok)
		return true;
	report_write(path);
	unlink(beside);
	return false;
}

/* Delays a signal that ends the process until the temporary file is gone. */
static bool write_undisturbed(const char *path, char *beside, const char *text, size_t bytes)
{
	sigset_t enders, before;
	bool ok;

	sigemptyset(&enders);
	sigaddset(&enders, SIGINT);
	sigaddset(&enders, SIGTERM);
	sigaddset(&enders, SIGHUP);
	sigprocmask(SIG_BLOCK, &enders, &before);
	ok = write_beside(path, beside, text, bytes);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return ok;
}

bool cmd_can_write(const char *path)
{
	struct stat status;
	char *copy;
	int folder;
	bool ok;

	if (!path || !strcmp(path, "-"))
		return true;
	if (!*path) {
		errno = ENOENT;
		return report_write(path);
	}
	if (!stat(path, &status)) {
		errno = S_ISDIR(status.st_mode) ? EISDIR : 0;
		return (errno == 0 && !access(path, W_OK)) || report_write(path);
	}
	copy = g_strdup(path);
	folder = open(dirname(copy), O_PATH | O_DIRECTORY | O_CLOEXEC);
	ok = folder >= 0 && !faccessat(folder, ".", W_OK | X_OK, 0);
	if (folder >= 0)
		close(folder);
	free(copy);
	return ok || report_write(path);
}

bool cmd_write_file(const char *path, const char *text, size_t bytes)
{
	struct stat status;
	char *target, *beside;
	bool ok;

	if (!strcmp(path, "-")) {
		fwrite(text, 1, bytes, stdout);
		return !fflush(stdout) && !ferror(stdout) ? true : report_write("stdout");
	}
	if (!stat(path, &status) && !S_ISREG(status.st_mode))
		return write_in_place(path, text, bytes);
	target = realpath(path, NULL); /* a link remains a link */
	beside = g_strdup_printf("%s.XXXXXX", target ? target : path);
	ok = write_undisturbed(target ? target : path, beside, text, bytes);
	free(beside);
	free(target);
	return ok;
}

/* --- folders ---------------------------------------------------------------------------------- */

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

char **folder_names(const char *path)
{
	GPtrArray *names = g_ptr_array_new();
	GDir *folder = g_dir_open(path, 0, NULL);
	const char *name;

	while (folder && (name = g_dir_read_name(folder)) != NULL)
		g_ptr_array_add(names, g_strdup(name));
	if (folder)
		g_dir_close(folder);
	g_ptr_array_sort(names, compare_names);
	g_ptr_array_add(names, NULL);
	return (char **)g_ptr_array_free(names, FALSE);
}

static int erase_one(const char *path, const struct stat *about, int kind, struct FTW *place)
{
	return remove(path) && errno != ENOENT;
}

bool folder_erase(const char *path)
{
	return !nftw(path, erase_one, 16, FTW_DEPTH | FTW_PHYS) || errno == ENOENT;
}
