/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_record.c - lines of trace_pipe, as a 6.18 kernel prints them, to lines of a trace. */
#include "harness/test/lib/test.h"

#include "harness/cli/replay/record.h"

#include <stdio.h>
#include <string.h>

#define ALLOC(ptr, rest)                                                                          \
	"           cc1-51      [001] .....  4520.391234: percpu_alloc_percpu: " rest             \
	" base_addr=0000000000000000 off=64 ptr=" ptr " bytes_alloc=32 gfp_flags=GFP_KERNEL"
#define FREE(ptr)                                                                                  \
	"          rm-9 [000] ..s1.  4520.40: percpu_free_percpu: base_addr=0000000000000000 "     \
	"off=64 "                                                                                  \
	"ptr=" ptr
#define PLAIN "call_site=mm_init+0x1a2/0x340 reserved=0 is_atomic=0 size=16 align=8"

static void feed(struct record *record, const char *line)
{
	record_line(record, line, strlen(line));
}

static void check_text(struct record *record, const char *wanted)
{
	size_t bytes;
	const char *text = record_text(record, &bytes);

	CHECK_EQ(bytes, strlen(text));
	CHECK_STR(text, wanted);
}

TEST(record_alloc_and_free)
{
	struct record *record = record_create(false);

	feed(record, ALLOC("00000000a1b2c3d4", PLAIN));
	feed(record, FREE("00000000a1b2c3d4"));
	check_text(record, "# pcpu-trace 1\na 0 16 8 -- mm_init\nf 0\n");
	record_destroy(record);
}

TEST(record_flags_and_sites)
{
	struct record *record = record_create(false);

	feed(record, ALLOC("0x1", "call_site=f [mod] reserved=1 is_atomic=0 size=4 align=4"));
	feed(record, ALLOC("0x2", "call_site=0xffffffffc0 reserved=0 is_atomic=1 size=5 align=1"));
	feed(record, ALLOC("0x3", "call_site= reserved=1 is_atomic=1 size=6 align=2"));
	check_text(record, "# pcpu-trace 1\na 0 4 4 -R f\na 1 5 1 A- 0xffffffffc0\na 2 6 2 AR\n");
	record_destroy(record);
}

TEST(record_ids_are_dense_and_addresses_are_reused)
{
	struct record *record = record_create(false);

	feed(record, ALLOC("10", PLAIN));
	feed(record, ALLOC("20", PLAIN));
	feed(record, FREE("10"));
	feed(record, ALLOC("10", PLAIN));
	feed(record, FREE("10"));
	check_text(record, "# pcpu-trace 1\na 0 16 8 -- mm_init\na 1 16 8 -- mm_init\nf 0\n"
			   "a 2 16 8 -- mm_init\nf 2\n");
	record_destroy(record);
}

TEST(record_leaves_older_objects_out)
{
	struct record *record = record_create(false);

	feed(record, FREE("10"));
	feed(record, ALLOC("10", PLAIN));
	feed(record, FREE("10"));
	feed(record, FREE("10"));
	check_text(record, "# pcpu-trace 1\na 0 16 8 -- mm_init\nf 0\n");
	CHECK_EQ(record_counts(record)->nr_unknown, 2);
	CHECK_EQ(record_counts(record)->nr_frees, 1);
	record_destroy(record);
}

/* Two CPUs: the address is handed out again before its free is in the buffer. */
TEST(record_puts_a_late_free_in_place)
{
	struct record *record = record_create(false);

	feed(record, ALLOC("10", PLAIN));
	feed(record, ALLOC("10", PLAIN));
	feed(record, FREE("10"));
	check_text(record,
		   "# pcpu-trace 1\na 0 16 8 -- mm_init\nf 0\na 1 16 8 -- mm_init\n");
	feed(record, FREE("10"));
	CHECK_EQ(record_counts(record)->nr_implied, 1);
	CHECK_EQ(record_counts(record)->nr_frees, 1);
	record_destroy(record);
}

TEST(record_counts_lost_events)
{
	struct record *record = record_create(false);

	feed(record, ALLOC("10", PLAIN));
	feed(record, "CPU:1 [LOST 123 EVENTS]");
	feed(record, ALLOC("10", PLAIN));
	feed(record, FREE("10"));
	check_text(record,
		   "# pcpu-trace 1\na 0 16 8 -- mm_init\nf 0\na 1 16 8 -- mm_init\nf 1\n");
	CHECK_EQ(record_counts(record)->nr_lost, 123);
	record_destroy(record);
}

