/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * fdt.h - a bounded reader of flattened device trees (Devicetree Specification v0.4, 5).
 *
 *	header | ... | structure: BEGIN_NODE name {PROP ...} {node ...} END_NODE ... END | strings
 *
 * fdt_open() walks the whole structure once and refuses what is not well-formed, so that the other
 * functions cannot fail half-way and read nothing outside the blob. Pure functions over bytes; also
 * compiled for the host, where their tests are.
 */
#ifndef BOOT_FDT_H
#define BOOT_FDT_H

#include <pcpu/base.h>

enum { FDT_MAX_DEPTH = 16, FDT_NO_NODE = 0 };

struct fdt {
	const uint8_t *at;
	uint32_t structure, structure_end, strings, strings_end; /* offsets */
};

/* A property's value, or a name. */
struct fdt_value {
	const uint8_t *at;
	uint32_t bytes;
};

/* NULL, or what was wrong, a constant sentence. Reads at most room bytes. */
const char *fdt_open(const void *blob, uint64_t capacity, struct fdt *fdt);

/*
 * Nodes in the order of the blob: *node FDT_NO_NODE: the root comes, else the one after *node,
 * *depth (0: the root) follows. False: there are no more.
 */
bool fdt_next(const struct fdt *fdt, uint32_t *node, uint32_t *depth);

struct fdt_value fdt_name(const struct fdt *fdt, uint32_t node);
/* False: the node has no such property. */
bool fdt_property(const struct fdt *fdt, uint32_t node, const char *name, struct fdt_value *value);

/* Is the value exactly this string? Is the string one of its list? */
bool fdt_is(const struct fdt_value *value, const char *text);
bool fdt_lists(const struct fdt_value *value, const char *text);

/* The number in `cells` (1 or 2) cells from cell `first` on; false: the value is too short. */
bool fdt_number(const struct fdt_value *value, uint32_t first, uint32_t cells, uint64_t *number);

#endif
