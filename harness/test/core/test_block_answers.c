/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_block_answers.c - what both maps of blocks answer where no sequence of sizes shows it: pages
 * that are missing, frees of what is no object, maps without a managed byte, moves, damage.
 */
#include "harness/test/core/map_sequence.h"
#include "harness/test/lib/test.h"

#include <pcpu/invariants.h>

#include <stdlib.h>
#include <string.h>

static const struct pcpu_map_ops *const maps[] = {&pcpu_map_linux61, &pcpu_map_linux61_exact};

#define FOR_EACH_MAP(i) for (int i = 0; i < 2; i++)

/* --- pages (X1), derived by hand -------------------------------------------------------------- */

struct pages_row {
	const char *before; /* on a map of five pages */
	uint32_t size, align;
	uint64_t populated;
	uint32_t only; /* where an atomic caller's goes */
};

static const struct pages_row pages_rows[] = {
	{"", 16, 4, 0x1f, 0},
	/* L3.2: only the page that looking starts in counts, then the next populated one */
	{"", 16, 4, 0x1e, 4096},
	{"", 16, 4, 0x10, 16384},
	{"", 16, 4, 0x00, SEQUENCE_NONE},
	{"4096", 16, 4, 0x1d, 8192},
	/* L3.1: [0, 1] has a hole at 1 and nothing populated behind it: on at 2 */
	{"", 8192, 4, 0x1d, 8192},
	/* the hole is 0, and 1 is populated: on at 1 */
	{"", 8192, 4, 0x06, 4096},
	/* [0, 2] has a hole at 1, on at 2: a jump of two pages */
	{"", 12288, 4, 0x1d, 8192},
	/* [0, 2]: holes at 0 and 1, on at 2 */
	{"", 12288, 4, 0x1c, 8192},
	{"", 12288, 4, 0x1b, SEQUENCE_NONE},
	/* the run over the edge of pages 1 and 2 is given up with page 1 */
	{"4096, 4080", 32, 4, 0x1f, 8176},
	{"4096, 4080", 32, 4, 0x1d, 8192},
	/* L3.3 in page 0, whose end is free, is as far as its page */
	{"4080", 16, 16, 0x1f, 4080},
	{"4080", 16, 16, 0x1e, 4096},
};

TEST(atomic_callers_get_populated_pages)
{
	FOR_EACH_MAP(exact)
		for (size_t i = 0; i < sizeof(pages_rows) / sizeof(pages_rows[0]); i++) {
			const struct pages_row *row = &pages_rows[i];
			struct pcpu_pages pages = {&row->populated, true};
			struct map_sequence sequence;
			struct pcpu_fit fit = {.offset = SEQUENCE_NONE};
			enum pcpu_fit_result result;

			sequence_init(&sequence, maps[exact], 0, 20480);
			sequence_run(&sequence, row->before);
			result = maps[exact]->alloc(&sequence.map, row->size, row->align, &pages,
						    &fit);
			CHECK(result != PCPU_FIT_UNBACKED);
			CHECK_EQ(result == PCPU_FIT_TAKEN, row->only != SEQUENCE_NONE);
			if (fit.offset != row->only)
				FAIL("row %zu: at %u, not %u", i, fit.offset, row->only);
			sequence_run(&sequence, "");
			sequence_finish(&sequence);
		}
}

