/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_setup.c - set-up of the first chunk: what each CPU's unit holds, what is published, what is
   refused. */
#include <string.h>

#include "harness/test/lib/test.h"
#include "harness/test/lib/test_world.h"

static uint64_t read64(struct test_world *w, uintptr_t address)
{
	uint64_t value;

	lab_read(w->plat, address, &value, sizeof(value));
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
	struct test_world w;

	for (size_t i = 0; i < sizeof(image); i++)
		image[i] = (uint8_t)(i * 7);
	test_world_init(&w, "00.11");
	w.config.static_image = image;
	w.config.own = &own;
	w.config.early_maps = maps;
	w.config.nr_early_maps = 2;
	w.sim.ready_bytes = sizeof(image);
	w.sim.static_start = TEST_STATIC_START;
	test_world_open(&w);
	CHECK(early == NULL);
	CHECK_STR(sim_ready_wrong(w.plat, pcpu_offsets(w.pcpu)), NULL);
	for (uint32_t cpu = 0; cpu < 5; cpu++) {
		uintptr_t offset = pcpu_offsets(w.pcpu)[cpu], unit = offset + TEST_STATIC_START;
		uint8_t copy[5000];
		uint32_t own_cpu;
		uint16_t own_id;

		if (cpu == 2) {
			CHECK_EQ(offset, 0);
			continue;
		}
		CHECK_EQ(read64(&w, unit), offset);
		lab_read(w.plat, unit + 8, &own_cpu, sizeof(own_cpu));
		CHECK_EQ(own_cpu, cpu);
		CHECK_EQ(read64(&w, unit + 16), unit + 128 + 4096 - 64);
		lab_read(w.plat, unit + 40, &own_id, sizeof(own_id));
		CHECK_EQ(own_id, apic_ids[cpu]);
		lab_read(w.plat, unit, copy, sizeof(copy));
		CHECK_EQ(memcmp(copy + 42, image + 42, sizeof(copy) - 42), 0);
		CHECK_EQ(memcmp(copy + 24, image + 24, 16), 0);
	}
	test_world_close(&w);
}

static void own_refused(const struct pcpu_own_variables *own, uint32_t early_offset, bool refused)
{
	uint32_t values[] = {1, 2};
	void *early = values;
	struct pcpu_early_map map = {&early, 4, early_offset};
	struct test_world w;

	test_world_init(&w, "00");
	w.config.own = own;
	w.config.early_maps = &map;
	w.config.nr_early_maps = 1;
	test_world_open_plat(&w);
	CHECK_EQ(pcpu_create(&w.config, &w.pcpu), refused ? PCPU_EINVAL : PCPU_OK);
	if (refused)
		CHECK_EQ(test_world_event(&w, PCPU_EV_SETUP_REFUSED).a, PCPU_SETUP_OWN_VARIABLES);
	test_world_close(&w);
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
		struct test_world w;

		if (page == PCPU_PAGE_BYTES)
			continue;
		test_world_init(&w, "01");
		w.config.sizes.page_bytes = page;
		test_world_open_plat(&w);
		CHECK_EQ(pcpu_create(&w.config, &w.pcpu), PCPU_EINVAL);
		CHECK_EQ(test_world_event(&w, PCPU_EV_SETUP_REFUSED).a, PCPU_SETUP_PAGE);
		CHECK_EQ(test_world_event(&w, PCPU_EV_SETUP_REFUSED).b, page);
		CHECK_EQ(test_world_reported(&w, PCPU_EV_LAYOUT), 1);
		CHECK_EQ(test_world_reported(&w, PCPU_EV_FALLBACK), 0);
		sim_ledger(w.plat, &ledger);
		CHECK_EQ(ledger.nr_calls, 2); /* the instance, its layout */
		test_world_close(&w);
	}
}

TEST(without_an_image_the_static_part_is_zero)
{
	struct test_world w;

	test_world_init(&w, "0");
	test_world_open(&w);
	for (int at = 0; at < 4992; at += 8)
		CHECK_EQ(read64(&w, pcpu_base(w.pcpu) + (uintptr_t)at), 0);
	test_world_close(&w);
}

