/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * fdt_facts.c - see fdt_facts.h. Two passes: the first collects the node ids, so that indices are
 * in ascending order of them whatever the order in the tree is; the second places CPUs and memory.
 */
#include "harness/firmware/fdt_facts.h"

/* A node of the tree, and the numbers of cells in its parent's children's addresses and sizes. */
struct place {
	const struct fdt *fdt;
	uint32_t node, depth;
	uint32_t address_cells, size_cells;
	bool in_cpus;
};

enum { MAX_AFFINITY = 0xffffff }; /* Aff2, Aff1, Aff0 */
enum { TOO_MANY_CELLS = 3 };	  /* fdt_number() takes no such number */

static bool fdt_has(const struct place *p, const char *property, const char *text)
{
	struct fdt_value value;

	return fdt_property(p->fdt, p->node, property, &value) && fdt_lists(&value, text);
}

static bool number_of(const struct place *p, const char *property, uint64_t *number)
{
	struct fdt_value value;

	return fdt_property(p->fdt, p->node, property, &value) && value.bytes == 4 &&
	       fdt_number(&value, 0, 1, number);
}

/* Entry i of reg; false when there are no more. */
static bool reg_entry(const struct place *p, uint32_t i, uint64_t *start, uint64_t *bytes)
{
	uint32_t first = i * (p->address_cells + p->size_cells);
	struct fdt_value reg;

	return fdt_property(p->fdt, p->node, "reg", &reg) &&
	       fdt_number(&reg, first, p->address_cells, start) &&
	       fdt_number(&reg, first + p->address_cells, p->size_cells, bytes);
}

static bool is_cpu(const struct place *p)
{
	struct fdt_value status;

	return p->in_cpus && fdt_has(p, "device_type", "cpu") &&
	       (!fdt_property(p->fdt, p->node, "status", &status) || fdt_is(&status, "okay") ||
		fdt_is(&status, "ok"));
}

static bool is_memory(const struct place *p)
{
	return p->depth == 1 && fdt_has(p, "device_type", "memory");
}

/* --- nodes ------------------------------------------------------------------------------------ */

/* Puts the id in its place in ascending order. */
static const char *node_collect(const struct place *p, struct fdt_facts *facts)
{
	struct machine_facts *m = &facts->machine;
	uint64_t id;
	uint32_t at = 0;

	if ((!is_cpu(p) && !is_memory(p)) || !number_of(p, "numa-node-id", &id))
		return NULL;
	while (at < m->nr_nodes && m->node_id[at] < id)
		at++;
	if (at < m->nr_nodes && m->node_id[at] == id)
		return NULL;
	if (m->nr_nodes == MACHINE_MAX_NODES || id >= UINT16_MAX)
		return "the device tree has more than 64 nodes, or ids over 65534";
	for (uint32_t i = m->nr_nodes++; i > at; i--)
		m->node_id[i] = m->node_id[i - 1];
	m->node_id[at] = (uint16_t)id;
	m->has_nodes = true;
	return NULL;
}

/* Index, or nr_nodes. */
static uint32_t node_find(const struct machine_facts *m, uint64_t id)
{
	uint32_t i = 0;

	while (i < m->nr_nodes && m->node_id[i] != id)
		i++;
	return i;
}

/* --- CPUs and memory -------------------------------------------------------------------------- */

static const char *cpu_place(const struct place *p, struct fdt_facts *facts)
{
	struct machine_facts *m = &facts->machine;
	struct fdt_value reg;
	uint64_t affinity, id;

	if (!fdt_property(p->fdt, p->node, "reg", &reg) ||
	    !fdt_number(&reg, 0, p->address_cells, &affinity) || affinity > MAX_AFFINITY)
		return "a CPU of the device tree has no affinity of three levels";
	for (uint32_t i = 0; i < m->nr_cpus; i++)
		if (m->hw_id[i] == affinity)
			return "the device tree lists a CPU twice";
	if (m->nr_cpus == MACHINE_MAX_CPUS)
		return "the device tree lists more than 256 CPUs";
	m->hw_id[m->nr_cpus] = (uint32_t)affinity;
	if (number_of(p, "numa-node-id", &id))
		m->cpu_node[m->nr_cpus] = (uint16_t)node_find(m, id);
	m->nr_cpus++;
	return NULL;
}

static const char *memory_place(const struct place *p, struct fdt_facts *facts)
{
	struct machine_facts *m = &facts->machine;
	uint64_t start, bytes, id;
	bool of_node = number_of(p, "numa-node-id", &id);

	for (uint32_t i = 0; reg_entry(p, i, &start, &bytes); i++) {
		if (bytes == 0)
			continue;
		if (start + bytes < start)
			return "a memory range of the device tree wraps around";
		if (facts->nr_ram == MACHINE_MAX_RANGES)
			return "the device tree has more than 64 memory ranges";
		facts->ram[facts->nr_ram++] = (struct machine_range){start, bytes, 0};
		if (!of_node)
			continue;
		m->range[m->nr_ranges] =
			(struct machine_range){start, bytes, (uint16_t)node_find(m, id)};
		m->node_memory[m->range[m->nr_ranges++].node] = true;
	}
	return NULL;
}

/* --- distances -------------------------------------------------------------------------------- */

/* A distance that is not given is that of its mirror image, else 10 or 20. */
static void distances_complete(struct machine_facts *m)
{
	for (uint32_t i = 0; i < m->nr_nodes * m->nr_nodes; i++) {
		uint32_t from = i / m->nr_nodes, to = i % m->nr_nodes;

		if (!m->distance[i])
			m->distance[i] = m->distance[to * m->nr_nodes + from];
		if (!m->distance[i])
			m->distance[i] = from == to ? PCPU_LOCAL_DISTANCE : PCPU_REMOTE_DISTANCE;
	}
}

