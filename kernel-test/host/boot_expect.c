/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * boot_expect.c - computes on the host what the image must print: the layout of the machine that
 * QEMU emulates, and the run hash of the same trace on the hosted platform.
 */
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "kernel-test/host/boot.h"
#include "harness/platform/hosted/hosted.h"
#include "harness/text/layout_text.h"
#include "harness/check/run/run.h"
#include "harness/cli/layout/sizes.h"

enum { LAYOUT_ROOM = 1 << 16, HASH_CPUS = 8 };

/* --- layout ----------------------------------------------------------------------------------- */

/* Builds the topology from our table, without data from the image. */
static void machine_topology(const struct boot_machine *m, struct lab_topology *t)
{
	for (uint32_t cpu = 0; cpu < boot_nr_possible(m); cpu++)
		t->cpu_node[cpu] = (uint16_t)boot_cpu_node(m, cpu);
	for (uint32_t i = 0; i < m->nr_nodes * m->nr_nodes; i++)
		t->distance[i] = (uint8_t)boot_distance(m, i / m->nr_nodes, i % m->nr_nodes);
	for (uint32_t node = 0; node < m->nr_nodes; node++)
		t->node_id[node] = (uint16_t)node;
	t->table = (struct pcpu_topology){
		.nr_cpu_ids = boot_nr_possible(m),
		.nr_nodes = m->nr_nodes,
		.cpu_node = t->cpu_node,
		.node_id = t->node_id,
		.distance = m->page || m->fall_back ? NULL : t->distance,
	};
}

/* Returns the lines for those sizes on that machine; malloc'ed. */
static char *layout_lines(const struct boot_machine *m, const struct pcpu_sizes *sizes)
{
	struct lab_topology *t = g_new0(struct lab_topology, 1);
	char *lines = g_malloc0(LAYOUT_ROOM);
	struct pcpu_layout layout;
	struct lab_text text;
	void *memory;

	machine_topology(m, t);
	memory = g_malloc(pcpu_layout_memory(&t->table));
	lab_text_init(&text, lines, LAYOUT_ROOM);
	if (pcpu_layout_build(&t->table, sizes, memory, &layout) == PCPU_OK)
		lab_put_layout(&text, &layout);
	free(memory);
	free(t);
	return lines;
}

bool boot_layout_equal(const struct boot_machine *machine, const struct boot_output *output,
		       char **why)
{
	struct lab_topology *seen = g_new0(struct lab_topology, 1);
	struct lab_log_layout log;
	struct lab_error error;
	char *expected = NULL;
	bool equal = false;

	*why = NULL;
	if (!output->layout->len ||
	    !lab_log_parse(output->layout->str, output->layout->len, seen, &log, &error)) {
		*why = g_strdup("the image printed no whole layout");
	} else {
		log.sizes.page_bytes = machine->page_bytes;
		expected = layout_lines(machine, &log.sizes);
		equal = strcmp(expected, output->layout->str) == 0;
		if (!equal)
			*why = g_strdup_printf("the layout is\n%sthe host makes it\n%s",
					       output->layout->str, expected);
	}
	free(expected);
	free(seen);
	return equal;
}

/* Returns the kernel's own lines from its file, without their prefixes; malloc'ed. NULL after
   printing a diagnostic. */
static char *golden_lines(const char *name)
{
	char *path = cmd_path("corpus/layouts/%s.expect", name), *text = NULL, *lines, *end;
	size_t bytes;

	if (cmd_read_file(path, &text, &bytes)) {
		for (lines = text; *lines == '#'; lines = *end ? end + 1 : end)
			end = strchrnul(lines, '\n');
		memmove(text, lines, strlen(lines) + 1);
	}
	free(path);
	return text;
}

bool boot_layout_golden(const struct boot_machine *machine, const struct boot_output *output,
			char **why)
{
	char *expected;
	bool equal;

	*why = NULL;
	if (!machine->golden)
		return true;
	expected = golden_lines(machine->golden);
	equal = expected && strcmp(expected, output->layout->str) == 0;
	if (!equal)
		*why = g_strdup_printf("the layout is\n%sa real kernel made it\n%s",
				       output->layout->str,
				       expected ? expected : "(corpus/layouts has it not)");
	free(expected);
	return equal;
}

/* --- run hash --------------------------------------------------------------------------------- */

static bool expect_replay(struct plat *plat, const struct pcpu_config *config,
			  const struct lab_trace *trace, uint64_t *hash)
{
	const struct lab_run_options options = {.check = LAB_CHECK_NONE};
	struct lab_result result;
	struct pcpu *pcpu;
	void *scratch;
	bool clean;

	if (pcpu_create(config, &pcpu) != PCPU_OK)
		return false;
	scratch = aligned_alloc(64, pcpu_round_up(lab_run_memory(trace, pcpu, &options), 64));
	if (!scratch)
		abort();
	memset(scratch, 0, lab_run_memory(trace, pcpu, &options));
	clean = lab_run(plat, pcpu, trace, &options, scratch, &result);
	*hash = result.hash;
	free(scratch);
	pcpu_destroy(pcpu);
	return clean;
}

/* With another page size the dynamic part is rounded differently; placements depend only on the
   sizes, so this machine's pages can be used for all. */
static void sizes_for_page(const struct pcpu_topology *topology, uint32_t page_bytes,
			   struct pcpu_sizes *sizes)
{
	void *memory = g_malloc(pcpu_layout_memory(topology));
	struct pcpu_layout layout;

	sizes->page_bytes = page_bytes;
	if (pcpu_layout_build(topology, sizes, memory, &layout) != PCPU_OK)
		abort(); /* the arguments are constants */
	sizes->page_bytes = 0;
	sizes->dyn_bytes = layout.dyn_bytes;
	sizes->unit_bytes = layout.unit_bytes;
	free(memory);
}

bool boot_host_hash(const char *text, size_t bytes, uint32_t page_bytes, uint64_t *hash,
		    struct lab_error *error)
{
	static const uint16_t cpu_node[HASH_CPUS], node_id[1];
	const struct pcpu_topology topology = {
		.nr_cpu_ids = HASH_CPUS, .nr_nodes = 1, .cpu_node = cpu_node, .node_id = node_id};
	const struct hosted_config hosted = {.topology = &topology, .record_misuse = true};
	struct pcpu_config config = {
		.topology = &topology,
		.static_start = (uintptr_t)1 << 47,
		.space_bytes = CMD_SPACE_BYTES,
		.sizes = {.static_bytes = CMD_STATIC_BYTES,
			  .reserved_bytes = CMD_RESERVED_BYTES,
			  .dyn_bytes = CMD_DYN_BYTES,
			  .atom_bytes = CMD_ATOM_BYTES},
	};
	size_t capacity = lab_trace_lines(text, bytes) + 1;
	struct lab_op *ops = g_new0(struct lab_op, capacity);
	uint8_t *ids = g_malloc0_n(capacity, 1);
	struct lab_trace trace;
	bool good;

	good = lab_trace_parse(text, bytes, ops, capacity, ids, capacity, &trace, error);
	if (good)
		*error = (struct lab_error){.line = 1, .expected = "a trace that `replay` takes"};
	sizes_for_page(&topology, page_bytes, &config.sizes);
	config.plat = good ? hosted_create(&hosted) : NULL;
	good = config.plat && expect_replay(config.plat, &config, &trace, hash);
	if (config.plat)
		hosted_destroy(config.plat);
	free(ids);
	free(ops);
	return good;
}
