/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * sizes.c - the size options that `layout` and `replay` share: defaults, the names of rules, and
 * what must hold before a layout is asked for, so that a wrong number is told by its option.
 */
#include "sizes.h"

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
		.rule = "reference",
		.stride = "reference",
	};
}

void cmd_sizes_from_log(struct cmd_sizes *sizes, const struct lab_log_layout *log)
{
	struct pcpu_sizes *to = &sizes->sizes;

	if (!sizes->given.static_part)
		to->static_bytes = log->sizes.static_bytes;
	if (!sizes->given.reserved)
		to->reserved_bytes = log->sizes.reserved_bytes;
	if (!sizes->given.dyn)
		to->dyn_bytes = log->sizes.dyn_bytes;
	if (!sizes->given.atom)
		to->atom_bytes = log->sizes.atom_bytes;
}

/* The index of value among nr names; nr when it is none of them. */
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
	static const char *const rules[] = { "reference", "first-member" };
	static const char *const strides[] = { "reference", "odd" };
	unsigned alloc = name_index(s->alloc, allocs, 3);
	unsigned rule = name_index(s->rule, rules, 2);
	unsigned stride = name_index(s->stride, strides, 2);

	if (alloc == 3)
		return cmd_usage(cmd, "--alloc %s: auto, embed or page was expected", s->alloc);
	if (rule == 2)
		return cmd_usage(cmd, "--rule %s: reference or first-member was expected",
				 s->rule);
	if (stride == 2)
		return cmd_usage(cmd, "--stride %s: reference or odd was expected", s->stride);
	s->choice = (enum pcpu_choice)alloc;
	s->sizes.rule = (enum pcpu_rule)rule;
	s->sizes.stride = (enum pcpu_stride)stride;
	return CMD_OK;
}

/* Bytes that one unit must hold (SPEC.md 2.1). */
static uint64_t size_sum(const struct pcpu_sizes *s)
{
	uint64_t dyn = pcpu_max64(s->dyn_bytes, PCPU_DYNAMIC_EARLY_BYTES);

	return pcpu_align_up(s->static_bytes + s->reserved_bytes + dyn, PCPU_PAGE_BYTES);
}

int cmd_sizes_finish(const struct cmd *cmd, struct cmd_sizes *sizes)
{
	struct pcpu_sizes *s = &sizes->sizes;
	int status = names_finish(cmd, sizes);

	if (status != CMD_OK)
		return status;
	if (sizes->choice == PCPU_CHOICE_PAGE && sizes->given.atom &&
	    s->atom_bytes != PCPU_PAGE_BYTES)
		return cmd_usage(cmd, "--atom: with --alloc page the atom is one page, %u bytes",
				 PCPU_PAGE_BYTES);
	if (sizes->choice == PCPU_CHOICE_PAGE)
		s->atom_bytes = PCPU_PAGE_BYTES;
	if (!pcpu_is_pow2(s->atom_bytes))
		return cmd_usage(cmd, "--atom: a power of two was expected");
	if (s->unit_bytes % PCPU_PAGE_BYTES != 0)
		return cmd_usage(cmd, "--unit: a multiple of the page, %u bytes, was expected",
				 PCPU_PAGE_BYTES);
	if (s->unit_bytes != 0 && s->unit_bytes < size_sum(s))
		return cmd_usage(cmd, "--unit: at least the %llu bytes of static, reserved and "
				 "dynamic parts were expected", (unsigned long long)size_sum(s));
	if (size_sum(s) > PCPU_MAX_UNIT_BYTES)
		return cmd_usage(cmd, "static, reserved and dynamic parts of at most %u bytes "
				 "together were expected", PCPU_MAX_UNIT_BYTES);
	return CMD_OK;
}
