/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * fuzz_corpus.c - the working corpus of a target.
 *
 *	seeds ──> TARGET/ <── finds of both engines
 *	            │  ▲
 *	      merge ▼  │ exchange
 *	          TARGET.new/
 *
 * R1  A file is written beside the folder and renamed into it, since engines may read the folder at
 *     any time.
 */
#include "fuzz/campaign/fuzz_corpus.h"
#include "harness/cli/cmd.h"
#include "fuzz/targets/fuzz.h"
#include "fuzz/targets/inputs.h"
#include "harness/cli/process.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { MIN_FREE_BYTES = 1 << 20, MIN_FREE_FILES = 16 };

void fuzz_paths_init(struct fuzz_paths *paths, const char *target, const char *afl_folder)
{
	*paths = (struct fuzz_paths){
		.target = target,
		.seeds = cmd_path("corpus/%s", target),
		.corpus = cmd_path("build/fuzz-corpus/%s", target),
		.found = cmd_path("build/fuzz-corpus/%s.found", target),
		.dict = cmd_path("fuzz/dict/%s.dict", target),
	};
	paths->afl = afl_folder ? g_strdup_printf("%s/%s", afl_folder, target) :
				  cmd_path("build/fuzz-corpus/%s.afl", target);
	if (access(paths->dict, R_OK)) {
		free(paths->dict);
		paths->dict = NULL;
	}
}

void fuzz_paths_finish(struct fuzz_paths *paths)
{
	free(paths->seeds);
	free(paths->corpus);
	free(paths->afl);
	free(paths->found);
	free(paths->dict);
	*paths = (struct fuzz_paths){0};
}

/* --- one input ------------------------------------------------------------------------------- */

static uint64_t hash_bytes(const uint8_t *bytes, size_t nr)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a */

	for (size_t i = 0; i < nr; i++)
		hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
	return hash;
}

static bool write_new(const char *path, const uint8_t *bytes, size_t nr)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	bool ok = fd >= 0 && write(fd, bytes, nr) == (ssize_t)nr;

	return fd >= 0 && !close(fd) && ok;
}

bool fuzz_corpus_put(const char *folder, const char *prefix, const uint8_t *bytes, size_t nr)
{
	char *path, *beside;
	bool ok;

	if (nr > FUZZ_MAX_BYTES)
		nr = FUZZ_MAX_BYTES;
	path = g_strdup_printf("%s/%s-%016llx", folder, prefix,
			       (unsigned long long)hash_bytes(bytes, nr));
	beside = g_strdup_printf("%s.part", folder);
	ok = !access(path, F_OK) || (write_new(beside, bytes, nr) && !rename(beside, path));
	if (!ok)
		unlink(beside);
	free(beside);
	free(path);
	return ok;
}

bool fuzz_read_input(const char *file, uint8_t *bytes, size_t *nr)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat about;
	bool ok = fd >= 0 && !fstat(fd, &about) && S_ISREG(about.st_mode);
	ssize_t got = ok ? read(fd, bytes, FUZZ_MAX_BYTES + 1) : -1;

	if (fd >= 0)
		close(fd);
	*nr = got > 0 ? (size_t)got : 0;
	return got >= 0;
}

bool fuzz_corpus_copy(const char *folder, const char *prefix, const char *file)
{
	uint8_t bytes[FUZZ_MAX_BYTES + 1];
	size_t nr;

	return fuzz_read_input(file, bytes, &nr) && fuzz_corpus_put(folder, prefix, bytes, nr);
}

/* Returns NAME of ".WRITER.NAME", if WRITER matches (NULL: any). */
static const char *released_name(const char *file, const char *writer)
{
	const char *name = file[0] == '.' ? strchr(file + 1, '.') : NULL;
	size_t nr = name ? (size_t)(name - file - 1) : 0;

	if (nr == 0 || !name[1])
		return NULL;
	if (writer && (strlen(writer) != nr || strncmp(file + 1, writer, nr)))
		return NULL;
	return name + 1;
}

unsigned fuzz_corpus_release(const char *folder, const char *writer)
{
	char **names = folder_names(folder);
	unsigned nr = 0;

	for (char **name = names; *name; name++) {
		const char *released = released_name(*name, writer);
		char *from = g_build_filename(folder, *name, NULL);
		char *to = g_build_filename(folder, released, NULL);

		nr += released && !rename(from, to);
		free(to);
		free(from);
	}
	g_strfreev(names);
	return nr;
}

void fuzz_corpus_drop(const char *folder, const uint8_t *bytes, size_t nr)
{
	char **names = folder_names(folder);
	struct stat about;

	for (char **name = names; *name; name++) {
		char *path = g_build_filename(folder, *name, NULL);
		uint8_t other[FUZZ_MAX_BYTES + 1];
		size_t nr_other;

		if (!stat(path, &about) && (size_t)about.st_size == nr &&
		    fuzz_read_input(path, other, &nr_other) && nr_other == nr &&
		    !memcmp(bytes, other, nr))
			unlink(path);
		free(path);
	}
	g_strfreev(names);
}

/* --- the folder ------------------------------------------------------------------------------ */

