/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * front_cpu.c - the front's life: its CPUs and their magazines, how they are stopped, emptied and
 * given up.
 *
 *	owner	open: owner = NULL; barrier for the compiler; front; work; owner = pcpu
 *	stopper	front = empty one; barrier on every CPU; wait while owner == NULL
 *
 * After the barrier a CPU either has an owner and will read the empty front, or none and is waited
 * for. So a hit pays for being stopped with two stores (Dekker's protocol, with the barrier of one
 * side moved to the other).
 */
#include "front_calls.h"
#include "../policy.h"

/* Nobody writes these: there is nothing to take out and no room. */
const struct pcpu_magazine pcpu_no_magazine = {
	.top = (struct pcpu_clean *)pcpu_no_magazine.clean,
};
#define NONE (struct pcpu_magazine *)&pcpu_no_magazine
const struct pcpu_front_cpu pcpu_no_cpu = {
	.magazine = {
		NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE,
		NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE,
		NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE,
		NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE,
	},
};

#define NEAR_TABLE_BYTES (PCPU_NEAR_CHUNKS * sizeof(struct pcpu_chunk *))

static struct pcpu_front_cpu *no_cpu(void)
{
	return (struct pcpu_front_cpu *)(uintptr_t)&pcpu_no_cpu;
}

bool pcpu_has_front(const struct pcpu *pcpu)
{
	return pcpu->front != NULL;
}

/* --- create, destroy ------------------------------------------------------------------------- */

static size_t front_bytes(const struct pcpu *pcpu, size_t *cpus, size_t *pages, size_t *spans)
{
	uint32_t nr_pages = pcpu->first.nr_pages;
	size_t at = pcpu_align_up(sizeof(struct pcpu_front), 64);

	*cpus = at;
	at += pcpu->layout.nr_cpu_ids * sizeof(struct pcpu_front_cpu);
	*pages = at;
	at += nr_pages * sizeof(struct pcpu_page);
	*spans = at;
	return at + nr_pages * sizeof(struct pcpu_span *);
}

/* Pages of the first chunk count as used before: it is never fresh. */
PCPU_SOLE_OWNER PCPU_REQUIRES(PLAT_OUTER)
bool pcpu_front_create(struct pcpu *pcpu)
{
	size_t cpus, pages, spans, bytes = front_bytes(pcpu, &cpus, &pages, &spans);
	char *memory = pcpu_meta_alloc(pcpu, bytes);
	struct pcpu_front *front = (struct pcpu_front *)(void *)memory;

	if (!memory)
		return false;
	front->memory_bytes = bytes;
	front->near_shift = 31u - (uint32_t)__builtin_clz((uint32_t)pcpu->layout.unit_bytes);
	front->cpu = (struct pcpu_front_cpu *)(void *)(memory + cpus);
	pcpu->first.pages = (struct pcpu_page *)(void *)(memory + pages);
	pcpu->first.spans = (struct pcpu_span **)(void *)(memory + spans);
	for (uint32_t cpu = 0; cpu < pcpu->layout.nr_cpu_ids; cpu++)
		front->cpu[cpu] = pcpu_no_cpu;
	for (uint32_t class = 1; class < PCPU_NR_CLASSES; class++)
		front->most[class] = pcpu_magazine_most(pcpu, class);
	for (uint32_t class = 0; class < PCPU_NR_CLASSES; class++) {
		pcpu_list_init(&front->partial[class]);
		pcpu_list_init(&front->full[class]);
		pcpu_list_init(&front->sparse[class]);
	}
	pcpu_capacity_follow(front);
	pcpu->front = front;
	plat_front_is(pcpu->plat, pcpu);
	return true;
}

PCPU_SOLE_OWNER PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER)
static void spans_free(struct pcpu *pcpu, struct pcpu_list *list)
{
	while (!pcpu_list_empty(list)) {
		struct pcpu_span *span = PCPU_SPAN_OF(list->next);

		pcpu_list_del(&span->link);
		pcpu_meta_free(pcpu, span, span->bytes);
	}
}

PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER)
static void magazines_free(struct pcpu *pcpu, struct pcpu_front_cpu *cpu)
{
	for (uint32_t class = 1; class < PCPU_NR_CLASSES; class++)
		if (cpu->magazine[class] != &pcpu_no_magazine)
			pcpu_meta_free(pcpu, cpu->magazine[class], sizeof(struct pcpu_magazine));
	if (cpu->chunk)
		pcpu_meta_free(pcpu, cpu->chunk, NEAR_TABLE_BYTES);
}

