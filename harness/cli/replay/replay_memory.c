/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * replay_memory.c - estimates the memory of the first chunk before it is allocated.
 *
 *	embed	the complete areas of all groups; the rest behind each unit's parts is given back
 *	afterwards page the pages of the parts, for each CPU
 *
 * A machine would not refuse memory that it cannot spare: the kernel would kill some process.
 */
#include <stdlib.h>

#include "harness/cli/replay/replay_machine.h"
#include "harness/platform/hosted/hosted.h"

/* From here on a line is printed; embed's areas of usual machines are far below. */
#define MUCH_BYTES (UINT64_C(512) << 20)

static double memory_gib(uint64_t bytes)
{
	return (double)bytes / (1 << 30);
}

/* Returns what embed takes; 0 when embed would be refused. */
static uint64_t embed_bytes(const struct pcpu_topology *topology, const struct cmd_sizes *sizes,
			    void *memory)
{
	struct pcpu_layout layout;
	uint64_t bytes = 0;

	if (pcpu_layout_build(topology, &sizes->sizes, memory, &layout) != PCPU_OK ||
	    !pcpu_span_fits(pcpu_layout_span(&layout), sizes->space_bytes))
		return 0;
	for (uint32_t i = 0; i < layout.nr_groups; i++)
		bytes += layout.group[i].area_bytes;
	return bytes;
}

static uint64_t page_bytes(const struct pcpu_topology *topology, const struct cmd_sizes *sizes,
			   void *memory)
{
	struct pcpu_topology flat = *topology;
	struct pcpu_sizes paged = pcpu_sizes_paged(&sizes->sizes);
	struct pcpu_layout layout;

	flat.distance = NULL;
	if (pcpu_layout_build(&flat, &paged, memory, &layout) != PCPU_OK)
		return 0;
	return (uint64_t)layout.nr_possible * layout.size_sum_bytes;
}

int replay_memory_check(const struct replay_machine *machine)
{
	const struct pcpu_topology *topology = &machine->topology->table;
	const struct cmd_sizes *sizes = &machine->sizes;
	void *memory = malloc(pcpu_layout_memory(topology));
	const char *advice = "";
	uint64_t bytes = 0, spare;

	if (!memory)
		return cmd_usage(machine->cmd, "no memory for a layout");
	if (sizes->choice != PCPU_CHOICE_PAGE)
		bytes = embed_bytes(topology, sizes, memory);
	if (bytes)
		advice = " (--alloc page takes what the parts need)";
	else
		bytes = page_bytes(topology, sizes, memory);
	free(memory);
	if (!hosted_spare_bytes("", &spare))
		return cmd_usage(machine->cmd, "cannot find out how much memory there is");
	if (bytes > spare)
		return cmd_usage(machine->cmd,
				 "the first chunk takes %.1f GiB at first, and %.1f "
				 "GiB of this machine's memory are available%s",
				 memory_gib(bytes), memory_gib(spare), advice);
	if (bytes >= MUCH_BYTES)
		fprintf(stderr,
			"lab %s: the first chunk takes %.1f GiB at first, of %.1f GiB "
			"available%s\n", machine->cmd->name,
			memory_gib(bytes), memory_gib(spare), advice);
	return CMD_OK;
}