TEST(start_up_reports_ids_layout_and_areas)
{
	struct test_world w;
	struct pcpu_event event;

	test_world_init(&w, "00.3");
	test_world_open(&w);
	event = test_world_event(&w, PCPU_EV_IDS);
	CHECK_EQ(event.a, PCPU_MAX_CPUS);
	CHECK_EQ(event.b, 4);
	CHECK_EQ(event.c, 4);
	event = test_world_event(&w, PCPU_EV_EMBEDDED);
	CHECK_EQ(event.a, pcpu_layout(w.pcpu)->size_sum_bytes / PCPU_PAGE_BYTES);
	CHECK_EQ(event.b, pcpu_base(w.pcpu));
	CHECK_EQ(test_world_reported(&w, PCPU_EV_LAYOUT), 1);
	test_world_close(&w);
}

TEST(nodes_of_all_cpus_and_start_up_masks)
{
	struct test_world w;

	test_world_init(&w, "01.1");
	test_world_open(&w);
	CHECK_EQ(pcpu_cpu_node(w.pcpu, 0), 0);
	CHECK_EQ(pcpu_cpu_node(w.pcpu, 3), 1);
	CHECK_EQ(pcpu_cpu_node(w.pcpu, 2), PCPU_NO_NODE);
	CHECK_EQ(pcpu_cpu_node(w.pcpu, 99), PCPU_NO_NODE);
	CHECK_EQ(pcpu_node_cpus(w.pcpu, 0)[0], 1);
	CHECK_EQ(pcpu_node_cpus(w.pcpu, 1)[0], 2 + 8);
	for (int mask = 0; mask < PCPU_NR_MASKS; mask++) {
		CHECK_EQ(pcpu_start_mask(w.pcpu, (enum pcpu_start_mask)mask)[0], 0);
		pcpu_start_mask(w.pcpu, (enum pcpu_start_mask)mask)[0] = (uint64_t)mask + 1;
	}
	for (int mask = 0; mask < PCPU_NR_MASKS; mask++)
		CHECK_EQ(pcpu_start_mask(w.pcpu, (enum pcpu_start_mask)mask)[0], mask + 1);
	test_world_close(&w);
}

/* Groups land anywhere; the lowest is the base, and the distances hold for every chunk. */
TEST(group_order_need_not_be_address_order)
{
	for (uint64_t seed = 0; seed < 20; seed++) {
		struct test_world w;
		struct pcpu_ptr p;

		test_world_init(&w, "01230123");
		w.sim.address_seed = seed;
		w.sim.backwards = seed % 2;
		w.sim.area_gap_bytes = seed << 16;
		test_world_open(&w);
		for (int i = 0; i < 3; i++) {
			p = pcpu_alloc(w.pcpu, 32768, 8, 0);
			for (uint32_t cpu = 0; cpu < 8; cpu++)
				CHECK_EQ(pcpu_address(w.pcpu, p, cpu) - pcpu_address(w.pcpu, p, 0),
					 pcpu_offsets(w.pcpu)[cpu] - pcpu_offsets(w.pcpu)[0]);
		}
		CHECK_EQ(test_world_place(&w, p).kind, PCPU_CHUNK_LATER);
		CHECK(pcpu_offsets(w.pcpu)[pcpu_lowest_cpu(w.pcpu)] + TEST_STATIC_START ==
		      pcpu_base(w.pcpu));
		for (uint32_t cpu = 0; cpu < 8; cpu++)
			CHECK(pcpu_offsets(w.pcpu)[cpu] <=
			      pcpu_offsets(w.pcpu)[pcpu_highest_cpu(w.pcpu)]);
		test_world_check(&w);
		test_world_close(&w);
	}
}

