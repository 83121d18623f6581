/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_setup.c - set-up of the first chunk: what each CPU's unit holds, what is published, what is
   refused. */
#include <string.h>

#include "harness/test/lib/test.h"
#include "harness/test/lib/test_fixture.h"

static uint64_t read64(struct test_fixture *f, uintptr_t address)
{
	uint64_t value;

	lab_read(f->plat, address, &value, sizeof(value));
	return value;
}

/* Static part of every unit: the image, with each CPU's own variables and early values in place. */
TEST(every_unit_gets_the_image_and_its_own_variables)
{
	static uint8_t image[5000];
	uint16_t apic_ids[] = {10, 11, 0, 13, 14};
	void *early = apic_ids, *none = NULL;
	static const struct pcpu_own_variables own = {0, 8, 16, 128, 4096};
	struct pcpu_early_map maps[] = {{&early, 2, 40}, {&none, 4, 44}};
	struct test_fixture f;

	for (size_t i = 0; i < sizeof(image); i++)
		image[i] = (uint8_t)(i * 7);
	test_fixture_init(&f, "00.11");
	f.config.static_image = image;
	f.config.own = &own;
	f.config.early_maps = maps;
	f.config.nr_early_maps = 2;
	f.sim.ready_bytes = sizeof(image);
	f.sim.static_start = TEST_STATIC_START;
	test_fixture_open(&f);
	CHECK(early == NULL);
	CHECK_STR(sim_ready_wrong(f.plat, pcpu_offsets(f.pcpu)), NULL);
	for (uint32_t cpu = 0; cpu < 5; cpu++) {
		uintptr_t offset = pcpu_offsets(f.pcpu)[cpu], unit = offset + TEST_STATIC_START;
		uint8_t copy[5000];
		uint32_t own_cpu;
		uint16_t own_id;

		if (cpu == 2) {
			CHECK_EQ(offset, 0);
			continue;
		}
		CHECK_EQ(read64(&f, unit), offset);
		lab_read(f.plat, unit + 8, &own_cpu, sizeof(own_cpu));
		CHECK_EQ(own_cpu, cpu);
		CHECK_EQ(read64(&f, unit + 16), unit + 128 + 4096 - 64);
		lab_read(f.plat, unit + 40, &own_id, sizeof(own_id));
		CHECK_EQ(own_id, apic_ids[cpu]);
		lab_read(f.plat, unit, copy, sizeof(copy));
		CHECK_EQ(memcmp(copy + 42, image + 42, sizeof(copy) - 42), 0);
		CHECK_EQ(memcmp(copy + 24, image + 24, 16), 0);
	}
	test_fixture_close(&f);
}

static void own_refused(const struct pcpu_own_variables *own, uint32_t early_offset, bool refused)
{
	uint32_t values[] = {1, 2};
	void *early = values;
	struct pcpu_early_map map = {&early, 4, early_offset};
	struct test_fixture f;

	test_fixture_init(&f, "00");
	f.config.own = own;
	f.config.early_maps = &map;
	f.config.nr_early_maps = 1;
	test_fixture_open_plat(&f);
	CHECK_EQ(pcpu_create(&f.config, &f.pcpu), refused ? PCPU_EINVAL : PCPU_OK);
	if (refused)
		CHECK_EQ(test_fixture_event(&f, PCPU_EV_SETUP_REFUSED).a, PCPU_SETUP_OWN_VARIABLES);
	test_fixture_close(&f);
}

/* The static part has 5000 bytes. */
TEST(own_and_early_variables_stay_in_the_static_part)
{
	const uint32_t no = PCPU_NO_VARIABLE;

	own_refused(NULL, 4996, false);
	own_refused(NULL, 4997, true);
	own_refused(&(struct pcpu_own_variables){4992, 4996, 0, 904, 4096}, 0, false);
	own_refused(&(struct pcpu_own_variables){4993, no, no, no, 0}, 0, true);
	own_refused(&(struct pcpu_own_variables){no, 4997, no, no, 0}, 0, true);
	own_refused(&(struct pcpu_own_variables){no, no, 1 << 20, 0, 4096}, 0, true);
	own_refused(&(struct pcpu_own_variables){no, no, 0, 905, 4096}, 0, true);
	own_refused(&(struct pcpu_own_variables){no, no, 0, 0, 63}, 0, true);
	own_refused(&(struct pcpu_own_variables){no, no, 0, no, 64}, 0, true);
}

