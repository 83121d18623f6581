/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * log_oracle.c - the second reader of kernel logs (topology_oracle.h).
 *
 *	lines -> what is behind `pcpu-alloc:` -> one dump's sizes, and a flat list of (group, CPU)
 *
 * What is wrong with a list is asked of the list as a whole, when all of it is read.
 */
#include "harness/text/topology_oracle.h"

static const char mark[] = "pcpu-alloc:";

/* Cuts a line to what is behind its first mark. */
static bool behind_mark(const struct lab_piece *line, struct lab_piece *rest)
{
	size_t nr = sizeof(mark) - 1;

	for (size_t at = 0; at + nr <= line->nr; at++) {
		if (memcmp(line->at + at, mark, nr) == 0) {
			*rest = (struct lab_piece){line->at + at + nr, line->nr - at - nr};
			return true;
		}
	}
	return false;
}

/* FNV-1a over the mark and the rest without blanks at its end, and a newline. */
static void hash_line(struct lab_log_oracle *o, const struct lab_piece *rest)
{
	size_t nr = rest->nr;

	while (nr > 0 && (rest->at[nr - 1] == ' ' || rest->at[nr - 1] == '\t'))
		nr--;
	for (size_t i = 0; i < sizeof(mark) - 1 + nr + 1; i++) {
		size_t at = i - (sizeof(mark) - 1);
		unsigned char c = i < sizeof(mark) - 1 ? (unsigned char)mark[i] :
				  at == nr	       ? '\n' :
							 (unsigned char)rest->at[at];

		o->lines_hash = (o->lines_hash ^ c) * UINT64_C(1099511628211);
	}
}

/* A number of at most PCPU_MAX_UNIT_BYTES behind the tag. */
static bool oracle_is_tagged(const struct lab_piece *word, const char *tag, uint64_t *n)
{
	size_t skip = 0;

	while (tag[skip]) {
		if (skip >= word->nr || word->at[skip] != tag[skip])
			return false;
		skip++;
	}
	return lab_oracle_below(&(struct lab_piece){word->at + skip, word->nr - skip},
				(uint64_t)PCPU_MAX_UNIT_BYTES + 1, n);
}

/* s r d u alloc=K*ATOM */
static bool read_sizes(struct lab_log_oracle *o)
{
	struct lab_piece *w = o->words.piece, k, atom;
	size_t star = 0;

	if (o->words.nr != 5 || !oracle_is_tagged(&w[0], "s", &o->s) ||
	    !oracle_is_tagged(&w[1], "r", &o->r) || !oracle_is_tagged(&w[2], "d", &o->d) ||
	    !oracle_is_tagged(&w[3], "u", &o->u))
		return false;
	while (star < w[4].nr && w[4].at[star] != '*')
		star++;
	if (star == w[4].nr)
		return false;
	k = (struct lab_piece){w[4].at, star};
	atom = (struct lab_piece){w[4].at + star, w[4].nr - star};
	return oracle_is_tagged(&k, "alloc=", &o->k) && oracle_is_tagged(&atom, "*", &o->atom);
}

/* Could a layout have these sizes? */
static bool sizes_fit(const struct lab_log_oracle *o)
{
	uint64_t sum = o->s + o->r + o->d, alloc = o->k * o->atom;
	bool is_power = false;

	for (uint32_t i = 12; i <= 30; i++)
		is_power |= o->atom == UINT64_C(1) << i;
	return is_power && o->u % 4096 == 0 && o->u >= 32768 && o->u >= sum && o->d >= 12288 &&
	       sum % 4096 == 0 && alloc > 0 && alloc % o->u == 0 &&
	       alloc / o->u <= 2 * PCPU_MAX_CPUS;
}

/* nK with n KiB a page; 0: it is none. */
static uint64_t page_named(const struct lab_piece *word)
{
	uint64_t kib;

	if (word->nr < 2 || word->at[word->nr - 1] != 'K' ||
	    !lab_oracle_below(&(struct lab_piece){word->at, word->nr - 1}, 65, &kib))
		return 0;
	return kib == 4 || kib == 8 || kib == 16 || kib == 32 || kib == 64 ? kib * 1024 : 0;
}

static bool is_embedded(const struct lab_piece *word)
{
	return word->nr == 8 && memcmp(word->at, "Embedded", 8) == 0;
}

/* `Embedded COUNT pages/cpu [@BASE] s r d u` or `COUNT nK pages/cpu [@BASE] s r d`, to the line's
   end, in o->words: the page that they agree on; 0: none. */
static uint64_t page_of_line(const struct lab_log_oracle *o, uint64_t srd[3])
{
	const struct lab_piece *w = o->words.piece;
	uint64_t count, named = 0, sum, u;
	size_t at = 0, from;

	while (at < o->words.nr && (w[at].nr != 9 || memcmp(w[at].at, "pages/cpu", 9) != 0))
		at++;
	from = at + 1 < o->words.nr && w[at + 1].at[0] == '@' ? at + 2 : at + 1;
	if (at < 2 || from + 3 > o->words.nr || !oracle_is_tagged(&w[from], "s", &srd[0]) ||
	    !oracle_is_tagged(&w[from + 1], "r", &srd[1]) ||
	    !oracle_is_tagged(&w[from + 2], "d", &srd[2]))
		return 0;
	sum = srd[0] + srd[1] + srd[2];
	if (is_embedded(&w[at - 2])) {
		if (from + 4 != o->words.nr || !oracle_is_tagged(&w[from + 3], "u", &u) || u < sum)
			return 0;
	} else {
		named = page_named(&w[at - 1]);
		u = 0;
		if (!named || from + 3 != o->words.nr)
			return 0;
	}
	if (!lab_oracle_below(&w[named ? at - 2 : at - 1], (uint64_t)1 << 28, &count) || !count)
		return 0;
	for (uint64_t page = 4096; page <= 65536; page *= 2)
		if ((!named || named == page) && count * page == sum && u % page == 0)
			return page;
	return 0;
}

