/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_hosted_nodes.c - memory on the nodes asked for, where node ids have holes: libnuma and the
 * kernel's placement are this test's own.
 *
 *	index	0	1	2	mbind() is remembered, and a page lies where the last one
 *					before
 *	id	0	5	130	its first touch says; without, on node 0
 */
#include <errno.h>
#include <numa.h>
#include <numaif.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "harness/platform/hosted/hosted_plat.h"
#include "harness/test/lib/test.h"

#define NR_IDS 3
static const uint16_t ids[NR_IDS] = {0, 5, 130};

/* --- the machine ----------------------------------------------------------------------------- */

#define MAX_BOUND 64
#define MAX_TOUCHED 512
#define POPULATE_WRITE 23 /* Linux 5.14 */

static struct {
	struct {
		uintptr_t from, to;
		uint32_t id;
	} bound[MAX_BOUND];
	uint32_t nr_bound;
	struct {
		uintptr_t from, to;
		uint32_t nr_bound; /* by then */
	} touched[MAX_TOUCHED];
	uint32_t nr_touched;
	uint32_t nr_wrong; /* masks of other than one node of this machine, other modes */
	int moved_to;	   /* all pages lie there; -1: where they were bound */
	bool refuses;	   /* to say where; what was written before it did is no word */
} machine;

int numa_available(void)
{
	return 0;
}

int numa_max_node(void)
{
	return ids[NR_IDS - 1];
}

int numa_bitmask_isbitset(const struct bitmask *mask, unsigned id)
{
	for (int i = 0; i < NR_IDS; i++)
		if (ids[i] == id)
			return 1;
	return 0;
}

/* The one node of a mask; UINT32_MAX: none, or more. */
static uint32_t mask_id(const unsigned long *mask, unsigned long max)
{
	uint32_t id = UINT32_MAX, nr = 0;

	for (uint32_t i = 0; i < max; i++)
		if (mask[i / 64] >> (i % 64) & 1) {
			id = i;
			nr++;
		}
	return nr == 1 ? id : UINT32_MAX;
}

long mbind(void *address, unsigned long bytes, int mode, const unsigned long *mask,
	   unsigned long max, unsigned flags)
{
	uint32_t id = mask_id(mask, max);

	if (mode != MPOL_PREFERRED || !numa_bitmask_isbitset(NULL, id) ||
	    machine.nr_bound == MAX_BOUND) {
		machine.nr_wrong++;
		errno = EINVAL;
		return -1;
	}
	machine.bound[machine.nr_bound].from = (uintptr_t)address;
	machine.bound[machine.nr_bound].to = (uintptr_t)address + bytes;
	machine.bound[machine.nr_bound++].id = id;
	return 0;
}

/* Memory comes here, and stays where it is. */
int madvise(void *address, size_t bytes, int advice)
{
	if (advice == POPULATE_WRITE && machine.nr_touched < MAX_TOUCHED) {
		machine.touched[machine.nr_touched].from = (uintptr_t)address;
		machine.touched[machine.nr_touched].to = (uintptr_t)address + bytes;
		machine.touched[machine.nr_touched++].nr_bound = machine.nr_bound;
	}
	return (int)syscall(SYS_madvise, address, bytes, advice);
}

/* How many bindings there were when the page was touched. */
static uint32_t bound_before_touch(uintptr_t address)
{
	for (uint32_t i = machine.nr_touched; i-- > 0;)
		if (machine.touched[i].from <= address && address < machine.touched[i].to)
			return machine.touched[i].nr_bound;
	return 0;
}

/* The last word on an address counts. */
static int node_of(uintptr_t address)
{
	for (uint32_t i = bound_before_touch(address); i-- > 0;)
		if (machine.bound[i].from <= address && address < machine.bound[i].to)
			return (int)machine.bound[i].id;
	return 0;
}

long move_pages(int process, unsigned long nr, void **pages, const int *nodes, int *status,
		int flags)
{
	if (nodes)
		machine.nr_wrong++;
	for (unsigned long i = 0; i < nr; i++)
		status[i] =
			machine.moved_to == -1 ? node_of((uintptr_t)pages[i]) : machine.moved_to;
	return machine.refuses ? -1 : 0;
}

/* --- allocators on it ------------------------------------------------------------------------ */

