/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_layout.c - build info: golden lines of a real kernel, all machine shapes, properties, a
 * second opinion on random machines, refusals.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/check/layout_oracle.h"
#include "harness/text/layout_text.h"
#include "harness/test/lib/random_topology.h"
#include "harness/test/lib/test.h"
#include "harness/test/lib/test_files.h"
#include "harness/text/topology_text.h"

static struct lab_topology topology;
static struct lab_layout_oracle oracle;
static uint8_t seen[PCPU_MAX_CPUS];
static char dump[1 << 20];

static const struct pcpu_sizes default_sizes = {
	.static_bytes = 212992, .reserved_bytes = 8192, .dyn_bytes = 28672, .atom_bytes = 2 << 20,
};

/* A layout in memory of its exact size, so that a sanitizer sees an overrun. */
struct built {
	struct pcpu_layout layout;
	void *memory;
};

static enum pcpu_status build(const struct pcpu_topology *table, const struct pcpu_sizes *sizes,
			      struct built *built)
{
	built->memory = malloc(pcpu_layout_memory(table));
	return pcpu_layout_build(table, sizes, built->memory, &built->layout);
}

static void parse_topology(const char *path)
{
	struct lab_error error = { 0 };
	size_t bytes;
	char *text = test_read_file(path, &bytes);

	if (!lab_topology_parse(text, bytes, &topology, &error))
		FAIL("%s:%u: %s", path, error.line, error.expected);
	free(text);
}

/* Holds a layout against the properties and the oracle. */
static void expect_layout(const char *what, const struct pcpu_sizes *sizes,
			  const struct built *built)
{
	const char *wrong = lab_layout_property(&topology.table, &built->layout, seen);

	if (!wrong)
		wrong = lab_layout_oracle(&oracle, &topology.table, sizes, &built->layout);
	if (wrong)
		FAIL("%s: broken: %s", what, wrong);
}

/* --- golden lines ----------------------------------------------------------------------------- */

/* `# static S reserved R dyn D atom A allocator embed|page` */
static bool read_sizes(const char *text, struct pcpu_sizes *sizes, bool *is_page)
{
	unsigned long s, r, d, a;
	char allocator[8];

	*sizes = (struct pcpu_sizes){ 0 };
	if (sscanf(text, "# static %lu reserved %lu dyn %lu atom %lu allocator %7s", &s, &r, &d, &a,
		   allocator) != 5)
		return false;
	*sizes = (struct pcpu_sizes){ .static_bytes = s, .reserved_bytes = r, .dyn_bytes = d,
				      .atom_bytes = a };
	*is_page = strcmp(allocator, "page") == 0;
	return true;
}

static void golden(const char *path, const char *name)
{
	struct pcpu_sizes sizes;
	struct lab_text out;
	struct built built;
	size_t bytes;
	bool is_page;
	char topo[4096], *expected = test_read_file(path, &bytes);

	snprintf(topo, sizeof(topo), "%.*s.topo", (int)(strlen(path) - strlen(".expect")), path);
	parse_topology(topo);
	CHECK(read_sizes(expected, &sizes, &is_page));
	if (is_page)
		topology.table.distance = NULL;
	CHECK_EQ(build(&topology.table, &sizes, &built), PCPU_OK);
	expect_layout(name, &sizes, &built);
	lab_text_init(&out, dump, sizeof(dump));
	lab_put_layout(&out, &built.layout);
	if (strcmp(dump, strchr(expected, '\n') + 1) != 0)
		FAIL("%s:\n%sinstead of\n%s", name, dump, strchr(expected, '\n') + 1);
	free(built.memory);
	free(expected);
}

TEST(golden_layouts_line_for_line)
{
	CHECK_EQ(test_each_file(test_source_path("corpus/layouts"), ".expect", golden), 14);
}

/* --- all machine shapes ----------------------------------------------------------------------- */