/* A second try, pages there, gives the very place; until then nothing has changed. */
TEST(sleeping_callers_get_the_same_place_once_it_is_populated)
{
	FOR_EACH_MAP(exact) {
		uint64_t populated = 1, before[1024];
		struct pcpu_pages pages = {&populated, false};
		struct map_sequence sequence;
		struct pcpu_fit fit, again;
		struct pcpu_map map;
		size_t bytes = maps[exact]->memory(20480, 2);

		CHECK(bytes <= sizeof(before));
		sequence_init(&sequence, maps[exact], 0, 20480);
		sequence_run(&sequence, "12, 8/8, 3000, 4, 4, f1");
		memcpy(before, sequence.memory, bytes);
		map = sequence.map;
		CHECK_EQ(maps[exact]->alloc(&map, 3000, 8, &pages, &fit), PCPU_FIT_UNBACKED);
		CHECK_EQ(fit.offset, 3032);
		CHECK_EQ(fit.bytes, 3000);
		CHECK_EQ(fit.run_start, 3028);
		CHECK_EQ(fit.run_end, 20480);
		CHECK_EQ(memcmp(before, sequence.memory, bytes), 0);
		CHECK_EQ(map.free_bytes, sequence.map.free_bytes);
		CHECK_EQ(map.hint_bytes, sequence.map.hint_bytes);
		populated = 3;
		CHECK_EQ(maps[exact]->alloc(&map, 3000, 8, &pages, &again), PCPU_FIT_TAKEN);
		CHECK_EQ(memcmp(&fit, &again, sizeof(fit)), 0);
		sequence_finish(&sequence);
	}
}

/* --- rules that sequences hardly reach -------------------------------------------------------- */

/* A take that ends in block 1 at `y`, whose record starts as given; its record afterwards. */
static const char *taken_to(uint32_t y, struct pcpu_record record)
{
	static struct map_sequence sequence;
	struct pcpu_blocks blocks;
	const char *text;

	sequence_init(&sequence, &pcpu_map_linux61, 0, 8192);
	sequence_run(&sequence, "4000");
	blocks = pcpu_blocks_of(&sequence.map);
	pcpu_record_store(&blocks, 1, &record);
	pcpu_blocks_take(&blocks, 1020, 4 + y);
	pcpu_hints_take(&sequence.map, &blocks, 1020, 4 + y);
	text = sequence_block(&sequence, 1);
	sequence_finish(&sequence);
	return text;
}

/* Best and second are parts of the one stretch, as B31 leaves them; right is too low. */
TEST(a_take_up_to_second_or_best_leaves_it)
{
	struct pcpu_record record = {8, 1000, 4, 4, 0, 1024, 10};

	CHECK_STR(taken_to(3, record), "1000@8, 4@4, L0 R10 F3");
	CHECK_STR(taken_to(4, record), "1000@8, 4@4, L0 R10 F4");
	CHECK_STR(taken_to(5, record), "1000@8, -, L0 R10 F5");
	CHECK_STR(taken_to(8, record), "1000@8, -, L0 R10 F8");
	CHECK_STR(taken_to(9, record), "1015@9, -, L0 R1015 F9");
}

/* 15.8's limit, which the records keep every search within. */
TEST(a_placement_ends_at_its_limit)
{
	struct map_sequence sequence;
	struct pcpu_blocks blocks;
	struct pcpu_blocks_request request;
	struct pcpu_missed missed;
	uint32_t p;

	sequence_init(&sequence, &pcpu_map_linux61, 0, 16384);
	sequence_run(&sequence, "4, 4, 16, 4, f0, f2");
	blocks = pcpu_blocks_of(&sequence.map);
	CHECK(pcpu_blocks_request(&blocks, 20, 4, NULL, &request));
	CHECK_EQ(pcpu_blocks_limit(&blocks, &request, 0), 5 + 1024);
	CHECK_EQ(pcpu_blocks_limit(&blocks, &request, 3066), 3066 + 5 + 1024);
	CHECK_EQ(pcpu_blocks_limit(&blocks, &request, 3067), 4096);
	CHECK_EQ(pcpu_blocks_limit(&blocks, &request, 3068), 4096);
	CHECK(pcpu_blocks_place(&blocks, &request, 0, 12, &p, &missed));
	CHECK_EQ(p, 7);
	CHECK_EQ(missed.start, 2);
	CHECK_EQ(missed.length, 4);
	CHECK(!pcpu_blocks_place(&blocks, &request, 0, 11, &p, &missed));
	sequence_finish(&sequence);
}