unsigned fuzz_corpus_count(const char *folder)
{
	char **names = folder_names(folder);
	unsigned nr = 0;

	for (char **name = names; *name; name++)
		nr += **name != '.';
	g_strfreev(names);
	return nr;
}

static bool report_disk(const char *path)
{
	fprintf(stderr, "%s: could not be written (%s)\n", path, strerror(errno));
	return false;
}

/* Returns NULL for an input, else why it is none. */
static const char *fuzz_corpus_refuse(const char *path)
{
	struct stat about;

	if (stat(path, &about))
		return strerror(errno);
	if (!S_ISREG(about.st_mode))
		return "no plain file";
	if ((size_t)about.st_size > INPUT_MAX_BYTES)
		return "larger than 1 MiB, so no input";
	return access(path, R_OK) ? strerror(errno) : NULL;
}

/* Moves it away: it would end AFL++, and libFuzzer would truncate it. */
static void set_aside(const char *folder, const char *name, const char *why)
{
	char *aside, *from = g_build_filename(folder, name, NULL), *to;

	aside = g_strdup_printf("%s.aside", folder);
	to = g_build_filename(aside, name, NULL);
	if (cmd_make_folders(aside) && !rename(from, to))
		fprintf(stderr, "%s: skipped: %s (now in %s)\n", from, why, aside);
	else
		fprintf(stderr, "%s: skipped: %s\n", from, why);
	free(to);
	free(from);
	free(aside);
}

static void check_files(const char *folder)
{
	char **names = folder_names(folder);

	for (char **name = names; *name; name++) {
		char *path = g_build_filename(folder, *name, NULL);
		const char *why = fuzz_corpus_refuse(path);

		if (why)
			set_aside(folder, *name, why);
		free(path);
	}
	g_strfreev(names);
}

/* AFL++ does not start with an empty corpus. */
static bool add_seeds(const struct fuzz_paths *paths)
{
	static const uint8_t zeros[32];
	struct inputs inputs = {0};
	bool ok = true, some = false;

	if (!access(paths->seeds, F_OK))
		inputs_add(&inputs, paths->seeds);
	for (size_t i = 0; i < inputs.nr && ok; i++) {
		ok = fuzz_corpus_put(paths->corpus, "seed", inputs.input[i].bytes,
				     inputs.input[i].nr);
		some |= inputs.input[i].nr > 0;
	}
	if (ok && !some)
		ok = fuzz_corpus_put(paths->corpus, "seed", zeros, sizeof(zeros));
	inputs_free(&inputs);
	return ok || report_disk(paths->corpus);
}

bool fuzz_corpus_open(const struct fuzz_paths *paths)
{
	if (!cmd_make_folders(paths->corpus) || !cmd_make_folders(paths->found) ||
	    !cmd_make_folders(paths->afl))
		return false;
	fuzz_corpus_release(paths->found, NULL);
	check_files(paths->corpus);
	return add_seeds(paths);
}

bool fuzz_disk_full(const char *folder)
{
	struct statvfs about;

	return !statvfs(folder, &about) && (about.f_bavail * about.f_frsize < MIN_FREE_BYTES ||
					    (about.f_files && about.f_favail < MIN_FREE_FILES));
}

/* --- minimising ------------------------------------------------------------------------------ */

static void remove_folder(const char *folder)
{
	const char *argv[] = {"rm", "-rf", "--", folder, NULL};
	struct process process = {.argv = argv, .timeout_seconds = 60};
	struct process_result result;

	process_run(&process, &result);
}

/* libFuzzer keeps a control file, so that an input that crashes it is skipped and the merge
   continues. */
static bool merge_into(const struct fuzz_paths *paths, const char *fresh, double timeout_seconds)
{
	static const char *const environment[] = {"ASAN_OPTIONS=detect_leaks=0:symbolize=0", NULL};
	char *program = cmd_path("build/fuzz/fuzz/%s", paths->target), *prefix, *control;
	const char *argv[7] = {program, "-set_cover_merge=1"};
	struct process process = {
		.argv = argv, .environment = environment, .timeout_seconds = timeout_seconds};
	struct process_result result;
	bool ok;

	prefix = g_strdup_printf("-artifact_prefix=%s/", paths->found);
	control = g_strdup_printf("-merge_control_file=%s.control", fresh);
	argv[2] = prefix;
	argv[3] = control;
	argv[4] = fresh;
	argv[5] = paths->corpus;
	unlink(strchr(control, '=') + 1);
	ok = process_run(&process, &result) && fuzz_corpus_count(fresh) > 0;
	unlink(strchr(control, '=') + 1);
	free(control);
	free(prefix);
	free(program);
	return ok;
}

bool fuzz_corpus_merge(const struct fuzz_paths *paths, double timeout_seconds)
{
	char *fresh;
	bool ok;

	fresh = g_strdup_printf("%s.new", paths->corpus);
	remove_folder(fresh);
	ok = cmd_make_folders(fresh) && merge_into(paths, fresh, timeout_seconds) &&
	     !renameat2(AT_FDCWD, fresh, AT_FDCWD, paths->corpus, RENAME_EXCHANGE);
	remove_folder(fresh);
	free(fresh);
	return ok;
}