static void all_policies(const char *path, const char *name)
{
	struct pcpu_sizes sizes = default_sizes;

	parse_topology(path);
	for (unsigned i = 0; i < 18; i++) {
		struct built built;

		sizes.rule = i & 1 ? PCPU_RULE_FIRST_MEMBER : PCPU_RULE_REFERENCE;
		sizes.stride = (enum pcpu_stride)(i / 2 % 3);
		sizes.unit_bytes = i / 6 == 1 ? 65 * 4096 : 0;
		sizes.atom_bytes = i / 6 == 2 ? 4096 : 2 << 20;
		CHECK_EQ(build(&topology.table, &sizes, &built), PCPU_OK);
		expect_layout(name, &sizes, &built);
		free(built.memory);
	}
}

TEST(all_topologies_build_under_both_rules_and_all_strides)
{
	CHECK_EQ(test_each_file(test_source_path("corpus/topologies"), ".topo", all_policies), 53);
}

/* --- examples of the text --------------------------------------------------------------------- */

static void parse_text(const char *text)
{
	struct lab_error error = { 0 };

	if (!lab_topology_parse(text, strlen(text), &topology, &error))
		FAIL("line %u: %s", error.line, error.expected);
}

static void check_upa(const char *text, const struct pcpu_sizes *sizes, uint32_t upa,
		      uint32_t nr_units, uint32_t nr_wasted)
{
	struct built built;

	parse_text(text);
	CHECK_EQ(build(&topology.table, sizes, &built), PCPU_OK);
	expect_layout(text, sizes, &built);
	CHECK_EQ(built.layout.upa, upa);
	CHECK_EQ(built.layout.nr_units, nr_units);
	CHECK_EQ(built.layout.nr_wasted, nr_wasted);
	CHECK_EQ(built.layout.unit_bytes, built.layout.alloc_bytes / upa);
	free(built.memory);
}

/* SPEC.md 2: max_upa 8. */
TEST(units_per_allocation_as_in_the_text)
{
	check_upa("# pcpu-topology 1\nnode 0 cpus 0\n", &default_sizes, 1, 1, 0);
	check_upa("# pcpu-topology 1\nnode 0 cpus 0-1\n", &default_sizes, 2, 2, 0);
	check_upa("# pcpu-topology 1\nnode 0 cpus 0-2\n", &default_sizes, 4, 4, 1);
	check_upa("# pcpu-topology 1\nnode 0 cpus 0-49\n", &default_sizes, 8, 56, 6);
}

static void check_groups(enum pcpu_rule rule, const char *expected)
{
	struct pcpu_sizes sizes = default_sizes;
	struct lab_text out;
	struct built built;

	sizes.rule = rule;
	sizes.atom_bytes = 65536 * 4;
	CHECK_EQ(build(&topology.table, &sizes, &built), PCPU_OK);
	expect_layout("rule", &sizes, &built);
	lab_text_init(&out, dump, sizeof(dump));
	lab_put_layout(&out, &built.layout);
	CHECK_STR(strchr(dump, '\n') + 1, expected);
	free(built.memory);
}

/* 0 is near 1 and 2, which are far from each other: the rules differ. */
TEST(rules_differ_where_distance_is_not_transitive)
{
	parse_text("# pcpu-topology 1\nnode 0 cpus 0\nnode 1 cpus 1\nnode 2 cpus 2\n"
		   "distance 0 10 10 10\ndistance 1 10 10 20\ndistance 2 10 20 10\n");
	check_groups(PCPU_RULE_REFERENCE, "pcpu-alloc: [0] 0 [0] 1 [1] 2\n");
	check_groups(PCPU_RULE_FIRST_MEMBER, "pcpu-alloc: [0] 0 [0] 1 [0] 2\n");
}

