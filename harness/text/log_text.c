/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * log_text.c - a machine's layout read back from its kernel log.
 *
 *	[    0.000000] pcpu-alloc: s212992 r8192 d28672 u1048576 alloc=1*2097152
 *	[    0.000000] pcpu-alloc: [0] 0 1 [0] 2 3 [0] 4 - [1] 5 6
 *	<6>pcpu-alloc: [1] 7 -			any prefix, other lines between
 *
 * R1  A dump is a line of sizes and the entries after it, until the next line of sizes or the end.
 *     Entries before the first line of sizes are the rest of a dump whose head is lost: skipped.
 * R2  What is read must be a layout that the reference could have printed: sizes that fit
 *     together, alloc / unit CPUs in each entry, groups in order, CPUs ascending within a
 *     group and each once. A dump that lost whole lines may still be one: lines_hash tells.
 * R3  The page is that of the last line `... pages/cpu` before the line of sizes, when both have
 *     the same s, r and d, and whole pages in unit and atom.
 */
#include "harness/text/log_sizes.h"
#include "harness/text/topology_text.h"

#define MARK "pcpu-alloc:"
#define MARK_BYTES (sizeof(MARK) - 1)
#define LEAST_PAGE (1u << PCPU_PAGE_SHIFT_MIN)
#define SIZES_EXPECTED "sizes like s212992 r8192 d28672 u524288 alloc=1*2097152"

struct log_parser {
	struct lab_topology *to;
	struct lab_log_layout *layout;
	struct lab_error *error;
	uint32_t line;		/* that is being checked */
	struct lab_log_sizes pages; /* the last line of them; page_bytes 0: none */
	bool has_sizes;		/* the dump has begun */
	bool is_over;		/* the next dump has begun */
	uint32_t nr_in_entry;	/* units of the entry that is being read */
	uint32_t nr_in_group;	/* CPUs of the last group so far */
	uint64_t last_cpu;	/* of them */
	uint64_t last_first;	/* first CPU of the last group */
	bool had_dash;		/* the last group has unused units: no CPU may follow */
};

static bool log_text_refuse(struct log_parser *parser, const char *expected)
{
	parser->error->line = parser->line;
	parser->error->expected = expected;
	return false;
}

/* Where the text behind the mark starts; NULL on a line that has none. */
static const char *find_mark(const char *line, size_t bytes)
{
	for (size_t i = 0; i + MARK_BYTES <= bytes; i++)
		if (line[i] == MARK[0] && memcmp(line + i, MARK, MARK_BYTES) == 0)
			return line + i + MARK_BYTES;
	return NULL;
}

/* --- the line of sizes ------------------------------------------------------------------ */

static bool parse_tagged(const char *word, size_t bytes, char tag, uint64_t *n)
{
	return bytes > 1 && word[0] == tag &&
	       lab_parse_u64(word + 1, bytes - 1, PCPU_MAX_UNIT_BYTES, n);
}

/* alloc=K*ATOM */
static bool parse_alloc(const char *word, size_t bytes, uint64_t *k, uint64_t *atom)
{
	static const char name[] = "alloc=";
	size_t skip = sizeof(name) - 1, star = skip;

	if (bytes < skip || memcmp(word, name, skip) != 0)
		return false;
	while (star < bytes && word[star] != '*')
		star++;
	return star < bytes && lab_parse_u64(word + skip, star - skip, PCPU_MAX_UNIT_BYTES, k) &&
	       lab_parse_u64(word + star + 1, bytes - star - 1, PCPU_MAX_UNIT_BYTES, atom);
}

/* The five numbers, in the kernel's order; reserved ones by their tags. */
static bool take_numbers(const char *at, const char *end, uint64_t n[6])
{
	static const char tags[] = "srdu";
	const char *word;
	size_t bytes;

	for (unsigned i = 0; i < 4; i++)
		if (!lab_next_word(&at, end, &word, &bytes) ||
		    !parse_tagged(word, bytes, tags[i], &n[i]))
			return false;
	return lab_next_word(&at, end, &word, &bytes) && parse_alloc(word, bytes, &n[4], &n[5]) &&
	       !lab_next_word(&at, end, &word, &bytes);
}