TEST(embed_on_a_node_without_memory_is_reported)
{
	uint8_t state[] = {PCPU_NODE_ONLINE | PCPU_NODE_MEMORY, PCPU_NODE_ONLINE, PCPU_NODE_MEMORY};
	struct test_world w;
	struct pcpu_event event;

	for (int page = 0; page < 2; page++) {
		test_world_init(&w, "0012");
		w.node_id[2] = 8;
		w.topology.node_state = state;
		w.config.choice = page ? PCPU_CHOICE_PAGE : PCPU_CHOICE_EMBED;
		test_world_open(&w);
		CHECK_EQ(test_world_reported(&w, PCPU_EV_NODE_FAR), 2);
		event = test_world_event(&w, PCPU_EV_NODE_FAR);
		CHECK_EQ(event.a, 3);
		CHECK_EQ(event.b, 8);
		CHECK_EQ(event.c, page ? 0 : 2);
		test_world_close(&w);
	}
}

TEST(page_takes_one_group_and_the_least_dynamic_space)
{
	struct test_world w;
	const struct pcpu_layout *l;

	test_world_init(&w, "0101");
	w.config.choice = PCPU_CHOICE_PAGE;
	w.config.sizes.dyn_bytes = 1 << 20;
	test_world_open(&w);
	l = pcpu_layout(w.pcpu);
	CHECK_EQ(pcpu_chosen(w.pcpu), PCPU_CHOICE_PAGE);
	CHECK_EQ(l->nr_groups, 1);
	CHECK_EQ(l->atom_bytes, PCPU_PAGE_BYTES);
	CHECK_EQ(l->size_sum_bytes, pcpu_round_up(5000 + 8192 + 12288, PCPU_PAGE_BYTES));
	CHECK_EQ(l->dyn_bytes, l->size_sum_bytes - 5000 - 8192);
	CHECK_EQ(test_world_reported(&w, PCPU_EV_PAGED), 1);
	CHECK_EQ(test_world_reported(&w, PCPU_EV_EMBEDDED), 0);
	test_world_close(&w);
}

TEST(auto_may_mean_page)
{
	struct test_world w;

	test_world_init(&w, "01");
	w.config.auto_means_page = true;
	test_world_open(&w);
	CHECK_EQ(pcpu_chosen(w.pcpu), PCPU_CHOICE_PAGE);
	CHECK_EQ(test_world_reported(&w, PCPU_EV_FALLBACK), 0);
	test_world_close(&w);
	w.config.choice = PCPU_CHOICE_EMBED;
	test_world_open(&w);
	CHECK_EQ(pcpu_chosen(w.pcpu), PCPU_CHOICE_EMBED);
	test_world_close(&w);
}

TEST(page_has_no_fall_back_and_names_every_cause)
{
	struct test_world w;
	struct pcpu_event event;

	test_world_init(&w, "0011");
	w.sim.pages_per_node = PCPU_PAGE_SHIFT < 16 ? 4 : 1;
	test_world_open_plat(&w);
	CHECK_EQ(pcpu_create(&w.config, &w.pcpu), PCPU_ENOMEM);
	event = test_world_event(&w, PCPU_EV_NO_FALLBACK);
	CHECK_EQ(event.a, PCPU_ENOMEM);
	CHECK_EQ(event.b, PCPU_ENOMEM);
	test_world_close(&w);

	w.config.choice = PCPU_CHOICE_PAGE;
	test_world_open_plat(&w);
	CHECK_EQ(pcpu_create(&w.config, &w.pcpu), PCPU_ENOMEM);
	event = test_world_event(&w, PCPU_EV_NO_FALLBACK);
	CHECK_EQ(event.a, PCPU_OK);
	CHECK_EQ(event.b, PCPU_ENOMEM);
	CHECK_EQ(test_world_reported(&w, PCPU_EV_FALLBACK), 0);
	test_world_close(&w);
}

TEST(without_the_page_allocator_a_wide_span_only_warns)
{
	struct test_world w;

	test_world_init(&w, "0011");
	w.sim.area_gap_bytes = UINT64_C(1) << 32;
	w.config.space_bytes = UINT64_C(1) << 30;
	w.config.no_page_allocator = true;
	test_world_open(&w);
	CHECK_EQ(test_world_reported(&w, PCPU_EV_SPAN_WIDE), 1);
	CHECK_EQ(pcpu_chosen(w.pcpu), PCPU_CHOICE_EMBED);
	test_world_close(&w);
}