/* Near one way only is not near. */
TEST(distance_is_read_in_both_directions)
{
	parse_text("# pcpu-topology 1\nnode 0 cpus 0\nnode 1 cpus 1\n"
		   "distance 0 10 10\ndistance 1 20 10\n");
	check_groups(PCPU_RULE_REFERENCE, "pcpu-alloc: [0] 0 [1] 1\n");
	check_groups(PCPU_RULE_FIRST_MEMBER, "pcpu-alloc: [0] 0 [1] 1\n");
}

/* --- what users read -------------------------------------------------------------------------- */

TEST(dump_reports_pages_where_units_do_not_fill_atoms)
{
	struct pcpu_sizes sizes = default_sizes;
	struct lab_text out;
	struct built built;

	parse_text("# pcpu-topology 1\nnode 0 cpus 0-1\n");
	sizes.stride = PCPU_STRIDE_ODD;
	CHECK_EQ(build(&topology.table, &sizes, &built), PCPU_OK);
	CHECK_EQ(built.layout.group[0].area_bytes, 2 << 20);
	lab_text_init(&out, dump, sizeof(dump));
	lab_put_layout(&out, &built.layout);
	CHECK_STR(dump, "pcpu-alloc: s212992 r8192 d28672 u249856 alloc=61*4096\n"
			"pcpu-alloc: [0] 0 [0] 1\n");
	free(built.memory);
}

/* Ten CPUs take two digits; groups as many as their count has. */
TEST(dump_pads_ids_to_the_digits_of_the_count)
{
	struct lab_text out;
	struct built built;

	parse_text("# pcpu-topology 1\nnode 0 cpus 0-8,4000\n");
	CHECK_EQ(build(&topology.table, &default_sizes, &built), PCPU_OK);
	lab_text_init(&out, dump, sizeof(dump));
	lab_put_layout(&out, &built.layout);
	CHECK_STR(strchr(dump, '\n') + 1,
		  "pcpu-alloc: [0] 00 01 02 03 [0] 04 05 06 07\npcpu-alloc: [0] 08 4000 -- --\n");
	free(built.memory);
}

/* 1000 CPUs on 10 nodes, two to an allocation: an entry takes 15 columns, four fill a line. */
TEST(dump_fills_lines_up_to_60_columns)
{
	static const char head[] = "pcpu-alloc: s212992 r8192 d28672 u262144 alloc=1*524288\n"
				   "pcpu-alloc: [00] 0000 0010 [00] 0020 0030 [00] 0040 0050 [00] "
				   "0060 0070\npcpu-alloc: [00] 0080 0090 ";
	struct pcpu_sizes sizes = default_sizes;
	struct lab_text out;
	struct built built;

	parse_text("# pcpu-topology 1\nnode 0 cpus -\nnode 1 cpus -\nnode 2 cpus -\n"
		   "node 3 cpus -\nnode 4 cpus -\nnode 5 cpus -\nnode 6 cpus -\nnode 7 cpus -\n"
		   "node 8 cpus -\nnode 9 cpus -\npossible 0-999\n");
	for (uint32_t cpu = 0; cpu < 1000; cpu++)
		topology.cpu_node[cpu] = (uint16_t)(cpu % 10);
	sizes.atom_bytes = 524288;
	CHECK_EQ(build(&topology.table, &sizes, &built), PCPU_OK);
	lab_text_init(&out, dump, sizeof(dump));
	lab_put_layout(&out, &built.layout);
	dump[sizeof(head) - 1] = '\0';
	CHECK_STR(dump, head);
	free(built.memory);
}

static void check_event(struct pcpu_event event, const char *expected)
{
	struct lab_text out;

	lab_text_init(&out, dump, sizeof(dump));
	lab_put_event(&out, &event);
	CHECK_STR(dump, expected);
}

