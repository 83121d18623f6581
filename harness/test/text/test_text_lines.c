/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_text_lines.c - text.h: texts of fixed room, numbers, lines, the hash. */
#include <string.h>

#include "harness/test/lib/test.h"
#include "harness/text/text.h"

TEST(text_counts_beyond_its_room)
{
	char capacity[8];
	struct lab_text text;

	lab_text_init(&text, capacity, sizeof(capacity));
	lab_put(&text, "1234");
	lab_put_u64(&text, 567);
	CHECK(lab_text_fits(&text));
	CHECK_STR(capacity, "1234567");
	lab_put_char(&text, '8');
	CHECK(!lab_text_fits(&text));
	CHECK_EQ(text.bytes, 8);
	CHECK_STR(capacity, "1234567");
	lab_text_init(&text, NULL, 0);
	lab_put(&text, "nowhere");
	CHECK_EQ(text.bytes, 7);
}

TEST(text_numbers)
{
	char capacity[96];
	struct lab_text text;

	lab_text_init(&text, capacity, sizeof(capacity));
	lab_put_u64(&text, UINT64_MAX);
	lab_put_char(&text, ' ');
	lab_put_u64_padded(&text, 7, 3);
	lab_put_char(&text, ' ');
	lab_put_u64_padded(&text, 1234, 3);
	lab_put_char(&text, ' ');
	lab_put_hex(&text, UINT64_C(0xdeadbeef0));
	lab_put_char(&text, ' ');
	lab_put_hex(&text, 0);
	CHECK_STR(capacity, "18446744073709551615 007 1234 0xdeadbeef0 0x0");
}

static bool number(const char *word, uint64_t max, uint64_t *n)
{
	return lab_parse_u64(word, strlen(word), max, n);
}

TEST(parse_u64_is_exact_at_its_limit)
{
	uint64_t n = 0;

	CHECK(number("18446744073709551615", UINT64_MAX, &n) && n == UINT64_MAX);
	CHECK(!number("18446744073709551616", UINT64_MAX, &n));
	CHECK(!number("99999999999999999999999", UINT64_MAX, &n));
	CHECK(number("4294967295", UINT32_MAX, &n) && n == UINT32_MAX);
	CHECK(!number("4294967296", UINT32_MAX, &n));
	CHECK(number("5", 5, &n) && n == 5);
	CHECK(!number("6", 5, &n));
	CHECK(number("0", 0, &n) && n == 0);
	CHECK(!number("", 9, &n) && !number("-1", 9, &n) && !number("1 ", 9, &n));
	CHECK(!number("0x1", 99, &n) && !number("1k", 99, &n));
}

TEST(lines_end_in_any_way)
{
	static const char text[] = "a\r\n\nbc\r\rd\nlast";
	struct lab_lines lines = { .at = text, .end = text + sizeof(text) - 1 };
	static const struct {
		size_t offset, bytes;
	} wanted[] = { { 0, 1 }, { 3, 0 }, { 4, 5 }, { 10, 4 } };
	const char *line;
	size_t bytes;

	for (uint32_t i = 0; i < 4; i++) {
		CHECK(lab_next_line(&lines, &line, &bytes));
		CHECK_EQ(lines.number, i + 1);
		CHECK_EQ(line - text, wanted[i].offset);
		CHECK_EQ(bytes, wanted[i].bytes);
	}
	CHECK(!lab_next_line(&lines, &line, &bytes));
	CHECK(!lab_next_line(&lines, &line, &bytes));
}

/* Test vectors of the FNV authors for 64-bit FNV-1a. */
TEST(fnv1a_vectors)
{
	CHECK_EQ(lab_fnv1a(LAB_FNV_START, "", 0), UINT64_C(0xcbf29ce484222325));
	CHECK_EQ(lab_fnv1a(LAB_FNV_START, "a", 1), UINT64_C(0xaf63dc4c8601ec8c));
	CHECK_EQ(lab_fnv1a(LAB_FNV_START, "foobar", 6), UINT64_C(0x85944171f73967e8));
}