/* A3: one that ends with its block is reported to it; one that goes on in the next is not. */
TEST(a_missed_stretch_may_end_with_its_block)
{
	static const struct {
		struct pcpu_missed missed;
		const char *block;
	} rows[] = {
		{{1022, 2}, "24@1000, 4@990, L0 R24 F990"}, /* extended down to 1000 */
		{{1022, 3}, "4@990, -, L0 R0 F990"},
		{{1022, 0}, "4@990, -, L0 R0 F990"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pcpu_record record = {990, 4, 0, 0, 990, 0, 0};
		struct map_sequence sequence;
		struct pcpu_blocks blocks;

		sequence_init(&sequence, &pcpu_map_linux61, 0, 8192);
		sequence_run(&sequence, "3960, 16, 24, f1");
		blocks = pcpu_blocks_of(&sequence.map);
		pcpu_record_store(&blocks, 0, &record);
		pcpu_hints_missed(&blocks, &rows[i].missed);
		CHECK_STR(sequence_block(&sequence, 0), rows[i].block);
		sequence_finish(&sequence);
	}
}

/* --- frees ------------------------------------------------------------------------------------ */

TEST(frees_of_what_is_no_object_change_nothing)
{
	static const uint32_t offsets[] = {
		0,    4096,  5196, /* hidden: before position 0, its start, its end */
		5201, 5202,  5203, /* within the first granule of the object at 5200 */
		5204, 5296,	   /* inside it */
		5300, 5404,	   /* the second one, freed: an edge stands there; and its end */
		9000, 12000, 12004, 12288, 12292, UINT32_MAX - 3, UINT32_MAX,
	};

	FOR_EACH_MAP(exact) {
		struct map_sequence sequence;
		size_t bytes = maps[exact]->memory(12000, 2);
		uint64_t before[1024];
		struct pcpu_map map;
		struct pcpu_fit fit;

		CHECK(bytes <= sizeof(before));
		sequence_init(&sequence, maps[exact], 5200, 12000);
		CHECK_EQ(sequence_run(&sequence, "100, 104, f1"), 5300);
		memcpy(before, sequence.memory, bytes);
		map = sequence.map;
		for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++)
			if (maps[exact]->free(&sequence.map, offsets[i], &fit))
				FAIL("freed %u", offsets[i]);
		CHECK_EQ(memcmp(before, sequence.memory, bytes), 0);
		CHECK_EQ(map.free_bytes, sequence.map.free_bytes);
		CHECK(maps[exact]->free(&sequence.map, 5200, &fit));
		CHECK_EQ(fit.bytes, 100);
		CHECK_EQ(fit.run_start, 5200);
		CHECK_EQ(fit.run_end, 12000);
		CHECK(!maps[exact]->free(&sequence.map, 5200, &fit));
		CHECK_EQ(sequence.map.free_bytes, 6800);
		sequence_finish(&sequence);
	}
}

/* --- sizes ------------------------------------------------------------------------------------ */

TEST(maps_without_a_managed_byte_refuse_everything)
{
	static const uint32_t sizes[] = {0, 4096, 5, 8, 4100, 40960};

	FOR_EACH_MAP(exact)
		for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			struct map_sequence sequence;
			struct pcpu_area area = {0};
			struct pcpu_fit fit;

			sequence_init(&sequence, maps[exact], sizes[i], sizes[i]);
			CHECK_EQ(sequence_run(&sequence, "4, 1, 4096/4096"), SEQUENCE_NONE);
			CHECK_EQ(sequence.offset[0], SEQUENCE_NONE);
			CHECK(!maps[exact]->free(&sequence.map, 0, &fit));
			CHECK(!maps[exact]->free(&sequence.map, sizes[i], &fit));
			CHECK_EQ(sequence.map.free_bytes, 0);
			CHECK_EQ(sequence.map.hint_bytes, 0);
			CHECK_EQ(maps[exact]->next(&sequence.map, &area), sizes[i] > 0);
			CHECK_EQ(area.bytes, sizes[i]);
			sequence_finish(&sequence);
		}
}

