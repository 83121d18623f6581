/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_pointers.c - the values of percpu pointers: none is NULL, in no region of any chunk; and
 * what one instance makes of another's.
 *
 *	value       = static start + (address in the base unit - base)
 *	value 0 at    base - static start: the offset "null" below, from the base
 *
 *	first chunk   |#static#|reserved|..dynamic..|   tail   |	null: refused     | harmless
 *	later chunk   |................dynamic.................|	null here: put elsewhere
 */
#include <string.h>

#include "harness/test/lib/test.h"
#include "harness/test/lib/test_fixture.h"

enum form { FORM_EMBED, FORM_PAGE, FORM_KM, NR_FORMS };

/* Every part of the first chunk begins on a page of its own, and its unit has a tail. */
static void form_init(struct test_fixture *f, enum form form)
{
	test_fixture_init(f, form == FORM_KM ? "00.0" : "00.11");
	f->config.sizes.static_bytes = 2 * PCPU_PAGE_BYTES;
	f->config.sizes.reserved_bytes = 3 * PCPU_PAGE_BYTES;
	f->config.sizes.atom_bytes = 16 * PCPU_PAGE_BYTES;
	f->config.choice = form == FORM_PAGE ? PCPU_CHOICE_PAGE : PCPU_CHOICE_EMBED;
	if (form == FORM_PAGE)
		f->config.sizes.unit_bytes = 16 * PCPU_PAGE_BYTES;
	f->config.backing = form == FORM_KM ? PCPU_BACKING_KM : PCPU_BACKING_VM;
}

/* What the first chunk holds, and its unit, without a start that could matter. */
static struct pcpu_layout form_layout(enum form form)
{
	struct pcpu_layout layout;
	struct test_fixture f;

	form_init(&f, form);
	test_fixture_open(&f);
	layout = *pcpu_layout(f.pcpu);
	test_fixture_close(&f);
	return layout;
}

/* --- filling an allocator --------------------------------------------------------------------- */

#define MAX_OBJECTS 512u

struct objects {
	struct pcpu_ptr at[MAX_OBJECTS];
	uint32_t nr;
};

/* Pages of the reserved and the first chunk, then of two later ones, to their last. */
static void fill(struct test_fixture *f, struct objects *objects)
{
	struct pcpu_ptr p;

	objects->nr = 0;
	while ((p = pcpu_alloc(f->pcpu, PCPU_PAGE_BYTES, PCPU_PAGE_BYTES, PCPU_RESERVED)).value)
		objects->at[objects->nr++] = p;
	CHECK(objects->nr > 0);
	for (;;) {
		p = pcpu_alloc(f->pcpu, PCPU_PAGE_BYTES, PCPU_PAGE_BYTES, 0);
		CHECK(p.value);
		if (test_fixture_place(f, p).chunk_id == 3)
			break;
		CHECK(objects->nr < MAX_OBJECTS);
		objects->at[objects->nr++] = p;
	}
	pcpu_free(f->pcpu, p);
}

/* Each has a pointer that is not NULL, leads to it, and frees it. */
static void fill_and_free(struct test_fixture *f)
{
	static struct objects objects;
	struct pcpu_stats stats;
	struct pcpu_report report;

	fill(f, &objects);
	test_fixture_check(f);
	for (uint32_t i = 0; i < objects.nr; i++) {
		CHECK(objects.at[i].value);
		for (uint32_t j = 0; j < i; j++)
			CHECK(objects.at[i].value != objects.at[j].value);
		CHECK_EQ(test_fixture_place(f, objects.at[i]).offset % PCPU_PAGE_BYTES, 0);
	}
	for (uint32_t i = 0; i < objects.nr; i++)
		pcpu_free(f->pcpu, objects.at[i]);
	CHECK(!lab_take_misuse(f->plat, &report));
	pcpu_stats(f->pcpu, &stats);
	CHECK_EQ(stats.nr_live, 0);
}

/* --- the first chunk -------------------------------------------------------------------------- */

