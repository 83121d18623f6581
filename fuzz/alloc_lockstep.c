/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * alloc_lockstep.c - a second simulated machine whose chunks have maps of single bytes.
 *
 *	first run  -> landing, landing, ...		noted
 *	second run -> landing, landing, ...		each compared; the first difference is kept
 *
 * Only where placements are determined: no call fails, memory does not end, atomic requests are
 * ordinary ones (fuzz_world.c).
 */
#include "alloc_lockstep.h"
#include "map_bytes.h"
#include "text.h"

void alloc_places_note(void *context, uint32_t id, bool placed, const struct pcpu_place *place)
{
	struct alloc_places *places = context;

	(void)id;
	PCPU_ASSERT(places->nr < FUZZ_MAX_BYTES);
	places->at[places->nr++] = (struct alloc_landing){ placed, *place };
}

static bool same_landing(const struct alloc_landing *a, const struct alloc_landing *b)
{
	return a->placed == b->placed &&
	       (!a->placed ||
		(a->place.kind == b->place.kind && a->place.chunk_id == b->place.chunk_id &&
		 a->place.offset == b->place.offset));
}

static void put_landing(struct lab_text *words, const char *who, const struct alloc_landing *at)
{
	lab_put(words, who);
	if (!at->placed) {
		lab_put(words, "refused");
		return;
	}
	lab_put(words, at->place.kind == PCPU_CHUNK_RESERVED ? "reserved" : "chunk ");
	if (at->place.kind != PCPU_CHUNK_RESERVED)
		lab_put_u64(words, at->place.chunk_id);
	lab_put(words, " offset ");
	lab_put_u64(words, at->place.offset);
}

static void compare(void *context, uint32_t id, bool placed, const struct pcpu_place *place)
{
	struct alloc_lockstep *lockstep = context;
	struct alloc_landing due = { placed, *place }, got = { 0 };
	struct lab_text words;

	(void)id;
	if (lockstep->sentence)
		return;
	if (lockstep->nr < lockstep->places->nr)
		got = lockstep->places->at[lockstep->nr];
	lockstep->nr++;
	if (same_landing(&got, &due))
		return;
	lockstep->sentence = "an object lands where maps of single bytes put it";
	lab_text_init(&words, lockstep->words, sizeof(lockstep->words));
	put_landing(&words, "; engine: ", &got);
	put_landing(&words, "; reference: ", &due);
}

static void stepped(void *context, size_t step)
{
	struct alloc_lockstep *lockstep = context;

	if (!lockstep->sentence)
		lockstep->step = step + 1;
}

/* The platform keeps memory for speed, and no state. */
static struct plat *second_machine(const struct sim_config *sim)
{
	static struct plat *plat;

	if (!plat)
		plat = sim_create(sim);
	sim_reset(plat, sim);
	return plat;
}

bool alloc_lockstep_run(struct alloc_lockstep *lockstep, const struct alloc_case *c,
			const struct alloc_places *places, void *scratch)
{
	struct pcpu_config config = c->world.config;
	struct lab_run_options options = c->world.run;
	struct lab_result result;
	struct pcpu *pcpu;

	*lockstep = (struct alloc_lockstep){ .places = places };
	config.plat = second_machine(&c->world.sim);
	config.engine = &lab_map_bytes;
	options.check = LAB_CHECK_NONE;
	options.placed = compare;
	options.stepped = stepped;
	options.context = lockstep;
	if (pcpu_create(&config, &pcpu) != PCPU_OK) {
		lockstep->sentence = "set-up succeeds with maps of single bytes too";
		return false;
	}
	if (!lab_run(config.plat, pcpu, &c->trace, &options, scratch, &result) &&
	    !lockstep->sentence)
		lockstep->sentence = result.verdict.sentence;
	pcpu_destroy(pcpu);
	return !lockstep->sentence;
}
