/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* numa_fixture.c - an allocator on this machine, and threads that are its CPUs. */
#include "harness/platform/hosted/numa/numa_init.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/text/layout_text.h"

/* Below the addresses of mmap(), so that per_cpu_offset() is positive and may be a GS base. */
#define STATIC_START ((uintptr_t)1 << 46)

const char *numa_say(const char *format, ...)
{
	static char text[512];
	va_list words;

	va_start(words, format);
	vsnprintf(text, sizeof(text), format, words);
	va_end(words);
	return text;
}

/* --- platform and allocator ------------------------------------------------------------------- */

static void put_comment(const char *text)
{
	size_t bytes;

	for (; *text; text += bytes + (text[bytes] == '\n')) {
		bytes = strcspn(text, "\n");
		printf("# %.*s\n", (int)bytes, text);
	}
}

static void layout_event(void *context, const struct pcpu_event *event)
{
	const struct numa_fixture *fixture = context;
	static char lines[1 << 14];
	struct lab_text text;

	if (event->id != PCPU_EV_LAYOUT || !fixture->print_layout)
		return;
	lab_text_init(&text, lines, sizeof(lines));
	lab_put_layout(&text, event->layout);
	put_comment(lines);
}

const char *numa_fixture_create(struct numa_fixture *fixture, const struct numa_machine *machine,
				enum pcpu_choice choice, bool print_layout)
{
	const struct hosted_config hosted = {
		.topology = &machine->topology.table,
		.bind_memory = true,
		.no_mbind = machine->no_mbind,
		.event = layout_event,
		.context = fixture,
	};
	struct pcpu_config config = {
		.topology = &machine->topology.table,
		.sizes = {.static_bytes = 14000,
			  .reserved_bytes = 8 << 10,
			  .dyn_bytes = 20 << 10,
			  .atom_bytes = 2 << 20},
		.choice = choice,
		.space_bytes = UINT64_C(1) << 45,
		.static_start = STATIC_START,
	};

	memset(fixture, 0, sizeof(*fixture));
	fixture->machine = machine;
	fixture->print_layout = print_layout;
	fixture->plat = hosted_create(&hosted);
	if (!fixture->plat)
		return "a platform could be made";
	config.plat = fixture->plat;
	if (pcpu_create(&config, &fixture->pcpu) != PCPU_OK)
		return "an allocator could be made";
	if (pcpu_chosen(fixture->pcpu) != choice)
		return "the first chunk is of the kind that was chosen";
	return NULL;
}

void numa_fixture_destroy(struct numa_fixture *fixture)
{
	pcpu_destroy(fixture->pcpu);
	hosted_destroy(fixture->plat);
	fixture->pcpu = NULL;
	fixture->plat = NULL;
}

uint32_t numa_first_cpu(const struct pcpu_topology *t, uint16_t node)
{
	for (uint32_t cpu = 0; cpu < t->nr_cpu_ids; cpu++)
		if (t->cpu_node[cpu] != PCPU_NO_NODE &&
		    (node == PCPU_NO_NODE || t->cpu_node[cpu] == node))
			return cpu;
	return PCPU_NO_CPU;
}

/* --- threads ---------------------------------------------------------------------------------- */

struct thread {
	pthread_t id;
	struct numa_fixture *fixture;
	uint32_t cpu;
	const char *(*work)(struct numa_fixture *fixture, uint32_t cpu);
	pthread_barrier_t *start; /* so that all start at once; NULL: it is alone */
	const char *wrong;
};

static void *thread_run(void *argument)
{
	struct thread *thread = argument;
	struct numa_fixture *fixture = thread->fixture;
	bool entered = hosted_enter_cpu(fixture->plat, fixture->pcpu, thread->cpu);

	if (thread->start)
		pthread_barrier_wait(thread->start);
	if (!entered) {
		thread->wrong = "a thread may run on each CPU";
		return NULL;
	}
	thread->wrong = thread->work(fixture, thread->cpu);
	hosted_leave_cpu(fixture->plat);
	return NULL;
}

static void thread_start(struct thread *thread)
{
	int error = pthread_create(&thread->id, NULL, thread_run, thread);

	if (error) { /* the others wait for it at the barrier */
		fprintf(stderr, "pthread_create: %s\n", strerror(error));
		_Exit(1);
	}
}

const char *numa_on_each_cpu(struct numa_fixture *fixture,
			     const char *(*work)(struct numa_fixture *fixture, uint32_t cpu))
{
	uint32_t nr_cpu_ids = fixture->machine->topology.table.nr_cpu_ids, nr = 0;
	struct thread threads[NUMA_MAX_CPUS];
	pthread_barrier_t start;
	const char *wrong = NULL;

	for (uint32_t cpu = 0; cpu < nr_cpu_ids; cpu++)
		if (pcpu_cpu_node(fixture->pcpu, cpu) != PCPU_NO_NODE)
			threads[nr++] = (struct thread){
				.fixture = fixture, .cpu = cpu, .work = work, .start = &start};
	pthread_barrier_init(&start, NULL, nr);
	for (uint32_t i = 0; i < nr; i++)
		thread_start(&threads[i]);
	for (uint32_t i = 0; i < nr; i++) {
		pthread_join(threads[i].id, NULL);
		wrong = wrong ? wrong : threads[i].wrong;
	}
	pthread_barrier_destroy(&start);
	return wrong;
}

const char *numa_on_cpu(struct numa_fixture *fixture, uint32_t cpu,
			const char *(*work)(struct numa_fixture *fixture, uint32_t cpu))
{
	struct thread thread = {.fixture = fixture, .cpu = cpu, .work = work};

	thread_start(&thread);
	pthread_join(thread.id, NULL);
	return thread.wrong;
}