TEST(events_as_the_sentences_users_know)
{
	struct pcpu_layout layout = { .page_bytes = 4096, .static_bytes = 212992,
				      .reserved_bytes = 8192, .dyn_bytes = 12288 };

	check_event((struct pcpu_event){ .id = PCPU_EV_IDS, .a = 8192, .b = 8, .c = 1 },
		    "NR_CPUS:8192 nr_cpumask_bits:8 nr_cpu_ids:8 nr_node_ids:1");
	check_event((struct pcpu_event){ .id = PCPU_EV_EMBEDDED, .a = 57, .b = 0xbeef000,
					 .c = 262144, .layout = &layout },
		    "PERCPU: Embedded 57 pages/cpu @0xbeef000 s212992 r8192 d12288 u262144");
	check_event((struct pcpu_event){ .id = PCPU_EV_PAGED, .a = 57, .b = 0xbeef000,
					 .c = 233472, .layout = &layout },
		    "PERCPU: 57 4K pages/cpu @0xbeef000 s212992 r8192 d12288 u233472");
	layout.page_bytes = 65536;
	check_event((struct pcpu_event){ .id = PCPU_EV_PAGED, .a = 4, .b = 0xbeef000,
					 .c = 262144, .layout = &layout },
		    "PERCPU: 4 64K pages/cpu @0xbeef000 s212992 r8192 d12288 u262144");
	check_event((struct pcpu_event){ .id = PCPU_EV_CHOICE_UNKNOWN, .text = "fast" },
		    "PERCPU: warning: percpu_alloc=fast is unknown: embed, page or auto was "
		    "expected; the choice is unchanged");
	check_event((struct pcpu_event){ .id = PCPU_EV_LAYOUT }, "");
}

/* B15: the one that failed is named, with its cause. */
TEST(B15_fallback_names_what_failed_and_why)
{
	check_event((struct pcpu_event){ .id = PCPU_EV_FALLBACK, .a = PCPU_CHOICE_EMBED,
					 .b = PCPU_ESPAN },
		    "PERCPU: warning: embed failed: the groups lie too far apart; page is tried "
		    "instead");
	check_event((struct pcpu_event){ .id = PCPU_EV_NO_FALLBACK, .a = PCPU_ESPAN,
					 .b = PCPU_ENOMEM },
		    "PERCPU: fatal: no first chunk: embed: the groups lie too far apart; page: "
		    "out of memory or address space");
	check_event((struct pcpu_event){ .id = PCPU_EV_NO_FALLBACK, .b = PCPU_ENOMEM },
		    "PERCPU: fatal: no first chunk: embed: not tried; page: out of memory or "
		    "address space");
}

TEST(every_event_and_report_has_words)
{
	struct lab_text out;

	for (unsigned id = 0; id < PCPU_NR_EVENTS; id++) {
		struct pcpu_event event = { .id = (enum pcpu_event_id)id };

		lab_text_init(&out, dump, sizeof(dump));
		lab_put_event(&out, &event);
		CHECK_EQ(out.bytes > 0, id != PCPU_EV_LAYOUT);
	}
	lab_text_init(&out, dump, sizeof(dump));
	lab_put_report(&out, &(struct pcpu_report){ PCPU_MISUSE_DOUBLE_FREE, 0x1000, 3, 64 });
	CHECK_STR(dump, "DOUBLE_FREE: free of a percpu pointer to which no live object starts: "
			"pointer 0x1000, chunk 3, offset 64");
	lab_text_init(&out, dump, sizeof(dump));
	lab_put_report(&out, &(struct pcpu_report){ PCPU_MISUSE_WILD_FREE, 0x1001, PCPU_NO_CHUNK,
						    0 });
	CHECK_STR(dump, "WILD_FREE: free of a percpu pointer that belongs to no chunk: "
			"pointer 0x1001, no chunk");
}

/* --- a second opinion ------------------------------------------------------------------------- */

static void compare(uint64_t *state, uint32_t max_cpus, uint32_t max_nodes, unsigned nr)
{
	for (unsigned i = 0; i < nr; i++) {
		uint64_t seed = *state;
		struct pcpu_sizes sizes;
		struct built built;
		char what[64];

		random_topology(state, max_cpus, max_nodes, &topology);
		random_sizes(state, &sizes);
		snprintf(what, sizeof(what), "machine from seed %#llx", (unsigned long long)seed);
		if (build(&topology.table, &sizes, &built) != PCPU_OK)
			FAIL("%s was refused", what);
		expect_layout(what, &sizes, &built);
		free(built.memory);
	}
}