/* Refused before anything is taken by it: the atom, were it smaller than this build's page, could
   not be had. */
TEST(a_layout_of_another_page_is_refused)
{
	for (uint64_t page = 4096; page <= 65536; page *= 2) {
		struct sim_ledger ledger;
		struct test_fixture f;

		if (page == PCPU_PAGE_BYTES)
			continue;
		test_fixture_init(&f, "01");
		f.config.sizes.page_bytes = page;
		test_fixture_open_plat(&f);
		CHECK_EQ(pcpu_create(&f.config, &f.pcpu), PCPU_EINVAL);
		CHECK_EQ(test_fixture_event(&f, PCPU_EV_SETUP_REFUSED).a, PCPU_SETUP_PAGE);
		CHECK_EQ(test_fixture_event(&f, PCPU_EV_SETUP_REFUSED).b, page);
		CHECK_EQ(test_fixture_reported(&f, PCPU_EV_LAYOUT), 1);
		CHECK_EQ(test_fixture_reported(&f, PCPU_EV_FALLBACK), 0);
		sim_ledger(f.plat, &ledger);
		CHECK_EQ(ledger.nr_calls, 2); /* the instance, its layout */
		test_fixture_close(&f);
	}
}

TEST(without_an_image_the_static_part_is_zero)
{
	struct test_fixture f;

	test_fixture_init(&f, "0");
	test_fixture_open(&f);
	for (int at = 0; at < 4992; at += 8)
		CHECK_EQ(read64(&f, pcpu_base(f.pcpu) + (uintptr_t)at), 0);
	test_fixture_close(&f);
}

TEST(start_up_reports_ids_layout_and_areas)
{
	struct test_fixture f;
	struct pcpu_event event;

	test_fixture_init(&f, "00.3");
	test_fixture_open(&f);
	event = test_fixture_event(&f, PCPU_EV_IDS);
	CHECK_EQ(event.a, PCPU_MAX_CPUS);
	CHECK_EQ(event.b, 4);
	CHECK_EQ(event.c, 4);
	event = test_fixture_event(&f, PCPU_EV_EMBEDDED);
	CHECK_EQ(event.a, pcpu_layout(f.pcpu)->size_sum_bytes / PCPU_PAGE_BYTES);
	CHECK_EQ(event.b, pcpu_base(f.pcpu));
	CHECK_EQ(test_fixture_reported(&f, PCPU_EV_LAYOUT), 1);
	test_fixture_close(&f);
}

TEST(nodes_of_all_cpus_and_start_up_masks)
{
	struct test_fixture f;

	test_fixture_init(&f, "01.1");
	test_fixture_open(&f);
	CHECK_EQ(pcpu_cpu_node(f.pcpu, 0), 0);
	CHECK_EQ(pcpu_cpu_node(f.pcpu, 3), 1);
	CHECK_EQ(pcpu_cpu_node(f.pcpu, 2), PCPU_NO_NODE);
	CHECK_EQ(pcpu_cpu_node(f.pcpu, 99), PCPU_NO_NODE);
	CHECK_EQ(pcpu_node_cpus(f.pcpu, 0)[0], 1);
	CHECK_EQ(pcpu_node_cpus(f.pcpu, 1)[0], 2 + 8);
	for (int mask = 0; mask < PCPU_NR_MASKS; mask++) {
		CHECK_EQ(pcpu_start_mask(f.pcpu, (enum pcpu_start_mask)mask)[0], 0);
		pcpu_start_mask(f.pcpu, (enum pcpu_start_mask)mask)[0] = (uint64_t)mask + 1;
	}
	for (int mask = 0; mask < PCPU_NR_MASKS; mask++)
		CHECK_EQ(pcpu_start_mask(f.pcpu, (enum pcpu_start_mask)mask)[0], mask + 1);
	test_fixture_close(&f);
}

