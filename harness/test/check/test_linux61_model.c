/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_linux61_model.c - the model of Linux 6.1's allocator at values that Linux 6.1 gave: where a
 * sequence for each defect of SPEC.md 15.16 ends, also with exact hints, and records (15.19).
 *
 * In a sequence `S/A` allocates S bytes at alignment A (S alone: 4), ` xK` behind it repeats it,
 * `fK` frees by its place the object with number K, `fK-fM` K to M.
 *
 *	unit 65536: static 0-4095 | first chunk 4096-16383 = blocks 0, 1, 2 | not managed
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/check/linux61/linux61_model.h"
#include "harness/test/lib/test.h"

#define MAX_OBJECTS 8192u

struct player {
	struct lab_linux61 *model;
	struct lab_linux61_place place[MAX_OBJECTS];
	bool placed[MAX_OBJECTS];
	uint32_t nr;
	void (*stepped)(struct player *player, bool is_free);
	uint32_t note[64], nr_notes; /* of stepped */
};

static const struct lab_linux61_config small = {
	.unit_bytes = 65536, .static_bytes = 4096, .dyn_bytes = 12288,
};

static struct player *player_create(bool exact)
{
	struct player *player = calloc(1, sizeof(*player));
	struct lab_linux61_config config = small;

	CHECK(player);
	config.exact = exact;
	player->model = lab_linux61_create(&config);
	CHECK(player->model);
	return player;
}

static void player_destroy(struct player *player)
{
	lab_linux61_destroy(player->model);
	free(player);
}

static void play_alloc(struct player *player, uint32_t size, uint32_t align)
{
	uint32_t i = player->nr++;

	CHECK(i < MAX_OBJECTS);
	player->placed[i] = lab_linux61_alloc(player->model, size, align, false, false,
					      &player->place[i]);
	if (player->stepped)
		player->stepped(player, false);
}

static void play_free(struct player *player, uint32_t i)
{
	CHECK(i < player->nr && player->placed[i]);
	lab_linux61_free(player->model, player->place[i]);
	if (player->stepped)
		player->stepped(player, true);
}

/* One word, and how often. */
static void play_word(struct player *player, const char *word, uint32_t times)
{
	unsigned a, b, nr;

	if (sscanf(word, "f%u-f%u%n", &a, &b, &nr) == 2 && !word[nr]) {
		for (; a <= b; a++)
			play_free(player, a);
	} else if (sscanf(word, "f%u%n", &a, &nr) == 1 && !word[nr]) {
		play_free(player, a);
	} else if (sscanf(word, "%u/%u%n", &a, &b, &nr) == 2 && !word[nr]) {
		for (; times > 0; times--)
			play_alloc(player, a, b);
	} else if (sscanf(word, "%u%n", &a, &nr) == 1 && !word[nr]) {
		for (; times > 0; times--)
			play_alloc(player, a, 4);
	} else {
		FAIL("no word of a sequence: %s", word);
	}
}

static void play(struct player *player, const char *sequence)
{
	char word[32];
	unsigned times, nr;

	while (sscanf(sequence, " %31[^, ]%n", word, &nr) == 1) {
		sequence += nr;
		times = 1;
		if (sscanf(sequence, " x%u%n", &times, &nr) == 1)
			sequence += nr;
		play_word(player, word, times);
		sequence += strspn(sequence, ", ");
	}
	CHECK(!*sequence);
}

static void expect_last(struct player *player, const char *what, uint32_t chunk, uint32_t offset)
{
	uint32_t i = player->nr - 1;

	if (!player->placed[i])
		FAIL("%s: refused", what);
	if (player->place[i].chunk != chunk || player->place[i].offset != offset)
		FAIL("%s: chunk %u at %u, not chunk %u at %u", what, player->place[i].chunk,
		     player->place[i].offset, chunk, offset);
}

