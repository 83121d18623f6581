/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * sizes_log.c - combines a kernel log's sizes with those of the command line.
 *
 *	explicit option  >  log  >  --kernel  >  default
 *
 * R1  An option that contradicts the log is refused, by its name.
 * R2  A log does not show the least unit of its kernel. Of the known ones that is used which gives
 *     the log's unit; if none does, the first stays, and the lines will not agree.
 */
#include "harness/cli/layout/sizes.h"

#include <stdlib.h>

static unsigned long long sizes_ull(uint64_t n)
{
	return n;
}

/* Returns the dynamic part that these sizes give. */
static uint64_t dyn_rounded(const struct pcpu_sizes *s)
{
	uint64_t start = s->static_bytes + s->reserved_bytes;
	uint64_t dyn = pcpu_max64(s->dyn_bytes, pcpu_sizes_dyn_early(s));

	return pcpu_align_up(start + dyn, pcpu_sizes_page(s)) - start;
}

static int page_from_log(const struct cmd *cmd, struct cmd_sizes *sizes,
			 const struct lab_log_layout *log)
{
	const struct pcpu_sizes *shown = &log->sizes;
	uint64_t sum = shown->static_bytes + shown->reserved_bytes + shown->dyn_bytes;
	uint64_t page = sizes->sizes.page_bytes;

	if (!sizes->given.page) {
		sizes->sizes.page_bytes = shown->page_bytes;
		return CMD_OK;
	}
	if (shown->page_bytes && shown->page_bytes != page)
		return cmd_usage(cmd, "--page %llu: the log has pages of %llu bytes",
				 sizes_ull(page), sizes_ull(shown->page_bytes));
	if (sum % page)
		return cmd_usage(cmd,
				 "--page %llu: the log's %llu bytes of static, reserved and "
				 "dynamic parts are no multiple of it",
				 sizes_ull(page), sizes_ull(sum));
	return CMD_OK;
}

/* Reports the first option that contradicts the log. */
static int sizes_contradiction(const struct cmd *cmd, const struct cmd_sizes *sizes,
			       const struct lab_log_layout *log)
{
	const struct pcpu_sizes *s = &sizes->sizes, *shown = &log->sizes;
	const struct {
		const char *name;
		bool given;
		uint64_t value, shown;
	} equal[] = {
		{ "static", sizes->given.static_part, s->static_bytes, shown->static_bytes },
		{ "reserved", sizes->given.reserved, s->reserved_bytes, shown->reserved_bytes },
		{ "atom", sizes->given.atom, s->atom_bytes, shown->atom_bytes },
		{ "unit", sizes->given.unit && log->unit_bytes, s->unit_bytes, log->unit_bytes },
	};
	struct pcpu_sizes with_dyn = *shown;

	for (size_t i = 0; i < sizeof(equal) / sizeof(equal[0]); i++)
		if (equal[i].given && equal[i].value != equal[i].shown)
			return cmd_usage(cmd, "--%s %llu: the log has %llu", equal[i].name,
					 sizes_ull(equal[i].value), sizes_ull(equal[i].shown));
	if (sizes->given.early_dyn && s->dyn_early_bytes > shown->dyn_bytes)
		return cmd_usage(cmd, "--early-dyn %llu: the log has a dynamic part of %llu",
				 sizes_ull(s->dyn_early_bytes), sizes_ull(shown->dyn_bytes));
	with_dyn.page_bytes = s->page_bytes;
	with_dyn.dyn_early_bytes = s->dyn_early_bytes;
	with_dyn.dyn_bytes = s->dyn_bytes;
	if (sizes->given.dyn && dyn_rounded(&with_dyn) != shown->dyn_bytes)
		return cmd_usage(cmd, "--dyn %llu: the log has %llu", sizes_ull(s->dyn_bytes),
				 sizes_ull(shown->dyn_bytes));
	return CMD_OK;
}

/* Returns whether these sizes give the log's unit on the log's machine. */
static bool gives_unit(const struct pcpu_sizes *sizes, const struct pcpu_topology *topology,
		       const struct lab_log_layout *log, void *memory)
{
	struct pcpu_layout layout;

	return pcpu_layout_build(topology, sizes, memory, &layout) == PCPU_OK &&
	       layout.unit_bytes == log->unit_bytes && layout.upa == log->upa;
}

/* R2. Without a unit in the log the least unit is not changed. */
static int min_unit_fit(const struct cmd *cmd, struct cmd_sizes *sizes,
			const struct lab_log_layout *log, const struct pcpu_topology *topology)
{
	static const uint64_t known[] = { 0, 64 << 10 }; /* base.h's, and that of 2.6.32 */
	struct pcpu_sizes trial = sizes->sizes;
	void *memory;
	bool fits;

	if (!log->unit_bytes)
		return CMD_OK;
	trial.stride = PCPU_STRIDE_REFERENCE;
	memory = malloc(pcpu_layout_memory(topology));
	if (!memory)
		return cmd_usage(cmd, "out of memory");
	fits = gives_unit(&trial, topology, log, memory);
	for (size_t i = 0; !fits && !sizes->given.min_unit && i < sizeof(known) / sizeof(known[0]);
	     i++) {
		trial.min_unit_bytes = known[i];
		fits = gives_unit(&trial, topology, log, memory);
	}
	free(memory);
	if (fits)
		sizes->sizes.min_unit_bytes = trial.min_unit_bytes;
	else if (sizes->given.min_unit)
		return cmd_usage(cmd,
				 "--min-unit %llu: the log has units of %llu, %u to an "
				 "allocation, which do not come of it",
				 sizes_ull(sizes->sizes.min_unit_bytes), sizes_ull(log->unit_bytes),
				 log->upa);
	return CMD_OK;
}

int cmd_sizes_from_log(const struct cmd *cmd, struct cmd_sizes *sizes,
		       const struct lab_log_layout *log, const struct pcpu_topology *topology)
{
	struct pcpu_sizes *to = &sizes->sizes;
	int status = page_from_log(cmd, sizes, log);

	if (status == CMD_OK)
		status = sizes_contradiction(cmd, sizes, log);
	if (status != CMD_OK)
		return status;
	to->static_bytes = log->sizes.static_bytes;
	to->reserved_bytes = log->sizes.reserved_bytes;
	to->dyn_bytes = log->sizes.dyn_bytes;
	to->atom_bytes = log->sizes.atom_bytes;
	if (log->unit_bytes)
		to->unit_bytes = 0; /* the log's, by the rule: not forced */
	return min_unit_fit(cmd, sizes, log, topology);
}
