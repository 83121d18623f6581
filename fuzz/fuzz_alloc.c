/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * fuzz_alloc.c - the property: whatever is done to an allocator on the simulated platform, model and
 * walker are content, and in the end nothing is lost.
 *
 *	bytes -> world -> pcpu_create -> lab_run -> drain -> pcpu_destroy -> ledger
 *			  may be refused:  then nothing may be held either ---^
 */
#include "fuzz.h"
#include "fuzz_world.h"
#include "layout_text.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_OPS = 256, MAX_IDS = 64 };

struct attempt {
	struct plat *plat;
	struct fuzz_world world;
	struct lab_op ops[MAX_OPS];
	struct lab_trace trace;
	struct pcpu *pcpu;
	struct lab_result result;
	struct lab_text words;
	bool clean;
};

static void decode(struct attempt *attempt, const uint8_t *bytes, size_t nr)
{
	size_t head = nr < FUZZ_WORLD_BYTES ? nr : FUZZ_WORLD_BYTES;

	nr = nr < FUZZ_MAX_BYTES ? nr : FUZZ_MAX_BYTES;
	fuzz_world_decode(bytes, nr, &attempt->world);
	attempt->trace = (struct lab_trace){
		.ops = attempt->ops, .nr_ids = MAX_IDS, .ops_form = true,
	};
	attempt->trace.nr_ops =
		nr > head ? lab_decode(bytes + head, nr - head, MAX_IDS,
				       attempt->world.sim.topology->nr_cpu_ids, attempt->ops,
				       MAX_OPS) : 0;
	for (size_t i = 0; i < attempt->trace.nr_ops; i++)
		attempt->trace.nr_allocs += attempt->ops[i].kind == LAB_OP_ALLOC;
}

/* --- words --------------------------------------------------------------------------------- */

static void blame(struct attempt *attempt, const char *when, const char *sentence)
{
	if (attempt->clean) {
		lab_put(&attempt->words, when);
		lab_put(&attempt->words, ": ");
		lab_put(&attempt->words, sentence);
	}
	attempt->clean = false;
}

static void put_number(struct lab_text *words, const char *what, uint32_t n, uint32_t none)
{
	if (n == none)
		return;
	lab_put(words, what);
	lab_put_u64(words, n);
}

static void blame_verdict(struct attempt *attempt)
{
	const struct lab_verdict *verdict = &attempt->result.verdict;
	struct lab_text *words = &attempt->words;
	char line[128];

	if (verdict->step < attempt->trace.nr_ops) {
		lab_op_print(&attempt->ops[verdict->step], NULL, line);
		lab_put(words, "step ");
		lab_put_u64(words, verdict->step);
		lab_put(words, " (");
		lab_put(words, line);
		lab_put(words, ")");
	} else {
		lab_put(words, "after the last step");
	}
	blame(attempt, "", verdict->sentence);
	if (verdict->kind == LAB_BROKEN_INVARIANT) {
		put_number(words, "; chunk ", verdict->where.chunk_id, PCPU_NO_CHUNK);
		put_number(words, "; offset ", verdict->where.offset, 0);
		put_number(words, "; CPU ", verdict->where.cpu, PCPU_NO_CPU);
		return;
	}
	put_number(words, "; object ", verdict->id, UINT32_MAX);
	put_number(words, "; CPU ", verdict->cpu, PCPU_NO_CPU);
}

/* --- a run --------------------------------------------------------------------------------- */

/* km takes one group only; a set-up failure that was injected, or too little memory, are others. */
static bool create(struct attempt *attempt)
{
	struct fuzz_world *world = &attempt->world;
	enum pcpu_status status;

	world->config.plat = attempt->plat;
	if (world->create_fails_at != UINT32_MAX)
		lab_fail_at(attempt->plat, world->create_fails_at, false);
	status = pcpu_create(&world->config, &attempt->pcpu);
	lab_fail_never(attempt->plat);
	if ((status == PCPU_OK) != (attempt->pcpu != NULL))
		blame(attempt, "set-up", "a status that is not OK comes without an allocator");
	if (status == PCPU_OK && pcpu_check(attempt->pcpu, NULL) != PCPU_HOLDS)
		blame(attempt, "set-up", pcpu_invariant_text(pcpu_check(attempt->pcpu, NULL)));
	return status == PCPU_OK && attempt->clean;
}

