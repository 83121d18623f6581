/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * sizes.c - the size options that `layout` and `replay` share: defaults, the names of rules, and
 * checks before a layout is built, so that the message for a wrong number names its option.
 */
#include "harness/cli/layout/sizes.h"

#include <string.h>

void cmd_sizes_init(struct cmd_sizes *sizes)
{
	*sizes = (struct cmd_sizes){
		.sizes = {
			.static_bytes = CMD_STATIC_BYTES,
			.reserved_bytes = CMD_RESERVED_BYTES,
			.dyn_bytes = CMD_DYN_BYTES,
			.atom_bytes = CMD_ATOM_BYTES,
		},
		.space_bytes = CMD_SPACE_BYTES,
		.alloc = "auto",
		.stride = "reference",
	};
}

const char *const cmd_rule_names[CMD_NR_RULES] = { "reference", "first-member" };
const char *const cmd_stride_names[CMD_NR_STRIDES] = { "reference", "odd", "skewed" };

/* Returns the index of value among nr names; nr when it is none of them. */
static unsigned name_index(const char *value, const char *const names[], unsigned nr)
{
	unsigned i = 0;

	while (i < nr && strcmp(value, names[i]) != 0)
		i++;
	return i;
}

static int names_finish(const struct cmd *cmd, struct cmd_sizes *s)
{
	static const char *const allocs[] = { "auto", "embed", "page" };
	unsigned alloc = name_index(s->alloc, allocs, 3);
	unsigned rule = name_index(s->rule ? s->rule : cmd_rule_names[0], cmd_rule_names,
				   CMD_NR_RULES);
	unsigned stride = name_index(s->stride, cmd_stride_names, CMD_NR_STRIDES);

	if (alloc == 3)
		return cmd_usage(cmd, "--alloc %s: auto, embed or page was expected", s->alloc);
	if (rule == CMD_NR_RULES)
		return cmd_usage(cmd, "--rule %s: reference or first-member was expected",
				 s->rule);
	if (stride == CMD_NR_STRIDES)
		return cmd_usage(cmd, "--stride %s: reference, odd or skewed was expected",
				 s->stride);
	s->rule = cmd_rule_names[rule];
	s->choice = (enum pcpu_choice)alloc;
	s->sizes.rule = (enum pcpu_rule)rule;
	s->sizes.stride = (enum pcpu_stride)stride;
	return CMD_OK;
}

/* A named set gives the values for which there is no option. */
static int kernel_finish(const struct cmd *cmd, struct cmd_sizes *sizes)
{
	const struct cmd_kernel_set *set;

	if (!sizes->kernel)
		return CMD_OK;
	set = cmd_kernel_find(sizes->kernel);
	if (!set)
		return cmd_usage(cmd, "--kernel %s: " CMD_KERNEL_NAMES " was expected",
				 sizes->kernel);
	if (!sizes->given.min_unit)
		sizes->sizes.min_unit_bytes = set->min_unit_bytes;
	if (!sizes->given.early_dyn)
		sizes->sizes.dyn_early_bytes = set->dyn_early_bytes;
	if (!sizes->rule)
		sizes->rule = set->rule;
	if (strcmp(sizes->alloc, "page") == 0 && !sizes->sizes.dyn_early_bytes)
		return cmd_usage(cmd, "--kernel %s: its least dynamic space, which --alloc page "
				 "takes, is not known: --early-dyn B was expected", sizes->kernel);
	return CMD_OK;
}

/* Returns the bytes that one unit must hold (SPEC.md 2.1). */
static uint64_t size_sum(const struct pcpu_sizes *s)
{
	uint64_t dyn = pcpu_max64(s->dyn_bytes, pcpu_sizes_dyn_early(s));

	return pcpu_align_up(s->static_bytes + s->reserved_bytes + dyn, pcpu_sizes_page(s));
}

/* The page allocator has its own dynamic part and atom (SPEC.md 3): given values must agree. */
static int page_choice_finish(const struct cmd *cmd, struct cmd_sizes *sizes)
{
	struct pcpu_sizes *s = &sizes->sizes;
	struct pcpu_sizes paged = pcpu_sizes_paged(s);
	unsigned long long start = s->static_bytes + s->reserved_bytes;

	if (sizes->given.atom && s->atom_bytes != paged.atom_bytes)
		return cmd_usage(cmd, "--atom: with --alloc page the atom is one page, %llu bytes",
				 (unsigned long long)paged.atom_bytes);
	if (sizes->given.dyn && size_sum(s) != size_sum(&paged))
		return cmd_usage(cmd, "--dyn: with --alloc page the dynamic part is the least and "
				 "the rest of its last page, here %llu bytes (--early-dyn)",
				 size_sum(&paged) - start);
	*s = paged;
	return CMD_OK;
}

/* Checks page, atom and unit, each alone and together. */
static int numbers_check(const struct cmd *cmd, const struct pcpu_sizes *s)
{
	unsigned long long page = pcpu_sizes_page(s);
	unsigned long long least = pcpu_max64(size_sum(s), pcpu_sizes_min_unit(s));
	bool skewed = s->stride == PCPU_STRIDE_SKEWED;

	least += skewed ? page : 0;
	if (!pcpu_is_pow2(s->atom_bytes) || s->atom_bytes < page)
		return cmd_usage(cmd, "--atom: a power of two of at least the page, %llu bytes, "
				 "was expected", page);
	if (s->unit_bytes % page != 0)
		return cmd_usage(cmd, "--unit: a multiple of the page, %llu bytes, was expected",
				 page);
	if (s->unit_bytes != 0 && s->unit_bytes < least)
		return cmd_usage(cmd, "--unit: at least the %llu bytes of static, reserved and "
				 "dynamic parts, or of --min-unit%s, were expected", least,
				 skewed ? ", and of the page that a skewed stride takes" : "");
	if (size_sum(s) > PCPU_MAX_UNIT_BYTES)
		return cmd_usage(cmd, "static, reserved and dynamic parts of at most %u bytes "
				 "together were expected", PCPU_MAX_UNIT_BYTES);
	return CMD_OK;
}

int cmd_sizes_names(const struct cmd *cmd, struct cmd_sizes *sizes)
{
	int status = kernel_finish(cmd, sizes);

	if (status == CMD_OK)
		status = names_finish(cmd, sizes);
	if (status == CMD_OK && !pcpu_is_pow2(pcpu_sizes_page(&sizes->sizes)))
		status = cmd_usage(cmd, "--page: 4K, 8K, 16K, 32K or 64K was expected");
	return status;
}

int cmd_sizes_finish(const struct cmd *cmd, struct cmd_sizes *sizes,
		     const struct lab_log_layout *log, const struct pcpu_topology *topology)
{
	struct pcpu_sizes *s = &sizes->sizes;
	int status = cmd_sizes_names(cmd, sizes);

	if (status == CMD_OK && log)
		status = cmd_sizes_from_log(cmd, sizes, log, topology);
	if (status == CMD_OK && sizes->choice == PCPU_CHOICE_PAGE)
		status = page_choice_finish(cmd, sizes);
	return status == CMD_OK ? numbers_check(cmd, s) : status;
}
