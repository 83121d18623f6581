/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_hosted.c - the hosted platform on real memory: what the kernel says is there against what
 * is booked, failures and limits, virtual CPUs, misuse. Whatever was taken is given back:
 * hosted_destroy() aborts otherwise.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "harness/test/lib/hosted_fixture.h"
#include "harness/test/lib/test.h"
#include "harness/test/lib/test_child.h"

/* --- what the kernel says -------------------------------------------------------------------- */

/* Resident bytes of [address, address + bytes), by mincore(2); what is not mapped is not
   resident. */
static uint64_t resident_bytes(uintptr_t address, uint64_t bytes)
{
	uint64_t sum = 0;

	for (uint64_t at = 0; at < bytes; at += PCPU_PAGE_BYTES) {
		unsigned char is_resident = 0;

		if (mincore((void *)(address + at), PCPU_PAGE_BYTES, &is_resident) == 0)
			sum += is_resident & 1 ? PCPU_PAGE_BYTES : 0;
	}
	return sum;
}

struct seen {
	const struct pcpu_layout *layout;
	uint64_t resident;
};

static bool chunk_residence(void *context, const struct pcpu_chunk_view *view)
{
	struct seen *seen = context;

	if (view->kind == PCPU_CHUNK_RESERVED) /* the first chunk's memory */
		return true;
	for (uint32_t g = 0; g < seen->layout->nr_groups; g++)
		seen->resident += resident_bytes(view->base + seen->layout->group[g].base_offset,
						 seen->layout->group[g].area_bytes);
	return true;
}

/* Everything that the kernel backs in all chunks of the allocator. */
static uint64_t resident_in_chunks(struct pcpu *pcpu)
{
	struct seen seen = {.layout = pcpu_layout(pcpu)};

	pcpu_visit(pcpu, chunk_residence, &seen);
	return seen.resident;
}

/* --- contents and locks ---------------------------------------------------------------------- */

/* |##0000000##|	every size that has stores of its own, and more, wherever it starts */
TEST(exactly_the_bytes_requested_are_zeroed)
{
	struct hosted_fixture fixture;

	hosted_fixture_create(&(struct hosted_fixture_options){0}, &fixture);
	for (size_t bytes = 0; bytes <= 40; bytes++) {
		for (size_t from = 1; from <= 8; from++) {
			char memory[64];

			memset(memory, 0x5a, sizeof(memory));
			plat_zero(fixture.plat, (uintptr_t)memory + from, bytes);
			for (size_t i = 0; i < sizeof(memory); i++)
				CHECK_EQ(memory[i], i - from < bytes ? 0 : 0x5a);
		}
	}
	hosted_fixture_destroy(&fixture);
}

#define NR_ADDERS 4
#define NR_SUMS	  2000

struct adding {
	struct plat *plat;
	enum plat_lock lock;
	uint64_t sum;
};

static void *add_under_lock(void *argument)
{
	struct adding *adding = argument;

	for (int i = 0; i < NR_SUMS; i++) {
		uint64_t sum;

		plat_lock(adding->plat, adding->lock);
		sum = adding->sum;
		if (i % 16 == 0)
			sched_yield(); /* here another would come in */
		adding->sum = sum + 1;
		plat_unlock(adding->plat, adding->lock);
	}
	CHECK(!plat_lock_held(adding->plat, adding->lock));
	return NULL;
}

TEST(each_lock_keeps_others_out)
{
	for (int lock = PLAT_LOCK_OUTER; lock <= PLAT_LOCK_INNER; lock++) {
		struct hosted_fixture fixture;
		struct adding adding = {.lock = (enum plat_lock)lock};
		pthread_t adder[NR_ADDERS];

		hosted_fixture_create(&(struct hosted_fixture_options){0}, &fixture);
		adding.plat = fixture.plat;
		for (int i = 0; i < NR_ADDERS; i++)
			CHECK_EQ(pthread_create(&adder[i], NULL, add_under_lock, &adding), 0);
		for (int i = 0; i < NR_ADDERS; i++)
			CHECK_EQ(pthread_join(adder[i], NULL), 0);
		CHECK_EQ(adding.sum, NR_ADDERS * NR_SUMS);
		hosted_fixture_destroy(&fixture);
	}
}