/* Zeroed memory for a run, kept from one input to the next. */
static void *scratch_of(size_t bytes)
{
	static void *scratch;
	static size_t room;

	if (bytes > room) {
		free(scratch);
		room = (bytes + 63) / 64 * 64;
		scratch = aligned_alloc(64, room);
		if (!scratch)
			abort();
	}
	return memset(scratch, 0, bytes);
}

static void run(struct attempt *attempt)
{
	struct lab_run_options *options = &attempt->world.run;
	size_t bytes = lab_run_memory(&attempt->trace, attempt->pcpu, options);
	void *scratch = scratch_of(bytes);

	if (!lab_run(attempt->plat, attempt->pcpu, &attempt->trace, options, scratch,
		     &attempt->result) ||
	    !lab_run_drain(scratch))
		blame_verdict(attempt);
}

static void attempt_run(void *argument)
{
	struct attempt *attempt = argument;

	if (create(attempt))
		run(attempt);
	pcpu_destroy(attempt->pcpu);
	if (sim_lost(attempt->plat))
		blame(attempt, "after destroy", sim_lost(attempt->plat));
}

static bool property(const uint8_t *bytes, size_t nr, struct fuzz_outcome *outcome)
{
	static struct plat *plat; /* keeps memory for speed, and no state: sim_reset() */
	struct attempt attempt = { .clean = true };
	const char *assertion;

	decode(&attempt, bytes, nr);
	if (!plat)
		plat = sim_create(&attempt.world.sim);
	sim_reset(plat, &attempt.world.sim);
	attempt.plat = plat;
	attempt.result.hash = LAB_FNV_START;
	lab_text_init(&attempt.words, outcome->words, sizeof(outcome->words));
	assertion = sim_catch_assert(attempt_run, &attempt);
	if (assertion)
		blame(&attempt, "an assertion failed", assertion);
	if (sim_fault(plat))
		blame(&attempt, "the seam's contract", sim_fault(plat));
	outcome->hash = attempt.result.hash;
	outcome->nr_ops = attempt.trace.nr_ops;
	return attempt.clean;
}

/* --- an input as text ------------------------------------------------------------------------- */

static void describe_world(const struct fuzz_world *world, void (*line)(const char *text))
{
	struct lab_text text;
	char room[200];

	lab_text_init(&text, room, sizeof(room));
	lab_put(&text, "# engine ");
	lab_put(&text, world->config.engine->name);
	lab_put(&text, "; ");
	lab_put(&text, world->machine);
	lab_put(&text, world->config.backing == PCPU_BACKING_KM ? "; km backing, " : "; ");
	lab_put(&text, lab_choice_text(world->config.choice));
	put_number(&text, "; static ", (uint32_t)world->config.sizes.static_bytes, 0);
	put_number(&text, ", reserved ", (uint32_t)world->config.sizes.reserved_bytes, 0);
	put_number(&text, ", dyn ", (uint32_t)world->config.sizes.dyn_bytes, 0);
	put_number(&text, ", unit ", (uint32_t)world->config.sizes.unit_bytes, 0);
	put_number(&text, ", atom ", (uint32_t)world->config.sizes.atom_bytes, 0);
	line(room);
	lab_text_init(&text, room, sizeof(room));
	lab_put(&text, world->run.honour_atomic ? "# atomic requests are honoured" :
						  "# atomic requests are ordinary ones");
	lab_put(&text, world->run.inject_failures ? "; k is honoured" : "; k does nothing");
	put_number(&text, "; pages a node: ", (uint32_t)world->sim.pages_per_node, 0);
	put_number(&text, "; set-up's fallible call that fails: ", world->create_fails_at,
		   UINT32_MAX);
	line(room);
}

static void describe(const uint8_t *bytes, size_t nr, void (*line)(const char *text))
{
	struct attempt attempt = { 0 };
	char text[128];

	decode(&attempt, bytes, nr);
	line("# pcpu-trace-ops 1");
	describe_world(&attempt.world, line);
	for (size_t i = 0; i < attempt.trace.nr_ops; i++) {
		lab_op_print(&attempt.ops[i], NULL, text);
		line(text);
	}
}

const struct fuzz_target fuzz_alloc = {
	.name = "fuzz_alloc",
	.summary = "operations on a whole allocator, against model, walker and ledger",
	.property = property,
	.describe = describe,
};
