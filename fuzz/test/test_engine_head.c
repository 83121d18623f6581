/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_engine_head.c - an input's head names its engine; without one it means what it always
   meant. */
#include "harness/test/lib/test.h"

#include "fuzz/targets/engine_head.h"
#include "fuzz/targets/fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

extern const struct fuzz_target fuzz_alloc, fuzz_map, fuzz_sched;

TEST(a_head_is_two_bytes_and_names_any_row)
{
	uint8_t head[FUZZ_ENGINE_BYTES] = {FUZZ_ENGINE_MARK, 0};
	const struct pcpu_engine *engine;

	for (uint32_t i = 0; i < 256; i++) {
		head[1] = (uint8_t)i;
		CHECK_EQ(fuzz_engine_head(head, sizeof(head), &engine), FUZZ_ENGINE_BYTES);
		CHECK(engine == &pcpu_engines[i % 32 % pcpu_nr_engines]);
	}
}

TEST(upper_bits_of_the_row_are_front_pages_and_skew)
{
	uint8_t head[FUZZ_ENGINE_BYTES] = {FUZZ_ENGINE_MARK, 0};

	for (uint32_t i = 0; i < 256; i++) {
		const struct pcpu_engine *engine = &pcpu_engines[i % 32 % pcpu_nr_engines];
		bool suits = engine->map->granule_bytes == PCPU_FRONT_GRANULE;

		head[1] = (uint8_t)i;
		CHECK_EQ(fuzz_engine_front(head, sizeof(head)), i >= 128 && suits);
		CHECK_EQ(fuzz_engine_zeroed(head, sizeof(head)), i >= 192 && suits);
		CHECK_EQ(fuzz_engine_skewed(head, sizeof(head)), i / 32 % 2 == 1);
		CHECK(!fuzz_engine_front(head + 1, 1));
		CHECK(!fuzz_engine_skewed(head, 1));
	}
}

TEST(other_first_bytes_are_no_head)
{
	uint8_t bytes[FUZZ_ENGINE_BYTES] = {0, 1};
	const struct pcpu_engine *engine;

	for (uint32_t i = 0; i < 256; i++) {
		bytes[0] = (uint8_t)i;
		if (i == FUZZ_ENGINE_MARK)
			continue;
		CHECK_EQ(fuzz_engine_head(bytes, sizeof(bytes), &engine), 0);
		CHECK(engine == pcpu_engine_find("area"));
	}
	bytes[0] = FUZZ_ENGINE_MARK;
	for (size_t nr = 0; nr < FUZZ_ENGINE_BYTES; nr++) {
		CHECK_EQ(fuzz_engine_head(bytes, nr, &engine), 0);
		CHECK(engine == pcpu_engine_find("area"));
	}
}

/* A row beyond the table would mean another engine once there is one more. */
TEST(committed_inputs_name_rows_that_are_there)
{
	static const char *const targets[] = {"alloc", "map", "sched", "layout"};
	uint32_t nr_marked = 0, row;

	for (size_t t = 0; t < sizeof(targets) / sizeof(targets[0]); t++) {
		char path[4096];
		struct dirent *entry;
		DIR *folder;

		snprintf(path, sizeof(path), LAB_SOURCE_ROOT "/corpus/fuzz_%s", targets[t]);
		folder = opendir(path);
		CHECK(folder);
		while ((entry = readdir(folder)) != NULL) {
			uint8_t head[FUZZ_ENGINE_BYTES] = {0};
			FILE *file;

			snprintf(path, sizeof(path), LAB_SOURCE_ROOT "/corpus/fuzz_%s/%s",
				 targets[t], entry->d_name);
			file = entry->d_type == DT_REG ? fopen(path, "rb") : NULL;
			if (!file)
				continue;
			if (fread(head, 1, sizeof(head), file) == sizeof(head) &&
			    head[0] == FUZZ_ENGINE_MARK) {
				nr_marked++;
				row = head[1] & FUZZ_ENGINE_ROW;
				if (row >= pcpu_nr_engines)
					FAIL("fuzz_%s/%s names row %u: write %u", targets[t],
					     entry->d_name, row, row % pcpu_nr_engines);
			}
			fclose(file);
		}
		closedir(folder);
	}
	CHECK(nr_marked > 0);
}