TEST(without_the_page_allocator_page_is_an_unknown_value)
{
	struct test_world w;

	for (int choice = PCPU_CHOICE_AUTO; choice <= PCPU_CHOICE_PAGE; choice++) {
		test_world_init(&w, "0011");
		w.config.choice = (enum pcpu_choice)choice;
		w.config.auto_means_page = true;
		w.config.no_page_allocator = true;
		test_world_open(&w);
		CHECK_EQ(pcpu_chosen(w.pcpu), PCPU_CHOICE_EMBED);
		CHECK_EQ(test_world_reported(&w, PCPU_EV_CHOICE_UNKNOWN),
			 choice == PCPU_CHOICE_PAGE);
		test_world_close(&w);
	}
}

TEST(percpu_alloc_values)
{
	enum pcpu_choice choice = PCPU_CHOICE_PAGE;
	struct test_world w;

	test_world_init(&w, "0");
	test_world_open(&w);
	CHECK(pcpu_choice_parse(w.plat, "auto", &choice));
	CHECK_EQ(choice, PCPU_CHOICE_AUTO);
	CHECK(pcpu_choice_parse(w.plat, "embed", &choice));
	CHECK_EQ(choice, PCPU_CHOICE_EMBED);
	CHECK_EQ(test_world_reported(&w, PCPU_EV_CHOICE_UNKNOWN), 0);
	CHECK(!pcpu_choice_parse(w.plat, "embe", &choice));
	CHECK(!pcpu_choice_parse(w.plat, "embedd", &choice));
	CHECK(!pcpu_choice_parse(w.plat, "", &choice));
	CHECK_EQ(choice, PCPU_CHOICE_EMBED);
	CHECK_EQ(test_world_reported(&w, PCPU_EV_CHOICE_UNKNOWN), 3);
	CHECK(pcpu_choice_parse(w.plat, "page", &choice));
	CHECK_EQ(choice, PCPU_CHOICE_PAGE);
	test_world_close(&w);
}

static void create_refused(struct test_world *w, enum pcpu_status status)
{
	test_world_open_plat(w);
	CHECK_EQ(pcpu_create(&w->config, &w->pcpu), status);
	CHECK_EQ(test_world_event(w, PCPU_EV_CREATE_FAILED).a, status);
	CHECK(w->pcpu == NULL);
	test_world_close(w);
}

static void create_refused_by(struct test_world *w, enum pcpu_setup_rule rule, uint64_t value)
{
	struct pcpu_event event;

	test_world_open_plat(w);
	CHECK_EQ(pcpu_create(&w->config, &w->pcpu), PCPU_EINVAL);
	event = test_world_event(w, PCPU_EV_SETUP_REFUSED);
	CHECK_EQ(event.a, rule);
	CHECK_EQ(event.b, value);
	CHECK(w->pcpu == NULL);
	test_world_close(w);
}

TEST(limits_and_bad_configurations_are_refused)
{
	struct pcpu_topology too_many;
	struct test_world w;

	test_world_init(&w, "01");
	w.config.sizes.atom_bytes = 12288;
	create_refused(&w, PCPU_EINVAL);
	test_world_init(&w, "01");
	w.config.sizes.static_bytes = UINT64_C(2) << 30;
	create_refused(&w, PCPU_ELIMIT);
	test_world_init(&w, "01");
	w.distance[0] = 11;
	create_refused(&w, PCPU_EINVAL);
	test_world_init(&w, "..");
	w.topology.nr_nodes = 1;
	create_refused(&w, PCPU_EINVAL);
	test_world_init(&w, "01");
	w.config.static_start += 8;
	create_refused(&w, PCPU_EINVAL);
	test_world_init(&w, "01");
	too_many = w.topology;
	too_many.nr_cpu_ids = PCPU_MAX_CPUS + 1;
	w.config.topology = &too_many;
	create_refused(&w, PCPU_ELIMIT);
	test_world_init(&w, "0011");
	w.config.backing = PCPU_BACKING_KM;
	create_refused_by(&w, PCPU_SETUP_KM_GROUPS, 2);
}

