/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_failures.c - every call that can fail does, once and from then on (SPEC.md 11.6, 11.9).
 *
 *	k = 0, 1, 2 ...:  create, allocate, populate, extend, balance, free, destroy, with the k-th
 *	fallible call failing; until a run meets no failure
 *
 * After a step in which something failed: all invariants hold, a refused call changed nothing,
 * live
 * objects are whole. At the end nothing is lost. The steps are those of one script that goes
 * through every path that takes memory.
 */
#include "harness/check/live/live.h"
#include "harness/test/lib/test.h"

#include <stdlib.h>

#define NR_CPU_IDS 5

static const uint16_t cpu_node[NR_CPU_IDS] = {0, 0, 1, PCPU_NO_NODE, 0};
static const uint16_t node_id[] = {0, 4};
static const uint8_t distance[] = {10, 20, 20, 10};
static const struct pcpu_topology two_nodes = {.nr_cpu_ids = NR_CPU_IDS,
					       .nr_nodes = 2,
					       .cpu_node = cpu_node,
					       .node_id = node_id,
					       .distance = distance};
static const uint8_t node_state[] = {PCPU_NODE_ONLINE | PCPU_NODE_MEMORY, PCPU_NODE_ONLINE};
static const struct pcpu_topology poor_node = {.nr_cpu_ids = NR_CPU_IDS,
					       .nr_nodes = 2,
					       .cpu_node = cpu_node,
					       .node_id = node_id,
					       .node_state = node_state,
					       .distance = distance};
static const struct pcpu_topology one_group = {
	.nr_cpu_ids = NR_CPU_IDS, .nr_nodes = 2, .cpu_node = cpu_node, .node_id = node_id};

struct scenario {
	const char *name;
	const struct pcpu_topology *topology;
	enum pcpu_choice choice;
	uint32_t reserved_bytes;
	enum pcpu_backing_kind backing;
	uint64_t area_gap_bytes; /* large: embed's span is refused, page is next */
	bool backwards;
	enum pcpu_choice chosen; /* what comes of it when nothing fails */
	uint64_t least_calls; /* that may fail, in a script without failures: the sweep's reach */
	uint64_t least_calls_few; /* likewise, where a unit has few pages */
	const char *engine; /* the maps of "area" grow */
};

/* A unit of pages of 16 KiB and more: the script takes fewer pages. */
#define FEW_PAGES (PCPU_MIN_UNIT_BYTES < 4 * PCPU_PAGE_BYTES)

#define EMBED PCPU_CHOICE_EMBED
#define PAGE  PCPU_CHOICE_PAGE
#define AUTO  PCPU_CHOICE_AUTO
#define VM    PCPU_BACKING_VM
#define KM    PCPU_BACKING_KM
#define WIDE  (UINT64_C(1) << 44)

static const struct scenario scenarios[] = {
	{"embed", &two_nodes, EMBED, 0, VM, 0, false, EMBED, 140, 30, "area"},
	{"embed, reserved", &two_nodes, EMBED, 8192, VM, 0, true, EMBED, 140, 30, "area"},
	{"page", &two_nodes, PAGE, 0, VM, 0, false, PAGE, 170, 75, "area"},
	{"page, reserved", &two_nodes, PAGE, 8192, VM, 0, false, PAGE, 180, 75, "area"},
	{"auto", &two_nodes, AUTO, 8192, VM, 0, false, EMBED, 140, 30, "area"},
	{"auto, wide span", &two_nodes, AUTO, 8192, VM, WIDE, false, PAGE, 180, 80, "area"},
	{"km", &one_group, EMBED, 0, KM, 0, false, EMBED, 22, 16, "area"},
	{"km, page, reserved", &one_group, PAGE, 8192, KM, 0, false, PAGE, 50, 36, "area"},
	{"embed, node without memory", &poor_node, EMBED, 0, VM, 0, false, EMBED, 140, 30, "area"},
	{"page, node without memory", &poor_node, PAGE, 0, VM, 0, false, PAGE, 170, 75, "area"},
	{"embed, bitmap", &two_nodes, EMBED, 8192, VM, 0, false, EMBED, 100, 20, "bitmap"},
};
#define NR_SCENARIOS (sizeof(scenarios) / sizeof(scenarios[0]))