/* Groups land anywhere; the lowest is the base, and the distances hold for every chunk. */
TEST(group_order_need_not_be_address_order)
{
	for (uint64_t seed = 0; seed < 20; seed++) {
		struct test_fixture f;
		struct pcpu_ptr p;

		test_fixture_init(&f, "01230123");
		f.sim.address_seed = seed;
		f.sim.backwards = seed % 2;
		f.sim.area_gap_bytes = seed << 16;
		test_fixture_open(&f);
		for (int i = 0; i < 3; i++) {
			p = pcpu_alloc(f.pcpu, 32768, 8, 0);
			for (uint32_t cpu = 0; cpu < 8; cpu++)
				CHECK_EQ(pcpu_address(f.pcpu, p, cpu) - pcpu_address(f.pcpu, p, 0),
					 pcpu_offsets(f.pcpu)[cpu] - pcpu_offsets(f.pcpu)[0]);
		}
		CHECK_EQ(test_fixture_place(&f, p).kind, PCPU_CHUNK_LATER);
		CHECK(pcpu_offsets(f.pcpu)[pcpu_lowest_cpu(f.pcpu)] + TEST_STATIC_START ==
		      pcpu_base(f.pcpu));
		for (uint32_t cpu = 0; cpu < 8; cpu++)
			CHECK(pcpu_offsets(f.pcpu)[cpu] <=
			      pcpu_offsets(f.pcpu)[pcpu_highest_cpu(f.pcpu)]);
		test_fixture_check(&f);
		test_fixture_close(&f);
	}
}

TEST(embed_on_a_node_without_memory_is_reported)
{
	uint8_t state[] = {PCPU_NODE_ONLINE | PCPU_NODE_MEMORY, PCPU_NODE_ONLINE, PCPU_NODE_MEMORY};
	struct test_fixture f;
	struct pcpu_event event;

	for (int page = 0; page < 2; page++) {
		test_fixture_init(&f, "0012");
		f.node_id[2] = 8;
		f.topology.node_state = state;
		f.config.choice = page ? PCPU_CHOICE_PAGE : PCPU_CHOICE_EMBED;
		test_fixture_open(&f);
		CHECK_EQ(test_fixture_reported(&f, PCPU_EV_NODE_FAR), 2);
		event = test_fixture_event(&f, PCPU_EV_NODE_FAR);
		CHECK_EQ(event.a, 3);
		CHECK_EQ(event.b, 8);
		CHECK_EQ(event.c, page ? 0 : 2);
		test_fixture_close(&f);
	}
}

TEST(page_takes_one_group_and_the_least_dynamic_space)
{
	struct test_fixture f;
	const struct pcpu_layout *l;

	test_fixture_init(&f, "0101");
	f.config.choice = PCPU_CHOICE_PAGE;
	f.config.sizes.dyn_bytes = 1 << 20;
	test_fixture_open(&f);
	l = pcpu_layout(f.pcpu);
	CHECK_EQ(pcpu_chosen(f.pcpu), PCPU_CHOICE_PAGE);
	CHECK_EQ(l->nr_groups, 1);
	CHECK_EQ(l->atom_bytes, PCPU_PAGE_BYTES);
	CHECK_EQ(l->size_sum_bytes, pcpu_round_up(5000 + 8192 + 12288, PCPU_PAGE_BYTES));
	CHECK_EQ(l->dyn_bytes, l->size_sum_bytes - 5000 - 8192);
	CHECK_EQ(test_fixture_reported(&f, PCPU_EV_PAGED), 1);
	CHECK_EQ(test_fixture_reported(&f, PCPU_EV_EMBEDDED), 0);
	test_fixture_close(&f);
}