/* Beyond what Q2 lets through, as a bare map may be given it. */
TEST(requests_beyond_all_limits_are_refused)
{
	FOR_EACH_MAP(exact) {
		struct map_sequence sequence;

		sequence_init(&sequence, maps[exact], 4096, 65536);
		CHECK_EQ(sequence_run(&sequence, "61444"), SEQUENCE_NONE);
		CHECK_EQ(sequence_run(&sequence, "4294967295"), SEQUENCE_NONE);
		CHECK_EQ(sequence_run(&sequence, "4/2147483648"), SEQUENCE_NONE);
		CHECK_EQ(sequence_run(&sequence, "4294967295/2147483648"), SEQUENCE_NONE);
		CHECK_EQ(sequence_run(&sequence, "4/8192"), SEQUENCE_NONE); /* 4096 is none */
		CHECK_EQ(sequence_run(&sequence, "61437"), 4096);
		CHECK_EQ(sequence.map.free_bytes, 0);
		CHECK_EQ(sequence_run(&sequence, "1/1"), SEQUENCE_NONE);
		sequence_finish(&sequence);
	}
}

/* V4: the last granule, half outside, is free; only what lies inside counts as bytes. */
TEST(a_granule_half_outside_counts_what_is_inside)
{
	FOR_EACH_MAP(exact) {
		struct map_sequence sequence;

		sequence_init(&sequence, maps[exact], 4097, 4115); /* 4100 to 4115 */
		CHECK_EQ(sequence.map.free_bytes, 15);
		CHECK_EQ(sequence.map.hint_bytes, 16);
		CHECK_EQ(sequence_run(&sequence, "12, 4"), 4112);
		CHECK_EQ(sequence.map.free_bytes, 0);
		CHECK_EQ(sequence_run(&sequence, "f1, 1, f2, f0"), 4112);
		CHECK_EQ(sequence.map.free_bytes, 15);
		sequence_finish(&sequence);
	}
}

TEST(a_map_moves_to_other_memory)
{
	FOR_EACH_MAP(exact) {
		struct map_sequence sequence;
		uint64_t *memory = calloc(1, maps[exact]->memory(16384, 100));

		sequence_init(&sequence, maps[exact], 4096, 16384);
		sequence_run(&sequence, "1024 x3, f1");
		CHECK_EQ(maps[exact]->capacity_needed(&sequence.map, 1000), 0);
		maps[exact]->move(&sequence.map, memory, 100);
		memset(sequence.memory, 0xa5, maps[exact]->memory(16384, 2));
		free(sequence.memory);
		sequence.memory = memory;
		CHECK_EQ(sequence_run(&sequence, "1000, f2, 2000, f0, f3, f4"), 6120);
		CHECK_EQ(sequence.map.free_bytes, 12288);
		sequence_finish(&sequence);
	}
}

/* --- damage ----------------------------------------------------------------------------------- */

/* Block 0 after "4000, 200, 8000, f1": 24@1000, L0 R24 F1000; block 1: 26@0, L26 R0 F0. */
TEST(the_check_of_linux61_sees_what_is_not_true)
{
	static const struct {
		uint32_t block, field; /* 7 a block, in the order of struct pcpu_block */
		int by;
		bool holds;
	} rows[] = {
		{0, 0, -1, false}, {0, 0, 1, false}, /* best would be used in part */
		{0, 1, -1, true},  {0, 1, 1, false}, /* a length may be too low */
		{0, 3, 1, false},		     /* second at 0: used */
		{0, 4, -1, true},  {0, 4, 1, false}, /* first may be too low */
		{0, 5, 1, false},		     /* left is exact */
		{0, 6, -1, true},  {0, 6, 1, false}, /* right may be too low */
		{1, 0, 1, false},  {1, 1, 1, false}, {1, 3, 26, true}, {1, 3, 27, false},
		{1, 4, 1, false},  {1, 5, 1, false}, {1, 5, -1, false}, {1, 6, 1, false},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct map_sequence sequence;
		struct pcpu_blocks blocks;
		enum pcpu_invariant broken;
		uint16_t *field;
		uint32_t at;

		sequence_init(&sequence, &pcpu_map_linux61, 4096, 16384);
		sequence_run(&sequence, "4000, 200, 8000, f1");
		blocks = pcpu_blocks_of(&sequence.map);
		field = (uint16_t *)&blocks.block[rows[i].block] + rows[i].field;
		*field = (uint16_t)(*field + rows[i].by);
		broken = pcpu_map_linux61.check(&sequence.map, &at);
		if (broken != (rows[i].holds ? PCPU_HOLDS : PCPU_INV_MAP_RECORD))
			FAIL("row %zu: %s", i, pcpu_invariant_text(broken));
		if (!rows[i].holds)
			CHECK_EQ(at, 4096 + rows[i].block * 4096);
		sequence_finish(&sequence);
	}
}