/* --- life on real memory --------------------------------------------------------------------- */

#define NR_OBJECTS 40

static void objects_use(struct hosted_fixture *fixture, uint32_t size)
{
	struct pcpu_ptr objects[NR_OBJECTS];
	uint32_t taken = 0;

	for (; taken < NR_OBJECTS; taken++) {
		objects[taken] = pcpu_alloc(fixture->pcpu, size, 8, 0);
		CHECK(objects[taken].value);
		for (uint32_t cpu = 0; cpu < HOSTED_FIXTURE_CPUS; cpu++)
			if (cpu != 4)
				memset((void *)pcpu_address(fixture->pcpu, objects[taken], cpu),
				       (int)(cpu + taken), size);
	}
	CHECK_EQ(pcpu_check(fixture->pcpu, NULL), PCPU_HOLDS);
	CHECK_EQ(resident_in_chunks(fixture->pcpu),
		 plat_pages_held(fixture->plat) * PCPU_PAGE_BYTES);
	while (taken--) {
		unsigned char *copy = (void *)pcpu_address(fixture->pcpu, objects[taken], 7);

		CHECK_EQ(copy[0], 7 + taken);
		CHECK_EQ(copy[size - 1], 7 + taken);
		pcpu_free(fixture->pcpu, objects[taken]);
	}
	pcpu_balance(fixture->pcpu);
	CHECK_EQ(pcpu_check(fixture->pcpu, NULL), PCPU_HOLDS);
	CHECK_EQ(resident_in_chunks(fixture->pcpu),
		 plat_pages_held(fixture->plat) * PCPU_PAGE_BYTES);
}

static void life(const struct hosted_fixture_options *want, enum pcpu_choice chosen)
{
	struct hosted_fixture fixture;

	hosted_fixture_create(want, &fixture);
	CHECK_EQ(fixture.status, PCPU_OK);
	CHECK_EQ(pcpu_chosen(fixture.pcpu), chosen);
	CHECK_EQ(pcpu_check(fixture.pcpu, NULL), PCPU_HOLDS);
	objects_use(&fixture, 24);
	objects_use(&fixture, 5000);
	objects_use(&fixture, PCPU_MIN_UNIT_BYTES);
	hosted_fixture_destroy(&fixture);
}

TEST(life_with_embed)
{
	life(&(struct hosted_fixture_options){.choice = PCPU_CHOICE_EMBED, .reserved_bytes = 8192},
	     PCPU_CHOICE_EMBED);
}

TEST(life_with_page)
{
	life(&(struct hosted_fixture_options){.choice = PCPU_CHOICE_PAGE}, PCPU_CHOICE_PAGE);
}

TEST(life_with_km)
{
	life(&(struct hosted_fixture_options){.backing = PCPU_BACKING_KM}, PCPU_CHOICE_EMBED);
}

TEST(several_instances_at_once)
{
	struct hosted_fixture fixtures[4];

	for (uint32_t i = 0; i < 4; i++) {
		hosted_fixture_create(&(struct hosted_fixture_options){
					    .choice = i % 2 ? PCPU_CHOICE_PAGE : PCPU_CHOICE_EMBED},
				    &fixtures[i]);
		CHECK_EQ(fixtures[i].status, PCPU_OK);
	}
	for (uint32_t i = 0; i < 4; i++)
		objects_use(&fixtures[i], 1000 + i);
	hosted_fixture_destroy(&fixtures[1]);
	objects_use(&fixtures[3], 12000);
	for (uint32_t i = 0; i < 4; i++)
		if (i != 1)
			hosted_fixture_destroy(&fixtures[i]);
}