#define NR_CPUS 7
static const uint16_t cpu_node[NR_CPUS] = {0, 1, 2, 2, PCPU_NO_NODE, 1, 0};
static const uint8_t distance[NR_IDS * NR_IDS] = {10, 20, 20, 20, 10, 20, 20, 20, 10};
static const struct pcpu_topology topology = {
	.nr_cpu_ids = NR_CPUS, .nr_nodes = NR_IDS, .cpu_node = cpu_node, .node_id = ids,
	.distance = distance,
};

struct fixture {
	struct plat *plat;
	struct pcpu *pcpu;
	uint32_t nr_far;
};

static void on_event(void *context, const struct pcpu_event *event)
{
	struct fixture *fixture = context;

	fixture->nr_far += event->id == PCPU_EV_NODE_FAR;
}

static uint32_t reserved_bytes;

static void fixture_create(struct fixture *fixture, enum pcpu_choice choice, bool no_mbind)
{
	struct hosted_config hosted = {
		.topology = &topology, .bind_memory = true, .no_mbind = no_mbind,
		.event = on_event, .context = fixture,
	};
	struct pcpu_config config = {
		.topology = &topology,
		.sizes = {.static_bytes = 14000, .reserved_bytes = reserved_bytes,
			  .dyn_bytes = 20480, .atom_bytes = 64 << 10},
		.choice = choice,
		.static_start = 0x1000000,
	};

	*fixture = (struct fixture){0};
	memset(&machine, 0, sizeof(machine));
	machine.moved_to = -1;
	fixture->plat = config.plat = hosted_create(&hosted);
	CHECK(fixture->plat);
	CHECK_EQ(pcpu_create(&config, &fixture->pcpu), PCPU_OK);
	for (int i = 0; i < 4; i++)
		CHECK(pcpu_alloc(fixture->pcpu, PCPU_MIN_UNIT_BYTES, 8, 0).value);
}

static void fixture_destroy(struct fixture *fixture)
{
	pcpu_destroy(fixture->pcpu);
	hosted_destroy(fixture->plat);
}

static void every_page_is_there(enum pcpu_choice choice)
{
	struct hosted_placement seen;
	struct fixture fixture;

	fixture_create(&fixture, choice, false);
	CHECK_EQ(machine.nr_wrong, 0);
	CHECK(machine.nr_bound >= 6);
	CHECK(machine.nr_touched > 0 && machine.nr_touched < MAX_TOUCHED);
	CHECK_EQ(fixture.nr_far, 0);
	for (uint16_t node = 0; node < NR_IDS; node++) {
		hosted_placement(fixture.plat, fixture.pcpu, node, &seen);
		CHECK(seen.nr_pages > 16);
		CHECK_EQ(seen.nr_known, seen.nr_pages);
		CHECK_EQ(seen.nr_there, seen.nr_pages);
	}
	CHECK_EQ(pcpu_check(fixture.pcpu, NULL), PCPU_HOLDS);
	fixture_destroy(&fixture);
}

TEST(the_id_of_a_node_is_bound_not_its_index_embed)
{
	every_page_is_there(PCPU_CHOICE_EMBED);
}

TEST(the_id_of_a_node_is_bound_not_its_index_page)
{
	every_page_is_there(PCPU_CHOICE_PAGE);
}

/* The control: nothing is bound, and only node 0 has its own. */
TEST(without_mbind_pages_lie_elsewhere_and_that_is_seen)
{
	struct hosted_placement seen;
	struct fixture fixture;

	fixture_create(&fixture, PCPU_CHOICE_EMBED, true);
	CHECK_EQ(machine.nr_bound, 0);
	CHECK_EQ(fixture.nr_far, 2);
	hosted_placement(fixture.plat, fixture.pcpu, 2, &seen);
	CHECK_EQ(seen.nr_known, seen.nr_pages);
	CHECK_EQ(seen.nr_there, 0);
	hosted_placement(fixture.plat, fixture.pcpu, 0, &seen);
	CHECK_EQ(seen.nr_there, seen.nr_pages);
	fixture_destroy(&fixture);
}

