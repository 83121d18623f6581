/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_hits.c - the front's two hit paths, stepped: the rules of bench/hits/hits.h hold, the counts
 * are those of hits.def, and each rule complains where it is broken.
 */
#include <pcpu/engine.h>
#include <pcpu/front.h>
#include <stdlib.h>
#include <string.h>

#include "bench/hits/costs.h"
#include "bench/hits/hits.h"
#include "bench/hits/moved.h"
#include "bench/hits/two_cpus.h"
#include "harness/platform/hosted/hosted.h"
#include "harness/test/lib/test.h"

/* --- steps ------------------------------------------------------------------------------------ */

static uint64_t counter;

/* 10 instructions: 2 locked, 7 that touch memory, a nop that names some. */
uintptr_t stepped(uintptr_t a, uintptr_t b, uintptr_t c, uintptr_t d);
__asm__(".text\n.type stepped, @function\nstepped:\n"
	"	push %rbx\n"
	"	lea 8(%rdi,%rsi,2), %rax\n"
	"	lock addl $1, (%rdi)\n"
	"	xchg %rcx, 8(%rdi)\n"
	"	xchg %rcx, %rdx\n"
	"	nopl 16(%rdi)\n"
	"	cmova 24(%rdi), %r8\n"
	"	cmpw $7, %fs:-2\n"
	"	pop %rbx\n"
	"	ret\n"
	".size stepped, . - stepped\n");

static const struct step_touch *touch_of(const struct step_trace *trace, uint32_t instruction)
{
	for (uint32_t i = 0; i < trace->nr_touches; i++)
		if (trace->touch[i].instruction == instruction)
			return &trace->touch[i];
	return NULL;
}

static struct step_trace *trace_new(void)
{
	struct step_trace *trace = calloc(1, sizeof(*trace));

	CHECK(trace);
	step_call(trace, (uintptr_t)stepped, (uintptr_t) & (uint64_t[4]){0}, 0, 0, 0);
	if (trace->nr_instructions == 0)
		test_skip("this machine does not stop after each instruction");
	return trace;
}

TEST(every_instruction_is_seen_with_what_it_touches)
{
	struct step_trace *trace = trace_new();
	uint64_t memory[4] = {1, 2, 3, 4};
	const struct step_touch *push, *add, *xchg, *tls, *ret;
	uintptr_t at = (uintptr_t)memory;
	char words[96];

	CHECK_EQ(step_call(trace, (uintptr_t)stepped, at, 5, 6, 7), at + 18);
	CHECK_EQ(memory[0], 2);
	CHECK_EQ(memory[1], 7);
	CHECK_EQ(trace->nr_instructions, 10);
	CHECK_EQ(trace->nr_locked, 2);
	CHECK_EQ(trace->nr_touches, 7);
	CHECK(!trace->unknown && !trace->cut);
	push = touch_of(trace, 0);
	add = touch_of(trace, 2);
	xchg = touch_of(trace, 3);
	tls = touch_of(trace, 7);
	ret = touch_of(trace, 9);
	CHECK(push && push->stack && push->writes && !push->reads && push->bytes == 8);
	CHECK(!touch_of(trace, 1) && !touch_of(trace, 4) && !touch_of(trace, 5));
	CHECK(add && add->address == at && add->locked && add->reads && add->writes);
	CHECK_EQ(add->bytes, 4);
	CHECK(xchg && xchg->address == at + 8 && xchg->locked && xchg->bytes == 8);
	CHECK(touch_of(trace, 6) && touch_of(trace, 6)->reads && !touch_of(trace, 6)->writes);
	CHECK(tls && tls->reads && !tls->writes && tls->bytes == 2);
	CHECK_EQ(tls->address, (uintptr_t)__builtin_thread_pointer() - 2);
	CHECK(ret && ret->stack && ret->reads && !ret->writes);
	CHECK_EQ(ret->address, push->address + 8);
	CHECK_EQ(touch_of(trace, 8)->address, push->address);
	CHECK_EQ(step_words(trace->at[0], words, sizeof(words)), 1);
	CHECK(!strcmp(words, "push %rbx"));
	free(trace);
}

