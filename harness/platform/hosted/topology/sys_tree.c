/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* sys_tree.c - files below .../devices/system of a /sys: see sys_tree.h. */
#include "harness/platform/hosted/topology/sys_tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <pcpu/bits.h>

enum { MAX_BYTES = 65536 }; /* 8192 ids, each with its comma, fit */

#define MASK_BYTES (PCPU_BITS_WORDS(PCPU_MAX_CPUS) * sizeof(uint64_t))

enum sys_read sys_tree_refuse(const struct sys_tree *tree, const char *path, const char *expected,
			      char error[256])
{
	snprintf(error, 256, "/%s/%s:1: %s", tree->name, path, expected);
	return SYS_BAD;
}

/* Formats errno for this path. */
static enum sys_read sys_refuse(const struct sys_tree *tree, const char *path, char error[256])
{
	if (errno == ENOENT)
		return SYS_ABSENT;
	snprintf(error, 256, "/%s/%s: cannot be read: %s", tree->name, path, strerror(errno));
	return SYS_BAD;
}

/* --- the folder ----------------------------------------------------------------------------- */

enum sys_read sys_tree_open(const char *dir, struct sys_tree *tree, char error[256])
{
	static const char *const names[] = { "sys/devices/system", "devices/system" };
	int root = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK);
	enum sys_read found = SYS_ABSENT;

	*tree = (struct sys_tree){ .fd = -1, .name = names[0] };
	if (root < 0) {
		snprintf(error, 256, ": cannot be read: %s", strerror(errno));
		return SYS_BAD;
	}
	for (unsigned i = 0; i < 2 && found == SYS_ABSENT; i++) {
		tree->name = names[i];
		tree->fd = openat(root, names[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		found = tree->fd >= 0 ? SYS_READ : sys_refuse(tree, ".", error);
	}
	close(root);
	return found;
}

void sys_tree_close(struct sys_tree *tree)
{
	if (tree->fd >= 0)
		close(tree->fd);
	tree->fd = -1;
}

/* --- texts ---------------------------------------------------------------------------------- */

/* Returns the bytes that were read, at most `room`; -1 with errno. */
static ssize_t read_fully(int fd, char *at, size_t capacity)
{
	size_t bytes = 0;

	while (bytes < capacity) {
		ssize_t nr = read(fd, at + bytes, capacity - bytes);

		if (nr < 0 && errno == EINTR)
			continue;
		if (nr < 0)
			return -1;
		if (nr == 0)
			break;
		bytes += (size_t)nr;
	}
	return (ssize_t)bytes;
}

static enum sys_read read_text(const struct sys_tree *tree, const char *path, int fd, char *text,
			       char error[256])
{
	struct stat status;
	ssize_t bytes;

	if (fstat(fd, &status))
		return sys_refuse(tree, path, error);
	if (!S_ISREG(status.st_mode))
		return sys_tree_refuse(tree, path, "a plain file", error);
	bytes = read_fully(fd, text, MAX_BYTES + 1);
	if (bytes < 0)
		return sys_refuse(tree, path, error);
	if (bytes > MAX_BYTES)
		return sys_tree_refuse(tree, path, "a file of at most 64 KiB", error);
	while (bytes > 0 && memchr("\n\r \0", text[bytes - 1], 4)) /* some kernels append a NUL */
		bytes--;
	if (memchr(text, '\0', (size_t)bytes))
		return sys_tree_refuse(tree, path, "a text", error);
	text[bytes] = '\0';
	return SYS_READ;
}

enum sys_read sys_tree_text(const struct sys_tree *tree, const char *path, char **text,
			    char error[256])
{
	int fd = openat(tree->fd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	enum sys_read found;

	*text = NULL;
	if (fd < 0)
		return sys_refuse(tree, path, error);
	*text = malloc(MAX_BYTES + 1);
	found = *text ? read_text(tree, path, fd, *text, error) : sys_refuse(tree, path, error);
	close(fd);
	if (found != SYS_READ) {
		free(*text);
		*text = NULL;
	}
	return found;
}

/* --- sets ----------------------------------------------------------------------------------- */

enum sys_read sys_tree_list(const struct sys_tree *tree, const char *path, uint64_t *bits,
			    char error[256])
{
	const char *expected;
	char *text;
	enum sys_read found = sys_tree_text(tree, path, &text, error);

	memset(bits, 0, MASK_BYTES);
	if (found == SYS_READ && *text && !lab_parse_cpu_list(text, strlen(text), bits, &expected))
		found = sys_tree_refuse(tree, path, expected, error);
	free(text);
	return found;
}

static int hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c ? strchr(digits, c >= 'A' && c <= 'F' ? c + 32 : c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* Parses from the end: a digit is four CPUs; commas separate words of eight digits. NULL: valid. */
static const char *parse_mask(const char *text, uint64_t *bits)
{
	uint32_t nr_digits = 0;

	for (size_t at = strlen(text); at-- > 0;) {
		int digit = hex_digit(text[at]);

		if (text[at] == ',' && nr_digits > 0 && nr_digits % 8 == 0 && at > 0)
			continue;
		if (digit < 0)
			return "a mask of CPUs like ff,00000003";
		for (uint32_t bit = 0; bit < 4; bit++) {
			uint32_t cpu = nr_digits * 4 + bit;

			if ((digit >> bit & 1) && cpu >= PCPU_MAX_CPUS)
				return "CPU ids from 0 to 8191";
			if (digit >> bit & 1)
				pcpu_bit_set(bits, cpu);
		}
		nr_digits++;
	}
	return nr_digits > 0 ? NULL : "a mask of CPUs like ff,00000003";
}

enum sys_read sys_tree_mask(const struct sys_tree *tree, const char *path, uint64_t *bits,
			    char error[256])
{
	const char *expected = NULL;
	char *text;
	enum sys_read found = sys_tree_text(tree, path, &text, error);

	memset(bits, 0, MASK_BYTES);
	if (found == SYS_READ)
		expected = parse_mask(text, bits);
	if (expected)
		found = sys_tree_refuse(tree, path, expected, error);
	free(text);
	return found;
}

/* --- folders -------------------------------------------------------------------------------- */

enum sys_read sys_tree_numbers(const struct sys_tree *tree, const char *path, const char *prefix,
			       uint64_t *bits, char error[256])
{
	int fd = openat(tree->fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *entry;
	bool is_over = false;
	uint64_t number;

	memset(bits, 0, MASK_BYTES);
	if (!folder) {
		enum sys_read found = sys_refuse(tree, path, error);

		if (fd >= 0)
			close(fd);
		return found;
	}
	while ((entry = readdir(folder))) {
		const char *rest = entry->d_name + strlen(prefix);

		if (strncmp(entry->d_name, prefix, strlen(prefix)) != 0 ||
		    !lab_parse_u64(rest, strlen(rest), UINT64_MAX, &number))
			continue;
		is_over |= number >= PCPU_MAX_CPUS;
		if (number < PCPU_MAX_CPUS)
			pcpu_bit_set(bits, (uint32_t)number);
	}
	closedir(folder);
	return is_over ? sys_tree_refuse(tree, path, "ids from 0 to 8191", error) : SYS_READ;
}