/* No call is under way: threads that are still CPUs leave. */
PCPU_SOLE_OWNER PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER)
void pcpu_front_destroy(struct pcpu *pcpu)
{
	struct pcpu_front *front = pcpu->front;

	if (!front)
		return;
	plat_front_is(pcpu->plat, NULL);
	for (uint32_t cpu = 0; cpu < pcpu->layout.nr_cpu_ids; cpu++) {
		struct pcpu_caller *here = front->cpu[cpu].here;

		if (here)
			*here = (struct pcpu_caller){0};
		magazines_free(pcpu, &front->cpu[cpu]);
	}
	for (uint32_t class = 1; class < PCPU_NR_CLASSES; class++) {
		spans_free(pcpu, &front->partial[class]);
		spans_free(pcpu, &front->full[class]);
	}
	pcpu->front = NULL;
	pcpu_meta_free(pcpu, front, front->memory_bytes);
}

/* Published as magazines are. False: no memory. */
PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER)
static bool near_table_make(struct pcpu *pcpu, struct pcpu_front_cpu *cpu)
{
	if (!cpu->chunk)
		pointer_publish((void **)(void *)&cpu->chunk,
				pcpu_meta_alloc(pcpu, NEAR_TABLE_BYTES));
	return cpu->chunk != NULL;
}

/* Published once it is whole: its CPU may look at any time. NULL: no memory. */
PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER)
static struct pcpu_magazine *magazine_add(struct pcpu *pcpu, struct pcpu_front_cpu *cpu,
					  uint32_t class)
{
	struct pcpu_magazine *magazine;

	if (!near_table_make(pcpu, cpu))
		return NULL;
	magazine = pcpu_meta_alloc(pcpu, sizeof(*magazine));
	if (!magazine)
		return NULL;
	magazine->limit = magazine->room = PCPU_MAGAZINE_START;
	magazine->top = magazine->clean;
	magazine->nr_misses = 1;
	pcpu_capacity_add(pcpu->front, class, PCPU_MAGAZINE_START);
	pointer_publish((void **)(void *)&cpu->magazine[class], magazine);
	return magazine;
}

PCPU_EXCLUDES(PLAT_OUTER, PLAT_INNER)
bool pcpu_magazine_make(struct pcpu *pcpu, uint32_t cpu, uint32_t class)
{
	struct pcpu_front_cpu *front = &pcpu->front->cpu[cpu];
	struct pcpu_magazine *magazine;

	plat_lock(pcpu->plat, PLAT_LOCK_OUTER);
	magazine = front->magazine[class];
	if (magazine == &pcpu_no_magazine)
		magazine = magazine_add(pcpu, front, class);
	plat_unlock(pcpu->plat, PLAT_LOCK_OUTER);
	return magazine != NULL;
}

/* --- being a CPU ----------------------------------------------------------------------------- */

void pcpu_cpu_enter(struct pcpu *pcpu, uint32_t cpu)
{
	if (!pcpu->front)
		return;
	PCPU_ASSERT(pcpu_cpu_node(pcpu, cpu) != PCPU_NO_NODE && !pcpu_here.pcpu);
	plat_lock(pcpu->plat, PLAT_LOCK_OUTER);
	PCPU_ASSERT(!pcpu->front->cpu[cpu].here);
	pcpu->front->cpu[cpu].here = &pcpu_here;
	pcpu_here.front = &pcpu->front->cpu[cpu];
	pcpu_here.pcpu = pcpu;
	pcpu_here.cpu = cpu;
	here_close(pcpu);
	plat_unlock(pcpu->plat, PLAT_LOCK_OUTER);
}

void pcpu_cpu_leave(void)
{
	struct pcpu *pcpu = pcpu_here.pcpu;

	if (!pcpu)
		return;
	plat_lock(pcpu->plat, PLAT_LOCK_OUTER);
	pcpu->front->cpu[pcpu_here.cpu].here = NULL;
	pcpu_here = (struct pcpu_caller){0};
	plat_unlock(pcpu->plat, PLAT_LOCK_OUTER);
	plat_free_now(pcpu->plat);
}