/* --- the front -------------------------------------------------------------------------------- */

enum { NR_OBJECTS = 4 }; /* a step takes 40 us on some machines */

static struct hits *measured_of(const struct hits_calls *calls, uint32_t nr_cpus, uint32_t bytes,
				uint32_t nr_objects)
{
	const struct hits_options options = {*calls, nr_cpus, bytes, nr_objects};
	struct hits *hits = malloc(sizeof(*hits));
	const char *why;
	bool skipped;

	CHECK(hits);
	if (hits_measure(hits, &options, &skipped, &why))
		return hits;
	if (skipped)
		test_skip(why);
	test_fail(__FILE__, __LINE__, "%s", why);
}

static struct hits *measured(const struct hits_calls *calls, uint32_t nr_cpus, uint32_t bytes)
{
	return measured_of(calls, nr_cpus, bytes, NR_OBJECTS);
}

/* What the rules have against it; frees it. */
static uint32_t faults_of(struct hits *hits, char *text, size_t bytes)
{
	FILE *to = fmemopen(text, bytes, "w");
	uint32_t nr;

	CHECK(to);
	nr = hits_faults(hits, to);
	fclose(to);
	free(hits);
	return nr;
}

static void clean_check(uint32_t bytes)
{
	struct hits *small = measured(&hits_calls_real, 2, bytes);
	struct hits *large = measured(&hits_calls_real, 256, bytes);
	uint32_t nr_alloc, nr_free;

	CHECK_EQ(hits_faults(small, stdout), 0);
	CHECK_EQ(hits_faults(large, stdout), 0);
	CHECK(small->cpu[0].alloc.nr >= small->nr_objects - 1);
	CHECK_EQ(small->cpu[0].free.nr, small->nr_objects);
	CHECK_EQ(small->cpu[0].alloc.nr + small->cpu[0].nr_misses, small->nr_objects);
	CHECK_EQ(large->cpu[1].alloc.nr, large->nr_objects - 1);
	CHECK_EQ(large->cpu[1].free.nr, large->nr_objects);
	CHECK_EQ(small->cpu[0].alloc.most, large->cpu[0].alloc.most);
	CHECK_EQ(small->cpu[0].free.most, large->cpu[0].free.most);
	for (uint32_t g = 0; g < HITS_NR_GROUPS; g++)
		CHECK_EQ(small->cpu[0].alloc.lines[g], large->cpu[0].alloc.lines[g]);
	if (hits_bound(&nr_alloc, &nr_free)) {
		CHECK_EQ(small->cpu[0].alloc.most, nr_alloc);
		CHECK_EQ(small->cpu[0].free.most, nr_free);
	}
	free(small);
	free(large);
}

TEST(hits_take_no_lock_and_no_line_of_another_cpu)
{
	clean_check(4);
	clean_check(8);
	clean_check(64);
}

static uint32_t nr_lines_of(const struct hits_lines *lines, enum hits_group group)
{
	uint32_t nr = 0;

	for (uint32_t i = 0; i < lines->nr; i++)
		nr += lines->line[i].group == group;
	return nr;
}