struct run {
	const struct scenario *scenario;
	struct plat *plat;
	struct live live;
	uint64_t failed_before; /* ledger.nr_failed at the last look */
	bool printed;		/* was the state fingerprinted before this step? */
	uint64_t fingerprint;	/* then */
	uint64_t fails;		/* the fallible call of this run that is the first to fail */
	uint64_t nr_refused;
	bool starved;	   /* memory may run out by itself: check after each step */
	const char *wrong; /* NULL: nothing so far */
	uint32_t step;	   /* at which it was */
};

static void note(struct run *run, const char *sentence)
{
	if (sentence && !run->wrong)
		run->wrong = sentence;
}

static uint64_t nr_failed(const struct run *run)
{
	struct sim_ledger ledger;

	sim_ledger(run->plat, &ledger);
	return ledger.nr_failed;
}

/* --- one step -------------------------------------------------------------------------------- */

/* No step makes so many fallible calls. */
#define STEP_CALLS 64

/* Fingerprints are dear: one is taken when the step may meet a failure. */
static void before_step(struct run *run)
{
	struct sim_ledger ledger;

	if (run->wrong)
		return;
	run->step++;
	sim_ledger(run->plat, &ledger);
	run->printed = run->starved || ledger.nr_calls + STEP_CALLS > run->fails;
	if (run->printed)
		run->fingerprint = live_fingerprint(run->live.pcpu);
}

static void check_all(struct run *run)
{
	enum pcpu_invariant invariant = pcpu_check(run->live.pcpu, NULL);

	if (invariant != PCPU_HOLDS)
		note(run, pcpu_invariant_text(invariant));
	if (run->step % 64 == 0) /* each is looked at again when it dies */
		live_check(&run->live);
	note(run, run->live.wrong);
	note(run, sim_fault(run->plat));
}

static void after_step(struct run *run, bool refused)
{
	struct pcpu_report report;

	if (run->wrong)
		return;
	run->nr_refused += refused;
	if (refused && run->printed && live_fingerprint(run->live.pcpu) != run->fingerprint)
		note(run, "a refused call changed the state");
	if (lab_take_misuse(run->plat, &report))
		note(run, "a free of a live object was reported as misuse");
	if (nr_failed(run) != run->failed_before || run->step % 16 == 0 || run->starved)
		check_all(run);
	run->failed_before = nr_failed(run);
}

static uint32_t step_alloc(struct run *run, size_t size, size_t align, unsigned flags)
{
	uint32_t id;

	before_step(run);
	sim_set_atomic(run->plat, flags & PCPU_ATOMIC);
	id = live_alloc(&run->live, size, align, flags);
	sim_set_atomic(run->plat, false);
	after_step(run, id == LIVE_NONE);
	return id;
}

static void step_balance(struct run *run)
{
	before_step(run);
	lab_take_kick(run->plat);
	pcpu_balance(run->live.pcpu);
	after_step(run, false);
}

/* Frees are legal in atomic context and never fail. Balance comes later, if at all. */
static void step_free_only(struct run *run, uint32_t id)
{
	before_step(run);
	sim_set_atomic(run->plat, true);
	live_free(&run->live, id);
	sim_set_atomic(run->plat, false);
	after_step(run, false);
}

static void step_free(struct run *run, uint32_t id)
{
	step_free_only(run, id);
	if (lab_take_kick(run->plat))
		step_balance(run);
}

/* --- the script --------------------------------------------------------------------------------
 */

/* Small objects until the first chunk's 128 records do not do; then every other one goes. */
static void script_extend_first(struct run *run)
{
	uint32_t id[132];

	for (int i = 0; i < 132; i++)
		id[i] = step_alloc(run, 16 + (size_t)i % 3 * 4, 4, 0);
	for (int i = 0; i < 132; i += 2)
		step_free(run, id[i]);
}

static void script_reserved(struct run *run)
{
	uint32_t id[6];

	for (int i = 0; i < 6; i++)
		id[i] = step_alloc(run, 2000, 64, PCPU_RESERVED); /* the last ones find no room */
	for (int i = 0; i < 6; i += 2)
		step_free(run, id[i]);
	for (int i = 0; i < 130; i++) /* more than its map has records for */
		step_alloc(run, 8, 4, PCPU_RESERVED | PCPU_ATOMIC);
	step_balance(run);
	step_alloc(run, 8, 4, PCPU_RESERVED | PCPU_ATOMIC);
}

