/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_decode.c - the total decoder: any bytes are operations. */
#include <stdlib.h>
#include <string.h>
#include <pcpu/pcpu.h>

#include "harness/platform/sim/sim.h"
#include "harness/test/lib/test.h"
#include "harness/test/text/trace_fixture.h"

/* What a head stands for: a chunk that is filled, one that is cut into many areas. */
#define FILLED_OPS  14u
#define CROWDED_OPS 60u

static const struct lab_decode_limits small_machine = {
	.max_ids = 64, .nr_cpus = 4, .first_from = 4096, .first_to = 16384,
	.unit_bytes = PCPU_MIN_UNIT_BYTES,
};

static size_t decode(const uint8_t *bytes, size_t nr_bytes, size_t capacity)
{
	return lab_decode(bytes, nr_bytes, &small_machine, trace_ops, NULL, capacity);
}

static void check_decoded(const struct lab_op *op, uint32_t max_ids, uint32_t nr_cpus)
{
	CHECK(op->kind < LAB_NR_OPS);
	CHECK(op->kind == LAB_OP_FAIL || op->id < max_ids);
	CHECK(op->kind == LAB_OP_ALLOC || op->align == 0);
	CHECK(op->cpu < nr_cpus);
	CHECK_EQ(op->site_bytes, 0);
}

TEST(decoder_is_total_and_deterministic)
{
	uint64_t state = 1;

	for (uint32_t run = 0; run < 2000; run++) {
		uint32_t nr_bytes = trace_random_below(&state, 512),
			 from = trace_random_below(&state, 3) * 4091;
		struct lab_decode_limits fixture = {
			.max_ids = 1 + trace_random_below(&state, 1024),
			.nr_cpus = 1 + trace_random_below(&state, 8),
			.first_from = from,
			.first_to = from + trace_random_below(&state, 3) * 20000,
			.unit_bytes = PCPU_MIN_UNIT_BYTES + trace_random_below(&state, 2) * 4096,
		};
		uint8_t *bytes = malloc(nr_bytes + !nr_bytes);
		size_t nr;

		for (uint32_t i = 0; i < nr_bytes; i++)
			bytes[i] = (uint8_t)trace_random(&state);
		nr = lab_decode(bytes, nr_bytes, &fixture, trace_other_ops, NULL, TRACE_ROOM);
		CHECK(nr <= nr_bytes + CROWDED_OPS);
		CHECK_EQ(lab_decode(bytes, nr_bytes, &fixture, trace_ops, NULL, TRACE_ROOM), nr);
		CHECK(memcmp(trace_ops, trace_other_ops, nr * sizeof(trace_ops[0])) == 0);
		for (size_t i = 0; i < nr; i++)
			check_decoded(&trace_ops[i], fixture.max_ids, fixture.nr_cpus);
		trace_round_trip(nr, NULL);
		free(bytes);
	}
}

TEST(decoder_stops_at_its_room)
{
	uint8_t bytes[100] = { 0 };

	CHECK(decode(bytes, sizeof(bytes), TRACE_ROOM) > 7);
	CHECK_EQ(decode(bytes, sizeof(bytes), 7), 7);
	CHECK_EQ(decode(bytes, sizeof(bytes), 0), 0);
	CHECK_EQ(decode(bytes, 0, TRACE_ROOM), 0);
	CHECK_EQ(decode(bytes, 2, TRACE_ROOM), 0);
}

/* What ends where an operation starts is the operations before it. */
TEST(decoder_reports_where_operations_start)
{
	uint8_t bytes[200];
	size_t starts[TRACE_ROOM], nr;
	uint64_t state = 9;

	for (uint32_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)trace_random(&state);
	bytes[1] = 0;
	nr = lab_decode(bytes, sizeof(bytes), &small_machine, trace_other_ops, starts, TRACE_ROOM);
	CHECK(nr > 20);
	CHECK_EQ(starts[0], 2);
	for (size_t i = 1; i < nr; i++) {
		CHECK(starts[i] > starts[i - 1]);
		CHECK_EQ(decode(bytes, starts[i], TRACE_ROOM), i);
		CHECK(memcmp(trace_ops, trace_other_ops, i * sizeof(trace_ops[0])) == 0);
	}
	bytes[1] = 0x20; /* a chunk that is filled beforehand */
	CHECK_EQ(lab_decode(bytes, sizeof(bytes), &small_machine, trace_ops, starts, TRACE_ROOM),
		 nr + FILLED_OPS);
	for (size_t i = 0; i <= FILLED_OPS; i++)
		CHECK_EQ(starts[i], 2);
	CHECK(starts[FILLED_OPS + 1] > 2);
}