/* R3; 0: it is not shown. */
static uint64_t page_shown(const struct lab_log_sizes *pages, const uint64_t n[6])
{
	uint64_t page = pages->page_bytes;
	bool agree = pages->static_bytes == n[0] && pages->reserved_bytes == n[1] &&
		     pages->dyn_bytes == n[2];

	return page && agree && n[3] % page == 0 && n[5] % page == 0 ? page : 0;
}

static bool take_sizes(struct log_parser *parser, const char *at, const char *end)
{
	uint64_t n[6]; /* s, r, d, u, K, ATOM */
	uint64_t alloc;

	if (!take_numbers(at, end, n))
		return log_text_refuse(parser, SIZES_EXPECTED);
	if (!pcpu_is_pow2(n[5]) || n[5] < LEAST_PAGE)
		return log_text_refuse(parser,
				       "alloc=K*ATOM, with an atom that is a power of two and at "
				       "least a page");
	if (n[3] % LEAST_PAGE || n[3] < PCPU_MIN_UNIT_AT(LEAST_PAGE) || n[3] < n[0] + n[1] + n[2])
		return log_text_refuse(parser, "a unit (u) of whole pages that holds s, r and d");
	if (n[2] < PCPU_DYNAMIC_EARLY_BYTES || (n[0] + n[1] + n[2]) % LEAST_PAGE)
		return log_text_refuse(parser,
				       "a dynamic part (d) of at least 12288 bytes that fills up "
				       "the last page");
	alloc = n[4] * n[5];
	if (alloc == 0 || alloc % n[3] || alloc / n[3] > 2 * PCPU_MAX_CPUS)
		return log_text_refuse(parser, "an allocation (alloc) of whole units (u)");
	parser->layout->sizes = (struct pcpu_sizes){
		.static_bytes = n[0], .reserved_bytes = n[1], .dyn_bytes = n[2],
		.atom_bytes = n[5], .page_bytes = page_shown(&parser->pages, n),
	};
	parser->layout->unit_bytes = (uint32_t)n[3];
	parser->layout->upa = (uint32_t)(alloc / n[3]);
	parser->has_sizes = true;
	return true;
}

/* --- entries ---------------------------------------------------------------------------- */

static bool entry_is_whole(const struct log_parser *parser)
{
	return parser->nr_in_entry == parser->layout->upa;
}

/* [G]: the last group goes on, or the next one begins. */
static bool take_group(struct log_parser *parser, const char *word, size_t bytes)
{
	struct pcpu_topology *table = &parser->to->table;
	uint64_t group;

	if (bytes < 3 || word[bytes - 1] != ']' ||
	    !lab_parse_u64(word + 1, bytes - 2, PCPU_MAX_NODES - 1, &group))
		return log_text_refuse(parser, "a group [G] from 0 to 1023");
	if (!entry_is_whole(parser))
		return log_text_refuse(parser, "alloc / u units in each entry");
	if (group != table->nr_nodes && group + 1 != table->nr_nodes)
		return log_text_refuse(parser, "groups in order, from [0] on");
	if (group == table->nr_nodes) {
		if (table->nr_nodes > 0 && parser->nr_in_group == 0)
			return log_text_refuse(parser, "at least one CPU in each group");
		parser->to->node_id[table->nr_nodes++] = (uint16_t)group;
		parser->nr_in_group = 0;
		parser->had_dash = false;
	} else if (parser->had_dash) {
		return log_text_refuse(parser, "unused units at the end of a group only");
	}
	parser->nr_in_entry = 0;
	return true;
}

static bool take_cpu(struct log_parser *parser, uint64_t cpu)
{
	struct pcpu_topology *table = &parser->to->table;
	bool is_first = parser->nr_in_group == 0;

	if (parser->had_dash)
		return log_text_refuse(parser, "unused units at the end of a group only");
	if (parser->to->cpu_node[cpu] != PCPU_NO_NODE)
		return log_text_refuse(parser, "each CPU once");
	if (!is_first && cpu < parser->last_cpu)
		return log_text_refuse(parser, "CPU ids in ascending order within a group");
	if (is_first && table->nr_nodes > 1 && cpu < parser->last_first)
		return log_text_refuse(parser, "groups in order of their first CPU");
	if (is_first)
		parser->last_first = cpu;
	parser->last_cpu = cpu;
	parser->nr_in_group++;
	parser->to->cpu_node[cpu] = (uint16_t)(table->nr_nodes - 1);
	if (cpu >= table->nr_cpu_ids)
		table->nr_cpu_ids = (uint32_t)cpu + 1;
	return true;
}