TEST(all_memory_of_a_hit_has_an_owner)
{
	struct hits *hits = measured_of(&hits_calls_real, 2, 24, 16);

	CHECK_EQ(hits_faults(hits, stdout), 0);
	CHECK_EQ(hits->nr_objects, 16);
	CHECK(hits->cpu[0].nr_misses > 0);
	CHECK_EQ(nr_lines_of(&hits->cpu[0].misses, HITS_STACK), 0);
	CHECK(nr_lines_of(&hits->cpu[0].misses, HITS_MAGAZINE) > 0);
	for (uint32_t w = 0; w < 2; w++) {
		CHECK_EQ(hits->cpu[w].alloc.lines[HITS_OTHER], 0);
		CHECK_EQ(hits->cpu[w].free.lines[HITS_OTHER], 0);
		CHECK(hits->cpu[w].alloc.lines[HITS_THREAD] > 0);
		CHECK(hits->cpu[w].alloc.lines[HITS_MAGAZINE] > 0);
		CHECK_EQ(hits->cpu[w].alloc.lines[HITS_STATE], 1);
		CHECK_EQ(hits->cpu[w].free.lines[HITS_STATE], 1);
		CHECK_EQ(hits->cpu[w].free.lines[HITS_PAGE], 1);
	}
	free(hits);
}

/* --- planted calls ---------------------------------------------------------------------------- */

static struct {
	uint64_t own[2]; /* two CPUs' counters, in one line */
} __attribute__((aligned(64))) together;

static __thread uint64_t local;

static uintptr_t locked_alloc(struct pcpu *pcpu, size_t size, size_t align, unsigned flags)
{
	__atomic_fetch_add(&local, 1, __ATOMIC_RELAXED);
	return pcpu_alloc(pcpu, size, align, flags).value;
}

static uintptr_t exchanging_alloc(struct pcpu *pcpu, size_t size, size_t align, unsigned flags)
{
	__atomic_exchange_n(&local, 1, __ATOMIC_RELAXED);
	return pcpu_alloc(pcpu, size, align, flags).value;
}

static void counting_free(struct pcpu *pcpu, struct pcpu_ptr pointer)
{
	__atomic_store_n(&counter, counter + 1, __ATOMIC_RELAXED);
	pcpu_free(pcpu, pointer);
}

static void neighbour_free(struct pcpu *pcpu, struct pcpu_ptr pointer)
{
	uint64_t *own = &together.own[pcpu_here.cpu != 0];

	__atomic_store_n(own, *own + 1, __ATOMIC_RELAXED);
	pcpu_free(pcpu, pointer);
}

static uintptr_t uneven_alloc(struct pcpu *pcpu, size_t size, size_t align, unsigned flags)
{
	if (pcpu_here.cpu)
		__asm__ volatile("nop");
	return pcpu_alloc(pcpu, size, align, flags).value;
}

/* The line is written first, and then read. */
static void reading_free(struct pcpu *pcpu, struct pcpu_ptr pointer)
{
	*(volatile uint64_t *)&counter = 1;
	(void)*(volatile uint64_t *)&counter;
	pcpu_free(pcpu, pointer);
}

/* One CPU writes across the end of its line into the other's. */
static void crossing_free(struct pcpu *pcpu, struct pcpu_ptr pointer)
{
	static char lines[256] __attribute__((aligned(64)));

	*(volatile uint64_t *)(void *)(lines + (pcpu_here.cpu ? 64 : 60)) = 1;
	pcpu_free(pcpu, pointer);
}

/* The first of a thread's. */
static void once_locked_free(struct pcpu *pcpu, struct pcpu_ptr pointer)
{
	static __thread bool later;

	if (!later)
		__atomic_fetch_add(&local, 1, __ATOMIC_RELAXED);
	later = true;
	pcpu_free(pcpu, pointer);
}

/* Its addresses are not known from the registers. */
static uintptr_t far_alloc(struct pcpu *pcpu, size_t size, size_t align, unsigned flags)
{
	uintptr_t value = pcpu_alloc(pcpu, size, align, flags).value;
	uint8_t copy;

	__asm__ volatile("movb %%gs:(%1), %0" : "=r"(copy) : "r"(value));
	return value;
}

static void planted(uintptr_t alloc_call, uintptr_t free_call, const char *rule, const char *never)
{
	struct hits_calls calls = {alloc_call, free_call};
	char text[8192];

	CHECK(faults_of(measured(&calls, 2, 8), text, sizeof(text)) > 0);
	if (!strstr(text, rule) || (never && strstr(text, never)))
		test_fail(__FILE__, __LINE__, "%s: %s", rule, text);
}