TEST(record_counts_what_it_cannot_read)
{
	static const char *const bad[] = {
		ALLOC("zz", PLAIN),
		ALLOC("0", PLAIN),
		ALLOC("10", "call_site=f reserved=0 is_atomic=0 size=-1 align=8"),
		ALLOC("10", "call_site=f reserved=0 is_atomic=0 size=99999999999 align=8"),
		ALLOC("10", "call_site=f reserved=0 is_atomic=2 size=4 align=8"),
		ALLOC("10", "call_site=f is_atomic=0 size=4 align=8"),
		"x-1 [0] 1.0: percpu_alloc_percpu:",
		"x-1 [0] 1.0: percpu_free_percpu: base_addr=0 off=1",
		"x-1 [0] 1.0: percpu_free_percpu: ptr=",
		"x-1 [0] 1.0: percpu_free_percpu: ptr=-10",
		ALLOC("-10", "call_site=f reserved=0 is_atomic=0 size=16 align=8"),
		ALLOC("10", "reserved=0 is_atomic=0 size=-18446744073709551600 align=8"),
		ALLOC("10", "call_site=f reserved=2 is_atomic=0 size=16 align=8"),
		ALLOC("10", "call_site=f reserved=0 is_atomic=0 size=16 align=4294967296"),
	};
	struct record *record = record_create(false);

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		feed(record, bad[i]);
	feed(record, "x-1 [0] 1.0: sched_switch: prev_comm=a size=4 ptr=10");
	feed(record, "");
	check_text(record, "# pcpu-trace 1\n");
	CHECK_EQ(record_counts(record)->nr_bad, sizeof(bad) / sizeof(bad[0]));
	record_destroy(record);
}

TEST(record_survives_names_that_resemble_events)
{
	struct record *record = record_create(false);

	feed(record, "a: percpu_free_percpu: ptr=77-51 [001] ..... 1.0: percpu_alloc_percpu: " PLAIN
		     " off=0 ptr=10 bytes_alloc=16");
	CHECK_EQ(record_counts(record)->nr_allocs, 1);
	CHECK_EQ(record_counts(record)->nr_bad, 0);
	record_destroy(record);
}

/* The later of two places counts, whichever event it is. */
TEST(record_survives_a_free_by_such_a_name)
{
	struct record *record = record_create(false);

	feed(record, ALLOC("10", PLAIN));
	feed(record,
	     "a: percpu_alloc_percpu: ptr=77-51 [001] ..... 1.0: percpu_free_percpu: ptr=10");
	CHECK_EQ(record_counts(record)->nr_frees, 1);
	CHECK_EQ(record_counts(record)->nr_allocs, 1);
	CHECK_EQ(record_counts(record)->nr_bad, 0);
	CHECK_EQ(record_counts(record)->nr_events, 2);
	record_destroy(record);
}

/* perf puts the system's name before the event's; other events end like ours. */
TEST(record_knows_names_by_what_is_before_them)
{
	static const char *const others[] = {
		"x 1 [0] 1.0: my_percpu_alloc_percpu: " PLAIN " ptr=10",
		"x 1 [0] 1.0: percpu:percpu_alloc_percpu_fail: " PLAIN " ptr=10",
		"x 1 [0] 1.0: percpu:percpu_create_chunk: base_addr=0",
		"percpu_alloc_percpu", "p", "",
	};
	struct record *record = record_create(false);

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		feed(record, others[i]);
	CHECK_EQ(record_counts(record)->nr_events, 0);
	feed(record, "x 1 [0] 1.0: percpu:percpu_alloc_percpu: " PLAIN " ptr=0x10");
	feed(record, "x 1 [0] 2.0: percpu:percpu_free_percpu: ptr=0x10");
	check_text(record, "# pcpu-trace 1\na 0 16 8 -- mm_init\nf 0\n");
	record_destroy(record);
}

TEST(record_counts_what_trace_cmd_says_was_dropped)
{
	struct record *record = record_create(false);

	feed(record, "CPU:0 [12 EVENTS DROPPED]");
	feed(record, "CPU:1 [LOST 30 EVENTS]");
	feed(record, "CPU:2 [ EVENTS DROPPED]");
	CHECK_EQ(record_counts(record)->nr_lost, 42);
	record_destroy(record);
}