TEST(random_machines_agree_with_the_oracle)
{
	uint64_t state = 20261122;

	compare(&state, 12, 5, 2500);
	compare(&state, 100, 20, 1500);
	compare(&state, 600, 64, 60);
	compare(&state, PCPU_MAX_CPUS, 12, 4);
}

/* --- other pages and least sizes -------------------------------------------------------------- */

static struct pcpu_layout layout_of(struct pcpu_sizes sizes)
{
	struct built built;

	CHECK_EQ(build(&topology.table, &sizes, &built), PCPU_OK);
	expect_layout("other sizes", &sizes, &built);
	free(built.memory);
	built.layout.group = NULL;
	built.layout.cpu_map = NULL;
	return built.layout;
}

/* What a ppc64le machine with 64 KiB pages logged, and one of Linux 6.16 with percpu_alloc=page. */
TEST(sums_are_rounded_to_the_machines_page)
{
	struct pcpu_sizes s = { .static_bytes = 590888, .dyn_bytes = 28672, .atom_bytes = 1 << 20,
				.page_bytes = 65536 };
	struct pcpu_layout l;

	parse_text("# pcpu-topology 1\nnode 0 cpus 0-39\nnode 1 cpus 40-79\n");
	l = layout_of(s);
	CHECK_EQ(l.page_bytes, 65536);
	CHECK_EQ(l.dyn_bytes, 64472);
	CHECK_EQ(l.size_sum_bytes / l.page_bytes, 10);
	CHECK_EQ(l.unit_bytes, 1048576);
	s.page_bytes = 0;
	CHECK_EQ(layout_of(s).dyn_bytes, 31704);
	CHECK_EQ(layout_of(s).page_bytes, 4096);
	s = (struct pcpu_sizes){ .static_bytes = 85784, .reserved_bytes = 8192, .dyn_bytes = 28672,
				 .atom_bytes = 2 << 20, .dyn_early_bytes = 20480 };
	l = layout_of(pcpu_sizes_paged(&s));
	CHECK_EQ(l.dyn_bytes, 20712);
	CHECK_EQ(l.atom_bytes, 4096);
	s.dyn_early_bytes = 0;
	CHECK_EQ(layout_of(pcpu_sizes_paged(&s)).dyn_bytes, 12520);
	s.page_bytes = 16384;
	CHECK_EQ(layout_of(pcpu_sizes_paged(&s)).atom_bytes, 16384);
}

/* 32 KiB in whole pages, unless more is asked for; that is rounded up too. */
TEST(the_least_unit_follows_the_page_and_the_option)
{
	struct pcpu_sizes s = { .static_bytes = 100, .atom_bytes = 64 << 10 };

	parse_text("# pcpu-topology 1\nnode 0 cpus 0-1\n");
	CHECK_EQ(layout_of(s).unit_bytes, 32768);
	s.page_bytes = 16384;
	CHECK_EQ(layout_of(s).unit_bytes, 32768);
	s.page_bytes = 65536;
	CHECK_EQ(layout_of(s).unit_bytes, 65536);
	CHECK_EQ(layout_of(s).upa, 1);
	s.min_unit_bytes = 32768;
	CHECK_EQ(layout_of(s).unit_bytes, 65536);
	s.min_unit_bytes = 65536 + 1;
	s.stride = PCPU_STRIDE_ODD;
	CHECK_EQ(layout_of(s).unit_bytes, 3 * 65536);
	s = (struct pcpu_sizes){ .static_bytes = 5920, .reserved_bytes = 8192, .dyn_bytes = 14560,
				 .atom_bytes = 4096, .min_unit_bytes = 65536 };
	CHECK_EQ(layout_of(s).unit_bytes, 65536); /* as 2.6.32 printed it */
}

