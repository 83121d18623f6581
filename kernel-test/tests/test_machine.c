/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_machine.c - the machine found is the one that the runner built, and set-up filled the units
   correctly. */
#include "kernel-test/common/bare.h"
#include "kernel-test/common/machine.h"
#include "kernel-test/common/memory.h"
#include "kernel-test/common/needs.h"
#include "kernel-test/common/smp.h"
#include "kernel-test/common/tap.h"
#include "kernel-test/common/vars.h"

enum { OPTION_BYTES = 1024 };

/* Are the numbers of "NAME=1,2,3" those of value(0), value(1) ... value(nr - 1)? */
static const char *list_equals(const char *name, uint32_t nr, uint64_t (*value)(uint32_t i))
{
	char text[OPTION_BYTES];
	const char *at = text;

	if (!machine_option(name, text, sizeof(text)))
		SKIP("the command line does not say");
	for (uint32_t i = 0; i < nr; i++) {
		size_t digits = 0;
		uint64_t n;

		while (at[digits] && at[digits] != ',')
			digits++;
		CHECK(lab_parse_u64(at, digits, UINT32_MAX, &n));
		CHECK(n == value(i));
		at += digits + (at[digits] == ',');
	}
	CHECK(*at == 0);
	return NULL;
}

static uint64_t nr_cpus(uint32_t i)
{
	return machine.facts.nr_cpus;
}

static uint64_t nr_possible(uint32_t i)
{
	return nr_cpu_ids;
}

static uint64_t nr_nodes(uint32_t i)
{
	return machine.facts.nr_nodes;
}

static uint64_t hw_id_of(uint32_t cpu)
{
	return machine.facts.hw_id[cpu];
}

static uint64_t node_id_of(uint32_t cpu)
{
	return machine.facts.node_id[machine.facts.cpu_node[cpu]];
}

static uint64_t distance_of(uint32_t i)
{
	return machine.facts.distance[i];
}

const char *test_cpus(void)
{
	return list_equals("cpus", 1, nr_cpus);
}

/* Those that are there, and those that may come. */
const char *test_possible(void)
{
	return list_equals("possible", 1, nr_possible);
}

const char *test_nodes(void)
{
	return list_equals("nodes", 1, nr_nodes);
}

const char *test_hw_ids(void)
{
	return list_equals("hw_ids", nr_cpu_ids, hw_id_of);
}

const char *test_cpu_nodes(void)
{
	return list_equals("cpu_nodes", nr_cpu_ids, node_id_of);
}

const char *test_distances(void)
{
	return list_equals("distances", machine.facts.nr_nodes * machine.facts.nr_nodes,
			   distance_of);
}

const char *test_all_online(void)
{
	CHECK(smp_nr_online() == machine.facts.nr_cpus);
	return NULL;
}

/* --- the static part -------------------------------------------------------------------------- */

/* Variables that differ from the template by design, each checked by a test of its own. */
static bool may_differ(uint32_t offset)
{
	const struct {
		uintptr_t at;
		size_t bytes;
	} changed[] = {
		{(uintptr_t)&canary_page.canary, sizeof(uint64_t)},
		{(uintptr_t)&irq_stack, IRQ_STACK_BYTES},
		{(uintptr_t)&irq_stack_top, sizeof(uintptr_t)},
		{(uintptr_t)&this_cpu_off, sizeof(uintptr_t)},
		{(uintptr_t)&cpu_number, sizeof(uint32_t)},
		{(uintptr_t)&hw_id, sizeof(uint32_t)},
		{(uintptr_t)&cpu_node, sizeof(uint16_t)},
		{(uintptr_t)&reader_depth, sizeof(uint32_t)},
		{(uintptr_t)&reader_flags, sizeof(uint64_t)},
	};

	for (size_t i = 0; i < sizeof(changed) / sizeof(changed[0]); i++)
		if (offset - changed[i].at < changed[i].bytes)
			return true;
	return false;
}

/* Data to copy: the template's other data apart from zeroes differs by design. */
static DEFINE_PER_CPU(uint64_t[4], marks) = {
	UINT64_C(0x1122334455667788), 2, 0, UINT64_C(0x8877665544332211)};

const char *test_template(void)
{
	uint32_t bytes = pcpu_layout(pcpu_default_instance)->static_bytes;

	CHECK(bytes == (uintptr_t)__per_cpu_end && bytes > IRQ_STACK_BYTES);
	for (uint32_t cpu = 0; cpu < nr_cpu_ids; cpu++) {
		const char *unit = (const char *)per_cpu_offset(cpu); /* sections start at 0 */

		for (uint32_t i = 0; i < bytes; i++)
			CHECK(unit[i] == percpu_pristine[i] || may_differ(i));
		CHECK(per_cpu(marks[0], cpu) == UINT64_C(0x1122334455667788));
		CHECK(per_cpu(marks[3], cpu) == UINT64_C(0x8877665544332211));
	}
	return NULL;
}

const char *test_own_variables(void)
{
	for (uint32_t cpu = 0; cpu < nr_cpu_ids; cpu++) {
		uintptr_t stack = (uintptr_t)per_cpu_ptr(&irq_stack[0], cpu);

		CHECK(per_cpu(this_cpu_off, cpu) == per_cpu_offset(cpu));
		CHECK(per_cpu(cpu_number, cpu) == cpu);
		CHECK(per_cpu(irq_stack_top, cpu) == stack + IRQ_STACK_BYTES - 64);
	}
	return NULL;
}

const char *test_early_maps(void)
{
	for (uint32_t cpu = 0; cpu < nr_cpu_ids; cpu++) {
		CHECK(per_cpu(hw_id, cpu) == machine.facts.hw_id[cpu]);
		CHECK(per_cpu(cpu_node, cpu) == machine.facts.cpu_node[cpu]);
		CHECK(pcpu_cpu_node(pcpu_default_instance, cpu) == machine.facts.cpu_node[cpu]);
	}
	CHECK(early_hw_id == NULL && early_node == NULL);
	return NULL;
}

/* Each page of each unit lies in its CPU's node, by the SRAT's own ranges. */
const char *test_units_local(void)
{
	const struct pcpu_layout *layout = pcpu_layout(pcpu_default_instance);

	NEEDS(needs_first_near());
	for (uint32_t cpu = 0; cpu < nr_cpu_ids; cpu++) {
		uint16_t node = machine.facts.cpu_node[cpu];

		if (!(machine.node_state[node] & PCPU_NODE_MEMORY))
			continue; /* any node will do */
		for (uint32_t at = 0; at < layout->size_sum_bytes; at += PCPU_PAGE_BYTES)
			CHECK(plat_page_node(default_plat, per_cpu_offset(cpu) + at) == node);
	}
	return NULL;
}