static void script_fill_first(struct run *run)
{
	uint32_t id = 0;

	while (id != LIVE_NONE && run->live.object[id].place.kind != PCPU_CHUNK_LATER)
		id = step_alloc(run, 1500, 4, 0);
	step_free(run, id);
}

/*
 * One request with two runs of missing pages (# used, o populated and empty, . not populated):
 *	AAAA B C D E    free A C E, balance    oooo # . # .    free B D    oooo o . o .
 */
static void script_islands(struct run *run)
{
	static const uint32_t pages[] = {4, 1, 1, 1, 1};
	uint32_t id[5];

	for (int i = 0; i < 5; i++)
		id[i] = step_alloc(run, (size_t)pages[i] * PCPU_PAGE_BYTES, PCPU_PAGE_BYTES, 0);
	for (int i = 0; i < 5; i += 2)
		step_free_only(run, id[i]);
	step_balance(run);
	for (int i = 1; i < 5; i += 2)
		step_free_only(run, id[i]);
	id[0] = step_alloc(run, PCPU_MIN_UNIT_BYTES, PCPU_PAGE_BYTES, 0);
	step_free(run, id[0]);
}

/* Chunks and pages: whole units, parts that straddle pages, and the gaps between them. */
static void script_chunks(struct run *run)
{
	uint32_t id[6];

	id[0] = step_alloc(run, PCPU_MIN_UNIT_BYTES, PCPU_PAGE_BYTES, 0);
	for (int i = 1; i < 6; i++)
		id[i] = step_alloc(run, 9000, 2048, 0);
	step_free(run, id[2]);
	step_alloc(run, 5000, 8, 0);
	step_free(run, id[0]);
	step_free(run, id[4]);
}

/* A later chunk's 16 records do not do. */
static void script_extend_later(struct run *run)
{
	for (int i = 0; i < 22; i++)
		step_alloc(run, 700, 256, 0);
}

static void script_atomic(struct run *run)
{
	for (int i = 0; i < 12; i++) {
		step_alloc(run, 1500, 128, PCPU_ATOMIC);
		if (lab_take_kick(run->plat))
			step_balance(run);
	}
}

static void script_end(struct run *run)
{
	struct pcpu_stats stats;

	for (uint32_t id = 0; id < LIVE_MAX; id++)
		if (run->live.object[id].pointer.value)
			step_free(run, id);
	lab_fail_never(run->plat);
	step_balance(run);
	pcpu_stats(run->live.pcpu, &stats);
	if (stats.nr_live != 0 || stats.live_bytes != 0)
		note(run, "everything is freed, but something counts as live");
	if (stats.nr_chunks > 2)
		note(run, "everything is freed, but more than one later chunk remains");
}

static void script(struct run *run)
{
	script_extend_first(run);
	script_reserved(run);
	script_fill_first(run);
	script_islands(run);
	script_chunks(run);
	script_extend_later(run);
	script_atomic(run);
	script_end(run);
}

/* --- runs --------------------------------------------------------------------------------------
 */

static enum pcpu_status create(struct run *run, struct pcpu **pcpu)
{
	struct pcpu_config config = {
		.plat = run->plat,
		.topology = run->scenario->topology,
		.sizes = {.static_bytes = 5000,
			  .reserved_bytes = run->scenario->reserved_bytes,
			  .atom_bytes = 16 * PCPU_PAGE_BYTES},
		.choice = run->scenario->choice,
		.engine = pcpu_engine_find(run->scenario->engine),
		.backing = run->scenario->backing,
		.space_bytes = UINT64_C(1) << 44,
		.static_start = 0x10000,
	};

	return pcpu_create(&config, pcpu);
}

static void run_script(struct run *run)
{
	struct pcpu *pcpu;

	if (create(run, &pcpu) != PCPU_OK) {
		if (pcpu)
			note(run, "a failed creation left an allocator");
		if (nr_failed(run) == 0 && !run->starved)
			note(run, "creation failed for no reason");
	} else {
		run->failed_before = nr_failed(run);
		if (run->failed_before == 0 && !run->starved &&
		    pcpu_chosen(pcpu) != run->scenario->chosen)
			note(run, "the first chunk was not made as chosen");
		live_init(&run->live, run->plat, pcpu);
		check_all(run);
		script(run);
		pcpu_destroy(pcpu);
	}
	note(run, sim_fault(run->plat));
	note(run, sim_lost(run->plat));
}

