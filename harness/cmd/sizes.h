/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * sizes.h - the size options that `layout` and `replay` share, read the same way by both.
 *
 *	struct cmd_sizes s;
 *	cmd_sizes_init(&s);
 *	struct cmd_option options[] = { CMD_SIZE_OPTIONS(&s), { "json", ... } };
 *	cmd_parse(...);				what the user gave
 *	cmd_sizes_from_log(&s, &log);		a kernel log's sizes, where nothing was given
 *	cmd_sizes_finish(cmd, &s);		names and rules; CMD_USAGE after telling
 */
#ifndef CMD_SIZES_H
#define CMD_SIZES_H

#include "cmd.h"
#include "pcpu.h"

/* What x86-64 boot passes: static as linked, MODULE_RESERVE, DYNAMIC_RESERVE, one huge page. */
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
	const char *alloc, *rule, *stride;
	struct {
		bool unit, static_part, reserved, dyn, atom;
	} given;
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
	{ "space", CMD_BYTES, &(s)->space_bytes, PCPU_PAGE_BYTES, UINT64_MAX, NULL },              \
	{ "alloc", CMD_TEXT, &(s)->alloc, 0, 0, NULL },                                            \
	{ "rule", CMD_TEXT, &(s)->rule, 0, 0, NULL },                                              \
	{ "stride", CMD_TEXT, &(s)->stride, 0, 0, NULL }

/* The lines of --help for these options. */
#define CMD_SIZE_HELP                                                                              \
	"  --static B        bytes of static variables (212992)\n"                                 \
	"  --reserved B      bytes of the reserved part (8192)\n"                                  \
	"  --dyn B           bytes of dynamic space in the first chunk (28672)\n"                  \
	"  --atom B          group areas are taken in multiples of this power of two (2097152)\n"  \
	"  --unit B          force the unit size; default: as the layout chooses\n"                \
	"  --alloc CHOICE    auto, embed or page; page makes the atom one page (auto)\n"           \
	"  --rule RULE       grouping of CPUs: reference or first-member (reference)\n"            \
	"  --stride POLICY   distance of units: reference or odd (reference)\n"                    \
	"  --space B         address space that the span check assumes (32T)\n"

void cmd_sizes_init(struct cmd_sizes *sizes);
void cmd_sizes_from_log(struct cmd_sizes *sizes, const struct lab_log_layout *log);
int cmd_sizes_finish(const struct cmd *cmd, struct cmd_sizes *sizes);

#endif