static void touch(void *address)
{
	signal(SIGSEGV, SIG_DFL);
	*(volatile char *)address = 1;
}

/* The unit's tail has no memory, and nothing may quietly put some there. */
TEST(a_tail_given_back_faults)
{
	struct hosted_fixture fixture;
	struct test_child child;
	const struct pcpu_layout *layout;
	uintptr_t unit;

	hosted_fixture_create(&(struct hosted_fixture_options){.choice = PCPU_CHOICE_EMBED},
			      &fixture);
	layout = pcpu_layout(fixture.pcpu);
	unit = pcpu_offsets(fixture.pcpu)[0] + 0x1000000;
	CHECK(layout->size_sum_bytes < layout->unit_bytes);
	test_child_run(touch, (void *)(unit + layout->size_sum_bytes), &child);
	CHECK_EQ(child.signal, SIGSEGV);
	test_child_run(touch, (void *)(unit + layout->size_sum_bytes - 1), &child);
	CHECK_EQ(child.signal, 0);
	hosted_fixture_destroy(&fixture);
}

/* --- failures and limits --------------------------------------------------------------------- */

/* A short life in which each call may fail. Returns false when some call met a failure. */
static bool short_life(enum pcpu_choice choice, uint64_t k, bool lasting)
{
	struct pcpu_ptr objects[4] = {{0}};
	struct hosted_fixture fixture = {0};
	struct hosted_config config = {.topology = &hosted_fixture_topology};
	bool met = false;

	/* Creation is part of it, so the failure is planned before. */
	config.event = NULL;
	fixture.plat = hosted_create(&config);
	CHECK(fixture.plat);
	lab_fail_at(fixture.plat, k, lasting);
	fixture.status = pcpu_create(
		&(struct pcpu_config){
			.plat = fixture.plat,
			.topology = &hosted_fixture_topology,
			.sizes = {.static_bytes = 14000, .dyn_bytes = 12288, .atom_bytes = 65536},
			.choice = choice,
			.space_bytes = UINT64_C(1) << 45,
			.static_start = 0x1000000,
		},
		&fixture.pcpu);
	met = fixture.status != PCPU_OK || pcpu_chosen(fixture.pcpu) != choice;
	for (uint32_t i = 0; fixture.pcpu && i < 4; i++) {
		objects[i] = pcpu_alloc(fixture.pcpu, i == 3 ? 64 : PCPU_MIN_UNIT_BYTES, 64, 0);
		met |= !objects[i].value;
	}
	if (fixture.pcpu) {
		CHECK_EQ(pcpu_check(fixture.pcpu, NULL), PCPU_HOLDS);
		for (uint32_t i = 0; i < 4; i++)
			pcpu_free(fixture.pcpu, objects[i]);
		pcpu_balance(fixture.pcpu);
		CHECK_EQ(pcpu_check(fixture.pcpu, NULL), PCPU_HOLDS);
	} else {
		CHECK_EQ(plat_pages_held(fixture.plat), 0);
	}
	hosted_fixture_destroy(&fixture);
	return !met;
}

static void sweep(enum pcpu_choice choice, bool lasting)
{
	uint64_t k = 0, met = 0;

	/* Every k at first, then ever fewer: the simulated platform has the whole sweep. A
	   failure may be made good (embed falls back), so one clean run is no end. */
	for (uint32_t clean = 0; clean < 4; k += 1 + k / 16) {
		bool is_clean = short_life(choice, k, lasting);

		clean = is_clean ? clean + 1 : 0;
		met += !is_clean;
		CHECK(k < 3000);
	}
	CHECK(met > 10);
}

TEST(failure_sweep_embed_single)
{
	sweep(PCPU_CHOICE_EMBED, false);
}

TEST(failure_sweep_embed_lasting)
{
	sweep(PCPU_CHOICE_EMBED, true);
}

