/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * input.c - see input.h.
 *
 *	descriptor --block--> raw --(plain: copied | gz, xz: unpacked, input_packed.c)--> caller
 *
 * The first bytes of a file determine how it is packed, before the caller reads any.
 */
#include "harness/cli/input.h"
#include "harness/cli/cmd.h"
#include "harness/cli/input_packed.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct input {
	const char *path;
	int fd;
	off_t start;		 /* where the file's first byte is in the descriptor */
	uint64_t stored_bytes;	 /* UINT64_MAX: unknown */
	bool can_rewind;
	struct input_raw raw;	 /* the block being read */
	struct input_packed *packed; /* NULL: plain */
};

static bool report_read(const struct input *in)
{
	error_file(in->path, "read", strerror(errno));
	return false;
}

/* Reads the next block; an empty one at the end. */
static bool raw_fill(struct input *in)
{
	ssize_t nr;

	do
		nr = read(in->fd, in->raw.bytes, sizeof(in->raw.bytes));
	while (nr < 0 && errno == EINTR);
	if (nr < 0)
		return report_read(in);
	in->raw.at = 0;
	in->raw.nr = (size_t)nr;
	in->raw.ended = nr == 0;
	return true;
}

/* Reads as many first bytes as identify the kind: a pipe may deliver them one by one. */
static bool raw_begin(struct input *in)
{
	struct input_raw *raw = &in->raw;

	raw->at = raw->nr = 0;
	raw->ended = false;
	while (raw->nr < INPUT_HEAD_BYTES && !raw->ended) {
		ssize_t nr = read(in->fd, raw->bytes + raw->nr, sizeof(raw->bytes) - raw->nr);

		if (nr < 0 && errno == EINTR)
			continue;
		if (nr < 0)
			return report_read(in);
		raw->nr += (size_t)nr;
		raw->ended = nr == 0;
	}
	return true;
}

/* Inspects the first bytes and creates the unpacker. */
static bool input_begin(struct input *in)
{
	const char *expected = NULL;

	if (!raw_begin(in))
		return false;
	in->packed = input_packed_create(in->raw.bytes, in->raw.nr, &expected);
	if (expected)
		cmd_bad_input(in->path, 1, expected);
	return !expected;
}

/* A second `-` would continue where the first stopped reading. */
static int open_stdin(void)
{
	static bool is_taken;

	if (is_taken) {
		error_file("-", "read", "it is one input, and was read already");
		return -1;
	}
	is_taken = true;
	return fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
}

static bool stat_input(struct input *in)
{
	struct stat about;

	if (fstat(in->fd, &about))
		return report_read(in);
	if (S_ISDIR(about.st_mode)) {
		errno = EISDIR;
		return report_read(in);
	}
	in->stored_bytes = UINT64_MAX;
	if (!S_ISREG(about.st_mode))
		return true;
	in->start = lseek(in->fd, 0, SEEK_CUR);
	in->can_rewind = in->start >= 0;
	if (in->can_rewind && about.st_size >= in->start)
		in->stored_bytes = (uint64_t)(about.st_size - in->start);
	return true;
}

struct input *input_open(const char *path)
{
	struct input *in = g_new0(struct input, 1);
	bool is_stdin = !strcmp(path, "-"), was_taken;

	in->path = path;
	errno = 0;
	in->fd = is_stdin ? open_stdin() : open(path, O_RDONLY | O_CLOEXEC);
	was_taken = is_stdin && in->fd < 0 && !errno;
	if (in->fd >= 0 ? stat_input(in) && input_begin(in) : !was_taken && report_read(in))
		return in;
	input_close(in);
	return NULL;
}

uint64_t input_stored_bytes(const struct input *input)
{
	return input->stored_bytes;
}

bool input_begins(const struct input *input, const char *start)
{
	const struct input_raw *raw = &input->raw;
	size_t nr = strlen(start);

	return !input->packed && raw->nr >= nr && !memcmp(raw->bytes, start, nr);
}

bool input_may_begin(const struct input *input, const char *start)
{
	return input->packed || input_begins(input, start);
}

static bool read_plain(struct input *in, uint8_t *to, size_t nr, size_t *got)
{
	struct input_raw *raw = &in->raw;

	if (raw->at == raw->nr && !raw->ended && !raw_fill(in))
		return false;
	*got = nr < raw->nr - raw->at ? nr : raw->nr - raw->at;
	memcpy(to, raw->bytes + raw->at, *got);
	raw->at += *got;
	return true;
}

/* Loops until there is output: a block of a packed file may yield none. */
static bool read_packed(struct input *in, uint8_t *to, size_t nr, size_t *got)
{
	enum input_step step;

	for (;;) {
		const char *expected = NULL;

		if (in->raw.at == in->raw.nr && !in->raw.ended && !raw_fill(in))
			return false;
		step = input_packed_step(in->packed, &in->raw, to, nr, got, &expected);
		if (step == INPUT_BROKEN) {
			cmd_bad_input(in->path, 1, expected);
			return false;
		}
		if (*got || step == INPUT_ENDED)
			return true;
	}
}

bool input_read(struct input *input, void *to, size_t nr, size_t *got)
{
	*got = 0;
	return input->packed ? read_packed(input, to, nr, got) : read_plain(input, to, nr, got);
}

bool input_rewind(struct input *in)
{
	input_packed_destroy(in->packed);
	in->packed = NULL;
	if (lseek(in->fd, in->start, SEEK_SET) < 0)
		return report_read(in);
	return input_begin(in);
}

/* --- from a pipe to an unnamed file -------------------------------------------------------- */

static int open_unnamed(void)
{
	const char *folder = getenv("TMPDIR");
	char *path;
	int fd;

	if (!folder || !*folder)
		folder = "/tmp";
	fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd >= 0)
		return fd;
	path = g_strdup_printf("%s/pcpu-lab.XXXXXX", folder);
	fd = mkostemp(path, O_CLOEXEC);
	if (fd >= 0)
		unlink(path);
	free(path);
	return fd;
}

static bool write_all(int fd, const uint8_t *bytes, size_t nr)
{
	while (nr) {
		ssize_t done = write(fd, bytes, nr);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return false;
		bytes += done;
		nr -= (size_t)done;
	}
	return true;
}

static bool spool_to(struct input *in, int fd)
{
	uint64_t all = 0;

	do {
		all += in->raw.nr;
		if (all > INPUT_MAX_SPOOL) {
			cmd_bad_input(in->path, 1,
				      "at most 1 GiB from a pipe; a file may be larger");
			return false;
		}
		if (!write_all(fd, in->raw.bytes, in->raw.nr)) {
			error_file(in->path, "kept in a temporary file", strerror(errno));
			return false;
		}
	} while (raw_fill(in) && in->raw.nr);
	return in->raw.ended;
}

bool input_spool(struct input *in)
{
	int fd;
	bool ok;

	if (in->can_rewind)
		return true;
	fd = open_unnamed();
	if (fd < 0) {
		error_file(in->path, "kept in a temporary file", strerror(errno));
		return false;
	}
	ok = spool_to(in, fd);
	close(in->fd);
	in->fd = fd;
	in->start = 0;
	in->can_rewind = true;
	return ok && input_rewind(in);
}

void input_close(struct input *input)
{
	if (!input)
		return;
	input_packed_destroy(input->packed);
	if (input->fd >= 0)
		close(input->fd);
	free(input);
}