/* A number that no enumeration has is not taken for one that it has. */
TEST(values_outside_an_enumeration_are_refused)
{
	struct test_world w;

	for (int bad = 0; bad < 2; bad++) {
		uint32_t value = bad ? 0x80000000u : 3;

		test_world_init(&w, "01");
		w.config.choice = (enum pcpu_choice)value;
		create_refused_by(&w, PCPU_SETUP_CHOICE, value);
		test_world_init(&w, "00");
		value = bad ? UINT32_MAX : 2;
		w.config.backing = (enum pcpu_backing_kind)value;
		create_refused_by(&w, PCPU_SETUP_BACKING, value);
		test_world_init(&w, "01");
		w.config.sizes.rule = (enum pcpu_rule)value;
		create_refused(&w, PCPU_EINVAL);
		test_world_init(&w, "01");
		w.config.sizes.stride = (enum pcpu_stride)value;
		create_refused(&w, PCPU_EINVAL);
	}
}

/* The unit does not divide the atom, nor is it a power of two. */
TEST(odd_and_forced_strides_hold_every_invariant)
{
	for (int forced = 0; forced < 2; forced++) {
		struct test_world w;
		uint32_t pages;

		test_world_init(&w, "00011");
		w.config.sizes.stride = PCPU_STRIDE_ODD;
		w.config.sizes.dyn_bytes = 5 * PCPU_PAGE_BYTES;
		w.config.sizes.atom_bytes = 16 * PCPU_PAGE_BYTES;
		w.config.sizes.unit_bytes = forced ? 10 * PCPU_PAGE_BYTES : 0;
		test_world_open(&w);
		pages = pcpu_layout(w.pcpu)->size_sum_bytes / PCPU_PAGE_BYTES;
		CHECK_EQ(pcpu_layout(w.pcpu)->unit_bytes,
			 (forced ? 10 : pages | 1) * PCPU_PAGE_BYTES);
		CHECK_EQ(pcpu_layout(w.pcpu)->upa, 1);
		for (int i = 0; i < 40; i++)
			CHECK(pcpu_alloc(w.pcpu, 5000, 8, 0).value);
		test_world_check(&w);
		test_world_close(&w);
	}
}

TEST(several_allocators_live_side_by_side)
{
	struct test_world a, b;
	struct pcpu_ptr p, q;

	test_world_init(&a, "0011");
	test_world_init(&b, "0");
	b.config.choice = PCPU_CHOICE_PAGE;
	test_world_open(&a);
	test_world_open(&b);
	p = pcpu_alloc(a.pcpu, 8, 8, 0);
	q = pcpu_alloc(b.pcpu, 8, 8, 0);
	pcpu_free(a.pcpu, p);
	test_world_check(&b);
	pcpu_free(b.pcpu, q);
	test_world_close(&b);
	test_world_check(&a);
	test_world_close(&a);
}

/* Without linked symbols a pointer is the address in the base unit. Simulated platforms have
   addresses of their own each, so there values repeat: the exception that pcpu.h states. */
TEST(a_static_part_at_the_base)
{
	for (int choice = PCPU_CHOICE_EMBED; choice <= PCPU_CHOICE_PAGE; choice++) {
		struct test_world w, other;
		struct pcpu_ptr p, q;

		test_world_init(&w, "00.11");
		w.config.choice = (enum pcpu_choice)choice;
		w.config.static_start = PCPU_STATIC_AT_BASE;
		other = w;
		other.config.topology = &other.topology;
		test_world_open(&w);
		CHECK_EQ(pcpu_static_start(w.pcpu), pcpu_base(w.pcpu));
		CHECK_EQ(pcpu_offsets(w.pcpu)[pcpu_lowest_cpu(w.pcpu)], 0);
		p = pcpu_alloc(w.pcpu, PCPU_MIN_UNIT_BYTES, 8, 0);
		CHECK_EQ(pcpu_address(w.pcpu, p, pcpu_lowest_cpu(w.pcpu)), p.value);
		CHECK(pcpu_is_static_address(w.pcpu, pcpu_base(w.pcpu)));
		CHECK_EQ(test_world_place(&w, p).kind, PCPU_CHUNK_LATER);
		test_world_check(&w);
		test_world_open(&other);
		q = pcpu_alloc(other.pcpu, PCPU_MIN_UNIT_BYTES, 8, 0);
		CHECK_EQ(q.value, p.value);
		test_world_close(&other);
		pcpu_free(w.pcpu, p);
		test_world_close(&w);
	}
}