static void config_of(const struct scenario *scenario, uint64_t seed, struct sim_config *config)
{
	*config = (struct sim_config){
		.topology = scenario->topology,
		.address_seed = seed,
		.area_gap_bytes = scenario->area_gap_bytes,
		.backwards = scenario->backwards,
		.flush_needed = true,
	};
}

static uint64_t least_calls(const struct scenario *scenario)
{
	return FEW_PAGES ? scenario->least_calls_few : scenario->least_calls;
}

/* Each call, or each third: in a sanitizer's flavour, and of the few that large pages leave. */
static uint64_t stride(void)
{
	return test_is_thorough() && (PCPU_PAGE_SHIFT == 12 || getenv("LAB_FULL")) ? 1 : 3;
}

/* Returns how many calls were made to fail in turn, up to the stride. */
static uint64_t sweep(struct plat *plat, const struct scenario *scenario, bool lasting)
{
	static struct run run;

	for (uint64_t k = 0, step = stride();; k += step) {
		struct sim_config config;

		config_of(scenario, k, &config);
		sim_reset(plat, &config);
		memset(&run, 0, sizeof(run));
		run.scenario = scenario;
		run.plat = plat;
		run.fails = k;
		lab_fail_at(plat, k, lasting);
		run_script(&run);
		if (run.wrong)
			FAIL("%s, call %llu %s: step %u: %s", scenario->name, (unsigned long long)k,
			     lasting ? "and all later fail" : "fails", run.step, run.wrong);
		if (nr_failed(&run) == 0)
			return k;
	}
}

static void sweep_scenario(uint32_t scenario)
{
	const struct scenario *s = &scenarios[scenario];
	struct sim_config config;
	struct plat *plat;

	config_of(s, 0, &config);
	plat = sim_create(&config);
	CHECK(sweep(plat, s, false) >= least_calls(s));
	CHECK(sweep(plat, s, true) >= least_calls(s));
	sim_destroy(plat);
}

TEST(failures_embed)
{
	sweep_scenario(0);
}

TEST(failures_embed_reserved)
{
	sweep_scenario(1);
}

TEST(failures_page)
{
	sweep_scenario(2);
}

TEST(failures_page_reserved)
{
	sweep_scenario(3);
}

TEST(failures_auto)
{
	sweep_scenario(4);
}

TEST(failures_auto_wide_span)
{
	sweep_scenario(5);
}

TEST(failures_km)
{
	sweep_scenario(6);
}

TEST(failures_km_page_reserved)
{
	sweep_scenario(7);
}

TEST(failures_embed_far_node)
{
	sweep_scenario(8);
}

TEST(failures_page_far_node)
{
	sweep_scenario(9);
}

TEST(failures_embed_bitmap)
{
	sweep_scenario(10);
}

/* --- memory that really runs out ----------------------------------------------------------------
 */

/* Returns how many CPUs got their first unit from another node. */
static uint64_t starve(struct plat *plat, const struct scenario *scenario, uint64_t pages_per_node)
{
	static struct run run;
	struct sim_config config;
	struct sim_ledger ledger;

	config_of(scenario, pages_per_node, &config);
	config.pages_per_node = pages_per_node;
	sim_reset(plat, &config);
	memset(&run, 0, sizeof(run));
	run.scenario = scenario;
	run.plat = plat;
	run.starved = true;
	run_script(&run);
	if (run.wrong)
		FAIL("%s, %llu pages per node: step %u: %s", scenario->name,
		     (unsigned long long)pages_per_node, run.step, run.wrong);
	sim_ledger(plat, &ledger);
	return ledger.nr_events[PCPU_EV_NODE_FAR];
}

#define MOST_PAGES (FEW_PAGES ? 60 : 200)

TEST(memory_of_every_size)
{
	struct sim_config config;
	uint64_t nr_far = 0;
	struct plat *plat;

	config_of(&scenarios[0], 0, &config);
	plat = sim_create(&config);
	for (uint32_t i = 0; i < NR_SCENARIOS; i++)
		for (uint64_t pages = 1; pages < MOST_PAGES; pages += pages < 40 ? stride() : 16)
			nr_far += starve(plat, &scenarios[i], pages);
	CHECK(nr_far > 0);
	sim_destroy(plat);
}