TEST(auto_may_mean_page)
{
	struct test_fixture f;

	test_fixture_init(&f, "01");
	f.config.auto_means_page = true;
	test_fixture_open(&f);
	CHECK_EQ(pcpu_chosen(f.pcpu), PCPU_CHOICE_PAGE);
	CHECK_EQ(test_fixture_reported(&f, PCPU_EV_FALLBACK), 0);
	test_fixture_close(&f);
	f.config.choice = PCPU_CHOICE_EMBED;
	test_fixture_open(&f);
	CHECK_EQ(pcpu_chosen(f.pcpu), PCPU_CHOICE_EMBED);
	test_fixture_close(&f);
}

TEST(page_has_no_fall_back_and_names_every_cause)
{
	struct test_fixture f;
	struct pcpu_event event;

	test_fixture_init(&f, "0011");
	f.sim.pages_per_node = PCPU_PAGE_SHIFT < 16 ? 4 : 1;
	test_fixture_open_plat(&f);
	CHECK_EQ(pcpu_create(&f.config, &f.pcpu), PCPU_ENOMEM);
	event = test_fixture_event(&f, PCPU_EV_NO_FALLBACK);
	CHECK_EQ(event.a, PCPU_ENOMEM);
	CHECK_EQ(event.b, PCPU_ENOMEM);
	test_fixture_close(&f);

	f.config.choice = PCPU_CHOICE_PAGE;
	test_fixture_open_plat(&f);
	CHECK_EQ(pcpu_create(&f.config, &f.pcpu), PCPU_ENOMEM);
	event = test_fixture_event(&f, PCPU_EV_NO_FALLBACK);
	CHECK_EQ(event.a, PCPU_OK);
	CHECK_EQ(event.b, PCPU_ENOMEM);
	CHECK_EQ(test_fixture_reported(&f, PCPU_EV_FALLBACK), 0);
	test_fixture_close(&f);
}

TEST(without_the_page_allocator_a_wide_span_only_warns)
{
	struct test_fixture f;

	test_fixture_init(&f, "0011");
	f.sim.area_gap_bytes = UINT64_C(1) << 32;
	f.config.space_bytes = UINT64_C(1) << 30;
	f.config.no_page_allocator = true;
	test_fixture_open(&f);
	CHECK_EQ(test_fixture_reported(&f, PCPU_EV_SPAN_WIDE), 1);
	CHECK_EQ(pcpu_chosen(f.pcpu), PCPU_CHOICE_EMBED);
	test_fixture_close(&f);
}

TEST(without_the_page_allocator_page_is_an_unknown_value)
{
	struct test_fixture f;

	for (int choice = PCPU_CHOICE_AUTO; choice <= PCPU_CHOICE_PAGE; choice++) {
		test_fixture_init(&f, "0011");
		f.config.choice = (enum pcpu_choice)choice;
		f.config.auto_means_page = true;
		f.config.no_page_allocator = true;
		test_fixture_open(&f);
		CHECK_EQ(pcpu_chosen(f.pcpu), PCPU_CHOICE_EMBED);
		CHECK_EQ(test_fixture_reported(&f, PCPU_EV_CHOICE_UNKNOWN),
			 choice == PCPU_CHOICE_PAGE);
		test_fixture_close(&f);
	}
}

TEST(percpu_alloc_values)
{
	enum pcpu_choice choice = PCPU_CHOICE_PAGE;
	struct test_fixture f;

	test_fixture_init(&f, "0");
	test_fixture_open(&f);
	CHECK(pcpu_choice_parse(f.plat, "auto", &choice));
	CHECK_EQ(choice, PCPU_CHOICE_AUTO);
	CHECK(pcpu_choice_parse(f.plat, "embed", &choice));
	CHECK_EQ(choice, PCPU_CHOICE_EMBED);
	CHECK_EQ(test_fixture_reported(&f, PCPU_EV_CHOICE_UNKNOWN), 0);
	CHECK(!pcpu_choice_parse(f.plat, "embe", &choice));
	CHECK(!pcpu_choice_parse(f.plat, "embedd", &choice));
	CHECK(!pcpu_choice_parse(f.plat, "", &choice));
	CHECK_EQ(choice, PCPU_CHOICE_EMBED);
	CHECK_EQ(test_fixture_reported(&f, PCPU_EV_CHOICE_UNKNOWN), 3);
	CHECK(pcpu_choice_parse(f.plat, "page", &choice));
	CHECK_EQ(choice, PCPU_CHOICE_PAGE);
	test_fixture_close(&f);
}