TEST(record_many_addresses)
{
	struct record *record = record_create(false);
	char line[512];

	for (unsigned i = 1; i <= 5000; i++) {
		snprintf(line, sizeof(line),
			 "c-1 [0] 1.0: percpu_alloc_percpu: " PLAIN " ptr=%x", i * 16);
		feed(record, line);
	}
	for (unsigned i = 1; i <= 5000; i++) {
		snprintf(line, sizeof(line), "c-1 [0] 1.0: percpu_free_percpu: ptr=%x", i * 16);
		feed(record, line);
	}
	CHECK_EQ(record_counts(record)->nr_frees, 5000);
	CHECK_EQ(record_counts(record)->nr_unknown, 0);
	record_destroy(record);
}

/* --- places --------------------------------------------------------------------------------- */

#define AT(base, off, ptr)                                                                         \
	"c-1 [0] 1.0: percpu_alloc_percpu: call_site=f+0x1/0x2 reserved=0 is_atomic=0 size=16 "   \
	"align=8 base_addr=" base " off=" off " ptr=" ptr " bytes_alloc=32"
#define FREE_AT(base, ptr)                                                                         \
	"c-1 [0] 1.0: percpu_free_percpu: base_addr=" base " off=1 ptr=" ptr
#define CREATE(base)  "k-1 [1] 1.0: percpu_create_chunk: base_addr=" base
#define DESTROY(base) "k-1 [1] 1.0: percpu:percpu_destroy_chunk: base_addr=" base

static void check_places(const char *const *lines, size_t nr, const char *wanted, uint64_t nr_bad)
{
	struct record *record = record_create(true);

	for (size_t i = 0; i < nr; i++)
		feed(record, lines[i]);
	check_text(record, wanted);
	CHECK_EQ(record_counts(record)->nr_bad, nr_bad);
	record_destroy(record);
}
#define PLACES(wanted, nr_bad, ...)                                                               \
	do {                                                                                       \
		static const char *const lines[] = { __VA_ARGS__ };                                \
		check_places(lines, sizeof(lines) / sizeof(lines[0]), "# pcpu-trace 2\n" wanted,   \
			     nr_bad);                                                              \
	} while (0)

TEST(record_numbers_chunks_by_first_appearance)
{
	PLACES("a 0 16 8 -- f 0 8\nu 1\na 1 16 8 -- f 1 402176\na 2 16 8 -- f 0 24\n"
	       "a 3 16 8 -- f 1 0\nf 2\na 4 16 8 -- f 2 0\n", 0,
	       CREATE("0xffffc90000010000"), CREATE("ffffc90000020000"),
	       AT("0xffffc90000020000", "8", "0x1"), AT("0xffffc7117fc00000", "402176", "2"),
	       AT("0xffffc90000020000", "24", "0x3"), AT("ffffc7117fc00000", "0", "4"),
	       FREE_AT("0xffffc90000020000", "3"), AT("0xffffc90000010000", "0", "5"));
}

TEST(record_knows_a_chunk_made_where_one_was)
{
	PLACES("a 0 16 8 -- f 0 0\nf 0\na 1 16 8 -- f 1 0\n", 0,
	       CREATE("10"), AT("10", "0", "1"), FREE_AT("10", "1"), DESTROY("10"), CREATE("10"),
	       AT("10", "0", "1"));
	/* No event of the new one: it may be older. */
	PLACES("a 0 16 8 -- f 0 0\nf 0\nu 1\na 1 16 8 -- f 1 0\n", 0,
	       CREATE("10"), AT("10", "0", "1"), FREE_AT("10", "1"), DESTROY("10"),
	       AT("10", "0", "1"));
	/* The end of the old one was not recorded. */
	PLACES("u 0\na 0 16 8 -- f 0 0\nf 0\na 1 16 8 -- f 1 0\n", 0,
	       AT("10", "0", "1"), FREE_AT("10", "1"), CREATE("10"), AT("10", "0", "1"));
	/* Its event came behind one of its objects: one is in another chunk for us. */
	PLACES("u 0\na 0 16 8 -- f 0 0\nu 1\na 1 16 8 -- f 1 16\nf 0\n", 0,
	       AT("10", "0", "1"), CREATE("10"), AT("10", "16", "2"), FREE_AT("10", "1"));
}

