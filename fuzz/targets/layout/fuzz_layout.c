/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * fuzz_layout.c - decodes bytes to a machine and a request, and runs build info and the first
 * chunk.
 *
 *	| CPUs | nodes | distances | placement | sizes (7) | how (6) | [asked (12)] | tables ...
 *
 * A damage byte of 64 and more means no damage: then set-up gets more options, own and early
 * variables, an engine, a limit. Most machines are small, a few have 8192 CPUs or 1024 nodes. The
 * tables' bytes give nodes of CPUs and distances where their kind uses bytes; when they run out
 * they are used again from the start.
 */
#include "fuzz/targets/engine_head.h"
#include "fuzz/targets/layout/layout_case.h"
#include "fuzz/targets/outcome.h"
#include "harness/text/text.h"
#include "harness/text/topology_text.h"

#include <string.h>

enum { HEAD_BYTES = 17, REQUEST_BYTES = LAYOUT_VARIABLE_BYTES + 1, REQUEST_FROM = 64 };
enum { MAX_CHUNK_CPUS = 64, MAX_ORACLE_CPUS = 256, MAX_BYTE_NODES = 64 };

/* Holds the largest machine, and one beyond it: damaged counts are checked first. */
struct tables {
	uint16_t cpu_node[PCPU_MAX_CPUS + 1];
	uint16_t node_id[PCPU_MAX_NODES + 1];
	uint8_t node_state[PCPU_MAX_NODES + 1];
	uint8_t distance[(size_t)PCPU_MAX_NODES * PCPU_MAX_NODES];
};

static struct tables tables;

struct source {
	const uint8_t *at, *end;
	const uint8_t *tail; /* tables' bytes, from their start */
};

static uint8_t layout_take(struct source *in)
{
	return in->at < in->end ? *in->at++ : 0;
}

/* Takes the tables' bytes in a cycle; 0 when there are none. */
static uint8_t take_around(struct source *in)
{
	if (in->at >= in->end)
		in->at = in->tail;
	return layout_take(in);
}

static uint32_t take_u16(struct source *in)
{
	uint32_t low = layout_take(in);

	return low | (uint32_t)layout_take(in) << 8;
}

/* --- the machine ------------------------------------------------------------------------------ */

/* The largest machine takes a hundred times longer, and engines like 0 and 0xff: by neither. */
static uint32_t decode_nr_cpus(uint8_t byte)
{
	static const uint16_t large[8] = {8192, 48, 63, 64, 100, 256, 1000, 31};

	return byte < 0xf8 ? 1 + byte % 24 : large[byte & 7];
}

/* 1024 nodes, with their million distances, only on the largest machine, and seldom. */
static uint32_t decode_nr_nodes(uint8_t byte, uint32_t nr_cpus)
{
	static const uint16_t large[8] = {7, 8, 9, 10, 12, 14, 16, 33};

	if (byte == 0xa5 && nr_cpus == PCPU_MAX_CPUS)
		return PCPU_MAX_NODES;
	return byte < 0xf8 ? 1 + byte % 6 : large[byte & 7];
}

static uint8_t distance_of(struct source *in, uint8_t kind, uint32_t from, uint32_t to)
{
	uint32_t step = 1 + (kind >> 3 & 7), apart = from < to ? to - from : from - to;
	uint8_t byte;

	if (from == to)
		return 10;
	switch (kind & 7) {
	case 1:
		return 10;
	case 2:
		return 20;
	case 3: /* a chain: near is not transitive */
		return apart <= step ? 10 : 21;
	case 4: /* asymmetric */
		return from < to ? 10 : (uint8_t)(10 + apart % (step + 1));
	case 5:
		return from % step == to % step ? 10 : 255;
	}
	byte = take_around(in);
	if (kind & 0x40)
		return byte & 1 ? 10 : 20;
	return byte < 10 ? 10 : byte;
}

static void decode_distances(struct source *in, uint8_t kind, struct pcpu_topology *t)
{
	uint32_t nr = t->nr_nodes;

	if ((kind & 7) == 0) {
		t->distance = NULL;
		return;
	}
	if ((kind & 7) > 5 && nr > MAX_BYTE_NODES)
		kind = 3;
	for (uint32_t from = 0; from < nr; from++)
		for (uint32_t to = 0; to < nr; to++)
			tables.distance[from * nr + to] = distance_of(in, kind, from, to);
	t->distance = tables.distance;
}