/* The page that the last such line before line `end` shows of the dump; 0: none does. */
static void read_page(struct lab_log_oracle *o, size_t end)
{
	o->page = 0;
	for (size_t i = 0; i < end; i++) {
		struct lab_piece rest;
		uint64_t srd[3], page;

		if (behind_mark(&o->lines.piece[i], &rest))
			continue;
		lab_oracle_words(&o->lines.piece[i], &o->words);
		page = page_of_line(o, srd);
		if (page)
			o->page = srd[0] == o->s && srd[1] == o->r && srd[2] == o->d &&
				  o->u % page == 0 && o->atom % page == 0 ? page : 0;
	}
}

static bool is_dashes(const struct lab_piece *word)
{
	for (size_t i = 0; i < word->nr; i++)
		if (word->at[i] != '-')
			return false;
	return true;
}

/* [G] and alloc / u units, as often as there is one; never across lines. */
static bool read_entries(struct lab_log_oracle *o)
{
	uint64_t upa = o->k * o->atom / o->u, group;
	size_t at = 0;

	while (at < o->words.nr) {
		struct lab_piece w = o->words.piece[at++];

		if (w.nr < 3 || w.at[0] != '[' || w.at[w.nr - 1] != ']')
			return false;
		w = (struct lab_piece){w.at + 1, w.nr - 2};
		if (!lab_oracle_below(&w, PCPU_MAX_NODES, &group) || o->words.nr - at < upa)
			return false;
		for (uint64_t i = 0; i < upa; i++, at++) {
			struct lab_log_unit *unit = &o->unit[o->nr_units++];

			unit->group = group;
			unit->cpu = LAB_ORACLE_MANY;
			if (!is_dashes(&o->words.piece[at]) &&
			    !lab_oracle_below(&o->words.piece[at], PCPU_MAX_CPUS, &unit->cpu))
				return false;
		}
	}
	return true;
}

/* First CPU of a group; LAB_ORACLE_MANY when it has none. */
static uint64_t first_cpu(const struct lab_log_oracle *o, uint64_t group)
{
	for (size_t i = 0; i < o->nr_units; i++)
		if (o->unit[i].group == group)
			return o->unit[i].cpu;
	return LAB_ORACLE_MANY;
}

/* Groups in order, each begun by its first CPU; CPUs ascending and then dashes; each CPU once. */
static bool units_fit(const struct lab_log_oracle *o)
{
	for (size_t i = 0; i < o->nr_units; i++) {
		uint64_t group = o->unit[i].group, cpu = o->unit[i].cpu;
		uint64_t before = i ? o->unit[i - 1].group : 0;

		if (group != before && group != before + 1)
			return false;
		if (i && group == before && cpu < o->unit[i - 1].cpu)
			return false;
		if (cpu != LAB_ORACLE_MANY && i && group == before &&
		    o->unit[i - 1].cpu == LAB_ORACLE_MANY)
			return false;
		for (size_t j = 0; j < i && cpu != LAB_ORACLE_MANY; j++)
			if (o->unit[j].cpu == cpu)
				return false;
	}
	for (uint64_t group = 0; group < o->nr_groups; group++)
		if (first_cpu(o, group) == LAB_ORACLE_MANY ||
		    (group && first_cpu(o, group) < first_cpu(o, group - 1)))
			return false;
	return o->nr_units > 0;
}

/* Reads the dump; false when a line of it is none. */
static bool read_dump(struct lab_log_oracle *o)
{
	bool has_sizes = false;

	for (size_t i = 0; i < o->lines.nr; i++) {
		struct lab_piece rest;
		bool is_sizes;

		if (!behind_mark(&o->lines.piece[i], &rest))
			continue;
		lab_oracle_words(&rest, &o->words);
		is_sizes = o->words.nr > 0 && o->words.piece[0].at[0] == 's';
		if (is_sizes && o->nr_units > 0)
			return true;
		if (is_sizes)
			o->lines_hash = UINT64_C(0xcbf29ce484222325);
		if (is_sizes ? !read_sizes(o) || !sizes_fit(o) : has_sizes && !read_entries(o))
			return false;
		if (is_sizes)
			read_page(o, i);
		has_sizes |= is_sizes;
		if (has_sizes)
			hash_line(o, &rest);
	}
	return has_sizes;
}

void lab_log_oracle(const char *text, size_t nr, struct lab_log_oracle *oracle)
{
	oracle->nr_units = 0;
	oracle->nr_groups = 0;
	lab_oracle_lines(text, nr, &oracle->lines);
	oracle->good = read_dump(oracle);
	if (!oracle->good)
		return;
	if (oracle->nr_units > 0)
		oracle->nr_groups = (uint32_t)oracle->unit[oracle->nr_units - 1].group + 1;
	oracle->good = units_fit(oracle);
}