TEST(planted_locks_and_shared_lines_are_named)
{
	uintptr_t alloc = (uintptr_t)pcpu_alloc, free = (uintptr_t)pcpu_free;

	planted((uintptr_t)locked_alloc, free, "H1: allocation: ", "H1: free");
	planted((uintptr_t)exchanging_alloc, free, "H1: allocation: ", "H3");
	planted(alloc, (uintptr_t)counting_free, "H3: a line that one CPU writes (other)", "H1");
	planted(alloc, (uintptr_t)counting_free, "H2: a hit of CPU 1 writes a line of: other",
		NULL);
	planted(alloc, (uintptr_t)neighbour_free, "H3: a line that one CPU writes (other)", "H1");
	planted((uintptr_t)uneven_alloc, free, "H4: ", "H1");
	planted(alloc, (uintptr_t)reading_free, "H3: a line that one CPU writes (other)", "H1");
	planted(alloc, (uintptr_t)crossing_free, "H3: a line that one CPU writes (other)", "H1");
	planted(alloc, (uintptr_t)once_locked_free, "H1: free: 1 locked instructions in 4 hits",
		"H3");
	if (hosted_has_gs())
		planted((uintptr_t)far_alloc, free, "an instruction was not decoded", "H1");
}

/* --- each rule, by hand ----------------------------------------------------------------------- */

static struct hits *plain(void)
{
	struct hits *hits = calloc(1, sizeof(*hits));

	CHECK(hits);
	for (uint32_t w = 0; w < 2; w++) {
		hits->cpu[w].alloc = (struct hits_kind){.nr = 3, .least = 22, .most = 22};
		hits->cpu[w].free = (struct hits_kind){.nr = 3, .least = 28, .most = 28};
		hits->cpu[w].hits.nr = hits->cpu[w].misses.nr = 1;
		hits->cpu[w].hits.line[0] = (struct hits_line){64 + w * 64, HITS_MAGAZINE, true};
		hits->cpu[w].misses.line[0] = (struct hits_line){512 + w * 64, HITS_OTHER, true};
		hits->cpu[w].nr_states = 1;
		hits->cpu[w].state[0] = 1000 + w;
	}
	return hits;
}

static void by_hand(struct hits *hits, uint32_t nr, const char *words)
{
	char text[4096] = "";
	uint32_t found = faults_of(hits, text, sizeof(text));

	if (found != nr || (words && !strstr(text, words)))
		test_fail(__FILE__, __LINE__, "%u faults: %s", found, text);
}

static struct hits *with_line(uint32_t w, bool miss, struct hits_line line)
{
	struct hits *hits = plain();
	struct hits_lines *lines = miss ? &hits->cpu[w].misses : &hits->cpu[w].hits;

	lines->line[lines->nr++] = line;
	return hits;
}