/* Triples (from, to, distance); those about nodes that we do not know are left out. */
static const char *distances_read(const struct place *p, struct fdt_facts *facts)
{
	struct machine_facts *m = &facts->machine;
	struct fdt_value matrix;
	uint64_t from, to, distance;

	if (!fdt_property(p->fdt, p->node, "distance-matrix", &matrix) || matrix.bytes % 12)
		return "the device tree's distance map is not made of triples";
	for (uint32_t i = 0; fdt_number(&matrix, i, 1, &from); i += 3) {
		fdt_number(&matrix, i + 1, 1, &to);
		fdt_number(&matrix, i + 2, 1, &distance);
		if (from == to ? distance != PCPU_LOCAL_DISTANCE :
				 distance < PCPU_LOCAL_DISTANCE || distance > UINT8_MAX)
			return "the device tree holds an impossible distance";
		from = node_find(m, from);
		to = node_find(m, to);
		if (from < m->nr_nodes && to < m->nr_nodes)
			m->distance[from * m->nr_nodes + to] = (uint8_t)distance;
	}
	return NULL;
}

/* --- devices ---------------------------------------------------------------------------------- */

static const char *interrupts_read(const struct place *p, struct fdt_facts *facts)
{
	uint64_t bytes;

	if (!reg_entry(p, 0, &facts->distributor, &bytes) ||
	    !reg_entry(p, 1, &facts->redistributors, &facts->redistributors_bytes))
		return "the device tree's interrupt controller has no registers";
	return NULL;
}

/* A value of one cell or two, as loaders write them. */
static uint64_t chosen_number(const struct place *p, const char *property)
{
	struct fdt_value value;
	uint64_t number = 0;

	if (fdt_property(p->fdt, p->node, property, &value))
		fdt_number(&value, 0, value.bytes / 4, &number);
	return number;
}

static void chosen_read(const struct place *p, struct fdt_facts *facts)
{
	uint64_t end = chosen_number(p, "linux,initrd-end");
	struct fdt_value *line = &facts->command_line;

	facts->module = chosen_number(p, "linux,initrd-start");
	facts->module_bytes = end > facts->module ? end - facts->module : 0;
	if (facts->module_bytes == 0)
		facts->module = 0;
	if (fdt_property(p->fdt, p->node, "bootargs", line) && line->bytes)
		line->bytes--;
	else
		*line = (struct fdt_value){0};
}

static const char *device_read(const struct place *p, struct fdt_facts *facts)
{
	struct fdt_value name = fdt_name(p->fdt, p->node);
	uint64_t bytes;

	if (p->depth != 1)
		return NULL;
	if (pcpu_text_is((const char *)name.at, "chosen"))
		chosen_read(p, facts);
	if (fdt_has(p, "compatible", "arm,pl011") && !facts->uart &&
	    !reg_entry(p, 0, &facts->uart, &bytes))
		return "the device tree's serial line has no registers";
	if (fdt_has(p, "compatible", "arm,psci-0.2") || fdt_has(p, "compatible", "arm,psci-1.0")) {
		facts->has_psci = true;
		facts->psci_by_smc = fdt_has(p, "method", "smc");
	}
	if (fdt_has(p, "compatible", "arm,gic-v3"))
		return interrupts_read(p, facts);
	if (fdt_has(p, "compatible", "numa-distance-map-v1"))
		return distances_read(p, facts);
	return NULL;
}

/* --- all of it -------------------------------------------------------------------------------- */

static const char *place_read(const struct place *p, struct fdt_facts *facts)
{
	if (is_cpu(p))
		return cpu_place(p, facts);
	if (is_memory(p))
		return memory_place(p, facts);
	return device_read(p, facts);
}

/* Calls `each` for every node, with the cells of its parent (2 and 1 where it does not say). */
static const char *fdt_walk(const struct fdt *fdt, struct fdt_facts *facts,
			    const char *(*each)(const struct place *, struct fdt_facts *))
{
	uint32_t parents[FDT_MAX_DEPTH];
	struct place p = {.fdt = fdt};

	while (fdt_next(fdt, &p.node, &p.depth)) {
		struct place parent = {.fdt = fdt, .node = p.depth ? parents[p.depth - 1] : p.node};
		uint64_t address = 2, size = 1;
		const char *wrong;

		parents[p.depth] = p.node;
		number_of(&parent, "#address-cells", &address);
		number_of(&parent, "#size-cells", &size);
		p.address_cells = (uint32_t)pcpu_min64(address, TOO_MANY_CELLS);
		p.size_cells = (uint32_t)pcpu_min64(size, TOO_MANY_CELLS);
		p.in_cpus = p.depth == 2 &&
			    pcpu_text_is((const char *)fdt_name(fdt, parent.node).at, "cpus");
		wrong = each(&p, facts);
		if (wrong)
			return wrong;
	}
	return NULL;
}

const char *fdt_facts_read(const struct fdt *fdt, struct fdt_facts *facts)
{
	const char *wrong;

	memset(facts, 0, sizeof(*facts));
	wrong = fdt_walk(fdt, facts, node_collect);
	if (!wrong)
		wrong = fdt_walk(fdt, facts, place_read);
	if (wrong)
		return wrong;
	facts->machine.nr_nodes += !facts->machine.has_nodes;
	distances_complete(&facts->machine);
	if (facts->machine.nr_cpus == 0)
		return "the device tree lists no CPU";
	return facts->nr_ram ? NULL : "the device tree lists no memory";
}
