/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * sys_tree.h - files below .../devices/system of a /sys, this machine's or a copy of another's.
 *
 * The copy is not trusted: only plain files are read, of at most 64 KiB, and no read blocks. PATH
 * is below devices/system, "cpu/possible". Errors are the rest of the message after DIR:
 * "/sys/devices/system/cpu/possible:1: CPU ids from 0 to 8191", ": cannot be read: ...".
 */
#ifndef HOSTED_SYS_TREE_H
#define HOSTED_SYS_TREE_H

#include "harness/text/topology_text.h"

struct sys_tree {
	int fd;		  /* of devices/system; -1: there is none */
	const char *name; /* path of devices/system below DIR */
};

enum sys_read {
	SYS_READ,
	SYS_ABSENT, /* no such file */
	SYS_BAD,    /* it cannot be read or is malformed: see *error */
};

/* Opens DIR, which contains devices/system or sys/devices/system. SYS_ABSENT: neither. Close it in
   any case. */
enum sys_read sys_tree_open(const char *dir, struct sys_tree *tree, char error[256]);
void sys_tree_close(struct sys_tree *tree);

/* Reads the whole file, malloc'ed, NUL-terminated, without trailing newlines and NULs. */
enum sys_read sys_tree_text(const struct sys_tree *tree, const char *path, char **text,
			    char error[256]);
/* Reads the ids of a list ("0-3,8", empty for none) as bits of [0, PCPU_MAX_CPUS). */
enum sys_read sys_tree_list(const struct sys_tree *tree, const char *path, uint64_t *bits,
			    char error[256]);
/* Reads the same from a mask ("ff,00000003": words of 32 bits, the highest first). */
enum sys_read sys_tree_mask(const struct sys_tree *tree, const char *path, uint64_t *bits,
			    char error[256]);
/* Reads the numbers N of the entries `<prefix>N` of a folder, as bits of [0, PCPU_MAX_CPUS).
   Entries of any type count: the links cpuN/nodeM are not followed. */
enum sys_read sys_tree_numbers(const struct sys_tree *tree, const char *path, const char *prefix,
			       uint64_t *bits, char error[256]);

/* For checks of the caller: writes "<path>:1: <expected>" to error; returns SYS_BAD. */
enum sys_read sys_tree_refuse(const struct sys_tree *tree, const char *path, const char *expected,
			      char error[256]);

#endif