TEST(each_rule_complains)
{
	struct hits *hits;

	by_hand(plain(), 0, NULL);
	by_hand(with_line(1, false, (struct hits_line){64, HITS_PAGE, false}), 1,
		"H3: a line that one CPU writes (CPU's magazine) the other's hits touch");
	by_hand(with_line(0, false, (struct hits_line){128, HITS_PAGE, false}), 1, "H3");
	by_hand(with_line(0, false, (struct hits_line){512, HITS_PAGE, false}), 0, NULL);
	by_hand(with_line(0, false, (struct hits_line){576, HITS_PAGE, false}), 1, "H5");
	by_hand(with_line(0, true, (struct hits_line){128, HITS_STATE, true}), 1, "H5");
	by_hand(with_line(0, true, (struct hits_line){128, HITS_STATE, false}), 0, NULL);
	by_hand(with_line(1, false, (struct hits_line){256, HITS_CPU, true}), 1,
		"H2: a hit of CPU 1 writes a line of: CPU's record");
	by_hand(with_line(1, false, (struct hits_line){256, HITS_CPU, false}), 0, NULL);
	hits = with_line(0, false, (struct hits_line){256, HITS_STATE, true});
	hits->cpu[1].hits.line[hits->cpu[1].hits.nr++] = (struct hits_line){256, HITS_STATE, true};
	by_hand(hits, 0, NULL); /* the exception */
	hits = plain();
	hits->cpu[1].state[0] = hits->cpu[0].state[0];
	by_hand(hits, 1, "H3: 1 bytes of states");
	hits = plain();
	hits->cpu[0].nr_states = 2;
	hits->cpu[0].state[1] = hits->cpu[1].state[0];
	by_hand(hits, 1, "H3: 1 bytes of states");
	hits = plain();
	hits->cpu[1].free.nr = 0;
	by_hand(hits, 1, "free: no call was a hit");
	hits = plain();
	hits->cpu[0].free.nr_locked = 1;
	by_hand(hits, 1, "H1: free: 1 locked instructions in 3 hits");
	hits = plain();
	hits->cpu[0].alloc.least = 21;
	by_hand(hits, 1, "H4: allocation: hits of 21 to 22");
	hits = plain();
	hits->cpu[1].free.least = hits->cpu[1].free.most = 29;
	by_hand(hits, 1, "H4: 22 and 28 instructions on one CPU, 22 and 29 on the other");
	hits = plain();
	hits->cpu[1].unknown = true;
	by_hand(hits, 1, "not decoded");
	hits = plain();
	hits->cpu[0].full = true;
	by_hand(hits, 1, "more lines");
}

TEST(shared_lines_of_states_are_counted)
{
	struct hits *hits = with_line(0, false, (struct hits_line){256, HITS_STATE, true});
	uint32_t nr_shared, nr;

	hits->cpu[0].hits.line[hits->cpu[0].hits.nr++] = (struct hits_line){320, HITS_STATE, true};
	hits->cpu[1].hits.line[hits->cpu[1].hits.nr++] = (struct hits_line){320, HITS_STATE, true};
	hits_states_shared(hits, &nr_shared, &nr);
	CHECK_EQ(nr_shared, 1);
	CHECK_EQ(nr, 2);
	free(hits);
}

TEST(the_list_names_every_instruction)
{
	struct hits *hits = measured(&hits_calls_real, 2, 8);
	char *text = NULL, *at;
	size_t bytes;
	FILE *to = open_memstream(&text, &bytes);
	uint32_t nr = 0;

	CHECK(to);
	hits_print(hits, to);
	fclose(to);
	for (at = text; (at = strstr(at, "\n")) != NULL; at++)
		nr += at[1] == ' ' && at[2] >= ' ' && at[3] >= '0' && at[3] <= '9';
	CHECK_EQ(nr, hits->cpu[0].alloc.most + hits->cpu[0].free.most);
	CHECK(strstr(text, "w 2: object states"));
	for (nr = 0, at = text; (at = strstr(at, ": object states")) != NULL; at++)
		nr++;
	CHECK_EQ(nr, 3); /* written by both, read by a free */
	CHECK(!strstr(text, "?"));
	free(text);
	free(hits);
}

TEST(a_machine_of_one_cpu_is_refused)
{
	struct hits *hits = malloc(sizeof(*hits));
	const char *why = NULL;
	bool skipped = true;

	CHECK(hits);
	CHECK(!hits_measure(hits, &(struct hits_options){hits_calls_real, 1, 8, 4}, &skipped,
			    &why));
	CHECK(why && !skipped);
	free(hits);
}

/* --- lines that move -------------------------------------------------------------------------- */