static void create_refused(struct test_fixture *f, enum pcpu_status status)
{
	test_fixture_open_plat(f);
	CHECK_EQ(pcpu_create(&f->config, &f->pcpu), status);
	CHECK_EQ(test_fixture_event(f, PCPU_EV_CREATE_FAILED).a, status);
	CHECK(f->pcpu == NULL);
	test_fixture_close(f);
}

static void create_refused_by(struct test_fixture *f, enum pcpu_setup_rule rule, uint64_t value)
{
	struct pcpu_event event;

	test_fixture_open_plat(f);
	CHECK_EQ(pcpu_create(&f->config, &f->pcpu), PCPU_EINVAL);
	event = test_fixture_event(f, PCPU_EV_SETUP_REFUSED);
	CHECK_EQ(event.a, rule);
	CHECK_EQ(event.b, value);
	CHECK(f->pcpu == NULL);
	test_fixture_close(f);
}

TEST(limits_and_bad_configurations_are_refused)
{
	struct pcpu_topology too_many;
	struct test_fixture f;

	test_fixture_init(&f, "01");
	f.config.sizes.atom_bytes = 12288;
	create_refused(&f, PCPU_EINVAL);
	test_fixture_init(&f, "01");
	f.config.sizes.static_bytes = UINT64_C(2) << 30;
	create_refused(&f, PCPU_ELIMIT);
	test_fixture_init(&f, "01");
	f.distance[0] = 11;
	create_refused(&f, PCPU_EINVAL);
	test_fixture_init(&f, "..");
	f.topology.nr_nodes = 1;
	create_refused(&f, PCPU_EINVAL);
	test_fixture_init(&f, "01");
	f.config.static_start += 8;
	create_refused(&f, PCPU_EINVAL);
	test_fixture_init(&f, "01");
	too_many = f.topology;
	too_many.nr_cpu_ids = PCPU_MAX_CPUS + 1;
	f.config.topology = &too_many;
	create_refused(&f, PCPU_ELIMIT);
	test_fixture_init(&f, "0011");
	f.config.backing = PCPU_BACKING_KM;
	create_refused_by(&f, PCPU_SETUP_KM_GROUPS, 2);
}

/* What is aligned to more than a cache line would not be in every skewed unit. */
TEST(a_static_part_is_refused_whose_alignment_is_not_kept)
{
	for (uint32_t align = 0; align <= PCPU_PAGE_BYTES; align = align ? 2 * align : 1) {
		struct test_fixture f;

		test_fixture_init(&f, "0011");
		f.config.static_align_bytes = align;
		test_fixture_open(&f);
		test_fixture_close(&f);
		f.config.sizes.stride = PCPU_STRIDE_SKEWED;
		if (align > PCPU_SKEW_BYTES) {
			create_refused_by(&f, PCPU_SETUP_STATIC_ALIGN, align);
			continue;
		}
		test_fixture_open(&f);
		test_fixture_close(&f);
	}
}

/* A number that no enumeration has is not taken for one that it has. */
TEST(values_outside_an_enumeration_are_refused)
{
	struct test_fixture f;

	for (int bad = 0; bad < 2; bad++) {
		uint32_t value = bad ? 0x80000000u : 3;

		test_fixture_init(&f, "01");
		f.config.choice = (enum pcpu_choice)value;
		create_refused_by(&f, PCPU_SETUP_CHOICE, value);
		test_fixture_init(&f, "00");
		value = bad ? UINT32_MAX : 2;
		f.config.backing = (enum pcpu_backing_kind)value;
		create_refused_by(&f, PCPU_SETUP_BACKING, value);
		test_fixture_init(&f, "01");
		f.config.sizes.rule = (enum pcpu_rule)value;
		create_refused(&f, PCPU_EINVAL);
		test_fixture_init(&f, "01");
		f.config.sizes.stride = (enum pcpu_stride)(bad ? value : 3);
		create_refused(&f, PCPU_EINVAL);
	}
}

