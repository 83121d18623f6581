/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_input.c - inputs in blocks, in lines, and traces that are read twice: as from memory. */
#include "harness/cli/input_lines.h"
#include "harness/test/lib/test.h"
#include "harness/test/lib/test_files.h"
#include "harness/cli/trace_file.h"

#include "harness/cli/cmd.h"

#include <fcntl.h>
#include <lzma.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

/* stderr of a call is not the test's business. */
static int err_before = -1;

static void quiet(void)
{
	int null = open("/dev/null", O_WRONLY);

	err_before = dup(STDERR_FILENO);
	dup2(null, STDERR_FILENO);
	close(null);
}

static void loud(void)
{
	dup2(err_before, STDERR_FILENO);
	close(err_before);
}

/* --- lines ------------------------------------------------------------------------------------ */

static char path[] = "/tmp/pcpu-lab-input-XXXXXX";

static void write_temporary(const void *bytes, size_t nr)
{
	int fd;

	strcpy(path + sizeof(path) - 7, "XXXXXX");
	fd = mkstemp(path);
	CHECK(fd >= 0 && write(fd, bytes, nr) == (ssize_t)nr);
	close(fd);
}

/* Lines of lengths around a block's, so that each way of being cut occurs; read twice. */
TEST(lines_are_whole_wherever_blocks_end)
{
	enum { NR = 600 };
	static char text[NR * 1000];
	struct input_lines lines = { .path = path, .max_line = 2000 };
	size_t nr = 0, bytes;
	const char *line;

	for (int i = 0; i < NR; i++) {
		nr += (size_t)sprintf(text + nr, "%d ", i);
		memset(text + nr, 'x', (size_t)(i * 7 % 901));
		nr += (size_t)(i * 7 % 901);
		nr += (size_t)sprintf(text + nr, i % 3 ? "\n" : "\r\n");
	}
	write_temporary(text, nr - 1); /* the last line has no newline */
	lines.max_bytes = nr - 1;      /* of each pass */
	lines.input = input_open(path);
	CHECK(lines.input);
	for (int pass = 0; pass < 2; pass++) {
		for (int i = 0; i < NR; i++) {
			CHECK_EQ(input_next_line(&lines, &line, &bytes), INPUT_LINE);
			CHECK_EQ(lines.number, i + 1);
			CHECK_EQ(strtol(line, NULL, 10), i);
			CHECK_EQ(bytes, (size_t)snprintf(NULL, 0, "%d ", i) +
						(size_t)(i * 7 % 901));
		}
		CHECK_EQ(input_next_line(&lines, &line, &bytes), INPUT_NO_LINE);
		CHECK_EQ(input_next_line(&lines, &line, &bytes), INPUT_NO_LINE);
		CHECK(input_lines_rewind(&lines));
	}
	input_lines_finish(&lines);
	input_close(lines.input);
	unlink(path);
}

/* A limit is the last length that is taken. */
static void check_limits(size_t max_line, uint64_t max_bytes, enum input_line expected)
{
	struct input_lines lines = { .input = input_open(path), .path = path,
				     .max_line = max_line, .max_bytes = max_bytes };
	const char *line;
	size_t nr;

	CHECK(lines.input);
	quiet();
	CHECK_EQ(input_next_line(&lines, &line, &nr), expected);
	loud();
	input_lines_finish(&lines);
	input_close(lines.input);
}

TEST(limits_of_lines_are_included)
{
	write_temporary("12345\n", 6);
	check_limits(5, 6, INPUT_LINE);
	check_limits(4, 6, INPUT_REFUSED);
	check_limits(5, 5, INPUT_REFUSED);
	unlink(path);
	write_temporary("12345", 5);
	check_limits(5, 5, INPUT_LINE);
	check_limits(4, 5, INPUT_REFUSED);
	unlink(path);
}

static bool read_limited(uint64_t limit)
{
	struct input *input = input_open(path);
	char *text = NULL;
	size_t bytes;
	bool ok;

	CHECK(input);
	quiet();
	ok = cmd_read_all(input, path, limit, &text, &bytes);
	loud();
	input_close(input);
	free(text);
	return ok;
}

TEST(limits_of_texts_are_included)
{
	write_temporary("12345", 5);
	CHECK(read_limited(5));
	CHECK(!read_limited(4));
	unlink(path);
}