TEST(failure_sweep_page_single)
{
	sweep(PCPU_CHOICE_PAGE, false);
}

TEST(limits_refuse_and_lose_nothing)
{
	struct hosted_fixture fixture;

	hosted_fixture_create(&(struct hosted_fixture_options){.page_limit = 20}, &fixture);
	CHECK_EQ(fixture.status, PCPU_ENOMEM);
	CHECK(!fixture.pcpu);
	CHECK_EQ(fixture.nr_events[PCPU_EV_NO_FALLBACK], 1);
	CHECK_EQ(plat_pages_held(fixture.plat), 0);
	hosted_fixture_destroy(&fixture);

	hosted_fixture_create(&(struct hosted_fixture_options){.meta_limit_bytes = 100}, &fixture);
	CHECK_EQ(fixture.status, PCPU_ENOMEM);
	hosted_fixture_destroy(&fixture);
}

TEST(a_page_limit_stops_an_allocation_half_way_and_takes_it_back)
{
	struct hosted_fixture fixture;
	struct pcpu_ptr big;
	uint64_t held;

	hosted_fixture_create(&(struct hosted_fixture_options){.choice = PCPU_CHOICE_PAGE},
			      &fixture);
	held = plat_pages_held(fixture.plat);
	hosted_fixture_destroy(&fixture);

	hosted_fixture_create(&(struct hosted_fixture_options){.choice = PCPU_CHOICE_PAGE,
							.page_limit = held + 8 * 7 - 1}, &fixture);
	CHECK_EQ(fixture.status, PCPU_OK);
	big = pcpu_alloc(fixture.pcpu, PCPU_MIN_UNIT_BYTES, 8, 0);
	CHECK(!big.value);
	CHECK_EQ(plat_pages_held(fixture.plat), held);
	big = pcpu_alloc(fixture.pcpu, 7 * PCPU_PAGE_BYTES, PCPU_PAGE_BYTES, 0);
	CHECK(big.value);
	CHECK_EQ(plat_pages_held(fixture.plat), held + 7 * 7);
	CHECK_EQ(pcpu_check(fixture.pcpu, NULL), PCPU_HOLDS);
	hosted_fixture_destroy(&fixture);
}

/* --- virtual CPUs ---------------------------------------------------------------------------- */

struct visitor {
	struct hosted_fixture *fixture;
	uint32_t cpu;
	int error; /* 0: entered (and left) */
};

static void *visit(void *argument)
{
	struct visitor *visitor = argument;

	errno = 0;
	if (hosted_enter_cpu(visitor->fixture->plat, visitor->fixture->pcpu, visitor->cpu))
		hosted_leave_cpu(visitor->fixture->plat);
	else
		visitor->error = errno;
	return NULL;
}

static int visit_from_another_thread(struct hosted_fixture *fixture, uint32_t cpu)
{
	struct visitor visitor = {.fixture = fixture, .cpu = cpu};
	pthread_t thread;

	CHECK_EQ(pthread_create(&thread, NULL, visit, &visitor), 0);
	pthread_join(thread, NULL);
	return visitor.error;
}

TEST(a_virtual_cpu_has_one_thread)
{
	struct hosted_fixture fixture;

	hosted_fixture_create(&(struct hosted_fixture_options){0}, &fixture);
	CHECK(hosted_enter_cpu(fixture.plat, fixture.pcpu, 5));
	CHECK_EQ(visit_from_another_thread(&fixture, 5), EBUSY);
	CHECK_EQ(visit_from_another_thread(&fixture, 6), 0);
	CHECK(!hosted_enter_cpu(fixture.plat, fixture.pcpu, 6) && errno == EBUSY);
	hosted_leave_cpu(fixture.plat);
	CHECK_EQ(visit_from_another_thread(&fixture, 5), 0);
	CHECK_EQ(visit_from_another_thread(&fixture, 4), ENXIO);
	CHECK_EQ(visit_from_another_thread(&fixture, 8), ENXIO);
	hosted_fixture_destroy(&fixture);
}