static enum pcpu_invariant damage(const struct pcpu_map_ops *ops, int what)
{
	struct map_sequence sequence;
	struct pcpu_blocks blocks;
	enum pcpu_invariant broken;
	uint32_t at;

	sequence_init(&sequence, ops, 4100, 16380);
	sequence_run(&sequence, "4000, 200, 7000, f1");
	blocks = pcpu_blocks_of(&sequence.map);
	switch (what) {
	case 0:
		sequence.map.free_bytes -= 4;
		break;
	case 1:
		sequence.map.hint_bytes += 4;
		break;
	case 2:
		sequence.map.used++;
		break;
	case 3:
		sequence.map.skip_bytes += 4;
		break;
	case 4:
		blocks.head->chunk.first++;
		sequence.map.skip_bytes += 4;
		break;
	case 5:
		pcpu_bit_clear(blocks.edges, 1); /* where the first object starts */
		break;
	case 6:
		pcpu_bit_clear(blocks.edges, 1001); /* where it ends, before free granules */
		break;
	case 7:
		pcpu_bit_clear(blocks.used, 0); /* hidden */
		break;
	case 8:
		pcpu_bit_clear(blocks.used, 3071); /* hidden */
		break;
	default:
		blocks.head->chunk.best_length++;
		sequence.map.hint_bytes += 4;
		break;
	}
	broken = ops->check(&sequence.map, &at);
	sequence_finish(&sequence);
	return broken;
}

TEST(damage_to_bits_and_counts_is_named)
{
	static const enum pcpu_invariant wanted[] = {
		PCPU_INV_MAP_FREE_BYTES, PCPU_INV_MAP_RECORD, PCPU_INV_MAP_CAPACITY,
		PCPU_INV_MAP_SKIP,	 PCPU_INV_MAP_SKIP,   PCPU_INV_MAP_EDGES,
		PCPU_INV_MAP_EDGES,	 PCPU_INV_MAP_EDGES,  PCPU_INV_MAP_EDGES,
		PCPU_INV_MAP_RECORD,
	};

	FOR_EACH_MAP(exact)
		for (int i = 0; i < (int)(sizeof(wanted) / sizeof(wanted[0])); i++)
			CHECK_STR(pcpu_invariant_text(damage(maps[exact], i)),
				  pcpu_invariant_text(wanted[i]));
}

/* Nothing is free between an object and what is hidden behind it: the edge alone parts them. */
TEST(object_before_the_hidden_end_has_an_edge)
{
	FOR_EACH_MAP(exact) {
		struct map_sequence sequence;
		struct pcpu_blocks blocks;
		uint32_t at;

		sequence_init(&sequence, maps[exact], 4100, 16380);
		CHECK_EQ(sequence_run(&sequence, "12280"), 4100);
		blocks = pcpu_blocks_of(&sequence.map);
		CHECK(pcpu_bit_test(blocks.edges, blocks.head->end));
		pcpu_bit_clear(blocks.edges, blocks.head->end);
		CHECK_STR(pcpu_invariant_text(maps[exact]->check(&sequence.map, &at)),
			  pcpu_invariant_text(PCPU_INV_MAP_EDGES));
		CHECK_EQ(at, 16380);
		sequence_finish(&sequence);
	}
}
