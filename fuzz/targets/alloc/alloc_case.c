/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * alloc_case.c - runs one allocator from set-up to the check that destroy left nothing.
 *
 *	setup -> pcpu_create -> lab_run -> the rest of pcpu.h -> drain -> pcpu_destroy -> ledger
 *		 may be refused:  then nothing may be held either -------------------------^
 *
 * R1  The first error is reported: a violation of plat.h's contract at a step comes before a
 *     verdict at a later one.
 */
#include "fuzz/targets/alloc/alloc_lockstep.h"
#include "fuzz/targets/alloc/api_check.h"
#include "fuzz/targets/alloc/alloc_states.h"
#include "fuzz/targets/chunk_render.h"
#include "harness/check/map_counted.h"
#include "harness/text/text.h"

#include <stdlib.h>

enum stage {
	STAGE_SET_UP, STAGE_RUN, STAGE_REST, STAGE_DRAIN, STAGE_DESTROY, NR_STAGES
};

static const char *const stage_words[NR_STAGES] = {
	[STAGE_SET_UP] = "set-up",
	[STAGE_RUN] = "after the last step",
	[STAGE_REST] = "asked about what lives",
	[STAGE_DRAIN] = "when all is freed",
	[STAGE_DESTROY] = "after destroy",
};

static const char *const kind_words[LAB_NR_OPS] = {
	[LAB_OP_ALLOC] = "alloc",     [LAB_OP_FREE] = "free", [LAB_OP_WRITE] = "write",
	[LAB_OP_WILD] = "wild free",  [LAB_OP_FAIL] = "fail", [LAB_OP_BALANCE] = "balance",
	[LAB_OP_CHECK] = "check",     [LAB_OP_SWITCH] = "switch",
};

/* Something wrong: where, and what. */
struct blame {
	enum stage stage;
	size_t step; /* of STAGE_RUN */
	const char *sentence;
	enum finding_by by;
};

struct attempt {
	const struct alloc_case *c;
	struct plat *plat;
	struct pcpu *pcpu;
	struct lab_run_options options;
	struct lab_result result;
	struct lab_map_counts counts;
	uint64_t nr_refused; /* by the ledger, at the last check */
	struct alloc_lockstep *lockstep; /* NULL: placements are not predicted */
	struct blame now;   /* the stage and step under way; no sentence */
	struct blame first; /* no sentence: nothing is wrong */
	struct blame fault; /* of the seam's contract */
};

/* --- what is wrong --------------------------------------------------------------------------- */

static void case_blame(struct attempt *attempt, const char *sentence, enum finding_by by)
{
	if (attempt->first.sentence)
		return;
	attempt->first = attempt->now;
	attempt->first.sentence = sentence;
	attempt->first.by = by;
}

/* Called at the end of each step and stage, so that a fault is reported where it occurred. */
static void find_fault(struct attempt *attempt)
{
	if (attempt->fault.sentence || !sim_fault(attempt->plat))
		return;
	attempt->fault = attempt->now;
	attempt->fault.sentence = sim_fault(attempt->plat);
	attempt->fault.by = FINDING_FAULT;
}

static void case_enter(struct attempt *attempt, enum stage stage)
{
	find_fault(attempt);
	attempt->now.stage = stage;
	attempt->now.step = 0;
}

static void case_step_check(void *context, size_t step)
{
	struct attempt *attempt = context;

	find_fault(attempt);
	if (attempt->lockstep &&
	    !alloc_lockstep_step(attempt->lockstep, &attempt->c->trace.ops[step]))
		case_blame(attempt, attempt->lockstep->sentence, FINDING_ORACLE);
	attempt->now.step = step + 1;
}

static void case_placement_check(void *context, uint32_t id, bool was_placed,
				 const struct pcpu_place *place)
{
	struct attempt *attempt = context;

	(void)id;
	if (attempt->lockstep)
		alloc_lockstep_landed(attempt->lockstep, was_placed, place);
}

static bool was_refused(void *context)
{
	struct attempt *attempt = context;
	uint64_t before = attempt->nr_refused;
	struct sim_ledger ledger;

	sim_ledger(attempt->plat, &ledger);
	attempt->nr_refused = ledger.nr_refused;
	return ledger.nr_refused != before;
}

static bool is_before(const struct blame *a, const struct blame *b)
{
	return a->stage != b->stage ? a->stage < b->stage : a->step < b->step;
}

/* --- a run ----------------------------------------------------------------------------------- */

