/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* map_sequence.c - reads and runs a sequence of requests; writes records as text. */
#include "harness/test/core/map_sequence.h"
#include "harness/test/lib/test.h"

#include <pcpu/invariants.h>

#include <stdio.h>
#include <stdlib.h>

void sequence_init(struct map_sequence *sequence, const struct pcpu_map_ops *ops,
		   uint32_t used_bytes, uint32_t covered_bytes)
{
	uint32_t capacity = ops->capacity(covered_bytes, PCPU_DFL_MAP_ALLOC);

	*sequence = (struct map_sequence){.map.ops = ops};
	sequence->memory = calloc(1, ops->memory(covered_bytes, capacity));
	ops->init(&sequence->map, sequence->memory, capacity, used_bytes, covered_bytes);
}

void sequence_finish(struct map_sequence *sequence)
{
	free(sequence->memory);
}

static void sequence_check(struct map_sequence *sequence, const char *text, const char *at)
{
	uint32_t broken_at;
	enum pcpu_invariant broken = sequence->map.ops->check(&sequence->map, &broken_at);

	if (broken != PCPU_HOLDS)
		FAIL("`%.*s`: broken at %u: %s", (int)(at - text), text, broken_at,
		     pcpu_invariant_text(broken));
}

static void sequence_alloc(struct map_sequence *sequence, uint32_t size, uint32_t align)
{
	struct pcpu_fit fit;
	enum pcpu_fit_result result =
		sequence->map.ops->alloc(&sequence->map, size, align, NULL, &fit);

	CHECK(sequence->nr_objects < SEQUENCE_OBJECTS);
	CHECK(result != PCPU_FIT_UNBACKED);
	sequence->offset[sequence->nr_objects++] =
		result == PCPU_FIT_TAKEN ? fit.offset : SEQUENCE_NONE;
}

static void sequence_free(struct map_sequence *sequence, uint32_t number)
{
	struct pcpu_fit fit;

	CHECK(number < sequence->nr_objects);
	sequence->free_refused =
		!sequence->map.ops->free(&sequence->map, sequence->offset[number], &fit);
}

static uint32_t number_read(const char **at)
{
	char *end;
	uint32_t number = (uint32_t)strtoul(*at, &end, 10);

	CHECK(end != *at);
	*at = end;
	return number;
}

static void step_frees(struct map_sequence *sequence, const char **at)
{
	uint32_t from, to;

	++*at;
	from = to = number_read(at);
	if ((*at)[0] == '-' && (*at)[1] == 'f') {
		*at += 2;
		to = number_read(at);
	}
	for (; from <= to; from++)
		sequence_free(sequence, from);
}

static void step_allocs(struct map_sequence *sequence, const char **at)
{
	uint32_t size = number_read(at), align = 4, nr = 1;

	if (**at == '/') {
		++*at;
		align = number_read(at);
	}
	if ((*at)[0] == ' ' && (*at)[1] == 'x') {
		*at += 2;
		nr = number_read(at);
	}
	while (nr--)
		sequence_alloc(sequence, size, align);
}

uint32_t sequence_run(struct map_sequence *sequence, const char *text)
{
	for (const char *at = text; *at;) {
		if (*at == 'f')
			step_frees(sequence, &at);
		else
			step_allocs(sequence, &at);
		sequence_check(sequence, text, at);
		if (*at) {
			CHECK(at[0] == ',' && at[1] == ' ');
			at += 2;
		}
	}
	return sequence->nr_objects ? sequence->offset[sequence->nr_objects - 1] : SEQUENCE_NONE;
}

static int range_write(char *text, uint32_t length, uint32_t start)
{
	return length ? sprintf(text, "%u@%u, ", length, start) : sprintf(text, "-, ");
}

static int record_write(char *text, const struct pcpu_record *record)
{
	int at = range_write(text, record->best_length, record->best_start);

	return at + range_write(text + at, record->second_length, record->second_start);
}

const char *sequence_block(const struct map_sequence *sequence, uint32_t block)
{
	static char text[SEQUENCE_TEXT];
	struct pcpu_blocks blocks = pcpu_blocks_of(&sequence->map);
	struct pcpu_record record = pcpu_record_load(&blocks, block);
	int at = record_write(text, &record);

	sprintf(text + at, "L%u R%u F%u", record.left, record.right, record.first);
	return text;
}

const char *sequence_chunk(const struct map_sequence *sequence)
{
	static char text[SEQUENCE_TEXT];
	struct pcpu_blocks blocks = pcpu_blocks_of(&sequence->map);
	int at = record_write(text, &blocks.head->chunk);

	sprintf(text + at, "F%u", blocks.head->chunk.first);
	return text;
}