/* |####....|####....| ...: one operation more, and two records more, than the other 60 */
TEST(decoder_crowds_a_chunk)
{
	static const uint8_t bytes[] = { 0xff, 0xc0, 0 };
	size_t nr = decode(bytes, sizeof(bytes), TRACE_ROOM);

	CHECK_EQ(nr, CROWDED_OPS + 1);
	CHECK(2 * nr < PCPU_DYNAMIC_EARLY_SLOTS && 2 * nr + 8 > PCPU_DYNAMIC_EARLY_SLOTS);
	for (uint32_t i = 0; i < CROWDED_OPS; i++) {
		CHECK_EQ(trace_ops[i].kind, LAB_OP_ALLOC);
		CHECK_EQ(trace_ops[i].id, i);
		CHECK_EQ(trace_ops[i].size, 4);
		CHECK_EQ(trace_ops[i].align, 8);
	}
	CHECK_EQ(decode(bytes, sizeof(bytes), 10), 10);
	CHECK_EQ(decode((const uint8_t[]){ 0xff, 0x80, 0 }, 3, TRACE_ROOM), 1);
}

/* Behind a full first chunk: |####|#|###| pages, and all but the one between goes before
   balance. */
TEST(decoder_lets_pages_go_around_one)
{
	static const uint32_t sizes[] = { 16384 - 4096, 4 * 4096, 4096, 3 * 4096 };
	static const uint8_t kinds[] = { LAB_OP_FREE, LAB_OP_FREE, LAB_OP_FREE, LAB_OP_BALANCE,
					 LAB_OP_FREE };

	CHECK_EQ(decode((const uint8_t[]){ 0xff, 0x40, 0x80, 0 }, 4, TRACE_ROOM), 10);
	for (uint32_t i = 0; i < 4; i++) {
		CHECK_EQ(trace_ops[i].kind, LAB_OP_ALLOC);
		CHECK_EQ(trace_ops[i].size, sizes[i]);
	}
	for (uint32_t i = 0; i < 5; i++)
		CHECK_EQ(trace_ops[4 + i].kind, kinds[i]);
	CHECK_EQ(trace_ops[8].id, 2);
	CHECK_EQ(trace_ops[9].kind, LAB_OP_FREE); /* of what does not live */
	CHECK_EQ(decode((const uint8_t[]){ 0xff, 0x40, 0x80, 0 }, 4, 8), 1);
}

/* first	|----------------|	unit	|-|------------------------------|
 *		 all of 12288			25 32743, which is the rest */
TEST(decoder_fills_chunks_to_their_last_byte)
{
	/* Small, tight, at align 1; each: alloc, any id, all that is left (else 25). */
	static const uint8_t bytes[] = { 0xff, 0x18, 0, 0, 0xc6, 0, 0, 0xc6, 0, 0, 0xc6 };

	CHECK_EQ(decode(bytes, sizeof(bytes), TRACE_ROOM), 3);
	CHECK_EQ(trace_ops[0].size, 16384 - 4096);
	CHECK_EQ(trace_ops[1].size, 25);
	CHECK_EQ(trace_ops[2].size, PCPU_MIN_UNIT_BYTES - 25);
}