/* Pages moved to the node whose id is another's index. */
TEST(an_id_is_not_taken_for_an_index)
{
	struct hosted_placement seen;
	struct fixture fixture;

	fixture_create(&fixture, PCPU_CHOICE_EMBED, false);
	machine.moved_to = 130;
	CHECK_EQ(plat_page_node(fixture.plat, pcpu_base(fixture.pcpu)), 2);
	machine.moved_to = 5;
	CHECK_EQ(plat_page_node(fixture.plat, pcpu_base(fixture.pcpu)), 1);
	machine.moved_to = 2;
	CHECK_EQ(plat_page_node(fixture.plat, pcpu_base(fixture.pcpu)), PCPU_NO_NODE);
	hosted_placement(fixture.plat, fixture.pcpu, 2, &seen);
	CHECK_EQ(seen.nr_there, 0);
	machine.moved_to = -EFAULT; /* not backed: not told */
	hosted_placement(fixture.plat, fixture.pcpu, 2, &seen);
	CHECK_EQ(seen.nr_known, 0);
	CHECK_EQ(seen.nr_there, 0);
	machine.moved_to = 5;
	machine.refuses = true;
	CHECK_EQ(plat_page_node(fixture.plat, pcpu_base(fixture.pcpu)), PCPU_NO_NODE);
	machine.refuses = false;
	CHECK_EQ(plat_page_node(fixture.plat, pcpu_base(fixture.pcpu)), 1);
	fixture_destroy(&fixture);
}

/* As many pages as two looks do not suffice for: the last of them is elsewhere, or the first. */
TEST(every_page_of_a_long_area_is_looked_at)
{
	const uintptr_t at = 0x10000000;
	const uint64_t nr = 1200;
	struct fixture fixture;

	fixture_create(&fixture, PCPU_CHOICE_EMBED, false);
	for (uint64_t odd = 0; odd <= nr; odd += odd ? nr / 6 : 1) {
		uintptr_t page = at + (odd ? odd - 1 : 0) * PCPU_PAGE_BYTES;

		machine.nr_bound = machine.nr_touched = 0;
		hosted_bind(fixture.plat, at, nr * PCPU_PAGE_BYTES, 2);
		if (odd)
			hosted_bind(fixture.plat, page, PCPU_PAGE_BYTES, 1);
		machine.touched[machine.nr_touched].from = at;
		machine.touched[machine.nr_touched].to = at + nr * PCPU_PAGE_BYTES;
		machine.touched[machine.nr_touched++].nr_bound = machine.nr_bound;
		CHECK_EQ(hosted_is_local(fixture.plat, at, nr * PCPU_PAGE_BYTES, 2), odd == 0);
	}
	fixture_destroy(&fixture);
}

/* Local is what lies on a node that is there and has memory, whatever the kernel says. */
TEST(nothing_is_local_to_a_node_without_memory)
{
	static const uint8_t states[] = {0, PCPU_NODE_ONLINE, PCPU_NODE_MEMORY,
					 PCPU_NODE_ONLINE | PCPU_NODE_MEMORY};
	struct hosted_config config = {.topology = &topology, .bind_memory = true};
	struct pcpu_topology changed = topology;
	uint8_t state[NR_IDS] = {3, 3, 3};
	struct plat *plat;

	changed.node_state = state;
	config.topology = &changed;
	for (int bind = 0; bind < 2; bind++) {
		config.bind_memory = bind;
		plat = hosted_create(&config);
		CHECK(plat);
		machine.moved_to = 5;
		for (int i = 0; i < 4; i++) {
			state[1] = states[i];
			CHECK_EQ(hosted_is_local(plat, 0x10000000, PCPU_PAGE_BYTES, 1), i == 3);
		}
		hosted_destroy(plat);
	}
}

/* What is backed is counted once, in chunks that share memory too. */
TEST(each_backed_page_is_counted_once)
{
	struct hosted_placement seen, of_node;
	struct fixture fixture;
	uint64_t sum = 0;

	reserved_bytes = 8192;
	fixture_create(&fixture, PCPU_CHOICE_EMBED, false);
	reserved_bytes = 0;
	hosted_placement(fixture.plat, fixture.pcpu, PCPU_NO_NODE, &seen);
	CHECK_EQ(seen.nr_pages, plat_pages_held(fixture.plat));
	for (uint16_t node = 0; node < NR_IDS; node++) {
		hosted_placement(fixture.plat, fixture.pcpu, node, &of_node);
		sum += of_node.nr_pages;
	}
	CHECK_EQ(sum, seen.nr_pages);
	fixture_destroy(&fixture);
}

/* A topology of which one node is not this machine's is not bound at all. */
TEST(a_node_that_is_not_there_is_not_bound)
{
	static const uint16_t other_ids[NR_IDS] = {0, 5, 6};
	struct pcpu_topology other = topology;

	CHECK(hosted_nodes_exist(&topology));
	other.node_id = other_ids;
	CHECK(!hosted_nodes_exist(&other));
	other.nr_nodes = 2;
	CHECK(hosted_nodes_exist(&other));
}
