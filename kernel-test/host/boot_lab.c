/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* boot_lab.c - prepares boots: QEMU, images, the trace. */
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernel-test/host/boot.h"
#include "harness/cli/flavours.h"
#include "harness/cli/trace_file.h"

#define QEMU	      "qemu-system-x86_64"
#define QEMU_ARM64    "qemu-system-aarch64"
#define IMAGE	      "kernel-test/pcpu-boot.elf"
#define ARM64_IMAGE   "kernel-test/pcpu-boot-arm64.img"
#define ARM64_64K_IMAGE "kernel-test/pcpu-boot-arm64-64k.img"
#define ZOO_IMAGE     "kernel-test/pcpu-boot-zoo.elf"
#define DEFAULT_TRACE "corpus/traces/fork.trace.xz"

static char *image_path(const char *folder, const char *image)
{
	return g_strdup_printf("%s/%s", folder, image);
}

/* The clang image is in the flavour of that name. */
static void build_clang(struct boot_lab *lab)
{
	static const char *const targets[] = {IMAGE, NULL};
	char *folder = flavour_folder("clang");

	lab->images[BOOT_CLANG] = image_path(folder, IMAGE);
	free(folder);
	if (!program_exists("clang-19"))
		lab->missing[BOOT_CLANG] = "clang-19 is missing";
	else if (!flavour_build("clang", targets, NULL))
		lab->missing[BOOT_CLANG] = "clang could not build the image";
}

/* Finds an image that is built with everything else, if its tools are installed. */
static void find_arm64(struct boot_lab *lab, enum boot_image image, const char *name)
{
	lab->images[image] = image_path(cmd_build_folder(), name);
	if (!program_exists(QEMU_ARM64))
		lab->missing[image] = QEMU_ARM64 " is missing: install qemu-system-arm";
	else if (access(lab->images[image], R_OK))
		lab->missing[image] =
			"the image is not built: install clang-19, llvm-19 and lld-19";
	else if (strcmp(lab->accel, "tcg"))
		lab->missing[image] = "only tcg runs an AArch64 here";
}

/* Returns false after printing a diagnostic; targets that cannot be built here are reported as
   missing later. */
static bool build_own(void)
{
	static const char *const targets[] = {"images", NULL};

	return flavour_build_own(targets);
}

static int find_x86(struct boot_lab *lab)
{
	if (!program_exists(QEMU))
		return cmd_usage(&cmd_boot, QEMU " is missing: install qemu-system-x86");
	lab->images[BOOT_GCC] = image_path(cmd_build_folder(), IMAGE);
	lab->images[BOOT_ZOO] = image_path(cmd_build_folder(), ZOO_IMAGE);
	if (access(lab->images[BOOT_ZOO], R_OK))
		lab->missing[BOOT_ZOO] = "this build has no zoo";
	if (access(lab->images[BOOT_GCC], R_OK))
		return cmd_usage(&cmd_boot, "%s is not built (x86-64 and plain builds only)",
				 lab->images[BOOT_GCC]);
	return CMD_OK;
}

/* No runs: --defects, which boots on x86-64. */
static bool all_arm64(const struct boot_run *runs, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		if (!boot_is_arm64(runs[i].machine->image))
			return false;
	return nr > 0;
}

static int find_tools(struct boot_lab *lab, const struct boot_run *runs, size_t nr)
{
	int status;

	if (!strcmp(lab->accel, "kvm") && access("/dev/kvm", R_OK | W_OK))
		return cmd_usage(&cmd_boot, "--accel kvm: /dev/kvm cannot be opened");
	status = all_arm64(runs, nr) ? CMD_OK : find_x86(lab);
	if (status != CMD_OK)
		return status;
	find_arm64(lab, BOOT_ARM64, ARM64_IMAGE);
	find_arm64(lab, BOOT_ARM64_64K, ARM64_64K_IMAGE);
	for (size_t i = 0; i < nr; i++)
		if (runs[i].image == BOOT_CLANG && !lab->images[BOOT_CLANG])
			build_clang(lab);
	return CMD_OK;
}

/* The unpacked trace is kept: scripts that repeat a boot refer to it. */
static char *unpacked_path(const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	size_t bytes = strlen(name);

	if (bytes > 3 && !strcmp(name + bytes - 3, ".xz"))
		bytes -= 3;
	return cmd_path("reports/out/boot/%.*s", (int)bytes, name);
}

static int unpack_trace(struct boot_lab *lab)
{
	char *path = lab->trace ? strdup(lab->trace) : cmd_path("%s", DEFAULT_TRACE);
	int status = CMD_USAGE;
	struct lab_error error;
	char *text = NULL;
	size_t bytes;

	if (!path)
		abort();
	if (trace_file_text(path, &text, &bytes)) {
		lab->trace_file = unpacked_path(path);
		if (!boot_host_hash(text, bytes, 0, &lab->host_hash, &error) ||
		    !boot_host_hash(text, bytes, 65536, &lab->host_hash_64k, &error))
			status = cmd_bad_input(path, error.line, error.expected);
		else if (cmd_write_file(lab->trace_file, text, bytes))
			status = CMD_OK;
	}
	free(text);
	free(path);
	return status;
}

int boot_lab_prepare(struct boot_lab *lab, const struct boot_run *runs, size_t nr)
{
	char *folder = cmd_path("reports/out/boot");
	int status = cmd_make_folders(folder) ? CMD_OK : CMD_USAGE;

	free(folder);
	if (status == CMD_OK)
		status = unpack_trace(lab);
	if (status == CMD_OK && !build_own())
		status = flavour_failed();
	return status == CMD_OK ? find_tools(lab, runs, nr) : status;
}

void boot_lab_free(struct boot_lab *lab)
{
	for (int i = 0; i < BOOT_NR_IMAGES; i++)
		free(lab->images[i]);
	free(lab->trace_file);
}
