/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* setup_write.c - see setup_write.h. */
#include "fuzz/targets/setup_write.h"
#include "harness/text/text.h"
#include "fuzz/targets/write_line.h"

enum { LINE_BYTES = 400 };

/* --- the machine ------------------------------------------------------------------------------ */

/* element() gives the n-th number. */
static void write_table(const char *head, uint32_t nr,
			uint64_t (*element)(const void *table, uint32_t n), const void *table,
			void (*line)(const char *text))
{
	char capacity[LINE_BYTES];
	struct lab_text text;

	lab_text_init(&text, capacity, sizeof(capacity));
	lab_put(&text, head);
	for (uint32_t i = 0; i < nr; i++) {
		if (text.bytes > 90) {
			line(capacity);
			lab_text_init(&text, capacity, sizeof(capacity));
			lab_put(&text, "\t\t");
		}
		lab_put_u64(&text, element(table, i));
		lab_put(&text, i + 1 < nr ? ", " : "};");
	}
	line(capacity);
}

static uint64_t element_16(const void *table, uint32_t n)
{
	return ((const uint16_t *)table)[n];
}

static uint64_t element_8(const void *table, uint32_t n)
{
	return ((const uint8_t *)table)[n];
}

void setup_write_topology(const struct pcpu_topology *topology, void (*line)(const char *text))
{
	const uint32_t nr_nodes = topology->nr_nodes;

	write_table("\tstatic const uint16_t cpu_node[] = {", topology->nr_cpu_ids, element_16,
		    topology->cpu_node, line);
	write_table("\tstatic const uint16_t node_id[] = {", nr_nodes, element_16,
		    topology->node_id, line);
	if (topology->node_state)
		write_table("\tstatic const uint8_t node_state[] = {", nr_nodes, element_8,
			    topology->node_state, line);
	if (topology->distance)
		write_table("\tstatic const uint8_t distance[] = {", nr_nodes * nr_nodes, element_8,
			    topology->distance, line);
	line("\tstatic const struct pcpu_topology topology = {");
	write_line(line,
		   "\t\t.nr_cpu_ids = @, .nr_nodes = @, .cpu_node = cpu_node, .node_id = node_id,",
		   (const uint64_t[]){topology->nr_cpu_ids, nr_nodes}, NULL);
	if (topology->node_state)
		line("\t\t.node_state = node_state,");
	if (topology->distance)
		line("\t\t.distance = distance,");
	line("\t};");
}

/* --- configurations ------------------------------------------------------------------------- */

void setup_write_sim(const char *name, const struct sim_config *sim, void (*line)(const char *text))
{
	write_line(line, "\t\t$ = {", NULL, &name);
	write_line(line, "\t\t\t.topology = &topology, .pages_per_node = @, .address_seed = @,",
		   (const uint64_t[]){sim->pages_per_node, sim->address_seed}, NULL);
	write_line(line, "\t\t\t.area_gap_bytes = @, .backwards = @, .flush_needed = @,",
		   (const uint64_t[]){sim->area_gap_bytes, sim->backwards, sim->flush_needed},
		   NULL);
	if (sim->pages_zeroed)
		line("\t\t\t.pages_zeroed = true,");
	line("\t\t},");
}

void setup_write_pcpu(const char *name, const struct pcpu_config *pcpu,
		      void (*line)(const char *text))
{
	static const char *const choices[] = {
		[PCPU_CHOICE_AUTO] = "PCPU_CHOICE_AUTO",
		[PCPU_CHOICE_EMBED] = "PCPU_CHOICE_EMBED",
		[PCPU_CHOICE_PAGE] = "PCPU_CHOICE_PAGE",
	};
	const struct pcpu_sizes *sizes = &pcpu->sizes;

	write_line(line, "\t\t$ = {", NULL, &name);
	line("\t\t\t.topology = &topology,");
	line("\t\t\t.sizes = {");
	write_line(line, "\t\t\t\t.static_bytes = @, .reserved_bytes = @, .dyn_bytes = @,",
		   (const uint64_t[]){sizes->static_bytes, sizes->reserved_bytes, sizes->dyn_bytes},
		   NULL);
	write_line(line, "\t\t\t\t.atom_bytes = @, .unit_bytes = @, .rule = @, .stride = @,",
		   (const uint64_t[]){sizes->atom_bytes, sizes->unit_bytes, sizes->rule,
				      sizes->stride},
		   NULL);
	line("\t\t\t},");
	write_line(line, "\t\t\t.choice = $, .auto_means_page = @, .static_start = @,",
		   (const uint64_t[]){pcpu->auto_means_page, pcpu->static_start},
		   &choices[pcpu->choice]);
	if (pcpu->front)
		line("\t\t\t.front = true,");
	write_line(line, "\t\t\t.engine = pcpu_engine_find(\"$\"), .space_bytes = @,",
		   (const uint64_t[]){pcpu->space_bytes}, &pcpu->engine->name);
	line(pcpu->backing == PCPU_BACKING_KM ? "\t\t\t.backing = PCPU_BACKING_KM," :
						"\t\t\t.backing = PCPU_BACKING_VM,");
	line("\t\t},");
}
