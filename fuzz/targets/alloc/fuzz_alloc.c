/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * fuzz_alloc.c - the property: after any operations on an allocator on the simulated platform,
 * model and walker find no error, and in the end nothing is lost.
 *
 *	| random_bytes.h | setup (fuzz_setup.h) | operations (decode.c): off | profile | op ... |
 *		\-> spelt out -> case -> alloc_case.c
 */
#include "fuzz/targets/alloc/alloc_case.h"
#include "fuzz/targets/engine_head.h"
#include "fuzz/targets/random_bytes.h"
#include "harness/text/layout_text.h"
#include "harness/text/text.h"

enum { MAX_OPS = 256, MAX_IDS = 64, RANDOM_STEP = 4 };

struct decoded {
	struct alloc_case c;
	struct lab_op ops[MAX_OPS];
	size_t starts[MAX_OPS]; /* where each operation's bytes begin, in what is spelt out */
	uint8_t spelt[FUZZ_MAX_BYTES];
};

/* Bytes of a forced unit that objects may use. */
static uint32_t unit_covers(const struct pcpu_sizes *s)
{
	return (uint32_t)s->unit_bytes -
	       (s->stride == PCPU_STRIDE_SKEWED ? PCPU_PAGE_BYTES : 0);
}

/* A guess from the sizes alone (SPEC.md 2.1): how groups and atoms change units is left out. */
static struct lab_decode_limits decode_limits(const struct fuzz_setup *setup)
{
	const struct pcpu_sizes *s = &setup->config.sizes;
	uint32_t from = (uint32_t)(s->static_bytes + s->reserved_bytes);
	uint32_t dyn = setup->config.choice == PCPU_CHOICE_PAGE ? 0 : (uint32_t)s->dyn_bytes;
	struct lab_decode_limits guess = {
		.max_ids = MAX_IDS, .nr_cpus = setup->sim.topology->nr_cpu_ids, .first_from = from,
	};

	dyn = dyn < PCPU_DYNAMIC_EARLY_BYTES ? PCPU_DYNAMIC_EARLY_BYTES : dyn;
	guess.first_to = (uint32_t)pcpu_align_up(from + dyn, PCPU_PAGE_BYTES);
	guess.unit_bytes = s->unit_bytes		      ? unit_covers(s) :
			   guess.first_to > PCPU_MIN_UNIT_BYTES ? guess.first_to :
								  PCPU_MIN_UNIT_BYTES;
	return guess;
}

static struct decoded *alloc_decode(const uint8_t *bytes, size_t nr)
{
	static struct decoded d;
	struct lab_trace *trace = &d.c.trace;
	struct lab_decode_limits guess;
	const struct pcpu_engine *engine;
	size_t from, head;

	nr = random_spell(bytes, nr, RANDOM_STEP, d.spelt, sizeof(d.spelt));
	from = fuzz_engine_head(d.spelt, nr, &engine) + RANDOM_HEAD_BYTES;
	head = from + FUZZ_SETUP_BYTES;
	fuzz_setup_decode(d.spelt + from, nr - from, &d.c.setup);
	d.c.setup.config.engine = engine;
	d.c.setup.config.front = fuzz_engine_front(d.spelt, nr);
	d.c.setup.sim.pages_zeroed = fuzz_engine_zeroed(d.spelt, nr);
	if (d.c.setup.config.front)
		d.c.setup.lock_step = false;
	if (fuzz_engine_skewed(d.spelt, nr))
		d.c.setup.config.sizes.stride = PCPU_STRIDE_SKEWED;
	guess = decode_limits(&d.c.setup);
	*trace = (struct lab_trace){ .ops = d.ops, .nr_ids = MAX_IDS, .ops_form = true };
	if (nr > head)
		trace->nr_ops =
			lab_decode(d.spelt + head, nr - head, &guess, d.ops, d.starts, MAX_OPS);
	for (size_t i = 0; i < trace->nr_ops; i++) {
		trace->nr_allocs += d.ops[i].kind == LAB_OP_ALLOC;
		d.starts[i] += head;
	}
	return &d;
}