/* The unit does not divide the atom, nor is it a power of two. */
TEST(odd_and_forced_strides_hold_every_invariant)
{
	for (int forced = 0; forced < 2; forced++) {
		struct test_fixture f;
		uint32_t pages;

		test_fixture_init(&f, "00011");
		f.config.sizes.stride = PCPU_STRIDE_ODD;
		f.config.sizes.dyn_bytes = 5 * PCPU_PAGE_BYTES;
		f.config.sizes.atom_bytes = 16 * PCPU_PAGE_BYTES;
		f.config.sizes.unit_bytes = forced ? 10 * PCPU_PAGE_BYTES : 0;
		test_fixture_open(&f);
		pages = pcpu_layout(f.pcpu)->size_sum_bytes / PCPU_PAGE_BYTES;
		CHECK_EQ(pcpu_layout(f.pcpu)->unit_bytes,
			 (forced ? 10 : pages | 1) * PCPU_PAGE_BYTES);
		CHECK_EQ(pcpu_layout(f.pcpu)->upa, 1);
		for (int i = 0; i < 40; i++)
			CHECK(pcpu_alloc(f.pcpu, 5000, 8, 0).value);
		test_fixture_check(&f);
		test_fixture_close(&f);
	}
}

TEST(several_allocators_live_side_by_side)
{
	struct test_fixture a, b;
	struct pcpu_ptr p, q;

	test_fixture_init(&a, "0011");
	test_fixture_init(&b, "0");
	b.config.choice = PCPU_CHOICE_PAGE;
	test_fixture_open(&a);
	test_fixture_open(&b);
	p = pcpu_alloc(a.pcpu, 8, 8, 0);
	q = pcpu_alloc(b.pcpu, 8, 8, 0);
	pcpu_free(a.pcpu, p);
	test_fixture_check(&b);
	pcpu_free(b.pcpu, q);
	test_fixture_close(&b);
	test_fixture_check(&a);
	test_fixture_close(&a);
}

/* Without linked symbols a pointer is the address in the base unit. Simulated platforms have
   addresses of their own each, so there values repeat: the exception that pcpu.h states. */
TEST(a_static_part_at_the_base)
{
	for (int choice = PCPU_CHOICE_EMBED; choice <= PCPU_CHOICE_PAGE; choice++) {
		struct test_fixture f, other;
		struct pcpu_ptr p, q;

		test_fixture_init(&f, "00.11");
		f.config.choice = (enum pcpu_choice)choice;
		f.config.static_start = PCPU_STATIC_AT_BASE;
		other = f;
		other.config.topology = &other.topology;
		test_fixture_open(&f);
		CHECK_EQ(pcpu_static_start(f.pcpu), pcpu_base(f.pcpu));
		CHECK_EQ(pcpu_offsets(f.pcpu)[pcpu_lowest_cpu(f.pcpu)], 0);
		p = pcpu_alloc(f.pcpu, PCPU_MIN_UNIT_BYTES, 8, 0);
		CHECK_EQ(pcpu_address(f.pcpu, p, pcpu_lowest_cpu(f.pcpu)), p.value);
		CHECK(pcpu_is_static_address(f.pcpu, pcpu_base(f.pcpu)));
		CHECK_EQ(test_fixture_place(&f, p).kind, PCPU_CHUNK_LATER);
		test_fixture_check(&f);
		test_fixture_open(&other);
		q = pcpu_alloc(other.pcpu, PCPU_MIN_UNIT_BYTES, 8, 0);
		CHECK_EQ(q.value, p.value);
		test_fixture_close(&other);
		pcpu_free(f.pcpu, p);
		test_fixture_close(&f);
	}
}