/* The oracle must find what is planted, or it proves nothing. */
TEST(oracle_sees_planted_faults)
{
	struct built built;
	const uint32_t swapped[2] = { 1, 0 };

	parse_text("# pcpu-topology 1\nnode 0 cpus 0-4\nnode 1 cpus 5-7\n");
	CHECK_EQ(build(&topology.table, &default_sizes, &built), PCPU_OK);
	memcpy(built.layout.cpu_map, swapped, sizeof(swapped));
	CHECK_STR(lab_layout_oracle(&oracle, &topology.table, &default_sizes, &built.layout),
		  "a group's units hold its CPUs in ascending order");
	built.layout.cpu_map[1] = 1;
	CHECK_STR(lab_layout_property(&topology.table, &built.layout, seen),
		  "no CPU has two units");
	built.layout.cpu_map[1] = PCPU_NO_CPU;
	CHECK_STR(lab_layout_property(&topology.table, &built.layout, seen),
		  "every possible CPU has a unit");
	built.layout.cpu_map[0] = 8;
	CHECK_STR(lab_layout_property(&topology.table, &built.layout, seen),
		  "only possible CPUs have units");
	free(built.memory);
	CHECK_EQ(build(&topology.table, &default_sizes, &built), PCPU_OK);
	built.layout.group[1].base_offset = 0;
	CHECK_STR(lab_layout_property(&topology.table, &built.layout, seen),
		  "areas do not overlap");
	free(built.memory);
	CHECK_EQ(build(&topology.table, &default_sizes, &built), PCPU_OK);
	built.layout.page_bytes = 8192;
	CHECK_STR(lab_layout_oracle(&oracle, &topology.table, &default_sizes, &built.layout),
		  "the page is the one of the sizes");
	CHECK_STR(lab_layout_property(&topology.table, &built.layout, seen),
		  "a page is 4 to 64 KiB, and the sum is whole pages");
	built.layout.page_bytes = 2048;
	CHECK_STR(lab_layout_property(&topology.table, &built.layout, seen),
		  "a page is 4 to 64 KiB, and the sum is whole pages");
	free(built.memory);
}

/* --- refusals --------------------------------------------------------------------------------- */

static void check_refused(struct pcpu_sizes sizes, enum pcpu_status expected)
{
	struct built built;

	CHECK_EQ(build(&topology.table, &sizes, &built), expected);
	free(built.memory);
}

TEST(sizes_out_of_range_are_refused)
{
	struct pcpu_sizes s = default_sizes;

	parse_text("# pcpu-topology 1\nnode 0 cpus 0-4\nnode 1 cpus 5-7\n");
	check_refused(s, PCPU_OK);
	s.atom_bytes = 0;
	check_refused(s, PCPU_EINVAL);
	s.atom_bytes = 2048;
	check_refused(s, PCPU_EINVAL);
	s.atom_bytes = 3 * 4096;
	check_refused(s, PCPU_EINVAL);
	s.atom_bytes = UINT64_C(1) << 63;
	check_refused(s, PCPU_ELIMIT);
	s = default_sizes;
	s.static_bytes = UINT64_MAX;
	check_refused(s, PCPU_ELIMIT);
	s.static_bytes = PCPU_MAX_UNIT_BYTES;
	check_refused(s, PCPU_ELIMIT);
	s = default_sizes;
	s.reserved_bytes = UINT64_MAX - 8192;
	check_refused(s, PCPU_ELIMIT);
	s = default_sizes;
	s.dyn_bytes = UINT64_MAX;
	check_refused(s, PCPU_ELIMIT);
	s = default_sizes;
	s.unit_bytes = 249856 - 4096;
	check_refused(s, PCPU_EINVAL);
	s.unit_bytes = 249856 + 1;
	check_refused(s, PCPU_EINVAL);
	s.unit_bytes = 249856 + 4096;
	check_refused(s, PCPU_OK);
	s.unit_bytes = UINT64_C(1) << 40;
	check_refused(s, PCPU_ELIMIT);
}