/* A pointer to each end of the guard of a later object's unit finds no object and frees none. */
static void guards_are_nobodys(struct test_world *w, struct pcpu_ptr object)
{
	const struct pcpu_layout *l = pcpu_layout(w->pcpu);
	uintptr_t unit = object.value - test_world_place(w, object).offset;
	const uintptr_t ends[] = {pcpu_layout_covers(l), l->unit_bytes - 4};

	for (int i = 0; i < 2; i++) {
		struct pcpu_ptr guard = {unit + ends[i]};
		struct pcpu_report report;
		struct pcpu_place place;

		CHECK(!pcpu_lookup(w->pcpu, guard, &place));
		pcpu_free(w->pcpu, guard);
		CHECK(lab_take_misuse(w->plat, &report));
		CHECK_EQ(report.id, PCPU_MISUSE_WILD_FREE);
	}
	CHECK(pcpu_lookup(w->pcpu, (struct pcpu_ptr){unit + ends[0] - 4}, &(struct pcpu_place){0}));
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
		struct test_world w;

		test_world_init(&w, kind >= 2 ? "00.00" : "00.11");
		w.config.sizes.guard_bytes = 3 * PCPU_PAGE_BYTES; /* the platform's counts */
		w.sim.guard_bytes = PCPU_PAGE_BYTES;
		if (kind == 3) { /* four units leave a rest of four pages in three atoms */
			w.config.sizes.unit_bytes = 11 * PCPU_PAGE_BYTES;
			w.config.sizes.atom_bytes = 16 * PCPU_PAGE_BYTES;
		}
		w.config.backing = backings[kind];
		w.config.choice = kind == 1 ? PCPU_CHOICE_PAGE : PCPU_CHOICE_EMBED;
		test_world_open(&w);
		l = pcpu_layout(w.pcpu);
		CHECK_EQ(l->guard_bytes, PCPU_PAGE_BYTES);
		CHECK_EQ(pcpu_layout_covers(l), l->unit_bytes - PCPU_PAGE_BYTES);
		CHECK(pcpu_layout_covers(l) >= PCPU_MIN_UNIT_BYTES);
		CHECK(pcpu_layout_covers(l) >= l->size_sum_bytes);
		for (uint32_t i = 0; i < 40; i++) {
			struct pcpu_place place;

			p[i] = pcpu_alloc(w.pcpu, i % 5 ? 8000 : PCPU_MIN_UNIT_BYTES, 8, 0);
			CHECK(p[i].value);
			place = test_world_place(&w, p[i]);
			CHECK(place.offset + (i % 5 ? 8000 : PCPU_MIN_UNIT_BYTES) <=
			      pcpu_layout_covers(l));
		}
		guards_are_nobodys(&w, p[35]);
		for (uint32_t cpu = 0; cpu < 5; cpu++)
			CHECK(cpu == 2 ||
			      !plat_page_backed(w.plat, pcpu_address(w.pcpu, p[39], cpu) -
								test_world_place(&w, p[39]).offset +
								pcpu_layout_covers(l)));
		test_world_check(&w);
		for (uint32_t i = 0; i < 40; i++)
			pcpu_free(w.pcpu, p[i]);
		pcpu_balance(w.pcpu);
		test_world_check(&w);
		test_world_close(&w);
	}
}