/* km takes one group only; a set-up failure that was injected, or too little memory, are others. */
static bool case_create(struct attempt *attempt)
{
	struct pcpu_config config = attempt->c->setup.config;
	enum pcpu_invariant broken;
	enum pcpu_status status;

	config.plat = attempt->plat;
	config.engine = lab_map_counted(&attempt->counts, config.engine);
	if (attempt->c->setup.create_fails_at != UINT32_MAX)
		lab_fail_at(attempt->plat, attempt->c->setup.create_fails_at, false);
	status = pcpu_create(&config, &attempt->pcpu);
	lab_fail_never(attempt->plat);
	if ((status == PCPU_OK) != (attempt->pcpu != NULL))
		case_blame(attempt, "a status that is not OK comes without an allocator",
			   FINDING_ORACLE);
	if (!attempt->pcpu)
		return false;
	broken = pcpu_check(attempt->pcpu, NULL);
	if (broken != PCPU_HOLDS)
		case_blame(attempt, pcpu_invariant_text(broken), FINDING_WALKER);
	return !attempt->first.sentence;
}

/* Memory that is kept from one input to the next. */
struct scratch {
	void *at;
	size_t capacity;
};

static void *scratch_of(struct scratch *scratch, size_t bytes)
{
	if (bytes > scratch->capacity) {
		free(scratch->at);
		scratch->capacity = (bytes + 63) / 64 * 64;
		scratch->at = aligned_alloc(64, scratch->capacity);
		if (!scratch->at)
			abort();
	}
	return scratch->at;
}

/* Zeroed, for lab_run(). */
static void *run_scratch(const struct attempt *attempt)
{
	static struct scratch scratch;
	size_t bytes = lab_run_memory(&attempt->c->trace, attempt->pcpu, &attempt->options);

	return memset(scratch_of(&scratch, bytes), 0, bytes);
}

static void start_lockstep(struct attempt *attempt)
{
	static struct alloc_lockstep lockstep;
	static struct scratch scratch;
	const struct pcpu_layout *layout = pcpu_layout(attempt->pcpu);
	size_t bytes = alloc_lockstep_memory(attempt->c, layout);

	alloc_lockstep_start(&lockstep, attempt->c, attempt->pcpu, scratch_of(&scratch, bytes));
	attempt->lockstep = &lockstep;
}

/* The rest of pcpu.h, about what the run left alive. */
static bool query_pages(struct attempt *attempt, const struct lab_model *model)
{
	struct lab_fault fault;

	case_enter(attempt, STAGE_REST);
	if (api_check(model, attempt->c->setup.config.static_start, &fault))
		return true;
	attempt->result.verdict = (struct lab_verdict){
		.kind = LAB_BROKEN_MODEL, .step = attempt->c->trace.nr_ops,
		.sentence = fault.sentence, .id = fault.id, .cpu = fault.cpu,
	};
	return false;
}

static void case_run(struct attempt *attempt)
{
	void *scratch = run_scratch(attempt);
	bool clean;

	if (attempt->c->setup.lock_step)
		start_lockstep(attempt);
	case_enter(attempt, STAGE_RUN);
	clean = lab_run(attempt->plat, attempt->pcpu, &attempt->c->trace, &attempt->options,
			scratch, &attempt->result);
	clean = clean && query_pages(attempt, lab_run_model(scratch));
	if (clean) {
		case_enter(attempt, STAGE_DRAIN);
		clean = lab_run_drain(scratch);
	}
	if (!clean)
		case_blame(attempt, attempt->result.verdict.sentence,
			   attempt->result.verdict.kind == LAB_BROKEN_INVARIANT ? FINDING_WALKER :
										  FINDING_MODEL);
}

static void attempt_run(void *argument)
{
	struct attempt *attempt = argument;

	if (case_create(attempt))
		case_run(attempt);
	case_enter(attempt, STAGE_DESTROY);
	pcpu_destroy(attempt->pcpu);
	if (sim_lost(attempt->plat))
		case_blame(attempt, sim_lost(attempt->plat), FINDING_FAULT);
	find_fault(attempt);
}

/* --- words ----------------------------------------------------------------------------------- */

void alloc_put_number(struct lab_text *words, const char *what, uint32_t n, uint32_t none)
{
	if (n != none)
		lab_put_number(words, what, n);
}

/* Whom the verdict names, when it is what was wrong first. */
static void put_verdict(struct lab_text *words, const struct lab_verdict *verdict)
{
	if (verdict->kind == LAB_BROKEN_INVARIANT) {
		alloc_put_number(words, "; chunk ", verdict->where.chunk_id, PCPU_NO_CHUNK);
		alloc_put_number(words, "; offset ", verdict->where.offset, 0);
		alloc_put_number(words, "; CPU ", verdict->where.cpu, PCPU_NO_CPU);
		return;
	}
	alloc_put_number(words, "; object ", verdict->id, UINT32_MAX);
	alloc_put_number(words, "; CPU ", verdict->cpu, PCPU_NO_CPU);
}