/* --- from the middle, from a pipe ------------------------------------------------------------ */

static void check_rest(struct input *input, const char *due)
{
	char got[32];
	size_t nr = 0, bytes;

	do {
		CHECK(nr < sizeof(got) && input_read(input, got + nr, sizeof(got) - nr, &bytes));
		nr += bytes;
	} while (bytes);
	CHECK_EQ(nr, strlen(due));
	CHECK(!memcmp(got, due, nr));
}

/* A descriptor that others have read from begins where they stopped: sizes and rewinding, too. */
TEST(stdin_begins_where_it_is)
{
	int before = dup(STDIN_FILENO), fd;
	struct input *input;

	write_temporary("first\nsecond\n", 13);
	fd = open(path, O_RDONLY);
	CHECK(fd >= 0 && lseek(fd, 6, SEEK_SET) == 6 && dup2(fd, STDIN_FILENO) == STDIN_FILENO);
	input = input_open("-");
	dup2(before, STDIN_FILENO);
	close(before);
	close(fd);
	unlink(path);
	CHECK(input);
	CHECK_EQ(input_stored_bytes(input), 7);
	check_rest(input, "second\n");
	CHECK(input_rewind(input));
	check_rest(input, "second\n");
	CHECK(input_spool(input) && input_rewind(input));
	check_rest(input, "second\n");
	input_close(input);
}

static pid_t write_from_child(const char *bytes)
{
	pid_t child = fork();

	if (child == 0) {
		int fd = open(path, O_WRONLY);

		_exit(fd >= 0 && write(fd, bytes, strlen(bytes)) == (ssize_t)strlen(bytes) ? 0 : 1);
	}
	return child;
}

/* What has ended stays so, though another writer comes. */
TEST(a_pipe_ends_once)
{
	struct input *input;
	pid_t child;
	int status;

	write_temporary("", 0);
	unlink(path);
	CHECK(!mkfifo(path, 0600));
	child = write_from_child("12345");
	input = input_open(path);
	CHECK(input && waitpid(child, &status, 0) == child && status == 0);
	CHECK_EQ(input_stored_bytes(input), UINT64_MAX);
	check_rest(input, "12345");
	child = write_from_child("more");
	CHECK(waitpid(child, &status, 0) == child && status == 0);
	check_rest(input, "");
	input_close(input);
	unlink(path);
}

/* --- packed ---------------------------------------------------------------------------------- */