/* 15.16: where the last request goes as 6.1 places, and with exact hints. */
static const struct {
	const char *id, *sequence;
	struct lab_linux61_place as_61, exact;
} defects[] = {
	{ "B20", "1024 x12, f5, 1024", { 1, 0 }, { 0, 9216 } },
	{ "B30", "1024 x12, f3, f4, 2048", { 1, 0 }, { 0, 7168 } },
	{ "B21", "256, 256/1024, 2048, 256, 4096", { 0, 8192 }, { 0, 7424 } },
	{ "B21, second", "256, 256/1024, 2048, 256, 4096, 4096, 768", { 1, 0 }, { 0, 15616 } },
	{ "B25", "4, 400, 4, 40, 64, 400, 3184, 8192, f1, f5, f3, 400", { 0, 4608 }, { 0, 4100 } },
	{ "B25, second", "4, 400, 4, 40, 64, 400, 3184, 8192, f1, f5, f3, 400, 400", { 1, 0 },
	  { 0, 4608 } },
	{ "B31", "8, 4, 396, 4, 400, 3284, 8192, f4, f1, f2, 152/256, 400, 248", { 1, 0 },
	  { 0, 4104 } },
	{ "B26", "8192, 4088, 12, 8", { 1, 12 }, { 0, 16376 } },
	{ "B28", "4, 280, 228, 256, 3328, 8192, f1, f3, 256/256", { 1, 0 }, { 0, 4608 } },
	{ "B29", "4096, 4, 280, 228, 256, 3328, 4096, f4, f6, 4096, f2, 256/256", { 1, 0 },
	  { 0, 8704 } },
	{ "B19", "512, 512, f0, f1, 1024, f1, 512", { 0, 4608 }, { 0, 5120 } },
};

static void play_defects(bool exact)
{
	for (uint32_t i = 0; i < sizeof(defects) / sizeof(defects[0]); i++) {
		struct player *player = player_create(exact);
		const struct lab_linux61_place *place =
			exact ? &defects[i].exact : &defects[i].as_61;

		play(player, defects[i].sequence);
		expect_last(player, defects[i].id, place->chunk, place->offset);
		player_destroy(player);
	}
}

TEST(sequences_as_61_places)
{
	play_defects(false);
}

TEST(sequences_with_exact_hints)
{
	play_defects(true);
}

/* B19: the stale free is counted where hints are exact, and clears half an object where not. */
TEST(second_free_is_seen_by_exact_hints_alone)
{
	for (uint32_t exact = 0; exact < 2; exact++) {
		struct player *player = player_create(exact);
		uint32_t free_bytes;

		play(player, "512, 512, f0, f1, 1024");
		free_bytes = lab_linux61_free_bytes(player->model, 0);
		play(player, "f1");
		CHECK_EQ(lab_linux61_free_bytes(player->model, 0), free_bytes + (exact ? 0 : 512));
		CHECK_EQ(lab_linux61_counts(player->model).nr_bad_frees, exact);
		CHECK_EQ(lab_linux61_used(player->model, 0)[128], exact);
		player_destroy(player);
	}
}

/* Pages that chunk 1 gains in a step after the last free. */
static void note_stocked(struct player *player, bool is_free)
{
	static uint32_t before;
	uint32_t nr = lab_linux61_exists(player->model, 1) ?
			      lab_linux61_nr_populated(player->model, 1) : 0;

	if (!is_free && player->nr > 43 && nr > before && player->nr_notes < 64)
		player->note[player->nr_notes++] = nr - before;
	before = nr;
}

#define B27 "4096 x35, f19-f26, f3-f6, f8-f11, f13, f14, 4096 x8, 20480 x3, 16 x2"

/* B27: pages stocked in a sidelined chunk do not count, so each request stocks more. */
TEST(sidelined_chunk_is_stocked_again_and_again)
{
	struct player *player = player_create(false);

	player->stepped = note_stocked;
	play(player, B27);
	CHECK_EQ(player->nr_notes, 3);
	CHECK_EQ(player->note[0], 3);
	CHECK_EQ(player->note[1], 4);
	CHECK_EQ(player->note[2], 3);
	CHECK_EQ(lab_linux61_counts(player->model).nr_made, 5);
	CHECK_EQ(lab_linux61_nr_populated(player->model, 4), 4);
	player_destroy(player);
}

TEST(exact_hints_stock_a_sidelined_chunk_once)
{
	struct player *player = player_create(true);

	player->stepped = note_stocked;
	play(player, B27);
	CHECK_EQ(player->nr_notes, 1);
	CHECK_EQ(player->note[0], 3);
	CHECK_EQ(lab_linux61_counts(player->model).nr_made, 4);
	player_destroy(player);
}

/* LENGTH@START, or "-". */
static void print_stretch(struct lab_linux61_stretch s, char to[32])
{
	if (s.length == 0)
		snprintf(to, 32, "-");
	else
		snprintf(to, 32, "%u@%u", s.length, s.start);
}