static bool is_unused(const char *word, size_t bytes)
{
	while (bytes > 0 && word[bytes - 1] == '-')
		bytes--;
	return bytes == 0;
}

static bool take_unit(struct log_parser *parser, const char *word, size_t bytes)
{
	uint64_t cpu;

	if (parser->to->table.nr_nodes == 0)
		return log_text_refuse(parser, "a group [0] before the first CPU");
	if (entry_is_whole(parser))
		return log_text_refuse(parser, "alloc / u units in each entry");
	parser->nr_in_entry++;
	if (is_unused(word, bytes)) {
		parser->had_dash = true;
		return true;
	}
	if (!lab_parse_u64(word, bytes, PCPU_MAX_CPUS - 1, &cpu))
		return log_text_refuse(parser,
				       "a CPU id from 0 to 8191, or dashes for an unused unit");
	return take_cpu(parser, cpu);
}

static bool take_entries(struct log_parser *parser, const char *at, const char *end)
{
	const char *word;
	size_t bytes;

	while (lab_next_word(&at, end, &word, &bytes)) {
		bool good = *word == '[' ? take_group(parser, word, bytes)
					 : take_unit(parser, word, bytes);

		if (!good)
			return false;
	}
	if (!entry_is_whole(parser))
		return log_text_refuse(parser, "alloc / u units in each entry");
	return true;
}

/* --- the whole -------------------------------------------------------------------------- */

static bool is_sizes(const char *at, const char *end)
{
	const char *word;
	size_t bytes;

	return lab_next_word(&at, end, &word, &bytes) && *word == 's';
}

static void hash_line(struct lab_log_layout *layout, const char *start, const char *end)
{
	while (end > start && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	layout->lines_hash = lab_fnv1a(layout->lines_hash, start, (size_t)(end - start));
	layout->lines_hash = lab_fnv1a(layout->lines_hash, "\n", 1);
}

static bool parts_in_range(const struct lab_log_sizes *pages)
{
	return pages->static_bytes <= PCPU_MAX_UNIT_BYTES &&
	       pages->reserved_bytes <= PCPU_MAX_UNIT_BYTES &&
	       pages->dyn_bytes <= PCPU_MAX_UNIT_BYTES && pages->unit_bytes <= PCPU_MAX_UNIT_BYTES;
}

static bool take_line(struct log_parser *parser, const char *line, size_t bytes)
{
	const char *at = find_mark(line, bytes), *end = line + bytes;

	if (!at) {
		struct lab_log_sizes pages;
		struct lab_error error;

		if (lab_log_sizes_parse(line, bytes, &pages, &error) && parts_in_range(&pages))
			parser->pages = pages;
		return true;
	}
	if (!is_sizes(at, end)) {
		if (parser->has_sizes)
			hash_line(parser->layout, at - MARK_BYTES, end);
		return !parser->has_sizes || take_entries(parser, at, end);
	}
	if (parser->has_sizes && parser->to->table.nr_nodes > 0) {
		parser->is_over = true;
		return true;
	}
	if (!take_sizes(parser, at, end))
		return false;
	parser->layout->lines_hash = LAB_FNV_START;
	hash_line(parser->layout, at - MARK_BYTES, end);
	parser->nr_in_entry = parser->layout->upa; /* none is begun */
	return true;
}

static bool log_finish(struct log_parser *parser)
{
	if (!parser->has_sizes) {
		parser->line = 1;
		return log_text_refuse(parser,
				       "a kernel log with a line `" MARK " s... r... d... u... "
				       "alloc=...`");
	}
	if (parser->nr_in_group == 0)
		return log_text_refuse(parser, "at least one CPU in each group");
	lab_topology_default_distances(parser->to);
	return true;
}

bool lab_log_parse(const char *text, size_t bytes, struct lab_topology *topology,
		   struct lab_log_layout *layout, struct lab_error *error)
{
	struct log_parser parser = { .to = topology, .layout = layout, .error = error, .line = 1 };
	struct lab_lines lines = { .at = text, .end = text + bytes };
	const char *line;
	size_t nr;

	lab_topology_init(topology);
	while (!parser.is_over && lab_next_line(&lines, &line, &nr)) {
		parser.line = lines.number;
		if (!take_line(&parser, line, nr))
			return false;
	}
	return log_finish(&parser);
}