static void put_step(struct lab_text *words, const struct lab_trace *trace, size_t step)
{
	char line[128];

	lab_op_print(&trace->ops[step], trace->text, line);
	lab_put_number(words, "step ", step);
	lab_put(words, " (");
	lab_put(words, line);
	lab_put(words, ")");
}

static void outcome_set(const struct attempt *attempt, const struct blame *wrong,
			struct fuzz_outcome *outcome)
{
	bool is_assertion = wrong->by == FINDING_ASSERTION;
	const struct lab_trace *trace = &attempt->c->trace;
	bool in_step = wrong->stage == STAGE_RUN && wrong->step < trace->nr_ops;
	struct lab_text place, words;

	lab_text_init(&place, outcome->place, sizeof(outcome->place));
	lab_text_init(&words, outcome->words, sizeof(outcome->words));
	outcome->sentence = wrong->sentence;
	outcome->by = wrong->by;
	outcome->step = wrong->stage == STAGE_SET_UP ? 0 : in_step ? wrong->step : trace->nr_ops;
	if (is_assertion)
		lab_put(&place, "assertion");
	else
		lab_put(&place, in_step ? kind_words[trace->ops[wrong->step].kind] :
					  stage_words[wrong->stage]);
	if (in_step)
		put_step(&words, trace, wrong->step);
	else
		lab_put(&words, stage_words[wrong->stage]);
	lab_put(&words, is_assertion ? ": an assertion failed: " :
			wrong == &attempt->fault ? ": the seam's contract: " : ": ");
	lab_put(&words, wrong->sentence);
	if (attempt->lockstep && wrong->sentence == attempt->lockstep->sentence)
		lab_put(&words, attempt->lockstep->words);
	if (wrong->sentence == attempt->result.verdict.sentence)
		put_verdict(&words, &attempt->result.verdict);
}

/* --- from outside ---------------------------------------------------------------------------- */

/* Zeroes the attempt. The platform keeps memory for speed, and no state: sim_reset(). */
static void attempt_begin(struct attempt *attempt, const struct alloc_case *c)
{
	static struct plat *plat;

	if (!plat)
		plat = sim_create(&c->setup.sim);
	sim_reset(plat, &c->setup.sim);
	*attempt = (struct attempt){
		.c = c, .plat = plat, .options = c->setup.run,
	};
	attempt->options.drains = true;
	attempt->options.stepped = case_step_check;
	attempt->options.seen = alloc_states_note;
	attempt->options.placed = case_placement_check;
	attempt->options.counts = &attempt->counts;
	attempt->options.was_refused = was_refused;
	attempt->options.context = attempt;
	attempt->result.hash = LAB_FNV_START;
}

bool alloc_case_run(const struct alloc_case *c, struct fuzz_outcome *outcome)
{
	const struct blame *wrong;
	struct attempt attempt;
	const char *assertion;

	*outcome = (struct fuzz_outcome){ .nr_ops = c->trace.nr_ops, .step = c->trace.nr_ops };
	attempt_begin(&attempt, c);
	assertion = sim_catch_assert(attempt_run, &attempt);
	if (assertion) {
		find_fault(&attempt);
		case_blame(&attempt, assertion, FINDING_ASSERTION);
	}
	if (attempt.lockstep)
		alloc_lockstep_finish(attempt.lockstep);
	outcome->hash = attempt.result.hash;
	wrong = &attempt.first;
	if (attempt.fault.sentence && (!wrong->sentence || is_before(&attempt.fault, wrong)))
		wrong = &attempt.fault;
	if (!wrong->sentence)
		return true;
	outcome_set(&attempt, wrong, outcome);
	return false;
}

static void render_run(void *argument)
{
	struct attempt *attempt = argument;
	if (case_create(attempt))
		lab_run(attempt->plat, attempt->pcpu, &attempt->c->trace, &attempt->options,
			run_scratch(attempt), &attempt->result);
}

void alloc_case_render(const struct alloc_case *c, size_t nr, void (*line)(const char *text))
{
	struct alloc_case part = *c;
	struct attempt attempt;

	if (part.trace.nr_ops > nr)
		part.trace.nr_ops = nr;
	attempt_begin(&attempt, &part);
	if (sim_catch_assert(render_run, &attempt))
		line("an assertion fails before that: locks may be held");
	else if (!attempt.pcpu)
		line("set-up is refused: there is no chunk");
	else
		chunk_render(attempt.pcpu, line);
}