static void start_refused(enum form form, bool uniprocessor, uintptr_t static_start)
{
	struct test_fixture f;
	struct pcpu_event event;

	form_init(&f, form);
	f.config.uniprocessor = uniprocessor;
	f.config.static_start = static_start;
	test_fixture_open_plat(&f);
	CHECK_EQ(pcpu_create(&f.config, &f.pcpu), PCPU_EINVAL);
	CHECK(!f.pcpu);
	event = test_fixture_event(&f, PCPU_EV_SETUP_REFUSED);
	CHECK_EQ(event.a, PCPU_SETUP_STATIC_WRAP);
	CHECK_EQ(event.b, static_start);
	CHECK_EQ(test_fixture_reported(&f, PCPU_EV_LAYOUT), 1);
	test_fixture_close(&f);
}

/* The static start that puts NULL at so many bytes from the base. */
static uintptr_t start_for(uintptr_t null)
{
	return (uintptr_t)0 - null;
}

TEST(null_inside_the_first_chunk_is_refused)
{
	for (int form = 0; form < NR_FORMS; form++) {
		uint32_t sum = form_layout((enum form)form).size_sum_bytes;

		for (uint32_t null = PCPU_PAGE_BYTES; null < sum; null += PCPU_PAGE_BYTES)
			for (int uniprocessor = 0; uniprocessor < 2; uniprocessor++)
				start_refused((enum form)form, uniprocessor, start_for(null));
	}
}

/* In the tail, which is given back or never mapped, and far behind the chunk. */
TEST(null_behind_the_first_chunk_is_nobodys)
{
	for (int form = 0; form < NR_FORMS; form++) {
		struct pcpu_layout l = form_layout((enum form)form);
		const uintptr_t places[] = {
			l.size_sum_bytes, l.size_sum_bytes + PCPU_PAGE_BYTES,
			l.unit_bytes - PCPU_PAGE_BYTES, l.unit_bytes,
			(uintptr_t)l.unit_bytes * 2, UINTPTR_MAX / 2 + 1,
		};

		CHECK(l.size_sum_bytes + PCPU_PAGE_BYTES < l.unit_bytes);
		for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
			struct test_fixture f;

			form_init(&f, (enum form)form);
			f.config.static_start = start_for(places[i]);
			test_fixture_open(&f);
			fill_and_free(&f);
			test_fixture_close(&f);
		}
	}
}

/* A static part that starts at 0 has a variable there, whatever its size; objects come behind. */
TEST(null_is_a_static_variable_where_the_static_part_starts_at_0)
{
	static const uint64_t sizes[] = {1, 4, 4095, 4096, 4097};

	for (int form = 0; form < NR_FORMS; form++) {
		for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			struct test_fixture f;
			struct pcpu_ptr p;

			form_init(&f, (enum form)form);
			f.config.sizes.static_bytes = sizes[i];
			f.config.static_start = 0;
			test_fixture_open(&f);
			p = pcpu_alloc(f.pcpu, 1, 1, PCPU_RESERVED);
			CHECK(p.value >= sizes[i]);
			/* So that the static part may be accessed, and what lies there freed. */
			for (uintptr_t at = 0; at < sizes[i]; at += sizes[i] > 1 ? sizes[i] - 1 : 1)
				CHECK(pcpu_address(f.pcpu, (struct pcpu_ptr){at}, 1) != 0 &&
				      pcpu_access_check(f.pcpu, (struct pcpu_ptr){at}, true));
			pcpu_free(f.pcpu, p);
			fill_and_free(&f);
			test_fixture_close(&f);
		}
	}
}

/* NULL is the first mistake to be named, then who asks. */
TEST(an_access_is_wrong_in_one_way_at_a_time)
{
	static const struct {
		uintptr_t pointer;
		bool is_cpu;
		enum pcpu_misuse misuse;
	} rows[] = {
		{0, true, PCPU_MISUSE_NULL_ACCESS},
		{0, false, PCPU_MISUSE_NULL_ACCESS},
		{PCPU_PAGE_BYTES - 1, false, PCPU_MISUSE_NULL_ACCESS},
		{TEST_STATIC_START, false, PCPU_MISUSE_NOT_A_CPU},
		{PCPU_PAGE_BYTES, false, PCPU_MISUSE_NOT_A_CPU},
	};
	struct pcpu_report report;
	struct test_fixture f;

	test_fixture_init(&f, "00.11");
	test_fixture_open(&f);
	CHECK(pcpu_access_check(f.pcpu, (struct pcpu_ptr){TEST_STATIC_START}, true));
	CHECK(!lab_take_misuse(f.plat, &report));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CHECK(!pcpu_access_check(f.pcpu, (struct pcpu_ptr){rows[i].pointer},
					 rows[i].is_cpu));
		CHECK(lab_take_misuse(f.plat, &report));
		CHECK_EQ(report.id, rows[i].misuse);
		CHECK_EQ(report.pointer, rows[i].pointer);
	}
	test_fixture_close(&f);
}

