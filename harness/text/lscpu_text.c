/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * lscpu_text.c - a machine from what `lscpu -p` prints.
 *
 *	# CPU,Core,Socket,Node		R1  the last comment names the columns: CPU and Node count
 *	0,0,0,0
 *	1,1,1,8				R2  CPU 1 on node 8
 *	2,,,				R3  CPU 2 is offline: dealt to the nodes, as all that none
 *					lists
 *
 * R4  Where no CPU has a node, the kernel knows none: one node 0.
 * R5  A line has a field for each column; an offline CPU's may be shorter, all else empty.
 * R6  Distances are not in it: 10 and 20. CPUs that are not listed do not exist.
 */
#include <pcpu/bits.h>
#include "harness/text/topology_text.h"

#define HEADER_EXPECTED "the line of lscpu -p that names the columns, like `# CPU,Node`"
#define CPU_WORDS PCPU_BITS_WORDS(PCPU_MAX_CPUS)
#define NO_COLUMN UINT32_MAX

struct columns {
	uint32_t cpu, node, nr;
};

struct reader {
	struct lab_topology *to;
	struct lab_error *error;
	uint32_t line;
	struct columns columns;
	uint64_t listed[CPU_WORDS];
};

static bool lscpu_refuse(struct reader *reader, const char *expected)
{
	reader->error->line = reader->line;
	reader->error->expected = expected;
	return false;
}

/* --- fields ----------------------------------------------------------------------------- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* The next field up to a comma or the end, without blanks around it. False: none is left. *at is
   NULL behind the last one. */
static bool next_field(const char **at, const char *end, const char **field, size_t *bytes)
{
	const char *from = *at, *to;

	if (!from)
		return false;
	for (to = from; to < end && *to != ',';)
		to++;
	*at = to < end ? to + 1 : NULL;
	while (from < to && is_blank(*from))
		from++;
	while (to > from && is_blank(to[-1]))
		to--;
	*field = from;
	*bytes = (size_t)(to - from);
	return true;
}

/* Small and large letters are one: lscpu's versions differ. */
static bool name_is(const char *field, size_t bytes, const char *lower)
{
	for (size_t i = 0; i < bytes; i++)
		if (!lower[i] || (field[i] | 0x20) != lower[i])
			return false;
	return lower[bytes] == '\0';
}

/* The columns that a comment names. */
static struct columns parse_header(const char *line, size_t bytes)
{
	struct columns columns = { .cpu = NO_COLUMN, .node = NO_COLUMN };
	const char *at = line, *end = line + bytes, *field;
	size_t nr;

	while (at < end && (*at == '#' || is_blank(*at)))
		at++;
	while (next_field(&at, end, &field, &nr)) {
		if (name_is(field, nr, "cpu") && columns.cpu == NO_COLUMN)
			columns.cpu = columns.nr;
		if (name_is(field, nr, "node") && columns.node == NO_COLUMN)
			columns.node = columns.nr;
		columns.nr++;
	}
	return columns;
}

/* Comments and blank lines up to the first CPU; then *line is that, and the last comment is what
   the columns are named by. False: nothing else follows. */
static bool find_cpus(struct lab_lines *lines, const char **line, size_t *bytes,
		      struct columns *columns)
{
	*columns = (struct columns){ .cpu = NO_COLUMN, .node = NO_COLUMN };
	while (lab_next_line(lines, line, bytes)) {
		const char *at = *line, *end = at + *bytes, *word;
		size_t nr;

		if (!lab_next_word(&at, end, &word, &nr))
			continue;
		if (*word != '#')
			return true;
		*columns = parse_header(word, (size_t)(end - word));
	}
	return false;
}

/* --- CPUs ------------------------------------------------------------------------------- */

/* What one line says. */
struct cpu_line {
	const char *cpu, *node; /* NULL: it has no such field */
	size_t cpu_bytes, node_bytes;
	uint32_t nr_fields, nr_filled;
};

static struct cpu_line parse_fields(const struct columns *columns, const char *at, const char *end)
{
	struct cpu_line line = { 0 };
	const char *field;
	size_t bytes;

	for (; next_field(&at, end, &field, &bytes); line.nr_fields++) {
		line.nr_filled += bytes > 0;
		if (line.nr_fields == columns->cpu) {
			line.cpu = field;
			line.cpu_bytes = bytes;
		}
		if (line.nr_fields == columns->node) {
			line.node = field;
			line.node_bytes = bytes;
		}
	}
	return line;
}

static bool take_cpu(struct reader *reader, const char *at, size_t bytes)
{
	struct cpu_line line = parse_fields(&reader->columns, at, at + bytes);
	uint64_t cpu, node;

	if (!line.cpu || !line.node || line.nr_fields > reader->columns.nr ||
	    (line.nr_fields < reader->columns.nr && line.nr_filled > 1))
		return lscpu_refuse(reader, "as many fields as the header names columns");
	if (!lab_parse_u64(line.cpu, line.cpu_bytes, PCPU_MAX_CPUS - 1, &cpu))
		return lscpu_refuse(reader, "CPU ids from 0 to 8191");
	if (pcpu_bit_test(reader->listed, (uint32_t)cpu))
		return lscpu_refuse(reader, "each CPU once");
	pcpu_bit_set(reader->listed, (uint32_t)cpu);
	if (line.node_bytes == 0)
		return true;
	if (!lab_parse_u64(line.node, line.node_bytes, PCPU_MAX_NODES - 1, &node))
		return lscpu_refuse(reader, "node ids from 0 to 1023, or nothing");
	lab_topology_add_cpu(reader->to, (uint32_t)cpu,
			     lab_topology_add_node(reader->to, (uint32_t)node));
	return true;
}

static bool take_line(struct reader *reader, const char *line, size_t bytes)
{
	const char *at = line, *word;
	size_t nr;

	if (!lab_next_word(&at, line + bytes, &word, &nr) || *word == '#')
		return true;
	return take_cpu(reader, line, bytes);
}

/* --- the whole -------------------------------------------------------------------------- */

bool lab_lscpu_is(const char *text, size_t bytes)
{
	struct lab_lines lines = { .at = text, .end = text + bytes };
	struct columns columns;
	const char *line;
	size_t nr;

	find_cpus(&lines, &line, &nr, &columns);
	return columns.cpu != NO_COLUMN;
}

bool lab_lscpu_parse(const char *text, size_t bytes, struct lab_topology *topology,
		     struct lab_error *error)
{
	struct lab_lines lines = { .at = text, .end = text + bytes };
	struct reader reader = { .to = topology, .error = error };
	const char *line;
	size_t nr;
	bool has_line;

	lab_topology_init(topology);
	has_line = find_cpus(&lines, &line, &nr, &reader.columns);
	reader.line = lines.number ? lines.number : 1;
	if (reader.columns.cpu == NO_COLUMN)
		return lscpu_refuse(&reader, HEADER_EXPECTED);
	if (reader.columns.node == NO_COLUMN)
		return lscpu_refuse(&reader, "a column Node: lscpu -p, or lscpu -p=cpu,node");
	if (!has_line)
		return lscpu_refuse(&reader, "at least one CPU");
	do {
		reader.line = lines.number;
		if (!take_line(&reader, line, nr))
			return false;
	} while (lab_next_line(&lines, &line, &nr));
	if (topology->table.nr_nodes == 0)
		lab_topology_add_node(topology, 0);
	lab_topology_set_possible(topology, reader.listed, LAB_ABSENT_ROUND_ROBIN);
	lab_topology_default_distances(topology);
	return true;
}
