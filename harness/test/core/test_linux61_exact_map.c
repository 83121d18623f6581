/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_linux61_exact_map.c - one bare map whose records are always true: where it places
 * what shows the defects of SPEC.md 15.16. That the records are true is checked after each step by
 * the map itself (and that check by test_block_states.c).
 */
#include "harness/test/core/map_sequence.h"
#include "harness/test/lib/test.h"

enum { FIRST_USED = 4096, FIRST_COVERED = 16384 };

struct place_row {
	const char *id, *sequence;
	uint32_t place; /* of its last request */
};

/* A row that starts with "+" goes on where the one before it ended. */
static const struct place_row place_rows[] = {
	{"B20", "1024 x12, f5, 1024", 9216},
	{"B30", "1024 x12, f3, f4, 2048", 7168},
	{"B21", "256, 256/1024, 2048, 256, 4096", 7424},
	{"B21", "+4096, 768", 15616},
	{"B25", "4, 400, 4, 40, 64, 400, 3184, 8192, f1, f5, f3, 400", 4100},
	{"B25", "+400", 4608},
	{"B31", "8, 4, 396, 4, 400, 3284, 8192, f4, f1, f2, 152/256, 400, 248", 4104},
	{"B26", "8192, 4088, 12", SEQUENCE_NONE},
	{"B26", "+8", 16376},
	{"B28", "4, 280, 228, 256, 3328, 8192, f1, f3, 256/256", 4608},
	{"B29", "4096, 4, 280, 228, 256, 3328, 4096, f4, f6, 4096, f2, 256/256", 8704},
	{"B19", "512, 512, f0, f1, 1024, f1, 512", 5120},
};

TEST(places_of_linux61_exact)
{
	struct map_sequence sequence = {.memory = NULL};

	for (size_t i = 0; i < sizeof(place_rows) / sizeof(place_rows[0]); i++) {
		const struct place_row *row = &place_rows[i];
		bool goes_on = row->sequence[0] == '+';
		uint32_t place;

		if (!goes_on) {
			sequence_finish(&sequence);
			sequence_init(&sequence, &pcpu_map_linux61_exact, FIRST_USED,
				      FIRST_COVERED);
		}
		place = sequence_run(&sequence, row->sequence + goes_on);
		if (place != row->place)
			FAIL("%s, `%s`: at %u, not %u", row->id, row->sequence, place, row->place);
	}
	sequence_finish(&sequence);
}