/* --- the same input with and without a head --------------------------------------------------- */

static char text[2][1 << 16];
static size_t at;
static int which;

static void collect(const char *line)
{
	at += (size_t)snprintf(text[which] + at, sizeof(text[which]) - at, "%s\n", line);
}

/* Describes the input, with a head for row `row` or (-1) none; the engine's name becomes "E". */
static void describe(const struct fuzz_target *target, int row)
{
	static const uint8_t input[] = {0x05, 0x11, 0x22, 0x33, 0x12, 0x08, 0x00, 0x00, 0x40,
					0x10, 0x20, 0x30, 0x01, 0x02, 0x83, 0x44, 0x05, 0x46};
	uint8_t bytes[sizeof(input) + FUZZ_ENGINE_BYTES] = {FUZZ_ENGINE_MARK, (uint8_t)row};
	size_t head = row < 0 ? 0 : FUZZ_ENGINE_BYTES;
	char name[64], *found;

	memcpy(bytes + head, input, sizeof(input));
	at = 0;
	target->describe(bytes, head + sizeof(input), collect);
	snprintf(name, sizeof(name), "engine %s", pcpu_engines[row < 0 ? 0 : row].name);
	found = strstr(text[which], name);
	if (!found)
		FAIL("%s, row %d: no '%s' in %s", target->name, row, name, text[which]);
	memmove(found + 1, found + strlen(name), strlen(found + strlen(name)) + 1);
	*found = 'E';
}

/* Returns what to compare a row with: no head; or the first row of its granule, to which sizes are
   rounded. */
static int like(int row)
{
	uint32_t granule = pcpu_engines[row].map->granule_bytes;
	int first = 0;

	while (pcpu_engines[first].map->granule_bytes != granule)
		first++;
	return first == 0 ? -1 : first;
}

TEST(a_head_changes_the_engine_and_nothing_else)
{
	static const struct fuzz_target *const targets[] = {&fuzz_alloc, &fuzz_map, &fuzz_sched};

	for (int i = 0; i < 3; i++) {
		const struct fuzz_target *target = targets[i];

		for (int row = 0; row < (int)pcpu_nr_engines; row++) {
			which = 0;
			describe(target, like(row));
			which = 1;
			describe(target, row);
			CHECK_STR(text[1], text[0]);
		}
	}
}

/* Pieces are counted from the whole input's start, and what is spelt out keeps its head. */
TEST(pieces_and_what_is_spelt_out_keep_the_head)
{
	const uint8_t input[] = {FUZZ_ENGINE_MARK, 1, 0x01, 7, 9, 0x12, 0, 0, 0, 0, 3, 1, 2, 3};
	const struct fuzz_target *target = &fuzz_alloc;
	uint8_t spelt[FUZZ_MAX_BYTES];
	size_t starts[64], nr, nr_plain, plain[64];

	nr = target->spell(input, sizeof(input), spelt, sizeof(spelt));
	CHECK(nr > sizeof(input));
	CHECK_EQ(spelt[0], FUZZ_ENGINE_MARK);
	CHECK_EQ(spelt[1], 1);
	CHECK_EQ(target->spell(input + FUZZ_ENGINE_BYTES, sizeof(input) - FUZZ_ENGINE_BYTES,
			       spelt, sizeof(spelt)),
		 nr - FUZZ_ENGINE_BYTES);
	nr = target->pieces(input, sizeof(input), starts, 64);
	nr_plain = target->pieces(input + FUZZ_ENGINE_BYTES, sizeof(input) - FUZZ_ENGINE_BYTES,
				  plain, 64);
	CHECK_EQ(nr, nr_plain);
	for (size_t i = 0; i < nr; i++)
		CHECK_EQ(starts[i], plain[i] + FUZZ_ENGINE_BYTES);
}