static size_t pack_gz(const char *text, size_t nr, unsigned char *to, size_t capacity)
{
	z_stream gz = { 0 };

	CHECK_EQ(deflateInit2(&gz, 9, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	gz.next_in = (unsigned char *)(uintptr_t)text;
	gz.avail_in = (unsigned)nr;
	gz.next_out = to;
	gz.avail_out = (unsigned)capacity;
	CHECK_EQ(deflate(&gz, Z_FINISH), Z_STREAM_END);
	deflateEnd(&gz);
	return capacity - gz.avail_out;
}

static bool file_holds(const char *text, size_t nr)
{
	char *got = NULL;
	size_t bytes;
	bool same;

	quiet();
	same = cmd_read_file(path, &got, &bytes) && bytes == nr && !memcmp(got, text, nr);
	loud();
	free(got);
	return same;
}

/* All cuts of an .gz file are refused, and each damaged byte that its checksums cover. */
TEST(damaged_gz_is_never_read)
{
	static char text[4000];
	unsigned char packed[1000];
	size_t nr;

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (char)('a' + i * i % 23 % 7);
	nr = pack_gz(text, sizeof(text), packed, sizeof(packed));
	write_temporary(packed, nr);
	CHECK(file_holds(text, sizeof(text)));
	for (size_t cut = 2; cut < nr; cut++) {
		CHECK(!truncate(path, 0) && cmd_write_file(path, (char *)packed, cut));
		if (file_holds(text, sizeof(text)))
			FAIL("cut at %zu of %zu", cut, nr);
	}
	for (size_t at = 10; at < nr; at += 3) {
		packed[at] ^= 0x10;
		CHECK(cmd_write_file(path, (char *)packed, nr));
		if (file_holds(text, sizeof(text)))
			FAIL("byte %zu of %zu", at, nr);
		packed[at] ^= 0x10;
	}
	unlink(path);
}

/* --- traces ---------------------------------------------------------------------------------- */

static bool same_op(const struct lab_op *a, const char *a_text, const struct lab_op *b,
		    const char *b_text)
{
	return a->kind == b->kind && a->flags == b->flags && a->cpu == b->cpu && a->id == b->id &&
	       a->size == b->size && a->align == b->align && a->site_bytes == b->site_bytes &&
	       !memcmp(a_text + a->site, b_text + b->site, a->site_bytes);
}

/* From the file and from memory: the same operations, sites and counts. */
TEST(a_trace_read_twice_is_the_trace)
{
	const char *name = test_source_path("corpus/traces/fork.trace.xz");
	struct lab_error error;
	struct lab_trace whole;
	struct trace_file file;
	size_t bytes, capacity;
	uint8_t *ids;
	char *text;

	CHECK(trace_file_read(name, &file));
	CHECK(trace_file_text(name, &text, &bytes));
	capacity = lab_trace_lines(text, bytes);
	whole.ops = malloc(capacity * sizeof(*whole.ops));
	ids = calloc(capacity, 1);
	CHECK(lab_trace_parse(text, bytes, whole.ops, capacity, ids, capacity, &whole, &error));
	CHECK_EQ(file.trace.nr_ops, whole.nr_ops);
	CHECK_EQ(file.trace.nr_ids, whole.nr_ids);
	CHECK_EQ(file.trace.nr_allocs, whole.nr_allocs);
	CHECK_EQ(file.trace.ops_form, whole.ops_form);
	for (size_t i = 0; i < whole.nr_ops; i++)
		if (!same_op(&file.trace.ops[i], file.trace.text, &whole.ops[i], whole.text))
			FAIL("operation %zu", i);
	trace_file_free(&file);
	free(ids);
	free(whole.ops);
	free(text);
}

/* Every line of what the tests of traces refuse; the same verdict, taken line by line. */
TEST(a_refused_trace_leaves_nothing)
{
	static const char *const bad[] = {
		"", "\n", "# pcpu-trace 3\n", "# pcpu-trace 1\na 1 4 4 --\n",
		"# pcpu-trace 2\n\n", "# pcpu-trace 2\na 0 4 4 --\n", "# pcpu-trace 2\nu 0\n",
		"# pcpu-trace 1\nf 0\n", "# pcpu-trace 1\na 0 4 4 --\n\n",
		"# pcpu-trace 1\n# remark\n", "# pcpu-trace-ops 1\n# remark\nq\n",
	};
	struct trace_file file;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		bool taken;

		write_temporary(bad[i], strlen(bad[i]));
		quiet();
		taken = trace_file_read(path, &file);
		loud();
		unlink(path);
		if (taken || file.ops || file.sites)
			FAIL("taken: %s", bad[i]);
	}
}

TEST(remarks_take_no_room)
{
	static const char text[] = "# pcpu-trace-ops 1\r\n# one\r\na 0 16 8 -- x\r\n#\n"
				   "a 1 16 8 -- y\nf 1\na 1 4 4 A- x";
	struct trace_file file;

	write_temporary(text, sizeof(text) - 1);
	CHECK(trace_file_read(path, &file));
	unlink(path);
	CHECK_EQ(file.trace.nr_ops, 4);
	CHECK_EQ(file.trace.text[file.trace.ops[1].site], 'y');
	CHECK_EQ(file.trace.ops[0].site, file.trace.ops[3].site);
	trace_file_free(&file);
}

/* More words than the table of sites began with: each operation has its own. */
TEST(many_sites_are_kept_apart)
{
	enum { NR = 1000 };
	static char text[NR * 40];
	size_t nr = (size_t)sprintf(text, "# pcpu-trace 1\n");
	struct trace_file file;

	for (int i = 0; i < NR; i++)
		nr += (size_t)sprintf(text + nr, "a %d 16 8 -- site%d\n", i, i);
	write_temporary(text, nr);
	CHECK(trace_file_read(path, &file));
	unlink(path);
	CHECK_EQ(file.trace.nr_ops, NR);
	for (int i = 0; i < NR; i++) {
		const struct lab_op *op = &file.trace.ops[i];

		CHECK_EQ(op->site_bytes, (size_t)sprintf(text, "site%d", i));
		CHECK(!memcmp(file.trace.text + op->site, text, op->site_bytes));
	}
	trace_file_free(&file);
}