/* | kind 2 | ids sparse 1 | states 1 | holes 4: one CPU in so many, 0: none | */
static void decode_places(struct source *in, uint8_t kind, struct pcpu_topology *t)
{
	uint32_t holes = kind >> 4;

	for (uint32_t cpu = 0; cpu < t->nr_cpu_ids; cpu++) {
		uint32_t node = cpu % t->nr_nodes;

		if ((kind & 3) == 1)
			node = (uint32_t)((uint64_t)cpu * t->nr_nodes / t->nr_cpu_ids);
		else if ((kind & 3) >= 2)
			node = take_around(in) % t->nr_nodes;
		if ((kind & 3) == 3 && take_around(in) & 1)
			node = 0;
		tables.cpu_node[cpu] = (uint16_t)node;
		if (holes && cpu + 1 < t->nr_cpu_ids && cpu % (holes + 1) == holes)
			tables.cpu_node[cpu] = PCPU_NO_NODE;
	}
	for (uint32_t node = 0; node < t->nr_nodes; node++) {
		tables.node_id[node] = (uint16_t)(kind & 4 ? node * 3 : node);
		tables.node_state[node] = PCPU_NODE_ONLINE | PCPU_NODE_MEMORY;
		if (kind & 8 && node % 3 == 1)
			tables.node_state[node] = node % 2 ? PCPU_NODE_ONLINE : 0;
	}
	t->cpu_node = tables.cpu_node;
	t->node_id = tables.node_id;
	t->node_state = tables.node_state;
}

/* Damage that only tables can have. */
static void damage_tables(struct layout_case *c)
{
	struct pcpu_topology *t = &c->topology;

	if (c->damage == DAMAGE_NO_POSSIBLE_CPU)
		for (uint32_t cpu = 0; cpu < t->nr_cpu_ids; cpu++)
			tables.cpu_node[cpu] = PCPU_NO_NODE;
	if (c->damage == DAMAGE_FOREIGN_NODE)
		tables.cpu_node[t->nr_cpu_ids / 2] = (uint16_t)t->nr_nodes;
	if (c->damage != DAMAGE_SHORT_DISTANCE && c->damage != DAMAGE_FAR_FROM_ITSELF)
		return;
	if (!t->distance)
		c->damage = DAMAGE_NONE;
	else
		tables.distance[(t->nr_nodes - 1) * t->nr_nodes + t->nr_nodes - 1] =
			c->damage == DAMAGE_SHORT_DISTANCE ? 9 : 11;
}

/* --- wishes ----------------------------------------------------------------------------------- */

static uint64_t least_unit(const struct pcpu_sizes *s)
{
	uint64_t sum = s->static_bytes + s->reserved_bytes +
		       pcpu_max64(s->dyn_bytes, PCPU_DYNAMIC_EARLY_BYTES);

	return pcpu_max64(pcpu_align_up(sum, PCPU_PAGE_BYTES), PCPU_MIN_UNIT_BYTES);
}

/* | static u16 | reserved | dyn | atom | unit | rule, stride | */
static void decode_sizes(struct source *in, bool is_skewed, struct pcpu_sizes *s)
{
	uint8_t unit, how;

	s->static_bytes = take_u16(in);
	s->reserved_bytes = layout_take(in) * UINT64_C(100);
	s->dyn_bytes = layout_take(in) * UINT64_C(200);
	s->atom_bytes = (uint64_t)PCPU_PAGE_BYTES << layout_take(in) % 11;
	unit = layout_take(in);
	how = layout_take(in);
	s->static_bytes = how >> 4 == 15 ? s->static_bytes << 3 : s->static_bytes >> 2;
	s->unit_bytes = unit < 0xc0 ? 0 : least_unit(s) + (unit & 15u) * PCPU_PAGE_BYTES;
	s->rule = how & 1 ? PCPU_RULE_FIRST_MEMBER : PCPU_RULE_REFERENCE;
	s->stride = how & 2 ? PCPU_STRIDE_ODD : PCPU_STRIDE_REFERENCE;
	if (!is_skewed)
		return;
	s->stride = PCPU_STRIDE_SKEWED;
	s->unit_bytes += s->unit_bytes ? PCPU_PAGE_BYTES : 0; /* that copies reach into */
}

/* | variables (11) | limit |; the maps' byte: | maps 2 | no own 1 | nodes unknown 1 | engine named
   4 | */