/* best, second, L, R and F of a record; without L and R for a chunk. */
static void print_record(const struct lab_linux61_record *r, bool is_block, char to[128])
{
	char best[32], second[32];

	print_stretch(r->best, best);
	print_stretch(r->second, second);
	if (is_block)
		snprintf(to, 128, "%s, %s, L%u R%u F%u", best, second, r->left, r->right, r->first);
	else
		snprintf(to, 128, "%s, %s, F%u", best, second, r->first);
}

static void expect_block(struct player *player, uint32_t block, const char *expected)
{
	char text[128];

	print_record(lab_linux61_block(player->model, 0, block), true, text);
	CHECK_STR(text, expected);
}

static void expect_chunk(struct player *player, uint32_t chunk, const char *expected)
{
	char text[128];

	print_record(lab_linux61_chunk(player->model, chunk), false, text);
	CHECK_STR(text, expected);
}

/* 15.19: block 0 of the first chunk, and its chunk record. */
static const struct {
	const char *sequence, *block, *chunk;
} records[] = {
	{ "4", "1023@1, -, L0 R1023 F1", "3071@1, -, F1" },
	{ "256, 256/1024, 2048", "192@64, 192@832, L0 R192 F64", "2240@832, 192@64, F64" },
	{ "256, 256/1024, 2048, 256", "192@832, -, L0 R0 F128", "2240@832, -, F128" },
	{ "4, 400, 4, 40, 64, 400, 3184, 8192, f1, f5, f3", "100@128, 10@102, L0 R0 F1",
	  "100@128, 10@102, F1" },
	{ "4, 400, 4, 40, 64, 400, 3184, 8192, f1, f5, f3, 400", "10@102, -, L0 R0 F1",
	  "10@102, -, F1" },
	{ "4000, 200, 8000, f1", "24@1000, -, L0 R24 F1000", "50@1000, -, F1000" },
	{ "12, 8/8, 64/64, f0, 16/16", "992@32, 10@6, L0 R992 F6", "3040@32, -, F6" },
};

TEST(records_after_sequences)
{
	for (uint32_t i = 0; i < sizeof(records) / sizeof(records[0]); i++) {
		struct player *player = player_create(false);

		play(player, records[i].sequence);
		expect_block(player, 0, records[i].block);
		expect_chunk(player, 0, records[i].chunk);
		if (strcmp(records[i].sequence, "4000, 200, 8000, f1") == 0)
			expect_block(player, 1, "26@0, -, L26 R0 F0");
		player_destroy(player);
	}
}

/* 15.19: 28-byte holes at 4 past a multiple of 32: no 28/8 fits, the chunk is parked (S4). */
TEST(parked_chunk_stays_parked)
{
	struct player *player = player_create(false);
	uint32_t chunks[4];

	play(player, "4096 x3");
	for (uint32_t i = 0; i < 2048; i++)
		play(player, "4, 28");
	for (uint32_t i = 0; i < 2048; i++)
		play_free(player, 3 + 2 * i + 1);
	play(player, "28/8");
	expect_last(player, "28/8", 2, 0);
	expect_chunk(player, 1, "7@1, 7@1017, F1");
	CHECK_EQ(lab_linux61_free_bytes(player->model, 1), 57344);
	CHECK_EQ(lab_linux61_list_of(player->model, 1), 0);
	CHECK(lab_linux61_list(player->model, 0, chunks, 4) >= 1);
	CHECK_EQ(chunks[0], 1);
	player_destroy(player);
}

/* Q1, Q2 */
TEST(legal_and_illegal_requests)
{
	static const struct {
		uint32_t size, align;
		bool legal;
	} rows[] = {
		{ 0, 4, false }, { 1, 0, true }, { 1, 3, true }, { 4, 1, true }, { 4, 2, true },
		{ 4, 5, false }, { 4, 6, false }, { 4, 4096, true }, { 4, 8192, false },
		{ 32765, 4, true }, { 32768, 4096, true }, { 32769, 4, false },
		{ UINT32_MAX, 4, false }, { 4, UINT32_MAX, false },
	};
	struct player *player = player_create(false);

	for (uint32_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		play_alloc(player, rows[i].size, rows[i].align);
		CHECK_EQ(player->placed[i], rows[i].legal);
	}
	player_destroy(player);
}