TEST(record_marks_chunks_that_it_does_not_know)
{
	PLACES("a 0 16 8 -- f 0 0\na 1 16 8 -- f 1 0\nu 0\na 2 16 8 -- f 0 16\n"
	       "a 3 16 8 -- f 0 32\nu 1\na 4 16 8 -- f 1 16\n", 0,
	       CREATE("10"), CREATE("20"), AT("10", "0", "1"), AT("20", "0", "2"),
	       "CPU:1 [LOST 5 EVENTS]", AT("10", "16", "3"), AT("10", "32", "4"),
	       AT("20", "16", "5"));
	/* A free of what the trace does not have, in the one chunk and in no other. */
	PLACES("a 0 16 8 -- f 0 0\na 1 16 8 -- f 1 0\nu 0\na 2 16 8 -- f 0 16\n"
	       "a 3 16 8 -- f 1 16\n", 0,
	       CREATE("10"), CREATE("20"), AT("10", "0", "1"), AT("20", "0", "2"),
	       FREE_AT("10", "9"), AT("10", "16", "3"), AT("20", "16", "5"));
	/* One mark is enough. */
	PLACES("u 0\na 0 16 8 -- f 0 0\na 1 16 8 -- f 0 16\n", 0,
	       AT("10", "0", "1"), FREE_AT("10", "9"), AT("10", "16", "2"));
}

/* The free that is put in front of an object at its address is one of its chunk. */
TEST(record_counts_objects_of_a_chunk_by_implied_frees)
{
	PLACES("u 0\na 0 16 8 -- f 0 0\nf 0\na 1 16 8 -- f 0 0\nf 1\na 2 16 8 -- f 1 0\n", 0,
	       AT("10", "0", "1"), AT("10", "0", "1"), FREE_AT("10", "1"), FREE_AT("10", "1"),
	       CREATE("10"), AT("10", "0", "1"));
}

/* An address whose next object's event has no base is of no chunk then. */
TEST(record_keeps_no_chunk_of_an_earlier_object)
{
	PLACES("u 0\na 0 16 8 -- f 0 0\nf 0\na 1 16 8 -- mm_init - -\nf 1\na 2 16 8 -- f 1 0\n", 0,
	       AT("10", "0", "1"), FREE_AT("10", "1"),
	       "c-1 [0] 1.0: percpu_alloc_percpu: " PLAIN " ptr=1",
	       "c-1 [0] 1.0: percpu_free_percpu: ptr=1", CREATE("10"), AT("10", "0", "1"));
}

TEST(record_writes_a_dash_for_what_is_not_in_the_event)
{
	PLACES("a 0 16 8 -- mm_init - -\nu 0\na 1 16 8 -- mm_init 0 -\na 2 16 8 -- mm_init - 4\n"
	       "a 3 4 4 A- - - -\nf 0\n", 0,
	       "c-1 [0] 1.0: percpu_alloc_percpu: " PLAIN " ptr=1",
	       "c-1 [0] 1.0: percpu_alloc_percpu: " PLAIN " base_addr=10 ptr=2",
	       "c-1 [0] 1.0: percpu_alloc_percpu: " PLAIN " off=4 ptr=3",
	       "c-1 [0] 1.0: percpu_alloc_percpu: reserved=0 is_atomic=1 size=4 align=4 ptr=4",
	       "c-1 [0] 1.0: percpu_free_percpu: ptr=1");
}

TEST(record_refuses_places_that_are_no_numbers)
{
	PLACES("", 9, AT("x", "0", "1"), AT("10", "x", "1"), AT("10", "-4", "1"),
	       AT("10", "4294967296", "1"), AT("", "0", "1"), AT("10", "", "1"),
	       FREE_AT("x", "1"), CREATE("x"), "k-1 [1] 1.0: percpu_destroy_chunk:");
	PLACES("u 0\na 0 16 8 -- f 0 4294967295\n", 0,
	       AT("0xffffffffffffffff", "4294967295", "1"));
}

TEST(record_without_places_is_the_first_form)
{
	struct record *record = record_create(false);

	feed(record, CREATE("10"));
	feed(record, AT("10", "0", "1"));
	feed(record, AT("20", "0", "2"));
	check_text(record, "# pcpu-trace 1\na 0 16 8 -- f\na 1 16 8 -- f\n");
	CHECK_EQ(record_counts(record)->nr_chunks, 2);
	CHECK_EQ(record_counts(record)->nr_created, 1);
	CHECK_EQ(record_counts(record)->nr_events, 2);
	record_destroy(record);
}