/* --- misuse ---------------------------------------------------------------------------------- */

struct misuse {
	struct pcpu *pcpu;
	struct pcpu_ptr pointer;
};

static void free_it(void *argument)
{
	struct misuse *misuse = argument;

	pcpu_free(misuse->pcpu, misuse->pointer);
}

static void expect_report(struct pcpu *pcpu, uintptr_t pointer, const char *start, const char *end)
{
	struct misuse misuse = {pcpu, {pointer}};
	struct test_child child;
	char text[512];

	test_child_run(free_it, &misuse, &child);
	snprintf(text, sizeof(text), "%s: pointer 0x%lx, %s\n", start, (unsigned long)pointer, end);
	CHECK_EQ(child.signal, SIGABRT);
	CHECK_STR(child.text, text);
}

TEST(misuse_ends_the_program_with_the_exact_message)
{
	struct hosted_fixture fixture;
	struct pcpu_place place;
	struct pcpu_ptr p;
	char end[64];

	hosted_fixture_create(&(struct hosted_fixture_options){0}, &fixture);
	p = pcpu_alloc(fixture.pcpu, 64, 64, 0);
	CHECK(pcpu_lookup(fixture.pcpu, p, &place));
	snprintf(end, sizeof(end), "chunk 0, offset %u", place.offset + 8);
	expect_report(fixture.pcpu, p.value + 8,
		      "DOUBLE_FREE: free of a percpu pointer to which no live object starts", end);
	pcpu_free(fixture.pcpu, p);
	snprintf(end, sizeof(end), "chunk 0, offset %u", place.offset);
	expect_report(fixture.pcpu, p.value,
		      "DOUBLE_FREE: free of a percpu pointer to which no live object starts", end);
	expect_report(fixture.pcpu, 0x77777000,
		      "WILD_FREE: free of a percpu pointer that belongs to no chunk", "no chunk");
	expect_report(fixture.pcpu, 0x1000000 + 16, "STATIC_FREE: free of a static percpu variable",
		      "no chunk");
	hosted_fixture_destroy(&fixture);
}

TEST(misuse_can_be_recorded_instead)
{
	struct hosted_fixture fixture;
	struct pcpu_report report;

	hosted_fixture_create(&(struct hosted_fixture_options){.record_misuse = true}, &fixture);
	CHECK(!lab_take_misuse(fixture.plat, &report));
	CHECK_EQ(pcpu_address(fixture.pcpu, (struct pcpu_ptr){0x1000010}, 4), 0);
	CHECK(lab_take_misuse(fixture.plat, &report));
	CHECK_EQ(report.id, PCPU_MISUSE_IMPOSSIBLE_CPU);
	CHECK(!lab_take_misuse(fixture.plat, &report));
	CHECK_EQ(pcpu_check(fixture.pcpu, NULL), PCPU_HOLDS);
	hosted_fixture_destroy(&fixture);
}

static void lose_an_allocator(void *fixture)
{
	hosted_destroy(((struct hosted_fixture *)fixture)->plat);
}

static void lose_a_block(void *layout)
{
	struct plat *plat = hosted_create(&(struct hosted_config){
		.topology = &hosted_fixture_topology});

	if (plat_meta_alloc(plat, 64))
		hosted_destroy(plat);
}

/* Addresses alone: no page is behind them. */
static void lose_a_space(void *layout)
{
	struct plat *plat = hosted_create(&(struct hosted_config){
		.topology = &hosted_fixture_topology});
	uintptr_t base;

	if (plat_vm_reserve(plat, layout, &base))
		hosted_destroy(plat);
}