void pcpu_cpu_forget(struct pcpu *pcpu, uint32_t cpu)
{
	if (pcpu->front)
		pcpu->front->cpu[cpu].here = NULL;
}

void pcpu_here_switch(struct pcpu_caller *from, const struct pcpu_caller *to)
{
	*from = pcpu_here;
	if (from->pcpu)
		from->pcpu->front->cpu[from->cpu].here = from;
	pcpu_here = *to;
	if (pcpu_here.pcpu)
		pcpu_here.pcpu->front->cpu[pcpu_here.cpu].here = &pcpu_here;
}

/* --- stopped --------------------------------------------------------------------------------- */

/* Gives each CPU that has a thread this front, or its own again. */
static void fronts_set(struct pcpu *pcpu, bool own)
{
	for (uint32_t cpu = 0; cpu < pcpu->layout.nr_cpu_ids; cpu++) {
		struct pcpu_caller *here = pcpu->front->cpu[cpu].here;

		/* Release: what was changed while it was stopped is seen by who works on it
		   next. */
		if (here)
			pointer_publish((void **)(void *)&here->front,
					own ? &pcpu->front->cpu[cpu] : no_cpu());
	}
}

/* Acquire: what the CPU wrote before it closed its magazines is seen. A fiber's record moves while
   one waits for it. */
static void owner_wait(struct pcpu *pcpu, uint32_t cpu)
{
	struct pcpu_caller *here;

	while ((here = pcpu->front->cpu[cpu].here) != NULL && here != &pcpu_here &&
	       !pointer_follow((void *const *)(void *)&here->owner))
		plat_relax(pcpu->plat);
}

bool pcpu_cpus_stop(struct pcpu *pcpu)
{
	PCPU_ASSERT_HELD(pcpu, PLAT_LOCK_OUTER);
	PCPU_ASSERT_NOT_HELD(pcpu, PLAT_LOCK_INNER);
	if (!pcpu->front)
		return true;
	if (pcpu->front->nr_stops++ > 0)
		return true;
	fronts_set(pcpu, false);
	if (!plat_cpus_barrier(pcpu->plat)) {
		pcpu->front->nr_stops--;
		fronts_set(pcpu, true);
		return false;
	}
	for (uint32_t cpu = 0; cpu < pcpu->layout.nr_cpu_ids; cpu++)
		owner_wait(pcpu, cpu);
	return true;
}

void pcpu_cpus_go(struct pcpu *pcpu)
{
	if (pcpu->front && --pcpu->front->nr_stops == 0)
		fronts_set(pcpu, true);
}

void pcpu_front_chunk_leaves(struct pcpu *pcpu, const struct pcpu_chunk *chunk)
{
	bool stopped;

	if (!pcpu->front)
		return;
	/* Without a barrier no span went back, and this chunk had none: nobody's magazines were
	   ever given one of its objects. */
	stopped = pcpu_cpus_stop(pcpu);
	for (uint32_t cpu = 0; cpu < pcpu->layout.nr_cpu_ids; cpu++)
		pcpu_near_forget(&pcpu->front->cpu[cpu], chunk);
	if (stopped)
		pcpu_cpus_go(pcpu);
}

/* --- emptied --------------------------------------------------------------------------------- */

PCPU_REQUIRES(PLAT_OUTER)
static void bad_keep(struct pcpu_front *front, const struct pcpu_batch *batch)
{
	for (uint32_t i = 0; i < batch->nr_bad; i++)
		front->bad[front->nr_bad++] = batch->bad[i];
}

/* Is there room for what one more magazine may hold? */
PCPU_REQUIRES(PLAT_OUTER)
static bool bad_has_room(const struct pcpu_front *front)
{
	return front->nr_bad <= PCPU_MAGAZINE_MAX;
}

void pcpu_front_report(struct pcpu *pcpu)
{
	struct pcpu_front *front = pcpu->front;
	struct pcpu_batch batch;

	if (!front)
		return;
	do {
		batch.nr_bad = 0;
		plat_lock(pcpu->plat, PLAT_LOCK_OUTER);
		while (front->nr_bad > 0 && batch.nr_bad < PCPU_MAGAZINE_MAX)
			batch.bad[batch.nr_bad++] = front->bad[--front->nr_bad];
		plat_unlock(pcpu->plat, PLAT_LOCK_OUTER);
		pcpu_batch_report(pcpu, &batch);
	} while (batch.nr_bad > 0);
}

