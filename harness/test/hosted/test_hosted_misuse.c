/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_hosted_misuse.c - misuse ends the program with an exact message, or is recorded;
 * hosted_destroy() reports what is still held.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "harness/test/lib/hosted_fixture.h"
#include "harness/test/lib/test.h"
#include "harness/test/lib/test_child.h"

struct misuse {
	struct pcpu *pcpu;
	struct pcpu_ptr pointer;
};

static void free_it(void *argument)
{
	struct misuse *misuse = argument;

	pcpu_free(misuse->pcpu, misuse->pointer);
}

static void expect_report(struct pcpu *pcpu, uintptr_t pointer, const char *start, const char *end)
{
	struct misuse misuse = {pcpu, {pointer}};
	struct test_child child;
	char text[512];

	test_child_run(free_it, &misuse, &child);
	snprintf(text, sizeof(text), "%s: pointer 0x%lx, %s\n", start, (unsigned long)pointer, end);
	CHECK_EQ(child.signal, SIGABRT);
	CHECK_STR(child.text, text);
}

TEST(misuse_ends_the_program_with_the_exact_message)
{
	struct hosted_fixture fixture;
	struct pcpu_place place;
	struct pcpu_ptr p;
	char end[64];

	hosted_fixture_create(&(struct hosted_fixture_options){0}, &fixture);
	p = pcpu_alloc(fixture.pcpu, 64, 64, 0);
	CHECK(pcpu_lookup(fixture.pcpu, p, &place));
	snprintf(end, sizeof(end), "chunk 0, offset %u", place.offset + 8);
	expect_report(fixture.pcpu, p.value + 8,
		      "DOUBLE_FREE: free of a percpu pointer to which no live object starts", end);
	pcpu_free(fixture.pcpu, p);
	snprintf(end, sizeof(end), "chunk 0, offset %u", place.offset);
	expect_report(fixture.pcpu, p.value,
		      "DOUBLE_FREE: free of a percpu pointer to which no live object starts", end);
	expect_report(fixture.pcpu, 0x77777000,
		      "WILD_FREE: free of a percpu pointer that belongs to no chunk", "no chunk");
	expect_report(fixture.pcpu, 0x1000000 + 16, "STATIC_FREE: free of a static percpu variable",
		      "no chunk");
	hosted_fixture_destroy(&fixture);
}

TEST(misuse_can_be_recorded_instead)
{
	struct hosted_fixture fixture;
	struct pcpu_report report;

	hosted_fixture_create(&(struct hosted_fixture_options){.record_misuse = true}, &fixture);
	CHECK(!lab_take_misuse(fixture.plat, &report));
	CHECK_EQ(pcpu_address(fixture.pcpu, (struct pcpu_ptr){0x1000010}, 4), 0);
	CHECK(lab_take_misuse(fixture.plat, &report));
	CHECK_EQ(report.id, PCPU_MISUSE_IMPOSSIBLE_CPU);
	CHECK(!lab_take_misuse(fixture.plat, &report));
	CHECK_EQ(pcpu_check(fixture.pcpu, NULL), PCPU_HOLDS);
	hosted_fixture_destroy(&fixture);
}

static void lose_an_allocator(void *fixture)
{
	hosted_destroy(((struct hosted_fixture *)fixture)->plat);
}

static void lose_a_block(void *layout)
{
	struct plat *plat = hosted_create(&(struct hosted_config){
		.topology = &hosted_fixture_topology});

	if (plat_meta_alloc(plat, 64))
		hosted_destroy(plat);
}

/* Addresses alone: no page is behind them. */
static void lose_a_space(void *layout)
{
	struct plat *plat = hosted_create(&(struct hosted_config){
		.topology = &hosted_fixture_topology});
	uintptr_t base;

	if (plat_vm_reserve(plat, layout, &base))
		hosted_destroy(plat);
}

static void lose_an_area(void *layout)
{
	struct plat *plat = hosted_create(&(struct hosted_config){
		.topology = &hosted_fixture_topology});
	uintptr_t address;
	bool local;

	if (plat_region_alloc(plat, 0, 3 * PCPU_PAGE_BYTES, PCPU_PAGE_BYTES, &address, &local))
		hosted_destroy(plat);
}

/* Each kind by itself, as one that only the others' counts would show must not go unseen. */
TEST(destroy_reports_each_kind_that_is_lost)
{
	static const struct {
		void (*lose)(void *layout);
		const char *text;
	} kinds[] = {
		{lose_a_block,
		 "hosted_destroy: still held: 1 metadata blocks, 0 pages, 0 mappings\n"},
		{lose_a_space,
		 "hosted_destroy: still held: 0 metadata blocks, 0 pages, 1 mappings\n"},
		{lose_an_area,
		 "hosted_destroy: still held: 0 metadata blocks, 3 pages, 1 mappings\n"},
	};
	struct hosted_fixture fixture;
	struct test_child child;

	hosted_fixture_create(&(struct hosted_fixture_options){0}, &fixture);
	for (int i = 0; i < 3; i++) {
		test_child_run(kinds[i].lose, (void *)(uintptr_t)pcpu_layout(fixture.pcpu), &child);
		CHECK_EQ(child.signal, SIGABRT);
		CHECK_STR(child.text, kinds[i].text);
	}
	hosted_fixture_destroy(&fixture);
}

TEST(destroy_reports_what_is_lost)
{
	struct hosted_fixture fixture;
	struct test_child child;

	hosted_fixture_create(&(struct hosted_fixture_options){0}, &fixture);
	test_child_run(lose_an_allocator, &fixture, &child);
	CHECK_EQ(child.signal, SIGABRT);
	CHECK(strstr(child.text, "hosted_destroy: still held: "));
	hosted_fixture_destroy(&fixture);
}
