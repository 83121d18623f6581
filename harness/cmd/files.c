/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * files.c - whole files in, whole files out.
 *
 * A result is written beside its place and renamed into it, so that a reader finds the old file
 * or the new one, never a half.
 */
#include "cmd.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <lzma.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	MAX_FILE_BYTES = 1 << 30, /* unpacked */
	MAX_XZ_MEMORY = 1 << 28,  /* that an .xz file may ask of its decoder */
	READ_BYTES = 1 << 16,
};

/* A text that grows by doubling; one byte more than its room is always there for a NUL. */
struct growing {
	char *at;
	size_t bytes, room;
};

static bool grow(struct growing *text, size_t more)
{
	size_t room = text->room ? text->room : READ_BYTES;
	char *at;

	while (room < text->bytes + more)
		room *= 2;
	if (room == text->room)
		return true;
	at = realloc(text->at, room + 1);
	if (!at)
		return false;
	text->at = at;
	text->room = room;
	return true;
}

static bool tell_file(const char *path, const char *expected)
{
	cmd_bad_input(path, 1, expected);
	return false;
}

static bool tell_read(const char *path)
{
	cmd_cannot(path, "read", strerror(errno));
	return false;
}

/* All bytes of the descriptor. */
static bool read_all(int fd, const char *path, struct growing *text)
{
	for (;;) {
		ssize_t nr;

		if (!grow(text, READ_BYTES))
			return tell_read(path);
		nr = read(fd, text->at + text->bytes, READ_BYTES);
		if (nr < 0 && errno == EINTR)
			continue;
		if (nr < 0)
			return tell_read(path);
		if (!nr)
			return true;
		text->bytes += (size_t)nr;
		if (text->bytes > MAX_FILE_BYTES)
			return tell_file(path, "a file of at most 1 GiB");
	}
}

static const char *xz_sentence(lzma_ret status)
{
	switch (status) {
	case LZMA_BUF_ERROR:
		return "a whole .xz file, not a truncated one";
	case LZMA_MEMLIMIT_ERROR:
		return "an .xz file that needs at most 256 MiB to unpack";
	case LZMA_MEM_ERROR:
		return "an .xz file that fits into memory";
	default:
		return "an undamaged .xz file";
	}
}

/* Unpacks packed into text; the stream is set up and ended by the caller. */
static bool unpack_stream(lzma_stream *stream, const char *path, struct growing *text)
{
	for (;;) {
		lzma_ret status;

		if (!grow(text, READ_BYTES))
			return tell_read(path);
		stream->next_out = (uint8_t *)text->at + text->bytes;
		stream->avail_out = text->room - text->bytes;
		status = lzma_code(stream, LZMA_FINISH);
		text->bytes = text->room - stream->avail_out;
		if (text->bytes > MAX_FILE_BYTES)
			return tell_file(path, "at most 1 GiB unpacked");
		if (status == LZMA_STREAM_END)
			return true;
		if (status != LZMA_OK)
			return tell_file(path, xz_sentence(status));
	}
}

static bool unpack(const char *path, struct growing *text)
{
	struct growing packed = *text;
	lzma_stream stream = LZMA_STREAM_INIT;
	bool ok = false;

	*text = (struct growing){0};
	if (lzma_stream_decoder(&stream, MAX_XZ_MEMORY, LZMA_CONCATENATED) == LZMA_OK) {
		stream.next_in = (const uint8_t *)packed.at;
		stream.avail_in = packed.bytes;
		ok = unpack_stream(&stream, path, text);
	} else {
		tell_file(path, "memory to unpack an .xz file");
	}
	lzma_end(&stream);
	free(packed.at);
	return ok;
}

static bool is_xz(const struct growing *text)
{
	static const unsigned char magic[] = {0xfd, '7', 'z', 'X', 'Z', 0};

	return text->bytes >= sizeof(magic) && !memcmp(text->at, magic, sizeof(magic));
}

bool cmd_read_file(const char *path, char **text, size_t *bytes)
{
	struct growing file = {0};
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool ok;

	if (fd < 0)
		return tell_read(path);
	ok = read_all(fd, path, &file);
	close(fd);
	if (ok && is_xz(&file))
		ok = unpack(path, &file);
	if (!ok) {
		free(file.at);
		return false;
	}
	file.at[file.bytes] = '\0';
	*text = file.at;
	*bytes = file.bytes;
	return true;
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
		tell_read(path);
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

static bool tell_write(const char *path)
{
	cmd_cannot(path, "written", strerror(errno));
	return false;
}

/* A pipe, a device: there is nothing to rename. */
static bool write_in_place(const char *path, const char *text, size_t bytes)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok;

	if (fd < 0)
		return tell_write(path);
	ok = write_all(fd, text, bytes);
	ok = !close(fd) && ok;
	return ok ? true : tell_write(path);
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
		return tell_write(path);
	ok = write_all(fd, text, bytes) && !fchmod(fd, new_file_mode()) && !fsync(fd);
	ok = !close(fd) && ok;
	ok = ok && !rename(beside, path);
	if (ok)
		return true;
	tell_write(path);
	unlink(beside);
	return false;
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
		return tell_write(path);
	}
	if (!stat(path, &status)) {
		errno = S_ISDIR(status.st_mode) ? EISDIR : 0;
		return (errno == 0 && !access(path, W_OK)) || tell_write(path);
	}
	copy = strdup(path);
	if (!copy)
		abort();
	folder = open(dirname(copy), O_PATH | O_DIRECTORY | O_CLOEXEC);
	ok = folder >= 0 && !faccessat(folder, ".", W_OK | X_OK, 0);
	if (folder >= 0)
		close(folder);
	free(copy);
	return ok || tell_write(path);
}

bool cmd_write_file(const char *path, const char *text, size_t bytes)
{
	struct stat status;
	char *target, *beside;
	bool ok;

	if (!strcmp(path, "-")) {
		fwrite(text, 1, bytes, stdout);
		return !fflush(stdout) && !ferror(stdout) ? true : tell_write("stdout");
	}
	if (!stat(path, &status) && !S_ISREG(status.st_mode))
		return write_in_place(path, text, bytes);
	target = realpath(path, NULL); /* a link stays a link */
	if (asprintf(&beside, "%s.XXXXXX", target ? target : path) < 0)
		abort();
	ok = write_beside(target ? target : path, beside, text, bytes);
	free(beside);
	free(target);
	return ok;
}