static void lose_an_area(void *layout)
{
	struct plat *plat = hosted_create(&(struct hosted_config){
		.topology = &hosted_fixture_topology});
	uintptr_t address;
	bool local;

	if (plat_region_alloc(plat, 0, 3 * PCPU_PAGE_BYTES, PCPU_PAGE_BYTES, &address, &local))
		hosted_destroy(plat);
}

/* Each kind by itself, as one that only the others' counts would show must not go unseen. */
TEST(destroy_reports_each_kind_that_is_lost)
{
	static const struct {
		void (*lose)(void *layout);
		const char *text;
	} kinds[] = {
		{lose_a_block,
		 "hosted_destroy: still held: 1 metadata blocks, 0 pages, 0 mappings\n"},
		{lose_a_space,
		 "hosted_destroy: still held: 0 metadata blocks, 0 pages, 1 mappings\n"},
		{lose_an_area,
		 "hosted_destroy: still held: 0 metadata blocks, 3 pages, 1 mappings\n"},
	};
	struct hosted_fixture fixture;
	struct test_child child;

	hosted_fixture_create(&(struct hosted_fixture_options){0}, &fixture);
	for (int i = 0; i < 3; i++) {
		test_child_run(kinds[i].lose, (void *)(uintptr_t)pcpu_layout(fixture.pcpu), &child);
		CHECK_EQ(child.signal, SIGABRT);
		CHECK_STR(child.text, kinds[i].text);
	}
	hosted_fixture_destroy(&fixture);
}

TEST(destroy_reports_what_is_lost)
{
	struct hosted_fixture fixture;
	struct test_child child;

	hosted_fixture_create(&(struct hosted_fixture_options){0}, &fixture);
	test_child_run(lose_an_allocator, &fixture, &child);
	CHECK_EQ(child.signal, SIGABRT);
	CHECK(strstr(child.text, "hosted_destroy: still held: "));
	hosted_fixture_destroy(&fixture);
}

/* --- where pages lie -------------------------------------------------------------------------- */

/* Two CPUs on this machine's first node. */
static const uint16_t real_cpu_node[2] = {0, 0}, real_node_id[1] = {0};
static const struct pcpu_topology real_node = {
	.nr_cpu_ids = 2, .nr_nodes = 1, .cpu_node = real_cpu_node, .node_id = real_node_id,
};

static void placement_collect(bool bind_memory, struct hosted_placement *seen, uint64_t *nr_pages)
{
	const struct hosted_config hosted = {.topology = &real_node, .bind_memory = bind_memory};
	struct pcpu_config config = {
		.topology = &real_node,
		.sizes = {.static_bytes = 14000, .dyn_bytes = 20480, .atom_bytes = 64 << 10},
		.static_start = 0x1000000,
	};
	struct pcpu *pcpu;
	struct pcpu_stats stats;

	config.plat = hosted_create(&hosted);
	CHECK(config.plat);
	CHECK_EQ(pcpu_create(&config, &pcpu), PCPU_OK);
	for (int i = 0; i < 5; i++)
		CHECK(pcpu_alloc(pcpu, PCPU_MIN_UNIT_BYTES, 8, 0).value);
	pcpu_stats(pcpu, &stats);
	*nr_pages = stats.populated_bytes / PCPU_PAGE_BYTES * 2;
	hosted_placement(config.plat, pcpu, PCPU_NO_NODE, seen);
	pcpu_destroy(pcpu);
	hosted_destroy(config.plat);
}

TEST(placement_reads_every_backed_page)
{
	struct hosted_placement seen;
	uint64_t nr_pages;

	placement_collect(true, &seen, &nr_pages);
	CHECK_EQ(seen.nr_pages, nr_pages);
	if (seen.nr_known == 0)
		SKIP("move_pages() tells nothing here");
	CHECK_EQ(seen.nr_known, nr_pages);
	CHECK(seen.nr_there <= seen.nr_known);
	CHECK(hosted_placement_percent(&seen) <= 100);
}