/* The offset of an id that is not possible is 0: what is linked there is no copy of it. */
TEST(an_impossible_cpu_has_no_copy_of_a_static_variable)
{
	struct test_fixture f;
	uintptr_t start;

	form_init(&f, FORM_EMBED);
	test_fixture_open(&f);
	start = pcpu_base(f.pcpu) + 4 * PCPU_PAGE_BYTES; /* in CPU 0's unit, behind statics */
	test_fixture_close(&f);
	f.config.static_start = start;
	test_fixture_open(&f);
	CHECK(start - pcpu_base(f.pcpu) < pcpu_layout(f.pcpu)->unit_bytes);
	CHECK_EQ(pcpu_offsets(f.pcpu)[2], 0);
	CHECK(!pcpu_is_static_address(f.pcpu, start));
	CHECK(pcpu_is_static_address(f.pcpu, start + pcpu_offsets(f.pcpu)[1]));
	test_fixture_close(&f);
}

/* The rule goes by the sum of the parts: to its last byte, and no further. */
TEST(the_rule_counts_to_the_last_byte)
{
	struct pcpu_layout l;
	struct test_fixture f;
	uint64_t value = 0;
	uintptr_t start;

	form_init(&f, FORM_EMBED);
	test_fixture_open(&f);
	l = *pcpu_layout(f.pcpu);
	start = start_for(l.size_sum_bytes);
	CHECK_EQ(pcpu_setup_check(&l, &f.topology, 0x100000, start, true, &value),
		 PCPU_NR_SETUP_RULES);
	CHECK_EQ(pcpu_setup_check(&l, &f.topology, 0x100000, 0, true, &value), PCPU_NR_SETUP_RULES);
	l.size_sum_bytes++;
	CHECK_EQ(pcpu_setup_check(&l, &f.topology, 0x100000, start, true, &value),
		 PCPU_SETUP_STATIC_WRAP);
	CHECK_EQ(value, start);
	test_fixture_close(&f);
}

/* --- later chunks ----------------------------------------------------------------------------- */

struct seen_chunks {
	uintptr_t first, base[4]; /* by id, 0 the first */
};

static bool chunk_see(void *context, const struct pcpu_chunk_view *view)
{
	struct seen_chunks *seen = context;

	if (view->kind != PCPU_CHUNK_RESERVED && view->id < 4)
		seen->base[view->id] = view->base;
	return true;
}

/* Where the chunks of this form land when nothing stands in their way. */
static struct seen_chunks chunks_land(enum form form, uint64_t seed)
{
	struct seen_chunks seen = {0};
	static struct objects objects;
	struct test_fixture f;

	form_init(&f, form);
	f.sim.address_seed = seed;
	test_fixture_open(&f);
	fill(&f, &objects);
	pcpu_visit(f.pcpu, chunk_see, &seen);
	test_fixture_close(&f);
	return seen;
}

static void chunk_lands_on_null(enum form form, uint64_t seed, uintptr_t null, bool moves,
				uint32_t id, uintptr_t place)
{
	struct seen_chunks seen = {0};
	static struct objects objects;
	struct test_fixture f;

	form_init(&f, form);
	f.sim.address_seed = seed;
	f.config.static_start = start_for(null);
	test_fixture_open(&f);
	fill(&f, &objects);
	pcpu_visit(f.pcpu, chunk_see, &seen);
	CHECK_EQ(seen.base[id] != place, moves);
	for (uint32_t i = 0; i < objects.nr; i++)
		pcpu_free(f.pcpu, objects.at[i]);
	fill_and_free(&f);
	test_fixture_close(&f);
}

/* A chunk that would have an object at NULL is put elsewhere; one beside NULL stays, and so does
   one 4 GiB off. */