TEST(a_line_moves_when_the_other_wrote_it_since)
{
	struct moved *moved = moved_create();
	bool full = false;

	CHECK(moved);
#define TOUCH(cpu, at, writes) moved_touch(moved, cpu, at, writes, &full)
	CHECK(!TOUCH(0, 64, true)); /* where it was is not known */
	CHECK(!TOUCH(0, 127, false));
	CHECK(TOUCH(1, 65, false));
	CHECK(!TOUCH(1, 65, false));
	CHECK(!TOUCH(0, 64, false)); /* both have a copy */
	CHECK(TOUCH(0, 64, true));   /* the other's goes */
	CHECK(!TOUCH(0, 64, true));
	CHECK(TOUCH(1, 64, true));
	CHECK(TOUCH(0, 64, false));
	CHECK(!TOUCH(0, 128, false)); /* the next line: only read, by both */
	CHECK(!TOUCH(1, 128, false));
	CHECK(!TOUCH(0, 128, false));
	CHECK(!full);
	for (uintptr_t line = 16; !full && line < 1 << 20; line++)
		CHECK(!TOUCH(0, line * 64, true));
#undef TOUCH
	CHECK(full);
	moved_destroy(moved);
}

/* --- costs ------------------------------------------------------------------------------------ */

static void costs_of(struct costs *costs, const char *engine, uint32_t nr_lives)
{
	const struct costs_options options = {
		.engine = engine ? pcpu_engine_find(engine) : NULL,
		.front = !engine,
		.nr_cpus = 2,
		.nr_lives = nr_lives,
	};
	const char *why;

	free(trace_new()); /* or skipped */
	why = costs_count(costs, &options);
	if (why)
		test_fail(__FILE__, __LINE__, "%s", why);
	CHECK_EQ(costs->nr_lives, 2 * nr_lives);
}

TEST(an_engine_holds_both_locks_for_each_allocation)
{
	struct costs costs;

	costs_of(&costs, "area", 2);
	CHECK_EQ(costs.nr_lock_calls, 4 * costs.nr_lives);
	CHECK_EQ(costs.nr_holds[COSTS_OUTER], 2 * costs.nr_lives);
	CHECK_EQ(costs.nr_holds[COSTS_INNER], 4 * costs.nr_lives);
	CHECK_EQ(costs.nr_holds[COSTS_FREE], 0);
	CHECK(costs.nr_locked >= 2 * 4 * costs.nr_lives);
	for (uint32_t i = 0; i < COSTS_NR_PLACES; i++)
		CHECK(costs.instructions[i] > 10 * costs.nr_lives);
	/* The locks themselves; the copies, cleared under the outer one. */
	CHECK(costs.moved_reads[COSTS_OUTER] >= costs.nr_lives);
	CHECK(costs.moved_reads[COSTS_INNER] >= costs.nr_lives);
	CHECK(costs.moved_reads[COSTS_OUTER] <= 3 * costs.nr_lives);
	CHECK(costs.moved_writes[COSTS_OUTER] >= costs.nr_lives);
	CHECK(costs.moved_writes[COSTS_OUTER] <= 6 * costs.nr_lives);
}

TEST(the_two_are_the_first_and_the_last_cpu)
{
	struct two_cpus both;

	CHECK(!two_cpus_create(&both, 9, NULL, true));
	CHECK_EQ(both.worker[0].cpu, 0);
	CHECK_EQ(both.worker[1].cpu, 8);
	two_cpus_destroy(&both);
	CHECK(two_cpus_create(&both, TWO_CPUS_MOST + 1, NULL, true));
}

TEST(the_front_holds_none)
{
	struct costs costs;

	costs_of(&costs, NULL, 8);
	CHECK_EQ(costs.nr_lock_calls, 0);
	CHECK_EQ(costs.instructions[COSTS_OUTER] + costs.instructions[COSTS_INNER], 0);
	CHECK_EQ(costs.nr_holds[COSTS_OUTER] + costs.nr_holds[COSTS_INNER], 0);
	CHECK(costs.instructions[COSTS_FREE] >= 100 * costs.nr_lives);
	CHECK(costs.moved_reads[COSTS_FREE] + costs.moved_writes[COSTS_FREE] < 8 * costs.nr_lives);
}
