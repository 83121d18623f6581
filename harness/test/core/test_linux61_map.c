/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_linux61_map.c - one bare map that places as Linux 6.1 does, against records (SPEC.md 15.19)
 * and places (15.16) that it had.
 *
 *	unit	0	4096			16384		65536
 *		|static	|  three blocks of dyn	|		# the first chunk's map
 */
#include "harness/test/core/map_sequence.h"
#include "harness/test/lib/test.h"

#include <stdio.h>

enum { FIRST_USED = 4096, FIRST_COVERED = 16384, UNIT = 65536 };

static void first_open(struct map_sequence *sequence)
{
	sequence_init(sequence, &pcpu_map_linux61, FIRST_USED, FIRST_COVERED);
}

struct record_row {
	const char *sequence, *block, *chunk;
};

/* Records after a sequence (15.19). */
static const struct record_row record_rows[] = {
	{"4", "1023@1, -, L0 R1023 F1", "3071@1, -, F1"},
	{"256, 256/1024, 2048", "192@64, 192@832, L0 R192 F64", "2240@832, 192@64, F64"},
	{"256, 256/1024, 2048, 256", "192@832, -, L0 R0 F128", "2240@832, -, F128"},
	{"4, 400, 4, 40, 64, 400, 3184, 8192, f1, f5, f3", "100@128, 10@102, L0 R0 F1",
	 "100@128, 10@102, F1"},
	{"4, 400, 4, 40, 64, 400, 3184, 8192, f1, f5, f3, 400", "10@102, -, L0 R0 F1",
	 "10@102, -, F1"},
	{"4000, 200, 8000, f1", "24@1000, -, L0 R24 F1000", "50@1000, -, F1000"},
	{"12, 8/8, 64/64, f0, 16/16", "992@32, 10@6, L0 R992 F6", "3040@32, -, F6"},
};

TEST(records_of_linux61)
{
	for (size_t i = 0; i < sizeof(record_rows) / sizeof(record_rows[0]); i++) {
		const struct record_row *row = &record_rows[i];
		struct map_sequence sequence;

		first_open(&sequence);
		sequence_run(&sequence, row->sequence);
		CHECK_STR(sequence_block(&sequence, 0), row->block);
		CHECK_STR(sequence_chunk(&sequence), row->chunk);
		CHECK_EQ(sequence.free_refused, false);
		sequence_finish(&sequence);
	}
}

TEST(record_of_the_second_block)
{
	struct map_sequence sequence;

	first_open(&sequence);
	sequence_run(&sequence, "4000, 200, 8000, f1");
	CHECK_STR(sequence_block(&sequence, 1), "26@0, -, L26 R0 F0");
	sequence_finish(&sequence);
}

/* B26's chunk 1: a unit of 28-byte holes. Three of six holes are better aligned at the start. */
TEST(record_of_a_unit_of_holes)
{
	struct map_sequence sequence;

	sequence_init(&sequence, &pcpu_map_linux61, 0, UNIT);
	for (uint32_t i = 0; i < 2048; i++)
		sequence_run(&sequence, "4, 28");
	for (uint32_t i = 0; i < 2048; i++) {
		char text[16];

		CHECK_EQ(sequence.offset[2 * i], 32 * i);
		CHECK_EQ(sequence.offset[2 * i + 1], 32 * i + 4);
		snprintf(text, sizeof(text), "f%u", 2 * i + 1);
		sequence_run(&sequence, text);
	}
	CHECK_EQ(sequence.map.free_bytes, 57344);
	sequence.nr_objects = 0;
	CHECK_EQ(sequence_run(&sequence, "28/8"), SEQUENCE_NONE);
	CHECK_STR(sequence_chunk(&sequence), "7@1, 7@1017, F1");
	sequence_finish(&sequence);
}

struct place_row {
	const char *id, *sequence;
	uint32_t place; /* of its last request */
};

/* 15.16: what a bare map shows of each defect, in order; a row that starts with "+" goes on where
   the one before it ended. Where the allocator would go to chunk 1, the map refuses. */
static const struct place_row place_rows[] = {
	{"B20", "1024 x12, f5, 1024", SEQUENCE_NONE},
	{"B20", "1024 x12, f0, 1024", 4096}, /* page 0's free is known to the chunk */
	{"B20", "1024 x12, f4-f7, 1024", 8192}, /* so is a page's whose last object goes */
	{"B30", "1024 x12, f3, f4, 2048", SEQUENCE_NONE},
	{"B21", "256, 256/1024, 2048, 256, 4096", 8192},
	{"B21", "+4096, 768", SEQUENCE_NONE},
	{"B25", "4, 400, 4, 40, 64, 400, 3184, 8192, f1, f5, f3, 400", 4608},
	{"B25", "+400", SEQUENCE_NONE},
	{"B31", "8, 4, 396, 4, 400, 3284, 8192, f4, f1, f2, 152/256, 400, 248", SEQUENCE_NONE},
	{"B26", "8192, 4088, 12", SEQUENCE_NONE},
	{"B26", "+8", 16376}, /* parking is the allocator's */
	{"B28", "4, 280, 228, 256, 3328, 8192, f1, f3, 256/256", SEQUENCE_NONE},
	{"B29", "4096, 4, 280, 228, 256, 3328, 4096, f4, f6, 4096, f2, 256/256", SEQUENCE_NONE},
	{"B19", "512, 512, f0, f1, 1024, f1, 512", 5120}, /* map.h: such a free is refused */
};

TEST(places_of_linux61)
{
	struct map_sequence sequence = {.memory = NULL};

	for (size_t i = 0; i < sizeof(place_rows) / sizeof(place_rows[0]); i++) {
		const struct place_row *row = &place_rows[i];
		bool goes_on = row->sequence[0] == '+';
		uint32_t place;

		if (!goes_on) {
			sequence_finish(&sequence);
			first_open(&sequence);
		}
		place = sequence_run(&sequence, row->sequence + goes_on);
		if (place != row->place)
			FAIL("%s, `%s`: at %u, not %u", row->id, row->sequence, place, row->place);
	}
	sequence_finish(&sequence);
}