/* M1's example: static 212992, reserved 8192: 7 blocks from byte 221184. */
TEST(first_chunk_starts_at_the_page_of_its_first_byte)
{
	struct lab_linux61_config config = {
		.unit_bytes = 1048576, .static_bytes = 212992, .reserved_bytes = 8192,
		.dyn_bytes = 28672,
	};
	struct lab_linux61 *model = lab_linux61_create(&config);

	CHECK_EQ(lab_linux61_start_bytes(model, 0), 221184);
	CHECK_EQ(lab_linux61_nr_blocks(model, 0), 7);
	CHECK_EQ(lab_linux61_start_bytes(model, LAB_LINUX61_RESERVED), 212992);
	CHECK_EQ(lab_linux61_nr_blocks(model, LAB_LINUX61_RESERVED), 2);
	CHECK_EQ(lab_linux61_nr_empty_pages(model), 7);
	lab_linux61_destroy(model);
}

/* M2: what lies before and behind the managed bytes of an odd set-up is used and no object. */
TEST(hidden_parts_start_as_used)
{
	struct lab_linux61_config config = {
		.unit_bytes = 65536, .static_bytes = 4097, .reserved_bytes = 1000,
		.dyn_bytes = 15383, /* to 20480 */
	};
	struct lab_linux61 *model = lab_linux61_create(&config);
	const uint32_t reserved = LAB_LINUX61_RESERVED;

	CHECK_EQ(lab_linux61_start_bytes(model, reserved), 4096);
	CHECK_EQ(lab_linux61_nr_blocks(model, reserved), 1);
	CHECK_EQ(lab_linux61_free_bytes(model, reserved), 1000);
	CHECK_EQ(lab_linux61_chunk(model, reserved)->first, 1);
	CHECK_EQ(lab_linux61_chunk(model, reserved)->best.length, 250);
	CHECK_EQ(lab_linux61_start_bytes(model, 0), 4096);
	CHECK_EQ(lab_linux61_nr_blocks(model, 0), 4);
	CHECK_EQ(lab_linux61_free_bytes(model, 0), 15380);
	CHECK_EQ(lab_linux61_chunk(model, 0)->first, 251);
	CHECK_EQ(lab_linux61_nr_empty_pages(model), 3);
	lab_linux61_destroy(model);
}

/* M2, H4: a hidden part is no object; with exact hints its free is reported. */
TEST(hidden_part_cannot_be_freed_with_exact_hints)
{
	struct lab_linux61_config config = {
		.unit_bytes = 65536, .static_bytes = 4100, .dyn_bytes = 12284, .exact = true,
	};
	struct lab_linux61 *model = lab_linux61_create(&config);

	lab_linux61_free(model, (struct lab_linux61_place){ 0, 4096 });
	CHECK_EQ(lab_linux61_counts(model).nr_bad_frees, 1);
	CHECK_EQ(lab_linux61_free_bytes(model, 0), 12284);
	lab_linux61_destroy(model);
}

/* H3: plain first fit is for those who may sleep. Bytes 280 at 4100 hide 256/256 at 4608 (B28). */
TEST(atomic_requests_have_no_first_fit)
{
	for (uint32_t atomic = 0; atomic < 2; atomic++) {
		struct player *player = player_create(true);
		struct lab_linux61_place place;

		lab_linux61_destroy(player->model);
		player->model = lab_linux61_create(&(struct lab_linux61_config){
			.unit_bytes = 65536, .static_bytes = 4096, .dyn_bytes = 12288,
			.exact = true, .honour_atomic = true });
		play(player, "4, 280, 228, 256, 3328, 8192, f1, f3");
		CHECK(lab_linux61_alloc(player->model, 256, 256, false, atomic, &place));
		CHECK_EQ(place.chunk, atomic); /* chunk 1 was stocked */
		player_destroy(player);
	}
}

/* C2: a lone free chunk requests nothing. */
TEST(lone_free_chunk_requests_no_balance)
{
	struct player *player = player_create(false);
	uint32_t nr;

	play(player, "4096 x3, 4096");
	CHECK_EQ(player->place[3].chunk, 1);
	nr = lab_linux61_counts(player->model).nr_balances;
	play(player, "f3");
	CHECK_EQ(lab_linux61_counts(player->model).nr_balances, nr);
	CHECK_EQ(lab_linux61_free_bytes(player->model, 1), 65536);
	player_destroy(player);
}