/* What single bytes mean: the last operation of each input, as it prints. */
TEST(decoder_means_what_its_bytes_say)
{
	static const struct {
		uint8_t bytes[16];
		size_t nr_bytes;
		const char *last;
	} rows[] = {
		{ { 0, 0, 0xc4, 0x41 }, 4, "k 1 +" },
		{ { 0, 0, 0xc4, 0x81 }, 4, "k 1" },
		{ { 0, 0, 0xc4, 0x3f }, 4, "k 63" },
		{ { 0, 0, 0xc0, 0, 3 }, 5, "w 0 3" }, /* the last CPU */
		{ { 0, 0, 0xc0, 0, 7 }, 5, "w 0 3" },
		/* Tight, plain: 9 bytes, freed; as large as that; 1 where nothing was. */
		{ { 0, 0x18, 0, 0, 0x44, 0x80, 0, 0, 0, 0 }, 10, "a 0 9 1 --" },
		{ { 0, 0x18, 0, 0, 0x00 }, 5, "a 0 1 1 --" },
		/* All that is left: a reserved object takes nothing of it. */
		{ { 0, 0x18, 0x10, 0, 0x44, 0, 0, 0xc6 }, 8, "a 1 12288 1 --" },
		{ { 0, 0x18, 0x00, 0, 0x44, 0, 0, 0xc6 }, 8, "a 1 12279 1 --" },
		/* Of the objects of a page with holes around it none lives. */
		{ { 0, 0x48, 0x00, 0, 0 }, 5, "a 0 1 8 --" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char line[128];
		size_t nr = decode(rows[i].bytes, rows[i].nr_bytes, TRACE_ROOM);

		CHECK(nr > 0);
		lab_op_print(&trace_ops[nr - 1], NULL, line);
		if (strcmp(line, rows[i].last))
			FAIL("row %zu: %s, not %s", i, line, rows[i].last);
	}
}

static void decode_in_small_units(void *argument)
{
	struct lab_decode_limits fixture = small_machine;

	fixture.unit_bytes = PCPU_MIN_UNIT_BYTES - 1;
	lab_decode((const uint8_t *)"", 0, &fixture, argument, NULL, TRACE_ROOM);
}

/* What is left of a chunk follows from what was filled: that must stay inside. */
TEST(decoder_wants_units_that_hold_any_object)
{
	CHECK(sim_catch_assert(decode_in_small_units, trace_ops) != NULL);
}

/* What random inputs hold, with these first two bytes. */
struct census {
	uint32_t kinds[LAB_NR_OPS], atomic, reserved, illegal, lasting, nr;
};

static void take_census(uint8_t off, uint8_t profile, struct census *census)
{
	uint8_t bytes[512] = { off, profile };
	uint64_t state = (uint64_t)off << 8 | profile;

	memset(census, 0, sizeof(*census));
	for (uint32_t run = 0; run < 100; run++) {
		for (uint32_t i = 2; i < sizeof(bytes); i++)
			bytes[i] = (uint8_t)trace_random(&state);
		census->nr = (uint32_t)decode(bytes, sizeof(bytes), TRACE_ROOM);
		for (uint32_t i = 0; i < census->nr; i++) {
			census->kinds[trace_ops[i].kind]++;
			census->atomic += trace_ops[i].kind == LAB_OP_ALLOC &&
					  trace_ops[i].flags & LAB_OP_ATOMIC;
			census->lasting += trace_ops[i].kind == LAB_OP_FAIL &&
					   trace_ops[i].flags == LAB_OP_LASTING;
			census->reserved +=
				trace_ops[i].flags & LAB_OP_RESERVED && !trace_ops[i].kind;
			census->illegal += trace_ops[i].kind == LAB_OP_ALLOC &&
					   (trace_ops[i].size == 0 ||
					    trace_ops[i].size > PCPU_MIN_UNIT_BYTES ||
					    !pcpu_is_pow2(trace_ops[i].align) ||
					    trace_ops[i].align > PCPU_PAGE_BYTES);
		}
	}
}

TEST(decoder_reaches_every_kind_and_switches_kinds_off)
{
	struct census all, none;

	take_census(0, 0, &all);
	take_census(0xff, 0, &none);
	for (uint32_t kind = 0; kind < LAB_NR_OPS; kind++) {
		CHECK(all.kinds[kind] > 50);
		CHECK((none.kinds[kind] > 0) == (kind == LAB_OP_ALLOC || kind == LAB_OP_FREE));
	}
	CHECK(all.atomic > 50 && all.reserved > 50 && all.illegal > 50);
	CHECK(all.lasting > 20 && all.lasting < all.kinds[LAB_OP_FAIL] - 20);
	CHECK(none.atomic == 0 && none.reserved == 0);
}

TEST(decoder_reaches_every_align_and_the_edges_of_size)
{
	uint64_t state = 42, aligns = 0;
	bool smallest = false, largest = false, too_large = false, zero = false;

	for (uint32_t run = 0; run < 500; run++) {
		uint8_t bytes[256] = { 0xff, (uint8_t)run };
		size_t nr;

		for (uint32_t i = 2; i < sizeof(bytes); i++)
			bytes[i] = (uint8_t)trace_random(&state);
		nr = decode(bytes, sizeof(bytes), TRACE_ROOM);
		for (size_t i = 0; i < nr; i++) {
			if (pcpu_is_pow2(trace_ops[i].align))
				aligns |= trace_ops[i].align;
			smallest |= trace_ops[i].kind == LAB_OP_ALLOC && trace_ops[i].size == 1;
			largest |= trace_ops[i].size == PCPU_MIN_UNIT_BYTES;
			too_large |= trace_ops[i].size == PCPU_MIN_UNIT_BYTES + 1;
			zero |= trace_ops[i].kind == LAB_OP_ALLOC && trace_ops[i].size == 0;
		}
	}
	CHECK_EQ(aligns & 0x1fff, 0x1fff);
	CHECK(smallest && largest && too_large && zero);
}

/* Nearly all operations mean something: frees of what lives, births of what does not. */
TEST(decoder_wastes_little)
{
	uint64_t state = 7;
	uint32_t nr_all = 0, nr_idle = 0;

	for (uint32_t run = 0; run < 200; run++) {
		uint8_t bytes[512] = { 0xff, 0 };
		bool live[64] = { false };
		size_t nr;

		for (uint32_t i = 2; i < sizeof(bytes); i++)
			bytes[i] = (uint8_t)trace_random(&state);
		nr = decode(bytes, sizeof(bytes), TRACE_ROOM);
		for (size_t i = 0; i < nr; i++) {
			bool birth = trace_ops[i].kind == LAB_OP_ALLOC;

			nr_idle += live[trace_ops[i].id] == birth;
			live[trace_ops[i].id] = birth;
			nr_all++;
		}
	}
	CHECK(nr_idle * 4 < nr_all);
}