TEST(placement_is_not_known_where_memory_is_not_bound)
{
	struct hosted_placement seen;
	uint64_t nr_pages;

	placement_collect(false, &seen, &nr_pages);
	CHECK_EQ(seen.nr_pages, nr_pages);
	CHECK_EQ(seen.nr_known, 0);
	CHECK(hosted_placement_percent(&seen) < 0);
}

/* --- kicks ----------------------------------------------------------------------------------- */

/* Two empty chunks: one too many. */
static void chunks_make_and_free(struct pcpu *pcpu)
{
	struct pcpu_ptr objects[6];

	for (int i = 0; i < 6; i++)
		objects[i] = pcpu_alloc(pcpu, PCPU_MIN_UNIT_BYTES, 8, 0);
	for (int i = 0; i < 6; i++)
		pcpu_free(pcpu, objects[i]);
}

TEST(a_kick_is_reported_once_without_a_worker)
{
	struct hosted_fixture fixture;

	hosted_fixture_create(&(struct hosted_fixture_options){0}, &fixture);
	CHECK(!lab_take_kick(fixture.plat));
	chunks_make_and_free(fixture.pcpu);
	CHECK(lab_take_kick(fixture.plat));
	CHECK(!lab_take_kick(fixture.plat));
	CHECK(fixture.nr_events[PCPU_EV_CHUNK_CREATED] > 1);
	CHECK_EQ(fixture.nr_events[PCPU_EV_CHUNK_DESTROYED], 0);
	hosted_fixture_destroy(&fixture);
}

TEST(a_worker_balances_on_kicks)
{
	struct hosted_fixture fixture;
	struct pcpu_stats stats;

	hosted_fixture_create(&(struct hosted_fixture_options){.worker = true}, &fixture);
	chunks_make_and_free(fixture.pcpu);
	hosted_worker_wait(fixture.plat);
	CHECK(!lab_take_kick(fixture.plat));
	pcpu_stats(fixture.pcpu, &stats);
	CHECK(stats.nr_chunks_destroyed > 0);
	CHECK(stats.nr_chunks <= 2);
	CHECK_EQ(pcpu_check(fixture.pcpu, NULL), PCPU_HOLDS);
	hosted_fixture_destroy(&fixture);
}

/* What ended the worker was no kick of anybody's. */
TEST(a_worker_that_is_stopped_leaves_no_kick)
{
	struct hosted_fixture fixture;

	hosted_fixture_create(&(struct hosted_fixture_options){.worker = true}, &fixture);
	hosted_worker_wait(fixture.plat);
	hosted_worker_stop(fixture.plat);
	CHECK(!lab_take_kick(fixture.plat));
	plat_kick(fixture.plat, fixture.pcpu);
	CHECK(lab_take_kick(fixture.plat));
	CHECK(!lab_take_kick(fixture.plat));
	hosted_fixture_destroy(&fixture);
}

TEST(physical_addresses_follow_within_a_page)
{
	struct hosted_fixture fixture;
	uint64_t page;
	uintptr_t at;

	hosted_fixture_create(&(struct hosted_fixture_options){0}, &fixture);
	at = pcpu_base(fixture.pcpu);
	page = plat_phys(fixture.plat, at);
	if (!page)
		SKIP("this kernel hides frame numbers");
	CHECK_EQ(page % PCPU_PAGE_BYTES, 0);
	CHECK_EQ(plat_phys(fixture.plat, at + 5), page + 5);
	CHECK_EQ(plat_phys(fixture.plat, at + PCPU_PAGE_BYTES - 1), page + PCPU_PAGE_BYTES - 1);
	CHECK(plat_phys(fixture.plat, at + PCPU_PAGE_BYTES) != page);
	CHECK_EQ(plat_phys(fixture.plat, at + PCPU_PAGE_BYTES + 7) % PCPU_PAGE_BYTES, 7);
	hosted_fixture_destroy(&fixture);
}