TEST(pages_and_least_sizes_out_of_range_are_refused)
{
	struct pcpu_sizes s = default_sizes;

	parse_text("# pcpu-topology 1\nnode 0 cpus 0-4\nnode 1 cpus 5-7\n");
	for (uint64_t page = 1; page <= 1 << 20; page *= 2) {
		s.page_bytes = page;
		check_refused(s, page >= 4096 && page <= 65536 ? PCPU_OK : PCPU_EINVAL);
	}
	s.page_bytes = 3 * 4096;
	check_refused(s, PCPU_EINVAL);
	s.page_bytes = UINT64_MAX;
	check_refused(s, PCPU_EINVAL);
	s.page_bytes = 65536;
	s.atom_bytes = 32768;
	check_refused(s, PCPU_EINVAL);
	s.atom_bytes = 65536;
	check_refused(s, PCPU_OK);
	s.min_unit_bytes = 32768; /* a page, then */
	check_refused(s, PCPU_OK);
	s = default_sizes;
	s.min_unit_bytes = 32767;
	check_refused(s, PCPU_EINVAL);
	s.min_unit_bytes = 32768;
	check_refused(s, PCPU_OK);
	s.min_unit_bytes = PCPU_MAX_UNIT_BYTES + UINT64_C(1);
	check_refused(s, PCPU_ELIMIT);
	s = default_sizes;
	s.dyn_early_bytes = 12287;
	check_refused(s, PCPU_EINVAL);
	s.dyn_early_bytes = 12288;
	check_refused(s, PCPU_OK);
	s.dyn_early_bytes = PCPU_MAX_UNIT_BYTES;
	check_refused(s, PCPU_ELIMIT); /* the sum is */
	s.dyn_early_bytes = UINT64_MAX;
	check_refused(s, PCPU_ELIMIT);
}

/* The largest that is taken: a unit of 1 GiB, and an atom of 1 GiB beside one CPU. */
TEST(sizes_at_the_limit_are_taken)
{
	struct pcpu_sizes s = { .static_bytes = PCPU_MAX_UNIT_BYTES - 12288, .atom_bytes = 4096 };

	parse_text("# pcpu-topology 1\nnode 0 cpus 0\n");
	check_refused(s, PCPU_OK);
	s.static_bytes++;
	check_refused(s, PCPU_ELIMIT);
	s = (struct pcpu_sizes){ .static_bytes = 1, .atom_bytes = PCPU_MAX_UNIT_BYTES };
	check_refused(s, PCPU_OK);
	s.atom_bytes *= 2; /* the one CPU's unit would be the atom */
	check_refused(s, PCPU_ELIMIT);
}

TEST(bad_tables_are_refused)
{
	static const char text[] = "# pcpu-topology 1\nnode 0 cpus 0\nnode 1 cpus 1\n";

	parse_text(text);
	topology.distance[1] = 9;
	check_refused(default_sizes, PCPU_EINVAL);
	parse_text(text);
	topology.distance[3] = 11;
	check_refused(default_sizes, PCPU_EINVAL);
	parse_text(text);
	topology.cpu_node[1] = 2;
	check_refused(default_sizes, PCPU_EINVAL);
	parse_text(text);
	topology.cpu_node[0] = topology.cpu_node[1] = PCPU_NO_NODE;
	check_refused(default_sizes, PCPU_EINVAL);
	parse_text(text);
	topology.table.nr_cpu_ids = 0;
	check_refused(default_sizes, PCPU_EINVAL);
	topology.table.nr_cpu_ids = PCPU_MAX_CPUS + 1;
	check_refused(default_sizes, PCPU_ELIMIT);
	parse_text(text);
	topology.table.nr_nodes = 0;
	check_refused(default_sizes, PCPU_EINVAL);
	topology.table.nr_nodes = PCPU_MAX_NODES + 1;
	check_refused(default_sizes, PCPU_ELIMIT);
}