static void decode_request(struct source *in, struct layout_case *c)
{
	uint8_t bytes[LAYOUT_VARIABLE_BYTES];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = layout_take(in);
	layout_variables_decode(bytes, c->sizes.static_bytes, &c->variables);
	c->sim.page_nodes_unknown = bytes[4] & 8;
	c->engine_named |= bytes[4] >> 4 != 0;
	c->nr_cpus_limit = layout_take(in) * 64u;
}

/* | flags | space | fails at | own | damage | memory | */
static void decode_how(struct source *in, struct layout_case *c)
{
	uint8_t flags = layout_take(in), space = layout_take(in), fails = layout_take(in),
		own = layout_take(in);
	uint8_t damage = layout_take(in), memory = layout_take(in);
	/* The last: 64 KiB below the end of all addresses. */
	static const uintptr_t static_starts[] = {0x100000, 0, 0x100040, (uintptr_t)-0x10000};
	static const struct pcpu_own_variables no_own = {PCPU_NO_VARIABLE, PCPU_NO_VARIABLE,
							 PCPU_NO_VARIABLE, PCPU_NO_VARIABLE, 0};

	c->uniprocessor = flags & 1;
	c->no_page_allocator = flags & 2;
	c->auto_means_page = flags & 4;
	c->km = flags & 8;
	c->with_image = flags & 16;
	c->static_start = static_starts[flags >> 5 & 3];
	c->space_bytes = space ? (uint64_t)space << (12 + (space & 7)) : 0;
	c->fails_at = fails ? fails - 1u : UINT32_MAX;
	c->fails_on = flags & 128;
	c->variables.with_own = own > 0;
	c->variables.own = no_own;
	if (own)
		c->variables.own.this_cpu_off = (uint32_t)(own - 1) * 8;
	c->damage = damage < 32 && damage < NR_LAYOUT_DAMAGES ? damage : DAMAGE_NONE;
	c->setup_damage = damage >= 32 && damage < 64 ? damage - 32 : 0;
	c->sim = (struct sim_config){.flush_needed = true};
	c->sim.address_seed = memory & 1 ? memory : 0;
	c->sim.backwards = (memory & 3) == 2;
	c->sim.area_gap_bytes = memory & 4 ? (uint64_t)1 << 24 : 0;
	c->sim.pages_per_node = memory & 0x80 ? 8 + (memory & 0x78) : 0;
	if (damage >= REQUEST_FROM)
		decode_request(in, c);
}

/* The request belongs to the head only if it ends there. */
static size_t head_bytes(const uint8_t *bytes, size_t nr)
{
	const struct pcpu_engine *engine;
	size_t head = HEAD_BYTES + fuzz_engine_head(bytes, nr, &engine);

	if (nr >= head && bytes[head - 2] >= REQUEST_FROM)
		head += REQUEST_BYTES;
	return head < nr ? head : nr;
}

static void layout_decode(const uint8_t *bytes, size_t nr, struct layout_case *c)
{
	struct source in = {.at = bytes};
	uint8_t distances, places;

	memset(c, 0, sizeof(*c));
	nr = nr < FUZZ_MAX_BYTES ? nr : FUZZ_MAX_BYTES;
	in.end = bytes + nr;
	in.tail = bytes + head_bytes(bytes, nr);
	in.at += fuzz_engine_head(bytes, nr, &c->engine);
	c->engine_named = in.at != bytes;
	c->topology.nr_cpu_ids = decode_nr_cpus(layout_take(&in));
	c->topology.nr_nodes = decode_nr_nodes(layout_take(&in), c->topology.nr_cpu_ids);
	distances = layout_take(&in);
	places = layout_take(&in);
	decode_sizes(&in, fuzz_engine_skewed(bytes, nr), &c->sizes);
	decode_how(&in, c);
	in.at = in.tail;
	decode_places(&in, places, &c->topology);
	decode_distances(&in, distances, &c->topology);
	damage_tables(c);
	c->all_have_memory = !(places & 8);
	c->with_oracle = c->topology.nr_cpu_ids <= MAX_ORACLE_CPUS;
	c->with_chunk =
		c->topology.nr_cpu_ids <= MAX_CHUNK_CPUS && c->damage != DAMAGE_UNIT_LARGEST;
}

static bool layout_property(const uint8_t *bytes, size_t nr, struct fuzz_outcome *outcome)
{
	static struct layout_case c;

	layout_decode(bytes, nr, &c);
	*outcome = (struct fuzz_outcome){.nr_ops = 1, .step = 0};
	if (layout_case_run(&c, outcome))
		return true;
	fuzz_put_words(outcome);
	return false;
}