/* A pointer to each end of the guard of a later object's unit finds no object and frees none. */
static void guards_are_nobodys(struct test_fixture *f, struct pcpu_ptr object)
{
	const struct pcpu_layout *l = pcpu_layout(f->pcpu);
	uintptr_t unit = object.value - test_fixture_place(f, object).offset;
	const uintptr_t ends[] = {pcpu_layout_covers(l), l->unit_bytes - 4};

	for (int i = 0; i < 2; i++) {
		struct pcpu_ptr guard = {unit + ends[i]};
		struct pcpu_report report;
		struct pcpu_place place;

		CHECK(!pcpu_lookup(f->pcpu, guard, &place));
		pcpu_free(f->pcpu, guard);
		CHECK(lab_take_misuse(f->plat, &report));
		CHECK_EQ(report.id, PCPU_MISUSE_WILD_FREE);
	}
	CHECK(pcpu_lookup(f->pcpu, (struct pcpu_ptr){unit + ends[0] - 4}, &(struct pcpu_place){0}));
}

/* |##.....|/|##.....|/|	the last page of each unit is nobody's: later chunks are made of
				what is before it, and no page lies there */
TEST(units_with_guards)
{
	static const enum pcpu_backing_kind backings[] = {PCPU_BACKING_VM, PCPU_BACKING_VM,
							  PCPU_BACKING_KM, PCPU_BACKING_KM};

	for (int kind = 0; kind < 4; kind++) {
		struct pcpu_ptr p[40];
		const struct pcpu_layout *l;
		struct test_fixture f;

		test_fixture_init(&f, kind >= 2 ? "00.00" : "00.11");
		f.config.sizes.guard_bytes = 3 * PCPU_PAGE_BYTES; /* the platform's counts */
		f.sim.guard_bytes = PCPU_PAGE_BYTES;
		if (kind == 3) { /* four units leave a rest of four pages in three atoms */
			f.config.sizes.unit_bytes = 11 * PCPU_PAGE_BYTES;
			f.config.sizes.atom_bytes = 16 * PCPU_PAGE_BYTES;
		}
		f.config.backing = backings[kind];
		f.config.choice = kind == 1 ? PCPU_CHOICE_PAGE : PCPU_CHOICE_EMBED;
		test_fixture_open(&f);
		l = pcpu_layout(f.pcpu);
		CHECK_EQ(l->guard_bytes, PCPU_PAGE_BYTES);
		CHECK_EQ(pcpu_layout_covers(l), l->unit_bytes - PCPU_PAGE_BYTES);
		CHECK(pcpu_layout_covers(l) >= PCPU_MIN_UNIT_BYTES);
		CHECK(pcpu_layout_covers(l) >= l->size_sum_bytes);
		for (uint32_t i = 0; i < 40; i++) {
			struct pcpu_place place;

			p[i] = pcpu_alloc(f.pcpu, i % 5 ? 8000 : PCPU_MIN_UNIT_BYTES, 8, 0);
			CHECK(p[i].value);
			place = test_fixture_place(&f, p[i]);
			CHECK(place.offset + (i % 5 ? 8000 : PCPU_MIN_UNIT_BYTES) <=
			      pcpu_layout_covers(l));
		}
		guards_are_nobodys(&f, p[35]);
		for (uint32_t cpu = 0; cpu < 5; cpu++)
			CHECK(cpu == 2 ||
			      !plat_page_backed(f.plat,
						pcpu_address(f.pcpu, p[39], cpu) -
							test_fixture_place(&f, p[39]).offset +
							pcpu_layout_covers(l)));
		test_fixture_check(&f);
		for (uint32_t i = 0; i < 40; i++)
			pcpu_free(f.pcpu, p[i]);
		pcpu_balance(f.pcpu);
		test_fixture_check(&f);
		test_fixture_close(&f);
	}
}