/* What is due goes back as it is, what is clean as that. */
PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER)
static void clean_put_back(struct pcpu *pcpu, struct pcpu_magazine *magazine,
			   struct pcpu_batch *batch)
{
	batch->nr = pcpu_due_take(magazine, batch->object);
	pcpu_batch_put(pcpu, batch, 0, true);
	for (batch->nr = 0; batch->nr < magazine_nr(magazine); batch->nr++)
		batch->object[batch->nr] = magazine->clean[1 + batch->nr];
	magazine->nr_loaded -= batch->nr;
	magazine_top_set(magazine, magazine->clean);
	pcpu_batch_put(pcpu, batch, 0, false);
}

/* All that the magazine holds goes back to spans; what was freed twice is reported. */
PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER)
static void magazine_empty(struct pcpu *pcpu, struct pcpu_front_cpu *cpu, uint32_t class)
{
	struct pcpu_magazine *magazine = cpu->magazine[class];
	struct pcpu_batch batch;

	batch.nr_bad = 0;
	plat_read_begin(pcpu->plat);
	plat_lock(pcpu->plat, PLAT_LOCK_INNER);
	pcpu_batch_take(pcpu, cpu, class, &batch);
	plat_unlock(pcpu->plat, PLAT_LOCK_INNER);
	plat_read_end(pcpu->plat);
	PCPU_DEBUG_ASSERT(magazine->room == magazine->limit);
	pcpu_batch_put(pcpu, &batch, 0, true);
	bad_keep(pcpu->front, &batch);
	clean_put_back(pcpu, magazine, &batch);
	pcpu_magazine_cut(pcpu, magazine, class);
}

/* Magazines of the CPU that are idle, or all. */
PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER)
static void cpu_empty(struct pcpu *pcpu, struct pcpu_front_cpu *cpu, bool only_idle)
{
	for (uint32_t class = 1; class < PCPU_NR_CLASSES; class++) {
		struct pcpu_magazine *magazine = cpu->magazine[class];
		bool idle = magazine->nr_misses == 0;

		if (magazine == &pcpu_no_magazine || !bad_has_room(pcpu->front))
			continue;
		magazine->nr_misses = 0;
		if (idle || !only_idle)
			magazine_empty(pcpu, cpu, class);
	}
}

/* Magazines that callers who cannot sleep missed. */
PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER)
static void wanted_make(struct pcpu *pcpu, struct pcpu_front_cpu *cpu)
{
	for (uint32_t class = 1; class < PCPU_NR_CLASSES; class++)
		if (cpu->wanted >> class & 1 && cpu->magazine[class] == &pcpu_no_magazine &&
		    !magazine_add(pcpu, cpu, class))
			return;
	cpu->wanted = 0;
}

PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER)
static void cpu_serve(struct pcpu *pcpu, struct pcpu_front_cpu *cpu, bool only_idle)
{
	cpu_empty(pcpu, cpu, only_idle);
	if (only_idle)
		wanted_make(pcpu, cpu);
}

PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER)
static void magazines_empty(struct pcpu *pcpu, bool only_idle)
{
	if (!pcpu_cpus_stop(pcpu))
		return;
	for (uint32_t cpu = 0; cpu < pcpu->layout.nr_cpu_ids; cpu++)
		cpu_serve(pcpu, &pcpu->front->cpu[cpu], only_idle);
	pcpu_cpus_go(pcpu);
}

void pcpu_front_empty(struct pcpu *pcpu)
{
	PCPU_ASSERT_HELD(pcpu, PLAT_LOCK_OUTER);
	magazines_empty(pcpu, false);
	pcpu_spans_return(pcpu, 0);
}

void pcpu_front_balance(struct pcpu *pcpu)
{
	if (!pcpu->front)
		return;
	magazines_empty(pcpu, true);
	pcpu_spans_return(pcpu, PCPU_EMPTY_SPANS_KEPT);
}

void pcpu_drain(struct pcpu *pcpu)
{
	plat_lock(pcpu->plat, PLAT_LOCK_OUTER);
	if (pcpu->front)
		pcpu_front_empty(pcpu);
	pcpu->policy->balance(pcpu);
	plat_unlock(pcpu->plat, PLAT_LOCK_OUTER);
	pcpu_front_report(pcpu);
}