/* --- in words -------------------------------------------------------------------------------- */

static const char *const damage_words[NR_LAYOUT_DAMAGES] = {
#define X(id, status, page_status, words) [DAMAGE_##id] = words,
#include "fuzz/targets/layout/layout_damages.def"
#undef X
};

static void describe_how(const struct layout_case *c, void (*line)(const char *text))
{
	struct lab_text text;
	char capacity[512];

	lab_text_init(&text, capacity, sizeof(capacity));
	lab_put_number(&text, "# space ", c->space_bytes);
	lab_put_number(&text, ", static part linked at ", c->static_start);
	lab_put(&text, c->km ? ", km" : ", vm");
	lab_put(&text, c->uniprocessor ? ", uniprocessor" : "");
	lab_put(&text, c->no_page_allocator ? ", no page allocator" : "");
	lab_put(&text, c->auto_means_page ? ", auto means page" : "");
	lab_put(&text, c->with_image ? ", with an image" : "");
	if (c->sim.pages_per_node)
		lab_put_number(&text, ", pages a node: ", c->sim.pages_per_node);
	lab_put(&text, c->sim.area_gap_bytes ? ", gaps between areas" : "");
	lab_put(&text, c->sim.backwards ? ", areas descend" : "");
	if (c->fails_at != UINT32_MAX)
		lab_put_number(&text, ", fallible call that fails: ", c->fails_at);
	lab_put(&text, c->fails_on ? ", and all later ones" : "");
	if (c->damage != DAMAGE_NONE) {
		lab_put(&text, ", damaged: ");
		lab_put(&text, damage_words[c->damage]);
	}
	if (c->setup_damage)
		lab_put_number(&text, ", finished layout damaged in way ", c->setup_damage);
	line(capacity);
}

static void describe_request(const struct layout_case *c, void (*line)(const char *text))
{
	struct lab_text text;
	char capacity[512];

	lab_text_init(&text, capacity, sizeof(capacity));
	lab_put_number(&text, "# limit of CPUs ", c->nr_cpus_limit);
	lab_put(&text, c->engine_named ? ", engine " : "");
	lab_put(&text, c->engine_named ? c->engine->name : "");
	lab_put(&text, c->sim.page_nodes_unknown ? ", nodes of pages unknown" : "");
	layout_variables_put(&c->variables, &text);
	line(capacity);
}

static void layout_describe(const uint8_t *bytes, size_t nr, void (*line)(const char *text))
{
	static struct layout_case c;
	static char capacity[1 << 16];
	struct lab_text text;
	struct pcpu_sizes *s = &c.sizes;

	layout_decode(bytes, nr, &c);
	lab_text_init(&text, capacity, sizeof(capacity));
	lab_put_number(&text, "# static ", s->static_bytes);
	lab_put_number(&text, ", reserved ", s->reserved_bytes);
	lab_put_number(&text, ", dyn ", s->dyn_bytes);
	lab_put_number(&text, ", atom ", s->atom_bytes);
	lab_put_number(&text, ", unit ", s->unit_bytes);
	lab_put(&text, s->rule == PCPU_RULE_REFERENCE ? ", reference rule" : ", first-member rule");
	lab_put(&text, s->stride == PCPU_STRIDE_ODD    ? ", odd stride" :
		       s->stride == PCPU_STRIDE_SKEWED ? ", skewed stride" :
							 "");
	line(capacity);
	describe_how(&c, line);
	describe_request(&c, line);
	lab_text_init(&text, capacity, sizeof(capacity));
	lab_topology_print(&c.topology, &text);
	for (char *at = capacity, *end; *at; at = end + 1) {
		end = strchr(at, '\n');
		if (!end)
			break;
		*end = 0;
		line(at);
	}
}

/* The tables' bytes one by one: the head means something only as a whole. */
static size_t layout_pieces(const uint8_t *bytes, size_t nr, size_t *starts, size_t capacity)
{
	size_t nr_pieces = 0;

	for (size_t at = head_bytes(bytes, nr);
	     at < nr && at < FUZZ_MAX_BYTES && nr_pieces < capacity; at++)
		starts[nr_pieces++] = at;
	return nr_pieces;
}

const struct fuzz_target fuzz_layout = {
	.name = "fuzz_layout",
	.summary = "a machine and sizes, against the naive oracle of build info; its first chunks",
	.property = layout_property,
	.describe = layout_describe,
	.pieces = layout_pieces,
};
