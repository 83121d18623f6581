/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * sizes.h - the size options that `layout` and `replay` share, read the same way by both.
 *
 *	struct cmd_sizes s;
 *	cmd_sizes_init(&s);
 *	struct cmd_option options[] = { CMD_SIZE_OPTIONS(&s), { "json", ... } };
 *	cmd_parse(...);				what the user gave
 *	cmd_sizes_finish(cmd, &s, log, topology);	a set's or a log's sizes where nothing was
 *						given, names, rules; CMD_USAGE after printing
 */
#ifndef CMD_SIZES_H
#define CMD_SIZES_H

#include "harness/cli/cmd.h"
#include <pcpu/pcpu.h>

/* Arguments of x86-64 boot: static as linked, MODULE_RESERVE, DYNAMIC_RESERVE, one huge page. */
#define CMD_STATIC_BYTES   UINT64_C(212992)
#define CMD_RESERVED_BYTES UINT64_C(8192)
#define CMD_DYN_BYTES	   UINT64_C(28672)
#define CMD_ATOM_BYTES	   UINT64_C(2097152)
#define CMD_SPACE_BYTES	   (UINT64_C(1) << 45)

struct cmd_sizes {
	/* Results: ready after cmd_sizes_finish(). */
	struct pcpu_sizes sizes;
	enum pcpu_choice choice;
	uint64_t space_bytes; /* address space for the span check */

	/* As given on the command line. */
	const char *alloc, *rule, *stride; /* rule: NULL until finished, when it was not given */
	const char *kernel;		   /* NULL: not given */
	struct {
		bool unit, static_part, reserved, dyn, atom, page, min_unit, early_dyn;
	} given;
};

/* By enum pcpu_rule, enum pcpu_stride. */
enum { CMD_NR_RULES = 2, CMD_NR_STRIDES = 3 };
extern const char *const cmd_rule_names[CMD_NR_RULES], *const cmd_stride_names[CMD_NR_STRIDES];

/* Constants of a named kernel; 0 and NULL: unknown, the default stays. */
struct cmd_kernel_set {
	uint64_t min_unit_bytes, dyn_early_bytes;
	const char *rule;
};

/* Rows of a struct cmd_option table; s: struct cmd_sizes *. */
#define CMD_SIZE_OPTIONS(s)                                                                        \
	{ "unit", CMD_BYTES, &(s)->sizes.unit_bytes, PCPU_MIN_UNIT_BYTES, PCPU_MAX_UNIT_BYTES,     \
	  &(s)->given.unit },                                                                      \
	{ "static", CMD_BYTES, &(s)->sizes.static_bytes, 1, PCPU_MAX_UNIT_BYTES,                   \
	  &(s)->given.static_part },                                                               \
	{ "reserved", CMD_BYTES, &(s)->sizes.reserved_bytes, 0, PCPU_MAX_UNIT_BYTES,               \
	  &(s)->given.reserved },                                                                  \
	{ "dyn", CMD_BYTES, &(s)->sizes.dyn_bytes, 0, PCPU_MAX_UNIT_BYTES, &(s)->given.dyn },      \
	{ "atom", CMD_BYTES, &(s)->sizes.atom_bytes, PCPU_PAGE_BYTES, PCPU_MAX_UNIT_BYTES,         \
	  &(s)->given.atom },                                                                      \
	{ "page", CMD_BYTES, &(s)->sizes.page_bytes, 1u << PCPU_PAGE_SHIFT_MIN,                    \
	  1u << PCPU_PAGE_SHIFT_MAX, &(s)->given.page },                                           \
	{ "min-unit", CMD_BYTES, &(s)->sizes.min_unit_bytes, PCPU_MIN_UNIT_BYTES,                  \
	  PCPU_MAX_UNIT_BYTES, &(s)->given.min_unit },                                             \
	{ "early-dyn", CMD_BYTES, &(s)->sizes.dyn_early_bytes, PCPU_DYNAMIC_EARLY_BYTES,           \
	  PCPU_MAX_UNIT_BYTES, &(s)->given.early_dyn },                                            \
	{ "kernel", CMD_TEXT, &(s)->kernel, 0, 0, NULL },                                          \
	{ "space", CMD_BYTES, &(s)->space_bytes, PCPU_PAGE_BYTES, UINT64_MAX, NULL },              \
	{ "alloc", CMD_TEXT, &(s)->alloc, 0, 0, NULL },                                            \
	{ "rule", CMD_TEXT, &(s)->rule, 0, 0, NULL },                                              \
	{ "stride", CMD_TEXT, &(s)->stride, 0, 0, NULL }

void cmd_sizes_init(struct cmd_sizes *sizes);
/* Checks names alone, before anything is loaded; CMD_USAGE after printing a diagnostic.
   cmd_sizes_finish() does it too. */
int cmd_sizes_names(const struct cmd *cmd, struct cmd_sizes *sizes);
/* log: of TOPOLOGY if that is a log, else NULL; topology: the loaded one. */
int cmd_sizes_finish(const struct cmd *cmd, struct cmd_sizes *sizes,
		     const struct lab_log_layout *log, const struct pcpu_topology *topology);

/* sizes_kernel.c: returns NULL for an unknown kernel. */
const struct cmd_kernel_set *cmd_kernel_find(const char *name);
#define CMD_KERNEL_NAMES "2.6.32, a release from 3.0 to 6.18, 3.x, 4.x, 5.x or 6.x"

/* sizes_log.c: for cmd_sizes_finish(). Takes the log's sizes, unless an option contradicts them,
   and the least unit for which they give the log's unit. */
int cmd_sizes_from_log(const struct cmd *cmd, struct cmd_sizes *sizes,
		       const struct lab_log_layout *log, const struct pcpu_topology *topology);

#endif