static bool alloc_property(const uint8_t *bytes, size_t nr, struct fuzz_outcome *outcome)
{
	return alloc_case_run(&alloc_decode(bytes, nr)->c, outcome);
}

/* --- an input as text ------------------------------------------------------------------------- */

static void describe_setup(const struct fuzz_setup *setup, void (*line)(const char *text))
{
	struct lab_text text;
	char capacity[200];

	lab_text_init(&text, capacity, sizeof(capacity));
	lab_put(&text, "# engine ");
	lab_put(&text, setup->config.engine->name);
	lab_put(&text, setup->config.front ? " with front" : "");
	lab_put(&text, setup->sim.pages_zeroed ? ", pages come zeroed" : "");
	lab_put(&text, "; ");
	lab_put(&text, setup->machine);
	lab_put(&text, setup->config.backing == PCPU_BACKING_KM ? "; km backing, " : "; ");
	lab_put(&text, lab_choice_text(setup->config.choice));
	alloc_put_number(&text, "; static ", (uint32_t)setup->config.sizes.static_bytes, 0);
	alloc_put_number(&text, ", reserved ", (uint32_t)setup->config.sizes.reserved_bytes, 0);
	alloc_put_number(&text, ", dyn ", (uint32_t)setup->config.sizes.dyn_bytes, 0);
	alloc_put_number(&text, ", unit ", (uint32_t)setup->config.sizes.unit_bytes, 0);
	alloc_put_number(&text, ", atom ", (uint32_t)setup->config.sizes.atom_bytes, 0);
	lab_put(&text,
		setup->config.sizes.stride == PCPU_STRIDE_SKEWED ? ", skewed stride" : "");
	line(capacity);
	lab_text_init(&text, capacity, sizeof(capacity));
	lab_put(&text, setup->run.honour_atomic ? "# atomic requests are honoured" :
						  "# atomic requests are ordinary ones");
	lab_put(&text, setup->run.inject_failures ? "; k is honoured" : "; k does nothing");
	alloc_put_number(&text, "; pages a node: ", (uint32_t)setup->sim.pages_per_node, 0);
	alloc_put_number(&text, "; set-up's fallible call that fails: ", setup->create_fails_at,
			 UINT32_MAX);
	lab_put(&text, setup->lock_step ? "; in lock-step with the placement oracle" : "");
	line(capacity);
}

static void alloc_describe(const uint8_t *bytes, size_t nr, void (*line)(const char *text))
{
	const struct decoded *d = alloc_decode(bytes, nr);
	char text[128];

	line("# pcpu-trace-ops 1");
	describe_setup(&d->c.setup, line);
	for (size_t i = 0; i < d->c.trace.nr_ops; i++) {
		lab_op_print(&d->ops[i], NULL, text);
		line(text);
	}
}

static size_t alloc_pieces(const uint8_t *bytes, size_t nr, size_t *starts, size_t capacity)
{
	const struct decoded *d = alloc_decode(bytes, nr);
	size_t nr_pieces = 0;

	for (size_t i = 0; i < d->c.trace.nr_ops && nr_pieces < capacity; i++)
		if (d->starts[i] < nr && (i == 0 || d->starts[i] != d->starts[i - 1]))
			starts[nr_pieces++] = d->starts[i];
	return nr_pieces;
}

static size_t alloc_spell(const uint8_t *bytes, size_t nr, uint8_t *to, size_t capacity)
{
	return random_spell(bytes, nr, RANDOM_STEP, to, capacity);
}

static void alloc_render(const uint8_t *bytes, size_t nr, size_t steps,
			 void (*line)(const char *text))
{
	alloc_case_render(&alloc_decode(bytes, nr)->c, steps, line);
}

static void write_test(const uint8_t *bytes, size_t nr, const char *test_name,
		       void (*line)(const char *text))
{
	alloc_case_write(&alloc_decode(bytes, nr)->c, test_name, line);
}

const struct fuzz_target fuzz_alloc = {
	.name = "fuzz_alloc",
	.summary = "operations on a whole allocator, against model, walker and ledger",
	.property = alloc_property,
	.describe = alloc_describe,
	.pieces = alloc_pieces,
	.spell = alloc_spell,
	.render = alloc_render,
	.write_test = write_test,
};