TEST(no_object_of_a_later_chunk_is_null)
{
	for (int form = 0; form < NR_FORMS; form++) {
		uint32_t unit = form_layout((enum form)form).unit_bytes;

		for (uint64_t seed = 0; seed < 2; seed++) {
			struct seen_chunks seen = chunks_land((enum form)form, seed);

			for (uint32_t id = 1; id <= 2; id++) {
				uintptr_t place = seen.base[id], null = place - seen.base[0];

				for (uintptr_t at = 0; at < unit; at += 5 * PCPU_PAGE_BYTES)
					chunk_lands_on_null((enum form)form, seed, null + at, true,
							    id, place);
				chunk_lands_on_null((enum form)form, seed,
						    null + unit - PCPU_PAGE_BYTES, true, id, place);
			}
			chunk_lands_on_null((enum form)form, seed,
					    seen.base[2] - seen.base[0] + unit, false, 2,
					    seen.base[2]);
			chunk_lands_on_null((enum form)form, seed,
					    seen.base[2] - seen.base[0] + (UINT64_C(1) << 32),
					    false, 2, seen.base[2]);
		}
	}
}

/* --- two instances ---------------------------------------------------------------------------- */

static void two_open(struct test_fixture *a, struct test_fixture *b, uintptr_t start_of_b)
{
	form_init(a, FORM_EMBED);
	form_init(b, FORM_EMBED);
	b->config.static_start = start_of_b;
	test_fixture_open(a);
	test_fixture_open(b);
}

/* An object of the first, one of the reserved and one of a later chunk. */
static void one_of_each_kind(struct test_fixture *f, struct pcpu_ptr of[3])
{
	of[0] = pcpu_alloc(f->pcpu, 8, 8, 0);
	of[1] = pcpu_alloc(f->pcpu, 8, 8, PCPU_RESERVED);
	do
		of[2] = pcpu_alloc(f->pcpu, PCPU_MIN_UNIT_BYTES, 8, 0);
	while (test_fixture_place(f, of[2]).kind != PCPU_CHUNK_LATER);
}

/* Where values differ, a pointer of the other instance is a wild one here. */
TEST(a_pointer_of_another_instance_is_refused_where_values_differ)
{
	struct test_fixture a, b;
	struct pcpu_ptr of_a[3], of_b[3];
	struct pcpu_place place;
	struct pcpu_report report;

	two_open(&a, &b, TEST_STATIC_START + (UINT64_C(1) << 40));
	one_of_each_kind(&a, of_a);
	one_of_each_kind(&b, of_b);
	for (int i = 0; i < 3; i++) {
		CHECK(!pcpu_lookup(b.pcpu, of_a[i], &place));
		pcpu_free(b.pcpu, of_a[i]);
		CHECK(lab_take_misuse(b.plat, &report));
		CHECK_EQ(report.id, PCPU_MISUSE_WILD_FREE);
		CHECK_EQ(report.pointer, of_a[i].value);
		pcpu_free(b.pcpu, of_b[i]);
		CHECK(!lab_take_misuse(b.plat, &report));
	}
	test_fixture_check(&b);
	test_fixture_check(&a);
	test_fixture_close(&b);
	test_fixture_close(&a);
}

/* The exception that pcpu.h states: this platform gives both the same addresses, the caller the
   same static start, and equal values are one pointer. Nothing but the wrong object is freed. */
TEST(equal_values_of_two_instances_are_not_distinguished)
{
	struct test_fixture a, b;
	struct pcpu_ptr of_a[3], of_b[3];
	struct pcpu_report report;
	struct pcpu_stats stats;

	two_open(&a, &b, TEST_STATIC_START);
	one_of_each_kind(&a, of_a);
	one_of_each_kind(&b, of_b);
	for (int i = 0; i < 3; i++) {
		CHECK_EQ(of_a[i].value, of_b[i].value);
		pcpu_free(b.pcpu, of_a[i]);
		CHECK(!lab_take_misuse(b.plat, &report));
		pcpu_free(b.pcpu, of_b[i]); /* only now does it show */
		CHECK(lab_take_misuse(b.plat, &report));
		CHECK_EQ(report.id, PCPU_MISUSE_DOUBLE_FREE);
	}
	pcpu_stats(a.pcpu, &stats);
	CHECK_EQ(stats.nr_frees, 0);
	test_fixture_check(&b);
	test_fixture_check(&a);
	test_fixture_close(&b);
	test_fixture_close(&a);
}