/* --- span ------------------------------------------------------------------------------------- */

/* B3: the highest group counts as a whole. */
TEST(B3_span_counts_all_units_of_the_highest_group)
{
	struct built built;

	parse_text("# pcpu-topology 1\nnode 0 cpus 0-7\nnode 1 cpus 8-23\n");
	CHECK_EQ(build(&topology.table, &default_sizes, &built), PCPU_OK);
	CHECK_EQ(pcpu_layout_span(&built.layout), 3 * (2 << 20));
	built.layout.group[0].base_offset = 10 << 20; /* group order need not be address order */
	built.layout.group[1].base_offset = 0;
	CHECK_EQ(pcpu_layout_span(&built.layout), 12 << 20);
	CHECK_EQ(pcpu_layout_unit_offset(&built.layout, 0, 1), (10 << 20) + 262144);
	free(built.memory);
}

/* Exactly the spans s with 4 s <= 3 n, whatever n is modulo 4. */
TEST(spans_fit_for_spaces_of_every_remainder)
{
	for (uint64_t space = 0; space < 64; space++)
		for (uint64_t span = 0; span < 64; span++)
			CHECK_EQ(pcpu_span_fits(span, space), 4 * span <= 3 * space);
}

TEST(span_of_three_quarters_fits_and_no_byte_more)
{
	CHECK(pcpu_span_fits(3 << 20, 4 << 20));
	CHECK(!pcpu_span_fits((3 << 20) + 1, 4 << 20));
	CHECK(pcpu_span_fits(UINT64_MAX / 4 * 3, UINT64_MAX));
	CHECK(!pcpu_span_fits(UINT64_MAX, UINT64_MAX));
	CHECK(!pcpu_span_fits(1, 0));
}

/* A guard makes the least unit longer; a forced unit holds it, or is refused. */
TEST(a_guard_is_a_part_of_its_unit)
{
	static const uint16_t nodes[4] = {0}, ids[1] = {0};
	struct pcpu_topology t = {
		.nr_cpu_ids = 4, .nr_nodes = 1, .cpu_node = nodes, .node_id = ids};
	struct pcpu_sizes s = {.static_bytes = 8192, .dyn_bytes = 20480, .atom_bytes = 4096};
	struct pcpu_layout l;
	uint64_t memory[64];

	CHECK(pcpu_layout_memory(&t) <= sizeof(memory));
	for (uint64_t guard = 0; guard <= 8192; guard += 4096) {
		s.guard_bytes = guard;
		s.unit_bytes = 0;
		CHECK_EQ(pcpu_layout_build(&t, &s, memory, &l), PCPU_OK);
		CHECK_EQ(l.unit_bytes, 32768 + guard);
		CHECK_EQ(l.guard_bytes, guard);
		CHECK_EQ(pcpu_layout_covers(&l), 32768);
		s.unit_bytes = 65536;
		CHECK_EQ(pcpu_layout_build(&t, &s, memory, &l), PCPU_OK);
		CHECK_EQ(pcpu_layout_covers(&l), 65536 - guard);
		s.unit_bytes = 32768;
		CHECK_EQ(pcpu_layout_build(&t, &s, memory, &l), guard ? PCPU_EINVAL : PCPU_OK);
	}
	s.unit_bytes = 0;
	s.guard_bytes = 100;
	CHECK_EQ(pcpu_layout_build(&t, &s, memory, &l), PCPU_EINVAL);
	s.guard_bytes = UINT64_C(1) << 31;
	CHECK_EQ(pcpu_layout_build(&t, &s, memory, &l), PCPU_ELIMIT);
	s.guard_bytes = PCPU_MAX_UNIT_BYTES;
	CHECK_EQ(pcpu_layout_build(&t, &s, memory, &l), PCPU_ELIMIT);
}
